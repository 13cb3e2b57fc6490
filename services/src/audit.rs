//! The audit log: who did what to what, without personal data.

use chrono::{DateTime, Utc};
use domain::access::Actor;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Context, Error, write};

/// Who acted, as the log names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    Actor(&'a Actor),
    /// The program itself, or its operator at the command line.
    System,
}

impl By<'_> {
    pub(crate) fn parts(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Actor(Actor::Anonymous) => ("anonymous", None),
            Self::Actor(Actor::Account { id, .. }) => ("account", Some(id.0)),
            Self::Actor(Actor::Device { id, .. }) => ("device", Some(id.0)),
            Self::System => ("system", None),
        }
    }
}

/// What was done to what. `detail` holds ids, states and counts, never personal data.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub action: &'static str,
    pub subject_kind: &'static str,
    pub subject_id: Option<Uuid>,
    pub detail: Value,
}

/// Writes an entry of what changes nothing, as a list that was read: in a transaction of its own.
pub(crate) async fn note(cx: &Context, actor: &Actor, entry: Entry) -> Result<(), Error> {
    let (at, actor) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let (entry, actor) = (entry.clone(), actor.clone());
        Box::pin(async move { record(tx, at, By::Actor(&actor), entry).await })
    })
    .await
}

/// Writes an entry in the transaction of what it tells.
pub(crate) async fn record(tx: &mut PgConnection, at: DateTime<Utc>, by: By<'_>, entry: Entry) -> Result<(), Error> {
    record_by(tx, at, by.parts(), entry).await
}

/// The same, by who acted as [`By::parts`] tells it.
pub(crate) async fn record_by(
    tx: &mut PgConnection,
    at: DateTime<Utc>,
    (actor_kind, actor_id): (&'static str, Option<Uuid>),
    entry: Entry,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into audit_log (at, actor_kind, actor_id, action, subject_kind, subject_id, detail) values ($1, $2, $3, $4, $5, $6, $7)",
        at,
        actor_kind,
        actor_id,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.detail
    )
    .execute(tx)
    .await?;
    Ok(())
}
