//! Undoing scans that were mistakes.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor, Decision},
    checkin::{FactAnswer, Refusal, Undo},
    ids::ScanId,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{corrected, store::By};
use crate::{
    Context, Error,
    audit::{self, Entry},
    error::Conflict,
    write,
};

/// Undoes scans, each on its own, and answers each, in their order: as before for a repeat of an `id`. Who made a scan may
/// undo it for [`Undo::WINDOW`]; who may correct scans, at any time.
///
/// Effects for each, in one transaction: one row in `undos`, its scan's conflicts settled; when the scan was the ticket's
/// admission, that goes to the next gate's scan that let the person in, or there is none any more. The scan itself stays. Then
/// the hint of [`crate::live`] to every replica.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::Unavailable`]: what was undone before is answered again to a
/// repeat.
pub async fn undo(cx: &Context, actor: &Actor, undos: Vec<Undo>) -> Result<Vec<FactAnswer>, Error> {
    access::authorise(actor, Action::Scan)?;
    let may_always = access::decide(actor, Action::CorrectScans) == Decision::Allow;
    let _told = (!undos.is_empty()).then(|| cx.live.tell_when_done());
    let mut answers = Vec::with_capacity(undos.len());
    for undo in undos {
        let (id, actor, received_at) = (undo.id, actor.clone(), cx.now());
        let refused = write::write(cx, move |tx| {
            let (undo, by) = (undo.clone(), By::of(&actor));
            Box::pin(async move { undo_one(tx, &undo, &by, may_always, received_at).await })
        })
        .await?;
        answers.push(FactAnswer { id, refused });
    }
    Ok(answers)
}

/// Undoes anybody's scan at any time, as a supervisor does who was told of a mistake.
///
/// Effects, in one transaction: those of [`undo`], every open conflict of the scan settled, one audit entry `scan.undo` of the
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
            let found = store::scan(tx, scan).await?.ok_or(Error::NotFound)?;
            if found.is_undone {
                return Err(Error::Conflict(Conflict::Scan));
            }
            let by = By::of(&actor);
            undo_one(tx, &undo, &by, true, now).await?;
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

async fn undo_one(
    tx: &mut PgConnection,
    undo: &Undo,
    by: &By,
    may_always: bool,
    received_at: DateTime<Utc>,
) -> Result<Option<Refusal>, Error> {
    let at = corrected(undo.device_at, undo.offset_ms, received_at).unwrap_or(received_at);
    let Some(scan) = store::scan(tx, undo.scan_id).await? else { return Ok(Some(Refusal::UnknownScan)) };
    if scan.is_undone {
        return Ok(None);
    }
    let is_own = (by.device.is_some() && by.device == scan.device) || (by.account.is_some() && by.account == scan.account);
    if !(may_always || (is_own && Undo::is_in_time(scan.at, at))) {
        return Ok(Some(Refusal::NotYours));
    }
    store::insert(tx, undo, by, received_at, at).await?;
    store::pass_on(tx, undo.scan_id, received_at, by).await?;
    store::move_back(tx, undo.scan_id).await?;
    Ok(None)
}

mod store {
    use super::{By, DateTime, Error, PgConnection, ScanId, Undo, Utc};

    /// A scan as its undoing needs it.
    pub(super) struct ScanRow {
        pub device: Option<uuid::Uuid>,
        pub account: Option<uuid::Uuid>,
        pub at: DateTime<Utc>,
        pub is_undone: bool,
        /// Whose ticket it was.
        pub registration: Option<uuid::Uuid>,
    }

    /// The scan, held against another undoing at the same moment.
    pub(super) async fn scan(tx: &mut PgConnection, id: ScanId) -> Result<Option<ScanRow>, Error> {
        let row = sqlx::query!(
            r#"select s.device_id, s.account_id, s.corrected_at, exists (select from undos u where u.scan_id = s.id) as "is_undone!",
                      (select t.registration_id from tickets t where t.id = s.ticket_id) as registration_id
               from scans s where s.id = $1 for update of s"#,
            id.0
        )
        .fetch_optional(tx)
        .await?;
        Ok(row.map(|row| ScanRow {
            device: row.device_id,
            account: row.account_id,
            at: row.corrected_at,
            is_undone: row.is_undone,
            registration: row.registration_id,
        }))
    }

