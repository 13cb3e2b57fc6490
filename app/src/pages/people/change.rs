//! Changing a registration for its holder: the fields of its form again, as they stand.

use domain::{access::Action, registration::Question};
use leptos::prelude::*;
use services::{
    Error,
    registration::{self, Changeable, FormChoices},
};

use crate::{
    components::{Button, ErrorSummary, Notice, NoticeKind},
    forms::{ENTRY, FormState},
    pages::{
        desk::{self, Desk},
        loaded,
        registration::details,
    },
    request::{RequestCx, request},
    routes::Page,
};

/// `parameter` is the registration's id.
pub fn page(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::ManageRegistrations)?;
            let registration = registration::details_by_staff(&cx.services, &cx.actor, id?).await?;
            Ok::<_, Error>((registration, registration::choices(&cx.services, None).await?.ok_or(Error::NotFound)?))
        }
    };
    loaded(load, move |(registration, choices)| show(&cx, registration, choices))
}

fn show(cx: &RequestCx, registration: Changeable, choices: FormChoices) -> AnyView {
    let t = &cx.texts().people;
    let back = (Page::Person.at(cx.locale(), &registration.id.to_string()), t.back_to_person);
    let questions: Vec<_> = choices.questions.iter().cloned().map(Question::optional).collect();
    let labels = details::question_labels(cx, &questions);
    let content = if registration.is_ended {
        view! { <Notice kind=NoticeKind::Warning><p>{t.has_ended}</p></Notice> }.into_any()
    } else {
        form(cx, &registration, &questions, &choices)
    };
    let (state, fields, moved_on) = (cx.form.clone(), details::labels(cx), t.moved_on);
    view! {
        <Desk title=t.change back moved_on>
            <ErrorSummary form=state labels=fields questions=labels/>
            {content}
        </Desk>
    }
    .into_any()
}

fn form(cx: &RequestCx, registration: &Changeable, questions: &[Question], choices: &FormChoices) -> AnyView {
    let (t, save) = (&cx.texts().people, cx.texts().registration.save_changes);
    let stored = FormState { values: registration.details.values(), ..FormState::default() };
    let state = cx.form.clone().or(stored);
    let (action, fields) = (cx.path.clone(), details::fields(cx, &state, &registration.asked_of_staff(questions, &[]), choices));
    view! {
        <form id=ENTRY class="form narrow" method="post" action=action novalidate>
            <p>{t.change_lead}</p>
            {fields}
            <p><Button>{save}</Button></p>
        </form>
    }
    .into_any()
}
