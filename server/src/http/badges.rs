//! Badges: ordering a print, and the measures that it is printed by.

use app::routes::Page;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::{
    access::{Action, authorise},
    badge::Frame,
    form::Values,
};
use http::{HeaderValue, StatusCode, header};
use services::{
    Error,
    registration::badges::{self, Order},
};

use super::{
    access::actor,
    answer::{self, file, see_other, with},
    form::{Form, Parameter},
};
use crate::{App, visit::Visit};

/// The same measures are always the same style.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `POST` on the badges' page.
pub async fn print(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let printed = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::PrintBadges)?;
        let templates = badges::templates(&app.services, &actor).await?;
        badges::print(&app.services, &actor, Order::parse(&values, &templates)?).await
    };
    match printed.await {
        Ok(id) => see_other(&Page::BadgeSheet.at(visit.locale(), &id.to_string())),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// `POST` on a print: it goes to a printer.
pub async fn printed(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let noted = async {
        let actor = actor(&app, &visit).await?;
        badges::printed(&app.services, &actor, id.parse().map_err(|_| Error::NotFound)?).await
    };
    match noted.await {
        Ok(()) => see_other(&Page::BadgeSheet.at(visit.locale(), &id)),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The style sheet of a print, whose measures its address tells. The page itself may hold no style.
pub async fn frame(Parameter(key): Parameter) -> Response {
    match Frame::from_key(&key) {
        Some(frame) => with(file("text/css; charset=utf-8", frame.style()), header::CACHE_CONTROL, FOR_GOOD),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
