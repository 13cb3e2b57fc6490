//! Who of an organisation has come, and the certificates of those who have.

use leptos::prelude::*;
use services::checkin::{
    board::{Attendee, OrganisationArrivals},
    certificate::Part,
};

use super::{Asked, FROM, ORGANISATION, UNTIL};
use crate::{
    components::{Button, EmptyState, TextField},
    forms::FormState,
    i18n,
    pages::desk,
    request::RequestCx,
    routes::{Download, Page, escape, with_query},
};

/// Who of an organisation has come.
pub(super) fn search(cx: &RequestCx, words: &str, asked: Asked) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().board;
    let mut state = FormState::filled([(ORGANISATION, words.to_owned())]);
    let found = asked.unwrap_or_else(|errors| {
        state.errors = errors;
        None
    });
    view! {
        <section class="stack" aria-labelledby="who">
            <h2 id="who">{t.who}</h2>
            <form class="finder" method="get" action=format!("{}#who", Page::Board.path(locale)) role="search">
                <TextField field=state.field(ORGANISATION) label=t.organisation hint=t.who_hint kind="search" maxlength=100_u32 required=false/>
                <p><Button>{t.find}</Button></p>
            </form>
            {found.map(|found| people(cx, found))}
        </section>
    }
    .into_any()
}

/// The files of certificates, once there are any: of the organisation that was asked for, or of everybody.
pub(super) fn certificates(cx: &RequestCx, words: &str, parts: &[Part]) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().certificates;
    let number = |number: i64| i18n::number(locale, number);
    let count = number(parts.iter().map(|part| part.certificates).sum());
    let about = if words.trim().is_empty() { (t.of_all)(&count) } else { (t.of_organisation)(&count, words.trim()) };
    let address = with_query(&Download::Certificates.at(locale, ""), &format!("{ORGANISATION}={}", escape(words)));
    let mut last = 0;
    let files = parts
        .iter()
        .map(|part| {
            let first = last + 1;
            last += part.certificates;
            let until = part.until.map(|until| format!("&{UNTIL}={until}")).unwrap_or_default();
            let href = with_query(&address, &format!("{FROM}={}{until}", part.from));
            view! { <li><a href=href>{(t.part)(&number(first), &number(last))}</a></li> }
        })
        .collect_view();
    (!parts.is_empty()).then(|| {
        view! {
            <section class="stack" aria-labelledby="certificates">
                <h2 id="certificates">{t.many}</h2>
                <p>{about}</p>
                <ul class="link-list">{files}</ul>
            </section>
        }
        .into_any()
    })
}

fn people(cx: &RequestCx, found: OrganisationArrivals) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().board;
    if found.people.is_empty() {
        return view! { <EmptyState text=t.nobody/> }.into_any();
    }
    let sum = (t.came_of)(&i18n::number(locale, found.arrived), &i18n::number(locale, found.registered));
    let rows = found.people.into_iter().map(|person| row(cx, person)).collect_view();
    view! {
        <p><b>{sum}</b></p>
        <div class="table" role="region" aria-labelledby="people-caption" tabindex="0">
            <table>
                <caption id="people-caption">{t.people}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.full_name}</th>
                        <th scope="col">{t.state}</th>
                        <th scope="col">{t.organisation}</th>
                        <th scope="col">{t.audience}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(cx: &RequestCx, person: Attendee) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().board;
    let party = (person.people > 1).then(|| format!(" ({})", (cx.texts().people.party)(&i18n::number(locale, person.people))));
    let state = match person.arrived_at {
        Some(at) => view! { <span class="state confirmed">{t.came_at}" "{desk::moment(at)}</span> }.into_any(),
        None => view! { <span class="state pending">{t.not_yet}</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row"><a href=Page::Person.at(locale, &person.id.to_string())>{person.full_name}</a>{party}</th>
            <td>{state}</td>
            <td>{person.organisation}</td>
            <td>{person.audience.get(locale).to_owned()}</td>
        </tr>
    }
    .into_any()
}
