//! The roster on a phone: enough to judge every ticket with no network, and nobody's name without the ticket in hand.
//!
//! For each ticket a phone holds a hash of its number, what [`decide`](super::decide) asks for, and a card that only the
//! ticket's own code opens. A lost phone says how many tickets there are, and of which audiences; it names nobody whose
//! code one does not hold.

use std::collections::HashMap;

use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce, aead::Aead as _};
use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{Admission, Card, CardAnswer, Checkpoint, Known, Record, Session, Standing};
use crate::{
    ids::{CheckpointId, EntranceId, ScanId, SessionId},
    registration::AudienceKind,
    text::Locale,
    ticket::{self, BadgeCode, ShortCode, TicketId},
};

/// Stands before every page: a phone that holds another format forgets its list and asks anew.
const FORMAT: u8 = 7;
const TICKET_PURPOSE: &[u8] = b"NGAY-CDS ROSTER TICKET V1\0";
const SHORT_PURPOSE: &[u8] = b"NGAY-CDS ROSTER SHORT V1\0";
const CARD_PURPOSE: &[u8] = b"NGAY-CDS ROSTER CARD V1";
const NONCE_PURPOSE: &[u8] = b"NGAY-CDS ROSTER NONCE V1\0";

/// Names a ticket in the list: the first eight bytes of SHA-256 over its number, which has no more by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketHash([u8; 8]);

impl TicketHash {
    #[must_use]
    pub fn of(id: TicketId) -> Self {
        Self(first_bytes(TICKET_PURPOSE, &id.0.to_be_bytes()))
    }
}

/// Names a short code in the list. Five bytes: a code says 35 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShortHash([u8; 5]);

impl ShortHash {
    #[must_use]
    pub fn of(code: &ShortCode) -> Self {
        Self(first_bytes(SHORT_PURPOSE, code.as_str().as_bytes()))
    }
}

/// Names the badge that goes with a ticket in the list: the first eight bytes of the digest of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BadgeHash([u8; 8]);

impl BadgeHash {
    #[must_use]
    pub fn of(code: &BadgeCode) -> Self {
        Self::of_digest(code.digest())
    }

    /// The same of what [`BadgeCode::digest`] gave.
    #[must_use]
    pub fn of_digest(digest: [u8; 32]) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(first)
    }
}

fn first_bytes<const N: usize>(purpose: &[u8], of: &[u8]) -> [u8; N] {
    let digest = Sha256::new().chain_update(purpose).chain_update(of).finalize();
    let mut first = [0; N];
    first.copy_from_slice(&digest[..N]);
    first
}

/// A kind of visitor, as stewards read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub kind: AudienceKind,
    pub name_vi: String,
    pub name_en: String,
}

/// One ticket in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub ticket: TicketHash,
    pub short: ShortHash,
    /// The badge that is valid, where one was printed. It opens no card: the name stands on the badge.
    pub badge: Option<BadgeHash>,
    /// The place of the audience in [`Page::audiences`].
    pub audience: u16,
    /// The highest reissue counter given out.
    pub reissue: u8,
    pub standing: Standing,
    /// The ticket that goes on for this one, where two registrations were one person's.
    pub merged_into: Option<ShortCode>,
    /// The places in [`Page::sessions`] of the sessions that the person has a seat in.
    pub seats: Vec<u16>,
    /// It is a spare ticket, and nobody has written down who holds it. A code that opens no card tells this too.
    pub is_nameless: bool,
    /// What [`seal`] made.
    pub card: Vec<u8>,
}

/// What is known of a ticket at an entrance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    pub ticket: TicketHash,
    pub entrance: EntranceId,
    /// `None`: it was admitted, and that was undone.
    pub by: Option<EnteredBy>,
}

/// The scan that let a ticket in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub audiences: Vec<Audience>,
    pub sessions: Vec<SessionId>,
    pub entries: Vec<Entry>,
    /// Tickets that are no longer in the list.
    pub gone: Vec<TicketHash>,
    pub entered: Vec<Entered>,
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
        !self.is_fresh && self.entries.is_empty() && self.gone.is_empty() && self.entered.is_empty()
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

fn written(before: Vec<u8>, value: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(value, before).expect("plain data can be written")
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

/// What a card says beside the audience.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub organisation: Option<String>,
    /// As [`Card::people`].
    pub people: Option<u16>,
    /// What the steward should know when the person comes.
    pub attention: Option<String>,
    /// As [`Card::answers`].
    pub answers: Vec<CardAnswer>,
    /// As [`Card::asks`].
    pub asks: Vec<String>,
}

/// The bytes of a sealed card that its nonce is made of; the others are zero.
const NONCE: usize = 8;

