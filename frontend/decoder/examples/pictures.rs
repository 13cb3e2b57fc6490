//! Draws the hard pictures that decoders are compared on: `pictures FOLDER` writes `pictures.grey`, one byte a pixel, one
//! picture behind the other, and `pictures.json`, what is in each. Every run draws the same.

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE32_NOPAD;
use image::{DynamicImage, ImageFormat, codecs::jpeg::JpegEncoder};
use serde_json::json;

#[path = "../src/decode/luma.rs"]
#[expect(dead_code, reason = "only what the pictures are drawn with is used here")]
mod luma;
#[path = "../src/decode/picture.rs"]
mod picture;

use luma::Luma;
use picture::{Chance, Scene};

const WIDTH: usize = 640;
const HEIGHT: usize = 480;
/// Pictures of each kind, from slightly wrong to beyond reading; and of each mixture of two kinds.
const EACH: u32 = 12;
const OF_MIXTURE: u32 = 2;
/// The bytes of a ticket: what is known about it, and the signature.
const TICKET_BYTES: usize = 76;
/// As long as leaves room for a ticket in version 6-M.
const ADDRESS: &str = "HTTPS://CDS.DONGTHAP.GOV.VN/T/";

/// What is wrong with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Blur,
    Motion,
    Noise,
    Perspective,
    Glare,
    Dim,
    Crack,
    Small,
    Inverted,
    Jpeg,
    Rotation,
}

const KINDS: [Kind; 11] = [
    Kind::Blur,
    Kind::Motion,
    Kind::Noise,
    Kind::Perspective,
    Kind::Glare,
    Kind::Dim,
    Kind::Crack,
    Kind::Small,
    Kind::Inverted,
    Kind::Jpeg,
    Kind::Rotation,
];

/// A scene, and how much of it the camera's compression leaves: 1 to 100, if it compresses.
struct Shot {
    scene: Scene,
    quality: Option<u8>,
}

impl Kind {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Makes a picture worse by this kind; `hard` is between 0 and 1.
    fn spoil(self, shot: &mut Shot, hard: f64, chance: &mut Chance) {
        let scene = &mut shot.scene;
        match self {
            Self::Blur => scene.blurred = 1.0 + 1.8 * hard,
            Self::Motion => (scene.moved, scene.heading) = (4.0 + 9.0 * hard, 180.0 * chance.next()),
            Self::Noise => scene.noise = 70.0 + 150.0 * hard,
            Self::Perspective => (scene.tilted, scene.towards) = (0.35 + 0.75 * hard, 360.0 * chance.next()),
            Self::Glare => {
                scene.glare = 25.0 + 35.0 * hard;
                scene.glare_at = (160.0 * (chance.next() - 0.5), 160.0 * (chance.next() - 0.5));
            }
            Self::Dim => {
                let light = 0.22 - 0.13 * hard;
                (scene.ink, scene.paper) = (8.0 + (scene.ink - 8.0) * light, 8.0 + (scene.paper - 8.0) * light);
                scene.noise += 2.0 + 5.0 * hard;
            }
            Self::Crack => scene.cracks = 5 + small(9.0 * hard),
            Self::Small => (scene.module, scene.blurred) = (2.5 - 1.1 * hard, scene.blurred.max(0.2)),
            Self::Inverted => (scene.ink, scene.paper) = (scene.paper, scene.ink),
            Self::Jpeg => shot.quality = Some(u8::try_from(22 - small(19.0 * hard)).unwrap_or(1)),
            Self::Rotation => {
                scene.turned = 360.0 * chance.next();
                scene.module = scene.module.min(3.4 - 1.5 * hard);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers pass small positive numbers")]
fn small(number: f64) -> u32 {
    number as u32
}

fn code(chance: &mut Chance) -> String {
    let bytes: Vec<u8> = (0..TICKET_BYTES).map(|_| u8::try_from(small(chance.next() * 255.0)).unwrap_or(0)).collect();
    format!("{ADDRESS}{}", BASE32_NOPAD.encode(&bytes))
}

/// An ordinary look at a phone's screen or a sheet of paper.
fn ordinary(seed: u64, chance: &mut Chance) -> Shot {
    let scene = Scene {
        width: WIDTH,
        height: HEIGHT,
        module: 3.6 + 2.4 * chance.next(),
        turned: 16.0 * (chance.next() - 0.5),
        tilted: 0.15 * chance.next(),
        towards: 360.0 * chance.next(),
        noise: 6.0,
        ink: 25.0,
        paper: 225.0,
        seed,
        ..Scene::default()
    };
    Shot { scene, quality: None }
}

fn compressed(picture: Luma, quality: Option<u8>) -> Result<Luma> {
    let Some(quality) = quality else { return Ok(picture) };
    let [width, height] = [WIDTH, HEIGHT].map(|side| u32::try_from(side).unwrap_or_default());
    let grey = image::GrayImage::from_raw(width, height, picture.pixels().to_vec()).context("the picture has another size")?;
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&DynamicImage::from(grey))?;
    let grey = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg)?.into_luma8();
    Luma::new(grey.into_raw(), WIDTH, HEIGHT).context("the picture has another size")
}

fn main() -> Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).context("the folder to write to is missing")?);
    fs::create_dir_all(&folder)?;
    let (mut pixels, mut index) = (Vec::new(), Vec::new());
    let mut seed = 0;
    let mut take = |kind: &str, spoils: &[(Kind, f64)], is_blank: bool| -> Result<()> {
        seed += 1;
        let mut chance = Chance::new(1000 + seed);
        let text = code(&mut chance);
        let mut shot = ordinary(seed, &mut chance);
        for (kind, hard) in spoils {
            kind.spoil(&mut shot, *hard, &mut chance);
        }
        let picture = if is_blank { shot.scene.draw_blank() } else { shot.scene.draw(&text) };
        pixels.extend(compressed(picture, shot.quality)?.pixels());
        index.push(json!({ "kind": kind, "text": (!is_blank).then_some(text) }));
        Ok(())
    };
    for kind in KINDS {
        for number in 0..EACH {
            take(&kind.name(), &[(kind, f64::from(number) / f64::from(EACH - 1))], false)?;
        }
    }
    for (at, first) in KINDS.iter().enumerate() {
        for second in &KINDS[at + 1..] {
            for number in 0..OF_MIXTURE {
                let hard = 0.1 + 0.3 * f64::from(number);
                // What both set is set by the second: compression comes last, size before blur.
                take("mixture", &[(*first, hard), (*second, hard)], false)?;
            }
        }
    }
    for number in 0..EACH {
        let hard = f64::from(number) / f64::from(EACH - 1);
        take("no code", &[(Kind::Noise, hard), (Kind::Crack, hard), (Kind::Glare, hard)], true)?;
    }
    ensure!(pixels.len() == index.len() * WIDTH * HEIGHT, "a picture has another size");
    fs::write(folder.join("pictures.grey"), pixels)?;
    let index = json!({ "width": WIDTH, "height": HEIGHT, "pictures": index });
    fs::write(folder.join("pictures.json"), serde_json::to_vec(&index)?)?;
    Ok(())
}
