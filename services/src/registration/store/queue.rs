//! The SQL of the waiting list.

use chrono::{DateTime, Utc};
use domain::ids::{EditionId, RegistrationId, SessionId, WaitingEntryId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{Error, audit::By};

/// A party in a queue.
#[derive(Clone, Copy, Debug)]
pub(in crate::registration) struct Entry {
    pub id: WaitingEntryId,
    pub capacity: Uuid,
    /// The session and the registration that waits for it; `None` for the day, where the party names the entry.
    pub session: Option<(SessionId, RegistrationId)>,
    pub people: i16,
}

/// Puts a party at the end of a locked queue.
pub(in crate::registration) async fn join(
    tx: &mut PgConnection,
    edition: EditionId,
    entry: &Entry,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into waiting_entries (id, edition_id, capacity_id, session_id, registration_id, people, state, joined_at)
         values ($1, $2, $3, $4, $5, $6, 'waiting', $7)",
        entry.id.0,
        edition.0,
        entry.capacity,
        entry.session.map(|(session, _)| session.0),
        entry.session.map(|(_, registration)| registration.0),
        entry.people,
        at
    )
    .execute(&mut *tx)
    .await?;
    count(tx, entry.capacity, i32::from(entry.people)).await
}

/// Lets registrations name the entry that they wait in for the day.
pub(in crate::registration) async fn name_entry(
    tx: &mut PgConnection,
    registrations: &[RegistrationId],
    entry: WaitingEntryId,
) -> Result<(), Error> {
    let ids: Vec<_> = registrations.iter().map(|id| id.0).collect();
    sqlx::query!("update registrations set waiting_entry_id = $2 where id = any ($1)", &ids, entry.0).execute(tx).await?;
    Ok(())
}

/// Counts more or fewer people in a locked queue.
pub(in crate::registration) async fn count(tx: &mut PgConnection, capacity: Uuid, people: i32) -> Result<(), Error> {
    sqlx::query!("update capacities set waiting = waiting + $2 where id = $1", capacity, people).execute(tx).await?;
    Ok(())
}

/// The party that is next in a locked queue.
pub(in crate::registration) async fn head(tx: &mut PgConnection, capacity: Uuid) -> Result<Option<Entry>, Error> {
    let row = sqlx::query!(
        "select id, session_id, registration_id, people from waiting_entries
         where capacity_id = $1 and state = 'waiting' order by place limit 1 for update",
        capacity
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Entry {
        id: WaitingEntryId(row.id),
        capacity,
        session: session(row.session_id, row.registration_id),
        people: row.people,
    }))
}

fn session(session: Option<Uuid>, registration: Option<Uuid>) -> Option<(SessionId, RegistrationId)> {
    session.zip(registration).map(|(session, registration)| (SessionId(session), RegistrationId(registration)))
}

/// An entry as it stands, with the end of its offer; its row is locked.
pub(in crate::registration) async fn entry(
    tx: &mut PgConnection,
    id: WaitingEntryId,
) -> Result<Option<(Entry, String, Option<DateTime<Utc>>)>, Error> {
    let row = sqlx::query!(
        "select capacity_id, session_id, registration_id, people, state, offered_until from waiting_entries where id = $1 for update",
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| {
        let entry = Entry { id, capacity: row.capacity_id, session: session(row.session_id, row.registration_id), people: row.people };
        (entry, row.state, row.offered_until)
    }))
}

/// The capacity that an entry waits for, without a lock.
pub(in crate::registration) async fn capacity_of(tx: &mut PgConnection, id: WaitingEntryId) -> Result<Option<Uuid>, Error> {
    Ok(sqlx::query_scalar!("select capacity_id from waiting_entries where id = $1", id.0).fetch_optional(tx).await?)
}

/// The open entry of a registration for a session.
pub(in crate::registration) async fn session_entry(
    tx: &mut PgConnection,
    registration: RegistrationId,
    session: SessionId,
) -> Result<Option<WaitingEntryId>, Error> {
    let id = sqlx::query_scalar!(
        "select id from waiting_entries where registration_id = $1 and session_id = $2 and state in ('waiting', 'offered')",
        registration.0,
        session.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(id.map(WaitingEntryId))
}

/// Moves an entry on: an offer until a time, or the end of its wait.
pub(in crate::registration) async fn set_state(
    tx: &mut PgConnection,
    id: WaitingEntryId,
    state: &str,
    offered_until: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query!(
        "update waiting_entries set state = $2, offered_until = coalesce($3, offered_until) where id = $1",
        id.0,
        state,
        offered_until
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets a party be of other size.
pub(in crate::registration) async fn resize(tx: &mut PgConnection, id: WaitingEntryId, people: i16) -> Result<(), Error> {
    sqlx::query!("update waiting_entries set people = $2 where id = $1", id.0, people).execute(tx).await?;
    Ok(())
}

/// The registrations of a party that waits, or is offered seats, for the day.
pub(in crate::registration) async fn party(tx: &mut PgConnection, id: WaitingEntryId) -> Result<Vec<RegistrationId>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from registrations where waiting_entry_id = $1 and status in ('waiting', 'offered') order by id for update",
        id.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(RegistrationId).collect())
}

/// Until when a seat that comes free now is held: the edition's hours, but not beyond its last day.
pub(in crate::registration) async fn hold_until(tx: &mut PgConnection, capacity: Uuid, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    Ok(sqlx::query_scalar!(
        r#"select greatest(least($2::timestamptz + make_interval(hours => e.offer_hours),
                      (e.ends_on + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh'), $2 + interval '10 minutes') as "until!"
           from capacities c join editions e on e.id = c.edition_id where c.id = $1"#,
        capacity,
        now
    )
    .fetch_one(tx)
    .await?)
}

/// Notes why a step of the queue happened.
pub(in crate::registration) async fn log(
    tx: &mut PgConnection,
    id: WaitingEntryId,
    at: DateTime<Utc>,
    step: &'static str,
    detail: &Value,
    by: By<'_>,
) -> Result<(), Error> {
    let (actor_kind, actor_id) = by.parts();
    sqlx::query!(
        "insert into waiting_log (entry_id, at, step, detail, actor_kind, actor_id) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        at,
        step,
        detail,
        actor_kind,
        actor_id
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that the head of a queue is held back, unless that was the last that was noted of it.
pub(in crate::registration) async fn log_held_back(
    tx: &mut PgConnection,
    id: WaitingEntryId,
    at: DateTime<Utc>,
    detail: &Value,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into waiting_log (entry_id, at, step, detail, actor_kind)
         select $1, $2, 'held_back', $3, 'system'
         where not exists (select from (select step, detail from waiting_log where entry_id = $1 order by id desc limit 1) last
                           where last.step = 'held_back' and last.detail = $3)",
        id.0,
        at,
        detail
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The offers whose time is over.
pub(in crate::registration) async fn overdue(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<WaitingEntryId>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from waiting_entries where state = 'offered' and offered_until <= $1 order by offered_until limit 500",
        now
    )
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(WaitingEntryId).collect())
}
