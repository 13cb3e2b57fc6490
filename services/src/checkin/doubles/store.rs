//! The SQL of double entries.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Area, Movement, Step, VerdictKind},
    ids::{EntranceId, ScanId},
    ticket::TicketId,
};
use sqlx::PgConnection;

use crate::{Error, store::inconsistent};

/// The conflict `entered_twice` of a movement.
#[derive(Clone, Copy)]
pub(super) enum Conflict {
    Open,
    /// Settled by itself.
    Explained,
    /// Settled by a person.
    Settled,
}

/// A movement as the store tells it.
pub(super) struct Told {
    pub ticket: TicketId,
    pub area: Option<Area>,
    pub movement: Movement,
    pub verdict: VerdictKind,
    pub conflict: Option<Conflict>,
}

/// Waits for whoever changes facts of these tickets, in the order in which all do.
pub(super) async fn hold(tx: &mut PgConnection, tickets: &[i64]) -> Result<(), Error> {
    sqlx::query!("select scan_id from presences where ticket_id = any ($1) order by ticket_id, area for update", tickets)
        .fetch_all(tx)
        .await?;
    Ok(())
}

pub(super) async fn movements(tx: &mut PgConnection, tickets: &[i64]) -> Result<Vec<Told>, Error> {
    let rows = sqlx::query!(
        r#"select m.ticket_id as "ticket_id!", m.scan_id as "scan_id!", c.entrance_id as "entrance_id!", m.at as "at!", m.step as "step!",
                  c.area, s.verdict, k.scan_id is not null as "is_conflict!", k.settled_at as "settled_at?", k.settled_by as "settled_by?"
           from movements m
           join scans s on s.id = m.scan_id
           join checkpoints_by_programme c on c.id = m.checkpoint_id
           left join conflicts k on k.scan_id = m.scan_id and k.kind = 'entered_twice'
           where m.ticket_id = any ($1)"#,
        tickets
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Told {
                ticket: TicketId(row.ticket_id.cast_unsigned()),
                area: row.area.map(|key| Area::from_key(&key).ok_or_else(|| inconsistent("checkpoints.area"))).transpose()?,
                movement: Movement {
                    scan: ScanId(row.scan_id),
                    entrance: EntranceId(row.entrance_id),
                    at: row.at,
                    step: Step::from_key(&row.step).ok_or_else(|| inconsistent("movements.step"))?,
                },
                verdict: VerdictKind::from_key(&row.verdict).ok_or_else(|| inconsistent("scans.verdict"))?,
                conflict: match (row.is_conflict, row.settled_at, row.settled_by) {
                    (false, ..) => None,
                    (true, None, _) => Some(Conflict::Open),
                    (true, Some(_), None) => Some(Conflict::Explained),
                    (true, Some(_), Some(_)) => Some(Conflict::Settled),
                },
            })
        })
        .collect()
}

/// Settles the conflicts of some scans, and opens those of others.
pub(super) async fn settle(
    tx: &mut PgConnection,
    explained: &[uuid::Uuid],
    double: &[uuid::Uuid],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "with explained as (
             update conflicts set settled_at = $3 where scan_id = any ($1) and kind = 'entered_twice' and settled_at is null
         )
         insert into conflicts (scan_id, kind, edition_id, found_at)
         select id, 'entered_twice', edition_id, $3 from scans where id = any ($2) order by id
         on conflict on constraint conflicts_pkey do update set settled_at = null where conflicts.settled_by is null",
        explained,
        double,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}
