//! The SQL of access.

pub(super) mod screens;

use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, DeviceKind, Role},
    checkin::Contact,
    form::{FieldErrors, Problem},
    ids::{AccountId, DeviceId, EditionId, OrganisationId},
    text::Bilingual,
};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::{Device, DeviceContact, EndedPhone, NewAccount};
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

/// The phone that held a token until it was signed out or its day was over.
pub(super) async fn ended_phone(pool: &PgPool, token_hash: &[u8; 32], now: DateTime<Utc>) -> Result<Option<EndedPhone>, Error> {
    let row = sqlx::query!(
        r#"select id, name as "name!", expires_at, revoked_at from devices
           where kind = 'scanner' and (ended_token_hash = $1 or (token_hash = $1 and expires_at <= $2))"#,
        &token_hash[..],
        now
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| EndedPhone {
        actor: Actor::Device { id: DeviceId(row.id), name: row.name, kind: DeviceKind::Scanner },
        // Whoever was signed out from the desk is believed nothing: who holds the phone may be the reason.
        believed_until: if row.revoked_at.is_some() { DateTime::<Utc>::MIN_UTC } else { row.expires_at },
    }))
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

/// An account as signing in needs it.
pub(super) struct AccountRow {
    pub id: AccountId,
    pub actor: Actor,
    pub password_hash: String,
    pub is_disabled: bool,
}

pub(super) async fn account(pool: &PgPool, email_key: &str) -> Result<Option<AccountRow>, Error> {
    let row = sqlx::query!(
        r#"select id, full_name, role, organisation_id, password_hash, disabled_at is not null as "is_disabled!"
           from accounts where email_key = $1"#,
        email_key
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(AccountRow {
            id: AccountId(row.id),
            actor: person(row.id, row.full_name, &row.role, row.organisation_id)?,
            password_hash: row.password_hash,
            is_disabled: row.is_disabled,
        })
    })
    .transpose()
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

pub(super) async fn insert_account(
    tx: &mut PgConnection,
    id: AccountId,
    account: &NewAccount,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let inserted = sqlx::query!(
        "insert into accounts (id, email, email_key, full_name, role, organisation_id, password_hash, sample, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.0,
        account.email.as_str(),
        account.email.key(),
        account.full_name.as_str(),
        account.role.key(),
        account.organisation.map(|id| id.0),
        password_hash,
        account.sample,
        now
    )
    .execute(tx)
    .await;
    match inserted {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("accounts_email_key_key") => {
            Err(FieldErrors::one("email", Problem::AlreadyInUse).into())
        }
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("accounts_organisation_id_fkey") => {
            Err(FieldErrors::one("organisation", Problem::UnknownChoice).into())
        }
        inserted => Ok(inserted.map(drop)?),
    }
}

pub(super) async fn set_password(tx: &mut PgConnection, email_key: &str, password_hash: &str) -> Result<Option<AccountId>, Error> {
    let id = sqlx::query_scalar!("update accounts set password_hash = $2 where email_key = $1 returning id", email_key, password_hash)
        .fetch_optional(tx)
        .await?;
    Ok(id.map(AccountId))
}

pub(super) async fn set_disabled(tx: &mut PgConnection, email_key: &str, at: Option<DateTime<Utc>>) -> Result<Option<AccountId>, Error> {
    let id = sqlx::query_scalar!("update accounts set disabled_at = $2 where email_key = $1 returning id", email_key, at)
        .fetch_optional(tx)
        .await?;
    Ok(id.map(AccountId))
}

pub(super) async fn organisation(pool: &PgPool, code: &str) -> Result<Option<(OrganisationId, Bilingual)>, Error> {
    let row = sqlx::query!("select id, name_vi, name_en from organisations where code = $1", code).fetch_optional(pool).await?;
    Ok(row.map(|row| (OrganisationId(row.id), Bilingual { vi: row.name_vi, en: row.name_en })))
}

