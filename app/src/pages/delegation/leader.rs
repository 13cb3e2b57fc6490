//! The page behind a leader's link: who is on the list, whether each has opened the ticket, and what can be changed.

use domain::{
    form::Values,
    ids::RegistrationId,
    registration::{
        Ask, Status,
        delegation::{self as rules, Column, Kind, Row, field},
        field as person,
    },
};
use leptos::prelude::*;
use services::registration::{
    Queue,
    delegation::{self, DelegationPage, MemberLine},
};

use super::rows;
use crate::{
    components::{
        Button, ButtonKind, ButtonLink, CheckboxField, DataTable, Icon, Notice, NoticeKind, SampleMark, Shape, TextArea, TextField,
    },
    forms::FormState,
    i18n,
    pages::{MovedOn, loaded},
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

/// The row of who comes in a member's place: the page has those of people who are added as well.
pub const EXCHANGED: usize = 0;
/// Query name of the member who is to be changed, and the field that names the member.
pub const MEMBER: &str = "nguoi";

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move { delegation::page(&services, &secret).await }
    };
    loaded(load, move |found| show(&cx, &secret, &found))
}

fn show(cx: &RequestCx, secret: &str, found: &DelegationPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let people = i18n::number(locale, found.people());
    let moved_on = use_context::<MovedOn>().map(|_| view! { <Notice kind=NoticeKind::Warning><p>{t.moved_on}</p></Notice> });
    let changing = found.is_open.then(|| change(cx, secret, found));
    view! {
        <PageHead title=t.page_title/>
        <div class="group">
            <header>
                <h1>{found.organisation.clone()}</h1>
                <p class="lead">
                    {(t.summary)(found.audience.get(locale), &people)}{found.edition.sample.then(|| view! { " "<SampleMark/> })}
                </p>
                <p class="muted">{found.leader_name.clone()}</p>
            </header>
            {rows::summary(cx, &labels(cx))}
            {moved_on}
            {standing(cx, found)}
            {queue(cx, secret, found)}
            {chosen(cx, secret, found)}
            {members(cx, secret, found)}
            {send(cx, secret, found)}
            {changing}
            <p><a href=Page::LeaderRights.at(locale, secret)>{cx.texts().registration.your_rights}</a></p>
        </div>
    }
    .into_any()
}

/// How the delegation stands.
fn standing(cx: &RequestCx, found: &DelegationPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let deadline = i18n::date_time(locale, found.deadline);
    if let Some(at) = found.cancelled_at {
        let text = (t.left)(&i18n::date_time(locale, at));
        let again = cx.texts().registration.register_again;
        return view! {
            <Notice kind=NoticeKind::Warning>
                <p>{text}</p>
                <p><a href=Page::RegisterDelegation.path(locale)>{again}</a></p>
            </Notice>
        }
        .into_any();
    }
    if !found.is_open {
        let (hotline, hotline_href) = cx.hotline();
        let text = (t.changes_closed)(&deadline);
        return view! { <Notice><p>{text}" "<a href=hotline_href>{hotline}</a>"."</p></Notice> }.into_any();
    }
    let until = (t.changes_until)(&deadline);
    view! {
        <Notice kind=NoticeKind::Success>
            <p><strong>{t.keep_link}</strong></p>
            <p>{t.keep_link_text}</p>
            <p>{until}</p>
        </Notice>
    }
    .into_any()
}

/// Where those who wait stand, and the seats that are held for them.
fn queue(cx: &RequestCx, secret: &str, found: &DelegationPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let accept = Deed::AcceptDelegation.at(locale, secret);
    let of = |queue: &Queue| match *queue {
        Queue::Waiting { position } => {
            let text = (t.in_queue)(&i18n::number(locale, position));
            view! { <Notice><p>{text}</p></Notice> }.into_any()
        }
        Queue::Offered { until } => {
            let (text, accept) = ((t.offer)(&i18n::date_time(locale, until)), accept.clone());
            view! {
                <Notice kind=NoticeKind::Warning>
                    <p>{text}</p>
                    <form method="post" action=accept>
                        <p><Button>{t.accept}</Button></p>
                    </form>
                </Notice>
            }
            .into_any()
        }
    };
    found.queue.iter().map(of).collect_view().into_any()
}

