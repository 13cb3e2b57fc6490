//! The organisers' waiting lists: each queue in numbers, and one of them opened.

use domain::{access::Action, ids::CapacityId};
use leptos::prelude::*;
use services::registration::{self, PartyRow, Queue, QueueNumbers, QueueOf, QueuePage, StepReason, StepRow};

use super::{
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, DataTable, EmptyState},
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Page},
};

/// The field that names the party to invite.
pub const ENTRY: &str = "party";

/// All queues.
pub fn list() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::ManageRegistrations)?;
            registration::queues(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |queues| {
        let t = &cx.texts().queues;
        // What has no limit can have a queue from the time when it had one.
        let queues: Vec<_> = queues.into_iter().filter(|queue| queue.size.is_some() || queue.waiting > 0 || queue.offered > 0).collect();
        if queues.is_empty() {
            return view! { <Desk title=t.title><EmptyState text=t.none/></Desk> }.into_any();
        }
        let rows = queues.into_iter().map(|queue| row(&cx, &queue)).collect_view();
        let columns = [t.queue, t.first_ends_at, t.waiting, t.offered, t.free, t.seats].map(str::to_owned).into();
        view! {
            <Desk title=t.title>
                <p class="prose">{t.lead}</p>
                <DataTable caption=t.list id="queues" columns=columns numbers_from=2>{rows}</DataTable>
            </Desk>
        }
        .into_any()
    })
}

fn row(cx: &RequestCx, queue: &QueueNumbers) -> AnyView {
    let locale = cx.locale();
    let [waiting, offered, free, seats] = numbers(cx, queue);
    view! {
        <tr>
            <th scope="row"><a href=Page::Queue.at(locale, &queue.id.to_string())>{name(cx, &queue.of)}</a></th>
            <td>{queue.first_ends_at.map(desk::moment)}</td>
            <td class="number">{waiting}</td>
            <td class="number">{offered}</td>
            <td class="number">{free}</td>
            <td class="number">{seats}</td>
        </tr>
    }
    .into_any()
}

/// Waiting, offered, free, all.
fn numbers(cx: &RequestCx, queue: &QueueNumbers) -> [String; 4] {
    let locale = cx.locale();
    let t = &cx.texts().queues;
    let seats = |seats: Option<i32>| seats.map_or_else(|| t.unlimited.to_owned(), |seats| i18n::number(locale, seats));
    [i18n::number(locale, queue.waiting), i18n::number(locale, queue.offered), seats(queue.free), seats(queue.size)]
}

/// `Cả ngày: Người dân`, or `08:00 10/10 Hội thảo …`.
fn name(cx: &RequestCx, of: &QueueOf) -> String {
    let locale = cx.locale();
    match of {
        QueueOf::Day(audiences) => {
            let names = audiences.iter().map(|name| name.get(locale)).collect::<Vec<_>>().join(", ");
            format!("{}: {names}", cx.texts().queues.the_day)
        }
        QueueOf::Session { title, starts_at } => format!("{} {}", desk::hour(*starts_at), title.get(locale)),
    }
}

/// One queue. `parameter` is its id.
pub fn one(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id::<CapacityId>(parameter));
        async move {
            desk::enter(&cx.actor, Action::ManageRegistrations)?;
            registration::queue(&cx.services, &cx.actor, id?).await
        }
    };
    loaded(load, move |QueuePage { numbers: queue, parties, log }| {
        let t = &cx.texts().queues;
        let facts: Vec<_> = [t.waiting, t.offered, t.free, t.seats]
            .into_iter()
            .zip(numbers(&cx, &queue))
            .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
            .collect();
        let held = (queue.waiting > 0 && queue.free.is_some_and(|free| free > 0)).then(|| view! { <p class="muted">{t.held_for_them}</p> });
        let (parties, log) = (waiting(&cx, queue.id, parties), steps(&cx, log));
        let moved_on = t.moved_on;
        view! {
            <Desk title=name(&cx, &queue.of) back=(Page::Queues.path(cx.locale()).to_owned(), t.back) moved_on>
                <dl class="dossier-facts few">{facts}</dl>
                {held}
                {parties}
                {log}
            </Desk>
        }
        .into_any()
    })
}

