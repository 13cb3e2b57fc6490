//! What the terminal tells whoever tries the program with a phone.

use std::fmt::Write as _;

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

use app::routes::Page;
use domain::text::Locale;

use super::Authority;
use crate::config::BaseUrl;

/// Black on white by number: themes change what the sixteen named colours look like, and none changes these.
const INK: &str = "\x1b[38;5;16m\x1b[48;5;231m";
const PLAIN: &str = "\x1b[0m";

/// The addresses, a code of `base_url`, and what a phone will ask; in colours for a terminal, and without a code elsewhere.
#[must_use]
pub fn notice(base_url: &BaseUrl, origins: &[BaseUrl], authority: Option<&Authority>, is_terminal: bool) -> String {
    let mut text = String::new();
    for origin in origins.iter().filter(|origin| origin.as_str() != base_url.as_str()) {
        let _ = writeln!(text, "{}", origin.as_str());
    }
    if is_terminal && let Ok(code) = QrCode::with_error_correction_level(base_url.as_str(), EcLevel::M) {
        for line in code.render::<Dense1x2>().build().lines() {
            let _ = write!(text, "\n{INK}{line}{PLAIN}");
        }
        text.push('\n');
    }
    let Some(authority) = authority else { return text };
    let [vi, en] = [Locale::Vi, Locale::En].map(|locale| format!("{}{}", base_url.as_str(), Page::Authority.path(locale)));
    let _ = write!(
        text,
        "
Điện thoại sẽ báo kết nối không riêng tư, vì chứng thư do chính máy này tạo. Trên Android, chạm “Nâng cao” rồi “Tiếp tục
truy cập”; trên iPhone, chạm “Hiển thị chi tiết” rồi “truy cập trang web này”.

The phone will warn that the connection is not private, because this machine made the certificate itself. On Android, tap
“Advanced”, then “Proceed”; on an iPhone, tap “Show Details”, then “visit this website”.

Điện thoại quét còn phải mở được trang khi mất mạng, nên mỗi máy cài chứng thư một lần: {vi}
Phones that scan must open the page without a network, too: install the certificate on each, once: {en}

SHA-256 {}
",
        authority.fingerprint()
    );
    text
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use chrono::{TimeZone as _, Utc};
    use rxing::{
        BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader as _, common::HybridBinarizer, qrcode::QRCodeReader,
    };

    use super::*;
    use crate::lan::certificate::Identity;

    fn printed(is_terminal: bool) -> String {
        let data = tempfile::tempdir().unwrap();
        let identity =
            Identity::load_or_make(data.path(), &["10.42.0.1".to_owned()], Utc.with_ymd_and_hms(2027, 10, 10, 1, 0, 0).unwrap()).unwrap();
        let authority = identity.authority().unwrap();
        let origins = [[192, 168, 1, 7], [10, 42, 0, 1]].map(|address| BaseUrl::lan(Ipv4Addr::from(address), 8080));
        notice(&origins[0], &origins, Some(&authority), is_terminal)
    }

    #[test]
    fn the_code_in_the_terminal_is_black_on_white_and_leads_to_the_first_address() {
        let text = printed(true);
        let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(INK)?.strip_suffix(PLAIN)).collect();
        let width = lines[0].chars().count();
        // Every half of a character is a module; here of four by four pixels.
        let is_dark = |x: usize, y: usize| match lines[y / 2].chars().nth(x).unwrap() {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            _ => false,
        };
        let pixels: Vec<u8> = (0..lines.len() * 8)
            .flat_map(|y| (0..width * 4).map(move |x| (x / 4, y / 4)))
            .map(|(x, y)| if is_dark(x, y) { 0 } else { 255 })
            .collect();
        let [width, height] = [width * 4, lines.len() * 8].map(|side| u32::try_from(side).unwrap());
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(Luma8LuminanceSource::new(pixels, width, height).unwrap()));
        let read = QRCodeReader::new().decode_with_hints(&mut bitmap, &DecodeHints::default()).unwrap();
        assert_eq!((read.getText(), *read.getBarcodeFormat()), ("https://192.168.1.7:8080", BarcodeFormat::QR_CODE));
    }

    #[test]
    fn where_phones_trust_the_certificate_there_is_nothing_to_warn_of() {
        let origin = BaseUrl::parse("https://cds.example.vn").unwrap();
        assert_eq!(notice(&origin, std::slice::from_ref(&origin), None, false), "");
    }

    #[test]
    fn a_log_gets_the_other_addresses_and_the_sentences_without_colours() {
        let text = printed(false);
        assert!(text.starts_with("https://10.42.0.1:8080\n\nĐiện thoại sẽ báo"), "{text}");
        assert!(text.contains(": https://192.168.1.7:8080/en/server-certificate\n"), "{text}");
        let text = text.replace("https://192.168.1.7:8080/", "");
        assert!(text.contains("The phone will warn") && !text.contains('\x1b') && !text.contains("192.168.1.7"), "{text}");
    }
}