fn members(cx: &RequestCx, secret: &str, found: &DelegationPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let may_change = found.is_open && found.kind == Kind::People;
    let mut columns = vec![t.name.to_owned(), t.state.to_owned(), t.opened.to_owned(), t.ticket.to_owned()];
    columns.extend(may_change.then(|| t.change.to_owned()));
    let lines = found
        .members
        .iter()
        .map(|member| {
            let name = member.full_name.clone();
            let ticket = (member.status == Status::Confirmed).then(|| {
                let label = (t.open_ticket_of)(&name);
                view! { <a href=Page::Ticket.at(locale, &member.link.0) aria-label=label>{t.open_ticket}</a> }
            });
            let opened = match member.opened_at {
                Some(at) => i18n::date_time(locale, at),
                None if member.status == Status::Confirmed => t.not_opened.to_owned(),
                None => String::new(),
            };
            let change = may_change.then(|| {
                let link = (!member.status.is_ended()).then(|| {
                    let href = format!("{}?{MEMBER}={}#{MEMBER}", Page::Delegation.at(locale, secret), member.id);
                    view! { <a href=href aria-label=(t.change_of)(&name)>{t.change_member}</a> }
                });
                view! { <td>{link}</td> }
            });
            let class = if member.status.is_ended() { "muted" } else { "" };
            view! {
                <tr class=class>
                    <th scope="row">
                        {name.clone()}
                        {member.job_title.clone().map(|job| view! { <span class="muted">{job}</span> })}
                    </th>
                    <td>{state(cx, member.status)}</td>
                    <td>{opened}</td>
                    <td>{ticket}</td>
                    {change}
                </tr>
            }
        })
        .collect_view();
    let caption = (t.members)(&i18n::number(locale, found.people()));
    view! { <DataTable caption id="members" columns>{lines}</DataTable> }.into_any()
}

fn state(cx: &RequestCx, status: Status) -> &'static str {
    let t = &cx.texts().delegation;
    match status {
        Status::Pending => t.pending,
        Status::Waiting => t.waiting,
        Status::Offered => t.offered,
        Status::Confirmed => t.confirmed,
        Status::Refused => t.refused,
        Status::Cancelled => t.cancelled,
        Status::Lapsed => t.lapsed,
    }
}

/// The links of the tickets, to be copied and passed on.
fn send(cx: &RequestCx, secret: &str, found: &DelegationPage) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let all = Download::DelegationPdf.at(locale, secret);
    let line = |member: &MemberLine| format!("{}\t{}\n", member.full_name, cx.absolute(&Page::Ticket.at(locale, &member.link.0)));
    let links: String = found.members.iter().filter(|member| member.status == Status::Confirmed).map(line).collect();
    (!links.is_empty()).then(|| {
        view! {
            <section class="stack">
                <h2>{t.send}</h2>
                <p>{t.send_text}</p>
                <p><ButtonLink href=all kind=ButtonKind::Second><Icon shape=Shape::Download/>{t.all_tickets}</ButtonLink></p>
                <details>
                    <summary>{t.send_all}</summary>
                    <textarea class="links" readonly rows="8" aria-label=t.send_all>{links}</textarea>
                </details>
            </section>
        }
        .into_any()
    })
}

/// The member who was chosen to be changed: somebody else in the place, or nobody.
fn chosen(cx: &RequestCx, secret: &str, found: &DelegationPage) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let posted = cx.form.values.get(MEMBER).to_owned();
    let asked = if posted.is_empty() { cx.query_value(MEMBER)? } else { posted };
    let id: RegistrationId = asked.parse().ok()?;
    let member = found.members.iter().find(|member| member.id == id && !member.status.is_ended())?;
    if !found.is_open || found.kind == Kind::School {
        return None;
    }
    let name = member.full_name.clone();
    let asks = found.audience_kind.asks();
    Some(
        view! {
            <section class="stack member" id=MEMBER>
                <h2>{(t.exchange)(&name)}</h2>
                <p>{t.exchange_text}</p>
                <form class="people" method="post" action=Deed::ExchangeMember.at(locale, secret) novalidate>
                    <input type="hidden" name=MEMBER value=id.to_string()/>
                    {rows::one(cx, &of_exchange(cx), asks, EXCHANGED, t.newcomer)}
                    <p><Button>{t.exchange_confirm}</Button></p>
                </form>
                <details class="cancel">
                    <summary>{(t.remove)(&name)}</summary>
                    <form method="post" action=Deed::RemoveMember.at(locale, secret)>
                        <input type="hidden" name=MEMBER value=id.to_string()/>
                        <p>{t.remove_text}</p>
                        <p><Button kind=ButtonKind::Danger>{t.remove_confirm}</Button></p>
                    </form>
                </details>
            </section>
        }
        .into_any(),
    )
}

