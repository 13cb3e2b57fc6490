//! The check-in page: the frame that the scanner's script (`frontend/scanner`) brings to life, and what helps without it.
//!
//! Ids in here are what the script looks for.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Checkpoint, Count, Setup, Shift, Watch},
    privacy::Purpose,
    registration::Details,
    text::{Locale, PersonName},
    time,
};
use leptos::prelude::*;
use services::checkin;

use crate::{
    components::{Button, ButtonKind, Icon, Layout, Notice, NoticeKind, Shape},
    i18n,
    pages::{Trouble, problem},
    prefs,
    request::{RequestCx, request},
    routes::{self, Deed, Page},
    shell::PageHead,
};

/// The page. Anybody else than stewards, organisers and paired phones is sent away in the site's own frame.
pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    let (actor, token) = (cx.actor.clone(), cx.token.clone());
    Suspend::new(async move {
        match checkin::shift(&services, &actor, token.as_ref().map(|token| token.0.as_str())).await {
            Ok(shift) => frame(&cx, Some(shift)),
            Err(error) => view! { <Layout>{problem::page(Trouble::from(error))}</Layout> }.into_any(),
        }
    })
    .into_any()
}

/// The page without anybody's data: what a phone opens without a network. It knows its shift from before.
pub fn shell() -> AnyView {
    frame(&request(), None)
}

/// Shown by the script where the browser does not keep the page.
fn needs_network(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    let text = match cx.authority {
        None => view! { <p>{t.needs_network}</p> }.into_any(),
        Some(_) => view! {
            <p>{t.needs_certificate}</p>
            <p><a href=Page::Authority.path(cx.locale())>{t.install_certificate}</a></p>
        }
        .into_any(),
    };
    view! { <div data-needs-network="" hidden><Notice kind=NoticeKind::Warning>{text}</Notice></div> }.into_any()
}

fn frame(cx: &RequestCx, shift: Option<Shift>) -> AnyView {
    let t = &cx.texts().checkin;
    let watched = shift.iter().flat_map(|shift| Watch::of(&shift.checkpoints).into_iter().map(move |watch| (shift, watch)));
    let places = watched
        .filter_map(|(shift, watch)| Some(place_row(cx, watch, watch.now(&shift.checkpoints, cx.now)?, &shift.counts)))
        .collect_view();
    let none = shift.as_ref().is_some_and(|shift| shift.checkpoints.is_empty()).then(|| view! { <p>{t.no_places}</p> });
    let who = shift.as_ref().map(|shift| shift.who.clone()).unwrap_or_default();
    let data = Setup { locale: cx.locale(), texts: t.script.clone(), shift };
    view! {
        <PageHead title=t.title description=t.description/>
        <div class="scanner" id="scanner">
            <a class="skip-link" href="#main">{cx.texts().common.skip_to_content}</a>
            {head(cx, who)}
            <main id="main" tabindex="-1">
                <section class="choose stack" id="choose" aria-labelledby="choose-title">
                    <noscript><Notice kind=NoticeKind::Warning><p>{t.needs_script}</p></Notice></noscript>
                    <p class="muted" id="loading" hidden>{t.loading}</p>
                    <div id="broken" role="alert" hidden><Notice kind=NoticeKind::Warning><p>{t.broken}</p></Notice></div>
                    {needs_network(cx)}
                    <div id="moved" role="alert" hidden><Notice kind=NoticeKind::Warning><p><span id="moved-where"></span>" "{t.choose_again}</p></Notice></div>
                    <h2 id="choose-title">{t.choose}</h2>
                    {none}
                    <p class="muted" id="choose-hint" hidden>{t.choose_hint}</p>
                    <div id="no-shift" hidden><Notice kind=NoticeKind::Warning><p>{t.no_shift}</p></Notice></div>
                    <ul class="stack" id="places">{places}</ul>
                    <h2>{t.other_way_title}</h2>
                    <p>{t.other_way}</p>
                </section>
                {scan(cx)}
            </main>
            {verdict(cx)}
        </div>
        <script r#type="application/json" id="checkin" data-scope=Page::CheckIn.path(cx.locale()) inner_html=json(&data)></script>
    }
    .into_any()
}

