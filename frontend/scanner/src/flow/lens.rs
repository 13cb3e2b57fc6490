//! Which of a phone's cameras reads codes best, and how much of its picture is looked through.

/// The side of the square that the decoder gets of most frames: enough for a ticket across half of it, and quick to look through.
const SIDE: u32 = 720;
/// Every so many frames a camera that sees more shows it: the one whose middle is enlarged, for a code that is far away.
const FULL_EVERY: u32 = 4;
/// More than this would hold the picture up.
const FULL: u32 = 1_440;

/// The side that the square of a frame is looked through at, where the camera's own is `square`.
pub(crate) fn side(square: u32, frame: u32) -> u32 {
    square.min(if frame % FULL_EVERY == FULL_EVERY - 1 { FULL } else { SIDE })
}

/// A camera, as far as the browser tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lens {
    pub id: String,
    /// In the phone's language.
    pub label: String,
    /// Known of the camera that is open.
    pub torch: bool,
    pub focuses: bool,
}

/// How well a camera suits: one at the back that comes near, before one that only sees wide or far, before one at the front.
fn suits(lens: &Lens) -> i32 {
    // Words begin with letters of ASCII in both languages; those of all scripts would weigh several kilobytes.
    let label = lens.label.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| label.contains(word));
    let mut points = 0;
    if says(&["front", "facetime", "user", "selfie", "trước"]) {
        points -= 16;
    } else if says(&["back", "rear", "environment", "sau"]) {
        points += 4;
    }
    if says(&["ultra", "wide", "0.5", "0,5", "góc rộng", "siêu rộng", "macro", "depth"]) && !says(&["dual", "triple", "kép", "bộ ba"])
    {
        points -= 8;
    }
    if says(&["tele", "zoom", "xa"]) {
        points -= 6;
    }
    points + i32::from(lens.torch) * 2 + i32::from(lens.focuses) * 2
}

/// The place of the best one; of equals the first, which systems list first for a reason.
pub(crate) fn best(lenses: &[Lens]) -> Option<usize> {
    (0..lenses.len()).rev().max_by_key(|at| suits(&lenses[*at]))
}

/// The place of the one to try after this: every one has its turn.
pub(crate) fn next(lenses: &[Lens], current: &str) -> Option<usize> {
    let at = lenses.iter().position(|lens| lens.id == current);
    (lenses.len() > 1).then(|| at.map_or(0, |at| (at + 1) % lenses.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lenses(labels: &[&str]) -> Vec<Lens> {
        labels.iter().map(|label| Lens { id: (*label).into(), label: (*label).into(), ..Lens::default() }).collect()
    }

    #[test]
    fn the_plain_camera_at_the_back_is_best() {
        for (labels, at) in [
            (&["camera2 1, facing front", "camera2 2, facing back", "camera2 0, facing back"] as &[_], 1),
            (&["Front Camera", "Back Ultra Wide Camera", "Back Telephoto Camera", "Back Camera"], 3),
            (&["Camera mặt trước", "Camera góc siêu rộng mặt sau", "Camera mặt sau"], 2),
            (&["Front Camera", "Back Dual Wide Camera", "Back Ultra Wide Camera"], 1),
            (&["FaceTime HD Camera", "USB Camera"], 1),
            (&["", ""], 0),
        ] {
            assert_eq!(best(&lenses(labels)), Some(at), "{labels:?}");
        }
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn of_cameras_at_the_back_one_with_light_and_focus_is_better() {
        let mut two = lenses(&["camera 0, facing back", "camera 2, facing back"]);
        (two[1].torch, two[1].focuses) = (true, true);
        assert_eq!(best(&two), Some(1));
    }

    #[test]
    fn every_fourth_frame_is_looked_through_as_sharp_as_the_camera_sees() {
        let sides = |square| (0..5).map(|frame| side(square, frame)).collect::<Vec<_>>();
        assert_eq!(sides(1_080), [720, 720, 720, 1_080, 720]);
        assert_eq!(sides(2_160)[3], 1_440);
        assert_eq!(sides(480), [480; 5]);
    }

    #[test]
    fn every_camera_has_its_turn() {
        let three = lenses(&["a", "b", "c"]);
        assert_eq!(["a", "b", "c", "gone"].map(|current| next(&three, current)), [Some(1), Some(2), Some(0), Some(0)]);
        assert_eq!(next(&three[..1], "a"), None);
    }
}
