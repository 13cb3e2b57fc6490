//! Settling what phones did against the rule, and how much of it is open.

use app::{i18n, pages::conflicts::KIND, routes::Page};
use axum::{Json, extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::Values,
    ids::ScanId,
};
use services::{
    Error,
    checkin::{
        self,
        conflicts::{self, ConflictKind},
    },
};

use super::{
    access::actor,
    answer::{self, see_other},
    api::Refusal,
    form::{Form, Parameter},
};
use crate::{App, visit::Visit};

/// `GET` [`app::pages::conflicts::COUNT`], which desks ask for by themselves: the number of open conflicts as a reader of the query's
/// `lang` writes it, as JSON.
///
/// # Errors
/// 401, 403, 503, as JSON.
pub async fn count(State(app): State<App>, visit: Visit) -> Result<Json<String>, Refusal> {
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    let open = conflicts::open(&app.services, &actor).await?;
    Ok(Json(i18n::number(visit.file_locale(), open)))
}

/// [`app::routes::Deed::AcceptConflict`].
pub async fn accept(State(app): State<App>, visit: Visit, Parameter(scan): Parameter, Form(values): Form) -> Response {
    let accepted = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::CorrectScans)?;
        let scan: ScanId = scan.parse().map_err(|_| Error::NotFound)?;
        let kind = ConflictKind::from_key(values.get(KIND)).ok_or(Error::NotFound)?;
        conflicts::accept(&app.services, &actor, scan, kind).await
    };
    settled(&app, &visit, accepted.await).await
}

/// [`app::routes::Deed::UndoConflict`].
pub async fn undo(State(app): State<App>, visit: Visit, Parameter(scan): Parameter) -> Response {
    let undone = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::CorrectScans)?;
        checkin::correct(&app.services, &actor, scan.parse().map_err(|_| Error::NotFound)?).await
    };
    settled(&app, &visit, undone.await).await
}

/// [`app::routes::Deed::CountIn`].
pub async fn count_in(State(app): State<App>, visit: Visit, Parameter(scan): Parameter) -> Response {
    let counted = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::CorrectScans)?;
        conflicts::count_in(&app.services, &actor, scan.parse().map_err(|_| Error::NotFound)?).await
    };
    settled(&app, &visit, counted.await).await
}

/// [`app::routes::Deed::CountInAll`].
pub async fn count_in_all(State(app): State<App>, visit: Visit, Parameter(scan): Parameter) -> Response {
    let counted = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::CorrectScans)?;
        conflicts::count_in_all(&app.services, &actor, scan.parse().map_err(|_| Error::NotFound)?).await
    };
    settled(&app, &visit, counted.await.map(|_| ())).await
}

async fn settled(app: &App, visit: &Visit, done: Result<(), Error>) -> Response {
    let page = Page::Conflicts.path(visit.locale());
    match done {
        Ok(()) => see_other(page),
        Err(error) => answer::refused(app, visit, page.to_owned(), Values::default(), error).await,
    }
}
