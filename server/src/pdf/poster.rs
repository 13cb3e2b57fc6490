//! Posters of booths: an A4 sheet each, in both languages, with the code that visitors scan.

use app::i18n;
use domain::{checkin::BoothCode, text::Locale};
use krilla::{Document, metadata::Metadata, page::PageSettings};
use services::{checkin::stamp::Poster, edition::Edition};

use super::{Cut, Fault, Fonts, HEIGHT, INK, LOTUS, MARGIN, MUTED, Pen, WIDTH};

/// Side of the code with its quiet zone: 13 cm, to be read from two metres.
const CODE: f32 = 368.0;

/// Draws posters, one on a sheet.
///
/// # Errors
/// When an address is too long for any code, or the document cannot be written.
pub fn posters(edition: &Edition, posters: &[Poster], base_url: &str) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load()?;
    let mut document = Document::new();
    let title = i18n::t(Locale::Vi).stamps.posters.to_owned();
    document.set_metadata(Metadata::new().title(title).language(Locale::Vi.tag().to_owned()));
    for poster in posters {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).ok_or("the size of the page")?);
        let mut surface = page.surface();
        Pen { surface: &mut surface, fonts: &fonts, wide: WIDTH }.poster(edition, poster, base_url)?;
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("the PDF was not written: {error:?}").into())
}

impl Pen<'_, '_> {
    fn poster(&mut self, edition: &Edition, poster: &Poster, base_url: &str) -> Result<(), Fault> {
        let (bold, regular): (&Cut, &Cut) = (&self.fonts.bold, &self.fonts.regular);
        let (vi, en) = (&i18n::t(Locale::Vi).stamps, &i18n::t(Locale::En).stamps);
        let mut y = self.centred(bold, 15.0, LOTUS, MARGIN + 16.0, edition.name.get(Locale::Vi), 2);
        self.bar(y - 8.0);
        y = self.centred(bold, 34.0, INK, y + 44.0, &poster.booth.name.vi, 2);
        if let Some(name) = &poster.booth.name.en {
            self.centred(regular, 17.0, MUTED, y - 12.0, name, 1);
        }
        // At the same place on every sheet, however long the name.
        let top = 232.0;
        self.qr(&BoothCode::address(base_url, &poster.code), ((WIDTH - CODE) / 2.0, top), CODE)?;
        y = self.centred(bold, 20.0, INK, top + CODE + 36.0, vi.poster, 2);
        y = self.centred(regular, 13.0, MUTED, y - 2.0, vi.poster_else, 2);
        y = self.centred(bold, 15.0, INK, y + 14.0, en.poster, 2);
        y = self.centred(regular, 12.0, MUTED, y - 2.0, en.poster_else, 2);
        self.centred(regular, 11.0, MUTED, y.max(HEIGHT - MARGIN), base_url, 1);
        Ok(())
    }
}
