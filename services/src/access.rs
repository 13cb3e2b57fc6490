//! Access: accounts, sign-in, sessions, paired phones.

use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, Role},
    contact::Email,
    ids::{AccountId, DeviceId, OrganisationId},
    text::{Bilingual, PersonName},
};

use crate::{Context, Error};

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
/// An account's session ends 12 hours after sign-in or 30 minutes (organisers, departments, judges) or
/// 4 hours (stewards) after its last use; a phone's at its own expiry. Unknown, ended and disabled give [`Actor::Anonymous`].
///
/// Effects: `last_seen_at`, at most once a minute.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn actor(cx: &Context, token: &str) -> Result<Actor, Error> {
    let _ = (cx, token);
    todo!()
}

/// Signs in by e-mail and password. The work is the same whether or not the account exists; five wrong
/// passwords lock it for 15 minutes. argon2id, m = 19 MiB, t = 2, p = 1, off the async threads, two at a time.
///
/// Effects: a session, the counter of wrong attempts, one audit entry `access.sign_in` or `access.sign_in_failed`.
///
/// # Errors
/// [`Error::Invalid`] on `email` with [`domain::form::Problem::SignInFailed`] or `TooManyAttempts`.
pub async fn sign_in(cx: &Context, email: &str, password: &str) -> Result<(Token, Actor), Error> {
    let _ = (cx, email, password);
    todo!()
}

/// Ends the session of this token.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn sign_out(cx: &Context, token: &str) -> Result<(), Error> {
    let _ = (cx, token);
    todo!()
}

/// Ends every session of the actor's account.
///
/// Effects: sessions, one audit entry `access.sign_out_everywhere`.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageOwnSessions`].
pub async fn sign_out_everywhere(cx: &Context, actor: &Actor) -> Result<(), Error> {
    let _ = (cx, actor);
    todo!()
}

/// Makes an account with a random password, which is returned and never shown again.
///
/// Effects: the account, one audit entry `access.create_account`.
///
/// # Errors
/// [`Error::Invalid`] on `email` when it is taken, on `organisation` when a department has none.
pub async fn create_account(cx: &Context, account: NewAccount) -> Result<(AccountId, String), Error> {
    let _ = (cx, account);
    todo!()
}

/// Gives an account (by e-mail) a new random password and ends its sessions.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn reset_password(cx: &Context, email: &Email) -> Result<String, Error> {
    let _ = (cx, email);
    todo!()
}

/// The body with this code.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn organisation_by_code(cx: &Context, code: &str) -> Result<(OrganisationId, Bilingual), Error> {
    let _ = (cx, code);
    todo!()
}

/// A phone on the organisers' list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    pub paired_at: Option<DateTime<Utc>>,
    pub last_seen_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Prepares a phone: the returned secret stands in the pairing QR code, works once and for ten minutes.
/// The phone's own sign-in will end at the end of the day.
///
/// Effects: the device, one audit entry `device.prepare`.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageDevices`]; [`Error::Invalid`] on `name`.
pub async fn prepare_device(cx: &Context, actor: &Actor, name: &str) -> Result<(DeviceId, Token), Error> {
    let _ = (cx, actor, name);
    todo!()
}

/// Pairs the phone that holds the secret.
///
/// Effects: the device, one audit entry `device.pair`.
///
/// # Errors
/// [`Error::Conflict`] with [`crate::error::Conflict::PairingCode`] when the code was used, has expired or never was.
pub async fn pair_device(cx: &Context, secret: &str) -> Result<Token, Error> {
    let _ = (cx, secret);
    todo!()
}

/// The phones of the current edition, the newest first.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageDevices`].
pub async fn devices(cx: &Context, actor: &Actor) -> Result<Vec<Device>, Error> {
    let _ = (cx, actor);
    todo!()
}

/// Signs a phone out for good.
///
/// Effects: the device, one audit entry `device.revoke`.
///
/// # Errors
/// The policy's for [`domain::access::Action::ManageDevices`]; [`Error::NotFound`].
pub async fn revoke_device(cx: &Context, actor: &Actor, id: DeviceId) -> Result<(), Error> {
    let _ = (cx, actor, id);
    todo!()
}
