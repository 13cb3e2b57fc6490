//! What a person fills in, read and checked as a whole.

use serde::{Deserialize, Serialize};

use super::{
    audience::{Ask, Asks, AudienceKind},
    invitation::InvitationCode,
    question::{Answers, Question},
    session::{self, OfferedSession},
};
use crate::{
    contact::{Email, Phone, TaxCode, Taxpayer},
    form::{FieldErrors, Problem, Values, at_least},
    ids::{AudienceId, OrganisationId, SessionId},
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
    /// The id of a chosen session; comes once for each.
    pub const SESSION: &str = "session";
    /// The code that opens a hidden audience.
    pub const INVITATION: &str = "invitation";
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

/// What one audience's form asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub audience: AudienceId,
    /// [`Question::audiences`] name it by its code.
    pub audience_code: &'a str,
    pub asks: Asks,
    /// Whether a phone number is asked: a delegation's leader answers for those who have none.
    pub phone: Ask,
    pub questions: &'a [Question],
    /// The sessions that can be chosen.
    pub sessions: &'a [OfferedSession],
    /// Staff fill it in, who correct what was written down at the gate too.
    pub is_of_staff: bool,
}

impl Asked<'_> {
    /// A form with the fields of its kind alone.
    #[must_use]
    pub fn plain(audience: AudienceId, kind: AudienceKind) -> Self {
        Self { audience, audience_code: "", asks: kind.asks(), phone: Ask::Required, questions: &[], sessions: &[], is_of_staff: false }
    }

    /// Whether the form asks this question: one of its audience, and one of the gate only where staff fill it in.
    #[must_use]
    pub fn has(&self, question: &Question) -> bool {
        question.is_for(self.audience_code) && (self.is_of_staff || !question.asked_at_check_in)
    }
}

/// What a person says of themselves and where they want to sit: what can be changed later. All values are clean; whether
/// the commune, the organisation and the sessions exist, the service decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    pub full_name: PersonName,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
    pub commune: Option<CommuneCode>,
    pub organisation: Option<OrganisationId>,
    pub organisation_name: Option<String>,
    pub tax_code: Option<TaxCode>,
    pub job_title: Option<String>,
    /// Chosen sessions, none at the same time as another, in the order of their ids.
    pub sessions: Vec<SessionId>,
    pub answers: Answers,
}

impl Details {
    /// The longest name of an organisation, in characters.
    pub const ORGANISATION_MAX: usize = 200;
    /// The longest job title, in characters.
    pub const JOB_TITLE_MAX: usize = 100;

    /// Reads the fields of one audience and finds all that is wrong with them at once.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values, form: Asked<'_>, locale: Locale) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        Self::read(values, form, locale, &mut errors).filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// Reads the form again for what is stored: what it does not ask stays as it was. So do answers of the gate that came back as
    /// the form showed them: the gate may have written down others since.
    ///
    /// # Errors
    /// As [`Details::parse`].
    pub fn changed(&self, values: &Values, form: Asked<'_>, locale: Locale) -> Result<Self, FieldErrors> {
        fn kept<T: Clone>(ask: Ask, read: Option<T>, before: Option<&T>) -> Option<T> {
            if ask == Ask::No { before.cloned() } else { read }
        }
        let read = Self::parse(values, form, locale)?;
        let is_changed = |code: &str| {
            form.questions.iter().any(|question| question.code == code && form.has(question) && !question.is_untouched(values))
        };
        let mut answers = self.answers.clone();
        answers.0.retain(|code, _| !is_changed(code));
        answers.0.extend(read.answers.0.into_iter().filter(|(code, _)| is_changed(code)));
        Ok(Self {
            commune: kept(form.asks.commune, read.commune, self.commune.as_ref()),
            organisation: kept(form.asks.organisation, read.organisation, self.organisation.as_ref()),
            organisation_name: kept(form.asks.organisation_name, read.organisation_name, self.organisation_name.as_ref()),
            tax_code: kept(form.asks.tax_code, read.tax_code, self.tax_code.as_ref()),
            job_title: kept(form.asks.job_title, read.job_title, self.job_title.as_ref()),
            answers,
            ..read
        })
    }

