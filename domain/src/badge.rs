//! Printed badges: on what they are printed, and why again.

use serde::{Deserialize, Serialize};

use crate::text::{Bilingual, Locale};

/// The sides of a sheet of A4, in millimetres.
const A4_WIDTH: u16 = 210;
const A4_HEIGHT: u16 = 297;
/// The smallest side that a code and a name find room on, in millimetres.
const SIDE_MIN: u16 = 40;

/// What badges are printed on. Sizes are in millimetres.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name in the edition file, in the store and in forms.
    pub code: String,
    pub name: Bilingual,
    /// Of one badge.
    pub width: u16,
    pub height: u16,
    pub layout: Layout,
    /// What is printed; without it, everything.
    #[serde(default = "every_line", skip_serializing_if = "is_every_line")]
    pub lines: Vec<Line>,
    /// How badges lie on a sheet of A4; without it, each is a page of its own, as on a roll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<Grid>,
}

/// Where the code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Beside the name.
    Row,
    /// Under everything else.
    Column,
}

impl Layout {
    /// The name in edition files and in style sheets.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Column => "column",
        }
    }

    /// Width and height that the letters are drawn for, in millimetres; larger badges have larger letters.
    fn drawn_for(self) -> (u16, u16) {
        match self {
            Self::Row => (90, 54),
            Self::Column => (62, 100),
        }
    }
}

/// Something that a badge tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Event,
    Name,
    Organisation,
    Audience,
    Code,
}

impl Line {
    pub const ALL: [Self; 5] = [Self::Event, Self::Name, Self::Organisation, Self::Audience, Self::Code];
}

/// Badges on a sheet of A4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    pub columns: u16,
    pub rows: u16,
    /// From the edges of the sheet, in millimetres; without it, the badges stand in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u16>,
    /// Between two badges side by side, and between two that stand one above the other, in millimetres.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub column_gap: u16,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub row_gap: u16,
}

/// What is wrong with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    #[error("a width from 40 to 210 millimetres is expected")]
    Width,
    #[error("a height from 40 to 297 millimetres is expected")]
    Height,
    #[error("each line is named once, and the name is one of them")]
    Lines,
    #[error("so many badges do not go on a sheet of A4")]
    Sheet,
}

impl TemplateFault {
    /// The field of the template.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Width => "width",
            Self::Height => "height",
            Self::Lines => "lines",
            Self::Sheet => "sheet",
        }
    }
}

impl Template {
    /// The templates of an edition that names none.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let template = |code: &str, vi: &str, en: &str, (width, height), layout, sheet| Self {
            code: code.to_owned(),
            name: Bilingual { vi: vi.to_owned(), en: Some(en.to_owned()) },
            width,
            height,
            layout,
            lines: every_line(),
            sheet,
        };
        let ten = Grid { columns: 2, rows: 5, top: None, left: None, column_gap: 0, row_gap: 0 };
        vec![
            template("roll-90x54", "Tem cuộn 90 × 54 mm", "Roll of labels, 90 × 54 mm", (90, 54), Layout::Row, None),
            template("roll-62x100", "Tem cuộn 62 × 100 mm", "Roll of labels, 62 × 100 mm", (62, 100), Layout::Column, None),
            template("sheet-a4", "Tờ A4, 10 thẻ 90 × 54 mm", "A4 sheet, 10 cards of 90 × 54 mm", (90, 54), Layout::Row, Some(ten)),
            template(
                "lanyard-a6",
                "Thẻ A6 có dây đeo, 105 × 148 mm",
                "A6 card on a lanyard, 105 × 148 mm",
                (105, 148),
                Layout::Column,
                None,
            ),
        ]
    }

    /// Every fault of the template's numbers and lines.
    #[must_use]
    pub fn faults(&self) -> Vec<TemplateFault> {
        let named_once = Line::ALL.into_iter().all(|line| self.lines.iter().filter(|named| **named == line).count() <= 1);
        let checks = [
            (TemplateFault::Width, (SIDE_MIN..=A4_WIDTH).contains(&self.width)),
            (TemplateFault::Height, (SIDE_MIN..=A4_HEIGHT).contains(&self.height)),
            (TemplateFault::Lines, named_once && self.lines.contains(&Line::Name)),
            (TemplateFault::Sheet, self.sheet.is_none_or(|grid| grid.fits(self.width, self.height))),
        ];
        checks.into_iter().filter_map(|(fault, is_right)| (!is_right).then_some(fault)).collect()
    }

    /// Whether a badge tells this.
    #[must_use]
    pub fn tells(&self, line: Line) -> bool {
        self.lines.contains(&line)
    }

    /// How many badges go on one page of the printer.
    #[must_use]
    pub fn per_page(&self) -> usize {
        self.sheet.map_or(1, |grid| usize::from(grid.columns) * usize::from(grid.rows)).max(1)
    }

    /// The measures that its badges are printed by.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let (width, height) = self.layout.drawn_for();
        let percent = |side: u16, drawn: u16| u32::from(side) * 100 / u32::from(drawn);
        let scale = percent(self.width, width).min(percent(self.height, height));
        let (badge, scale) = ((self.width, self.height), u16::try_from(scale).unwrap_or(u16::MAX));
        let Some(grid) = self.sheet else {
            return Frame { page: badge, badge, columns: 1, gaps: (0, 0), top: 0, left: 0, scale };
        };
        // A template with faults is printed by no measures that overflow.
        let tenths = |millimetres: u32| u16::try_from(millimetres).unwrap_or(u16::MAX).saturating_mul(10);
        // Half of what is left.
        let middle = |whole: u16, taken: u32| tenths(u32::from(whole).saturating_sub(taken)) / 2;
        Frame {
            page: (A4_WIDTH, A4_HEIGHT),
            badge,
            columns: grid.columns,
            gaps: (grid.row_gap, grid.column_gap),
            top: grid.top.map_or_else(|| middle(A4_HEIGHT, taken(grid.rows, self.height, grid.row_gap)), |top| tenths(top.into())),
            left: grid.left.map_or_else(|| middle(A4_WIDTH, taken(grid.columns, self.width, grid.column_gap)), |left| tenths(left.into())),
            scale,
        }
    }
}

