//! Refuses what another site's page sends with our reader's cookies.

use app::pages::Trouble;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, Method, StatusCode, header};

use crate::{App, http::api, visit::Visit};

/// How a browser says where a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_ours(request.headers(), app.base_url.as_str()) {
        return next.run(request).await;
    }
    tracing::warn!("a request from another site was refused");
    if api::is_api(request.uri().path()) {
        return api::Refusal(StatusCode::FORBIDDEN, "cross-site request").into_response();
    }
    let (parts, _) = request.into_parts();
    app.trouble(&Visit::of(&parts), Trouble::OtherSite).await
}

/// Whether a request that changes something comes from a page of ours, or from no browser at all.
///
/// Browsers always send one of the two headers with such a request, and no page can forge them.
fn is_ours(headers: &HeaderMap, base_url: &str) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // Where the site is reached by another name than the configured one, its pages name that host in both headers.
    origin.eq_ignore_ascii_case(base_url) || origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        is_ours(&headers, "https://cds.example.vn")
    }

    #[test]
    fn a_page_of_another_site_cannot_post_here() {
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://cds.example.vn")]));
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "https://cds.example.vn")]), "{site}");
        }
    }

    #[test]
    fn without_fetch_metadata_the_origin_decides() {
        assert!(ours(&[]));
        assert!(ours(&[("origin", "https://CDS.example.vn")]));
        assert!(ours(&[("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")]));
        for origin in ["null", "https://evil.example", "https://cds.example.vn.evil.example", "http://cds.example.vn"] {
            assert!(!ours(&[("origin", origin), ("host", "cds.example.org")]), "{origin}");
        }
    }
}
