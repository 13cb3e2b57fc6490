//! Vietnamese text: one spelling of every letter (NFC), clean lines, folding for search.

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::form::Problem;

/// A language of the pages and messages. Vietnamese is the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    Vi,
    En,
}

impl Locale {
    /// Both languages, the source first.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// The BCP 47 tag: `vi` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag that [`Locale::tag`] gave.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag)
    }

    /// Picks this language's text of the two.
    #[must_use]
    pub fn pick<T>(self, vi: T, en: T) -> T {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

/// A text that an organiser writes in both languages. English may be missing: then Vietnamese is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub vi: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Bilingual {
    /// The text in the reader's language.
    #[must_use]
    pub fn get(&self, locale: Locale) -> &str {
        match (locale, &self.en) {
            (Locale::En, Some(en)) => en,
            _ => &self.vi,
        }
    }
}

/// Cleans one line that a person typed: NFC, white space collapsed, ends trimmed.
///
/// `max` counts characters (Unicode scalar values) after cleaning. An empty result is allowed;
/// who requires a value checks for it.
///
/// # Errors
/// [`Problem::ForbiddenCharacter`] for control characters and those that reorder or hide text,
/// [`Problem::Markup`] for HTML tags, [`Problem::TooLong`].
pub fn clean_line(raw: &str, max: usize) -> Result<String, Problem> {
    clean(raw, max, one_line, false)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What [`clean_line`] refuses, told before it cleans anything. A browser that calls this needs none of Unicode's tables.
///
/// # Errors
/// As [`clean_line`].
pub fn check_line(raw: &str, max: usize) -> Result<(), Problem> {
    clean_ascii_line(raw, max).map(drop)
}

/// Cleans one line of what is written in ASCII alone, as numbers are: as [`clean_line`], but letters with marks are left as
/// they came, for the caller to refuse. A browser that calls this needs none of Unicode's tables.
///
/// # Errors
/// As [`clean_line`].
pub fn clean_ascii_line(raw: &str, max: usize) -> Result<String, Problem> {
    admit(raw, max, false)?;
    bounded(one_line(raw), max)
}

/// Cleans a text of several lines: like [`clean_line`], but line breaks stay (as `\n`, at most two in a row).
///
/// # Errors
/// As [`clean_line`].
pub fn clean_text(raw: &str, max: usize) -> Result<String, Problem> {
    clean(
        raw,
        max,
        |text| {
            let mut lines: Vec<String> = Vec::new();
            for line in text.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
                let line = one_line(line);
                if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
                    lines.push(line);
                }
            }
            lines.join("\n").trim_end().to_owned()
        },
        true,
    )
}

fn clean(raw: &str, max: usize, shape: impl Fn(&str) -> String, lines: bool) -> Result<String, Problem> {
    admit(raw, max, lines)?;
    bounded(shape(&raw.nfc().collect::<String>()), max)
}

/// Refuses what no text may hold.
fn admit(raw: &str, max: usize, lines: bool) -> Result<(), Problem> {
    // Cheap refusal before any work: NFC never makes a text this much shorter.
    if raw.len() > max.saturating_mul(32).saturating_add(1024) {
        return Err(Problem::TooLong { max });
    }
    let is_space = |c: char| c == ' ' || c == '\t' || c == '\u{a0}' || (lines && (c == '\n' || c == '\r'));
    if raw.chars().any(|c| !is_space(c) && is_forbidden(c)) {
        return Err(Problem::ForbiddenCharacter);
    }
    if has_markup(raw) {
        return Err(Problem::Markup);
    }
    Ok(())
}

fn bounded(text: String, max: usize) -> Result<String, Problem> {
    if text.chars().count() > max { Err(Problem::TooLong { max }) } else { Ok(text) }
}

/// Control characters, and format characters that reorder (bidirectional controls, Unicode TR 36) or hide text, the soft
/// hyphen, the grapheme joiner and the invisible tags among them.
pub(crate) fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether the text has what an HTML parser would take for a tag: `<` before a letter, `/`, `!` or `?`.
fn has_markup(text: &str) -> bool {
    text.char_indices().any(|(at, c)| {
        c == '<' && text[at + 1..].chars().next().is_some_and(|next| next.is_alphabetic() || matches!(next, '/' | '!' | '?'))
    })
}

