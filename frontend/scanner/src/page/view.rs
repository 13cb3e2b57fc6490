//! The parts of the page around the picture: checkpoint, counts, states; and the camera's coming and going.

use std::rc::Rc;

use domain::{checkin::Checkpoint, text::Locale};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlCanvasElement, NodeList};

use super::{App, Shown, camera::CameraFault, dom, history};
use crate::flow::Local;

/// Where this device keeps the id of its checkpoint.
const REMEMBERED: &str = "checkin.checkpoint";

/// When the page began to arrive, by the phone's clock. Loading and compiling come later and would count as delay.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
pub(super) fn page_arrived() -> i64 {
    let measured = || {
        let performance = dom::window().performance()?;
        let navigation = dom::call(&performance, "getEntriesByType", &"navigation".into())?;
        let first = dom::member(&navigation, "0")?;
        let origin = dom::member(&performance, "timeOrigin")?.as_f64()?;
        Some(origin + dom::member(&first, "responseStart")?.as_f64()?)
    };
    measured().map_or_else(dom::now, |millis| millis as i64)
}

impl App {
    /// The checkpoint that was chosen on this device last, if there still is one.
    pub(super) fn remembered(&self) -> Option<Checkpoint> {
        let id = dom::storage()?.get_item(REMEMBERED).ok()??;
        self.setup.checkpoints.iter().find(|place| place.id.to_string() == id).cloned()
    }

    /// Scans at this place from now on.
    pub(super) fn choose(self: &Rc<Self>, place: Checkpoint) {
        if let Some(storage) = dom::storage() {
            // Forgetting is no harm.
            let _ = storage.set_item(REMEMBERED, &place.id.to_string());
        }
        dom::write("place", place.name(self.setup.locale));
        let device = self.setup.who.clone();
        self.state.borrow_mut().local = Some(Local::new(place, device));
        for (id, shown) in [("choose", false), ("scan", true), ("count", true), ("change-place", true)] {
            dom::show(id, shown);
        }
        self.draw();
    }

    /// Shows the checkpoints to choose from.
    pub(super) fn show_choice(&self) {
        self.stop_camera();
        self.state.borrow_mut().local = None;
        for (id, shown) in [("choose", true), ("scan", false), ("count", false), ("change-place", false)] {
            dom::show(id, shown);
        }
        if let Ok(buttons) = dom::document().query_selector_all("[data-place]") {
            for button in elements(&buttons) {
                let _ = button.toggle_attribute_with_force("hidden", false);
            }
        }
        dom::show("choose-hint", !self.setup.checkpoints.is_empty());
        dom::focus("main");
    }

    /// Writes everything that changes: list, counts, states.
    pub(super) fn draw(&self) {
        let state = self.state.borrow();
        let texts = &self.setup.texts;
        // What is missing on the page was missing at the start already, and stopped it.
        let _ = state.history.draw();
        let place = state.local.as_ref().map(|local| local.checkpoint().id);
        for count in &state.counts {
            let number = grouped(self.setup.locale, count.admitted);
            if Some(count.id) == place {
                dom::write("admitted", &number);
            }
            if let Ok(Some(element)) = dom::document().query_selector(&format!("[data-count=\"{}\"]", count.id)) {
                element.set_text_content(Some(&number));
            }
        }
        let refused = state.outbox.refused();
        dom::show("refused", refused.len() > 0);
        dom::write("refused-count", &refused.len().to_string());
        let _ = history::draw_refused(refused);
        let online = state.online && dom::window().navigator().on_line();
        let (waiting, runs) = (state.outbox.waiting(), self.camera.runs());
        for (id, text, good) in [
            ("network", if online { texts.online.as_str() } else { texts.offline.as_str() }, online),
            ("waiting", &waiting.to_string(), waiting == 0),
            ("camera-state", if runs { texts.camera_on.as_str() } else { texts.camera_off.as_str() }, runs),
        ] {
            dom::write(id, text);
            if let Ok(element) = dom::find::<Element>(id) {
                let _ = element.toggle_attribute_with_force("data-bad", !good);
            }
        }
    }

    /// Starts the camera, in a tap or when the page is in sight again; the one with this id, if there is one.
    pub(super) fn start_camera(self: &Rc<Self>, id: Option<String>) {
        let app = Rc::clone(self);
        spawn_local(async move {
            match app.camera.start(id.as_deref()).await {
                Ok(()) => {
                    app.on_shift.set(true);
                    dom::write("camera-problem", "");
                    let ended = Rc::clone(&app);
                    app.camera.at_end(move |_| ended.show_camera());
                    let stream = app.streams.get().wrapping_add(1);
                    app.streams.set(stream);
                    app.look(stream, 0);
                }
                // Somebody else's turn, who shows what comes of it.
                Err(CameraFault::Superseded) => return,
                Err(fault) => app.say_camera(fault),
            }
            app.show_camera();
        });
    }

