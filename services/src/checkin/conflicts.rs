//! The inbox of conflicts: what phones did and the rule would not have done, for a supervisor to settle.

mod counting;
mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    checkin::{Direction, Standing, VerdictKind},
    ids::{EditionId, RegistrationId, ScanId},
    text::Bilingual,
};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

pub use super::store::ConflictKind;
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    error::Conflict as Moved,
    write,
};
pub use counting::{COUNTED_MAX, count_in, count_in_all};
use store::exists;
pub(super) use store::settle;

/// Conflicts on a page of each list.
pub const LISTED: i64 = 200;

/// One thing to settle about one scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub scan: ScanId,
    pub kind: ConflictKind,
    pub found_at: DateTime<Utc>,
    /// Whose ticket it is; `None` for a code that was none, or somebody who was erased.
    pub person: Option<(RegistrationId, String)>,
    /// Who else came in by this scan of that person's spare ticket, as the gate was told; `None` also for somebody who was erased.
    pub second_guest: Option<SecondGuest>,
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
    /// How many open scans may be counted in that were made and brought as this one was, with this one; 0 where this one may not.
    pub countable: i64,
    /// Somebody has let the scan count.
    pub is_counted: bool,
    /// When it was settled, and by whom.
    pub settled: Option<(DateTime<Utc>, Option<String>)>,
}

impl Conflict {
    /// Whether undoing the scan changes anything: it tells that somebody came in.
    #[must_use]
    pub fn may_be_undone(&self) -> bool {
        let let_in = ConflictKind::OF_ENTRY.contains(&self.kind) || self.verdict.admits();
        !self.is_undone && self.direction == Direction::Entry && let_in
    }

    /// Whether [`count_in`] changes anything: the scan tells of somebody who came in, left or was seen, and counts for nothing as whoever
    /// made it had been signed out. Whom the rule would not let in is let in by hand.
    #[must_use]
    pub fn may_be_counted(&self) -> bool {
        self.countable > 0
    }
}

/// Somebody who came in by the spare ticket of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondGuest {
    pub id: RegistrationId,
    pub full_name: String,
    /// Of the own ticket: blocked until staff have seen to it.
    pub standing: Standing,
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

/// The name of a conflict: after it a page of a list begins.
pub type ConflictKey = (ScanId, ConflictKind);

/// A page of a list of conflicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// [`LISTED`] at most.
    pub conflicts: Vec<Conflict>,
    /// After which the next page begins, where there is one.
    pub next: Option<ConflictKey>,
}

/// The inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    /// How many are open, on every page.
    pub count: i64,
    /// Who may have come in wrongly first, and of these the oldest.
    pub open: Listed,
    /// The last settled first.
    pub settled: Listed,
}

/// The conflicts of the current edition: of each list the page after a conflict, or the first one.
///
/// # Errors
/// The policy's for [`Action::CorrectScans`].
pub async fn inbox(
    cx: &Context,
    actor: &Actor,
    open_after: Option<ConflictKey>,
    settled_after: Option<ConflictKey>,
) -> Result<Inbox, Error> {
    access::authorise(actor, Action::CorrectScans)?;
    let Some(edition) = edition::current(cx).await? else { return Ok(Inbox::default()) };
    let (count, open, settled) = tokio::try_join!(
        store::open(&cx.pool),
        listed(&cx.pool, edition.id, false, open_after, LISTED),
        listed(&cx.pool, edition.id, true, settled_after, LISTED)
    )?;
    Ok(Inbox { count, open, settled })
}

/// Reads a page of so many.
async fn listed(pool: &PgPool, edition: EditionId, is_settled: bool, after: Option<ConflictKey>, most: i64) -> Result<Listed, Error> {
    let mut conflicts = if is_settled {
        store::settled_page(pool, edition, after, most + 1).await?
    } else {
        store::open_page(pool, edition, after, most + 1).await?
    };
    let is_more = conflicts.len() > usize::try_from(most).unwrap_or(usize::MAX);
    if is_more {
        conflicts.pop();
    }
    let next = conflicts.last().filter(|_| is_more).map(|last| (last.scan, last.kind));
    Ok(Listed { conflicts, next })
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
                let is_known = exists(&mut *tx, scan, kind).await?;
                return Err(if is_known { Error::Conflict(Moved::Scan) } else { Error::NotFound });
            }
            let detail = json!({ "kind": kind.key() });
            let entry = Entry { action: "conflict.accept", subject_kind: "scan", subject_id: Some(scan.0), detail };
            audit::record(tx, now, By::Actor(&actor), entry).await
        })
    })
    .await
}

/// Opens that two people came in by one spare ticket, the second of them by this scan.
///
/// Effects: the conflict, in the transaction.
///
/// # Errors
/// The store's.
pub(crate) async fn open_second_guest(tx: &mut PgConnection, scan: ScanId, edition: EditionId, now: DateTime<Utc>) -> Result<(), Error> {
    super::store::insert_conflicts(tx, &[(scan, ConflictKind::SecondGuest, edition, now)]).await
}

/// What the live board tells of trouble: open conflicts, and the scans that wait on phones and would count when they are brought.
/// Those of paired phones which are in use; those of accounts' phones as long as they told of them within
/// [`WAITING_LISTED`](crate::access::WAITING_LISTED), also after the account was signed out, by itself or from elsewhere: whoever
/// signs in there next brings them, and from then on that phone alone tells of them.
pub(super) async fn trouble(cx: &Context, edition: EditionId) -> Result<(i64, i64), Error> {
    store::trouble(&cx.pool, edition, cx.now()).await
}
