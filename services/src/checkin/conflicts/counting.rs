//! Letting scans count that let nobody in by themselves, as whoever made them was signed out: the person came in all the same.

mod store;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{ScanRequest, Step, VerdictKind},
    ids::ScanId,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{ConflictKind, Moved, exists};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    checkin::{doubles, store::follow},
    write,
};

/// The most scans that [`count_in_all`] lets count at once.
pub const COUNTED_MAX: usize = ScanRequest::MAX;

/// Lets a scan of the open conflict [`ConflictKind::EndedPhone`] count from the time at which it was made: an entry, an exit, or that
/// the person was seen. Everything becomes what it would be if the scan had been believed when it came.
///
/// Effects, in one transaction: the conflict settled and marked as counted, and with it [`ConflictKind::ForeignPhone`] of the same scan,
/// as who made it and who brought it is told beside; the ticket's admission there goes to the scan if it is the first entry by corrected
/// time; of two entries the later is a conflict `entered_twice` where no exit explains it, and such conflicts of the ticket that an exit
/// explains now are settled by themselves; `presences` where it is the last fact of its area; one audit entry `conflict.count_in` of the
/// ticket's registration. The scan stays as it was stored, and may be undone like any other. Then the hint of [`crate::live`].
///
/// # Errors
/// The policy's for [`Action::CorrectScans`]; [`Error::NotFound`] where there is no such conflict; [`Error::Conflict`] where it was
/// settled before, the scan was undone, or nobody came in by it: the rule let nobody in, or the phone did not.
pub async fn count_in(cx: &Context, actor: &Actor, scan: ScanId) -> Result<(), Error> {
    access::authorise(actor, Action::CorrectScans)?;
    let _told = cx.live.tell_when_done();
    let (now, actor) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let actor = actor.clone();
        Box::pin(async move { count_one(tx, &actor, scan, now).await })
    })
    .await
}

/// Lets all scans count that are as this one: made by the same phone or account, and brought by the same one, as what a phone says of who
/// made a scan gives no right. The earliest first, [`COUNTED_MAX`] at most: what remains is counted by a repeat. Gives back how many were
/// counted.
///
/// Effects: those of [`count_in`] for each, in a transaction of its own; what was settled meanwhile is left as it is. Once begun, it goes
/// on, whoever still listens.
///
/// # Errors
/// The policy's for [`Action::CorrectScans`]; [`Error::NotFound`] where the scan has no conflict [`ConflictKind::EndedPhone`];
/// [`Error::Conflict`] where nothing is left to count; [`Error::Unavailable`]: what was counted before stays so.
pub async fn count_in_all(cx: &Context, actor: &Actor, scan: ScanId) -> Result<usize, Error> {
    access::authorise(actor, Action::CorrectScans)?;
    let (told, now, actor) = (cx.live.tell_when_done(), cx.now(), actor.clone());
    write::detached(cx, move |pool| async move {
        let _told = told;
        let mut counted = 0;
        for alike in store::alike(&pool, scan, COUNTED_MAX).await? {
            let once = write::write_within(&pool, |tx| {
                let actor = actor.clone();
                Box::pin(async move { count_one(tx, &actor, alike, now).await })
            });
            match once.await {
                Ok(()) => counted += 1,
                Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if counted > 0 {
            return Ok(counted);
        }
        let is_known = exists(&pool, scan, ConflictKind::EndedPhone).await?;
        Err(if is_known { Error::Conflict(Moved::Scan) } else { Error::NotFound })
    })
    .await
}

async fn count_one(tx: &mut PgConnection, actor: &Actor, scan: ScanId, now: DateTime<Utc>) -> Result<(), Error> {
    // With the scan it is held against its undoing.
    store::hold(tx, scan).await?;
    let Some(told) = store::countable(tx, scan).await? else {
        let is_known = exists(&mut *tx, scan, ConflictKind::EndedPhone).await?;
        return Err(if is_known { Error::Conflict(Moved::Scan) } else { Error::NotFound });
    };
    // No other conflict of a scan is of another one's concern, so these are held first; the rows of the ticket then in the order of
    // `insert` of scans: admissions, presences, conflicts.
    if !store::settle(tx, scan, now, actor.account()).await? {
        return Err(Error::Conflict(Moved::Scan));
    }
    let mut double = None;
    if told.step == Step::Entered
        && let Some(admitted) = follow::admit_first(tx, told.ticket, told.entrance).await?
    {
        // Whoever was admitted first once was so before this was heard of.
        let was_admitted = matches!(told.verdict, VerdictKind::Admit | VerdictKind::AdmitUnconfirmed);
        double = admitted.displaced.or_else(|| (was_admitted && admitted.by != scan).then_some(scan));
    }
    let ticket = BTreeSet::from([told.ticket]);
    doubles::hold(tx, &ticket).await?;
    if let Some(area) = told.area {
        follow::place_last(tx, told.ticket, area).await?;
    }
    if let Some(double) = double {
        doubles::open(tx, double, now).await?;
    }
    doubles::find(tx, &ticket, now).await?;
    let detail = json!({ "scan": scan });
    let entry = match told.registration {
        Some(id) => Entry { action: "conflict.count_in", subject_kind: "registration", subject_id: Some(id), detail },
        None => Entry { action: "conflict.count_in", subject_kind: "scan", subject_id: Some(scan.0), detail },
    };
    audit::record(tx, now, By::Actor(actor), entry).await
}
