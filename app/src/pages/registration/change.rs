//! Changing a registration: the fields of its form again, as they stand.

use leptos::prelude::*;
use services::registration::{self, Changeable, FormChoices};

use super::details;
use crate::{
    components::{Button, ErrorSummary, Notice, NoticeKind},
    forms::{ENTRY, FormState},
    i18n,
    pages::{MovedOn, loaded, programme::preparing},
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move {
            let registration = registration::details(&services, &secret).await?;
            Ok::<_, services::Error>((registration, registration::choices(&services, None).await?))
        }
    };
    loaded(load, move |(registration, choices)| match choices {
        Some(choices) => show(&cx, &secret, registration, choices),
        None => preparing(&cx),
    })
}

fn show(cx: &RequestCx, secret: &str, registration: Changeable, choices: FormChoices) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let moved_on = use_context::<MovedOn>().is_some() || !registration.is_open;
    let closed = moved_on.then(|| view! { <Notice kind=NoticeKind::Warning><p>{t.change_closed}</p></Notice> });
    let form = registration.is_open.then(|| form(cx, secret, &registration, &choices));
    let questions = details::question_labels(cx, &choices.questions);
    view! {
        <PageHead title=t.change_title/>
        <div class="registration">
            <h1>{t.change_title}</h1>
            <p><a href=Page::Ticket.at(locale, secret)>{t.back_to_ticket}</a></p>
            <ErrorSummary form=cx.form.clone() labels=details::labels(cx) questions/>
            {closed}
            {form}
        </div>
    }
    .into_any()
}

fn form(cx: &RequestCx, secret: &str, registration: &Changeable, choices: &FormChoices) -> AnyView {
    let t = &cx.texts().registration;
    let stored = FormState { values: registration.details.values(), ..FormState::default() };
    let state = cx.form.clone().or(stored);
    let fields = details::fields(cx, &state, &registration.asked(&choices.questions, &[]), choices);
    let until = i18n::date_time(cx.locale(), registration.changes_until);
    view! {
        <p class="lead">{(t.change_intro)(&until)}</p>
        <form id=ENTRY class="form" method="post" action=Page::ChangeTicket.at(cx.locale(), secret) novalidate>
            {fields}
            <p><Button>{t.save_changes}</Button></p>
        </form>
    }
    .into_any()
}
