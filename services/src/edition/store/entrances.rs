//! Admissions of checkpoints that came to share an entrance, or share it no more.

use std::collections::HashMap;

use domain::ids::EditionId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;

/// The entrance of each checkpoint.
pub(super) async fn read(tx: &mut PgConnection, edition: EditionId) -> Result<HashMap<Uuid, Uuid>, Error> {
    let rows = sqlx::query!("select id, entrance_id from checkpoints where edition_id = $1", edition.0).fetch_all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.entrance_id)).collect())
}

/// Gives the admissions at entrances that other checkpoints lead to than before to those scans that were the first there: a ticket has
/// one at each. What scans were answered stays. A second entry from before is no conflict by this; where exits are counted it becomes
/// one when something more is heard of its ticket.
pub(super) async fn follow(tx: &mut PgConnection, edition: EditionId, before: &HashMap<Uuid, Uuid>) -> Result<(), Error> {
    let now = read(tx, edition).await?;
    let changed: Vec<Uuid> = before
        .iter()
        .filter_map(|(checkpoint, before)| Some([*before, *now.get(checkpoint).filter(|now| *now != before)?]))
        .flatten()
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query!("delete from admissions where entrance_id = any ($1)", &changed).execute(&mut *tx).await?;
    sqlx::query!(
        "insert into admissions (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at)
         select ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at from first_entries where entrance_id = any ($1)",
        &changed
    )
    .execute(tx)
    .await?;
    Ok(())
}
