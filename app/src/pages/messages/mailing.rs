//! A mailing: to whom, what, when; first shown, then sent.

use domain::{
    mail::{BODY_MAX, Mailing, SUBJECT_MAX, Template, When, field},
    registration::Status,
    text::Bilingual,
};
use leptos::prelude::*;
use services::{
    Error,
    mail::{self, MailingChoices},
};

use super::{ACTION, KEY, PREVIEW, SEND, Shown, enter, placeholders, preview};
use crate::{
    components::{Button, ButtonKind, CheckboxField, Choice, ErrorSummary, Notice, NoticeKind, Select, TextArea, TextField},
    forms::{ENTRY, FormState},
    i18n, mail as written,
    pages::{desk::Desk, loaded},
    request::{RequestCx, request},
    routes::Page,
};

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            enter(&cx)?;
            mail::mailing_choices(&cx.services, &cx.actor).await?.ok_or(Error::NotFound)
        }
    };
    let shown = use_context::<Shown>();
    loaded(load, move |choices| show(&cx, &choices, shown))
}

fn show(cx: &RequestCx, choices: &MailingChoices, shown: Option<Shown>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().messages;
    let start = FormState::filled([(field::STATUS, Status::Confirmed.key()), (field::WHEN, When::Now.key())]);
    let form = cx.form.clone().or(start);
    let key = match form.values.get(KEY) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let labels = vec![
        (field::AUDIENCE, t.filter_audience),
        (field::STATUS, t.filter_status),
        (field::SESSION, t.filter_session),
        (field::ORGANISATION, t.filter_organisation),
        (field::SUBJECT, t.subject),
        (field::BODY, t.body),
        (field::SUBJECT_EN, t.subject_en),
        (field::BODY_EN, t.body_en),
        (field::WHEN, t.when_label),
    ];
    let (filter, texts, result) = (filter(cx, choices, &form), texts(cx, &form), result(cx, &form, shown.as_ref()));
    let send = shown.filter(|Shown(preview)| preview.recipients > 0).map(|Shown(preview)| {
        let text = (t.send)(&i18n::number(locale, preview.recipients));
        view! { <Button kind=ButtonKind::Danger name=ACTION value=SEND>{text}</Button> }
    });
    view! {
        <Desk title=t.new_mailing back=(Page::Messages.path(locale).to_owned(), t.back)>
            <ErrorSummary form=form.clone() labels/>
            <form id=ENTRY class="form" method="post" action=Page::Mailing.path(locale)>
                // The Enter key must show and never send.
                <button type="submit" name=ACTION value=PREVIEW class="visually-hidden" tabindex="-1" aria-hidden="true"></button>
                <input type="hidden" name=KEY value=key autocomplete="off"/>
                {filter}
                {texts}
                {result}
                <p class="actions">
                    <Button kind=ButtonKind::Second name=ACTION value=PREVIEW>{t.show_preview}</Button>
                    {send}
                </p>
            </form>
        </Desk>
    }
    .into_any()
}

fn filter(cx: &RequestCx, choices: &MailingChoices, form: &FormState) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().messages;
    let named = |id: String, name: &Bilingual| Choice::new(id, name.get(locale));
    let audiences = choices.audiences.iter().map(|(id, name)| named(id.to_string(), name)).collect();
    let sessions: Vec<_> = choices.sessions.iter().map(|(id, name)| named(id.to_string(), name)).collect();
    let statuses = Status::ALL.map(|status| Choice::new(status.key(), (t.status)(status))).into();
    let session = (!sessions.is_empty()).then(|| {
        view! { <Select field=form.field(field::SESSION) label=t.filter_session choices=sessions required=false nothing=t.everybody/> }
    });
    view! {
        <h2>{t.whom}</h2>
        <Select field=form.field(field::STATUS) label=t.filter_status choices=statuses/>
        <Select field=form.field(field::AUDIENCE) label=t.filter_audience choices=audiences required=false nothing=t.everybody/>
        {session}
        <TextField field=form.field(field::ORGANISATION) label=t.filter_organisation maxlength=100_u32 required=false/>
        <CheckboxField field=form.field(field::ABOUT_SEAT) label=t.about_seat hint=t.about_seat_hint required=false/>
    }
    .into_any()
}

fn texts(cx: &RequestCx, form: &FormState) -> AnyView {
    let t = &cx.texts().messages;
    let length = |most: usize| u32::try_from(most).unwrap_or(u32::MAX);
    let placeholders = placeholders(cx);
    let times = When::ALL.map(|when| Choice::new(when.key(), (t.when)(when))).into();
    view! {
        <h2>{t.what}</h2>
        <TextField field=form.field(field::SUBJECT) label=t.subject maxlength=length(SUBJECT_MAX)/>
        <TextArea field=form.field(field::BODY) label=t.body hint=t.body_hint rows=10 maxlength=length(BODY_MAX)/>
        <TextField field=form.field(field::SUBJECT_EN) label=t.subject_en hint=t.english_hint maxlength=length(SUBJECT_MAX) required=false/>
        <TextArea field=form.field(field::BODY_EN) label=t.body_en rows=8 maxlength=length(BODY_MAX) required=false/>
        {placeholders}
        <Select field=form.field(field::WHEN) label=t.when_label choices=times/>
    }
    .into_any()
}

/// Who would get it, and how it reads.
fn result(cx: &RequestCx, form: &FormState, shown: Option<&Shown>) -> Option<AnyView> {
    let t = &cx.texts().messages;
    let Shown(found) = shown?;
    if found.recipients == 0 {
        return Some(view! { <Notice kind=NoticeKind::Warning><p>{t.nobody}</p></Notice> }.into_any());
    }
    let mailing = Mailing::parse(&form.values).ok()?;
    let previews = found.samples.iter().filter_map(|facts| {
        let (subject, body) = mailing.text(facts.locale);
        let document = Template::parse(subject, body).ok()?.fill(&written::preview_fill(facts, &cx.base_url));
        Some(preview(cx, &document, facts))
    });
    let (previews, count) = (previews.collect_view(), (t.recipients)(&i18n::number(cx.locale(), found.recipients)));
    Some(view! { <Notice><p>{count}</p></Notice>{previews} }.into_any())
}
