//! Raffles: what is published of one, for anybody, and the organisers' steps.

use chrono::{DateTime, Utc};
use domain::raffle::{Freeze, Seed, SeedSource, Stage, StampedBy};
use leptos::prelude::*;
use services::checkin::raffle::{self, Holder, Place, Raffle, WaitingPhone};

use super::{desk, loaded};
use crate::{
    components::{
        Button, ButtonKind, ButtonLink, CheckboxField, DataTable, EmptyState, ErrorSummary, Icon, Notice, NoticeKind, Shape, TextField,
    },
    forms::{FieldView, FormState},
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

/// Name of the hidden field with the raffle's code, where its list is frozen and where it is drawn: the page shows the refused form at
/// its own raffle.
pub const RAFFLE: &str = "raffle";

/// A raffle, for anybody.
pub fn page(code: &str) -> AnyView {
    let cx = request();
    let (services, code) = (cx.services.clone(), code.to_owned());
    let load = async move { raffle::raffle(&services, &code).await };
    loaded(load, move |(raffle, places)| {
        let locale = cx.locale();
        let t = &cx.texts().raffles;
        let name = raffle.name.get(locale).to_owned();
        let (facts, standing) = (facts(&cx, &raffle, "entered"), standing(&cx, &raffle));
        let list = raffle.list.is_some().then(|| {
            let href = Download::RaffleList.at(locale, &raffle.code);
            view! { <p><ButtonLink href kind=ButtonKind::Second><Icon shape=Shape::Download/>{t.save_list}</ButtonLink></p> }
        });
        let results = raffle.drawn.is_some().then(|| {
            let rows = places.into_iter().map(|place| {
                let who = tail(&cx, &place).into_any();
                (place, who)
            });
            results(&cx, &raffle, rows.collect())
        });
        view! {
            <PageHead title=name.clone()/>
            <article class="reading">
                <h1>{name}</h1>
                {standing}
                {facts}
                {list}
                {results}
                <section class="stack">
                    <h2>{t.method}</h2>
                    {raffle.source.is_some().then(|| view! { <p>{t.method_source}</p> })}
                    <p>{t.method_text}</p>
                </section>
            </article>
        }
        .into_any()
    })
}

/// A raffle for organisers: how it stands, the next step, and who has won. `waiting` are the phones whose scans a list would leave out.
pub fn one(cx: &RequestCx, raffle: &Raffle, places: Vec<(Place, Holder)>, waiting: &[WaitingPhone]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().raffles;
    let (facts, standing) = (facts(cx, raffle, "dossier-facts"), standing(cx, raffle));
    let step = match (raffle.stage(cx.now), &raffle.source) {
        (Stage::Closed, _) => Some(freeze(cx, raffle, waiting)),
        (Stage::Due, Some(source)) => Some(draw(cx, raffle, source)),
        (Stage::Late | Stage::Sourceless, _) => Some(view! { <p class="prose">{t.name_source}</p> }.into_any()),
        _ => None,
    };
    let results = raffle.drawn.is_some().then(|| {
        let rows = places.into_iter().map(|(place, holder)| {
            let who = named(cx, &place, holder);
            (place, who)
        });
        results(cx, raffle, rows.collect())
    });
    let id = format!("raffle-{}", raffle.code);
    let labelled_by = id.clone();
    view! {
        <section class="stack" aria-labelledby=labelled_by>
            <h3 id=id>{raffle.name.get(locale).to_owned()}</h3>
            {standing}
            {facts}
            {step}
            {results}
            <p><a href=Page::Raffle.at(locale, &raffle.code)>{t.public_page}</a></p>
        </section>
    }
    .into_any()
}

/// The form of a raffle's next step: what was posted to this one, or nothing.
fn posted(cx: &RequestCx, raffle: &Raffle) -> FormState {
    if cx.form.values.get(RAFFLE) == raffle.code { cx.form.clone() } else { FormState::default() }
}

/// A field of that form. Only the refused form has the ids that its summary leads to.
fn field(raffle: &Raffle, form: &FormState, name: &str) -> FieldView {
    let field = form.field(name);
    if form.errors.is_empty() { field.with_id(format!("{}-{name}", raffle.code)) } else { field }
}

fn freeze(cx: &RequestCx, raffle: &Raffle, waiting: &[WaitingPhone]) -> AnyView {
    let t = &cx.texts().raffles;
    let form = posted(cx, raffle);
    let waits = (!waiting.is_empty()).then(|| {
        let field = field(raffle, &form, Freeze::WHILE_WAITING);
        view! { {phones(cx, raffle, waiting)}<CheckboxField field label=t.while_waiting/> }
    });
    view! {
        <form class="form" method="post" action=Deed::FreezeRaffle.at(cx.locale(), &raffle.code)>
            <ErrorSummary form=form.clone() labels=vec![(Freeze::WHILE_WAITING, t.while_waiting)]/>
            <p>{t.freeze_about}</p>
            <input type="hidden" name=RAFFLE value=raffle.code.clone()/>
            {waits}
            <p><Button>{t.freeze}</Button></p>
        </form>
    }
    .into_any()
}

/// The phones whose scans would not count.
fn phones(cx: &RequestCx, raffle: &Raffle, waiting: &[WaitingPhone]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().raffles;
    let rows = waiting
        .iter()
        .map(|phone| {
            let checkpoint = phone.checkpoint.as_ref().map(|name| name.get(locale).to_owned());
            view! {
                <tr>
                    <th scope="row">{phone.name.clone()}</th>
                    <td>{checkpoint}</td>
                    <td>{desk::moment(phone.heard_at)}</td>
                    <td class="number">{i18n::number(locale, phone.scans)}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.phone, t.checkpoint, t.heard_at, t.scans_waiting].map(str::to_owned).into();
    view! {
        <p>{t.waiting_about}</p>
        <DataTable caption=t.waiting id=format!("{}-waiting", raffle.code) columns=columns numbers_from=3>{rows}</DataTable>
    }
    .into_any()
}

fn draw(cx: &RequestCx, raffle: &Raffle, source: &SeedSource) -> AnyView {
    let t = &cx.texts().raffles;
    let form = posted(cx, raffle);
    let labels = [(Seed::NUMBER, t.seed), (Seed::CONFIRM, t.confirm)];
    let hint = (t.seed_hint)(&i18n::number(cx.locale(), source.digits), source.name.get(cx.locale()));
    view! {
        <form class="form" method="post" action=Deed::DrawRaffle.at(cx.locale(), &raffle.code)>
            <ErrorSummary form=form.clone() labels=labels.to_vec()/>
            <p>{t.draw_about}</p>
            <input type="hidden" name=RAFFLE value=raffle.code.clone()/>
            <TextField field=field(raffle, &form, Seed::NUMBER) label=t.seed hint inputmode="numeric" autocomplete="off"/>
            <CheckboxField field=field(raffle, &form, Seed::CONFIRM) label=t.confirm/>
            <p><Button>{t.draw}</Button></p>
        </form>
    }
    .into_any()
}

/// Where it stands, in a sentence.
fn standing(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let t = &cx.texts().raffles;
    let at = |at: Option<DateTime<Utc>>| at.map(desk::moment_text).unwrap_or_default();
    let (kind, text) = match raffle.stage(cx.now) {
        Stage::Open => (NoticeKind::Info, t.open.to_owned()),
        Stage::Closed => (NoticeKind::Info, t.to_freeze.to_owned()),
        Stage::Late => (NoticeKind::Warning, t.late.to_owned()),
        Stage::Sourceless => (NoticeKind::Warning, t.sourceless.to_owned()),
        Stage::Frozen => (NoticeKind::Info, (t.to_wait)(&at(raffle.source.as_ref().map(|source| source.at)))),
        Stage::Due => (NoticeKind::Info, t.to_draw.to_owned()),
        Stage::Drawn => (NoticeKind::Success, format!("{}: {}.", t.drawn, at(raffle.drawn.as_ref().map(|drawn| drawn.at)))),
    };
    view! { <Notice kind><p>{text}</p></Notice> }.into_any()
}

/// What there is to know of it; `class` is the list's, by the sheet of the page.
fn facts(cx: &RequestCx, raffle: &Raffle, class: &'static str) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().raffles;
    let number = |number: i32| i18n::number(locale, number);
    let mut rows = vec![(t.closes, desk::moment_text(raffle.closes_at)), (t.winners_number, number(raffle.winners))];
    match (&raffle.source, &raffle.drawn) {
        (Some(source), _) => rows.extend([
            (t.source, source.name.get(locale).to_owned()),
            (t.digits, i18n::number(locale, source.digits)),
            (t.public_at, desk::moment_text(source.at)),
            (t.named_at, desk::moment_text(source.named_at)),
        ]),
        (None, None) => rows.push((t.source, t.not_named.to_owned())),
        (None, Some(drawn)) => rows.extend(drawn.typed_source.clone().map(|source| (t.typed_source, source))),
    }
    if let Some(list) = &raffle.list {
        rows.extend([(t.frozen, desk::moment_text(list.at)), (t.entrants, number(list.entrants)), (t.digest, list.digest.clone())]);
    }
    rows.extend(raffle.drawn.as_ref().map(|drawn| (t.seed, drawn.seed.0.clone())));
    let by_steward = (raffle.stamped_by == StampedBy::Steward).then(|| format!(" {}", t.by_steward));
    let rows = rows
        .into_iter()
        .map(|(name, value)| {
            let value = if name == t.digest { view! { <code class="copied">{value}</code> }.into_any() } else { value.into_any() };
            view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
        })
        .collect_view();
    view! { <p>{(t.who)(&number(raffle.stamps))}{by_steward}</p><dl class=class>{rows}</dl> }.into_any()
}

/// The last characters of the short code.
fn tail(cx: &RequestCx, place: &Place) -> String {
    place.tail.as_ref().map_or_else(|| cx.texts().raffles.erased.to_owned(), |tail| format!("…{tail}"))
}

/// The name, which leads to the person's page, and the last characters of the short code.
fn named(cx: &RequestCx, place: &Place, holder: Holder) -> AnyView {
    let tail = tail(cx, place);
    match holder {
        Some((id, name)) => {
            let href = Page::Person.at(cx.locale(), &id.to_string());
            view! { <a href=href>{name}</a>" · "{tail} }.into_any()
        }
        None => tail.into_any(),
    }
}

/// Who has won and who is next, each with what is told of the holder.
fn results(cx: &RequestCx, raffle: &Raffle, places: Vec<(Place, AnyView)>) -> AnyView {
    let t = &cx.texts().raffles;
    let (winners, reserves): (Vec<_>, Vec<_>) = places.into_iter().partition(|(place, _)| place.place <= raffle.winners);
    if winners.is_empty() {
        return view! { <EmptyState text=t.nobody/> }.into_any();
    }
    let id = |of: &str| format!("{}-{of}", raffle.code);
    let reserves = (!reserves.is_empty()).then(|| table(cx, t.reserves, id("reserves"), reserves));
    view! { {table(cx, t.winners, id("winners"), winners)}{reserves} }.into_any()
}

fn table(cx: &RequestCx, caption: &'static str, id: String, places: Vec<(Place, AnyView)>) -> AnyView {
    let t = &cx.texts().raffles;
    let rows = places
        .into_iter()
        .map(|(place, who)| {
            let code = place.entrant.to_string();
            view! {
                <tr>
                    <th scope="row">{i18n::number(cx.locale(), place.place)}</th>
                    <td>{who}</td>
                    <td><code class="copied">{code}</code></td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.place, t.holder, t.entrant].map(str::to_owned).into();
    view! { <DataTable caption id columns=columns>{rows}</DataTable> }.into_any()
}
