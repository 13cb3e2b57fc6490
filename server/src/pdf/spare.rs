//! Spare tickets: 24 on an A4 sheet, to be cut apart.

use app::i18n;
use domain::{text::Locale, ticket::Ticket};
use krilla::{
    Document,
    color::rgb,
    geom::PathBuilder,
    metadata::Metadata,
    page::PageSettings,
    paint::{Paint, Stroke},
};
use services::registration::spare::{Sheet, Spare};

use super::{Fault, Fonts, HEIGHT, INK, LOTUS, MUTED, Pen, WIDTH};

const COLUMNS: usize = 3;
const ROWS: usize = 8;
/// Of one ticket: 7 × 3.7 cm.
const TICKET_WIDTH: f32 = WIDTH / 3.0;
const TICKET_HEIGHT: f32 = HEIGHT / 8.0;
/// Side of the code with its quiet zone: 3.1 cm.
const CODE: f32 = 88.0;
/// Printers leave the edge of the sheet white.
const EDGE: f32 = 14.0;

/// Draws spare tickets in the order of their numbers, row by row. Takes time that grows with their number: off the async
/// threads.
///
/// # Errors
/// When the address is too long for any code, or the document cannot be written.
pub fn spare_tickets(sheet: &Sheet, base_url: &str, locale: Locale) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load()?;
    let mut document = Document::new();
    let title = i18n::t(locale).spare.title.to_owned();
    document.set_metadata(Metadata::new().title(title).language(locale.tag().to_owned()));
    for tickets in sheet.tickets.chunks(COLUMNS * ROWS) {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).ok_or("the size of the page")?);
        let mut surface = page.surface();
        let mut pen = Pen { surface: &mut surface, fonts: &fonts, wide: WIDTH };
        pen.grid();
        for (ticket, (row, column)) in tickets.iter().zip((0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)))) {
            #[expect(clippy::cast_precision_loss, reason = "a sheet has few tickets")]
            let corner = (column as f32 * TICKET_WIDTH, row as f32 * TICKET_HEIGHT);
            pen.spare(sheet, ticket, base_url, locale, corner)?;
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("the PDF was not written: {error:?}").into())
}

impl Pen<'_, '_> {
    fn spare(&mut self, sheet: &Sheet, ticket: &Spare, base_url: &str, locale: Locale, (left, top): (f32, f32)) -> Result<(), Fault> {
        let t = &i18n::t(locale).spare;
        let fonts = self.fonts;
        self.qr(&Ticket::address(base_url, &ticket.code), (left + EDGE, top + (TICKET_HEIGHT - CODE) / 2.0), CODE)?;
        let words = left + EDGE + CODE + 2.0;
        let width = TICKET_WIDTH - EDGE - CODE - 10.0;
        let mut y = top + 22.0;
        self.write(&fonts.bold, 11.0, LOTUS, words, y, t.ticket);
        y += 13.0;
        for line in fonts.regular.lines(sheet.audience.get(locale), 8.0, width, 2) {
            self.write(&fonts.regular, 8.0, INK, words, y, &line);
            y += 11.0;
        }
        self.write(&fonts.bold, 13.0, INK, words, y + 8.0, &ticket.short_code.shown());
        y += 22.0;
        for line in fonts.regular.lines(sheet.edition.get(locale), 6.0, width, 2) {
            self.write(&fonts.regular, 6.0, MUTED, words, y, &line);
            y += 8.0;
        }
        self.write(&fonts.regular, 7.0, MUTED, words, y + 2.0, &format!("{} {}", t.number, ticket.number));
        Ok(())
    }

    /// The lines to cut along.
    fn grid(&mut self) {
        let mut path = PathBuilder::new();
        for column in [1.0, 2.0] {
            path.move_to(column * TICKET_WIDTH, 0.0);
            path.line_to(column * TICKET_WIDTH, HEIGHT);
        }
        for row in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0] {
            path.move_to(0.0, row * TICKET_HEIGHT);
            path.line_to(WIDTH, row * TICKET_HEIGHT);
        }
        let (red, green, blue) = MUTED;
        let paint: Paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { paint, width: 0.3, ..Stroke::default() }));
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }
}
