//! Pages, and addresses that lead to none.

use app::{
    pages::Trouble,
    routes::{Page, locale_of},
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use services::registration::delegation;

use super::{answer, api, stamps};
use crate::{App, visit::Visit};

/// A page at its own address.
pub async fn show(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Response {
    let response = Box::pin(app.page(&visit, &headers)).await;
    let Some((Page::Ticket, _, secret)) = Page::find(&visit.path).filter(|_| response.status() == StatusCode::OK) else {
        return response;
    };
    if is_read_by_somebody(&headers)
        && let Err(error) = delegation::opened(&app.services, secret).await
    {
        tracing::warn!(%error, "the opening of a ticket was not noted");
    }
    stamps::keep(&app, response, secret).await
}

/// Whether a browser shows the page to somebody. Messengers fetch a link for its preview as soon as it is sent, and do not
/// say so.
fn is_read_by_somebody(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest == "document")
}

/// A file of the built site.
pub async fn asset(State(app): State<App>, request: Request) -> Response {
    match app.site.answer(request.uri().path(), request.headers()) {
        Some(response) => response,
        None => not_found(State(app), request).await,
    }
}

/// [`routes::SERVICE_WORKER`].
pub async fn service_worker(State(app): State<App>, request: Request) -> Response {
    let file = app.site.assets.service.clone();
    worker(app, &file, request).await
}

/// [`routes::STAMP_WORKER`].
pub async fn stamp_worker(State(app): State<App>, request: Request) -> Response {
    let file = app.site.assets.stamp_service.clone();
    worker(app, &file, request).await
}

async fn worker(app: App, file: &str, request: Request) -> Response {
    match app.site.service(file, request.headers()) {
        Some(response) => response,
        None => not_found(State(app), request).await,
    }
}

/// What makes the check-in page an app on a phone's screen, in the language of the address.
pub async fn manifest(State(app): State<App>, visit: Visit) -> Response {
    let locale = visit.locale();
    let texts = &app::i18n::t(locale).checkin;
    let page = Page::CheckIn.path(locale);
    let icon = |address: &str, size: u32| json!({ "src": address, "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": "any maskable" });
    let manifest = json!({
        "id": page,
        "name": texts.app_name,
        "short_name": texts.title,
        "description": texts.description,
        "lang": locale.tag(),
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#14171A",
        "theme_color": "#A91D54",
        "icons": [icon(&app.site.assets.icons[0], 192), icon(&app.site.assets.icons[1], 512)],
    });
    answer::with(
        answer::file("application/manifest+json", manifest.to_string()),
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache"),
    )
}

/// Leads from an address that is nearly right, else the page that helps on.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&parts);
    if api::is_api(&visit.path) {
        return api::Refusal(StatusCode::NOT_FOUND, "no such address").into_response();
    }
    match corrected(&visit.path) {
        Some(mut address) if matches!(parts.method, Method::GET | Method::HEAD) => {
            if !visit.query.is_empty() {
                address.push('?');
                address.push_str(&visit.query);
            }
            answer::moved(&address)
        }
        _ => app.trouble(&visit, Trouble::NotFound).await,
    }
}

/// The address exists, but not for this method.
pub async fn wrong_method(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&parts);
    if api::is_api(&visit.path) {
        return api::Refusal(StatusCode::METHOD_NOT_ALLOWED, "wrong method").into_response();
    }
    app.trouble(&visit, Trouble::WrongMethod).await
}

/// The address that was meant: without slashes at the end, with the upper case of the code's address.
fn corrected(path: &str) -> Option<String> {
    let trimmed = path.trim_end_matches('/');
    let behind = |lower: &str, page: Page| {
        let code = trimmed.strip_prefix(lower).or(trimmed.strip_prefix("/en").and_then(|rest| rest.strip_prefix(lower)))?;
        Some(page.pattern(locale_of(path)).replace("{code}", code))
    };
    let meant = behind("/t/", Page::TicketCode).or_else(|| behind("/tem/", Page::Stamp)).unwrap_or_else(|| trimmed.to_owned());
    (meant != path && Page::find(&meant).is_some()).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_right_addresses_are_corrected_and_no_others() {
        assert_eq!(corrected("/dang-ky/").as_deref(), Some("/dang-ky"));
        assert_eq!(corrected("/en//").as_deref(), Some("/en"));
        assert_eq!(corrected("/t/ABC").as_deref(), Some("/T/ABC"));
        assert_eq!(corrected("/en/t/abc/").as_deref(), Some("/en/T/abc"));
        assert_eq!(corrected("/tem/ABC").as_deref(), Some("/TEM/ABC"));
        assert_eq!(corrected("/en/tem/abc").as_deref(), Some("/en/TEM/abc"));
        for right_or_wrong in ["/dang-ky", "/nowhere/", "//evil.example/", "/t/", "/t/a/b"] {
            assert_eq!(corrected(right_or_wrong), None, "{right_or_wrong}");
        }
    }
}
