//! Storing scans, with all that they say.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Area, Card, ScanReport, VerdictKind},
    ids::{EditionId, EntranceId, ScanId},
    ticket::TicketId,
};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{ConflictKind, Scanned};
use crate::Error;

/// A decided scan, to be stored.
pub(in crate::checkin) struct Fact<'a> {
    pub scan: &'a Scanned,
    /// The phone's time, corrected; where that cannot be right, the time of arrival.
    pub at: DateTime<Utc>,
    pub edition: EditionId,
    pub entrance: EntranceId,
    pub ticket_id: Option<TicketId>,
    /// The name of who made it, where another one brings it: an admission tells that.
    pub maker: Option<String>,
    /// Whether it is the ticket's admission here, or is not stored.
    pub is_admission: bool,
    /// The scan that was the admission until now: this one let the ticket in before.
    pub displaces: Option<ScanId>,
    /// Whether it tells anything of where the ticket is: not where the phone has turned the person away, or had ended.
    pub is_believed: bool,
    /// Where it tells that the ticket has come in or gone out.
    pub area: Option<Area>,
    /// The last fact there that it was decided by.
    pub after: Option<ScanId>,
    /// What a supervisor has to see, each of this scan or of the one that it displaces.
    pub conflicts: Vec<(ScanId, ConflictKind)>,
    /// Told, not stored.
    pub card: Option<Card>,
    pub report: ScanReport,
}

/// What became of scans that were to be stored.
#[derive(Default)]
pub(in crate::checkin) struct Stored {
    pub scans: HashSet<ScanId>,
    /// Tickets of which something was decided that is not the last of what is known by now, or that may be explained: which of
    /// their entries were double has to be found anew.
    pub unsettled: BTreeSet<TicketId>,
}

