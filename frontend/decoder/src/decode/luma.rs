//! Grey pictures: one byte a pixel, row by row.

/// A grey picture, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Luma {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
}

impl Luma {
    /// A picture of `width` × `height` bytes; `None` if the sizes do not agree or there is no pixel.
    pub fn new(pixels: Vec<u8>, width: usize, height: usize) -> Option<Self> {
        (width > 0 && height > 0 && width.checked_mul(height) == Some(pixels.len())).then_some(Self { pixels, width, height })
    }

    /// The brightness of a canvas's pixels (red, green, blue, opacity), by the weights of ITU-R BT.601.
    pub fn from_rgba(rgba: &[u8], width: usize, height: usize) -> Option<Self> {
        let bright = |pixel: &[u8; 4]| {
            let pixel = u32::from_le_bytes(*pixel);
            // Red and blue lie two bytes apart: one product holds both, each times its weight, in its upper half.
            let red_and_blue = (pixel & 0x00ff_00ff).wrapping_mul((77 << 16) + 29) >> 16;
            let [_, bright, ..] = (red_and_blue + (pixel >> 8 & 0xff) * 150).to_le_bytes();
            bright
        };
        let (pixels, rest) = rgba.as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        Self::new(pixels.iter().map(bright).collect(), width, height)
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The brightness at a point, between the four pixels around it; `None` outside.
    pub fn at(&self, point: rxing::Point) -> Option<f32> {
        let (x, y) = (point.x - 0.5, point.y - 0.5);
        #[expect(clippy::cast_precision_loss, reason = "pictures are far smaller than 2^23")]
        let (most_x, most_y) = ((self.width - 1) as f32, (self.height - 1) as f32);
        if !(x >= 0.0 && y >= 0.0 && x < most_x && y < most_y) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
        let (left, top) = (x as usize, y as usize);
        let (right, down) = (x.fract(), y.fract());
        let two = |at: usize| f32::from(self.pixels[at]) * (1.0 - right) + f32::from(self.pixels[at + 1]) * right;
        let upper = top * self.width + left;
        Some(two(upper) * (1.0 - down) + two(upper + self.width) * down)
    }

    /// Slightly softened: every pixel becomes the binomial mean (1 2 1) of its neighbours in both directions, rounded down.
    pub fn softened(&self) -> Self {
        let mut across = vec![0; self.pixels.len()];
        for (row, soft) in self.pixels.chunks_exact(self.width).zip(across.chunks_exact_mut(self.width)) {
            let last = row.len() - 1;
            if last > 1 {
                mean(&row[..last - 1], &row[1..last], &row[2..], &mut soft[1..last]);
            }
            soft[0] = mean_of_three(row[0], row[0], row[1.min(last)]);
            soft[last] = mean_of_three(row[last.saturating_sub(1)], row[last], row[last]);
        }
        let row = |y: usize| &across[y * self.width..][..self.width];
        let mut pixels = vec![0; self.pixels.len()];
        for (y, soft) in pixels.chunks_exact_mut(self.width).enumerate() {
            mean(row(y.saturating_sub(1)), row(y), row((y + 1).min(self.height - 1)), soft);
        }
        Self { pixels, ..*self }
    }

    /// Edges made steeper: twice the difference from the softened picture is added.
    pub fn sharpened(&self) -> Self {
        let soft = self.softened().softened().softened();
        let steep = |(here, around): (&u8, &u8)| {
            let value = 3 * i16::from(*here) - 2 * i16::from(*around);
            u8::try_from(value.clamp(0, 255)).expect("clamped to a byte")
        };
        Self { pixels: self.pixels.iter().zip(soft.pixels()).map(steep).collect(), ..*self }
    }

    /// Light for dark.
    pub fn inverted(&self) -> Self {
        Self { pixels: self.pixels.iter().map(|pixel| 255 - pixel).collect(), ..*self }
    }

    /// Half as wide and high, each pixel the mean of four; `None` if nothing would remain.
    pub fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut pixels = Vec::with_capacity(width * height);
        for two_rows in self.pixels.chunks_exact(self.width * 2) {
            let (upper, lower) = two_rows.split_at(self.width);
            let mean = |(a, b): (&[u8; 2], &[u8; 2])| {
                let sum: u16 = a.iter().chain(b).map(|pixel| u16::from(*pixel)).sum();
                u8::try_from(sum / 4).expect("a mean of bytes is a byte")
            };
            pixels.extend(upper.as_chunks().0.iter().zip(lower.as_chunks().0).map(mean));
        }
        Self::new(pixels, width, height)
    }

