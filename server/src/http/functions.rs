//! The islands' server functions: Leptos finds and runs them; we say who asks.

use app::{
    api::checkin::{Arrivals, board},
    forms::FormState,
    request::RequestCx,
};
use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use leptos::{context::provide_context, server_fn::ServerFn as _};
use services::access::Token;

use super::{access::actor, api::Refusal, form};
use crate::{App, visit::Visit};

/// The largest call, in bytes.
const CALL_MAX: usize = 64 * 1024;

/// `/api/fn/…`.
pub async fn call(State(app): State<App>, visit: Visit, request: Request) -> Response {
    // Who asks is known before what is asked is read. The overview and the board ask for their numbers by themselves; whatever else is called,
    // somebody's hand is behind it.
    let actor = match visit.path.as_str() {
        Arrivals::PATH | board::Board::PATH => app.polling_actor(visit.token.as_deref()).await,
        _ => actor(&app, &visit).await,
    };
    let actor = match actor {
        Ok(actor) => actor,
        Err(error) => return Refusal::from(error).into_response(),
    };
    let Ok(edition) = app.edition().await else {
        return Refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable").into_response();
    };
    let (parts, body) = request.into_parts();
    let body = match form::bytes(&parts.headers, body, CALL_MAX).await {
        Ok(body) => body,
        Err(trouble) => return Refusal::of_body(trouble).into_response(),
    };
    let cx = RequestCx {
        path: visit.path,
        query: visit.query,
        prefs: visit.prefs,
        stamp_tokens: visit.stamp_tokens,
        actor,
        token: visit.token.map(Token),
        services: app.services.clone(),
        edition,
        now: app.services.now(),
        base_url: app.base_url.shared(),
        authority: app.authority.as_ref().map(|authority| authority.fingerprint().into()),
        assets: app.assets.clone(),
        form: FormState::default(),
        puzzle: None,
        request_id: visit.request_id,
    };
    let request = Request::from_parts(parts, Body::from(body));
    let response = leptos_axum::handle_server_fns_with_context(move || provide_context(cx.clone()), request).await.into_response();
    match response.status() {
        StatusCode::BAD_REQUEST if !response.headers().contains_key(http::header::CONTENT_TYPE) => {
            Refusal(StatusCode::NOT_FOUND, "no such function").into_response()
        }
        _ => response,
    }
}
