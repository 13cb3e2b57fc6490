//! Undoing scans that were mistakes.

mod store;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor, Decision},
    checkin::{FactAnswer, MadeAfter, Refusal, Undo, corrected},
    ids::ScanId,
    ticket::TicketId,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    doubles, held,
    store::{Held, ScannedBy, follow},
};
use crate::{
    Context, Error,
    access::EndedPhone,
    audit::{self, Entry},
    error::Conflict,
    write,
};

/// Undoes scans, each on its own, and answers each, in their order: as before for a repeat of an `id`. Who made a scan may
/// undo it for [`Undo::WINDOW`]; who may correct scans, at any time.
///
/// Effects for each, in one transaction: one row in `undos`, its scan's conflicts settled; when the scan was the ticket's
/// admission, that goes to the first other scan that let the person in there, also to one after an exit, or there is none any more;
/// when it was the last that told where the ticket is, `presences` goes back to the one before; conflicts of the ticket's other
/// entries are settled where they are not double any more, and opened where the scan was the exit that explained them, as far as no
/// person has settled them. The scan itself stays. Then the hint of [`crate::live`] to every replica.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::Unavailable`]: what was undone before is answered again to a
/// repeat.
pub async fn undo(cx: &Context, actor: &Actor, undos: Vec<Undo>) -> Result<Vec<FactAnswer>, Error> {
    access::authorise(actor, Action::Scan)?;
    let may_always = access::decide(actor, Action::CorrectScans) == Decision::Allow;
    undo_all(cx, &Arc::new(ScannedBy::of(actor)), undos, None, may_always).await
}

/// Undoes what a phone tells of its own scans whose day is over, or that was signed out: what it undid while it was believed. All that
/// came later is refused.
///
/// Effects: those of [`undo`].
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn undo_late(cx: &Context, phone: &EndedPhone, undos: Vec<Undo>) -> Result<Vec<FactAnswer>, Error> {
    undo_all(cx, &Arc::new(ScannedBy::ended(phone)), undos, None, false).await
}

/// Undoes a scan of the ticket whose code is held up, as its maker may in time; whoever may correct scans at any time does it by
/// [`correct`], which is on record. A scan of another ticket is unknown here.
///
/// Effects: those of [`undo`].
///
/// # Errors
/// Those of [`undo`]; [`Error::NotFound`] for a code that is no ticket.
pub async fn undo_of(cx: &Context, actor: &Actor, code: &str, undo: Undo) -> Result<Option<Refusal>, Error> {
    access::authorise(actor, Action::Scan)?;
    let Held::Signed(ticket) = held(cx, code) else { return Err(Error::NotFound) };
    let answers = undo_all(cx, &Arc::new(ScannedBy::of(actor)), vec![undo], Some(ticket.id), false).await?;
    Ok(answers.into_iter().find_map(|answer| answer.refused))
}

/// `of`: the ticket that the scans have to be of. One that the server fails at holds up no other.
async fn undo_all(
    cx: &Context,
    by: &Arc<ScannedBy>,
    undos: Vec<Undo>,
    of: Option<TicketId>,
    may_always: bool,
) -> Result<Vec<FactAnswer>, Error> {
    let _told = (!undos.is_empty()).then(|| cx.live.tell_when_done());
    let mut answers = Vec::with_capacity(undos.len());
    for undo in undos {
        let (id, by, received_at) = (undo.id, Arc::clone(by), cx.now());
        let undone = write::write(cx, move |tx| {
            let (undo, by) = (undo.clone(), Arc::clone(&by));
            Box::pin(async move { undo_one(tx, &undo, &by, of, may_always, received_at).await })
        });
        let refused = match undone.await {
            Ok(done) => done.err(),
            Err(Error::Unavailable(source)) => return Err(Error::Unavailable(source)),
            Err(error) => {
                tracing::error!(%error, "a scan was not undone");
                Some(Refusal::Failed)
            }
        };
        answers.push(FactAnswer { id, refused });
    }
    Ok(answers)
}

