//! Two registrations that are one person's: how they are found, which of them may be kept, and what it takes over.
//!
//! The one that is kept is never the one that stands worse, so that nobody loses a seat or an arrival by it: staff choose
//! between equals.

use super::{Answers, Details, OfferedSession, Status};
use crate::{form::Problem, ids::SessionId, text};

/// What tells that two registrations are probably one person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// The same phone. A family shares one: names may differ.
    Phone,
    /// The same name but for marks and case, and the same e-mail address.
    NameAndEmail,
    /// The same name but for marks and case, and the same organisation.
    NameAndOrganisation,
}

/// What two registrations are compared by, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Traits<'a> {
    pub full_name: &'a str,
    pub phone: Option<&'a str>,
    pub email: Option<&'a str>,
    /// The name of the organisation, chosen or typed.
    pub organisation: Option<&'a str>,
}

impl Traits<'_> {
    /// What tells that these are probably one person's; `None` where nothing does.
    #[must_use]
    pub fn alike(&self, other: &Self) -> Option<Alike> {
        let same = |one: Option<&str>, two: Option<&str>| one.zip(two).is_some_and(|(one, two)| text::fold(one) == text::fold(two));
        if self.phone.is_some() && self.phone == other.phone {
            Some(Alike::Phone)
        } else if text::fold(self.full_name) != text::fold(other.full_name) {
            None
        } else if same(self.email, other.email) {
            Some(Alike::NameAndEmail)
        } else {
            same(self.organisation, other.organisation).then_some(Alike::NameAndOrganisation)
        }
    }
}

/// A registration as the rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    pub status: Status,
    /// Whether its ticket was admitted anywhere.
    pub has_arrived: bool,
    /// How many come with it.
    pub people: i16,
}

impl Side {
    /// How well it stands.
    fn rank(self) -> (bool, u8) {
        let status = match self.status {
            Status::Confirmed => 4,
            Status::Pending => 3,
            Status::Offered => 2,
            Status::Waiting => 1,
            Status::Refused | Status::Cancelled | Status::Lapsed => 0,
        };
        (self.has_arrived, status)
    }

    /// Whether this one may be kept and the other end.
    ///
    /// # Errors
    /// [`Problem::PartyAndPerson`] for one that counts several people beside one that counts one; [`Problem::BothArrived`]
    /// where both came in, so that there may well be two people; [`Problem::KeepTheOther`] where the other stands better.
    pub fn may_be_kept(self, other: Self) -> Result<(), Problem> {
        if (self.people > 1) != (other.people > 1) {
            Err(Problem::PartyAndPerson)
        } else if self.has_arrived && other.has_arrived {
            Err(Problem::BothArrived)
        } else if self.rank() < other.rank() {
            Err(Problem::KeepTheOther)
        } else {
            Ok(())
        }
    }
}

impl Details {
    /// These, and what they lack from the other's. Sessions are [`sessions_to_take`]'s.
    #[must_use]
    pub fn completed(self, other: &Self) -> Self {
        // A body that was chosen and a name that was typed are one answer.
        let has_organisation = self.organisation.is_some() || self.organisation_name.is_some();
        let (organisation, organisation_name) = if has_organisation {
            (self.organisation, self.organisation_name)
        } else {
            (other.organisation, other.organisation_name.clone())
        };
        let mut answers = other.answers.0.clone();
        answers.extend(self.answers.0);
        Self {
            phone: self.phone.or_else(|| other.phone.clone()),
            email: self.email.or_else(|| other.email.clone()),
            commune: self.commune.or_else(|| other.commune.clone()),
            organisation,
            organisation_name,
            tax_code: self.tax_code.or_else(|| other.tax_code.clone()),
            job_title: self.job_title.or_else(|| other.job_title.clone()),
            answers: Answers(answers),
            full_name: self.full_name,
            sessions: self.sessions,
        }
    }
}

