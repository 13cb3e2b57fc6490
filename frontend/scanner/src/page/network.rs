//! Questions to the server.

use domain::checkin::{RosterRequest, ScanReport, ScanRequest, ScanResponse, Shift, roster::Page};
use js_sys::Uint8Array;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, EventSource, RequestInit, Response};

use super::dom;
use crate::json;

const SCANS: &str = "/api/checkin/scans";
const LOOK: &str = "/api/checkin/look";
const SHIFT: &str = "/api/checkin/shift";
const ROSTER: &str = "/api/checkin/roster";
const NEWS: &str = "/api/checkin/news";
/// Who waits at a gate does not wait longer, in milliseconds.
const TIMEOUT: i32 = 4_000;
/// A page of the list and what has waited are large, and nobody stands there for them.
const LONG_TIMEOUT: i32 = 30_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No network, no time, or a server that cannot at the moment: worth a repeat.
    Lost,
    /// The session has ended.
    SignedOut,
    /// The server does not want this, now or later.
    Refused,
    /// Its answer is in a format of another build.
    Unreadable,
}

/// Sends scans and gives their verdicts. `is_waited_for`: somebody stands there.
pub(crate) async fn scans(request: &ScanRequest, is_waited_for: bool) -> Result<ScanResponse, Failure> {
    read(&ask(SCANS, Some(&written(request)?), if is_waited_for { TIMEOUT } else { LONG_TIMEOUT }).await?)
}

/// What the server would answer to one scan, which it does not record.
pub(crate) async fn look(request: &ScanRequest, patience: i32) -> Result<ScanReport, Failure> {
    read(&ask(LOOK, Some(&written(request)?), patience).await?)
}

/// Who scans where, and the arrivals by checkpoint.
pub(crate) async fn shift() -> Result<Shift, Failure> {
    read(&ask(SHIFT, None, TIMEOUT).await?)
}

/// What is new in the list.
pub(crate) async fn roster(request: &RosterRequest) -> Result<Page, Failure> {
    let answer = ask(ROSTER, Some(&written(request)?), LONG_TIMEOUT).await?;
    Page::decode(&answer).map_err(|_| Failure::Unreadable)
}

/// Ends the session by its form. Gives back the address of the page that comes next.
pub(crate) async fn leave(address: &str) -> Result<String, Failure> {
    let response = fetch(address, Some(("application/x-www-form-urlencoded", "")), TIMEOUT).await.map_err(|_| Failure::Lost)?;
    // Whatever the server says, it was there.
    if response.ok() { Ok(response.url()) } else { Err(Failure::Refused) }
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

/// What is no answer of ours comes from somebody in between, as a hotel's network: as good as no network.
fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Failure> {
    str::from_utf8(answer).ok().and_then(|text| json::read(text).ok()).ok_or(Failure::Lost)
}

async fn ask(address: &str, body: Option<&str>, timeout: i32) -> Result<Vec<u8>, Failure> {
    let (response, bytes) = answer(address, body, timeout).await.map_err(|_| Failure::Lost)?;
    judge(response.status()).map_or(Ok(bytes), Err)
}

async fn answer(address: &str, json: Option<&str>, timeout: i32) -> Result<(Response, Vec<u8>), JsValue> {
    let response = fetch(address, json.map(|json| ("application/json", json)), timeout).await?;
    let bytes = Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?).to_vec();
    Ok((response, bytes))
}

/// `body`: its type and text, of a POST.
async fn fetch(address: &str, body: Option<(&str, &str)>, timeout: i32) -> Result<Response, JsValue> {
    let (init, abort) = (RequestInit::new(), AbortController::new()?);
    init.set_signal(Some(&abort.signal()));
    if let Some((kind, text)) = body {
        init.set_method("POST");
        init.set_body(&JsValue::from_str(text));
        init.set_headers(&dom::object(&[("content-type", kind.into())]));
    }
    dom::after(timeout, move || abort.abort());
    JsFuture::from(dom::window().fetch_with_str_and_init(address, &init)).await?.dyn_into()
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
