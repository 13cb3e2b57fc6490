//! Check-in: scans, counts, and the button on the page behind a code.

use app::{
    pages::Trouble,
    routes::{Deed, Page},
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use domain::{
    checkin::{Direction, ScanRequest, ScanResponse, ScanSubmission, Source},
    form::{FieldErrors, Problem, Values},
    ids::{CheckpointId, ScanId},
};
use http::StatusCode;
use serde::Serialize;
use services::{Error, checkin};

use super::{
    access::actor,
    answer::{self, see_other},
    api::Refusal,
    form::{self, Form, Parameter},
};
use crate::{App, visit::Visit};

/// The largest request of scans, in bytes.
const SCANS_MAX: usize = 512 * 1024;
/// The field of the code's page with the checkpoint that the steward stands at.
pub const CHECKPOINT: &str = "checkpoint";
/// The query parameter of the code's page with the verdict's key.
const RESULT: &str = "ket-qua";

/// `POST /api/checkin/scans`.
pub async fn scans(State(app): State<App>, visit: Visit, request: Request) -> Result<Json<ScanResponse>, Refusal> {
    let (parts, body) = request.into_parts();
    if !form::has_type(&parts.headers, "application/json") {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "expected application/json"));
    }
    let body = form::bytes(&parts.headers, body, SCANS_MAX).await.map_err(|trouble| match trouble {
        Trouble::TooLarge => Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too large"),
        _ => Refusal(StatusCode::BAD_REQUEST, "unreadable body"),
    })?;
    // Who asks is known before what is asked is read.
    let actor = actor(&app, &visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan).map_err(Error::from)?;
    let request: ScanRequest = serde_json::from_slice(&body).map_err(|_| Refusal(StatusCode::UNPROCESSABLE_ENTITY, "no scan request"))?;
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

/// `GET /api/checkin/counts`.
pub async fn counts(State(app): State<App>, visit: Visit) -> Result<Json<Vec<Count>>, Refusal> {
    let actor = actor(&app, &visit).await?;
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

/// [`Deed::CheckInTicket`]: a scan that the phone's own camera app has made.
pub async fn check_in(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let page = Deed::CheckInTicket.page().at(visit.locale(), &code);
    match verdict(&app, &visit, &code, &values).await {
        Ok(verdict) => see_other(&format!("{}?{RESULT}={verdict}", Page::TicketCode.at(visit.locale(), &code))),
        Err(error) => answer::refused(&app, &visit, page, values, error).await.into_response(),
    }
}

async fn verdict(app: &App, visit: &Visit, code: &str, values: &Values) -> Result<&'static str, Error> {
    let actor = actor(app, visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan)?;
    let checkpoint = values.get(CHECKPOINT).parse().map_err(|_| FieldErrors::one(CHECKPOINT, Problem::UnknownChoice))?;
    let scan = ScanSubmission {
        scan_id: ScanId(app.services.new_id()),
        code: code.to_owned(),
        source: Source::Link,
        direction: Direction::Entry,
        device_at: app.services.now(),
        offset_ms: 0,
        local_verdict: None,
    };
    let reports = checkin::record(&app.services, &actor, ScanRequest { checkpoint, scans: vec![scan] }).await?;
    Ok(reports.first().map_or("", |report| report.verdict.key()))
}
