//! Raffles: what is published of one, for anybody, and the organisers' steps.

use domain::{
    access::Action,
    raffle::{Seed, StampedBy},
};
use leptos::prelude::*;
use services::checkin::raffle::{self, Place, Raffle};

use super::{
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{
        Button, ButtonKind, ButtonLink, CheckboxField, DataTable, EmptyState, ErrorSummary, Icon, Notice, NoticeKind, Shape, TextField,
    },
    forms::FormState,
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
    shell::PageHead,
};

/// Name of the draw's hidden field with the raffle's code: the page shows the refused form at its own raffle.
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
        let (facts, standing) = (facts(&cx, &raffle), standing(&cx, &raffle));
        let list = raffle.list.is_some().then(|| {
            let href = Download::RaffleList.at(locale, &raffle.code);
            view! { <p><ButtonLink href kind=ButtonKind::Second><Icon shape=Shape::Download/>{t.save_list}</ButtonLink></p> }
        });
        let results = raffle.drawn.is_some().then(|| results(&cx, &raffle, places));
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
                    <p>{t.method_text}</p>
                </section>
            </article>
        }
        .into_any()
    })
}

/// All raffles, for organisers.
pub fn organisers() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::HoldRaffles)?;
            raffle::raffles(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |raffles| {
        let t = &cx.texts().raffles;
        let content = if raffles.is_empty() {
            view! { <EmptyState text=t.none/> }.into_any()
        } else {
            raffles.into_iter().map(|raffle| one(&cx, &raffle)).collect_view().into_any()
        };
        view! { <Desk title=t.title moved_on=t.moved_on><p class="prose">{t.lead}</p>{content}</Desk> }.into_any()
    })
}

fn one(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().raffles;
    let (facts, standing) = (facts(cx, raffle), standing(cx, raffle));
    let step = match (&raffle.list, &raffle.drawn) {
        (None, _) if cx.now >= raffle.closes_at => Some(freeze(cx, raffle)),
        (Some(_), None) => Some(draw(cx, raffle)),
        _ => None,
    };
    let id = format!("raffle-{}", raffle.code);
    let labelled_by = id.clone();
    view! {
        <section class="stack" aria-labelledby=labelled_by>
            <h2 id=id>{raffle.name.get(locale).to_owned()}</h2>
            {standing}
            {facts}
            {step}
            <p><a href=Page::Raffle.at(locale, &raffle.code)>{t.public_page}</a></p>
        </section>
    }
    .into_any()
}

fn freeze(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let t = &cx.texts().raffles;
    view! {
        <form class="form" method="post" action=Deed::FreezeRaffle.at(cx.locale(), &raffle.code)>
            <p>{t.freeze_about}</p>
            <p><Button>{t.freeze}</Button></p>
        </form>
    }
    .into_any()
}

fn draw(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let t = &cx.texts().raffles;
    let form = if cx.form.values.get(RAFFLE) == raffle.code { cx.form.clone() } else { FormState::default() };
    let is_refused = !form.errors.0.is_empty();
    // Only the refused form has the ids that its summary leads to.
    let field = |name: &str| {
        let field = form.field(name);
        if is_refused { field } else { field.with_id(format!("{}-{name}", raffle.code)) }
    };
    let labels = [(Seed::NUMBER, t.seed), (Seed::SOURCE, t.source), (Seed::CONFIRM, t.confirm)];
    view! {
        <form class="form" method="post" action=Deed::DrawRaffle.at(cx.locale(), &raffle.code)>
            <ErrorSummary form=form.clone() labels=labels.to_vec()/>
            <p>{t.draw_about}</p>
            <input type="hidden" name=RAFFLE value=raffle.code.clone()/>
            <TextField field=field(Seed::NUMBER) label=t.seed hint=t.seed_hint/>
            <TextField field=field(Seed::SOURCE) label=t.source hint=t.source_hint/>
            <CheckboxField field=field(Seed::CONFIRM) label=t.confirm/>
            <p><Button>{t.draw}</Button></p>
        </form>
    }
    .into_any()
}

/// Where it stands, in a sentence.
fn standing(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let t = &cx.texts().raffles;
    let (kind, text) = match (&raffle.list, &raffle.drawn) {
        (_, Some(drawn)) => (NoticeKind::Success, format!("{}: {}.", t.drawn, desk::moment_text(drawn.at))),
        (Some(_), None) => (NoticeKind::Info, t.to_draw.to_owned()),
        (None, _) if cx.now >= raffle.closes_at => (NoticeKind::Info, t.to_freeze.to_owned()),
        (None, _) => (NoticeKind::Info, t.open.to_owned()),
    };
    view! { <Notice kind><p>{text}</p></Notice> }.into_any()
}

fn facts(cx: &RequestCx, raffle: &Raffle) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().raffles;
    let number = |number: i32| i18n::number(locale, number);
    let mut rows = vec![(t.closes, desk::moment_text(raffle.closes_at)), (t.winners_number, number(raffle.winners))];
    if let Some(list) = &raffle.list {
        rows.extend([(t.frozen, desk::moment_text(list.at)), (t.entrants, number(list.entrants)), (t.digest, list.digest.clone())]);
    }
    if let Some(drawn) = &raffle.drawn {
        rows.extend([(t.seed, drawn.seed.number.clone()), (t.source, drawn.seed.source.clone())]);
    }
    let by_steward = (raffle.stamped_by == StampedBy::Steward).then(|| format!(" {}", t.by_steward));
    let rows = rows
        .into_iter()
        .map(|(name, value)| {
            let value = if name == t.digest { view! { <code class="copied">{value}</code> }.into_any() } else { value.into_any() };
            view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
        })
        .collect_view();
    view! { <p>{(t.who)(&number(raffle.stamps))}{by_steward}</p><dl class="entered">{rows}</dl> }.into_any()
}

fn results(cx: &RequestCx, raffle: &Raffle, places: Vec<Place>) -> AnyView {
    let t = &cx.texts().raffles;
    let (winners, reserves): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.place <= raffle.winners);
    if winners.is_empty() {
        return view! { <EmptyState text=t.nobody/> }.into_any();
    }
    let reserves = (!reserves.is_empty()).then(|| table(cx, t.reserves, "reserves", reserves));
    view! { {table(cx, t.winners, "winners", winners)}{reserves} }.into_any()
}

fn table(cx: &RequestCx, caption: &'static str, id: &'static str, places: Vec<Place>) -> AnyView {
    let t = &cx.texts().raffles;
    let rows = places
        .into_iter()
        .map(|place| {
            let person = place.person.map_or_else(|| t.erased.to_owned(), |(name, tail)| format!("{name} · …{tail}"));
            let code = place.entrant.to_string();
            view! {
                <tr>
                    <th scope="row">{i18n::number(cx.locale(), place.place)}</th>
                    <td>{person}</td>
                    <td><code class="copied">{code}</code></td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.place, t.holder, t.entrant].map(str::to_owned).into();
    view! { <DataTable caption id columns=columns>{rows}</DataTable> }.into_any()
}
