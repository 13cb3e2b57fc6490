//! The desk where badges are printed: whose, on what, what was printed; and the badges as the browser prints them.

use domain::{
    access::Action,
    badge::{Line, Reprint, Template},
    ids::{BadgePrintId, RegistrationId},
    text::Locale,
};
use leptos::prelude::*;
use leptos_meta::Link;
use services::registration::badges::{self as verbs, Badge, Candidate, Filter, Listing, PrintSheet, field};

use super::{
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, ButtonKind, Choice, DataTable, EmptyState, ErrorSummary, Notice, NoticeKind, Qr, Select},
    forms::{ENTRY, FormState},
    i18n,
    islands::print::PrintButton,
    request::{RequestCx, request},
    routes::{self, Page},
};

/// Query name of one person.
const PERSON: &str = "nguoi";
const AUDIENCE: &str = "doi-tuong";
const ORGANISATION: &str = "don-vi";
const WITH_PRINTED: &str = "ca-da-in";
/// The id of the form that tells that a sheet was printed, where no script notes it.
const DONE: &str = "printed";

/// Where the badge of one person is printed.
pub fn address(locale: Locale, person: RegistrationId) -> String {
    format!("{}?{PERSON}={person}", Page::Badges.path(locale))
}

pub fn page() -> AnyView {
    let cx = request();
    let filter = filter(&cx);
    let load = {
        let (cx, filter) = (cx.clone(), filter.clone());
        async move {
            desk::enter(&cx.actor, Action::PrintBadges)?;
            verbs::listing(&cx.services, &cx.actor, &filter).await
        }
    };
    loaded(load, move |listing| show(&cx, &filter, listing))
}

/// Of one person everything is told, also that a badge was printed.
fn filter(cx: &RequestCx) -> Filter {
    let person = cx.query_value(PERSON).and_then(|id| id.parse().ok());
    Filter {
        person,
        audience: cx.query_value(AUDIENCE).and_then(|id| id.parse().ok()),
        organisation: cx.query_value(ORGANISATION).unwrap_or_default(),
        with_printed: person.is_some() || cx.query_value(WITH_PRINTED).is_some(),
    }
}

fn show(cx: &RequestCx, filter: &Filter, listing: Listing) -> AnyView {
    let t = &cx.texts().badges;
    let number = |number: i64| i18n::number(cx.locale(), number);
    let counts = (t.counts)(&number(listing.with_badge), &number(listing.tickets));
    let (filters, log) = (filters(cx, filter, &listing), log(cx, &listing));
    let people = if listing.people.is_empty() { view! { <EmptyState text=t.none/> }.into_any() } else { form(cx, &listing) };
    let moved_on = t.moved_on;
    view! { <Desk title=t.title moved_on><p class="prose">{t.lead}</p><p>{counts}</p>{filters}{people}{log}</Desk> }.into_any()
}

fn filters(cx: &RequestCx, filter: &Filter, listing: &Listing) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().badges;
    let chosen = filter.audience.map(|audience| audience.to_string()).unwrap_or_default();
    let state = FormState::filled([(AUDIENCE, chosen), (ORGANISATION, filter.organisation.clone())]);
    let choices = listing.audiences.iter().map(|(id, name)| Choice::new(id.to_string(), name.get(locale))).collect();
    view! {
        <form class="finder" method="get" action=Page::Badges.path(locale) role="search" aria-label=t.filters>
            <div class="finder-filters">
                <Select field=state.field(AUDIENCE) label=t.audience choices required=false nothing=t.everybody/>
                <div class="field">
                    <label for=ORGANISATION>{t.organisation}</label>
                    <input id=ORGANISATION name=ORGANISATION value=filter.organisation.clone() maxlength="100" autocomplete="off"/>
                </div>
                <label class="choice">
                    <input type="checkbox" name=WITH_PRINTED value="1" checked=filter.with_printed/>
                    <span>{t.with_printed}</span>
                </label>
            </div>
            <p><Button>{t.filter}</Button></p>
        </form>
    }
    .into_any()
}

