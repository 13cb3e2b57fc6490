//! Letting somebody in without a scan: by hand, with a reason.

use serde::Serialize;

use crate::{
    form::{FieldErrors, Problem, Values},
    ids::CheckpointId,
    text::clean_line,
};

/// Why there is no scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The steward's phone does not work.
    Phone,
    /// The code cannot be read.
    Unreadable,
    /// The pass was forgotten; who it is was checked.
    Forgotten,
    /// Something else: a note tells.
    Other,
}

impl Reason {
    pub const ALL: [Self; 4] = [Self::Phone, Self::Unreadable, Self::Forgotten, Self::Other];

    /// The name in forms and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Unreadable => "unreadable",
            Self::Forgotten => "forgotten",
            Self::Other => "other",
        }
    }

    /// The reason with this [`Reason::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }
}

/// An admission by hand, in good order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    pub checkpoint: CheckpointId,
    pub reason: Reason,
    pub note: Option<String>,
    /// The person comes in though the rule would not let it.
    pub overrules: bool,
}

impl ByHand {
    /// The names of the form's fields.
    pub const CHECKPOINT: &str = "checkpoint";
    pub const REASON: &str = "reason";
    pub const NOTE: &str = "note";
    pub const OVERRULES: &str = "overrules";
    /// The longest note, in characters.
    pub const NOTE_MAX: usize = 200;

    /// Reads the form. [`Reason::Other`] needs a note.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let checkpoint = match values.get(Self::CHECKPOINT) {
            "" => Err(Problem::Required),
            id => id.parse().map_err(|_| Problem::UnknownChoice),
        };
        let checkpoint = errors.take(Self::CHECKPOINT, checkpoint);
        let reason = match values.get(Self::REASON) {
            "" => Err(Problem::Required),
            key => Reason::from_key(key).ok_or(Problem::UnknownChoice),
        };
        let reason = errors.take(Self::REASON, reason);
        let note = clean_line(values.get(Self::NOTE), Self::NOTE_MAX).and_then(|note| match reason {
            Some(Reason::Other) if note.is_empty() => Err(Problem::Required),
            _ => Ok(Some(note).filter(|note| !note.is_empty())),
        });
        let note = errors.take(Self::NOTE, note);
        let overrules = !values.get(Self::OVERRULES).is_empty();
        match (checkpoint, reason, note) {
            (Some(checkpoint), Some(reason), Some(note)) => Ok(Self { checkpoint, reason, note, overrules }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_admission_by_hand_needs_a_place_and_a_reason_and_another_reason_a_note() {
        let place = Uuid::from_u128(1).to_string();
        let parse = |reason: &str, note: &str| {
            let fields = [(ByHand::CHECKPOINT, place.as_str()), (ByHand::REASON, reason), (ByHand::NOTE, note)];
            ByHand::parse(&Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
        };
        let checkpoint = CheckpointId(Uuid::from_u128(1));
        let good = ByHand { checkpoint, reason: Reason::Forgotten, note: None, overrules: false };
        assert_eq!(parse("forgotten", " "), Ok(good.clone()));
        assert_eq!(parse("other", " quên  thẻ "), Ok(ByHand { reason: Reason::Other, note: Some("quên thẻ".into()), ..good }));
        assert_eq!(parse("other", ""), Err(FieldErrors::one(ByHand::NOTE, Problem::Required)));
        assert_eq!(parse("because", ""), Err(FieldErrors::one(ByHand::REASON, Problem::UnknownChoice)));
        let nothing = ByHand::parse(&Values::default()).unwrap_err();
        let names: Vec<&str> = nothing.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [ByHand::CHECKPOINT, ByHand::REASON]);
    }
}
