//! The showcase: a model project's dossier, from draft to gallery.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    form::{FieldErrors, Problem, Values, at_least},
    text::{Locale, clean_line, clean_text},
};

/// Where a dossier stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written; only its organisation sees it.
    Draft,
    /// Handed in: locked, versioned, numbered.
    Submitted,
    /// Sent back for changes, with a reason.
    Returned,
    /// In the public gallery.
    Published,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Submitted, Self::Returned, Self::Published];

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Published => "published",
        }
    }

    /// The state with this [`State::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Draft => ("Bản nháp", "Draft"),
            Self::Submitted => ("Đã nộp", "Submitted"),
            Self::Returned => ("Cần bổ sung", "Changes requested"),
            Self::Published => ("Đã công bố", "Published"),
        };
        locale.pick(vi, en)
    }

    /// Whether its organisation may change it.
    #[must_use]
    pub fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// Whether judges may read it.
    #[must_use]
    pub fn is_under_review(self) -> bool {
        matches!(self, Self::Submitted | Self::Published)
    }

    /// The state after a step.
    ///
    /// # Errors
    /// [`WrongStep`] when the step does not lead on from this state.
    pub fn after(self, step: Step) -> Result<Self, WrongStep> {
        match (self, step) {
            (Self::Draft | Self::Returned, Step::Submit) | (Self::Published, Step::Withdraw) => Ok(Self::Submitted),
            (Self::Submitted, Step::Return) => Ok(Self::Returned),
            (Self::Submitted, Step::Publish) => Ok(Self::Published),
            _ => Err(WrongStep { from: self, step }),
        }
    }
}

/// What can happen to a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Submit,
    Return,
    Publish,
    /// Out of the gallery, back under review.
    Withdraw,
}

/// A step that does not lead on from where the dossier stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a dossier that is {} cannot take the step {step:?}", from.key())]
pub struct WrongStep {
    pub from: State,
    pub step: Step,
}

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $key:literal, $vi:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $key)] $variant,)+ }

        impl $name {
            /// All choices in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in forms, addresses and the store.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// The choice with this key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.key() == key)
            }

            #[must_use]
            pub fn name(self, locale: Locale) -> &'static str {
                match self { $(Self::$variant => locale.pick($vi, $en),)+ }
            }
        }
    };
}

choices! {
    /// The three pillars of digital transformation (Decision 861/QĐ-UBND-HC of 2022).
    Pillar {
        Government = "chinh-quyen-so", "Chính quyền số", "Digital government";
        Economy = "kinh-te-so", "Kinh tế số", "Digital economy";
        Society = "xa-hoi-so", "Xã hội số", "Digital society";
    }
}

choices! {
    /// The field in which a model works.
    Sector {
        Agriculture = "nong-nghiep", "Nông nghiệp", "Agriculture";
        Education = "giao-duc", "Giáo dục", "Education";
        Health = "y-te", "Y tế", "Health";
        Culture = "du-lich-van-hoa", "Du lịch, văn hóa", "Tourism and culture";
        Industry = "cong-thuong", "Công thương", "Industry and trade";
        Environment = "tai-nguyen-moi-truong", "Tài nguyên, môi trường", "Resources and environment";
        Transport = "giao-thong-xay-dung", "Giao thông, xây dựng", "Transport and construction";
        Administration = "cai-cach-hanh-chinh", "Cải cách hành chính", "Administrative reform";
        Welfare = "an-sinh", "An sinh xã hội", "Social welfare";
        Security = "an-ninh-trat-tu", "An ninh, trật tự", "Public security";
        Other = "khac", "Lĩnh vực khác", "Other";
    }
}

/// The names of the dossier form's fields.
pub mod field {
    pub const TITLE: &str = "title";
    pub const TITLE_EN: &str = "title_en";
    pub const SUMMARY: &str = "summary";
    pub const SUMMARY_EN: &str = "summary_en";
    pub const PILLAR: &str = "pillar";
    pub const SECTOR: &str = "sector";
    pub const PROBLEM: &str = "problem";
    pub const SOLUTION: &str = "solution";
    pub const COVER: &str = "cover";
    pub const COVER_ALT: &str = "cover_alt";
    pub const PUBLISH_CONSENT: &str = "publish_consent";
    pub const REASON: &str = "reason";
    /// The list of dossiers, where one more cannot be started.
    pub const DOSSIERS: &str = "dossiers";
    /// Hidden: what the form was filled from, as [`super::Basis`].
    pub const REVISION: &str = "revision";
}

