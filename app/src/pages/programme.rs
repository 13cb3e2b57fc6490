//! Home, the programme, and its sessions.

mod home;
mod list;
mod session;
mod timetable;

use domain::{
    programme::{Phase, phase},
    time::local_date,
};
use leptos::prelude::*;
use services::programme::SessionRow;

use crate::{
    components::{EmptyState, SampleMark},
    i18n,
    request::RequestCx,
    routes::Page,
    shell::PageHead,
};

pub use home::page as home;
pub use list::{DAY, PLACE, page as list};
pub use session::page as session;

/// In place of a page about the edition while there is none yet.
pub(super) fn preparing(cx: &RequestCx) -> AnyView {
    let t = cx.texts();
    view! {
        <PageHead title=t.common.site_name description=t.programme.preparing_text/>
        <div class="stack">
            <h1>{t.common.site_name}</h1>
            <EmptyState text=t.programme.preparing><p class="muted">{t.programme.preparing_text}</p></EmptyState>
        </div>
    }
    .into_any()
}

/// A session on the home page: when, what, where.
fn step(cx: &RequestCx, row: SessionRow) -> AnyView {
    let locale = cx.locale();
    let running = phase(row.starts_at, row.ends_at, cx.now) == Phase::Running;
    let day = (!running).then(|| i18n::date_short(locale, local_date(row.starts_at)));
    view! {
        <li class=if running { "step running" } else { "step" }>
            <p>
                <strong><time datetime=row.starts_at.to_rfc3339()>{i18n::time_range(row.starts_at, row.ends_at)}</time></strong>
                {day.map(|day| view! { <span class="muted">", "{day}</span> })}
            </p>
            <h3><a href=Page::Session.at(locale, &row.code)>{row.title.get(locale).to_owned()}</a></h3>
            <p class="muted">
                {row.room.get(locale).to_owned()}" · "{row.venue.get(locale).to_owned()}
                {row.sample.then(|| view! { " "<SampleMark/> })}
            </p>
        </li>
    }
    .into_any()
}
