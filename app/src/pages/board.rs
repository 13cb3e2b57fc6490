//! The live board: the organisers' page, and the same for a large screen.

mod frame;

use domain::{
    access::{self, Action, Actor, Decision},
    form::FieldErrors,
    text::Locale,
};
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use services::{
    Error,
    checkin::{
        board::{self, Attendance, Attendee, Board},
        certificate::{self, Part},
    },
};

pub use frame::{Extent, frame, name};

use super::{
    Trouble,
    access::field,
    desk::{self, Desk},
    loaded, problem,
};
use crate::{
    api::checkin::board::BoardFrame,
    components::{Button, ButtonKind, ButtonLink, EmptyState, ErrorSummary, Layout, Notice, NoticeKind, TextField},
    forms::FormState,
    i18n,
    islands::board::{ENDED, LIVE, LiveBoard, LiveBoardTexts},
    prefs,
    request::{RequestCx, request},
    routes::{Deed, Download, Page, escape, with_query},
    shell::PageHead,
};
use frame::{HEIGHT, WIDTH};

/// The query's field: words of an organisation's name.
pub const ORGANISATION: &str = "don-vi";
/// The query's field of a file of certificates: whose is the first.
pub const FROM: &str = "tu";
/// The first of the next part.
pub const UNTIL: &str = "den";
/// Where the stream of frames is.
pub const STREAM: &str = "/api/checkin/live";

/// Somebody's answer about an organisation: who has come, nothing asked, or what is wrong with the words.
type Asked = Result<Option<Attendance>, FieldErrors>;

/// The organisers' page.
pub fn page() -> AnyView {
    let cx = request();
    let words = cx.query_value(ORGANISATION).unwrap_or_default();
    let load = {
        let (cx, words) = (cx.clone(), words.clone());
        async move {
            desk::enter(&cx.actor, Action::SeeBoard)?;
            let board = now(&cx).await?;
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
        let now = frame(locale, Extent::Whole, &board);
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
                    {figures(&cx, &now)}
                    {line(&cx, &now)}
                    {chart(&cx, &now, name::MINUTES, t.by_minute)}
                    {chart(&cx, &now, name::DAY, t.over_day)}
                    {table(&now, name::CHECKPOINTS, t.by_checkpoint, &[t.checkpoint, t.admitted, t.scans])}
                    {sessions(&cx, &now)}
                    {table(&now, name::AUDIENCES, t.by_audience, &[t.audience, t.arrived, t.of_registered, t.percent])}
                    {table(&now, name::ORGANISATIONS, t.by_organisation, &[t.organisation, t.arrived, t.of_registered, t.percent])}
                    {organisation(&cx, &words, asked)}
                    {may_export.then(|| view! {
                        <p class="actions">
                            <a href=Download::AttendanceXlsx.at(locale, "")>{t.as_xlsx}</a>
                            <a href=Download::AttendanceCsv.at(locale, "")>{t.as_csv}</a>
                        </p>
                    })}
                    {certificates(&cx, &words, &parts)}
                    {may_pair.then(|| pair_screen(&cx))}
                </div>
            </Desk>
        }
        .into_any()
    })
}

/// What the page says of itself once the session has ended that brought the numbers.
fn session_ended(cx: &RequestCx) -> AnyView {
    let (t, sign_in, href) = (&cx.texts().board, cx.texts().access.sign_in, again(cx.locale()));
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
fn again(locale: Locale) -> String {
    format!("{}?{}={}", Page::SignIn.path(locale), prefs::BACK, escape(Page::Board.path(locale)))
}

/// Makes this browser a screen.
fn pair_screen(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().board;
    view! {
        <section class="stack" aria-labelledby="screen">
            <h2 id="screen">{t.screen_title}</h2>
            <p class="prose">{t.screen_lead}</p>
            <ErrorSummary form=cx.form.clone() labels=vec![(field::NAME, t.screen_name)]/>
            <form class="form line-form" method="post" action=Deed::PairScreen.at(cx.locale(), "") data-waiting=desk::asks_first(cx)>
                <TextField
                    field=cx.form.field(field::NAME)
                    label=t.screen_name
                    hint=t.screen_name_hint
                    autocomplete="off"
                    required=false
                />
                <Button kind=ButtonKind::Second>{t.use_as_screen}</Button>
            </form>
        </section>
    }
    .into_any()
}

/// What a large screen shows.
enum Shown {
    /// `None` before any import.
    Board(Option<Box<Board>>),
    /// The screen was signed out, or its day is over.
    Ended,
}

/// The board on a large screen: no menus, to be read from far away.
pub fn big_screen() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move { shown(&cx).await }
    };
    Suspend::new(async move {
        match load.await {
            Ok(Shown::Board(board)) => screen(&cx, board.as_deref()),
            Ok(Shown::Ended) => {
                if let Some(response) = use_context::<ResponseOptions>() {
                    response.set_status(StatusCode::UNAUTHORIZED);
                }
                on_screen(&cx, ended(&cx, false))
            }
            Err(error) => view! { <Layout>{problem::page(Trouble::from(error))}</Layout> }.into_any(),
        }
    })
    .into_any()
}

