//! Registration: the form, giving the seat back, and the files of a ticket.

use std::sync::Arc;

use app::{
    pages::{
        Trouble,
        registration::{ASKED, INVITE_EMAIL},
    },
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    contact::Email,
    form::{FieldErrors, Problem, Values},
    registration::{Application, InvitationCode, Status, field},
    text::Locale,
    ticket::Ticket,
};
use http::{HeaderName, HeaderValue, header};
use services::{
    Error, fair,
    registration::{self, Issued, LinkSecret, Offer, TicketPage},
};
use uuid::Uuid;

use super::{
    answer::{self, file, see_other, with},
    form::{Form, Parameter},
};
use crate::{App, calendar, middleware::policy, pdf, qr, visit::Visit};

/// `POST` on the registration page.
pub async fn register(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let offer = match InvitationCode::parse(values.get(field::INVITATION)) {
        Some(code) => registration::offer(&app.services, Some(&code)).await.map(Arc::new).map_err(Trouble::from),
        None => app.offer().await,
    };
    let offer = match offer {
        Ok(offer) => offer,
        Err(trouble) => return app.trouble(&visit, trouble).await,
    };
    match take_seat(&app, &offer, &values, visit.locale()).await {
        Ok(secret) => see_other(&Page::Ticket.at(visit.locale(), &secret.0)),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn take_seat(app: &App, offer: &Offer, values: &Values, locale: Locale) -> Result<LinkSecret, Error> {
    let asked = values.get(field::AUDIENCE);
    let id = asked.parse().ok();
    let audience = offer.audiences.iter().find(|audience| Some(audience.id) == id || audience.code == asked);
    let audience = audience.ok_or_else(|| FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice))?;
    let application = Application::parse(values, offer.asked(audience), locale)?;
    fair::filled_in(&app.services, values, app.fair.form)?;
    if let Some(difficulty) = app.fair.puzzle {
        fair::opening(&app.services, values, &application, audience.window, difficulty)?;
    }
    // A form without a key was not made by our page: it counts once.
    let key = Uuid::try_parse(values.get(field::IDEMPOTENCY_KEY)).unwrap_or_else(|_| app.services.new_id());
    registration::register(&app.services, application, key).await
}

/// [`Deed::CancelTicket`].
pub async fn cancel(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let page = Deed::CancelTicket.page().at(visit.locale(), &secret);
    match registration::cancel(&app.services, &secret).await {
        Ok(()) => with(see_other(&page), HeaderName::from_static("clear-site-data"), policy::FORGET),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}

/// `POST` on the page that changes a registration.
pub async fn change(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    match changed(&app, &secret, &values, visit.locale()).await {
        Ok(()) => with(see_other(&Page::Ticket.at(visit.locale(), &secret)), HeaderName::from_static("clear-site-data"), policy::FORGET),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn changed(app: &App, secret: &str, values: &Values, locale: Locale) -> Result<(), Error> {
    let registration = registration::details(&app.services, secret).await?;
    let offer = registration::offer(&app.services, None).await?;
    let asked = registration.asked(&offer.questions, &offer.sessions);
    registration::change(&app.services, secret, registration.details.changed(values, asked, locale)?).await
}

/// [`Deed::AcceptSeat`].
pub async fn accept(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let page = Deed::AcceptSeat.page().at(visit.locale(), &secret);
    match registration::accept(&app.services, &secret).await {
        Ok(()) => with(see_other(&page), HeaderName::from_static("clear-site-data"), policy::FORGET),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}

/// [`Deed::AcceptSession`].
pub async fn accept_session(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let page = Deed::AcceptSession.page().at(visit.locale(), &secret);
    let accepted = match values.get(field::SESSION).parse() {
        Ok(session) => registration::accept_session(&app.services, &secret, session).await,
        Err(_) => Err(Error::NotFound),
    };
    match accepted {
        Ok(()) => with(see_other(&page), HeaderName::from_static("clear-site-data"), policy::FORGET),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}

/// [`Deed::AskInvitation`].
pub async fn ask_invitation(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let page = Page::Register.path(visit.locale());
    let asked = match Email::parse(values.get(INVITE_EMAIL)) {
        Ok(email) => registration::ask_invitation(&app.services, email, visit.locale()).await,
        Err(problem) => Err(FieldErrors::one(INVITE_EMAIL, problem).into()),
    };
    match asked {
        Ok(()) => see_other(&format!("{page}?{ASKED}=1")),
        Err(error) => answer::refused(&app, &visit, page.to_owned(), values, error).await,
    }
}

/// The QR code as SVG.
pub async fn svg(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    match code(&app, &secret).await.and_then(|address| qr::svg(&address).map_err(Error::Internal)) {
        Ok(svg) => private(file("image/svg+xml", svg)),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The QR code as PNG, to keep among the phone's pictures.
pub async fn png(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    match code(&app, &secret).await.and_then(|address| qr::png(&address).map_err(Error::Internal)) {
        Ok(png) => {
            let name = HeaderValue::from_static("attachment; filename=\"ve-ngay-chuyen-doi-so.png\"");
            private(with(file("image/png", png), header::CONTENT_DISPOSITION, name))
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The ticket as it is printed, two of which fit on an A4 sheet.
pub async fn pdf(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let drawn = async {
        let (page, issued) = valid(&app, &secret).await?;
        let (ticket, base_url, locale) = (TicketPage { ticket: Some(issued), ..page }, app.base_url.clone(), visit.file_locale());
        // Drawing takes some milliseconds.
        let drawing = tokio::task::spawn_blocking(move || pdf::tickets(&[ticket], base_url.as_str(), locale));
        drawing.await.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)
    };
    match drawn.await {
        Ok(pdf) => {
            let name = HeaderValue::from_static("attachment; filename=\"the-ngay-chuyen-doi-so.pdf\"");
            private(with(file("application/pdf", pdf), header::CONTENT_DISPOSITION, name))
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The text of a valid ticket's QR code.
async fn code(app: &App, secret: &str) -> Result<String, Error> {
    let (_, issued) = valid(app, secret).await?;
    Ok(Ticket::address(app.base_url.as_str(), &issued.code))
}

/// The registration behind a link and its ticket, as long as that opens gates.
async fn valid(app: &App, secret: &str) -> Result<(TicketPage, Issued), Error> {
    let mut page = registration::ticket(&app.services, secret).await?;
    match page.ticket.take() {
        Some(issued) if page.status == Status::Confirmed && !issued.is_blocked => Ok((page, issued)),
        _ => Err(Error::NotFound),
    }
}

/// The day, for the calendar of the ticket's holder.
pub async fn calendar(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    match valid(&app, &secret).await {
        Ok((ticket, _)) => {
            let locale = visit.file_locale();
            let link = format!("{}{}", app.base_url.as_str(), Page::Ticket.at(locale, &secret));
            private(calendar::answer(&calendar::of_ticket(&ticket, &link, locale, app.services.now())))
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The files of a ticket belong to its holder alone, and open again without a network.
fn private(response: Response) -> Response {
    with(with(response, header::CACHE_CONTROL, policy::KEPT), header::REFERRER_POLICY, policy::NO_REFERRER)
}
