//! Keeps a dossier's form while it is written, so that no word is lost when a browser closes or a network fails.
//!
//! Without scripts the form's own button saves. With them, every change is sent a moment after it was made, and again
//! until the server has it; what is unsent when the page goes away leaves with it as a beacon.

use std::time::Duration;

use domain::{form::Values, ids::DossierId, text::Locale};
use leptos::{ev, html, prelude::*, serde_json, server_fn::ServerFn, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, BlobPropertyBag, FormData, HtmlFormElement, js_sys::Array};

use crate::api::{
    ApiError,
    showcase::{SaveDraft, save_draft},
};

/// From the first change to the attempt to save it: typing on does not put it off.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest wait between two attempts, in seconds.
const LONGEST_PAUSE: u64 = 30;

/// What the line says. `{time}` and `{problem}` are filled in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AutosaveTexts {
    /// Before anything is changed.
    pub now: String,
    pub unsaved: String,
    pub saving: String,
    pub saved: String,
    pub retrying: String,
    pub refused: String,
    pub signed_out: String,
    pub moved_on: String,
}

/// What is done after an attempt to save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Wait for the next change, or for the reader to come back to the page.
    Wait,
    /// Try again after this.
    Again(Duration),
    /// Nothing can be saved here any more.
    Stop,
}

/// The line under the form that says what is saved. Stands inside the `<form>` that it keeps.
#[island]
pub fn Autosave(dossier: DossierId, locale: Locale, texts: AutosaveTexts) -> impl IntoView {
    let line = RwSignal::new(texts.now.clone());
    let place = NodeRef::<html::P>::new();
    let keeper = Keeper {
        dossier,
        locale,
        texts: StoredValue::new(texts),
        line,
        form: StoredValue::new_local(None),
        kept: StoredValue::new(None),
        state: StoredValue::new(State::default()),
    };
    Effect::new(move |_| {
        let form = place.get().and_then(|place| place.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            keeper.watch(form);
        }
    });
    view! { <p class="autosave" role="status" node_ref=place>{line}</p> }
}

/// Where saving stands.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// An attempt is under way.
    busy: bool,
    /// A timer will make the next attempt.
    planned: bool,
    /// Attempts that failed since the last that did not.
    failures: u32,
    /// The form's own button was used, so that the page goes away with everything; or nothing can be saved any more.
    over: bool,
}

/// The form and all that is known of what the server has of it.
#[derive(Clone, Copy)]
struct Keeper {
    dossier: DossierId,
    locale: Locale,
    texts: StoredValue<AutosaveTexts>,
    line: RwSignal<String>,
    form: StoredValue<Option<HtmlFormElement>, LocalStorage>,
    /// What the server has, as far as this page knows.
    kept: StoredValue<Option<Values>>,
    state: StoredValue<State>,
}

impl Keeper {
    fn watch(self, form: HtmlFormElement) {
        self.form.set_value(Some(form.clone()));
        // A page that shows errors holds values that were refused: they are not kept anywhere but here.
        let refused = form.query_selector("[aria-invalid]").is_ok_and(|found| found.is_some());
        self.kept.set_value((!refused).then(|| values(&form)));
        listen(&form, "input", move || self.changed());
        listen(&form, "change", move || self.changed());
        listen(&form, "submit", move || self.state.update_value(|state| state.over = true));
        // Back again after the form's own button: the page is taken out of the browser's memory as it was left.
        window_event_listener(ev::pageshow, move |_| {
            self.state.update_value(|state| state.over = false);
            self.attempt();
        });
        window_event_listener(ev::online, move |_| self.attempt());
        window_event_listener(ev::pagehide, move |_| self.send_off());
        window_event_listener_untyped("visibilitychange", move |_| if document().hidden() { self.send_off() } else { self.attempt() });
        window_event_listener(ev::beforeunload, move |event| {
            let state = self.state.get_value();
            if state.over || self.unsaved().is_none() {
                return;
            }
            self.send_off();
            // A beacon will not help where the server has refused or cannot be reached: the reader decides.
            if state.failures > 0 {
                event.prevent_default();
            }
        });
    }

    /// The form's values, if the server does not have them.
    fn unsaved(self) -> Option<Values> {
        let now = self.form.with_value(|form| form.as_ref().map(values))?;
        self.kept.with_value(|kept| kept.as_ref() != Some(&now)).then_some(now)
    }

    fn changed(self) {
        if self.unsaved().is_some() {
            self.say(|texts| texts.unsaved.clone());
            self.plan(PATIENCE);
        }
    }

    fn plan(self, after: Duration) {
        let state = self.state.get_value();
        if state.planned || state.busy || state.over {
            return;
        }
        self.state.update_value(|state| state.planned = true);
        let _ = set_timeout(
            move || {
                self.state.update_value(|state| state.planned = false);
                self.attempt();
            },
            after,
        );
    }

    fn attempt(self) {
        let state = self.state.get_value();
        if state.busy || state.over {
            return;
        }
        let Some(values) = self.unsaved() else { return };
        self.state.update_value(|state| state.busy = true);
        if state.failures == 0 {
            self.say(|texts| texts.saving.clone());
        }
        spawn_local(async move {
            let outcome = save_draft(self.dossier, values.clone(), self.locale).await;
            self.settle(values, &outcome);
        });
    }

