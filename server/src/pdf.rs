//! Tickets, spare tickets, certificates and posters as PDF; tickets: two on an A4 sheet, as the printed page has them, with the code as
//! vectors.

mod certificate;
mod poster;
mod spare;

use app::i18n;
use domain::{text::Locale, ticket::Ticket};
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::{Fill, FillRule, Paint, Stroke},
    surface::Surface,
    text::{Font, TextDirection},
};
use services::registration::TicketPage;
use ttf_parser::Face;

pub use certificate::certificates;
pub use poster::posters;
pub use spare::spare_tickets;

use crate::qr;

/// A4 in points, and half of it.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const HALF: f32 = HEIGHT / 2.0;
const MARGIN: f32 = 42.0;
/// How far centred lines stay from the edges of their sheet.
const EDGE: f32 = 72.0;
/// Side of the code with its quiet zone: 7.7 cm.
const CODE: f32 = 218.0;
/// Where the column of words ends.
const COLUMN: f32 = WIDTH - MARGIN - CODE - 20.0;

const INK: (u8, u8, u8) = (0x1b, 0x1f, 0x24);
const MUTED: (u8, u8, u8) = (0x57, 0x60, 0x6a);
const LOTUS: (u8, u8, u8) = (0xa9, 0x1d, 0x54);

const REGULAR: &[u8] = include_bytes!("../fonts/be-vietnam-pro-400.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/be-vietnam-pro-700.ttf");

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Draws the tickets of confirmed registrations, two on a sheet. Takes time that grows with their number: many belong off the async threads.
///
/// # Errors
/// When a registration has no ticket, its address is too long for any code, or the document cannot be written.
pub fn tickets(tickets: &[TicketPage], base_url: &str, locale: Locale) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load()?;
    let mut document = Document::new();
    let title = i18n::t(locale).registration.ticket.to_owned();
    document.set_metadata(Metadata::new().title(title).language(locale.tag().to_owned()));
    for sheet in tickets.chunks(2) {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("the size of the page")?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for (ticket, top) in sheet.iter().zip([0.0, HALF]) {
            let mut pen = Pen { surface: &mut surface, fonts: &fonts, wide: WIDTH };
            pen.ticket(ticket, base_url, locale, top)?;
        }
        if sheet.len() == 2 {
            Pen { surface: &mut surface, fonts: &fonts, wide: WIDTH }.cut();
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("the PDF was not written: {error:?}").into())
}

/// A font to draw with, and its measures.
struct Cut {
    font: Font,
    face: Face<'static>,
}

struct Fonts {
    regular: Cut,
    bold: Cut,
}

impl Fonts {
    fn load() -> Result<Self, Fault> {
        let cut = |data: &'static [u8]| {
            let font = Font::new(data.to_vec().into(), 0).ok_or("the font")?;
            Ok::<_, Fault>(Cut { font, face: Face::parse(data, 0)? })
        };
        Ok(Self { regular: cut(REGULAR)?, bold: cut(BOLD)? })
    }
}

impl Cut {
    /// The width of a text in points, without kerning.
    fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 =
            text.chars().map(|c| self.face.glyph_index(c).and_then(|glyph| self.face.glyph_hor_advance(glyph)).map_or(0, u32::from)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a line's width has few digits")]
        let units = units as f32;
        units * size / f32::from(self.face.units_per_em())
    }

    /// The text in lines that fit; the last takes what is left, shortened.
    fn lines(&self, text: &str, size: f32, width: f32, most: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let last = lines.last_mut().expect("there is a line");
            let longer = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
            if last.is_empty() || self.width(&longer, size) <= width {
                *last = longer;
            } else {
                lines.push(word.to_owned());
            }
        }
        if lines.len() > most {
            let rest = lines.split_off(most - 1).join(" ");
            lines.push(rest);
        }
        lines.into_iter().map(|line| self.shortened(line, size, width)).collect()
    }

    fn shortened(&self, mut line: String, size: f32, width: f32) -> String {
        if self.width(&line, size) <= width {
            return line;
        }
        while !line.is_empty() && self.width(&format!("{line}…"), size) > width {
            line.pop();
        }
        format!("{}…", line.trim_end())
    }
}

struct Pen<'s, 'd> {
    surface: &'s mut Surface<'d>,
    fonts: &'s Fonts,
    /// How wide the sheet is.
    wide: f32,
}

