//! Messages: templates, mailings, and sending again what failed.

use std::sync::Arc;

use app::{
    forms::FormState,
    pages::messages::{self as page, Shown},
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    access::{Action, authorise},
    form::Values,
    ids::MessageId,
    mail::{self as rules, Template, field},
    text::Locale,
};
use leptos::context::provide_context;
use services::{Error, mail};
use uuid::Uuid;

use super::{
    access::actor,
    answer::{self, see_other},
    form::{Form, Parameter},
};
use crate::{App, render::Sheet, visit::Visit};

/// `POST` on a template's page: keeps the text, or shows it on somebody's data.
pub async fn write_template(State(app): State<App>, visit: Visit, Parameter(name): Parameter, Form(values): Form) -> Response {
    let (subject, body) = (values.get(field::SUBJECT), values.get(field::BODY));
    let is_preview = values.has(page::ACTION, page::PREVIEW);
    let written = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageMessages)?;
        let (kind, locale) = page::template_of(&name).ok_or(Error::NotFound)?;
        if is_preview {
            Template::parse(subject, body)?;
            return Ok(());
        }
        mail::write_template(&app.services, &actor, kind, locale, subject, body).await
    };
    match written.await {
        Ok(()) if is_preview => {
            let form = FormState { values, ..FormState::default() };
            app.render(&visit, Sheet { form, ..Sheet::default() }).await
        }
        Ok(()) => see_other(&visit.path),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`Deed::ResetTemplate`].
pub async fn reset_template(State(app): State<App>, visit: Visit, Parameter(name): Parameter) -> Response {
    let page = Page::MessageTemplate.at(visit.locale(), &name);
    let reset = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageMessages)?;
        let (kind, locale) = page::template_of(&name).ok_or(Error::NotFound)?;
        mail::reset_template(&app.services, &actor, kind, locale).await
    };
    lead_on(&app, &visit, page, reset.await).await
}

/// `POST` on the page of a mailing: shows who would get it and how it reads, then sends it.
pub async fn mailing(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let is_preview = !values.has(page::ACTION, page::SEND);
    let asked = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageMessages)?;
        let mailing = rules::Mailing::parse(&values)?;
        if is_preview {
            return mail::preview_mailing(&app.services, &actor, &mailing).await.map(Some);
        }
        // A form without a key was not made by our page: it counts once.
        let key = Uuid::try_parse(values.get(page::KEY)).unwrap_or_else(|_| app.services.new_id());
        mail::create_mailing(&app.services, &actor, mailing, key).await.map(|()| None)
    };
    match asked.await {
        Ok(Some(preview)) => {
            let provide = Arc::new(move || provide_context(Shown(preview.clone())));
            let form = FormState { values, ..FormState::default() };
            app.render(&visit, Sheet { form, provide: Some(provide), ..Sheet::default() }).await
        }
        Ok(None) => see_other(Page::Messages.path(visit.locale())),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`Deed::CancelMailing`].
pub async fn cancel_mailing(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let cancelled = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageMessages)?;
        let id = Uuid::try_parse(&id).map_err(|_| Error::NotFound)?;
        mail::cancel_mailing(&app.services, &actor, id).await
    };
    lead_on(&app, &visit, outbox(visit.locale()), cancelled.await).await
}

/// [`Deed::ResendMessage`].
pub async fn resend(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let resent = async {
        let actor = actor(&app, &visit).await?;
        authorise(&actor, Action::ManageMessages)?;
        let id: MessageId = id.parse().map_err(|_| Error::NotFound)?;
        mail::resend(&app.services, &actor, id).await
    };
    lead_on(&app, &visit, outbox(visit.locale()), resent.await).await
}

fn outbox(locale: Locale) -> String {
    Deed::ResendMessage.page().path(locale).to_owned()
}

async fn lead_on(app: &App, visit: &Visit, page: String, done: Result<(), Error>) -> Response {
    match done {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(app, visit, page, Values::default(), error).await,
    }
}
