//! Two registrations of one person, side by side, and the choice of the one that goes on.

use domain::{
    access::Action,
    form::{FieldErrors, Problem, Values},
    ids::RegistrationId,
    registration::{Status, merge::Alike},
};
use leptos::prelude::*;
use services::{
    Error,
    registration::{
        KEEP,
        desk::{self as verbs, Compared, Person},
    },
};

use super::list::status_mark;
use crate::{
    components::{Button, ButtonKind, Choice, DataTable, ErrorSummary, Notice, NoticeKind, RadioGroup},
    forms::FormState,
    i18n::{self, people::People},
    pages::{
        desk::{self, Desk},
        loaded,
    },
    request::{RequestCx, request},
    routes::{Page, escape},
};

/// Query name, and the form's field, of the other registration.
pub const OTHER: &str = "voi";

/// The address of the page that compares two.
pub(super) fn address(cx: &RequestCx, person: &str, other: &str) -> String {
    format!("{}?{OTHER}={}", Page::MergePeople.at(cx.locale(), person), escape(other))
}

/// What tells that two registrations are one person's.
pub(super) fn why(t: &People, alike: Alike) -> &'static str {
    match alike {
        Alike::Phone => t.same_phone,
        Alike::NameAndEmail => t.same_email,
        Alike::NameAndOrganisation => t.same_organisation,
    }
}

/// `parameter` is the id of one of the two.
pub fn page(parameter: &str) -> AnyView {
    let cx = request();
    let other = match cx.form.values.get(OTHER) {
        "" => cx.query_value(OTHER).unwrap_or_default(),
        posted => posted.to_owned(),
    };
    let load = {
        let (cx, one) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::ManageRegistrations)?;
            verbs::compare(&cx.services, &cx.actor, one?, desk::id(&other)?).await
        }
    };
    loaded(load, move |compared| show(&cx, compared))
}

fn show(cx: &RequestCx, Compared { one, other, may_be_kept }: Compared) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let back = (Page::Person.at(locale, &one.id.to_string()), t.back_to_person);
    let table = table(cx, &one, &other);
    let has_ended = one.status.is_ended() || other.status.is_ended();
    let content = match may_be_kept {
        _ if has_ended => view! { <Notice kind=NoticeKind::Warning><p>{t.merge_ended}</p></Notice> }.into_any(),
        [Err(problem), Err(_)] => view! { <Notice kind=NoticeKind::Warning><p>{problem.text(locale)}</p></Notice> }.into_any(),
        [first, second] => form(cx, &one, &other, [first.is_ok(), second.is_ok()]),
    };
    let (state, moved_on) = (cx.form.clone(), t.moved_on);
    view! {
        <Desk title=t.merge_title back moved_on>
            <ErrorSummary form=state labels=vec![(KEEP, t.keep)]/>
            <p class="prose">{t.merge_lead}</p>
            {table}
            {content}
        </Desk>
    }
    .into_any()
}

