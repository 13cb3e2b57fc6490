//! Reads the modules of a code from the grey picture, where they are known to be.
//!
//! `rxing` takes one pixel of the black-and-white picture for each module. The grey one knows more: here each module
//! is the mean of several points, is compared with those around it, and a blur over neighbours can be taken back.

use rxing::{
    Point,
    common::{
        BitMatrix, PerspectiveTransform, Quadrilateral,
        cpp_essentials::{ConcentricPattern, DMRegressionLine, RegressionLineTrait as _},
    },
    qrcode::cpp_port::detector::{EstimateModuleSize, FinderPatternSet, TraceLine},
};

use super::{content, luma::Luma};

/// The sizes of codes that are read here, in modules a side: with an alignment pattern to go by, and one only.
const SIDES: std::ops::RangeInclusive<i32> = 25..=45;
/// The side of a ticket's code, version 6.
const TICKET: i32 = 41;
/// The middle of a finder pattern and of the alignment pattern, from the code's edges, in modules.
const FINDER: f32 = 3.5;
const ALIGNMENT: f32 = 6.5;
/// How much of the difference from its neighbours is added to a module: none, or what takes back a blur.
const SHARPER: [f32; 3] = [0.0, 0.5, 1.0];

/// What the code with these finder patterns says.
pub fn read(grey: &Luma, image: &BitMatrix, corners: &FinderPatternSet) -> Option<String> {
    let guesses = fourth_corners(image, corners);
    for side in sides(image, corners) {
        for (corner, from_edge) in &guesses {
            let Some(rough) = placed(corners, *corner, *from_edge, side) else { continue };
            let Some(alignment) = alignment(grey, &rough, side) else { continue };
            let Some(place) = placed(corners, alignment, ALIGNMENT, side) else { continue };
            let modules = Modules::sample(grey, &place, usize::try_from(side).ok()?);
            if let Some(text) = SHARPER.iter().find_map(|by| content(&modules.sharpened(*by)?)) {
                return Some(text);
            }
        }
    }
    None
}

/// How many modules a side may have, the likeliest first.
fn sides(image: &BitMatrix, corners: &FinderPatternSet) -> Vec<i32> {
    let along = |a: ConcentricPattern, b: ConcentricPattern| {
        let sizes = [EstimateModuleSize(image, a, b), EstimateModuleSize(image, b, a)];
        let known: Vec<f64> = sizes.into_iter().filter(|size| *size > 0.0).collect();
        let rough = f64::from(a.size + b.size) / 14.0;
        let size = if known.is_empty() { rough } else { known.iter().sum::<f64>() / f64::from(u32::try_from(known.len()).unwrap_or(1)) };
        f64::from(ConcentricPattern::distance(a, b)) / size + 7.0
    };
    let (top, left) = (along(corners.tl, corners.tr), along(corners.tl, corners.bl));
    let mean = f64::midpoint(top, left);
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and what is far away is left out")]
    let nearest = |modules: f64| ((modules - 1.0) / 4.0).round() as i32 * 4 + 1;
    let mut sides = vec![nearest(mean), nearest(top), nearest(left)];
    if (mean - f64::from(TICKET)).abs() < 9.0 {
        sides.push(TICKET);
    }
    let mut seen = Vec::new();
    sides.retain(|side| {
        let is_new = SIDES.contains(side) && !seen.contains(side);
        seen.push(*side);
        is_new
    });
    sides
}

/// Where the fourth corner may be, and how far from the code's edges that is, in modules.
fn fourth_corners(image: &BitMatrix, corners: &FinderPatternSet) -> Vec<(Point, f32)> {
    let lines = |from: ConcentricPattern, edge| TraceLine(image, from.p, corners.tl.p, edge);
    let meet = |edge| DMRegressionLine::intersect(&lines(corners.bl, edge), &lines(corners.tr, edge));
    let mut found = Vec::new();
    // The outer edges of the inner squares meet 2, the inner ones 1 module beside the middle of the alignment pattern.
    if let (Some(outer), Some(inner)) = (meet(2), meet(3)) {
        found.push(((outer + inner) / 2.0, ALIGNMENT));
    }
    found.push((corners.tr.p - corners.tl.p + corners.bl.p, FINDER));
    found.retain(|(corner, _)| corner.x.is_finite() && corner.y.is_finite());
    found
}

/// The way from modules to pixels.
fn placed(corners: &FinderPatternSet, fourth: Point, from_edge: f32, side: i32) -> Option<PerspectiveTransform> {
    let far = f32::from(i16::try_from(side).ok()?);
    let modules = Quadrilateral([
        Point::new(FINDER, FINDER),
        Point::new(far - FINDER, FINDER),
        Point::new(far - from_edge, far - from_edge),
        Point::new(FINDER, far - FINDER),
    ]);
    let pixels = Quadrilateral([corners.tl.p, corners.tr.p, fourth, corners.bl.p]);
    PerspectiveTransform::quadrilateralToQuadrilateral(modules, pixels).ok()
}

