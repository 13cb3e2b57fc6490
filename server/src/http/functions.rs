//! The islands' server functions: Leptos finds and runs them; we say who asks.

use app::{api::ApiError, forms::FormState, request::RequestCx};
use axum::{
    body::{self, Body},
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use leptos::context::provide_context;

use super::{access::actor, api::Refusal, form};
use crate::{App, visit::Visit};

/// The largest call, in bytes.
const CALL_MAX: usize = 64 * 1024;

/// `/api/fn/…`.
pub async fn call(State(app): State<App>, visit: Visit, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = form::bytes(&parts.headers, body, CALL_MAX).await else {
        return Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too large").into_response();
    };
    let actor = match actor(&app, &visit).await {
        Ok(actor) => actor,
        Err(error) => return Refusal::from(error).into_response(),
    };
    let Ok(edition) = app.edition().await else {
        return Refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable").into_response();
    };
    let cx = RequestCx {
        path: visit.path,
        query: visit.query,
        prefs: visit.prefs,
        actor,
        services: app.services.clone(),
        edition,
        now: app.services.now(),
        base_url: app.base_url.shared(),
        assets: app.assets.clone(),
        form: FormState::default(),
        request_id: visit.request_id,
    };
    let request = Request::from_parts(parts, Body::from(body));
    let response = leptos_axum::handle_server_fns_with_context(move || provide_context(cx.clone()), request).await.into_response();
    match response.status() {
        StatusCode::INTERNAL_SERVER_ERROR => refused(response).await,
        StatusCode::BAD_REQUEST if !response.headers().contains_key(http::header::CONTENT_TYPE) => {
            Refusal(StatusCode::NOT_FOUND, "no such function").into_response()
        }
        _ => response,
    }
}

/// Leptos answers every error with 500; this gives each its status. The body stays, since the island reads it.
async fn refused(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body::to_bytes(body, CALL_MAX).await else {
        return Refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response();
    };
    parts.status = match serde_json::from_slice(&body) {
        Ok(ApiError::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        Ok(ApiError::SignIn) => StatusCode::UNAUTHORIZED,
        Ok(ApiError::Forbidden) => StatusCode::FORBIDDEN,
        Ok(ApiError::NotFound) => StatusCode::NOT_FOUND,
        Ok(ApiError::Conflict) => StatusCode::CONFLICT,
        Ok(ApiError::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        Ok(ApiError::Unreadable) => StatusCode::BAD_REQUEST,
        Ok(ApiError::NoAnswer | ApiError::Failed) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Response::from_parts(parts, Body::from(body))
}
