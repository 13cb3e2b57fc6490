//! Self-service: the phone or tablet stands at the entrance, visitors hold up their own codes. What staff need is out of
//! sight until somebody types the PIN that was chosen at the start, or whoever chose it is signed out.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use domain::checkin::{Card, Direction, Verdict};
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlInputElement};

use super::{App, dom, input::at, screen::Face};
use crate::flow::pin::is_pin;

/// Where this device keeps the PIN, and in the next line who chose it; there while it serves visitors. It keeps curious hands
/// off, and guards no secret.
const PIN: &str = "checkin.kiosk";

impl App {
    /// Whether visitors hold up their own codes here.
    pub(super) fn is_kiosk(&self) -> bool {
        self.kiosk.get()
    }

    /// What is shown of a verdict: to staff, or to the visitor.
    pub(super) fn face(&self, verdict: &Verdict, card: Option<&Card>, note: &str, at: DateTime<Utc>) -> Face {
        let locale = self.setup.locale;
        if self.is_kiosk() { Face::visitor(verdict, card, locale) } else { Face::verdict(verdict, card, note, at, locale) }
    }

    /// Serves visitors if this device did so when it was used last.
    pub(super) fn resume_kiosk(self: &Rc<Self>) {
        let (Some((_, chosen_by)), true) = (kept(), self.state.borrow().shift.is_some()) else { return };
        if chosen_by != self.who() {
            // Nobody here knows it.
            return forget();
        }
        self.serve(true);
        if self.place().is_some() {
            self.start_camera(None);
        } else {
            // What was chosen is no more, and whoever may choose anew knows the PIN.
            self.show_choice();
        }
    }

    /// Gives the device back to staff.
    pub(super) fn end_kiosk(self: &Rc<Self>) {
        if self.is_kiosk() {
            forget();
            self.serve(false);
            if self.place().is_none() {
                self.show_choice();
            }
        }
    }

    fn serve(self: &Rc<Self>, serves: bool) {
        self.kiosk.set(serves);
        // Which way somebody goes is asked of nobody who checks in alone.
        self.turn(Direction::Entry);
        self.camera.face_front(serves);
        if let Ok(page) = dom::find::<Element>("scanner") {
            let _ = page.toggle_attribute_with_force("data-kiosk", serves);
        }
        for (id, hidden) in [("menu", serves), ("kiosk", !serves), ("kiosk-staff", !serves)] {
            dom::show(id, !hidden);
            if let Ok(element) = dom::find::<Element>(id) {
                let _ = element.remove_attribute("open");
            }
        }
        dom::to_top();
    }
}

/// There is nothing to scan for here any more.
pub(super) fn stop() {
    if let Ok(page) = dom::find::<Element>("scanner") {
        let _ = page.set_attribute("data-kiosk", "stopped");
    }
}

pub(super) fn connect(app: &Rc<App>) -> Result<(), JsValue> {
    at(app, "kiosk-on", "submit", |app, event| {
        event.prevent_default();
        let Some(chosen) = typed("kiosk-pin") else { return };
        if !is_pin(&chosen) {
            return dom::write("kiosk-error", &app.setup.texts.pin_form);
        }
        dom::write("kiosk-error", "");
        if let Some(storage) = dom::storage() {
            // A device that keeps nothing serves until it is loaded anew.
            let _ = storage.set_item(PIN, &format!("{chosen}\n{}", app.who()));
        }
        app.sound.unlock();
        app.serve(true);
        app.start_camera(None);
    })?;
    at(app, "kiosk-off", "submit", |app, event| {
        event.prevent_default();
        let Some(given) = typed("kiosk-given") else { return };
        if kept().is_some_and(|(pin, _)| pin != given) {
            return dom::write("kiosk-wrong", &app.setup.texts.pin_wrong);
        }
        dom::write("kiosk-wrong", "");
        app.end_kiosk();
        app.stop_camera();
        dom::focus("start");
    })
}

/// The PIN, and who chose it.
fn kept() -> Option<(String, String)> {
    let kept = dom::storage()?.get_item(PIN).ok()??;
    let (pin, chosen_by) = kept.split_once('\n')?;
    Some((pin.to_owned(), chosen_by.to_owned()))
}

fn forget() {
    if let Some(storage) = dom::storage() {
        // Forgetting is no harm.
        let _ = storage.remove_item(PIN);
    }
}

/// What stands in a field, which is empty from then on.
fn typed(id: &str) -> Option<String> {
    let field = dom::find::<HtmlInputElement>(id).ok()?;
    let text = field.value().trim().to_owned();
    field.set_value("");
    Some(text)
}
