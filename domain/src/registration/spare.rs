//! Spare tickets: printed beforehand, nobody's until a gate reads one; and who holds one.

use chrono::{DateTime, Utc};

use super::{Details, TICKED, field};
use crate::{
    contact::Phone,
    form::{FieldErrors, Problem, Values},
    ids::{AudienceId, ScanId},
    privacy::Purpose,
    text::{Locale, PersonName, check_line, clean_line, fold, is_guest_name},
};

/// Spare tickets to be made, in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpareOrder {
    pub audience: AudienceId,
    pub count: u16,
}

impl SpareOrder {
    /// The most tickets of one batch.
    pub const MOST: u16 = 500;
    /// The name of the field that says how many are made.
    pub const COUNT: &str = "count";

    /// Reads the form.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let audience = errors.take(field::AUDIENCE, values.get(field::AUDIENCE).parse().map_err(|_| Problem::UnknownChoice));
        let count = match values.get(Self::COUNT).trim() {
            "" => Err(Problem::Required),
            raw => raw.parse().map_err(|_| Problem::NotACount { max: Self::MOST.into() }).and_then(Self::bounded),
        };
        match (audience, errors.take(Self::COUNT, count)) {
            (Some(audience), Some(count)) => Ok(Self { audience, count }),
            _ => Err(errors),
        }
    }

    fn bounded(count: u16) -> Result<u16, Problem> {
        if (1..=Self::MOST).contains(&count) { Ok(count) } else { Err(Problem::NotACount { max: Self::MOST.into() }) }
    }
}

/// Why a batch was voided. One of a few, so that the log holds nothing personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidReason {
    Lost,
    /// Nobody can read it, or it says the wrong thing.
    Misprint,
    /// The day is over, or fewer people came.
    LeftOver,
}

impl VoidReason {
    pub const ALL: [Self; 3] = [Self::Lost, Self::Misprint, Self::LeftOver];
    /// The name of its field.
    pub const FIELD: &str = "reason";

    /// The name in the store and in forms.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Misprint => "misprint",
            Self::LeftOver => "left_over",
        }
    }

    /// The reason with this [`VoidReason::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }

    /// Reads a chosen one.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::UnknownChoice`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        if raw.is_empty() { Err(Problem::Required) } else { Self::from_key(raw).ok_or(Problem::UnknownChoice) }
    }

    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Lost => ("Thất lạc", "Lost"),
            Self::Misprint => ("In hỏng", "Bad print"),
            Self::LeftOver => ("Không dùng đến", "Not needed"),
        };
        locale.pick(vi, en)
    }
}

/// Who holds a spare ticket, as it was written down at the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub full_name: PersonName,
    /// To be found again by.
    pub phone: Option<Phone>,
    pub organisation_name: Option<String>,
}

impl Guest {
    /// Reads the gate's form. The steward reads [`Purpose::Attend`]'s statement out and ticks it when the person agrees.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let full_name = PersonName::parse(values.get(field::FULL_NAME));
        let full_name = full_name.and_then(|name| if name.is_guest() { Err(Problem::NotAName) } else { Ok(name) });
        let full_name = errors.take(field::FULL_NAME, full_name);
        let phone = match values.get(field::PHONE).trim() {
            "" => Some(None),
            raw => errors.take(field::PHONE, Phone::parse(raw)).map(Some),
        };
        let organisation = clean_line(values.get(field::ORGANISATION_NAME), Details::ORGANISATION_MAX);
        let organisation = errors.take(field::ORGANISATION_NAME, organisation);
        let consent = Purpose::Attend.field();
        errors.take(consent, values.has(consent, TICKED).then_some(()).ok_or(Problem::ConsentNeeded));
        match (full_name, phone, organisation) {
            (Some(full_name), Some(phone), Some(organisation)) if errors.is_empty() => {
                Ok(Self { full_name, phone, organisation_name: Some(organisation).filter(|name| !name.is_empty()) })
            }
            _ => Err(errors),
        }
    }

    /// What is surely wrong, as the gate's browser tells it: see [`PersonName::check`].
    #[must_use]
    pub fn faults(values: &Values) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let full_name = values.get(field::FULL_NAME);
        errors.take(field::FULL_NAME, if is_guest_name(full_name.trim()) { Err(Problem::NotAName) } else { PersonName::check(full_name) });
        let phone = values.get(field::PHONE).trim();
        errors.take(field::PHONE, if phone.is_empty() { Ok(()) } else { Phone::parse(phone).map(drop) });
        errors.take(field::ORGANISATION_NAME, check_line(values.get(field::ORGANISATION_NAME), Details::ORGANISATION_MAX));
        let consent = Purpose::Attend.field();
        errors.take(consent, values.has(consent, TICKED).then_some(()).ok_or(Problem::ConsentNeeded));
        errors
    }
}

