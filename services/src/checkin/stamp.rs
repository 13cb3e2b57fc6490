//! Booth stamps: what visitors collect, by a steward's scan or with their own phone from the booth's poster.

mod browser;
mod later;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{BoothCode, Direction, ScanSubmission, Source, Verdict},
    fair::Limit,
    ids::{CheckpointId, ScanId},
    text::Bilingual,
    ticket::ShortCode,
};

use crate::{
    Context, Error,
    checkin::{
        recorded,
        store::{BY_VISITOR, Held, Scanned, ScannedBy, Spare},
    },
    edition, limits,
    together::Fault,
    write,
};

pub use browser::{KEPT_MOST, KeptTicket, Token, kept, stamp_kept, token};
pub use later::{Delivered, Open, RefusedStamp, deliver};

/// What others read where the name of a phone or an account stands.
const VISITOR: &str = "Khách tự quét";

/// A booth as its poster's page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booth {
    pub id: CheckpointId,
    pub name: Bilingual,
}

/// A booth as organisers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poster {
    pub booth: Booth,
    /// What its poster says. Public by nature: a poster gets photographed.
    pub code: String,
    /// Tickets with its stamp.
    pub stamps: i64,
    pub last_at: Option<DateTime<Utc>>,
}

/// A booth on a ticket's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub booth: Booth,
    /// When the ticket got this booth's stamp.
    pub at: Option<DateTime<Utc>>,
}

/// What became of a visitor's wish for a stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stamped {
    /// The ticket has the stamp, by this scan or an earlier one; since when.
    Since(DateTime<Utc>),
    /// The rule gives none here and now.
    Refused(Verdict),
}

/// The booths of the current edition in their order, with the code of each for its poster.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`]; [`Error::NotFound`] before any import.
pub async fn posters(cx: &Context, actor: &Actor) -> Result<Vec<Poster>, Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let (key_id, key) = cx.secret.booth_signer(edition.year);
    let booths = store::booths_with_stamps(&cx.pool, edition.id).await?;
    Ok(booths
        .into_iter()
        .map(|(booth, stamps, last_at)| {
            let code = BoothCode { key_id, year: edition.year, checkpoint: booth.id }.sign(&key);
            Poster { booth, code, stamps, last_at }
        })
        .collect())
}

/// The booths of the current edition, for everybody. Empty before any import.
///
/// # Errors
/// Those of the store.
pub async fn booths(cx: &Context) -> Result<Vec<Booth>, Error> {
    let Some(edition) = edition::current(cx).await? else { return Ok(Vec::new()) };
    store::booths(&cx.pool, edition.id).await
}

/// The booth whose poster says this.
///
/// # Errors
/// [`Error::NotFound`] for what is no code of a booth of the current edition.
pub async fn booth(cx: &Context, code: &str) -> Result<Booth, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let code = BoothCode::verify(code, &cx.booth_keys(edition.year)).map_err(|_| Error::NotFound)?;
    store::booth(&cx.pool, edition.id, code.checkpoint).await?.ok_or(Error::NotFound)
}

/// The booths of the current edition and which of their stamps this ticket has, by itself or by one that was merged into it. Empty
/// where the edition has no booths.
///
/// # Errors
/// Those of the store.
pub async fn stamps(cx: &Context, ticket: &ShortCode) -> Result<Vec<Stamp>, Error> {
    store::stamps(&cx.pool, ticket).await
}

/// Who types short codes at booths, as the limits tell people apart.
#[derive(Clone, Copy, Debug)]
pub struct Typist<'a> {
    /// What the browser keeps of tickets.
    pub tokens: &'a [Token],
    /// The key of the form that was typed into.
    pub form: &'a str,
}