    /// The middle of the picture, half as wide and high.
    pub fn centre(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let (left, top) = ((self.width - width) / 2, (self.height - height) / 2);
        let rows = self.pixels.chunks_exact(self.width).skip(top).take(height);
        Self { pixels: rows.flat_map(|row| &row[left..left + width]).copied().collect(), width, height }
    }

    /// Twice as wide and high, with the new pixels half-way between their neighbours.
    pub fn enlarged(&self) -> Self {
        let width = self.width * 2;
        let mut pixels = vec![0; self.pixels.len() * 4];
        // Every other row first.
        for (row, two) in self.pixels.chunks_exact(self.width).zip(pixels.chunks_exact_mut(width * 2)) {
            let next = row[1..].iter().chain(row.last());
            for ((here, next), pair) in row.iter().zip(next).zip(two.as_chunks_mut::<2>().0) {
                *pair = [*here, here.midpoint(*next)];
            }
        }
        for y in 0..self.height {
            let (above, rest) = pixels[y * 2 * width..].split_at_mut(width);
            let (between, rest) = rest.split_at_mut(width);
            // Below the last row there is none.
            middle(above, rest.get(..width).unwrap_or(above), between);
        }
        Self { pixels, width, height: self.height * 2 }
    }
}

/// What two bytes have in common, and half of what they have not, eight at once: no bit runs over into the next byte.
fn middle_of_eight(a: u64, b: u64) -> u64 {
    (a & b) + (((a ^ b) >> 1) & 0x7f7f_7f7f_7f7f_7f7f)
}

/// The means of pairs, eight at once.
fn middle(a: &[u8], b: &[u8], into: &mut [u8]) {
    let ((a, a_ones), (b, b_ones), (eights, ones)) = (a.as_chunks::<8>(), b.as_chunks::<8>(), into.as_chunks_mut::<8>());
    for ((a, b), into) in a.iter().zip(b).zip(eights) {
        *into = middle_of_eight(u64::from_le_bytes(*a), u64::from_le_bytes(*b)).to_le_bytes();
    }
    for ((a, b), into) in a_ones.iter().zip(b_ones).zip(ones) {
        *into = a.midpoint(*b);
    }
}

fn mean_of_three(a: u8, b: u8, c: u8) -> u8 {
    a.midpoint(c).midpoint(b)
}

