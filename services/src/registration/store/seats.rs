//! The counters of what can be full, and the rows that they count.
//!
//! Order of locks, for every verb: the capacities of sessions in the order of their ids, then the audience's, then
//! registrations, then the rest.

use domain::ids::{RegistrationId, SessionId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;

/// A locked counter.
#[derive(Clone, Copy, Debug)]
pub(in crate::registration) struct Counter {
    pub id: Uuid,
    pub size: Option<i32>,
    pub taken: i32,
    /// The people in its queue.
    pub waiting: i32,
}

impl Counter {
    /// Whether so many seats are free, whoever waits.
    pub fn fits(&self, people: i16) -> bool {
        self.size.is_none_or(|size| self.taken + i32::from(people) <= size)
    }

    /// Whether a newcomer may sit down: nobody sits down past those who wait.
    pub fn is_open_to(&self, people: i16) -> bool {
        self.waiting == 0 && self.fits(people)
    }

    /// Seats that are free; `None` without limit.
    pub fn free(&self) -> Option<i32> {
        self.size.map(|size| (size - self.taken).max(0))
    }
}

/// Locks one counter.
pub(in crate::registration) async fn lock(tx: &mut PgConnection, capacity: Uuid) -> Result<Counter, Error> {
    Ok(sqlx::query_as!(Counter, "select id, size, taken, waiting from capacities where id = $1 for update", capacity).fetch_one(tx).await?)
}

/// Locks the counters of sessions, and gives each with its session. Sessions without seats of their own are left out.
pub(in crate::registration) async fn lock_sessions(
    tx: &mut PgConnection,
    sessions: &[SessionId],
) -> Result<Vec<(SessionId, Counter)>, Error> {
    let ids: Vec<_> = sessions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select s.id as session_id, c.id, c.size, c.taken, c.waiting
         from sessions s join capacities c on c.id = s.capacity_id where s.id = any ($1) order by c.id for update of c",
        &ids
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (SessionId(row.session_id), Counter { id: row.id, size: row.size, taken: row.taken, waiting: row.waiting }))
        .collect())
}

/// Takes seats of a locked counter. Those taken past its size are counted as extra.
pub(in crate::registration) async fn take(tx: &mut PgConnection, capacity: Uuid, people: i16) -> Result<(), Error> {
    sqlx::query!(
        "update capacities set taken = taken + $2, extra = greatest(extra, taken + $2 - size, 0) where id = $1",
        capacity,
        i32::from(people)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives seats back.
pub(in crate::registration) async fn give_back(tx: &mut PgConnection, capacity: Uuid, people: i16) -> Result<(), Error> {
    sqlx::query!(
        "update capacities set taken = taken - $2, extra = greatest(least(extra, taken - $2 - size), 0) where id = $1",
        capacity,
        i32::from(people)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How a registration sits in a session, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::registration) enum SessionSeat {
    /// Asked for by somebody who has no seat for the day yet.
    Wanted,
    Waiting,
    Offered,
    Held,
}

impl SessionSeat {
    pub fn key(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Held => "held",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Wanted, Self::Waiting, Self::Offered, Self::Held].into_iter().find(|seat| seat.key() == key)
    }
}

/// Writes how a registration sits in a session, anew or otherwise than before.
pub(in crate::registration) async fn seat_in_session(
    tx: &mut PgConnection,
    registration: RegistrationId,
    session: SessionId,
    seat: SessionSeat,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into session_seats (registration_id, session_id, state) values ($1, $2, $3)
         on conflict on constraint session_seats_pkey do update set state = excluded.state",
        registration.0,
        session.0,
        seat.key()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The sessions of a registration, in the order of their ids.
pub(in crate::registration) async fn sessions_of(
    tx: &mut PgConnection,
    registration: RegistrationId,
) -> Result<Vec<(SessionId, SessionSeat)>, Error> {
    let rows = sqlx::query!("select session_id, state from session_seats where registration_id = $1 order by session_id", registration.0)
        .fetch_all(tx)
        .await?;
    rows.into_iter()
        .map(|row| {
            let seat = SessionSeat::from_key(&row.state).ok_or_else(|| crate::store::inconsistent("session_seats.state"))?;
            Ok((SessionId(row.session_id), seat))
        })
        .collect()
}

/// Takes a registration out of a session.
pub(in crate::registration) async fn leave_session(
    tx: &mut PgConnection,
    registration: RegistrationId,
    session: SessionId,
) -> Result<(), Error> {
    sqlx::query!("delete from session_seats where registration_id = $1 and session_id = $2", registration.0, session.0).execute(tx).await?;
    Ok(())
}
