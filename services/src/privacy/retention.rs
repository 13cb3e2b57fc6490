//! What has served its time goes: every night, or when the operator says so.

use chrono::{NaiveDate, TimeDelta};
use domain::{
    privacy::is_night,
    time::{local_date, start_of_day},
};
use serde_json::json;

use super::store::retention as store;
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    registration::{self, CapacityFault},
    write,
};

/// How long the phone of an account is kept after its last contact: a browser that is opened again within that time still tells
/// what waits in it, and whose it is. A scan has its own time for two days only, so nothing that counts comes later. The row
/// of a screen is kept as long, and nothing needs it then.
pub(super) const DEVICES_KEPT: TimeDelta = TimeDelta::days(30);
/// How many people are erased in one transaction.
const BATCH: i64 = 500;

/// What has served its time, by kind: counts of rows that go, or lose what tells of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Registrations that lose the person.
    pub attendees: u64,
    /// Delegations that lose their leader.
    pub leaders: u64,
    /// Invitations that lose their guest.
    pub guests: u64,
    /// Lists from other systems, whether they were stored or not.
    pub lists: u64,
    /// Answered requests.
    pub requests: u64,
    /// Proofs of consent.
    pub proofs: u64,
    /// Entries of the audit log.
    pub logs: u64,
    /// Sign-ins that have ended, and attempts at signing in.
    pub sign_ins: u64,
    /// Phones that accounts scanned on and that were last heard of [`DEVICES_KEPT`] ago, and screens of then. Paired phones stay:
    /// scans are theirs.
    pub devices: u64,
}

/// Takes away what has served its time by the periods of each edition; with `dry_run` it only counts.
///
/// Effects: rows of the tables of all areas, in transactions of their own; one audit entry `privacy.retention` with the counts.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn retention(cx: &Context, dry_run: bool) -> Result<Swept, Error> {
    let now = cx.now();
    let today = local_date(now);
    let attendees = if dry_run { store::count_attendees(&cx.pool, today).await? } else { attendees(cx, today).await? };
    let mut swept = write::write(cx, move |tx| Box::pin(async move { store::sweep(tx, today, now, dry_run).await })).await?;
    swept.attendees = attendees;
    (swept.proofs, swept.logs) = store::count_records(&cx.pool, start_of_day(today)).await?;
    if dry_run {
        return Ok(swept);
    }
    write::write(cx, move |tx| {
        Box::pin(async move {
            if swept.proofs + swept.logs > 0 {
                store::delete_records(tx, start_of_day(today)).await?;
            }
            if swept == Swept::default() {
                return Ok(());
            }
            let Swept { attendees, leaders, guests, lists, requests, proofs, logs, sign_ins, devices } = swept;
            let detail = json!({
                "attendees": attendees, "leaders": leaders, "guests": guests, "lists": lists, "requests": requests,
                "proofs": proofs, "logs": logs, "sign_ins": sign_ins, "devices": devices
            });
            audit::record(tx, now, By::System, Entry { action: "privacy.retention", subject_kind: "database", subject_id: None, detail })
                .await
        })
    })
    .await?;
    Ok(swept)
}

/// Erases the people whose time has come, so many at once that nobody waits for long.
async fn attendees(cx: &Context, today: NaiveDate) -> Result<u64, Error> {
    let (now, mut gone) = (cx.now(), 0);
    loop {
        let batch = write::write(cx, move |tx| {
            Box::pin(async move {
                let ids = store::attendees(tx, today, BATCH).await?;
                super::store::erasure::forget(tx, &ids, now).await
            })
        })
        .await?;
        if batch == 0 {
            return Ok(gone);
        }
        gone += batch;
    }
}

/// What a night's work found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Night {
    pub swept: Swept,
    /// Counters that do not tell the truth.
    pub faults: Vec<CapacityFault>,
}

/// Does the work of this night, if it is night, and if no replica has done it: takes away what has served its time and proves the
/// counters. None where there was nothing to do.
///
/// Effects: the night's row; those of [`retention`].
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn nightly(cx: &Context) -> Result<Option<Night>, Error> {
    let now = cx.now();
    let today = local_date(now);
    if !is_night(now) || !write::statement(cx, move |pool| async move { store::begin_night(&pool, today, now).await }).await? {
        return Ok(None);
    }
    let swept = retention(cx, false).await?;
    let faults = registration::check_capacities(cx).await?;
    let ended = cx.now();
    write::statement(cx, move |pool| async move { store::end_night(&pool, today, ended).await }).await?;
    Ok(Some(Night { swept, faults }))
}
