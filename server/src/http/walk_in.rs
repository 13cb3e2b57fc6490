//! The desk where people register on the spot.

use std::sync::Arc;

use app::pages::people::Welcomed;
use axum::{extract::State, response::Response};
use domain::{
    form::Values,
    registration::{WalkIn, field},
};
use leptos::context::provide_context;
use services::{Error, registration::desk};
use uuid::Uuid;

use super::{access::actor, answer, form::Form};
use crate::{App, render::Sheet, visit::Visit};

/// `POST` on the desk's page. It answers with the page, the new pass on top and the form empty for the next person: the
/// pass's link must not stand in an address of the desk.
pub async fn register(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    match take_seat(&app, &visit, &values).await {
        Ok(welcomed) => {
            let provide = Arc::new(move || provide_context(welcomed.clone()));
            app.render(&visit, Sheet { provide: Some(provide), ..Sheet::default() }).await
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn take_seat(app: &App, visit: &Visit, values: &Values) -> Result<Welcomed, Error> {
    let actor = actor(app, visit).await?;
    domain::access::authorise(&actor, domain::access::Action::RegisterWalkIn)?;
    let form = WalkIn::parse(values)?;
    let key = Uuid::try_parse(values.get(field::IDEMPOTENCY_KEY)).unwrap_or_else(|_| app.services.new_id());
    let done = desk::register_walk_in(&app.services, &actor, form, key, visit.locale()).await?;
    Ok(Welcomed { id: done.id, full_name: done.full_name, short_code: done.short_code, link: done.link.0 })
}
