//! Registration: who may come, what each group is asked, and when its door is open.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    contact::{Email, Phone, TaxCode, Taxpayer},
    form::{FieldErrors, Problem, Values, at_least},
    ids::{AudienceId, OrganisationId},
    privacy::{Decision, Purpose},
    text::{Locale, PersonName, clean_line},
};

/// The kind of a group of visitors: it decides which fields are asked and stands in the ticket's third byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudienceKind {
    Citizen,
    Business,
    Official,
    Delegate,
    Guest,
    Speaker,
    Press,
    Staff,
}

impl AudienceKind {
    /// All kinds in the order of their [`AudienceKind::number`].
    pub const ALL: [Self; 8] =
        [Self::Citizen, Self::Business, Self::Official, Self::Delegate, Self::Guest, Self::Speaker, Self::Press, Self::Staff];

    /// The number in the ticket; never reused for another meaning.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Citizen => 1,
            Self::Business => 2,
            Self::Official => 3,
            Self::Delegate => 4,
            Self::Guest => 5,
            Self::Speaker => 6,
            Self::Press => 7,
            Self::Staff => 8,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The name in files and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Business => "business",
            Self::Official => "official",
            Self::Delegate => "delegate",
            Self::Guest => "guest",
            Self::Speaker => "speaker",
            Self::Press => "press",
            Self::Staff => "staff",
        }
    }

    /// The kind with this [`AudienceKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The generic name in both languages, for scanners that know no more than the ticket says.
    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Citizen => ("Người dân", "Citizen"),
            Self::Business => ("Doanh nghiệp", "Business"),
            Self::Official => ("Cán bộ, công chức, viên chức", "Official"),
            Self::Delegate => ("Đại biểu", "Delegate"),
            Self::Guest => ("Khách mời", "Invited guest"),
            Self::Speaker => ("Diễn giả", "Speaker"),
            Self::Press => ("Báo chí", "Press"),
            Self::Staff => ("Ban Tổ chức", "Staff"),
        };
        locale.pick(vi, en)
    }

    /// What this kind is asked beside name, phone, e-mail and consent.
    #[must_use]
    pub fn asks(self) -> Asks {
        match self {
            Self::Citizen => Asks { commune: Ask::Required, adult: true, ..Asks::NOTHING },
            Self::Business => Asks { organisation_name: Ask::Required, tax_code: Ask::Required, job_title: Ask::Optional, ..Asks::NOTHING },
            Self::Official => Asks { organisation: Ask::Required, job_title: Ask::Required, ..Asks::NOTHING },
            Self::Delegate | Self::Guest | Self::Speaker | Self::Press | Self::Staff => {
                Asks { organisation_name: Ask::Required, job_title: Ask::Optional, ..Asks::NOTHING }
            }
        }
    }
}

/// Whether a field is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    No,
    Optional,
    Required,
}

impl Ask {
    /// Keeps an empty answer as `None` unless it is required; a field that is not asked is not read.
    fn read<T>(self, raw: &str, parse: impl Fn(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
        match self {
            Self::No => Ok(None),
            Self::Optional if raw.trim().is_empty() => Ok(None),
            Self::Optional | Self::Required => parse(raw).map(Some),
        }
    }
}

/// The fields that a kind of audience is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asks {
    /// The home commune or ward, by its GSO code.
    pub commune: Ask,
    /// "I am 16 or older": children come with their school (Law 91/2025 Art. 24).
    pub adult: bool,
    /// A typed name of a company or body.
    pub organisation_name: Ask,
    /// A department chosen from the list.
    pub organisation: Ask,
    pub tax_code: Ask,
    pub job_title: Ask,
}

impl Asks {
    const NOTHING: Self =
        Self { commune: Ask::No, adult: false, organisation_name: Ask::No, organisation: Ask::No, tax_code: Ask::No, job_title: Ask::No };
}

/// The names of the form's fields, the same in page, handler and errors.
pub mod field {
    pub const AUDIENCE: &str = "audience";
    pub const FULL_NAME: &str = "full_name";
    pub const PHONE: &str = "phone";
    pub const EMAIL: &str = "email";
    pub const COMMUNE: &str = "commune";
    pub const ADULT: &str = "adult";
    pub const ORGANISATION_NAME: &str = "organisation_name";
    pub const ORGANISATION: &str = "organisation";
    pub const TAX_CODE: &str = "tax_code";
    /// Ticked by a household business: its tax code may be the owner's personal number.
    pub const HOUSEHOLD: &str = "household";
    pub const JOB_TITLE: &str = "job_title";
    /// A UUID made with the empty form: submitting twice registers once.
    pub const IDEMPOTENCY_KEY: &str = "key";
}

/// The value that a ticked box sends.
pub const TICKED: &str = "yes";

