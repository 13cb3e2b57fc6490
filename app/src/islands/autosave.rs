//! Keeps a dossier's form while it is written, so that no word is lost when a browser closes or a network fails.
//!
//! Without scripts the form's own button saves. With them, every change is sent a moment after it was made, and again
//! until the server has it; what is unsent when the page goes away leaves with it as a beacon.

use std::time::Duration;

use domain::{
    form::Values,
    ids::DossierId,
    showcase::{Basis, field},
    text::Locale,
};
use leptos::{ev, html, prelude::*, serde_json, server_fn::ServerFn, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, Element, FormData, HtmlFormElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement, HtmlTextAreaElement,
    js_sys::{Array, Math},
};

use crate::api::{
    ApiError,
    showcase::{Kept, SaveDraft, save_draft},
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
    /// Nothing can be saved here any more but by the form's own button.
    Stop,
}

/// The line under the form that says what is saved. Stands inside the `<form>` that it keeps.
#[island]
pub fn Autosave(dossier: DossierId, locale: Locale, texts: AutosaveTexts) -> impl IntoView {
    let line = RwSignal::new(texts.now.clone());
    let announced = RwSignal::new(String::new());
    let place = NodeRef::<html::P>::new();
    let texts = StoredValue::new(texts);
    let (kept, basis, state) = (StoredValue::new(None), StoredValue::new(Basis::default()), StoredValue::new(State::default()));
    Effect::new(move |_| {
        let form = place.get().and_then(|place| place.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            // In the browser alone: the server drops a page on any thread, and what is local to one would panic there.
            let local = StoredValue::new_local(Some(form.clone()));
            Keeper { dossier, locale, texts, line, announced, form: local, kept, basis, state }.watch(&form);
        }
    });
    // Who writes is not talked over every few seconds: only what needs attention is read out.
    view! {
        <p class="autosave" node_ref=place>{line}</p>
        <p class="visually-hidden" role="status">{announced}</p>
    }
}

/// Where saving stands.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a condition of its own; any may hold with any other")]
struct State {
    /// An attempt is under way.
    busy: bool,
    /// A timer will make the next attempt.
    planned: bool,
    /// Attempts that failed since the last that did not.
    failures: u32,
    /// The form's own button was used: the page goes away with everything.
    leaving: bool,
    /// Nothing can be saved here any more.
    stopped: bool,
}

impl State {
    fn is_over(self) -> bool {
        self.leaving || self.stopped
    }
}

/// The form and all that is known of what the server has of it.
#[derive(Clone, Copy)]
struct Keeper {
    dossier: DossierId,
    locale: Locale,
    texts: StoredValue<AutosaveTexts>,
    line: RwSignal<String>,
    /// What screen readers are told.
    announced: RwSignal<String>,
    form: StoredValue<Option<HtmlFormElement>, LocalStorage>,
    /// What the server has, as far as this page knows.
    kept: StoredValue<Option<Values>>,
    /// What the text is written on. The form's hidden field holds the same, for its own button.
    basis: StoredValue<Basis>,
    state: StoredValue<State>,
}

