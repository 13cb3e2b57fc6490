//! The fields of a registration that can be changed later: the same on the form and on the page that changes it.

use domain::{
    privacy::Purpose,
    registration::{Ask, Asked, Asks, Condition, Details, NO, Question, QuestionKind, TICKED, field},
    text::PersonName,
    time::local_date,
};
use leptos::prelude::*;
use services::registration::{BodyKind, Commune, CommuneKind, FormChoices, SessionChoice};

use crate::{
    components::{CheckboxField, CheckboxGroup, Choice, GroupedSelect, RadioGroup, Select, TextArea, TextField},
    forms::FormState,
    i18n,
    request::RequestCx,
};

/// Who it is, how to reach them, which sessions, and the questions: what `asked` names, with the `choices` to be made.
pub(in crate::pages) fn fields(cx: &RequestCx, state: &FormState, asked: &Asked<'_>, choices: &FormChoices) -> AnyView {
    let t = &cx.texts().registration;
    view! {
        <TextField
            field=state.field(field::FULL_NAME)
            label=t.full_name
            hint=t.full_name_hint
            autocomplete="name"
            maxlength=u32_max(PersonName::MAX)
        />
        {who(cx, state, asked.asks, choices)}
        <h2>{t.contact}</h2>
        <TextField field=state.field(field::PHONE) label=t.phone hint=t.phone_hint kind="tel" autocomplete="tel" inputmode="tel" required=asked.phone == Ask::Required/>
        <TextField
            field=state.field(field::EMAIL)
            label=t.email
            hint=t.email_hint
            kind="email"
            autocomplete="email"
            required=false
        />
        {sessions(cx, state, &choices.sessions)}
        {questions(cx, state, asked, choices)}
    }
    .into_any()
}

/// What the fields are called in the list of what is wrong.
pub(in crate::pages) fn labels(cx: &RequestCx) -> Vec<(&'static str, &'static str)> {
    let t = &cx.texts().registration;
    vec![
        (field::FULL_NAME, t.full_name),
        (field::ORGANISATION, t.organisation),
        (field::ORGANISATION_NAME, t.organisation_name),
        (field::TAX_CODE, t.tax_code),
        (field::JOB_TITLE, t.job_title),
        (field::COMMUNE, t.commune),
        (field::PHONE, t.phone),
        (field::EMAIL, t.email),
        (field::SESSION, t.sessions_title),
        (field::INVITATION, t.invitation),
        (Purpose::Attend.field(), t.consent_short),
    ]
}

/// The same of the edition's questions.
pub(in crate::pages) fn question_labels(cx: &RequestCx, questions: &[Question]) -> Vec<(String, String)> {
    questions.iter().map(|question| (question.field(), question.label.get(cx.locale()).to_owned())).collect()
}

/// The sessions that have seats of their own, day by day; those without are open to all and are not listed.
fn sessions(cx: &RequestCx, state: &FormState, sessions: &[SessionChoice]) -> Option<AnyView> {
    if sessions.is_empty() {
        return None;
    }
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let mut days: Vec<_> = sessions.iter().map(|session| local_date(session.offered.starts_at)).collect();
    days.dedup();
    let groups = days
        .into_iter()
        .enumerate()
        .map(|(at, day)| {
            let choices = sessions.iter().filter(|session| local_date(session.offered.starts_at) == day).map(|session| choice(cx, session));
            // The first day carries the field's own id and its error.
            let mut group = state.field(field::SESSION);
            if at > 0 {
                group = group.with_id(format!("{}-{day}", field::SESSION));
                group.error = None;
            }
            view! { <CheckboxGroup field=group label=i18n::date(locale, day) choices=choices.collect()/> }
        })
        .collect_view();
    Some(
        view! {
            <h2>{t.sessions_title}</h2>
            <p>{t.sessions_about}</p>
            {groups}
        }
        .into_any(),
    )
}

fn choice(cx: &RequestCx, session: &SessionChoice) -> Choice {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let hours = format!("{}–{}", i18n::time(session.offered.starts_at), i18n::time(session.offered.ends_at));
    let seats = match session.left {
        _ if session.waiting > 0 || session.left == Some(0) => (t.session_full)(&i18n::number(locale, session.waiting)),
        Some(left) => (t.seats_left)(&i18n::number(locale, left)),
        None => String::new(),
    };
    let about = [session.room.get(locale), &seats].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    Choice::new(session.offered.id.to_string(), format!("{hours} {}", session.offered.title.get(locale))).hint(about)
}

