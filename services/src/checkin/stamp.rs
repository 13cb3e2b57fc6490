//! Booth stamps: what visitors collect, by a steward's scan or with their own phone from the booth's poster.

mod browser;
mod later;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{BoothCode, Direction, ScanSubmission, Source, Verdict},
    fair::Limit,
    ids::{CheckpointId, EditionId, ScanId},
    text::Bilingual,
    ticket::ShortCode,
};

use super::{
    recorded,
    store::{BY_VISITOR, Held, Scanned, ScannedBy, Spare},
};
use crate::{Context, Error, edition, limits, together::Fault, write};

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
    let booths = sql::booths_with_stamps(&cx.pool, edition.id).await?;
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
    Ok(sql::booths_with_stamps(&cx.pool, edition.id).await?.into_iter().map(|(booth, ..)| booth).collect())
}

/// The booth whose poster says this.
///
/// # Errors
/// [`Error::NotFound`] for what is no code of a booth of the current edition.
pub async fn booth(cx: &Context, code: &str) -> Result<Booth, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let code = BoothCode::verify(code, &cx.booth_keys(edition.year)).map_err(|_| Error::NotFound)?;
    sql::booth(&cx.pool, edition.id, code.checkpoint).await?.ok_or(Error::NotFound)
}

/// The booths of the current edition and which of their stamps this ticket has, by itself or by one that was merged into it. Empty
/// where the edition has no booths.
///
/// # Errors
/// Those of the store.
pub async fn stamps(cx: &Context, ticket: &ShortCode) -> Result<Vec<Stamp>, Error> {
    sql::stamps(&cx.pool, ticket).await
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
/// now; nothing about the person is told, since who types a short code need not be its holder. A second stamp at one booth is the
/// first one.
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
    if !sql::is_known(&cx.pool, ticket).await? {
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

mod sql {
    use sqlx::PgPool;

    use super::{Bilingual, Booth, CheckpointId, DateTime, EditionId, Error, ShortCode, Stamp, Utc};

    pub(super) async fn booth(pool: &PgPool, edition: EditionId, id: CheckpointId) -> Result<Option<Booth>, Error> {
        let row = sqlx::query!(
            "select id, name_vi, name_en from checkpoints where id = $1 and edition_id = $2 and kind = 'booth'",
            id.0,
            edition.0
        )
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } }))
    }

    pub(super) async fn booths_with_stamps(pool: &PgPool, edition: EditionId) -> Result<Vec<(Booth, i64, Option<DateTime<Utc>>)>, Error> {
        let rows = sqlx::query!(
            r#"select c.id, c.name_vi, c.name_en, count(distinct coalesce(l.lasting_id, m.ticket_id)) as "stamps!", max(m.at) as last_at
               from checkpoints c
               left join admissions m on m.checkpoint_id = c.id
               left join lasting_tickets l on l.ticket_id = m.ticket_id
               where c.edition_id = $1 and c.kind = 'booth' group by c.id order by c.position, c.code"#,
            edition.0
        )
        .fetch_all(pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let booth = Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } };
                (booth, row.stamps, row.last_at)
            })
            .collect())
    }

    pub(super) async fn stamps(pool: &PgPool, ticket: &ShortCode) -> Result<Vec<Stamp>, Error> {
        let rows = sqlx::query!(
            r#"select c.id, c.name_vi, c.name_en, min(a.at) as at
               from editions e join checkpoints c on c.edition_id = e.id and c.kind = 'booth'
               left join tickets t on t.edition_id = e.id and t.short_code = $1
               left join lasting_tickets l on l.lasting_id = t.id
               left join admissions a on a.ticket_id = l.ticket_id and a.checkpoint_id = c.id
               where e.is_current group by c.id order by c.position, c.code"#,
            ticket.as_str()
        )
        .fetch_all(pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Stamp {
                booth: Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } },
                at: row.at,
            })
            .collect())
    }

    pub(super) async fn is_known(pool: &PgPool, ticket: &ShortCode) -> Result<bool, Error> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from tickets t join editions e on e.id = t.edition_id and e.is_current where t.short_code = $1) as "known!""#,
            ticket.as_str()
        )
        .fetch_one(pool)
        .await?)
    }
}
