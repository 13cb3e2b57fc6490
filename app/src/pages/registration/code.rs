//! Behind the code of a ticket: what anybody's camera may see, and a button for those who check in.

use domain::{
    access::{self, Action, Decision},
    checkin::{Card, Checkpoint, Direction, ScanReport, Verdict},
    registration::Status,
};
use leptos::prelude::*;
use services::{
    checkin,
    registration::{self, PublicTicket},
};

use crate::{
    components::{Button, ButtonKind, Choice, Icon, Notice, NoticeKind, Select, Shape},
    forms::FormState,
    i18n,
    pages::{Trouble, loaded},
    request::{RequestCx, request},
    routes::Deed,
    shell::PageHead,
};

/// Name of the form's field with the checkpoint's id.
pub const CHECKPOINT: &str = "checkpoint";

/// Name of the form's hidden field with the scan's id, made with the page: the form sent twice is one scan, and gets one
/// answer.
pub const SCAN: &str = "scan";

/// Name of the button that says which way the person goes, where exits are counted.
pub const DIRECTION: &str = "direction";

/// What a check-in on this page came to. Whoever takes the forms of [`Deed::CheckInTicket`] and [`Deed::UndoCheckIn`] provides it
/// as context and answers with this page: an address that named the result could be forged, put into a QR code and held up to a
/// steward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedIn {
    Told(Box<ScanReport>),
    Undone,
    /// It is too late to undo it, or it was somebody else's.
    NotUndone,
}

pub fn page(code: &str) -> AnyView {
    let cx = request();
    let result = use_context::<CheckedIn>();
    let may_scan = access::decide(&cx.actor, Action::Scan) == Decision::Allow;
    let (services, actor, code) = (cx.services.clone(), cx.actor.clone(), code.to_owned());
    let load = {
        let code = code.clone();
        async move {
            let ticket = registration::public_ticket(&services, &code).await?;
            let checkpoints = if may_scan { checkin::checkpoints(&services, &actor).await? } else { Vec::new() };
            Ok::<_, Trouble>((ticket, checkpoints))
        }
    };
    loaded(load, move |(ticket, checkpoints)| {
        let result = result.filter(|_| may_scan);
        show(&cx, &code, ticket, checkpoints, result)
    })
}

fn show(cx: &RequestCx, code: &str, ticket: PublicTicket, checkpoints: Vec<Checkpoint>, result: Option<CheckedIn>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let (class, shape, status) = match (ticket.status, ticket.reissued) {
        (Status::Confirmed, _) if ticket.is_blocked => ("status stopped", Shape::Warning, t.blocked),
        (Status::Confirmed, true) => ("status stopped", Shape::Warning, t.code_reissued),
        (Status::Confirmed, false) => ("status", Shape::Check, t.code_valid),
        _ => ("status stopped", Shape::Warning, t.code_cancelled),
    };
    // Checked in once, there is nothing more to do here.
    let is_done = matches!(result, Some(CheckedIn::Told(_) | CheckedIn::NotUndone));
    let form = (!is_done && !checkpoints.is_empty()).then(|| check_in(cx, code, checkpoints));
    let verdict = result.map(|result| match result {
        CheckedIn::Told(report) => told(cx, code, &report),
        CheckedIn::Undone => notice(NoticeKind::Success, cx.texts().checkin.script.undone, t.undone_hint),
        CheckedIn::NotUndone => notice(NoticeKind::Warning, cx.texts().checkin.script.undo_refused, t.not_undone),
    });
    view! {
        <PageHead title=t.code_title/>
        <div class="stack behind-code">
            <h1>{t.code_title}</h1>
            {verdict}
            <p class=class><Icon shape/><strong>{status}</strong></p>
            <dl class="entered">
                <div><dt>{t.holder}</dt><dd>{ticket.masked_name}</dd></div>
                <div><dt>{t.audience_kind}</dt><dd>{ticket.audience.get(locale).to_owned()}</dd></div>
                <div><dt>{t.event}</dt><dd>{ticket.edition.name.get(locale).to_owned()}</dd></div>
                <div><dt>{t.date}</dt><dd>{i18n::date(locale, ticket.edition.peak_on)}</dd></div>
                <div><dt>{t.place}</dt><dd>{ticket.edition.place.get(locale).to_owned()}</dd></div>
            </dl>
            {form}
            <p class="muted">{t.code_about}</p>
        </div>
    }
    .into_any()
}

fn notice(kind: NoticeKind, word: &'static str, text: &'static str) -> AnyView {
    view! { <div role="status"><Notice kind><p><strong>{word}"."</strong>" "{text}</p></Notice></div> }.into_any()
}

/// The verdict, with who it is and what to know of the person; and the way back, where somebody went through.
fn told(cx: &RequestCx, code: &str, report: &ScanReport) -> AnyView {
    let locale = cx.locale();
    let ScanReport { scan_id, verdict, card, .. } = report;
    let label = cx.texts().checkin.script.undo;
    let went = verdict.admits() || *verdict == Verdict::Exit;
    let undo = went.then(|| {
        view! {
            <form method="post" action=Deed::UndoCheckIn.at(locale, code)>
                <input type="hidden" name=SCAN value=scan_id.to_string() autocomplete="off"/>
                <Button kind=ButtonKind::Second>{label}</Button>
            </form>
        }
    });
    view! {
        <div class="answer" data-kind=verdict.key() role="status">
            <p class="answer-word">{verdict.word(locale).to_owned()}</p>
            {card.as_ref().map(|card| person(cx, card))}
            <p>{verdict.reason(locale, cx.now)}</p>
        </div>
        {undo}
    }
    .into_any()
}

fn person(cx: &RequestCx, card: &Card) -> AnyView {
    let locale = cx.locale();
    let attention = card.attention.clone().map(|text| view! { <p><strong>{text}</strong></p> });
    let answers = card.answers.iter().map(|answer| view! { <p><strong>{answer.told(locale)}</strong></p> }).collect_view();
    view! {
        <p><strong>{card.name.clone()}</strong><br/>{card.group(locale)}</p>
        {attention}
        {answers}
    }
    .into_any()
}

/// The button for those who check in, with the checkpoint where they stand.
fn check_in(cx: &RequestCx, code: &str, checkpoints: Vec<Checkpoint>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let only = (checkpoints.len() == 1).then(|| (CHECKPOINT, checkpoints[0].id.to_string()));
    let state = cx.form.clone().or(FormState::filled(only));
    let scan = match state.values.get(SCAN) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let counts_exits = checkpoints.iter().any(|checkpoint| checkpoint.counts_exits);
    let out = counts_exits.then(|| {
        view! { <Button kind=ButtonKind::Second name=DIRECTION value=Direction::Exit.key()>{t.check_out}</Button> }
    });
    let choices = checkpoints.iter().map(|checkpoint| Choice::new(checkpoint.id.to_string(), checkpoint.name(locale))).collect();
    view! {
        <form class="form" method="post" action=Deed::CheckInTicket.at(locale, code)>
            <input type="hidden" name=SCAN value=scan autocomplete="off"/>
            <Select field=state.field(CHECKPOINT) label=t.checkpoint choices/>
            <p class="actions"><Button>{t.check_in}</Button>" "{out}</p>
        </form>
    }
    .into_any()
}
