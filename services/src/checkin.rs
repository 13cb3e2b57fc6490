//! Check-in: recording scans, the checkpoints and their counts.

mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{
        Admission, Checkpoint, Direction, Presented, Refusal, Roster, Scan, ScanAnswer, ScanReport, ScanRequest, ScanSubmission, Sent,
        decide,
    },
    ids::CheckpointId,
    text::Bilingual,
    ticket::{self, Reading, TicketKey},
};
use sqlx::PgPool;

use crate::{Context, Error, edition, write};

/// How often a scan is decided anew when another gate was faster. Each round the other gate's scan has been
/// stored, so the second round normally ends it.
const RACE_ROUNDS: u32 = 5;

/// What the scanner page needs before the first scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerSetup {
    pub year: u16,
    pub checkpoints: Vec<Checkpoint>,
    pub keys: Vec<TicketKey>,
}

/// Arrivals at one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointCount {
    pub id: CheckpointId,
    pub name: Bilingual,
    /// Tickets admitted.
    pub admitted: i64,
    /// Scans of every verdict.
    pub scans: i64,
}

/// The checkpoints of the current edition and the keys that its tickets are signed with.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] before any import.
pub async fn setup(cx: &Context, actor: &Actor) -> Result<ScannerSetup, Error> {
    access::authorise(actor, Action::Scan)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let checkpoints = store::checkpoints(&cx.pool, edition.id).await?;
    Ok(ScannerSetup { year: edition.year, checkpoints, keys: cx.ticket_keys(edition.year) })
}

/// Records scans in the order of the request, each on its own, and answers each: the stored report for a repeat of a
/// `scan_id`, before any rule; else the verdict of [`domain::checkin::decide`] on the true state; a refusal for one that
/// cannot be read or that the server fails at, so that it holds up no other.
///
/// Effects for each new scan, atomically: one row in `scans`, one in `admissions` when it is an entry that
/// was admitted. Two statements for a scan; four when two gates race for one ticket. The text of a code
/// that is no ticket is not stored.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] for an unknown checkpoint;
/// [`Error::Unavailable`] when the store cannot be reached: what was recorded before is answered again to a repeat.
pub async fn record(cx: &Context, actor: &Actor, request: ScanRequest<Sent>) -> Result<Vec<ScanAnswer>, Error> {
    access::authorise(actor, Action::Scan)?;
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::detached(cx, move |pool| async move {
        let mut answers = Vec::with_capacity(request.scans.len());
        for sent in &request.scans {
            answers.push(match sent {
                Sent::Unreadable { scan_id } => ScanAnswer::Refused { scan_id: *scan_id, refused: Refusal::Unreadable },
                Sent::Scan(scan) => match record_one(&cx_, &pool, &actor, request.checkpoint, scan).await {
                    Ok(report) => ScanAnswer::Report(report),
                    Err(Error::Internal(source)) => {
                        tracing::error!(scan = %scan.scan_id.0, error = %source, "a scan was not recorded");
                        ScanAnswer::Refused { scan_id: scan.scan_id, refused: Refusal::Failed }
                    }
                    Err(error) => return Err(error),
                },
            });
        }
        Ok(answers)
    })
    .await
}

/// Records one scan, as [`record`] does.
///
/// # Errors
/// Those of [`record`]; [`Error::Internal`] when the server fails at it.
pub async fn record_single(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scan: ScanSubmission) -> Result<ScanReport, Error> {
    access::authorise(actor, Action::Scan)?;
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::detached(cx, move |pool| async move { record_one(&cx_, &pool, &actor, checkpoint, &scan).await }).await
}

async fn record_one(
    cx: &Context,
    pool: &PgPool,
    actor: &Actor,
    checkpoint: CheckpointId,
    submission: &ScanSubmission,
) -> Result<ScanReport, Error> {
    let held = match ticket::recognise(&submission.code) {
        Reading::Ticket => verified(cx, &submission.code),
        Reading::Short(code) => store::Held::Short(code),
        Reading::IdentityCard | Reading::Other => store::Held::Nothing,
    };
    let received_at = cx.now();
    let at = corrected(submission, received_at);
    for _ in 0..RACE_ROUNDS {
        let state = store::state(pool, checkpoint, submission.scan_id, &held).await?.ok_or(Error::NotFound)?;
        if let Some(report) = state.report {
            return Ok(report);
        }
        let presented = match (&held, &state.record) {
            (store::Held::Signed(ticket), _) => Presented::Signed(*ticket),
            (store::Held::Short(_), Some(record)) => Presented::Looked(record.id),
            _ => Presented::Unreadable,
        };
        let ticket_id = match presented {
            Presented::Signed(ticket) => Some(ticket.id),
            Presented::Looked(id) => Some(id),
            Presented::Unreadable => None,
        };
        let roster = Roster { checkpoint: state.checkpoint, complete: true, records: state.record.into_iter().collect() };
        let verdict = decide(&roster, &Scan { presented, direction: submission.direction, at });
        let admission = (verdict.admits() && submission.direction == Direction::Entry).then(|| Admission {
            scan_id: submission.scan_id,
            checkpoint_vi: roster.checkpoint.name_vi.clone(),
            checkpoint_en: roster.checkpoint.name_en.clone(),
            device: device_name(actor).to_owned(),
            at,
        });
        // Who is stopped or wrong here is still named: the steward has to talk to the person.
        let report = ScanReport { scan_id: submission.scan_id, verdict, card: state.card };
        let fact = store::Fact {
            checkpoint,
            edition: state.edition,
            ticket_id,
            actor,
            submission,
            received_at,
            corrected_at: at,
            report: &report,
        };
        if store::insert(pool, &fact, admission.as_ref()).await? {
            return Ok(report);
        }
    }
    Err(Error::Unavailable("a scan lost every race for its ticket".into()))
}

/// A text in the form of a ticket, if its signature is true.
fn verified(cx: &Context, code: &str) -> store::Held {
    ticket::claimed_year(code)
        .and_then(|year| ticket::verify(code, &cx.ticket_keys(year)).ok())
        .map_or(store::Held::Nothing, store::Held::Signed)
}

/// The phone's time, corrected by its offset; never later than its arrival here.
fn corrected(submission: &ScanSubmission, received_at: DateTime<Utc>) -> DateTime<Utc> {
    TimeDelta::try_milliseconds(submission.offset_ms)
        .and_then(|offset| submission.device_at.checked_add_signed(offset))
        .map_or(received_at, |at| at.min(received_at))
}

fn device_name(actor: &Actor) -> &str {
    match actor {
        Actor::Account { name, .. } | Actor::Device { name, .. } => name,
        Actor::Anonymous => "",
    }
}

/// Arrivals by checkpoint of the current edition.
///
/// # Errors
/// The policy's for [`domain::access::Action::SeeCounts`].
pub async fn counts(cx: &Context, actor: &Actor) -> Result<Vec<CheckpointCount>, Error> {
    access::authorise(actor, Action::SeeCounts)?;
    store::counts(&cx.pool).await
}
