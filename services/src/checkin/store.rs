//! The SQL of check-in.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    checkin::{Admission, Card, Checkpoint, CheckpointKind, Record, ScanReport, ScanSubmission, Standing, VerdictKind},
    ids::{CheckpointId, EditionId, ScanId},
    registration::AudienceKind,
    text::Bilingual,
    ticket::{BadgeCode, ShortCode, Ticket, TicketId},
};
use sqlx::{PgExecutor, PgPool, types::Json};

use super::CheckpointCount;
use crate::{Error, store::inconsistent};

pub(super) async fn checkpoints(pool: &PgPool, edition: EditionId) -> Result<Vec<Checkpoint>, Error> {
    let rows = sqlx::query!(
        "select c.id, e.year, c.kind, c.name_vi, c.name_en, c.opens_at, c.closes_at, c.admits
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
                kind: kind(&row.kind)?,
                name_en: row.name_en.unwrap_or_else(|| row.name_vi.clone()),
                name_vi: row.name_vi,
                opens_at: row.opens_at,
                closes_at: row.closes_at,
                admits: kinds(&row.admits)?,
            })
        })
        .collect()
}

fn kind(key: &str) -> Result<CheckpointKind, Error> {
    CheckpointKind::from_key(key).ok_or_else(|| inconsistent("checkpoints.kind"))
}

fn kinds(keys: &[String]) -> Result<Vec<AudienceKind>, Error> {
    keys.iter().map(|key| AudienceKind::from_key(key).ok_or_else(|| inconsistent("checkpoints.admits"))).collect()
}

/// What was held up, as far as it can name a ticket.
pub(super) enum Held {
    Signed(Ticket),
    Short(ShortCode),
    Badge(BadgeCode),
    Nothing,
}

impl Held {
    fn ticket(&self) -> Option<i64> {
        if let Self::Signed(ticket) = self { Some(ticket.id.0.cast_signed()) } else { None }
    }

    fn short_code(&self) -> Option<&str> {
        if let Self::Short(code) = self { Some(code.as_str()) } else { None }
    }

    fn badge(&self) -> Option<Vec<u8>> {
        if let Self::Badge(code) = self { Some(code.digest().to_vec()) } else { None }
    }
}

/// Who scans: an account or a phone, and the name that others read.
pub(super) struct By {
    pub account: Option<uuid::Uuid>,
    pub device: Option<uuid::Uuid>,
    pub name: String,
    /// It was signed out, or its day is over: what it brings lets nobody in.
    pub has_ended: bool,
}

impl By {
    pub(super) fn of(actor: &Actor) -> Self {
        let (account, device, name) = match actor {
            Actor::Account { id, name, .. } => (Some(id.0), None, name.clone()),
            Actor::Device { id, name } => (None, Some(id.0), name.clone()),
            Actor::Anonymous => (None, None, String::new()),
        };
        Self { account, device, name, has_ended: false }
    }
}

/// What a phone did and the rule would not have done, or what cannot be believed of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// Two gates let one ticket in; this scan is not the first of them.
    EnteredTwice,
    /// The phone let in who should not have come in here.
    EnteredAgainstRule,
    /// The phone's time cannot be right, so the scan counts from its arrival.
    Clock,
    /// Another phone made the scan than the one that brought it.
    ForeignPhone,
    /// The phone was signed out, or its day was over.
    EndedPhone,
}

impl ConflictKind {
    pub const ALL: [Self; 5] = [Self::EnteredTwice, Self::EnteredAgainstRule, Self::Clock, Self::ForeignPhone, Self::EndedPhone];

    /// The kind with this [`ConflictKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::EnteredTwice => "entered_twice",
            Self::EnteredAgainstRule => "entered_against_rule",
            Self::Clock => "clock",
            Self::ForeignPhone => "foreign_phone",
            Self::EndedPhone => "ended_phone",
        }
    }
}

/// The source of what no phone has scanned: a supervisor let the person in.
pub(super) const BY_HAND: &str = "manual";

/// A scan to be decided.
pub(super) struct Scanned {
    pub checkpoint: CheckpointId,
    pub by: Arc<By>,
    /// How it came about, as stored: what the phone tells, or [`BY_HAND`].
    pub source: &'static str,
    pub held: Held,
    pub received_at: DateTime<Utc>,
    /// The phone's time, corrected.
    pub at: DateTime<Utc>,
    /// The phone's time could not be believed.
    pub is_clock_doubted: bool,
    pub submission: ScanSubmission,
}

