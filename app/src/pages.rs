//! The pages, by area. A page is a function of the request: it loads once, then shows.

use std::future::Future;

use domain::fair::Wait;
use leptos::prelude::*;

use crate::routes::Page;

pub mod access;
pub mod authority;
pub mod badges;
pub mod board;
pub mod booths;
pub mod certificates;
pub mod checkin;
pub mod conflicts;
pub mod council;
pub mod delegation;
pub mod departments;
mod desk;
mod dossier;
pub mod invitations;
pub mod messages;
pub mod organisers;
pub mod people;
pub mod presence;
pub mod privacy;
pub mod problem;
pub mod programme;
pub mod queues;
pub mod raffles;
pub mod registration;
pub mod rights;
pub mod showcase;
pub mod spare;
pub mod stamps;

pub use problem::Trouble;

/// Provided as context when what was posted came too late: the thing has moved on since its page was loaded, and the page
/// shows how it stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedOn;

/// Provided as context when a page shows what was typed before, and has not taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept;

/// Provided as context when a form came too often: its page shows it again, and says when to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften(pub Wait);

/// The page's content. `parameter` is the address's variable part, as it stands there.
pub fn view(page: Page, parameter: &str) -> AnyView {
    match page {
        Page::Home => programme::home(),
        Page::Programme => programme::list(),
        Page::Session => programme::session(parameter),
        Page::Register => registration::form(),
        Page::RegisterDelegation => delegation::form(),
        Page::Delegation => delegation::leader(parameter),
        Page::Ticket => registration::ticket(parameter),
        Page::ChangeTicket => registration::change(parameter),
        Page::FindTicket => registration::lost(),
        Page::TicketCode => registration::code(parameter),
        Page::Certificate => certificates::check(parameter),
        Page::Models => showcase::gallery(),
        Page::Model => showcase::model(parameter),
        Page::CheckIn => checkin::page(),
        Page::CheckInShell => checkin::shell(),
        Page::Pair => access::pair(),
        Page::Authority => authority::page(),
        Page::SignIn => access::sign_in(),
        Page::Organisers => organisers::overview(),
        Page::Board => board::page(),
        Page::BigScreen => board::big_screen(),
        Page::Presence => presence::page(),
        Page::Conflicts => conflicts::page(),
        Page::Review => organisers::review(parameter),
        Page::Devices => access::devices(),
        Page::People => people::list(),
        Page::Person => people::person(parameter),
        Page::ChangePerson => people::change(parameter),
        Page::MergePeople => people::merge(parameter),
        Page::WalkIn => people::walk_in(),
        Page::SpareTickets => spare::page(),
        Page::Badges => badges::page(),
        Page::BadgeSheet => badges::sheet(parameter),
        Page::Queues => queues::list(),
        Page::Queue => queues::one(parameter),
        Page::Stamp => stamps::page(parameter),
        Page::StampShell => stamps::shell(),
        Page::Booths => booths::page(),
        Page::Raffle => raffles::page(parameter),
        Page::Invitations => invitations::page(),
        Page::Messages => messages::outbox(),
        Page::MessageTemplate => messages::template(parameter),
        Page::Mailing => messages::mailing(),
        Page::Import => people::import(),
        Page::Departments => departments::list(),
        Page::Dossier => departments::dossier(parameter),
        Page::Council => council::list(),
        Page::Reading => council::reading(parameter),
        Page::Privacy => privacy::page(),
        Page::Rights => rights::mine(parameter),
        Page::LeaderRights => rights::leader(parameter),
        Page::Erased => rights::erased(),
        Page::StopReminders => rights::stop(parameter),
        Page::RightsQueue => rights::queue(),
        Page::RightsRequest => rights::request(parameter),
    }
}

/// Loads what a page needs, exactly once, then shows it, or the page of the trouble that came instead, with its status.
///
/// Pages are rendered whole (`SsrMode::Async`), so a bare `Suspend` waits in place; a `<Suspense>` around it would run
/// the loader twice.
pub fn loaded<T, E>(load: impl Future<Output = Result<T, E>> + Send + 'static, show: impl FnOnce(T) -> AnyView + Send + 'static) -> AnyView
where
    T: Send + 'static,
    E: Into<Trouble> + Send + 'static,
{
    Suspend::new(async move {
        match load.await {
            Ok(data) => show(data),
            Err(error) => problem::page(error.into()),
        }
    })
    .into_any()
}

/// A text of several lines, a paragraph for each.
pub fn paragraphs(text: &str) -> AnyView {
    text.lines().filter(|line| !line.is_empty()).map(|line| view! { <p>{line.to_owned()}</p> }).collect_view().into_any()
}
