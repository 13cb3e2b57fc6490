//! Finding people: words, filters, a page of the list.

use domain::{
    access::{self, Action, Decision},
    form::FieldErrors,
    registration::Status,
};
use leptos::prelude::*;
use services::{
    Error,
    registration::desk::{self as verbs, Filters, Found, Order, PersonRow, Search},
};

use crate::{
    components::{Button, ButtonKind, ButtonLink, Choice, DataTable, EmptyState, Select, TextField},
    forms::FormState,
    i18n,
    pages::{
        desk::{self, Desk},
        loaded,
    },
    request::{RequestCx, request},
    routes::{Download, Page, escape, with_query},
};

/// Query names, the same in both languages.
pub mod query {
    pub const WORDS: &str = "tim";
    pub const AUDIENCE: &str = "doi-tuong";
    pub const STATUS: &str = "tinh-trang";
    pub const SESSION: &str = "phien";
    pub const ORDER: &str = "thu-tu";
    pub const AFTER: &str = "sau";
    /// Value of [`ORDER`]: by the called name.
    pub const BY_NAME: &str = "ten";
    /// Value of [`ORDER`]: the last registered first.
    pub const NEWEST: &str = "moi";
}

/// The form's fields, which the links to other pages of the list keep.
const KEPT: [&str; 5] = [query::WORDS, query::AUDIENCE, query::STATUS, query::SESSION, query::ORDER];

pub fn page() -> AnyView {
    let cx = request();
    let search = asked(|name| cx.query_value(name));
    let load = {
        let (cx, search) = (cx.clone(), search.clone());
        async move {
            desk::enter(&cx.actor, Action::FindPeople)?;
            let filters = verbs::filters(&cx.services, &cx.actor).await?;
            let found = match verbs::find(&cx.services, &cx.actor, &search, query::WORDS).await {
                Ok(found) => Ok(found),
                Err(Error::Invalid(errors)) => Err(errors),
                Err(other) => return Err(other),
            };
            Ok((filters, found))
        }
    };
    loaded(load, move |(filters, found)| show(&cx, search, filters, found))
}

/// What the values of a query, or of a form with the same names, ask for. What is no value of ours asks for nothing.
pub fn asked(value: impl Fn(&str) -> Option<String>) -> Search {
    let words = value(query::WORDS).unwrap_or_default();
    let order = match value(query::ORDER).as_deref() {
        Some(query::BY_NAME) => Order::Name,
        Some(query::NEWEST) => Order::Newest,
        // Who looks for a name reads by name.
        _ if !words.trim().is_empty() => Order::Name,
        _ => Order::Newest,
    };
    Search {
        words,
        audience: value(query::AUDIENCE).and_then(|id| id.parse().ok()),
        status: value(query::STATUS).and_then(|key| Status::from_key(&key)),
        session: value(query::SESSION).and_then(|id| id.parse().ok()),
        order,
        after: value(query::AFTER).and_then(|id| id.parse().ok()),
    }
}

fn show(cx: &RequestCx, search: Search, filters: Filters, found: Result<Found, FieldErrors>) -> AnyView {
    let t = &cx.texts().people;
    let (found, errors) = match found {
        Ok(found) => (Some(found), FieldErrors::default()),
        Err(errors) => (None, errors),
    };
    let form = form(cx, &search, filters, errors);
    let import =
        may_manage(cx).then(|| view! { <ButtonLink href=Page::Import.path(cx.locale()) kind=ButtonKind::Second>{t.import}</ButtonLink> });
    let action = import.into_any();
    let people = found.map(|found| people(cx, &search, found));
    view! { <Desk title=t.title action>{form}{people}</Desk> }.into_any()
}

fn form(cx: &RequestCx, search: &Search, filters: Filters, errors: FieldErrors) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let order = if search.order == Order::Name { query::BY_NAME } else { query::NEWEST };
    let mut state = FormState::filled(KEPT.iter().filter_map(|name| Some((*name, cx.query_value(name)?))));
    if cx.query_value(query::ORDER).is_none() {
        state.values.0.push((query::ORDER.to_owned(), order.to_owned()));
    }
    state.errors = errors;
    let audiences = filters.audiences.iter().map(|(id, name)| Choice::new(id.to_string(), name.get(locale))).collect();
    let statuses = Status::ALL.into_iter().map(|status| Choice::new(status.key(), (t.status_of)(status))).collect();
    let sessions: Vec<_> = filters
        .sessions
        .iter()
        .map(|session| Choice::new(session.id.to_string(), format!("{} {}", desk::hour(session.starts_at), session.title.get(locale))))
        .collect();
    let orders = vec![Choice::new(query::NEWEST, t.by_newest), Choice::new(query::BY_NAME, t.by_name)];
    view! {
        <form class="finder" method="get" action=Page::People.path(locale) role="search">
            <TextField field=state.field(query::WORDS) label=t.words hint=t.words_hint kind="search" maxlength=100_u32 required=false/>
            <div class="finder-filters">
                <Select field=state.field(query::AUDIENCE) label=t.audience choices=audiences required=false nothing=t.all/>
                <Select field=state.field(query::STATUS) label=t.status choices=statuses required=false nothing=t.all/>
                {(!sessions.is_empty()).then(|| view! {
                    <Select field=state.field(query::SESSION) label=t.session choices=sessions required=false nothing=t.all/>
                })}
                <Select field=state.field(query::ORDER) label=t.order choices=orders required=false/>
                <p><Button>{t.find}</Button></p>
            </div>
        </form>
    }
    .into_any()
}

