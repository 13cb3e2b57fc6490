//! Black and white: every pixel is compared with the brightness around it, so that shade and glare do not matter.

use rxing::common::{BIT_FIELD_BASE_BITS, BitArray, BitFieldBaseType, BitMatrix};

use super::luma::Luma;

/// Brightness is taken of squares of so many pixels, and smoothed over [`REACH`] squares on every side.
const BLOCK: usize = 8;
const REACH: usize = 2;
/// A square with less difference in it is all paper or all ink, and what differs is noise.
const CONTRAST: u8 = 24;
/// The highest and the lowest bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;
const LOW: u64 = 0x0101_0101_0101_0101;
/// Every other byte.
const EVEN: u64 = 0x00ff_00ff_00ff_00ff;

/// The dark pixels of a picture; `None` if it is too small for any code.
pub fn dark(grey: &Luma) -> Option<BitMatrix> {
    let (width, height) = (grey.width(), grey.height());
    let (across, down) = (width / BLOCK, height / BLOCK);
    if across <= 2 * REACH || down <= 2 * REACH {
        return None;
    }
    let levels = smoothed(&levels(grey, across, down), across, down);
    let mut image = BitMatrix::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?).ok()?;
    let mut words: Vec<BitFieldBaseType> = vec![0; width.div_ceil(BIT_FIELD_BASE_BITS)];
    let mut row = BitArray::with_size(width);
    for (y, pixels) in (0..).zip(grey.pixels().chunks_exact(width)) {
        let of = &levels[(y / BLOCK).min(down - 1) * across..][..across];
        words.fill(0);
        let (blocks, rest) = pixels.as_chunks::<BLOCK>();
        for (at, (block, level)) in blocks.iter().zip(of).enumerate() {
            let bits = BitFieldBaseType::from(not_above(u64::from_le_bytes(*block), *level));
            words[at * BLOCK / BIT_FIELD_BASE_BITS] |= bits << (at * BLOCK % BIT_FIELD_BASE_BITS);
        }
        for (at, pixel) in (blocks.len() * BLOCK..).zip(rest) {
            let bit = BitFieldBaseType::from(*pixel <= of[across - 1]);
            words[at / BIT_FIELD_BASE_BITS] |= bit << (at % BIT_FIELD_BASE_BITS);
        }
        for (at, word) in words.iter().enumerate() {
            row.setBulk(at * BIT_FIELD_BASE_BITS, *word);
        }
        image.setRow(u32::try_from(y).ok()?, &row);
    }
    Some(image)
}

/// Which of eight pixels are not brighter than a level, the first in the lowest bit. All eight are compared at once, and this
/// is done for every pixel of every frame.
fn not_above(pixels: u64, level: u8) -> u8 {
    let level = LOW * u64::from(level);
    // Of two bytes whose highest bits agree, the rest decides; else the one without it is the darker.
    let by_rest = (level | HIGH) - (pixels & !HIGH);
    let not_above = ((by_rest & !(pixels ^ level)) | (level & !pixels)) & HIGH;
    // Gathers the lowest bit of each byte in the highest byte.
    let [.., gathered] = ((not_above >> 7).wrapping_mul(0x0102_0408_1020_4080)).to_le_bytes();
    gathered
}

/// The level between ink and paper in each square.
fn levels(grey: &Luma, across: usize, down: usize) -> Vec<u8> {
    let mut levels: Vec<u8> = Vec::with_capacity(across * down);
    for y in 0..down {
        for x in 0..across {
            let rows = (0..BLOCK).map(|row| &grey.pixels()[(y * BLOCK + row) * grey.width() + x * BLOCK..][..BLOCK]);
            let (mut sums, mut least, mut most) = (0_u64, u8::MAX, 0_u8);
            for (number, row) in rows.enumerate() {
                let pixels = row.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
                sums += (pixels & EVEN) + (pixels >> 8 & EVEN);
                // Every other row tells enough about the contrast.
                if number % 2 == 1 {
                    for pixel in row {
                        least = least.min(*pixel);
                        most = most.max(*pixel);
                    }
                }
            }
            // The four sums are added up in the highest sixteen bits, and are those of 64 pixels.
            let mean = u8::try_from(sums.wrapping_mul(0x0001_0001_0001_0001) >> 54).unwrap_or(u8::MAX);
            levels.push(if most - least > CONTRAST {
                mean
            } else {
                // Paper, unless its neighbours say that it is ink.
                let around = (x > 0 && y > 0).then(|| {
                    let known = |back: usize| u32::from(levels[levels.len() - back]);
                    (known(across) + 2 * known(1) + known(across + 1)) / 4
                });
                let around = around.and_then(|level| u8::try_from(level).ok()).unwrap_or(0);
                if least < around { around } else { least / 2 }
            });
        }
    }
    levels
}

/// Each level becomes the mean of those around it.
fn smoothed(levels: &[u8], across: usize, down: usize) -> Vec<u8> {
    const SIDE: usize = 2 * REACH + 1;
    let mut means = Vec::with_capacity(levels.len());
    for y in 0..down {
        let top = y.saturating_sub(REACH).min(down - SIDE);
        let columns: Vec<u16> = (0..across).map(|x| (top..top + SIDE).map(|row| u16::from(levels[row * across + x])).sum()).collect();
        means.extend((0..across).map(|x| {
            let left = x.saturating_sub(REACH).min(across - SIDE);
            u8::try_from(columns[left..left + SIDE].iter().sum::<u16>() / 25).unwrap_or(u8::MAX)
        }));
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_pixels_are_compared_as_each_alone() {
        for level in [0, 1, 99, 127, 128, 200, 255] {
            for first in 0..=255_u8 {
                let pixels: [u8; 8] = std::array::from_fn(|at| first.wrapping_mul(31).wrapping_add(u8::try_from(at * 37 % 256).unwrap()));
                let alone = pixels.iter().enumerate().fold(0, |bits, (at, pixel)| bits | u8::from(*pixel <= level) << at);
                assert_eq!(not_above(u64::from_le_bytes(pixels), level), alone, "{pixels:?} at {level}");
            }
        }
    }

    #[test]
    fn ink_is_dark_in_the_shade_and_in_the_light() {
        // Every fourth column is ink, half as bright as the paper, which is darker on the left; the width is no multiple of 8.
        let (width, height) = (75, 61);
        let paper = |x: usize| u8::try_from(100 + x / 2).unwrap();
        let pixels = (0..width * height).map(|at| if at % width % 4 == 0 { paper(at % width) / 2 } else { paper(at % width) });
        let image = dark(&Luma::new(pixels.collect(), width, height).unwrap()).unwrap();
        for (y, x) in [(0, 0), (0, 1), (30, 36), (30, 37), (60, 72), (60, 73), (60, 74)] {
            assert_eq!(image.get(x, y), x % 4 == 0, "{x} {y}");
        }
        assert_eq!(dark(&Luma::new(vec![9; 39 * 64], 39, 64).unwrap()), None);
    }
}
