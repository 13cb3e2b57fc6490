//! Questions to the server.

use domain::checkin::{Count, ScanRequest, ScanResponse};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Response};

use super::dom;

const SCANS: &str = "/api/checkin/scans";
const COUNTS: &str = "/api/checkin/counts";
/// Who waits at a gate does not wait longer, in milliseconds.
const TIMEOUT: i32 = 4_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No network, no time, or a server that cannot at the moment: worth a repeat.
    Lost,
    /// The session has ended.
    SignedOut,
    /// The server does not want this, now or later.
    Refused,
}

/// Sends scans and gives their verdicts.
pub(crate) async fn scans(request: &ScanRequest) -> Result<ScanResponse, Failure> {
    let body = serde_json::to_string(request).map_err(|_| Failure::Refused)?;
    ask(SCANS, Some(&body)).await
}

/// Arrivals by checkpoint.
pub(crate) async fn counts() -> Result<Vec<Count>, Failure> {
    ask(COUNTS, None).await
}

async fn ask<T: DeserializeOwned>(address: &str, body: Option<&str>) -> Result<T, Failure> {
    let text = fetch(address, body).await.map_err(|_| Failure::Lost)?;
    serde_json::from_str(&text?).map_err(|_| Failure::Lost)
}

/// The outer error is a network's, the inner one the server's.
async fn fetch(address: &str, body: Option<&str>) -> Result<Result<String, Failure>, JsValue> {
    let (init, abort) = (RequestInit::new(), AbortController::new()?);
    init.set_signal(Some(&abort.signal()));
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
        init.set_headers(&dom::object(&[("content-type", "application/json".into())]));
    }
    dom::after(TIMEOUT, move || abort.abort());
    let response: Response = JsFuture::from(dom::window().fetch_with_str_and_init(address, &init)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok(judge(response.status()).map_or(Ok(text), Err))
}

fn judge(status: u16) -> Option<Failure> {
    match status {
        200..300 => None,
        401 => Some(Failure::SignedOut),
        408 | 429 | 500.. => Some(Failure::Lost),
        _ => Some(Failure::Refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_repeated_only_where_that_can_help() {
        assert_eq!(judge(200), None);
        assert_eq!(judge(401), Some(Failure::SignedOut));
        assert!([429, 500, 502, 503, 504].into_iter().all(|status| judge(status) == Some(Failure::Lost)));
        assert!([400, 403, 404, 413, 422].into_iter().all(|status| judge(status) == Some(Failure::Refused)));
    }
}
