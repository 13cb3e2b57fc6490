//! Finds codes in pictures: the decoder in the worker, and the browser's own where it has proved that it works.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlCanvasElement, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{camera::pen, dom};

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
/// Every so many frames in which the browser's own decoder finds nothing, the other looks too: some go silent.
const SECOND_LOOK: u32 = 3;

/// A picture for the worker.
#[derive(Clone, Copy, Debug)]
enum Look {
    Frame(u32),
    Picture,
}

pub(crate) struct Reader {
    worker: Worker,
    /// Who waits for the worker, by the number of the question.
    waiting: Rc<RefCell<Vec<(u32, Function)>>>,
    asked: Cell<u32>,
    native: RefCell<Option<JsValue>>,
    native_errors: Cell<u32>,
}

impl Reader {
    /// Starts the worker. `failed` is called if it cannot run.
    pub fn new(address: &str, failed: impl Fn() + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(address, &options)?;
        let waiting: Rc<RefCell<Vec<(u32, Function)>>> = Rc::default();
        let (failed, answered) = (Rc::new(failed), Rc::clone(&waiting));
        let give_up = {
            let waiting = Rc::clone(&waiting);
            move || {
                for (_, answer) in waiting.borrow_mut().drain(..) {
                    let _ = answer.call0(&JsValue::UNDEFINED);
                }
                failed();
            }
        };
        let broken = give_up.clone();
        dom::on(&worker, "error", move |_| broken());
        dom::on(&worker, "message", move |event| {
            let Ok(event) = event.dyn_into::<MessageEvent>() else { return };
            let data = event.data();
            if dom::member(&data, "failed").is_some() {
                give_up();
                return;
            }
            let number = dom::member(&data, "id").and_then(|id| id.as_f64());
            let text = dom::member(&data, "text").unwrap_or(JsValue::UNDEFINED);
            let mut waiting = answered.borrow_mut();
            if let Some(at) = waiting.iter().position(|(id, _)| Some(f64::from(*id)) == number) {
                let _ = waiting.swap_remove(at).1.call1(&JsValue::UNDEFINED, &text);
            }
        });
        Ok(Self { worker, waiting, asked: Cell::new(0), native: RefCell::default(), native_errors: Cell::new(0) })
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
    pub async fn frame(&self, canvas: &HtmlCanvasElement, number: u32) -> Option<String> {
        let native = self.native.borrow().clone();
        if let Some(detector) = native {
            match native_look(&detector, canvas).await {
                Ok(Some(text)) => return Some(text),
                Ok(None) if !number.is_multiple_of(SECOND_LOOK) => return None,
                Ok(None) => {}
                Err(()) => {
                    self.native_errors.set(self.native_errors.get() + 1);
                    if self.native_errors.get() >= NATIVE_ERRORS {
                        *self.native.borrow_mut() = None;
                    }
                }
            }
        }
        self.ask(canvas, Look::Frame(number)).await
    }

    /// Looks thoroughly at a single picture.
    pub async fn picture(&self, canvas: &HtmlCanvasElement) -> Option<String> {
        self.ask(canvas, Look::Picture).await
    }

    async fn ask(&self, canvas: &HtmlCanvasElement, look: Look) -> Option<String> {
        let (width, height) = (canvas.width(), canvas.height());
        let pen = pen(canvas, width, height)?;
        let image = pen.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
        // Taken by name: the typed way would copy two megabytes in and out again.
        let pixels = Reflect::get(&dom::member(&image, "data")?, &"buffer".into()).ok()?;
        let id = self.asked.get().wrapping_add(1);
        self.asked.set(id);
        let frame = match look {
            Look::Frame(number) => JsValue::from(number),
            Look::Picture => JsValue::UNDEFINED,
        };
        let message = dom::object(&[
            ("id", id.into()),
            ("pixels", pixels.clone()),
            ("width", width.into()),
            ("height", height.into()),
            ("frame", frame),
        ]);
        let answer = Promise::new(&mut |resolve, _| self.waiting.borrow_mut().push((id, resolve)));
        self.worker.post_message_with_transfer(&message, &Array::of1(&pixels)).ok()?;
        dom::settled(answer.into()).await?.as_string()
    }
}

fn native_detector() -> Option<JsValue> {
    let kind: Function = dom::member(&dom::window(), "BarcodeDetector")?.dyn_into().ok()?;
    let formats = dom::object(&[("formats", Array::of1(&"qr_code".into()).into())]);
    Reflect::construct(&kind, &Array::of1(&formats)).ok()
}

/// The first code that the browser's own decoder finds.
async fn native_look(detector: &JsValue, canvas: &HtmlCanvasElement) -> Result<Option<String>, ()> {
    let found = dom::settled(dom::call(detector, "detect", canvas).ok_or(())?).await.ok_or(())?;
    let first = found.dyn_into::<Array>().map_err(|_| ())?.get(0);
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
    use crate::decode::{self, luma::Luma};

    #[test]
    fn the_test_picture_says_what_is_asked_of_it() {
        let (count, scale, quiet) = (PROOF_ROWS.len(), PROOF_SCALE as usize, PROOF_QUIET as usize);
        let side = (count + 2 * quiet) * scale;
        let dark = |x: usize, y: usize| x < count && y < count && PROOF_ROWS[y] >> (count - 1 - x) & 1 == 1;
        let module = |at: usize| (at / scale).wrapping_sub(quiet);
        let pixels = (0..side * side).map(|at| if dark(module(at % side), module(at / side)) { 0 } else { 255 }).collect();
        assert_eq!(decode::picture(&Luma::new(pixels, side, side).unwrap()).as_deref(), Some(PROOF));
    }
}
