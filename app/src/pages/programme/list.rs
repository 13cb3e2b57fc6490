//! The programme: a list by time; from a desk's width on, a grid of rooms and time made of the same list.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use domain::{
    programme::{Phase, phase},
    time::local_date,
};
use leptos::prelude::*;
use services::programme::{self, Programme, SessionRow};

use super::{
    preparing,
    timetable::{Scale, Slot, Timetable},
};
use crate::{
    components::{ButtonKind, ButtonLink, ChipLink, ChipLinks, EmptyState, Icon, SampleMark, Shape},
    i18n,
    pages::loaded,
    request::{RequestCx, request},
    routes::{Download, Page, escape},
    shell::PageHead,
};

/// Query names of the filters, the same in both languages.
pub const DAY: &str = "ngay";
pub const PLACE: &str = "dia-diem";

pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    loaded(async move { programme::programme(&services).await }, move |programme| match programme {
        Some(programme) => show(&cx, programme),
        None => preparing(&cx),
    })
}

fn show(cx: &RequestCx, programme: Programme) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().programme;
    let filter = Filter::read(cx);
    let filters = filters(cx, &filter, &programme.sessions);
    let none_at_all = programme.sessions.is_empty();
    let mut days: BTreeMap<NaiveDate, Vec<SessionRow>> = BTreeMap::new();
    for session in programme.sessions.into_iter().filter(|session| filter.admits(session)) {
        days.entry(local_date(session.starts_at)).or_default().push(session);
    }
    let any_sample = days.values().flatten().any(|session| session.sample);
    let nothing = days.is_empty().then(|| {
        let text = if none_at_all { t.empty } else { t.nothing_here };
        view! {
            <EmptyState text=text>
                {(!none_at_all).then(|| view! { <p><a href=Page::Programme.path(locale)>{t.whole_programme}</a></p> })}
            </EmptyState>
        }
    });
    view! {
        <PageHead title=t.title description=t.description/>
        <div class="programme">
            <div class="section-head">
                <h1>{t.title}</h1>
                {(!none_at_all).then(|| view! {
                    <ButtonLink href=Download::DayCalendar.at(locale, "") kind=ButtonKind::Second>
                        <Icon shape=Shape::Calendar/>{t.add_day}
                    </ButtonLink>
                })}
            </div>
            {filters}
            {any_sample.then(|| view! { <p class="muted dashed-is-sample">{t.dashed_is_sample}</p> })}
            {nothing}
            {days.into_iter().map(|(day, sessions)| one_day(cx, day, sessions)).collect_view()}
        </div>
    }
    .into_any()
}

fn one_day(cx: &RequestCx, day: NaiveDate, sessions: Vec<SessionRow>) -> AnyView {
    let locale = cx.locale();
    let grid = Timetable::of(day, &sessions);
    let id = format!("day-{day}");
    let labelled_by = id.clone();
    let heads = grid.as_ref().map(|grid| heads(cx, grid, &sessions));
    let class = grid
        .as_ref()
        .map_or_else(|| "timetable".to_owned(), |grid| format!("timetable grid n{} a{} {}", grid.columns, grid.hours, grid.scale.class()));
    let scale = grid.as_ref().map(|grid| grid.scale);
    let slots = grid.map(|grid| grid.slots);
    let rows = sessions
        .into_iter()
        .enumerate()
        .map(|(index, session)| slot(cx, session, slots.as_ref().map(|slots| slots[index]).zip(scale)))
        .collect_view();
    view! {
        <section class="day" aria-labelledby=labelled_by>
            <h2 id=id>{i18n::date(locale, day)}</h2>
            <div class=class>
                {heads}
                <ol class="slots" role="list">{rows}</ol>
            </div>
        </section>
    }
    .into_any()
}

/// Names of rooms and hours around the grid, for the eye alone: each session says both itself.
fn heads(cx: &RequestCx, grid: &Timetable, sessions: &[SessionRow]) -> AnyView {
    let locale = cx.locale();
    let rooms = grid
        .rooms
        .iter()
        .map(|room| {
            let session = &sessions[room.session];
            view! {
                <p class=format!("c{} w{}", room.column, room.width)>
                    <strong>{session.room.get(locale).to_owned()}</strong>
                    <span>{session.venue.get(locale).to_owned()}</span>
                </p>
            }
        })
        .collect_view();
    let hours = (0..grid.hours)
        .map(|hour| {
            let clock = (i64::from(grid.first_hour) + hour) % 24;
            view! { <span class=format!("a{hour}")>{format!("{clock:02}:00")}</span> }
        })
        .collect_view();
    view! { <div class="rooms" aria-hidden="true">{rooms}</div><div class="hours" aria-hidden="true">{hours}</div> }.into_any()
}