/// Where the alignment pattern is, in pixels: near where it should be, the place that looks most like one.
fn alignment(grey: &Luma, rough: &PerspectiveTransform, side: i32) -> Option<Point> {
    /// In modules.
    const REACH: i8 = 4;
    let middle = f32::from(i16::try_from(side).ok()?) - ALIGNMENT;
    let best_of = |around: (f32, f32), reach: i8, step: f32| {
        let steps = move || (-reach..=reach).map(move |number| f32::from(number) * step);
        let places = steps().flat_map(|down| steps().map(move |right| (around.0 + right, around.1 + down)));
        let seen = places.filter_map(|(x, y)| {
            // Of two alike the nearer one.
            let far = (x - middle).abs() + (y - middle).abs();
            Some((alignment_contrast(grey, rough, x, y)? - far, (x, y)))
        });
        seen.max_by(|one, other| one.0.total_cmp(&other.0))
    };
    let (_, near) = best_of((middle, middle), REACH, 1.0)?;
    let (contrast, (x, y)) = best_of(near, 1, 0.5)?;
    (contrast > 0.0).then(|| rough.transform_point(Point::new(x, y)))
}

/// How much lighter the ring of an alignment pattern with its middle here is than what is dark in it.
fn alignment_contrast(grey: &Luma, rough: &PerspectiveTransform, x: f32, y: f32) -> Option<f32> {
    let (mut dark, mut light) = (0.0, 0.0);
    for dy in -2_i8..=2 {
        for dx in -2_i8..=2 {
            let value = grey.at(rough.transform_point(Point::new(x + f32::from(dx), y + f32::from(dy))))?;
            if dx.abs().max(dy.abs()) == 1 {
                light += value;
            } else {
                dark += value;
            }
        }
    }
    Some(light / 8.0 - dark / 17.0)
}

/// The brightness of each module.
struct Modules {
    values: Vec<f32>,
    side: usize,
}

impl Modules {
    fn sample(grey: &Luma, place: &PerspectiveTransform, side: usize) -> Self {
        const POINTS: [(f32, f32); 5] = [(0.0, 0.0), (-0.22, 0.0), (0.22, 0.0), (0.0, -0.22), (0.0, 0.22)];
        let at = |number: usize| f32::from(u16::try_from(number).unwrap_or(u16::MAX)) + 0.5;
        let value = |x: f32, y: f32| {
            let points = POINTS.iter().filter_map(|(dx, dy)| grey.at(place.transform_point(Point::new(x + dx, y + dy))));
            let (sum, count) = points.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            if count > 0.0 { sum / count } else { 255.0 }
        };
        let values = (0..side * side).map(|number| value(at(number % side), at(number / side))).collect();
        Self { values, side }
    }

    /// What is dark and what is light, each module compared with those around it.
    fn sharpened(&self, by: f32) -> Option<BitMatrix> {
        let side = self.side;
        let near = |x: usize, y: usize| self.values[y.min(side - 1) * side + x.min(side - 1)];
        let values: Vec<f32> = (0..side * side)
            .map(|at| {
                let (x, y) = (at % side, at / side);
                let around = near(x.saturating_sub(1), y) + near(x + 1, y) + near(x, y.saturating_sub(1)) + near(x, y + 1);
                let here = self.values[at];
                here + by * (here - around / 4.0)
            })
            .collect();
        // Sums of all above and to the left.
        let mut sums = vec![0.0; (side + 1) * (side + 1)];
        for y in 0..side {
            let mut row = 0.0;
            for x in 0..side {
                row += values[y * side + x];
                sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1] + row;
            }
        }
        let length = u32::try_from(side).ok()?;
        let mut bits = BitMatrix::new(length, length).ok()?;
        for (y, row) in (0..length).zip(0..side) {
            for (x, column) in (0..length).zip(0..side) {
                const REACH: usize = 4;
                let (left, right) = (column.saturating_sub(REACH), (column + REACH + 1).min(side));
                let (top, bottom) = (row.saturating_sub(REACH), (row + REACH + 1).min(side));
                let sum = |x: usize, y: usize| sums[y * (side + 1) + x];
                let total = sum(right, bottom) - sum(left, bottom) - sum(right, top) + sum(left, top);
                let count = f32::from(u16::try_from((right - left) * (bottom - top)).ok()?);
                if values[row * side + column] < total / count {
                    bits.set(x, y);
                }
            }
        }
        Some(bits)
    }
}