async fn shown(cx: &RequestCx) -> Result<Shown, Error> {
    match (desk::enter(&cx.actor, Action::SeeBoardNumbers), &cx.token) {
        (Err(Error::SignIn), Some(token)) if services::access::ended_screen(&cx.services, &token.0).await? => Ok(Shown::Ended),
        (entered, _) => {
            entered?;
            Ok(Shown::Board(now(cx).await?.map(Box::new)))
        }
    }
}

fn screen(cx: &RequestCx, board: Option<&Board>) -> AnyView {
    let locale = cx.locale();
    let other = locale.pick(Locale::En, Locale::Vi);
    let (t, common) = (&cx.texts().board, &cx.texts().common);
    let content = board.map_or_else(
        || view! { <EmptyState text=cx.texts().organisers.no_edition/> }.into_any(),
        |board| {
            let now = frame(locale, Extent::Screen, board);
            view! {
                {figures(cx, &now)}
                {chart(cx, &now, name::DAY, t.over_day)}
                <div class="screen-tables">
                    {table(&now, name::CHECKPOINTS, t.by_checkpoint, &[t.checkpoint, t.admitted, t.scans])}
                    {table(&now, name::AUDIENCES, t.by_audience, &[t.audience, t.arrived, t.of_registered, t.percent])}
                    {sessions(cx, &now)}
                </div>
                {line(cx, &now)}
            }
            .into_any()
        },
    );
    // A paired screen has no other page to go back to.
    let way_out = match &cx.actor {
        Actor::Device { .. } => view! {
            <form method="post" action=Deed::SignOut.at(locale, "")><button type="submit" class="plain">{t.end_screen}</button></form>
        }
        .into_any(),
        Actor::Account { .. } | Actor::Anonymous => view! { <a href=Page::Board.path(locale)>{t.back}</a> }.into_any(),
    };
    let numbers = view! {
        <div class="screen-numbers" data-while=LIVE>
            {content}
            <ul class="link-list">
                <li>{way_out}</li>
                <li><a href=Page::BigScreen.path(other) lang=other.tag() hreflang=other.tag()>{common.other_language}</a></li>
            </ul>
        </div>
        {ended(cx, true)}
    };
    on_screen(cx, numbers.into_any())
}

fn on_screen(cx: &RequestCx, content: AnyView) -> AnyView {
    view! {
        <PageHead title=cx.texts().board.big_screen/>
        <a class="skip-link" href="#main">{cx.texts().common.skip_to_content}</a>
        <header class="screen-head"><h1>{cx.site_name()}</h1></header>
        <main id="main" class="board screen" tabindex="-1">{content}</main>
    }
    .into_any()
}

/// That the screen has ended, and how to begin again: in place of numbers that no longer change.
fn ended(cx: &RequestCx, hidden: bool) -> AnyView {
    let (t, sign_in, href) = (&cx.texts().board, cx.texts().access.sign_in, again(cx.locale()));
    view! {
        <section class="screen-ended" data-while=ENDED role="alert" hidden=hidden>
            <h2>{t.screen_ended}</h2>
            <p>{t.screen_ended_text}</p>
            <p>{t.screen_again}</p>
            <p><ButtonLink href=href>{sign_in}</ButtonLink></p>
        </section>
    }
    .into_any()
}

/// `None` before any import.
async fn now(cx: &RequestCx) -> Result<Option<Board>, Error> {
    match board::board(&cx.services, &cx.actor).await {
        Err(Error::NotFound) => Ok(None),
        board => Ok(Some(board?)),
    }
}

