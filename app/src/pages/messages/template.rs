//! A template: its text, shown with somebody's data.

use domain::mail::{BODY_MAX, SUBJECT_MAX, Template, field};
use leptos::prelude::*;
use services::{Error, mail};

use super::{ACTION, PREVIEW, enter, placeholders, preview, template_of};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, TextArea, TextField},
    forms::{ENTRY, FormState},
    mail as written,
    pages::{desk::Desk, loaded},
    request::request,
    routes::{Deed, Page},
};

/// `parameter` names kind and language.
pub fn page(parameter: &str) -> AnyView {
    let cx = request();
    let parameter = parameter.to_owned();
    let load = {
        let (cx, parameter) = (cx.clone(), parameter.clone());
        async move {
            enter(&cx)?;
            let (kind, locale) = template_of(&parameter).ok_or(Error::NotFound)?;
            Ok::<_, Error>((kind, locale, mail::template(&cx.services, &cx.actor, kind, locale).await?))
        }
    };
    loaded(load, move |(kind, of, text)| {
        let locale = cx.locale();
        let t = &cx.texts().messages;
        let language = if of == domain::text::Locale::Vi { t.in_vietnamese } else { t.in_english };
        let stored = FormState::filled([(field::SUBJECT, text.subject), (field::BODY, text.body)]);
        let form = cx.form.clone().or(stored);
        let shown = match (&text.sample, Template::parse(form.values.get(field::SUBJECT), form.values.get(field::BODY))) {
            (Some(facts), Ok(template)) => preview(&cx, &template.fill(&written::preview_fill(facts, &cx.base_url)), facts),
            (None, _) => view! { <p class="muted">{t.no_sample}</p> }.into_any(),
            (_, Err(_)) => ().into_any(),
        };
        let reset = text.is_own.then(|| {
            view! {
                <form class="stack" method="post" action=Deed::ResetTemplate.at(locale, &parameter)>
                    <p class="hint">{t.reset_hint}</p>
                    <Button kind=ButtonKind::Danger>{t.reset}</Button>
                </form>
            }
        });
        let length = |most: usize| u32::try_from(most).unwrap_or(u32::MAX);
        view! {
            <Desk title=format!("{}, {language}", (t.kind)(kind)) back=(Page::Messages.path(locale).to_owned(), t.back)>
                <ErrorSummary form=form.clone() labels=vec![(field::SUBJECT, t.subject), (field::BODY, t.body)]/>
                <form id=ENTRY class="form" method="post" action=Page::MessageTemplate.at(locale, &parameter)>
                    <TextField field=form.field(field::SUBJECT) label=t.subject maxlength=length(SUBJECT_MAX)/>
                    <TextArea field=form.field(field::BODY) label=t.body hint=t.body_hint rows=16 maxlength=length(BODY_MAX)/>
                    {placeholders(&cx)}
                    <p class="actions">
                        <Button>{t.save}</Button>
                        <Button kind=ButtonKind::Second name=ACTION value=PREVIEW>{t.show_preview}</Button>
                    </p>
                </form>
                {shown}
                {reset}
            </Desk>
        }
        .into_any()
    })
}
