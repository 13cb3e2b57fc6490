//! The posters of booths.

use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::Values,
};
use http::{HeaderValue, header};
use services::{Error, checkin::stamp, edition};

use super::{
    access::actor,
    answer::{self, file, with},
    form::Parameter,
};
use crate::{App, pdf, visit::Visit};

/// Of every booth, a page each.
pub async fn posters(State(app): State<App>, visit: Visit) -> Response {
    answer(&app, &visit, None).await
}

/// Of one booth.
pub async fn poster(State(app): State<App>, visit: Visit, Parameter(booth): Parameter) -> Response {
    answer(&app, &visit, Some(&booth)).await
}

async fn answer(app: &App, visit: &Visit, only: Option<&str>) -> Response {
    match drawn(app, visit, only).await {
        Ok(pdf) => {
            let name = HeaderValue::from_static("attachment; filename=\"ap-phich-gian-hang.pdf\"");
            with(file("application/pdf", pdf), header::CONTENT_DISPOSITION, name)
        }
        Err(error) => answer::refused(app, visit, visit.path.clone(), Values::default(), error).await,
    }
}

async fn drawn(app: &App, visit: &Visit, only: Option<&str>) -> Result<Vec<u8>, Error> {
    let actor = actor(app, visit).await?;
    authorise(&actor, Action::HoldRaffles)?;
    let edition = edition::current(&app.services).await?.ok_or(Error::NotFound)?;
    let mut posters = stamp::posters(&app.services, &actor).await?;
    posters.retain(|poster| only.is_none_or(|only| poster.booth.id.to_string() == only));
    if posters.is_empty() {
        return Err(Error::NotFound);
    }
    let base_url = app.base_url.clone();
    // Drawing takes some milliseconds.
    let drawing = tokio::task::spawn_blocking(move || pdf::posters(&edition, &posters, base_url.as_str()));
    drawing.await.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)
}