/// The text without marks, `đ` as `d`: for what can carry plain letters only.
#[must_use]
pub fn without_marks(text: &str) -> String {
    let plain = |c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        '–' | '—' => '-',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        other => other,
    };
    text.nfd().filter(|c| !is_combining_mark(*c)).map(plain).collect()
}

/// Folds a text for search: without marks, `đ` as `d`, lower case. "Nguyễn Thị Đào" becomes "nguyen thi dao".
///
/// Postgres stores this result beside the text, so that both sides of a search are folded by one rule.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).map(|c| if c == 'đ' { 'd' } else { c }).collect()
}

/// A person's full name as the person writes it, family name first or not; never split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name in characters.
    pub const MAX: usize = 100;

    /// Reads a typed name.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::NotAName`] when it has digits or signs that no name has (but for
    /// [`PersonName::of_guest`], which a form brings back), or as [`clean_line`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let name = clean_line(raw, Self::MAX)?;
        if name.is_empty() {
            return Err(Problem::Required);
        }
        let fits = |c: char| c.is_alphabetic() || is_combining_mark(c) || is_name_sign(c);
        let is_name = name.chars().all(fits) && name.chars().any(char::is_alphabetic);
        if is_name || is_guest_name(&name) { Ok(Self(name)) } else { Err(Problem::NotAName) }
    }

    /// What is surely no name: what a browser can tell with none of Unicode's tables. [`PersonName::parse`] finds more.
    ///
    /// # Errors
    /// As [`PersonName::parse`].
    pub fn check(raw: &str) -> Result<(), Problem> {
        check_line(raw, Self::MAX)?;
        if raw.trim().is_empty() {
            return Err(Problem::Required);
        }
        let is_between = |c: char| c.is_whitespace() || is_name_sign(c);
        let fits = |c: char| !c.is_ascii() || c.is_ascii_alphabetic() || is_between(c);
        let is_name = raw.chars().all(fits) && !raw.chars().all(is_between);
        if is_name || is_guest_name(raw) { Ok(()) } else { Err(Problem::NotAName) }
    }

    /// What somebody is called whose name nobody has written down yet, by the number of the spare ticket.
    #[must_use]
    pub fn of_guest(number: u32) -> Self {
        Self(format!("{GUEST} {number}"))
    }

    /// Whether nobody has written the name down yet.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        is_guest_name(&self.0)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as strangers may see it: first letters only, but the last word, by which Vietnamese
    /// people are called, whole. "Nguyễn Thị Mỹ Hạnh" becomes "N. T. M. Hạnh"; a single word keeps two letters, never all.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

/// A sign that stands between the letters of names.
fn is_name_sign(c: char) -> bool {
    matches!(c, ' ' | '.' | ',' | '\'' | '’' | '-' | '(' | ')')
}

/// Before the number of a spare ticket, the name of whoever holds it.
const GUEST: &str = "Khách tại chỗ";

/// The names that [`is_guest_name`] tells, as a regular expression for the store.
pub const GUEST_NAMES: &str = "^Khách tại chỗ [0-9]+$";

