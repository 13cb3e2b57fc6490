//! Check-in: recording scans, the checkpoints and their counts.

pub mod attendance;
pub mod board;
mod by_hand;
pub mod certificate;
pub mod conflicts;
mod delivery;
mod doubles;
mod naming;
pub mod presence;
mod proof;
pub mod raffle;
mod recorder;
mod reply;
mod roster;
mod shift;
pub mod stamp;
mod store;
#[cfg(test)]
mod tests;
mod undo;

use std::sync::Arc;

use domain::{
    access::{self, Action, Actor},
    checkin::{Refusal, ScanAnswer, ScanReport, ScanRequest, ScanSubmission, Sent, SentNaming},
    ids::CheckpointId,
    text::Bilingual,
    ticket::{self, Reading},
};
use serde_json::json;

use crate::{
    Context, Error,
    access::EndedPhone,
    audit::{self, Entry},
    registration::spare::{self, Named},
    together::Fault,
    write,
};

pub use by_hand::{Outcome, admit_by_hand};
pub use delivery::{deliver, deliver_late};
pub(crate) use naming::name;
use recorder::Recorded;
pub use recorder::Recorder;
use reply::reply;
pub use roster::{Cards, page as roster};
pub use shift::{checkpoints, shift};
use store::{Held, Scanned, ScannedBy, Spare};
#[cfg(test)]
pub(crate) use undo::undo;
pub use undo::{correct, undo_of};

/// Arrivals at one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointCount {
    pub id: CheckpointId,
    pub name: Bilingual,
    /// People admitted: of a group all.
    pub admitted: i64,
    /// Scans of every verdict.
    pub scans: i64,
    /// People who are in the room, behind the door of a session.
    pub inside: Option<i64>,
}

/// Records scans, each on its own, and answers each, in their order: the stored report for a repeat of a `scan_id`, before any rule;
/// else the verdict of [`domain::checkin::decide`] on the true state; a refusal for one that cannot be read or that the server fails
/// at. Of several entries of one ticket the first by corrected time is the admission.
///
/// Effects for each new scan, by one statement:
/// - one row in `scans`;
/// - one in `admissions` when it is an entry that was admitted;
/// - one in `presences` where it tells who is in a room or on the grounds;
/// - one in `conflicts` for each thing that a supervisor should see: the phone let in by itself who was in already or should not be;
///   its time cannot be right, so that the scan counts from its arrival ([`domain::checkin::corrected`]); another phone or account
///   made the scan; whoever made it had been signed out before, so that it lets nobody in;
/// - the hint of [`crate::live`] to every replica.
///
/// Effects for a repeat: one row in `conflicts` where the phone tells now that it let in whom the answer would not have.
///
/// Effects for tickets, by one transaction of up to three statements for all that follows the others: where a scan is not the last of
/// its ticket in an area whose exits are known, as it comes late, or where its entry looks double, conflicts `entered_twice` that an
/// exit explains are settled, and what has become double is opened, in whatever order the scans come. What a person has settled
/// stays.
///
/// Effects for a spare ticket that is read for the first time: those of [`spare::redeem`], before its scan is decided, unless the
/// phone has turned its holder away.
///
/// Two statements for all scans of a request, however their codes were read, shared with the requests that come at the same time;
/// four where two scans race for one ticket. A spare ticket that is read for the first time takes two more, and its scan is stored by
/// two of its own.
///
/// The text of a code that is no ticket is not stored, nor is anybody's name: a repeat gets the verdict exactly as it was stored, and
/// the person's card as the registration says it now. So the answer is the same byte for byte while the registration is.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] for an unknown checkpoint; [`Error::Unavailable`] when the
/// store cannot be reached: what was recorded before is answered again to a repeat.
pub(crate) async fn record(cx: &Context, actor: &Actor, request: ScanRequest<Sent, SentNaming>) -> Result<Vec<ScanAnswer>, Error> {
    access::authorise(actor, Action::Scan)?;
    record_by(cx, ScannedBy::of(actor), request.checkpoint, request.scans).await
}

