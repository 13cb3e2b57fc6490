//! Answers anonymous readers with kept pages before anything else is asked.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::Method;

use crate::{
    App,
    cache::PageKey,
    visit::{self, SESSION_COOKIE},
};

pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    if *request.method() == Method::GET
        && visit::cookie(request.headers(), SESSION_COOKIE).is_none()
        && let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default())
        && let Some(filters) = app.known_filters(path, query).await
        && let Some(key) = PageKey::of(path, query, visit::prefs_of(request.headers()), &filters)
        && let Some(kept) = app.pages.get(&key).await
    {
        return kept.answer(request.headers());
    }
    next.run(request).await
}
