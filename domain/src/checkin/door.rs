//! Doors of sessions: they follow the programme by themselves.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Checkpoint, CheckpointKind, Mismatch, Verdict};
use crate::{
    ids::{CheckpointId, RoomId, SessionId},
    text::Locale,
};

/// A session of the programme, as people at doors are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub title_vi: String,
    pub title_en: String,
    pub room: RoomId,
    pub room_vi: String,
    pub room_en: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

impl Session {
    #[must_use]
    pub fn title(&self, locale: Locale) -> &str {
        locale.pick(&self.title_vi, &self.title_en)
    }

    #[must_use]
    pub fn room_name(&self, locale: Locale) -> &str {
        locale.pick(&self.room_vi, &self.room_en)
    }

    /// Where it is now, for people who wait for it at the door of another room.
    #[must_use]
    pub fn has_moved(&self, locale: Locale) -> String {
        let (title, room) = (self.title(locale), self.room_name(locale));
        locale.pick(format!("“{title}” đã chuyển sang {room}."), format!("“{title}” has moved to {room}."))
    }
}

/// The session behind a door, and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    pub session: Session,
    /// People take seats in the session: who has none waits outside.
    pub needs_seat: bool,
    /// From then on whoever has no seat may come in too; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_to_all_at: Option<DateTime<Utc>>,
    /// How many seats there are, where they are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
}

impl Door {
    /// Whether somebody needs a seat to come in at this time.
    #[must_use]
    pub fn asks_for_seat(&self, at: DateTime<Utc>) -> bool {
        self.needs_seat && self.opens_to_all_at.is_none_or(|all| at < all)
    }
}

/// Places between which somebody is in one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The grounds, behind gates that count exits: who left by one gate may come in again by another.
    Grounds,
    /// The rooms of sessions: who enters one has left the other.
    Rooms,
}

impl Area {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Grounds => "grounds",
            Self::Rooms => "rooms",
        }
    }

    /// The area with this [`Area::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Grounds, Self::Rooms].into_iter().find(|area| area.key() == key)
    }
}

impl Checkpoint {
    /// The area into which it leads, if it is known who is in there.
    #[must_use]
    pub fn area(&self) -> Option<Area> {
        match self.kind {
            CheckpointKind::Session => Some(Area::Rooms),
            CheckpointKind::Gate if self.counts_exits => Some(Area::Grounds),
            CheckpointKind::Gate | CheckpointKind::Booth | CheckpointKind::Handout => None,
        }
    }
}

/// The door of a room that is watched at this time: the last of its sessions whose door has opened, even while the one before
/// still runs, as long as it is open itself; with all closed the next to open; after the last the last.
#[must_use]
pub fn door_now(places: &[Checkpoint], room: RoomId, at: DateTime<Utc>) -> Option<&Checkpoint> {
    let doors = || doors_of(places, room);
    let open = doors().filter(|(_, place)| is_open(place, at)).max_by_key(turn);
    let next = || doors().filter(|(_, place)| !has_opened(place, at)).min_by_key(turn);
    open.or_else(next).or_else(|| doors().max_by_key(turn)).map(|(_, place)| place)
}

fn doors_of(places: &[Checkpoint], room: RoomId) -> impl Iterator<Item = (&Door, &Checkpoint)> {
    places.iter().filter_map(move |place| Some((place.door.as_ref().filter(|door| door.session.room == room)?, place)))
}

/// The order of the programme.
fn turn((door, place): &(&Door, &Checkpoint)) -> (DateTime<Utc>, CheckpointId) {
    (door.session.starts_at, place.id)
}

fn has_opened(place: &Checkpoint, at: DateTime<Utc>) -> bool {
    place.opens_at.is_none_or(|opens| opens <= at)
}

fn is_open(place: &Checkpoint, at: DateTime<Utc>) -> bool {
    has_opened(place, at) && place.closes_at.is_none_or(|closes| at < closes)
}

/// The door of a room that a ticket with these seats is scanned at: [`door_now`], unless the session before still runs and lets in, and
/// the ticket belongs there. That is so where it has a seat there and none in the next; where it has one in both, until it is let in
/// there, and after that if it came when the next one's door was open already: then it is not back for the next, but held up a
/// second time. And it is so where the next has no place for it, and that one has. `verdict` is the rule's at one of the places.
fn door_of<'a>(
    places: &'a [Checkpoint],
    room: RoomId,
    at: DateTime<Utc>,
    seats: &[SessionId],
    verdict: impl Fn(&Checkpoint) -> Verdict,
) -> Option<&'a Checkpoint> {
    let now = door_now(places, room, at)?;
    let running = doors_of(places, room).filter(|(door, place)| place.id != now.id && is_open(place, at) && at < door.session.ends_at);
    let Some((_, running)) = running.max_by_key(turn) else { return Some(now) };
    let has_seat = |place: &Checkpoint| place.door.as_ref().is_some_and(|door| seats.contains(&door.session.id));
    let has_place =
        |place: &Checkpoint| !matches!(verdict(place), Verdict::WrongPlace { mismatch: Mismatch::Seat { .. } | Mismatch::Audience { .. } });
    let is_due = || match verdict(running) {
        Verdict::Admit => true,
        Verdict::AlreadyIn(admission) => now.opens_at.is_none_or(|opens| opens <= admission.at),
        _ => false,
    };
    let belongs = if has_seat(running) { !has_seat(now) || is_due() } else { !has_place(now) && has_place(running) };
    Some(if belongs { running } else { now })
}

/// What a phone is set to: a checkpoint, or the door of a room, behind which the sessions change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    Place(CheckpointId),
    Room(RoomId),
}

/// Stands before the id of a room.
const ROOM: &str = "room-";

impl Watch {
    /// What there is to watch: rooms once, others each, in the order of the checkpoints.
    #[must_use]
    pub fn of(places: &[Checkpoint]) -> Vec<Self> {
        let mut all = Vec::new();
        for place in places {
            let watch = place.door.as_ref().map_or(Self::Place(place.id), |door| Self::Room(door.session.room));
            if !all.contains(&watch) {
                all.push(watch);
            }
        }
        all
    }

    /// The checkpoint that is scanned at, at this time.
    #[must_use]
    pub fn now(self, places: &[Checkpoint], at: DateTime<Utc>) -> Option<&Checkpoint> {
        match self {
            Self::Place(id) => places.iter().find(|place| place.id == id),
            Self::Room(room) => door_now(places, room, at),
        }
    }
}

impl Watch {
    /// The checkpoint that a ticket with these seats is scanned at, at this time. While a session runs and the door of the room's next
    /// one is open already, latecomers of the one and early comers of the other stand in one line. `verdict` is the rule's on
    /// the ticket at one of the places.
    #[must_use]
    pub fn for_ticket<'a>(
        self,
        places: &'a [Checkpoint],
        at: DateTime<Utc>,
        seats: &[SessionId],
        verdict: impl Fn(&Checkpoint) -> Verdict,
    ) -> Option<&'a Checkpoint> {
        match self {
            Self::Place(_) => self.now(places, at),
            Self::Room(room) => door_of(places, room, at, seats, verdict),
        }
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(id) => id.fmt(f),
            Self::Room(id) => write!(f, "{ROOM}{id}"),
        }
    }
}

impl FromStr for Watch {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix(ROOM) {
            Some(id) => id.parse().map(Self::Room),
            None => text.parse().map(Self::Place),
        }
    }
}

#[cfg(test)]
mod tests;
