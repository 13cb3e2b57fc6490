//! Access: accounts, sign-in, sessions, paired devices.

mod holders;
mod password;
mod screens;
mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    access::{self, Action, Actor, DeviceKind, Role},
    checkin::{Contact, SignIn},
    contact::Email,
    form::{FieldErrors, Problem, at_least},
    ids::{AccountId, DeviceId, OrganisationId},
    text::{Bilingual, PersonName, clean_line},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    error::Conflict,
    write,
};

pub use holders::Holders;
pub use screens::{ended_screen, pair_screen};

/// An account's session ends so long after sign-in, however busy.
const SESSION: TimeDelta = TimeDelta::hours(12);
/// Wrong passwords that lock an account, and for how long (TCVN 14423:2026, level 2: five).
const WRONG_PASSWORDS: i16 = 5;
const LOCKED_MINUTES: u32 = 15;
/// Attempts are forgotten so long after the last.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::hours(24);
/// A pairing code works so long.
pub const PAIRING: TimeDelta = TimeDelta::minutes(10);
/// How exactly `last_seen_at` is kept.
const SEEN: TimeDelta = TimeDelta::minutes(1);
/// The phone of an account whose session has ended is listed so long after it told of waiting scans, or was signed out from elsewhere.
pub(crate) const WAITING_LISTED: TimeDelta = TimeDelta::hours(24);
const REVOKED_LISTED: TimeDelta = TimeDelta::hours(1);
/// The longest name of a device, in characters.
const DEVICE_NAME_MAX: usize = 60;

/// An account's session ends so long after its last use. Who works at a gate waits between two guests.
fn idle(role: Role) -> TimeDelta {
    match role {
        Role::Organiser | Role::Department | Role::Judge => TimeDelta::minutes(30),
        Role::Supervisor | Role::Steward => TimeDelta::hours(4),
    }
}

/// A secret token as its holder keeps it: 32 random bytes in base64url. Only its SHA-256 is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: Email,
    pub full_name: PersonName,
    pub role: Role,
    pub organisation: Option<OrganisationId>,
    pub sample: bool,
}

/// Who a request comes from, by its cookie's token.
///
/// An account's session ends 12 hours after sign-in or 30 minutes (organisers, departments, judges) or 4 hours (supervisors,
/// stewards) after its last use; a device's at its own expiry. Unknown, ended and disabled give [`Actor::Anonymous`].
///
/// Effects: `last_seen_at`, at most once a minute.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn actor(cx: &Context, token: &str) -> Result<Actor, Error> {
    let Some(found) = holder(cx, token).await? else { return Ok(Actor::Anonymous) };
    seen(cx, token, &found).await?;
    Ok(found.actor)
}

/// [`actor`] for what a page asks by itself while it lies open: that is no use by a person, so an account's session goes
/// on becoming idle. A device has no idle end; it is seen, since the organisers' list tells which devices are there.
///
/// Effects: a device's `last_seen_at`, at most once a minute.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn polling_actor(cx: &Context, token: &str) -> Result<Actor, Error> {
    let Some(found) = holder(cx, token).await? else { return Ok(Actor::Anonymous) };
    if let Actor::Device { .. } = found.actor {
        seen(cx, token, &found).await?;
    }
    Ok(found.actor)
}

/// The sign-in that this token is of, by which scans tell who made them; `None` for a device's, and for one that has ended.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn sign_in_of(cx: &Context, token: &str) -> Result<Option<SignIn>, Error> {
    let found = holder(cx, token).await?;
    Ok(found.and_then(|found| Some(SignIn { account: found.actor.account()?, at: found.signed_in_at? })))
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
    store::ended_phone(&cx.pool, &hash(token), cx.now()).await
}

/// Who holds a token that has not ended, by age or idleness.
async fn holder(cx: &Context, token: &str) -> Result<Option<store::Holder>, Error> {
    let now = cx.now();
    let found = cx.holders.of(cx, hash(token)).await?;
    Ok(found.filter(|found| match &found.actor {
        Actor::Account { role, .. } => now - found.last_seen_at < idle(*role),
        Actor::Device { .. } | Actor::Anonymous => true,
    }))
}

async fn seen(cx: &Context, token: &str, found: &store::Holder) -> Result<(), Error> {
    let (token_hash, now) = (hash(token), cx.now());
    if now - found.last_seen_at < SEEN {
        return Ok(());
    }
    write::statement(cx, move |pool| async move { store::seen(&pool, &token_hash, now).await }).await
}

