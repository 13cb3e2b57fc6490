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
        let bright = |p: &[u8; 4]| (77 * u16::from(p[0]) + 150 * u16::from(p[1]) + 29 * u16::from(p[2])).to_be_bytes()[0];
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

    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Slightly softened: every pixel becomes the binomial mean (1 2 1) of its neighbours in both directions.
    pub fn softened(&self) -> Self {
        let smooth = |a: u8, b: u8, c: u8| {
            let sum = u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2;
            u8::try_from(sum / 4).expect("a mean of bytes is a byte")
        };
        let mut across = Vec::with_capacity(self.pixels.len());
        for row in self.pixels.chunks_exact(self.width) {
            let last = row.len() - 1;
            across.extend((0..row.len()).map(|x| smooth(row[x.saturating_sub(1)], row[x], row[(x + 1).min(last)])));
        }
        let row = |y: usize| &across[y * self.width..(y + 1) * self.width];
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..self.height {
            let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(self.height - 1)));
            pixels.extend(above.iter().zip(here).zip(below).map(|((a, b), c)| smooth(*a, *b, *c)));
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

    /// Brightness spread over the whole range; one hundredth of the pixels at each end do not count.
    pub fn stretched(&self) -> Self {
        let mut counts = [0_usize; 256];
        for pixel in &self.pixels {
            counts[usize::from(*pixel)] += 1;
        }
        let few = self.pixels.len() / 100;
        let dark = beyond(few, 0..=255, &counts);
        let bright = beyond(few, (0..=255).rev(), &counts);
        let range = u16::from(bright.saturating_sub(dark).max(1));
        let level = |pixel: u8| u8::try_from((u16::from(pixel.saturating_sub(dark)) * 255 / range).min(255)).expect("at most 255");
        let levels: Vec<u8> = (0..=255).map(level).collect();
        Self { pixels: self.pixels.iter().map(|pixel| levels[usize::from(*pixel)]).collect(), ..*self }
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

    /// Twice as wide and high, with the new pixels half-way between their neighbours.
    pub fn enlarged(&self) -> Self {
        let middle = |a: u8, b: u8| a.midpoint(b);
        let width = self.width * 2;
        let mut pixels = Vec::with_capacity(self.pixels.len() * 4);
        for (y, row) in self.pixels.chunks_exact(self.width).enumerate() {
            let start = pixels.len();
            for (x, here) in row.iter().enumerate() {
                let next = row.get(x + 1).unwrap_or(here);
                pixels.extend([*here, middle(*here, *next)]);
            }
            if y > 0 {
                // The row between this one and the one before, which was written as a copy of the latter.
                for x in 0..width {
                    pixels[start - width + x] = middle(pixels[start - 2 * width + x], pixels[start + x]);
                }
            }
            pixels.extend_from_within(start..start + width);
        }
        Self { pixels, width, height: self.height * 2 }
    }
}

/// The first of these levels up to which there are more than `few` pixels.
fn beyond(few: usize, mut levels: impl Iterator<Item = u8>, counts: &[usize; 256]) -> u8 {
    let mut seen = 0;
    let reached = |level: &u8| {
        seen += counts[usize::from(*level)];
        seen > few
    };
    levels.find(reached).expect("the levels together hold all pixels, and there is one")
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
    fn stretching_uses_the_whole_range() {
        let dim = Luma::new([10, 15, 20].repeat(4), 4, 3).unwrap().stretched();
        assert_eq!(dim.pixels()[..3], [0, 127, 255]);
        let even = Luma::new(vec![77; 12], 4, 3).unwrap();
        assert_eq!(even.stretched().pixels(), [0; 12]);
    }

    #[test]
    fn halving_takes_the_mean_and_drops_an_odd_edge() {
        let small = Luma::new(vec![0, 10, 99, 20, 30, 99, 99, 99, 99], 3, 3).unwrap().halved().unwrap();
        assert_eq!((small.pixels(), small.width(), small.height()), (&[15][..], 1, 1));
        assert_eq!(Luma::new(vec![1; 5], 5, 1).unwrap().halved(), None);
    }
}