/// What both say, row by row; rows that say nothing are left out.
fn table(cx: &RequestCx, one: &Person, other: &Person) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let cells = |person: &Person| -> [Option<String>; 12] {
        let phone = person.phone.as_deref().map(i18n::phone);
        let code = person.ticket.as_ref().map(|ticket| ticket.short_code.shown());
        let sessions: Vec<_> = person
            .sessions
            .iter()
            .map(|seat| format!("{} {} ({})", desk::hour(seat.starts_at), seat.title.get(locale), (t.seat_state)(&seat.state)))
            .collect();
        let answers: Vec<_> =
            person.answers.iter().map(|answer| format!("{}: {}", answer.question.get(locale), answer.text(locale))).collect();
        let arrived = person.arrived.as_ref();
        let joined = |parts: Vec<String>| (!parts.is_empty()).then(|| parts.join("; "));
        [
            Some(person.audience.get(locale).to_owned()),
            phone,
            person.email.clone(),
            person.organisation.clone(),
            person.job_title.clone(),
            person.commune.clone(),
            person.delegation.clone(),
            code,
            joined(sessions),
            joined(answers),
            arrived.map(|(place, at)| format!("{} {}", desk::moment_text(*at), place.get(locale))),
            Some(desk::moment_text(person.created_at)),
        ]
    };
    let names = [
        t.audience,
        t.phone,
        t.email,
        t.organisation,
        t.job_title,
        t.commune,
        t.delegation,
        t.short_code,
        t.sessions,
        t.answers,
        t.arrived_at,
        t.registered_at,
    ];
    let rows = names
        .into_iter()
        .zip(cells(one).into_iter().zip(cells(other)))
        .filter(|(_, (first, second))| first.is_some() || second.is_some())
        .map(|(name, (first, second))| view! { <tr><th scope="row">{name}</th><td>{first}</td><td>{second}</td></tr> })
        .collect_view();
    let head = |person: &Person| {
        let href = Page::Person.at(locale, &person.id.to_string());
        let (name, mark) = (person.full_name.clone(), status_mark(cx, person.status));
        view! { <td><a href=href>{name}</a><br/>{mark}</td> }.into_any()
    };
    let (first, second) = (head(one), head(other));
    let columns = [t.item.to_owned(), (t.registration_number)("1"), (t.registration_number)("2")].into();
    view! {
        <DataTable caption=t.compared id="compared" columns=columns>
            <tr><th scope="row">{t.full_name}</th>{first}{second}</tr>
            {rows}
        </DataTable>
    }
    .into_any()
}

fn form(cx: &RequestCx, one: &Person, other: &Person, may_be_kept: [bool; 2]) -> AnyView {
    let t = &cx.texts().people;
    let best = if may_be_kept[0] { one } else { other };
    let state = cx.form.clone().or(FormState::filled([(KEEP, best.id.to_string())]));
    let choice = |number: &str, person: &Person, may: bool| {
        let code = person.ticket.as_ref().map(|ticket| ticket.short_code.shown());
        let standing = (t.status_of)(person.status);
        let parts = [Some(person.full_name.clone()), code, Some(standing.to_owned())];
        let about = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let about = if may { about } else { format!("{about}. {}", t.stands_worse) };
        Choice::new(person.id.to_string(), (t.registration_number)(number)).hint(about).disabled(!may)
    };
    let choices = vec![choice("1", one, may_be_kept[0]), choice("2", other, may_be_kept[1])];
    let delegation = [one, other].iter().any(|person| person.delegation.is_some()).then(|| view! { <p>{t.merge_delegation}</p> });
    let waits = [one, other].iter().any(|person| person.status == Status::Waiting).then(|| view! { <p>{t.merge_waiting}</p> });
    view! {
        <form class="form narrow" method="post" action=Page::MergePeople.at(cx.locale(), &one.id.to_string())>
            <input type="hidden" name=OTHER value=other.id.to_string()/>
            <RadioGroup field=state.field(KEEP) label=t.keep choices/>
            <ul class="points">{t.merge_points.map(|point| view! { <li>{point}</li> }).collect_view()}</ul>
            {delegation}
            {waits}
            <p><Button kind=ButtonKind::Danger>{t.merge}</Button></p>
        </form>
    }
    .into_any()
}

/// The id that is kept and the one that ends, of what was posted on the page of `one`.
///
/// # Errors
/// [`Error::NotFound`] for what is no id; [`Error::Invalid`] where neither was chosen.
pub fn chosen(one: &str, values: &Values) -> Result<(RegistrationId, RegistrationId), Error> {
    let (one, other) = (desk::id(one)?, desk::id(values.get(OTHER))?);
    match values.get(KEEP).parse::<RegistrationId>() {
        Ok(kept) if kept == one => Ok((one, other)),
        Ok(kept) if kept == other => Ok((other, one)),
        _ => Err(FieldErrors::one(KEEP, Problem::UnknownChoice).into()),
    }
}
