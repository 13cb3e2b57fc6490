//! The SQL of the board.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{CheckpointId, EditionId, OrganisationId, RegistrationId},
    text::Bilingual,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Attendee, Bar, CheckpointArrivals, OrganisationArrivals, Organisations, SessionArrivals, Share};
use crate::Error;

/// A known organisation's names, or the name that somebody typed.
type OrganisationName = (String, Option<String>);

/// The people of each group who have arrived.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    audiences: HashMap<Uuid, i64>,
    organisations: BTreeMap<OrganisationName, i64>,
}

/// Who has arrived, by minute, in their order, and by group, counted in one walk over the admissions. Who came counts though the
/// registration has ended since.
pub(super) async fn arrived(pool: &PgPool, edition: EditionId) -> Result<(Vec<Bar>, Arrived), Error> {
    let rows = sqlx::query!(
        r#"select date_trunc('minute', f.at) as minute, r.audience_id as "audience_id?",
                  coalesce(o.name_vi, r.organisation_name) as name_vi, o.name_en as "name_en?", sum(r.people) as "people!"
           from (select m.ticket_id, min(m.at) as at from admissions m join checkpoints c on c.id = m.checkpoint_id
                 where c.edition_id = $1 and c.kind = 'gate' group by m.ticket_id) f
           join tickets t on t.id = f.ticket_id
           join registrations r on r.id = t.registration_id
           left join organisations o on o.id = r.organisation_id
           group by grouping sets ((date_trunc('minute', f.at)), (r.audience_id), (coalesce(o.name_vi, r.organisation_name), o.name_en))
           order by 1"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    let (mut minutes, mut arrived) = (Vec::new(), Arrived::default());
    for row in rows {
        if let Some(from) = row.minute {
            minutes.push(Bar { from, arrived: row.people });
        } else if let Some(audience) = row.audience_id {
            arrived.audiences.insert(audience, row.people);
        } else if let Some(name) = row.name_vi {
            arrived.organisations.insert((name, row.name_en), row.people);
        }
    }
    Ok((minutes, arrived))
}

/// People with a confirmed registration and those who have arrived: by audience, and by organisation, of which those with most
/// people.
pub(super) async fn shares(pool: &PgPool, edition: EditionId, arrived: Arrived, most: i64) -> Result<(Vec<Share>, Vec<Share>), Error> {
    let audiences = sqlx::query!(
        r#"select a.id, a.name_vi, a.name_en, coalesce(g.people, 0) as "registered!"
           from audiences a
           left join (select audience_id, sum(people) as people from registrations
                      where edition_id = $1 and status = 'confirmed' group by 1) g on g.audience_id = a.id
           where a.edition_id = $1
           order by a.position, a.code"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    let organisations = sqlx::query!(
        r#"select coalesce(o.name_vi, r.organisation_name) as "name_vi!", o.name_en as "name_en?", sum(r.people) as "registered!"
           from registrations r
           left join organisations o on o.id = r.organisation_id
           where r.edition_id = $1 and r.status = 'confirmed' and coalesce(o.name_vi, r.organisation_name) is not null
           group by 1, 2 order by 3 desc, 1 limit $2"#,
        edition.0,
        most
    )
    .fetch_all(pool)
    .await?;
    let audiences = audiences.into_iter().map(|row| Share {
        name: Bilingual { vi: row.name_vi, en: row.name_en },
        registered: row.registered,
        arrived: arrived.audiences.get(&row.id).copied().unwrap_or_default(),
    });
    let mut came = arrived.organisations;
    let mut shares: Vec<_> = organisations
        .into_iter()
        .map(|row| {
            let name = (row.name_vi, row.name_en);
            let arrived = came.remove(&name).unwrap_or_default();
            Share { name: Bilingual { vi: name.0, en: name.1 }, registered: row.registered, arrived }
        })
        .collect();
    // Where these are all with somebody confirmed, those follow of whom people came whose registrations have ended since.
    let most = usize::try_from(most).unwrap_or_default();
    if shares.len() < most {
        shares.extend(came.into_iter().map(|((vi, en), arrived)| Share { name: Bilingual { vi, en }, registered: 0, arrived }));
        shares.truncate(most);
    }
    Ok((audiences.collect(), shares))
}

pub(super) async fn checkpoints(pool: &PgPool, edition: EditionId) -> Result<Vec<CheckpointArrivals>, Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.name_vi, c.name_en, coalesce(m.people, 0) as "admitted!", coalesce(s.scans, 0) as "scans!"
           from checkpoints c
           left join (select m.checkpoint_id, sum(r.people) as people from admissions m join tickets t on t.id = m.ticket_id
                      join registrations r on r.id = t.registration_id where t.edition_id = $1 group by 1) m on m.checkpoint_id = c.id
           left join (select checkpoint_id, count(*) as scans from scans where edition_id = $1 group by 1) s on s.checkpoint_id = c.id
           where c.edition_id = $1 and c.kind <> 'session' order by c.position, c.code"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CheckpointArrivals {
            id: CheckpointId(row.id),
            name: Bilingual { vi: row.name_vi, en: row.name_en },
            admitted: row.admitted,
            scans: row.scans,
        })
        .collect())
}