/// Records what a phone brings whose day is over, or that was signed out. What it scanned while its day lasted counts as if it had
/// been brought then; what it scanned later, and all of a phone that was signed out, lets nobody in: each scan is a conflict, which
/// a supervisor settles or lets count. And nobody is named to it.
///
/// # Errors
/// Those of [`record`], but the policy's.
pub(crate) async fn record_late(
    cx: &Context,
    phone: &EndedPhone,
    request: ScanRequest<Sent, SentNaming>,
) -> Result<Vec<ScanAnswer>, Error> {
    let mut answers = record_by(cx, ScannedBy::ended(phone), request.checkpoint, request.scans).await?;
    for answer in &mut answers {
        if let ScanAnswer::Report(report) = answer {
            report.card = None;
        }
    }
    Ok(answers)
}

async fn record_by(cx: &Context, by: ScannedBy, checkpoint: CheckpointId, sent: Vec<Sent>) -> Result<Vec<ScanAnswer>, Error> {
    let (mut ids, mut scans) = (Vec::with_capacity(sent.len()), Vec::with_capacity(sent.len()));
    let by = Arc::new(by);
    for sent in sent {
        match sent {
            Sent::Unreadable { scan_id } => ids.push((scan_id, false)),
            Sent::Scan(submission) => {
                ids.push((submission.scan_id, true));
                scans.push(scanned(cx, &by, checkpoint, submission));
            }
        }
    }
    let mut reports = recorded(cx, scans).await?.into_iter();
    ids.into_iter()
        .map(|(scan_id, is_readable)| {
            if !is_readable {
                return Ok(ScanAnswer::Refused { scan_id, refused: Refusal::Unreadable });
            }
            match reports.next().unwrap_or(Err(Fault::Failed)) {
                Ok(report) => Ok(ScanAnswer::Report(Box::new(report))),
                Err(Fault::Failed) => Ok(ScanAnswer::Refused { scan_id, refused: Refusal::Failed }),
                Err(fault) => Err(fault.into()),
            }
        })
        .collect()
}

/// Records one scan, as [`record`] does.
///
/// # Errors
/// Those of [`record`]; [`Error::Internal`] when the server fails at it.
pub async fn record_single(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scan: ScanSubmission) -> Result<ScanReport, Error> {
    access::authorise(actor, Action::Scan)?;
    let scan = scanned(cx, &Arc::new(ScannedBy::of(actor)), checkpoint, scan);
    let report = recorded(cx, vec![scan]).await?.pop();
    Ok(report.ok_or_else(|| Error::Internal("a scan without an outcome".into()))??)
}

/// Records scans, and tells what became of each, in their order. Those of spare tickets that are nobody's are recorded after the
/// others, once their holders are registered.
async fn recorded(cx: &Context, scans: Vec<Scanned>) -> Result<Vec<Result<ScanReport, Fault>>, Error> {
    let _told = cx.live.tell_when_done();
    let outcomes = cx.recorder.record(&cx.pool, scans).await?;
    let mut reports = Vec::with_capacity(outcomes.len());
    let (mut places, mut registered) = (Vec::new(), Vec::new());
    for (place, outcome) in outcomes.into_iter().enumerate() {
        reports.push(match outcome {
            Ok(Recorded::Report(report)) => Ok(*report),
            Ok(Recorded::OfSpare(mut scan)) => {
                let is_turned_away = scan.submission.has_turned_away();
                match redeem(cx, &mut scan, is_turned_away).await {
                    Ok(()) => {
                        places.push(place);
                        registered.push(*scan);
                    }
                    Err(Error::Unavailable(source)) => return Err(Error::Unavailable(source)),
                    Err(error) => tracing::error!(%error, "a spare ticket was not registered"),
                }
                Err(Fault::Failed)
            }
            Err(fault) => Err(fault),
        });
    }
    if registered.is_empty() {
        return Ok(reports);
    }
    for (place, outcome) in places.into_iter().zip(cx.recorder.record(&cx.pool, registered).await?) {
        reports[place] = match outcome {
            Ok(Recorded::Report(report)) => Ok(*report),
            // It was asked before.
            Ok(Recorded::OfSpare(_)) => Err(Fault::Failed),
            Err(fault) => Err(fault),
        };
    }
    Ok(reports)
}