/// [`mean_of_three`] of many; eight at once, since every pixel of every frame goes through it.
fn mean(a: &[u8], b: &[u8], c: &[u8], into: &mut [u8]) {
    let (eights, ones) = into.as_chunks_mut::<8>();
    let ((a, a_ones), (b, b_ones), (c, c_ones)) = (a.as_chunks::<8>(), b.as_chunks::<8>(), c.as_chunks::<8>());
    for (((a, b), c), into) in a.iter().zip(b).zip(c).zip(eights) {
        let [a, b, c] = [a, b, c].map(|bytes| u64::from_le_bytes(*bytes));
        *into = middle_of_eight(middle_of_eight(a, c), b).to_le_bytes();
    }
    for (((a, b), c), into) in a_ones.iter().zip(b_ones).zip(c_ones).zip(ones) {
        *into = mean_of_three(*a, *b, *c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_pixels_as_its_size_says() {
        assert!(Luma::new(vec![0; 6], 3, 2).is_some());
        for (count, width, height) in [(5, 3, 2), (0, 0, 0), (0, 3, 0), (4, usize::MAX, 2)] {
            assert_eq!(Luma::new(vec![0; count], width, height), None);
        }
    }

    #[test]
    fn white_stays_white_and_green_is_brighter_than_blue() {
        let rgba = [255, 255, 255, 255, 0, 255, 0, 255, 0, 0, 255, 255, 0, 0, 0, 255];
        assert_eq!(Luma::from_rgba(&rgba, 4, 1).unwrap().pixels(), [255, 149, 28, 0]);
        assert_eq!(Luma::from_rgba(&rgba[..15], 4, 1), None);
    }

    #[test]
    fn softening_spreads_a_point_and_keeps_an_even_field() {
        let mut pixels = vec![0; 25];
        pixels[12] = 160;
        let soft = Luma::new(pixels, 5, 5).unwrap().softened();
        assert_eq!(soft.pixels()[6..9], [10, 20, 10]);
        assert_eq!(soft.pixels()[11..14], [20, 40, 20]);
        assert_eq!(soft.pixels()[0], 0);
        let even = Luma::new(vec![77; 12], 4, 3).unwrap();
        assert_eq!(even.softened(), even);
    }

    #[test]
    fn enlarging_doubles_both_ways_with_means_between() {
        let large = Luma::new(vec![0, 100, 200, 40], 2, 2).unwrap().enlarged();
        assert_eq!((large.width(), large.height()), (4, 4));
        assert_eq!(large.pixels()[..4], [0, 50, 100, 100]);
        assert_eq!(large.pixels()[4..8], [100, 85, 70, 70]);
        assert_eq!(large.pixels()[8..12], [200, 120, 40, 40]);
        assert_eq!(large.pixels()[12..], [200, 120, 40, 40]);
    }

    #[test]
    fn sharpening_steepens_an_edge_and_keeps_an_even_field() {
        let edge = Luma::new([100, 100, 100, 100, 150, 150, 150, 150].repeat(8), 8, 8).unwrap().sharpened();
        assert!(edge.pixels()[27] < 80 && edge.pixels()[28] > 170, "{:?}", &edge.pixels()[24..32]);
        let even = Luma::new(vec![77; 12], 4, 3).unwrap();
        assert_eq!(even.sharpened(), even);
    }

    #[test]
    fn many_pixels_are_softened_and_enlarged_as_each_alone() {
        let (width, height) = (21, 5);
        let pixels: Vec<u8> = (0..width * height).map(|at| u8::try_from(at * at * 7 % 251).unwrap()).collect();
        let picture = Luma::new(pixels.clone(), width, height).unwrap();
        let at = |x: usize, y: usize| pixels[y.min(height - 1) * width + x.min(width - 1)];
        let across = |x: usize, y: usize| mean_of_three(at(x.saturating_sub(1), y), at(x, y), at(x + 1, y));
        let (soft, large) = (picture.softened(), picture.enlarged());
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            let both = mean_of_three(across(x, y.saturating_sub(1)), across(x, y), across(x, (y + 1).min(height - 1)));
            assert_eq!(soft.pixels()[y * width + x], both, "{x} {y}");
            let half = |x: usize, y: usize| at(x, y).midpoint(at(x + 1, y));
            let at_large = |right: usize, down: usize| large.pixels()[(2 * y + down) * 2 * width + 2 * x + right];
            assert_eq!([at_large(0, 0), at_large(1, 0)], [at(x, y), half(x, y)], "{x} {y}");
            let below = [at(x, y).midpoint(at(x, y + 1)), half(x, y).midpoint(half(x, y + 1))];
            assert_eq!([at_large(0, 1), at_large(1, 1)], below, "{x} {y}");
        }
    }

    #[test]
    fn between_pixels_brightness_is_their_mean_and_outside_there_is_none() {
        let picture = Luma::new(vec![0, 100, 40, 60], 2, 2).unwrap();
        let at = |x, y| picture.at(rxing::Point::new(x, y));
        assert_eq!([at(0.5, 0.5), at(1.0, 0.5), at(1.0, 1.0), at(0.5, 1.25)], [Some(0.0), Some(50.0), Some(50.0), Some(30.0)]);
        assert_eq!([at(0.4, 1.0), at(1.6, 1.0), at(1.0, 0.4), at(1.0, 1.6), at(f32::NAN, 1.0)], [None; 5]);
    }

    #[test]
    fn the_centre_is_the_middle_half() {
        let picture = Luma::new((0..24).collect(), 6, 4).unwrap().centre();
        assert_eq!((picture.pixels(), picture.width(), picture.height()), (&[7, 8, 9, 13, 14, 15][..], 3, 2));
    }

    #[test]
    fn halving_takes_the_mean_and_drops_an_odd_edge() {
        let small = Luma::new(vec![0, 10, 99, 20, 30, 99, 99, 99, 99], 3, 3).unwrap().halved().unwrap();
        assert_eq!((small.pixels(), small.width(), small.height()), (&[15][..], 1, 1));
        assert_eq!(Luma::new(vec![1; 5], 5, 1).unwrap().halved(), None);
    }
}
