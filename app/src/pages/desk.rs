//! The frame of the desks: the rail by area, the title with its one main action, and what their tables share.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor, Role},
    showcase::State,
    text::Locale,
    time::local,
};
use leptos::{nonce::use_nonce, prelude::*};
use services::{Error, showcase::Dossier};

use super::{MovedOn, conflicts};
use crate::{
    components::{Notice, NoticeKind},
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Page},
    shell::PageHead,
};

/// A desk: the rail on the left (above, on a narrow screen), the work beside it.
#[component]
pub fn Desk(
    #[prop(into)] title: String,
    /// Above the title: the way back to the list that this is one of, as address and text.
    #[prop(optional)]
    back: Option<(String, &'static str)>,
    /// Beside the title: the one main action.
    #[prop(optional)]
    action: Option<AnyView>,
    /// What to say where what was posted came too late, if not that nothing was done.
    #[prop(optional)]
    moved_on: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let cx = request();
    let moved_on = use_context::<MovedOn>().map(|_| moved_on.unwrap_or(cx.texts().organisers.moved_on));
    let content = children();
    Suspend::new(async move {
        let conflicts = conflicts::open(&cx).await;
        let alert = cx.tells_conflicts().then(|| conflicts::alert(&cx, conflicts));
        view! {
            <PageHead title=title.clone()/>
            <div class="desk">
                <Rail cx conflicts/>
                <div class="desk-work">
                    <div class="desk-head">
                        {back.map(|(href, text)| view! { <a class="desk-back" href=href>{text}</a> })}
                        <h1>{title}</h1>
                        {action}
                    </div>
                    {alert}
                    {moved_on.map(|text| view! { <Notice kind=NoticeKind::Warning><p>{text}</p></Notice> })}
                    {content}
                </div>
            </div>
        }
    })
}

/// The areas that the account works in, how many conflicts are open if that is known, and the way out.
#[component]
fn Rail(cx: RequestCx, conflicts: Option<i64>) -> impl IntoView {
    let t = cx.texts();
    let locale = cx.locale();
    let Actor::Account { role, name, .. } = &cx.actor else { return None };
    let areas: &[(Page, &str)] = match role {
        Role::Organiser => &[
            (Page::Organisers, t.organisers.overview),
            (Page::Board, t.board.title),
            (Page::Conflicts, t.conflicts.title),
            (Page::People, t.people.title),
            (Page::WalkIn, t.people.walk_in),
            (Page::SpareTickets, t.spare.title),
            (Page::Badges, t.badges.title),
            (Page::Queues, t.queues.title),
            (Page::Booths, t.stamps.area),
            (Page::Invitations, t.invitations.title),
            (Page::Messages, t.messages.title),
            (Page::Devices, t.organisers.devices),
            (Page::RightsQueue, t.rights.queue.area),
            (Page::CheckIn, t.organisers.check_in),
        ],
        Role::Supervisor => &[
            (Page::Board, t.board.title),
            (Page::Conflicts, t.conflicts.title),
            (Page::People, t.people.title),
            (Page::WalkIn, t.people.walk_in),
            (Page::Badges, t.badges.title),
            (Page::Devices, t.organisers.devices),
            (Page::CheckIn, t.organisers.check_in),
        ],
        Role::Department => &[(Page::Departments, t.departments.title)],
        Role::Judge => &[(Page::Council, t.council.title)],
        Role::Steward => &[(Page::CheckIn, t.organisers.check_in), (Page::WalkIn, t.people.walk_in), (Page::Badges, t.badges.title)],
    };
    let here = Page::find(&cx.path).map(|(page, ..)| page);
    Some(view! {
        <nav class="rail" aria-label=t.organisers.areas>
            <ul>
                {areas
                    .iter()
                    .chain(&[(Page::SignIn, t.organisers.account)])
                    .map(|&(page, text)| view! {
                        <li>
                            <a href=page.path(locale) aria-current=here.and_then(|here| current(here, page))>
                                {text}{(page == Page::Conflicts && cx.tells_conflicts()).then(|| conflicts::count(&cx, conflicts))}
                            </a>
                        </li>
                    })
                    .collect_view()}
            </ul>
            <form class="rail-out" method="post" action=Deed::SignOut.at(locale, "") data-waiting=asks_first(&cx)>
                <p>{name.clone()}</p>
                <button type="submit" class="plain">{t.access.sign_out}</button>
            </form>
            {asks_first(&cx).map(|_| view! { <script r#type="module" src=cx.assets.leave.clone() nonce=use_nonce()></script> })}
        </nav>
    })
}

/// What a form that signs out asks while scans wait on the device.
pub fn asks_first(cx: &RequestCx) -> Option<&'static str> {
    cx.asks_at_sign_out().then_some(cx.texts().checkin.script.sign_out_waiting)
}

/// How the page `here` lies to an area: on it, inside it, or elsewhere.
fn current(here: Page, area: Page) -> Option<&'static str> {
    let inside = match here {
        Page::Review => Some(Page::Organisers),
        Page::Presence => Some(Page::Board),
        Page::Person | Page::ChangePerson | Page::MergePeople | Page::Import => Some(Page::People),
        Page::BadgeSheet => Some(Page::Badges),
        Page::Queue => Some(Page::Queues),
        Page::MessageTemplate | Page::Mailing => Some(Page::Messages),
        Page::Dossier => Some(Page::Departments),
        Page::Reading => Some(Page::Council),
        Page::RightsRequest => Some(Page::RightsQueue),
        _ => None,
    };
    if here == area {
        Some("page")
    } else if inside == Some(area) {
        Some("true")
    } else {
        None
    }
}

/// Asks the policy whether the desk may be entered, before anything on it is loaded.
pub fn enter(actor: &Actor, desk: Action) -> Result<(), Error> {
    Ok(access::authorise(actor, desk)?)
}

/// An id that stands in an address; whatever is no id was never there.
pub fn id<T: std::str::FromStr>(parameter: &str) -> Result<T, Error> {
    parameter.parse().map_err(|_| Error::NotFound)
}

/// An instant in a table: `08:41 25/11/2026`.
pub fn moment(at: DateTime<Utc>) -> AnyView {
    view! { <time datetime=at.to_rfc3339()>{moment_text(at)}</time> }.into_any()
}

/// A session's beginning before its title: `08:00 10/10`, in both languages.
pub fn hour(at: DateTime<Utc>) -> String {
    local(at).format("%H:%M %d/%m").to_string()
}

/// An instant in a table or a sentence: `08:41 25/11/2026`, in both languages.
pub fn moment_text(at: DateTime<Utc>) -> String {
    local(at).format("%H:%M %d/%m/%Y").to_string()
}

/// Where a dossier stands, as a mark.
pub fn state_mark(locale: Locale, state: State) -> AnyView {
    view! { <span class=format!("state {}", state.key())>{state.name(locale)}</span> }.into_any()
}

/// What a dossier is called in lists and titles, and the language of that name.
pub fn title_of(locale: Locale, dossier: &Dossier) -> (String, Option<&'static str>) {
    match dossier.content.title_in(locale) {
        "" => (i18n::t(locale).departments.untitled.to_owned(), None),
        title => (title.to_owned(), foreign(locale, !dossier.content.title_en.is_empty())),
    }
}

/// The `lang` of a text that falls back to Vietnamese on an English page.
pub fn foreign(locale: Locale, has_english: bool) -> Option<&'static str> {
    (locale == Locale::En && !has_english).then_some("vi")
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_page_inside_an_area_points_to_it() {
        assert_eq!(current(Page::Organisers, Page::Organisers), Some("page"));
        assert_eq!(current(Page::Review, Page::Organisers), Some("true"));
        assert_eq!(current(Page::Review, Page::Devices), None);
        assert_eq!(current(Page::SignIn, Page::Council), None);
    }

    #[test]
    fn an_instant_is_shown_in_the_time_of_vietnam() {
        assert_eq!(moment_text(Utc.with_ymd_and_hms(2026, 11, 24, 18, 5, 0).unwrap()), "01:05 25/11/2026");
    }

    #[test]
    fn what_is_no_id_was_never_there() {
        assert!(matches!(id::<domain::ids::DossierId>("../1"), Err(Error::NotFound)));
        assert!(id::<domain::ids::DossierId>("019acb1e-0000-7000-8000-000000000001").is_ok());
    }

    #[test]
    fn only_a_fallback_on_an_english_page_is_marked_as_vietnamese() {
        assert_eq!(foreign(Locale::En, false), Some("vi"));
        assert_eq!(foreign(Locale::En, true), None);
        assert_eq!(foreign(Locale::Vi, false), None);
    }
}
