//! The registration form: one page, the fields of one audience, complete without scripts.

use domain::{
    form::Problem,
    privacy::Purpose,
    registration::{Asked, InvitationCode, TICKED, field},
};
use leptos::prelude::*;
use services::registration::{self, AudienceChoice, FormChoices};

use super::{
    audience::{self, AUDIENCE, Door},
    details,
};
use crate::{
    components::{Button, ButtonKind, CheckboxField, ErrorSummary, Guard, Notice, NoticeKind, TextField},
    forms::{ENTRY, FormState},
    i18n,
    islands::opening::OpeningPuzzle,
    pages::{loaded, programme::preparing},
    request::{RequestCx, request},
    routes::{Deed, Page},
    shell::PageHead,
};

/// Query name of an invitation's code, the same in both languages.
pub const INVITATION: &str = "ma-moi";

/// Query name of the note that an invitation was asked for, the same in both languages.
pub const ASKED: &str = "da-gui";

/// The field of the address that an invitation is sent to.
pub const INVITE_EMAIL: &str = "invite_email";

pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    let typed = match cx.form.values.get(field::INVITATION) {
        "" => cx.query_value(INVITATION),
        posted => Some(posted.to_owned()),
    };
    let code = typed.as_deref().and_then(InvitationCode::parse);
    let asked = code.clone();
    loaded(async move { registration::choices(&services, asked.as_ref()).await }, move |choices| match choices {
        Some(choices) => show(&cx, choices, typed, code),
        None => preparing(&cx),
    })
}

fn show(cx: &RequestCx, choices: FormChoices, typed: Option<String>, code: Option<InvitationCode>) -> AnyView {
    let t = &cx.texts().registration;
    let lost = &cx.texts().lost;
    let asked = cx.query_value(AUDIENCE);
    let is_invited = choices.audiences.iter().any(|audience| audience.invited.is_some());
    let chosen = audience::chosen(&choices.audiences, &cx.form.values, asked.as_deref(), cx.now).cloned();
    let title = if cx.form.errors.is_empty() { t.title } else { t.title_with_errors };
    let wrong_code = (typed.is_some() && !is_invited && cx.form.is_empty()).then(|| {
        let text = Problem::InvitationUnusable.text(cx.locale());
        view! { <Notice kind=NoticeKind::Warning><p>{text}</p></Notice> }
    });
    let was_asked = cx.query_value(ASKED).map(|_| view! { <Notice kind=NoticeKind::Success><p>{t.invitation_asked}</p></Notice> });
    let content = match chosen {
        Some(chosen) => for_audience(cx, choices, chosen, code),
        None => view! { <Notice><p>{t.no_audience}</p></Notice> }.into_any(),
    };
    view! {
        <PageHead title description=t.description/>
        <div class="registration">
            <h1>{t.title}</h1>
            <p class="lead">{t.intro}</p>
            <p><a href=Page::RegisterDelegation.path(cx.locale())>{cx.texts().delegation.invite}</a></p>
            <p class="muted">{lost.lost}" "<a href=Page::FindTicket.path(cx.locale())>{lost.find}</a>"."</p>
            {was_asked}
            {wrong_code}
            {content}
            {(!is_invited).then(|| invitation(cx))}
        </div>
    }
    .into_any()
}

/// Where a code is typed, and where one is asked for.
fn invitation(cx: &RequestCx) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let state = FormState::default();
    view! {
        <details class="invitation" open=cx.form.errors.of(INVITE_EMAIL).is_some()>
            <summary>{t.have_invitation}</summary>
            <form class="form" method="get" action=Page::Register.path(locale)>
                <TextField field=state.field(INVITATION) label=t.invitation hint=t.invitation_hint autocomplete="off"/>
                <p><Button kind=ButtonKind::Second>{t.use_invitation}</Button></p>
            </form>
            <form class="form" method="post" action=Deed::AskInvitation.at(locale, "")>
                <p>{t.ask_invitation_text}</p>
                <TextField field=cx.form.field(INVITE_EMAIL) label=t.work_email kind="email" autocomplete="email"/>
                <p><Button kind=ButtonKind::Second>{t.ask_invitation}</Button></p>
            </form>
        </details>
    }
    .into_any()
}

