//! What the steward does: taps, keys, typed codes, photos; and what happens to the page around.

use std::rc::Rc;

use domain::{
    checkin::{Direction, Source},
    form::Problem,
    ticket::{self, Reading},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{BeforeUnloadEvent, Element, Event, EventTarget, HtmlFormElement, HtmlInputElement, KeyboardEvent};

use super::{App, Shown, asked, dom, guest, history::UNDOES, kiosk, screen::Action, swipe, tab, view};
use crate::flow::SILENCE;

pub(super) fn connect(app: &Rc<App>) -> Result<(), JsValue> {
    places(app)?;
    camera(app)?;
    form(app)?;
    answers(app)?;
    keys(app);
    surroundings(app);
    Ok(())
}

/// Calls `act` when the element with this id has such an event.
pub(super) fn at(app: &Rc<App>, id: &str, event: &str, act: impl Fn(&Rc<App>, &Event) + 'static) -> Result<(), JsValue> {
    let app = Rc::clone(app);
    dom::on(&dom::find::<EventTarget>(id)?, event, move |event| act(&app, &event));
    Ok(())
}

/// The element of this kind that an event happened in.
fn within(event: &Event, kind: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(kind).ok()?
}

fn places(app: &Rc<App>) -> Result<(), JsValue> {
    at(app, "choose", "click", |app, event| {
        let chosen = within(event, "[data-place]").and_then(|button| button.get_attribute("data-place"));
        let Some(watch) = chosen.and_then(|id| id.parse().ok()) else { return };
        app.sound.unlock();
        if app.is_there(watch) {
            app.choose(watch);
            dom::focus("start");
        }
    })?;
    at(app, "scans", "click", |app, event| {
        let id = within(event, &format!("[{UNDOES}]")).and_then(|button| button.get_attribute(UNDOES));
        if let Some(id) = id.and_then(|id| id.parse().ok()) {
            app.undo(id);
            dom::focus("code");
        }
    })?;
    at(app, "direction", "click", |app, event| {
        let pressed = within(event, "[data-direction]").and_then(|button| button.get_attribute("data-direction"));
        if let Some(direction) = pressed.as_deref().and_then(Direction::from_key) {
            app.turn(direction);
        }
    })?;
    menu(app)?;
    kiosk::connect(app)?;
    swipe::connect(app)?;
    at(app, "moved-seen", "click", |_, _| {
        dom::show("moved-here", false);
        dom::focus("main");
    })?;
    at(app, "change-place", "click", |app, _| {
        if let Ok(menu) = dom::find::<Element>("menu") {
            let _ = menu.remove_attribute("open");
        }
        app.show_choice();
    })
}

fn menu(app: &Rc<App>) -> Result<(), JsValue> {
    dom::find::<HtmlInputElement>("confirm-first")?.set_checked(view::confirms_first());
    at(app, "confirm-first", "change", |_, _| {
        if let Ok(field) = dom::find::<HtmlInputElement>("confirm-first") {
            view::set_confirms_first(field.checked());
        }
    })?;
    // Scans that wait stay on the phone, but nobody who is signed out can send them.
    at(app, "sign-out", "submit", |app, event| {
        event.prevent_default();
        let waiting = app.state.borrow().outbox.count();
        let question = app.setup.texts.sign_out_waiting.replace("{count}", &waiting.to_string());
        if waiting > 0 && !dom::window().confirm_with_message(&question).unwrap_or(true) {
            return;
        }
        let Ok(form) = dom::find::<HtmlFormElement>("sign-out") else { return };
        let app = Rc::clone(app);
        spawn_local(async move { app.leave(&form).await });
    })
}

fn camera(app: &Rc<App>) -> Result<(), JsValue> {
    at(app, "start", "click", |app, _| {
        app.sound.unlock();
        app.start_camera(None);
    })?;
    at(app, "stop", "click", |app, _| {
        app.stop_camera();
        dom::focus("start");
    })?;
    at(app, "switch", "click", |app, _| {
        if let Some(id) = app.camera.next_lens() {
            app.start_camera(Some(id));
        }
    })?;
    at(app, "resend", "click", |app, _| {
        app.state.borrow_mut().outbox.retry_refused(dom::now());
        app.repeat();
        app.draw();
        dom::focus("code");
    })?;
    at(app, "torch", "click", |app, _| {
        let app = Rc::clone(app);
        spawn_local(async move { app.camera.toggle_torch().await });
    })
}

fn form(app: &Rc<App>) -> Result<(), JsValue> {
    at(app, "code-form", "submit", |app, event| {
        event.prevent_default();
        app.sound.unlock();
        let Ok(field) = dom::find::<HtmlInputElement>("code") else { return };
        let text = field.value();
        // A code reader may type a whole ticket in here, too.
        let error = if text.trim().is_empty() {
            Some(Problem::Required)
        } else if ticket::recognise(&text) == Reading::Other {
            Some(Problem::NotAShortCode)
        } else {
            None
        };
        dom::write("code-error", &error.as_ref().and_then(|problem| problem.text_at_gate(app.setup.locale)).unwrap_or_default());
        if error.is_some() {
            let _ = field.set_attribute("aria-invalid", "true");
            dom::focus("code");
        } else {
            let _ = field.remove_attribute("aria-invalid");
            field.set_value("");
            app.take(&text, Source::Typed, false);
        }
    })?;
    at(app, "picture", "change", |app, _| {
        let Ok(field) = dom::find::<HtmlInputElement>("picture") else { return };
        if let Some(file) = field.files().and_then(|files| files.get(0)) {
            app.read_picture(&file);
        }
        // The same photo may be chosen again.
        field.set_value("");
    })
}

/// A tap anywhere, Enter and Escape lead on.
fn answers(app: &Rc<App>) -> Result<(), JsValue> {
    guest::connect(app)?;
    asked::connect(app)?;
    at(app, "verdict", "click", |app, event| {
        let pressed = within(event, "a, button").map(|button| button.id());
        // The form has its own two ways on, and a mistake needs no name; beside them a hand slips.
        if app.asks() && pressed.as_deref() != Some("undo-now") {
            return;
        }
        match pressed {
            Some(id) if id == Action::SignIn.id() => {}
            Some(id) if id == Action::CheckIn.id() => app.confirm(),
            Some(id) if id == Action::TakeOver.id() => tab::take_over(),
            Some(id) if id == "undo-now" => {
                if let Some(scan) = app.answered() {
                    app.undo(scan);
                }
                app.go_on();
            }
            // A hand that slips records nothing and loses nothing.
            None if app.state.borrow().shown == Shown::Confirm || !app.is_active.get() => {}
            Some(_) | None => app.go_on(),
        }
    })?;
    at(app, "verdict", "cancel", |app, event| {
        event.prevent_default();
        if !app.is_naming() && !app.is_replying() {
            app.go_on();
        }
    })?;
    // Where a browser closes a dialog on its own, after a second Escape.
    at(app, "verdict", "close", |app, _| {
        if !app.screen.dialog().open() {
            if app.is_active.get() {
                app.go_on();
            } else {
                // There is nothing behind it to scan with.
                app.wait();
            }
        }
    })
}

/// Code readers that type, wherever the focus is.
fn keys(app: &Rc<App>) {
    let app = Rc::clone(app);
    dom::on_first(&dom::document(), "keydown", move |event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        // When the key was pressed, however busy the page was since.
        let pressed = event.time_stamp();
        let code = app.state.borrow_mut().wedge.key(&event.key(), pressed);
        if let Some(code) = code {
            // This key ends the code; it presses no button and leads to no other field.
            event.prevent_default();
            event.stop_propagation();
            app.take_keys(&code);
        } else if app.state.borrow().wedge.is_whole() {
            let app = Rc::clone(&app);
            dom::after(SILENCE, move || {
                let code = app.state.borrow_mut().wedge.fall_silent(pressed);
                if let Some(code) = code {
                    app.take_keys(&code);
                }
            });
        }
    });
}

