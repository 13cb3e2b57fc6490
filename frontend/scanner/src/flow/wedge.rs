//! Code readers that act as keyboards: they type faster than any person and end with Enter.

/// The longest pause between two keys of a reader, in milliseconds.
const PAUSE: f64 = 60.0;
/// Fewer keys are a person's.
const SHORTEST: usize = 8;

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
        if key == "Enter" {
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
