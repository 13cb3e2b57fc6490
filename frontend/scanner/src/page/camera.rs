//! The camera: one stream for the shift, and the frames of it.

use std::cell::{Cell, RefCell};

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, DomException, Element, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

use super::dom;
use crate::flow::lens::{self, Lens};

/// A camera that has shown nothing for so many seconds is started anew.
const SILENCE: u32 = 4;

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraFault {
    Denied,
    Missing,
    Busy,
    /// No secure address, or a browser that keeps the camera from pages.
    Insecure,
    Failed,
    /// It was turned off, or asked for again, before it came.
    Superseded,
}

impl CameraFault {
    /// By the name of the exception (Media Capture and Streams, §10.2).
    fn of(error: &JsValue) -> Self {
        match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
            Some("NotAllowedError" | "PermissionDeniedError") => Self::Denied,
            Some("NotFoundError" | "DevicesNotFoundError") => Self::Missing,
            Some("NotReadableError" | "TrackStartError" | "AbortError") => Self::Busy,
            Some("SecurityError") => Self::Insecure,
            _ => Self::Failed,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Camera {
    video: HtmlVideoElement,
    canvas: HtmlCanvasElement,
    stream: RefCell<Option<MediaStream>>,
    /// Counts what was asked of the camera: who has waited finds out whether it is still wanted.
    turn: Cell<u32>,
    /// The turn in which it is being started.
    starting: Cell<Option<u32>>,
    /// The cameras of the phone, known once one was permitted.
    lenses: RefCell<Vec<Lens>>,
    lock: RefCell<Option<JsValue>>,
    lit: Cell<bool>,
    /// The camera on the side of the screen is asked for.
    is_front: Cell<bool>,
    /// How often it was looked after without a frame in between.
    silent: Cell<u32>,
    /// It was started anew for showing nothing, and has shown nothing since.
    is_again: Cell<bool>,
}

impl Camera {
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            video: dom::find("video")?,
            canvas: dom::document().create_element("canvas")?.dyn_into()?,
            stream: RefCell::default(),
            turn: Cell::new(0),
            starting: Cell::new(None),
            lenses: RefCell::default(),
            lock: RefCell::default(),
            lit: Cell::new(false),
            is_front: Cell::new(false),
            silent: Cell::new(0),
            is_again: Cell::new(false),
        })
    }

    pub fn video(&self) -> &HtmlVideoElement {
        &self.video
    }

    /// From the next start on, asks for the camera on the side of the screen, or for the best at the back.
    pub fn face_front(&self, is_front: bool) {
        self.is_front.set(is_front);
    }

    /// The picture is live.
    pub fn runs(&self) -> bool {
        self.track().is_some_and(|track| track.ready_state() == web_sys::MediaStreamTrackState::Live)
    }

    /// Asks for the best camera, or the one with this id, and shows its picture. The browser may ask the person first.
    pub async fn start(&self, id: Option<&str>) -> Result<(), CameraFault> {
        // A second tap: the first is on its way. Another camera is another wish.
        if id.is_none() && self.starting.get() == Some(self.turn.get()) {
            return Err(CameraFault::Superseded);
        }
        self.stop();
        let turn = self.turn.get();
        self.starting.set(Some(turn));
        let started = self.open(turn, id).await;
        if self.turn.get() != turn {
            return Err(CameraFault::Superseded);
        }
        self.starting.set(None);
        if started.is_err() {
            self.stop();
        }
        started
    }

    async fn open(&self, turn: u32, id: Option<&str>) -> Result<(), CameraFault> {
        let is_front = self.is_front.get();
        let remembered = id.map(str::to_owned).or_else(|| remembered().filter(|_| !is_front));
        self.take(turn, remembered.as_deref()).await?;
        self.learn_lenses(turn).await?;
        if remembered.is_none() && !is_front {
            let best = {
                let lenses = self.lenses.borrow();
                lens::best(&lenses).map(|at| lenses[at].id.clone()).filter(|best| Some(best) != self.lens_id().as_ref())
            };
            if let Some(best) = best.filter(|best| !best.is_empty()) {
                // Two cameras at once are more than many phones have.
                self.release();
                self.take(turn, Some(&best)).await?;
            }
        }
        self.video.set_src_object(self.stream.borrow().as_ref());
        if let Ok(playing) = self.video.play() {
            JsFuture::from(playing).await.map_err(|error| CameraFault::of(&error))?;
        }
        self.wanted(turn)?;
        self.silent.set(0);
        if let Some(track) = self.track() {
            // Ignored where the camera has no such mode.
            let focus = dom::object(&[("advanced", Array::of1(&dom::object(&[("focusMode", "continuous".into())])).into())]);
            if let Some(asked) = dom::call(&track, "applyConstraints", &focus) {
                dom::settled(asked).await;
            }
        }
        self.wanted(turn)?;
        if id.is_some() {
            remember(self.lens_id().as_deref());
        }
        self.keep_awake().await;
        self.wanted(turn)
    }

    /// Takes the camera with this id, or else one on the side that is wanted.
    async fn take(&self, turn: u32, id: Option<&str>) -> Result<(), CameraFault> {
        let mut stream = Err(CameraFault::Failed);
        if let Some(id) = id {
            stream = self.ask_for(turn, &wish("deviceId", "exact", id)).await;
        }
        // That one may be gone.
        if matches!(stream, Err(CameraFault::Failed | CameraFault::Missing)) {
            let side = if self.is_front.get() { "user" } else { "environment" };
            stream = self.ask_for(turn, &wish("facingMode", "ideal", side)).await;
        }
        // Some cameras fulfil no wish at all.
        if matches!(stream, Err(CameraFault::Failed)) {
            stream = self.ask_for(turn, &JsValue::TRUE).await;
        }
        stream
    }

    /// Keeps the stream at once: whatever happens next, it is there to be stopped.
    async fn ask_for(&self, turn: u32, video: &JsValue) -> Result<(), CameraFault> {
        let stream = ask(video).await?;
        if let Err(late) = self.wanted(turn) {
            end(&stream);
            return Err(late);
        }
        *self.stream.borrow_mut() = Some(stream);
        self.silent.set(0);
        Ok(())
    }

    fn wanted(&self, turn: u32) -> Result<(), CameraFault> {
        if self.turn.get() == turn { Ok(()) } else { Err(CameraFault::Superseded) }
    }

    /// Lists the cameras, and what the open one can.
    async fn learn_lenses(&self, turn: u32) -> Result<(), CameraFault> {
        let listed = dom::member(&dom::window().navigator(), "mediaDevices")
            .and_then(|devices| dom::call(&devices, "enumerateDevices", &JsValue::UNDEFINED));
        let Some(listed) = listed else { return Ok(()) };
        let listed = dom::settled(listed).await.and_then(|listed| listed.dyn_into::<Array>().ok()).unwrap_or_default();
        self.wanted(turn)?;
        let text = |of: &JsValue, name: &str| dom::member(of, name).and_then(|text| text.as_string()).unwrap_or_default();
        let open = self.lens_id();
        let lenses = listed.iter().filter(|device| text(device, "kind") == "videoinput").map(|device| {
            let mut lens = Lens { id: text(&device, "deviceId"), label: text(&device, "label"), ..Lens::default() };
            if open.as_ref() == Some(&lens.id) {
                lens.torch = self.has_torch();
                lens.focuses = self.focuses();
            }
            lens
        });
        *self.lenses.borrow_mut() = lenses.collect();
        Ok(())
    }

    /// The id of the camera after this one, if there are several.
    pub fn next_lens(&self) -> Option<String> {
        let lenses = self.lenses.borrow();
        let at = lens::next(&lenses, self.lens_id().as_deref().unwrap_or_default())?;
        Some(lenses[at].id.clone())
    }

    fn lens_id(&self) -> Option<String> {
        let track = self.track()?;
        let settings = dom::call(&track, "getSettings", &JsValue::UNDEFINED)?;
        dom::member(&settings, "deviceId")?.as_string()
    }

    fn release(&self) {
        if let Some(stream) = self.stream.borrow_mut().take() {
            end(&stream);
            // The light belongs to the camera.
            self.set_lit(false);
        }
    }

    fn set_lit(&self, lit: bool) {
        self.lit.set(lit);
        if let Ok(button) = dom::find::<Element>("torch") {
            let _ = button.set_attribute("aria-pressed", if lit { "true" } else { "false" });
        }
    }

    /// Ends the picture, and what was on its way to one.
    pub fn stop(&self) {
        self.turn.set(self.turn.get().wrapping_add(1));
        self.starting.set(None);
        self.release();
        self.video.set_src_object(None);
        if let Some(lock) = self.lock.borrow_mut().take() {
            dom::call(&lock, "release", &JsValue::UNDEFINED);
        }
    }

    /// Keeps the screen on. The browser ends this whenever the page is hidden.
    pub async fn keep_awake(&self) {
        let Some(wake) = dom::member(&dom::window().navigator(), "wakeLock") else { return };
        if let Some(asked) = dom::call(&wake, "request", &"screen".into()) {
            *self.lock.borrow_mut() = dom::settled(asked).await;
        }
    }

    /// What this camera can, where the browser tells.
    fn ability(&self, name: &str) -> Option<JsValue> {
        let track = self.track()?;
        dom::member(&dom::call(&track, "getCapabilities", &JsValue::UNDEFINED)?, name)
    }

    /// Whether this camera has a light.
    pub fn has_torch(&self) -> bool {
        self.ability("torch").is_some_and(|torch| torch.is_truthy())
    }

    fn focuses(&self) -> bool {
        let modes = self.ability("focusMode").and_then(|modes| modes.dyn_into::<Array>().ok());
        modes.is_some_and(|modes| modes.includes(&"continuous".into(), 0))
    }

    /// Turns the light on or off, where the camera can.
    pub async fn toggle_torch(&self) {
        let lit = !self.lit.get();
        let wish = dom::object(&[("advanced", Array::of1(&dom::object(&[("torch", lit.into())])).into())]);
        if let Some(asked) = self.track().and_then(|track| dom::call(&track, "applyConstraints", &wish))
            && dom::settled(asked).await.is_some()
        {
            self.set_lit(lit);
        }
    }

    /// Calls when the system takes the camera away or it is pulled out.
    pub fn at_end(&self, act: impl FnMut(web_sys::Event) + 'static) {
        if let Some(track) = self.track() {
            dom::on(&track, "ended", act);
        }
    }

    /// Calls once when the next frame is there, or soon where browsers do not tell.
    pub fn at_next_frame(&self, act: impl FnOnce() + 'static) {
        let act = dom::once(Box::new(act));
        if dom::call(&self.video, "requestVideoFrameCallback", &act).is_none() {
            let _ = dom::window().set_timeout_with_callback_and_timeout_and_arguments_0(act.unchecked_ref(), 70);
        }
    }

    /// A frame has come. Those of a muted camera are black: the system has taken it away for a while.
    pub fn note_frame(&self) {
        if self.track().is_some_and(|track| !track.muted()) {
            self.silent.set(0);
            self.is_again.set(false);
        }
    }

    /// Looks after the camera, every second. Gives back what to do when it has shown nothing for too long while the page is in sight:
    /// to start it anew (`true`), or, where that was in vain, to give it up. One that the system has muted comes back by itself.
    pub fn look_after(&self) -> Option<bool> {
        let is_seen = self.runs() && !dom::document().hidden();
        let silent = if is_seen { self.silent.get() + 1 } else { 0 };
        self.silent.set(silent);
        let is_muted = || self.track().is_some_and(|track| track.muted());
        (silent > SILENCE && !(self.is_again.get() && is_muted())).then(|| {
            let is_first = !self.is_again.get();
            self.is_again.set(is_first);
            is_first
        })
    }

    /// The middle square of the picture, as the person sees it, on a canvas: of the frame with this number.
    pub fn frame(&self, number: u32) -> Option<&HtmlCanvasElement> {
        let (width, height) = (self.video.video_width(), self.video.video_height());
        let square = width.min(height);
        if square == 0 || self.video.ready_state() < 2 {
            return None;
        }
        let side = lens::side(square, number);
        let pen = pen(&self.canvas, side, side)?;
        let (left, top) = (f64::from((width - square) / 2), f64::from((height - square) / 2));
        let (square, side) = (f64::from(square), f64::from(side));
        pen.draw_image_with_html_video_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &self.video,
            left,
            top,
            square,
            square,
            0.0,
            0.0,
            side,
            side,
        )
        .ok()?;
        Some(&self.canvas)
    }

    fn track(&self) -> Option<MediaStreamTrack> {
        self.stream.borrow().as_ref()?.get_video_tracks().get(0).dyn_into().ok()
    }
}