/// The questions of this audience; one with a condition stands inside the question that it depends on, so that the style
/// sheet can hide it until it is asked.
fn questions(cx: &RequestCx, state: &FormState, form: &Asked<'_>, choices: &FormChoices) -> Option<AnyView> {
    let t = &cx.texts().registration;
    let asked: Vec<&Question> = form.questions.iter().filter(|question| form.has(question)).collect();
    if asked.is_empty() {
        return None;
    }
    let shown = asked
        .iter()
        .filter(|question| question.asked_if.is_none())
        .map(|question| {
            let after: Vec<_> = asked.iter().filter_map(|other| Some((*other, other.asked_if.as_ref()?))).collect();
            let after: Vec<_> = after.into_iter().filter(|(_, condition)| condition.question == question.code).collect();
            let opening: Vec<&str> = after.iter().flat_map(|(_, condition)| &condition.values).map(String::as_str).collect();
            let then = after.iter().map(|(other, condition)| conditional(cx, state, question, other, condition, choices)).collect_view();
            view! { <div class="question">{ask(cx, state, question, &opening, choices)}{then}</div> }
        })
        .collect_view();
    let at_gate = asked.iter().filter(|question| question.asked_at_check_in);
    let before = at_gate.map(|question| as_shown(state, question)).collect_view();
    Some(view! { <h2>{t.questions_title}</h2>{shown}{before} }.into_any())
}

/// The answer of the gate as the form was opened with it: what is left as it is overwrites nothing.
fn as_shown(state: &FormState, question: &Question) -> AnyView {
    let name = question.shown_field();
    let values = state.field(&name).values;
    values.into_iter().map(|value| view! { <input type="hidden" name=name.clone() value=value/> }).collect_view().into_any()
}

/// A question that is asked only after certain answers. Without `:has()` it is shown with the condition in words.
fn conditional(
    cx: &RequestCx,
    state: &FormState,
    on: &Question,
    question: &Question,
    condition: &Condition,
    choices: &FormChoices,
) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let opening = options(cx, on).into_iter().filter(|option| condition.values.contains(&option.value));
    let answers: Vec<String> = opening.map(|option| option.text).collect();
    let when = (t.asked_if)(&answers.join(", "), on.label.get(locale));
    view! {
        <div class="then">
            <p class="hint">{when}</p>
            {ask(cx, state, question, &[], choices)}
        </div>
    }
    .into_any()
}

/// What can be chosen as the answer to a question.
fn options(cx: &RequestCx, question: &Question) -> Vec<Choice> {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    match question.kind {
        QuestionKind::YesNo => vec![Choice::new(TICKED, t.yes), Choice::new(NO, t.no)],
        _ => question.options.iter().map(|option| Choice::new(option.code.as_str(), option.name.get(locale))).collect(),
    }
}

/// A question with its control; the `opening` answers ask further ones.
fn ask(cx: &RequestCx, state: &FormState, question: &Question, opening: &[&str], choices: &FormChoices) -> AnyView {
    let locale = cx.locale();
    let offered = || -> Vec<Choice> {
        let opens = |choice: Choice| {
            let opens = opening.contains(&choice.value.as_str());
            choice.opens(opens)
        };
        options(cx, question).into_iter().map(opens).collect()
    };
    let field = state.field(&question.field());
    let label = question.label.get(locale).to_owned();
    let hint = question.help.as_ref().map(|help| help.get(locale).to_owned());
    let required = question.is_required;
    let line = |kind: &'static str, inputmode: &'static str| {
        let (field, label, hint) = (field.clone(), label.clone(), hint.clone().unwrap_or_default());
        if hint.is_empty() {
            view! { <TextField field label kind inputmode autocomplete="off" required/> }.into_any()
        } else {
            view! { <TextField field label hint kind inputmode autocomplete="off" required/> }.into_any()
        }
    };
    match question.kind {
        QuestionKind::Text if question.text_max() > 200 => {
            let maxlength = u32_max(question.text_max());
            match hint {
                Some(hint) => view! { <TextArea field label hint rows=3 maxlength required/> }.into_any(),
                None => view! { <TextArea field label rows=3 maxlength required/> }.into_any(),
            }
        }
        QuestionKind::Text => line("text", "text"),
        QuestionKind::Number => line("text", "numeric"),
        QuestionKind::Date => line("date", "text"),
        QuestionKind::Phone => line("tel", "tel"),
        QuestionKind::YesNo | QuestionKind::Choice => {
            let choices = offered();
            match hint {
                Some(hint) => view! { <RadioGroup field label hint choices required/> }.into_any(),
                None => view! { <RadioGroup field label choices required/> }.into_any(),
            }
        }
        QuestionKind::Choices => {
            let choices = offered();
            match hint {
                Some(hint) => view! { <CheckboxGroup field label hint choices/> }.into_any(),
                None => view! { <CheckboxGroup field label choices/> }.into_any(),
            }
        }
        QuestionKind::Organisation => {
            let groups = bodies(cx, choices);
            view! { <GroupedSelect field label groups required/> }.into_any()
        }
        QuestionKind::Commune => {
            let choices = communes(choices);
            view! { <Select field label choices required/> }.into_any()
        }
    }
}