impl Keeper {
    fn watch(self, form: &HtmlFormElement) {
        // A page that shows errors holds values that were refused: they are not kept anywhere but here.
        let refused = form.query_selector("[aria-invalid]").is_ok_and(|found| found.is_some());
        // What was typed before this script came is not what the server wrote.
        self.kept.set_value((!refused).then(|| written(form)));
        self.basis.set_value(Basis::parse(&basis_field(form).map(|field| field.value()).unwrap_or_default()));
        listen(form, "input", move || self.changed());
        listen(form, "change", move || self.changed());
        listen(form, "submit", move || self.state.update_value(|state| state.leaving = true));
        // Back again after the form's own button: the page is taken out of the browser's memory as it was left.
        window_event_listener(ev::pageshow, move |_| {
            self.state.update_value(|state| state.leaving = false);
            self.attempt();
        });
        window_event_listener(ev::online, move |_| self.attempt());
        window_event_listener(ev::pagehide, move |_| self.send_off());
        window_event_listener_untyped("visibilitychange", move |_| if document().hidden() { self.send_off() } else { self.attempt() });
        window_event_listener(ev::beforeunload, move |event| {
            let state = self.state.get_value();
            if state.leaving || self.unsaved().is_none() {
                return;
            }
            self.send_off();
            // A beacon will not help where the server has refused or cannot be reached: the reader decides.
            if state.failures > 0 {
                event.prevent_default();
                // Older browsers ask only if this is set.
                event.set_return_value(" ");
            }
        });
        self.changed();
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
        if state.planned || state.busy || state.is_over() {
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
        if state.busy || state.is_over() {
            return;
        }
        let Some(values) = self.unsaved() else { return };
        self.state.update_value(|state| state.busy = true);
        if state.failures == 0 {
            self.say(|texts| texts.saving.clone());
        }
        let (based, save) = self.sending(&values);
        spawn_local(async move {
            let outcome = save_draft(self.dossier, based, save, self.locale).await;
            self.settle(values, save, outcome);
        });
    }

    /// The values with what they are based on, and the name of this save, which from now on is one of those that the
    /// server may have stored.
    fn sending(self, values: &Values) -> (Values, i64) {
        // Below 2^53, so that it comes through JSON as it is.
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        let save = (Math::random() * 9_007_199_254_740_992.0) as i64;
        let mut based = values.clone();
        based.0.push((field::REVISION.to_owned(), self.basis.with_value(Basis::to_string)));
        self.rebase(|basis| basis.pending.push(save));
        (based, save)
    }

    fn rebase(self, change: impl FnOnce(&mut Basis)) {
        self.basis.update_value(change);
        let field = self.form.with_value(|form| form.as_ref().and_then(basis_field));
        if let Some(field) = field {
            field.set_value(&self.basis.with_value(Basis::to_string));
        }
    }

    fn settle(self, values: Values, save: i64, outcome: Result<Kept, ApiError>) {
        let before = self.state.get_value().failures;
        // A later save of this page was faster: it has taken these words along.
        if outcome == Err(ApiError::Conflict) && self.basis.with_value(|basis| basis.pending.last() != Some(&save)) {
            self.rebase(|basis| settled(basis, save, &outcome));
            self.state.update_value(|state| state.busy = false);
            self.plan(PATIENCE);
            return;
        }
        self.rebase(|basis| settled(basis, save, &outcome));
        let failures = if outcome.is_ok() { 0 } else { before + 1 };
        let next = next(&outcome, failures);
        self.state.update_value(|state| {
            state.busy = false;
            state.failures = failures;
            state.stopped |= next == Next::Stop;
        });
        if outcome.is_ok() {
            self.kept.set_value(Some(values.clone()));
        }
        let text = self.texts.with_value(|texts| message(texts, &outcome));
        if is_news(before, &outcome) {
            put(self.announced, &text);
        }
        put(self.line, &text);
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
        if state.is_over() {
            return;
        }
        let Some(values) = self.unsaved() else { return };
        let (values, save) = self.sending(&values);
        let message = SaveDraft { dossier: self.dossier, values, save, locale: self.locale };
        let Ok(text) = serde_json::to_string(&message) else { return };
        let kind = BlobPropertyBag::new();
        kind.set_type("application/json");
        if let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(&text)), &kind) {
            let _ = window().navigator().send_beacon_with_opt_blob(SaveDraft::PATH, Some(&blob));
        }
    }

    fn say(self, text: impl FnOnce(&AutosaveTexts) -> String) {
        put(self.line, &self.texts.with_value(text));
    }
}

/// Changes a line only where it says something else: each change of an announced one is heard.
fn put(line: RwSignal<String>, text: &str) {
    if line.with_untracked(|line| line != text) {
        line.set(text.to_owned());
    }
}

/// Listens as long as the page lives.
fn listen(form: &HtmlFormElement, event: &str, act: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(act);
    if form.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref()).is_ok() {
        listener.forget();
    }
}

/// The hidden field that tells what the form is based on.
fn basis_field(form: &HtmlFormElement) -> Option<HtmlInputElement> {
    form.query_selector(&format!("input[name={}]", field::REVISION)).ok()??.dyn_into().ok()
}

/// The texts of a form as it would be sent, in its order, without its basis. Files are not kept: they are sent by the
/// form's own button.
fn values(form: &HtmlFormElement) -> Values {
    let entries = FormData::new_with_form(form).map(|data| data.entries().into_iter().flatten().collect::<Vec<_>>()).unwrap_or_default();
    let text = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    };
    told(entries.into_iter().filter_map(text))
}

/// The same of the form as the server wrote it, whatever was typed since.
fn written(form: &HtmlFormElement) -> Values {
    let controls = form.elements();
    told((0..controls.length()).filter_map(|at| controls.item(at)).filter_map(|control| as_written(&control)))
}

fn as_written(control: &Element) -> Option<(String, String)> {
    if let Some(text) = control.dyn_ref::<HtmlTextAreaElement>() {
        return Some((text.name(), text.default_value().ok()?));
    }
    if let Some(list) = control.dyn_ref::<HtmlSelectElement>() {
        let options = || (0..list.length()).filter_map(|at| list.item(at)?.dyn_into::<HtmlOptionElement>().ok());
        let chosen = options().find(HtmlOptionElement::default_selected).or_else(|| options().next())?;
        return Some((list.name(), chosen.value()));
    }
    let input = control.dyn_ref::<HtmlInputElement>()?;
    match input.type_().as_str() {
        "file" | "submit" | "button" | "reset" | "image" => None,
        "checkbox" | "radio" if !input.default_checked() => None,
        // What the server wrote into a ticked box is its value, not its default value.
        "checkbox" | "radio" => Some((input.name(), input.value())),
        _ => Some((input.name(), input.default_value())),
    }
}

