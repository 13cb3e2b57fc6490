//! Messages in the reader's language: what stands for the placeholders, the plain text and the HTML.

use std::fmt::Write as _;

use domain::mail::{Block, Document, Fill, Link, MessageKind, Placeholder, Run, Value};
use services::mail::{Letter, LetterFacts, LetterLink};

use crate::{
    i18n::{self, messages::Messages},
    pages::registration::INVITATION,
    routes::Page,
};

/// The values of the placeholders. Links begin with the configured origin, whatever a request says.
pub fn fill(facts: &LetterFacts, base_url: &str) -> Fill {
    let locale = facts.locale;
    let t = &i18n::t(locale).messages;
    let edition = &facts.edition;
    let gate = facts.ticket.as_ref().and_then(|ticket| ticket.gate.as_ref()).map(|(name, opens_at)| match opens_at {
        Some(at) => format!("{}, {}", name.get(locale), (t.gate_opens)(&i18n::time(*at))),
        None => name.get(locale).to_owned(),
    });
    let sessions = facts.sessions.iter().map(|seat| {
        let day = i18n::date_short(locale, domain::time::local_date(seat.starts_at));
        format!("{day} {} {} ({})", i18n::time_range(seat.starts_at, seat.ends_at), seat.title.get(locale), seat.room.get(locale))
    });
    let sessions = sessions.collect::<Vec<_>>().join("; ");
    let lines = [
        (Placeholder::Event, Some(edition.name.get(locale).to_owned())),
        (Placeholder::Date, Some(i18n::date(locale, edition.peak_on))),
        (Placeholder::Place, Some(edition.place.get(locale).to_owned())),
        (Placeholder::Audience, facts.audience.as_ref().map(|name| name.get(locale).to_owned())),
        (Placeholder::Gate, gate),
        (Placeholder::ShortCode, facts.code.clone()),
        (Placeholder::Sessions, Some(sessions)),
        (Placeholder::Deadline, facts.deadline.map(|at| i18n::date_time(locale, at))),
        (Placeholder::QueuePosition, facts.position.map(|position| i18n::number(locale, position))),
        (Placeholder::Organiser, Some(edition.managing_body.get(locale).to_owned())),
        (Placeholder::Hotline, edition.hotline.clone()),
    ];
    let mut fill: Fill = lines.into_iter().filter_map(|(slot, text)| Some((slot, Value::Line(text?)))).collect();
    fill.insert(Placeholder::Name, Value::Said(facts.name.clone()));
    if let Some(message) = &facts.staff_message {
        fill.insert(Placeholder::StaffMessage, Value::Lines(message.clone()));
    }
    fill.insert(Placeholder::Link, Value::Link(link(facts, t, base_url)));
    fill
}

/// The same for a preview: the person's link is a secret that a desk has no need of.
pub fn preview_fill(facts: &LetterFacts, base_url: &str) -> Fill {
    let mut fill = fill(facts, base_url);
    if let Some(Value::Link(link)) = fill.get_mut(&Placeholder::Link) {
        link.href = format!("{base_url}/…");
    }
    fill
}

fn link(facts: &LetterFacts, t: &Messages, base_url: &str) -> Link {
    let (text, path) = match &facts.link {
        LetterLink::Ticket(secret) => {
            let text = if facts.ticket.is_some() { t.open_ticket } else { t.open_registration };
            (text, Page::Ticket.at(facts.locale, &secret.0))
        }
        LetterLink::Delegation(secret) => (t.open_delegation, Page::Delegation.at(facts.locale, &secret.0)),
        LetterLink::Register(code) => (t.open_form, format!("{}?{INVITATION}={}", Page::Register.path(facts.locale), code.shown())),
    };
    Link { text: text.to_owned(), href: format!("{base_url}{path}") }
}

/// Where reminders are ended, of a message that comes by consent: it stands below each, whatever its text says.
pub fn stop_link(facts: &LetterFacts, base_url: &str) -> Option<Link> {
    let secret = facts.stop.as_ref()?;
    let t = &i18n::t(facts.locale).rights;
    Some(Link { text: t.stop.to_owned(), href: format!("{base_url}{}", Page::StopReminders.at(facts.locale, &secret.0)) })
}