impl Grid {
    fn fits(self, width: u16, height: u16) -> bool {
        let room = |count: u16, side: u16, gap: u16, margin: Option<u16>, whole: u16| {
            count >= 1 && taken(count, side, gap).saturating_add(margin.unwrap_or_default().into()) <= u32::from(whole)
        };
        room(self.columns, width, self.column_gap, self.left, A4_WIDTH) && room(self.rows, height, self.row_gap, self.top, A4_HEIGHT)
    }
}

/// What so many badges take with the gaps between them, in millimetres.
fn taken(count: u16, side: u16, gap: u16) -> u32 {
    u32::from(count).saturating_mul(side.into()).saturating_add(u32::from(count.saturating_sub(1)).saturating_mul(gap.into()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(millimetres: &u16) -> bool {
    *millimetres == 0
}

/// The measures of a print: numbers and nothing else, so that a style sheet made of them holds nothing foreign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Width and height of the printer's page, and of one badge, in millimetres.
    pub page: (u16, u16),
    pub badge: (u16, u16),
    pub columns: u16,
    /// Between rows and between columns, in millimetres.
    pub gaps: (u16, u16),
    /// From the edges of the page, in tenths of a millimetre.
    pub top: u16,
    pub left: u16,
    /// The size of the letters, in percent.
    pub scale: u16,
}

impl Frame {
    /// The numbers in one word for an address, as `210x297-90x54-2-0x0-135-150-100`.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { page, badge, columns, gaps, top, left, scale } = self;
        format!("{}x{}-{}x{}-{columns}-{}x{}-{top}-{left}-{scale}", page.0, page.1, badge.0, badge.1, gaps.0, gaps.1)
    }

    /// The frame with this [`Frame::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let pair = |text: &str| text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        let [page, badge, columns, gaps, top, left, scale] = key.split('-').collect::<Vec<_>>().try_into().ok()?;
        let frame = Self {
            page: pair(page)?,
            badge: pair(badge)?,
            columns: columns.parse().ok()?,
            gaps: pair(gaps)?,
            top: top.parse().ok()?,
            left: left.parse().ok()?,
            scale: scale.parse().ok()?,
        };
        // Each frame has one address.
        (frame.key() == key).then_some(frame)
    }

    /// The style sheet of a print by these measures, beside the one of all badges.
    #[must_use]
    pub fn style(&self) -> String {
        let Self { page, badge, columns, gaps, top, left, scale } = self;
        let tenths = |number: &u16| format!("{}.{}mm", number / 10, number % 10);
        format!(
            "@page{{size:{}mm {}mm;margin:0}}:root{{--badge-page:{}mm;--badge-width:{}mm;--badge-height:{}mm;--badge-columns:{columns};\
             --badge-gaps:{}mm {}mm;--badge-top:{};--badge-left:{};--badge-scale:{}.{:02}}}",
            page.0,
            page.1,
            page.0,
            badge.0,
            badge.1,
            gaps.0,
            gaps.1,
            tenths(top),
            tenths(left),
            scale / 100,
            scale % 100
        )
    }
}

fn every_line() -> Vec<Line> {
    Line::ALL.to_vec()
}

fn is_every_line(lines: &[Line]) -> bool {
    lines == Line::ALL
}

/// Why a badge is printed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reprint {
    /// The paper jammed, the print is bad, or nothing was printed: nobody wears the first one.
    Jam,
    /// Something on it was corrected; the person gives the first one back.
    Correction,
    /// It was lost.
    Loss,
}

impl Reprint {
    pub const ALL: [Self; 3] = [Self::Jam, Self::Correction, Self::Loss];

