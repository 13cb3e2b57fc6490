//! The queue of requests by the law on personal data, and the form for those that came another way.

use domain::{
    access::Action,
    privacy::{Right, field},
};
use leptos::prelude::*;
use services::privacy::{self, Filed, Queue};

use crate::{
    components::{Button, Choice, DataTable, EmptyState, ErrorSummary, Select, TextArea, TextField},
    forms::ENTRY,
    i18n::{self, rights::FILED_BY},
    pages::{
        desk::{self, Desk},
        loaded,
    },
    request::{RequestCx, request},
    routes::Page,
};

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::AnswerPrivacyRequests)?;
            privacy::requests(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |queue| show(&cx, &queue))
}

fn show(cx: &RequestCx, queue: &Queue) -> AnyView {
    let t = &cx.texts().rights.queue;
    let open = if queue.open.is_empty() {
        view! { <EmptyState text=t.none_open/> }.into_any()
    } else {
        let rows = queue.open.iter().map(|filed| row(cx, filed)).collect_view();
        let columns = [t.due, t.right, t.who, t.channel, t.asked_on].map(str::to_owned).into();
        view! { <DataTable caption=t.open id="open" columns=columns>{rows}</DataTable> }.into_any()
    };
    let ended = (!queue.ended.is_empty()).then(|| {
        let rows = queue.ended.iter().map(|filed| ended_row(cx, filed)).collect_view();
        let columns = [t.state, t.right, t.who, t.channel, t.answered].map(str::to_owned).into();
        view! { <DataTable caption=t.ended id="ended" columns=columns>{rows}</DataTable> }
    });
    let file = file(cx);
    view! {
        <Desk title=t.title>
            <p class="prose muted">{t.lead}</p>
            {open}
            {file}
            {ended}
        </Desk>
    }
    .into_any()
}

fn row(cx: &RequestCx, filed: &Filed) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let request = &filed.request;
    let due = request.next_due_on().map(|day| i18n::date(locale, day));
    let mark = if request.is_overdue(cx.now) { "state returned" } else { "state submitted" };
    let overdue = request.is_overdue(cx.now).then(|| view! { ", "<strong>{t.queue.overdue}</strong> });
    let first = request.acknowledged_at.is_none().then(|| format!(" ({})", t.queue.to_acknowledge));
    view! {
        <tr>
            <td><span class=mark>{due}{first}{overdue}</span></td>
            <th scope="row"><a href=Page::RightsRequest.at(locale, &request.id.to_string())>{(t.right)(request.right)}</a></th>
            <td>{who(cx, filed)}</td>
            <td>{(t.channel)(request.channel.key())}</td>
            <td>{desk::moment(request.asked_at)}</td>
        </tr>
    }
    .into_any()
}

fn ended_row(cx: &RequestCx, filed: &Filed) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let request = &filed.request;
    view! {
        <tr>
            <td>{(t.request_state)(request.state)}</td>
            <th scope="row"><a href=Page::RightsRequest.at(locale, &request.id.to_string())>{(t.right)(request.right)}</a></th>
            <td>{who(cx, filed)}</td>
            <td>{(t.channel)(request.channel.key())}</td>
            <td>{request.ended_at.map(desk::moment)}</td>
        </tr>
    }
    .into_any()
}

/// Whom a request is about.
pub(super) fn who(cx: &RequestCx, filed: &Filed) -> String {
    let t = &cx.texts().rights.queue;
    match filed.full_name.as_deref() {
        None => t.nobody.to_owned(),
        Some("") => t.erased.to_owned(),
        Some(name) => name.to_owned(),
    }
}

/// The form for a request that came another way.
fn file(cx: &RequestCx) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().rights;
    let rights = Right::ALL.map(|right| Choice::new(right.key(), (t.right)(right))).into();
    let channels = FILED_BY.map(|channel| Choice::new(channel.key(), (t.channel)(channel.key()))).into();
    let labels = vec![
        (field::RIGHT, t.queue.right),
        (field::CHANNEL, t.queue.channel),
        (field::ASKED_ON, t.queue.asked_on),
        (field::CODE, t.queue.code),
        (field::DETAIL, t.queue.detail),
    ];
    view! {
        <section class="narrow stack" aria-labelledby="file">
            <h2 id="file">{t.queue.file}</h2>
            <p>{t.queue.file_text}</p>
            <ErrorSummary form=cx.form.clone() labels/>
            <form id=ENTRY class="form" method="post" action=Page::RightsQueue.path(locale)>
                <Select field=cx.form.field(field::RIGHT) label=t.queue.right choices=rights/>
                <Select field=cx.form.field(field::CHANNEL) label=t.queue.channel choices=channels/>
                <TextField
                    field=cx.form.field(field::ASKED_ON)
                    label=t.queue.asked_on
                    hint=t.queue.asked_on_hint
                    kind="date"
                    required=false
                />
                <TextField
                    field=cx.form.field(field::CODE)
                    label=t.queue.code
                    hint=t.queue.code_hint
                    autocomplete="off"
                    required=false
                />
                <TextArea field=cx.form.field(field::DETAIL) label=t.queue.detail hint=t.queue.detail_hint rows=4/>
                <Button>{t.queue.filing}</Button>
            </form>
        </section>
    }
    .into_any()
}
