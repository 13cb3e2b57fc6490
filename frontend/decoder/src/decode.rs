//! Finds a QR code in a camera frame.
//!
//! A frame is looked at once, in one of several ways that take turns: every way reads what is easy, each reads something hard
//! that no other does, and no frame takes long. What is hard costs a few more frames.
//!
//! The corners of a code are found in black and white, by `rxing` from a rough guess of ours; its modules are read there by
//! `rxing`, and in the grey picture by us; `rxing` decodes and corrects them.

use rxing::{
    common::{BitMatrix, DetectorRXingResult as _},
    qrcode::cpp_port::{
        decoder::Decode,
        detector::{FinderPatternSet, SampleQR},
    },
};

mod binary;
mod corners;
pub mod luma;
mod sample;

use luma::Luma;

/// A way to look at a picture; each looks for dark on light and for light on dark, as dark mode shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// A little softened: whatever is large enough, with the noise of a camera.
    Softened,
    /// Half the size and softened: cracked glass, dim light.
    Halved,
    /// Much softened: coarse noise.
    Smoothed,
    /// The middle, sharpened and twice the size: a code that is far away or a little out of focus.
    Enlarged,
    /// As it is: small codes in dim light, away from the middle.
    Plain,
}

/// The looks that take turns with frames; each reads what none of the others does. The page shows the last one sharper pictures
/// (`scanner::flow::lens`).
const OF_FRAMES: [Look; 4] = [Look::Softened, Look::Halved, Look::Smoothed, Look::Enlarged];
/// So many of the likeliest corners are worth reading in grey.
const IN_GREY: usize = 3;

/// Looks for a code in one frame of a stream, by its number.
pub fn frame(frame: &Luma, number: u32) -> Option<String> {
    OF_FRAMES[number as usize % OF_FRAMES.len()].at(frame)
}

/// Looks for a code in a single picture, in every way.
pub fn picture(picture: &Luma) -> Option<String> {
    OF_FRAMES.into_iter().chain([Look::Plain]).find_map(|look| look.at(picture))
}

impl Look {
    fn at(self, picture: &Luma) -> Option<String> {
        match self {
            Self::Softened => read(&picture.softened()),
            Self::Halved => read(&picture.halved()?.softened()),
            Self::Smoothed => read(&picture.softened().softened().softened()),
            Self::Enlarged => read(&picture.centre().sharpened().enlarged()),
            Self::Plain => read(picture),
        }
    }
}

/// What a code says that is darker than what it is on, or lighter.
fn read(grey: &Luma) -> Option<String> {
    let mut image = binary::dark(grey)?;
    let [dark, light] = corners::guesses(&image);
    if let Some(text) = between(grey, &image, &corners::sets(corners::patterns(&image, &dark))) {
        return Some(text);
    }
    if light.is_empty() {
        return None;
    }
    image.flip_self();
    let sets = corners::sets(corners::patterns(&image, &light));
    if sets.is_empty() { None } else { between(&grey.inverted(), &image, &sets) }
}

/// What the code between corners says.
fn between(grey: &Luma, image: &BitMatrix, sets: &[FinderPatternSet]) -> Option<String> {
    let in_black_and_white = sets.iter().filter_map(|corners| SampleQR(image, corners).ok()).find_map(|found| content(found.getBits()));
    in_black_and_white.or_else(|| sets.iter().take(IN_GREY).find_map(|corners| sample::read(grey, image, corners)))
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
