//! Brings the live board to life: frames of the stream are written into the page that the server has rendered.

use std::time::Duration;

use domain::text::Locale;
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, EventSource, MessageEvent};

use crate::api::{
    ApiError,
    checkin::board::{BoardFrame, board},
};

/// How often the numbers are asked for where no stream comes, and after how many such times the stream is tried again.
const EVERY: Duration = Duration::from_secs(5);
const STREAM_AGAIN: u32 = 6;

/// What `data-while` says of parts of the page: they stand while the numbers come, or once whoever sees them may no longer.
pub const LIVE: &str = "live";
pub const ENDED: &str = "ended";

/// How the numbers come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LiveBoardTexts {
    /// Without scripts.
    pub still: String,
    pub live: String,
    /// Without a stream.
    pub slow: String,
    pub stale: String,
    /// None will come any more.
    pub ended: String,
}

/// The line that says how the numbers come. Nothing is announced: whoever wants to hear a number goes to it.
#[island]
pub fn LiveBoard(locale: Locale, source: String, texts: LiveBoardTexts) -> impl IntoView {
    let line = RwSignal::new(texts.still.clone());
    Effect::new(move |_| {
        let texts = StoredValue::new(texts.clone());
        let say = move |text: fn(&LiveBoardTexts) -> &String| line.set(texts.with_value(|texts| text(texts).clone()));
        let stream = StoredValue::new_local(None::<EventSource>);
        let source = source.clone();
        let open = move || {
            let Ok(opened) = EventSource::new(&source) else { return };
            let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                let frame = event.data().as_string().and_then(|text| serde_json::from_str::<BoardFrame>(&text).ok());
                if let Some(frame) = frame {
                    show(&frame);
                    say(|texts| &texts.live);
                }
            });
            // The page keeps them as long as it is open.
            opened.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
            let lost = Closure::<dyn Fn()>::new(move || say(|texts| &texts.stale));
            opened.set_onerror(Some(lost.into_js_value().unchecked_ref()));
            stream.set_value(Some(opened));
        };
        open();
        let rounds = StoredValue::new(0_u32);
        let has_ended = StoredValue::new(false);
        let renew = move || {
            if has_ended.get_value() {
                return;
            }
            let state = stream.with_value(|stream| stream.as_ref().map(EventSource::ready_state));
            if state == Some(EventSource::OPEN) {
                rounds.set_value(0);
                return;
            }
            rounds.update_value(|rounds| *rounds += 1);
            if state != Some(EventSource::CONNECTING) && rounds.get_value().is_multiple_of(STREAM_AGAIN) {
                open();
            }
            if document().hidden() {
                return;
            }
            spawn_local(async move {
                match board(locale).await {
                    Ok(frame) => {
                        show(&frame);
                        say(|texts| &texts.slow);
                    }
                    // Signing in again is a matter of another page.
                    Err(ApiError::SignIn | ApiError::Forbidden) => {
                        has_ended.set_value(true);
                        stream.with_value(|stream| stream.iter().for_each(EventSource::close));
                        show_end();
                        say(|texts| &texts.ended);
                    }
                    Err(_) => say(|texts| &texts.stale),
                }
            });
        };
        let _ = set_interval(renew, EVERY);
    });
    view! { <span>{line}</span> }
}

/// Writes a frame into the page. What the page does not show is passed over.
fn show(frame: &BoardFrame) {
    for (name, text) in &frame.texts {
        // What stays the same is not written: it would be announced again.
        each("span", name, |element| {
            if element.text_content().as_deref() != Some(text) {
                element.set_text_content(Some(text));
            }
        });
        some(name, text != "0");
    }
    for (name, path) in &frame.paths {
        each("path", name, |element| drop(element.set_attribute("d", path)));
    }
    for (name, rows) in &frame.tables {
        each("tbody", name, |element| fill(element, rows));
    }
}

/// Shows what stands in place of numbers that no longer change.
fn show_end() {
    let Ok(found) = document().query_selector_all("[data-while]") else { return };
    for at in 0..found.length() {
        if let Some(element) = found.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
            let stands = element.get_attribute("data-while").as_deref() == Some(ENDED);
            let _ = element.toggle_attribute_with_force("hidden", !stands);
        }
    }
}

/// Tells elements that show whether there is something of this name.
fn some(name: &str, is: bool) {
    let Ok(found) = document().query_selector_all(&format!("[data-some='{name}']")) else { return };
    for at in 0..found.length() {
        if let Some(element) = found.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
            let _ = element.set_attribute("data-is", if is { "some" } else { "none" });
        }
    }
}

fn each(tag: &str, name: &str, change: impl Fn(&Element)) {
    let Ok(found) = document().query_selector_all(&format!("{tag}[data-live='{name}']")) else { return };
    for at in 0..found.length() {
        if let Some(element) = found.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
            change(&element);
        }
    }
}

/// Puts these rows in place of a table's own.
fn fill(body: &Element, rows: &[Vec<String>]) {
    body.set_text_content(None);
    for row in rows {
        let Ok(line) = document().create_element("tr") else { return };
        for (at, text) in row.iter().enumerate() {
            let Ok(cell) = document().create_element(if at == 0 { "th" } else { "td" }) else { return };
            let (name, value) = if at == 0 { ("scope", "row") } else { ("class", "number") };
            let _ = cell.set_attribute(name, value);
            cell.set_text_content(Some(text));
            let _ = line.append_child(&cell);
        }
        let _ = body.append_child(&line);
    }
}