/// Gives the ticket with this short code the stamp of the booth whose poster says `code`. The rule is that of a scan at the booth
/// now; nothing about the person is told, since who types a short code need not be its holder. A second stamp of one ticket at one
/// booth is the first one; what a ticket had that was merged into it stays an entry of its own, and both count as one stamp.
///
/// Effects: those of [`super::record`] for one entry, with the source `self` and neither account nor phone; one use of
/// [`Limit::Stamp`] counted for the ticket. For a short code that no ticket has nothing is recorded, and one use of
/// [`Limit::UnknownStamp`] is counted for the ticket that the browser keeps; where it keeps none, for its form, and one of
/// [`Limit::UnknownStamps`] for the booth. So who guesses holds up nobody else, and who guesses with ever new forms only those
/// at that booth who have not opened their tickets there.
///
/// # Errors
/// [`Error::NotFound`] as [`booth`]; [`Error::TooMany`] by the limits, then nothing is recorded; [`Error::Unavailable`] when the
/// store cannot be reached.
pub async fn stamp(cx: &Context, code: &str, ticket: &ShortCode, typist: Typist<'_>) -> Result<Stamped, Error> {
    let booth = booth(cx, code).await?;
    let limited = match typist.tokens.iter().find_map(|token| browser::ticket_of(cx, token)) {
        Some(kept) => vec![(Limit::UnknownStamp, format!("ticket {kept}"))],
        None => vec![(Limit::UnknownStamp, format!("form {}", typist.form)), (Limit::UnknownStamps, booth.id.to_string())],
    };
    for (limit, target) in &limited {
        limits::check(&cx.pool, cx, *limit, target).await?;
    }
    if !store::is_known(&cx.pool, ticket).await? {
        for (limit, target) in &limited {
            take(cx, *limit, target).await?;
        }
        return Ok(Stamped::Refused(Verdict::NotATicket));
    }
    record(cx, &booth, ticket).await
}

/// Records the stamp of a ticket that there is.
async fn record(cx: &Context, booth: &Booth, ticket: &ShortCode) -> Result<Stamped, Error> {
    take(cx, Limit::Stamp, ticket.as_str()).await?;
    let now = cx.now();
    let made = Made { scan_id: ScanId(cx.new_id()), device_at: now, offset_ms: 0, received_at: now };
    let report = recorded(cx, vec![by_visitor(booth.id, ticket, made)]).await?.pop();
    let report = report.unwrap_or(Err(Fault::Failed))?;
    Ok(stamped(report.verdict, now))
}

/// What a verdict on a scan that was made then is to a visitor.
fn stamped(verdict: Verdict, at: DateTime<Utc>) -> Stamped {
    match verdict {
        Verdict::Admit | Verdict::AdmitUnconfirmed | Verdict::Readmit => Stamped::Since(at),
        Verdict::AlreadyIn(admission) => Stamped::Since(admission.at),
        refused => Stamped::Refused(refused),
    }
}

async fn take(cx: &Context, limit: Limit, target: &str) -> Result<(), Error> {
    let (cx_, target) = (cx.clone(), target.to_owned());
    write::statement(cx, move |pool| {
        let (cx, target) = (cx_.clone(), target.clone());
        async move { limits::take(&pool, &cx, limit, &target).await }
    })
    .await
}

/// When and by what id a visitor's scan was made.
struct Made {
    scan_id: ScanId,
    device_at: DateTime<Utc>,
    offset_ms: i64,
    received_at: DateTime<Utc>,
}

fn by_visitor(checkpoint: CheckpointId, ticket: &ShortCode, made: Made) -> Scanned {
    let Made { scan_id, device_at, offset_ms, received_at } = made;
    Scanned {
        checkpoint,
        by: Arc::new(ScannedBy { name: VISITOR.to_owned(), ..ScannedBy::of(&Actor::Anonymous) }),
        source: BY_VISITOR,
        held: Held::Short(ticket.clone()),
        received_at,
        spare: Spare::Closed,
        submission: ScanSubmission {
            scan_id,
            code: ticket.as_str().to_owned(),
            source: Source::Link,
            direction: Direction::Entry,
            device_at,
            offset_ms,
            local_verdict: None,
            made_by: None,
            sign_in: None,
        },
    }
}
