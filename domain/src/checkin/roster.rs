//! The roster on a phone: enough to judge every ticket with no network, and nobody's name without the ticket in hand.
//!
//! For each ticket a phone holds a hash of its number, what [`decide`](super::decide) asks for, and a card that only the
//! ticket's own code opens. A lost phone says how many tickets there are, and of which audiences; it names nobody whose
//! code one does not hold.

mod page;

use std::{collections::HashMap, mem};

use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce, aead::Aead as _};
use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

pub use page::{Audience, Class, Entered, EnteredBy, Entry, Page, Post, UnreadablePage, place_of};

use super::{Admission, Card, CardAnswer, Checkpoint, Known, Record, Session};
use crate::{
    ids::{EntranceId, ScanId, SessionId},
    text::Locale,
    ticket::{self, BadgeCode, ShortCode, TicketId},
};

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
/// A card ends in so many fields that are one zero byte each where the person has nothing of them: they are left out.
const ZEROS: usize = 5;

/// Seals a card so that only this ticket's code opens it: ChaCha20-Poly1305 (RFC 8439) under a key that HKDF (RFC 5869)
/// makes of the code. A corrected name is sealed under the same key, so the nonce is a digest of key and content: what is
/// equal looks equal, and nothing else is told.
///
/// `code` is the text of the ticket, with or without its address; `None` when it is not in the form of one.
#[must_use]
pub fn seal(person: &Person, code: &str) -> Option<Vec<u8>> {
    let key = card_key(code)?;
    let mut content = written(Vec::new(), person);
    for _ in 0..ZEROS {
        content.pop_if(|last| *last == 0);
    }
    let digest: [u8; NONCE] = first_bytes(NONCE_PURPOSE, &[&key[..], &content].concat());
    let sealed = ChaCha20Poly1305::new(&key.into()).encrypt(&nonce(digest), content.as_slice()).ok()?;
    Some([&digest[..], &sealed].concat())
}

/// Opens what [`seal`] made, by the same code.
#[must_use]
pub fn open(sealed: &[u8], code: &str) -> Option<Person> {
    let (digest, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let mut content = ChaCha20Poly1305::new(&card_key(code)?.into()).decrypt(&nonce(*digest), sealed).ok()?;
    content.extend([0; ZEROS]);
    match postcard::take_from_bytes(&content) {
        Ok((person, rest)) if rest.iter().all(|byte| *byte == 0) => Some(person),
        _ => None,
    }
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
    classes: Vec<Class>,
    sessions: Vec<SessionId>,
    entered: HashMap<EntranceId, HashMap<TicketHash, EnteredBy>>,
}

impl Roster {
    /// Takes a page in. What it says of a ticket takes the place of what was known.
    pub fn apply(&mut self, mut page: Page) {
        if page.is_fresh {
            *self = Self::default();
        }
        let classes: Vec<Option<u16>> = mem::take(&mut page.classes).into_iter().map(|class| place_of(&mut self.classes, class)).collect();
        let sessions: Vec<Option<u16>> = page.sessions.iter().map(|session| place_of(&mut self.sessions, *session)).collect();
        for ticket in mem::take(&mut page.gone) {
            self.forget(ticket);
        }
        for mut entry in mem::take(&mut page.entries) {
            for entered in mem::take(&mut entry.entered) {
                self.admit(&page, entry.ticket, &entered);
            }
            // A page whose class is not in it is none of ours.
            let Some(class) = classes.get(usize::from(entry.class)).copied().flatten() else { continue };
            entry.class = class;
            entry.seats = entry.seats.iter().filter_map(|seat| sessions.get(usize::from(*seat)).copied().flatten()).collect();
            self.forget(entry.ticket);
            self.short_codes.insert(entry.short, entry.ticket);
            if let Some(badge) = entry.badge {
                self.badges.insert(badge, entry.ticket);
            }
            self.tickets.insert(entry.ticket, entry);
        }
        for (ticket, entered) in &page.entered {
            self.admit(&page, *ticket, entered);
        }
        for (ticket, entrance) in page.undone {
            if let Some(here) = self.entered.get_mut(&entrance) {
                here.remove(&ticket);
            }
        }
    }

    fn admit(&mut self, page: &Page, ticket: TicketHash, entered: &Entered) {
        if let Some((entrance, by)) = page.admission(entered) {
            self.entered.entry(entrance).or_default().insert(ticket, by);
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

    fn class(&self, entry: &Entry) -> Option<&Class> {
        self.classes.get(usize::from(entry.class))
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
        Some(self.class(self.tickets.get(&ticket)?)?.is_nameless)
    }

    /// What [`decide`](super::decide) needs to know of a ticket at this place, one of `places`; `None`: of no ticket. `sessions` are
    /// those of the programme, which the list itself names only, as it does the checkpoints.
    #[must_use]
    pub fn known(&self, place: &Checkpoint, places: &[Checkpoint], sessions: Vec<Session>, ticket: Option<TicketHash>) -> Known {
        let record = ticket.and_then(|ticket| {
            let entry = self.tickets.get(&ticket)?;
            let class = self.class(entry)?;
            Some(Record {
                audience: class.audience.kind,
                reissue: class.reissue,
                standing: class.standing,
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
        let Class { audience, .. } = self.class(entry)?;
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
        let entries: Vec<Entry> = self.tickets.values().cloned().collect();
        let of_entrance = |(entrance, here): (&EntranceId, &HashMap<TicketHash, EnteredBy>)| {
            here.iter().map(|(ticket, by)| (*ticket, *entrance, by.clone())).collect::<Vec<_>>()
        };
        let entered: Vec<_> = self.entered.iter().flat_map(of_entrance).collect();
        let size = size.max(1);
        let of_entries = entries.chunks(size).map(|entries| Page {
            classes: self.classes.clone(),
            sessions: self.sessions.clone(),
            entries: entries.to_vec(),
            ..Page::default()
        });
        let of_entered = entered.chunks(size).map(|entered| {
            let mut page = Page::default();
            for (ticket, entrance, by) in entered {
                let entered = page.shorten(*entrance, by.clone());
                page.entered.extend(entered.map(|entered| (*ticket, entered)));
            }
            page
        });
        let mut pages: Vec<Page> = of_entries.chain(of_entered).collect();
        if pages.is_empty() {
            pages.push(Page::default());
        }
        pages[0].is_fresh = true;
        pages
    }
}

#[cfg(test)]
mod tests;
