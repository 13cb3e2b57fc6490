//! Fields for text and files: label, hint, error, control, tied together for screen readers.

use leptos::prelude::*;

use crate::{
    forms::{self, FieldView, FormState},
    request::request,
};

/// Label (with "optional" where it is), hint and error above a control.
#[component]
pub(super) fn Frame(
    field: FieldView,
    #[prop(into)] label: String,
    hint: Option<String>,
    required: bool,
    children: Children,
) -> impl IntoView {
    let t = &request().texts().common;
    let class = if field.error.is_some() { "field has-error" } else { "field" };
    view! {
        <div class=class>
            <label for=field.id.clone()>
                {label}{(!required).then(|| view! { <span class="optional">" ("{t.optional}")"</span> })}
            </label>
            {hint.map(|hint| view! { <p class="hint" id=field.hint_id()>{hint}</p> })}
            <FieldError field/>
            {children()}
        </div>
    }
}

/// The error of a field, if there is one.
#[component]
pub(super) fn FieldError(field: FieldView) -> impl IntoView {
    let cx = request();
    let id = field.error_id();
    field.error.map(|problem| {
        view! {
            <p class="error" id=id>
                <span class="visually-hidden">{cx.texts().common.error_prefix}" "</span>
                {problem.text(cx.locale())}
            </p>
        }
    })
}

/// One line of text.
#[component]
pub fn TextField(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    /// The HTML type: `text`, `tel`, `email`, `password`, `date`, `number`, `search` …
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional, into)] inputmode: Option<String>,
    /// Longest text in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    #[prop(default = true)] required: bool,
    /// Where the page is opened to fill in this one.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let described_by = field.described_by(hint.is_some());
    let invalid = field.error.is_some().then_some("true");
    // A password is never written back into a page.
    let value = if kind == "password" { String::new() } else { field.value() };
    let (id, name) = (field.id.clone(), field.name.clone());
    view! {
        <Frame field label hint required>
            <input
                type=kind
                id=id
                name=name
                value=value
                required=required
                autocomplete=autocomplete
                inputmode=inputmode
                maxlength=maxlength
                autofocus=autofocus
                aria-describedby=described_by
                aria-invalid=invalid
            />
        </Frame>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(default = 5)] rows: u32,
    #[prop(optional, into)] maxlength: Option<u32>,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let described_by = field.described_by(hint.is_some());
    let invalid = field.error.is_some().then_some("true");
    let (id, name, value) = (field.id.clone(), field.name.clone(), field.value());
    view! {
        <Frame field label hint required>
            <textarea
                id=id
                name=name
                rows=rows
                required=required
                maxlength=maxlength
                aria-describedby=described_by
                aria-invalid=invalid
            >
                {value}
            </textarea>
        </Frame>
    }
}

/// A file to send along; the form needs `enctype="multipart/form-data"`.
#[component]
pub fn FileField(
    field: FieldView,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    /// Types to offer, such as `image/jpeg,image/png`.
    #[prop(into)]
    accept: String,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let described_by = field.described_by(hint.is_some());
    let invalid = field.error.is_some().then_some("true");
    let (id, name) = (field.id.clone(), field.name.clone());
    view! {
        <Frame field label hint required>
            <input
                type="file"
                id=id
                name=name
                accept=accept
                required=required
                aria-describedby=described_by
                aria-invalid=invalid
            />
        </Frame>
    }
}

/// Everything that is wrong with a form, on top of it, each with a link to its field. Nothing if all is well.
#[component]
pub fn ErrorSummary(
    form: FormState,
    /// What the fields are called, to stand before what is wrong with them.
    labels: Vec<(&'static str, &'static str)>,
    /// The same of fields that an edition makes.
    #[prop(optional)]
    questions: Vec<(String, String)>,
) -> impl IntoView {
    let cx = request();
    let errors = form.errors.0;
    (!errors.is_empty()).then(|| {
        view! {
            <div class="error-summary" role="alert" aria-labelledby="error-summary" tabindex="-1">
                <h2 id="error-summary">{(cx.texts().common.errors_title)(errors.len())}</h2>
                <ul>
                    {errors
                        .into_iter()
                        .map(|(field, problem)| {
                            let text = match questions.iter().find(|(name, _)| *name == field) {
                                Some((_, label)) => format!("{label}: {}", problem.text(cx.locale())),
                                None => forms::named(&labels, &field, &problem, cx.locale()),
                            };
                            view! { <li><a href=format!("#{field}")>{text}</a></li> }
                        })
                        .collect_view()}
                </ul>
            </div>
        }
    })
}
