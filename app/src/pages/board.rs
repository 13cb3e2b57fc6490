//! The live board: the organisers' page, and the same for a large screen.

pub mod frame;
mod numbers;
mod organisation;
mod screen;

use domain::{
    access::{self, Action, Decision},
    form::FieldErrors,
    text::Locale,
};
use leptos::prelude::*;
use services::{
    Error,
    checkin::{
        board::{self, Board, OrganisationArrivals},
        certificate,
    },
};

pub use frame::{Extent, name};
pub use screen::big_screen;

use super::{
    desk::{self, Desk},
    loaded,
};
use crate::{
    components::{ButtonKind, ButtonLink, EmptyState, Notice, NoticeKind},
    islands::board::ENDED,
    prefs,
    request::{RequestCx, request},
    routes::{Download, Page, escape},
};
use numbers::{chart, figures, freshness, sessions, table};

/// The query's field: words of an organisation's name.
pub const ORGANISATION: &str = "don-vi";
/// The query's field of a file of certificates: whose is the first.
pub const FROM: &str = "tu";
/// The first of the next part.
pub const UNTIL: &str = "den";
/// Where the stream of frames is.
pub const STREAM: &str = "/api/checkin/live";

/// Somebody's answer about an organisation: who has come, nothing asked, or what is wrong with the words.
type Asked = Result<Option<OrganisationArrivals>, FieldErrors>;

/// The organisers' page.
pub fn page() -> AnyView {
    let cx = request();
    let words = cx.query_value(ORGANISATION).unwrap_or_default();
    let load = {
        let (cx, words) = (cx.clone(), words.clone());
        async move {
            desk::enter(&cx.actor, Action::SeeBoard)?;
            let board = read(&cx).await?;
            let asked = match board::attendance(&cx.services, &cx.actor, &words, ORGANISATION).await {
                Err(Error::Invalid(errors)) => Err(errors),
                // Before any import there is nobody to ask for.
                Err(Error::NotFound) => Ok(None),
                found => Ok(found?),
            };
            let parts = match access::decide(&cx.actor, Action::ManageRegistrations) {
                Decision::Allow if asked.is_ok() && board.is_some() => {
                    certificate::parts(&cx.services, &cx.actor, &words, ORGANISATION).await?
                }
                _ => Vec::new(),
            };
            Ok::<_, Error>((board, asked, parts))
        }
    };
    loaded(load, move |(board, asked, parts)| {
        let locale = cx.locale();
        let t = &cx.texts().board;
        let Some(board) = board else {
            return view! { <Desk title=t.title><EmptyState text=cx.texts().organisers.no_edition/></Desk> }.into_any();
        };
        let may_export = access::decide(&cx.actor, Action::ManageRegistrations) == Decision::Allow;
        let may_pair = access::decide(&cx.actor, Action::ManageDevices) == Decision::Allow;
        let frame = frame::of(locale, Extent::Whole, &board);
        let who = cx.texts().presence.title;
        let action = view! {
            <p class="actions">
                <ButtonLink href=Page::Presence.path(locale) kind=ButtonKind::Second>{who}</ButtonLink>
                <ButtonLink href=Page::BigScreen.path(locale) kind=ButtonKind::Second>{t.big_screen}</ButtonLink>
            </p>
        };
        view! {
            <Desk title=t.title action=action.into_any()>
                <div class="board stack">
                    {session_ended(&cx)}
                    {figures(&cx, &frame)}
                    {freshness(&cx, &frame)}
                    {chart(&cx, &frame, name::MINUTES, t.by_minute)}
                    {chart(&cx, &frame, name::DAY, t.over_day)}
                    {table(&frame, name::CHECKPOINTS, t.by_checkpoint, &[t.checkpoint, t.admitted, t.scans])}
                    {sessions(&cx, &frame)}
                    {table(&frame, name::AUDIENCES, t.by_audience, &[t.audience, t.arrived, t.of_registered, t.percent])}
                    {table(&frame, name::ORGANISATIONS, t.by_organisation, &[t.organisation, t.arrived, t.of_registered, t.percent])}
                    {organisation::search(&cx, &words, asked)}
                    {may_export.then(|| view! {
                        <p class="actions">
                            <a href=Download::AttendanceXlsx.at(locale, "")>{t.as_xlsx}</a>
                            <a href=Download::AttendanceCsv.at(locale, "")>{t.as_csv}</a>
                        </p>
                    })}
                    {organisation::certificates(&cx, &words, &parts)}
                    {may_pair.then(|| screen::pair_screen(&cx))}
                </div>
            </Desk>
        }
        .into_any()
    })
}

/// What the page says of itself once the session has ended that brought the numbers.
fn session_ended(cx: &RequestCx) -> AnyView {
    let (t, sign_in, href) = (&cx.texts().board, cx.texts().access.sign_in, sign_in_again(cx.locale()));
    view! {
        <div data-while=ENDED role="alert" hidden>
            <Notice kind=NoticeKind::Warning>
                <p>{t.session_ended}" "<a href=href>{sign_in}</a></p>
            </Notice>
        </div>
    }
    .into_any()
}

/// Where whoever signs in comes back to the board.
fn sign_in_again(locale: Locale) -> String {
    format!("{}?{}={}", Page::SignIn.path(locale), prefs::BACK, escape(Page::Board.path(locale)))
}

/// The board as it stands; `None` before any import.
async fn read(cx: &RequestCx) -> Result<Option<Board>, Error> {
    match board::board(&cx.services, &cx.actor).await {
        Err(Error::NotFound) => Ok(None),
        board => Ok(Some(board?)),
    }
}
