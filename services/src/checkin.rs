//! Check-in: recording scans, the checkpoints and their counts.

use domain::{
    access::Actor,
    checkin::{Checkpoint, ScanReport, ScanRequest},
    ids::CheckpointId,
    text::Bilingual,
    ticket::TicketKey,
};

use crate::{Context, Error};

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
    let _ = (cx, actor);
    todo!()
}

/// Records scans, oldest first, each on its own, and answers each: the stored report for a repeat of a
/// `scan_id`, before any rule; else the verdict of [`domain::checkin::decide`] on the true state.
///
/// Effects for each new scan, atomically: one row in `scans`, one in `admissions` when it is an entry that
/// was admitted. Two statements for a scan; four when two gates race for one ticket.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] for an unknown checkpoint.
pub async fn record(cx: &Context, actor: &Actor, request: ScanRequest) -> Result<Vec<ScanReport>, Error> {
    let _ = (cx, actor, request);
    todo!()
}

/// Arrivals by checkpoint of the current edition.
///
/// # Errors
/// The policy's for [`domain::access::Action::SeeCounts`].
pub async fn counts(cx: &Context, actor: &Actor) -> Result<Vec<CheckpointCount>, Error> {
    let _ = (cx, actor);
    todo!()
}