    fn settle(self, values: Values, outcome: &Result<String, ApiError>) {
        let failures = if outcome.is_ok() { 0 } else { self.state.get_value().failures + 1 };
        let next = next(outcome, failures);
        self.state.update_value(|state| {
            state.busy = false;
            state.failures = failures;
            state.over |= next == Next::Stop;
        });
        if outcome.is_ok() {
            self.kept.set_value(Some(values.clone()));
        }
        self.say(|texts| message(texts, outcome));
        match next {
            Next::Again(pause) => self.plan(pause),
            // Words typed meanwhile.
            Next::Wait if self.form.with_value(|form| form.as_ref().is_some_and(|form| self::values(form) != values)) => {
                self.plan(PATIENCE);
            }
            Next::Wait | Next::Stop => {}
        }
    }

    /// Sends what is unsaved with the last breath of the page; the answer is not waited for, so that it counts as unsaved
    /// if the page lives on.
    fn send_off(self) {
        let state = self.state.get_value();
        if state.over {
            return;
        }
        let Some(values) = self.unsaved() else { return };
        let message = SaveDraft { dossier: self.dossier, values, locale: self.locale };
        let Ok(text) = serde_json::to_string(&message) else { return };
        let kind = BlobPropertyBag::new();
        kind.set_type("application/json");
        if let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(&text)), &kind) {
            let _ = window().navigator().send_beacon_with_opt_blob(SaveDraft::PATH, Some(&blob));
        }
    }

    fn say(self, text: impl FnOnce(&AutosaveTexts) -> String) {
        let text = self.texts.with_value(text);
        // Screen readers hear the line when it changes, so it changes only when there is something to say.
        if self.line.with_untracked(|line| *line != text) {
            self.line.set(text);
        }
    }
}

/// Listens as long as the page lives.
fn listen(form: &HtmlFormElement, event: &str, act: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(act);
    if form.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref()).is_ok() {
        listener.forget();
    }
}

/// The texts of a form as it would be sent, in its order. Files are not kept: they are sent by the form's own button.
fn values(form: &HtmlFormElement) -> Values {
    let entries = FormData::new_with_form(form).map(|data| data.entries().into_iter().flatten().collect::<Vec<_>>()).unwrap_or_default();
    let text = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    };
    Values(entries.into_iter().filter_map(text).collect())
}

fn next(outcome: &Result<String, ApiError>, failures: u32) -> Next {
    match outcome {
        Ok(_) | Err(ApiError::Invalid(_)) => Next::Wait,
        Err(ApiError::Forbidden | ApiError::NotFound | ApiError::Conflict) => Next::Stop,
        Err(ApiError::SignIn | ApiError::Unavailable | ApiError::Unreadable | ApiError::NoAnswer | ApiError::Failed) => {
            Next::Again(Duration::from_secs(2_u64.saturating_pow(failures).min(LONGEST_PAUSE)))
        }
    }
}

fn message(texts: &AutosaveTexts, outcome: &Result<String, ApiError>) -> String {
    match outcome {
        Ok(time) => texts.saved.replace("{time}", time),
        Err(ApiError::Invalid(problem)) => texts.refused.replace("{problem}", problem),
        Err(ApiError::SignIn) => texts.signed_out.clone(),
        Err(ApiError::Forbidden | ApiError::NotFound | ApiError::Conflict) => texts.moved_on.clone(),
        Err(ApiError::Unavailable | ApiError::Unreadable | ApiError::NoAnswer | ApiError::Failed) => texts.retrying.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_attempt_is_repeated_after_a_growing_pause() {
        let pauses: Vec<_> = (1..=6).map(|failures| next(&Err(ApiError::NoAnswer), failures)).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 30, 30].map(|seconds| Next::Again(Duration::from_secs(seconds))));
        assert_eq!(next(&Err(ApiError::SignIn), 200), Next::Again(Duration::from_secs(LONGEST_PAUSE)));
    }

    #[test]
    fn a_refused_text_waits_for_its_writer_and_a_locked_dossier_stops() {
        assert_eq!(next(&Err(ApiError::Invalid(String::new())), 1), Next::Wait);
        assert_eq!(next(&Err(ApiError::Forbidden), 1), Next::Stop);
        assert_eq!(next(&Ok("08:41".into()), 0), Next::Wait);
    }

    #[test]
    fn the_line_tells_time_and_problem() {
        let texts = AutosaveTexts {
            now: String::new(),
            unsaved: String::new(),
            saving: String::new(),
            saved: "Đã lưu lúc {time}.".into(),
            retrying: "Chưa lưu được, sẽ thử lại.".into(),
            refused: "Chưa lưu được. {problem}".into(),
            signed_out: String::new(),
            moved_on: String::new(),
        };
        assert_eq!(message(&texts, &Ok("08:41".into())), "Đã lưu lúc 08:41.");
        assert_eq!(message(&texts, &Err(ApiError::Invalid("Quá dài.".into()))), "Chưa lưu được. Quá dài.");
        assert_eq!(message(&texts, &Err(ApiError::NoAnswer)), "Chưa lưu được, sẽ thử lại.");
    }
}
