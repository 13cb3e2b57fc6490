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
}