    /// The name in the store and in forms.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Jam => "jam",
            Self::Correction => "correction",
            Self::Loss => "loss",
        }
    }

    /// The reason with this [`Reprint::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }

    /// Whether somebody else may wear the first one: then the new badge has another code, and the old one stops.
    #[must_use]
    pub fn stops_the_first(self) -> bool {
        matches!(self, Self::Loss)
    }

    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Jam => ("Kẹt giấy, in hỏng hoặc chưa in được", "Paper jam, bad print, or nothing printed"),
            Self::Correction => ("Sửa thông tin trên thẻ", "Something on it was corrected"),
            Self::Loss => ("Làm mất thẻ (mã cũ ngừng dùng)", "The badge was lost (the old code stops)"),
        };
        locale.pick(vi, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(code: &str) -> Template {
        Template::usual().into_iter().find(|template| template.code == code).unwrap()
    }

    #[test]
    fn the_usual_templates_are_right_and_fill_their_pages() {
        for template in Template::usual() {
            assert_eq!(template.faults(), [], "{}", template.code);
        }
        assert_eq!(Template::usual().iter().map(Template::per_page).collect::<Vec<_>>(), [1, 1, 10, 1]);
        let frames: Vec<_> = Template::usual().iter().map(|template| template.frame().key()).collect();
        assert_eq!(
            frames,
            [
                "90x54-90x54-1-0x0-0-0-100",
                "62x100-62x100-1-0x0-0-0-100",
                "210x297-90x54-2-0x0-135-150-100",
                "105x148-105x148-1-0x0-0-0-148"
            ]
        );
    }

    #[test]
    fn a_template_that_no_page_holds_is_told_by_its_field() {
        let fields = |template: Template| template.faults().into_iter().map(TemplateFault::field).collect::<Vec<_>>();
        let sheet = usual("sheet-a4");
        let grid = sheet.sheet.unwrap();
        assert_eq!(fields(Template { width: 39, height: 298, ..usual("roll-90x54") }), ["width", "height"]);
        assert_eq!(fields(Template { lines: vec![Line::Event, Line::Code], ..sheet.clone() }), ["lines"]);
        assert_eq!(fields(Template { lines: vec![Line::Name, Line::Name], ..sheet.clone() }), ["lines"]);
        for grid in [
            Grid { columns: 3, ..grid },
            Grid { rows: 6, ..grid },
            Grid { rows: 0, ..grid },
            Grid { left: Some(31), ..grid },
            Grid { top: Some(28), ..grid },
            Grid { columns: u16::MAX, ..grid },
            Grid { column_gap: 31, ..grid },
            Grid { row_gap: 7, ..grid },
            Grid { column_gap: u16::MAX, row_gap: u16::MAX, columns: u16::MAX, rows: u16::MAX, ..grid },
        ] {
            assert_eq!(fields(Template { sheet: Some(grid), ..sheet.clone() }), ["sheet"], "{grid:?}");
        }
        for grid in [Grid { left: Some(30), top: Some(27), ..grid }, Grid { column_gap: 30, row_gap: 6, ..grid }] {
            assert_eq!(fields(Template { sheet: Some(grid), ..sheet.clone() }), Vec::<&str>::new(), "{grid:?}");
        }
    }

    #[test]
    fn gaps_between_labels_take_room_from_the_edges() {
        let sheet = usual("sheet-a4");
        let grid = Grid { column_gap: 4, row_gap: 3, ..sheet.sheet.unwrap() };
        let frame = Template { sheet: Some(grid), ..sheet }.frame();
        assert_eq!(frame.key(), "210x297-90x54-2-3x4-75-130-100");
        assert_eq!(Frame::from_key(&frame.key()), Some(frame));
        assert!(frame.style().contains("--badge-gaps:3mm 4mm;--badge-top:7.5mm;--badge-left:13.0mm;"), "{}", frame.style());
    }

    #[test]
    fn the_style_of_a_print_is_made_of_numbers_alone() {
        let frame = usual("sheet-a4").frame();
        assert_eq!(
            frame.style(),
            "@page{size:210mm 297mm;margin:0}:root{--badge-page:210mm;--badge-width:90mm;--badge-height:54mm;--badge-columns:2;\
             --badge-gaps:0mm 0mm;--badge-top:13.5mm;--badge-left:15.0mm;--badge-scale:1.00}"
        );
        assert_eq!(usual("lanyard-a6").frame().style().split_once("scale:").unwrap().1, "1.48}");
        assert_eq!(Frame::from_key(&frame.key()), Some(frame));
        for key in [
            "",
            "210x297-90x54-2-0x0-135-150",
            "210x297-90x54-2-0x0-135-150-100-1",
            "+210x297-90x54-2-0x0-135-150-100",
            "210x297-90x54-2-0x0-135-150-}",
        ] {
            assert_eq!(Frame::from_key(key), None, "{key}");
        }
    }

    #[test]
    fn keys_lead_back_to_reasons() {
        for reason in Reprint::ALL {
            assert_eq!(Reprint::from_key(reason.key()), Some(reason));
        }
        assert_eq!(Reprint::from_key(""), None);
    }

    #[test]
    fn only_a_lost_badge_gets_another_code() {
        assert_eq!(Reprint::ALL.map(Reprint::stops_the_first), [false, false, true]);
    }
}
