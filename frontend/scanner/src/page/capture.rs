//! Pictures to read: the camera's coming and going, its frames, and photos.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlCanvasElement;

use super::{
    App, Shown,
    camera::{CameraFault, pen},
    dom,
};

/// A frame is looked at no sooner than so many milliseconds after the one before: of a camera's 30 frames a second every other.
/// A code in view is read as soon for a person, and a phone that looks at all of them grows hot and empty in a morning.
const PACE: i64 = 60;

impl App {
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
                    app.look(stream, 0, 0);
                }
                // Somebody else's turn, who shows what comes of it.
                Err(CameraFault::Superseded) => return,
                Err(fault) => app.say_camera(fault),
            }
            app.show_camera();
        });
    }

    /// Starts a camera anew that shows nothing any more, and says so where that does not help: some systems freeze or blacken the
    /// picture, or never begin it, and end no stream.
    pub(super) fn look_after_camera(self: &Rc<Self>) {
        let Some(is_to_start) = self.camera.look_after() else { return };
        self.camera.stop();
        if is_to_start {
            self.start_camera(None);
        } else {
            self.say_camera(CameraFault::Failed);
            self.show_camera();
        }
    }

    pub(super) fn stop_camera(self: &Rc<Self>) {
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

    fn show_camera(self: &Rc<Self>) {
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

    /// Looks at the next frame, no sooner than `PACE` after the `last` was looked at (by the phone's clock), then at the one after
    /// it: never at two at once, so that none waits in a queue.
    fn look(self: &Rc<Self>, stream: u32, number: u32, last: i64) {
        let app = Rc::clone(self);
        self.camera.at_next_frame(move || {
            if !app.camera.runs() || app.streams.get() != stream {
                return;
            }
            app.camera.note_frame();
            let now = dom::now();
            if (0..PACE).contains(&(now - last)) {
                return app.look(stream, number, last);
            }
            spawn_local(async move {
                let is_free = matches!(app.state.borrow().shown, Shown::Nothing | Shown::Answer { passes: true, .. });
                if is_free
                    && let Some(frame) = app.camera.frame(number)
                    && let Some(text) = app.reader.frame(frame, number).await
                {
                    app.take(&text, domain::checkin::Source::Camera, true);
                }
                app.look(stream, number.wrapping_add(1), now);
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
                app.take(&text, domain::checkin::Source::Picture, false);
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
    let pen = pen(&canvas, width, height)?;
    pen.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
    bitmap.close();
    Some(canvas)
}
