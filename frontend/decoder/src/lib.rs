//! Finds QR codes in pictures: what the check-in page's worker (`worker.js`) runs, apart from the page, so that looking for
//! codes never holds up a tap and neither loads what only the other needs.

use wasm_bindgen::prelude::wasm_bindgen;

mod decode;

use decode::luma::Luma;

/// Looks for a code in the pixels of a canvas (red, green, blue, opacity): in one frame of a stream, by its number, or
/// thoroughly in a single picture. Gives back what the code says.
#[wasm_bindgen]
pub fn read(rgba: &[u8], width: usize, height: usize, frame: Option<u32>) -> Option<String> {
    let luma = Luma::from_rgba(rgba, width, height)?;
    match frame {
        Some(number) => decode::frame(&luma, number),
        None => decode::picture(&luma),
    }
}