    pub(super) async fn insert(
        tx: &mut PgConnection,
        undo: &Undo,
        by: &By,
        received_at: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        sqlx::query!(
            "insert into undos (id, scan_id, device_id, account_id, device_at, received_at, corrected_at, offset_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            undo.id.0,
            undo.scan_id.0,
            by.device,
            by.account,
            undo.device_at,
            received_at,
            at,
            undo.offset_ms
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Settles whatever is open about the scan.
    pub(super) async fn settle_all(tx: &mut PgConnection, scan: ScanId, now: DateTime<Utc>, by: &By) -> Result<(), Error> {
        sqlx::query!(
            "update conflicts set settled_at = $2, settled_by = $3 where scan_id = $1 and settled_at is null",
            scan.0,
            now,
            by.account
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Puts a ticket back to where its last fact but this says that it is.
    pub(super) async fn move_back(tx: &mut PgConnection, scan: ScanId) -> Result<(), Error> {
        let Some(moved) =
            sqlx::query!("delete from presences where scan_id = $1 returning ticket_id, area", scan.0).fetch_optional(&mut *tx).await?
        else {
            return Ok(());
        };
        sqlx::query!(
            "insert into presences (ticket_id, area, checkpoint_id, is_in, scan_id, at)
             select s.ticket_id, c.area, s.checkpoint_id, s.direction = 'entry', s.id, s.corrected_at
             from scans s join checkpoints_by_programme c on c.id = s.checkpoint_id and c.area = $2
             where s.ticket_id = $1 and s.verdict in ('admit', 'admit_unconfirmed', 'readmit', 'already_in', 'exit')
               and not exists (select from undos u where u.scan_id = s.id)
             order by s.corrected_at desc, s.id desc limit 1",
            moved.ticket_id,
            moved.area
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Takes the admission from the scan and gives it to the next that let the ticket in there, by corrected time; settles
    /// the conflicts of both.
    pub(super) async fn pass_on(tx: &mut PgConnection, scan: ScanId, now: DateTime<Utc>, by: &By) -> Result<(), Error> {
        sqlx::query!(
            "update conflicts set settled_at = $2, settled_by = $3
             where scan_id = $1 and kind in ('entered_twice', 'entered_against_rule') and settled_at is null",
            scan.0,
            now,
            by.account
        )
        .execute(&mut *tx)
        .await?;
        let freed = sqlx::query!("delete from admissions where scan_id = $1 returning ticket_id, checkpoint_id", scan.0)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(freed) = freed else { return Ok(()) };
        // A scan with the conflict let somebody in who was in already, by then.
        let next = sqlx::query_scalar!(
            "insert into admissions (ticket_id, checkpoint_id, scan_id, device_name, at)
             select s.ticket_id, s.checkpoint_id, s.id, coalesce(d.name, a.full_name, ''), s.corrected_at
             from scans s
             join conflicts c on c.scan_id = s.id and c.kind = 'entered_twice'
             left join devices d on d.id = s.device_id
             left join accounts a on a.id = s.account_id
             where s.ticket_id = $1 and s.checkpoint_id = $2 and not exists (select from undos u where u.scan_id = s.id)
               and not exists (select from conflicts e where e.scan_id = s.id and e.kind = 'ended_phone' and e.settled_at is null)
             order by s.corrected_at, s.id limit 1
             on conflict on constraint admissions_pkey do nothing
             returning scan_id",
            freed.ticket_id,
            freed.checkpoint_id
        )
        .fetch_optional(&mut *tx)
        .await?;
        sqlx::query!(
            "update conflicts set settled_at = $2, settled_by = $3 where scan_id = $1 and kind = 'entered_twice' and settled_at is null",
            next,
            now,
            by.account
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