fn form(cx: &RequestCx, listing: &Listing) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().badges;
    let state = cx.form.clone().or(FormState::filled(listing.templates.first().map(|template| (field::TEMPLATE, template.code.clone()))));
    let number = |number: i64| i18n::number(locale, number);
    let shown = i64::try_from(listing.people.len()).unwrap_or_default();
    let more = (shown < listing.total).then(|| view! { <p>{(t.first_of)(&number(shown), &number(listing.total))}</p> });
    let rows = listing.people.iter().map(|person| row(cx, person)).collect_view();
    let columns = [t.person, t.body, t.audience, t.printed].map(str::to_owned).into();
    let templates = listing.templates.iter().map(|template| Choice::new(template.code.clone(), template.name.get(locale))).collect();
    let reasons = Reprint::ALL.map(|reason| Choice::new(reason.key(), reason.name(locale))).into();
    let action = if cx.query.is_empty() { cx.path.clone() } else { format!("{}?{}", cx.path, cx.query) };
    let labels = vec![(field::PERSON, t.people), (field::TEMPLATE, t.template), (field::REASON, t.reason)];
    view! {
        <ErrorSummary form=cx.form.clone() labels/>
        <form id=ENTRY class="form" method="post" action=action>
            {more}
            <DataTable caption=t.list id=field::PERSON columns=columns>{rows}</DataTable>
            <Select field=state.field(field::TEMPLATE) label=t.template choices=templates/>
            <Select
                field=state.field(field::REASON)
                label=t.reason
                hint=t.reason_hint
                choices=reasons
                required=false
                nothing=t.first_print
            />
            <p><Button>{t.prepare}</Button></p>
        </form>
    }
    .into_any()
}

fn row(cx: &RequestCx, person: &Candidate) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().badges;
    let id = person.id.to_string();
    let is_ticked = cx.form.is_empty() || cx.form.values.has(field::PERSON, &id);
    let printed = match person.printed_at {
        Some(at) => (t.printed_at)(&i18n::number(locale, person.prints), &desk::moment_text(at)),
        None => t.not_printed.to_owned(),
    };
    view! {
        <tr>
            <th scope="row">
                <label class="choice">
                    <input type="checkbox" name=field::PERSON value=id checked=is_ticked autocomplete="off"/>
                    <span>{person.full_name.clone()}</span>
                </label>
            </th>
            <td>{person.organisation.clone()}</td>
            <td>{person.audience.get(locale).to_owned()}</td>
            <td>{printed}</td>
        </tr>
    }
    .into_any()
}

fn log(cx: &RequestCx, listing: &Listing) -> Option<AnyView> {
    if listing.log.is_empty() {
        return None;
    }
    let locale = cx.locale();
    let t = &cx.texts().badges;
    let rows = listing
        .log
        .iter()
        .map(|print| {
            let reason = print.reason.map_or(t.first_print, |reason| reason.name(locale));
            view! {
                <tr>
                    <th scope="row">{desk::moment(print.at)}</th>
                    <td>{print.by.clone()}</td>
                    <td>{print.template.get(locale).to_owned()}</td>
                    <td>{reason}</td>
                    <td class="number">{i18n::number(locale, print.badges)}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.at, t.by, t.template, t.reason, t.badges].map(str::to_owned).into();
    Some(view! { <DataTable caption=t.log id="log" columns=columns numbers_from=4>{rows}</DataTable> }.into_any())
}

/// `parameter` is the print's id.
pub fn sheet(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id::<BadgePrintId>(parameter));
        async move {
            desk::enter(&cx.actor, Action::PrintBadges)?;
            verbs::sheet(&cx.services, &cx.actor, id?).await
        }
    };
    loaded(load, move |sheet| show_sheet(&cx, sheet))
}

