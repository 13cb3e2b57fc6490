//! Finding people: what the words that staff typed look for.

use crate::{
    contact::Phone,
    form::Problem,
    text::{clean_line, fold},
    ticket::ShortCode,
};

/// The least letters and digits to look for: with fewer, half the list is found.
pub const LEAST: usize = 2;

/// The most words that are looked for; of more, the longest.
pub const WORDS_MAX: usize = 5;

/// What staff look for, in the folded text that is kept beside each person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    /// The ticket's short code, if the words can be one.
    pub code: Option<ShortCode>,
    /// Folded, each of them found in any order.
    pub words: Vec<String>,
}

impl Needle {
    /// Reads typed words: parts of a name with or without marks, of an organisation, of an e-mail address; a phone number in
    /// any spelling, or some of its digits; a short code in any case and grouping, with or without "DT" before it. `None`
    /// where nothing was typed.
    ///
    /// # Errors
    /// [`Problem::TooShort`] below [`LEAST`], or as [`clean_line`].
    pub fn parse(raw: &str) -> Result<Option<Self>, Problem> {
        let line = clean_line(raw, 100)?;
        if line.is_empty() {
            return Ok(None);
        }
        let bare = line.strip_prefix("DT").or_else(|| line.strip_prefix("dt")).unwrap_or(&line);
        let code = ShortCode::parse(&line).or_else(|| ShortCode::parse(bare));
        let mut words = match digits(&line) {
            Some(digits) => vec![Phone::parse(&line).map_or(digits, |phone| phone.e164().to_owned())],
            None => fold(&line).split_whitespace().map(str::to_owned).collect(),
        };
        if words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphanumeric()).count() < LEAST {
            return Err(Problem::TooShort { min: LEAST });
        }
        if words.len() > WORDS_MAX {
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
            words.truncate(WORDS_MAX);
        }
        Ok(Some(Self { code, words }))
    }

    /// Patterns of SQL's `like` that the folded text must all match, with a space before it: words begin as they were typed,
    /// digits and signs stand anywhere. Where there are fewer words, the rest match everything.
    #[must_use]
    pub fn patterns(&self) -> [String; WORDS_MAX] {
        std::array::from_fn(|at| self.words.get(at).map_or_else(|| "%".to_owned(), |word| pattern(word)))
    }

    /// Whether it is a single word.
    #[must_use]
    pub fn has_one_word(&self) -> bool {
        self.words.len() == 1
    }

    /// Whether a folded text has all the words in it.
    #[must_use]
    pub fn is_in(&self, folded: &str) -> bool {
        self.words.iter().all(|word| folded.split_whitespace().any(|part| part.starts_with(word.as_str())))
    }
}

fn pattern(word: &str) -> String {
    let escaped: String = word.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect();
    let is_beginning = word.starts_with(char::is_alphabetic);
    format!("%{}{escaped}%", if is_beginning { " " } else { "" })
}

/// The digits of what can only be a part of a phone number.
fn digits(line: &str) -> Option<String> {
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    let only = line.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')' | '+'));
    (only && !digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(raw: &str) -> Vec<String> {
        Needle::parse(raw).unwrap().unwrap().words
    }

    #[test]
    fn a_phone_in_any_spelling_is_one_number_and_a_part_of_it_its_digits() {
        for raw in ["0912345678", "0912 345 678", "+84 912 345 678", "(84) 912.345.678"] {
            assert_eq!(words(raw), ["+84912345678"], "{raw}");
        }
        assert_eq!(words("345 678"), ["345678"]);
        assert_eq!(Needle::parse("0912 345 678").unwrap().unwrap().patterns()[0], "%+84912345678%");
    }

    #[test]
    fn names_are_folded_and_found_by_the_beginning_of_each_word() {
        let needle = Needle::parse(" Hạnh  NGUYỄN ").unwrap().unwrap();
        assert_eq!(needle.words, ["hanh", "nguyen"]);
        assert_eq!(needle.patterns(), ["% hanh%", "% nguyen%", "%", "%", "%"]);
        assert!(needle.is_in("nguyen thi my hanh"));
        assert!(!needle.is_in("nguyen thanh"), "a word is not found in the middle of another");
    }

    #[test]
    fn signs_of_patterns_are_looked_for_as_they_are() {
        assert_eq!(Needle::parse("a_b 50%").unwrap().unwrap().patterns()[..2], ["% a\\_b%", "%50\\%%"]);
    }

    #[test]
    fn one_letter_is_too_little_however_many_signs_stand_by() {
        for raw in ["a", "-- a --", "%", "?!", "7"] {
            assert_eq!(Needle::parse(raw), Err(Problem::TooShort { min: 2 }), "{raw}");
        }
        assert_eq!(words("an"), ["an"]);
        assert_eq!(words("ý x"), ["y", "x"]);
        assert_eq!(Needle::parse("  "), Ok(None));
    }

    #[test]
    fn of_many_words_the_longest_are_looked_for() {
        assert_eq!(words("sở khoa học và công nghệ tỉnh"), ["khoa", "cong", "nghe", "tinh", "hoc"]);
    }

    proptest! {
        #[test]
        fn a_short_code_is_known_in_any_case_and_grouping(bits: u64) {
            let code = ShortCode::from_random(bits);
            for typed in [code.shown(), code.as_str().to_lowercase(), format!("DT-{}", code.shown()), format!("dt{}", code.as_str())] {
                prop_assert_eq!(Needle::parse(&typed).unwrap().unwrap().code, Some(code.clone()));
            }
        }

        #[test]
        fn nothing_that_is_typed_panics(raw: String) {
            let _ = Needle::parse(&raw).map(|needle| needle.map(|needle| needle.patterns()));
        }
    }
}
