//! The inbox of conflicts, and the alert on every desk that tells whoever may settle them of open ones.

use chrono::{DateTime, Utc};
use domain::{access::Action, checkin::Standing, time::local};
use leptos::{nonce::use_nonce, prelude::*};
use services::checkin::conflicts::{self, COUNTED_MAX, Conflict, ConflictKey, ConflictKind, Inbox, Listed, Side};

use super::{
    board,
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{Button, ButtonKind, EmptyState},
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Page, with_query},
};

/// Query names, the same in both languages: the conflict after which the page of a list begins.
pub mod query {
    pub const OPEN_AFTER: &str = "sau";
    pub const SETTLED_AFTER: &str = "da-xu-ly-sau";
}

/// The field that names what to settle about a scan.
pub const KIND: &str = "kind";
/// Where a page asks for the number of open conflicts.
pub const COUNT: &str = "/api/checkin/conflicts";

pub fn page() -> AnyView {
    let cx = request();
    let (open_after, settled_after) = (asked(&cx, query::OPEN_AFTER), asked(&cx, query::SETTLED_AFTER));
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::CorrectScans)?;
            conflicts::inbox(&cx.services, &cx.actor, open_after, settled_after).await
        }
    };
    loaded(load, move |Inbox { count, open, settled }| {
        let t = &cx.texts().conflicts;
        let count = i18n::number(cx.locale(), count);
        let open = list(&cx, open, t.none_open, query::OPEN_AFTER);
        let settled = list(&cx, settled, t.none_settled, query::SETTLED_AFTER);
        view! {
            <Desk title=t.title>
                <p class="prose">{t.lead}</p>
                <div class="stack" data-renew="asked">
                    <section class="stack" aria-labelledby="open" data-offered="">
                        <h2 id="open">{t.open}" ("<span data-live=board::name::CONFLICTS>{count}</span>")"</h2>
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

/// What names a conflict on the page and in its address.
fn written((scan, kind): ConflictKey) -> String {
    format!("{scan}-{}", kind.key())
}

/// The conflict that is named so.
fn read(text: &str) -> Option<ConflictKey> {
    let (scan, kind) = text.rsplit_once('-')?;
    Some((scan.parse().ok()?, ConflictKind::from_key(kind)?))
}

/// The conflict after which a page begins. What is no name asks for the first page.
fn asked(cx: &RequestCx, after: &str) -> Option<ConflictKey> {
    read(&cx.query_value(after)?)
}

/// How many conflicts are open, for whoever is told of them; nothing for others, and where that cannot be found out.
pub async fn open(cx: &RequestCx) -> Option<i64> {
    if !cx.tells_conflicts() {
        return None;
    }
    conflicts::open(&cx.services, &cx.actor).await.ok()
}

/// Tells on every desk how many conflicts are open: said when the number changes, seen as long as there are any. What is not known is
/// not seen, until a script has found it out. On the inbox it offers those that are not on the page yet.
pub fn alert(cx: &RequestCx, open: Option<i64>) -> AnyView {
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
            <p role="status"><b><span data-live=name>{shown(cx, open)}</span>" "{t.alert}"."</b>{way}</p>
        </div>
        {cx.renews().then(|| view! { <script r#type="module" src=cx.assets.renew.clone() nonce=use_nonce()></script> })}
    }
    .into_any()
}

/// The same number beside the area's name in the rail.
pub fn count(cx: &RequestCx, open: Option<i64>) -> AnyView {
    let name = board::name::CONFLICTS;
    view! { " "<span class="count" data-some=name data-is=is(open) data-live=name>{shown(cx, open)}</span> }.into_any()
}

/// Whether there are some: what the style goes by, and scripts renew.
fn is(count: Option<i64>) -> &'static str {
    if count.is_some_and(|count| count > 0) { "some" } else { "none" }
}

fn shown(cx: &RequestCx, count: Option<i64>) -> Option<String> {
    count.map(|count| i18n::number(cx.locale(), count))
}

/// A page of a list; `after`: what the query calls where it begins.
fn list(cx: &RequestCx, listed: Listed, none: &'static str, after: &'static str) -> AnyView {
    let people = &cx.texts().people;
    let is_first = asked(cx, after).is_none();
    if listed.conflicts.is_empty() && is_first {
        return view! { <EmptyState text=none/> }.into_any();
    }
    let next = listed.next.map(|last| address(cx, after, Some(last)));
    let start = (!is_first).then(|| address(cx, after, None));
    let items = listed.conflicts.into_iter().map(|conflict| one(cx, conflict)).collect_view();
    let pages = (next.is_some() || start.is_some()).then(|| {
        view! {
            <p class="actions">
                {start.map(|href| view! { <a class="button second" href=href>{people.to_start}</a> })}
                {next.map(|href| view! { <a class="button second" href=href rel="next">{people.next}</a> })}
            </p>
        }
    });
    view! {
        <ul class="conflicts">{items}</ul>
        {pages}
    }
    .into_any()
}

/// The inbox with another page of one list, and the other list as it is.
fn address(cx: &RequestCx, after: &'static str, begins: Option<ConflictKey>) -> String {
    let begins = |name| if name == after { begins } else { asked(cx, name) };
    let lists = [query::OPEN_AFTER, query::SETTLED_AFTER].into_iter();
    let query: Vec<_> = lists.filter_map(|name| Some(format!("{name}={}", written(begins(name)?)))).collect();
    with_query(Page::Conflicts.path(cx.locale()), &query.join("&"))
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
            let became = conflict.is_undone.then_some(t.undone).or_else(|| conflict.is_counted.then_some(t.counted));
            let became = became.map(|text| format!(" {text}"));
            view! { <p class="muted">{(t.settled_by)(&desk::moment_text(*at), by)}{became}</p> }.into_any()
        }
        None => settle(cx, &conflict),
    };
    let name = conflict.person.as_ref().map_or(t.nobody, |(_, name)| name);
    let label = format!("{kind}: {name}, {}", second(conflict.here.at));
    let count_in = conflict.may_be_counted().then(|| format!(" {}", t.count_in_about));
    let second_guest = second_guest(cx, &conflict);
    let undone = (conflict.is_undone && conflict.settled.is_none()).then(|| format!(" {}", t.undone));
    let sides = sides(cx, &conflict, label);
    let key = written((conflict.scan, conflict.kind));
    view! {
        <li class="conflict stack" data-key=key>
            <h3>{kind}</h3>
            <p><b>{who}</b>" · "{t.rule}" "{verdict}". "{about}{count_in}{undone}</p>
            {second_guest}
            {sides}
            {settle}
        </li>
    }
    .into_any()
}

/// Who came in by the scan, where that is not whose ticket it is, and what is to be done about it.
fn second_guest(cx: &RequestCx, conflict: &Conflict) -> Option<AnyView> {
    let locale = cx.locale();
    let texts = cx.texts();
    let t = &texts.conflicts;
    let Some(second) = &conflict.second_guest else {
        return (conflict.kind == ConflictKind::SecondGuest).then(|| view! { <p>{t.second_erased}</p> }.into_any());
    };
    let href = Page::Person.at(locale, &second.id.to_string());
    let standing = (texts.people.standing)(second.standing.key());
    let is_to_do = conflict.kind == ConflictKind::SecondGuest && conflict.settled.is_none() && second.standing == Standing::Blocked;
    let to_do = is_to_do.then(|| format!(" {}", (t.second_blocked)(&second.full_name)));
    let told = view! {
        <p>{t.second}" "<b><a href=href>{second.full_name.clone()}</a></b>" ("{t.second_pass}" "{standing}")."{to_do}</p>
    };
    Some(told.into_any())
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
    let count_in = conflict.may_be_counted().then(|| {
        view! { <form method="post" action=Deed::CountIn.at(locale, &id)><Button>{t.count_in}</Button></form> }
    });
    view! {
        <div class="actions">
            {count_in}
            <form method="post" action=Deed::AcceptConflict.at(locale, &id)>
                <input type="hidden" name=KIND value=kind/>
                <Button kind=ButtonKind::Second>{t.accept}</Button>
            </form>
            {count_in_all(cx, conflict)}
            {undo}
        </div>
    }
    .into_any()
}

/// The same for all scans that were made and brought as this one was, where there are others.
fn count_in_all(cx: &RequestCx, conflict: &Conflict) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().conflicts;
    if conflict.countable < 2 {
        return None;
    }
    let most = i64::try_from(COUNTED_MAX).unwrap_or(i64::MAX);
    let sentence = if conflict.countable > most { t.count_in_first } else { t.count_in_all };
    let maker = conflict.here.device.as_deref().unwrap_or(t.this_phone);
    let summary = sentence(&i18n::number(locale, conflict.countable.min(most)), maker);
    let all = view! {
        <details>
            <summary>{summary}</summary>
            <form method="post" action=Deed::CountInAll.at(locale, &conflict.scan.to_string())>
                <p class="muted">{t.count_in_all_about}</p>
                <p><Button>{t.count_in_all_do}</Button></p>
            </form>
        </details>
    };
    Some(all.into_any())
}

#[cfg(test)]
mod tests {
    use domain::ids::ScanId;

    use super::*;

    #[test]
    fn a_page_begins_after_the_conflict_that_its_address_names() {
        let scan: ScanId = "019acb1e-0000-7000-8000-000000000001".parse().unwrap();
        for kind in ConflictKind::ALL {
            assert_eq!(read(&written((scan, kind))), Some((scan, kind)));
        }
        for nonsense in ["", "clock", "019acb1e-0000-7000-8000-000000000001", "019acb1e-0000-7000-8000-000000000001-x", "x-clock"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }
}
