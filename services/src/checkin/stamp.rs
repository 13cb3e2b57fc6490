//! Booth stamps: what visitors collect, by a steward's scan or with their own phone from the booth's poster.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    checkin::{BoothCode, Direction, ScanSubmission, Source, Verdict},
    fair::Limit,
    ids::{CheckpointId, EditionId, ScanId},
    text::Bilingual,
    ticket::ShortCode,
};

use super::{
    recorder::Fault,
    store::{BY_VISITOR, By, Held, Scanned},
};
use crate::{Context, Error, edition, limits, write};

/// What others read where the name of a phone or an account stands.
const VISITOR: &str = "Khách tự quét";

/// A booth as its poster's page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booth {
    pub id: CheckpointId,
    pub name: Bilingual,
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

/// The code of each booth of the current edition, for its poster, in the order of the booths. Public by nature: a poster
/// gets photographed.
///
/// # Errors
/// [`Error::NotFound`] before any import.
pub async fn posters(cx: &Context) -> Result<Vec<(Booth, String)>, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let (key_id, key) = cx.secret.booth_signer(edition.year);
    let booths = sql::booths(&cx.pool, edition.id).await?;
    Ok(booths
        .into_iter()
        .map(|booth| {
            let code = BoothCode { key_id, year: edition.year, checkpoint: booth.id }.sign(&key);
            (booth, code)
        })
        .collect())
}

/// The booth whose poster says this.
///
/// # Errors
/// [`Error::NotFound`] for what is no code of a booth of the current edition.
pub async fn booth(cx: &Context, code: &str) -> Result<Booth, Error> {
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let code = BoothCode::verify(code, &cx.booth_keys(edition.year)).map_err(|_| Error::NotFound)?;
    sql::booths(&cx.pool, edition.id).await?.into_iter().find(|booth| booth.id == code.checkpoint).ok_or(Error::NotFound)
}

/// The booths of the current edition and which of their stamps this ticket has. Empty where the edition has no booths.
///
/// # Errors
/// Those of the store.
pub async fn stamps(cx: &Context, ticket: &ShortCode) -> Result<Vec<Stamp>, Error> {
    sql::stamps(&cx.pool, ticket).await
}

/// Gives a ticket the stamp of the booth whose poster says `code`. The rule is that of a scan at the booth now; nothing about
/// the person is told, since who types a short code need not be its holder. A repeat of the same `scan_id` gets the same
/// answer; a second stamp at one booth is the first one.
///
/// Effects: those of [`super::record`] for one entry, with the source `self` and neither account nor phone; one use of
/// [`Limit::Stamp`] counted for the ticket.
///
/// # Errors
/// [`Error::NotFound`] as [`booth`]; [`Error::TooMany`] by the limit, then nothing is recorded; [`Error::Unavailable`] when the
/// store cannot be reached.
pub async fn stamp(cx: &Context, code: &str, ticket: &ShortCode, scan_id: ScanId) -> Result<Stamped, Error> {
    let booth = booth(cx, code).await?;
    let (cx_, target) = (cx.clone(), ticket.as_str().to_owned());
    write::statement(cx, move |pool| {
        let (cx, target) = (cx_.clone(), target.clone());
        async move { limits::take(&pool, &cx, Limit::Stamp, &target).await }
    })
    .await?;
    let _told = cx.live.tell_when_done();
    let at = cx.now();
    let outcome = cx.recorder.record(&cx.pool, vec![by_visitor(at, booth.id, ticket, scan_id)]).await?.pop();
    let report = outcome.unwrap_or(Err(Fault::Failed))?;
    Ok(match report.verdict {
        Verdict::Admit | Verdict::AdmitUnconfirmed | Verdict::Readmit => {
            Stamped::Since(sql::stamped_at(&cx.pool, ticket, booth.id).await?.unwrap_or(at))
        }
        Verdict::AlreadyIn(admission) => Stamped::Since(admission.at),
        refused => Stamped::Refused(refused),
    })
}

fn by_visitor(at: DateTime<Utc>, checkpoint: CheckpointId, ticket: &ShortCode, scan_id: ScanId) -> Scanned {
    Scanned {
        checkpoint,
        by: Arc::new(By { name: VISITOR.to_owned(), ..By::of(&Actor::Anonymous) }),
        source: BY_VISITOR,
        held: Held::Short(ticket.clone()),
        received_at: at,
        at,
        is_clock_doubted: false,
        submission: ScanSubmission {
            scan_id,
            code: ticket.as_str().to_owned(),
            source: Source::Link,
            direction: Direction::Entry,
            device_at: at,
            offset_ms: 0,
            local_verdict: None,
            made_by: None,
        },
    }
}

mod sql {
    use sqlx::PgPool;

    use super::{Bilingual, Booth, CheckpointId, DateTime, EditionId, Error, ShortCode, Stamp, Utc};

    pub(super) async fn booths(pool: &PgPool, edition: EditionId) -> Result<Vec<Booth>, Error> {
        let rows = sqlx::query!(
            r#"select id, name_vi, name_en from checkpoints
               where edition_id = $1 and kind = 'booth' order by position, code"#,
            edition.0
        )
        .fetch_all(pool)
        .await?;
        Ok(rows.into_iter().map(|row| Booth { id: CheckpointId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en } }).collect())
    }

    pub(super) async fn stamps(pool: &PgPool, ticket: &ShortCode) -> Result<Vec<Stamp>, Error> {
        let rows = sqlx::query!(
            r#"select c.id, c.name_vi, c.name_en, a.at as "at?"
               from editions e join checkpoints c on c.edition_id = e.id and c.kind = 'booth'
               left join tickets t on t.edition_id = e.id and t.short_code = $1
               left join admissions a on a.ticket_id = t.id and a.checkpoint_id = c.id
               where e.is_current order by c.position, c.code"#,
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

    pub(super) async fn stamped_at(pool: &PgPool, ticket: &ShortCode, booth: CheckpointId) -> Result<Option<DateTime<Utc>>, Error> {
        let at = sqlx::query_scalar!(
            "select a.at from admissions a join tickets t on t.id = a.ticket_id where t.short_code = $1 and a.checkpoint_id = $2",
            ticket.as_str(),
            booth.0
        )
        .fetch_optional(pool)
        .await?;
        Ok(at)
    }
}