/// All that one scan is decided by.
pub(super) struct State {
    pub edition: EditionId,
    pub checkpoint: Checkpoint,
    /// The answer that this scan got before, without the card.
    pub report: Option<ScanReport>,
    pub ticket: Option<TicketId>,
    /// Whether another badge was printed in place of the one that was held up.
    pub is_badge_stopped: bool,
    pub record: Option<Record>,
    pub card: Option<Card>,
}

/// Reads everything that these scans are decided by, in one statement and in their order; `None` for an unknown checkpoint.
/// A scan that is stored already has the ticket that it had.
///
/// Postgres plans this once for each connection, as `(select …)` hides from it how many scans are asked for: planning takes
/// as long as reading. `offset 0` holds it to the primary keys of tables that are empty when it plans and large when the
/// gates have opened.
pub(super) async fn states(store: impl PgExecutor<'_>, scans: &[&Scanned]) -> Result<Vec<Option<State>>, Error> {
    let checkpoints: Vec<_> = scans.iter().map(|scan| scan.checkpoint.0).collect();
    let ids: Vec<_> = scans.iter().map(|scan| scan.submission.scan_id.0).collect();
    let tickets: Vec<_> = scans.iter().map(|scan| scan.held.ticket()).collect();
    let short_codes: Vec<_> = scans.iter().map(|scan| scan.held.short_code()).collect();
    let badges: Vec<_> = scans.iter().map(|scan| scan.held.badge()).collect();
    let rows = sqlx::query!(
        r#"select asked.position as "position!", c.id as checkpoint_id, c.edition_id, e.year, c.kind as checkpoint_kind, c.name_vi, c.name_en,
                  c.opens_at, c.closes_at, c.admits,
                  s.report as "report?: Json<ScanReport>",
                  t.id as "ticket_id?", t.reissue as "reissue?", t.standing as "standing?",
                  b.stopped_at is not null as "is_badge_stopped!",
                  a.kind as "kind?", a.name_vi as "audience_vi?", a.name_en as "audience_en?",
                  r.full_name as "full_name?", kept.short_code as "merged_into?", coalesce(o.name_vi, r.organisation_name) as organisation,
                  r.attention as "attention?", m.scan_id as "admitted_by?", m.device_name as "admitted_device?", m.at as "admitted_at?"
           from unnest((select $1::uuid[]), $2::uuid[], $3::bigint[], $4::text[], $5::bytea[]) with ordinality
                as asked (checkpoint_id, scan_id, ticket_id, short_code, badge, position)
           join checkpoints c on c.id = asked.checkpoint_id
           join editions e on e.id = c.edition_id
           left join lateral (select * from scans where id = asked.scan_id offset 0) s on true
           left join lateral (select * from badges where digest = asked.badge offset 0) b on true
           left join tickets t on t.edition_id = c.edition_id
                and t.id = case when s.id is null
                    then coalesce(asked.ticket_id, (select id from tickets where short_code = asked.short_code), b.ticket_id) else s.ticket_id end
           left join registrations r on r.id = t.registration_id
           left join audiences a on a.id = r.audience_id
           left join tickets kept on kept.registration_id = r.merged_into
           left join organisations o on o.id = r.organisation_id
           left join lateral (select * from admissions where ticket_id = t.id and checkpoint_id = c.id offset 0) m on true"#,
        &checkpoints,
        &ids,
        &tickets as &[Option<i64>],
        &short_codes as &[Option<&str>],
        &badges as &[Option<Vec<u8>>]
    )
    .fetch_all(store)
    .await?;
    let mut states: Vec<Option<State>> = scans.iter().map(|_| None).collect();
    for row in rows {
        let place = Checkpoint {
            id: CheckpointId(row.checkpoint_id),
            year: u16::try_from(row.year).map_err(|_| inconsistent("editions.year"))?,
            kind: kind(&row.checkpoint_kind)?,
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
        let record = match (row.reissue, row.standing, row.kind) {
            (Some(reissue), Some(standing), Some(kind)) => Some(Record {
                audience: AudienceKind::from_key(&kind).ok_or_else(|| inconsistent("audiences.kind"))?,
                reissue: u8::try_from(reissue).map_err(|_| inconsistent("tickets.reissue"))?,
                standing: Standing::from_key(&standing).ok_or_else(|| inconsistent("tickets.standing"))?,
                merged_into: row.merged_into.as_deref().and_then(ShortCode::parse),
                admission,
            }),
            _ => None,
        };
        let card = row.full_name.zip(row.audience_vi).map(|(name, audience_vi)| Card {
            name,
            audience_en: row.audience_en.unwrap_or_else(|| audience_vi.clone()),
            audience_vi,
            organisation: row.organisation,
            attention: row.attention,
        });
        let state = State {
            edition: EditionId(row.edition_id),
            checkpoint: place,
            report: row.report.map(|Json(report)| report),
            ticket: row.ticket_id.map(|id| TicketId(id.cast_unsigned())),
            is_badge_stopped: row.is_badge_stopped,
            record,
            card,
        };
        // Positions count from one.
        if let Some(slot) = usize::try_from(row.position).ok().and_then(|position| states.get_mut(position - 1)) {
            *slot = Some(state);
        }
    }
    Ok(states)
}

/// A decided scan, to be stored.
pub(super) struct Fact<'a> {
    pub scan: &'a Scanned,
    pub edition: EditionId,
    pub ticket_id: Option<TicketId>,
    /// Whether it is the ticket's admission here, or is not stored.
    pub is_admission: bool,
    /// The scan that was the admission until now: this one let the ticket in before.
    pub displaces: Option<ScanId>,
    /// What a supervisor has to see, each of this scan or of the one that it displaces.
    pub conflicts: Vec<(ScanId, ConflictKind)>,
    /// Told, not stored.
    pub card: Option<Card>,
    pub report: ScanReport,
}