/// Values with one kind of line break, without the basis.
fn told(values: impl Iterator<Item = (String, String)>) -> Values {
    Values(values.filter(|(name, _)| name != field::REVISION).map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect())
}

/// What the page knows of the stored text after an answer.
fn settled(basis: &mut Basis, save: i64, outcome: &Result<Kept, ApiError>) {
    match outcome {
        Ok(kept) => {
            basis.revision = basis.revision.max(kept.revision);
            // What was sent before this one can no longer be what is stored.
            let answered = basis.pending.iter().position(|pending| *pending == save).map_or(0, |at| at + 1);
            basis.pending.drain(..answered);
        }
        // It may have been stored all the same.
        Err(ApiError::Unavailable | ApiError::Unreadable | ApiError::NoAnswer | ApiError::Failed) => {}
        Err(ApiError::Invalid(_) | ApiError::SignIn | ApiError::Forbidden | ApiError::NotFound | ApiError::Conflict) => {
            basis.pending.retain(|pending| *pending != save);
        }
    }
}

/// Whether screen readers are told of an outcome: that something is wrong, and that it is over.
fn is_news(failures_before: u32, outcome: &Result<Kept, ApiError>) -> bool {
    outcome.is_err() || failures_before > 0
}

fn next(outcome: &Result<Kept, ApiError>, failures: u32) -> Next {
    match outcome {
        Ok(_) | Err(ApiError::Invalid(_)) => Next::Wait,
        Err(ApiError::Forbidden | ApiError::NotFound | ApiError::Conflict) => Next::Stop,
        Err(ApiError::SignIn | ApiError::Unavailable | ApiError::Unreadable | ApiError::NoAnswer | ApiError::Failed) => {
            Next::Again(Duration::from_secs(2_u64.saturating_pow(failures).min(LONGEST_PAUSE)))
        }
    }
}

fn message(texts: &AutosaveTexts, outcome: &Result<Kept, ApiError>) -> String {
    match outcome {
        Ok(kept) => texts.saved.replace("{time}", &kept.at),
        Err(ApiError::Invalid(problem)) => texts.refused.replace("{problem}", problem),
        Err(ApiError::SignIn) => texts.signed_out.clone(),
        Err(ApiError::Forbidden | ApiError::NotFound | ApiError::Conflict) => texts.moved_on.clone(),
        Err(ApiError::Unavailable | ApiError::Unreadable | ApiError::NoAnswer | ApiError::Failed) => texts.retrying.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(revision: i64) -> Kept {
        Kept { at: "08:41".into(), revision }
    }

    #[test]
    fn an_answer_settles_its_own_save_and_those_before_it() {
        let mut basis = Basis { revision: 3, pending: vec![11, 12, 13] };
        settled(&mut basis, 12, &Ok(kept(5)));
        assert_eq!(basis, Basis { revision: 5, pending: vec![13] });
        settled(&mut basis, 11, &Ok(kept(4)));
        assert_eq!(basis, Basis { revision: 5, pending: vec![13] }, "an older answer that came late changes nothing");
    }

    #[test]
    fn a_save_without_an_answer_stays_pending_and_a_refused_one_does_not() {
        for (outcome, pending) in
            [(ApiError::NoAnswer, vec![11]), (ApiError::Failed, vec![11]), (ApiError::Conflict, vec![]), (ApiError::SignIn, vec![])]
        {
            let mut basis = Basis { revision: 3, pending: vec![11] };
            settled(&mut basis, 11, &Err(outcome));
            assert_eq!(basis, Basis { revision: 3, pending });
        }
    }

    #[test]
    fn saves_are_read_out_only_when_something_was_wrong() {
        assert!(!is_news(0, &Ok(kept(2))));
        assert!(is_news(1, &Ok(kept(2))));
        assert!(is_news(0, &Err(ApiError::SignIn)));
    }

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
        assert_eq!(next(&Err(ApiError::Conflict), 1), Next::Stop);
        assert_eq!(next(&Ok(kept(2)), 0), Next::Wait);
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
        assert_eq!(message(&texts, &Ok(kept(2))), "Đã lưu lúc 08:41.");
        assert_eq!(message(&texts, &Err(ApiError::Invalid("Quá dài.".into()))), "Chưa lưu được. Quá dài.");
        assert_eq!(message(&texts, &Err(ApiError::NoAnswer)), "Chưa lưu được, sẽ thử lại.");
    }
}
