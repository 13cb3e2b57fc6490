//! Files that pages show or offer: covers and calendars.

use app::routes::Page;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::{access::Actor, form::Values};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use services::{Error, programme, showcase};

use super::{
    access::actor,
    answer::{self, file, with},
    form::Parameter,
};
use crate::{App, cache, calendar, middleware::policy, visit::Visit};

/// A cover's address names its content, so what is published may be kept. A withdrawn one is forgotten within a day.
const PUBLISHED: HeaderValue = HeaderValue::from_static("public, max-age=86400, immutable");

/// A cover image.
pub async fn cover(State(app): State<App>, visit: Visit, Parameter(key): Parameter, headers: HeaderMap) -> Response {
    let found = async {
        match showcase::cover(&app.services, &Actor::Anonymous, &key).await {
            Err(Error::NotFound) if visit.token.is_some() => {
                let found = showcase::cover(&app.services, &actor(&app, &visit).await?, &key).await?;
                Ok((found, policy::PRIVATE))
            }
            found => Ok((found?, PUBLISHED)),
        }
    };
    match found.await {
        Ok(((bytes, media_type), kept)) => {
            let etag = HeaderValue::try_from(format!("\"{key}\"")).unwrap_or(HeaderValue::from_static("\"\""));
            let response = if cache::matches(&headers, &etag) {
                StatusCode::NOT_MODIFIED.into_response()
            } else {
                with(file(media_type, bytes), header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"))
            };
            with(with(response, header::ETAG, etag), header::CACHE_CONTROL, kept)
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The whole day, for a calendar.
pub async fn day(State(app): State<App>, visit: Visit) -> Response {
    let locale = visit.file_locale();
    match programme::programme(&app.services).await.and_then(|found| found.ok_or(Error::NotFound)) {
        Ok(programme) => {
            let link = |code: &str| format!("{}{}", app.base_url.as_str(), Page::Session.at(locale, code));
            with(
                calendar::answer(&calendar::of_programme(&programme, link, locale, app.services.now())),
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-cache"),
            )
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// One session, for a calendar.
pub async fn session(State(app): State<App>, visit: Visit, Parameter(code): Parameter) -> Response {
    let locale = visit.file_locale();
    match programme::session(&app.services, &code).await {
        Ok(page) => {
            let link = format!("{}{}", app.base_url.as_str(), Page::Session.at(locale, &code));
            with(
                calendar::answer(&calendar::of_session(&page, &link, locale, app.services.now())),
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-cache"),
            )
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}
