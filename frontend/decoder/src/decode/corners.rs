//! Which three of the finder patterns belong to one code.

use rxing::{
    Point,
    common::{
        BIT_FIELD_BASE_BITS, BitMatrix,
        cpp_essentials::{ConcentricPattern, LocateConcentricPattern},
    },
    qrcode::cpp_port::detector::FinderPatternSet,
};

/// Every so many rows are looked at: the middle of a finder pattern has more.
const ROWS: usize = 3;
/// Of so many patterns every three are looked at: the largest, since specks look like patterns too.
const PATTERNS: usize = 14;
/// So many sets are worth a look.
const SETS: usize = 5;
/// The side of a code, from the middle of one finder pattern to that of the next, in modules.
const SIDES: std::ops::RangeInclusive<f32> = 11.0..=190.0;
/// The modules of a finder pattern.
const PATTERN: f32 = 7.0;

/// Where a row of pixels looks as if it went through a finder pattern.
#[derive(Clone, Copy, Debug)]
pub struct Guess {
    point: Point,
    /// How far the pattern may reach from there, in pixels.
    range: i32,
}

/// Guesses at finder patterns: at dark ones on light, and at light ones on dark.
pub fn guesses(image: &BitMatrix) -> [Vec<Guess>; 2] {
    let mut guesses = [Vec::new(), Vec::new()];
    let mut edges = Vec::new();
    for y in (0..image.height()).skip(ROWS - 1).step_by(ROWS) {
        edges_of_row(image, y, &mut edges);
        for at in 0..edges.len().saturating_sub(5) {
            let run = |number: usize| edges[at + number + 1] - edges[at + number];
            if !is_like_a_pattern([run(0), run(4)], [run(1), run(3)], run(2)) {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a picture is far smaller than 2^23")]
            let point = Point::new((edges[at + 2] + edges[at + 3]) as f32 / 2.0, y as f32 + 0.5);
            let range = i32::try_from(3 * (edges[at + 5] - edges[at])).unwrap_or(i32::MAX);
            // Every other edge is one to ink.
            guesses[at % 2].push(Guess { point, range });
        }
    }
    guesses
}

/// The dark finder patterns where some were guessed at.
pub fn patterns(image: &BitMatrix, guesses: &[Guess]) -> Vec<ConcentricPattern> {
    let mut found: Vec<ConcentricPattern> = Vec::new();
    for Guess { point, range } in guesses {
        #[expect(clippy::cast_precision_loss, reason = "a pattern is smaller than a picture")]
        let is_known = found.iter().any(|known| Point::distance(*point, known.p) < known.size as f32 / 2.0);
        if !is_known && let Some(pattern) = LocateConcentricPattern::<true, 5, 7>(image, &[1, 1, 3, 1, 1], *point, *range) {
            found.push(pattern);
        }
    }
    found
}

/// Where a row changes between paper and ink, beginning with an edge to ink.
fn edges_of_row(image: &BitMatrix, y: u32, edges: &mut Vec<usize>) {
    edges.clear();
    let row = image.getRow(y);
    let mut last = 0;
    for (number, word) in row.getBitArray().iter().enumerate() {
        let mut changes = word ^ (word << 1 | last);
        last = word >> (BIT_FIELD_BASE_BITS - 1);
        while changes != 0 {
            edges.push(number * BIT_FIELD_BASE_BITS + changes.trailing_zeros() as usize);
            changes &= changes - 1;
        }
    }
    // The last word has more bits than pixels.
    edges.retain(|edge| *edge < row.get_size());
    edges.push(row.get_size());
}

/// Whether runs of pixels are roughly as 1 1 3 1 1. What is seen askew or blurred is not exactly so; who finds the middle looks
/// closer.
fn is_like_a_pattern(outer: [usize; 2], rings: [usize; 2], middle: usize) -> bool {
    let total = outer[0] + outer[1] + rings[0] + rings[1] + middle;
    let around = |run: usize, least: usize, most: usize| (least * total..=most * total).contains(&(run * 70));
    // In tenths of a module.
    middle > 2 && around(middle, 18, 42) && outer.into_iter().chain(rings).all(|run| around(run, 3, 20))
}

/// The likeliest sets of three corners, the best first.
///
/// Seen askew, a code's near side is longer than its far side, and so are the finder patterns on it: lengths are compared in
/// modules, as large as they are between the two patterns.
pub fn sets(mut patterns: Vec<ConcentricPattern>) -> Vec<FinderPatternSet> {
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(PATTERNS);
    let mut sets: Vec<(f32, FinderPatternSet)> = Vec::new();
    for (i, a) in patterns.iter().enumerate() {
        for (j, b) in patterns.iter().enumerate().skip(i + 1) {
            for c in patterns.iter().skip(j + 1) {
                // They are sorted by size: nothing that is still a code is so much farther away on one side.
                if a.size > 3 * c.size {
                    continue;
                }
                let best = [[a, b, c], [b, a, c], [c, a, b]].into_iter().filter_map(|[corner, p, q]| fit(*corner, *p, *q));
                sets.extend(best.min_by(|one, other| one.0.total_cmp(&other.0)));
            }
        }
    }
    sets.sort_by(|one, other| one.0.total_cmp(&other.0));
    sets.truncate(SETS);
    sets.into_iter().map(|(_, set)| set).collect()
}

/// How ill the three patterns fit a code whose corner between the two sides is the first; `None` if they do not.
fn fit(corner: ConcentricPattern, p: ConcentricPattern, q: ConcentricPattern) -> Option<(f32, FinderPatternSet)> {
    let modules = |a: ConcentricPattern, b: ConcentricPattern| {
        #[expect(clippy::cast_precision_loss, reason = "a pattern is smaller than a picture")]
        let module = (a.size + b.size) as f32 / (2.0 * PATTERN);
        ConcentricPattern::distance(a, b) / module
    };
    let (one, other, across) = (modules(corner, p), modules(corner, q), modules(p, q));
    let side = f32::midpoint(one, other);
    if !SIDES.contains(&side) {
        return None;
    }
    let (to_p, to_q) = (p.p - corner.p, q.p - corner.p);
    let turn = to_p.x * to_q.y - to_p.y * to_q.x;
    let cosine = (to_p.x * to_q.x + to_p.y * to_q.y) / (to_p.x.hypot(to_p.y) * to_q.x.hypot(to_q.y));
    let ill = (one - other).abs() / side + (across / (side * std::f32::consts::SQRT_2) - 1.0).abs() + 0.5 * cosine.abs();
    let (tr, bl) = if turn > 0.0 { (p, q) } else { (q, p) };
    (ill < 1.0 && cosine.abs() < 0.75).then_some((ill, FinderPatternSet { bl, tl: corner, tr }))
}
