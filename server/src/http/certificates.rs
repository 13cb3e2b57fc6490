//! Certificates of attendance.

use std::io;

use app::pages::board::{FROM, ORGANISATION, UNTIL};
use axum::{body::Body, extract::State, response::Response};
use domain::form::Values;
use futures_util::stream;
use http::{HeaderValue, header};
use services::{
    Error,
    checkin::certificate::{self, Certificate},
};
use tokio::sync::Semaphore;

use super::{
    access::actor,
    answer::{self, file, with},
    form::Parameter,
};
use crate::{App, middleware::policy, pdf, visit::Visit};

/// Who draws hundreds of certificates does so alone.
static DRAWING: Semaphore = Semaphore::const_new(1);

/// A holder's own.
pub async fn mine(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let found = certificate::mine(&app.services, &secret).await;
    // The address is a secret.
    with(answer(&app, &visit, found).await, header::REFERRER_POLICY, policy::NO_REFERRER)
}

/// A person's, for staff.
pub async fn of_person(State(app): State<App>, visit: Visit, Parameter(person): Parameter) -> Response {
    let found = async {
        let actor = actor(&app, &visit).await?;
        domain::access::authorise(&actor, domain::access::Action::ManageRegistrations)?;
        certificate::of_person(&app.services, &actor, person.parse().map_err(|_| Error::NotFound)?).await
    };
    let found = found.await;
    answer(&app, &visit, found).await
}

async fn answer(app: &App, visit: &Visit, found: Result<Certificate, Error>) -> Response {
    let drawn = async {
        let (certificate, base_url, locale) = (found?, app.base_url.clone(), visit.file_locale());
        // Drawing takes some milliseconds.
        let drawing = tokio::task::spawn_blocking(move || pdf::certificates(&[certificate], base_url.as_str(), locale));
        drawing.await.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)
    };
    match drawn.await {
        Ok(pdf) => named(file("application/pdf", pdf)),
        Err(error) => answer::refused(app, visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// Of all who attended, or of those of some organisations, as many as one file holds.
pub async fn of_many(State(app): State<App>, visit: Visit) -> Response {
    let found = async {
        let actor = actor(&app, &visit).await?;
        domain::access::authorise(&actor, domain::access::Action::ManageRegistrations)?;
        let from = visit.query_value(FROM).and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let until = visit.query_value(UNTIL).and_then(|id| id.parse().ok());
        let words = visit.query_value(ORGANISATION).unwrap_or_default();
        certificate::part(&app.services, &actor, &words, (from, until), ORGANISATION).await
    };
    match found.await {
        Ok(certificates) => {
            let (base_url, locale) = (app.base_url.clone(), visit.file_locale());
            // Hundreds take longer to draw than an answer may: it begins before.
            let drawn = stream::once(async move {
                // The memory of one such file at a time, until it is drawn, whoever still waits for it.
                let turn = DRAWING.acquire().await.map_err(io::Error::other)?;
                let drawing = tokio::task::spawn_blocking(move || {
                    let _turn = turn;
                    pdf::certificates(&certificates, base_url.as_str(), locale)
                });
                let drawn = drawing.await.map_err(io::Error::other).and_then(|drawn| drawn.map_err(io::Error::other));
                drawn.inspect_err(|error| tracing::error!(%error, "certificates were not drawn"))
            });
            named(file("application/pdf", Body::from_stream(drawn)))
        }
        // The words stand on the page that led here: there they are told to be wrong.
        Err(Error::Invalid(_)) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), Error::NotFound).await,
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

fn named(file: Response) -> Response {
    with(file, header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"giay-chung-nhan.pdf\""))
}
