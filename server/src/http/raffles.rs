//! Raffles: freezing and drawing, and the published list.

use app::routes::{Deed, Page};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::Values,
    raffle::{Freeze, Seed, Stage},
};
use http::{HeaderValue, header};
use services::{Error, checkin::raffle, error::Conflict};

use super::{
    access::actor,
    answer::{self, file, see_other, with},
    form::{Form, Parameter},
};
use crate::{App, visit::Visit};

/// [`Deed::FreezeRaffle`].
pub async fn freeze(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let page = Deed::FreezeRaffle.page().path(visit.locale());
    let frozen = async {
        let actor = actor(&app, &visit).await?;
        raffle::freeze(&app.services, &actor, &code, Freeze::parse(&values)).await
    };
    match frozen.await {
        Ok(()) => see_other(page),
        Err(error) => answer::refused(&app, &visit, page.to_owned(), values, error).await,
    }
}

/// [`Deed::DrawRaffle`].
pub async fn draw(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let drawn = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::HoldRaffles)?;
        let (raffle, _) = raffle::raffle(&app.services, &code).await?;
        let source = raffle.source.ok_or(Error::Conflict(Conflict::Raffle(Stage::Sourceless)))?;
        raffle::draw(&app.services, &actor, &code, Seed::parse(&values, source.digits)?).await
    };
    match drawn.await {
        Ok(()) => see_other(&Page::Raffle.at(visit.locale(), &code)),
        Err(error) => answer::refused(&app, &visit, Deed::DrawRaffle.page().path(visit.locale()).to_owned(), values, error).await,
    }
}

/// The published list, to be hashed as it comes.
pub async fn list(State(app): State<App>, visit: Visit, Parameter(code): Parameter) -> Response {
    match raffle::list(&app.services, &code).await {
        Ok(list) => {
            let name = HeaderValue::from_static("attachment; filename=\"danh-sach-du-thuong.txt\"");
            with(file("text/plain; charset=utf-8", list), header::CONTENT_DISPOSITION, name)
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}
