//! Check-in: scans, counts, and the button on the page behind a code.

use std::sync::Arc;

use app::{
    pages::registration::{CHECKPOINT, CheckedIn, SCAN},
    routes::Deed,
};
use axum::{
    Json,
    extract::{Request, State},
    response::Response,
};
use domain::{
    checkin::{Direction, ScanRequest, ScanResponse, ScanSubmission, Sent, Source, Verdict},
    form::{FieldErrors, Problem, Values},
    ids::{CheckpointId, ScanId},
};
use http::StatusCode;
use leptos::context::provide_context;
use serde::Serialize;
use services::{Error, checkin};

use super::{
    access::actor,
    answer,
    api::Refusal,
    form::{self, Form, Parameter},
};
use crate::{App, render::Sheet, visit::Visit};

/// The largest request of scans, in bytes.
const SCANS_MAX: usize = 512 * 1024;

/// `POST /api/checkin/scans`.
///
/// # Errors
/// 400, 401, 403, 404, 413, 422, 503, as JSON.
pub async fn scans(State(app): State<App>, visit: Visit, request: Request) -> Result<Json<ScanResponse>, Refusal> {
    // Who asks is known before what is asked is read.
    let actor = actor(&app, &visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan).map_err(Error::from)?;
    let (parts, body) = request.into_parts();
    if !form::has_type(&parts.headers, "application/json") {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "expected application/json"));
    }
    let body = form::bytes(&parts.headers, body, SCANS_MAX).await.map_err(Refusal::of_body)?;
    let request: ScanRequest<Sent> =
        serde_json::from_slice(&body).map_err(|_| Refusal(StatusCode::UNPROCESSABLE_ENTITY, "no scan request"))?;
    if request.scans.len() > ScanRequest::MAX {
        return Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too many scans"));
    }
    let results = checkin::record(&app.services, &actor, request).await?;
    Ok(Json(ScanResponse { server_now: app.services.now(), results }))
}

/// Arrivals at one checkpoint, for scripts.
#[derive(Debug, Serialize)]
pub struct Count {
    id: CheckpointId,
    name_vi: String,
    name_en: String,
    admitted: i64,
    scans: i64,
}

/// `GET /api/checkin/counts`, which the check-in page asks for by itself.
///
/// # Errors
/// 401, 403, 503, as JSON.
pub async fn counts(State(app): State<App>, visit: Visit) -> Result<Json<Vec<Count>>, Refusal> {
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    let counts = checkin::counts(&app.services, &actor).await?;
    let counts = counts.into_iter().map(|count| Count {
        id: count.id,
        name_en: count.name.en.unwrap_or_else(|| count.name.vi.clone()),
        name_vi: count.name.vi,
        admitted: count.admitted,
        scans: count.scans,
    });
    Ok(Json(counts.collect()))
}

/// [`Deed::CheckInTicket`]: a scan that the phone's own camera app has made. Answers with the page and the verdict: an
/// address that told the verdict could be forged.
pub async fn check_in(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let page = Deed::CheckInTicket.page().at(visit.locale(), &code);
    match verdict(&app, &visit, &code, &values).await {
        Ok(verdict) => {
            let provide = Arc::new(move || provide_context(CheckedIn(verdict.clone())));
            app.render(&visit, Sheet { path: Some(page), provide: Some(provide), ..Sheet::default() }).await
        }
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

async fn verdict(app: &App, visit: &Visit, code: &str, values: &Values) -> Result<Verdict, Error> {
    let actor = actor(app, visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan)?;
    let checkpoint = values.get(CHECKPOINT).parse().map_err(|_| FieldErrors::one(CHECKPOINT, Problem::UnknownChoice))?;
    // The page's id: a second tap is the same scan. A form without one is a scan of its own.
    let scan_id = values.get(SCAN).parse().unwrap_or_else(|_| ScanId(app.services.new_id()));
    let scan = ScanSubmission {
        scan_id,
        code: code.to_owned(),
        source: Source::Link,
        direction: Direction::Entry,
        device_at: app.services.now(),
        offset_ms: 0,
        local_verdict: None,
    };
    Ok(checkin::record_single(&app.services, &actor, checkpoint, scan).await?.verdict)
}
