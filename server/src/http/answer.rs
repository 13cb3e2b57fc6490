//! How handlers answer.

use std::sync::Arc;

use app::{
    forms::{self, FormState},
    pages::{MovedOn, TooOften, Trouble},
    prefs,
    routes::Page,
};
use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use domain::form::Values;
use http::{HeaderName, HeaderValue, StatusCode, header};
use leptos::context::provide_context;
use services::Error;

use crate::{App, render::Sheet, visit::Visit};

/// Leads on to another address: 303.
#[must_use]
pub fn see_other(address: &str) -> Response {
    lead(StatusCode::SEE_OTHER, address)
}

/// Leads on to the right address for good, with the same method: 308.
#[must_use]
pub fn moved(address: &str) -> Response {
    lead(StatusCode::PERMANENT_REDIRECT, address)
}

fn lead(status: StatusCode, address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(address) => (status, [(header::LOCATION, address)]).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Leads to the sign-in page, and back afterwards.
#[must_use]
pub fn sign_in(visit: &Visit, back: &str) -> Response {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    see_other(&format!("{}?{}={back}", Page::SignIn.path(visit.locale()), prefs::BACK))
}

/// The answer to a form that the verb refused: its page again with what was typed and what is wrong (422), the page as
/// it now stands where the thing has moved on (409), the page with what was typed where it came too often (429), or the
/// page of the trouble.
pub async fn refused(app: &App, visit: &Visit, page: String, values: Values, error: Error) -> Response {
    match error {
        Error::Invalid(errors) => {
            let form = FormState { values, errors };
            app.render(visit, Sheet { path: Some(page), form, status: Some(StatusCode::UNPROCESSABLE_ENTITY), ..Sheet::default() }).await
        }
        Error::Conflict(_) => {
            let provide = Arc::new(|| provide_context(MovedOn));
            let sheet = Sheet { path: Some(page), status: Some(StatusCode::CONFLICT), provide: Some(provide), ..Sheet::default() };
            app.render(visit, sheet).await
        }
        Error::TooMany(wait) if !values.0.is_empty() => {
            let form = FormState { values, ..FormState::default() };
            let provide = Arc::new(move || provide_context(TooOften(wait)));
            let status = Some(StatusCode::TOO_MANY_REQUESTS);
            let again = app.render(visit, Sheet { path: Some(page), form, status, provide: Some(provide), ..Sheet::default() }).await;
            with(again, header::RETRY_AFTER, HeaderValue::from(wait.seconds))
        }
        Error::SignIn if visit.token.is_some() && !values.0.is_empty() => {
            // A session that has ended takes nothing along: the sign-in page keeps what was typed.
            let mut kept = forms::keep(values);
            kept.0.push((prefs::BACK.to_owned(), page));
            let form = FormState { values: kept, ..FormState::default() };
            let path = Page::SignIn.path(visit.locale()).to_owned();
            app.render(visit, Sheet { path: Some(path), form, status: Some(StatusCode::UNPROCESSABLE_ENTITY), ..Sheet::default() }).await
        }
        Error::SignIn => sign_in(visit, &page),
        other => app.render(visit, Sheet { path: Some(page), trouble: Some(Trouble::from(other)), ..Sheet::default() }).await,
    }
}

/// A file with its media type.
#[must_use]
pub fn file(media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Sets a header of an answer.
#[must_use]
pub fn with(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().append(name, value);
    response
}
