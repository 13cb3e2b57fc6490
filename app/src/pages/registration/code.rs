//! Behind the code of a ticket: what anybody's camera may see, and a button for those who check in.

use domain::{
    access::{self, Action, Decision},
    checkin::{Checkpoint, Verdict},
    registration::Status,
};
use leptos::prelude::*;
use services::{
    checkin,
    registration::{self, PublicTicket},
};

use crate::{
    components::{Button, Choice, Icon, Select, Shape},
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

/// What a check-in on this page came to. Whoever takes the form of [`Deed::CheckInTicket`] provides it as context and
/// answers with this page: an address that named the result could be forged, put into a QR code and held up to a steward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedIn(pub Verdict);

pub fn page(code: &str) -> AnyView {
    let cx = request();
    let result = use_context::<CheckedIn>();
    let may_scan = access::decide(&cx.actor, Action::Scan) == Decision::Allow;
    let (services, actor, code) = (cx.services.clone(), cx.actor.clone(), code.to_owned());
    let load = {
        let code = code.clone();
        async move {
            let ticket = registration::public_ticket(&services, &code).await?;
            let checkpoints = if may_scan { checkin::setup(&services, &actor).await?.checkpoints } else { Vec::new() };
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
    let verdict = result.map(|CheckedIn(verdict)| {
        view! {
            <div class="answer" data-kind=verdict.key() role="status">
                <p class="answer-word">{verdict.word(locale)}</p>
                <p>{verdict.reason(locale, cx.now)}</p>
            </div>
        }
    });
    // Checked in once, there is nothing more to do here.
    let form = (verdict.is_none() && !checkpoints.is_empty()).then(|| check_in(cx, code, checkpoints));
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
    let choices = checkpoints.iter().map(|checkpoint| Choice::new(checkpoint.id.to_string(), checkpoint.name(locale))).collect();
    view! {
        <form class="form" method="post" action=Deed::CheckInTicket.at(locale, code)>
            <input type="hidden" name=SCAN value=scan autocomplete="off"/>
            <Select field=state.field(CHECKPOINT) label=t.checkpoint choices/>
            <p><Button>{t.check_in}</Button></p>
        </form>
    }
    .into_any()
}
