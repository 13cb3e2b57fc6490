//! What shows that a person filled in a form.

use domain::fair::field;
use leptos::prelude::*;
use services::fair;

use super::fields::FieldError;
use crate::request::request;

/// Stands in a form just before its button: when the form was given out, a field that no person sees, and what is wrong
/// with either.
#[component]
pub fn Guard() -> impl IntoView {
    let cx = request();
    let stamp = fair::kept_stamp(&cx.services, cx.form.values.get(field::STAMP));
    view! {
        <div id=field::STAMP tabindex="-1">
            <FieldError field=cx.form.field(field::STAMP)/>
            <input type="hidden" name=field::STAMP value=stamp/>
        </div>
        <div class="visually-hidden" aria-hidden="true">
            <label for=field::TRAP>{cx.texts().common.leave_empty}</label>
            <input type="text" id=field::TRAP name=field::TRAP tabindex="-1" autocomplete="off"/>
        </div>
    }
}
