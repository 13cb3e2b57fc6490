//! Cover images: decoded within limits and written anew, which drops EXIF, position and anything hidden.

use std::io::Cursor;

use domain::{
    form::{FieldErrors, Problem},
    showcase::field,
};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType};

use crate::{Error, turns::Turns};

/// What stored covers are.
pub(super) const MEDIA_TYPE: &str = "image/jpeg";

/// The largest file that is taken.
const MAX_MEGABYTES: usize = 5;
/// The largest side that is decoded, and the memory that decoding may take: no picture is a bomb.
const MAX_SIDE: u32 = 12_000;
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// The longest side of a stored cover, in pixels, and its JPEG quality.
const SIDE: u32 = 1600;
const QUALITY: u8 = 82;

/// Decoding takes a core and much memory: one at a time.
static TURNS: Turns = Turns::new(1, 16);

/// The picture, upright, as a JPEG of at most [`SIDE`] pixels on either side.
pub(super) async fn reencode(picture: Vec<u8>) -> Result<Vec<u8>, Error> {
    let refused = |problem| Error::from(FieldErrors::one(field::COVER, problem));
    if picture.is_empty() {
        return Err(refused(Problem::Required));
    }
    if picture.len() > MAX_MEGABYTES * 1024 * 1024 {
        return Err(refused(Problem::FileTooLarge { max_megabytes: MAX_MEGABYTES }));
    }
    TURNS.run(move || reencode_now(&picture)).await?.ok_or_else(|| refused(Problem::NotAPicture))
}

fn reencode_now(picture: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(picture)).with_guessed_format().ok()?;
    if !matches!(reader.format()?, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.total_bytes() > MAX_MEMORY {
        return None;
    }
    // Phones store a picture as the sensor lies and note beside it which side is up. The note is dropped with the rest.
    let orientation = decoder.orientation().ok()?;
    let image = DynamicImage::from_decoder(decoder).ok()?;
    let mut image = if image.width().max(image.height()) > SIDE { image.resize(SIDE, SIDE, FilterType::CatmullRom) } else { image };
    image.apply_orientation(orientation);
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(on_white(&image)).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)).ok()?;
    Some(bytes)
}

/// JPEG has no transparency: what is transparent becomes white paper.
fn on_white(image: &DynamicImage) -> image::RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let mut paper = image::RgbaImage::from_pixel(image.width(), image.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut paper, &image.to_rgba8(), 0, 0);
    DynamicImage::ImageRgba8(paper).to_rgb8()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbaImage::from_pixel(width, height, image::Rgba([169, 29, 84, 0])).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[tokio::test]
    async fn a_wide_transparent_picture_becomes_a_narrow_white_jpeg() {
        let stored = reencode(png(3200, 900)).await.unwrap();
        let image = image::load_from_memory_with_format(&stored, ImageFormat::Jpeg).unwrap().to_rgb8();
        assert_eq!((image.width(), image.height()), (1600, 450));
        assert_eq!(image.get_pixel(5, 5).0, [255, 255, 255]);
    }

    #[tokio::test]
    async fn a_tall_picture_is_bounded_too() {
        let stored = reencode(png(400, 3200)).await.unwrap();
        let image = image::load_from_memory(&stored).unwrap();
        assert_eq!((image.width(), image.height()), (200, 1600));
    }

    #[tokio::test]
    async fn a_photograph_that_a_phone_stored_on_its_side_is_set_upright() {
        // Lying: red on the left, white on the right; its EXIF says that the left side is the top.
        let lying = image::RgbImage::from_fn(64, 32, |x, _| image::Rgb(if x < 32 { [255, 0, 0] } else { [255; 3] }));
        let mut jpeg = Vec::new();
        lying.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 95)).unwrap();
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut segment = vec![0xff, 0xe1, 0, u8::try_from(exif.len() + 2).unwrap()];
        segment.extend_from_slice(exif);
        jpeg.splice(2..2, segment);
        let stored = image::load_from_memory(&reencode(jpeg).await.unwrap()).unwrap().to_rgb8();
        assert_eq!((stored.width(), stored.height()), (32, 64));
        let [top, bottom] = [4, 60].map(|y| stored.get_pixel(16, y).0[1]);
        assert!(top < 60 && bottom > 200, "the red side is on top: {top}, {bottom}");
    }

    #[tokio::test]
    async fn only_pictures_of_a_bearable_size_are_taken() {
        let refused = async |picture| match reencode(picture).await {
            Err(Error::Invalid(errors)) => errors.of(field::COVER).cloned(),
            _ => None,
        };
        assert_eq!(refused(b"<svg onload=alert(1)>".to_vec()).await, Some(Problem::NotAPicture));
        assert_eq!(refused(png(12_001, 1)).await, Some(Problem::NotAPicture));
        assert_eq!(refused(Vec::new()).await, Some(Problem::Required));
        assert_eq!(refused(vec![0; 5 * 1024 * 1024 + 1]).await, Some(Problem::FileTooLarge { max_megabytes: 5 }));
    }

    #[tokio::test]
    async fn what_is_hidden_in_a_picture_is_dropped() {
        let mut picture = png(20, 20);
        picture.extend_from_slice(b"<script>position of a home</script>");
        let stored = reencode(picture).await.unwrap();
        assert!(!stored.windows(8).any(|window| window == b"position"));
    }
}