/// Place, numbers and the way out: always in sight.
fn head(cx: &RequestCx, who: String) -> AnyView {
    let common = &cx.texts().common;
    let t = &cx.texts().checkin;
    let locale = cx.locale();
    let other = locale.pick(Locale::En, Locale::Vi);
    view! {
        <header class="scanner-head">
            <div>
                <h1 id="place">{t.title}</h1>
                <p id="door" hidden><span id="door-session"></span><span id="door-state"></span></p>
                <p class="muted">
                    <span id="count" hidden><b id="admitted">"0"</b>" "{t.admitted}" · "</span>
                    <span id="who">{who}</span>
                </p>
            </div>
            <details class="menu" id="menu">
                <summary>{t.menu}</summary>
                <div class="stack">
                    <button type="button" class="button second" id="change-place" hidden>{t.change_place}</button>
                    <label class="choice"><input type="checkbox" id="confirm-first"/>{t.confirm_first}</label>
                    <form id="kiosk-on" class="stack" novalidate hidden>
                        <label for="kiosk-pin">{t.kiosk}</label>
                        <p class="hint" id="kiosk-hint">{t.kiosk_hint}</p>
                        <p class="error" id="kiosk-error" role="alert"></p>
                        {pin_row("kiosk-pin", "kiosk-hint kiosk-error", t.kiosk_on)}
                    </form>
                    <ul class="link-list">
                        <li><a href=Page::Home.path(locale)>{common.home}</a></li>
                        <li>
                            <a href=Page::CheckIn.path(other) lang=other.tag() hreflang=other.tag()>{common.other_language}</a>
                        </li>
                    </ul>
                    <form method="post" action=Deed::SignOut.at(locale, "") id="sign-out">
                        <Button kind=ButtonKind::Second>{common.sign_out}</Button>
                    </form>
                </div>
            </details>
        </header>
    }
    .into_any()
}

/// A place to choose, as it is now.
fn place_row(cx: &RequestCx, watch: Watch, place: &Checkpoint, counts: &[Count]) -> AnyView {
    let t = &cx.texts().checkin;
    let locale = cx.locale();
    let id = watch.to_string();
    let count_of = place.id.to_string();
    let admitted = counts.iter().find(|count| count.id == place.id).map_or(0, |count| count.admitted);
    let (open, state) = state(locale, cx.now, place);
    let name = place.door.as_ref().map_or_else(|| place.name(locale), |door| door.session.room_name(locale)).to_owned();
    let session = place.door.as_ref().map(|door| {
        let hours = format!("{}–{}", i18n::time(door.session.starts_at), i18n::time(door.session.ends_at));
        view! { <p id=format!("session-{id}")>{door.session.title(locale).to_owned()}" · "{hours}</p> }
    });
    let name_id = format!("place-{id}");
    let labelled_by = format!("scan-{id} {name_id}");
    view! {
        <li class="card">
                <h3 id=name_id>{name}</h3>
                {session}
                <p class=if open { "mark open" } else { "mark" } id=format!("state-{id}")><Icon shape=Shape::Clock/>{state}</p>
                <p class="mark"><b id=format!("count-{id}") data-count=count_of>{i18n::number(locale, admitted)}</b>" "{t.admitted}</p>
            <button type="button" class="button" id=format!("scan-{id}") aria-labelledby=labelled_by data-place=id hidden>
                {t.scan_here}
            </button>
        </li>
    }
    .into_any()
}

/// Whether the place is open, and until or from when.
fn state(locale: Locale, now: DateTime<Utc>, place: &Checkpoint) -> (bool, String) {
    let t = &i18n::t(locale).checkin;
    let at = |at: DateTime<Utc>| {
        let day = time::local_date(at);
        if day == time::local_date(now) { i18n::time(at) } else { format!("{}, {}", i18n::time(at), i18n::date_short(locale, day)) }
    };
    match (place.opens_at, place.closes_at) {
        (_, Some(closes)) if now >= closes => (false, (t.closed)(&at(closes))),
        (Some(opens), _) if now < opens => (false, (t.opens)(&at(opens))),
        (_, Some(closes)) => (true, (t.open_until)(&at(closes))),
        (Some(_), None) => (true, t.open.to_owned()),
        (None, None) => (true, t.always_open.to_owned()),
    }
}