fn show_sheet(cx: &RequestCx, sheet: PrintSheet) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().badges;
    let back = (Page::Badges.path(locale).to_owned(), t.back);
    let again = again(cx, &sheet);
    if let Some(at) = sheet.printed_at.filter(|_| !sheet.people.is_empty()) {
        let text = (t.sent_at)(&desk::moment_text(at));
        return view! { <Desk title=t.sheet back><Notice kind=NoticeKind::Warning><p>{text}</p></Notice>{again}</Desk> }.into_any();
    }
    let Some(template) = sheet.template.filter(|_| !sheet.badges.is_empty()) else {
        let text = if sheet.is_over { t.is_over } else { t.is_empty };
        return view! { <Desk title=t.sheet back><Notice kind=NoticeKind::Warning><p>{text}</p></Notice></Desk> }.into_any();
    };
    let about = format!("{} · {}", template.name.get(locale), (t.count)(&i18n::number(locale, sheet.print.badges)));
    let class = format!("badges {}", template.layout.key());
    let frame = routes::badge_frame(&template.frame());
    let edition = sheet.edition.vi.clone();
    let pages = sheet
        .badges
        .chunks(template.per_page())
        .map(|badges| {
            let badges = badges.iter().map(|shown| badge(cx, &edition, &template, shown)).collect_view();
            view! { <div class="badge-page">{badges}</div> }
        })
        .collect_view();
    let kept = (t.shown_for)(verbs::SHOWN_FOR.num_minutes());
    let action = Page::BadgeSheet.at(locale, &sheet.print.id.to_string());
    view! {
        <Link rel="stylesheet" href=frame/>
        <Desk title=t.sheet back>
            <div class="badge-guide">
                <p>{about}</p>
                <p>{t.how}" "{kept}</p>
                <PrintButton label=t.print.to_owned() sent=t.sent.to_owned() action=action.clone() form=DONE.to_owned()/>
                <form id=DONE method="post" action=action><Button kind=ButtonKind::Second>{t.done}</Button></form>
                {again}
            </div>
            <section class=class aria-label=t.sheet>{pages}</section>
        </Desk>
    }
    .into_any()
}

/// The way to another print of the same badges, for one that failed.
fn again(cx: &RequestCx, sheet: &PrintSheet) -> AnyView {
    let t = &cx.texts().badges;
    let template = sheet.template.as_ref().map(|template| template.code.clone());
    let people =
        sheet.people.iter().map(|person| view! { <input type="hidden" name=field::PERSON value=person.to_string()/> }).collect_view();
    view! {
        <form class="stack" method="post" action=Page::Badges.path(cx.locale())>
            {people}
            <input type="hidden" name=field::TEMPLATE value=template/>
            <input type="hidden" name=field::REASON value=Reprint::Jam.key()/>
            <p>{t.failed}</p>
            <p><Button kind=ButtonKind::Second>{t.again}</Button></p>
        </form>
    }
    .into_any()
}

/// One badge. What is printed is Vietnamese, and English where the audience has an English name.
fn badge(cx: &RequestCx, edition: &str, template: &Template, badge: &Badge) -> AnyView {
    // Lines that grow longer are set smaller, in three steps that the style sheet knows.
    let size = match badge.full_name.chars().count() {
        ..=18 => "badge-name",
        19..=28 => "badge-name long",
        _ => "badge-name longer",
    };
    let kind = format!("badge-audience {}", badge.kind.key());
    let english =
        badge.audience.en.clone().filter(|name| *name != badge.audience.vi).map(|name| view! { <span lang="en">" · "{name}</span> });
    let event = template.tells(Line::Event).then(|| view! { <p class="badge-event">{edition.to_owned()}</p> });
    let organisation = template.tells(Line::Organisation).then(|| view! { <p class="badge-organisation">{badge.organisation.clone()}</p> });
    let audience = template.tells(Line::Audience).then(|| view! { <p class=kind>{badge.audience.vi.clone()}{english}</p> });
    let code = template
        .tells(Line::Code)
        .then(|| view! { <div class="badge-code"><Qr text=badge.code.as_str() label=cx.texts().badges.code/></div> });
    view! {
        <article class="badge" lang="vi">
            {event}
            <p class=size>{badge.full_name.clone()}</p>
            {organisation}
            {audience}
            {code}
        </article>
    }
    .into_any()
}
