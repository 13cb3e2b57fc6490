//! Draws pictures of codes as a camera would see them, for the tests and the bench.

use qrcode::{Color, EcLevel, QrCode};

use super::luma::Luma;

pub const WIDTH: usize = 640;
pub const HEIGHT: usize = 640;

/// A code in a scene, and what is wrong with the picture.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Of the picture, in pixels.
    pub width: usize,
    pub height: usize,
    /// Width of one module in pixels.
    pub module: f64,
    /// Degrees, clockwise.
    pub turned: f64,
    /// How much nearer one side is than the other: 0 is straight ahead.
    pub tilted: f64,
    /// Which side that is, in degrees: 0 is the right one, 90 the lower one.
    pub towards: f64,
    /// How far the camera has moved while it looked, in pixels, and which way, in degrees.
    pub moved: f64,
    pub heading: f64,
    /// Radius of the blur in pixels.
    pub blurred: f64,
    /// The largest change that noise makes to a pixel.
    pub noise: f64,
    /// Brightness of ink and of paper.
    pub ink: f64,
    pub paper: f64,
    /// How much darker the left edge is than the right.
    pub shade: f64,
    /// A bright spot of this radius, as of a lamp in the screen, and where it is, from the middle of the picture.
    pub glare: f64,
    pub glare_at: (f64, f64),
    /// Bright lines through the code, as of cracked glass.
    pub cracks: u32,
    /// Which noise and which cracks.
    pub seed: u64,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            width: WIDTH,
            height: HEIGHT,
            module: 8.0,
            turned: 0.0,
            tilted: 0.0,
            towards: 0.0,
            moved: 0.0,
            heading: 0.0,
            blurred: 0.0,
            noise: 0.0,
            ink: 20.0,
            paper: 235.0,
            shade: 0.0,
            glare: 0.0,
            glare_at: (60.0, 40.0),
            cracks: 0,
            seed: 0,
        }
    }
}

/// A small generator of numbers (xorshift), so that every run draws the same picture.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Between 0 and 1.
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).expect("32 bits remain")) / f64::from(u32::MAX)
    }
}

impl Scene {
    /// The picture of a code with this text, error correction M as on tickets.
    pub fn draw(&self, text: &str) -> Luma {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("the text fits into a code");
        let (modules, size) = (code.to_colors(), code.width());
        self.render(
            |x, y| {
                let inside = |at: f64| (at >= 0.0 && at < count(size)).then_some(at);
                match (inside(x), inside(y)) {
                    (Some(x), Some(y)) => modules[index(y) * size + index(x)] == Color::Dark,
                    _ => false,
                }
            },
            count(size),
        )
    }

    /// The picture of a sheet without a code.
    pub fn draw_blank(&self) -> Luma {
        self.render(|_, _| false, 41.0)
    }

    fn render(&self, dark: impl Fn(f64, f64) -> bool, size: f64) -> Luma {
        const SUB: usize = 4;
        let (sin, cos) = self.turned.to_radians().sin_cos();
        let (width, height) = (self.width, self.height);
        let (middle_x, middle_y) = (count(width) / 2.0, count(height) / 2.0);
        let (down, right) = self.towards.to_radians().sin_cos();
        let (south, east) = self.heading.to_radians().sin_cos();
        let shade = |x: f64, y: f64| {
            let (x, y) = (x - middle_x, y - middle_y);
            let depth = 1.0 + self.tilted * (x * right + y * down) / middle_x;
            let (x, y) = (x / self.module / depth, y / self.module / depth);
            if dark(x * cos + y * sin + size / 2.0, y * cos - x * sin + size / 2.0) { self.ink } else { self.paper }
        };
        let mut field = vec![0.0; width * height];
        for (at, value) in field.iter_mut().enumerate() {
            let (x, y) = (count(at % width), count(at / width));
            let part = |i: usize| (count(i) + 0.5) / count(SUB);
            let look = |i: usize| {
                let gone = self.moved * ((count(i) + 0.5) / count(SUB * SUB) - 0.5);
                shade(x + part(i % SUB) + gone * east, y + part(i / SUB) + gone * south)
            };
            *value = (0..SUB * SUB).map(look).sum::<f64>() / count(SUB * SUB);
        }
        self.crack(&mut field);
        for _ in 0..3 {
            field = blur(&field, width, self.blurred);
        }
        let mut chance = Chance::new(7 + self.seed);
        let bytes = field.iter().enumerate().map(|(at, value)| {
            let (x, y) = (count(at % width), count(at / width));
            let shaded = value * (1.0 - self.shade * (1.0 - x / count(width)));
            let distance = (x - middle_x - self.glare_at.0).hypot(y - middle_y - self.glare_at.1);
            let lit = if distance < self.glare { 255.0 } else { shaded };
            byte(lit + (chance.next() * 2.0 - 1.0) * self.noise)
        });
        Luma::new(bytes.collect(), width, height).expect("the field has the picture's size")
    }

    fn crack(&self, field: &mut [f64]) {
        let mut chance = Chance::new(11 + self.seed);
        for _ in 0..self.cracks {
            let (from, to) = (chance.next() * count(self.height), chance.next() * count(self.height));
            for x in 0..self.width {
                let y = from + (to - from) * count(x) / count(self.width);
                for row in [index(y), (index(y) + 1).min(self.height - 1)] {
                    field[row * self.width + x] = 250.0;
                }
            }
        }
    }
}

/// A mean over a square of `2 × radius + 1`, with a fraction of the radius weighing its part.
fn blur(field: &[f64], width: usize, radius: f64) -> Vec<f64> {
    if radius <= 0.0 {
        return field.to_vec();
    }
    let (whole, part) = (index(radius), radius.fract());
    let line = |get: &dyn Fn(usize) -> f64, length: usize| -> Vec<f64> {
        (0..length)
            .map(|at| {
                let near = |by: usize| get(at.saturating_sub(by)) + get((at + by).min(length - 1));
                let sum: f64 = get(at) + (1..=whole).map(near).sum::<f64>() + part * near(whole + 1);
                sum / (1.0 + 2.0 * radius)
            })
            .collect()
    };
    let height = field.len() / width;
    let across: Vec<f64> = (0..height).flat_map(|y| line(&|x| field[y * width + x], width)).collect();
    let mut result = vec![0.0; field.len()];
    for x in 0..width {
        for (y, value) in line(&|y| across[y * width + x], height).into_iter().enumerate() {
            result[y * width + x] = value;
        }
    }
    result
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("sizes of pictures are small"))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers pass small positive numbers; the cast saturates")]
fn index(at: f64) -> usize {
    at as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, which is what film does")]
fn byte(value: f64) -> u8 {
    value as u8
}
