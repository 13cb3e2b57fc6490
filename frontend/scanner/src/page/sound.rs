//! Sounds that are told apart with closed eyes, each with its pattern of vibration.

use std::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, OscillatorType};

use super::dom;

/// One for each verdict, by its name; and one for what the phone says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Two notes that rise.
    Admit,
    /// They rise and come halfway back.
    AdmitUnconfirmed,
    /// Three notes that rise.
    Readmit,
    /// Two notes that fall: somebody goes.
    Exit,
    /// Two lower notes that fall.
    AlreadyIn,
    /// Up and down again.
    WrongPlace,
    /// The same short note three times.
    NotYetOpen,
    /// One long low note.
    Stopped,
    /// Two low notes that fall.
    NotATicket,
    /// The same note twice.
    Attention,
}

/// A note: frequency in hertz, start and end in seconds.
type Note = (f32, f64, f64);

impl Signal {
    fn notes(self) -> (OscillatorType, &'static [Note]) {
        match self {
            Self::Admit => (OscillatorType::Sine, &[(880.0, 0.0, 0.08), (1_318.5, 0.08, 0.2)]),
            Self::AdmitUnconfirmed => (OscillatorType::Sine, &[(880.0, 0.0, 0.07), (1_318.5, 0.07, 0.14), (1_108.7, 0.14, 0.25)]),
            Self::Readmit => (OscillatorType::Sine, &[(880.0, 0.0, 0.06), (1_108.7, 0.06, 0.12), (1_318.5, 0.12, 0.22)]),
            Self::Exit => (OscillatorType::Sine, &[(1_318.5, 0.0, 0.08), (880.0, 0.08, 0.2)]),
            Self::AlreadyIn => (OscillatorType::Triangle, &[(587.3, 0.0, 0.1), (440.0, 0.13, 0.27)]),
            Self::WrongPlace => (OscillatorType::Triangle, &[(440.0, 0.0, 0.08), (587.3, 0.09, 0.17), (440.0, 0.18, 0.28)]),
            Self::NotYetOpen => (OscillatorType::Triangle, &[(440.0, 0.0, 0.06), (440.0, 0.1, 0.16), (440.0, 0.2, 0.26)]),
            Self::Stopped => (OscillatorType::Sawtooth, &[(155.6, 0.0, 0.28)]),
            Self::NotATicket => (OscillatorType::Sawtooth, &[(207.7, 0.0, 0.1), (155.6, 0.14, 0.28)]),
            Self::Attention => (OscillatorType::Triangle, &[(587.3, 0.0, 0.1), (587.3, 0.15, 0.27)]),
        }
    }

    /// Milliseconds of vibration and pause, in turn.
    fn pattern(self) -> &'static [u16] {
        match self {
            Self::Admit => &[70],
            Self::AdmitUnconfirmed => &[70, 60, 30],
            Self::Readmit => &[30, 40, 70],
            Self::Exit => &[30, 40, 30],
            Self::AlreadyIn => &[90, 70, 180],
            Self::WrongPlace => &[90, 50, 90, 50, 90],
            Self::NotYetOpen => &[40, 60, 40, 60, 40],
            Self::Stopped => &[260, 80, 260],
            Self::NotATicket => &[260],
            Self::Attention => &[90, 70, 90],
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

    const ALL: [Signal; 10] = [
        Signal::Admit,
        Signal::AdmitUnconfirmed,
        Signal::Readmit,
        Signal::Exit,
        Signal::AlreadyIn,
        Signal::WrongPlace,
        Signal::NotYetOpen,
        Signal::Stopped,
        Signal::NotATicket,
        Signal::Attention,
    ];

    #[test]
    fn every_sound_ends_within_300_milliseconds() {
        for signal in ALL {
            assert!(signal.notes().1.iter().all(|(_, start, end)| start < end && *end < 0.3), "{signal:?}");
        }
    }

    #[test]
    fn no_two_signals_sound_or_feel_alike() {
        for (at, one) in ALL.iter().enumerate() {
            for other in &ALL[..at] {
                assert!(one.notes() != other.notes() && one.pattern() != other.pattern(), "{one:?} {other:?}");
            }
        }
    }
}