/// [`PersonName::is_guest`] for a name that was stored before.
#[must_use]
pub fn is_guest_name(name: &str) -> bool {
    let number = name.strip_prefix(GUEST).and_then(|rest| rest.strip_prefix(' '));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// [`PersonName::masked`] for a name that was stored before.
#[must_use]
pub fn mask(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.chars().take(2.min(only.chars().count() - 1)).chain(['…']).collect(),
        [rest @ .., last] => {
            let mut masked = String::new();
            for word in rest {
                masked.extend(word.chars().next());
                masked.push_str(". ");
            }
            masked.push_str(last);
            masked
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decomposed_vietnamese_is_stored_composed() {
        let decomposed: String = "Nguyễn Thị Đào".nfd().collect();
        assert_ne!(decomposed, "Nguyễn Thị Đào");
        assert_eq!(PersonName::parse(&decomposed).unwrap().as_str(), "Nguyễn Thị Đào");
    }

    #[test]
    fn lines_are_trimmed_and_collapsed() {
        assert_eq!(clean_line("  Sở \t Y\u{a0}tế ", 50).unwrap(), "Sở Y tế");
        assert_eq!(clean_text("một\r\n\r\n\r\nhai  \n", 50).unwrap(), "một\n\nhai");
    }

    #[test]
    fn characters_that_lie_are_refused() {
        for raw in [
            "An\0",
            "An\u{202e}nA",
            "A\u{200b}n",
            "A\u{2066}n",
            "An\nBình",
            "A\u{61c}n",
            "A\u{ad}n",
            "A\u{34f}n",
            "A\u{180e}n",
            "A\u{e0041}n",
        ] {
            assert_eq!(clean_line(raw, 50), Err(Problem::ForbiddenCharacter), "{raw:?}");
        }
    }

    #[test]
    fn tags_are_refused_but_comparisons_are_not() {
        for raw in ["<script>alert(1)</script>", "</textarea>", "<!--", "a<b"] {
            assert_eq!(clean_text(raw, 50), Err(Problem::Markup), "{raw:?}");
        }
        assert_eq!(clean_text("chờ < 5 phút, > 90 %", 50).unwrap(), "chờ < 5 phút, > 90 %");
    }

    #[test]
    fn length_counts_letters_not_bytes() {
        assert!(clean_line("ưỡng", 4).is_ok());
        assert_eq!(clean_line("ưỡngg", 4), Err(Problem::TooLong { max: 4 }));
    }

    #[test]
    fn names_of_every_kind_of_person_are_accepted() {
        for name in ["Nguyễn Thị Mỹ Hạnh", "Thạch Sô Phia", "O’Brien", "Jean-Luc", "Ngọc", "H'Hen Niê", "TS. Lê Văn A"] {
            assert_eq!(PersonName::parse(name).unwrap().as_str(), name);
        }
        for not in ["0912345678", "a@b.vn", "...", "Anh 7"] {
            assert_eq!(PersonName::parse(not), Err(Problem::NotAName), "{not}");
        }
        assert_eq!(PersonName::parse("  "), Err(Problem::Required));
    }

    #[test]
    fn who_has_told_no_name_is_called_by_the_number_of_a_spare_ticket_and_nobody_else_is() {
        let guest = PersonName::of_guest(12);
        assert_eq!((guest.as_str(), guest.is_guest()), ("Khách tại chỗ 12", true));
        assert_eq!(PersonName::parse(guest.as_str()), Ok(guest));
        for other in ["Khách tại chỗ", "Khách tại chỗ Sen", "Nguyễn Thị Hạnh"] {
            assert!(!PersonName::parse(other).unwrap().is_guest(), "{other}");
        }
        assert_eq!(PersonName::parse("Khách tại chỗ 12 a"), Err(Problem::NotAName));
    }

    #[test]
    fn a_browser_refuses_what_is_surely_no_name() {
        for not in ["0912345678", "a@b.vn", "...", "Anh 7"] {
            assert_eq!(PersonName::check(not), Err(Problem::NotAName), "{not}");
        }
        assert_eq!(PersonName::check(" "), Err(Problem::Required));
        assert_eq!(PersonName::check(&"a".repeat(101)), Err(Problem::TooLong { max: 100 }));
        assert_eq!(PersonName::check("<b>An</b>"), Err(Problem::Markup));
    }

    #[test]
    fn masked_names_keep_the_called_name() {
        assert_eq!(mask("Nguyễn Thị Mỹ Hạnh"), "N. T. M. Hạnh");
        assert_eq!(mask("Ngọc"), "Ng…");
        assert_eq!(mask("An"), "A…");
        assert_eq!(mask("Ý"), "…");
    }

    #[test]
    fn folding_takes_every_mark_of_vietnamese() {
        assert_eq!(fold("ĐẶNG Thuỳ Trâm, Ưỡng ẫ Ễ Ợ"), "dang thuy tram, uong a e o");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(raw in any::<String>()) {
            if let Ok(once) = clean_line(&raw, 200) {
                prop_assert_eq!(clean_line(&once, 200), Ok(once.clone()));
            }
            if let Ok(once) = clean_text(&raw, 200) {
                prop_assert_eq!(clean_text(&once, 200), Ok(once.clone()));
            }
        }

        #[test]
        fn a_browser_refuses_no_name_that_is_taken(name in "[ \u{a0}A-Za-zạẫĐ.’'(7@]{0,12}|\\PC{0,8}") {
            if PersonName::parse(&name).is_ok() {
                prop_assert_eq!(PersonName::check(&name), Ok(()));
            }
        }

        #[test]
        fn folding_ignores_the_form_of_marks(name in "[ạảãâầấậẩẫăằắặẳẵêềếệểễôồốộổỗơờớợởỡưừứựửữđĐÁÀ ]{0,20}") {
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(fold(&decomposed), fold(&name));
            prop_assert!(fold(&name).is_ascii());
        }
    }
}