/// Where this device keeps the id of the camera that was chosen by hand.
const REMEMBERED: &str = "checkin.camera";

fn remembered() -> Option<String> {
    dom::storage()?.get_item(REMEMBERED).ok()?
}

fn remember(id: Option<&str>) {
    if let (Some(storage), Some(id)) = (dom::storage(), id) {
        // Forgetting is no harm.
        let _ = storage.set_item(REMEMBERED, id);
    }
}

/// A video in which codes can be read, by a camera of which `what` is so.
fn wish(what: &str, how: &str, value: &str) -> JsValue {
    dom::object(&[
        (what, dom::object(&[(how, value.into())])),
        ("width", dom::object(&[("ideal", 1280.into())])),
        ("height", dom::object(&[("ideal", 720.into())])),
    ])
}

fn end(stream: &MediaStream) {
    for track in stream.get_tracks() {
        track.unchecked_ref::<MediaStreamTrack>().stop();
    }
}

async fn ask(video: &JsValue) -> Result<MediaStream, CameraFault> {
    // Without a secure address there is no such member.
    let Some(devices) = dom::member(&dom::window().navigator(), "mediaDevices") else { return Err(CameraFault::Insecure) };
    let devices: web_sys::MediaDevices = devices.unchecked_into();
    let wish = MediaStreamConstraints::new();
    wish.set_video(video);
    let asked = devices.get_user_media_with_constraints(&wish).map_err(|error| CameraFault::of(&error))?;
    let stream = JsFuture::from(asked).await.map_err(|error| CameraFault::of(&error))?;
    stream.dyn_into().map_err(|_| CameraFault::Failed)
}

/// The canvas at this size, for drawing what will be read back.
pub(crate) fn pen(canvas: &HtmlCanvasElement, width: u32, height: u32) -> Option<CanvasRenderingContext2d> {
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let options = dom::object(&[("willReadFrequently", JsValue::TRUE)]);
    canvas.get_context_with_context_options("2d", &options).ok()??.dyn_into().ok()
}
