//! The desk where people register on the spot: three fields, one line read out, the pass at once.

use domain::{privacy::Purpose, registration::field, ticket::ShortCode};
use leptos::prelude::*;
use services::registration::desk::{self as verbs, DeskAudience};

use crate::{
    components::{Button, ButtonLink, CheckboxField, Choice, ErrorSummary, Notice, NoticeKind, Select, TextField},
    forms::{ENTRY, FormState},
    i18n,
    pages::{desk::Desk, loaded},
    request::{RequestCx, request},
    routes::Page,
};

/// Somebody was registered a moment ago: provided as context by the handler of the form, which answers with this page, so
/// that the next person can be entered at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcomed {
    pub full_name: String,
    pub short_code: ShortCode,
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
            let text = match audience.left {
                Some(left) => format!("{name} ({})", (cx.texts().registration.seats_left)(&i18n::number(locale, left.max(0)))),
                None => name,
            };
            Choice::new(audience.id.to_string(), text).disabled(audience.left.is_some_and(|left| left <= 0))
        })
        .collect();
    // The next person is most often one of the same kind.
    let first = choices.iter().find(|choice| !choice.disabled).map(|choice| (field::AUDIENCE, choice.value.clone()));
    let state = cx.form.clone().or(FormState::filled(first));
    let key = match state.values.get(field::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let labels = vec![(field::FULL_NAME, t.full_name), (field::AUDIENCE, t.audience), (field::PHONE, t.phone)];
    let consent = Purpose::Attend.field();
    let done = welcomed.map(|welcomed| pass(cx, &welcomed));
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
        </form>
    }
    .into_any();
    view! { <Desk title=t.walk_in>{done}{form}</Desk> }.into_any()
}

/// The pass that was just issued.
fn pass(cx: &RequestCx, welcomed: &Welcomed) -> AnyView {
    let t = &cx.texts().people;
    let href = Page::Ticket.at(cx.locale(), &welcomed.link);
    let (name, code) = (welcomed.full_name.clone(), welcomed.short_code.shown());
    view! {
        <Notice kind=NoticeKind::Success>
            <p role="status"><strong>{name}</strong>": "{t.short_code}" "<strong class="nowrap">{code}</strong></p>
            <p><ButtonLink href>{t.open_pass}</ButtonLink></p>
        </Notice>
    }
    .into_any()
}