fn people(cx: &RequestCx, search: &Search, found: Found) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    if found.people.is_empty() {
        let all = *search == Search::default();
        let text = if all { t.nobody_yet } else { t.nobody };
        return view! {
            <EmptyState text=text>{(!all).then(|| view! { <p><a href=Page::People.path(locale)>{t.everybody}</a></p> })}</EmptyState>
        }
        .into_any();
    }
    let next = found.people.last().filter(|_| found.more).map(|last| address(cx, Some(&last.id.to_string())));
    let columns = [t.full_name, t.status, t.audience, t.organisation, t.contact, t.short_code, t.registered_at].map(str::to_owned).into();
    let rows = found.people.into_iter().map(|person| row(cx, person)).collect_view();
    view! {
        <DataTable caption=t.list id="people" columns=columns>{rows}</DataTable>
        <p class="actions">
            {search.after.map(|_| view! { <a class="button second" href=address(cx, None)>{t.to_start}</a> })}
            {next.map(|href| view! { <a class="button second" href=href rel="next">{t.next}</a> })}
            {may_manage(cx).then(|| view! {
                <a href=file(cx, Download::PeopleXlsx)>{t.as_xlsx}</a>
                <a href=file(cx, Download::PeopleCsv)>{t.as_csv}</a>
            })}
        </p>
    }
    .into_any()
}

fn row(cx: &RequestCx, person: PersonRow) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let party = (person.people > 1).then(|| format!(" ({})", (t.party)(&i18n::number(locale, person.people))));
    view! {
        <tr>
            <th scope="row"><a href=Page::Person.at(locale, &person.id.to_string())>{person.full_name}</a>{party}</th>
            <td>{status_mark(cx, person.status)}</td>
            <td>{person.audience.get(locale).to_owned()}</td>
            <td>{person.organisation}</td>
            <td class="nowrap">{person.masked_phone}{person.masked_email.map(|email| view! { <span class="under">{email}</span> })}</td>
            <td class="nowrap">{person.short_code.map(|code| code.shown())}</td>
            <td>{desk::moment(person.created_at)}</td>
        </tr>
    }
    .into_any()
}

/// Whether lists are taken in and out by who reads this one.
fn may_manage(cx: &RequestCx) -> bool {
    access::decide(&cx.actor, Action::ManageRegistrations) == Decision::Allow
}

/// Where a registration stands, as a mark.
pub(super) fn status_mark(cx: &RequestCx, status: Status) -> AnyView {
    view! { <span class=format!("state {}", status.key())>{(cx.texts().people.status_of)(status)}</span> }.into_any()
}

/// The list as it is asked for now, from its start or after a person.
fn address(cx: &RequestCx, after: Option<&str>) -> String {
    format!("{}?{}", Page::People.path(cx.locale()), asked_for(cx, after))
}

/// All of the list as it is asked for now, as a file.
fn file(cx: &RequestCx, download: Download) -> String {
    with_query(&download.at(cx.locale(), ""), &asked_for(cx, None))
}

fn asked_for(cx: &RequestCx, after: Option<&str>) -> String {
    let kept = KEPT.iter().filter_map(|name| Some((*name, cx.query_value(name)?)));
    let asked = kept.chain(after.map(|id| (query::AFTER, id.to_owned())));
    asked.map(|(name, value)| format!("{name}={}", escape(&value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_looks_for_a_name_reads_by_name_unless_asked_otherwise() {
        let order =
            |pairs: &[(&str, &str)]| asked(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())).order;
        assert_eq!(order(&[]), Order::Newest);
        assert_eq!(order(&[(query::WORDS, "hạnh")]), Order::Name);
        assert_eq!(order(&[(query::WORDS, "hạnh"), (query::ORDER, query::NEWEST)]), Order::Newest);
        assert_eq!(order(&[(query::ORDER, query::BY_NAME)]), Order::Name);
    }

    #[test]
    fn a_filter_that_is_none_of_ours_asks_for_nothing() {
        let search = asked(|_| Some("id;select pg_sleep(5)--".to_owned()));
        assert_eq!((search.audience, search.status, search.session, search.after), (None, None, None, None));
        assert_eq!(search.order, Order::Name);
    }
}
