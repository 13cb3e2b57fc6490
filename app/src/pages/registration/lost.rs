//! The page for who has lost a ticket. What it answers is the same for everybody.

use domain::mail::Channel;
use leptos::prelude::*;
use services::mail;

use crate::{
    components::{Button, ErrorSummary, Notice, NoticeKind, TextField},
    forms::ENTRY,
    i18n::lost::Ways,
    pages::loaded,
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

/// The form's field: a phone, an e-mail address or a short code.
pub const WHO: &str = "who";
/// The query that says that the form was taken.
pub const SENT: &str = "da-gui";

/// Where the form leads on to.
pub fn sent(locale: domain::text::Locale) -> String {
    format!("{}?{SENT}=1", Page::FindTicket.path(locale))
}

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let services = cx.services.clone();
        async move { mail::channels(&services).await }
    };
    loaded(load, move |channels| show(&cx, &channels))
}

fn show(cx: &RequestCx, channels: &[Channel]) -> AnyView {
    let t = &cx.texts().lost;
    let (hotline, hotline_href) = cx.hotline();
    let ways = match (channels.contains(&Channel::Email), channels.contains(&Channel::Sms)) {
        (_, true) => &t.by_phone_too,
        (true, false) => &t.by_mail,
        (false, false) => &t.not_now,
    };
    let content = if cx.query_value(SENT).is_some() && cx.form.is_empty() { answer(cx, ways) } else { form(cx, ways) };
    view! {
        <PageHead title=t.title description=t.description/>
        <div class="narrow stack">
            <h1>{t.title}</h1>
            {content}
            <section class="stack">
                <h2>{t.no_mail}</h2>
                <ul>
                    <li>{t.call}" "<a href=hotline_href>{hotline}</a>"."</li>
                    <li>{t.at_the_desk}</li>
                </ul>
            </section>
        </div>
    }
    .into_any()
}

fn form(cx: &RequestCx, ways: &'static Ways) -> AnyView {
    let t = &cx.texts().lost;
    view! {
        <p class="lead">{ways.lead}</p>
        <ErrorSummary form=cx.form.clone() labels=vec![(WHO, t.who)]/>
        <form id=ENTRY class="form" method="post" action=Page::FindTicket.path(cx.locale()) novalidate>
            <TextField field=cx.form.field(WHO) label=t.who hint=t.who_hint autocomplete="email" maxlength=254_u32/>
            <p><Button>{t.submit}</Button></p>
        </form>
    }
    .into_any()
}

fn answer(cx: &RequestCx, ways: &'static Ways) -> AnyView {
    let t = &cx.texts().lost;
    view! {
        <Notice kind=NoticeKind::Success>
            <h2>{t.sent_title}</h2>
            <p>{ways.sent}</p>
            <p>{t.sent_why}</p>
        </Notice>
        <p><a href=Page::FindTicket.path(cx.locale())>{t.again}</a></p>
    }
    .into_any()
}