fn figures(cx: &RequestCx, now: &BoardFrame) -> AnyView {
    let t = &cx.texts().board;
    let figure = |name: &'static str| view! { <span data-live=name>{now.text(name)}</span> };
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
fn line(cx: &RequestCx, now: &BoardFrame) -> AnyView {
    let t = &cx.texts().board;
    view! {
        <p class="hint">
            {t.numbers_of}" "<span data-live=name::AT>{now.text(name::AT)}</span>". "
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
fn chart(cx: &RequestCx, now: &BoardFrame, chart: &'static str, title: &'static str) -> AnyView {
    let t = &cx.texts().board;
    let label = |end: &str| {
        let name = format!("{chart}-{end}");
        view! { <span data-live=name.clone()>{now.text(&name)}</span> }
    };
    let id = format!("chart-{chart}");
    let labelled_by = id.clone();
    view! {
        <figure class="chart" aria-labelledby=labelled_by>
            <figcaption id=id><b>{title}</b>". "{t.most}" "{label("most")}</figcaption>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                <path data-live=chart d=now.path(chart)></path>
            </svg>
            <p class="axis" aria-hidden="true">{label("from")}{label("to")}</p>
            <details>
                <summary>{t.as_table}</summary>
                {table(now, chart, title, &[t.minute, t.arrived])}
            </details>
        </figure>
    }
    .into_any()
}

/// The sessions behind doors; nothing on a day without any.
fn sessions(cx: &RequestCx, now: &BoardFrame) -> Option<AnyView> {
    let t = &cx.texts().board;
    let columns = [t.session, t.seated, t.admitted, t.late, t.in_room];
    (!now.table(name::SESSIONS).is_empty()).then(|| table(now, name::SESSIONS, t.by_session, &columns))
}

/// A heading and numbers in each row.
fn table(now: &BoardFrame, name: &'static str, caption: &'static str, columns: &[&'static str]) -> AnyView {
    let caption_id = format!("{name}-caption");
    let labelled_by = caption_id.clone();
    let heading =
        columns.iter().enumerate().map(|(at, column)| view! { <th scope="col" class=(at > 0).then_some("number")>{*column}</th> });
    let rows = now.table(name).into_iter().map(|row| {
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

/// Who of an organisation has come.
fn organisation(cx: &RequestCx, words: &str, asked: Asked) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().board;
    let mut state = FormState::filled([(ORGANISATION, words.to_owned())]);
    let found = asked.unwrap_or_else(|errors| {
        state.errors = errors;
        None
    });
    view! {
        <section class="stack" aria-labelledby="who">
            <h2 id="who">{t.who}</h2>
            <form class="finder" method="get" action=format!("{}#who", Page::Board.path(locale)) role="search">
                <TextField field=state.field(ORGANISATION) label=t.organisation hint=t.who_hint kind="search" maxlength=100_u32 required=false/>
                <p><Button>{t.find}</Button></p>
            </form>
            {found.map(|found| people(cx, found))}
        </section>
    }
    .into_any()
}

/// The files of certificates, once there are any: of the organisation that was asked for, or of everybody.
fn certificates(cx: &RequestCx, words: &str, parts: &[Part]) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().certificates;
    let number = |number: i64| i18n::number(locale, number);
    let count = number(parts.iter().map(|part| part.certificates).sum());
    let about = if words.trim().is_empty() { (t.of_all)(&count) } else { (t.of_organisation)(&count, words.trim()) };
    let address = with_query(&Download::Certificates.at(locale, ""), &format!("{ORGANISATION}={}", escape(words)));
    let mut last = 0;
    let files = parts
        .iter()
        .map(|part| {
            let first = last + 1;
            last += part.certificates;
            let until = part.until.map(|until| format!("&{UNTIL}={until}")).unwrap_or_default();
            let href = with_query(&address, &format!("{FROM}={}{until}", part.from));
            view! { <li><a href=href>{(t.part)(&number(first), &number(last))}</a></li> }
        })
        .collect_view();
    (!parts.is_empty()).then(|| {
        view! {
            <section class="stack" aria-labelledby="certificates">
                <h2 id="certificates">{t.many}</h2>
                <p>{about}</p>
                <ul class="link-list">{files}</ul>
            </section>
        }
        .into_any()
    })
}

fn people(cx: &RequestCx, found: Attendance) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().board;
    if found.people.is_empty() {
        return view! { <EmptyState text=t.nobody/> }.into_any();
    }
    let sum = (t.came_of)(&i18n::number(locale, found.arrived), &i18n::number(locale, found.registered));
    let rows = found.people.into_iter().map(|person| row(cx, person)).collect_view();
    view! {
        <p><b>{sum}</b></p>
        <div class="table" role="region" aria-labelledby="people-caption" tabindex="0">
            <table>
                <caption id="people-caption">{t.people}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t.full_name}</th>
                        <th scope="col">{t.state}</th>
                        <th scope="col">{t.organisation}</th>
                        <th scope="col">{t.audience}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(cx: &RequestCx, person: Attendee) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().board;
    let party = (person.people > 1).then(|| format!(" ({})", (cx.texts().people.party)(&i18n::number(locale, person.people))));
    let state = match person.arrived_at {
        Some(at) => view! { <span class="state confirmed">{t.came_at}" "{desk::moment(at)}</span> }.into_any(),
        None => view! { <span class="state pending">{t.not_yet}</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row"><a href=Page::Person.at(locale, &person.id.to_string())>{person.full_name}</a>{party}</th>
            <td>{state}</td>
            <td>{person.organisation}</td>
            <td>{person.audience.get(locale).to_owned()}</td>
        </tr>
    }
    .into_any()
}
