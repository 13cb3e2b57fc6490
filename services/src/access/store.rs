//! The SQL of access.

pub(super) mod accounts;
pub(super) mod devices;
pub(super) mod screens;

use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, DeviceKind, Role},
    ids::{AccountId, DeviceId, OrganisationId},
};
use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::{Error, store::inconsistent};

/// Who holds a token, and when it was last used.
#[derive(Clone)]
pub(super) struct Holder {
    pub actor: Actor,
    pub last_seen_at: DateTime<Utc>,
    /// When an account signed in.
    pub signed_in_at: Option<DateTime<Utc>>,
}

/// The account or device behind each token that has not ended, in their order.
///
/// Postgres plans this once for each connection, as `(select …)` hides from it how many tokens are asked for.
pub(super) async fn holders(
    store: impl PgExecutor<'_>,
    token_hashes: &[[u8; 32]],
    now: DateTime<Utc>,
) -> Result<Vec<Option<Holder>>, Error> {
    let asked: Vec<_> = token_hashes.iter().map(|hash| hash.to_vec()).collect();
    let rows = sqlx::query!(
        r#"select asked.position as "position!", held.id as "id!", held.name as "name!", held.role, held.organisation_id, held.kind,
                  held.last_seen_at as "last_seen_at!", held.signed_in_at
           from unnest((select $1::bytea[])) with ordinality as asked (token_hash, position)
           cross join lateral (
               select a.id, a.full_name as name, a.role, a.organisation_id, null as kind, s.last_seen_at, s.created_at as signed_in_at
               from web_sessions s join accounts a on a.id = s.account_id
               where s.token_hash = asked.token_hash and s.expires_at > $2 and a.disabled_at is null
               union all
               select d.id, d.name, null, null, d.kind, coalesce(d.last_seen_at, d.paired_at, d.created_at), null
               from devices d
               where d.token_hash = asked.token_hash and d.expires_at > $2 and d.revoked_at is null
           ) held"#,
        &asked,
        now
    )
    .fetch_all(store)
    .await?;
    let mut holders: Vec<_> = token_hashes.iter().map(|_| None).collect();
    for row in rows {
        let actor = match (row.role, row.kind) {
            (Some(role), _) => person(row.id, row.name, &role, row.organisation_id)?,
            (None, kind) => device(row.id, row.name, kind.as_deref().unwrap_or_default())?,
        };
        // Positions count from one.
        if let Some(slot) = usize::try_from(row.position).ok().and_then(|position| holders.get_mut(position - 1)) {
            *slot = Some(Holder { actor, last_seen_at: row.last_seen_at, signed_in_at: row.signed_in_at });
        }
    }
    Ok(holders)
}

fn person(id: uuid::Uuid, name: String, role: &str, organisation: Option<uuid::Uuid>) -> Result<Actor, Error> {
    Ok(Actor::Account { id: AccountId(id), name, role: account_role(role)?, organisation: organisation.map(OrganisationId) })
}

fn device(id: uuid::Uuid, name: String, kind: &str) -> Result<Actor, Error> {
    Ok(Actor::Device { id: DeviceId(id), name, kind: device_kind(kind)? })
}

fn device_kind(key: &str) -> Result<DeviceKind, Error> {
    DeviceKind::from_key(key).ok_or_else(|| inconsistent("devices.kind"))
}

/// Notes that a token was used now.
pub(super) async fn seen(pool: &PgPool, token_hash: &[u8; 32], now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "with session as (update web_sessions set last_seen_at = $2 where token_hash = $1)
         update devices set last_seen_at = $2 where token_hash = $1",
        &token_hash[..],
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Counts an attempt before its password is looked at, so that attempts at the same moment cannot pass the limit. Gives
/// back until when the address is locked, if this attempt came after the last one allowed.
pub(super) async fn count_attempt(
    tx: &mut PgConnection,
    address_hash: &[u8; 32],
    most: i16,
    now: DateTime<Utc>,
    locked_until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let row = sqlx::query!(
        "insert into sign_in_attempts as a (address_hash, failed, last_at) values ($1, 1, $3)
         on conflict on constraint sign_in_attempts_pkey do update set
             failed = case when a.locked_until <= $3 then 1 else least(a.failed + 1, $2::smallint + 1) end,
             locked_until = case when a.locked_until > $3 then a.locked_until
                                 when a.locked_until is null and a.failed + 1 >= $2::smallint then $4 end,
             last_at = $3
         returning failed, locked_until",
        &address_hash[..],
        most,
        now,
        locked_until
    )
    .fetch_one(tx)
    .await?;
    Ok(row.locked_until.filter(|_| row.failed > most))
}

/// Forgets the attempts of an address.
pub(super) async fn forget_attempts(tx: &mut PgConnection, address_hash: &[u8; 32]) -> Result<(), Error> {
    sqlx::query!("delete from sign_in_attempts where address_hash = $1", &address_hash[..]).execute(tx).await?;
    Ok(())
}

/// Starts a session; sessions that have ended, and attempts last counted before `forgotten`, are swept out.
pub(super) async fn start_session(
    tx: &mut PgConnection,
    token_hash: &[u8; 32],
    id: AccountId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    forgotten: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "with swept as (delete from web_sessions where expires_at <= $3),
              faded as (delete from sign_in_attempts where last_at <= $5)
         insert into web_sessions (token_hash, account_id, created_at, last_seen_at, expires_at) values ($1, $2, $3, $3, $4)",
        &token_hash[..],
        id.0,
        now,
        expires_at,
        forgotten
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether there was a session to end.
pub(super) async fn end_session(tx: &mut PgConnection, token_hash: &[u8; 32]) -> Result<bool, Error> {
    let ended = sqlx::query!("delete from web_sessions where token_hash = $1", &token_hash[..]).execute(tx).await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends every session of an account; its phones are signed out with them. Sessions are held first, in the order of whoever hears
/// of one, so that no phone comes into the list meanwhile.
pub(super) async fn end_sessions_of(tx: &mut PgConnection, id: AccountId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("select token_hash from web_sessions where account_id = $1 order by token_hash for update", id.0)
        .fetch_all(&mut *tx)
        .await?;
    sqlx::query!("update devices set revoked_at = $2 where account_id = $1 and session_hash is not null and revoked_at is null", id.0, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("delete from web_sessions where account_id = $1", id.0).execute(tx).await?;
    Ok(())
}

fn account_role(key: &str) -> Result<Role, Error> {
    Role::from_key(key).ok_or_else(|| inconsistent("accounts.role"))
}