/// The tax code, with the box of household businesses; nothing where it is not asked.
pub(in crate::pages) fn tax_code(cx: &RequestCx, state: &FormState, ask: Ask) -> Option<AnyView> {
    let t = &cx.texts().registration;
    let fields = || {
        view! {
            <TextField
                field=state.field(field::TAX_CODE)
                label=t.tax_code
                hint=t.tax_code_hint
                autocomplete="off"
                inputmode="numeric"
                required=ask == Ask::Required
            />
            <CheckboxField field=state.field(field::HOUSEHOLD) label=t.household hint=t.household_hint required=false/>
        }
        .into_any()
    };
    (ask != Ask::No).then(fields)
}

/// The communes and wards to choose from.
pub(in crate::pages) fn communes(choices: &FormChoices) -> Vec<Choice> {
    choices.communes.iter().map(|commune| Choice::new(commune.code.as_str(), by_name(commune))).collect()
}

/// What this kind of visitor is asked beside the name.
fn who(cx: &RequestCx, state: &FormState, asks: Asks, choices: &FormChoices) -> AnyView {
    let t = &cx.texts().registration;
    let organisation = (asks.organisation != Ask::No).then(|| {
        let groups = bodies(cx, choices);
        view! {
            <GroupedSelect
                field=state.field(field::ORGANISATION)
                label=t.organisation
                groups
                required=asks.organisation == Ask::Required
            />
        }
    });
    let organisation_name = (asks.organisation_name != Ask::No).then(|| {
        view! {
            <TextField
                field=state.field(field::ORGANISATION_NAME)
                label=t.organisation_name
                autocomplete="organization"
                maxlength=u32_max(Details::ORGANISATION_MAX)
                required=asks.organisation_name == Ask::Required
            />
        }
    });
    let tax_code = tax_code(cx, state, asks.tax_code);
    let job_title = (asks.job_title != Ask::No).then(|| {
        view! {
            <TextField
                field=state.field(field::JOB_TITLE)
                label=t.job_title
                autocomplete="organization-title"
                maxlength=u32_max(Details::JOB_TITLE_MAX)
                required=asks.job_title == Ask::Required
            />
        }
    });
    let commune = (asks.commune != Ask::No).then(|| {
        let communes = communes(choices);
        view! {
            <Select field=state.field(field::COMMUNE) label=t.commune choices=communes required=asks.commune == Ask::Required/>
        }
    });
    view! { {organisation}{organisation_name}{tax_code}{job_title}{commune} }.into_any()
}

/// The bodies to choose from: departments and others, then the communes' and wards' People's Committees, which come last.
pub(in crate::pages) fn bodies(cx: &RequestCx, choices: &FormChoices) -> Vec<(String, Vec<Choice>)> {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let group = |title: &str, kind: BodyKind| {
        let bodies = choices.organisations.iter().filter(|body| body.kind == kind);
        (title.to_owned(), bodies.map(|body| Choice::new(body.id.to_string(), body.name.get(locale))).collect::<Vec<_>>())
    };
    let groups = [group(t.bodies, BodyKind::Department), group(t.communes, BodyKind::Commune)];
    groups.into_iter().filter(|(_, choices)| !choices.is_empty()).collect()
}

/// `Mỹ Tho (phường)`: the name first, so that typing its first letters finds it in the list.
fn by_name(commune: &Commune) -> String {
    let kind = match commune.kind {
        CommuneKind::Rural => "xã",
        CommuneKind::Ward => "phường",
    };
    format!("{} ({kind})", commune.name)
}

fn u32_max(max: usize) -> u32 {
    u32::try_from(max).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn communes_are_listed_by_their_name() {
        let commune = |name: &str, kind| Commune { code: "28261".into(), name: name.into(), kind };
        assert_eq!(by_name(&commune("Mỹ Tho", CommuneKind::Ward)), "Mỹ Tho (phường)");
        assert_eq!(by_name(&commune("Tân Phước 1", CommuneKind::Rural)), "Tân Phước 1 (xã)");
    }
}
