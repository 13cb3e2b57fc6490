//! The ticket behind its secret link, like a boarding pass: it needs no sign-in, no scripts and, once opened, no network.

use domain::{
    contact::{mask_email, mask_phone},
    mail::{Channel, MessageState},
    registration::{Status, field},
    ticket::Ticket,
};
use leptos::prelude::*;
use services::{
    Error,
    checkin::{
        certificate,
        raffle::{self, Entered, Raffle},
        stamp::{self, Stamp},
    },
    mail::{self, Reach},
    registration::{self, MySeat, Queue, TicketPage},
};

use crate::{
    components::{Button, ButtonKind, ButtonLink, Icon, Notice, NoticeKind, Qr, SampleMark, Shape},
    i18n,
    pages::{
        loaded,
        stamps::{self, Remembers},
    },
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move {
            let ticket = registration::ticket(&services, &secret).await?;
            let reach = mail::reach(&services, ticket.registration_id).await?;
            let certified = match certificate::mine(&services, &secret).await {
                Err(Error::NotFound) => false,
                certificate => certificate.map(|_| true)?,
            };
            let passport = match &ticket.ticket {
                Some(issued) if ticket.status == Status::Confirmed => Passport {
                    stamps: stamp::stamps(&services, &issued.short_code).await?,
                    raffles: raffle::all(&services).await?,
                    entered: raffle::entered(&services, &issued.short_code).await?,
                    handle: stamp::token(&services, &secret).await?.map(|(token, _)| token.handle().to_owned()),
                },
                _ => Passport::default(),
            };
            Ok::<_, Error>((ticket, reach, certified, passport))
        }
    };
    loaded(load, move |(ticket, reach, certified, passport)| show(&cx, &secret, ticket, reach, certified, &passport))
}

/// What the ticket has collected.
#[derive(Default)]
struct Passport {
    stamps: Vec<Stamp>,
    raffles: Vec<Raffle>,
    entered: Vec<Entered>,
    /// By which the browser knows it at booths.
    handle: Option<String>,
}

fn show(cx: &RequestCx, secret: &str, ticket: TicketPage, reach: Reach, certified: bool, collected: &Passport) -> AnyView {
    let t = &cx.texts().registration;
    let holds = ticket.status == Status::Confirmed && ticket.ticket.as_ref().is_some_and(|issued| !issued.is_blocked);
    let standing = standing(cx, secret, &ticket);
    let told = told(cx, &ticket, reach, holds);
    let sessions = sessions(cx, secret, &ticket);
    let passport = passport(cx, collected);
    let use_it = holds.then(|| use_it(cx, secret));
    let rest = rest(cx, secret, &ticket);
    view! {
        <PageHead title=t.ticket/>
        <div class="ticket">
            <h1 class="visually-hidden">{t.ticket}</h1>
            {standing}
            {certified.then(|| certificate(cx, secret))}
            {pass(cx, ticket)}
            {told}
            {sessions}
            {passport}
            {use_it}
            {rest}
        </div>
    }
    .into_any()
}

/// After the event, for who came.
fn certificate(cx: &RequestCx, secret: &str) -> AnyView {
    let t = &cx.texts().certificates;
    let href = Download::TicketCertificate.at(cx.locale(), secret);
    view! {
        <Notice kind=NoticeKind::Success>
            <p><strong>{t.offered}</strong></p>
            <p><ButtonLink href=href><Icon shape=Shape::Download/>{t.save}</ButtonLink></p>
        </Notice>
    }
    .into_any()
}