/// Seals a card so that only this ticket's code opens it: ChaCha20-Poly1305 (RFC 8439) under a key that HKDF (RFC 5869)
/// makes of the code. A corrected name is sealed under the same key, so the nonce is a digest of key and content: what is
/// equal looks equal, and nothing else is told.
///
/// `code` is the text of the ticket, with or without its address; `None` when it is not in the form of one.
#[must_use]
pub fn seal(person: &Person, code: &str) -> Option<Vec<u8>> {
    let key = card_key(code)?;
    let content = written(Vec::new(), person);
    let digest: [u8; NONCE] = first_bytes(NONCE_PURPOSE, &[&key[..], &content].concat());
    let sealed = ChaCha20Poly1305::new(&key.into()).encrypt(&nonce(digest), content.as_slice()).ok()?;
    Some([&digest[..], &sealed].concat())
}

/// Opens what [`seal`] made, by the same code.
#[must_use]
pub fn open(sealed: &[u8], code: &str) -> Option<Person> {
    let (digest, sealed) = sealed.split_first_chunk::<NONCE>()?;
    read(&ChaCha20Poly1305::new(&card_key(code)?.into()).decrypt(&nonce(*digest), sealed).ok()?)
}

fn nonce(digest: [u8; NONCE]) -> Nonce {
    let mut nonce = Nonce::default();
    nonce[..NONCE].copy_from_slice(&digest);
    nonce
}

fn card_key(code: &str) -> Option<[u8; 32]> {
    let code = ticket::code_of(code)?.to_ascii_uppercase();
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, code.as_bytes()).expand(CARD_PURPOSE, &mut key).ok()?;
    Some(key)
}

/// The list as a phone holds it: the pages that it got, one on the other.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    tickets: HashMap<TicketHash, Entry>,
    short_codes: HashMap<ShortHash, TicketHash>,
    badges: HashMap<BadgeHash, TicketHash>,
    audiences: Vec<Audience>,
    sessions: Vec<SessionId>,
    entered: HashMap<EntranceId, HashMap<TicketHash, EnteredBy>>,
}

impl Roster {
    /// Takes a page in. What it says of a ticket takes the place of what was known.
    pub fn apply(&mut self, page: Page) {
        if page.is_fresh {
            *self = Self::default();
        }
        let places: Vec<Option<u16>> = page.audiences.into_iter().map(|audience| place_of(&mut self.audiences, audience)).collect();
        let sessions: Vec<Option<u16>> = page.sessions.into_iter().map(|session| place_of(&mut self.sessions, session)).collect();
        for ticket in page.gone {
            self.forget(ticket);
        }
        for mut entry in page.entries {
            // A page whose audience is not in it is none of ours.
            let Some(audience) = places.get(usize::from(entry.audience)).copied().flatten() else { continue };
            entry.audience = audience;
            entry.seats = entry.seats.iter().filter_map(|seat| sessions.get(usize::from(*seat)).copied().flatten()).collect();
            self.forget(entry.ticket);
            self.short_codes.insert(entry.short, entry.ticket);
            if let Some(badge) = entry.badge {
                self.badges.insert(badge, entry.ticket);
            }
            self.tickets.insert(entry.ticket, entry);
        }
        for Entered { ticket, entrance, by } in page.entered {
            let here = self.entered.entry(entrance).or_default();
            match by {
                Some(by) => drop(here.insert(ticket, by)),
                None => drop(here.remove(&ticket)),
            }
        }
    }

    fn forget(&mut self, ticket: TicketHash) {
        if let Some(entry) = self.tickets.remove(&ticket) {
            self.short_codes.remove(&entry.short);
            if let Some(badge) = entry.badge {
                self.badges.remove(&badge);
            }
        }
    }

    /// How many tickets it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tickets.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// How many tickets of the list were admitted at this checkpoint, as far as it knows.
    #[must_use]
    pub fn admitted(&self, place: &Checkpoint) -> usize {
        let inside = self.entered.get(&place.entrance()).into_iter().flat_map(HashMap::values);
        inside.filter(|by| by.checkpoint == place.id).count()
    }

    /// The ticket that has this short code.
    #[must_use]
    pub fn by_short_code(&self, code: &ShortCode) -> Option<TicketHash> {
        self.short_codes.get(&ShortHash::of(code)).copied()
    }

    /// The ticket whose valid badge has this code.
    #[must_use]
    pub fn by_badge(&self, code: &BadgeCode) -> Option<TicketHash> {
        self.badges.get(&BadgeHash::of(code)).copied()
    }

    /// Whether it is a spare ticket whose holder nobody has written down; `None` for one that the list does not hold.
    #[must_use]
    pub fn is_nameless(&self, ticket: TicketHash) -> Option<bool> {
        self.tickets.get(&ticket).map(|entry| entry.is_nameless)
    }

