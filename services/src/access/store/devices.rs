//! The SQL of devices.

use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, DeviceKind, Role},
    checkin::Contact,
    ids::{AccountId, DeviceId, EditionId},
    text::Bilingual,
};
use sqlx::{PgConnection, PgPool};

use super::{
    super::{Device, DeviceContact, EndedPhone},
    account_role, device, device_kind,
};
use crate::Error;

/// A phone to be paired.
#[derive(Clone)]
pub(in crate::access) struct NewDevice {
    pub id: DeviceId,
    pub edition: EditionId,
    pub name: String,
    pub pairing_hash: [u8; 32],
    pub pairing_expires_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
}

pub(in crate::access) async fn insert(tx: &mut PgConnection, device: &NewDevice) -> Result<(), Error> {
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
pub(in crate::access) async fn pair(
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
pub(in crate::access) async fn revoke_holder(
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
pub(in crate::access) async fn listed(pool: &PgPool) -> Result<Vec<DeviceRow>, Error> {
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
pub(in crate::access) struct DeviceRow {
    pub device: Device,
    /// When the account's session on it was used last; `None` where there is none any more.
    pub session_seen_at: Option<DateTime<Utc>>,
}

/// Notes how the paired phone fares. A checkpoint that no longer is one is left out. It succeeds an account that scanned on it before.
///
/// Of a phone whose token another browser holds too, as it does where a phone's system copies cookies to the page that is put on its
/// screen, it is unknown from then on what waits: one speaks for itself alone, and the other may bring something at any time.
pub(in crate::access) async fn hear_of_phone(pool: &PgPool, id: DeviceId, contact: &Contact, now: DateTime<Utc>) -> Result<(), Error> {
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
pub(in crate::access) async fn hear_of_session(
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
pub(in crate::access) struct Held {
    pub role: Option<Role>,
}

pub(in crate::access) async fn held(tx: &mut PgConnection, id: DeviceId) -> Result<Option<Held>, Error> {
    let row = sqlx::query!(r#"select a.role as "role?" from devices d left join accounts a on a.id = d.account_id where d.id = $1"#, id.0)
        .fetch_optional(tx)
        .await?;
    row.map(|row| Ok(Held { role: row.role.as_deref().map(account_role).transpose()? })).transpose()
}

/// Signs a device out, also one that was signed out before. The session goes first, in the order of whoever ends one.
pub(in crate::access) async fn revoke(tx: &mut PgConnection, id: DeviceId, now: DateTime<Utc>) -> Result<(), Error> {
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

/// The phone that held a token until it was signed out or its day was over.
pub(in crate::access) async fn ended_phone(pool: &PgPool, token_hash: &[u8; 32], now: DateTime<Utc>) -> Result<Option<EndedPhone>, Error> {
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
