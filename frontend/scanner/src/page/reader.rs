//! Finds codes in pictures: the decoder in the worker, and the browser's own where it has proved that it works.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlCanvasElement, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{
    camera::pen,
    dom::{self, Unsettled},
};
use crate::flow::Strikes;

/// What the test picture says.
const PROOF: &str = "NGAY-CDS";
/// The modules of the test picture, a row each, the leftmost in the highest of 21 bits.
const PROOF_ROWS: [u32; 21] = [
    0x1f_cf7f, 0x10_4541, 0x17_545d, 0x17_525d, 0x17_575d, 0x10_5941, 0x1f_d57f, 0x00_1b00, 0x17_c57c, 0x14_8127, 0x01_5699, 0x03_a03a,
    0x0a_7294, 0x00_1fe0, 0x1f_c56e, 0x10_5be8, 0x17_5d3e, 0x17_5134, 0x17_5ea4, 0x10_4c1d, 0x1f_d2ac,
];
const PROOF_SCALE: u32 = 6;
const PROOF_QUIET: u32 = 4;
/// After so many errors the browser's own decoder is not asked any more.
const NATIVE_ERRORS: u32 = 3;
/// Every so many frames in which the browser's own decoder finds nothing, the other looks too: some go silent. After so many frames
/// in a row that only the other has read, the browser's own is not asked any more.
const SECOND_LOOK: u32 = 3;
const NATIVE_MISSES: u32 = 8;

/// Who looks longer than so many milliseconds is not waited for: at a frame, at a photo; and until the decoder is loaded.
const PATIENCE: i32 = 2_000;
const PICTURE_PATIENCE: i32 = 20_000;
const LOADING: i64 = 20_000;

/// A picture for the worker.
#[derive(Clone, Copy, Debug)]
enum Look {
    Frame(u32),
    Picture,
}

pub(crate) struct Reader {
    address: String,
    /// Told whether the decoder runs, when that changes.
    tell: Box<dyn Fn(bool)>,
    /// The worker, unless it has failed and it is too early for another.
    worker: RefCell<Option<Worker>>,
    /// Counts the workers, so that only the last is listened to.
    workers: Cell<u32>,
    /// It has loaded the decoder.
    ready: Cell<bool>,
    begun: Cell<i64>,
    strikes: Cell<Strikes>,
    /// Who waits for the worker, by the number of the question.
    waiting: RefCell<Vec<(u32, Function)>>,
    asked: Cell<u32>,
    /// It looks at a photo, behind which no frame has to wait.
    absorbed: Cell<bool>,
    native: RefCell<Option<JsValue>>,
    native_errors: Cell<u32>,
    native_misses: Cell<u32>,
}

impl Reader {
    /// Starts the worker. `tell` learns when the decoder has failed for a while, and when it works again.
    pub fn new(address: &str, tell: impl Fn(bool) + 'static) -> Rc<Self> {
        let reader = Rc::new(Self {
            address: address.to_owned(),
            tell: Box::new(tell),
            worker: RefCell::default(),
            workers: Cell::new(0),
            ready: Cell::new(false),
            begun: Cell::new(0),
            strikes: Cell::default(),
            waiting: RefCell::default(),
            asked: Cell::new(0),
            absorbed: Cell::new(false),
            native: RefCell::default(),
            native_errors: Cell::new(0),
            native_misses: Cell::new(0),
        });
        reader.ensure_worker();
        reader
    }

    /// Starts a worker if there is none and the pause after the last failure is over.
    fn ensure_worker(self: &Rc<Self>) {
        let now = dom::now();
        if self.worker.borrow().is_some() || !self.strikes.get().may_try(now) {
            return;
        }
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(&self.address, &options) else { return self.strike() };
        let number = self.workers.get().wrapping_add(1);
        self.workers.set(number);
        self.begun.set(now);
        let reader = Rc::clone(self);
        dom::on(&worker, "error", move |_| {
            if reader.workers.get() == number {
                reader.strike();
            }
        });
        let reader = Rc::clone(self);
        dom::on(&worker, "message", move |event| {
            if reader.workers.get() == number
                && let Ok(event) = event.dyn_into::<MessageEvent>()
            {
                reader.hear(&event.data());
            }
        });
        *self.worker.borrow_mut() = Some(worker);
    }