    /// What [`decide`](super::decide) needs to know of a ticket at this place, one of `places`; `None`: of no ticket. `sessions` are
    /// those of the programme, which the list itself names only, as it does the checkpoints.
    #[must_use]
    pub fn known(&self, place: &Checkpoint, places: &[Checkpoint], sessions: Vec<Session>, ticket: Option<TicketHash>) -> Known {
        let record = ticket.and_then(|ticket| {
            let entry = self.tickets.get(&ticket)?;
            Some(Record {
                audience: self.audiences.get(usize::from(entry.audience))?.kind,
                reissue: entry.reissue,
                standing: entry.standing,
                merged_into: entry.merged_into.clone(),
                seats: entry.seats.iter().filter_map(|seat| self.sessions.get(usize::from(*seat)).copied()).collect(),
                admission: self.admission(place, places, ticket),
            })
        });
        Known { checkpoint: place.clone(), sessions, complete: false, record }
    }

    /// The admission of a ticket at the entrance of this place, one of `places`; also of a ticket that is not in the list yet.
    #[must_use]
    pub fn admission(&self, place: &Checkpoint, places: &[Checkpoint], ticket: TicketHash) -> Option<Admission> {
        let by = self.entered.get(&place.entrance())?.get(&ticket)?;
        // A gate that was put up after the phone heard of the gates last has no name there.
        let there = places.iter().chain([place]).find(|other| other.id == by.checkpoint);
        let name = |locale| there.map(|there| there.name(locale).to_owned()).unwrap_or_default();
        Some(Admission {
            scan_id: by.scan_id,
            checkpoint: Some(by.checkpoint),
            checkpoint_vi: name(Locale::Vi),
            checkpoint_en: name(Locale::En),
            device: by.device.clone(),
            at: DateTime::<Utc>::from_timestamp_millis(by.at)?,
            left_at: by.left.and_then(DateTime::<Utc>::from_timestamp_millis),
        })
    }

    /// The card of the ticket whose code is held up.
    #[must_use]
    pub fn card(&self, ticket: TicketHash, code: &str) -> Option<Card> {
        let entry = self.tickets.get(&ticket)?;
        let audience = self.audiences.get(usize::from(entry.audience))?;
        let person = open(&entry.card, code)?;
        Some(Card {
            name: person.name,
            audience_vi: audience.name_vi.clone(),
            audience_en: audience.name_en.clone(),
            organisation: person.organisation,
            people: person.people,
            attention: person.attention,
            answers: person.answers,
            asks: person.asks,
        })
    }

    /// This phone has let a ticket in. Of two scans the first stays; who had left is in again.
    pub fn enter(&mut self, entrance: EntranceId, ticket: TicketHash, by: EnteredBy) {
        let at = by.at;
        let first = self.entered.entry(entrance).or_default().entry(ticket).or_insert(by);
        first.left = first.left.filter(|left| at < *left);
    }

    /// A ticket has left these places at this time (milliseconds since 1970, corrected time), where it had entered before.
    pub fn leave(&mut self, entrances: impl IntoIterator<Item = EntranceId>, ticket: TicketHash, at: i64) {
        for entrance in entrances {
            if let Some(by) = self.entered.get_mut(&entrance).and_then(|here| here.get_mut(&ticket)).filter(|by| by.at <= at) {
                by.left = Some(by.left.map_or(at, |left| left.max(at)));
            }
        }
    }

    /// The ticket that this scan has let in at this entrance.
    #[must_use]
    pub fn let_in_by(&self, entrance: EntranceId, scan: ScanId) -> Option<TicketHash> {
        self.entered.get(&entrance)?.iter().find(|(_, by)| by.scan_id == scan).map(|(ticket, _)| *ticket)
    }

    /// The scan that let a ticket in was undone. Gives back what was known of it, if it was this scan that did.
    pub fn undo(&mut self, entrance: EntranceId, ticket: TicketHash, scan: ScanId) -> Option<EnteredBy> {
        let here = self.entered.get_mut(&entrance)?;
        if here.get(&ticket)?.scan_id == scan { here.remove(&ticket) } else { None }
    }

    /// The whole list in pages of at most so many tickets, each of which [`Roster::apply`] takes in: the first begins
    /// anew.
    #[must_use]
    pub fn pages(&self, size: usize) -> Vec<Page> {
        let entries: Vec<_> = self.tickets.values().cloned().collect();
        let entered: Vec<_> = self
            .entered
            .iter()
            .flat_map(|(entrance, here)| {
                here.iter().map(|(ticket, by)| Entered { ticket: *ticket, entrance: *entrance, by: Some(by.clone()) })
            })
            .collect();
        let size = size.max(1);
        let mut pages: Vec<Page> = entries
            .chunks(size)
            .map(|entries| Page {
                audiences: self.audiences.clone(),
                sessions: self.sessions.clone(),
                entries: entries.to_vec(),
                ..Page::default()
            })
            .chain(entered.chunks(size).map(|entered| Page { entered: entered.to_vec(), ..Page::default() }))
            .collect();
        if pages.is_empty() {
            pages.push(Page::default());
        }
        pages[0].is_fresh = true;
        pages
    }
}

#[cfg(test)]
mod tests;
