//! The board on a large screen, and how a browser becomes one.

use domain::{
    access::{Action, Actor},
    text::Locale,
};
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use services::{Error, checkin::board::Board};

use super::{
    frame::{self, Extent, name},
    numbers::{chart, figures, freshness, sessions, table},
    read, sign_in_again,
};
use crate::{
    components::{Button, ButtonKind, ButtonLink, EmptyState, ErrorSummary, Layout, TextField},
    islands::board::{ENDED, LIVE},
    pages::{Trouble, access::field, desk, problem},
    request::{RequestCx, request},
    routes::{Deed, Page},
    shell::PageHead,
};

/// Makes this browser a screen.
pub(super) fn pair_screen(cx: &RequestCx) -> AnyView {
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
            Ok(Shown::Board(read(cx).await?.map(Box::new)))
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
            let frame = frame::of(locale, Extent::Screen, board);
            view! {
                {figures(cx, &frame)}
                {chart(cx, &frame, name::DAY, t.over_day)}
                <div class="screen-tables">
                    {table(&frame, name::CHECKPOINTS, t.by_checkpoint, &[t.checkpoint, t.admitted, t.scans])}
                    {table(&frame, name::AUDIENCES, t.by_audience, &[t.audience, t.arrived, t.of_registered, t.percent])}
                    {sessions(cx, &frame)}
                </div>
                {freshness(cx, &frame)}
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
    let (t, sign_in, href) = (&cx.texts().board, cx.texts().access.sign_in, sign_in_again(cx.locale()));
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
