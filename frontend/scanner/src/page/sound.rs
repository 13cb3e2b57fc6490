//! Sounds that are told apart with closed eyes, each with its pattern of vibration.

use std::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, OscillatorType};

use super::dom;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Two notes that rise.
    Admit,
    /// Two notes that fall: somebody goes.
    Leave,
    /// The same note twice.
    Attention,
    /// One long low note.
    Refuse,
}

/// A note: frequency in hertz, start and end in seconds.
type Note = (f32, f64, f64);

impl Signal {
    fn notes(self) -> (OscillatorType, &'static [Note]) {
        match self {
            Self::Admit => (OscillatorType::Sine, &[(880.0, 0.0, 0.08), (1_318.5, 0.08, 0.2)]),
            Self::Leave => (OscillatorType::Sine, &[(1_318.5, 0.0, 0.08), (880.0, 0.08, 0.2)]),
            Self::Attention => (OscillatorType::Triangle, &[(587.3, 0.0, 0.1), (587.3, 0.15, 0.27)]),
            Self::Refuse => (OscillatorType::Sawtooth, &[(155.6, 0.0, 0.28)]),
        }
    }

    /// Milliseconds of vibration and pause, in turn.
    fn pattern(self) -> &'static [u16] {
        match self {
            Self::Admit => &[70],
            Self::Leave => &[30, 40, 30],
            Self::Attention => &[90, 70, 90],
            Self::Refuse => &[260, 80, 260],
        }
    }
}

/// The loudspeaker. Browsers let it sound only after a tap.
#[derive(Debug, Default)]
pub(crate) struct Sound {
    context: RefCell<Option<AudioContext>>,
}

impl Sound {
    /// To be called in a tap.
    pub fn unlock(&self) {
        let mut context = self.context.borrow_mut();
        if context.is_none() {
            *context = AudioContext::new().ok();
        }
        if let Some(context) = context.as_ref() {
            let _ = context.resume();
        }
    }

    pub fn signal(&self, signal: Signal) {
        let pattern: Array = signal.pattern().iter().map(|millis| JsValue::from(*millis)).collect();
        let _ = dom::call(&dom::window().navigator(), "vibrate", &pattern);
        // The clock of one that is suspended or interrupted, as by a call, stands still: all tones would sound at its return.
        if let Some(context) = self.context.borrow().as_ref().filter(|context| runs(context)) {
            // Without sound the screen still says everything.
            let _ = play(context, signal);
        }
    }
}

/// Asked by name: iOS has a state that the type does not know.
fn runs(context: &AudioContext) -> bool {
    dom::member(context, "state").is_some_and(|state| state == "running")
}

fn play(context: &AudioContext, signal: Signal) -> Result<(), JsValue> {
    let (shape, notes) = signal.notes();
    let now = context.current_time();
    for (pitch, start, end) in notes {
        let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
        tone.set_type(shape);
        tone.frequency().set_value(*pitch);
        // A gentle end: cut off, a tone clicks.
        volume.gain().set_value_at_time(0.5, now + start)?;
        volume.gain().linear_ramp_to_value_at_time(0.0, now + end)?;
        tone.connect_with_audio_node(&volume)?;
        volume.connect_with_audio_node(&context.destination())?;
        tone.start_with_when(now + start)?;
        tone.stop_with_when(now + end)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_ends_within_300_milliseconds() {
        for signal in [Signal::Admit, Signal::Leave, Signal::Attention, Signal::Refuse] {
            assert!(signal.notes().1.iter().all(|(_, start, end)| start < end && *end < 0.3), "{signal:?}");
        }
    }
}
