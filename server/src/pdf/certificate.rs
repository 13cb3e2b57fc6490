//! Certificates of attendance: an A4 sheet across each, with the code of the address where it is checked.

use app::{i18n, routes::Page};
use domain::text::Locale;
use krilla::{
    Document,
    geom::{PathBuilder, Rect},
    metadata::Metadata,
    page::PageSettings,
};
use services::checkin::certificate::Certificate;

use super::{Fault, Fonts, HEIGHT, INK, LOTUS, MUTED, Pen, WIDTH};

/// A4 across.
const WIDE: f32 = HEIGHT;
const HIGH: f32 = WIDTH;
const MARGIN: f32 = 48.0;
/// Side of the code with its quiet zone: 3.5 cm.
const CODE: f32 = 100.0;

/// Draws certificates, one on a page. Takes time and memory that grow with their number: off the async threads.
///
/// # Errors
/// When an address is too long for any code, or the document cannot be written.
pub fn certificates(certificates: &[Certificate], base_url: &str, locale: Locale) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load()?;
    let mut document = Document::new();
    let title = i18n::t(locale).certificates.title.to_owned();
    document.set_metadata(Metadata::new().title(title).language(locale.tag().to_owned()));
    for certificate in certificates {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDE, HIGH).ok_or("the size of the page")?);
        let mut surface = page.surface();
        Pen { surface: &mut surface, fonts: &fonts, wide: WIDE }.certificate(certificate, base_url, locale)?;
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("the PDF was not written: {error:?}").into())
}

impl Pen<'_, '_> {
    fn certificate(&mut self, certificate: &Certificate, base_url: &str, locale: Locale) -> Result<(), Fault> {
        let t = &i18n::t(locale).certificates;
        let (bold, regular) = (&self.fonts.bold, &self.fonts.regular);
        self.frame();
        let edition = &certificate.edition;
        let mut y = MARGIN + 50.0;
        y = self.centred(bold, 13.0, INK, y, edition.managing_body.get(locale), 2);
        y = self.centred(bold, 34.0, LOTUS, y + 42.0, t.title, 1);
        y = self.centred(regular, 14.0, MUTED, y + 6.0, t.certifies, 1);
        y = self.centred(bold, 30.0, INK, y + 30.0, &certificate.full_name, 2);
        if let Some(organisation) = &certificate.organisation {
            y = self.centred(regular, 14.0, INK, y, organisation, 2);
        }
        y = self.centred(regular, 14.0, MUTED, y + 12.0, t.attended, 1);
        y = self.centred(bold, 20.0, INK, y + 10.0, edition.name.get(locale), 2);
        let when = format!("{} · {}", i18n::date(locale, certificate.attended_on), edition.place.get(locale));
        self.centred(regular, 14.0, INK, y + 2.0, &when, 2);
        let address = format!("{base_url}{}", Page::Certificate.at(locale, &certificate.code));
        self.checked_at(&address, &certificate.number, locale)
    }

    /// Two lines around the sheet.
    fn frame(&mut self) {
        for (colour, inset, width) in [(LOTUS, 22.0, 2.0), (MUTED, 28.0, 0.5)] {
            self.fill(colour);
            let (right, bottom) = (WIDE - 2.0 * inset, HIGH - 2.0 * inset);
            let sides = [
                (inset, inset, right, width),
                (inset, inset + bottom - width, right, width),
                (inset, inset, width, bottom),
                (inset + right - width, inset, width, bottom),
            ];
            let mut path = PathBuilder::new();
            for (x, y, width, height) in sides {
                if let Some(side) = Rect::from_xywh(x, y, width, height) {
                    path.push_rect(side);
                }
            }
            if let Some(path) = path.finish() {
                self.surface.draw_path(&path);
            }
        }
    }

    /// The number, and where anybody can check it.
    fn checked_at(&mut self, address: &str, number: &str, locale: Locale) -> Result<(), Fault> {
        let t = &i18n::t(locale).certificates;
        let (left, top) = (WIDE - MARGIN - CODE, HIGH - MARGIN - CODE);
        self.qr(address, (left, top), CODE)?;
        let fonts = self.fonts;
        self.write(&fonts.bold, 12.0, INK, MARGIN, HIGH - MARGIN - 34.0, &format!("{} {number}", t.number));
        self.write(&fonts.regular, 10.0, MUTED, MARGIN, HIGH - MARGIN - 16.0, t.check_at);
        self.write(&fonts.regular, 9.0, MUTED, MARGIN, HIGH - MARGIN, address);
        Ok(())
    }
}