/// What a text was written on: the stored text that its page came with. Nobody overwrites what he has not seen.
///
/// In a form: the revision, then the pending saves, with spaces between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// The dossier's revision, which counts the changes of its text and state.
    pub revision: i64,
    /// Saves that the same page has sent and that are not answered yet, the oldest first: what one of them stored is this
    /// page's own text.
    pub pending: Vec<i64>,
}

impl Basis {
    /// The most pending saves that count.
    const PENDING_MAX: usize = 16;

    /// The text as it was stored at this revision.
    #[must_use]
    pub fn of(revision: i64) -> Self {
        Self { revision, pending: Vec::new() }
    }

    /// The basis that a form or a script tells. What is none is a basis of no dossier: a conflict, never an overwriting.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let numbers: Option<Vec<i64>> = text.split_whitespace().take(1 + Self::PENDING_MAX).map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some([revision, pending @ ..]) => Self { revision: *revision, pending: pending.to_vec() },
            _ => Self::default(),
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.revision)?;
        // The oldest are given up first: they have the least chance to be what is stored.
        let given_up = self.pending.len().saturating_sub(Self::PENDING_MAX);
        self.pending[given_up..].iter().try_for_each(|save| write!(f, " {save}"))
    }
}

/// The text of a dossier. A draft may be incomplete: [`Content::missing`] says what it lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    pub title_en: String,
    pub summary: String,
    pub summary_en: String,
    pub pillar: Option<Pillar>,
    pub sector: Option<Sector>,
    pub problem: String,
    pub solution: String,
    /// What the cover image shows, for those who do not see it.
    pub cover_alt: String,
    /// The organisation agrees that the dossier may be published.
    pub publish_consent: bool,
}

impl Content {
    pub const TITLE: (usize, usize) = (10, 200);
    pub const SUMMARY: (usize, usize) = (50, 500);
    pub const PROBLEM: (usize, usize) = (100, 3000);
    pub const SOLUTION: (usize, usize) = (200, 5000);
    pub const COVER_ALT: (usize, usize) = (5, 200);
    /// The most drafts that an organisation may have at once in an edition: far more than it will submit.
    pub const DRAFTS_MAX: usize = 20;

    /// Reads a draft: empty fields are fine, wrong ones are not.
    ///
    /// # Errors
    /// The problem of every field that is too long or has forbidden characters, or is no choice of the list.
    pub fn parse_draft(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut line = |field: &str, max| errors.take(field, clean_line(values.get(field), max)).unwrap_or_default();
        let title = line(field::TITLE, Self::TITLE.1);
        let title_en = line(field::TITLE_EN, Self::TITLE.1);
        let cover_alt = line(field::COVER_ALT, Self::COVER_ALT.1);
        let mut text = |field: &str, max| errors.take(field, clean_text(values.get(field), max)).unwrap_or_default();
        let summary = text(field::SUMMARY, Self::SUMMARY.1);
        let summary_en = text(field::SUMMARY_EN, Self::SUMMARY.1);
        let problem = text(field::PROBLEM, Self::PROBLEM.1);
        let solution = text(field::SOLUTION, Self::SOLUTION.1);
        let pillar = errors.take(field::PILLAR, choice(values.get(field::PILLAR), Pillar::from_key)).flatten();
        let sector = errors.take(field::SECTOR, choice(values.get(field::SECTOR), Sector::from_key)).flatten();
        let publish_consent = values.has(field::PUBLISH_CONSENT, crate::registration::TICKED);
        let content = Self { title, title_en, summary, summary_en, pillar, sector, problem, solution, cover_alt, publish_consent };
        if errors.is_empty() { Ok(content) } else { Err(errors) }
    }