/// Stores scans, and their admissions, by one statement. Not stored is what another scan was faster than: either the ticket was
/// admitted here meanwhile, or the same scan was stored. Of several admissions of one ticket the first by corrected time is stored,
/// also when a later one was stored before it; of several facts about where a ticket is, the last. With a scan go its conflicts.
///
/// Planned once, as [`states`] is. All that lock the same tickets do so in the order of their numbers, so that none waits for
/// another in a circle.
pub(in crate::checkin) async fn insert(store: impl PgExecutor<'_>, facts: &[Fact<'_>]) -> Result<Stored, Error> {
    if facts.is_empty() {
        return Ok(Stored::default());
    }
    let columns = Columns::of(facts);
    let rows = sqlx::query!(
        r#"with fact as (
               select * from unnest((select $1::uuid[]), $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[],
                   $8::text[], $9::text[], $10::timestamptz[], $11::bigint[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::text[],
                   $16::jsonb[], $17::boolean[], $18::uuid[], $19::uuid[], $20::text[], $24::boolean[], $25::uuid[], $26::uuid[])
               as fact (id, edition_id, checkpoint_id, ticket_id, device_id, account_id, device_name, direction,
                   source, device_at, offset_ms, local_verdict, received_at, corrected_at, verdict,
                   report, is_admission, made_by, displaces, area, is_believed, entrance_id, made_by_account)
           ), admission as (
               insert into admissions (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at)
               select ticket_id, entrance_id, checkpoint_id, id, device_name, corrected_at
               from fact
               where is_admission and displaces is null and not exists (select from scans where scans.id = fact.id offset 0)
               order by ticket_id, entrance_id, corrected_at, id
               on conflict on constraint admissions_pkey do nothing
               returning scan_id
           ), earlier as (
               update admissions a set scan_id = first.id, checkpoint_id = first.checkpoint_id, device_name = first.device_name, at = first.corrected_at
               from (
                   select distinct on (ticket_id, entrance_id) * from fact
                   where is_admission and displaces is not null and not exists (select from scans where scans.id = fact.id offset 0)
                   order by ticket_id, entrance_id, corrected_at, id
               ) first
               where a.ticket_id = first.ticket_id and a.entrance_id = first.entrance_id and a.scan_id = first.displaces
               returning a.scan_id
           ), stored as (
               insert into scans (id, edition_id, checkpoint_id, ticket_id, device_id, account_id, direction, source,
                   device_at, offset_ms, local_verdict, received_at, corrected_at, verdict, report, made_by, made_by_account, is_believed)
               select id, edition_id, checkpoint_id, ticket_id, device_id, account_id, direction, source,
                   device_at, offset_ms, local_verdict, received_at, corrected_at, verdict, report, made_by, made_by_account, is_believed
               from fact
               where not is_admission or id in (select scan_id from admission) or id in (select scan_id from earlier)
               order by ticket_id, checkpoint_id, id
               on conflict on constraint scans_pkey do nothing
               returning id, edition_id, received_at
           ), presence as (
               insert into presences (ticket_id, area, checkpoint_id, is_in, scan_id, at)
               select distinct on (ticket_id, area) ticket_id, area, checkpoint_id, direction = 'entry', fact.id, corrected_at
               from fact join stored on stored.id = fact.id
               where area is not null
               order by ticket_id, area, corrected_at desc, fact.id desc
               on conflict on constraint presences_pkey do update
               set checkpoint_id = excluded.checkpoint_id, is_in = excluded.is_in, scan_id = excluded.scan_id, at = excluded.at,
                   after_scan_id = presences.scan_id
               where (presences.at, presences.scan_id) < (excluded.at, excluded.scan_id)
               returning scan_id, after_scan_id
           ), conflict as (
               insert into conflicts (scan_id, kind, edition_id, found_at)
               select c.scan_id, c.kind, stored.edition_id, stored.received_at
               from unnest($21::uuid[], $22::uuid[], $23::text[]) as c (cause_id, scan_id, kind)
               join stored on stored.id = c.cause_id
               on conflict on constraint conflicts_pkey do update set settled_at = null where conflicts.settled_by is null
           )
           select stored.id as "id!", presence.scan_id is not null as "is_last!", presence.after_scan_id as "after?"
           from stored left join presence on presence.scan_id = stored.id"#,
        &columns.ids,
        &columns.editions,
        &columns.checkpoints,
        &columns.tickets as &[Option<i64>],
        &columns.devices as &[Option<Uuid>],
        &columns.accounts as &[Option<Uuid>],
        &columns.names as &[&str],
        &columns.directions as &[&str],
        &columns.sources as &[&str],
        &columns.device_times,
        &columns.offsets,
        &columns.local_verdicts as &[Option<&str>],
        &columns.arrivals,
        &columns.times,
        &columns.verdicts as &[&str],
        &columns.reports as &[Json<&ScanReport>],
        &columns.admissions,
        &columns.makers as &[Option<Uuid>],
        &columns.displaced as &[Option<Uuid>],
        &columns.areas as &[Option<&str>],
        &columns.conflict_causes,
        &columns.conflict_scans,
        &columns.conflict_kinds as &[&str],
        &columns.beliefs,
        &columns.entrances,
        &columns.maker_accounts as &[Option<Uuid>]
    )
    .fetch_all(store)
    .await?;
    let stored: HashMap<_, _> = rows.into_iter().map(|row| (ScanId(row.id), row.is_last.then_some(row.after.map(ScanId)))).collect();
    let is_unsettled = |fact: &&Fact<'_>| {
        let came_after = stored.get(&fact.report.scan_id);
        let is_decided_by_the_last = came_after.is_some_and(|after| *after == Some(fact.after));
        let is_double = fact.conflicts.iter().any(|(_, kind)| *kind == ConflictKind::EnteredTwice);
        came_after.is_some() && fact.area.is_some() && (is_double || !is_decided_by_the_last)
    };
    let unsettled = facts.iter().filter(is_unsettled).filter_map(|fact| fact.ticket_id).collect();
    Ok(Stored { scans: stored.into_keys().collect(), unsettled })
}