/// The 5-digit code of a commune or ward (General Statistics Office). Names collide without marks, codes do not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommuneCode(String);

impl CommuneCode {
    /// Reads a chosen code; whether the commune exists, the store knows.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::UnknownChoice`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        match raw {
            "" => Err(Problem::Required),
            code if code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(code.to_owned())),
            _ => Err(Problem::UnknownChoice),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person asks for: a seat in an audience. All values are clean; whether the seat, the commune
/// and the organisation exist, the service decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub audience: AudienceId,
    pub locale: Locale,
    pub full_name: PersonName,
    pub phone: Phone,
    pub email: Option<Email>,
    pub commune: Option<CommuneCode>,
    pub organisation: Option<OrganisationId>,
    pub organisation_name: Option<String>,
    pub tax_code: Option<TaxCode>,
    pub job_title: Option<String>,
    /// One decision for every purpose, given or refused.
    pub decisions: Vec<Decision>,
}

impl Application {
    /// The longest name of an organisation, in characters.
    pub const ORGANISATION_MAX: usize = 200;
    /// The longest job title, in characters.
    pub const JOB_TITLE_MAX: usize = 100;

    /// Reads the form of one audience and finds all that is wrong with it at once.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values, audience: AudienceId, kind: AudienceKind, locale: Locale) -> Result<Self, FieldErrors> {
        let asks = kind.asks();
        let line = |max: usize| move |raw: &str| clean_line(raw, max).and_then(|text| at_least(text, 1));
        let mut errors = FieldErrors::default();

        let full_name = errors.take(field::FULL_NAME, PersonName::parse(values.get(field::FULL_NAME)));
        let organisation = errors.take(
            field::ORGANISATION,
            asks.organisation.read(values.get(field::ORGANISATION), |raw| match raw {
                "" => Err(Problem::Required),
                id => id.parse::<OrganisationId>().map_err(|_| Problem::UnknownChoice),
            }),
        );
        let organisation_name = errors.take(
            field::ORGANISATION_NAME,
            asks.organisation_name.read(values.get(field::ORGANISATION_NAME), line(Self::ORGANISATION_MAX)),
        );
        let taxpayer = if values.has(field::HOUSEHOLD, TICKED) { Taxpayer::Household } else { Taxpayer::Company };
        let tax_code = errors.take(field::TAX_CODE, asks.tax_code.read(values.get(field::TAX_CODE), |raw| TaxCode::parse(raw, taxpayer)));
        let job_title = errors.take(field::JOB_TITLE, asks.job_title.read(values.get(field::JOB_TITLE), line(Self::JOB_TITLE_MAX)));
        let commune = errors.take(field::COMMUNE, asks.commune.read(values.get(field::COMMUNE), CommuneCode::parse));
        let phone = errors.take(field::PHONE, Phone::parse(values.get(field::PHONE)));
        let email = errors.take(field::EMAIL, Ask::Optional.read(values.get(field::EMAIL), Email::parse));
        if asks.adult && !values.has(field::ADULT, TICKED) {
            errors.take(field::ADULT, Err::<(), _>(Problem::AgeNeeded));
        }
        let decisions: Vec<Decision> =
            Purpose::ALL.into_iter().map(|purpose| Decision { purpose, given: values.has(purpose.field(), TICKED) }).collect();
        for missing in decisions.iter().filter(|decision| decision.purpose.is_needed() && !decision.given) {
            errors.take(missing.purpose.field(), Err::<(), _>(Problem::ConsentNeeded));
        }

        match (full_name, phone, email, commune, organisation, organisation_name, tax_code, job_title) {
            (
                Some(full_name),
                Some(phone),
                Some(email),
                Some(commune),
                Some(organisation),
                Some(organisation_name),
                Some(tax_code),
                Some(job_title),
            ) if errors.is_empty() => Ok(Self {
                audience,
                locale,
                full_name,
                phone,
                email,
                commune,
                organisation,
                organisation_name,
                tax_code,
                job_title,
                decisions,
            }),
            _ => Err(errors),
        }
    }
}

/// When an audience's registration is open: from `opens_at` until just before `closes_at`; `None` is without bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub opens_at: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
}

impl Window {
    /// Whether the door is open at this instant.
    ///
    /// # Errors
    /// [`Problem::NotOpenYet`], [`Problem::Closed`].
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.opens_at.is_some_and(|opens| now < opens) {
            Err(Problem::NotOpenYet)
        } else if self.closes_at.is_some_and(|closes| now >= closes) {
            Err(Problem::Closed)
        } else {
            Ok(())
        }
    }
}

/// Where a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Holds a seat and a ticket.
    Confirmed,
    /// Gave the seat back; the ticket stops.
    Cancelled,
}

