//! Stamps that a browser kept while it had no network, and sends later.

use domain::{
    checkin::{BoothCode, StampRequest, StampSubmission, Verdict},
    fair::Limit,
    ids::{CheckpointId, ScanId},
    text::Bilingual,
};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Variant, Version};

use super::{
    KeptTicket, Made, Stamped, Token, booths,
    browser::{self, Kept},
    by_visitor, stamped, take,
};
use crate::{Context, Error, checkin::recorded, edition};

/// What became of stamps that were kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Those that need not be sent again.
    pub done: Vec<ScanId>,
    /// How many of them the rule gave, counted for each ticket.
    pub given: usize,
    /// Those that it did not, each once for each ticket.
    pub refused: Vec<RefusedStamp>,
    /// Those of which it is not clear whose they are: nothing is done with them.
    pub open: Option<Open>,
}

/// Kept stamps that wait for a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    pub stamps: Vec<ScanId>,
    /// The tickets to choose from.
    pub choice: Vec<KeptTicket>,
    /// The browser keeps the ticket no more that one of them was made for.
    pub is_forgotten: bool,
}

/// A kept stamp that was not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedStamp {
    /// None where the code is of no booth of this edition.
    pub booth: Option<Bilingual>,
    /// Why; none with the booth.
    pub verdict: Option<Verdict>,
}

/// Gives the stamps that a browser kept to the tickets that it keeps, each to those that were chosen for it: never to another,
/// whichever the browser keeps by now. One for which none was chosen goes to the only ticket that the browser keeps. Each counts
/// from its own time, corrected by the browser's clock as it sends, as far as a phone's scan would; else from now. A repeat is the
/// same scan, and answered as it was before, also where its ticket was merged into another meanwhile; where both of them had the
/// stamp, once.
///
/// Effects: for each ticket and stamp those of [`super::stamp`].
///
/// # Errors
/// [`Error::NotFound`] before any import; [`Error::TooMany`] by [`Limit::Stamp`]; [`Error::Unavailable`] when the store cannot be
/// reached: what was recorded before is answered again to a repeat.
pub async fn deliver(cx: &Context, tokens: &[Token], request: StampRequest) -> Result<Delivered, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let kept = browser::tickets(cx, tokens, None).await?;
    let (received_at, keys) = (cx.now(), cx.booth_keys(edition.year));
    let offset_ms = (received_at - request.sent_at).num_milliseconds();
    let booths = booths(cx).await?;
    let (mut delivered, mut open) = (Delivered::default(), Open::default());
    let (mut made, mut scans) = (Vec::new(), Vec::new());
    for stamp in &request.stamps {
        let verified = BoothCode::verify(&stamp.code, &keys).ok();
        let Some(booth) = verified.and_then(|code| booths.iter().find(|booth| booth.id == code.checkpoint)) else {
            // Of another edition, of a booth that there is no more, or never of any.
            delivered.done.push(stamp.id);
            delivered.refused.push(RefusedStamp { booth: None, verdict: None });
            continue;
        };
        let tickets = whose(&kept, stamp);
        if tickets.is_empty() {
            open.stamps.push(stamp.id);
            open.is_forgotten |= !stamp.tickets.is_empty();
            continue;
        }
        for ticket in tickets {
            take(cx, Limit::Stamp, ticket.short_code.as_str()).await?;
            let scan_id = scan_id(stamp.id, booth.id, ticket.named);
            made.push((stamp.id, booth));
            scans.push(by_visitor(booth.id, &ticket.short_code, Made { scan_id, device_at: stamp.at, offset_ms, received_at }));
        }
    }
    for ((id, booth), outcome) in made.into_iter().zip(recorded(cx, scans).await?) {
        match stamped(outcome?.verdict, received_at) {
            Stamped::Since(_) => delivered.given += 1,
            Stamped::Refused(verdict) => {
                delivered.refused.push(RefusedStamp { booth: Some(booth.name.clone()), verdict: Some(verdict) });
            }
        }
        if !delivered.done.contains(&id) {
            delivered.done.push(id);
        }
    }
    if !open.stamps.is_empty() {
        open.choice = browser::each_once(kept);
        delivered.open = Some(open);
    }
    Ok(delivered)
}

/// The tickets that get a stamp, each once; none where that is to be chosen. Of several that go on in one, that with the lowest number
/// stands for all, in whatever order the browser keeps them: so a repeat is the same scan.
fn whose<'k>(kept: &'k [Kept], stamp: &StampSubmission) -> Vec<&'k Kept> {
    let is_for_any = stamp.tickets.is_empty();
    let mut meant: Vec<_> = kept.iter().filter(|ticket| is_for_any || stamp.tickets.contains(&ticket.shown.handle)).collect();
    meant.sort_unstable_by_key(|ticket| ticket.named);
    let mut tickets: Vec<&Kept> = Vec::with_capacity(meant.len());
    for ticket in meant {
        if tickets.iter().all(|known| known.short_code != ticket.short_code) {
            tickets.push(ticket);
        }
    }
    if is_for_any && tickets.len() > 1 { Vec::new() } else { tickets }
}

/// The scan of one ticket at one booth by a kept stamp. The browser's id names the stamp and its time; the rest is derived, so
/// that several tickets get it, and nobody comes upon a scan of others by its id. `ticket` is the one that the browser's token names,
/// which no merge changes.
fn scan_id(stamp: ScanId, booth: CheckpointId, ticket: i64) -> ScanId {
    let digest =
        Sha256::new().chain_update(b"NGAY-CDS STAMP\0").chain_update(stamp.0).chain_update(booth.0).chain_update(ticket.to_be_bytes());
    let mut bytes = stamp.0.into_bytes();
    bytes[6..].copy_from_slice(&digest.finalize()[..10]);
    ScanId(Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(Version::SortRand).into_uuid())
}
