//! What a supervisor does for one person at a gate: let in by hand, undo, write what the gate should know.

use domain::{
    access::{self, Action, Decision},
    checkin::{ByHand, Checkpoint, Reason, Verdict},
    privacy::Purpose,
    registration::{ATTENTION_MAX, Details, field},
    text::{Locale, is_guest_name},
};
use leptos::prelude::*;
use services::registration::{
    ATTENTION,
    desk::{Person, ScanRow},
};

use crate::{
    components::{Button, ButtonKind, CheckboxField, Choice, DataTable, Notice, NoticeKind, Select, TextField},
    forms::FormState,
    pages::desk,
    request::RequestCx,
    routes::{Deed, Page},
};

/// The field of a form's own id: a second tap is the same entry.
pub const SCAN: &str = "scan";

/// The rule would not let somebody in: provided as context by the handler of the form, which shows it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgainstRule(pub Verdict);

/// The names of the forms' fields, for the summary of what is wrong.
pub(super) fn labels(cx: &RequestCx) -> Vec<(&'static str, &'static str)> {
    let t = &cx.texts().gate;
    let people = &cx.texts().people;
    vec![
        (field::FULL_NAME, people.full_name),
        (field::PHONE, people.phone),
        (field::ORGANISATION_NAME, people.organisation),
        (ByHand::CHECKPOINT, t.checkpoint),
        (ByHand::REASON, t.reason),
        (ByHand::NOTE, t.note),
        (ATTENTION, t.attention),
    ]
}

/// What can be done at a gate; nothing for who may not, or where there is no ticket.
pub(super) fn gate(cx: &RequestCx, person: &Person, checkpoints: &[Checkpoint]) -> Option<AnyView> {
    if person.erased_at.is_some() || person.merged_into.is_some() {
        return None;
    }
    let may = |action| access::decide(&cx.actor, action) == Decision::Allow;
    let admit = (person.ticket.is_some() && may(Action::AdmitByHand)).then(|| admit(cx, person, checkpoints));
    let guest = (is_guest_name(&person.full_name) && may(Action::RegisterWalkIn)).then(|| guest(cx, person));
    let attention = (!person.status.is_ended() && may(Action::WriteAttention)).then(|| attention(cx, person));
    (guest.is_some() || admit.is_some() || attention.is_some()).then(|| {
        view! {
            <section class="stack" aria-labelledby="gate">
                <h2 id="gate">{cx.texts().gate.title}</h2>
                {guest}
                {admit}
                {attention}
            </section>
        }
        .into_any()
    })
}

/// Who came in by a spare ticket and was not asked at the gate.
fn guest(cx: &RequestCx, person: &Person) -> AnyView {
    let (t, people) = (&cx.texts().gate, &cx.texts().people);
    let consent = Purpose::Attend.field();
    let fields = [field::FULL_NAME, field::PHONE, field::ORGANISATION_NAME, consent];
    let is_wrong = fields.iter().any(|name| cx.form.errors.of(name).is_some());
    let organisation_max = u32::try_from(Details::ORGANISATION_MAX).unwrap_or(u32::MAX);
    view! {
        <details open=is_wrong>
            <summary>{t.guest_title}</summary>
            <form class="form" method="post" action=Deed::NameGuest.at(cx.locale(), &person.id.to_string())>
                <p class="muted">{t.guest_about}</p>
                <TextField field=cx.form.field(field::FULL_NAME) label=people.full_name autocomplete="off" maxlength=100_u32/>
                <TextField
                    field=cx.form.field(field::PHONE)
                    label=people.phone
                    kind="tel"
                    inputmode="tel"
                    autocomplete="off"
                    required=false
                />
                <TextField
                    field=cx.form.field(field::ORGANISATION_NAME)
                    label=people.organisation
                    autocomplete="off"
                    maxlength=organisation_max
                    required=false
                />
                <p class="hint">{people.read_out}</p>
                <blockquote><p>{Purpose::Attend.statement(cx.locale())}</p></blockquote>
                <CheckboxField field=cx.form.field(consent) label=people.has_agreed/>
                <p><Button>{t.write_guest}</Button></p>
            </form>
        </details>
    }
    .into_any()
}

