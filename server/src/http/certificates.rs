//! Certificates of attendance.

use axum::{extract::State, response::Response};
use domain::form::Values;
use http::{HeaderValue, header};
use services::{
    Error,
    checkin::certificate::{self, Certificate},
};

use super::{
    access::actor,
    answer::{self, file, with},
    form::Parameter,
};
use crate::{App, middleware::policy, pdf, visit::Visit};

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
        let drawing = tokio::task::spawn_blocking(move || pdf::certificate(&certificate, base_url.as_str(), locale));
        drawing.await.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)
    };
    match drawn.await {
        Ok(pdf) => {
            let name = HeaderValue::from_static("attachment; filename=\"giay-chung-nhan.pdf\"");
            with(file("application/pdf", pdf), header::CONTENT_DISPOSITION, name)
        }
        Err(error) => answer::refused(app, visit, visit.path.clone(), Values::default(), error).await,
    }
}