/// Stores scans, and their admissions, by one statement, and gives back which were stored. Not stored is what another
/// scan was faster than: either the ticket was admitted here meanwhile, or the same scan was stored. Of several
/// admissions of one ticket the first by corrected time is stored, also when a later one was stored before it. With a scan
/// go its conflicts.
///
/// Planned once, as [`states`] is. All that lock the same tickets do so in the order of their numbers, so that none waits for another in a circle.
pub(super) async fn insert(store: impl PgExecutor<'_>, facts: &[Fact<'_>]) -> Result<HashSet<ScanId>, Error> {
    if facts.is_empty() {
        return Ok(HashSet::new());
    }
    let scans = || facts.iter().map(|fact| fact.scan);
    let submissions = || scans().map(|scan| &scan.submission);
    let ids: Vec<_> = submissions().map(|submission| submission.scan_id.0).collect();
    let editions: Vec<_> = facts.iter().map(|fact| fact.edition.0).collect();
    let checkpoints: Vec<_> = scans().map(|scan| scan.checkpoint.0).collect();
    let tickets: Vec<_> = facts.iter().map(|fact| fact.ticket_id.map(|id| id.0.cast_signed())).collect();
    let devices: Vec<_> = scans().map(|scan| scan.by.device).collect();
    let accounts: Vec<_> = scans().map(|scan| scan.by.account).collect();
    let names: Vec<_> = scans().map(|scan| scan.by.name.as_str()).collect();
    let directions: Vec<_> = submissions().map(|submission| submission.direction.key()).collect();
    let sources: Vec<_> = scans().map(|scan| scan.source).collect();
    let device_times: Vec<_> = submissions().map(|submission| submission.device_at).collect();
    let offsets: Vec<_> = submissions().map(|submission| submission.offset_ms).collect();
    let local_verdicts: Vec<_> = submissions().map(|submission| submission.local_verdict.map(VerdictKind::key)).collect();
    let arrivals: Vec<_> = scans().map(|scan| scan.received_at).collect();
    let times: Vec<_> = scans().map(|scan| scan.at).collect();
    let verdicts: Vec<_> = facts.iter().map(|fact| fact.report.verdict.key()).collect();
    let reports: Vec<_> = facts.iter().map(|fact| Json(&fact.report)).collect();
    let admissions: Vec<_> = facts.iter().map(|fact| fact.is_admission).collect();
    let makers: Vec<_> = submissions().map(|submission| submission.made_by.map(|device| device.0)).collect();
    let displaced: Vec<_> = facts.iter().map(|fact| fact.displaces.map(|scan| scan.0)).collect();
    let conflicts = || facts.iter().flat_map(|fact| fact.conflicts.iter().map(move |conflict| (fact, conflict)));
    let conflict_causes: Vec<_> = conflicts().map(|(fact, _)| fact.report.scan_id.0).collect();
    let conflict_scans: Vec<_> = conflicts().map(|(_, (scan, _))| scan.0).collect();
    let conflict_kinds: Vec<_> = conflicts().map(|(_, (_, kind))| kind.key()).collect();
    let stored = sqlx::query_scalar!(
        r#"with fact as (
               select * from unnest((select $1::uuid[]), $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[],
                   $8::text[], $9::text[], $10::timestamptz[], $11::bigint[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::text[],
                   $16::jsonb[], $17::boolean[], $18::uuid[], $19::uuid[])
               as fact (id, edition_id, checkpoint_id, ticket_id, device_id, account_id, device_name, direction,
                   source, device_at, offset_ms, local_verdict, received_at, corrected_at, verdict,
                   report, is_admission, made_by, displaces)
           ), admission as (
               insert into admissions (ticket_id, checkpoint_id, scan_id, device_name, at)
               select ticket_id, checkpoint_id, id, device_name, corrected_at
               from fact
               where is_admission and displaces is null and not exists (select from scans where scans.id = fact.id offset 0)
               order by ticket_id, checkpoint_id, corrected_at, id
               on conflict on constraint admissions_pkey do nothing
               returning scan_id
           ), earlier as (
               update admissions a set scan_id = first.id, device_name = first.device_name, at = first.corrected_at
               from (
                   select distinct on (ticket_id, checkpoint_id) * from fact
                   where is_admission and displaces is not null and not exists (select from scans where scans.id = fact.id offset 0)
                   order by ticket_id, checkpoint_id, corrected_at, id
               ) first
               where a.ticket_id = first.ticket_id and a.checkpoint_id = first.checkpoint_id and a.scan_id = first.displaces
               returning a.scan_id
           ), stored as (
               insert into scans (id, edition_id, checkpoint_id, ticket_id, device_id, account_id, direction, source,
                   device_at, offset_ms, local_verdict, received_at, corrected_at, verdict, report, made_by)
               select id, edition_id, checkpoint_id, ticket_id, device_id, account_id, direction, source,
                   device_at, offset_ms, local_verdict, received_at, corrected_at, verdict, report, made_by
               from fact
               where not is_admission or id in (select scan_id from admission) or id in (select scan_id from earlier)
               order by ticket_id, checkpoint_id, id
               on conflict on constraint scans_pkey do nothing
               returning id, edition_id, received_at
           ), conflict as (
               insert into conflicts (scan_id, kind, edition_id, found_at)
               select c.scan_id, c.kind, stored.edition_id, stored.received_at
               from unnest($20::uuid[], $21::uuid[], $22::text[]) as c (cause_id, scan_id, kind)
               join stored on stored.id = c.cause_id
               on conflict on constraint conflicts_pkey do update set settled_at = null, settled_by = null
           )
           select id as "id!" from stored"#,
        &ids,
        &editions,
        &checkpoints,
        &tickets as &[Option<i64>],
        &devices as &[Option<uuid::Uuid>],
        &accounts as &[Option<uuid::Uuid>],
        &names as &[&str],
        &directions as &[&str],
        &sources as &[&str],
        &device_times,
        &offsets,
        &local_verdicts as &[Option<&str>],
        &arrivals,
        &times,
        &verdicts as &[&str],
        &reports as &[Json<&ScanReport>],
        &admissions,
        &makers as &[Option<uuid::Uuid>],
        &displaced as &[Option<uuid::Uuid>],
        &conflict_causes,
        &conflict_scans,
        &conflict_kinds as &[&str]
    )
    .fetch_all(store)
    .await?;
    Ok(stored.into_iter().map(ScanId).collect())
}

/// Stores what phones tell of scans that have their answer. What is known already stays as it is.
pub(super) async fn insert_conflicts(pool: &PgPool, found: &[(ScanId, ConflictKind, EditionId, DateTime<Utc>)]) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    let scans: Vec<_> = found.iter().map(|(scan, ..)| scan.0).collect();
    let kinds: Vec<_> = found.iter().map(|(_, kind, ..)| kind.key()).collect();
    let editions: Vec<_> = found.iter().map(|(_, _, edition, _)| edition.0).collect();
    let times: Vec<_> = found.iter().map(|(.., at)| *at).collect();
    sqlx::query!(
        "insert into conflicts (scan_id, kind, edition_id, found_at)
         select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
         on conflict on constraint conflicts_pkey do nothing",
        &scans,
        &kinds as &[&str],
        &editions,
        &times
    )
    .execute(pool)
    .await?;
    Ok(())
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
