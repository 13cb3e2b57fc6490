//! The SQL of the queues as staff see them.

use chrono::{DateTime, Utc};
use domain::{
    ids::{CapacityId, RegistrationId, WaitingEntryId},
    text::Bilingual,
};
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    Error,
    registration::{
        queues::{PartyRow, QueueNumbers, QueueOf, StepReason, StepRow},
        ticket::queued,
    },
};

/// How much of a queue, or of its log, is shown.
const SHOWN: i64 = 500;

/// All that can be full, or one of them.
pub(in crate::registration) async fn numbers(pool: &PgPool, one: Option<CapacityId>) -> Result<Vec<QueueNumbers>, Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.size, c.taken, c.waiting, a.name_vi as "audience_vi?", a.name_en as audience_en,
                  s.title_vi as "title_vi?", s.title_en, s.starts_at as "starts_at?",
                  coalesce(o.people, 0) as "offered!", o.ends_at as first_ends_at
           from capacities c
           join editions e on e.id = c.edition_id and e.is_current
           left join audiences a on a.capacity_id = c.id
           left join sessions s on s.capacity_id = c.id
           left join lateral (
               select sum(people) as people, min(offered_until) as ends_at from waiting_entries where capacity_id = c.id and state = 'offered'
           ) o on true
           where (a.id is not null or s.id is not null) and ($1::uuid is null or c.id = $1)
           order by a.id is null, min(a.position) over (partition by c.id), s.starts_at, s.code, c.id, a.position, a.code"#,
        one.map(|id| id.0)
    )
    .fetch_all(pool)
    .await?;
    let mut found: Vec<QueueNumbers> = Vec::new();
    for row in rows {
        let audience = row.audience_vi.map(|vi| Bilingual { vi, en: row.audience_en });
        if let (Some(QueueNumbers { id, of: QueueOf::Day(audiences), .. }), Some(audience)) = (found.last_mut(), &audience)
            && id.0 == row.id
        {
            audiences.push(audience.clone());
            continue;
        }
        let of = match (audience, row.title_vi, row.starts_at) {
            (None, Some(vi), Some(starts_at)) => QueueOf::Session { title: Bilingual { vi, en: row.title_en }, starts_at },
            (audience, ..) => QueueOf::Day(audience.into_iter().collect()),
        };
        found.push(QueueNumbers {
            id: CapacityId(row.id),
            of,
            size: row.size,
            free: row.size.map(|size| (size - row.taken).max(0)),
            waiting: row.waiting,
            offered: row.offered,
            first_ends_at: row.first_ends_at,
        });
    }
    Ok(found)
}

/// Those with an offer by the end of it, then those who wait: what has no end comes last.
pub(in crate::registration) async fn parties(pool: &PgPool, id: CapacityId) -> Result<Vec<PartyRow>, Error> {
    let rows = sqlx::query!(
        r#"select w.id, w.people, w.state = 'offered' as "is_offered!", w.joined_at, w.offered_until,
                  sum(w.people) filter (where w.state = 'waiting')
                      over (order by w.place rows between unbounded preceding and 1 preceding) as before,
                  r.id as registration_id, r.full_name, coalesce(o.name_vi, d.organisation_name) as delegation
           from waiting_entries w
           join lateral (
               select id, full_name, delegation_id from registrations
               where id = w.registration_id or (waiting_entry_id = w.id and ended_at is null) order by id limit 1
           ) r on true
           left join delegations d on d.id = r.delegation_id and w.registration_id is null
           left join organisations o on o.id = d.organisation_id
           where w.capacity_id = $1 and w.state in ('waiting', 'offered')
           order by case when w.state = 'offered' then w.offered_until end, w.place limit $2"#,
        id.0,
        SHOWN
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PartyRow {
            entry: WaitingEntryId(row.id),
            registration: RegistrationId(row.registration_id),
            full_name: row.full_name,
            delegation: row.delegation,
            people: row.people,
            since: row.joined_at,
            standing: queued(row.is_offered, row.before.unwrap_or_default() + 1, row.offered_until),
        })
        .collect())
}

/// The steps of everybody who is or was in a queue, the last first.
pub(in crate::registration) async fn log(pool: &PgPool, id: CapacityId) -> Result<Vec<StepRow>, Error> {
    let rows = sqlx::query!(
        r#"select l.at, l.step, l.detail, l.actor_kind, a.full_name as "actor?", r.id as "registration_id?", r.full_name as "full_name?"
           from waiting_entries w join waiting_log l on l.entry_id = w.id
           left join accounts a on a.id = l.actor_id
           left join lateral (
               select id, nullif(full_name, '') as full_name from registrations where id = w.registration_id or waiting_entry_id = w.id
               order by id limit 1
           ) r on true
           where w.capacity_id = $1 order by l.id desc limit $2"#,
        id.0,
        SHOWN
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StepRow {
            at: row.at,
            registration: row.registration_id.map(RegistrationId),
            full_name: row.full_name,
            reason: reason(&row.detail),
            step: row.step,
            actor_kind: row.actor_kind,
            actor: row.actor,
        })
        .collect())
}

fn reason(detail: &Value) -> StepReason {
    let number = |name: &str| detail[name].as_i64();
    let until = detail["until"].as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map(|at| at.with_timezone(&Utc));
    StepReason { people: number("people"), needs: number("needs"), free: number("free"), until }
}