/// A scan by which somebody came in with a spare ticket: it is believed and was not undone, and the phone or the rule let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpareEntry {
    pub scan: ScanId,
    /// Corrected time.
    pub at: DateTime<Utc>,
}

/// Who came in by an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameIn {
    Holder,
    /// Somebody else, by the same ticket.
    Second,
}

/// Whose name it is that was told of a scan, where no name was told of that scan before and the ticket's holder has one; `None` where
/// nobody came in by the scan. `is_told_of_scan`: the holder's name was told of another scan of the ticket.
///
/// The same name, however it is written (see [`fold`]), is the same person who came again. A holder who was named at a desk is whoever
/// came in first: of two entries at one instant, the one with the lower id.
#[must_use]
pub fn who_came_in(scan: ScanId, name: &PersonName, holder: &str, is_told_of_scan: bool, entries: &[SpareEntry]) -> Option<CameIn> {
    entries.iter().find(|entry| entry.scan == scan)?;
    let first = entries.iter().min_by_key(|entry| (entry.at, entry.scan)).map(|entry| entry.scan);
    let is_holder = fold(name.as_str()) == fold(holder) || (!is_told_of_scan && first == Some(scan));
    Some(if is_holder { CameIn::Holder } else { CameIn::Second })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{registration::question::tests::typed, text::Locale};

    fn values(fields: &[(&str, &str)]) -> Values {
        Values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    proptest! {
        #[test]
        fn a_phone_has_words_for_whatever_is_wrong_with_a_guest(name in typed(), phone in typed(), organisation in typed()) {
            let values = values(&[(field::FULL_NAME, &name), (field::PHONE, &phone), (field::ORGANISATION_NAME, &organisation)]);
            for (_, problem) in Guest::faults(&values).0 {
                prop_assert!(problem.text_at_gate(Locale::Vi).is_some() && problem.text_at_gate(Locale::En).is_some(), "{problem:?}");
            }
        }
    }

    #[test]
    fn a_batch_has_an_audience_and_at_most_five_hundred_tickets() {
        let audience = AudienceId(Uuid::from_u128(1));
        let order = |count: &str| SpareOrder::parse(&values(&[("audience", &audience.to_string()), ("count", count)]));
        assert_eq!(order(" 500 "), Ok(SpareOrder { audience, count: 500 }));
        for wrong in ["0", "501", "-1", "70000", "x"] {
            assert_eq!(order(wrong), Err(FieldErrors::one("count", Problem::NotACount { max: 500 })), "{wrong}");
        }
        let nothing = SpareOrder::parse(&Values::default()).unwrap_err();
        assert_eq!(nothing.0, [("audience".to_owned(), Problem::UnknownChoice), ("count".to_owned(), Problem::Required)]);
    }

    #[test]
    fn a_reason_to_void_is_one_of_a_few() {
        for reason in VoidReason::ALL {
            assert_eq!(VoidReason::parse(reason.key()), Ok(reason));
        }
        assert_eq!((VoidReason::parse(""), VoidReason::parse("x")), (Err(Problem::Required), Err(Problem::UnknownChoice)));
    }

    fn name(text: &str) -> PersonName {
        PersonName::parse(text).unwrap()
    }

    fn scan(number: u128) -> ScanId {
        ScanId(Uuid::from_u128(number))
    }

    /// Entries by their scans and seconds.
    fn entries(of: &[(u128, i64)]) -> Vec<SpareEntry> {
        of.iter().map(|(number, second)| SpareEntry { scan: scan(*number), at: DateTime::from_timestamp(*second, 0).unwrap() }).collect()
    }

    #[test]
    fn another_name_of_another_entry_is_a_second_guest_and_the_same_name_the_holder() {
        let (sen, two) = ("Trần Văn Sen", entries(&[(1, 10), (2, 20)]));
        for (told, who) in [
            ("Lê Thị Lan", CameIn::Second),
            ("Sen", CameIn::Second),
            ("Trần Văn Sen", CameIn::Holder),
            ("  TRAN  van sén ", CameIn::Holder),
        ] {
            assert_eq!(who_came_in(scan(2), &name(told), sen, true, &two), Some(who), "{told}");
            // What was brought first is not what was made first.
            assert_eq!(who_came_in(scan(1), &name(told), sen, true, &two), Some(who), "{told}");
        }
    }

    #[test]
    fn nobody_came_in_by_a_scan_that_is_no_entry() {
        assert_eq!(who_came_in(scan(2), &name("Lê Thị Lan"), "Trần Văn Sen", true, &entries(&[(1, 10)])), None);
        assert_eq!(who_came_in(scan(2), &name("Trần Văn Sen"), "Trần Văn Sen", true, &[]), None);
    }

    #[test]
    fn who_was_named_at_a_desk_is_who_came_in_first() {
        let lan = name("Lê Thị Lan");
        let who = |number, of: &[(u128, i64)]| who_came_in(scan(number), &lan, "Trần Văn Sen", false, &entries(of));
        assert_eq!(who(1, &[(1, 10)]), Some(CameIn::Holder));
        assert_eq!((who(1, &[(2, 20), (1, 10)]), who(2, &[(2, 20), (1, 10)])), (Some(CameIn::Holder), Some(CameIn::Second)));
        assert_eq!((who(1, &[(2, 10), (1, 10)]), who(2, &[(2, 10), (1, 10)])), (Some(CameIn::Holder), Some(CameIn::Second)));
    }

    #[test]
    fn a_guest_needs_a_name_of_the_own_and_a_yes() {
        let guest = |more: &[(&str, &str)]| Guest::parse(&values(&[&[("consent_attend", "yes")], more].concat()));
        let told = guest(&[("full_name", " Trần  Văn Sen "), ("phone", "0912 345 678"), ("organisation_name", "HTX Mỹ Xương")]).unwrap();
        assert_eq!((told.full_name.as_str(), told.organisation_name.as_deref()), ("Trần Văn Sen", Some("HTX Mỹ Xương")));
        assert_eq!(told.phone.unwrap().e164(), "+84912345678");
        let short = guest(&[("full_name", "Sen")]).unwrap();
        assert_eq!((short.phone, short.organisation_name), (None, None));
        for (name, problem) in [("", Problem::Required), ("Khách tại chỗ 12", Problem::NotAName), ("7", Problem::NotAName)] {
            let told = FieldErrors::one(field::FULL_NAME, problem);
            assert_eq!(Guest::faults(&values(&[("consent_attend", "yes"), ("full_name", name)])), told, "{name}");
            assert_eq!(guest(&[("full_name", name)]), Err(told), "{name}");
        }
        let long = "x".repeat(201);
        let fields = values(&[("phone", "12"), ("organisation_name", &long)]);
        let wrong = Guest::parse(&fields).unwrap_err();
        assert_eq!(Guest::faults(&fields), wrong);
        assert_eq!(Guest::faults(&values(&[("consent_attend", "yes"), ("full_name", "Trần Văn Sen")])), FieldErrors::default());
        let names: Vec<&str> = wrong.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["full_name", "phone", "organisation_name", "consent_attend"]);
    }
}