/// Signs in by e-mail and password. Every attempt counts for the address that was typed, before its password is looked
/// at; after five wrong ones the address is locked for 15 minutes. Words and work are the same whether or not an account
/// has the address. argon2id, m = 19 MiB, t = 2, p = 1, off the async threads, two at a time.
///
/// Effects: the address's attempts, a session, one audit entry `access.sign_in` or, for an account, `access.sign_in_failed`.
///
/// # Errors
/// [`Error::Invalid`] on `email` with [`domain::form::Problem::SignInFailed`] or `TooManyAttempts`;
/// [`Error::Unavailable`] when too many wait for their turn.
pub async fn sign_in(cx: &Context, email: &str, password: &str) -> Result<(Token, Actor), Error> {
    let now = cx.now();
    let address = hash(&email.trim().to_lowercase());
    let email = Email::parse(email).ok().map(|email| email.key());
    let locked_until = write::write(cx, move |tx| {
        let locked_until = now + TimeDelta::minutes(LOCKED_MINUTES.into());
        Box::pin(async move { store::count_attempt(tx, &address, WRONG_PASSWORDS, now, locked_until).await })
    })
    .await?;
    if let Some(until) = locked_until {
        let minutes = u32::try_from((until - now).num_minutes() + 1).unwrap_or(LOCKED_MINUTES);
        return Err(refused(Problem::TooManyAttempts { minutes }));
    }
    let account = match &email {
        Some(email) => store::account(&cx.pool, email).await?,
        None => None,
    };
    let right = password::verify(password, account.as_ref().map(|account| account.password_hash.clone())).await?;
    let Some(account) = account else { return Err(refused(Problem::SignInFailed)) };
    let (id, actor, token) = (account.id, account.actor, new_token(cx));
    if !right || account.is_disabled {
        write::write(cx, move |tx| {
            Box::pin(audit::record(tx, now, By::Actor(&Actor::Anonymous), entry("access.sign_in_failed", "account", id.0)))
        })
        .await?;
        return Err(refused(Problem::SignInFailed));
    }
    let (by, token_hash) = (actor.clone(), hash(&token.0));
    write::write(cx, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            store::forget_attempts(tx, &address).await?;
            store::start_session(tx, &token_hash, id, now, now + SESSION, now - ATTEMPTS_KEPT).await?;
            audit::record(tx, now, By::Actor(&by), entry("access.sign_in", "account", id.0)).await
        })
    })
    .await?;
    Ok((token, actor))
}

/// Ends the session of this token; a device is signed out for good.
///
/// Effects: the session, or the device and one audit entry `device.sign_out`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn sign_out(cx: &Context, token: &str) -> Result<(), Error> {
    let (token_hash, now) = (hash(token), cx.now());
    write::write(cx, move |tx| {
        Box::pin(async move {
            store::end_session(tx, &token_hash).await?;
            let Some((id, device)) = store::revoke_holder(tx, &token_hash, now).await? else { return Ok(()) };
            audit::record(tx, now, By::Actor(&device), entry("device.sign_out", "device", id.0)).await
        })
    })
    .await
}

/// Ends every session of the actor's account.
///
/// Effects: sessions and the phones that they are on, one audit entry `access.sign_out_everywhere`.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageOwnSessions`].
pub async fn sign_out_everywhere(cx: &Context, actor: &Actor) -> Result<(), Error> {
    access::authorise(actor, Action::ManageOwnSessions)?;
    let Some(id) = actor.account() else { return Err(Error::SignIn) };
    let (by, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            store::end_sessions_of(tx, id, now).await?;
            audit::record(tx, now, By::Actor(&by), entry("access.sign_out_everywhere", "account", id.0)).await
        })
    })
    .await
}

