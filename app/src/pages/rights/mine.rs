//! "Quyền của bạn": everything that is kept about a person, and what the person can do about it, behind the ticket's link.

use domain::privacy::{Purpose, RequestState, Right, field};
use leptos::prelude::*;
use services::privacy::{self, Mine, Request};

use super::{
    anchor,
    parts::{Part, parts},
};
use crate::{
    components::{Button, ButtonKind, ButtonLink, CheckboxField, Choice, ErrorSummary, Icon, RadioGroup, Shape, TextArea},
    forms::ENTRY,
    i18n,
    pages::loaded,
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

/// What a person asks staff to do; the rest is done on the page.
const ASKED: [Right; 3] = [Right::Correct, Right::Restrict, Right::Object];

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move { privacy::mine(&services, &secret).await }
    };
    loaded(load, move |mine| show(&cx, &secret, &mine))
}

fn show(cx: &RequestCx, secret: &str, mine: &Mine) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    view! {
        <PageHead title=t.title/>
        <article class="reading">
            <p class="actions"><a href=Page::Ticket.at(locale, secret)>{t.back_to_ticket}</a></p>
            <h1>{t.title}</h1>
            <p class="lead">{t.lead}</p>
            <ErrorSummary form=cx.form.clone() labels=vec![(field::RIGHT, t.which), (field::DETAIL, t.detail), (field::CONFIRM, t.erase)]/>
            {consents(cx, secret, mine)}
            {ask(cx, secret)}
            {asked(cx, &mine.requests)}
            {kept(cx, parts(mine, locale), Download::MyText.at(locale, secret), Download::MyData.at(locale, secret))}
            {erase(cx, Deed::EraseMine.at(locale, secret), cx.texts().rights.erase_points)}
            <p class="actions"><a href=Page::Privacy.path(locale)>{t.complain}</a></p>
        </article>
    }
    .into_any()
}

/// The purposes with their exact words, each with the one thing that can be done now.
fn consents(cx: &RequestCx, secret: &str, mine: &Mine) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let rows = Purpose::ALL
        .map(|purpose| {
            let given = mine.decision(purpose).filter(|consent| consent.given);
            let state = given.map_or_else(|| t.not_given.to_owned(), |consent| (t.given_at)(&i18n::date_time(locale, consent.at)));
            let words = given.and_then(|consent| consent.words).unwrap_or_else(|| purpose.statement(locale));
            let lang = given.filter(|consent| consent.locale != locale).map(|consent| consent.locale.tag());
            let button = if purpose.is_needed() && given.is_some() {
                view! { <p class="muted">{t.needed}</p> }.into_any()
            } else {
                let (text, decision) = if given.is_some() { (t.withdraw, field::REFUSE) } else { (t.give, field::GIVE) };
                let action = Deed::ChangeConsent.at(locale, secret);
                let id = format!("words-{}", purpose.key());
                view! {
                    <form method="post" action=action>
                        <button type="submit" class="button second" name=decision value=purpose.key() aria-describedby=id>{text}</button>
                    </form>
                }
                .into_any()
            };
            view! {
                <li class="stack">
                    <p id=format!("words-{}", purpose.key()) lang=lang>"“"{words}"”"</p>
                    <p><strong>{state}</strong></p>
                    {button}
                </li>
            }
        })
        .collect_view();
    view! {
        <section id=anchor::CONSENTS class="stack">
            <h2>{t.consents}</h2>
            <p>{t.consents_text}</p>
            <ul class="rights">{rows}</ul>
        </section>
    }
    .into_any()
}

/// The form for what only staff can do; open when something in it is wrong.
fn ask(cx: &RequestCx, secret: &str) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let choices = ASKED.map(|right| Choice::new(right.key(), (t.right)(right)).hint((t.right_hint)(right))).into();
    view! {
        <section id=anchor::ASK class="stack">
            <h2>{t.ask}</h2>
            <p><a href=Page::ChangeTicket.at(locale, secret)>{t.correct_yourself}</a>" "{t.correct_text}</p>
            <p>{t.ask_text}</p>
            <details class="ask" open=!cx.form.is_empty() && cx.form.errors.of(field::CONFIRM).is_none()>
                <summary>{t.ask_open}</summary>
                <form id=ENTRY class="form" method="post" action=Page::Rights.at(locale, secret)>
                    <RadioGroup field=cx.form.field(field::RIGHT) label=t.which choices=choices/>
                    <TextArea field=cx.form.field(field::DETAIL) label=t.detail hint=t.detail_hint rows=4/>
                    <Button>{t.send}</Button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// What was asked, and what became of it.
fn asked(cx: &RequestCx, requests: &[Request]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    if requests.is_empty() {
        return ().into_any();
    }
    let rows = requests
        .iter()
        .rev()
        .map(|request| {
            let standing = match request.state {
                RequestState::Open => (t.open_until)(&i18n::date(locale, request.due_on)),
                ended => (t.request_state)(ended).to_owned(),
            };
            let quoted =
                |label: &'static str, text: &str| (!text.is_empty()).then(|| view! { <p class="written">{label}" "{text.to_owned()}</p> });
            view! {
                <li class="stack">
                    <p><strong>{(t.right)(request.right)}</strong>", "{i18n::date_time(locale, request.asked_at)}</p>
                    {quoted("", &request.detail)}
                    <p>{standing}</p>
                    {quoted(t.extended, request.extension_reason.as_deref().unwrap_or_default())}
                    {quoted(t.answer, &request.outcome)}
                </li>
            }
        })
        .collect_view();
    view! { <section class="stack"><h2>{t.asked}</h2><ul class="rights">{rows}</ul></section> }.into_any()
}

/// The way out for good: what it means first, then a box and a button.
pub(super) fn erase(cx: &RequestCx, action: String, points: [&'static str; 4]) -> AnyView {
    let t = &cx.texts().rights;
    view! {
        <section id=anchor::ERASE class="stack">
            <h2>{t.erase}</h2>
            <p>{t.erase_text}</p>
            <details class="cancel" open=cx.form.errors.of(field::CONFIRM).is_some()>
                <summary>{t.erase_open}</summary>
                <form method="post" action=action>
                    <ul>{points.map(|point| view! { <li>{point}</li> }).collect_view()}</ul>
                    <CheckboxField field=cx.form.field(field::CONFIRM) label=t.erase_confirm/>
                    <Button kind=ButtonKind::Danger>{t.erase_button}</Button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// Everything that is stored, and the addresses of the files with the same, to read and for machines.
pub(super) fn kept(cx: &RequestCx, parts: Vec<Part>, text: String, data: String) -> AnyView {
    let t = &cx.texts().rights;
    let parts = parts.into_iter().map(|Part { title, items }| {
        let list = if items.is_empty() {
            view! { <p class="muted">{t.nothing}</p> }.into_any()
        } else {
            let rows = items.into_iter().map(|item| view! { <div><dt>{item.label}</dt><dd class="written">{item.value}</dd></div> });
            view! { <dl class="kept">{rows.collect_view()}</dl> }.into_any()
        };
        view! { <section class="stack"><h3>{title}</h3>{list}</section> }
    });
    view! {
        <section class="stack">
            <h2>{t.kept}</h2>
            <p>{t.kept_text}</p>
            <p class="actions">
                <ButtonLink href=text kind=ButtonKind::Second>
                    <Icon shape=Shape::Download/>{t.save_text}
                </ButtonLink>
                <ButtonLink href=data kind=ButtonKind::Second>
                    <Icon shape=Shape::Download/>{t.save_json}
                </ButtonLink>
            </p>
            {parts.collect_view()}
        </section>
    }
    .into_any()
}