fn for_audience(cx: &RequestCx, choices: FormChoices, chosen: AudienceChoice, code: Option<InvitationCode>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let name = chosen.name.get(locale).to_owned();
    let door = Door::of(&chosen, cx.now);
    let shut = match door {
        Door::Open(_) | Door::Queue(_) => None,
        Door::NotYet(at) => Some((t.not_open_text)(&name, &i18n::date_time(locale, at))),
        Door::Closed(at) => Some((t.closed_text)(&name, &i18n::date_time(locale, at))),
        Door::Full => Some((t.full_text)(&name)),
    };
    let queue = match door {
        Door::Queue(waiting) => Some((t.queue_text)(&name, &i18n::number(locale, waiting))),
        _ => None,
    };
    // What somebody has typed is shown again even when the last seat went in between.
    let written = shut.is_none() || !cx.form.is_empty();
    let chips = audience::chips(cx, &choices.audiences, &chosen, written);
    let others = choices.audiences.iter().any(|audience| audience.id != chosen.id && Door::of(audience, cx.now).is_open());
    let (call_us, (hotline, hotline_href)) = (cx.texts().common.call_us, cx.hotline());
    let questions = details::question_labels(cx, &choices.questions);
    let form = written.then(|| form(cx, &choices, &chosen, door, code));
    view! {
        <ErrorSummary form=cx.form.clone() labels=[details::labels(cx), vec![(INVITE_EMAIL, t.work_email)]].concat() questions/>
        <section class="stack">
            <h2 id=field::AUDIENCE tabindex="-1">{t.audience}</h2>
            {chips}
        </section>
        {queue.map(|text| view! { <Notice kind=NoticeKind::Warning><p>{text}</p></Notice> })}
        {shut.map(|text| view! {
            <Notice kind=NoticeKind::Warning>
                <p>{text}</p>
                {others.then(|| view! { <p>{t.choose_another}</p> })}
                <p>{call_us}" "<a href=hotline_href>{hotline}</a>"."</p>
            </Notice>
        })}
        {form}
    }
    .into_any()
}

fn form(cx: &RequestCx, choices: &FormChoices, chosen: &AudienceChoice, door: Door, code: Option<InvitationCode>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let state = &cx.form;
    let key = match state.values.get(field::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        key => key.to_owned(),
    };
    let closes = chosen.window.closes_at.map(|at| (t.closes)(&i18n::date_time(locale, at)));
    let asked = Asked { audience_code: &chosen.code, questions: &choices.questions, ..Asked::plain(chosen.id, chosen.kind) };
    let fields = details::fields(cx, state, &asked, choices);
    let controller = choices.edition.managing_body.get(locale).to_owned();
    let name = chosen.name.get(locale).to_owned();
    let adult = chosen.kind.asks().adult.then(|| {
        view! { <CheckboxField field=state.field(field::ADULT) label=t.adult hint=t.adult_hint value=TICKED/> }
    });
    let invitation = chosen.invited.and(code).map(|code| {
        view! {
            <input type="hidden" name=field::INVITATION value=code.shown()/>
            <Notice kind=NoticeKind::Success><p>{t.invited}</p></Notice>
        }
    });
    let submit = match door {
        Door::Queue(_) => t.submit_queue,
        _ if chosen.needs_approval => t.submit_approval,
        _ => t.submit,
    };
    view! {
        // Our own messages name the field and say what to do, all at once and in the page's language.
        <form id=ENTRY class="form steps" method="post" action=audience::address(cx, chosen) aria-label=format!("{}: {name}", t.title) novalidate>
            <input type="hidden" name=field::AUDIENCE value=chosen.id.to_string()/>
            <input type="hidden" name=field::IDEMPOTENCY_KEY value=key/>
            {invitation}
            <h2>{t.who}</h2>
            {closes.map(|closes| view! { <p class="muted">{closes}</p> })}
            {fields}
            <h2>{t.consent}</h2>
            {adult}
            {consent(cx, state, &controller)}
            {chosen.needs_approval.then(|| view! { <p>{t.approval_text}</p> })}
            <Guard/>
            {cx.puzzle.map(|difficulty| view! { <OpeningPuzzle difficulty waiting=t.opening.to_owned()/> })}
            <p><Button>{submit}</Button></p>
        </form>
    }
    .into_any()
}

/// A box for each purpose, none ticked, with the exact words that are kept as proof.
fn consent(cx: &RequestCx, state: &FormState, controller: &str) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let boxes = Purpose::ALL
        .map(|purpose| {
            view! {
                <CheckboxField
                    field=state.field(purpose.field())
                    label=purpose.statement(locale)
                    required=purpose.is_needed()
                />
            }
        })
        .collect_view();
    view! {
        <p>{(t.consent_intro)(controller)}</p>
        <p>{t.consent_free}" "<a href=Page::Privacy.path(locale)>{t.consent_more}</a>"."</p>
        <div>{boxes}</div>
    }
    .into_any()
}