    fn hear(&self, message: &JsValue) {
        if dom::member(message, "failed").is_some() {
            return self.strike();
        }
        if dom::member(message, "ready").is_some() {
            self.ready.set(true);
            return;
        }
        let mut strikes = self.strikes.get();
        if strikes.are_worth_telling() {
            (self.tell)(true);
        }
        strikes.succeed();
        self.strikes.set(strikes);
        let number = dom::member(message, "id").and_then(|id| id.as_f64());
        let text = dom::member(message, "text").unwrap_or(JsValue::UNDEFINED);
        let mut waiting = self.waiting.borrow_mut();
        if let Some(at) = waiting.iter().position(|(id, _)| Some(f64::from(*id)) == number) {
            let _ = waiting.swap_remove(at).1.call1(&JsValue::UNDEFINED, &text);
        }
    }

    /// The worker has failed, or is silent: it is ended, nobody waits for it any longer, and another will be tried.
    fn strike(&self) {
        if let Some(worker) = self.worker.borrow_mut().take() {
            worker.terminate();
        }
        self.workers.set(self.workers.get().wrapping_add(1));
        self.ready.set(false);
        let mut strikes = self.strikes.get();
        strikes.fail(dom::now());
        self.strikes.set(strikes);
        for (_, answer) in self.waiting.borrow_mut().drain(..) {
            let _ = answer.call0(&JsValue::UNDEFINED);
        }
        if strikes.are_worth_telling() && self.native.borrow().is_none() {
            (self.tell)(false);
        }
    }

    /// Makes use of the browser's own decoder if it reads the test picture: some claim to be there and find nothing.
    pub async fn prove_native(&self) {
        let Some(detector) = native_detector() else { return };
        let Some(picture) = proof_picture() else { return };
        if native_look(&detector, &picture).await == Ok(Some(PROOF.to_owned())) {
            *self.native.borrow_mut() = Some(detector);
        }
    }

    /// Looks for a code in a frame of a stream.
    pub async fn frame(self: &Rc<Self>, canvas: &HtmlCanvasElement, number: u32) -> Option<String> {
        let native = self.native.borrow().clone();
        if let Some(detector) = &native {
            match native_look(detector, canvas).await {
                Ok(Some(text)) => {
                    self.native_misses.set(0);
                    return Some(text);
                }
                Ok(None) if !number.is_multiple_of(SECOND_LOOK) => return None,
                Ok(None) => {}
                Err(fault) => {
                    self.native_errors.set(self.native_errors.get() + 1);
                    // One that is silent once holds up every frame.
                    if fault == Unsettled::Late || self.native_errors.get() >= NATIVE_ERRORS {
                        *self.native.borrow_mut() = None;
                    }
                }
            }
        }
        if self.absorbed.get() {
            return None;
        }
        self.ensure_worker();
        if !self.ready.get() {
            // The next frame comes soon enough.
            if self.worker.borrow().is_some() && dom::now() - self.begun.get() > LOADING {
                self.strike();
            }
            return None;
        }
        let text = self.ask(canvas, Look::Frame(number)).await;
        if native.is_some() && text.is_some() {
            self.native_misses.set(self.native_misses.get() + 1);
            if self.native_misses.get() >= NATIVE_MISSES {
                *self.native.borrow_mut() = None;
            }
        }
        text
    }

    /// Looks thoroughly at a single picture.
    pub async fn picture(self: &Rc<Self>, canvas: &HtmlCanvasElement) -> Option<String> {
        self.ensure_worker();
        self.absorbed.set(true);
        let text = self.ask(canvas, Look::Picture).await;
        self.absorbed.set(false);
        text
    }

