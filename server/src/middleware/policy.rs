//! Security headers.

use app::{request::Scripts, routes::Page};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::App;

/// What holds for answers that say nothing else: they are no pages, and do nothing.
const INERT: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), browsing-topics=(), camera=(self), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=(), xr-spatial-tracking=()",
);
/// Two years, with subdomains.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

pub const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
pub const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What opens again without a network, on the device of whoever opened it: who opens it at home in the morning holds it at
/// the gate. With a network, reloading always asks.
pub const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=43200");
/// Forgets what [`KEPT`] has kept, where it is no longer true.
pub const FORGET: HeaderValue = HeaderValue::from_static("\"cache\"");

/// Sets what a handler has left open.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    fill(response.headers_mut(), app.base_url.is_strict());
    response
}

/// The headers that every answer has; `strict`: and that of a site that is never again opened without TLS.
fn fill(headers: &mut HeaderMap, strict: bool) {
    let mut default = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    default(header::CONTENT_SECURITY_POLICY, INERT);
    default(header::CACHE_CONTROL, NO_STORE);
    default(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    default(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    default(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    default(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    default(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    default(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if strict {
        default(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

/// The headers of a page that answers with this status; with its scripts goes their nonce.
pub fn page(headers: &mut HeaderMap, page: Option<Page>, status: StatusCode, scripts: (Scripts, &str), signed_in: bool, strict: bool) {
    headers.insert(header::CONTENT_SECURITY_POLICY, content_security(scripts));
    // The address of these pages is a secret, and the browser must not tell it on.
    let is_secret = matches!(
        page,
        Some(
            Page::Delegation
                | Page::Ticket
                | Page::ChangeTicket
                | Page::TicketCode
                | Page::Pair
                | Page::Rights
                | Page::LeaderRights
                | Page::StopReminders
        )
    );
    if is_secret {
        headers.insert(header::REFERRER_POLICY, NO_REFERRER);
    }
    let cache = match page {
        Some(Page::Ticket) if status == StatusCode::OK => KEPT,
        // Whoever uses the device next does not go back to it.
        Some(Page::Rights | Page::LeaderRights) => NO_STORE,
        Some(page) if page.is_public() || !signed_in => PRIVATE,
        _ => NO_STORE,
    };
    headers.insert(header::CACHE_CONTROL, cache);
    // Text size and theme are cookies.
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    fill(headers, strict);
}

/// Scripts run on the pages that have some, which have a nonce, and nowhere else.
fn content_security((scripts, nonce): (Scripts, &str)) -> HeaderValue {
    let script = match scripts {
        Scripts::None => "'none'".to_owned(),
        Scripts::Alone => format!("'nonce-{nonce}'"),
        Scripts::Modules => format!("'nonce-{nonce}' 'self' 'wasm-unsafe-eval'"),
    };
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         worker-src 'self'; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
         object-src 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(INERT)
}