impl Status {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status with this [`Status::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Confirmed, Self::Cancelled].into_iter().find(|status| status.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn values(fields: &[(&str, &str)]) -> Values {
        Values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn parse(fields: &[(&str, &str)], kind: AudienceKind) -> Result<Application, FieldErrors> {
        Application::parse(&values(fields), AudienceId(Uuid::nil()), kind, Locale::Vi)
    }

    const CITIZEN: [(&str, &str); 5] = [
        (field::FULL_NAME, "Nguyễn Thị Hạnh"),
        (field::PHONE, "0912 345 678"),
        (field::COMMUNE, "28261"),
        (field::ADULT, TICKED),
        ("consent_attend", TICKED),
    ];

    #[test]
    fn a_citizen_needs_name_phone_commune_age_and_consent() {
        let application = parse(&CITIZEN, AudienceKind::Citizen).unwrap();
        assert_eq!(application.phone.e164(), "+84912345678");
        assert_eq!(application.email, None);
        let errors = parse(&[], AudienceKind::Citizen).unwrap_err();
        let expected = [
            (field::FULL_NAME, Problem::Required),
            (field::COMMUNE, Problem::Required),
            (field::PHONE, Problem::Required),
            (field::ADULT, Problem::AgeNeeded),
            ("consent_attend", Problem::ConsentNeeded),
        ]
        .map(|(field, problem)| (field.to_owned(), problem));
        assert_eq!(errors.0, expected);
    }

    #[test]
    fn a_business_needs_its_name_and_tax_code() {
        let errors = parse(&CITIZEN, AudienceKind::Business).unwrap_err();
        assert_eq!(errors.of(field::ORGANISATION_NAME), Some(&Problem::Required));
        assert_eq!(errors.of(field::TAX_CODE), Some(&Problem::Required));
        assert_eq!(errors.of(field::JOB_TITLE), None);
        assert_eq!(errors.of(field::COMMUNE), None);
    }

    #[test]
    fn a_personal_number_is_the_tax_code_of_a_household_business_alone() {
        let with = |code: &str, household: &str| {
            let business = [(field::ORGANISATION_NAME, "Tạp hóa Sen"), (field::TAX_CODE, code), (field::HOUSEHOLD, household)];
            parse(&[&CITIZEN[..], &business].concat(), AudienceKind::Business)
        };
        let told = |code, household| with(code, household).unwrap_err().of(field::TAX_CODE).cloned();
        assert_eq!(told("087099000123", ""), Some(Problem::HouseholdTaxCode));
        assert_eq!(told("08709900012", ""), Some(Problem::NotATaxCode));
        assert_eq!(told("08709900012", TICKED), Some(Problem::NotATaxCode));
        for (code, household) in [("087099000123", TICKED), ("0100109106", TICKED), ("0100109106", "")] {
            assert_eq!(with(code, household).unwrap().tax_code.unwrap().as_str(), code);
        }
    }

    #[test]
    fn fields_of_other_kinds_are_not_kept() {
        let fields = [&CITIZEN[..], &[(field::TAX_CODE, "0100109106"), (field::JOB_TITLE, "Giám đốc")]].concat();
        let application = parse(&fields, AudienceKind::Citizen).unwrap();
        assert_eq!((application.tax_code, application.job_title), (None, None));
    }

    #[test]
    fn an_unticked_box_is_a_refusal_that_is_recorded() {
        let fields = [&CITIZEN[..], &[("consent_news", TICKED), ("consent_photos", "no")]].concat();
        let decisions = parse(&fields, AudienceKind::Citizen).unwrap().decisions;
        let given: Vec<_> = decisions.iter().map(|decision| (decision.purpose.key(), decision.given)).collect();
        assert_eq!(given, [("attend", true), ("reminders", false), ("photos", false), ("news", true), ("exhibitors", false)]);
    }

    #[test]
    fn a_window_is_open_from_its_first_instant_to_before_its_last() {
        let opens = DateTime::UNIX_EPOCH;
        let closes = opens + TimeDelta::hours(1);
        let window = Window { opens_at: Some(opens), closes_at: Some(closes) };
        let tick = TimeDelta::milliseconds(1);
        assert_eq!(window.check(opens - tick), Err(Problem::NotOpenYet));
        assert_eq!(window.check(opens), Ok(()));
        assert_eq!(window.check(closes - tick), Ok(()));
        assert_eq!(window.check(closes), Err(Problem::Closed));
    }

    #[test]
    fn audience_numbers_and_keys_are_one_to_one() {
        for kind in AudienceKind::ALL {
            assert_eq!(AudienceKind::from_number(kind.number()), Some(kind));
            assert_eq!(AudienceKind::from_key(kind.key()), Some(kind));
        }
        assert_eq!(AudienceKind::from_number(0), None);
    }
}