    async fn ask(&self, canvas: &HtmlCanvasElement, look: Look) -> Option<String> {
        let worker = self.worker.borrow().clone()?;
        let (width, height) = (canvas.width(), canvas.height());
        let pen = pen(canvas, width, height)?;
        let image = pen.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
        // Taken by name: the typed way would copy two megabytes in and out again.
        let pixels = Reflect::get(&dom::member(&image, "data")?, &"buffer".into()).ok()?;
        let id = self.asked.get().wrapping_add(1);
        self.asked.set(id);
        let (frame, patience) = match look {
            Look::Frame(number) => (JsValue::from(number), PATIENCE),
            Look::Picture => (JsValue::UNDEFINED, PICTURE_PATIENCE),
        };
        let message = dom::object(&[
            ("id", id.into()),
            ("pixels", pixels.clone()),
            ("width", width.into()),
            ("height", height.into()),
            ("frame", frame),
        ]);
        worker.post_message_with_transfer(&message, &Array::of1(&pixels)).ok()?;
        let number = self.workers.get();
        let answer = Promise::new(&mut |resolve, _| self.waiting.borrow_mut().push((id, resolve)));
        if let Ok(text) = dom::settled_within(answer.into(), patience).await {
            return text.as_string();
        }
        if self.workers.get() == number {
            self.strike();
        }
        None
    }
}

fn native_detector() -> Option<JsValue> {
    let kind: Function = dom::member(&dom::window(), "BarcodeDetector")?.dyn_into().ok()?;
    let formats = dom::object(&[("formats", Array::of1(&"qr_code".into()).into())]);
    Reflect::construct(&kind, &Array::of1(&formats)).ok()
}

/// The first code that the browser's own decoder finds.
async fn native_look(detector: &JsValue, canvas: &HtmlCanvasElement) -> Result<Option<String>, Unsettled> {
    let asked = dom::call(detector, "detect", canvas).ok_or(Unsettled::Failed)?;
    let found = dom::settled_within(asked, PATIENCE).await?;
    let first = found.dyn_into::<Array>().map_err(|_| Unsettled::Failed)?.get(0);
    Ok(dom::member(&first, "rawValue").and_then(|text| text.as_string()))
}

/// Draws the test picture.
fn proof_picture() -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = dom::document().create_element("canvas").ok()?.dyn_into().ok()?;
    let modules = u32::try_from(PROOF_ROWS.len()).ok()?;
    let side = (modules + 2 * PROOF_QUIET) * PROOF_SCALE;
    let pen = pen(&canvas, side, side)?;
    let place = |at: u32| f64::from((at + PROOF_QUIET) * PROOF_SCALE);
    pen.set_fill_style_str("#fff");
    pen.fill_rect(0.0, 0.0, f64::from(side), f64::from(side));
    pen.set_fill_style_str("#000");
    for (y, row) in (0..).zip(PROOF_ROWS) {
        for x in (0..modules).filter(|x| row >> (modules - 1 - x) & 1 == 1) {
            pen.fill_rect(place(x), place(y), f64::from(PROOF_SCALE), f64::from(PROOF_SCALE));
        }
    }
    Some(canvas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_picture_says_what_is_asked_of_it() {
        let (count, scale, quiet) = (PROOF_ROWS.len(), PROOF_SCALE as usize, PROOF_QUIET as usize);
        let side = (count + 2 * quiet) * scale;
        let dark = |x: usize, y: usize| x < count && y < count && PROOF_ROWS[y] >> (count - 1 - x) & 1 == 1;
        let module = |at: usize| (at / scale).wrapping_sub(quiet);
        let pixel = |at: usize| if dark(module(at % side), module(at / side)) { [0, 0, 0, 255] } else { [255; 4] };
        let pixels: Vec<u8> = (0..side * side).flat_map(pixel).collect();
        assert_eq!(decoder::read(&pixels, side, side, None).as_deref(), Some(PROOF));
    }
}
