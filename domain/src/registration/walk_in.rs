//! Somebody who stands at the desk: as few questions as the law and the ticket need.

use super::{TICKED, field};
use crate::{
    contact::Phone,
    form::{FieldErrors, Problem, Values},
    ids::AudienceId,
    privacy::Purpose,
    text::PersonName,
};

/// A registration made at the desk, in good order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkIn {
    pub audience: AudienceId,
    pub full_name: PersonName,
    /// To be found again by.
    pub phone: Option<Phone>,
    pub if_full: IfFull,
}

/// What is done where every seat is taken, or others wait for the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfFull {
    /// It is told, and nothing is stored.
    #[default]
    Refuse,
    /// The person joins the queue.
    Queue,
    /// The person comes in beyond the seats: an organiser answers for it.
    Admit(Excuse),
}

impl IfFull {
    /// The name of its field.
    pub const FIELD: &str = "if_full";
    pub const QUEUE: &str = "queue";
    pub const ADMIT: &str = "admit";
}

/// Why somebody is let in beyond the seats. One of a few, so that the log holds nothing personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excuse {
    /// Invited by those who run the event.
    Guest,
    /// Comes with somebody who needs help.
    Companion,
    /// Was told that there is a seat.
    OurMistake,
    /// The hall has more room than was planned.
    MoreRoom,
}

impl Excuse {
    pub const ALL: [Self; 4] = [Self::Guest, Self::Companion, Self::OurMistake, Self::MoreRoom];
    /// The name of its field.
    pub const FIELD: &str = "excuse";

    /// The name in forms and in the log.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Companion => "companion",
            Self::OurMistake => "our_mistake",
            Self::MoreRoom => "more_room",
        }
    }

    /// Reads a chosen one.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::UnknownChoice`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        match raw {
            "" => Err(Problem::Required),
            key => Self::ALL.into_iter().find(|excuse| excuse.key() == key).ok_or(Problem::UnknownChoice),
        }
    }
}

impl WalkIn {
    /// Reads the desk's form. The steward reads [`Purpose::Attend`]'s statement out and ticks it when the person agrees.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let full_name = errors.take(field::FULL_NAME, PersonName::parse(values.get(field::FULL_NAME)));
        let audience = errors.take(field::AUDIENCE, values.get(field::AUDIENCE).parse().map_err(|_| Problem::UnknownChoice));
        let phone = match values.get(field::PHONE).trim() {
            "" => Some(None),
            raw => errors.take(field::PHONE, Phone::parse(raw)).map(Some),
        };
        let consent = Purpose::Attend.field();
        errors.take(consent, values.has(consent, TICKED).then_some(()).ok_or(Problem::ConsentNeeded));
        let if_full = match values.get(IfFull::FIELD) {
            IfFull::QUEUE => Some(IfFull::Queue),
            IfFull::ADMIT => errors.take(Excuse::FIELD, Excuse::parse(values.get(Excuse::FIELD))).map(IfFull::Admit),
            _ => Some(IfFull::Refuse),
        };
        match (full_name, audience, phone, if_full) {
            (Some(full_name), Some(audience), Some(phone), Some(if_full)) if errors.is_empty() => {
                Ok(Self { audience, full_name, phone, if_full })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_name_an_audience_and_a_yes_are_enough() {
        let audience = Uuid::from_u128(1).to_string();
        let values = |phone: &str| {
            let fields = [("full_name", "Nguyễn Văn An"), ("audience", &audience), ("phone", phone), ("consent_attend", "yes")];
            Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
        };
        assert_eq!(WalkIn::parse(&values(" ")).unwrap().phone, None);
        assert_eq!(WalkIn::parse(&values("0912 345 678")).unwrap().phone.unwrap().e164(), "+84912345678");
        assert_eq!(WalkIn::parse(&values("12")).unwrap_err(), FieldErrors::one(field::PHONE, Problem::NotAPhone));
        let full = |choice: &[(&str, &str)]| {
            let mut values = values("");
            values.0.extend(choice.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            WalkIn::parse(&values).map(|form| form.if_full)
        };
        assert_eq!(full(&[]), Ok(IfFull::Refuse));
        assert_eq!(full(&[("if_full", "queue")]), Ok(IfFull::Queue));
        assert_eq!(full(&[("if_full", "admit"), ("excuse", "guest")]), Ok(IfFull::Admit(Excuse::Guest)));
        assert_eq!(full(&[("if_full", "admit")]), Err(FieldErrors::one(Excuse::FIELD, Problem::Required)));
        let nothing = WalkIn::parse(&Values::default()).unwrap_err();
        let names: Vec<&str> = nothing.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["full_name", "audience", "consent_attend"]);
    }
}
