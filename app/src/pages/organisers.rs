//! The organisers' desk: arrivals, registrations, dossiers; and reviewing a dossier.

use domain::{
    access::Action,
    showcase::{State, field},
};
use leptos::prelude::*;
use services::{
    checkin::{self, CheckpointCount},
    registration::{self, Occupancy},
    showcase::{self, Dossier},
};

use super::{
    desk::{self, Desk},
    dossier::DossierView,
    loaded,
};
use crate::{
    api::checkin::ArrivalNumbers,
    components::{Button, ButtonKind, ButtonLink, DataTable, EmptyState, ErrorSummary, Notice, Stat, StatNumbers, TextArea},
    forms::ENTRY,
    i18n,
    islands::arrivals::{ADMITTED, Arrivals, ArrivalsTexts, SCANS},
    request::request,
    routes::{Deed, Page},
};

/// What the desk shows.
struct Overview {
    counts: Vec<CheckpointCount>,
    seats: Vec<Occupancy>,
    dossiers: Vec<Dossier>,
}

/// The overview.
pub fn overview() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::SeeOrganiserDesk)?;
            Ok::<_, services::Error>(Overview {
                counts: checkin::counts(&cx.services, &cx.actor).await?,
                seats: registration::numbers(&cx.services, &cx.actor).await?,
                dossiers: showcase::dossiers(&cx.services, &cx.actor).await?,
            })
        }
    };
    loaded(load, move |Overview { counts, seats, dossiers }| {
        let t = &cx.texts().organisers;
        if cx.edition.is_none() {
            return view! { <Desk title=t.title><EmptyState text=t.no_edition/></Desk> }.into_any();
        }
        let in_state = |state| i64::try_from(dossiers.iter().filter(|dossier| dossier.state == state).count()).unwrap_or(i64::MAX);
        let stats = vec![
            Stat { number: seats.iter().map(|row| i64::from(row.taken)).sum(), text: t.registered.to_owned() },
            Stat { number: in_state(State::Submitted), text: t.to_review.to_owned() },
            Stat { number: in_state(State::Published), text: t.published.to_owned() },
        ];
        let pair = view! {
            <ButtonLink href=Page::Devices.path(cx.locale()) kind=ButtonKind::Second>{t.pair}</ButtonLink>
        };
        view! {
            <Desk title=t.title action=pair.into_any()>
                <StatNumbers stats/>
                <ArrivalsTable counts/>
                <SeatsTable seats/>
                <DossiersTable dossiers/>
            </Desk>
        }
        .into_any()
    })
}

/// Arrivals by checkpoint; the island renews the numbers.
#[component]
fn ArrivalsTable(counts: Vec<CheckpointCount>) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().organisers;
    if counts.is_empty() {
        return view! { <EmptyState text=t.no_checkpoints/> }.into_any();
    }
    let written = ArrivalNumbers::written(locale, cx.now, &counts);
    let rows = counts
        .iter()
        .zip(written.rows)
        .map(|(count, row)| {
            view! {
                <tr data-checkpoint=row.id>
                    <th scope="row">{count.name.get(locale).to_owned()}</th>
                    <td class=format!("number {ADMITTED}")>{row.admitted}</td>
                    <td class=format!("number {SCANS}")>{row.scans}</td>
                </tr>
            }
        })
        .collect_view();
    let texts = ArrivalsTexts {
        still: (t.arrivals_at)(&written.at),
        at: written.at,
        live: t.arrivals_live.to_owned(),
        stale: t.arrivals_stale.to_owned(),
    };
    let columns = [t.checkpoint, t.admitted, t.scans].map(str::to_owned).into();
    view! {
        <section>
            <DataTable caption=t.arrivals id="arrivals" columns=columns numbers_from=1>{rows}</DataTable>
            <Arrivals locale=locale texts=texts/>
        </section>
    }
    .into_any()
}

