//! A dossier as it is read: by its organisation while it is locked, by organisers and by judges.

use domain::text::Locale;
use leptos::prelude::*;
use services::showcase::Dossier;

use super::desk;
use crate::{components::SampleMark, request::request, routes::Download};

/// The whole dossier, read-only.
#[component]
pub fn DossierView(dossier: Dossier) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().departments;
    let Dossier { content, .. } = &dossier;
    let fact = |name: &'static str, value: Option<AnyView>| value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    // The texts are Vietnamese, whatever the language of the page.
    let lang = desk::foreign(locale, false);
    let has_english = !content.title_en.is_empty() || !content.summary_en.is_empty();
    view! {
        <article class="dossier">
            {dossier.cover.as_deref().map(|key| view! {
                <img class="dossier-cover" src=Download::Cover.at(locale, key) alt=content.cover_alt.clone() lang=lang/>
            })}
            <dl class="dossier-facts">
                {fact(t.number, dossier.number.clone().map(IntoAny::into_any))}
                {fact(t.state, Some(view! { {desk::state_mark(locale, dossier.state)}{dossier.sample.then(|| view! { " "<SampleMark/> })} }.into_any()))}
                {fact(t.organisation, Some(dossier.organisation.get(locale).to_owned().into_any()))}
                {fact(t.pillar, content.pillar.map(|pillar| pillar.name(locale).into_any()))}
                {fact(t.sector, content.sector.map(|sector| sector.name(locale).into_any()))}
                {fact(t.submitted, dossier.submitted_at.map(desk::moment))}
                {fact(t.version, (dossier.version > 0).then(|| dossier.version.into_any()))}
                {fact(t.consent_given, Some((if content.publish_consent { t.yes } else { t.no }).into_any()))}
            </dl>
            {(locale == Locale::En).then(|| view! { <h2 lang="vi">{content.title.clone()}</h2> })}
            {part(t.summary, &content.summary, lang)}
            {part(t.problem, &content.problem, lang)}
            {part(t.solution, &content.solution, lang)}
            {has_english.then(|| view! {
                <h2>{t.in_english}</h2>
                <div lang="en" class="dossier-text">
                    <p><strong>{content.title_en.clone()}</strong></p>
                    <p>{content.summary_en.clone()}</p>
                </div>
            })}
        </article>
    }
}

/// A heading and its text, with the line breaks that were typed.
fn part(heading: &'static str, text: &str, lang: Option<&'static str>) -> Option<AnyView> {
    (!text.is_empty()).then(|| {
        view! {
            <h2>{heading}</h2>
            <p class="dossier-text" lang=lang>{text.to_owned()}</p>
        }
        .into_any()
    })
}
