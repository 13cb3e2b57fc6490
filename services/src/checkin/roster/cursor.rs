//! Where a phone stands in the list. It goes through the list in rounds, and a round through its sections.

use std::fmt::Write as _;

use domain::ids::EditionId;
use uuid::Uuid;

/// Where a phone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub edition: EditionId,
    /// Whose transactions these are.
    pub store: i64,
    /// It has everything that transactions before this one have touched.
    pub since: i64,
    /// The round that has begun.
    pub round: Option<Round>,
}

/// A way through everything that is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Round {
    /// The oldest transaction that was open when the round began: the next round begins there.
    pub base: i64,
    pub section: Section,
    /// The last row that was given, or before the first.
    pub after: RowKey,
}

/// The sections of a round, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Tickets that are cancelled, blocked, or were issued again.
    Stopped,
    /// Spare tickets that were voided.
    Voided,
    Gone,
    Others,
    /// Spare tickets that nobody has used.
    Spare,
    Entered,
}

/// A row by what the rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowKey {
    pub ticket: i64,
    pub entrance: Uuid,
}

impl Default for RowKey {
    fn default() -> Self {
        Self { ticket: i64::MIN, entrance: Uuid::nil() }
    }
}

impl Section {
    const ALL: [Self; 6] = [Self::Stopped, Self::Voided, Self::Gone, Self::Others, Self::Spare, Self::Entered];

    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().skip_while(|section| *section != self).nth(1)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Voided => "voided",
            Self::Gone => "gone",
            Self::Others => "others",
            Self::Spare => "spare",
            Self::Entered => "entered",
        }
    }
}

impl Round {
    pub fn beginning(base: i64) -> Self {
        Self { base, section: Section::Stopped, after: RowKey::default() }
    }
}

impl Cursor {
    pub fn first(edition: EditionId, store: i64) -> Self {
        Self { edition, store, since: 0, round: None }
    }

    /// The latest transaction that it speaks of.
    pub fn reaches(self) -> i64 {
        self.round.map_or(self.since, |round| round.base.max(self.since))
    }

    pub fn written(self) -> String {
        let mut text = format!("{}.{}.{}", self.edition.0.simple(), self.store, self.since);
        if let Some(Round { base, section, after }) = self.round {
            write!(text, ".{base}.{}.{}.{}", section.key(), after.ticket, after.entrance.simple()).expect("a string takes any text");
        }
        text
    }

    /// Reads what [`Cursor::written`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let (edition, store, since, round) = match *parts.as_slice() {
            [edition, store, since] => (edition, store, since, None),
            [edition, store, since, base, section, ticket, entrance] => {
                let section = Section::ALL.into_iter().find(|known| known.key() == section)?;
                let after = RowKey { ticket: ticket.parse().ok()?, entrance: entrance.parse().ok()? };
                (edition, store, since, Some(Round { base: base.parse().ok()?, section, after }))
            }
            _ => return None,
        };
        Some(Self { edition: EditionId(edition.parse().ok()?), store: store.parse().ok()?, since: since.parse().ok()?, round })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_itself() {
        let first = Cursor::first(EditionId(Uuid::max()), -3);
        let after = RowKey { ticket: -5, entrance: Uuid::from_u128(7) };
        let within = Cursor { since: 12, round: Some(Round { base: 40, section: Section::Entered, after }), ..first };
        for cursor in [first, within] {
            assert_eq!(Cursor::read(&cursor.written()), Some(cursor));
        }
        assert_eq!((first.reaches(), within.reaches()), (0, 40));
        for text in ["", "x", "1.2.3", &format!("{}.1.5.6.other.0.{}", Uuid::nil(), Uuid::nil()), &format!("{}.1.9x", Uuid::nil())] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_round_begins_with_what_is_stopped_and_goes_through_every_section() {
        let sections: Vec<Section> = std::iter::successors(Some(Round::beginning(0).section), |section| section.next()).collect();
        assert_eq!(sections, Section::ALL);
    }
}
