//! All that is known of one person, and what can be done.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Decision},
    checkin::{Checkpoint, Standing},
    text::is_guest_name,
    time::local_date,
};
use leptos::prelude::*;
use services::{
    checkin,
    registration::desk::{self as verbs, Person},
};

use super::{
    decide::decide,
    gate,
    list::status_mark,
    merge::{address, why},
};
use crate::{
    components::{DataTable, ErrorSummary, Notice, NoticeKind},
    i18n::{self, people::People},
    pages::{
        badges,
        desk::{self, Desk},
        loaded,
    },
    request::{RequestCx, request},
    routes::{Download, Page},
};

/// `parameter` is the registration's id.
pub fn page(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::FindPeople)?;
            let person = verbs::person(&cx.services, &cx.actor, id?).await?;
            let checkpoints = checkin::checkpoints(&cx.services, &cx.actor).await?;
            Ok::<_, services::Error>((person, checkpoints))
        }
    };
    loaded(load, move |(person, checkpoints)| show(&cx, person, &checkpoints))
}

fn show(cx: &RequestCx, person: Person, checkpoints: &[Checkpoint]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let back = (Page::People.path(locale).to_owned(), t.back);
    let title = if person.erased_at.is_some() { t.erased.to_owned() } else { person.full_name.clone() };
    let (duplicates, facts, decide) = (duplicates(cx, &person), facts(cx, &person), decide(cx, &person));
    let (gate, tables) = (gate::gate(cx, &person, checkpoints), tables(cx, person));
    let errors = view! { <ErrorSummary form=cx.form.clone() labels=gate::labels(cx)/> };
    let moved_on = t.moved_on;
    view! { <Desk title=title back moved_on>{errors}{duplicates}{facts}{gate}{decide}{tables}</Desk> }.into_any()
}

/// What it was merged into; or others that are probably the same person's, with the way to merge them.
fn duplicates(cx: &RequestCx, person: &Person) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().people;
    if let Some(into) = person.merged_into {
        let href = Page::Person.at(locale, &into.to_string());
        return Some(view! { <Notice><p>{t.merged_into}" "<a href=href>{t.see_kept}</a></p></Notice> }.into_any());
    }
    if person.duplicates.is_empty() {
        return None;
    }
    let links = person
        .duplicates
        .iter()
        .map(|other| {
            let id = other.id.to_string();
            let about = format!(" · {} · {}", (t.status_of)(other.status), why(t, other.alike));
            let (name, compare) = (other.full_name.clone(), address(cx, &person.id.to_string(), &id));
            view! {
                <li>
                    <a href=Page::Person.at(locale, &id)>{name.clone()}</a>{about}
                    <br/>
                    <a href=compare>{t.compare}<span class="visually-hidden">": "{name}</span></a>
                </li>
            }
        })
        .collect_view();
    Some(view! { <Notice kind=NoticeKind::Warning><p>{t.duplicates}</p><ul class="points">{links}</ul></Notice> }.into_any())
}

fn facts(cx: &RequestCx, person: &Person) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let phone = person.phone.as_deref().map(i18n::phone);
    let at = |at: Option<DateTime<Utc>>| at.map(desk::moment_text);
    let ticket = person.ticket.as_ref().map(|ticket| {
        let again = if ticket.reissue > 0 { format!(" ({})", (t.reissued)(ticket.reissue)) } else { String::new() };
        format!("{}{again} · {}", ticket.short_code.shown(), (t.standing)(&ticket.standing))
    });
    let party = (person.people > 1).then(|| (t.party)(&i18n::number(locale, person.people)));
    let is_over = cx.edition.as_ref().is_some_and(|edition| local_date(cx.now) > edition.ends_on);
    let has_ticket = person.ticket.as_ref().is_some_and(|ticket| ticket.standing == Standing::Valid.key());
    let may_certify = access::decide(&cx.actor, Action::ManageRegistrations) == Decision::Allow;
    let has_name = person.erased_at.is_none() && !is_guest_name(&person.full_name);
    let certified = may_certify && is_over && has_name && person.scans.iter().any(|scan| scan.verdict == "admit");
    let rows: Vec<(&str, Option<String>)> = vec![
        (t.audience, Some(person.audience.get(locale).to_owned())),
        (t.phone, phone),
        (t.email, person.email.clone()),
        (t.organisation, person.organisation.clone()),
        (t.job_title, person.job_title.clone()),
        (t.tax_code, person.tax_code.clone()),
        (t.commune, person.commune.clone()),
        (t.delegation, person.delegation.clone()),
        (t.people_with, party),
        (t.attention, person.attention.clone()),
        (t.short_code, ticket),
        (t.channel, Some((t.channel_of)(&person.channel).to_owned())),
        (t.external_ref, person.external_ref.clone()),
        (t.decision_message, person.decision_message.clone()),
        (t.registered_at, at(Some(person.created_at))),
        (t.updated_at, at(person.updated_at)),
        (t.opened_at, at(person.opened_at)),
        (t.ended_at, at(person.ended_at)),
        (t.erased_at, at(person.erased_at)),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| Some(view! { <div><dt>{name}</dt><dd>{value?}</dd></div> })).collect_view();
    let answers = person
        .answers
        .iter()
        .map(|answer| view! { <div><dt>{answer.question.get(locale).to_owned()}</dt><dd>{answer.text(locale)}</dd></div> })
        .collect_view();
    view! {
        <p>{status_mark(cx, person.status)}</p>
        {has_ticket.then(|| {
            let href = badges::address(locale, person.id);
            view! { <p><a href=href>{cx.texts().badges.of_person}</a></p> }
        })}
        <dl class="dossier-facts">{rows}{answers}</dl>
        {certified.then(|| {
            let href = Download::PersonCertificate.at(locale, &person.id.to_string());
            view! { <p><a href=href>{cx.texts().certificates.save}</a></p> }
        })}
    }
    .into_any()
}

