//! The rights of who leads a delegation, behind the leader's link: what is kept, corrections, and the way out.

use domain::{
    privacy::{Right, field},
    registration::delegation::field as leading,
    text::PersonName,
};
use leptos::prelude::*;
use services::privacy::{self, Leader};

use super::{mine, of_leader};
use crate::{
    components::{Button, ErrorSummary, TextField},
    forms::{ENTRY, FormState},
    i18n,
    pages::loaded,
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move { privacy::leader(&services, &secret).await }
    };
    loaded(load, move |leader| show(&cx, &secret, &leader))
}

fn show(cx: &RequestCx, secret: &str, leader: &Leader) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let d = &cx.texts().delegation;
    let labels = vec![
        (leading::LEADER_NAME, d.leader_name),
        (leading::LEADER_PHONE, d.leader_phone),
        (leading::LEADER_EMAIL, d.leader_email),
        (field::CONFIRM, t.erase),
    ];
    let file = |download: Download| download.at(locale, secret);
    view! {
        <PageHead title=t.title/>
        <article class="reading">
            <p class="actions"><a href=Page::Delegation.at(locale, secret)>{t.back_to_group}</a></p>
            <h1>{t.title}</h1>
            <p class="lead">{t.leader_lead}</p>
            <ErrorSummary form=cx.form.clone() labels/>
            {mine::kept(cx, of_leader(leader, locale), file(Download::LeaderText), file(Download::LeaderData))}
            {correct(cx, secret, leader)}
            {mine::erase(cx, Deed::EraseLeader.at(locale, secret), t.erase_leader_points)}
            <p class="actions"><a href=Page::Privacy.path(locale)>{t.complain}</a></p>
        </article>
    }
    .into_any()
}

fn correct(cx: &RequestCx, secret: &str, leader: &Leader) -> AnyView {
    let t = &cx.texts().rights;
    let d = &cx.texts().delegation;
    let stored = [
        (leading::LEADER_NAME, leader.full_name.clone()),
        (leading::LEADER_PHONE, leader.phone.as_deref().map(i18n::phone).unwrap_or_default()),
        (leading::LEADER_EMAIL, leader.email.clone().unwrap_or_default()),
    ];
    let posted = if cx.form.values.get(leading::LEADER_NAME).is_empty() && cx.form.errors.of(leading::LEADER_NAME).is_none() {
        FormState::default()
    } else {
        cx.form.clone()
    };
    let state = posted.or(FormState::filled(stored));
    let (heading, save) = ((t.right)(Right::Correct), cx.texts().registration.save_changes);
    view! {
        <section class="stack">
            <h2>{heading}</h2>
            <form id=ENTRY class="form" method="post" action=Page::LeaderRights.at(cx.locale(), secret) novalidate>
                <TextField
                    field=state.field(leading::LEADER_NAME)
                    label=d.leader_name
                    autocomplete="name"
                    maxlength=u32::try_from(PersonName::MAX).unwrap_or(u32::MAX)
                />
                <TextField field=state.field(leading::LEADER_PHONE) label=d.leader_phone kind="tel" autocomplete="tel" inputmode="tel"/>
                <TextField
                    field=state.field(leading::LEADER_EMAIL)
                    label=d.leader_email
                    kind="email"
                    autocomplete="email"
                    required=false
                />
                <p><Button>{save}</Button></p>
            </form>
        </section>
    }
    .into_any()
}
