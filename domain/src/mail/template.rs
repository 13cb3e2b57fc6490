//! Templates: texts with placeholders from a fixed list, parsed once and filled in once, so that what is filled in can never
//! be a placeholder, a line, a link or a header itself.

use std::collections::BTreeMap;

use super::{
    document::{Block, Document, Link, Run, said, said_lines},
    field,
};
use crate::{
    form::{FieldErrors, Problem, at_least},
    text::{self, Locale},
};

/// The longest subject and body of a template, in characters.
pub const SUBJECT_MAX: usize = 150;
pub const BODY_MAX: usize = 5000;

macro_rules! placeholders {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $vi:literal, $en:literal;)+) => {
        /// What a template may name. The list is the same for both languages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Placeholder { $($(#[$doc])* $variant,)+ }

        impl Placeholder {
            /// All placeholders.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What stands between the braces.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is filled in, in the reader's language.
            #[must_use]
            pub fn about(self, locale: Locale) -> &'static str {
                match self { $(Self::$variant => locale.pick($vi, $en),)+ }
            }
        }
    };
}

placeholders! {
    Name = "ten", "họ và tên người nhận", "the recipient’s full name";
    Event = "su_kien", "tên sự kiện", "the event’s name";
    Date = "ngay", "ngày chính", "the main day";
    Place = "dia_diem", "địa điểm", "the place";
    Audience = "doi_tuong", "đối tượng đăng ký", "the audience";
    Gate = "cong", "cổng vào và giờ mở", "the gate and its opening time";
    Link = "lien_ket", "liên kết riêng (thẻ, trang đoàn hoặc trang đăng ký); đứng riêng một dòng thì thành nút", "the personal link (ticket, delegation or registration page); alone on a line it becomes a button";
    ShortCode = "ma", "mã đăng ký 8 ký tự, hoặc mã mời", "the 8-character code, or the invitation code";
    Sessions = "phien", "các phiên đã giữ chỗ", "the sessions with a seat";
    Deadline = "han", "hạn nhận chỗ hoặc hạn của lời mời", "the deadline of an offer or invitation";
    QueuePosition = "thu_tu", "số thứ tự trong danh sách chờ", "the position in the queue";
    StaffMessage = "loi_nhan", "lời nhắn của Ban Tổ chức", "the organisers’ message";
    Organiser = "don_vi", "cơ quan chủ quản", "the managing body";
    Hotline = "duong_day_nong", "đường dây nóng", "the hotline";
}

/// What stands for a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// What somebody typed: one line without a link, whatever it holds.
    Said(String),
    /// One line of ours.
    Line(String),
    /// A text of the organisers: its lines stay.
    Lines(String),
    /// An address of ours.
    Link(Link),
}

/// The values to fill in; what is missing is empty.
pub type Fill = BTreeMap<Placeholder, Value>;

/// A subject and a body, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    subject: Vec<Segment>,
    /// By line.
    body: Vec<Vec<Segment>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Text(String),
    Slot(Placeholder),
}

impl Template {
    /// Reads what an organiser wrote.
    ///
    /// # Errors
    /// [`Problem::UnknownPlaceholder`] for a brace without a name of the list behind it, a link in the subject, too long,
    /// empty, or what [`text::clean_text`] refuses; by the names in [`field`].
    pub fn parse(subject: &str, body: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let line = text::clean_line(subject, SUBJECT_MAX).and_then(|text| at_least(text, 1)).and_then(|text| segments(&text));
        let line = line.and_then(|line| {
            let tells_secret = line.contains(&Segment::Slot(Placeholder::Link));
            if tells_secret { Err(Problem::UnknownPlaceholder { name: Placeholder::Link.name().into() }) } else { Ok(line) }
        });
        let subject = errors.take(field::SUBJECT, line);
        let lines = text::clean_text(body, BODY_MAX).and_then(|text| at_least(text, 1));
        let body = errors.take(field::BODY, lines.and_then(|text| text.lines().map(segments).collect::<Result<Vec<_>, _>>()));
        match (subject, body) {
            (Some(subject), Some(body)) => Ok(Self { subject, body }),
            _ => Err(errors),
        }
    }