/// The pass itself: all that is printed.
fn pass(cx: &RequestCx, ticket: TicketPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let gate = ticket.gate.map(|(name, opens_at)| {
        let opens = opens_at.map(|at| format!(", {}", (t.gate_opens)(&i18n::time(at))));
        view! { <div><dt>{t.gate}</dt><dd>{name.get(locale).to_owned()}{opens}</dd></div> }
    });
    let code = ticket.ticket.filter(|issued| ticket.status == Status::Confirmed && !issued.is_blocked).map(|issued| {
        let shown = issued.short_code.shown();
        view! {
            <figure class="pass-code">
                <Qr text=Ticket::address(&cx.base_url, &issued.code) label=t.qr_label/>
                <figcaption>
                    <p>{t.show_at_gate}</p>
                    <p class="muted">{t.short_code}</p>
                    <p class="short-code">{shown}</p>
                </figcaption>
            </figure>
        }
    });
    let holds = code.is_some();
    view! {
        <article class=if holds { "pass" } else { "pass stopped" }>
            <header>
                <span class="lotus pass-lotus" aria-hidden="true"></span>
                <p>{ticket.edition.name.get(locale).to_owned()}</p>
            </header>
            <div class="pass-body">
                <h2>{ticket.full_name}</h2>
                <p class="pass-audience">
                    {ticket.audience.get(locale).to_owned()}
                    {(ticket.people > 1).then(|| format!(" · {}", (t.people)(&i18n::number(locale, ticket.people))))}
                    {ticket.edition.sample.then(|| view! { " "<SampleMark/> })}
                </p>
                {ticket.organisation.map(|organisation| view! { <p class="muted">{organisation}</p> })}
                <dl>
                    <div><dt>{t.date}</dt><dd>{i18n::date(locale, ticket.edition.peak_on)}</dd></div>
                    {gate}
                    <div class="wide"><dt>{t.place}</dt><dd>{ticket.edition.place.get(locale).to_owned()}</dd></div>
                </dl>
            </div>
            {code}
        </article>
    }
    .into_any()
}

/// What there is to know or to do before there is a pass that holds.
fn standing(cx: &RequestCx, secret: &str, ticket: &TicketPage) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let moment = |at| i18n::date_time(locale, at);
    let until = match ticket.queue {
        Some(Queue::Offered { until }) => moment(until),
        _ => String::new(),
    };
    let position = match ticket.queue {
        Some(Queue::Waiting { position }) => i18n::number(locale, position),
        _ => String::new(),
    };
    let again = || view! { <p><a href=Page::Register.path(locale)>{t.register_again}</a></p> };
    let is_blocked = ticket.ticket.as_ref().is_some_and(|issued| issued.is_blocked);
    let (kind, title, text, more) = match ticket.status {
        Status::Confirmed if is_blocked => (NoticeKind::Warning, t.blocked, t.blocked_text.to_owned(), None),
        Status::Confirmed => return None,
        Status::Pending => (NoticeKind::Info, t.pending, t.pending_text.to_owned(), None),
        Status::Waiting => (NoticeKind::Info, t.waiting, (t.waiting_text)(&position), None),
        Status::Offered => {
            // A delegation's leader answers for all of it.
            let accept = ticket.delegation.is_none().then(|| {
                view! {
                    <form method="post" action=Deed::AcceptSeat.at(locale, secret)>
                        <p><Button>{t.accept}</Button></p>
                    </form>
                }
            });
            (NoticeKind::Success, t.offered, (t.offered_text)(&until), Some(accept.into_any()))
        }
        Status::Refused => (NoticeKind::Warning, t.refused, t.refused_text.to_owned(), Some(again().into_any())),
        Status::Lapsed => (NoticeKind::Warning, t.lapsed, t.lapsed_text.to_owned(), Some(again().into_any())),
        Status::Cancelled if ticket.is_merged => {
            let find = view! { <p><a href=Page::FindTicket.path(locale)>{cx.texts().lost.title}</a></p> };
            (NoticeKind::Info, t.merged, t.merged_text.to_owned(), Some(find.into_any()))
        }
        Status::Cancelled => {
            let text = ticket.ended_at.map(|at| (t.cancelled_text)(&moment(at))).unwrap_or_default();
            (NoticeKind::Warning, t.cancelled, text, Some(again().into_any()))
        }
    };
    let said = ticket.decision_message.clone().map(|message| {
        view! { <p><strong>{t.organisers_say}</strong></p><div class="written">{message}</div> }
    });
    Some(
        view! {
            <Notice kind=kind>
                <h2>{title}</h2>
                <p>{text}</p>
                {said}
                {more}
            </Notice>
        }
        .into_any(),
    )
}

