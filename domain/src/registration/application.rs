//! What a person fills in, read and checked as a whole.

use serde::{Deserialize, Serialize};

use super::audience::{Ask, AudienceKind};
use crate::{
    contact::{Email, Phone, TaxCode, Taxpayer},
    form::{FieldErrors, Problem, Values, at_least},
    ids::{AudienceId, OrganisationId},
    privacy::{Decision, Purpose},
    text::{Locale, PersonName, clean_line},
};

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