/// The sessions behind doors that begin on this day in Vietnam.
pub(super) async fn sessions(pool: &PgPool, edition: EditionId, day: NaiveDate) -> Result<Vec<SessionArrivals>, Error> {
    let rows = sqlx::query!(
        r#"select s.title_vi, s.title_en, r.name_vi as room_vi, r.name_en as room_en, s.starts_at,
                  case when s.capacity_id is not null then (
                      select coalesce(sum(g.people), 0) from session_seats h join registrations g on g.id = h.registration_id
                      where h.session_id = s.id and h.state = 'held') end as seated,
                  coalesce(m.admitted, 0) as "admitted!", coalesce(m.late, 0) as "late!",
                  (select coalesce(sum(g.people), 0) from presences p join tickets t on t.id = p.ticket_id
                   join registrations g on g.id = t.registration_id where p.checkpoint_id = c.id and p.is_in) as "inside!"
           from checkpoints c
           join sessions s on s.id = c.session_id
           join rooms r on r.id = s.room_id
           left join lateral (
               select sum(g.people) as admitted, sum(g.people) filter (where m.at > s.starts_at) as late
               from admissions m join tickets t on t.id = m.ticket_id join registrations g on g.id = t.registration_id
               where m.checkpoint_id = c.id
           ) m on true
           where c.edition_id = $1 and (s.starts_at at time zone 'Asia/Ho_Chi_Minh')::date = $2
           order by s.starts_at, r.position, s.code"#,
        edition.0,
        day
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| SessionArrivals {
        title: Bilingual { vi: row.title_vi, en: row.title_en },
        room: Bilingual { vi: row.room_vi, en: row.room_en },
        starts_at: row.starts_at,
        seated: row.seated,
        admitted: row.admitted,
        late: row.late,
        inside: row.inside,
    });
    Ok(rows.collect())
}

/// Scans that came in after `since` and not after `until`, and the people who have arrived and left again: whose last fact at
/// a gate is an exit.
pub(super) async fn movements(pool: &PgPool, edition: EditionId, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<(i64, i64), Error> {
    let row = sqlx::query!(
        r#"select (select count(*) from scans where edition_id = $1 and received_at > $2 and received_at <= $3) as "scans!",
                  (select coalesce(sum(r.people), 0)
                   from (select distinct s.ticket_id from scans s join checkpoints c on c.id = s.checkpoint_id
                         where s.edition_id = $1 and c.kind = 'gate' and s.verdict = 'exit') x
                   join tickets t on t.id = x.ticket_id
                   join registrations r on r.id = t.registration_id
                   where exists (select from admissions m join checkpoints c on c.id = m.checkpoint_id
                                 where m.ticket_id = x.ticket_id and c.kind = 'gate')
                     and 'left' = (select m.step from movements m join checkpoints c on c.id = m.checkpoint_id
                                   where m.ticket_id = x.ticket_id and c.kind = 'gate'
                                   order by m.at desc, m.scan_id desc limit 1)) as "left!""#,
        edition.0,
        since,
        until
    )
    .fetch_one(pool)
    .await?;
    Ok((row.scans, row.left))
}

/// The names of the organisations that people have registered with: those that are known, and those that were typed.
pub(super) async fn organisations(pool: &PgPool, edition: EditionId) -> Result<(Vec<(OrganisationId, String)>, Vec<String>), Error> {
    let known = sqlx::query!(r#"select id, concat_ws(' ', name_vi, name_en) as "name!" from organisations"#).fetch_all(pool).await?;
    let typed = sqlx::query_scalar!(
        r#"select distinct organisation_name as "name!" from registrations
           where edition_id = $1 and organisation_id is null and organisation_name is not null and erased_at is null"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    Ok((known.into_iter().map(|row| (OrganisationId(row.id), row.name)).collect(), typed))
}

/// The people of these organisations who are confirmed or have come.
pub(super) async fn attendance(pool: &PgPool, edition: EditionId, of: &Organisations, most: i64) -> Result<OrganisationArrivals, Error> {
    let known: Vec<Uuid> = of.known.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.id, r.full_name, r.people, coalesce(o.name_vi, r.organisation_name) as "organisation!", a.name_vi, a.name_en,
                  f.at as "arrived_at?",
                  sum(r.people) over () as "registered!", coalesce(sum(r.people) filter (where f.at is not null) over (), 0) as "arrived!"
           from registrations r
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join tickets t on t.registration_id = r.id
           left join lateral (select min(m.at) as at from admissions m join checkpoints c on c.id = m.checkpoint_id
                              where m.ticket_id = t.id and c.kind = 'gate') f on true
           where r.edition_id = $1 and r.erased_at is null and (r.status = 'confirmed' or f.at is not null)
             and (r.organisation_id = any ($2) or (r.organisation_id is null and r.organisation_name = any ($3)))
           order by f.at is not null, r.given_name, r.full_name collate "vi-x-icu", r.id
           limit $4"#,
        edition.0,
        &known,
        &of.typed,
        most
    )
    .fetch_all(pool)
    .await?;
    let (registered, arrived) = rows.first().map_or((0, 0), |row| (row.registered, row.arrived));
    let people = rows
        .into_iter()
        .map(|row| Attendee {
            id: RegistrationId(row.id),
            full_name: row.full_name,
            organisation: row.organisation,
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            people: row.people,
            arrived_at: row.arrived_at,
        })
        .collect();
    Ok(OrganisationArrivals { registered, arrived, people })
}
