//! Screens: browsers that show the numbers of the live board in a hall, and may do nothing else.

use domain::{
    access::{self, Action, Actor, DeviceKind},
    ids::DeviceId,
};
use serde_json::json;

use super::{Token, devices::device_name, entry, hash, new_token, store};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition, write,
};

/// Makes the browser that holds this token of an account's session a screen, for as long as [`access::device_expires_at`] says.
/// The account is signed out there: whoever comes by finds nothing but numbers.
///
/// Effects: the session, the device, one audit entry `device.prepare` by the account and one `device.pair` by the screen.
///
/// # Errors
/// The policy's for [`Action::SeeBoard`] and [`Action::ManageDevices`]; [`Error::Invalid`] on `name`; [`Error::SignIn`] when
/// the session has ended meanwhile; [`Error::NotFound`] before any import.
pub async fn pair_screen(cx: &Context, actor: &Actor, token: &str, name: &str) -> Result<Token, Error> {
    access::authorise(actor, Action::SeeBoard)?;
    access::authorise(actor, Action::ManageDevices)?;
    let name = device_name(name)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let (screen_token, session_hash, now, by) = (new_token(cx), hash(token), cx.now(), actor.clone());
    let screen = store::screens::NewScreen {
        id: DeviceId(cx.new_id()),
        edition,
        name,
        token_hash: hash(&screen_token.0),
        paired_at: now,
        expires_at: access::device_expires_at(now),
        created_by: actor.account(),
    };
    write::write(cx, move |tx| {
        let (screen, by) = (screen.clone(), by.clone());
        Box::pin(async move {
            if !store::end_session(tx, &session_hash).await? {
                return Err(Error::SignIn);
            }
            store::screens::insert(tx, &screen).await?;
            let told = |action| Entry { detail: json!({ "kind": DeviceKind::Screen.key() }), ..entry(action, "device", screen.id.0) };
            audit::record(tx, now, By::Actor(&by), told("device.prepare")).await?;
            let device = Actor::Device { id: screen.id, name: screen.name.clone(), kind: DeviceKind::Screen };
            audit::record(tx, now, By::Actor(&device), told("device.pair")).await
        })
    })
    .await?;
    Ok(screen_token)
}

/// Whether this token was a screen's, which was signed out or whose day is over.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn ended_screen(cx: &Context, token: &str) -> Result<bool, Error> {
    store::screens::has_ended(&cx.pool, &hash(token), cx.now()).await
}