    /// Fills the values in. A line whose placeholders are all empty is left out.
    #[must_use]
    pub fn fill(&self, fill: &Fill) -> Document {
        let subject: String = self
            .subject
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) => text.clone(),
                Segment::Slot(slot) => plain(fill.get(slot)),
            })
            .collect();
        let mut blocks = Vec::new();
        let mut paragraph: Vec<Vec<Run>> = Vec::new();
        for line in &self.body {
            let alone = match line.as_slice() {
                [Segment::Slot(slot)] => fill.get(slot),
                _ => None,
            };
            match alone {
                Some(Value::Link(link)) => {
                    close(&mut blocks, &mut paragraph);
                    blocks.push(Block::Button(link.clone()));
                }
                Some(Value::Lines(text)) => {
                    for given in said_lines(text) {
                        if given.is_empty() { close(&mut blocks, &mut paragraph) } else { paragraph.push(vec![Run::Text(given)]) }
                    }
                }
                _ if line.is_empty() => close(&mut blocks, &mut paragraph),
                _ if is_left_out(line, fill) => {}
                _ => paragraph.push(line.iter().map(|segment| run(segment, fill)).collect()),
            }
        }
        close(&mut blocks, &mut paragraph);
        Document { subject: subject.trim().to_owned(), blocks }
    }
}

fn close(blocks: &mut Vec<Block>, paragraph: &mut Vec<Vec<Run>>) {
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(std::mem::take(paragraph)));
    }
}

fn is_left_out(line: &[Segment], fill: &Fill) -> bool {
    let mut slots = line.iter().filter_map(|segment| match segment {
        Segment::Slot(slot) => Some(*slot),
        Segment::Text(_) => None,
    });
    let is_empty = |slot: Placeholder| plain(fill.get(&slot)).is_empty();
    slots.next().is_some_and(is_empty) && slots.all(is_empty)
}

fn run(segment: &Segment, fill: &Fill) -> Run {
    match segment {
        Segment::Text(text) => Run::Text(text.clone()),
        Segment::Slot(slot) => match fill.get(slot) {
            Some(Value::Link(link)) => Run::Link(link.clone()),
            value => Run::Text(plain(value)),
        },
    }
}

/// A value as one line.
fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::Said(text)) => said(text),
        Some(Value::Line(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Some(Value::Lines(text)) => said_lines(text).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "),
        Some(Value::Link(link)) => link.href.clone(),
        None => String::new(),
    }
}

