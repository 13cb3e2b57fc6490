//! A part of the list as it travels. What many of its tickets and admissions have in common it names once, in tables whose rows
//! they give by number: ten thousand tickets whose people have all come have to go through a weak network.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BadgeHash, ShortHash, TicketHash, read, written};
use crate::{
    checkin::Standing,
    ids::{CheckpointId, EntranceId, ScanId, SessionId},
    registration::AudienceKind,
    ticket::ShortCode,
};

/// Stands before every page: a phone that holds another format forgets its list and asks anew.
pub(super) const FORMAT: u8 = 8;

/// A kind of visitor, as stewards read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub kind: AudienceKind,
    pub name_vi: String,
    pub name_en: String,
}

/// What many tickets have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    pub audience: Audience,
    /// The highest reissue counter given out.
    pub reissue: u8,
    pub standing: Standing,
    /// It is a spare ticket, and nobody has written down who holds it. A code that opens no card tells this too.
    pub is_nameless: bool,
}

/// One ticket in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub ticket: TicketHash,
    pub short: ShortHash,
    /// The badge that is valid, where one was printed. It opens no card: the name stands on the badge.
    pub badge: Option<BadgeHash>,
    /// The place in [`Page::classes`].
    pub class: u16,
    /// The ticket that goes on for this one, where two registrations were one person's.
    pub merged_into: Option<ShortCode>,
    /// The places in [`Page::sessions`] of the sessions that the person has a seat in.
    pub seats: Vec<u16>,
    /// Where it was let in.
    pub entered: Vec<Entered>,
    /// What [`seal`](super::seal) made.
    pub card: Vec<u8>,
}

/// Where, and by which phone or person, tickets were let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub entrance: EntranceId,
    /// That of the entrance at which it was.
    pub checkpoint: CheckpointId,
    /// The name of the phone or of the person who scanned.
    pub device: String,
}

/// An admission as a page writes it: made by [`Page::shorten`], read by [`Page::admission`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The place in [`Page::posts`].
    post: u16,
    /// Milliseconds after [`Page::epoch`].
    at: i64,
    /// A scan's id begins with a time (RFC 9562, version 7): here are the milliseconds from `at` to it, few where the clock of the
    /// phone is true.
    ahead: i64,
    /// The rest of the scan's id.
    random: [u8; 10],
    /// Milliseconds from `at` until the person left.
    stayed: Option<i64>,
}

/// The scan that let a ticket in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnteredBy {
    pub scan_id: ScanId,
    /// That of the entrance at which it was.
    pub checkpoint: CheckpointId,
    /// The name of the phone or of the person who scanned.
    pub device: String,
    /// Milliseconds since 1970, corrected time.
    pub at: i64,
    /// When the person left again, as far as it is known: the same time.
    pub left: Option<i64>,
}

/// A part of the list, as it travels and as the phone keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The server's clock when it answered, in milliseconds since 1970.
    pub server_now: i64,
    /// What the phone holds is of another list: it forgets that first.
    pub is_fresh: bool,
    /// Where the next question goes on.
    pub cursor: String,
    /// There is more at once.
    pub has_more: bool,
    pub classes: Vec<Class>,
    pub sessions: Vec<SessionId>,
    pub posts: Vec<Post>,
    /// What the times of admissions count from, in milliseconds since 1970.
    pub epoch: i64,
    pub entries: Vec<Entry>,
    /// Tickets that are no longer in the list.
    pub gone: Vec<TicketHash>,
    /// Admissions of tickets whose entries are not in this page.
    pub entered: Vec<(TicketHash, Entered)>,
    /// Admissions that were undone.
    pub undone: Vec<(TicketHash, EntranceId)>,
}

/// A page of another format, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no page of a roster in the format of this build")]
pub struct UnreadablePage;

impl Page {
    /// Writes the page: one byte of format, then [postcard](https://postcard.jamesmunns.com/wire-format).
    ///
    /// # Panics
    /// Never: everything in a page can be written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        written(vec![FORMAT], self)
    }

    /// Reads what [`Page::encode`] wrote.
    ///
    /// # Errors
    /// [`UnreadablePage`].
    pub fn decode(bytes: &[u8]) -> Result<Self, UnreadablePage> {
        let (format, page) = bytes.split_first().ok_or(UnreadablePage)?;
        if *format == FORMAT { read(page).ok_or(UnreadablePage) } else { Err(UnreadablePage) }
    }

    /// Whether it tells nothing that a phone would have to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_fresh && self.entries.is_empty() && self.gone.is_empty() && self.entered.is_empty() && self.undone.is_empty()
    }

    /// Writes an admission at this entrance in the terms of this page, whose tables it adds to. `None`: they are full.
    pub fn shorten(&mut self, entrance: EntranceId, by: EnteredBy) -> Option<Entered> {
        if self.posts.is_empty() {
            self.epoch = by.at;
        }
        let post = place_of(&mut self.posts, Post { entrance, checkpoint: by.checkpoint, device: by.device })?;
        let (mut time, mut random) = ([0; 8], [0; 10]);
        time[2..].copy_from_slice(&by.scan_id.0.as_bytes()[..6]);
        random.copy_from_slice(&by.scan_id.0.as_bytes()[6..]);
        Some(Entered {
            post,
            at: by.at.wrapping_sub(self.epoch),
            ahead: i64::from_be_bytes(time).wrapping_sub(by.at),
            random,
            stayed: by.left.map(|left| left.wrapping_sub(by.at)),
        })
    }

    /// What [`Page::shorten`] wrote in this page. `None`: the page does not hold what it refers to.
    #[must_use]
    pub fn admission(&self, entered: &Entered) -> Option<(EntranceId, EnteredBy)> {
        let Post { entrance, checkpoint, device } = self.posts.get(usize::from(entered.post))?.clone();
        let at = self.epoch.wrapping_add(entered.at);
        let mut id = [0; 16];
        id[..6].copy_from_slice(&at.wrapping_add(entered.ahead).to_be_bytes()[2..]);
        id[6..].copy_from_slice(&entered.random);
        let left = entered.stayed.map(|stayed| at.wrapping_add(stayed));
        Some((entrance, EnteredBy { scan_id: ScanId(Uuid::from_bytes(id)), checkpoint, device, at, left }))
    }
}

/// The place of something in a short list of what a page names, at whose end it is put if it is new. `None` in a list of
/// more than 65,536.
#[must_use]
pub fn place_of<T: PartialEq>(list: &mut Vec<T>, item: T) -> Option<u16> {
    let at = list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    });
    u16::try_from(at).ok()
}
