//! One request: what is asked, until when, and what staff can do.

use domain::{
    access::Action,
    privacy::{DONE, Purpose, REFUSED, RequestState, Right, field},
};
use leptos::prelude::*;
use services::privacy::{self, Filed};

use super::queue::who;
use crate::{
    components::{Button, ButtonKind, CheckboxGroup, Choice, ErrorSummary, Notice, NoticeKind, RadioGroup, TextArea},
    forms::ENTRY,
    i18n,
    pages::{
        desk::{self, Desk},
        loaded,
    },
    request::{RequestCx, request},
    routes::{Deed, Page},
};

/// `parameter` is the request's id.
pub fn page(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::AnswerPrivacyRequests)?;
            privacy::request(&cx.services, &cx.actor, id?).await
        }
    };
    loaded(load, move |filed| show(&cx, &filed))
}

fn show(cx: &RequestCx, filed: &Filed) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let labels = vec![(field::STATE, t.queue.result), (field::OUTCOME, t.queue.outcome), (field::REASON, t.queue.reason)];
    let back = (Page::RightsQueue.path(locale).to_owned(), t.queue.back);
    let (facts, ended) = (facts(cx, filed), ended(cx, filed));
    let detail = filed.request.detail.clone();
    let decision = (filed.request.state == RequestState::Open).then(|| decision(cx, filed));
    let title = (t.right)(filed.request.right);
    let form = cx.form.clone();
    view! {
        <Desk title back moved_on=t.queue.moved_on>
            <ErrorSummary form labels/>
            <div class="review">
                <section class="stack">
                    {facts}
                    <h2>{t.queue.asked}</h2>
                    <p class="dossier-text">{detail}</p>
                    {ended}
                </section>
                {decision}
            </div>
        </Desk>
    }
    .into_any()
}

fn facts(cx: &RequestCx, filed: &Filed) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let request = &filed.request;
    let due = request.next_due_on().map(|day| {
        let overdue = if request.is_overdue(cx.now) { format!(", {}", t.queue.overdue) } else { String::new() };
        let first = if request.acknowledged_at.is_none() { format!(" ({})", t.queue.to_acknowledge) } else { String::new() };
        format!("{}{first}{overdue}", i18n::date(locale, day))
    });
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(desk::moment_text);
    let rows = [
        (t.queue.who, Some(who(cx, filed))),
        (t.queue.code, filed.short_code.clone()),
        (t.queue.channel, Some((t.channel)(request.channel.key()).to_owned())),
        (t.queue.asked_on, Some(desk::moment_text(request.asked_at))),
        (t.queue.state, Some((t.request_state)(request.state).to_owned())),
        (t.queue.due, due),
        (t.queue.acknowledged, at(request.acknowledged_at)),
        (t.queue.extended, at(request.extended_at)),
        (t.queue.reason, request.extension_reason.clone()),
        (t.queue.answered, at(request.ended_at)),
    ];
    let rows = rows
        .into_iter()
        .filter_map(|(label, value)| value.map(|value| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }))
        .collect_view();
    let person = filed.registration.filter(|_| filed.full_name.as_deref().is_some_and(|name| !name.is_empty())).map(|id| {
        view! { <p><a href=Page::Person.at(locale, &id.to_string())>{t.queue.person}</a></p> }
    });
    view! { <dl class="dossier-facts">{rows}</dl>{person} }.into_any()
}

fn ended(cx: &RequestCx, filed: &Filed) -> AnyView {
    let t = &cx.texts().rights.queue;
    if filed.request.outcome.is_empty() {
        return ().into_any();
    }
    view! { <h2>{t.outcome}</h2><p class="dossier-text">{filed.request.outcome.clone()}</p> }.into_any()
}

/// What can be done with an open request.
fn decision(cx: &RequestCx, filed: &Filed) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights.queue;
    let request = &filed.request;
    let id = request.id.to_string();
    let acknowledge = request.acknowledged_at.is_none().then(|| {
        view! {
            <form class="stack" method="post" action=Deed::AcknowledgeRequest.at(locale, &id)>
                <p class="hint">{t.acknowledge_text}</p>
                <Button kind=ButtonKind::Second>{t.acknowledge}</Button>
            </form>
        }
    });
    let withdrawable: Vec<_> = filed.given.iter().copied().filter(|purpose| !purpose.is_needed()).collect();
    let purposes = (request.right == Right::Withdraw && !withdrawable.is_empty()).then(|| {
        let choices = withdrawable.into_iter().map(|purpose: Purpose| Choice::new(purpose.key(), purpose.statement(locale))).collect();
        view! { <CheckboxGroup field=cx.form.field(field::PURPOSE) label=t.purposes hint=t.purposes_hint choices/> }
    });
    let erases = (request.right == Right::Erase && filed.registration.is_some())
        .then(|| view! { <Notice kind=NoticeKind::Warning><p>{t.erases}</p></Notice> });
    let results = vec![Choice::new(DONE, t.done), Choice::new(REFUSED, t.refused)];
    let extend = request.may_be_extended(cx.now).then(|| {
        view! {
            <form class="stack" method="post" action=Deed::ExtendRequest.at(locale, &id)>
                <h3>{t.extend}</h3>
                <p class="hint">{(t.extend_text)(request.right.days())}</p>
                <TextArea field=cx.form.field(field::REASON) label=t.reason hint=t.reason_hint rows=2/>
                <Button kind=ButtonKind::Second>{t.extending}</Button>
            </form>
        }
    });
    view! {
        <section class="decision stack" aria-labelledby="decision">
            <h2 id="decision">{t.decision}</h2>
            {acknowledge}
            <form id=ENTRY class="stack" method="post" action=Page::RightsRequest.at(locale, &id)>
                <RadioGroup field=cx.form.field(field::STATE) label=t.result choices=results/>
                {purposes}
                {erases}
                <TextArea field=cx.form.field(field::OUTCOME) label=t.outcome hint=t.outcome_hint rows=4/>
                <Button>{t.answer}</Button>
            </form>
            {extend}
        </section>
    }
    .into_any()
}
