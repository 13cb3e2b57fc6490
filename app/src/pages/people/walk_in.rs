//! The desk where people register on the spot: three fields, one line read out, the pass at once.

use domain::{
    access::{self, Action, Decision},
    form::Problem,
    ids::RegistrationId,
    privacy::Purpose,
    registration::{Excuse, IfFull, field},
    ticket::ShortCode,
};
use leptos::prelude::*;
use services::registration::desk::{self as verbs, DeskAudience};

use crate::{
    components::{Button, ButtonKind, ButtonLink, CheckboxField, Choice, ErrorSummary, Notice, NoticeKind, Select, TextField},
    forms::{ENTRY, FormState},
    i18n,
    pages::{badges, desk::Desk, loaded},
    request::{RequestCx, request},
    routes::Page,
};

/// Somebody was registered a moment ago: provided as context by the handler of the form, which answers with this page, so
/// that the next person can be entered at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcomed {
    pub id: RegistrationId,
    pub full_name: String,
    /// `None` for somebody who waits.
    pub short_code: Option<ShortCode>,
    /// The secret of the ticket's link.
    pub link: String,
}

pub fn page() -> AnyView {
    let cx = request();
    let welcomed = use_context::<Welcomed>();
    let load = {
        let cx = cx.clone();
        async move { verbs::desk_audiences(&cx.services, &cx.actor).await }
    };
    loaded(load, move |audiences| show(&cx, audiences, welcomed))
}

fn show(cx: &RequestCx, audiences: Vec<DeskAudience>, welcomed: Option<Welcomed>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let choices: Vec<Choice> = audiences
        .iter()
        .map(|audience| {
            let name = audience.name.get(locale).to_owned();
            let texts = &cx.texts().registration;
            let text = match audience.left {
                _ if !audience.is_open() => format!("{name} ({})", texts.full),
                Some(left) => format!("{name} ({})", (texts.seats_left)(&i18n::number(locale, left))),
                None => name,
            };
            Choice::new(audience.id.to_string(), text)
        })
        .collect();
    // The next person is most often one of the same kind.
    let first = audiences.iter().find(|audience| audience.is_open()).map(|audience| (field::AUDIENCE, audience.id.to_string()));
    let state = cx.form.clone().or(FormState::filled(first));
    let key = match state.values.get(field::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let labels = vec![(field::FULL_NAME, t.full_name), (field::AUDIENCE, t.audience), (field::PHONE, t.phone), (Excuse::FIELD, t.excuse)];
    let consent = Purpose::Attend.field();
    let done = welcomed.map(|welcomed| pass(cx, &welcomed));
    let full = full(cx, &state, &audiences);
    let form = view! {
        <ErrorSummary form=cx.form.clone() labels/>
        <form id=ENTRY class="form narrow" method="post" action=Page::WalkIn.path(locale)>
            <input type="hidden" name=field::IDEMPOTENCY_KEY value=key autocomplete="off"/>
            <TextField field=state.field(field::FULL_NAME) label=t.full_name autocomplete="off" maxlength=100_u32 autofocus=true/>
            <Select field=state.field(field::AUDIENCE) label=t.audience choices/>
            <TextField field=state.field(field::PHONE) label=t.phone kind="tel" inputmode="tel" autocomplete="off" required=false/>
            <p class="hint">{t.read_out}</p>
            <blockquote><p>{Purpose::Attend.statement(locale)}</p></blockquote>
            <CheckboxField field=state.field(consent) label=t.has_agreed/>
            <p><Button>{t.register_now}</Button></p>
            {full}
        </form>
    }
    .into_any();
    view! { <Desk title=t.walk_in>{done}{form}</Desk> }.into_any()
}

/// Where the chosen audience is full: the ways that are left.
fn full(cx: &RequestCx, state: &FormState, audiences: &[DeskAudience]) -> Option<AnyView> {
    let t = &cx.texts().people;
    let is_full = state.errors.of(field::AUDIENCE) == Some(&Problem::Full);
    // Who has forgotten to say why is still asked for it.
    if !is_full && state.errors.of(Excuse::FIELD).is_none() {
        return None;
    }
    let chosen = state.values.get(field::AUDIENCE);
    let can_wait = audiences.iter().any(|audience| audience.has_waiting_list && audience.id.to_string() == chosen);
    let wait = can_wait.then(|| {
        view! {
            <p>{t.may_wait}</p>
            <p><Button kind=ButtonKind::Second name=IfFull::FIELD value=IfFull::QUEUE>{t.join_queue}</Button></p>
        }
    });
    let admit = (access::decide(&cx.actor, Action::ManageRegistrations) == Decision::Allow).then(|| {
        let excuses = Excuse::ALL.map(|excuse| Choice::new(excuse.key(), (t.excuse_of)(excuse))).into();
        view! {
            <Select field=state.field(Excuse::FIELD) label=t.excuse hint=t.excuse_hint choices=excuses required=false/>
            <p><Button kind=ButtonKind::Danger name=IfFull::FIELD value=IfFull::ADMIT>{t.admit_beyond}</Button></p>
        }
    });
    (wait.is_some() || admit.is_some()).then(|| {
        view! {
            <section class="stack form-end beyond" aria-labelledby="full">
                <h2 id="full">{t.when_full}</h2>
                {wait}
                {admit}
            </section>
        }
        .into_any()
    })
}

/// The pass that was just issued, or the place in the queue.
fn pass(cx: &RequestCx, welcomed: &Welcomed) -> AnyView {
    let t = &cx.texts().people;
    let href = Page::Ticket.at(cx.locale(), &welcomed.link);
    let name = welcomed.full_name.clone();
    let Some(code) = welcomed.short_code.as_ref().map(ShortCode::shown) else {
        return view! {
            <Notice>
                <p role="status"><strong>{name}</strong>": "{t.is_waiting}</p>
                <p><ButtonLink href>{t.open_place}</ButtonLink></p>
            </Notice>
        }
        .into_any();
    };
    let (badge, of_person) = (badges::address(cx.locale(), welcomed.id), cx.texts().badges.of_person);
    view! {
        <Notice kind=NoticeKind::Success>
            <p role="status"><strong>{name}</strong>": "{t.short_code}" "<strong class="nowrap">{code}</strong></p>
            <p class="actions">
                <ButtonLink href>{t.open_pass}</ButtonLink>
                <ButtonLink href=badge>{of_person}</ButtonLink>
            </p>
        </Notice>
    }
    .into_any()
}
