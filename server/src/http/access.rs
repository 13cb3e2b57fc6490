//! Signing in and out, pairing a phone or a screen, and how the reader wants to see the site.

use std::sync::Arc;

use app::{
    forms::{self, FormState},
    i18n::t,
    pages::{Kept, access::field},
    prefs::{self, Prefs, TextSize, Theme, safe_back},
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    access::{Actor, DeviceKind},
    form::Values,
    text::Locale,
};
use http::{HeaderValue, header};
use leptos::context::provide_context;
use services::{Error, access};

use super::{
    answer::{self, see_other, with},
    form::{Form, Parameter},
};
use crate::{
    App,
    render::Sheet,
    visit::{SESSION_COOKIE, Visit},
};

/// An account's session ends within 12 hours and a device's at the end of the day; the server decides, and these only
/// keep the browser from forgetting earlier.
const ACCOUNT_SECONDS: u32 = 12 * 3600;
const DEVICE_SECONDS: u32 = 24 * 3600;
const YEAR_SECONDS: u32 = 365 * 24 * 3600;

/// `POST` on the sign-in page.
pub async fn sign_in(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    match access::sign_in(&app.services, values.get(field::EMAIL), values.get(field::PASSWORD)).await {
        Ok((token, actor)) => {
            replace(&app, &visit).await;
            let desk = desk(&actor, visit.locale());
            let back = match values.get(prefs::BACK) {
                "" => desk,
                back => safe_back(back).to_owned(),
            };
            let kept = forms::kept(&values);
            let response = if kept.0.is_empty() {
                see_other(&back)
            } else {
                again(&app, &Visit { token: Some(token.0.clone()), ..visit }, &back, kept).await
            };
            with_cookie(response, &session(&token.0, ACCOUNT_SECONDS))
        }
        Err(error) => {
            let typed = values.0.into_iter().filter(|(name, _)| name != field::PASSWORD).collect();
            answer::refused(&app, &visit, visit.path.clone(), Values(typed), error).await
        }
    }
}

/// The sign-in that the browser held before is worth nothing to anybody now.
async fn replace(app: &App, visit: &Visit) {
    if let Some(old) = &visit.token {
        let _ = access::sign_out(&app.services, old).await;
    }
}

fn desk(actor: &Actor, locale: Locale) -> String {
    let page = match actor {
        Actor::Account { role, .. } => Page::desk(*role),
        Actor::Device { kind: DeviceKind::Scanner, .. } => Page::CheckIn,
        Actor::Device { kind: DeviceKind::Screen, .. } => Page::BigScreen,
        Actor::Anonymous => Page::Home,
    };
    page.path(locale).to_owned()
}

/// [`Deed::SignOut`]. The browser forgets in any case.
pub async fn sign_out(State(app): State<App>, visit: Visit) -> Response {
    let page = Deed::SignOut.page().path(visit.locale()).to_owned();
    let ended = match &visit.token {
        Some(token) => access::sign_out(&app.services, token).await,
        None => Ok(()),
    };
    let response = match ended {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    };
    with_cookie(response, &session("", 0))
}

/// [`Deed::SignOutEverywhere`].
pub async fn sign_out_everywhere(State(app): State<App>, visit: Visit) -> Response {
    let page = Deed::SignOutEverywhere.page().path(visit.locale()).to_owned();
    let ended = async {
        let actor = app.actor(visit.token.as_deref()).await?;
        access::sign_out_everywhere(&app.services, &actor).await
    };
    match ended.await {
        Ok(()) => with_cookie(see_other(&page), &session("", 0)),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}

/// `POST` on the page behind a pairing code.
pub async fn pair(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    match access::pair_device(&app.services, &secret).await {
        Ok(token) => {
            replace(&app, &visit).await;
            with_cookie(see_other(Page::CheckIn.path(visit.locale())), &session(&token.0, DEVICE_SECONDS))
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// [`Deed::PairScreen`]. The account's session ends with it.
pub async fn pair_screen(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let locale = visit.locale();
    let paired = async {
        let actor = actor(&app, &visit).await?;
        let name = match values.get(field::NAME).trim() {
            "" => t(locale).board.big_screen,
            name => name,
        };
        access::pair_screen(&app.services, &actor, visit.token.as_deref().unwrap_or_default(), name).await
    };
    match paired.await {
        Ok(token) => with_cookie(see_other(Page::BigScreen.path(locale)), &session(&token.0, DEVICE_SECONDS)),
        Err(error) => answer::refused(&app, &visit, Deed::PairScreen.page().path(locale).to_owned(), values, error).await,
    }
}

/// The page at an address, with what was typed into its form before and has not been taken.
async fn again(app: &App, visit: &Visit, address: &str, values: Values) -> Response {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let visit = Visit { path: path.to_owned(), query: query.to_owned(), ..visit.clone() };
    let form = FormState { values, ..FormState::default() };
    app.render(&visit, Sheet { form, provide: Some(Arc::new(|| provide_context(Kept))), ..Sheet::default() }).await
}

/// Text size and theme. Where a form was being written, it is shown again with what was typed, also in the other
/// language or for another audience: the address to return to says which.
pub async fn prefer(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let secure = if app.base_url.is_https() { "; Secure" } else { "" };
    let cookie = |name: &str, value: &str| format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax{secure}");
    let (size, theme) = (TextSize::parse(values.get(prefs::SIZE)), Theme::parse(values.get(prefs::THEME)));
    let asked = form_urlencoded::parse(visit.query.as_bytes()).find(|(name, _)| name == prefs::BACK);
    let mut response = match asked {
        Some((_, back)) => {
            let back = safe_back(&back);
            let prefs = Prefs { size: size.unwrap_or(visit.prefs.size), theme: theme.unwrap_or(visit.prefs.theme) };
            let own = [prefs::SIZE, prefs::THEME, field::PASSWORD];
            let typed = values.0.into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
            again(&app, &Visit { prefs, ..visit.clone() }, back, Values(typed)).await
        }
        None => see_other(safe_back(values.get(prefs::BACK))),
    };
    if let Some(size) = size {
        response = with_cookie(response, &cookie(prefs::SIZE, size.as_str()));
    }
    if let Some(theme) = theme {
        response = with_cookie(response, &cookie(prefs::THEME, theme.as_str()));
    }
    response
}

/// The session's cookie. `__Host-` binds it to this host and to TLS (browsers count the loopback as such).
fn session(token: &str, seconds: u32) -> String {
    format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax")
}

/// Sets a cookie.
pub fn with_cookie(response: Response, cookie: &str) -> Response {
    match HeaderValue::try_from(cookie) {
        Ok(cookie) => with(response, header::SET_COOKIE, cookie),
        Err(_) => response,
    }
}

/// Who asks, for a handler that acts in somebody's name.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn actor(app: &App, visit: &Visit) -> Result<Actor, Error> {
    app.actor(visit.token.as_deref()).await
}
