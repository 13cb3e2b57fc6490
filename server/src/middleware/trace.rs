//! Gives every request an id and a log line, and turns what went wrong unseen into a page.

use std::time::Instant;

use app::pages::Trouble;
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderName, HeaderValue, StatusCode};
use tracing::Instrument as _;

use crate::{
    App,
    http::api,
    visit::{RequestId, Visit},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Left by [`panicked`] for this layer, which knows the request.
#[derive(Clone, Copy, Debug)]
struct Panicked;

/// What is answered when a handler panics. The panic hook has logged it.
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked);
    response
}

fn millis(begin: Instant) -> u64 {
    u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Addresses hold secrets, so the log names the pattern of the address.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = HEXLOWER.encode(&app.services.random_bytes::<8>());
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "(none)".to_owned(), |path| path.as_str().to_owned());
    let client = app.fair.proxies.client(request.headers(), request.extensions()).map(tracing::field::display);
    let span = tracing::info_span!("request", id, method = %request.method(), path = route, client);
    request.extensions_mut().insert(RequestId(id.clone()));
    let begin = Instant::now();
    let answer = async {
        let (parts, body) = request.into_parts();
        let visit = Visit::of(&parts);
        let mut response = next.run(Request::from_parts(parts, body)).await;
        if response.extensions().get::<Panicked>().is_some() {
            response = if api::is_api(&visit.path) {
                api::Refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
            } else {
                app.trouble(&visit, Trouble::Failed).await
            };
        }
        tracing::info!(status = response.status().as_u16(), millis = millis(begin), "answered");
        response
    };
    let mut response = answer.instrument(span).await;
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
