//! A published model's page.

use domain::{text::Locale, time::local_date};
use leptos::prelude::*;
use services::showcase::{self, Dossier};

use super::{cover, pillar_mark};
use crate::{
    components::SampleMark,
    i18n,
    pages::{loaded, paragraphs},
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

pub fn page(slug: &str) -> AnyView {
    let cx = request();
    let (services, slug) = (cx.services.clone(), slug.to_owned());
    loaded(async move { showcase::model(&services, &slug).await }, move |model| show(&cx, model))
}

fn show(cx: &RequestCx, model: Dossier) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().showcase;
    let content = &model.content;
    let (title, summary) = (content.title_in(locale).to_owned(), content.summary_in(locale).to_owned());
    let fact = |name: &'static str, value: Option<String>| value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    // Problem and solution are written in Vietnamese only.
    let vietnamese = (locale == Locale::En).then_some("vi");
    view! {
        <PageHead title=title.clone() description=summary.clone()/>
        <article class="reading model">
            <p class="eyebrow">
                <a href=Page::Models.path(locale)>{cx.texts().common.models}</a>
                {content.pillar.map(|pillar| pillar_mark(cx, pillar))}
                {model.sample.then(|| view! { <SampleMark/> })}
            </p>
            <h1>{title}</h1>
            <p class="lead">{summary}</p>
            {cover(cx, content, model.cover.as_deref(), "eager")}
            <dl class="model-facts">
                {fact(t.organisation, Some(model.organisation.get(locale).to_owned()))}
                {fact(t.sector, content.sector.map(|sector| sector.name(locale).to_owned()))}
                {fact(t.published, model.published_at.map(|at| i18n::date(locale, local_date(at))))}
                {fact(t.number, model.number.clone())}
            </dl>
            {(locale == Locale::En).then(|| view! { <p class="muted">{t.in_vietnamese}</p> })}
            <section class="prose"><h2>{t.problem}</h2><div class="stack" lang=vietnamese>{paragraphs(&content.problem)}</div></section>
            <section class="prose"><h2>{t.solution}</h2><div class="stack" lang=vietnamese>{paragraphs(&content.solution)}</div></section>
        </article>
    }
    .into_any()
}
