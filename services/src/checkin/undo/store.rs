//! The SQL of undoing.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Area, Undo},
    ids::{EntranceId, ScanId},
    ticket::TicketId,
};
use sqlx::PgConnection;

use crate::{Error, checkin::store::ScannedBy, store::inconsistent};

/// A scan as its undoing needs it.
pub(super) struct ScanRow {
    pub device: Option<uuid::Uuid>,
    pub account: Option<uuid::Uuid>,
    pub at: DateTime<Utc>,
    pub is_undone: bool,
    pub ticket: Option<TicketId>,
    /// Whose ticket it was.
    pub registration: Option<uuid::Uuid>,
    /// When the phone that undoes it told last that nothing waited on it.
    pub synced_at: Option<DateTime<Utc>>,
}

/// The scan, held against another undoing at the same moment.
pub(super) async fn scan(tx: &mut PgConnection, id: ScanId, by: &ScannedBy) -> Result<Option<ScanRow>, Error> {
    let row = sqlx::query!(
        r#"select s.device_id, s.account_id, s.corrected_at, s.ticket_id, exists (select from undos u where u.scan_id = s.id) as "is_undone!",
                  (select t.registration_id from tickets t where t.id = s.ticket_id) as registration_id,
                  (select d.synced_at from devices d where d.id = $2) as synced_at
           from scans s where s.id = $1 for no key update of s"#,
        id.0,
        by.device
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| ScanRow {
        device: row.device_id,
        account: row.account_id,
        at: row.corrected_at,
        is_undone: row.is_undone,
        ticket: row.ticket_id.map(|id| TicketId(id.cast_unsigned())),
        registration: row.registration_id,
        synced_at: row.synced_at,
    }))
}

/// Gives back whether this is the one undoing: another may have been stored while this one waited for the scan.
pub(super) async fn insert(
    tx: &mut PgConnection,
    undo: &Undo,
    by: &ScannedBy,
    received_at: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query!(
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
    Ok(done.rows_affected() > 0)
}

/// Settles whatever is open about the scan, but that somebody was registered for it: the registration stays.
pub(super) async fn settle_all(tx: &mut PgConnection, scan: ScanId, now: DateTime<Utc>, by: &ScannedBy) -> Result<(), Error> {
    sqlx::query!(
        "update conflicts set settled_at = $2, settled_by = $3 where scan_id = $1 and kind <> 'second_guest' and settled_at is null",
        scan.0,
        now,
        by.account
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the ticket from where the scan says that it is, if no later one says otherwise. Gives back the ticket and the area.
pub(super) async fn leave(tx: &mut PgConnection, scan: ScanId) -> Result<Option<(TicketId, Area)>, Error> {
    let row = sqlx::query!("delete from presences where scan_id = $1 returning ticket_id, area", scan.0).fetch_optional(tx).await?;
    row.map(|row| {
        let area = Area::from_key(&row.area).ok_or_else(|| inconsistent("presences.area"))?;
        Ok((TicketId(row.ticket_id.cast_unsigned()), area))
    })
    .transpose()
}

/// Takes the admission from the scan, if it has one. Gives back the ticket and the entrance.
pub(super) async fn free(tx: &mut PgConnection, scan: ScanId) -> Result<Option<(TicketId, EntranceId)>, Error> {
    let freed =
        sqlx::query!("delete from admissions where scan_id = $1 returning ticket_id, entrance_id", scan.0).fetch_optional(tx).await?;
    Ok(freed.map(|row| (TicketId(row.ticket_id.cast_unsigned()), EntranceId(row.entrance_id))))
}

/// Settles what is open about the scan as an entry.
pub(super) async fn settle_entry(tx: &mut PgConnection, scan: ScanId, now: DateTime<Utc>, by: &ScannedBy) -> Result<(), Error> {
    sqlx::query!(
        "update conflicts set settled_at = $2, settled_by = $3
         where scan_id = $1 and kind in ('entered_twice', 'entered_against_rule') and settled_at is null",
        scan.0,
        now,
        by.account
    )
    .execute(tx)
    .await?;
    Ok(())
}
