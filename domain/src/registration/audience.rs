//! Groups of visitors: what each is asked, and when its door is open.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{form::Problem, text::Locale};

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
    fn optional(self) -> Self {
        if self == Self::Required { Self::Optional } else { self }
    }

    /// Keeps an empty answer as `None` unless it is required; a field that is not asked is not read.
    pub(super) fn read<T>(self, raw: &str, parse: impl Fn(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
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

    /// The same fields, none of them needed: for staff, who know less than the person.
    #[must_use]
    pub fn optional(self) -> Self {
        Self {
            commune: self.commune.optional(),
            organisation_name: self.organisation_name.optional(),
            organisation: self.organisation.optional(),
            tax_code: self.tax_code.optional(),
            job_title: self.job_title.optional(),
            ..self
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