/// What stands below every message: who writes, why, and whom to call.
fn footer(facts: &LetterFacts) -> [String; 2] {
    let t = &i18n::t(facts.locale).messages;
    let edition = &facts.edition;
    let body = edition.managing_body.get(facts.locale);
    let sender = edition.hotline.as_ref().map_or_else(|| body.to_owned(), |hotline| (t.footer_sender)(body, hotline));
    [sender, (t.footer_reason)(edition.name.get(facts.locale))]
}

/// The plain text part.
pub fn text(document: &Document, facts: &LetterFacts, base_url: &str) -> String {
    let stop = stop_link(facts, base_url).map(|link| format!("{}: {}\n", link.text, link.href)).unwrap_or_default();
    format!("{}\n\n-- \n{}\n{stop}", document.text(), footer(facts).join("\n"))
}

/// The HTML part. Everything in a document is text: it is escaped here, and nothing in it can be markup.
pub fn html(document: &Document, facts: &LetterFacts, base_url: &str) -> String {
    let mut body = String::new();
    for block in &document.blocks {
        match block {
            Block::Paragraph(lines) => {
                let lines: Vec<_> = lines.iter().map(|runs| runs.iter().map(run).collect::<String>()).collect();
                let _ = write!(body, "<p>{}</p>", lines.join("<br>"));
            }
            Block::Button(link) => {
                let (href, text) = (escape(&link.href), escape(&link.text));
                let _ = write!(body, "<p><a class=\"button\" href=\"{href}\">{text}</a></p><p class=\"small\">{href}</p>");
            }
        }
    }
    let foot = footer(facts).map(|line| escape(&line)).join("<br>");
    let stop = stop_link(facts, base_url)
        .map(|link| format!("<br><a href=\"{}\">{}</a>", escape(&link.href), escape(&link.text)))
        .unwrap_or_default();
    let event = escape(facts.edition.name.get(facts.locale));
    let (lang, subject) = (facts.locale.tag(), escape(&document.subject));
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{subject}</title><style>{STYLE}</style></head><body><div class=\"sheet\"><p class=\"event\">{event}</p>{body}<p class=\"small foot\">{foot}{stop}</p></div></body></html>"
    )
}

/// Mail programs follow no links to style sheets: it travels inside.
const STYLE: &str = ":root{color-scheme:light dark}\
body{margin:0;background:#faf7f5;color:#1b1f24;font:17px/1.6 'Be Vietnam Pro',Arial,sans-serif}\
.sheet{max-width:36em;margin:0 auto;padding:24px;background:#fff;border-top:4px solid #a91d54}\
a{color:#a91d54}\
.button{display:inline-block;padding:12px 20px;background:#a91d54;border-radius:6px;color:#fff;font-weight:700;text-decoration:none}\
.small{color:#57606a;font-size:14px;word-break:break-word}\
.event{margin-top:0;color:#a91d54;font-weight:700}\
.foot{margin-top:32px;padding-top:16px;border-top:1px solid #e5e7eb}\
@media(prefers-color-scheme:dark){body{background:#111417;color:#f3f4f6}.sheet{background:#1c2126;border-color:#f78fb3}\
a,.event{color:#f78fb3}.button{background:#f78fb3;color:#111417}.small{color:#b6bec8}.foot{border-color:#3a424b}}";

