//! The check-in page in the browser: camera, verdicts, the queue of scans.
//!
//! The way of a scan: [`mod@page`] reads a text, by the worker that runs the crate `decoder`; `flow` judges it and keeps it
//! until the server has answered.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

mod flow;
mod json;
mod page;

/// Brings the page to life. Called once, when page and module are there; `worker` is the address of the decoder's `worker.js`.
///
/// # Errors
/// When the page does not hold what the script needs.
#[wasm_bindgen]
pub async fn page(worker: String) -> Result<(), JsValue> {
    page::start(worker).await
}

/// Decides a scan, as JSON: what is known, and the scan, give the verdict. For the proof that phone and server decide alike;
/// what phones load has no such door.
///
/// # Errors
/// When one of them is not what it should be.
#[cfg(debug_assertions)]
#[wasm_bindgen]
pub fn decide(known: &str, scan: &str) -> Result<String, wasm_bindgen::JsError> {
    let verdict = domain::checkin::decide(&json::read(known)?, &json::read(scan)?);
    Ok(serde_json::to_string(&verdict)?)
}
