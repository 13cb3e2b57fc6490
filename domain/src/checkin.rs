//! Check-in: one rule, run alike on the phone at the gate and on the server.
//!
//! A scan is a fact; [`decide`] turns what is known of the ticket and the place into a verdict.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{CheckpointId, EntranceId, ScanId, SessionId},
    registration::AudienceKind,
    text::Locale,
    ticket::{ShortCode, Ticket},
};

mod booth;
mod by_hand;
mod clock;
mod door;
mod movement;
mod order;
mod page;
pub mod roster;
mod verdict;
mod visitor;
mod wire;

pub use booth::BoothCode;
pub use by_hand::{ByHand, Reason};
pub use clock::{LATE_MAX, MadeAfter, corrected};
pub use door::{Area, Door, Session, Watch, door_now};
pub use movement::{Movement, Step, doubles};
pub use order::{Batch, in_order};
pub use page::{CameraTexts, Count, Message, Setup, Shift, Texts};
pub use verdict::{Mismatch, Stop, Verdict, VerdictKind};
pub use wire::{
    Card, CardAnswer, Contact, FactAnswer, Naming, Refusal, Reply, RosterRequest, ScanAnswer, ScanReport, ScanRequest, ScanResponse,
    ScanSubmission, Sent, SentNaming, SignIn, Source, StampRequest, StampSubmission, Undo, server_time,
};

/// What is entered or given out at a checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointKind {
    #[default]
    Gate,
    Session,
    Booth,
    Handout,
}

impl CheckpointKind {
    pub const ALL: [Self; 4] = [Self::Gate, Self::Session, Self::Booth, Self::Handout];

    /// The name in the store and in edition files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Session => "session",
            Self::Booth => "booth",
            Self::Handout => "handout",
        }
    }

    /// The kind with this [`CheckpointKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// A place where tickets are scanned, and whom it admits when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub id: CheckpointId,
    /// The year of the edition that it belongs to.
    pub year: u16,
    /// A phone that kept a checkpoint of an older build takes it for a gate, which admits least.
    #[serde(default)]
    pub kind: CheckpointKind,
    pub name_vi: String,
    pub name_en: String,
    pub opens_at: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
    /// The kinds that may enter; empty means everybody.
    pub admits: Vec<AudienceKind>,
    /// The session behind it, if it is the door of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<Door>,
    /// People are scanned on their way out too, and may come in again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_exits: bool,
    /// The entrance that it shares with others; `None`: it is one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<EntranceId>,
}

impl Checkpoint {
    /// The entrance that this checkpoint belongs to: whoever was let in at one of its checkpoints is in at all of them.
    #[must_use]
    pub fn entrance(&self) -> EntranceId {
        self.shares.unwrap_or(EntranceId(self.id.0))
    }

    #[must_use]
    pub fn name(&self, locale: Locale) -> &str {
        locale.pick(&self.name_vi, &self.name_en)
    }
}

/// What is known of one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub audience: AudienceKind,
    /// The highest reissue counter given out.
    pub reissue: u8,
    pub standing: Standing,
    /// The short code of the ticket that goes on for this one, where two registrations were one person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ShortCode>,
    /// The sessions that the person has a seat in, at a checkpoint that asks for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SessionId>,
    /// The admission at the entrance of this checkpoint, if there was one.
    pub admission: Option<Admission>,
}

/// Whether a ticket still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Valid,
    Cancelled,
    Blocked,
}

impl Standing {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
        }
    }

    /// The standing with this [`Standing::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Valid, Self::Cancelled, Self::Blocked].into_iter().find(|standing| standing.key() == key)
    }
}

/// That somebody was let in: where, by which device, when (corrected time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    pub scan_id: ScanId,
    /// `None` in what older builds have stored: the checkpoint of the scan that tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointId>,
    /// Empty on a phone that has not heard of the checkpoint yet.
    pub checkpoint_vi: String,
    pub checkpoint_en: String,
    /// The name of the phone or of the person who scanned.
    pub device: String,
    pub at: DateTime<Utc>,
    /// When the person left again, if that is known: by an exit, or by entering another room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<DateTime<Utc>>,
}

/// What the decider knows: the checkpoint, and what its list says of the ticket that was held up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub checkpoint: Checkpoint,
    /// Sessions that people take seats in, to tell who stands before the wrong door where the seat is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Session>,
    /// Whether every valid ticket is in the list: true on the server, false on a phone, whose list may lag.
    pub complete: bool,
    /// `None`: the list does not hold it.
    pub record: Option<Record>,
}

/// What was held up to the scanner, after reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presented {
    /// A ticket whose signature is true.
    Signed(Ticket),
    /// A short code; [`Known::record`] is what was found by it.
    Short,
    /// The code of a printed badge; [`Known::record`] is that of its ticket.
    Badge {
        /// Another badge was printed in its place.
        stopped: bool,
    },
    /// Anything else.
    Unreadable,
}

