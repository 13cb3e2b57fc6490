//! Answers as people read them.

use serde::{Deserialize, Serialize};

use super::{NO, QuestionKind, TICKED};
use crate::{
    contact::Phone,
    text::{Bilingual, Locale},
    time,
};

/// An answer with its question. What was chosen from a list stands by its name, in both languages; the rest as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAnswer {
    pub question: Bilingual,
    pub kind: QuestionKind,
    /// Several for several choices.
    pub values: Vec<Bilingual>,
}

impl ToldAnswer {
    /// The answer in words, in the reader's language: yes or no, dates as `09/10/2027`, phones in groups, choices with commas
    /// between.
    #[must_use]
    pub fn text(&self, locale: Locale) -> String {
        self.values.iter().map(|value| self.said(value, locale)).collect::<Vec<_>>().join(", ")
    }

    /// Whether it is a no to a yes-or-no question.
    #[must_use]
    pub fn is_no(&self) -> bool {
        self.kind == QuestionKind::YesNo && self.values.iter().all(|value| value.vi == NO)
    }

    fn said(&self, value: &Bilingual, locale: Locale) -> String {
        let plain = || value.get(locale).to_owned();
        match (self.kind, value.vi.as_str()) {
            (QuestionKind::YesNo, said @ (TICKED | NO)) => yes_or_no(said == TICKED, locale).to_owned(),
            (QuestionKind::Date, date) => date.parse().map_or_else(|_| plain(), time::digits),
            (QuestionKind::Phone, phone) => Phone::parse(phone).map_or_else(|_| plain(), |phone| phone.national()),
            _ => plain(),
        }
    }
}

/// The answers of a yes-or-no question.
#[must_use]
pub fn yes_or_no(yes: bool, locale: Locale) -> &'static str {
    if yes { locale.pick("Có", "Yes") } else { locale.pick("Không", "No") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: QuestionKind, values: &[(&str, Option<&str>)]) -> [String; 2] {
        let values = values.iter().map(|(vi, en)| Bilingual { vi: (*vi).into(), en: en.map(Into::into) }).collect();
        let answer = ToldAnswer { question: Bilingual::default(), kind, values };
        [answer.text(Locale::Vi), answer.text(Locale::En)]
    }

    #[test]
    fn answers_are_told_in_words() {
        assert_eq!(told(QuestionKind::YesNo, &[(TICKED, None)]), ["Có", "Yes"]);
        assert_eq!(told(QuestionKind::YesNo, &[(NO, None)]), ["Không", "No"]);
        assert_eq!(told(QuestionKind::Date, &[("1990-09-01", None)]), ["01/09/1990"; 2]);
        assert_eq!(told(QuestionKind::Phone, &[("+84912345678", None)]), ["0912 345 678"; 2]);
        assert_eq!(
            told(QuestionKind::Choices, &[("Chay", Some("Vegetarian")), ("Không đường", None)]),
            ["Chay, Không đường", "Vegetarian, Không đường"]
        );
        // What a question took before it changed its kind is told as it is.
        assert_eq!(told(QuestionKind::Date, &[("mai", None)]), ["mai"; 2]);
        assert_eq!(told(QuestionKind::Text, &[(NO, None)]), [NO; 2]);
    }
}
