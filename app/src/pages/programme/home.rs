//! The home page: what the day is, when and where, what runs now, and the way to a seat.

use chrono::NaiveDate;
use domain::time::local_date;
use leptos::prelude::*;
use services::{
    edition::Edition,
    programme::{self, Home, Partner, SessionRow},
    showcase::{self, ModelCard},
};

use super::{preparing, step};
use crate::{
    components::{ButtonKind, ButtonLink, Icon, SampleMark, Shape, Stat, StatNumbers},
    i18n,
    pages::{Trouble, loaded, showcase::model_cards},
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

/// How many models are shown.
const MODELS: i64 = 6;

pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    let load = async move {
        let Some(home) = programme::home(&services).await? else { return Ok::<_, Trouble>(None) };
        let models = showcase::gallery(&services, Some(MODELS)).await?;
        Ok(Some((home, models)))
    };
    loaded(load, move |data| match data {
        Some((home, models)) => show(&cx, home, models),
        None => preparing(&cx),
    })
}

fn show(cx: &RequestCx, home: Home, models: Vec<ModelCard>) -> AnyView {
    let locale = cx.locale();
    let edition = &home.edition;
    let on_the_day = (edition.starts_on..=edition.ends_on).contains(&local_date(cx.now));
    let steps = now_and_next(cx, home.now, home.next);
    let (before, after) = if on_the_day { (steps, None) } else { (None, steps) };
    view! {
        <PageHead title=edition.name.get(locale).to_owned() description=edition.theme.get(locale).to_owned()/>
        <div class="home">
            {hero(cx, edition, before)}
            {numbers(cx, home.registered, home.sessions, home.models)}
            {after}
            {featured(cx, models)}
            {partners(cx, home.partners)}
        </div>
    }
    .into_any()
}

/// Name, theme, date and place, the two ways on. On the day, what runs now stands between name and theme.
fn hero(cx: &RequestCx, edition: &Edition, steps: Option<AnyView>) -> AnyView {
    let locale = cx.locale();
    let (t, lost) = (&cx.texts().programme, &cx.texts().lost);
    let countdown = Countdown::to(edition.peak_on, edition.ends_on, local_date(cx.now));
    let span = (edition.starts_on != edition.ends_on)
        .then(|| (t.span)(&i18n::date_short(locale, edition.starts_on), &i18n::date_short(locale, edition.ends_on)));
    view! {
        <section class="hero">
            <span class="lotus hero-lotus" aria-hidden="true"></span>
            <h1>{edition.name.get(locale).to_owned()}</h1>
            {steps}
            <p class="hero-theme">{edition.theme.get(locale).to_owned()}</p>
            <ul class="facts">
                <li>
                    <Icon shape=Shape::Calendar/>
                    <span>
                        <strong><time datetime=edition.peak_on.to_string()>{i18n::date(locale, edition.peak_on)}</time></strong>
                        {span.map(|span| view! { <br/><span class="muted">{span}</span> })}
                    </span>
                </li>
                <li><Icon shape=Shape::Place/><span>{edition.place.get(locale).to_owned()}</span></li>
                <li><Icon shape=Shape::Clock/><strong class="countdown">{countdown.text(cx)}</strong></li>
            </ul>
            <p class="actions">
                {(countdown != Countdown::Over).then(|| view! {
                    <ButtonLink href=Page::Register.path(locale)>{t.register_now}</ButtonLink>
                })}
                <ButtonLink href=Page::Programme.path(locale) kind=ButtonKind::Second>{t.see_programme}</ButtonLink>
            </p>
            <p class="muted">{lost.lost}" "<a href=Page::FindTicket.path(locale)>{lost.find}</a>"."</p>
            {edition.sample.then(|| view! { <p><SampleMark/></p> })}
        </section>
    }
    .into_any()
}

