//! The inbox of conflicts: what phones did and the rule would not have done, for a supervisor to settle.

mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{Direction, VerdictKind},
    ids::{EditionId, RegistrationId, ScanId},
    text::Bilingual,
};
use serde_json::json;

pub use super::store::ConflictKind;
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    error::Conflict as Moved,
    write,
};
pub(super) use store::settle;

/// The most conflicts of each list that are shown.
pub const LISTED: i64 = 200;

/// One thing to settle about one scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub scan: ScanId,
    pub kind: ConflictKind,
    pub found_at: DateTime<Utc>,
    /// Whose ticket it is; `None` for a code that was none, or somebody who was erased.
    pub person: Option<(RegistrationId, String)>,
    pub direction: Direction,
    /// What the rule decided.
    pub verdict: VerdictKind,
    pub here: Side,
    /// The name of the phone or person that brought the scan, where another one made it.
    pub brought_by: Option<String>,
    /// The entry that counts at the same checkpoint, where it is another one.
    pub counts: Option<Side>,
    /// Somebody let the person in by hand.
    pub is_by_hand: bool,
    pub is_undone: bool,
    /// When it was settled, and by whom.
    pub settled: Option<(DateTime<Utc>, Option<String>)>,
}

impl Conflict {
    /// Whether undoing the scan changes anything: it tells that somebody came in.
    #[must_use]
    pub fn may_be_undone(&self) -> bool {
        let let_in = matches!(self.kind, ConflictKind::EnteredTwice | ConflictKind::EnteredAgainstRule) || self.verdict.admits();
        !self.is_undone && self.direction == Direction::Entry && let_in
    }
}

/// One of the scans that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub checkpoint: Bilingual,
    /// The name of the phone or of the person who scanned, by what the phone says; `None` where that is nobody known.
    pub device: Option<String>,
    /// The phone's own clock, the same corrected, and the server's when the scan arrived.
    pub device_at: DateTime<Utc>,
    pub at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
}

/// The inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    /// The oldest first.
    pub open: Vec<Conflict>,
    /// The last settled first.
    pub settled: Vec<Conflict>,
}

/// The conflicts of the current edition, [`LISTED`] of each list at most.
///
/// # Errors
/// The policy's for [`Action::CorrectScans`].
pub async fn inbox(cx: &Context, actor: &Actor) -> Result<Inbox, Error> {
    access::authorise(actor, Action::CorrectScans)?;
    let Some(edition) = edition::current(cx).await? else { return Ok(Inbox::default()) };
    let (open, settled) =
        tokio::try_join!(store::list(&cx.pool, edition.id, false, LISTED), store::list(&cx.pool, edition.id, true, LISTED))?;
    Ok(Inbox { open, settled })
}

/// How many conflicts of the current edition are open.
///
/// # Errors
/// The policy's for [`Action::CorrectScans`].
pub async fn open(cx: &Context, actor: &Actor) -> Result<i64, Error> {
    access::authorise(actor, Action::CorrectScans)?;
    store::open(&cx.pool).await
}

/// Settles a conflict: seen, and everything stays as it is.
///
/// Effects, in one transaction: the conflict, one audit entry `conflict.accept`. Then the hint of [`crate::live`].
///
/// # Errors
/// The policy's for [`Action::CorrectScans`]; [`Error::NotFound`]; [`Error::Conflict`] where it was settled before.
pub async fn accept(cx: &Context, actor: &Actor, scan: ScanId, kind: ConflictKind) -> Result<(), Error> {
    access::authorise(actor, Action::CorrectScans)?;
    let _told = cx.live.tell_when_done();
    let (now, actor) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let actor = actor.clone();
        Box::pin(async move {
            if !store::settle(tx, scan, kind, now, actor.account()).await? {
                let is_known = store::exists(tx, scan, kind).await?;
                return Err(if is_known { Error::Conflict(Moved::Scan) } else { Error::NotFound });
            }
            let detail = json!({ "kind": kind.key() });
            let entry = Entry { action: "conflict.accept", subject_kind: "scan", subject_id: Some(scan.0), detail };
            audit::record(tx, now, By::Actor(&actor), entry).await
        })
    })
    .await
}

/// What the live board tells of trouble: open conflicts, and the scans that wait on phones and would count when they are brought.
/// Those of paired phones which are in use; those of accounts' phones as long as they told of them within
/// [`WAITING_LISTED`](crate::access::WAITING_LISTED), also after the account was signed out, by itself or from elsewhere: whoever
/// signs in there next brings them, and from then on that phone alone tells of them.
pub(super) async fn trouble(cx: &Context, edition: EditionId) -> Result<(i64, i64), Error> {
    store::trouble(&cx.pool, edition, cx.now()).await
}
