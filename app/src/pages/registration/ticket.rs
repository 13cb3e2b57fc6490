//! The ticket behind its secret link, like a boarding pass: it needs no sign-in, no scripts and, once opened, no network.

use domain::{contact::Phone, registration::Status, ticket::Ticket};
use leptos::prelude::*;
use services::registration::{self, TicketPage};

use crate::{
    components::{Button, ButtonKind, ButtonLink, Icon, Notice, NoticeKind, Qr, SampleMark, Shape},
    i18n,
    pages::loaded,
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

pub fn page(secret: &str) -> AnyView {
    let cx = request();
    let (services, secret) = (cx.services.clone(), secret.to_owned());
    let load = {
        let secret = secret.clone();
        async move { registration::ticket(&services, &secret).await }
    };
    loaded(load, move |ticket| show(&cx, &secret, ticket))
}

fn show(cx: &RequestCx, secret: &str, ticket: TicketPage) -> AnyView {
    let t = &cx.texts().registration;
    let confirmed = ticket.status == Status::Confirmed;
    let cancelled = (!confirmed).then(|| cancelled(cx, &ticket));
    let use_it = confirmed.then(|| use_it(cx, secret));
    let rest = rest(cx, secret, &ticket);
    view! {
        <PageHead title=t.ticket/>
        <div class="ticket">
            <h1 class="visually-hidden">{t.ticket}</h1>
            {cancelled}
            {pass(cx, ticket)}
            {use_it}
            {rest}
        </div>
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
                    {ticket.audience.get(locale).to_owned()}{ticket.edition.sample.then(|| view! { " "<SampleMark/> })}
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

fn cancelled(cx: &RequestCx, ticket: &TicketPage) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let text = ticket.ended_at.map(|at| (t.cancelled_text)(&i18n::date_time(locale, at)));
    view! {
        <Notice kind=NoticeKind::Warning>
            <h2>{t.cancelled}</h2>
            <p>{text}</p>
            <p><a href=Page::Register.path(locale)>{t.register_again}</a></p>
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
    let phone = ticket.phone.as_ref().map(|phone| Phone::parse(phone).map_or_else(|_| phone.clone(), |phone| phone.national()));
    let phone = phone.map(|phone| view! { <div><dt>{t.phone}</dt><dd>{phone}</dd></div> });
    let email = ticket.email.clone().map(|email| view! { <div><dt>{t.email}</dt><dd>{email}</dd></div> });
    let cancel = (ticket.status == Status::Confirmed).then(|| {
        view! {
            <details class="cancel">
                <summary>{t.cancel}</summary>
                <form method="post" action=Deed::CancelTicket.at(locale, secret)>
                    <p>{t.cancel_text}</p>
                    <p><Button kind=ButtonKind::Danger>{t.cancel_confirm}</Button></p>
                </form>
            </details>
        }
    });
    view! {
        <section class="stack">
            <h2>{t.your_data}</h2>
            <dl class="entered">
                <div><dt>{t.full_name}</dt><dd>{ticket.full_name.clone()}</dd></div>
                {phone}
                {email}
            </dl>
            <p><a href=Page::Rights.at(locale, secret)>{t.your_rights}</a></p>
            {cancel}
        </section>
    }
    .into_any()
}
