//! Booth stamps that visitors make alone.

use std::sync::Arc;

use app::{
    i18n,
    pages::stamps::{FORM_KEY, KEPT, Result as Told, SHORT_CODE},
    routes::{Deed, Page},
};
use axum::{
    Json,
    extract::{Request, State},
    response::Response,
};
use domain::{
    checkin::{StampRequest, Verdict},
    form::{FieldErrors, Problem, Values},
    ids::ScanId,
    text::Locale,
    ticket::ShortCode,
};
use http::StatusCode;
use leptos::context::provide_context;
use serde::Serialize;
use services::{
    Error,
    checkin::stamp::{self, Delivered, Open, RefusedStamp, Stamped, Token, Typist},
};

use super::{
    access::with_cookie,
    answer::{self, see_other},
    api::{self, Refusal},
    form::{Form, Parameter},
};
use crate::{
    App,
    render::Sheet,
    visit::{TICKET_COOKIE, Visit},
};

/// `POST` on the page behind a booth's code. A ticket that the browser keeps leads to the page as it then stands. What was typed is
/// answered with the page: an address that named the result could be forged.
pub async fn make(State(app): State<App>, visit: Visit, Parameter(code): Parameter, Form(values): Form) -> Response {
    let kept = values.get(KEPT);
    let stamped = if kept.is_empty() { typed(&app, &visit, &code, &values).await } else { one_of(&app, &visit, &code, kept).await };
    match stamped {
        Ok(Stamped::Since(_)) if !kept.is_empty() => see_other(&Page::Stamp.at(visit.locale(), &code)),
        Ok(stamped) => {
            let status = matches!(stamped, Stamped::Refused(_)).then_some(StatusCode::UNPROCESSABLE_ENTITY);
            let provide = Arc::new(move || provide_context(Told(stamped.clone())));
            app.render(&visit, Sheet { status, provide: Some(provide), ..Sheet::default() }).await
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn typed(app: &App, visit: &Visit, code: &str, values: &Values) -> Result<Stamped, Error> {
    stamp::booth(&app.services, code).await?;
    let ticket = ShortCode::parse(values.get(SHORT_CODE)).ok_or_else(|| FieldErrors::one(SHORT_CODE, Problem::NotAShortCode))?;
    let typist = Typist { tokens: &visit.stamp_tokens, form: values.get(FORM_KEY) };
    match stamp::stamp(&app.services, code, &ticket, typist).await? {
        Stamped::Refused(Verdict::NotATicket) => Err(FieldErrors::one(SHORT_CODE, Problem::UnknownCode).into()),
        stamped => Ok(stamped),
    }
}

/// Stamps the ticket that the browser keeps under this handle. Where it has been forgotten since, the page asks for a short code.
async fn one_of(app: &App, visit: &Visit, code: &str, handle: &str) -> Result<Stamped, Error> {
    match visit.stamp_tokens.iter().find(|token| token.handle() == handle) {
        Some(token) => stamp::stamp_kept(&app.services, code, token).await,
        None => stamp::booth(&app.services, code).await.map(|_| Stamped::Refused(Verdict::NotATicket)),
    }
}

/// [`Deed::ForgetTickets`]. The browser forgets in any case.
pub async fn forget(State(app): State<App>, visit: Visit, Parameter(code): Parameter) -> Response {
    let page = Deed::ForgetTickets.page().at(visit.locale(), &code);
    let page = match stamp::booth(&app.services, &code).await {
        Ok(_) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    };
    visit.stamp_tokens.iter().flat_map(|token| cookies(token, "", 0)).fold(page, |page, cookie| with_cookie(page, &cookie))
}

/// Lets the browser that shows a ticket keep what stamps it at booths.
pub async fn keep(app: &App, page: Response, secret: &str) -> Response {
    match stamp::token(&app.services, secret).await {
        Ok(Some((token, until))) => {
            let seconds = (until - app.services.now()).num_seconds();
            cookies(&token, &token.0, seconds).into_iter().fold(page, |page, cookie| with_cookie(page, &cookie))
        }
        Ok(None) => page,
        Err(error) => {
            tracing::warn!(%error, "a ticket was not kept for booths");
            page
        }
    }
}

/// The largest request of stamps, in bytes.
const STAMPS_MAX: usize = 32 * 1024;

/// What the script does with the answer.
#[derive(Debug, Serialize)]
pub struct Sent {
    /// What to say, line by line.
    told: Vec<String>,
    /// How many were given: the ticket's page has to be asked for anew.
    given: usize,
    /// What need not be sent again.
    done: Vec<ScanId>,
    /// The stamps of which it is to be chosen whose they are.
    open: Vec<ScanId>,
    /// The tickets to choose from: handles, and the text of the button.
    choice: Vec<(Vec<String>, String)>,
}

/// `POST` of stamps that a browser kept while it had no network.
///
/// # Errors
/// 400, 404, 413, 422, 429, 503, as JSON.
pub async fn send(State(app): State<App>, visit: Visit, request: Request) -> Result<Json<Sent>, Refusal> {
    let request: StampRequest = api::asked(request, STAMPS_MAX).await?;
    if request.stamps.len() > StampRequest::MAX {
        return Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "too many stamps"));
    }
    let delivered = stamp::deliver(&app.services, &visit.stamp_tokens, request).await?;
    Ok(Json(sent(delivered, visit.locale())))
}

fn sent(delivered: Delivered, locale: Locale) -> Sent {
    let t = &i18n::t(locale).stamps;
    let number = |number: usize| i18n::number(locale, i32::try_from(number).unwrap_or(i32::MAX));
    let Delivered { done, given, refused, open } = delivered;
    let mut told: Vec<_> = (given > 0).then(|| (t.sent)(&number(given))).into_iter().collect();
    for refused in &refused {
        let line = why_not(refused, locale);
        if !told.contains(&line) {
            told.push(line);
        }
    }
    let Some(Open { stamps, choice: kept, is_forgotten }) = open else {
        return Sent { told, given, done, open: Vec::new(), choice: Vec::new() };
    };
    told.extend(is_forgotten.then(|| t.forgotten.to_owned()));
    told.push(if kept.is_empty() { t.no_ticket } else { t.whose }.to_owned());
    let all = kept.iter().map(|ticket| ticket.handle.clone()).collect::<Vec<_>>();
    let mut choice: Vec<_> = kept
        .into_iter()
        .map(|ticket| (vec![ticket.handle], (t.stamp_for)(&format!("{} · …{}", ticket.masked_name, ticket.tail))))
        .collect();
    choice.extend((all.len() > 1).then(|| (all, t.for_all.to_owned())));
    Sent { told, given, done, open: stamps, choice }
}

fn why_not(refused: &RefusedStamp, locale: Locale) -> String {
    let t = &i18n::t(locale).stamps;
    match (&refused.booth, &refused.verdict) {
        (Some(booth), Some(verdict)) => (t.not_given)(booth.get(locale), &verdict.to_visitor(locale).1),
        _ => t.no_booth.to_owned(),
    }
}

/// The cookies of a ticket, which go to the pages behind posters and to no other, one for each language.
fn cookies(token: &Token, value: &str, seconds: i64) -> [String; 2] {
    let name = format!("{TICKET_COOKIE}{}", token.handle());
    [Locale::Vi, Locale::En].map(|locale| {
        let path = Page::Stamp.pattern(locale).trim_end_matches("{code}");
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax")
    })
}