/// Makes an account with a random password, which is returned and never shown again.
///
/// Effects: the account, one audit entry `access.create_account`.
///
/// # Errors
/// [`Error::Invalid`] on `email` when it is taken, on `organisation` when a department has none.
pub async fn create_account(cx: &Context, account: NewAccount) -> Result<(AccountId, String), Error> {
    if account.role == Role::Department && account.organisation.is_none() {
        return Err(FieldErrors::one("organisation", Problem::Required).into());
    }
    let (id, now, secret) = (AccountId(cx.new_id()), cx.now(), password::random(cx));
    let password_hash = password::hash(cx, &secret).await?;
    write::write(cx, move |tx| {
        let (account, password_hash) = (account.clone(), password_hash.clone());
        Box::pin(async move {
            store::insert_account(tx, id, &account, &password_hash, now).await?;
            let detail = json!({ "role": account.role.key() });
            audit::record(tx, now, By::System, Entry { detail, ..entry("access.create_account", "account", id.0) }).await
        })
    })
    .await?;
    Ok((id, secret))
}

/// Whether there is an account with this address.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn has_account(cx: &Context, email: &Email) -> Result<bool, Error> {
    Ok(store::account(&cx.pool, &email.key()).await?.is_some())
}

/// Gives an account (by e-mail) a new random password and ends its sessions.
///
/// Effects: the account, its address's attempts, its sessions and the phones that they are on, one audit entry
/// `access.reset_password`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn reset_password(cx: &Context, email: &Email) -> Result<String, Error> {
    let (now, secret, key) = (cx.now(), password::random(cx), email.key());
    let password_hash = password::hash(cx, &secret).await?;
    write::write(cx, move |tx| {
        let (key, password_hash) = (key.clone(), password_hash.clone());
        Box::pin(async move {
            let id = store::set_password(tx, &key, &password_hash).await?.ok_or(Error::NotFound)?;
            store::forget_attempts(tx, &hash(&key)).await?;
            store::end_sessions_of(tx, id, now).await?;
            audit::record(tx, now, By::System, entry("access.reset_password", "account", id.0)).await
        })
    })
    .await?;
    Ok(secret)
}

/// Shuts an account (by e-mail) and ends its sessions, or opens it again with its old password.
///
/// Effects: the account, its sessions and the phones that they are on, one audit entry `access.disable_account` or
/// `access.enable_account`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_disabled(cx: &Context, email: &Email, is_disabled: bool) -> Result<(), Error> {
    let (now, key) = (cx.now(), email.key());
    let action = if is_disabled { "access.disable_account" } else { "access.enable_account" };
    write::write(cx, move |tx| {
        let key = key.clone();
        Box::pin(async move {
            let id = store::set_disabled(tx, &key, is_disabled.then_some(now)).await?.ok_or(Error::NotFound)?;
            store::end_sessions_of(tx, id, now).await?;
            audit::record(tx, now, By::System, entry(action, "account", id.0)).await
        })
    })
    .await
}

/// The organisation with this code.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn organisation_by_code(cx: &Context, code: &str) -> Result<(OrganisationId, Bilingual), Error> {
    store::organisation(&cx.pool, code).await?.ok_or(Error::NotFound)
}

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
    let device = store::NewDevice {
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
            store::insert_device(tx, &device).await?;
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
            let paired = store::pair(tx, &pairing_hash, &token_hash, now, access::device_expires_at(now)).await?;
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
                Actor::Device { id, .. } => store::hear_of_phone(&pool, id, &contact, now).await,
                Actor::Account { .. } | Actor::Anonymous => store::hear_of_session(&pool, id, &token_hash, &contact, now).await,
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
    let listed = store::devices(&cx.pool).await?.into_iter().filter_map(|row| {
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
            if let Some(role) = store::held(tx, id).await?.ok_or(Error::NotFound)?.role {
                access::authorise(&by, Action::EndSessionOf(role))?;
            }
            store::revoke(tx, id, now).await?;
            audit::record(tx, now, By::Actor(&by), entry("device.revoke", "device", id.0)).await
        })
    })
    .await
}

fn device_name(typed: &str) -> Result<String, FieldErrors> {
    clean_line(typed, DEVICE_NAME_MAX).and_then(|name| at_least(name, 1)).map_err(|problem| FieldErrors::one("name", problem))
}

fn new_token(cx: &Context) -> Token {
    Token(BASE64URL_NOPAD.encode(&cx.random_bytes::<32>()))
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn refused(problem: Problem) -> Error {
    FieldErrors::one("email", problem).into()
}

fn entry(action: &'static str, subject_kind: &'static str, subject_id: uuid::Uuid) -> Entry {
    Entry { action, subject_kind, subject_id: Some(subject_id), detail: json!({}) }
}
