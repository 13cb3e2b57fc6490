//! Finds a QR code in a camera frame.
//!
//! One engine, `rxing` restricted to QR, and a ladder of retries that are spread over the frames of the
//! stream: a hard code costs a few more frames, an easy one costs nothing extra, and no frame takes long.

use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, LuminanceSource as _, MultiFormatReader, Reader as _, common::HybridBinarizer,
};

pub mod luma;

use luma::Luma;

/// A retry on a frame in which the plain look found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// 3 × 3 binomial blur: takes away sensor noise and the grid of a screen.
    Softened,
    /// Twice the size: a code whose modules are hardly two pixels wide.
    Enlarged,
    /// Light on dark: screenshots in dark mode.
    Inverted,
}

/// Above this many pixels a frame is not enlarged any more: it has the resolution already.
const LARGEST_TO_ENLARGE: usize = 700 * 700;

/// Looks for a code in one frame of a stream: plainly, then with the retry that the frame's number asks
/// for. Four frames in a row go through the whole ladder.
pub fn frame(frame: &Luma, number: u32) -> Option<String> {
    look(frame.clone(), false).or_else(|| Retry::of_frame(number).look(frame))
}

/// Looks for a code in a single picture, with every retry.
pub fn picture(picture: &Luma) -> Option<String> {
    look(picture.clone(), false).or_else(|| [Retry::Softened, Retry::Enlarged, Retry::Inverted].into_iter().find_map(|retry| retry.look(picture)))
}

impl Retry {
    /// Which retry the frame of this number gets.
    fn of_frame(number: u32) -> Self {
        match number % 4 {
            0 => Self::Enlarged,
            2 => Self::Inverted,
            _ => Self::Softened,
        }
    }

    fn look(self, frame: &Luma) -> Option<String> {
        match self {
            Self::Softened => look(frame.softened(), false),
            Self::Enlarged if frame.pixels().len() <= LARGEST_TO_ENLARGE => look(frame.enlarged(), false),
            Self::Enlarged => None,
            Self::Inverted => look(frame.clone(), true),
        }
    }
}

fn look(frame: Luma, inverted: bool) -> Option<String> {
    let (width, height) = (u32::try_from(frame.width()).ok()?, u32::try_from(frame.height()).ok()?);
    let mut source = Luma8LuminanceSource::new(frame.into_pixels(), width, height).ok()?;
    if inverted {
        source.invert();
    }
    let hints =
        DecodeHints { PossibleFormats: Some([BarcodeFormat::QR_CODE].into()), TryHarder: Some(true), ..DecodeHints::default() };
    let found = MultiFormatReader::default().decode_with_hints(&mut BinaryBitmap::new(HybridBinarizer::new(source)), &hints).ok()?;
    let text = found.getText();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod picture;
#[cfg(test)]
mod tests;
