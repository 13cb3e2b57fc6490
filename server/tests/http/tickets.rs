//! Tickets: the page behind the link, its codes read back by an independent decoder, its calendar, giving the seat back.

use http::StatusCode;
use rxing::{BarcodeFormat, DecodeHints, helpers};
use services::registration;
use sqlx::PgPool;

use crate::{
    house::{BASE, House},
    registration::{citizen, send},
};

/// Registers a citizen and gives back the secret of the ticket's link.
pub async fn secret(house: &House, key: u32) -> String {
    let answer = send(house, "/dang-ky", &citizen(house, key)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").trim_start_matches("/ve/").to_owned()
}

/// What stands in the ticket's code.
async fn expected(house: &House, secret: &str) -> String {
    let ticket = registration::ticket(&house.cx, secret).await.unwrap().ticket.unwrap();
    format!("{}/T/{}", BASE.to_ascii_uppercase(), ticket.code)
}

fn decode(luma: Vec<u8>, side: u32) -> String {
    let mut hints = DecodeHints::default();
    helpers::detect_in_luma_with_hints(luma, side, side, Some(BarcodeFormat::QR_CODE), &mut hints).unwrap().getText().to_owned()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_picture_is_read_back_as_the_tickets_address(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let answer = house.get(&format!("/ve/{secret}/ma.png")).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "image/png"));
    assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("private, max-age=43200", "no-referrer"));
    let picture = image::load_from_memory(&answer.body).unwrap().into_luma8();
    assert!(picture.width() >= 800 && picture.width() == picture.height());
    let side = picture.width();
    assert_eq!(decode(picture.into_raw(), side), expected(&house, &secret).await);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_drawing_is_read_back_as_the_tickets_address(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let answer = house.get(&format!("/ve/{secret}/ma.svg")).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    let (picture, side) = rasterised(answer.text(), 8);
    assert_eq!(side, (41 + 8) * 8, "version 6 with a quiet zone of four modules");
    assert_eq!(decode(picture, side), expected(&house, &secret).await);
}

/// Draws the bars `M x y h n v1 h-n z` of the drawing's second path, each module `scale` pixels wide.
fn rasterised(svg: &str, scale: usize) -> (Vec<u8>, u32) {
    let side: usize = svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let path = svg.rsplit("d=\"").next().unwrap().split('"').next().unwrap();
    let width = side * scale;
    let mut luma = vec![255; width * width];
    for bar in path.split('M').filter(|bar| !bar.is_empty()) {
        let (at, run) = bar.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let run: usize = run.split('v').next().unwrap().parse().unwrap();
        for row in y * scale..(y + 1) * scale {
            luma[row * width + x * scale..row * width + (x + run) * scale].fill(0);
        }
    }
    (luma, u32::try_from(width).unwrap())
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_ticket_page_is_kept_by_its_reader_alone_and_tells_its_address_to_nobody(pool: PgPool) {
    let house = House::open(pool).await;
    let page = house.get(&format!("/ve/{}", secret(&house, 1).await)).await;
    assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("private, max-age=43200", "no-referrer"));
    assert!(page.header("vary").contains("cookie"), "{}", page.header("vary"));
    assert_eq!(house.get("/ve/nobodys").await.header("cache-control"), "private, no-cache");
    assert!(page.text().contains("noindex"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_calendar_has_the_main_day_and_the_way_back(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let answer = house.get(&format!("/ve/{secret}/lich.ics")).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/calendar; charset=utf-8"));
    let text = answer.text().replace("\r\n ", "");
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "DTSTAMP:20271009T220000Z",
        "DTSTART;VALUE=DATE:20271010",
        "DTEND;VALUE=DATE:20271011",
        "SUMMARY:Ngày Chuyển đổi số",
        "LOCATION:Mỹ Tho",
        &format!("URL:{BASE}/ve/{secret}"),
    ] {
        assert!(text.split("\r\n").any(|given| given == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("Cổng chính: 07:00"), "{text}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_seat_given_back_stops_the_ticket_and_cancelling_again_changes_nothing(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    for _ in 0..2 {
        let answer = house.post(&format!("/ve/{secret}/huy"), &[]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, format!("/ve/{secret}").as_str()));
        assert_eq!(answer.header("clear-site-data"), "\"cache\"", "the pass may still be kept on the phone");
    }
    assert_eq!(house.get(&format!("/ve/{secret}")).await.status, StatusCode::OK);
    for file in ["ma.svg", "ma.png", "lich.ics"] {
        assert_eq!(house.get(&format!("/ve/{secret}/{file}")).await.status, StatusCode::NOT_FOUND, "{file}");
    }
    assert_eq!(house.post("/ve/nobodys/huy", &[]).await.status, StatusCode::NOT_FOUND);
}
