//! Asking whoever came in by a spare ticket for the name, under the verdict. Nothing waits for the answer.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Card, Naming, Verdict},
    form::FieldErrors,
    ids::ScanId,
    privacy::Purpose,
    registration::field,
    text::is_guest_name,
};
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlInputElement};

use super::{App, dom, input::at, scan::random, screen::Face};
use crate::flow::{Fact, instant, scan_id};

const NAME: &str = "guest-name";
const PHONE: &str = "guest-phone";
const ORGANISATION: &str = "guest-organisation";
const CONSENT: &str = "guest-consent";

impl App {
    /// What is shown of a verdict on a scan. Staff are shown a form where nobody has written down who it is, or where the person
    /// is to be asked something.
    pub(super) fn face_of(&self, verdict: &Verdict, card: Option<&Card>, is_nameless: bool, note: &str, at: DateTime<Utc>) -> Face {
        let face = self.face(verdict, card, note, at);
        let is_nameless = card.map_or(is_nameless, |card| is_guest_name(&card.name));
        let asks_name = verdict.admits() && is_nameless && !self.is_kiosk();
        let asks = if asks_name || self.is_kiosk() || !verdict.admits() { Vec::new() } else { self.open_questions(card) };
        Face { passes: face.passes && !asks_name && asks.is_empty(), asks_name, asks, ..face }
    }

    /// Whether a form lies under the verdict.
    pub(super) fn asks(&self) -> bool {
        let state = self.state.borrow();
        state.naming.is_some() || state.asked.is_some()
    }

    /// Asks for the name of whom this scan let in, or of nobody. What was typed for the same scan stays.
    pub(super) fn ask_name(&self, scan: Option<ScanId>) {
        let before = std::mem::replace(&mut self.state.borrow_mut().naming, scan);
        if scan.is_none() || scan == before {
            return;
        }
        for id in [NAME, PHONE, ORGANISATION] {
            if let Ok(field) = dom::find::<HtmlInputElement>(id) {
                field.set_value("");
            }
        }
        if let Ok(consent) = dom::find::<HtmlInputElement>(CONSENT) {
            consent.set_checked(false);
        }
        self.tell_wrong(&FieldErrors::default());
    }

    /// Whether a slip of the hand would lose a name.
    pub(super) fn is_naming(&self) -> bool {
        let is_typed = [NAME, PHONE, ORGANISATION].into_iter().any(|id| !typed(id).trim().is_empty());
        self.state.borrow().naming.is_some() && is_typed
    }

    fn write_down(self: &Rc<Self>) {
        let (Some(scan), Some(place)) = (self.state.borrow().naming, self.place()) else { return };
        let now = dom::now();
        let naming = Naming {
            id: scan_id(now, random()),
            scan_id: scan,
            full_name: typed(NAME),
            phone: typed(PHONE),
            organisation: typed(ORGANISATION),
            has_agreed: dom::find::<HtmlInputElement>(CONSENT).is_ok_and(|consent| consent.checked()),
            locale: self.setup.locale,
            device_at: instant(now),
            offset_ms: self.state.borrow().clock.offset(),
        };
        let wrong = naming.faults();
        if !wrong.is_empty() {
            return self.tell_wrong(&wrong);
        }
        self.state.borrow_mut().history.named(scan, &naming.full_name);
        self.send(&place, Fact::Naming(naming));
        self.go_on();
        self.draw();
    }

    /// Says beside each field what is wrong with it, and leads to the first.
    fn tell_wrong(&self, wrong: &FieldErrors) {
        let fields =
            [(NAME, field::FULL_NAME), (PHONE, field::PHONE), (ORGANISATION, field::ORGANISATION_NAME), (CONSENT, Purpose::Attend.field())];
        let mut first = None;
        for (id, name) in fields {
            let problem = wrong.of(name);
            dom::write(&format!("{id}-error"), &problem.and_then(|problem| problem.text_at_gate(self.setup.locale)).unwrap_or_default());
            if let Ok(element) = dom::find::<Element>(id) {
                let _ = match problem {
                    Some(_) => element.set_attribute("aria-invalid", "true"),
                    None => element.remove_attribute("aria-invalid"),
                };
            }
            first = first.or(problem.map(|_| id));
        }
        if let Some(id) = first {
            dom::focus(id);
        }
    }
}

pub(super) fn connect(app: &Rc<App>) -> Result<(), JsValue> {
    at(app, "guest", "submit", |app, event| {
        event.prevent_default();
        app.write_down();
    })?;
    at(app, "guest-skip", "click", |app, _| app.go_on())
}

fn typed(id: &str) -> String {
    dom::find::<HtmlInputElement>(id).map(|field| field.value()).unwrap_or_default()
}
