//! One tab scans. A second one of the same browser waits, or takes over.

use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{App, dom, screen::Face};

/// The lock that the tab that scans holds as long as it lives.
const LOCK: &str = "checkin";

/// Becomes the tab that scans, unless another one is.
pub(super) fn take(app: &Rc<App>) {
    request(app, "ifAvailable");
}

/// Becomes the tab that scans, whoever was before.
pub(super) fn take_over(app: &Rc<App>) {
    request(app, "steal");
}

fn request(app: &Rc<App>, how: &str) {
    // Browsers without locks are few; there the server knows a repeat all the same.
    let Some(locks) = dom::member(&dom::window().navigator(), "locks") else { return };
    let Some(ask) = dom::member(&locks, "request").and_then(|ask| ask.dyn_into::<Function>().ok()) else { return };
    let holder = Rc::clone(app);
    let hold = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            holder.wait();
            return JsValue::UNDEFINED;
        }
        holder.become_active();
        // Held until the page ends or another tab takes it.
        Promise::new(&mut |_, _| {}).into()
    });
    let options = dom::object(&[(how, JsValue::TRUE)]);
    let Ok(arguments) = Reflect::apply(&ask, &locks, &js_sys::Array::of3(&LOCK.into(), &options, &hold)) else { return };
    let loser = Rc::clone(app);
    spawn_local(async move {
        if let Ok(held) = arguments.dyn_into::<Promise>()
            && JsFuture::from(held).await.is_err()
        {
            loser.wait();
        }
    });
}

impl App {
    /// Another tab scans.
    pub(super) fn wait(self: &Rc<Self>) {
        self.is_active.set(false);
        self.stop_camera();
        self.answer(&Face::other_tab(&self.setup.texts), None);
    }

    fn become_active(self: &Rc<Self>) {
        if !self.is_active.replace(true) {
            // What the other tab has kept since is not here.
            let _ = dom::window().location().reload();
        }
    }
}
