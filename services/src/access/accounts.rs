//! Accounts: making them, new passwords, shutting and opening them.

use domain::{
    access::Role,
    contact::Email,
    form::{FieldErrors, Problem},
    ids::{AccountId, OrganisationId},
    text::{Bilingual, PersonName},
};
use serde_json::json;

use super::{entry, hash, password, store};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    write,
};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: Email,
    pub full_name: PersonName,
    pub role: Role,
    pub organisation: Option<OrganisationId>,
    pub sample: bool,
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
            store::accounts::insert(tx, id, &account, &password_hash, now).await?;
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
    Ok(store::accounts::find(&cx.pool, &email.key()).await?.is_some())
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
            let id = store::accounts::set_password(tx, &key, &password_hash).await?.ok_or(Error::NotFound)?;
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
            let id = store::accounts::set_disabled(tx, &key, is_disabled.then_some(now)).await?.ok_or(Error::NotFound)?;
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
    store::accounts::organisation(&cx.pool, code).await?.ok_or(Error::NotFound)
}