/// Whether a message comes, and what to do where none does.
fn told(cx: &RequestCx, ticket: &TicketPage, reach: Reach, holds: bool) -> Option<AnyView> {
    if ticket.status.is_ended() {
        return None;
    }
    let t = &cx.texts().registration;
    let keep = if holds { t.keep_pass } else { t.keep_address };
    let (to, words) = match reach.way {
        Some(Channel::Sms) => (ticket.phone.as_deref().map(mask_phone), &t.by_sms),
        _ => (ticket.email.as_deref().map(mask_email), &t.by_mail),
    };
    let to = to.unwrap_or_default();
    let (kind, text, keep) = match (reach.way, reach.is_open, reach.last) {
        (None, ..) => (NoticeKind::Info, t.told_nothing.to_owned(), Some(keep)),
        (_, _, Some(MessageState::Sent)) => (NoticeKind::Info, (words.sent)(&to), None),
        (_, _, Some(MessageState::Failed)) => (NoticeKind::Warning, (words.failed)(&to), Some(keep)),
        (_, _, Some(MessageState::Unclear)) => (NoticeKind::Warning, (words.unclear)(&to), Some(keep)),
        (_, false, _) => (NoticeKind::Info, (words.waits)(&to), Some(keep)),
        (_, true, Some(_)) => (NoticeKind::Info, (words.on_its_way)(&to), None),
        // Who registered at a desk or came in a list was handed the pass by somebody.
        (_, true, None) => return None,
    };
    Some(
        view! {
            <Notice kind=kind>
                <p>{text}</p>
                {keep.map(|keep| view! { <p>{keep}</p> })}
            </Notice>
        }
        .into_any(),
    )
}

/// The sessions that were asked for, and how things stand in each.
fn sessions(cx: &RequestCx, secret: &str, ticket: &TicketPage) -> Option<AnyView> {
    if ticket.sessions.is_empty() {
        return None;
    }
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let rows = ticket
        .sessions
        .iter()
        .map(|session| {
            let seat = match session.seat {
                MySeat::Held => t.seat_held.to_owned(),
                MySeat::Wanted => t.seat_wanted.to_owned(),
                MySeat::Queued(Queue::Waiting { position }) => (t.seat_waiting)(&i18n::number(locale, position)),
                MySeat::Queued(Queue::Offered { until }) => (t.seat_offered)(&i18n::date_time(locale, until)),
            };
            let accept = matches!(session.seat, MySeat::Queued(Queue::Offered { .. })).then(|| {
                view! {
                    <form method="post" action=Deed::AcceptSession.at(locale, secret)>
                        <input type="hidden" name=field::SESSION value=session.id.to_string()/>
                        <p><Button>{t.accept_session}</Button></p>
                    </form>
                }
            });
            let when = format!("{}–{}", i18n::date_time(locale, session.starts_at), i18n::time(session.ends_at));
            view! {
                <li>
                    <a href=Page::Session.at(locale, &session.code)>{session.title.get(locale).to_owned()}</a>
                    <p class="muted">{when}" · "{session.room.get(locale).to_owned()}</p>
                    <p><strong>{seat}</strong></p>
                    {accept}
                </li>
            }
        })
        .collect_view();
    Some(view! { <section class="stack"><h2>{t.my_sessions}</h2><ul class="my-sessions">{rows}</ul></section> }.into_any())
}

/// The booths, which of their stamps the ticket has, and the raffles that it takes part in.
fn passport(cx: &RequestCx, Passport { stamps, raffles, entered, handle }: &Passport) -> Option<AnyView> {
    (!stamps.is_empty()).then_some(())?;
    let locale = cx.locale();
    let t = &cx.texts().stamps;
    let number = |number: usize| i18n::number(locale, i32::try_from(number).unwrap_or(i32::MAX));
    let made = stamps.iter().filter(|stamp| stamp.at.is_some()).count();
    let rows = stamps
        .iter()
        .map(|stamp| {
            let name = stamp.booth.name.get(locale).to_owned();
            match stamp.at {
                Some(at) => view! { <li><Icon shape=Shape::Check/>" "<strong>{name}</strong><p class="muted">{i18n::date_time(locale, at)}</p></li> }.into_any(),
                None => view! { <li>{name}<p class="muted">{t.missing}</p></li> }.into_any(),
            }
        })
        .collect_view();
    let title = (t.mine)(&number(made), &number(stamps.len()));
    let remembers = Remembers::One(handle.clone());
    let waiting = stamps::waiting(cx, stamps.iter().map(|stamp| stamp.booth.clone()).collect(), remembers);
    let entries = entered.iter().map(|raffle| entry(cx, raffle)).collect_view();
    let open = raffles.iter().filter(|raffle| raffle.list.is_none()).map(|raffle| open_raffle(cx, raffle)).collect_view();
    Some(
        view! { <section class="stack"><div id="stamps" class="stack"><h2>{title}</h2><p>{t.mine_about}</p><ul class="my-sessions">{rows}</ul>{open}{entries}</div>{waiting}</section> }
            .into_any(),
    )
}