fn waiting(cx: &RequestCx, queue: CapacityId, parties: Vec<PartyRow>) -> AnyView {
    let t = &cx.texts().queues;
    if parties.is_empty() {
        return view! { <EmptyState text=t.nobody/> }.into_any();
    }
    let rows = parties.into_iter().map(|party| party_row(cx, queue, party)).collect_view();
    let columns = [t.who, t.position, t.people, t.standing, t.since, t.action].map(str::to_owned).into();
    view! {
        <section>
            <DataTable caption=t.parties id="parties" columns=columns>{rows}</DataTable>
            <p class="hint">{t.position_hint}</p>
        </section>
    }
    .into_any()
}

fn party_row(cx: &RequestCx, queue: CapacityId, party: PartyRow) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().queues;
    let people = i18n::number(locale, party.people);
    let (position, mark, standing) = match party.standing {
        Queue::Waiting { position } => (Some(i18n::number(locale, position)), "state waiting", t.waits.to_owned()),
        Queue::Offered { until } => (None, "state offered", (t.offered_until)(&desk::moment_text(until))),
    };
    let group = party.delegation.map(|organisation| view! { <span class="under">{(t.group)(&organisation)}</span> });
    let invite = position.is_some().then(|| {
        view! {
            <details>
                <summary>{t.invite}<span class="visually-hidden">": "{party.full_name.clone()}</span></summary>
                <form method="post" action=Deed::InviteParty.at(locale, &queue.to_string())>
                    <input type="hidden" name=ENTRY value=party.entry.to_string()/>
                    <p>{(t.invite_about)(&people)}</p>
                    <p><Button>{t.invite_now}</Button></p>
                </form>
            </details>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=Page::Person.at(locale, &party.registration.to_string())>{party.full_name}</a>
                {group}
            </th>
            <td>{position}</td>
            <td>{people}</td>
            <td><span class=mark>{standing}</span></td>
            <td>{desk::moment(party.since)}</td>
            <td>{invite}</td>
        </tr>
    }
    .into_any()
}

fn steps(cx: &RequestCx, log: Vec<StepRow>) -> Option<AnyView> {
    let t = &cx.texts().queues;
    if log.is_empty() {
        return None;
    }
    let rows = log.into_iter().map(|step| step_row(cx, step)).collect_view();
    let people = &cx.texts().people;
    let columns = [people.at, t.who, people.step, t.reason, people.actor].map(str::to_owned).into();
    Some(view! { <DataTable caption=t.log id="log" columns=columns>{rows}</DataTable> }.into_any())
}

fn step_row(cx: &RequestCx, step: StepRow) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().queues;
    let people = &cx.texts().people;
    let who = match (step.registration, step.full_name) {
        (Some(id), Some(name)) => view! { <a href=Page::Person.at(locale, &id.to_string())>{name}</a> }.into_any(),
        _ => view! { <span class="muted">{t.gone}</span> }.into_any(),
    };
    let actor = step.actor.unwrap_or_else(|| (people.actor_kind)(&step.actor_kind).to_owned());
    view! {
        <tr>
            <td>{desk::moment(step.at)}</td>
            <td>{who}</td>
            <td>{(people.waiting_step)(&step.step)}</td>
            <td>{reason(cx, &step.reason)}</td>
            <td>{actor}</td>
        </tr>
    }
    .into_any()
}

/// Why a step happened, in words.
fn reason(cx: &RequestCx, reason: &StepReason) -> String {
    let t = &cx.texts().queues;
    let number = |number: i64| i18n::number(cx.locale(), number);
    let held_back = reason.needs.map(|needs| (t.needs)(&number(needs), &number(reason.free.unwrap_or_default())));
    let people = reason.people.map(|people| (t.for_people)(&number(people)));
    let until = reason.until.map(|until| (t.until)(&desk::moment_text(until)));
    [held_back, people, until].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
