//! Booth stamps that visitors make alone.

use std::sync::Arc;

use app::pages::stamps::{Result as Told, SCAN, SHORT_CODE};
use axum::{extract::State, response::Response};
use domain::{
    checkin::Verdict,
    form::{FieldErrors, Problem, Values},
    ids::ScanId,
    ticket::ShortCode,
};
use http::StatusCode;
use leptos::context::provide_context;
use services::{
    Error,
    checkin::stamp::{self, Stamped},
};

use super::{
    answer,
    form::{Form, Parameter},
};
use crate::{App, render::Sheet, visit::Visit};

/// `POST` on the page behind a booth's code. Answers with the page: an address that named the result could be forged.
pub async fn make(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    match stamped(&app, &code, &values).await {
        Ok(stamped) => {
            let status = matches!(stamped, Stamped::Refused(_)).then_some(StatusCode::UNPROCESSABLE_ENTITY);
            let provide = Arc::new(move || provide_context(Told(stamped.clone())));
            app.render(&visit, Sheet { status, provide: Some(provide), ..Sheet::default() }).await
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn stamped(app: &App, code: &str, values: &Values) -> Result<Stamped, Error> {
    stamp::booth(&app.services, code).await?;
    let ticket = ShortCode::parse(values.get(SHORT_CODE)).ok_or_else(|| FieldErrors::one(SHORT_CODE, Problem::NotAShortCode))?;
    // A form without an id was not made by our page: it counts once.
    let scan = values.get(SCAN).parse().unwrap_or_else(|_| ScanId(app.services.new_id()));
    match stamp::stamp(&app.services, code, &ticket, scan).await? {
        Stamped::Refused(Verdict::NotATicket) => Err(FieldErrors::one(SHORT_CODE, Problem::UnknownCode).into()),
        stamped => Ok(stamped),
    }
}