/// Registrations by audience; audiences that share their seats share a row.
#[component]
fn SeatsTable(seats: Vec<Occupancy>) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().organisers;
    if seats.is_empty() {
        return view! { <EmptyState text=t.no_audiences/> }.into_any();
    }
    let number = |number: i32| i18n::number(locale, number);
    let rows = seats
        .iter()
        .map(|row| {
            let names = row.audiences.iter().map(|name| name.get(locale)).collect::<Vec<_>>().join(", ");
            view! {
                <tr>
                    <th scope="row">{names}</th>
                    <td class="number">{number(row.taken)}</td>
                    <td class="number">{row.size.map_or_else(|| t.unlimited.to_owned(), number)}</td>
                    <td class="number">{row.size.map(|size| number(size - row.taken))}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.audience, t.seats_taken, t.seats, t.seats_left].map(str::to_owned).into();
    view! { <DataTable caption=t.registrations id="registrations" columns=columns numbers_from=1>{rows}</DataTable> }.into_any()
}

/// The dossiers that were submitted: first those that wait for the organisers.
#[component]
fn DossiersTable(dossiers: Vec<Dossier>) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let (t, labels) = (&cx.texts().organisers, &cx.texts().departments);
    if dossiers.is_empty() {
        return view! { <EmptyState text=t.no_dossiers/> }.into_any();
    }
    let rows = by_urgency(dossiers)
        .iter()
        .map(|dossier| {
            let (title, lang) = desk::title_of(locale, dossier);
            view! {
                <tr>
                    <td>{desk::state_mark(locale, dossier.state)}</td>
                    <th scope="row"><a href=Page::Review.at(locale, &dossier.id.to_string()) lang=lang>{title}</a></th>
                    <td>{dossier.organisation.get(locale).to_owned()}</td>
                    <td class="nowrap">{dossier.number.clone()}</td>
                    <td>{desk::moment(dossier.updated_at)}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = [labels.state, labels.model, labels.organisation, labels.number, labels.changed].map(str::to_owned).into();
    view! { <DataTable caption=t.dossiers id="dossiers" columns=columns>{rows}</DataTable> }.into_any()
}

/// What waits for the organisers, what waits for departments, what is done; the order inside each stays.
fn by_urgency(mut dossiers: Vec<Dossier>) -> Vec<Dossier> {
    dossiers.sort_by_key(|dossier| match dossier.state {
        State::Submitted => 0,
        State::Returned => 1,
        State::Published => 2,
        State::Draft => 3,
    });
    dossiers
}

/// One dossier and the decision on it. `parameter` is its id.
pub fn review(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::SeeOrganiserDesk)?;
            showcase::dossier(&cx.services, &cx.actor, id?).await
        }
    };
    loaded(load, move |dossier| {
        let locale = cx.locale();
        let t = &cx.texts().organisers;
        let back = (Page::Organisers.path(locale).to_owned(), t.back_to_desk);
        view! {
            <Desk title=desk::title_of(locale, &dossier).0 back>
                <ErrorSummary form=cx.form.clone() labels=vec![(field::REASON, t.reason)]/>
                <div class="review">
                    <DossierView dossier=dossier.clone()/>
                    <section class="decision stack" aria-labelledby="decision">
                        <h2 id="decision">{t.decision}</h2>
                        <Decision dossier/>
                    </section>
                </div>
            </Desk>
        }
        .into_any()
    })
}

/// What can be decided in the dossier's state, and nothing else.
#[component]
fn Decision(dossier: Dossier) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().organisers;
    let id = dossier.id.to_string();
    match dossier.state {
        State::Draft => ().into_any(),
        State::Submitted => view! {
            <form class="stack" method="post" action=Deed::PublishDossier.at(locale, &id)>
                <h3>{t.publish_title}</h3>
                <p class="hint">{t.publish_hint}</p>
                <Button>{t.publish}</Button>
            </form>
            <form id=ENTRY class="stack" method="post" action=Deed::ReturnDossier.at(locale, &id)>
                <h3>{t.return_title}</h3>
                <TextArea field=cx.form.field(field::REASON) label=t.reason hint=t.reason_hint rows=5/>
                <Button kind=ButtonKind::Danger>{t.send_back}</Button>
            </form>
        }
        .into_any(),
        State::Returned => view! {
            <Notice><p>{t.returned}</p></Notice>
            {dossier.return_reason.map(|reason| view! {
                <h3>{t.returned_reason}</h3>
                <p class="dossier-text">{reason}</p>
            })}
        }
        .into_any(),
        State::Published => view! {
            {dossier.slug.map(|slug| view! { <p><a href=Page::Model.at(locale, &slug)>{t.see_published}</a></p> })}
            <form class="stack" method="post" action=Deed::WithdrawDossier.at(locale, &id)>
                <h3>{t.withdraw_title}</h3>
                <p class="hint">{t.withdraw_hint}</p>
                <Button kind=ButtonKind::Danger>{t.withdraw}</Button>
            </form>
        }
        .into_any(),
    }
}
