//! The SQL of check-in.

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    checkin::{Admission, Card, Checkpoint, Record, ScanReport, ScanSubmission, Standing, VerdictKind},
    ids::{CheckpointId, EditionId, ScanId},
    registration::AudienceKind,
    text::Bilingual,
    ticket::{ShortCode, Ticket, TicketId},
};
use sqlx::{PgPool, types::Json};

use super::CheckpointCount;
use crate::{Error, store::inconsistent};

pub(super) async fn checkpoints(pool: &PgPool, edition: EditionId) -> Result<Vec<Checkpoint>, Error> {
    let rows = sqlx::query!(
        "select c.id, e.year, c.name_vi, c.name_en, c.opens_at, c.closes_at, c.admits
         from checkpoints c join editions e on e.id = c.edition_id where c.edition_id = $1 order by c.position, c.code",
        edition.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Checkpoint {
                id: CheckpointId(row.id),
                year: u16::try_from(row.year).map_err(|_| inconsistent("editions.year"))?,
                name_en: row.name_en.unwrap_or_else(|| row.name_vi.clone()),
                name_vi: row.name_vi,
                opens_at: row.opens_at,
                closes_at: row.closes_at,
                admits: kinds(&row.admits)?,
            })
        })
        .collect()
}

fn kinds(keys: &[String]) -> Result<Vec<AudienceKind>, Error> {
    keys.iter().map(|key| AudienceKind::from_key(key).ok_or_else(|| inconsistent("checkpoints.admits"))).collect()
}

/// What was held up, as far as it can name a ticket.
pub(super) enum Held {
    Signed(Ticket),
    Short(ShortCode),
    Nothing,
}

/// All that one scan is decided by.
pub(super) struct State {
    pub edition: EditionId,
    pub checkpoint: Checkpoint,
    /// The answer that this scan got before.
    pub report: Option<ScanReport>,
    pub record: Option<Record>,
    pub card: Option<Card>,
}

/// Reads everything that a scan is decided by, in one statement; `None` for an unknown checkpoint.
pub(super) async fn state(pool: &PgPool, checkpoint: CheckpointId, scan: ScanId, held: &Held) -> Result<Option<State>, Error> {
    let (id, short) = match held {
        Held::Signed(ticket) => (Some(ticket.id.0.cast_signed()), None),
        Held::Short(code) => (None, Some(code.as_str())),
        Held::Nothing => (None, None),
    };
    let row = sqlx::query!(
        r#"select c.edition_id, e.year, c.name_vi, c.name_en, c.opens_at, c.closes_at, c.admits,
                  s.report as "report?: Json<ScanReport>",
                  t.id as "ticket_id?", t.reissue as "reissue?", t.standing as "standing?",
                  a.kind as "kind?", a.name_vi as "audience_vi?", a.name_en as "audience_en?",
                  r.full_name as "full_name?", coalesce(o.name_vi, r.organisation_name) as organisation,
                  m.scan_id as "admitted_by?", m.device_name as "admitted_device?", m.at as "admitted_at?"
           from checkpoints c
           join editions e on e.id = c.edition_id
           left join scans s on s.id = $2
           left join tickets t on t.edition_id = c.edition_id
                and t.id = coalesce($3, (select id from tickets where short_code = $4))
           left join registrations r on r.id = t.registration_id
           left join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join admissions m on m.ticket_id = t.id and m.checkpoint_id = c.id
           where c.id = $1"#,
        checkpoint.0,
        scan.0,
        id,
        short
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let place = Checkpoint {
        id: checkpoint,
        year: u16::try_from(row.year).map_err(|_| inconsistent("editions.year"))?,
        name_en: row.name_en.unwrap_or_else(|| row.name_vi.clone()),
        name_vi: row.name_vi,
        opens_at: row.opens_at,
        closes_at: row.closes_at,
        admits: kinds(&row.admits)?,
    };
    let admission = match (row.admitted_by, row.admitted_device, row.admitted_at) {
        (Some(scan_id), Some(device), Some(at)) => Some(Admission {
            scan_id: ScanId(scan_id),
            checkpoint_vi: place.name_vi.clone(),
            checkpoint_en: place.name_en.clone(),
            device,
            at,
        }),
        _ => None,
    };
    let record = match (row.ticket_id, row.reissue, row.standing, row.kind) {
        (Some(id), Some(reissue), Some(standing), Some(kind)) => Some(Record {
            id: TicketId(id.cast_unsigned()),
            audience: AudienceKind::from_key(&kind).ok_or_else(|| inconsistent("audiences.kind"))?,
            reissue: u8::try_from(reissue).map_err(|_| inconsistent("tickets.reissue"))?,
            standing: Standing::from_key(&standing).ok_or_else(|| inconsistent("tickets.standing"))?,
            admission,
        }),
        _ => None,
    };
    let card = row.full_name.zip(row.audience_vi).map(|(name, audience_vi)| Card {
        name,
        audience_en: row.audience_en.unwrap_or_else(|| audience_vi.clone()),
        audience_vi,
        organisation: row.organisation,
    });
    Ok(Some(State { edition: EditionId(row.edition_id), checkpoint: place, report: row.report.map(|Json(report)| report), record, card }))
}

/// A scan to be stored.
pub(super) struct Fact<'a> {
    pub checkpoint: CheckpointId,
    pub edition: EditionId,
    pub ticket_id: Option<TicketId>,
    pub actor: &'a Actor,
    pub submission: &'a ScanSubmission,
    pub received_at: DateTime<Utc>,
    pub corrected_at: DateTime<Utc>,
    pub report: &'a ScanReport,
}

