//! Code readers that act as keyboards: they type faster than any person and end with Enter or Tab, or with nothing.

use domain::ticket::{Reading, recognise};

/// The longest pause between two keys of a reader, in milliseconds.
const PAUSE: f64 = 60.0;
/// Fewer keys are a person's.
const SHORTEST: usize = 8;
/// A reader that ends with nothing has ended when no key has come for so long, in milliseconds.
pub(crate) const SILENCE: i32 = 100;

/// The keys of a burst.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wedge {
    text: String,
    last: f64,
}

impl Wedge {
    /// Takes a key (as `KeyboardEvent.key` names it), pressed at a time in milliseconds, and gives the code that it completes.
    pub fn key(&mut self, key: &str, now: f64) -> Option<String> {
        let in_burst = (0.0..=PAUSE).contains(&(now - self.last));
        if matches!(key, "Enter" | "Tab") {
            let text = std::mem::take(&mut self.text);
            return (in_burst && text.chars().count() >= SHORTEST).then_some(text);
        }
        // Shift and its like are named by words and come between the letters.
        if key.chars().count() == 1 {
            if !in_burst {
                self.text.clear();
            }
            self.text.push_str(key);
            self.last = now;
        }
        None
    }

    /// Whether the keys are a whole ticket. Shorter codes may still go on, or be a person's.
    pub fn is_whole(&self) -> bool {
        recognise(&self.text) == Reading::Ticket
    }

    /// Gives the whole ticket of which the last key was pressed at `then`, if none has come since.
    pub fn fall_silent(&mut self, then: f64) -> Option<String> {
        (self.last <= then && self.is_whole()).then(|| std::mem::take(&mut self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many characters as a ticket has.
    fn ticket() -> String {
        format!("HTTPS://A.VN/T/{}", "A".repeat(122))
    }

    fn typed(text: &str, pause: f64) -> Option<String> {
        let mut wedge = Wedge::default();
        let mut now = 1_000_000.0;
        for key in text.chars() {
            now += pause;
            assert_eq!(wedge.key(&key.to_string(), now), None);
            wedge.key("Shift", now);
        }
        wedge.key("Enter", now + pause)
    }

    #[test]
    fn a_reader_is_told_from_a_person_by_its_pace() {
        assert_eq!(typed("7KQ4M9XW", 8.0).as_deref(), Some("7KQ4M9XW"));
        assert_eq!(typed("HTTPS://A.VN/T/ABC", PAUSE).as_deref(), Some("HTTPS://A.VN/T/ABC"));
        assert_eq!(typed("7KQ4M9XW", PAUSE + 1.0), None);
        assert_eq!(typed("abc", 8.0), None);
    }

    #[test]
    fn what_a_person_typed_before_is_not_part_of_the_code() {
        let mut wedge = Wedge::default();
        wedge.key("x", 0.0);
        for (at, key) in "7KQ4M9XW".chars().enumerate() {
            wedge.key(&key.to_string(), 5_000.0 + f64::from(u8::try_from(at).unwrap()) * 10.0);
        }
        assert_eq!(wedge.key("Enter", 5_080.0).as_deref(), Some("7KQ4M9XW"));
        assert_eq!(wedge.key("Enter", 5_090.0), None, "one Enter is one code");
    }
    #[test]
    fn tab_ends_a_code_as_enter_does() {
        let mut wedge = Wedge::default();
        for key in "7KQ4M9XW".chars() {
            wedge.key(&key.to_string(), 1.0);
        }
        assert_eq!(wedge.key("Tab", 9.0).as_deref(), Some("7KQ4M9XW"));
        assert_eq!(wedge.key("Tab", 10.0), None, "a person's Tab leads on");
    }

    #[test]
    fn a_whole_ticket_ends_by_silence_and_nothing_else_does() {
        let mut wedge = Wedge::default();
        let ticket = ticket();
        for (at, key) in (1_u8..).zip(ticket.chars()) {
            assert_eq!(wedge.fall_silent(f64::from(at)), None, "{at}");
            wedge.key(&key.to_string(), f64::from(at));
        }
        assert!(wedge.is_whole());
        assert_eq!(wedge.fall_silent(136.0), None, "a key has come since");
        assert_eq!(wedge.fall_silent(137.0), Some(ticket));
        assert_eq!(wedge.key("Enter", 138.0), None, "one code is read once");
        for key in "7KQ4M9XW".chars() {
            wedge.key(&key.to_string(), 500.0);
        }
        assert_eq!(wedge.fall_silent(500.0), None, "who types fast");
    }
}
