//! Devices: paired phones, those on which somebody scans with an account, and screens, which `super::screens` pairs.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{self, Action, Actor, DeviceKind, Role},
    checkin::Contact,
    form::{FieldErrors, at_least},
    ids::{AccountId, DeviceId},
    text::{Bilingual, clean_line},
};

use super::{Token, entry, hash, idle, new_token, store};
use crate::{
    Context, Error,
    audit::{self, By},
    edition,
    error::Conflict,
    write,
};

/// A pairing code works so long.
pub const PAIRING: TimeDelta = TimeDelta::minutes(10);
/// The phone of an account whose session has ended is listed so long after it told of waiting scans.
pub(crate) const WAITING_LISTED: TimeDelta = TimeDelta::hours(24);
/// And so long after it was signed out from elsewhere.
const REVOKED_LISTED: TimeDelta = TimeDelta::hours(1);
/// The longest name of a device, in characters.
const DEVICE_NAME_MAX: usize = 60;

/// A device on the organisers' list: a paired phone, that of somebody who scans with an account, or a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub kind: DeviceKind,
    /// The device's name, or the account's.
    pub name: String,
    /// Who is signed in on it; `None`: it is paired.
    pub holder: Option<(AccountId, Role)>,
    /// When the pairing code ends, until it is used.
    pub pairing_expires_at: Option<DateTime<Utc>>,
    pub paired_at: Option<DateTime<Utc>>,
    /// When it asked the server for anything.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How it fares, as it told last; `None` before it has told anything.
    pub contact: Option<DeviceContact>,
    /// Nobody scans with it any more: its day, or the account's session on it, is over.
    pub has_ended: bool,
    pub expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What a phone told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceContact {
    pub at: DateTime<Utc>,
    /// Scans that wait to be sent.
    pub waiting: i32,
    /// Scans that the server did not take.
    pub refused: i32,
    /// Percent of the battery, where the browser tells.
    pub battery: Option<i16>,
    /// Where it scans.
    pub checkpoint: Option<Bilingual>,
    /// Server clock minus phone clock, in milliseconds, as the phone has measured it.
    pub offset_ms: i64,
}

/// Prepares a phone: the returned secret stands in the pairing QR code, works once and for ten minutes.
/// How long it works then: [`access::device_expires_at`].
///
/// Effects: the device, one audit entry `device.prepare`.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageDevices`]; [`Error::Invalid`] on `name`; [`Error::NotFound`] before any import.
pub async fn prepare_device(cx: &Context, actor: &Actor, name: &str) -> Result<(DeviceId, Token), Error> {
    access::authorise(actor, Action::ManageDevices)?;
    let name = device_name(name)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let (id, token, now, by) = (DeviceId(cx.new_id()), new_token(cx), cx.now(), actor.clone());
    let device = store::devices::NewDevice {
        id,
        edition,
        name,
        pairing_hash: hash(&token.0),
        pairing_expires_at: now + PAIRING,
        expires_at: access::device_expires_at(now),
        created_by: actor.account(),
        created_at: now,
    };
    write::write(cx, move |tx| {
        let (device, by) = (device.clone(), by.clone());
        Box::pin(async move {
            store::devices::insert(tx, &device).await?;
            audit::record(tx, now, By::Actor(&by), entry("device.prepare", "device", id.0)).await
        })
    })
    .await?;
    Ok((id, token))
}

/// Pairs the phone that holds the secret.
///
/// Effects: the device, one audit entry `device.pair`.
///
/// # Errors
/// [`Error::Conflict`] with [`crate::error::Conflict::PairingCode`] when the code was used, has expired or never was.
pub async fn pair_device(cx: &Context, secret: &str) -> Result<Token, Error> {
    let (token, now, pairing_hash) = (new_token(cx), cx.now(), hash(secret));
    let token_hash = hash(&token.0);
    write::write(cx, move |tx| {
        Box::pin(async move {
            let paired = store::devices::pair(tx, &pairing_hash, &token_hash, now, access::device_expires_at(now)).await?;
            let (id, phone) = paired.ok_or(Error::Conflict(Conflict::PairingCode))?;
            audit::record(tx, now, By::Actor(&phone), entry("device.pair", "device", id.0)).await
        })
    })
    .await?;
    Ok(token)
}

