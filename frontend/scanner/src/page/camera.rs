//! The camera: one stream for the shift, and the frames of it.

use std::cell::{Cell, RefCell};

use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, DomException, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

use super::dom;

/// The side of the square that the decoder gets: enough for a ticket across half of it, and quick to look through.
const SIDE: u32 = 720;

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraFault {
    Denied,
    Missing,
    Busy,
    /// No secure address, or a browser that keeps the camera from pages.
    Insecure,
    Failed,
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
    lock: RefCell<Option<JsValue>>,
    lit: Cell<bool>,
}

impl Camera {
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            video: dom::find("video")?,
            canvas: dom::document().create_element("canvas")?.dyn_into()?,
            stream: RefCell::default(),
            lock: RefCell::default(),
            lit: Cell::new(false),
        })
    }

    pub fn video(&self) -> &HtmlVideoElement {
        &self.video
    }

    /// The picture is live.
    pub fn runs(&self) -> bool {
        self.track().is_some_and(|track| track.ready_state() == web_sys::MediaStreamTrackState::Live)
    }

    /// Asks for the camera at the back and shows its picture. The browser may ask the person first.
    pub async fn start(&self) -> Result<(), CameraFault> {
        let wish = dom::object(&[
            ("facingMode", dom::object(&[("ideal", "environment".into())])),
            ("width", dom::object(&[("ideal", 1280.into())])),
            ("height", dom::object(&[("ideal", 720.into())])),
        ]);
        let stream = match ask(&wish).await {
            // Some cameras fulfil no wish at all.
            Err(CameraFault::Failed) => ask(&JsValue::TRUE).await?,
            other => other?,
        };
        self.video.set_src_object(Some(&stream));
        if let Ok(playing) = self.video.play() {
            JsFuture::from(playing).await.map_err(|error| CameraFault::of(&error))?;
        }
        *self.stream.borrow_mut() = Some(stream);
        if let Some(track) = self.track() {
            // Ignored where the camera has no such mode.
            let focus = dom::object(&[("advanced", js_sys::Array::of1(&dom::object(&[("focusMode", "continuous".into())])).into())]);
            if let Some(asked) = dom::call(&track, "applyConstraints", &focus) {
                dom::settled(asked).await;
            }
        }
        self.keep_awake().await;
        Ok(())
    }

    pub fn stop(&self) {
        if let Some(stream) = self.stream.borrow_mut().take() {
            for track in stream.get_tracks() {
                track.unchecked_ref::<MediaStreamTrack>().stop();
            }
        }
        self.video.set_src_object(None);
        self.lit.set(false);
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

    /// Whether this camera has a light.
    pub fn has_torch(&self) -> bool {
        let abilities = self.track().and_then(|track| dom::call(&track, "getCapabilities", &JsValue::UNDEFINED));
        abilities.and_then(|abilities| dom::member(&abilities, "torch")).is_some_and(|torch| torch.is_truthy())
    }

    /// Turns the light on or off and tells which it is now.
    pub async fn toggle_torch(&self) -> bool {
        let lit = !self.lit.get();
        let wish = dom::object(&[("advanced", js_sys::Array::of1(&dom::object(&[("torch", lit.into())])).into())]);
        if let Some(asked) = self.track().and_then(|track| dom::call(&track, "applyConstraints", &wish))
            && dom::settled(asked).await.is_some()
        {
            self.lit.set(lit);
        }
        self.lit.get()
    }

    /// Calls when the system takes the camera away or it is pulled out.
    pub fn at_end(&self, act: impl FnMut(web_sys::Event) + 'static) {
        if let Some(track) = self.track() {
            dom::on(&track, "ended", act);
        }
    }

    /// Calls once when the next frame is there, or soon where browsers do not tell.
    pub fn at_next_frame(&self, act: impl FnOnce() + 'static) {
        let act = Closure::once_into_js(act);
        if dom::call(&self.video, "requestVideoFrameCallback", &act).is_none() {
            let _ = dom::window().set_timeout_with_callback_and_timeout_and_arguments_0(act.unchecked_ref(), 70);
        }
    }

    /// The middle square of the picture, as the person sees it, on a canvas.
    pub fn frame(&self) -> Option<&HtmlCanvasElement> {
        let (width, height) = (self.video.video_width(), self.video.video_height());
        let square = width.min(height);
        if square == 0 || self.video.ready_state() < 2 {
            return None;
        }
        let side = square.min(SIDE);
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