/// What a scan would be answered now, with the person's card: for who looks before somebody is let in. No scan is stored, and nobody
/// is registered who holds a spare ticket.
///
/// Effects: one audit entry `scan.look` of whom the card names, as no scan tells of it.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] for an unknown checkpoint; [`Error::Unavailable`].
pub async fn look(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scan: ScanSubmission) -> Result<ScanReport, Error> {
    access::authorise(actor, Action::Scan)?;
    let mut scan = scanned(cx, &Arc::new(ScannedBy::of(actor)), checkpoint, scan);
    let state = store::states(&cx.pool, &[&scan]).await?.pop().flatten().ok_or(Error::NotFound)?;
    if scan.is_of_open_spare(&state) {
        redeem(cx, &mut scan, true).await?;
    }
    let fact = recorder::decided(&scan, state);
    if let Some(ticket) = fact.ticket_id.filter(|_| fact.card.is_some()) {
        let (now, actor) = (cx.now(), actor.clone());
        write::write(cx, move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let registration = store::registration(tx, ticket).await?;
                let detail = json!({ "checkpoint": checkpoint });
                let entry = Entry { action: "scan.look", subject_kind: "registration", subject_id: registration, detail };
                audit::record(tx, now, audit::By::Actor(&actor), entry).await
            })
        })
        .await?;
    }
    Ok(ScanReport { card: fact.card, ..fact.report })
}

/// Registers the holder of a spare ticket before its scan is decided, unless the person is turned away.
async fn redeem(cx: &Context, scan: &mut Scanned, is_turned_away: bool) -> Result<(), Error> {
    let named = match &scan.held {
        Held::Signed(ticket) => Named::Signed(ticket.id),
        Held::Short(code) => Named::Short(code),
        Held::Badge(_) | Held::Nothing => return Ok(()),
    };
    let spare = spare::redeem(cx, scan.by.parts(), scan.checkpoint.0, named, is_turned_away).await?;
    scan.spare = Spare::Asked(spare.map(Box::new));
    Ok(())
}

fn scanned(cx: &Context, by: &Arc<ScannedBy>, checkpoint: CheckpointId, submission: ScanSubmission) -> Scanned {
    Scanned {
        checkpoint,
        by: Arc::clone(by),
        source: submission.source.key(),
        held: held(cx, &submission.code),
        received_at: cx.now(),
        spare: Spare::Open,
        submission,
    }
}

fn held(cx: &Context, code: &str) -> Held {
    match ticket::recognise(code) {
        Reading::Ticket => verified(cx, code),
        Reading::Short(code) => Held::Short(code),
        Reading::Badge(code) => Held::Badge(code),
        Reading::IdentityCard | Reading::Other => Held::Nothing,
    }
}

/// A text in the form of a ticket, if its signature is true.
fn verified(cx: &Context, code: &str) -> Held {
    ticket::claimed_year(code).and_then(|year| ticket::verify(code, &cx.ticket_keys(year)).ok()).map_or(Held::Nothing, Held::Signed)
}

/// Arrivals by checkpoint of the current edition.
///
/// # Errors
/// The policy's for [`domain::access::Action::SeeCounts`].
pub async fn counts(cx: &Context, actor: &Actor) -> Result<Vec<CheckpointCount>, Error> {
    access::authorise(actor, Action::SeeCounts)?;
    store::counts(&cx.pool).await
}