/// The way through the checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Entry,
    Exit,
}

impl Direction {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }

    /// The direction with this [`Direction::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Entry, Self::Exit].into_iter().find(|direction| direction.key() == key)
    }
}

/// A scan as the rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    pub id: ScanId,
    pub presented: Presented,
    pub direction: Direction,
    /// When it happened, the device's clock corrected by its offset.
    pub at: DateTime<Utc>,
    /// The phone has let the person in by itself, with no network: that is a fact and has its place in time.
    pub let_in: bool,
}

impl Scan {
    /// Whether this scan let the person in before that admission did. Of two at one instant the lower id is the first,
    /// so that every order of arrival ends alike.
    fn came_before(&self, admission: &Admission) -> bool {
        self.let_in && (self.at, self.id) < (admission.at, admission.scan_id)
    }
}

/// Decides one scan. Pure: the same knowledge and scan give the same verdict everywhere.
///
/// The order is from what cannot be argued to what can: no ticket, another edition, a badge at a gate, stopped, wrong
/// audience, closed, not yet open, no seat in the session, already in. An exit is refused only to what is no ticket of
/// this edition: who is stopped, was never let in or is not on the list may leave, and who left may come in again. Of two
/// gates that let one ticket in with no network, the earlier by corrected time is the admission, whichever is heard of first.
#[must_use]
pub fn decide(known: &Known, scan: &Scan) -> Verdict {
    let place = &known.checkpoint;
    let signed = match scan.presented {
        Presented::Unreadable => return Verdict::NotATicket,
        Presented::Signed(ticket) => Some(ticket),
        Presented::Short | Presented::Badge { .. } => None,
    };
    let is_badge = matches!(scan.presented, Presented::Badge { .. });
    if let Some(ticket) = signed.filter(|ticket| ticket.year != place.year) {
        return Verdict::WrongPlace { mismatch: Mismatch::Edition { year: ticket.year } };
    }
    let record = known.record.as_ref();
    if scan.direction == Direction::Exit {
        return if record.is_some() || signed.is_some() { Verdict::Exit } else { Verdict::NotATicket };
    }
    let audience = match (record, signed) {
        (Some(_), _) if is_badge && place.kind == CheckpointKind::Gate => {
            return Verdict::WrongPlace { mismatch: Mismatch::Badge };
        }
        (Some(record), _) => {
            if let Some(reason) = stop(record, scan.presented) {
                return Verdict::Stopped { reason };
            }
            record.audience
        }
        (None, Some(ticket)) if !known.complete => ticket.audience,
        (None, Some(_)) => return Verdict::Stopped { reason: Stop::Removed },
        (None, None) => return Verdict::NotATicket,
    };
    if !place.admits.is_empty() && !place.admits.contains(&audience) {
        return Verdict::WrongPlace { mismatch: Mismatch::Audience { audience } };
    }
    if let Some(closed_at) = place.closes_at.filter(|closes| scan.at >= *closes) {
        return Verdict::WrongPlace { mismatch: Mismatch::Ended { closed_at } };
    }
    if let Some(opens_at) = place.opens_at.filter(|opens| scan.at < *opens) {
        return Verdict::NotYetOpen { opens_at };
    }
    let Some(record) = record else { return Verdict::AdmitUnconfirmed };
    if let Some(door) = place.door.as_ref().filter(|door| door.asks_for_seat(scan.at) && !record.seats.contains(&door.session.id)) {
        let seat = known.sessions.iter().filter(|session| record.seats.contains(&session.id) && scan.at < session.ends_at);
        let seat = seat.min_by_key(|session| (session.starts_at, session.id)).cloned();
        return Verdict::WrongPlace { mismatch: Mismatch::Seat { seat, opens_to_all_at: door.opens_to_all_at } };
    }
    match &record.admission {
        Some(admission) if scan.came_before(admission) => Verdict::Admit,
        Some(admission) if admission.left_at.is_some_and(|left| left <= scan.at) => Verdict::Readmit,
        Some(admission) => Verdict::AlreadyIn(admission.clone()),
        None => Verdict::Admit,
    }
}

fn stop(record: &Record, presented: Presented) -> Option<Stop> {
    match record.standing {
        Standing::Cancelled => Some(record.merged_into.clone().map_or(Stop::Cancelled, |into| Stop::Merged { into })),
        Standing::Blocked => Some(Stop::Blocked),
        Standing::Valid => match presented {
            Presented::Signed(ticket) if ticket.reissue < record.reissue => Some(Stop::Reissued),
            Presented::Badge { stopped: true } => Some(Stop::BadgeReplaced),
            Presented::Signed(_) | Presented::Short | Presented::Badge { stopped: false } | Presented::Unreadable => None,
        },
    }
}

#[cfg(test)]
mod tests;