/// The other's sessions that the kept one takes over: those that it has not and that clash with none that it has. Of two that
/// clash with each other the first to begin.
#[must_use]
pub fn sessions_to_take(kept: &[OfferedSession], other: &[OfferedSession]) -> Vec<SessionId> {
    let mut theirs: Vec<_> = other.iter().filter(|session| kept.iter().all(|own| own.id != session.id)).collect();
    theirs.sort_by_key(|session| (session.starts_at, session.id));
    let mut taken: Vec<&OfferedSession> = Vec::new();
    for session in theirs {
        if kept.iter().chain(taken.iter().copied()).all(|own| !own.clashes_with(session)) {
            taken.push(session);
        }
    }
    taken.into_iter().map(|session| session.id).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::{
        contact::{Email, Phone},
        ids::OrganisationId,
        text::{Bilingual, PersonName},
    };

    fn traits<'a>(full_name: &'a str, phone: Option<&'a str>, email: Option<&'a str>, organisation: Option<&'a str>) -> Traits<'a> {
        Traits { full_name, phone, email, organisation }
    }

    #[test]
    fn the_same_phone_or_the_same_name_with_one_more_thing_is_probably_one_person() {
        let one = traits("Nguyễn Thị Hạnh", Some("+84912345678"), Some("hanh@sen.vn"), Some("Sở Y tế"));
        for (other, alike) in [
            (traits("Trần Văn Sen", Some("+84912345678"), None, None), Some(Alike::Phone)),
            (traits("NGUYEN THI HANH", None, Some("Hanh@Sen.vn"), None), Some(Alike::NameAndEmail)),
            (traits("Nguyễn thị Hanh", Some("+84900000000"), Some("a@sen.vn"), Some("sở y tế")), Some(Alike::NameAndOrganisation)),
            (traits("Nguyễn Thị Hạnh", None, None, None), None),
            (traits("Nguyễn Thị Hoa", None, Some("hanh@sen.vn"), Some("Sở Y tế")), None),
        ] {
            assert_eq!((one.alike(&other), other.alike(&one)), (alike, alike), "{other:?}");
        }
        let nothing = traits("Lê An", None, None, None);
        assert_eq!(nothing.alike(&nothing), None, "what is unknown is not the same");
    }

    #[test]
    fn nobody_loses_a_seat_or_an_arrival_to_a_registration_that_stands_worse() {
        let side = |status, has_arrived| Side { status, has_arrived, people: 1 };
        let order = [
            side(Status::Waiting, false),
            side(Status::Offered, false),
            side(Status::Pending, false),
            side(Status::Confirmed, false),
            side(Status::Confirmed, true),
        ];
        for (at, kept) in order.iter().enumerate() {
            for (other_at, other) in order.iter().enumerate() {
                let expected = match at.cmp(&other_at) {
                    _ if at == 4 && other_at == 4 => Err(Problem::BothArrived),
                    std::cmp::Ordering::Less => Err(Problem::KeepTheOther),
                    _ => Ok(()),
                };
                assert_eq!(kept.may_be_kept(*other), expected, "{kept:?} {other:?}");
            }
        }
        let party = Side { people: 30, ..order[3] };
        assert_eq!(party.may_be_kept(order[3]), Err(Problem::PartyAndPerson));
        assert_eq!(order[3].may_be_kept(party), Err(Problem::PartyAndPerson));
        assert_eq!(party.may_be_kept(Side { people: 25, ..party }), Ok(()));
    }

    #[test]
    fn what_is_lacking_is_taken_over_and_what_is_there_stays() {
        let named = |name: &str| Details {
            full_name: PersonName::parse(name).unwrap(),
            phone: None,
            email: None,
            commune: None,
            organisation: None,
            organisation_name: None,
            tax_code: None,
            job_title: None,
            sessions: Vec::new(),
            answers: Answers::default(),
        };
        let answers = |given: &[(&str, &str)]| Answers(given.iter().map(|(code, value)| ((*code).into(), vec![(*value).into()])).collect());
        let other = Details {
            phone: Phone::parse("0912345678").ok(),
            email: Email::parse("b@sen.vn").ok(),
            organisation_name: Some("Công ty Sen Hồng".into()),
            job_title: Some("Giám đốc".into()),
            sessions: vec![SessionId(Uuid::from_u128(1))],
            answers: answers(&[("an", "chay"), ("ao", "L")]),
            ..named("Nguyen Thi Hanh")
        };
        let kept = Details {
            email: Email::parse("a@sen.vn").ok(),
            organisation: Some(OrganisationId(Uuid::from_u128(7))),
            answers: answers(&[("an", "mặn")]),
            ..named("Nguyễn Thị Hạnh")
        };
        let expected = Details {
            phone: other.phone.clone(),
            job_title: other.job_title.clone(),
            answers: answers(&[("an", "mặn"), ("ao", "L")]),
            ..kept.clone()
        };
        assert_eq!(kept.completed(&other), expected);
        assert_eq!(named("Lê An").completed(&other).organisation_name.as_deref(), Some("Công ty Sen Hồng"));
    }

    #[test]
    fn sessions_are_taken_over_as_far_as_one_can_sit_in_them() {
        let session = |number: u128, from: u32, to: u32| {
            let at = |hour| Utc.with_ymd_and_hms(2027, 10, 10, hour, 0, 0).unwrap();
            let title = Bilingual { vi: String::new(), en: None };
            OfferedSession { id: SessionId(Uuid::from_u128(number)), title, starts_at: at(from), ends_at: at(to) }
        };
        let kept = [session(1, 8, 10)];
        let other = [session(5, 13, 15), session(4, 12, 14), session(1, 8, 10), session(2, 9, 11), session(3, 10, 11)];
        let taken: Vec<_> = sessions_to_take(&kept, &other).into_iter().map(|id| id.0.as_u128()).collect();
        assert_eq!(taken, [3, 4]);
        assert_eq!(sessions_to_take(&other, &kept), []);
    }
}
