//! How a phone comes to trust a server that has made its own certificate.

use leptos::prelude::*;

use crate::{request::request, routes::Download, shell::PageHead};

pub fn page() -> AnyView {
    let cx = request();
    let t = &cx.texts().authority;
    let content = match cx.authority.clone() {
        None => view! { <p class="lead">{t.not_needed}</p> }.into_any(),
        Some(fingerprint) => view! {
            <p class="lead">{t.lead}</p>
            <p><a class="button" href=Download::Authority.at(cx.locale(), "")>{t.download}</a></p>
            <p>{t.fingerprint}<br/><code>{fingerprint.to_string()}</code></p>
            <h2>{t.android}</h2>
            {steps(&t.android_steps)}
            <h2>{t.iphone}</h2>
            {steps(&t.iphone_steps)}
            <h2>{t.safety}</h2>
            <p>{t.safety_text}</p>
            <p>{t.removal}</p>
        }
        .into_any(),
    };
    view! {
        <PageHead title=t.title description=t.lead/>
        <article class="reading prose">
            <h1>{t.title}</h1>
            {content}
        </article>
    }
    .into_any()
}

fn steps(steps: &'static [&'static str]) -> AnyView {
    let items = steps.iter().map(|step| view! { <li>{*step}</li> }).collect_view();
    view! { <ol>{items}</ol> }.into_any()
}
