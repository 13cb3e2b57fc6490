//! What happens with personal data, and what people can ask for.

use domain::privacy::{NOTICE_VERSION, Purpose};
use leptos::prelude::*;

use crate::{
    i18n::privacy::Section,
    request::{RequestCx, request},
    shell::PageHead,
};

pub fn page() -> AnyView {
    let cx = request();
    let t = &cx.texts().privacy;
    view! {
        <PageHead title=t.title description=t.intro/>
        <article class="reading prose privacy">
            <h1>{t.title}</h1>
            <p class="lead">{t.intro}</p>
            {controller(&cx)}
            {purposes(&cx)}
            {t.sections.iter().map(section).collect_view()}
            {retention(&cx)}
            <p class="muted">{(t.version)(NOTICE_VERSION)}</p>
        </article>
    }
    .into_any()
}

fn controller(cx: &RequestCx) -> AnyView {
    let locale = cx.locale();
    let (t, common) = (&cx.texts().privacy, &cx.texts().common);
    let edition = cx.edition.as_deref();
    let body = edition.map_or(common.managing_body, |edition| edition.managing_body.get(locale)).to_owned();
    let (hotline, hotline_href) = cx.hotline();
    let email = edition.and_then(|edition| edition.email.clone()).map(|email| {
        let href = format!("mailto:{email}");
        view! { <li>{t.email}": "<a href=href>{email}</a></li> }
    });
    view! {
        <h2>{t.controller}</h2>
        <p>{(t.controller_text)(&body, common.responsible)}</p>
        <ul>
            <li>{t.hotline}": "<a href=hotline_href>{hotline}</a></li>
            {email}
        </ul>
    }
    .into_any()
}

/// The very words that the form asks to agree to.
fn purposes(cx: &RequestCx) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().privacy;
    let purposes = Purpose::ALL
        .map(|purpose| {
            let kind = if purpose.is_needed() { t.needed } else { t.your_choice };
            view! { <li><strong>{kind}":"</strong>" “"{purpose.statement(locale)}"”"</li> }
        })
        .collect_view();
    view! { <h2>{t.purposes}</h2><p>{t.purposes_text}</p><ul>{purposes}</ul> }.into_any()
}

/// The periods of the edition.
fn retention(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().privacy;
    let kept = cx.edition.as_ref().map(|edition| edition.retention).unwrap_or_default();
    let items = (t.retention_list)(kept).map(|item| view! { <li>{item}</li> }).collect_view();
    view! { <h2 id="thoi-han">{t.retention}</h2><p>{t.retention_text}</p><ul>{items}</ul> }.into_any()
}

fn section(section: &'static Section) -> AnyView {
    let list = (!section.list.is_empty()).then(|| {
        let items = section.list.iter().map(|item| view! { <li>{*item}</li> }).collect_view();
        view! { <ul>{items}</ul> }
    });
    view! {
        <h2 id=section.id>{section.title}</h2>
        {section.text.iter().map(|text| view! { <p>{*text}</p> }).collect_view()}
        {list}
    }
    .into_any()
}