/// The scanner itself: picture, typed code, last scans, states.
fn scan(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    let chip = |label: &'static str, id: &'static str| view! { <li>{label}" "<b id=id></b></li> };
    view! {
        <section class="scan" id="scan" aria-label=t.title data-way="entry" hidden>
            <div class="ways" id="direction" role="group" aria-label=t.way hidden>
                <button type="button" data-direction="entry" aria-pressed="true">{t.way_in}</button>
                <button type="button" data-direction="exit" aria-pressed="false">{t.way_out}</button>
            </div>
            {moved(cx)}
            <div class="stage">
                <video id="video" playsinline muted aria-hidden="true"></video>
                <p class="aim-help" id="help" hidden>{t.help}</p>
                <div class="stage-start stack" id="camera-start">
                    <p id="camera-problem" role="alert"></p>
                    <button type="button" class="button" id="start">{t.start_camera}</button>
                    <p>{t.start_hint}</p>
                </div>
                <div class="aim" aria-hidden="true"></div>
                <div class="stage-tools">
                    <button type="button" id="switch" hidden>{t.switch_camera}</button>
                    <button type="button" id="torch" aria-pressed="false" hidden>{t.torch}</button>
                    <button type="button" id="stop" hidden>{t.stop_camera}</button>
                </div>
            </div>
            <div class="sheet stack">
                {kiosk(cx)}
                {kiosk_stopped(cx)}
                <div role="status">
                    <ul class="states link-list">
                        {chip(t.network, "network")}
                        {chip(t.waiting, "waiting")}
                        {chip(t.camera, "camera-state")}
                        {chip(t.list, "list-state")}
                        {chip(t.clock, "clock-state")}
                        <li id="battery-chip" hidden>{t.battery}" "<b id="battery"></b></li>
                    </ul>
                </div>
                <div id="not-kept" role="alert" hidden><Notice kind=NoticeKind::Warning><p>{t.not_kept}</p></Notice></div>
                {needs_network(cx)}
                <p id="new-build" role="status" hidden>{t.new_build}" "<button type="button" class="button second" id="reload">{t.reload}</button></p>
                <div class="refused stack" id="refused" hidden>
                    <h2>{t.not_taken}" ("<span id="refused-count">"0"</span>")"</h2>
                    <p>{t.not_taken_hint}</p>
                    <ul class="scans" id="refused-scans" tabindex="0" aria-label=t.not_taken></ul>
                    <button type="button" class="button second" id="resend">{t.resend}</button>
                </div>
                <h2>{t.last_scans}</h2>
                <p class="muted" id="no-scans">{t.no_scans}</p>
                <ol class="scans" id="scans" tabindex="0" aria-label=t.last_scans></ol>
                <form id="code-form" novalidate>
                    <label for="code">{t.type_code}</label>
                    <p class="hint" id="code-hint">{t.type_hint}</p>
                    <p class="error" id="code-error" role="alert"></p>
                    <div class="code-row">
                        <input
                            type="text"
                            id="code"
                            autocomplete="off"
                            autocapitalize="characters"
                            spellcheck="false"
                            enterkeyhint="go"
                            aria-describedby="code-hint code-error"
                        />
                        <Button>{t.check_code}</Button>
                    </div>
                </form>
                {kiosk_staff(cx)}
                <div>
                    <label for="picture">{t.picture}</label>
                    <input type="file" id="picture" accept="image/*" capture="environment" aria-describedby="picture-note"/>
                    <p class="hint" id="picture-note" role="status"></p>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// What visitors read who hold up their own codes, in both languages.
fn kiosk(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    let other = cx.locale().pick(Locale::En, Locale::Vi);
    view! {
        <div class="kiosk stack" id="kiosk" hidden>
            <p class="kiosk-lead">{t.kiosk_lead}</p>
            <p lang=other.tag()>{i18n::t(other).checkin.kiosk_lead}</p>
        </div>
    }
    .into_any()
}

/// What they read where there is nothing to scan for any more, in place of the scanner.
fn kiosk_stopped(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    let other = cx.locale().pick(Locale::En, Locale::Vi);
    view! {
        <div class="kiosk stack" id="kiosk-stopped" hidden>
            <p class="kiosk-lead">{t.kiosk_stopped}</p>
            <p lang=other.tag()>{i18n::t(other).checkin.kiosk_stopped}</p>
        </div>
    }
    .into_any()
}

/// That the session scanned for is in another room now, for staff; at self-service in both languages, and to stay.
fn moved(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    let other = cx.locale().pick(Locale::En, Locale::Vi);
    view! {
        <div class="moved" id="moved-here" role="alert" hidden>
            <Notice kind=NoticeKind::Warning>
                <p id="moved-own"></p>
                <p id="moved-other" lang=other.tag()></p>
                <button type="button" class="button second" id="moved-seen">{t.moved_seen}</button>
            </Notice>
        </div>
    }
    .into_any()
}

/// The way out of self-service.
fn kiosk_staff(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    view! {
        <details class="kiosk" id="kiosk-staff" hidden>
            <summary>{t.kiosk_staff}</summary>
            <form id="kiosk-off" class="stack" novalidate>
                <label for="kiosk-given">{t.kiosk_pin}</label>
                <p class="error" id="kiosk-wrong" role="alert"></p>
                {pin_row("kiosk-given", "kiosk-wrong", t.kiosk_off)}
            </form>
        </details>
    }
    .into_any()
}

fn pin_row(id: &'static str, described_by: &'static str, button: &'static str) -> AnyView {
    view! {
        <div class="code-row">
            <input type="password" id=id inputmode="numeric" maxlength="6" autocomplete="off" aria-describedby=described_by/>
            <Button kind=ButtonKind::Second>{button}</Button>
        </div>
    }
    .into_any()
}

/// Covers the screen with the answer. The script fills it in; nothing in it is green before there is a verdict.
fn verdict(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    let back = routes::escape(&cx.address());
    let sign_in = format!("{}?{}={back}", Page::SignIn.path(cx.locale()), prefs::BACK);
    view! {
        <dialog id="verdict" class="verdict" role="alertdialog" aria-labelledby="verdict-word" aria-describedby="verdict-reason">
            <div class="verdict-text" aria-live="assertive">
                <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path id="verdict-icon"></path></svg>
                <h2 id="verdict-word"></h2>
                <p class="verdict-name" id="verdict-name"></p>
                <p id="verdict-group"></p>
                <p id="verdict-reason"></p>
                <p id="verdict-note"></p>
                <ul id="verdict-answers" class="plain"></ul>
            </div>
            {guest(cx)}
            {asked(cx)}
            <a class="button" id="sign-in" href=sign_in target="_blank" hidden>{t.sign_in_again}</a>
            <button type="button" id="check-in" hidden>{t.check_in}</button>
            <button type="button" id="take-over" hidden>{t.take_over}</button>
            <button type="button" id="go-on">{t.go_on}</button>
            <button type="button" id="undo-now" hidden>{t.script.undo}</button>
        </dialog>
    }
    .into_any()
}

/// Asks who came in by a spare ticket. The script says what is wrong, and keeps what was typed until the server has it.
fn guest(cx: &RequestCx) -> AnyView {
    let (t, people) = (&cx.texts().checkin, &cx.texts().people);
    let optional = cx.texts().common.optional;
    let error = |id: &'static str| view! { <p class="error" id=id role="alert"></p> };
    view! {
        <form class="guest stack" id="guest" aria-labelledby="guest-title" autocomplete="off" novalidate hidden>
            <div class="guest-head">
                <h3 id="guest-title">{t.guest}</h3>
                <button type="button" class="button second" id="guest-skip">{t.guest_skip}</button>
            </div>
            <div class="field">
                <label for="guest-name">{people.full_name}</label>
                {error("guest-name-error")}
                <input type="text" id="guest-name" maxlength=PersonName::MAX.to_string() autocapitalize="words" spellcheck="false" aria-describedby="guest-name-error"/>
            </div>
            <div class="field">
                <label for="guest-phone">{people.phone}<span class="optional">" ("{optional}")"</span></label>
                {error("guest-phone-error")}
                <input type="tel" id="guest-phone" maxlength="20" inputmode="tel" aria-describedby="guest-phone-error"/>
            </div>
            <div class="field">
                <label for="guest-organisation">{people.organisation}<span class="optional">" ("{optional}")"</span></label>
                {error("guest-organisation-error")}
                <input type="text" id="guest-organisation" maxlength=Details::ORGANISATION_MAX.to_string() aria-describedby="guest-organisation-error"/>
            </div>
            <div>
                <p class="hint">{people.read_out}</p>
                <blockquote><p>{Purpose::Attend.statement(cx.locale())}</p></blockquote>
                {error("guest-consent-error")}
                <div class="choice">
                    <input type="checkbox" id="guest-consent" aria-describedby="guest-consent-error"/>
                    <label for="guest-consent">{people.has_agreed}</label>
                </div>
            </div>
            <p class="hint">{t.guest_kept}</p>
            <button type="submit" class="button">{t.guest_write}</button>
        </form>
    }
    .into_any()
}

/// Asks what the edition asks at the gate. The script writes the questions, which differ from person to person.
fn asked(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().checkin;
    view! {
        <form class="guest stack" id="asked" aria-labelledby="asked-title" autocomplete="off" novalidate hidden>
            <div class="guest-head">
                <h3 id="asked-title">{t.asked}</h3>
                <button type="button" class="button second" id="asked-skip">{t.guest_skip}</button>
            </div>
            <div class="stack" id="asked-fields"></div>
            <p class="hint">{t.asked_kept}</p>
            <button type="submit" class="button">{t.asked_write}</button>
        </form>
    }
    .into_any()
}

/// The data as JSON that no text in it can end: `<` is written as an escape, so neither `</script>` nor `<!--` occurs.
fn json(setup: &Setup<&'static str>) -> String {
    serde_json::to_string(setup).expect("the data has only text keys").replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::{checkin::CheckpointKind, ids::CheckpointId};
    use uuid::Uuid;

    use super::*;

    fn place(name: &str) -> Checkpoint {
        Checkpoint {
            id: CheckpointId(Uuid::nil()),
            year: 2027,
            kind: CheckpointKind::Gate,
            name_vi: name.to_owned(),
            name_en: name.to_owned(),
            opens_at: None,
            closes_at: None,
            admits: Vec::new(),
            door: None,
            counts_exits: false,
            shares: None,
        }
    }

    #[test]
    fn a_place_says_from_or_until_when_it_is_open_with_the_day_unless_it_is_today() {
        let now = DateTime::from_timestamp(1_823_126_400, 0).unwrap();
        let (hour, week) = (TimeDelta::hours(1), TimeDelta::weeks(1));
        let state = |opens_at, closes_at| state(Locale::En, now, &Checkpoint { opens_at, closes_at, ..place("") });
        assert_eq!(state(None, None), (true, "Open all day".to_owned()));
        assert_eq!(state(Some(now + hour), None), (false, "Opens at 08:00".to_owned()));
        assert_eq!(state(Some(now + week), None), (false, "Opens at 07:00, 17 Oct".to_owned()));
        assert_eq!(state(Some(now), Some(now + hour)), (true, "Open until 08:00".to_owned()));
        assert_eq!(state(Some(now - hour), Some(now)), (false, "Closed at 07:00".to_owned()));
        assert_eq!(state(Some(now - hour), None), (true, "Open".to_owned()));
    }

    #[test]
    fn no_name_ends_the_script_that_holds_it() {
        let name = "</script><!--<script>alert(1)";
        let shift = Shift {
            server_now: DateTime::UNIX_EPOCH,
            year: 2027,
            who: name.to_owned(),
            device: None,
            sign_in: None,
            checkpoints: vec![place(name)],
            sessions: Vec::new(),
            questions: Vec::new(),
            keys: Vec::new(),
            counts: Vec::new(),
        };
        let setup = Setup { locale: Locale::Vi, texts: i18n::t(Locale::Vi).checkin.script.clone(), shift: Some(shift) };
        let json = json(&setup);
        assert!(!json.contains('<'), "{json}");
        let read: Setup = serde_json::from_str(&json).unwrap();
        assert_eq!(read.shift.unwrap().checkpoints[0].name_vi, name);
        assert_eq!(read.texts.checking, setup.texts.checking);
    }
}
