//! Undoing a scan by drawing its row to the left; the button in the row does the same.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, MouseEvent};

use super::{App, history::UNDOES, input::at};
use crate::flow::Swipe;

/// The row under the finger.
struct Held {
    row: HtmlElement,
    swipe: Swipe,
}

pub(super) fn connect(app: &Rc<App>) -> Result<(), JsValue> {
    let held: Rc<RefCell<Option<Held>>> = Rc::default();
    let taken = Rc::clone(&held);
    at(app, "scans", "pointerdown", move |_, event| {
        let (Some(row), Some((x, y))) = (row(event), place(event)) else { return };
        *taken.borrow_mut() = Some(Held { row, swipe: Swipe::at(x, y) });
    })?;
    let moved = Rc::clone(&held);
    at(app, "scans", "pointermove", move |_, event| {
        if let (Some(held), Some((x, _))) = (&*moved.borrow(), place(event)) {
            let _ = held.row.style().set_property("transform", &format!("translateX({}px)", held.swipe.shift(x)));
        }
    })?;
    for end in ["pointerup", "pointercancel", "pointerleave"] {
        let left = Rc::clone(&held);
        at(app, "scans", end, move |app, event| {
            let Some(Held { row, swipe }) = left.borrow_mut().take() else { return };
            let _ = row.style().remove_property("transform");
            let is_done = end == "pointerup" && place(event).is_some_and(|(x, y)| swipe.is_done(x, y));
            let scan = row.query_selector(&format!("[{UNDOES}]")).ok().flatten().and_then(|button| button.get_attribute(UNDOES));
            if let Some(scan) = scan.filter(|_| is_done).and_then(|scan| scan.parse().ok()) {
                app.undo(scan);
            }
        })?;
    }
    Ok(())
}

/// The row that an event happened in, if its scan may be undone.
fn row(event: &Event) -> Option<HtmlElement> {
    let row = event.target()?.dyn_into::<Element>().ok()?.closest("li").ok()??;
    row.query_selector(&format!("[{UNDOES}]")).ok()??;
    row.dyn_into().ok()
}

fn place(event: &Event) -> Option<(i32, i32)> {
    let mouse = event.dyn_ref::<MouseEvent>()?;
    Some((mouse.client_x(), mouse.client_y()))
}
