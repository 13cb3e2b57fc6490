//! Ending reminders from a mail. Opening the page changes nothing, since mail scanners open every link: the button does.

use leptos::prelude::*;
use services::privacy;

use crate::{
    components::{Button, Notice, NoticeKind},
    pages::loaded,
    request::request,
    routes::Page,
    shell::PageHead,
};

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move { privacy::reminded(&services, &secret).await }
    };
    loaded(load, move |person| {
        let locale = cx.locale();
        let t = &cx.texts().rights;
        let body = if person.agrees {
            view! {
                <p class="lead">{(t.stop_text)(&person.masked_name, person.event.get(locale))}</p>
                <p>{t.stop_else}</p>
                <form method="post" action=Page::StopReminders.at(locale, &secret)>
                    <p><Button>{t.stop}</Button></p>
                </form>
            }
            .into_any()
        } else {
            view! {
                <Notice kind=NoticeKind::Success>
                    <p><strong>{t.stopped}</strong></p>
                    <p>{t.stopped_text}</p>
                </Notice>
                <p>{t.stop_else}</p>
            }
            .into_any()
        };
        view! {
            <PageHead title=t.stop/>
            <article class="reading">
                <h1>{t.stop}</h1>
                {body}
            </article>
        }
        .into_any()
    })
}
