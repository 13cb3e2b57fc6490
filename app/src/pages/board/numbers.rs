//! The numbers of the board, in the markup that its island keeps fresh.

use leptos::prelude::*;

use super::{
    STREAM,
    frame::{HEIGHT, WIDTH, name},
};
use crate::{
    api::checkin::board::BoardFrame,
    islands::board::{LiveBoard, LiveBoardTexts},
    request::RequestCx,
};

pub(super) fn figures(cx: &RequestCx, frame: &BoardFrame) -> AnyView {
    let t = &cx.texts().board;
    let figure = |name: &'static str| view! { <span data-live=name>{frame.text(name)}</span> };
    view! {
        <dl class="stats figures">
            <div class="first">
                <dt>{t.arrived_of}" "{figure(name::REGISTERED)}" "{t.registered}" ("{figure(name::PERCENT)}")"</dt>
                <dd>{figure(name::ARRIVED)}</dd>
            </div>
            <div><dt>{t.inside}</dt><dd>{figure(name::INSIDE)}</dd></div>
            <div><dt>{t.rate}</dt><dd>{figure(name::RATE)}</dd></div>
            <div><dt>{t.waiting}</dt><dd>{figure(name::WAITING)}</dd></div>
        </dl>
    }
    .into_any()
}

/// How old the numbers are, the way to newer ones, and the island that brings them.
pub(super) fn freshness(cx: &RequestCx, frame: &BoardFrame) -> AnyView {
    let t = &cx.texts().board;
    view! {
        <p class="hint">
            {t.numbers_of}" "<span data-live=name::AT>{frame.text(name::AT)}</span>". "
            {live(cx)}" "
            <a href=cx.address()>{t.refresh}</a>
        </p>
    }
    .into_any()
}

fn live(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().board;
    let locale = cx.locale();
    let source = format!("{STREAM}{}", locale.pick("", "?lang=en"));
    let texts = LiveBoardTexts {
        still: t.still.to_owned(),
        live: t.live.to_owned(),
        slow: t.slow.to_owned(),
        stale: t.stale.to_owned(),
        ended: t.ended.to_owned(),
    };
    view! { <LiveBoard locale source texts/> }.into_any()
}

/// Bars, and the same as a table.
pub(super) fn chart(cx: &RequestCx, frame: &BoardFrame, chart: &'static str, title: &'static str) -> AnyView {
    let t = &cx.texts().board;
    let label = |end: &str| {
        let name = format!("{chart}-{end}");
        view! { <span data-live=name.clone()>{frame.text(&name)}</span> }
    };
    let id = format!("chart-{chart}");
    let labelled_by = id.clone();
    view! {
        <figure class="chart" aria-labelledby=labelled_by>
            <figcaption id=id><b>{title}</b>". "{t.most}" "{label("most")}</figcaption>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                <path data-live=chart d=frame.path(chart)></path>
            </svg>
            <p class="axis" aria-hidden="true">{label("from")}{label("to")}</p>
            <details>
                <summary>{t.as_table}</summary>
                {table(frame, chart, title, &[t.minute, t.arrived])}
            </details>
        </figure>
    }
    .into_any()
}

/// The sessions behind doors; nothing on a day without any.
pub(super) fn sessions(cx: &RequestCx, frame: &BoardFrame) -> Option<AnyView> {
    let t = &cx.texts().board;
    let columns = [t.session, t.seated, t.admitted, t.late, t.in_room];
    (!frame.table(name::SESSIONS).is_empty()).then(|| table(frame, name::SESSIONS, t.by_session, &columns))
}

/// A heading and numbers in each row.
pub(super) fn table(frame: &BoardFrame, name: &'static str, caption: &'static str, columns: &[&'static str]) -> AnyView {
    let caption_id = format!("{name}-caption");
    let labelled_by = caption_id.clone();
    let heading =
        columns.iter().enumerate().map(|(at, column)| view! { <th scope="col" class=(at > 0).then_some("number")>{*column}</th> });
    let rows = frame.table(name).into_iter().map(|row| {
        let mut cells = row.into_iter();
        view! {
            <tr>
                <th scope="row">{cells.next()}</th>
                {cells.map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table" role="region" aria-labelledby=labelled_by tabindex="0">
            <table>
                <caption id=caption_id>{caption}</caption>
                <thead><tr>{heading.collect_view()}</tr></thead>
                <tbody data-live=name>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