    /// Reads what is right; what is wrong goes to `errors`.
    fn read(values: &Values, form: Asked<'_>, locale: Locale, errors: &mut FieldErrors) -> Option<Self> {
        let asks = form.asks;
        let line = |max: usize| move |raw: &str| clean_line(raw, max).and_then(|text| at_least(text, 1));

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
        let phone = errors.take(field::PHONE, form.phone.read(values.get(field::PHONE), Phone::parse));
        let email = errors.take(field::EMAIL, Ask::Optional.read(values.get(field::EMAIL), Email::parse));
        let sessions = errors.take(field::SESSION, session::choose(values, form.sessions, locale));
        let answers = Answers::read(values, form, errors);
        Some(Self {
            full_name: full_name?,
            phone: phone?,
            email: email?,
            commune: commune?,
            organisation: organisation?,
            organisation_name: organisation_name?,
            tax_code: tax_code?,
            job_title: job_title?,
            sessions: sessions?,
            answers,
        })
    }

    /// The same as a form's values, for editing.
    #[must_use]
    pub fn values(&self) -> Values {
        let mut values: Vec<(String, String)> = Vec::new();
        let mut add = |field: &str, value: Option<&str>| values.extend(value.map(|value| (field.to_owned(), value.to_owned())));
        let organisation = self.organisation.map(|id| id.to_string());
        let is_household = self.tax_code.as_ref().is_some_and(|code| code.as_str().len() == 12);
        add(field::FULL_NAME, Some(self.full_name.as_str()));
        add(field::ORGANISATION, organisation.as_deref());
        add(field::ORGANISATION_NAME, self.organisation_name.as_deref());
        add(field::TAX_CODE, self.tax_code.as_ref().map(TaxCode::as_str));
        add(field::HOUSEHOLD, is_household.then_some(TICKED));
        add(field::JOB_TITLE, self.job_title.as_deref());
        add(field::COMMUNE, self.commune.as_ref().map(CommuneCode::as_str));
        add(field::PHONE, self.phone.as_ref().map(Phone::national).as_deref());
        add(field::EMAIL, self.email.as_ref().map(Email::as_str));
        for session in &self.sessions {
            add(field::SESSION, Some(&session.to_string()));
        }
        values.extend(self.answers.values());
        values.extend(self.answers.shown());
        Values(values)
    }
}

/// What a person asks for: a seat in an audience, and what they consent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub audience: AudienceId,
    pub locale: Locale,
    pub details: Details,
    pub invitation: Option<InvitationCode>,
    /// One decision for every purpose, given or refused.
    pub decisions: Vec<Decision>,
}

impl Application {
    /// Reads the form of one audience and finds all that is wrong with it at once.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values, form: Asked<'_>, locale: Locale) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let details = Details::read(values, form, locale, &mut errors);
        let invitation = errors.take(
            field::INVITATION,
            Ask::Optional.read(values.get(field::INVITATION), |raw| InvitationCode::parse(raw).ok_or(Problem::InvitationUnusable)),
        );
        if form.asks.adult && !values.has(field::ADULT, TICKED) {
            errors.take(field::ADULT, Err::<(), _>(Problem::AgeNeeded));
        }
        let decisions: Vec<Decision> =
            Purpose::ALL.into_iter().map(|purpose| Decision { purpose, given: values.has(purpose.field(), TICKED) }).collect();
        for missing in decisions.iter().filter(|decision| decision.purpose.is_needed() && !decision.given) {
            errors.take(missing.purpose.field(), Err::<(), _>(Problem::ConsentNeeded));
        }
        match (details, invitation) {
            (Some(details), Some(invitation)) if errors.is_empty() => {
                Ok(Self { audience: form.audience, locale, details, invitation, decisions })
            }
            _ => Err(errors),
        }
    }
}