/// Stores a scan, and the admission that it wants, by one statement. False when another scan was faster:
/// either this ticket was admitted here meanwhile, or the same scan was stored.
pub(super) async fn insert(pool: &PgPool, fact: &Fact<'_>, admission: Option<&Admission>) -> Result<bool, Error> {
    let (device, account) = match fact.actor {
        Actor::Device { id, .. } => (Some(id.0), None),
        Actor::Account { id, .. } => (None, Some(id.0)),
        Actor::Anonymous => (None, None),
    };
    Ok(sqlx::query_scalar!(
        r#"with admission as (
               insert into admissions (ticket_id, checkpoint_id, scan_id, device_name, at)
               select $4, $3, $1, $17::text, $13
               where $17 is not null and not exists (select from scans where id = $1)
               on conflict on constraint admissions_pkey do nothing
               returning 1
           ), scan as (
               insert into scans (id, edition_id, checkpoint_id, ticket_id, device_id, account_id, direction, source,
                   device_at, offset_ms, local_verdict, received_at, corrected_at, verdict, report)
               select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
               where not $16 or exists (select from admission)
               on conflict on constraint scans_pkey do nothing
               returning 1
           )
           select exists (select from scan) as "stored!""#,
        fact.submission.scan_id.0,
        fact.edition.0,
        fact.checkpoint.0,
        fact.ticket_id.map(|id| id.0.cast_signed()),
        device,
        account,
        fact.submission.direction.key(),
        fact.submission.source.key(),
        fact.submission.device_at,
        fact.submission.offset_ms,
        fact.submission.local_verdict.map(VerdictKind::key),
        fact.received_at,
        fact.corrected_at,
        fact.report.verdict.key(),
        Json(fact.report) as _,
        admission.is_some(),
        admission.map(|admission| admission.device.as_str())
    )
    .fetch_one(pool)
    .await?)
}

pub(super) async fn counts(pool: &PgPool) -> Result<Vec<CheckpointCount>, Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.name_vi, c.name_en,
                  (select count(*) from admissions m where m.checkpoint_id = c.id) as "admitted!",
                  (select count(*) from scans s where s.checkpoint_id = c.id) as "scans!"
           from checkpoints c join editions e on e.id = c.edition_id and e.is_current
           order by c.position, c.code"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CheckpointCount {
            id: CheckpointId(row.id),
            name: Bilingual { vi: row.name_vi, en: row.name_en },
            admitted: row.admitted,
            scans: row.scans,
        })
        .collect())
}
