//! Every address, and what stands around the handlers.

use app::{
    pages::conflicts::COUNT as CONFLICTS,
    prefs,
    routes::{self, Deed, Download, Page},
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use domain::text::Locale;
use http::Method;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{
    App,
    http::{
        access, attendance, authority, badges, board, booths, certificates, checkin, conflicts, decide, delegation, devices, dossiers,
        files, form, functions, gate, imports, invitations, lost, messages, news, pages, people, presence, probes, queues, raffles,
        registration, rights, robots, spare, stamps, walk_in,
    },
    middleware::{deadline, kept, origin, policy, trace},
};

const LOCALES: [Locale; 2] = [Locale::Vi, Locale::En];

/// The whole program as one service.
pub fn router(app: App) -> Router {
    around(app, routes())
}

/// Every address and its handler.
fn routes() -> Router<App> {
    let mut router = Router::new();
    // Pages: all are shown, some take a form.
    for route in routes::listing() {
        router = router.route(route.path(), get(pages::show));
    }
    for page in Page::all() {
        if let Some(form) = form_of(page) {
            for locale in LOCALES {
                router = router.route(page.pattern(locale), form.clone());
            }
        }
    }
    for deed in Deed::all() {
        for locale in LOCALES {
            router = router.route(deed.pattern(locale), done_by(deed));
        }
    }
    for download in Download::ALL {
        router = router.route(download.pattern(), sent_by(download));
    }
    for (path, _, handler) in plain() {
        router = router.route(path, handler);
    }
    router
}

/// The addresses beside those of the pages' tables: what each takes, and who answers.
#[must_use]
pub fn plain() -> Vec<(&'static str, &'static [Method], MethodRouter<App>)> {
    const GET: &[Method] = &[Method::GET];
    const POST: &[Method] = &[Method::POST];
    const BOTH: &[Method] = &[Method::GET, Method::POST];
    vec![
        (prefs::ACTION, POST, post(access::prefer)),
        ("/api/checkin/scans", POST, post(checkin::scans)),
        ("/api/checkin/look", POST, post(checkin::look)),
        ("/api/checkin/roster", POST, post(checkin::roster)),
        ("/api/checkin/shift", GET, get(checkin::shift)),
        ("/api/checkin/live", GET, get(board::stream)),
        (CONFLICTS, GET, get(conflicts::count)),
        ("/api/checkin/news", GET, get(news::stream)),
        ("/api/fn/{*function}", BOTH, get(functions::call).post(functions::call)),
        ("/pkg/{*file}", GET, get(pages::asset)),
        ("/fonts/{*file}", GET, get(pages::asset)),
        ("/pictures/{*file}", GET, get(pages::asset)),
        (routes::SERVICE_WORKER, GET, get(pages::service_worker)),
        (routes::STAMP_WORKER, GET, get(pages::stamp_worker)),
        (routes::kept_stamps(Locale::Vi), POST, post(stamps::send)),
        (routes::kept_stamps(Locale::En), POST, post(stamps::send)),
        (routes::manifest(Locale::Vi), GET, get(pages::manifest)),
        (routes::manifest(Locale::En), GET, get(pages::manifest)),
        (routes::BADGE_FRAME, GET, get(badges::frame)),
        ("/healthz", GET, get(probes::health)),
        ("/readyz", GET, get(probes::readiness)),
        ("/robots.txt", GET, get(robots::robots)),
        ("/sitemap.xml", GET, get(robots::sitemap)),
        ("/favicon.ico", GET, get(robots::favicon)),
    ]
}

/// Whether a page takes a form at its own address.
#[must_use]
pub fn takes_form(page: Page) -> bool {
    form_of(page).is_some()
}

/// Puts everything else around the handlers.
pub fn around(app: App, routes: Router<App>) -> Router {
    routes
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::wrong_method)
        // From the inside out.
        .layer(DefaultBodyLimit::max(form::UPLOAD_MAX))
        .layer(CatchPanicLayer::custom(trace::panicked))
        .layer(from_fn_with_state(app.clone(), origin::layer))
        .layer(from_fn_with_state(app.clone(), deadline::layer))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(from_fn_with_state(app.clone(), trace::layer))
        .layer(from_fn_with_state(app.clone(), policy::layer))
        .layer(from_fn_with_state(app.clone(), kept::layer))
        .with_state(app)
}

/// The handler of a page's form.
fn form_of(page: Page) -> Option<MethodRouter<App>> {
    match page {
        Page::Register => Some(post(registration::register)),
        Page::Stamp => Some(post(stamps::make)),
        Page::ChangeTicket => Some(post(registration::change)),
        Page::ChangePerson => Some(post(decide::change)),
        Page::MergePeople => Some(post(decide::merge)),
        Page::FindTicket => Some(post(lost::send_links)),
        Page::WalkIn => Some(post(walk_in::register)),
        Page::RegisterDelegation => Some(post(delegation::register)),
        Page::Import => Some(post(imports::check)),
        Page::SignIn => Some(post(access::sign_in)),
        Page::Pair => Some(post(access::pair)),
        Page::Devices => Some(post(devices::prepare)),
        Page::SpareTickets => Some(post(spare::make)),
        Page::Badges => Some(post(badges::print)),
        Page::BadgeSheet => Some(post(badges::printed)),
        Page::Invitations => Some(post(invitations::create)),
        Page::MessageTemplate => Some(post(messages::write_template)),
        Page::Mailing => Some(post(messages::mailing)),
        Page::Departments => Some(post(dossiers::start)),
        Page::Dossier => Some(post(dossiers::save)),
        Page::Rights => Some(post(rights::ask)),
        Page::LeaderRights => Some(post(rights::correct_leader)),
        Page::StopReminders => Some(post(rights::stop_reminders)),
        Page::RightsQueue => Some(post(rights::file)),
        Page::RightsRequest => Some(post(rights::answer)),
        Page::Home
        | Page::Programme
        | Page::Session
        | Page::Delegation
        | Page::Ticket
        | Page::TicketCode
        | Page::Certificate
        | Page::Models
        | Page::Model
        | Page::CheckIn
        | Page::CheckInShell
        | Page::Authority
        | Page::StampShell
        | Page::Organisers
        | Page::Board
        | Page::BigScreen
        | Page::Presence
        | Page::Conflicts
        | Page::People
        | Page::Person
        | Page::Queues
        | Page::Queue
        | Page::Booths
        | Page::Raffle
        | Page::Review
        | Page::Messages
        | Page::Council
        | Page::Reading
        | Page::Privacy
        | Page::Erased => None,
    }
}

