//! QR codes as files: alphanumeric, level M, with the quiet zone that the standard asks for.

use std::{fmt::Write as _, io::Cursor};

use image::{ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode, Version};

/// The empty border, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// The least side of the picture, in pixels: printed at 300 dpi it is 7 cm wide.
const LEAST_PIXELS: usize = 800;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The modules of a text's code, row by row, and how many a row has. Version 6, or more for long host names.
fn modules(text: &str) -> Result<(usize, Vec<Color>), Fault> {
    let code =
        QrCode::with_version(text, Version::Normal(6), EcLevel::M).or_else(|_| QrCode::with_error_correction_level(text, EcLevel::M))?;
    Ok((code.width(), code.into_colors()))
}

/// A dark bar: column, row and length, in modules.
pub type Bar = (usize, usize, usize);

/// The side of a code with its quiet zone, and its dark bars.
///
/// # Errors
/// When the text is too long for any code.
pub fn bars(text: &str) -> Result<(usize, Vec<Bar>), Fault> {
    let (width, modules) = modules(text)?;
    let mut bars = Vec::new();
    for (row, line) in modules.chunks(width).enumerate() {
        let mut at = 0;
        while at < width {
            let run = line[at..].iter().take_while(|module| **module == line[at]).count();
            if line[at] == Color::Dark {
                bars.push((at + QUIET, row + QUIET, run));
            }
            at += run;
        }
    }
    Ok((width + 2 * QUIET, bars))
}

/// The code as SVG: one path, one unit a module.
///
/// # Errors
/// When the text is too long for any code.
pub fn svg(text: &str) -> Result<String, Fault> {
    let (side, bars) = bars(text)?;
    let mut path = String::new();
    for (x, y, run) in bars {
        write!(path, "M{x} {y}h{run}v1h-{run}z")?;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{LEAST_PIXELS}\" height=\"{LEAST_PIXELS}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

/// The code as a grey PNG.
///
/// # Errors
/// When the text is too long for any code.
pub fn png(text: &str) -> Result<Vec<u8>, Fault> {
    let (width, modules) = modules(text)?;
    let scale = LEAST_PIXELS.div_ceil(width + 2 * QUIET);
    let side = u32::try_from((width + 2 * QUIET) * scale)?;
    let picture = image::ImageBuffer::from_fn(side, side, |x, y| {
        let at = |pixel: u32| usize::try_from(pixel).ok().map(|pixel| pixel / scale).and_then(|module| module.checked_sub(QUIET));
        let dark = match (at(x), at(y)) {
            (Some(x), Some(y)) if x < width && y < width => modules[y * width + x] == Color::Dark,
            _ => false,
        };
        Luma([if dark { 0_u8 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
