//! One tab scans. A second one of the same browser waits, or takes over.

use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

use super::{App, dom, screen::Face};

/// The lock that the tab that scans holds as long as it lives.
const LOCK: &str = "checkin";

/// How long the lock is waited for, in milliseconds: a page that was loaded anew may come before its old self has let go.
const PATIENCE: i32 = 1_500;

/// How often a tab that waits asks for it, and how long each time, in milliseconds.
const AGAIN: i32 = 3_000;
const BRIEFLY: i32 = 200;

/// This tab is the one that scans.
pub(super) struct Turn {
    /// Fails when another tab takes over. `None`: browsers without locks are few; there the server knows a repeat all the same.
    ends: Option<Promise>,
}

impl Turn {
    /// Whether it is certain that no other tab scans.
    pub fn is_held(&self) -> bool {
        self.ends.is_some()
    }

    /// Says so when another tab takes over.
    pub fn watch(self, app: &Rc<App>) {
        let Some(ends) = self.ends else { return };
        let app = Rc::clone(app);
        spawn_local(async move {
            if JsFuture::from(ends).await.is_err() {
                app.wait();
            }
        });
    }
}

/// Becomes the tab that scans. `None`: another one is.
pub(super) async fn take() -> Option<Turn> {
    take_within(PATIENCE).await
}

async fn take_within(millis: i32) -> Option<Turn> {
    let Ok(patience) = AbortController::new() else { return Some(Turn { ends: None }) };
    let signal = patience.signal();
    let ends = patience.clone();
    dom::after(millis, move || ends.abort());
    let turn = request("signal", &signal).await;
    // Without locks, or where the browser forbids them, each tab scans.
    turn.or_else(|| (!signal.aborted()).then_some(Turn { ends: None }))
}

/// Becomes the tab that scans, whoever was before.
pub(super) fn take_over() {
    spawn_local(async {
        if request("steal", &JsValue::TRUE).await.is_some() {
            begin_anew();
        }
    });
}

/// What the other tab has kept since is not here.
fn begin_anew() {
    let _ = dom::window().location().reload();
}

/// Asks for the lock, with an option. `None`: it was not given.
async fn request(option: &str, value: &JsValue) -> Option<Turn> {
    let locks = dom::member(&dom::window().navigator(), "locks")?;
    let ask: Function = dom::member(&locks, "request")?.dyn_into().ok()?;
    let mut ends = None;
    let given = Promise::new(&mut |give, _| {
        let hold = Closure::once_into_js(move || -> JsValue {
            let _ = give.call0(&JsValue::UNDEFINED);
            // Held until the page ends or another tab takes it.
            Promise::new(&mut |_, _| {}).into()
        });
        let arguments = Array::of3(&LOCK.into(), &dom::object(&[(option, value.clone())]), &hold);
        ends = Reflect::apply(&ask, &locks, &arguments).ok().and_then(|ends| ends.dyn_into::<Promise>().ok());
    });
    let ends = ends?;
    JsFuture::from(Promise::race(&Array::of2(&given, &ends))).await.ok()?;
    Some(Turn { ends: Some(ends) })
}

impl App {
    /// Another tab scans.
    pub(super) fn wait(self: &Rc<Self>) {
        self.is_active.set(false);
        self.stop_camera();
        self.answer(&Face::other_tab(&self.setup.texts), None);
    }

    /// Another tab scans, and this one goes on by itself when that one is closed: nobody may stand by to tap. One that is out of
    /// sight does not ask, or it would be faster than the other while that is loaded anew.
    pub(super) fn wait_for_turn(self: &Rc<Self>) {
        self.wait();
        dom::every(AGAIN, || {
            if !dom::document().hidden() {
                spawn_local(async {
                    if take_within(BRIEFLY).await.is_some() {
                        begin_anew();
                    }
                });
            }
        });
    }
}