/// Notes how the phone fares that holds this token, as it tells with every question for the list. An account's phone comes
/// into the organisers' list by that; paired ones are there before.
///
/// Effects: the phone's row.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::Unavailable`].
pub async fn hear(cx: &Context, actor: &Actor, token: &str, contact: &Contact) -> Result<(), Error> {
    access::authorise(actor, Action::Scan)?;
    let (paired, token_hash, contact, now) = (actor.clone(), hash(token), contact.clone(), cx.now());
    let id = DeviceId(cx.new_id());
    write::statement(cx, move |pool| {
        let (paired, contact) = (paired.clone(), contact.clone());
        async move {
            match paired {
                Actor::Device { id, .. } => store::devices::hear_of_phone(&pool, id, &contact, now).await,
                Actor::Account { .. } | Actor::Anonymous => store::devices::hear_of_session(&pool, id, &token_hash, &contact, now).await,
            }
        }
    })
    .await
}

/// The devices of the current edition, the newest first. The phone of an account while its session lasts; after that for a day while
/// scans wait on it, and for an hour if it was signed out from elsewhere; not any more once somebody else scans in that browser.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageDevices`].
pub async fn devices(cx: &Context, actor: &Actor) -> Result<Vec<Device>, Error> {
    access::authorise(actor, Action::ManageDevices)?;
    let now = cx.now();
    let listed = store::devices::listed(&cx.pool).await?.into_iter().filter_map(|row| {
        let mut device = row.device;
        let Some((_, role)) = device.holder else {
            device.has_ended = device.expires_at <= now;
            return Some(device);
        };
        device.has_ended = device.expires_at <= now || row.session_seen_at.is_none_or(|seen| now - seen >= idle(role));
        let waits = device.contact.as_ref().is_some_and(|told| told.waiting > 0 && now - told.at < WAITING_LISTED);
        let is_news = device.revoked_at.is_some_and(|at| now - at < REVOKED_LISTED);
        (!device.has_ended || waits || is_news).then_some(device)
    });
    Ok(listed.collect())
}

/// Signs a device out: a paired one for good, an account by its session in that browser.
///
/// Effects: the device, the session, one audit entry `device.revoke`.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageDevices`] and [`domain::access::Action::EndSessionOf`]; [`Error::NotFound`].
pub async fn revoke_device(cx: &Context, actor: &Actor, id: DeviceId) -> Result<(), Error> {
    access::authorise(actor, Action::ManageDevices)?;
    let (now, by) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            if let Some(role) = store::devices::held(tx, id).await?.ok_or(Error::NotFound)?.role {
                access::authorise(&by, Action::EndSessionOf(role))?;
            }
            store::devices::revoke(tx, id, now).await?;
            audit::record(tx, now, By::Actor(&by), entry("device.revoke", "device", id.0)).await
        })
    })
    .await
}

/// A phone that was signed out, or whose day is over. It may do nothing any more, but what it scanned before is taken
/// ([`crate::checkin::record_late`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedPhone {
    pub(crate) actor: Actor,
    /// What it scanned before is believed: until its day was over. Nothing, if it was signed out.
    pub(crate) believed_until: DateTime<Utc>,
}

/// The phone that held this token until it ended; `None` when no phone did.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn ended_phone(cx: &Context, token: &str) -> Result<Option<EndedPhone>, Error> {
    store::devices::ended_phone(&cx.pool, &hash(token), cx.now()).await
}

/// A device's name as typed, tidied.
pub(super) fn device_name(typed: &str) -> Result<String, FieldErrors> {
    clean_line(typed, DEVICE_NAME_MAX).and_then(|name| at_least(name, 1)).map_err(|problem| FieldErrors::one("name", problem))
}