/// A phone to be paired.
#[derive(Clone)]
pub(super) struct NewDevice {
    pub id: DeviceId,
    pub edition: EditionId,
    pub name: String,
    pub pairing_hash: [u8; 32],
    pub pairing_expires_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn insert_device(tx: &mut PgConnection, device: &NewDevice) -> Result<(), Error> {
    sqlx::query!(
        "insert into devices (id, edition_id, name, pairing_hash, pairing_expires_at, expires_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        device.id.0,
        device.edition.0,
        device.name,
        &device.pairing_hash[..],
        device.pairing_expires_at,
        device.expires_at,
        device.created_by.map(|id| id.0),
        device.created_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Exchanges the single-use secret for the phone's own token. Gives back the phone.
pub(super) async fn pair(
    tx: &mut PgConnection,
    pairing_hash: &[u8; 32],
    token_hash: &[u8; 32],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Option<(DeviceId, Actor)>, Error> {
    let row = sqlx::query!(
        r#"update devices set pairing_hash = null, token_hash = $2, paired_at = $3, last_seen_at = $3, expires_at = $4
         where pairing_hash = $1 and pairing_expires_at > $3 and revoked_at is null returning id, name as "name!""#,
        &pairing_hash[..],
        &token_hash[..],
        now,
        expires_at
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (DeviceId(row.id), Actor::Device { id: DeviceId(row.id), name: row.name, kind: DeviceKind::Scanner })))
}

/// Signs the device out that holds this token, if one does. Gives it back.
pub(super) async fn revoke_holder(
    tx: &mut PgConnection,
    token_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(DeviceId, Actor)>, Error> {
    let row = sqlx::query!(
        r#"update devices set revoked_at = $2, is_signed_out_by_itself = true, ended_token_hash = token_hash, token_hash = null
         where token_hash = $1 and revoked_at is null
         returning id, name as "name!", kind"#,
        &token_hash[..],
        now
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| Ok((DeviceId(row.id), device(row.id, row.name, &row.kind)?))).transpose()
}

/// The devices of the current edition, the newest first.
pub(super) async fn devices(pool: &PgPool) -> Result<Vec<DeviceRow>, Error> {
    let rows = sqlx::query!(
        r#"select d.id, d.kind, coalesce(d.name, a.full_name) as "name!", a.id as "account?", a.role as "role?", d.pairing_expires_at, d.paired_at,
                  d.last_seen_at, d.expires_at, d.revoked_at, s.last_seen_at as "session_seen_at?",
                  d.contact_at, d.waiting, d.refused, d.battery, d.offset_ms, c.name_vi as "name_vi?", c.name_en
           from devices d join editions e on e.id = d.edition_id and e.is_current
           left join accounts a on a.id = d.account_id
           left join web_sessions s on s.token_hash = d.session_hash
           left join checkpoints c on c.id = d.checkpoint_id
           where d.succeeded_at is null
           order by d.created_at desc, d.id desc"#
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let holder = row.account.zip(row.role).map(|(id, role)| Ok::<_, Error>((AccountId(id), account_role(&role)?))).transpose()?;
            let device = Device {
                id: DeviceId(row.id),
                kind: device_kind(&row.kind)?,
                name: row.name,
                holder,
                pairing_expires_at: row.pairing_expires_at,
                paired_at: row.paired_at,
                last_seen_at: row.last_seen_at,
                contact: row.contact_at.map(|at| DeviceContact {
                    at,
                    waiting: row.waiting.unwrap_or_default(),
                    refused: row.refused.unwrap_or_default(),
                    battery: row.battery,
                    checkpoint: row.name_vi.map(|vi| Bilingual { vi, en: row.name_en }),
                    offset_ms: row.offset_ms.unwrap_or_default(),
                }),
                has_ended: false,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
            };
            Ok(DeviceRow { device, session_seen_at: row.session_seen_at })
        })
        .collect()
}

/// A device as it is stored; whether it has ended is for its reader to say.
pub(super) struct DeviceRow {
    pub device: Device,
    /// When the account's session on it was used last; `None` where there is none any more.
    pub session_seen_at: Option<DateTime<Utc>>,
}

fn account_role(key: &str) -> Result<Role, Error> {
    Role::from_key(key).ok_or_else(|| inconsistent("accounts.role"))
}

/// Notes how the paired phone fares. A checkpoint that no longer is one is left out. It succeeds an account that scanned on it before.
///
/// Of a phone whose token another browser holds too, as it does where a phone's system copies cookies to the page that is put on its
/// screen, it is unknown from then on what waits: one speaks for itself alone, and the other may bring something at any time.
pub(super) async fn hear_of_phone(pool: &PgPool, id: DeviceId, contact: &Contact, now: DateTime<Utc>) -> Result<(), Error> {
    let told = Told::of(contact);
    sqlx::query!(
        "with before as (update devices set succeeded_at = $7 where phone_id = $8 and account_id is not null and succeeded_at is null)
         update devices set waiting = $2, refused = $3, battery = $4, checkpoint_id = (select id from checkpoints where id = $5),
                offset_ms = $6, contact_at = $7, phone_id = coalesce($8, phone_id),
                is_shared = is_shared or coalesce(phone_id <> $8, false),
                synced_at = case when is_shared or phone_id <> $8 then null when $9 then $7 when synced_at <= $7 then synced_at end
         where id = $1",
        id.0,
        told.waiting,
        told.refused,
        told.battery,
        told.checkpoint,
        contact.offset_ms,
        now,
        told.phone,
        contact.is_synced()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The same for the phone of an account's session, which has its place in the list from the first time on. It succeeds whoever
/// scanned in that browser before, and brings what waits there.
///
/// The session is held until this is stored, so that none begins anew that ends at the same moment.
pub(super) async fn hear_of_session(
    pool: &PgPool,
    id: DeviceId,
    token_hash: &[u8; 32],
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let told = Told::of(contact);
    sqlx::query!(
        "with session as (
             select token_hash, account_id, created_at, expires_at, last_seen_at from web_sessions where token_hash = $2 for key share
         ), before as (
             update devices d set succeeded_at = $3 from session s
             where d.phone_id = $9 and d.account_id is not null and d.session_hash is distinct from s.token_hash and d.succeeded_at is null
         )
         insert into devices (id, edition_id, account_id, session_hash, paired_at, expires_at, created_at,
                              waiting, refused, battery, checkpoint_id, offset_ms, contact_at, last_seen_at, phone_id, synced_at)
         select $1, e.id, s.account_id, s.token_hash, $3, s.expires_at, s.created_at,
                $4, $5, $6, (select id from checkpoints where id = $7), $8, $3, s.last_seen_at, $9, case when $10 then $3 end
         from session s cross join editions e where e.is_current
         on conflict on constraint devices_session_hash_key do update set
             edition_id = excluded.edition_id, waiting = excluded.waiting, refused = excluded.refused, battery = excluded.battery,
             checkpoint_id = excluded.checkpoint_id, offset_ms = excluded.offset_ms, contact_at = excluded.contact_at,
             last_seen_at = excluded.last_seen_at, phone_id = coalesce(excluded.phone_id, devices.phone_id), succeeded_at = null,
             is_shared = devices.is_shared or coalesce(devices.phone_id <> excluded.phone_id, false),
             synced_at = case when devices.is_shared or devices.phone_id <> excluded.phone_id then null
                              when excluded.synced_at is not null then excluded.synced_at
                              when devices.synced_at <= excluded.contact_at then devices.synced_at end",
        id.0,
        &token_hash[..],
        now,
        told.waiting,
        told.refused,
        told.battery,
        told.checkpoint,
        contact.offset_ms,
        told.phone,
        contact.is_synced()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// What a phone told, as the columns hold it.
struct Told {
    waiting: i32,
    refused: i32,
    battery: Option<i16>,
    checkpoint: Option<uuid::Uuid>,
    phone: Option<uuid::Uuid>,
}

impl Told {
    fn of(contact: &Contact) -> Self {
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            waiting: count(contact.waiting),
            refused: count(contact.refused),
            battery: contact.battery.map(|percent| i16::from(percent.min(100))),
            checkpoint: contact.checkpoint.map(|checkpoint| checkpoint.0),
            phone: contact.phone.map(|phone| phone.0),
        }
    }
}

/// Whose session a device has: `role` is that of an account, and none of a paired device.
pub(super) struct Held {
    pub role: Option<Role>,
}

pub(super) async fn held(tx: &mut PgConnection, id: DeviceId) -> Result<Option<Held>, Error> {
    let row = sqlx::query!(r#"select a.role as "role?" from devices d left join accounts a on a.id = d.account_id where d.id = $1"#, id.0)
        .fetch_optional(tx)
        .await?;
    row.map(|row| Ok(Held { role: row.role.as_deref().map(account_role).transpose()? })).transpose()
}

/// Signs a device out, also one that was signed out before. The session goes first, in the order of whoever ends one.
pub(super) async fn revoke(tx: &mut PgConnection, id: DeviceId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("delete from web_sessions where token_hash = (select session_hash from devices where id = $1)", id.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "update devices set revoked_at = coalesce(revoked_at, $2), pairing_hash = null,
             ended_token_hash = coalesce(token_hash, ended_token_hash), token_hash = null
         where id = $1",
        id.0,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}
