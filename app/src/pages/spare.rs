//! The organisers' spare tickets: batches to make, to print and to void, and who used which.

use domain::{
    access::Action,
    ids::SpareBatchId,
    registration::{SpareOrder, VoidReason, field},
};
use leptos::prelude::*;
use services::registration::spare::{self, Batch, Listing, Used};

use super::{
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, ButtonKind, ButtonLink, Choice, DataTable, EmptyState, ErrorSummary, Notice, NoticeKind, Select, TextField},
    forms::ENTRY,
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
};

/// Query name of the batch that was just made.
pub const MADE: &str = "da-tao";

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::ManageSpareTickets)?;
            spare::listing(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |listing| {
        let t = &cx.texts().spare;
        let made = cx.query_value(MADE).and_then(|id| id.parse::<SpareBatchId>().ok()).filter(|_| cx.form.is_empty());
        let made = listing.batches.iter().find(|batch| Some(batch.id) == made).map(|batch| told(&cx, batch));
        let (batches, form, used) = (batches(&cx, &listing.batches), form(&cx, &listing), used(&cx, &listing));
        let action = view! { <ButtonLink href="#new">{t.new}</ButtonLink> }.into_any();
        view! { <Desk title=t.title action><p class="prose">{t.lead}</p>{made}{batches}{form}{used}</Desk> }.into_any()
    })
}

fn told(cx: &RequestCx, batch: &Batch) -> AnyView {
    let t = &cx.texts().spare;
    let href = Download::SpareTickets.at(cx.locale(), &batch.id.to_string());
    view! {
        <Notice kind=NoticeKind::Success>
            <p role="status">{t.made}</p>
            <p><ButtonLink href>{t.download}</ButtonLink></p>
        </Notice>
    }
    .into_any()
}

fn batches(cx: &RequestCx, batches: &[Batch]) -> AnyView {
    let t = &cx.texts().spare;
    if batches.is_empty() {
        return view! { <EmptyState text=t.none/> }.into_any();
    }
    let rows = batches.iter().map(|batch| row(cx, batch)).collect_view();
    let columns = [t.numbers, t.audience, t.made_by, t.used, t.left, t.voided, t.action].map(str::to_owned).into();
    view! { <DataTable caption=t.list id="batches" columns=columns>{rows}</DataTable> }.into_any()
}

fn row(cx: &RequestCx, batch: &Batch) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().spare;
    let number = |number: i64| i18n::number(locale, number);
    let numbers = format!("{}–{}", i18n::number(locale, batch.numbers.0), i18n::number(locale, batch.numbers.1));
    let why = batch.void.map(|(at, reason)| {
        view! { <span class="under">{(t.voided_at)(reason.name(locale), &desk::moment_text(at))}</span> }
    });
    let can_use = batch.left() > 0;
    let download = can_use.then(|| {
        let href = Download::SpareTickets.at(locale, &batch.id.to_string());
        view! { <p><a href=href>{t.download}<span class="visually-hidden">": "{numbers.clone()}</span></a></p> }
    });
    let void = can_use.then(|| void(cx, batch, numbers.clone()));
    view! {
        <tr>
            <th scope="row" class="nowrap">{numbers}</th>
            <td>{batch.audience.get(locale).to_owned()}</td>
            <td>{batch.by.clone()}<span class="under">{desk::moment(batch.at)}</span></td>
            <td>{number(batch.used)}</td>
            <td>{number(batch.left())}</td>
            <td>{number(batch.voided)}{why}</td>
            <td>{download}{void}</td>
        </tr>
    }
    .into_any()
}

/// Voiding is asked for once more, without a script: each button says why.
fn void(cx: &RequestCx, batch: &Batch, numbers: String) -> AnyView {
    let t = &cx.texts().spare;
    let action = Deed::VoidSpareTickets.at(cx.locale(), &batch.id.to_string());
    let buttons = VoidReason::ALL.map(|reason| {
        view! { <p><Button kind=ButtonKind::Danger name=VoidReason::FIELD value=reason.key()>{(t.void_as)(reason)}</Button></p> }
    });
    view! {
        <details>
            <summary>{t.void}<span class="visually-hidden">": "{numbers}</span></summary>
            <form method="post" action=action>
                <p>{t.void_about}</p>
                {buttons.into_iter().collect_view()}
            </form>
        </details>
    }
    .into_any()
}

fn form(cx: &RequestCx, listing: &Listing) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().spare;
    let choices = listing.audiences.iter().map(|(id, name)| Choice::new(id.to_string(), name.get(locale))).collect();
    let labels = vec![(field::AUDIENCE, t.audience), (SpareOrder::COUNT, t.count), (VoidReason::FIELD, t.void)];
    view! {
        <section class="stack narrow" aria-labelledby="new">
            <h2 id="new">{t.new}</h2>
            <ErrorSummary form=cx.form.clone() labels/>
            <form id=ENTRY class="form" method="post" action=Page::SpareTickets.path(locale)>
                <Select field=cx.form.field(field::AUDIENCE) label=t.audience choices/>
                <TextField
                    field=cx.form.field(SpareOrder::COUNT)
                    label=t.count
                    hint=t.count_hint
                    autocomplete="off"
                    inputmode="numeric"
                    maxlength=3_u32
                />
                <p><Button>{t.make}</Button></p>
            </form>
        </section>
    }
    .into_any()
}

fn used(cx: &RequestCx, listing: &Listing) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().spare;
    if listing.used.is_empty() {
        return view! { <section class="stack" aria-labelledby="used"><h2 id="used">{t.who}</h2><p class="muted">{t.nobody}</p></section> }
            .into_any();
    }
    let shown = i64::try_from(listing.used.len()).unwrap_or_default();
    let more = (shown < listing.total_used)
        .then(|| view! { <p>{(t.last_of)(&i18n::number(locale, shown), &i18n::number(locale, listing.total_used))}</p> });
    let rows = listing.used.iter().map(|used| used_row(cx, used)).collect_view();
    let columns = [t.number, t.holder, t.at].map(str::to_owned).into();
    view! {
        <section class="stack">
            {more}
            <DataTable caption=t.who id="used" columns=columns>{rows}</DataTable>
        </section>
    }
    .into_any()
}

fn used_row(cx: &RequestCx, used: &Used) -> AnyView {
    let holder = match &used.holder {
        Some((id, name)) => {
            let href = Page::Person.at(cx.locale(), &id.to_string());
            view! { <a class="plain" href=href>{name.clone()}</a> }.into_any()
        }
        None => view! { <span class="muted">{cx.texts().spare.gone}</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{i18n::number(cx.locale(), used.number)}</th>
            <td>{holder}</td>
            <td>{desk::moment(used.at)}</td>
        </tr>
    }
    .into_any()
}