/// A code reader types into whatever field has the focus: its keys are none of what a person wrote there, nor is the beginning of
/// them where no more fits into the field.
fn take_back(code: &str) {
    let Some(field) = dom::document().active_element() else { return };
    let text = dom::member(&field, "value").and_then(|text| text.as_string());
    let typed = |text: &str| text.char_indices().map(|(at, _)| at).find(|at| code.starts_with(&text[*at..]));
    if let Some((text, at)) = text.as_deref().and_then(|text| Some((text, typed(text)?))) {
        let _ = js_sys::Reflect::set(&field, &"value".into(), &text[..at].into());
    }
}

fn surroundings(app: &Rc<App>) {
    let (window, document) = (dom::window(), dom::document());
    let seen = Rc::clone(app);
    dom::on(&document, "visibilitychange", move |_| {
        if !dom::document().hidden() {
            seen.resume();
            seen.refresh_shift();
            seen.refresh_roster();
            seen.hurry();
        }
    });
    let back = Rc::clone(app);
    dom::on(&window, "online", move |_| {
        back.hurry();
        back.refresh_roster();
        back.refresh_shift();
    });
    let gone = Rc::clone(app);
    dom::on(&window, "offline", move |_| gone.draw());
    // Where nothing is kept, leaving the page would lose the scans that wait.
    let leaving = Rc::clone(app);
    dom::on(&window, "beforeunload", move |event| {
        let state = leaving.state.borrow();
        let is_done = state.outbox.is_empty() && state.next.is_empty();
        if !leaving.keeps.get() && !is_done {
            event.prevent_default();
            // Chrome before 119 and its kin look at this alone.
            if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
                event.set_return_value(" ");
            }
        }
    });
    // The first tap anywhere lets the page sound.
    let tapped = Rc::clone(app);
    dom::on_first(&document, "pointerdown", move |_| tapped.sound.unlock());
}

impl App {
    /// A code reader has typed a code.
    fn take_keys(self: &Rc<Self>, code: &str) {
        take_back(code);
        // Who waits to be confirmed, or is being written down, comes first.
        if self.state.borrow().shown != Shown::Confirm && !self.is_naming() && !self.is_replying() {
            self.go_on();
        }
        self.take(code, Source::Reader, true);
    }

    fn hurry(self: &Rc<Self>) {
        self.state.borrow_mut().outbox.hurry(dom::now());
        self.repeat();
    }
}
