//! Finds a QR code in a camera frame.
//!
//! One engine, `rxing` restricted to QR, and a ladder of retries that are spread over the frames of the
//! stream: a hard code costs a few more frames, an easy one costs nothing extra, and no frame takes long.

use rxing::{
    BinaryBitmap, Luma8LuminanceSource,
    common::{BitMatrix, DetectorRXingResult as _, HybridBinarizer},
    qrcode::{
        cpp_port::{
            decoder::Decode,
            detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR},
        },
        detector::Detector,
    },
};

pub mod luma;

use luma::Luma;

/// A retry on a frame in which the plain look found nothing. Each is there for what it alone can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// Sharpened and twice the size: a code that is far away or a little out of focus.
    Enlarged,
    /// Softened and stretched to full contrast: sensor noise, dim light.
    Softened,
    /// Light on dark: screenshots in dark mode.
    Inverted,
    /// Half the size and softened: cracked glass, coarse noise, a blurred code close to the camera.
    Halved,
}

const RETRIES: [Retry; 4] = [Retry::Enlarged, Retry::Softened, Retry::Inverted, Retry::Halved];

/// Above this many pixels a frame is not enlarged any more: it has the resolution already.
const LARGEST_TO_ENLARGE: usize = 700 * 700;

/// Looks for a code in one frame of a stream: plainly, then with the retry that the frame's number asks
/// for. Four frames in a row go through the whole ladder.
pub fn frame(frame: &Luma, number: u32) -> Option<String> {
    look(frame.clone()).or_else(|| RETRIES[number as usize % RETRIES.len()].look(frame))
}

/// Looks for a code in a single picture, with every retry.
pub fn picture(picture: &Luma) -> Option<String> {
    look(picture.clone()).or_else(|| RETRIES.into_iter().find_map(|retry| retry.look(picture)))
}

impl Retry {
    fn look(self, frame: &Luma) -> Option<String> {
        match self {
            Self::Enlarged if frame.pixels().len() <= LARGEST_TO_ENLARGE => look(frame.sharpened().enlarged()),
            Self::Enlarged => look(frame.sharpened()),
            Self::Softened => look(frame.softened().stretched()),
            Self::Inverted => look(frame.inverted()),
            Self::Halved => look(frame.halved()?.softened()),
        }
    }
}

/// Finds the code's modules by one detector, then by the other; reads them by one decoder.
///
/// `rxing`'s own reader would turn the bytes into text by any of two dozen character sets, whose tables are half as
/// large as everything else that the page loads.
fn look(frame: Luma) -> Option<String> {
    let (width, height) = (u32::try_from(frame.width()).ok()?, u32::try_from(frame.height()).ok()?);
    let source = Luma8LuminanceSource::new(frame.into_pixels(), width, height).ok()?;
    let image = BinaryBitmap::new(HybridBinarizer::new(source));
    let image = image.get_black_matrix();
    let corners = GenerateFinderPatternSets(&mut FindFinderPatterns(image, true, 0));
    let near = corners.iter().filter_map(|corners| SampleQR(image, corners).ok()).find_map(|found| content(found.getBits()));
    near.or_else(|| content(Detector::new(image).detect().ok()?.getBits()))
}

/// What the modules of a code say. Codes of ours and those of identity cards are ASCII or UTF-8; anything else is read
/// as Latin-1, so that it is still known to be there.
fn content(modules: &BitMatrix) -> Option<String> {
    let decoded = Decode(modules).ok()?;
    let bytes = if decoded.isValid() { decoded.content().bytes() } else { &[] };
    let text = std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod picture;
#[cfg(test)]
mod tests;
