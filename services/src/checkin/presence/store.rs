//! The SQL of who is inside. Whoever has left the grounds since is asked for with the own room alone; of groups that were scanned
//! out, somebody may be inside still, and they are told of with all.

use domain::{
    ids::{CheckpointId, EditionId, RegistrationId},
    text::Bilingual,
};
use sqlx::PgConnection;

use super::{Counted, Place, Present};
use crate::Error;

/// Every gate and the doors of sessions that somebody is behind, and whether a gate counts exits.
pub(super) async fn places(tx: &mut PgConnection, edition: EditionId) -> Result<(Vec<Place>, bool), Error> {
    let rows = sqlx::query!(
        r#"select c.id as "id!", c.name_vi as "name_vi!", c.name_en, c.kind = 'gate' and c.counts_exits as "counts_exits!",
                  coalesce(inside.people, 0) as "people!"
           from checkpoints_by_programme c
           left join (select place.id, sum(r.people) as people
                      from present_tickets p join registrations r on r.id = p.registration_id
                      cross join lateral (values (p.gate_id), (p.room_id)) as place (id)
                      where p.edition_id = $1 group by place.id) inside on inside.id = c.id
           where c.edition_id = $1 and (c.kind = 'gate' or inside.people > 0)
           order by c.position, c.starts_at, c.code"#,
        edition.0
    )
    .fetch_all(tx)
    .await?;
    let are_exits_counted = rows.iter().any(|row| row.counts_exits);
    let places = rows.into_iter().map(|row| Place {
        id: CheckpointId(row.id),
        name: Bilingual { vi: row.name_vi, en: row.name_en },
        people: row.people,
    });
    Ok((places.collect(), are_exits_counted))
}

/// How many people are asked for, and by how many tickets: first those who are inside, then those of groups that were scanned out.
/// Who is listed at a place is counted there, wherever else the ticket was scanned out.
pub(super) async fn count(tx: &mut PgConnection, edition: EditionId, place: Option<CheckpointId>) -> Result<[Counted; 2], Error> {
    let row = sqlx::query!(
        r#"select coalesce(sum(r.people) filter (where told.inside), 0) as "people!", count(*) filter (where told.inside) as "tickets!",
                  coalesce(sum(r.people) filter (where not told.inside), 0) as "out!", count(*) filter (where not told.inside) as "tickets_out!"
           from present_tickets p join registrations r on r.id = p.registration_id
           cross join lateral (select $2::uuid is not null or p.left_at is null as inside) told
           where p.edition_id = $1 and case when $2::uuid is null then p.left_at is null or r.people > 1 else $2 in (p.gate_id, p.room_id) end"#,
        edition.0,
        place.map(|id| id.0)
    )
    .fetch_one(tx)
    .await?;
    Ok([Counted { people: row.people, tickets: row.tickets }, Counted { people: row.out, tickets: row.tickets_out }])
}

/// The next of them, by the called name.
pub(super) async fn batch(
    tx: &mut PgConnection,
    edition: EditionId,
    place: Option<CheckpointId>,
    after: Option<RegistrationId>,
    most: i64,
) -> Result<Vec<Present>, Error> {
    let rows = sqlx::query!(
        r#"select r.id, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation, a.name_vi, a.name_en, r.people,
                  gate.name_vi as "gate_vi?", gate.name_en as gate_en, p.entered_at,
                  room.name_vi as "room_vi?", room.name_en as room_en, p.room_at, p.left_at
           from present_tickets p
           join registrations r on r.id = p.registration_id
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join checkpoints gate on gate.id = p.gate_id
           left join checkpoints room on room.id = p.room_id
           where p.edition_id = $1 and case when $2::uuid is null then p.left_at is null or r.people > 1 else $2 in (p.gate_id, p.room_id) end
             and ($3::uuid is null or (r.given_name, r.full_name collate "vi-x-icu", r.id)
                  > (select k.given_name, k.full_name collate "vi-x-icu", k.id from registrations k where k.id = $3))
           order by r.given_name, r.full_name collate "vi-x-icu", r.id
           limit $4"#,
        edition.0,
        place.map(|id| id.0),
        after.map(|id| id.0),
        most
    )
    .fetch_all(tx)
    .await?;
    let present = rows.into_iter().map(|row| Present {
        id: RegistrationId(row.id),
        full_name: row.full_name,
        organisation: row.organisation,
        audience: Bilingual { vi: row.name_vi, en: row.name_en },
        people: row.people,
        gate: row.gate_vi.map(|vi| Bilingual { vi, en: row.gate_en }).zip(row.entered_at),
        room: row.room_vi.map(|vi| Bilingual { vi, en: row.room_en }).zip(row.room_at),
        left_at: row.left_at,
    });
    Ok(present.collect())
}