fn run(run: &Run) -> String {
    match run {
        Run::Text(text) => escape(text),
        Run::Link(link) => format!("<a href=\"{0}\">{0}</a>", escape(&link.href)),
    }
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// How many characters one SMS has: in the alphabet of mobile networks (GSM 03.38), and with Vietnamese marks.
const SMS_LENGTH: usize = 160;
const SMS_LENGTH_WITH_MARKS: usize = 70;

/// The text of an SMS: what is told in one line, and the link behind it. A mailing brings its subject as the line; other
/// templates are for mails. Nothing that a person typed is in it.
///
/// Without marks it fits one SMS where the link leaves room: the line gives way, the link never.
pub fn sms(letter: &Letter, base_url: &str, with_marks: bool) -> String {
    let facts = &letter.facts;
    let t = &i18n::t(facts.locale).messages;
    let event = facts.edition.name.get(facts.locale);
    let address = link(facts, t, base_url).href;
    let line = match letter.kind {
        MessageKind::Mailing => {
            let anonymous = LetterFacts { name: String::new(), staff_message: None, ..facts.clone() };
            letter.template.fill(&fill(&anonymous, base_url)).subject
        }
        kind => {
            let until = facts.deadline.map(|at| {
                let day = i18n::date_short(facts.locale, domain::time::local_date(at));
                format!("{} {day}", i18n::time(at))
            });
            (t.sms)(kind, event, &until.unwrap_or_default())
        }
    };
    let (line, length) = if with_marks { (line, SMS_LENGTH_WITH_MARKS) } else { (plain(&line), SMS_LENGTH) };
    let room = length.saturating_sub(address.chars().count() + 1);
    let line = if with_marks { line } else { shortened(&line, room) };
    format!("{line} {address}")
}

/// The words of a line that have room.
fn shortened(line: &str, room: usize) -> String {
    let mut short = String::new();
    for word in line.split_whitespace() {
        let gap = usize::from(!short.is_empty());
        if short.chars().count() + gap + word.chars().count() > room {
            break;
        }
        short.extend([&" "[..gap], word]);
    }
    short
}

/// A line without marks and without what the basic alphabet of mobile networks lacks.
fn plain(line: &str) -> String {
    let is_basic = |c: char| c == ' ' || c.is_ascii_graphic() && !matches!(c, '`' | '[' | ']' | '{' | '}' | '\\' | '^' | '|' | '~');
    domain::text::without_marks(line).chars().map(|c| if is_basic(c) { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use domain::{mail::Template, text::Locale};

    use super::*;

    #[test]
    fn nothing_that_a_person_typed_becomes_markup() {
        let hostile = "<a href=\"https://evil.example\">Nhận quà</a> [x](https://evil.example) & 'y'";
        let fill = Fill::from([(Placeholder::Name, Value::Said(hostile.into()))]);
        let document = Template::parse("Thẻ", "Kính gửi {ten},").unwrap().fill(&fill);
        let Block::Paragraph(lines) = &document.blocks[0] else { panic!("no paragraph") };
        let written: String = lines[0].iter().map(run).collect();
        assert!(!written.contains(['<', '>', '"', '\'']), "{written}");
        assert!(!written.contains("https://"), "{written}");
        assert!(written.starts_with("Kính gửi &lt;a href=&quot;"), "{written}");
    }

    #[test]
    fn every_line_for_a_phone_fits_one_sms_beside_the_link() {
        let names = [(Locale::Vi, "Ngày Chuyển đổi số tỉnh Đồng Tháp 2027"), (Locale::En, "Đồng Tháp Digital Transformation Day 2027")];
        for (locale, event) in names {
            let until = format!("17:30 {}", i18n::date_short(locale, chrono::NaiveDate::from_ymd_opt(2027, 10, 12).unwrap()));
            let address = format!("https://ngay-cds.dongthap.gov.vn{}", Page::Ticket.at(locale, &"x".repeat(43)));
            for kind in MessageKind::ALL {
                let line = plain(&(i18n::t(locale).messages.sms)(*kind, event, &until));
                assert!(line.chars().count() + 1 + address.len() <= SMS_LENGTH, "{kind:?} {line}");
            }
        }
    }

    #[test]
    fn a_line_for_a_phone_has_only_the_basic_alphabet_and_gives_way_by_words() {
        assert_eq!(plain("Đổi “giờ” [a] {b}~ – 5 €"), "Doi \"gio\"  a   b   - 5  ");
        assert_eq!(shortened("xin den  truoc 7 gio", 13), "xin den truoc");
        assert_eq!(shortened("xin den truoc 7 gio", 12), "xin den");
    }
}
