//! Questions to the server.

use domain::checkin::{RosterRequest, ScanRequest, ScanResponse, Shift, roster::Page};
use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, EventSource, RequestInit, Response};

use super::dom;

const SCANS: &str = "/api/checkin/scans";
const SHIFT: &str = "/api/checkin/shift";
const ROSTER: &str = "/api/checkin/roster";
const NEWS: &str = "/api/checkin/news";
/// Who waits at a gate does not wait longer, in milliseconds.
const TIMEOUT: i32 = 4_000;
/// A page of the list is large, and nobody waits for it.
const LIST_TIMEOUT: i32 = 30_000;

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
    let answer = ask(SCANS, Some(&written(request)?), TIMEOUT).await?;
    serde_json::from_slice(&answer).map_err(|_| Failure::Lost)
}

/// Who scans where, and the arrivals by checkpoint.
pub(crate) async fn shift() -> Result<Shift, Failure> {
    let answer = ask(SHIFT, None, TIMEOUT).await?;
    serde_json::from_slice(&answer).map_err(|_| Failure::Lost)
}

/// What is new in the list. One that this build cannot read is refused.
pub(crate) async fn roster(request: &RosterRequest) -> Result<Page, Failure> {
    let answer = ask(ROSTER, Some(&written(request)?), LIST_TIMEOUT).await?;
    Page::decode(&answer).map_err(|_| Failure::Refused)
}

/// The server's word that there is something new to ask for; goes on until it is dropped.
pub(crate) struct News(EventSource);

impl News {
    /// Listens, and calls `act` at each word. The browser connects again by itself when the network was away.
    pub fn listen(act: impl FnMut() + 'static) -> Result<Self, JsValue> {
        let source = EventSource::new(NEWS)?;
        let mut act = act;
        dom::on(&source, "message", move |_| act());
        Ok(Self(source))
    }

    /// Whether it has ended for good, as when the session did.
    pub fn has_ended(&self) -> bool {
        self.0.ready_state() == EventSource::CLOSED
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn written(request: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(request).map_err(|_| Failure::Refused)
}

async fn ask(address: &str, body: Option<&str>, timeout: i32) -> Result<Vec<u8>, Failure> {
    fetch(address, body, timeout).await.map_err(|_| Failure::Lost)?
}

/// The outer error is a network's, the inner one the server's.
async fn fetch(address: &str, body: Option<&str>, timeout: i32) -> Result<Result<Vec<u8>, Failure>, JsValue> {
    let (init, abort) = (RequestInit::new(), AbortController::new()?);
    init.set_signal(Some(&abort.signal()));
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
        init.set_headers(&dom::object(&[("content-type", "application/json".into())]));
    }
    dom::after(timeout, move || abort.abort());
    let response: Response = JsFuture::from(dom::window().fetch_with_str_and_init(address, &init)).await?.dyn_into()?;
    let bytes = Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?).to_vec();
    Ok(judge(response.status()).map_or(Ok(bytes), Err))
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