/// What was posted to exchange somebody, if that was it.
fn of_exchange(cx: &RequestCx) -> FormState {
    if cx.form.values.get(MEMBER).is_empty() { FormState::default() } else { cx.form.clone() }
}

/// What was posted otherwise.
fn of_others(cx: &RequestCx) -> FormState {
    if cx.form.values.get(MEMBER).is_empty() { cx.form.clone() } else { FormState::default() }
}

/// More people or another count, and the way out.
fn change(cx: &RequestCx, secret: &str, found: &DelegationPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let more = match found.kind {
        Kind::People => add(cx, secret, found),
        Kind::School => recount(cx, secret, found),
    };
    view! {
        {more}
        <details class="cancel">
            <summary>{t.leave}</summary>
            <form method="post" action=Deed::LeaveDelegation.at(locale, secret)>
                <p>{t.leave_text}</p>
                <p><Button kind=ButtonKind::Danger>{t.leave_confirm}</Button></p>
            </form>
        </details>
    }
    .into_any()
}

fn add(cx: &RequestCx, secret: &str, found: &DelegationPage) -> AnyView {
    let t = &cx.texts().delegation;
    let state = of_others(cx);
    let asks = found.audience_kind.asks();
    let key = match state.values.get(person::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        key => key.to_owned(),
    };
    let needed = if asks.job_title == Ask::Required { t.job_needed } else { t.name_needed };
    let list = rules::read_list(state.values.get(field::LIST));
    let people = if list.is_empty() {
        view! {
            <div class="people">{rows::typed(cx, &state, asks)}</div>
            <TextArea field=state.field(field::PASTE) label=t.paste hint=t.paste_hint rows=4 required=false/>
        }
        .into_any()
    } else {
        let namesakes = rows::has_namesakes(&state.errors);
        view! {
            <input type="hidden" name=field::LIST value=rules::write_list(&list)/>
            {rows::read(cx, &list, &state.errors)}
            {namesakes.then(|| view! { <CheckboxField field=state.field(field::NAMESAKES) label=t.namesakes required=false/> })}
        }
        .into_any()
    };
    view! {
        <section class="stack">
            <h2 id=person::AUDIENCE tabindex="-1">{t.add}</h2>
            <p>{t.add_text}</p>
            <p class="muted">{needed}</p>
            <form class="form group-form" method="post" action=Deed::AddMembers.at(cx.locale(), secret) enctype="multipart/form-data" novalidate>
                <input type="hidden" name=person::IDEMPOTENCY_KEY value=key/>
                {people}
                <p><Button>{t.add_confirm}</Button></p>
            </form>
        </section>
    }
    .into_any()
}

fn recount(cx: &RequestCx, secret: &str, found: &DelegationPage) -> AnyView {
    let t = &cx.texts().delegation;
    let state = of_others(cx).or(FormState::filled([(field::PEOPLE, found.people().to_string())]));
    view! {
        <section class="stack">
            <h2 id=person::AUDIENCE tabindex="-1">{t.recount}</h2>
            <form class="form" method="post" action=Deed::RecountDelegation.at(cx.locale(), secret) novalidate>
                <TextField field=state.field(field::PEOPLE) label=t.people inputmode="numeric" autocomplete="off"/>
                <p><Button>{t.recount_confirm}</Button></p>
            </form>
        </section>
    }
    .into_any()
}

fn labels(cx: &RequestCx) -> Vec<(&'static str, &'static str)> {
    let t = &cx.texts().delegation;
    vec![(field::PASTE, t.paste), (field::PEOPLE, t.people)]
}

/// Who comes in a member's place, as typed.
pub fn newcomer(values: &Values) -> Row {
    let [name, job_title, phone, email] = Column::ALL.map(|column| column.field(EXCHANGED));
    Row::of(values.get(&name), values.get(&job_title), values.get(&phone), values.get(&email))
}