/// What happened to the person, a table for each kind; those with nothing in them are left out.
fn tables(cx: &RequestCx, person: Person) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let sessions = person.sessions.into_iter().map(|seat| {
        vec![desk::moment(seat.starts_at), seat.title.get(locale).to_owned().into_any(), (t.seat_state)(&seat.state).into_any()]
    });
    let scans = gate::scans(cx, &person.id.to_string(), person.scans);
    let messages = person.messages.into_iter().map(|message| {
        let state = (t.message_state)(&message.state);
        let why = cx.texts().messages.why;
        let state = message.error.map_or_else(|| state.to_owned(), |error| format!("{state}: {}", why(&error)));
        let kind = (t.message_kind)(&message.kind).to_owned();
        vec![desk::moment(message.created_at), kind.into_any(), state.into_any(), message.ended_at.map(desk::moment).into_any()]
    });
    let waiting = person.waiting.into_iter().map(|step| {
        let queue = step.session.map_or_else(|| t.the_day.to_owned(), |session| session.get(locale).to_owned());
        vec![desk::moment(step.at), queue.into_any(), (t.waiting_step)(&step.step).into_any()]
    });
    let consents = person.consents.into_iter().map(|consent| {
        let given = if consent.given { t.given } else { t.not_given };
        let purpose = (t.purpose)(&consent.purpose).to_owned();
        let how = format!("{} · {}", (t.channel_of)(&consent.channel), consent.notice_version);
        vec![desk::moment(consent.at), purpose.into_any(), given.into_any(), how.into_any()]
    });
    let history = person.history.into_iter().map(|entry| {
        let who = entry.actor.unwrap_or_else(|| (t.actor_kind)(&entry.actor_kind).to_owned());
        vec![desk::moment(entry.at), action(t, &entry.action).into_any(), who.into_any()]
    });
    let tables = [
        table("sessions", t.sessions, &[t.at, t.session, t.status], sessions),
        scans,
        table("messages", t.messages, &[t.at, t.message, t.status, t.ended], messages),
        table("waiting", t.waiting, &[t.at, t.queue, t.step], waiting),
        table("consents", t.consents, &[t.at, t.purpose_head, t.decision, t.how], consents),
        table("history", t.history, &[t.at, t.action, t.actor], history),
    ];
    tables.into_iter().flatten().collect_view().into_any()
}

/// What an entry of the log tells; an action without words of its own stands as it is called.
fn action(t: &People, action: &str) -> String {
    t.actions.iter().find(|(name, _)| *name == action).map_or_else(|| action.to_owned(), |(_, text)| (*text).to_owned())
}

fn table(
    id: &'static str,
    caption: &'static str,
    columns: &[&'static str],
    rows: impl ExactSizeIterator<Item = Vec<AnyView>>,
) -> Option<AnyView> {
    if rows.len() == 0 {
        return None;
    }
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    let rows = rows.map(|cells| view! { <tr>{cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }).collect_view();
    Some(view! { <DataTable caption=caption id=id columns=columns>{rows}</DataTable> }.into_any())
}
