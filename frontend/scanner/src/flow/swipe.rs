//! A finger drawn over a row.

/// How far to the left a finger goes until that is meant, and how far it may go up or down with it, in CSS pixels.
const FAR: i32 = 80;
const ASIDE: i32 = 40;

/// A finger on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Swipe {
    from: (i32, i32),
}

impl Swipe {
    pub fn at(x: i32, y: i32) -> Self {
        Self { from: (x, y) }
    }

    /// How far the row goes along: to the left only.
    pub fn shift(self, x: i32) -> i32 {
        (x - self.from.0).min(0)
    }

    /// Whether the finger that leaves here has drawn the row away.
    pub fn is_done(self, x: i32, y: i32) -> bool {
        self.shift(x) <= -FAR && (y - self.from.1).abs() <= ASIDE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_drawn_away_far_to_the_left_and_not_by_scrolling() {
        let swipe = Swipe::at(200, 100);
        assert!(swipe.is_done(120, 100) && swipe.is_done(0, 140) && swipe.is_done(120, 60));
        assert!(!swipe.is_done(121, 100), "too short");
        assert!(!swipe.is_done(100, 141) && !swipe.is_done(100, 59), "that was scrolling");
        assert!(!swipe.is_done(300, 100), "to the right");
        assert_eq!((swipe.shift(150), swipe.shift(260)), (-50, 0));
    }
}
