//! Short ways to the document.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Window};

use crate::flow::Reading;

pub(crate) fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

pub(crate) fn document() -> Document {
    window().document().expect("a window that runs a page holds its document")
}

/// The element with this id.
pub(crate) fn find<T: JsCast>(id: &str) -> Result<T, JsValue> {
    let element = document().get_element_by_id(id).ok_or_else(|| JsValue::from_str(&format!("the page has no #{id}")))?;
    element.dyn_into().map_err(|_| JsValue::from_str(&format!("#{id} is another kind of element")))
}

pub(crate) fn show(id: &str, shown: bool) {
    if let Ok(element) = find::<Element>(id) {
        // By attribute: SVG elements have no property for it.
        let _ = element.toggle_attribute_with_force("hidden", !shown);
    }
}

/// Writes a text if it is new: what is written again is read out again.
pub(crate) fn write(id: &str, text: &str) {
    if let Ok(element) = find::<Element>(id)
        && element.text_content().as_deref() != Some(text)
    {
        element.set_text_content(Some(text));
    }
}

pub(crate) fn focus(id: &str) {
    if let Ok(element) = find::<HtmlElement>(id) {
        let _ = element.focus();
    }
}

/// Whether somebody is typing in the element with this id.
pub(crate) fn holds_focus(id: &str) -> bool {
    find::<Element>(id).is_ok_and(|element| element.contains(document().active_element().as_deref()))
}

/// A new element with a text and a class.
pub(crate) fn made(tag: &str, class: &str, text: &str) -> Result<Element, JsValue> {
    let element = document().create_element(tag)?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    element.set_text_content(Some(text));
    Ok(element)
}

/// Shows the page from its beginning.
pub(crate) fn to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Writes a list, a row for each text, if it is new.
pub(crate) fn list(id: &str, rows: &[String]) -> Result<(), JsValue> {
    let list: Element = find(id)?;
    if list.text_content().as_deref() == Some(&rows.concat()) {
        return Ok(());
    }
    list.set_text_content(None);
    for row in rows {
        list.append_child(&made("li", "", row)?.into())?;
    }
    Ok(())
}

/// What this device keeps for the page.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}

/// Calls `act` at every such event, as long as the page lives.
pub(crate) fn on(target: &EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    let act = Closure::wrap(Box::new(act) as Box<dyn FnMut(Event)>);
    let _ = target.add_event_listener_with_callback(event, act.as_ref().unchecked_ref());
    act.forget();
}

/// As [`on`], before the page's elements see the event.
pub(crate) fn on_first(target: &EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    let act = Closure::wrap(Box::new(act) as Box<dyn FnMut(Event)>);
    let _ = target.add_event_listener_with_callback_and_bool(event, act.as_ref().unchecked_ref(), true);
    act.forget();
}

/// Calls `act` every so many milliseconds, as long as the page lives.
pub(crate) fn every(millis: i32, act: impl FnMut() + 'static) {
    let act = Closure::wrap(Box::new(act) as Box<dyn FnMut()>);
    let _ = window().set_interval_with_callback_and_timeout_and_arguments_0(act.as_ref().unchecked_ref(), millis);
    act.forget();
}

/// Calls `act` once, after so many milliseconds.
pub(crate) fn after(millis: i32, act: impl FnOnce() + 'static) {
    let act = once(Box::new(act));
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(act.unchecked_ref(), millis);
}

/// A function of the page's that is called once. In a box: what it costs to make one is there once, not for each kind of `act`.
pub(crate) fn once(act: Box<dyn FnOnce()>) -> JsValue {
    Closure::once_into_js(act)
}

/// The phone's clock, in milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for longer than there are calendars")]
pub(crate) fn now() -> i64 {
    js_sys::Date::now() as i64
}

/// Both of the phone's clocks.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the page was opened")]
pub(crate) fn reading() -> Reading {
    let running = window().performance().map_or(0.0, |performance| performance.now());
    Reading { wall: now(), running: running as i64 }
}

/// When the page was asked for, and when it began to arrive, as the clocks of `now` would have shown it. Loading and compiling
/// came later and would count as delay.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the page was opened")]
pub(crate) fn loading(now: Reading) -> Option<(Reading, Reading)> {
    let performance = window().performance()?;
    let navigation = member(&call(&performance, "getEntriesByType", &"navigation".into())?, "0")?;
    let at = |name| {
        let running = member(&navigation, name)?.as_f64()? as i64;
        Some(Reading { wall: now.wall - (now.running - running), running })
    };
    Some((at("requestStart")?, at("responseStart")?))
}

/// The member of a thing that not every browser has.
pub(crate) fn member(of: &JsValue, name: &str) -> Option<JsValue> {
    let found = Reflect::get(of, &JsValue::from_str(name)).ok()?;
    (!found.is_undefined() && !found.is_null()).then_some(found)
}

/// Calls a method that not every browser has.
pub(crate) fn call(on: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    member(on, method)?.dyn_into::<Function>().ok()?.call1(on, argument).ok()
}

/// What a promise gives, if it gives anything.
pub(crate) async fn settled(promise: JsValue) -> Option<JsValue> {
    JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
}

/// Why a promise gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsettled {
    Failed,
    Late,
}

/// What a promise gives within so many milliseconds.
pub(crate) async fn settled_within(promise: JsValue, millis: i32) -> Result<JsValue, Unsettled> {
    let promise: Promise = promise.dyn_into().map_err(|_| Unsettled::Failed)?;
    let late: JsValue = js_sys::Object::new().into();
    let mut timer = None;
    let bell = Promise::new(&mut |ring, _| {
        timer = window().set_timeout_with_callback_and_timeout_and_arguments_1(&ring, millis, &late).ok();
    });
    let first = JsFuture::from(Promise::race(&js_sys::Array::of2(&promise, &bell))).await;
    if let Some(timer) = timer {
        window().clear_timeout_with_handle(timer);
    }
    match first {
        Ok(value) if value == late => Err(Unsettled::Late),
        Ok(value) => Ok(value),
        Err(_) => Err(Unsettled::Failed),
    }
}

/// An object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
