//! Lost tickets.

use app::pages::registration::{LOST_TICKET, lost_ticket_sent};
use axum::{extract::State, response::Response};
use domain::{form::FieldErrors, registration::Lost};
use services::{Error, registration};

use super::{
    answer::{self, see_other},
    form::Form,
};
use crate::{App, visit::Visit};

/// `POST` on the page for who has lost a ticket.
pub async fn send_links(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let asked = Lost::parse(values.get(LOST_TICKET)).map_err(|problem| Error::from(FieldErrors::one(LOST_TICKET, problem)));
    let sent = match asked {
        Ok(lost) => registration::send_links(&app.services, lost).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(()) => see_other(&lost_ticket_sent(visit.locale())),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}
