//! Admissions and presences that follow what is known of movements, where something else than a new scan has changed that.

use domain::{
    checkin::Area,
    ids::{EntranceId, ScanId},
    ticket::TicketId,
};
use sqlx::PgConnection;

use crate::Error;

/// How often it is tried when another one admits a ticket, or undoes that, at the same time.
const ROUNDS: u32 = 3;

/// What an admission has become.
pub(in crate::checkin) struct Admitted {
    /// The scan that the ticket is in by.
    pub by: ScanId,
    /// The scan that it was in by until now, where that was another one.
    pub displaced: Option<ScanId>,
}

/// Gives the admission of a ticket at an entrance to the first scan by corrected time that let it in there; `None` where none did.
pub(in crate::checkin) async fn admit_first(
    tx: &mut PgConnection,
    ticket: TicketId,
    entrance: EntranceId,
) -> Result<Option<Admitted>, Error> {
    let ticket = ticket.0.cast_signed();
    for _ in 0..ROUNDS {
        let before =
            sqlx::query_scalar!("select scan_id from admissions where ticket_id = $1 and entrance_id = $2 for update", ticket, entrance.0)
                .fetch_optional(&mut *tx)
                .await?;
        if let Some(before) = before {
            let moved = sqlx::query_scalar!(
                "update admissions a set scan_id = f.scan_id, checkpoint_id = f.checkpoint_id, device_name = f.device_name, at = f.at
                 from first_entries f
                 where a.ticket_id = $1 and a.entrance_id = $2 and f.ticket_id = $1 and f.entrance_id = $2 and f.scan_id <> a.scan_id
                 returning a.scan_id",
                ticket,
                entrance.0
            )
            .fetch_optional(&mut *tx)
            .await?;
            return Ok(Some(Admitted { by: ScanId(moved.unwrap_or(before)), displaced: moved.map(|_| ScanId(before)) }));
        }
        let first = sqlx::query!(
            r#"with first as (
                   select * from first_entries where ticket_id = $1 and entrance_id = $2
               ), admission as (
                   insert into admissions (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at)
                   select ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at from first
                   on conflict on constraint admissions_pkey do nothing
                   returning scan_id
               )
               select first.scan_id as "scan_id!", admission.scan_id is not null as "is_admission!"
               from first left join admission on admission.scan_id = first.scan_id"#,
            ticket,
            entrance.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        match first {
            None => return Ok(None),
            Some(first) if first.is_admission => return Ok(Some(Admitted { by: ScanId(first.scan_id), displaced: None })),
            Some(_) => {}
        }
    }
    Err(Error::Unavailable("the admission of a ticket changed time and again".into()))
}

/// Puts a ticket to where its last movement in an area says that it is, if that is later than what is known.
pub(in crate::checkin) async fn place_last(tx: &mut PgConnection, ticket: TicketId, area: Area) -> Result<(), Error> {
    sqlx::query!(
        "insert into presences (ticket_id, area, checkpoint_id, is_in, scan_id, at)
         select m.ticket_id, c.area, m.checkpoint_id, m.step <> 'left', m.scan_id, m.at
         from movements m join checkpoints_by_programme c on c.id = m.checkpoint_id and c.area = $2
         where m.ticket_id = $1
         order by m.at desc, m.scan_id desc limit 1
         on conflict on constraint presences_pkey do update
         set checkpoint_id = excluded.checkpoint_id, is_in = excluded.is_in, scan_id = excluded.scan_id, at = excluded.at,
             after_scan_id = presences.scan_id
         where (presences.at, presences.scan_id) < (excluded.at, excluded.scan_id)",
        ticket.0.cast_signed(),
        area.key()
    )
    .execute(tx)
    .await?;
    Ok(())
}