/// Facts by columns, as the statement takes them.
struct Columns<'f> {
    ids: Vec<Uuid>,
    editions: Vec<Uuid>,
    checkpoints: Vec<Uuid>,
    tickets: Vec<Option<i64>>,
    devices: Vec<Option<Uuid>>,
    accounts: Vec<Option<Uuid>>,
    names: Vec<&'f str>,
    directions: Vec<&'f str>,
    sources: Vec<&'f str>,
    device_times: Vec<DateTime<Utc>>,
    offsets: Vec<i64>,
    local_verdicts: Vec<Option<&'f str>>,
    arrivals: Vec<DateTime<Utc>>,
    times: Vec<DateTime<Utc>>,
    verdicts: Vec<&'f str>,
    reports: Vec<Json<&'f ScanReport>>,
    admissions: Vec<bool>,
    makers: Vec<Option<Uuid>>,
    maker_accounts: Vec<Option<Uuid>>,
    displaced: Vec<Option<Uuid>>,
    areas: Vec<Option<&'f str>>,
    conflict_causes: Vec<Uuid>,
    conflict_scans: Vec<Uuid>,
    conflict_kinds: Vec<&'f str>,
    beliefs: Vec<bool>,
    entrances: Vec<Uuid>,
}

impl<'f> Columns<'f> {
    fn of(facts: &'f [Fact<'_>]) -> Self {
        let scans = || facts.iter().map(|fact| fact.scan);
        let submissions = || scans().map(|scan| &scan.submission);
        let conflicts = || facts.iter().flat_map(|fact| fact.conflicts.iter().map(move |conflict| (fact, conflict)));
        Self {
            ids: submissions().map(|submission| submission.scan_id.0).collect(),
            editions: facts.iter().map(|fact| fact.edition.0).collect(),
            checkpoints: scans().map(|scan| scan.checkpoint.0).collect(),
            tickets: facts.iter().map(|fact| fact.ticket_id.map(|id| id.0.cast_signed())).collect(),
            devices: scans().map(|scan| scan.by.device).collect(),
            accounts: scans().map(|scan| scan.by.account).collect(),
            names: facts.iter().map(|fact| fact.maker.as_ref().unwrap_or(&fact.scan.by.name).as_str()).collect(),
            directions: submissions().map(|submission| submission.direction.key()).collect(),
            sources: scans().map(|scan| scan.source).collect(),
            device_times: submissions().map(|submission| submission.device_at).collect(),
            offsets: submissions().map(|submission| submission.offset_ms).collect(),
            local_verdicts: submissions().map(|submission| submission.local_verdict.map(VerdictKind::key)).collect(),
            arrivals: scans().map(|scan| scan.received_at).collect(),
            times: facts.iter().map(|fact| fact.at).collect(),
            verdicts: facts.iter().map(|fact| fact.report.verdict.key()).collect(),
            reports: facts.iter().map(|fact| Json(&fact.report)).collect(),
            admissions: facts.iter().map(|fact| fact.is_admission).collect(),
            makers: submissions().map(|submission| submission.made_by.map(|device| device.0)).collect(),
            maker_accounts: submissions().map(|submission| submission.sign_in.map(|sign_in| sign_in.account.0)).collect(),
            displaced: facts.iter().map(|fact| fact.displaces.map(|scan| scan.0)).collect(),
            areas: facts.iter().map(|fact| fact.area.map(Area::key)).collect(),
            conflict_causes: conflicts().map(|(fact, _)| fact.report.scan_id.0).collect(),
            conflict_scans: conflicts().map(|(_, (scan, _))| scan.0).collect(),
            conflict_kinds: conflicts().map(|(_, (_, kind))| kind.key()).collect(),
            beliefs: facts.iter().map(|fact| fact.is_believed).collect(),
            entrances: facts.iter().map(|fact| fact.entrance.0).collect(),
        }
    }
}
