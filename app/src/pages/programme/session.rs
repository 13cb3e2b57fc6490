//! A session's own page.

use domain::{
    programme::{Phase, phase},
    time::local_date,
};
use leptos::prelude::*;
use services::programme::{self, SessionPage, Speaker};

use crate::{
    components::{ButtonKind, ButtonLink, Icon, SampleMark, Shape},
    i18n,
    pages::{loaded, paragraphs},
    request::{RequestCx, request},
    routes::{Download, Page},
    shell::PageHead,
};

pub fn page(code: &str) -> AnyView {
    let cx = request();
    let (services, code) = (cx.services.clone(), code.to_owned());
    loaded(async move { programme::session(&services, &code).await }, move |session| show(&cx, session))
}

fn show(cx: &RequestCx, session: SessionPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().programme;
    let row = session.row;
    let phase = phase(row.starts_at, row.ends_at, cx.now);
    let title = row.title.get(locale).to_owned();
    let summary = session.summary.get(locale).to_owned();
    let description = if summary.is_empty() { title.clone() } else { summary.clone() };
    let about = if summary.is_empty() { view! { <p class="muted">{t.no_details}</p> }.into_any() } else { paragraphs(&summary) };
    let speakers = (!session.speakers.is_empty()).then(|| {
        let speakers = session.speakers.into_iter().map(|person| speaker(cx, person)).collect_view();
        view! { <section class="stack"><h2>{t.speakers}</h2><ul class="speakers">{speakers}</ul></section> }
    });
    view! {
        <PageHead title=title.clone() description/>
        <article class="reading">
            <p class="eyebrow">
                <a href=Page::Programme.path(locale)>{t.title}</a>
                <span>{row.kind.name(locale)}</span>
                {match phase {
                    Phase::Ahead => None,
                    Phase::Running => Some(view! { <span class="on-now">{t.running}</span> }),
                    Phase::Over => Some(view! { <span class="on-now past">{t.over}</span> }),
                }}
                {row.sample.then(|| view! { <SampleMark/> })}
            </p>
            <h1>{title}</h1>
            <ul class="facts">
                <li>
                    <Icon shape=Shape::Clock/>
                    <span>
                        <strong><time datetime=row.starts_at.to_rfc3339()>{i18n::time_range(row.starts_at, row.ends_at)}</time></strong>
                        <br/>{i18n::date(locale, local_date(row.starts_at))}
                    </span>
                </li>
                <li>
                    <Icon shape=Shape::Place/>
                    <span>
                        <strong>{row.room.get(locale).to_owned()}</strong>", "{row.venue.get(locale).to_owned()}
                        <br/><span class="muted">{session.venue_address.get(locale).to_owned()}</span>
                    </span>
                </li>
                {row.seats.map(|seats| view! {
                    <li><Icon shape=Shape::Seat/><span>{(t.seats)(&i18n::number(locale, seats))}</span></li>
                })}
                {row.track.map(|track| view! {
                    <li><Icon shape=Shape::Info/><span>{t.track}": "{track.get(locale).to_owned()}</span></li>
                })}
            </ul>
            <p class="actions">
                {(phase != Phase::Over).then(|| view! { <ButtonLink href=Page::Register.path(locale)>{t.register_now}</ButtonLink> })}
                <ButtonLink href=Download::SessionCalendar.at(locale, &row.code) kind=ButtonKind::Second>
                    <Icon shape=Shape::Calendar/>{t.add_to_calendar}
                </ButtonLink>
            </p>
            <section class="prose"><h2>{t.about}</h2>{about}</section>
            {speakers}
        </article>
    }
    .into_any()
}

fn speaker(cx: &RequestCx, person: Speaker) -> AnyView {
    let locale = cx.locale();
    let about: Vec<_> = [person.title, person.organisation].into_iter().flatten().map(|text| text.get(locale).to_owned()).collect();
    view! {
        <li>
            <strong>{person.name}</strong>{person.sample.then(|| view! { " "<SampleMark/> })}
            {(!about.is_empty()).then(|| view! { <br/><span class="muted">{about.join(", ")}</span> })}
        </li>
    }
    .into_any()
}