/// A raffle for which stamps are collected still.
fn open_raffle(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let locale = cx.locale();
    let (href, name) = (Page::Raffle.at(locale, &raffle.code), raffle.name.get(locale).to_owned());
    let who = (cx.texts().raffles.who)(&i18n::number(locale, raffle.stamps));
    view! { <p><a href=href>{name}</a>": "{who}</p> }.into_any()
}

/// A raffle that the ticket takes part in, and what came of it.
fn entry(cx: &RequestCx, raffle: &Entered) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().raffles;
    let (kind, told) = match raffle.place {
        Some(place) if place <= raffle.winners => (NoticeKind::Success, (t.i_won)(&i18n::number(locale, place))),
        Some(place) => (NoticeKind::Info, (t.i_did_not_win)(&i18n::number(locale, place))),
        None => (NoticeKind::Info, t.i_take_part.to_owned()),
    };
    let (href, name) = (Page::Raffle.at(locale, &raffle.code), raffle.name.get(locale).to_owned());
    let code = raffle.entrant.to_string();
    view! {
        <Notice kind>
            <p><a href=href>{name}</a>": "<strong>{told}</strong></p>
            <p class="muted">{t.entrant}": "<code class="copied">{code}</code></p>
        </Notice>
    }
    .into_any()
}

/// What can be done with a pass that holds.
fn use_it(cx: &RequestCx, secret: &str) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let file = |download: Download| download.at(locale, secret);
    view! {
        <Notice kind=NoticeKind::Success>
            <p><strong>{t.keep_link}</strong></p>
            <p>{t.keep_link_text}</p>
        </Notice>
        <section class="stack">
            <h2>{t.use_ticket}</h2>
            <p class="actions">
                <ButtonLink href=file(Download::TicketPng)><Icon shape=Shape::Download/>{t.save_png}</ButtonLink>
                <ButtonLink href=file(Download::TicketPdf) kind=ButtonKind::Second><Icon shape=Shape::Download/>{t.save_pdf}</ButtonLink>
                <ButtonLink href=file(Download::TicketCalendar) kind=ButtonKind::Second>
                    <Icon shape=Shape::Calendar/>{t.calendar}
                </ButtonLink>
            </p>
            <p>
                <strong>{t.print}</strong>". "{t.print_text}" "
                <a href=file(Download::TicketSvg)>{t.save_svg}</a>
            </p>
        </section>
    }
    .into_any()
}

/// What was entered, the way to one's rights, and the way out.
fn rest(cx: &RequestCx, secret: &str, ticket: &TicketPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let phone = ticket.phone.as_deref().map(i18n::phone);
    let phone = phone.map(|phone| view! { <div><dt>{t.phone}</dt><dd>{phone}</dd></div> });
    let email = ticket.email.clone().map(|email| view! { <div><dt>{t.email}</dt><dd>{email}</dd></div> });
    let is_open = !ticket.status.is_ended();
    let (leave, leave_text) = match ticket.status {
        Status::Waiting => (t.leave_queue, t.leave_queue_text),
        _ => (t.cancel, t.cancel_text),
    };
    let confirm = if ticket.status == Status::Waiting { leave } else { t.cancel_confirm };
    let cancel = is_open.then(|| {
        view! {
            <details class="cancel">
                <summary>{leave}</summary>
                <form method="post" action=Deed::CancelTicket.at(locale, secret)>
                    <p>{leave_text}</p>
                    <p><Button kind=ButtonKind::Danger>{confirm}</Button></p>
                </form>
            </details>
        }
    });
    let change = is_open.then(|| {
        if cx.now < ticket.changes_until {
            let href = Page::ChangeTicket.at(locale, secret);
            view! { <p><ButtonLink href=href kind=ButtonKind::Second>{t.change}</ButtonLink></p> }.into_any()
        } else {
            view! { <p class="muted">{t.change_closed}</p> }.into_any()
        }
    });
    let delegation =
        ticket.delegation.and(ticket.organisation.as_deref()).map(|name| view! { <p class="muted">{(t.in_delegation)(name)}</p> });
    view! {
        <section class="stack">
            <h2>{t.your_data}</h2>
            <dl class="entered">
                <div><dt>{t.full_name}</dt><dd>{ticket.full_name.clone()}</dd></div>
                {phone}
                {email}
            </dl>
            <p><a href=Page::Rights.at(locale, secret)>{t.your_rights}</a></p>
            {delegation}
            {change}
            {cancel}
        </section>
    }
    .into_any()
}
