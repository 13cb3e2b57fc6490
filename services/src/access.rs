//! Access: who holds a token, sign-in and its sessions; accounts, and the devices that people scan and show with.

mod accounts;
mod devices;
mod holders;
mod password;
mod screens;
mod store;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use domain::{
    access::{self, Action, Actor, Role},
    checkin::SignIn,
    contact::Email,
    form::{FieldErrors, Problem},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Context, Error,
    audit::{self, By, Entry},
    write,
};

pub use accounts::{NewAccount, create_account, has_account, organisation_by_code, reset_password, set_disabled};
pub(crate) use devices::WAITING_LISTED;
pub use devices::{Device, DeviceContact, EndedPhone, PAIRING, devices, ended_phone, hear, pair_device, prepare_device, revoke_device};
pub use holders::Holders;
pub use screens::{ended_screen, pair_screen};

/// An account's session ends so long after sign-in, however busy.
const SESSION: TimeDelta = TimeDelta::hours(12);
/// Wrong passwords that lock an account, and for how long (TCVN 14423:2026, level 2: five).
const WRONG_PASSWORDS: i16 = 5;
const LOCKED_MINUTES: u32 = 15;
/// Attempts are forgotten so long after the last.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::hours(24);
/// How exactly `last_seen_at` is kept.
const SEEN: TimeDelta = TimeDelta::minutes(1);

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
        Some(email) => store::accounts::find(&cx.pool, email).await?,
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
            let Some((id, device)) = store::devices::revoke_holder(tx, &token_hash, now).await? else { return Ok(()) };
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