fn admit(cx: &RequestCx, person: &Person, checkpoints: &[Checkpoint]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().gate;
    let id = person.id.to_string();
    let against = use_context::<AgainstRule>();
    let form = &cx.form;
    let is_open = against.is_some() || [ByHand::CHECKPOINT, ByHand::REASON, ByHand::NOTE].iter().any(|name| form.errors.of(name).is_some());
    let places = checkpoints.iter().map(|place| Choice::new(place.id.to_string(), place.name(locale))).collect();
    let reasons = Reason::ALL.map(|reason| Choice::new(reason.key(), (t.reason_of)(reason))).into();
    let scan = match form.values.get(SCAN) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let (note_max, now) = (u32::try_from(ByHand::NOTE_MAX).unwrap_or(u32::MAX), cx.now);
    let refused = against.as_ref().map(|AgainstRule(verdict)| {
        let (word, reason) = (verdict.word(locale), verdict.reason(locale, now));
        view! { <Notice kind=NoticeKind::Warning><p role="alert">{t.refused}" "<b>{word}</b>". "{reason}</p></Notice> }
    });
    let button = if against.is_some() {
        view! {
            <p class="muted">{t.overrule_about}</p>
            <p><Button kind=ButtonKind::Danger name=ByHand::OVERRULES value="yes">{t.overrule}</Button></p>
        }
        .into_any()
    } else {
        view! { <p><Button>{t.admit}</Button></p> }.into_any()
    };
    view! {
        <details open=is_open>
            <summary>{t.admit_title}</summary>
            <form class="form" method="post" action=Deed::AdmitByHand.at(locale, &id)>
                <p class="muted">{t.admit_about}</p>
                {refused}
                <input type="hidden" name=SCAN value=scan autocomplete="off"/>
                <Select field=form.field(ByHand::CHECKPOINT) label=t.checkpoint choices=places/>
                <Select field=form.field(ByHand::REASON) label=t.reason choices=reasons/>
                <TextField field=form.field(ByHand::NOTE) label=t.note hint=t.note_hint autocomplete="off" maxlength=note_max required=false/>
                {button}
            </form>
        </details>
    }
    .into_any()
}

fn attention(cx: &RequestCx, person: &Person) -> AnyView {
    let t = &cx.texts().gate;
    let is_wrong = cx.form.errors.of(ATTENTION).is_some();
    let form = if is_wrong { cx.form.clone() } else { FormState::filled([(ATTENTION, person.attention.clone().unwrap_or_default())]) };
    let max = u32::try_from(ATTENTION_MAX).unwrap_or(u32::MAX);
    view! {
        <details open=is_wrong>
            <summary>{t.attention_title}</summary>
            <form class="form" method="post" action=Deed::WriteAttention.at(cx.locale(), &person.id.to_string())>
                <TextField
                    field=form.field(ATTENTION)
                    label=t.attention
                    hint=t.attention_hint
                    autocomplete="off"
                    maxlength=max
                    required=false
                />
                <p><Button kind=ButtonKind::Second>{t.write_attention}</Button></p>
            </form>
        </details>
    }
    .into_any()
}

/// The person's scans, each to be undone where that changes anything.
pub(super) fn scans(cx: &RequestCx, person: &str, scans: Vec<ScanRow>) -> Option<AnyView> {
    if scans.is_empty() {
        return None;
    }
    let (t, people) = (&cx.texts().gate, &cx.texts().people);
    let may_undo = access::decide(&cx.actor, Action::CorrectScans) == Decision::Allow;
    let columns = [people.at, people.checkpoint, people.verdict_head, people.device, t.action].map(str::to_owned).into();
    let rows = scans.into_iter().map(|scan| row(cx, person, scan, may_undo)).collect_view();
    Some(view! { <DataTable caption=people.scans id="scans" columns=columns>{rows}</DataTable> }.into_any())
}

fn row(cx: &RequestCx, person: &str, scan: ScanRow, may_undo: bool) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().gate;
    let against = scan.is_against_rule.then(|| format!(", {}", t.against_rule));
    let reason = scan.reason.map(|(reason, note)| {
        let note = note.map(|note| format!(" ({note})"));
        view! { <span class="under">{t.by_hand}" "{(t.reason_of)(reason)}{note}</span> }
    });
    let action = match (&scan.undone_by, may_undo && scan.is_entry) {
        (Some(by), _) => (t.undone)(by).into_any(),
        (None, true) => undo(cx, person, &scan.id.to_string()),
        (None, false) => ().into_any(),
    };
    view! {
        <tr>
            <td>{desk::moment(scan.at)}</td>
            <td>{scan.checkpoint.get(locale).to_owned()}</td>
            <td>{(cx.texts().people.verdict)(&scan.verdict)}{against}{reason}</td>
            <td>{scan.device}</td>
            <td>{action}</td>
        </tr>
    }
    .into_any()
}

fn undo(cx: &RequestCx, person: &str, scan: &str) -> AnyView {
    let t = &cx.texts().gate;
    view! {
        <details>
            <summary>{t.undo}</summary>
            <form method="post" action=Deed::UndoScan.at(cx.locale(), person)>
                <input type="hidden" name=SCAN value=scan.to_owned()/>
                <p class="muted">{t.undo_about}</p>
                <p><Button kind=ButtonKind::Danger>{t.undo}</Button></p>
            </form>
        </details>
    }
    .into_any()
}

/// The person's page, where its scans are.
pub fn at_scans(locale: Locale, person: &str) -> String {
    format!("{}#scans", Page::Person.at(locale, person))
}
