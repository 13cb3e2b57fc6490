//! QR codes, drawn into the page.

use std::fmt::Write as _;

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules that a reader needs around the code (ISO/IEC 18004 §6.3.8).
const QUIET_ZONE: usize = 4;

/// A code that holds `text`, dark on white in both themes. Nothing if the text is longer than any code.
#[component]
pub fn Qr(
    #[prop(into)] text: String,
    /// What the code is, for those who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width() + 2 * QUIET_ZONE;
    Some(view! {
        <svg class="qr" viewBox=format!("0 0 {side} {side}") role="img" aria-label=label shape-rendering="crispEdges">
            <path fill="#fff" d=format!("M0 0h{side}v{side}H0z")/>
            <path fill="#000" d=modules(&code)/>
        </svg>
    })
}

/// The dark modules as one path: a bar for each run in a row, which is a third of the size of single squares.
fn modules(code: &QrCode) -> String {
    let width = code.width();
    let colours = code.to_colors();
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|colour| **colour == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_inside_the_quiet_zone() {
        let code = QrCode::with_error_correction_level("HTTPS://EXAMPLE.VN/T/A", EcLevel::M).unwrap();
        let path = modules(&code);
        let mut drawn = 0;
        for bar in path.split('M').filter(|bar| !bar.is_empty()) {
            let (at, rest) = bar.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let run: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            assert!(x >= QUIET_ZONE && x + run <= code.width() + QUIET_ZONE && y >= QUIET_ZONE && y < code.width() + QUIET_ZONE);
            assert!((x..x + run).all(|x| code[(x - QUIET_ZONE, y - QUIET_ZONE)] == Color::Dark));
            drawn += run;
        }
        assert_eq!(drawn, code.to_colors().iter().filter(|colour| **colour == Color::Dark).count());
    }
}
