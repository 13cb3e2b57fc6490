//! Works out the puzzle of the opening while the form is filled in, a slice at a time so that typing never stalls.
//!
//! Without scripts, or where the work is not done in time, the server says how long to wait instead.

use std::time::Duration;

use domain::{
    contact::Phone,
    fair::{
        field::STAMP,
        puzzle::{Difficulty, Puzzle, SOLUTION},
    },
    registration::field::{IDEMPOTENCY_KEY, PHONE},
};
use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlFormElement, HtmlInputElement, SubmitEvent};

/// Tries of one slice: a few milliseconds on a cheap phone.
const SLICE: u64 = 1_000;

/// The solution, which the form carries to the server. Stands inside the `<form>` that it works for; `waiting` is what
/// somebody reads who sends before it is found.
#[island]
pub fn OpeningPuzzle(difficulty: Difficulty, waiting: String) -> impl IntoView {
    let line = RwSignal::new(String::new());
    let place = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let form = place.get().and_then(|place| place.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            let worker = Worker {
                form: StoredValue::new_local(form.clone()),
                work: StoredValue::new_local(Work::default()),
                state: StoredValue::new(State::default()),
                line,
            };
            worker.watch(&form, difficulty, waiting.clone());
        }
    });
    view! {
        <input type="hidden" name=SOLUTION node_ref=place/>
        <p class="hint" role="status">{line}</p>
    }
}

/// How far the search for the solution of one phone's puzzle is.
#[derive(Debug, Default)]
struct Work {
    /// As it was typed.
    phone: String,
    puzzle: Option<Puzzle>,
    next: u64,
    found: Option<u64>,
}

impl Work {
    /// Searches a slice further. Gives back whether there is more to do.
    fn go_on(&mut self) -> bool {
        let Some(puzzle) = self.puzzle.as_ref().filter(|_| self.found.is_none()) else { return false };
        self.found = puzzle.search(self.next, SLICE);
        self.next += SLICE;
        self.found.is_none()
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The next slice is planned.
    planned: bool,
    /// The form was sent before the solution was found: it goes as soon as it is.
    sending: bool,
}

#[derive(Clone, Copy)]
struct Worker {
    form: StoredValue<HtmlFormElement, LocalStorage>,
    work: StoredValue<Work, LocalStorage>,
    state: StoredValue<State>,
    line: RwSignal<String>,
}

impl Worker {
    fn watch(self, form: &HtmlFormElement, difficulty: Difficulty, waiting: String) {
        let typed = Closure::<dyn Fn()>::new(move || self.begin(difficulty));
        for event in ["input", "change"] {
            let _ = form.add_event_listener_with_callback(event, typed.as_ref().unchecked_ref());
        }
        typed.forget();
        let sent = Closure::<dyn Fn(SubmitEvent)>::new(move |event: SubmitEvent| {
            // What the browser filled in by itself may have told nobody.
            self.begin(difficulty);
            if self.work.with_value(|work| work.puzzle.is_some() && work.found.is_none()) {
                event.prevent_default();
                self.line.set(waiting.clone());
                self.state.update_value(|state| state.sending = true);
            }
        });
        let _ = form.add_event_listener_with_callback("submit", sent.as_ref().unchecked_ref());
        sent.forget();
        self.begin(difficulty);
    }

    /// Begins the puzzle of the phone that is typed, unless it is begun.
    fn begin(self, difficulty: Difficulty) {
        let [phone, stamp, key] = [PHONE, STAMP, IDEMPOTENCY_KEY].map(|name| self.form.with_value(|form| value(form, name)));
        if self.work.with_value(|work| work.phone == phone) {
            return;
        }
        // What is no phone yet is for the server to refuse.
        let puzzle = Phone::parse(&phone).ok().map(|phone| Puzzle::new(difficulty, &stamp, &key, &phone));
        self.work.set_value(Work { phone, puzzle, ..Work::default() });
        self.plan();
    }

    fn plan(self) {
        if !self.state.get_value().planned {
            self.state.update_value(|state| state.planned = true);
            let _ = set_timeout(move || self.go_on(), Duration::ZERO);
        }
    }

    fn go_on(self) {
        self.state.update_value(|state| state.planned = false);
        if self.work.try_update_value(Work::go_on).unwrap_or_default() {
            return self.plan();
        }
        let found = self.work.with_value(|work| work.found);
        self.form.with_value(|form| {
            if let Some(field) = field(form, SOLUTION) {
                field.set_value(&found.map(|found| found.to_string()).unwrap_or_default());
            }
        });
        if found.is_some() && self.state.get_value().sending {
            self.state.update_value(|state| state.sending = false);
            self.line.set(String::new());
            // Old browsers know the plain one only.
            self.form.with_value(|form| form.request_submit().or_else(|_| form.submit())).unwrap_or_default();
        }
    }
}

fn value(form: &HtmlFormElement, name: &str) -> String {
    field(form, name).map(|field| field.value()).unwrap_or_default()
}

fn field(form: &HtmlFormElement, name: &str) -> Option<HtmlInputElement> {
    form.query_selector(&format!("input[name={name}]")).ok()??.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_ends_with_the_solution_that_the_server_takes() {
        let puzzle = || Puzzle::new(Difficulty::from_bits(12).unwrap().unwrap(), "stamp", "key", &Phone::parse("0912345678").unwrap());
        let mut work = Work { puzzle: Some(puzzle()), ..Work::default() };
        let mut slices = 1;
        while work.go_on() {
            slices += 1;
        }
        assert_eq!((work.found, slices), (Some(2414), 3));
        assert!(puzzle().is_solved_by(work.found.unwrap()));
        assert!(!work.go_on(), "what is found is not searched again");
        assert!(!Work::default().go_on(), "without a phone there is nothing to do");
    }
}
