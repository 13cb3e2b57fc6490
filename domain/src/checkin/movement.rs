//! Entries that were double, found from all that is known of a ticket, also from what was heard of late.
//!
//! [`decide`](super::decide) answers a scan by what is known when it comes. Phones without a network bring theirs later, in any
//! order: an exit may turn up after the entry that it explains. What a scan was answered stays; whether its entry was double is found
//! anew. The two agree on every scan that comes in the order of corrected times.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use super::Area;
use crate::ids::{EntranceId, ScanId};

/// What a scan tells of where its ticket went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was let in: by the rule, by a phone alone, or by hand.
    Entered,
    /// It stood there and was told that it is in already; nobody let it in by this.
    Seen,
    Left,
}

impl Step {
    /// The step with this name in the store.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "entered" => Some(Self::Entered),
            "seen" => Some(Self::Seen),
            "left" => Some(Self::Left),
            _ => None,
        }
    }
}

/// A scan of a ticket that is believed and was not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    pub scan: ScanId,
    pub entrance: EntranceId,
    /// Corrected time.
    pub at: DateTime<Utc>,
    pub step: Step,
}

/// The entries of one ticket at which it was in by then. The movements are those of one area, or of one entrance that belongs to
/// none, in any order: they count by corrected time, and of two at one instant the lower id is the first.
///
/// The first entry at an entrance is its admission, and never double. A later one is not if the ticket had left the area since the
/// last entry; who enters another room has left the first. An exit explains no more than the entry after it: of two entries before
/// it the second stays double, and before the first it explains nothing. At an entrance without an area nobody leaves.
///
/// Doubt speaks for the visitor: who was seen in another room has left the first, but who was told of being in already, because the
/// exit had not been heard of, has not come in by that.
#[must_use]
pub fn doubles(area: Option<Area>, movements: &[Movement]) -> BTreeSet<ScanId> {
    let mut ordered: Vec<_> = movements.iter().collect();
    ordered.sort_unstable_by_key(|movement| (movement.at, movement.scan));
    let mut doubles = BTreeSet::new();
    let mut admitted = HashSet::new();
    let mut inside: Option<EntranceId> = None;
    for &Movement { scan, entrance, step, .. } in ordered {
        match step {
            Step::Entered => {
                let is_in = inside.is_some_and(|place| area != Some(Area::Rooms) || place == entrance);
                let is_first = admitted.insert(entrance);
                if is_in && !is_first {
                    doubles.insert(scan);
                }
                inside = Some(entrance);
            }
            Step::Seen => inside = inside.map(|_| entrance),
            Step::Left if area.is_some() => inside = None,
            Step::Left => {}
        }
    }
    doubles
}

#[cfg(test)]
mod tests;
