//! Badges: ordering a print.

use app::routes::Page;
use axum::{extract::State, response::Response};
use domain::access::{Action, authorise};
use services::registration::badges::{self, Order};

use super::{
    access::actor,
    answer::{self, see_other},
    form::Form,
};
use crate::{App, visit::Visit};

/// `POST` on the badges' page.
pub async fn print(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let printed = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::PrintBadges)?;
        badges::print(&app.services, &actor, Order::parse(&values)?).await
    };
    match printed.await {
        Ok(id) => see_other(&Page::BadgeSheet.at(visit.locale(), &id.to_string())),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}