    /// What the dossier still lacks before it can be submitted, beside its cover image.
    #[must_use]
    pub fn missing(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        errors.take(field::TITLE, at_least(self.title.clone(), Self::TITLE.0));
        errors.take(field::SUMMARY, at_least(self.summary.clone(), Self::SUMMARY.0));
        errors.take(field::PILLAR, self.pillar.ok_or(Problem::Required));
        errors.take(field::SECTOR, self.sector.ok_or(Problem::Required));
        errors.take(field::PROBLEM, at_least(self.problem.clone(), Self::PROBLEM.0));
        errors.take(field::SOLUTION, at_least(self.solution.clone(), Self::SOLUTION.0));
        errors.take(field::COVER_ALT, at_least(self.cover_alt.clone(), Self::COVER_ALT.0));
        if !self.publish_consent {
            errors.take(field::PUBLISH_CONSENT, Err::<(), _>(Problem::PublishConsentNeeded));
        }
        errors
    }

    /// The title in the reader's language.
    #[must_use]
    pub fn title_in(&self, locale: Locale) -> &str {
        if locale == Locale::En && !self.title_en.is_empty() { &self.title_en } else { &self.title }
    }

    /// The summary in the reader's language.
    #[must_use]
    pub fn summary_in(&self, locale: Locale) -> &str {
        if locale == Locale::En && !self.summary_en.is_empty() { &self.summary_en } else { &self.summary }
    }
}

fn choice<T>(key: &str, from_key: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    match key {
        "" => Ok(None),
        key => from_key(key).map(Some).ok_or(Problem::UnknownChoice),
    }
}

/// The number under which a dossier is registered: `MH-2027-0001`.
#[must_use]
pub fn dossier_number(year: u16, serial: u32) -> String {
    format!("MH-{year}-{serial:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_only_where_they_may() {
        let steps = [Step::Submit, Step::Return, Step::Publish, Step::Withdraw];
        let allowed: Vec<_> = State::ALL
            .into_iter()
            .flat_map(|state| steps.map(|step| (state, step, state.after(step).ok())))
            .filter_map(|(state, step, next)| Some((state.key(), step, next?.key())))
            .collect();
        assert_eq!(
            allowed,
            [
                ("draft", Step::Submit, "submitted"),
                ("submitted", Step::Return, "returned"),
                ("submitted", Step::Publish, "published"),
                ("returned", Step::Submit, "submitted"),
                ("published", Step::Withdraw, "submitted"),
            ]
        );
    }

    #[test]
    fn a_basis_comes_back_from_its_form_and_a_spoilt_one_fits_no_dossier() {
        for basis in [Basis::of(1), Basis { revision: 12, pending: vec![5, 9_007_199_254_740_991] }] {
            assert_eq!(Basis::parse(&basis.to_string()), basis);
        }
        let many = Basis { revision: 3, pending: (0..40).collect() };
        assert_eq!(Basis::parse(&many.to_string()), Basis { revision: 3, pending: (24..40).collect() });
        for spoilt in ["", " ", "x", "1 x", "9223372036854775808", "1.5"] {
            assert_eq!(Basis::parse(spoilt), Basis::default(), "{spoilt:?}");
        }
    }

    #[test]
    fn an_empty_draft_is_kept_but_cannot_be_submitted() {
        let content = Content::parse_draft(&Values::default()).unwrap();
        let missing: Vec<_> = content.missing().0.into_iter().map(|(field, _)| field).collect();
        assert_eq!(missing, ["title", "summary", "pillar", "sector", "problem", "solution", "cover_alt", "publish_consent"]);
        let told = content.missing().of(field::PUBLISH_CONSENT).map(|problem| problem.text(Locale::Vi));
        assert_eq!(told.unwrap(), "Cần đồng ý công bố thì mới nộp được hồ sơ.");
    }

    #[test]
    fn a_draft_with_wrong_values_is_refused_with_every_problem() {
        let values = Values(vec![
            (field::TITLE.into(), "x".repeat(201)),
            (field::PILLAR.into(), "khong-co".into()),
            (field::SOLUTION.into(), "<script>".into()),
        ]);
        let errors = Content::parse_draft(&values).unwrap_err();
        assert_eq!(errors.of(field::TITLE), Some(&Problem::TooLong { max: 200 }));
        assert_eq!(errors.of(field::PILLAR), Some(&Problem::UnknownChoice));
        assert_eq!(errors.of(field::SOLUTION), Some(&Problem::Markup));
        assert_eq!(errors.0.len(), 3);
    }
}
