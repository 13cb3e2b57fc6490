//! The inbox of conflicts, and the alert on every desk that tells whoever may settle them of open ones.

use chrono::{DateTime, Utc};
use domain::{access::Action, time::local};
use leptos::{nonce::use_nonce, prelude::*};
use services::checkin::conflicts::{self, Conflict, Inbox, Side};

use super::{
    board,
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, ButtonKind, EmptyState},
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Page},
};

/// The field that names what to settle about a scan.
pub const KIND: &str = "kind";
/// Where a page asks for the number of open conflicts.
pub const COUNT: &str = "/api/checkin/conflicts";

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::CorrectScans)?;
            conflicts::inbox(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |Inbox { open, settled }| {
        let t = &cx.texts().conflicts;
        let open = list(&cx, open, t.none_open);
        let settled = list(&cx, settled, t.none_settled);
        view! {
            <Desk title=t.title>
                <p class="prose">{t.lead}</p>
                <div class="stack" data-renew="asked">
                    <section class="stack" aria-labelledby="open" data-offered="">
                        <h2 id="open">{t.open}</h2>
                        {open}
                    </section>
                    <section class="stack" aria-labelledby="settled">
                        <h2 id="settled">{t.settled}</h2>
                        {settled}
                    </section>
                </div>
            </Desk>
        }
        .into_any()
    })
}

/// How many conflicts are open, for whoever is told of them; nothing for others.
pub async fn open(cx: &RequestCx) -> Option<i64> {
    if !cx.tells_conflicts() {
        return None;
    }
    Some(conflicts::open(&cx.services, &cx.actor).await.unwrap_or_default())
}

/// Tells on every desk how many conflicts are open: said when the number changes, seen as long as there are any. On the inbox
/// it offers those that are not on the page yet.
pub fn alert(cx: &RequestCx, open: i64) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().conflicts;
    let is_here = Page::find(&cx.path).is_some_and(|(page, ..)| page == Page::Conflicts);
    let way = if is_here {
        view! { <span data-offer=t.offer hidden>" "<span></span>" "<a href=Page::Conflicts.path(locale)>{t.show}</a></span> }.into_any()
    } else {
        view! { " "<a href=Page::Conflicts.path(locale)>{t.see}</a> }.into_any()
    };
    let source = format!("{COUNT}{}", locale.pick("", "?lang=en"));
    let name = board::name::CONFLICTS;
    view! {
        <div class="alert" data-some=name data-is=is(open) data-conflicts=source>
            <p role="status"><b><span data-live=name>{i18n::number(locale, open)}</span>" "{t.alert}"."</b>{way}</p>
        </div>
        {cx.renews().then(|| view! { <script r#type="module" src=cx.assets.renew.clone() nonce=use_nonce()></script> })}
    }
    .into_any()
}

/// The same number beside the area's name in the rail.
pub fn count(cx: &RequestCx, open: i64) -> AnyView {
    let name = board::name::CONFLICTS;
    view! { " "<span class="count" data-some=name data-is=is(open) data-live=name>{i18n::number(cx.locale(), open)}</span> }.into_any()
}

/// Whether there are some: what the style goes by, and scripts renew.
fn is(count: i64) -> &'static str {
    if count == 0 { "none" } else { "some" }
}

fn list(cx: &RequestCx, conflicts: Vec<Conflict>, none: &'static str) -> AnyView {
    if conflicts.is_empty() {
        return view! { <EmptyState text=none/> }.into_any();
    }
    let items = conflicts.into_iter().map(|conflict| one(cx, conflict)).collect_view();
    view! { <ul class="conflicts">{items}</ul> }.into_any()
}

fn one(cx: &RequestCx, conflict: Conflict) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().conflicts;
    let (kind, about) =
        if conflict.is_by_hand { (t.by_hand, t.by_hand_about) } else { ((t.kind)(conflict.kind), (t.about)(conflict.kind)) };
    let who = match &conflict.person {
        Some((id, name)) => view! { <a href=Page::Person.at(locale, &id.to_string())>{name.clone()}</a> }.into_any(),
        None => t.nobody.into_any(),
    };
    let verdict = (cx.texts().people.verdict)(conflict.verdict.key());
    let settle = match &conflict.settled {
        Some((at, by)) => {
            let by = by.as_deref().unwrap_or(t.program);
            let undone = conflict.is_undone.then(|| format!(" {}", t.undone));
            view! { <p class="muted">{(t.settled_by)(&desk::moment_text(*at), by)}{undone}</p> }.into_any()
        }
        None => settle(cx, &conflict),
    };
    let name = conflict.person.as_ref().map_or(t.nobody, |(_, name)| name);
    let label = format!("{kind}: {name}, {}", second(conflict.here.at));
    let sides = sides(cx, &conflict, label);
    let key = format!("{}-{}", conflict.scan, conflict.kind.key());
    view! {
        <li class="conflict stack" data-key=key>
            <h3>{kind}</h3>
            <p><b>{who}</b>" · "{t.rule}" "{verdict}". "{about}</p>
            {sides}
            {settle}
        </li>
    }
    .into_any()
}

/// The scan and, where another one counts, that beside it.
fn sides(cx: &RequestCx, conflict: &Conflict, label: String) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().conflicts;
    let names = [t.checkpoint, t.device, t.device_at, t.at, t.received_at];
    let values = |side: &Side| {
        let device = side.device.clone().unwrap_or_else(|| t.unknown.to_owned());
        [side.checkpoint.get(locale).to_owned(), device, second(side.device_at), second(side.at), second(side.received_at)]
    };
    let counting = conflict.counts.as_ref().map_or_else(Vec::new, |side| values(side).into());
    let rows = names
        .into_iter()
        .zip(values(&conflict.here))
        .enumerate()
        .map(|(place, (name, here))| {
            let counting = counting.get(place).cloned().map(|value| view! { <td>{value}</td> });
            view! { <tr><th scope="row">{name}</th><td>{here}</td>{counting}</tr> }
        })
        .collect_view();
    let brought_by = conflict.brought_by.clone().map(|name| {
        let counting = conflict.counts.is_some().then(|| view! { <td></td> });
        view! { <tr><th scope="row">{t.brought_by}</th><td>{name}</td>{counting}</tr> }
    });
    let counting = conflict.counts.is_some().then(|| view! { <th scope="col">{t.counting}</th> });
    view! {
        <div class="table" role="region" aria-label=label tabindex="0">
            <table>
                <thead><tr><th scope="col">{t.fact}</th><th scope="col">{t.this_scan}</th>{counting}</tr></thead>
                <tbody>{rows}{brought_by}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Of two gates the seconds tell which was first.
fn second(at: DateTime<Utc>) -> String {
    local(at).format("%H:%M:%S %d/%m").to_string()
}

fn settle(cx: &RequestCx, conflict: &Conflict) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().conflicts;
    let (id, kind) = (conflict.scan.to_string(), conflict.kind.key());
    let undo = conflict.may_be_undone().then(|| {
        view! {
            <details>
                <summary>{t.undo}</summary>
                <form method="post" action=Deed::UndoConflict.at(locale, &id)>
                    <p class="muted">{t.undo_about}</p>
                    <p><Button kind=ButtonKind::Danger>{t.undo}</Button></p>
                </form>
            </details>
        }
    });
    view! {
        <div class="actions">
            <form method="post" action=Deed::AcceptConflict.at(locale, &id)>
                <input type="hidden" name=KIND value=kind/>
                <Button kind=ButtonKind::Second>{t.accept}</Button>
            </form>
            {undo}
        </div>
    }
    .into_any()
}
