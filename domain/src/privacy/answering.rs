//! What staff write when a request comes by another way than the ticket's page, and when they answer one.

use chrono::NaiveDate;

use super::{Purpose, RequestChannel, Right};
use crate::{
    form::{FieldErrors, Problem, Values, at_least},
    text::clean_text,
    ticket::ShortCode,
};

/// The names of the forms' fields.
pub mod field {
    pub const RIGHT: &str = "right";
    pub const DETAIL: &str = "detail";
    pub const CHANNEL: &str = "channel";
    /// The eight characters under the QR code.
    pub const CODE: &str = "code";
    pub const ASKED_ON: &str = "asked_on";
    /// [`super::DONE`] or [`super::REFUSED`].
    pub const STATE: &str = "state";
    pub const OUTCOME: &str = "outcome";
    /// A purpose whose consent is withdrawn; may come several times.
    pub const PURPOSE: &str = "purpose";
    pub const REASON: &str = "reason";
    /// A purpose that is consented to, or whose consent is withdrawn, on the person's page: the name of a button.
    pub const GIVE: &str = "give";
    pub const REFUSE: &str = "refuse";
    /// Ticked by who knows what erasing means.
    pub const CONFIRM: &str = "confirm";
}

/// The values of [`field::STATE`].
pub const DONE: &str = "done";
pub const REFUSED: &str = "refused";

/// The longest text of a request, an answer or a reason, in characters.
pub const TEXT_MAX: usize = 2000;

/// Reads a text of several lines that must not be empty.
///
/// # Errors
/// [`Problem::Required`] and those of [`clean_text`].
pub fn text(raw: &str) -> Result<String, Problem> {
    clean_text(raw, TEXT_MAX).and_then(|text| at_least(text, 1))
}

/// A request that staff file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    pub right: Right,
    pub channel: RequestChannel,
    /// Whose ticket it is about, where it is about one.
    pub code: Option<ShortCode>,
    pub detail: String,
    /// The day on which it came.
    pub asked_on: NaiveDate,
}

impl NewRequest {
    /// Reads the form and finds all that is wrong with it at once.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values, today: NaiveDate) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let right = errors.take(field::RIGHT, Right::from_key(values.get(field::RIGHT)).ok_or(Problem::UnknownChoice));
        let channel = RequestChannel::from_key(values.get(field::CHANNEL)).filter(|channel| *channel != RequestChannel::Ticket);
        let channel = errors.take(field::CHANNEL, channel.ok_or(Problem::UnknownChoice));
        let asked_on = values.get(field::ASKED_ON);
        let asked_on = if asked_on.is_empty() { Ok(today) } else { asked_on.parse().map_err(|_| Problem::NotADay) };
        let asked_on = errors.take(field::ASKED_ON, asked_on.and_then(|day| if day > today { Err(Problem::NotADay) } else { Ok(day) }));
        let code = match values.get(field::CODE).trim() {
            "" => Ok(None),
            code => ShortCode::parse(code).map(Some).ok_or(Problem::NotAShortCode),
        };
        let code = errors.take(field::CODE, code);
        let detail = errors.take(field::DETAIL, text(values.get(field::DETAIL)));
        match (right, channel, asked_on, code, detail) {
            (Some(right), Some(channel), Some(asked_on), Some(code), Some(detail)) if errors.is_empty() => {
                Ok(Self { right, channel, code, detail, asked_on })
            }
            _ => Err(errors),
        }
    }
}

/// How a request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Otherwise it was refused.
    pub is_done: bool,
    /// What the person was told.
    pub outcome: String,
    /// Consents that end with it.
    pub withdrawn: Vec<Purpose>,
}

impl Response {
    /// Reads the form and finds all that is wrong with it at once.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let is_done = match values.get(field::STATE) {
            DONE => Ok(true),
            REFUSED => Ok(false),
            _ => Err(Problem::UnknownChoice),
        };
        let is_done = errors.take(field::STATE, is_done);
        let outcome = errors.take(field::OUTCOME, text(values.get(field::OUTCOME)));
        match (is_done, outcome) {
            (Some(is_done), Some(outcome)) => {
                let withdrawn = Purpose::ALL.into_iter().filter(|purpose| values.has(field::PURPOSE, purpose.key())).collect();
                Ok(Self { is_done, outcome, withdrawn })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(fields: &[(&str, &str)]) -> Values {
        Values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 10, 4).unwrap()
    }

    #[test]
    fn a_request_needs_a_right_a_way_and_words_and_never_comes_tomorrow() {
        let errors = NewRequest::parse(&values(&[("asked_on", "2027-10-05"), ("code", "x"), ("channel", "ticket")]), today()).unwrap_err();
        let expected = [
            (field::RIGHT, Problem::UnknownChoice),
            (field::CHANNEL, Problem::UnknownChoice),
            (field::ASKED_ON, Problem::NotADay),
            (field::CODE, Problem::NotAShortCode),
            (field::DETAIL, Problem::Required),
        ];
        assert_eq!(errors.0, expected.map(|(field, problem)| (field.to_owned(), problem)));
        let whole = [("right", "erase"), ("channel", "letter"), ("asked_on", "2027-10-01"), ("detail", "Xóa giúp tôi")];
        let new = NewRequest::parse(&values(&whole), today()).unwrap();
        assert_eq!((new.right, new.channel, new.code), (Right::Erase, RequestChannel::Letter, None));
        assert_eq!(new.asked_on, NaiveDate::from_ymd_opt(2027, 10, 1).unwrap());
    }

    #[test]
    fn an_answer_says_what_became_of_it_in_words() {
        assert_eq!(Response::parse(&values(&[])).unwrap_err().0.len(), 2);
        let given = values(&[("state", "done"), ("outcome", "Đã rút"), ("purpose", "news"), ("purpose", "photos"), ("purpose", "x")]);
        let response = Response::parse(&given).unwrap();
        assert_eq!((response.is_done, response.withdrawn), (true, vec![Purpose::Photos, Purpose::News]));
    }
}