fn now_and_next(cx: &RequestCx, now: Vec<SessionRow>, next: Vec<SessionRow>) -> Option<AnyView> {
    let t = &cx.texts().programme;
    let steps = |title: &'static str, rows: Vec<SessionRow>| {
        (!rows.is_empty()).then(|| {
            let rows = rows.into_iter().map(|row| step(cx, row)).collect_view();
            view! { <section class="stack"><h2>{title}</h2><ul class="steps">{rows}</ul></section> }
        })
    };
    let now = steps(t.now, now);
    let next = steps(t.next, next);
    (now.is_some() || next.is_some()).then(|| view! { <div class="now-and-next">{now}{next}</div> }.into_any())
}

fn numbers(cx: &RequestCx, registered: i64, sessions: i64, models: i64) -> AnyView {
    let t = &cx.texts().programme;
    let stats = [(registered, t.people_registered), (sessions, t.sessions), (models, t.models)]
        .map(|(number, text)| Stat { number, text: text.to_owned() });
    view! {
        <section class="numbers">
            <h2 class="visually-hidden">{t.in_numbers}</h2>
            <StatNumbers stats=stats.into()/>
        </section>
    }
    .into_any()
}

fn featured(cx: &RequestCx, models: Vec<ModelCard>) -> Option<AnyView> {
    let t = &cx.texts().programme;
    (!models.is_empty()).then(|| {
        view! {
            <section class="stack">
                <div class="section-head">
                    <h2>{t.featured_models}</h2>
                    <a href=Page::Models.path(cx.locale())>{t.all_models}</a>
                </div>
                {model_cards(cx, models)}
            </section>
        }
        .into_any()
    })
}

fn partners(cx: &RequestCx, partners: Vec<Partner>) -> Option<AnyView> {
    let t = &cx.texts().programme;
    let locale = cx.locale();
    (!partners.is_empty()).then(|| {
        let partners = partners
            .into_iter()
            .map(|partner| {
                let name = partner.name.get(locale).to_owned();
                let name = match partner.url {
                    Some(url) => view! { <a href=url>{name}</a> }.into_any(),
                    None => view! { <span>{name}</span> }.into_any(),
                };
                view! { <li>{name}</li> }
            })
            .collect_view();
        view! { <section class="stack"><h2>{t.partners}</h2><ul class="partners">{partners}</ul></section> }.into_any()
    })
}

/// How far away the main day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Countdown {
    Days(i64),
    Tomorrow,
    Today,
    /// The main day is past, the edition goes on.
    UnderWay,
    Over,
}

impl Countdown {
    fn to(peak_on: NaiveDate, ends_on: NaiveDate, today: NaiveDate) -> Self {
        match (peak_on - today).num_days() {
            0 => Self::Today,
            1 => Self::Tomorrow,
            days if days > 1 => Self::Days(days),
            _ if today <= ends_on => Self::UnderWay,
            _ => Self::Over,
        }
    }

    fn text(self, cx: &RequestCx) -> String {
        let t = &cx.texts().programme;
        match self {
            Self::Days(days) => (t.days_left)(days),
            Self::Tomorrow => t.tomorrow.to_owned(),
            Self::Today => t.today.to_owned(),
            Self::UnderWay => t.under_way.to_owned(),
            Self::Over => t.finished.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, month, day).unwrap()
    }

    #[test]
    fn the_days_are_counted_down_to_the_main_day() {
        let to = |today| Countdown::to(day(10, 10), day(10, 12), today);
        assert_eq!(to(day(10, 1)), Countdown::Days(9));
        assert_eq!(to(day(10, 8)), Countdown::Days(2));
        assert_eq!(to(day(10, 9)), Countdown::Tomorrow);
        assert_eq!(to(day(10, 10)), Countdown::Today);
    }

    #[test]
    fn after_the_main_day_the_edition_goes_on_until_its_last_day() {
        let to = |today| Countdown::to(day(10, 10), day(10, 12), today);
        assert_eq!(to(day(10, 11)), Countdown::UnderWay);
        assert_eq!(to(day(10, 12)), Countdown::UnderWay);
        assert_eq!(to(day(10, 13)), Countdown::Over);
    }
}
