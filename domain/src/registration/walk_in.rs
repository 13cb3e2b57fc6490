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
        match (full_name, audience, phone) {
            (Some(full_name), Some(audience), Some(phone)) if errors.is_empty() => Ok(Self { audience, full_name, phone }),
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
        let nothing = WalkIn::parse(&Values::default()).unwrap_err();
        let names: Vec<&str> = nothing.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["full_name", "audience", "consent_attend"]);
    }
}
