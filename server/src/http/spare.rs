//! Spare tickets: making batches, printing them, voiding them.

use app::{
    pages::spare::MADE,
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::{FieldErrors, Values},
    ids::SpareBatchId,
    registration::{SpareOrder, VoidReason},
};
use http::{HeaderValue, header};
use services::{Error, registration::spare};

use super::{
    access::actor,
    answer::{self, file, see_other, with},
    form::{Form, Parameter},
};
use crate::{App, pdf, visit::Visit};

/// `POST` on the page of spare tickets.
pub async fn make(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let made = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageSpareTickets)?;
        spare::make(&app.services, &actor, SpareOrder::parse(&values)?).await
    };
    match made.await {
        Ok(id) => see_other(&format!("{}?{MADE}={id}", Page::SpareTickets.path(visit.locale()))),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`Deed::VoidSpareTickets`].
pub async fn void(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let page = Deed::VoidSpareTickets.page().path(visit.locale());
    let voided = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageSpareTickets)?;
        let id: SpareBatchId = id.parse().map_err(|_| Error::NotFound)?;
        let reason = VoidReason::parse(values.get(VoidReason::FIELD)).map_err(|problem| FieldErrors::one(VoidReason::FIELD, problem))?;
        spare::void(&app.services, &actor, id, reason).await
    };
    match voided.await {
        Ok(()) => see_other(page),
        Err(error) => answer::refused(&app, &visit, page.to_owned(), values, error).await,
    }
}

/// [`app::routes::Download::SpareTickets`].
pub async fn pdf(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let drawn = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageSpareTickets)?;
        let sheet = spare::sheet(&app.services, &actor, id.parse().map_err(|_| Error::NotFound)?).await?;
        let (base_url, locale) = (app.base_url.clone(), visit.file_locale());
        // Drawing hundreds takes a moment.
        let drawing = tokio::task::spawn_blocking(move || pdf::spare_tickets(&sheet, base_url.as_str(), locale));
        drawing.await.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)
    };
    match drawn.await {
        Ok(pdf) => {
            let name = HeaderValue::from_static("attachment; filename=\"ve-du-phong.pdf\"");
            with(file("application/pdf", pdf), header::CONTENT_DISPOSITION, name)
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}