/// One line of a template.
fn segments(line: &str) -> Result<Vec<Segment>, Problem> {
    let mut segments = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        let inside = behind.strip_prefix('{').and_then(|behind| behind.split_once('}'));
        let found = inside.and_then(|(name, after)| {
            let slot = Placeholder::ALL.iter().copied().find(|slot| slot.name() == name.trim())?;
            Some((slot, after))
        });
        let Some((slot, after)) = found else {
            let name = inside.map_or(behind, |(name, _)| name).chars().take(30).collect();
            return Err(Problem::UnknownPlaceholder { name });
        };
        if !before.is_empty() {
            segments.push(Segment::Text(before.to_owned()));
        }
        segments.push(Segment::Slot(slot));
        rest = after;
    }
    if !rest.is_empty() {
        segments.push(Segment::Text(rest.to_owned()));
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mail::MessageKind;

    const URL: &str = "https://cds.example.vn/ve/abc";

    fn fill(name: &str) -> Fill {
        let link = Link { text: "Mở thẻ".into(), href: URL.into() };
        Fill::from([(Placeholder::Name, Value::Said(name.into())), (Placeholder::Link, Value::Link(link))])
    }

    fn filled(body: &str, name: &str) -> Document {
        Template::parse("Thẻ của {ten}", body).unwrap().fill(&fill(name))
    }

    #[test]
    fn a_placeholder_in_a_name_stays_text() {
        for name in ["{lien_ket}", "{{ten}}", "{{7*7}}", "{event.__init__}", "{ten", "}"] {
            let document = filled("Xin chào {ten}!", name);
            assert_eq!(document.text(), format!("Xin chào {name}!").replace('.', ".\u{200b}"));
            assert!(!document.text().contains(URL));
        }
    }

    #[test]
    fn signs_that_come_together_when_a_hidden_one_goes_are_no_link_and_no_header() {
        for (name, written) in [
            ("=\u{fffc}?", "=\u{200b}?"),
            ("evil.\u{200b}example", "evil.\u{200b}example"),
            ("evil.\u{202e}\u{ad}example", "evil.\u{200b}example"),
            ("https:\u{ad}//x", "https:\u{200b}/\u{200b}/\u{200b}x"),
        ] {
            assert_eq!(filled("{ten}", name).text(), written, "{name:?}");
        }
    }

    #[test]
    fn a_placeholder_that_is_not_on_the_list_is_refused() {
        for body in ["{admin_email}", "{ten.x}", "{", "a } b", "{{ten}}", "{ten:>10}", "{}"] {
            let errors = Template::parse("Thẻ", body).unwrap_err();
            assert!(matches!(errors.of(field::BODY), Some(Problem::UnknownPlaceholder { .. })), "{body}");
        }
        assert!(Template::parse("{lien_ket}", "x").is_err(), "a secret has no place in a subject");
        assert!(Template::parse("{ ten }", "{ten}").is_ok());
    }

    #[test]
    fn a_line_whose_values_are_all_empty_is_left_out() {
        let document = filled("Kính gửi {ten},\nCổng: {cong}\nNgày: {ngay} {ten}\n\n{loi_nhan}\n\nHết", "An");
        assert_eq!(document.text(), "Kính gửi An,\nNgày:  An\n\nHết");
    }

    #[test]
    fn a_link_alone_is_a_button_and_in_a_line_a_link() {
        let document = filled("a\n{lien_ket}\nxem {lien_ket} nhé", "An");
        let link = Link { text: "Mở thẻ".into(), href: URL.into() };
        let text = |text: &str| Run::Text(text.into());
        assert_eq!(
            document.blocks,
            [
                Block::Paragraph(vec![vec![text("a")]]),
                Block::Button(link.clone()),
                Block::Paragraph(vec![vec![text("xem "), Run::Link(link), text(" nhé")]]),
            ]
        );
    }

    #[test]
    fn the_lines_of_the_organisers_message_stay() {
        let fill = Fill::from([(Placeholder::StaffMessage, Value::Lines("một\nhai\n\nba".into()))]);
        let document = Template::parse("x", "Trước\n\n{loi_nhan}").unwrap().fill(&fill);
        assert_eq!(document.text(), "Trước\n\nmột\nhai\n\nba");
    }

    #[test]
    fn every_default_text_is_a_template_and_names_its_link() {
        for kind in MessageKind::ALL.iter().copied().filter(|kind| kind.has_template()) {
            for locale in Locale::ALL {
                let (subject, body) = kind.default_text(locale);
                let parsed = Template::parse(subject, body);
                assert!(parsed.is_ok(), "{kind:?} {locale:?} {parsed:?}");
                assert!(body.contains("\n{lien_ket}\n"), "{kind:?} {locale:?}");
            }
        }
    }

    /// What a hostile person may be called: markup, links, new lines, headers, reordered text, placeholders.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("<a href=\"https://evil.example\">"),
            Just("[Nhận quà](https://evil.example)"),
            Just("https://evil.example/x"),
            Just("www.evil.example"),
            Just("evil.example"),
            Just("an@evil.example"),
            Just("mailto:a@b.vn"),
            Just("tel:113"),
            Just("\r\nBcc: all@example.vn"),
            Just("\r\n\r\n<html>"),
            Just("\u{202e}nAhK"),
            Just("\u{2028}"),
            Just("\0"),
            Just("{lien_ket}"),
            Just("{{ten}}"),
            Just("Nguyễn "),
            Just("_*~`#>"),
            Just("=?utf-8?q?=0D=0ABcc:_x?="),
        ];
        prop_oneof![proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat()), any::<String>()]
    }

    proptest! {
        #[test]
        fn a_name_is_never_a_line_a_header_or_a_link(name in hostile()) {
            let document = filled("Kính gửi {ten},\n\n{lien_ket}\n\nHết", &format!("An {name}"));
            let text = document.text();
            prop_assert_eq!(text.lines().count(), filled("Kính gửi {ten},\n\n{lien_ket}\n\nHết", "An").text().lines().count());
            let lies = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{202e}');
            prop_assert!(!document.subject.contains(lies));
            for part in [&text, &document.subject] {
                for link in ["evil.example", "://evil", "www.e", "mailto:a", "tel:1", "@evil", "=?"] {
                    prop_assert!(!part.contains(link), "{}", part);
                }
            }
            prop_assert_eq!(text.matches("https://").count(), 1);
            prop_assert_eq!(document.blocks.len(), 3);
        }

        #[test]
        fn no_text_makes_the_parser_fail(subject in any::<String>(), body in any::<String>()) {
            if let Ok(template) = Template::parse(&subject, &body) {
                prop_assert!(!template.fill(&fill("An")).subject.contains('\n'));
            }
        }
    }
}