fn slot(cx: &RequestCx, session: SessionRow, slot: Option<(Slot, Scale)>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().programme;
    let phase = phase(session.starts_at, session.ends_at, cx.now);
    let seats = session.seats.map(|seats| (t.seats)(&i18n::number(locale, seats)));
    let speakers = (!session.speakers.is_empty()).then(|| session.speakers.join(", "));
    let class = [
        "slot".to_owned(),
        slot.map(|(slot, scale)| format!(" {} {}", slot.class(), slot.height(scale))).unwrap_or_default(),
        match phase {
            Phase::Ahead => String::new(),
            Phase::Running => " running".to_owned(),
            Phase::Over => " over".to_owned(),
        },
        if session.sample { " is-sample".to_owned() } else { String::new() },
    ]
    .concat();
    view! {
        <li class=class>
            <p class="slot-time">
                <time datetime=session.starts_at.to_rfc3339()>{i18n::time(session.starts_at)}</time>
                <span>"–"{i18n::time(session.ends_at)}</span>
            </p>
            <div class="slot-body">
                {(phase == Phase::Running).then(|| view! { <p class="on-now">{t.running}</p> })}
                <h3><a href=Page::Session.at(locale, &session.code)>{session.title.get(locale).to_owned()}</a></h3>
                <p class="slot-place">{session.room.get(locale).to_owned()}" · "{session.venue.get(locale).to_owned()}</p>
                {speakers.map(|speakers| view! { <p class="slot-who">{speakers}</p> })}
                <p class="slot-kind">
                    <span>{session.kind.name(locale)}{seats.map(|seats| format!(" · {seats}"))}</span>
                    {session.sample.then(|| view! { <SampleMark/> })}
                </p>
            </div>
        </li>
    }
    .into_any()
}

/// What of the programme is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Filter {
    day: Option<NaiveDate>,
    /// A venue's code.
    place: Option<String>,
}

impl Filter {
    /// The filter in the address; a day that is none counts as not given.
    fn read(cx: &RequestCx) -> Self {
        Self { day: cx.query_value(DAY).and_then(|day| day.parse().ok()), place: cx.query_value(PLACE) }
    }

    fn admits(&self, session: &SessionRow) -> bool {
        self.day.is_none_or(|day| local_date(session.starts_at) == day)
            && self.place.as_ref().is_none_or(|place| session.venue_code == *place)
    }

    /// The query of this filter, with `?`; nothing for the whole programme.
    fn query(&self) -> String {
        let day = self.day.map(|day| format!("{DAY}={day}"));
        let place = self.place.as_ref().map(|place| format!("{PLACE}={}", escape(place)));
        let parts: Vec<_> = [day, place].into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// The filters, each keeping the other's choice; none where there is nothing to choose.
fn filters(cx: &RequestCx, filter: &Filter, sessions: &[SessionRow]) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().programme;
    let mut days: Vec<NaiveDate> = sessions.iter().map(|session| local_date(session.starts_at)).collect();
    days.dedup();
    let mut places: Vec<(&str, &str)> = Vec::new();
    for session in sessions {
        if !places.iter().any(|(code, _)| *code == session.venue_code) {
            places.push((&session.venue_code, session.venue.get(locale)));
        }
    }
    let chip = |text: String, wanted: Filter| ChipLink {
        href: format!("{}{}", Page::Programme.path(locale), wanted.query()),
        text,
        current: wanted == *filter,
    };
    let day_chips = (days.len() > 1).then(|| {
        let all = chip(t.all_days.to_owned(), Filter { day: None, ..filter.clone() });
        let each = days.iter().map(|day| chip(short_day(cx, *day), Filter { day: Some(*day), ..filter.clone() }));
        let chips: Vec<_> = std::iter::once(all).chain(each).collect();
        view! { <ChipLinks label=t.by_day chips/> }
    });
    let place_chips = (places.len() > 1).then(|| {
        let all = chip(t.all_places.to_owned(), Filter { place: None, ..filter.clone() });
        let each = places.iter().map(|(code, name)| chip((*name).to_owned(), Filter { place: Some((*code).to_owned()), ..filter.clone() }));
        let chips: Vec<_> = std::iter::once(all).chain(each).collect();
        view! { <ChipLinks label=t.by_place chips/> }
    });
    (day_chips.is_some() || place_chips.is_some()).then(|| view! { <div class="filters">{day_chips}{place_chips}</div> }.into_any())
}

/// `Chủ nhật, 10/10` · `Sunday, 10 Oct`
fn short_day(cx: &RequestCx, day: NaiveDate) -> String {
    format!("{}, {}", i18n::weekday(cx.locale(), day.weekday()), i18n::date_short(cx.locale(), day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_written_as_it_is_read() {
        let day = NaiveDate::from_ymd_opt(2027, 10, 10);
        assert_eq!(Filter::default().query(), "");
        assert_eq!(Filter { day, place: None }.query(), "?ngay=2027-10-10");
        assert_eq!(Filter { day, place: Some("my tho&x=1".into()) }.query(), "?ngay=2027-10-10&dia-diem=my%20tho%26x%3D1");
    }
}
