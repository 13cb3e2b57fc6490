//! Check-in: scans, counts, and the button on the page behind a code.

use std::sync::Arc;

use app::{
    pages::registration::{CHECKPOINT, CheckedIn, DIRECTION, SCAN},
    routes::Deed,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use domain::{
    access::Actor,
    checkin::{Direction, RosterRequest, ScanReport, ScanRequest, ScanResponse, ScanSubmission, Sent, SentNaming, Shift, Source, Undo},
    form::{FieldErrors, Problem, Values},
    ids::ScanId,
};
use http::{StatusCode, header};
use leptos::context::provide_context;
use services::{Error, access, checkin};

use super::{
    access::actor,
    answer,
    api::{self, Refusal},
    form::{Form, Parameter},
};
use crate::{App, render::Sheet, visit::Visit};

/// The largest request of scans, in bytes.
const SCANS_MAX: usize = 512 * 1024;

/// The largest look at one scan, in bytes.
const LOOK_MAX: usize = 16 * 1024;

/// The largest question for the roster, in bytes.
const ROSTER_MAX: usize = 4 * 1024;

/// `POST /api/checkin/scans`. Also from a phone that was signed out: what it scanned before is kept, and it is told.
///
/// # Errors
/// 400, 401, 403, 404, 413, 422, 503, as JSON.
pub async fn scans(State(app): State<App>, visit: Visit, request: Request) -> Result<Json<ScanResponse>, Refusal> {
    // Who asks is known before what is asked is read.
    let actor = actor(&app, &visit).await?;
    let ended = match (&actor, &visit.token) {
        (Actor::Anonymous, Some(token)) => access::ended_phone(&app.services, token).await?,
        _ => None,
    };
    if ended.is_none() {
        domain::access::authorise(&actor, domain::access::Action::Scan).map_err(Error::from)?;
    }
    let request: ScanRequest<Sent, SentNaming> = api::asked(request, SCANS_MAX).await?;
    if request.scans.len() + request.undos.len() + request.namings.len() + request.replies.len() > ScanRequest::MAX {
        return Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too many scans"));
    }
    Ok(Json(match ended {
        Some(phone) => checkin::deliver_late(&app.services, &phone, request).await?,
        None => checkin::deliver(&app.services, &actor, request).await?,
    }))
}

/// `POST /api/checkin/look`: what one scan would be answered, which is not recorded.
///
/// # Errors
/// 400, 401, 403, 404, 413, 422, 503, as JSON.
pub async fn look(State(app): State<App>, visit: Visit, request: Request) -> Result<Json<ScanReport>, Refusal> {
    let actor = actor(&app, &visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan).map_err(Error::from)?;
    let request: ScanRequest = api::asked(request, LOOK_MAX).await?;
    let [scan] = <[_; 1]>::try_from(request.scans).map_err(|_| Refusal(StatusCode::UNPROCESSABLE_ENTITY, "expected one scan"))?;
    Ok(Json(checkin::look(&app.services, &actor, request.checkpoint, scan).await?))
}

/// `POST /api/checkin/roster`: a page of the list that phones hold, as bytes.
///
/// # Errors
/// 401, 403, 404, 413, 422, 503, as JSON.
pub async fn roster(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Refusal> {
    // The phone asks by itself: that is no use by a person.
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan).map_err(Error::from)?;
    let asked: RosterRequest = api::asked(request, ROSTER_MAX).await?;
    if let Some(token) = &visit.token {
        access::hear(&app.services, &actor, token, &asked.contact).await?;
    }
    let page = checkin::roster(&app.services, &actor, asked.cursor.as_deref()).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], page.encode()).into_response())
}

/// `GET /api/checkin/shift`, which the check-in page asks for by itself: who scans, where, and how many have arrived.
///
/// # Errors
/// 401, 403, 404, 503, as JSON.
pub async fn shift(State(app): State<App>, visit: Visit) -> Result<Json<Shift>, Refusal> {
    let actor = app.polling_actor(visit.token.as_deref()).await?;
    Ok(Json(checkin::shift(&app.services, &actor, visit.token.as_deref()).await?))
}

/// [`Deed::CheckInTicket`]: a scan that the phone's own camera app has made. Answers with the page and the verdict: an
/// address that told the verdict could be forged.
pub async fn check_in(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let page = Deed::CheckInTicket.page().at(visit.locale(), &code);
    match report(&app, &visit, &code, &values).await {
        Ok(report) => checked_in(&app, &visit, page, CheckedIn::Told(Box::new(report))).await,
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

/// [`Deed::UndoCheckIn`]: the scan before was a mistake. Answers with the page, too.
pub async fn undo_check_in(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let page = Deed::UndoCheckIn.page().at(visit.locale(), &code);
    match undone(&app, &visit, &code, &values).await {
        Ok(result) => checked_in(&app, &visit, page, result).await,
        Err(error) => answer::refused(&app, &visit, page, values, error).await,
    }
}

async fn checked_in(app: &App, visit: &Visit, page: String, result: CheckedIn) -> Response {
    let provide = Arc::new(move || provide_context(result.clone()));
    app.render(visit, Sheet { path: Some(page), provide: Some(provide), ..Sheet::default() }).await
}

async fn undone(app: &App, visit: &Visit, code: &str, values: &Values) -> Result<CheckedIn, Error> {
    let actor = actor(app, visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan)?;
    let scan_id = values.get(SCAN).parse().map_err(|_| Error::NotFound)?;
    let undo = Undo { id: ScanId(app.services.new_id()), scan_id, device_at: app.services.now(), offset_ms: 0 };
    let refused = checkin::undo_of(&app.services, &actor, code, undo).await?;
    Ok(if refused.is_some() { CheckedIn::NotUndone } else { CheckedIn::Undone })
}

async fn report(app: &App, visit: &Visit, code: &str, values: &Values) -> Result<ScanReport, Error> {
    let actor = actor(app, visit).await?;
    domain::access::authorise(&actor, domain::access::Action::Scan)?;
    let checkpoint = values.get(CHECKPOINT).parse().map_err(|_| FieldErrors::one(CHECKPOINT, Problem::UnknownChoice))?;
    // The page's id: a second tap is the same scan. A form without one is a scan of its own.
    let scan_id = values.get(SCAN).parse().unwrap_or_else(|_| ScanId(app.services.new_id()));
    let scan = ScanSubmission {
        scan_id,
        code: code.to_owned(),
        source: Source::Link,
        direction: Direction::from_key(values.get(DIRECTION)).unwrap_or_default(),
        device_at: app.services.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    checkin::record_single(&app.services, &actor, checkpoint, scan).await
}
