//! The SQL of letting scans count.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Area, Step, VerdictKind},
    ids::{AccountId, EntranceId, ScanId},
    ticket::TicketId,
};
use sqlx::{PgConnection, PgPool};

use crate::{Error, store::inconsistent};

/// What a scan tells that may be counted.
pub(super) struct Told {
    pub ticket: TicketId,
    /// Whose ticket it is.
    pub registration: Option<uuid::Uuid>,
    pub entrance: EntranceId,
    pub area: Option<Area>,
    pub step: Step,
    /// What the rule decided.
    pub verdict: VerdictKind,
}

/// Lets whoever undoes or counts the scan wait until the transaction ends.
pub(super) async fn hold(tx: &mut PgConnection, scan: ScanId) -> Result<(), Error> {
    sqlx::query!("select id from scans where id = $1 for no key update", scan.0).fetch_optional(tx).await?;
    Ok(())
}

/// What the scan tells, if it may be counted.
pub(super) async fn countable(tx: &mut PgConnection, scan: ScanId) -> Result<Option<Told>, Error> {
    let row = sqlx::query!(
        r#"select m.ticket_id as "ticket_id!", m.step as "step!", s.verdict, p.entrance_id as "entrance_id!", p.area,
                  (select t.registration_id from tickets t where t.id = m.ticket_id) as registration_id
           from countable_scans k
           join claimed_movements m on m.scan_id = k.scan_id
           join scans s on s.id = k.scan_id
           join checkpoints_by_programme p on p.id = m.checkpoint_id
           where k.scan_id = $1"#,
        scan.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(Told {
            ticket: TicketId(row.ticket_id.cast_unsigned()),
            registration: row.registration_id,
            entrance: EntranceId(row.entrance_id),
            area: row.area.map(|key| Area::from_key(&key).ok_or_else(|| inconsistent("checkpoints.area"))).transpose()?,
            step: Step::from_key(&row.step).ok_or_else(|| inconsistent("movements.step"))?,
            verdict: VerdictKind::from_key(&row.verdict).ok_or_else(|| inconsistent("scans.verdict"))?,
        })
    })
    .transpose()
}

/// The scans that may be counted and were made and brought as this one was, the earliest first.
pub(super) async fn alike(pool: &PgPool, scan: ScanId, most: usize) -> Result<Vec<ScanId>, Error> {
    let scans = sqlx::query_scalar!(
        r#"select k.scan_id as "scan_id!" from scans s
           join countable_scans k on k.edition_id = s.edition_id
                and (k.device_id, k.account_id, k.made_by, k.made_by_account)
                    is not distinct from (s.device_id, s.account_id, s.made_by, s.made_by_account)
           where s.id = $1 and exists (select from conflicts c where c.scan_id = s.id and c.kind = 'ended_phone')
           order by k.at, k.scan_id limit $2"#,
        scan.0,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(pool)
    .await?;
    Ok(scans.into_iter().map(ScanId).collect())
}

/// Settles the conflict as counted, and with it that another one brought the scan; whether it was open.
pub(super) async fn settle(tx: &mut PgConnection, scan: ScanId, now: DateTime<Utc>, by: Option<AccountId>) -> Result<bool, Error> {
    let settled = sqlx::query_scalar!(
        "update conflicts set settled_at = $2, settled_by = $3, is_counted = kind = 'ended_phone'
         where scan_id = $1 and kind in ('ended_phone', 'foreign_phone') and settled_at is null
         returning is_counted",
        scan.0,
        now,
        by.map(|id| id.0)
    )
    .fetch_all(tx)
    .await?;
    Ok(settled.contains(&true))
}
