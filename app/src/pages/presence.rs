//! Who is inside, by name: to find and count people in an emergency.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Decision},
    ids::CheckpointId,
    text::Bilingual,
    time::{local, local_date},
};
use leptos::prelude::*;
use services::{
    Error,
    checkin::presence::{self, Counted, Inside, Present},
};

use super::{
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, Choice, DataTable, EmptyState, Notice, NoticeKind, Select},
    forms::FormState,
    i18n,
    request::{RequestCx, request},
    routes::{Download, Page, with_query},
};

/// Query names, the same in both languages.
pub mod query {
    /// The id of a checkpoint.
    pub const PLACE: &str = "noi";
    pub const AFTER: &str = "sau";
}

pub fn page() -> AnyView {
    let cx = request();
    let value = |name: &str| cx.query_value(name);
    let place = asked(value);
    let after = value(query::AFTER).and_then(|id| id.parse().ok());
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::FindPeople)?;
            match presence::inside(&cx.services, &cx.actor, place, after).await {
                // Before any import nobody is inside.
                Err(Error::NotFound) => Ok::<_, Error>(None),
                found => Ok(Some(found?)),
            }
        }
    };
    loaded(load, move |found| {
        let t = &cx.texts().presence;
        let back = (Page::Board.path(cx.locale()).to_owned(), t.back);
        let Some(found) = found else {
            return view! { <Desk title=t.title back><EmptyState text=cx.texts().organisers.no_edition/></Desk> }.into_any();
        };
        let no_exits = (!found.are_exits_counted).then(|| view! { <Notice kind=NoticeKind::Warning><p>{t.no_exits}</p></Notice> });
        let form = form(&cx, place, &found);
        let people = people(&cx, place, found);
        view! {
            <Desk title=t.title back>
                <p class="prose">{t.lead}</p>
                {no_exits}
                {form}
                {people}
            </Desk>
        }
        .into_any()
    })
}

/// The place that a query asks for. What is no id asks for everybody.
pub fn asked(value: impl Fn(&str) -> Option<String>) -> Option<CheckpointId> {
    value(query::PLACE).and_then(|id| id.parse().ok())
}

fn form(cx: &RequestCx, place: Option<CheckpointId>, found: &Inside) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().presence;
    let state = FormState::filled(place.map(|id| (query::PLACE, id.to_string())));
    let choice =
        |one: &presence::Place| Choice::new(one.id.to_string(), (t.place_with)(one.name.get(locale), &i18n::number(locale, one.people)));
    let places = found.places.iter().map(choice).collect();
    view! {
        <form class="finder" method="get" action=Page::Presence.path(locale)>
            <Select field=state.field(query::PLACE) label=t.place choices=places required=false nothing=t.everywhere/>
            <p><Button>{t.show}</Button></p>
        </form>
    }
    .into_any()
}

fn people(cx: &RequestCx, place: Option<CheckpointId>, found: Inside) -> AnyView {
    let locale = cx.locale();
    let (t, people) = (&cx.texts().presence, &cx.texts().people);
    let of = move |text: fn(&str, &str) -> String, counted: Counted| {
        text(&i18n::number(locale, counted.people), &i18n::number(locale, counted.tickets))
    };
    let count = of(t.count, found.inside);
    let out = (found.out.tickets > 0).then(|| view! { <Notice kind=NoticeKind::Warning><p>{of(t.out, found.out)}</p></Notice> });
    let at = (cx.texts().organisers.arrivals_at)(&local(cx.now).format("%H:%M:%S").to_string());
    let sum = view! { <p><b>{count}</b>" "{at}" "<a href=cx.address()>{cx.texts().board.refresh}</a></p>{out} };
    let asked = place.map(|id| format!("{}={id}", query::PLACE)).unwrap_or_default();
    let start = with_query(Page::Presence.path(locale), &asked);
    let is_first = cx.query_value(query::AFTER).is_none();
    if found.listed.is_empty() && is_first {
        return view! { {sum}<EmptyState text=t.nobody/> }.into_any();
    }
    let next = found.next.map(|last| with_query(&start, &format!("{}={last}", query::AFTER)));
    let may_save = access::decide(&cx.actor, Action::ManageRegistrations) == Decision::Allow;
    let file = |download: Download| with_query(&download.at(locale, ""), &asked);
    let columns = [people.full_name, t.where_and_since].map(str::to_owned).into();
    let rows = found.listed.into_iter().map(|one| row(cx, one)).collect_view();
    view! {
        {sum}
        <DataTable caption=t.list id="inside" columns=columns>{rows}</DataTable>
        <p class="actions">
            {(!is_first).then(|| view! { <a class="button second" href=start>{people.to_start}</a> })}
            {next.map(|href| view! { <a class="button second" href=href rel="next">{people.next}</a> })}
            {may_save.then(|| view! {
                <a href=file(Download::PresenceXlsx)>{t.as_xlsx}</a>
                <a href=file(Download::PresenceCsv)>{t.as_csv}</a>
            })}
        </p>
    }
    .into_any()
}

fn row(cx: &RequestCx, one: Present) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().presence;
    let name = if one.full_name.is_empty() { t.erased.to_owned() } else { one.full_name };
    let party = (one.people > 1).then(|| format!(" ({})", (cx.texts().people.party)(&i18n::number(locale, one.people))));
    let at = |place: (Bilingual, DateTime<Utc>)| (t.since)(place.0.get(locale), &time(cx, place.1));
    let left = one.left_at.map(|at| if one.people > 1 { t.group_left } else { t.left }(&time(cx, at)));
    // Where somebody was seen last comes first.
    let mut places = one.room.map(at).into_iter().chain(left).chain(one.gate.map(at));
    let first = places.next();
    let about = one.organisation.into_iter().chain([one.audience.get(locale).to_owned()]).collect::<Vec<_>>().join(" · ");
    let others = places.map(|place| view! { <span class="under">{place}</span> }).collect_view();
    view! {
        <tr>
            <th scope="row">
                <a href=Page::Person.at(locale, &one.id.to_string())>{name}</a>{party}
                <span class="under">{about}</span>
            </th>
            <td>{first}{others}</td>
        </tr>
    }
    .into_any()
}

/// The time of today, or with its day.
fn time(cx: &RequestCx, at: DateTime<Utc>) -> String {
    if local_date(at) == local_date(cx.now) { i18n::time(at) } else { desk::hour(at) }
}