/// Undoes anybody's scan at any time, as a supervisor does who was told of a mistake.
///
/// Effects, in one transaction: those of [`undo`], every open conflict of the scan settled but `second_guest`, one audit entry `scan.undo` of the
/// ticket's registration. Then the hint of [`crate::live`].
///
/// # Errors
/// The policy's for [`Action::CorrectScans`]; [`Error::NotFound`]; [`Error::Conflict`] where it was undone before.
pub async fn correct(cx: &Context, actor: &Actor, scan: ScanId) -> Result<(), Error> {
    access::authorise(actor, Action::CorrectScans)?;
    let _told = cx.live.tell_when_done();
    let (now, actor) = (cx.now(), actor.clone());
    let undo = Undo { id: ScanId(cx.new_id()), scan_id: scan, device_at: now, offset_ms: 0 };
    write::write(cx, move |tx| {
        let (undo, actor) = (undo.clone(), actor.clone());
        Box::pin(async move {
            let by = ScannedBy::of(&actor);
            let found = store::scan(tx, scan, &by).await?.ok_or(Error::NotFound)?;
            if undo_one(tx, &undo, &by, None, true, now).await? != Ok(Done::Now) {
                return Err(Error::Conflict(Conflict::Scan));
            }
            store::settle_all(tx, scan, now, &by).await?;
            let detail = json!({ "scan": scan });
            let entry = match found.registration {
                Some(id) => Entry { action: "scan.undo", subject_kind: "registration", subject_id: Some(id), detail },
                None => Entry { action: "scan.undo", subject_kind: "scan", subject_id: Some(scan.0), detail },
            };
            audit::record(tx, now, audit::By::Actor(&actor), entry).await
        })
    })
    .await
}

/// When a scan was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Now,
    Before,
}

async fn undo_one(
    tx: &mut PgConnection,
    undo: &Undo,
    by: &ScannedBy,
    of: Option<TicketId>,
    may_always: bool,
    received_at: DateTime<Utc>,
) -> Result<Result<Done, Refusal>, Error> {
    let scan = store::scan(tx, undo.scan_id, by).await?.filter(|scan| of.is_none() || scan.ticket == of);
    let Some(scan) = scan else { return Ok(Err(Refusal::UnknownScan)) };
    // The phone may have been paired anew since: it undoes what it made before.
    let after = MadeAfter { signed_in_at: None, synced_at: scan.synced_at };
    let at = corrected(undo.device_at, undo.offset_ms, received_at, after).unwrap_or(received_at);
    if scan.is_undone {
        return Ok(Ok(Done::Before));
    }
    let is_own = (by.device.is_some() && by.device == scan.device) || (by.account.is_some() && by.account == scan.account);
    if !(may_always || (is_own && !by.had_ended(at) && Undo::is_in_time(scan.at, at))) {
        return Ok(Err(Refusal::NotYours));
    }
    if !store::insert(tx, undo, by, received_at, at).await? {
        return Ok(Ok(Done::Before));
    }
    // Rows of a ticket are held in the order of `insert` of scans: admissions, presences, conflicts.
    let freed = store::free(tx, undo.scan_id).await?;
    if let Some(ticket) = scan.ticket {
        doubles::hold(tx, &BTreeSet::from([ticket])).await?;
    }
    store::settle_entry(tx, undo.scan_id, received_at, by).await?;
    if let Some((ticket, entrance)) = freed {
        follow::admit_first(tx, ticket, entrance).await?;
    }
    if let Some((ticket, area)) = store::leave(tx, undo.scan_id).await? {
        follow::place_last(tx, ticket, area).await?;
    }
    if let Some(ticket) = scan.ticket {
        doubles::find(tx, &BTreeSet::from([ticket]), received_at).await?;
    }
    Ok(Ok(Done::Now))
}