    pub(super) fn stop_camera(&self) {
        self.on_shift.set(false);
        self.camera.stop();
        self.show_camera();
    }

    /// The page is in sight again: the system may have ended the stream and certainly the wake lock.
    pub(super) fn resume(self: &Rc<Self>) {
        if !self.on_shift.get() {
            return;
        }
        if self.camera.runs() {
            let _ = self.camera.video().play();
            let app = Rc::clone(self);
            spawn_local(async move { app.camera.keep_awake().await });
        } else {
            self.start_camera(None);
        }
    }

    fn show_camera(&self) {
        let runs = self.camera.runs();
        for (id, shown) in [
            ("camera-start", !runs),
            ("help", runs),
            ("stop", runs),
            ("torch", runs && self.camera.has_torch()),
            ("switch", runs && self.camera.next_lens().is_some()),
        ] {
            dom::show(id, shown);
        }
        self.draw();
    }

    fn say_camera(&self, fault: CameraFault) {
        let texts = &self.setup.texts.camera;
        let text = match fault {
            CameraFault::Denied => &texts.denied,
            CameraFault::Missing => &texts.missing,
            CameraFault::Busy => &texts.busy,
            CameraFault::Insecure => &texts.insecure,
            CameraFault::Failed | CameraFault::Superseded => &texts.failed,
        };
        dom::write("camera-problem", text);
    }

    /// Looks at the next frame, then at the one after it: never at two at once, so that none waits in a queue.
    fn look(self: &Rc<Self>, stream: u32, number: u32) {
        let app = Rc::clone(self);
        self.camera.at_next_frame(move || {
            if !app.camera.runs() || app.streams.get() != stream {
                return;
            }
            spawn_local(async move {
                let is_free = matches!(app.state.borrow().shown, Shown::Nothing | Shown::Answer { passes: true, .. });
                if is_free
                    && let Some(frame) = app.camera.frame()
                    && let Some(text) = app.reader.frame(frame, number).await
                {
                    app.take(&text, domain::checkin::Source::Camera, true);
                }
                app.look(stream, number.wrapping_add(1));
            });
        });
    }

    /// Reads a photo of a code.
    pub(super) fn read_picture(self: &Rc<Self>, file: &web_sys::File) {
        let (app, file) = (Rc::clone(self), file.clone());
        dom::write("picture-note", &self.setup.texts.picture_reading);
        spawn_local(async move {
            let text = match picture(&file).await {
                Some(canvas) => app.reader.picture(&canvas).await,
                None => None,
            };
            if let Some(text) = text {
                dom::write("picture-note", "");
                app.take(&text, domain::checkin::Source::Camera, false);
            } else {
                dom::write("picture-note", &app.setup.texts.picture_empty);
            }
        });
    }
}

/// The longest side of a photo that is looked through.
const PICTURE_SIDE: u32 = 1_600;

/// A photo on a canvas, made smaller if it is large.
async fn picture(file: &web_sys::File) -> Option<HtmlCanvasElement> {
    let asked = dom::call(&dom::window(), "createImageBitmap", file)?;
    let bitmap: web_sys::ImageBitmap = dom::settled(asked).await?.dyn_into().ok()?;
    let (width, height) = (bitmap.width(), bitmap.height());
    let largest = width.max(height).max(1);
    let scaled = |side: u32| if largest > PICTURE_SIDE { (side * PICTURE_SIDE / largest).max(1) } else { side };
    let (width, height) = (scaled(width), scaled(height));
    let canvas: HtmlCanvasElement = dom::document().create_element("canvas").ok()?.dyn_into().ok()?;
    let pen = super::camera::pen(&canvas, width, height)?;
    pen.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
    bitmap.close();
    Some(canvas)
}

fn elements(list: &NodeList) -> impl Iterator<Item = Element> + '_ {
    (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok())
}

/// A number with its thousands apart, as the server writes it: `1.234` · `1,234`.
fn grouped(locale: Locale, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(locale.pick('.', ','));
        }
        text.push(digit);
    }
    text
}

/// The elements that offer a checkpoint, with its id.
pub(super) fn offers() -> Result<Vec<(Element, String)>, JsValue> {
    let buttons = dom::document().query_selector_all("[data-place]")?;
    Ok(elements(&buttons).filter_map(|button| button.get_attribute("data-place").map(|id| (button, id))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_as_on_the_servers_pages() {
        assert_eq!([0, 999, 1_000, 12_345, 1_234_567].map(|n| grouped(Locale::Vi, n)), ["0", "999", "1.000", "12.345", "1.234.567"]);
        assert_eq!(grouped(Locale::En, 1_000), "1,000");
    }
}