fn done_by(deed: Deed) -> MethodRouter<App> {
    match deed {
        Deed::CancelTicket => post(registration::cancel),
        Deed::AddMembers => post(delegation::add),
        Deed::ExchangeMember => post(delegation::exchange),
        Deed::RemoveMember => post(delegation::remove),
        Deed::RecountDelegation => post(delegation::recount),
        Deed::LeaveDelegation => post(delegation::leave),
        Deed::AcceptDelegation => post(delegation::accept),
        Deed::AcceptSeat => post(registration::accept),
        Deed::AcceptSession => post(registration::accept_session),
        Deed::AskInvitation => post(registration::ask_invitation),
        Deed::ApproveRegistration => post(decide::approve),
        Deed::RefuseRegistration => post(decide::refuse),
        Deed::CancelRegistration => post(decide::cancel),
        Deed::InviteFromQueue => post(decide::invite),
        Deed::ReissueTicket => post(decide::reissue),
        Deed::BlockTicket => post(decide::block),
        Deed::UnblockTicket => post(decide::unblock),
        Deed::ResendLink => post(decide::resend),
        Deed::AdmitByHand => post(gate::admit),
        Deed::UndoScan => post(gate::undo),
        Deed::WriteAttention => post(gate::write_attention),
        Deed::NameGuest => post(gate::name_guest),
        Deed::InviteParty => post(queues::invite),
        Deed::ForgetTickets => post(stamps::forget),
        Deed::FreezeRaffle => post(raffles::freeze),
        Deed::DrawRaffle => post(raffles::draw),
        Deed::RevokeInvitation => post(invitations::revoke),
        Deed::VoidSpareTickets => post(spare::void),
        Deed::CheckInTicket => post(checkin::check_in),
        Deed::UndoCheckIn => post(checkin::undo_check_in),
        Deed::SignOut => post(access::sign_out),
        Deed::SignOutEverywhere => post(access::sign_out_everywhere),
        Deed::SubmitDossier => post(dossiers::submit),
        Deed::ReturnDossier => post(dossiers::send_back),
        Deed::PublishDossier => post(dossiers::publish),
        Deed::WithdrawDossier => post(dossiers::withdraw),
        Deed::AcceptConflict => post(conflicts::accept),
        Deed::UndoConflict => post(conflicts::undo),
        Deed::CountIn => post(conflicts::count_in),
        Deed::CountInAll => post(conflicts::count_in_all),
        Deed::PairScreen => post(access::pair_screen),
        Deed::RevokeDevice => post(devices::revoke),
        Deed::ConfirmImport => post(imports::confirm),
        Deed::ChangeConsent => post(rights::change_consent),
        Deed::EraseMine => post(rights::erase),
        Deed::EraseLeader => post(rights::erase_leader),
        Deed::AcknowledgeRequest => post(rights::acknowledge),
        Deed::ExtendRequest => post(rights::extend),
        Deed::ResendMessage => post(messages::resend),
        Deed::ResetTemplate => post(messages::reset_template),
        Deed::CancelMailing => post(messages::cancel_mailing),
    }
}

fn sent_by(download: Download) -> MethodRouter<App> {
    match download {
        Download::TicketSvg => get(registration::svg),
        Download::TicketPng => get(registration::png),
        Download::TicketPdf => get(registration::pdf),
        Download::TicketCertificate => get(certificates::mine),
        Download::PersonCertificate => get(certificates::of_person),
        Download::SpareTickets => get(spare::pdf),
        Download::DelegationPdf => get(delegation::pdf),
        Download::TicketCalendar => get(registration::calendar),
        Download::MyData => get(rights::data),
        Download::MyText => get(rights::text),
        Download::LeaderData => get(rights::leader_data),
        Download::LeaderText => get(rights::leader_text),
        Download::DayCalendar => get(files::day),
        Download::SessionCalendar => get(files::session),
        Download::Cover => get(files::cover),
        Download::PeopleCsv => get(people::csv),
        Download::PeopleXlsx => get(people::xlsx),
        Download::RaffleList => get(raffles::list),
        Download::Posters => get(booths::posters),
        Download::Poster => get(booths::poster),
        Download::AttendanceCsv => get(attendance::csv),
        Download::AttendanceXlsx => get(attendance::xlsx),
        Download::Authority => get(authority::certificate),
        Download::Certificates => get(certificates::of_many),
        Download::PresenceCsv => get(presence::csv),
        Download::PresenceXlsx => get(presence::xlsx),
    }
}
