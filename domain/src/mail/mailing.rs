//! One text to many: what an organiser writes and to whom.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{Template, field};
use crate::{
    form::{FieldErrors, Problem, Values},
    ids::{AudienceId, SessionId},
    registration::{Status, TICKED},
    text::{self, Locale},
    time::start_of_day,
};

/// When a mailing goes out: at once, or at a set time before the main day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Now,
    WeekBefore,
    ThreeDaysBefore,
    DayBefore,
    Morning,
}

impl When {
    pub const ALL: [Self; 5] = [Self::Now, Self::WeekBefore, Self::ThreeDaysBefore, Self::DayBefore, Self::Morning];

    /// The name in forms.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::WeekBefore => "week",
            Self::ThreeDaysBefore => "three-days",
            Self::DayBefore => "day",
            Self::Morning => "morning",
        }
    }

    /// The moment with this [`When::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|when| when.key() == key)
    }

    /// The instant; `None` if it has passed.
    #[must_use]
    pub fn instant(self, peak_on: NaiveDate, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.by_day(peak_on) {
            None => Some(now),
            Some(at) => (at > now).then_some(at),
        }
    }

    /// The instant by the main day; `None` for [`When::Now`]. Reminders come at 08:00, on the day itself at 05:30.
    #[must_use]
    pub fn by_day(self, peak_on: NaiveDate) -> Option<DateTime<Utc>> {
        let (days, minutes) = match self {
            Self::Now => return None,
            Self::WeekBefore => (7, 8 * 60),
            Self::ThreeDaysBefore => (3, 8 * 60),
            Self::DayBefore => (1, 8 * 60),
            Self::Morning => (0, 5 * 60 + 30),
        };
        Some(start_of_day(peak_on - Days::new(days)) + TimeDelta::minutes(minutes))
    }
}

/// A mailing as it was written, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// Subject and body.
    pub vi: (String, String),
    /// Without one, everybody gets the Vietnamese text.
    pub en: Option<(String, String)>,
    pub audience: Option<AudienceId>,
    pub status: Status,
    pub session: Option<SessionId>,
    /// A part of the organisation's name, folded.
    pub organisation: Option<String>,
    /// About the recipients' own seats: then nobody has to have asked for reminders.
    pub is_about_seat: bool,
    pub when: When,
}

impl Mailing {
    /// Reads the form by the names in [`field`].
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let vi = written(&mut errors, values, field::SUBJECT, field::BODY);
        let is_english = [field::SUBJECT_EN, field::BODY_EN].iter().any(|name| !values.get(name).trim().is_empty());
        let en = is_english.then(|| written(&mut errors, values, field::SUBJECT_EN, field::BODY_EN));
        let audience = errors.take(field::AUDIENCE, chosen(values.get(field::AUDIENCE)));
        let session = errors.take(field::SESSION, chosen(values.get(field::SESSION)));
        let status = Status::from_key(values.get(field::STATUS)).ok_or(Problem::UnknownChoice);
        let status = errors.take(field::STATUS, status);
        let organisation = errors.take(field::ORGANISATION, text::clean_line(values.get(field::ORGANISATION), 100));
        let when = When::from_key(values.get(field::WHEN)).ok_or(Problem::UnknownChoice);
        let when = errors.take(field::WHEN, when);
        match (vi, en, audience, session, status, organisation, when) {
            (Some(vi), en, Some(audience), Some(session), Some(status), Some(organisation), Some(when)) if errors.is_empty() => Ok(Self {
                vi,
                en: en.flatten(),
                audience,
                status,
                session,
                organisation: Some(text::fold(&organisation)).filter(|part| !part.is_empty()),
                is_about_seat: values.has(field::ABOUT_SEAT, TICKED),
                when,
            }),
            _ => Err(errors),
        }
    }

    /// Subject and body in a language.
    #[must_use]
    pub fn text(&self, locale: Locale) -> &(String, String) {
        match (locale, &self.en) {
            (Locale::En, Some(en)) => en,
            _ => &self.vi,
        }
    }
}

/// A text that is a template, as it was typed.
fn written(errors: &mut FieldErrors, values: &Values, subject: &str, body: &str) -> Option<(String, String)> {
    match Template::parse(values.get(subject), values.get(body)) {
        Ok(_) => Some((values.get(subject).to_owned(), values.get(body).to_owned())),
        Err(FieldErrors(problems)) => {
            errors.0.extend(problems.into_iter().map(|(name, problem)| {
                let name = if name == field::SUBJECT { subject } else { body };
                (name.to_owned(), problem)
            }));
            None
        }
    }
}

fn chosen<T: std::str::FromStr>(raw: &str) -> Result<Option<T>, Problem> {
    match raw {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Problem::UnknownChoice),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn form(changed: &[(&str, &str)]) -> Values {
        let fields = [(field::SUBJECT, "Nhắc"), (field::BODY, "Chào {ten}"), (field::STATUS, "confirmed"), (field::WHEN, "day")];
        let kept = fields.iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        Values(kept.chain(changed).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_mailing_is_read_with_its_filter() {
        let mailing = Mailing::parse(&form(&[(field::ORGANISATION, " Sở  Y tế "), (field::ABOUT_SEAT, TICKED)])).unwrap();
        assert_eq!((mailing.organisation.as_deref(), mailing.is_about_seat, mailing.when), (Some("so y te"), true, When::DayBefore));
        assert_eq!(mailing.text(Locale::En), &("Nhắc".to_owned(), "Chào {ten}".to_owned()));
    }

    #[test]
    fn half_an_english_text_is_refused_beside_its_fields() {
        let errors = Mailing::parse(&form(&[(field::SUBJECT_EN, "Reminder"), (field::BODY, "{x}"), (field::WHEN, "")])).unwrap_err();
        let fields: Vec<_> = errors.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(fields, [field::BODY, field::BODY_EN, field::WHEN]);
    }

    #[test]
    fn a_reminder_is_relative_to_the_main_day_and_never_in_the_past() {
        let peak = NaiveDate::from_ymd_opt(2027, 10, 10).unwrap();
        let now = Utc.with_ymd_and_hms(2027, 10, 8, 0, 0, 0).unwrap();
        assert_eq!(When::DayBefore.instant(peak, now), Some(Utc.with_ymd_and_hms(2027, 10, 9, 1, 0, 0).unwrap()));
        assert_eq!(When::Morning.instant(peak, now), Some(Utc.with_ymd_and_hms(2027, 10, 9, 22, 30, 0).unwrap()));
        assert_eq!(When::WeekBefore.instant(peak, now), None);
        assert_eq!(When::Now.instant(peak, now), Some(now));
    }
}