impl Pen<'_, '_> {
    fn ticket(&mut self, ticket: &TicketPage, base_url: &str, locale: Locale, top: f32) -> Result<(), Fault> {
        let t = &i18n::t(locale).registration;
        let fonts = self.fonts;
        let mut y = top + MARGIN + 12.0;
        for line in fonts.bold.lines(ticket.edition.name.get(locale), 13.0, WIDTH - 2.0 * MARGIN, 2) {
            self.write(&fonts.bold, 13.0, LOTUS, MARGIN, y, &line);
            y += 19.0;
        }
        self.bar(y - 8.0);
        let code_top = y + 4.0;
        y += 34.0;
        let width = COLUMN - MARGIN;
        for line in fonts.bold.lines(&ticket.full_name, 24.0, width, 3) {
            self.write(&fonts.bold, 24.0, INK, MARGIN, y, &line);
            y += 34.0;
        }
        y -= 6.0;
        let people = (ticket.people > 1).then(|| format!(" · {}", (t.people)(&i18n::number(locale, ticket.people))));
        let audience = format!("{}{}", ticket.audience.get(locale), people.unwrap_or_default());
        self.write(&fonts.regular, 13.0, INK, MARGIN, y, &audience);
        y += 20.0;
        if let Some(organisation) = &ticket.organisation {
            for line in fonts.regular.lines(organisation, 11.0, width, 2) {
                self.write(&fonts.regular, 11.0, MUTED, MARGIN, y, &line);
                y += 17.0;
            }
        }
        y += 12.0;
        let gate = ticket.gate.as_ref().map(|(name, opens_at)| match opens_at {
            Some(at) => format!("{}, {}", name.get(locale), (t.gate_opens)(&i18n::time(*at))),
            None => name.get(locale).to_owned(),
        });
        let facts = [
            (t.date, Some(i18n::date(locale, ticket.edition.peak_on))),
            (t.gate, gate),
            (t.place, Some(ticket.edition.place.get(locale).to_owned())),
        ];
        for (label, value) in facts.into_iter().filter_map(|(label, value)| Some((label, value?))) {
            self.write(&fonts.regular, 10.0, MUTED, MARGIN, y, label);
            y += 16.0;
            for line in fonts.bold.lines(&value, 12.0, width, 2) {
                self.write(&fonts.bold, 12.0, INK, MARGIN, y, &line);
                y += 18.0;
            }
            y += 5.0;
        }
        self.code(ticket, base_url, t.show_at_gate, code_top)
    }

    /// The code, and below it the characters to read out.
    fn code(&mut self, ticket: &TicketPage, base_url: &str, caption: &str, top: f32) -> Result<(), Fault> {
        let left = WIDTH - MARGIN - CODE;
        let issued = ticket.ticket.as_ref().ok_or("no ticket was issued")?;
        self.qr(&Ticket::address(base_url, &issued.code), (left, top), CODE)?;
        let (bold, regular) = (&self.fonts.bold, &self.fonts.regular);
        let shown = issued.short_code.shown();
        let middle = |cut: &Cut, text: &str, size: f32| left + (CODE - cut.width(text, size)) / 2.0;
        self.write(regular, 10.0, MUTED, middle(regular, caption, 10.0), top + CODE + 8.0, caption);
        self.write(bold, 22.0, INK, middle(bold, &shown, 22.0), top + CODE + 36.0, &shown);
        Ok(())
    }

    /// A text as a code whose sides, its quiet zone with them, are so long.
    fn qr(&mut self, text: &str, (left, top): (f32, f32), length: f32) -> Result<(), Fault> {
        let (side, bars) = qr::bars(text)?;
        #[expect(clippy::cast_precision_loss, reason = "a code has few modules")]
        let module = length / side as f32;
        let mut path = PathBuilder::new();
        for (x, y, run) in bars {
            #[expect(clippy::cast_precision_loss, reason = "a code has few modules")]
            let (x, y, run) = (left + x as f32 * module, top + y as f32 * module, run as f32 * module);
            path.push_rect(Rect::from_xywh(x, y, run, module).ok_or("a module")?);
        }
        self.fill((0, 0, 0));
        self.surface.draw_path(&path.finish().ok_or("an empty code")?);
        Ok(())
    }

    /// Writes lines in the middle of the sheet, clear of its edges; gives back where the next one stands.
    fn centred(&mut self, cut: &Cut, size: f32, colour: (u8, u8, u8), mut y: f32, text: &str, most: usize) -> f32 {
        for line in cut.lines(text, size, self.wide - 2.0 * EDGE, most) {
            let x = (self.wide - cut.width(&line, size)) / 2.0;
            self.write(cut, size, colour, x, y, &line);
            y += size * 1.5;
        }
        y
    }

    fn write(&mut self, cut: &Cut, size: f32, colour: (u8, u8, u8), x: f32, y: f32, text: &str) {
        self.fill(colour);
        self.surface.draw_text(Point::from_xy(x, y), cut.font.clone(), size, text, false, TextDirection::Auto);
    }

    fn fill(&mut self, (red, green, blue): (u8, u8, u8)) {
        let paint: Paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill { paint, rule: FillRule::NonZero, ..Fill::default() }));
    }

    fn bar(&mut self, y: f32) {
        self.fill(LOTUS);
        let mut path = PathBuilder::new();
        if let Some(bar) = Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, 2.0) {
            path.push_rect(bar);
        }
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    /// The line to cut along.
    fn cut(&mut self) {
        let mut path = PathBuilder::new();
        path.move_to(MARGIN / 2.0, HALF);
        path.line_to(WIDTH - MARGIN / 2.0, HALF);
        let (red, green, blue) = MUTED;
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { paint: rgb::Color::new(red, green, blue).into(), width: 0.5, ..Stroke::default() }));
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }
}
