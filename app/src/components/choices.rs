//! Fields with a choice: one of a list, one of a few, several, yes or no.

use domain::registration::TICKED;
use leptos::prelude::*;

use super::fields::{FieldError, Frame};
use crate::{forms::FieldView, request::request};

/// One choice: what is sent, what is shown, and what it means where that needs saying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub text: String,
    pub hint: Option<String>,
    /// Shown but not to be chosen, e.g. a full session.
    pub disabled: bool,
    /// Whether choosing it asks a further question.
    pub opens: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into(), ..Self::default() }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn opens(mut self, opens: bool) -> Self {
        self.opens = opens;
        self
    }

    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }
}

/// One of a long list.
#[component]
pub fn Select(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    choices: Vec<Choice>,
    #[prop(default = true)] required: bool,
    /// What no choice is called, if not "choose one".
    #[prop(optional)]
    nothing: Option<&'static str>,
) -> impl IntoView {
    let options = options(&field, choices);
    select(field, label, hint, required, nothing, options)
}

/// One of a long list in groups, each with its name.
#[component]
pub fn GroupedSelect(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    groups: Vec<(String, Vec<Choice>)>,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let groups = groups
        .into_iter()
        .map(|(name, choices)| view! { <optgroup label=name>{options(&field, choices)}</optgroup> })
        .collect_view()
        .into_any();
    select(field, label, hint, required, None, groups)
}

fn select(
    field: FieldView,
    label: String,
    hint: Option<String>,
    required: bool,
    nothing: Option<&'static str>,
    options: AnyView,
) -> impl IntoView {
    let t = &request().texts().common;
    let described_by = field.described_by(hint.is_some());
    let invalid = field.error.is_some().then_some("true");
    let (id, name) = (field.id.clone(), field.name.clone());
    view! {
        <Frame field label hint required>
            <select id=id name=name required=required aria-describedby=described_by aria-invalid=invalid>
                <option value="">{nothing.unwrap_or(t.choose)}</option>
                {options}
            </select>
        </Frame>
    }
}

fn options(field: &FieldView, choices: Vec<Choice>) -> AnyView {
    choices
        .into_iter()
        .map(|choice| {
            view! {
                <option value=choice.value.clone() selected=field.has(&choice.value) disabled=choice.disabled>
                    {choice.text}
                </option>
            }
        })
        .collect_view()
        .into_any()
}

/// One of a few, all visible.
#[component]
pub fn RadioGroup(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    choices: Vec<Choice>,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    group("radio", field, label, hint, choices, required)
}

/// Any number of a few.
#[component]
pub fn CheckboxGroup(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    choices: Vec<Choice>,
) -> impl IntoView {
    group("checkbox", field, label, hint, choices, false)
}

fn group(kind: &'static str, field: FieldView, label: String, hint: Option<String>, choices: Vec<Choice>, required: bool) -> impl IntoView {
    let t = &request().texts().common;
    let class = if field.error.is_some() { "field has-error" } else { "field" };
    // Of radio buttons it is the group that is wrong, of boxes each.
    let invalid = field.error.is_some().then_some("true");
    let (group_role, group_invalid, control_invalid) =
        if kind == "radio" { (Some("radiogroup"), invalid, None) } else { (None, None, invalid) };
    // The first control carries the field's own id, so that the error summary's link lands on it.
    let id = |at: usize| if at == 0 { field.id.clone() } else { format!("{}-{}", field.id, at + 1) };
    let controls = choices
        .into_iter()
        .enumerate()
        .map(|(at, choice)| {
            view! {
                <div class="choice">
                    <input
                        type=kind
                        id=id(at)
                        name=field.name.clone()
                        value=choice.value.clone()
                        checked=field.has(&choice.value)
                        disabled=choice.disabled
                        data-opens=choice.opens.then_some("")
                        required=required && kind == "radio"
                        aria-describedby=choice.hint.is_some().then(|| format!("{}-about", id(at)))
                        aria-invalid=control_invalid
                    />
                    <label for=id(at)>{choice.text}</label>
                    {choice.hint.map(|hint| view! { <p class="hint" id=format!("{}-about", id(at))>{hint}</p> })}
                </div>
            }
        })
        .collect_view();
    let described_by = field.described_by(hint.is_some());
    view! {
        <fieldset class=class role=group_role aria-describedby=described_by aria-invalid=group_invalid>
            <legend>
                {label}
                {(!required && kind == "radio").then(|| view! { <span class="optional">" ("{t.optional}")"</span> })}
            </legend>
            {hint.map(|hint| view! { <p class="hint" id=field.hint_id()>{hint}</p> })}
            <FieldError field=field.clone()/>
            {controls}
        </fieldset>
    }
}

/// Yes or no. Never ticked beforehand, except to show again what the reader had ticked.
#[component]
pub fn CheckboxField(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    /// What is sent when ticked.
    #[prop(default = TICKED)]
    value: &'static str,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let t = &request().texts().common;
    let class = if field.error.is_some() { "field has-error" } else { "field" };
    view! {
        <div class=class>
            <FieldError field=field.clone()/>
            <div class="choice">
                <input
                    type="checkbox"
                    id=field.id.clone()
                    name=field.name.clone()
                    value=value
                    checked=field.has(value)
                    required=required
                    aria-describedby=field.described_by(hint.is_some())
                    aria-invalid=field.error.is_some().then_some("true")
                />
                <label for=field.id.clone()>
                    {label}{(!required).then(|| view! { <span class="optional">" ("{t.optional}")"</span> })}
                </label>
                {hint.map(|hint| view! { <p class="hint" id=field.hint_id()>{hint}</p> })}
            </div>
        </div>
    }
}
