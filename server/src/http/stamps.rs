//! Booth stamps that visitors make alone.

use std::sync::Arc;

use app::{
    pages::stamps::{KEPT, Result as Told, SHORT_CODE},
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    checkin::Verdict,
    form::{FieldErrors, Problem, Values},
    text::Locale,
    ticket::ShortCode,
};
use http::StatusCode;
use leptos::context::provide_context;
use services::{
    Error,
    checkin::stamp::{self, Stamped, Token},
};

use super::{
    access::with_cookie,
    answer::{self, see_other},
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
    let stamped = if kept.is_empty() { typed(&app, &code, &values).await } else { one_of(&app, &visit, &code, kept).await };
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

async fn typed(app: &App, code: &str, values: &Values) -> Result<Stamped, Error> {
    stamp::booth(&app.services, code).await?;
    let ticket = ShortCode::parse(values.get(SHORT_CODE)).ok_or_else(|| FieldErrors::one(SHORT_CODE, Problem::NotAShortCode))?;
    match stamp::stamp(&app.services, code, &ticket).await? {
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

/// The cookies of a ticket, which go to the pages behind posters and to no other, one for each language.
fn cookies(token: &Token, value: &str, seconds: i64) -> [String; 2] {
    let name = format!("{TICKET_COOKIE}{}", token.handle());
    [Locale::Vi, Locale::En].map(|locale| {
        let path = Page::Stamp.pattern(locale).trim_end_matches("{code}");
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax")
    })
}
