//! The check-in page in the browser: camera, decoder in a worker, verdicts.
//!
//! One WASM serves both sides: [`page`] runs in the page (`page.js`), [`decode`] in the worker (`worker.js`).
//! The way of a scan: [`mod@page`] reads a text, `flow` judges it and keeps it until the server has answered.

use wasm_bindgen::prelude::wasm_bindgen;

mod decode;
mod flow;
mod page;

use decode::luma::Luma;

/// Brings the page to life. Called once, when page and module are there; `worker` is the address of `worker.js`.
///
/// # Errors
/// When the page does not hold what the script needs.
#[wasm_bindgen]
pub async fn page(worker: String) -> Result<(), wasm_bindgen::JsError> {
    page::start(worker).await.map_err(|error| wasm_bindgen::JsError::new(&format!("{error:?}")))
}

/// Decides a scan, as JSON: what is known, and the scan, give the verdict. For the proof that phone and server decide alike;
/// what phones load has no such door.
///
/// # Errors
/// When one of them is not what it should be.
#[cfg(debug_assertions)]
#[wasm_bindgen]
pub fn decide(known: &str, scan: &str) -> Result<String, wasm_bindgen::JsError> {
    let verdict = domain::checkin::decide(&serde_json::from_str(known)?, &serde_json::from_str(scan)?);
    Ok(serde_json::to_string(&verdict)?)
}

/// Looks for a code in the pixels of a canvas (red, green, blue, opacity): in one frame of a stream, by its number, or
/// thoroughly in a single picture.
#[wasm_bindgen]
pub fn read(rgba: &[u8], width: usize, height: usize, frame: Option<u32>) -> Option<String> {
    let luma = Luma::from_rgba(rgba, width, height)?;
    match frame {
        Some(number) => decode::frame(&luma, number),
        None => decode::picture(&luma),
    }
}
