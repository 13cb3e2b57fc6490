//! The paired devices: preparing a phone shows its pairing code once; signing a device out ends it.

use std::sync::Arc;

use app::{
    pages::access::{NewPairing, field},
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{form::Values, ids::DeviceId};
use leptos::context::provide_context;
use services::{Error, access};

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter},
};
use crate::{App, render::Sheet, visit::Visit};

/// `POST` on the page of the phones. Answers with a page and leads nowhere: its code must not be shown again.
pub async fn prepare(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let prepared = async {
        let actor = actor(&app, &visit).await?;
        access::prepare_device(&app.services, &actor, values.get(field::NAME)).await
    };
    match prepared.await {
        Ok((_, token)) => {
            let address = format!("{}{}", app.base_url.as_str(), Page::Pair.at(visit.locale(), &token.0));
            let pairing = NewPairing { name: values.get(field::NAME).trim().to_owned(), address };
            let provide = Arc::new(move || provide_context(pairing.clone()));
            app.render(&visit, Sheet { provide: Some(provide), ..Sheet::default() }).await
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`Deed::RevokeDevice`].
pub async fn revoke(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let page = Deed::RevokeDevice.page().path(visit.locale()).to_owned();
    let revoked = async {
        let actor = actor(&app, &visit).await?;
        // The policy speaks first: who may not manage phones learns nothing of their ids.
        domain::access::authorise(&actor, domain::access::Action::ManageDevices)?;
        let id: DeviceId = id.parse().map_err(|_| Error::NotFound)?;
        access::revoke_device(&app.services, &actor, id).await
    };
    match revoked.await {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}
