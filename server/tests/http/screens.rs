//! Browsers that were made screens: the numbers of the board, and nothing else.

use std::time::Duration;

use chrono::TimeDelta;
use domain::access::{DeviceKind, Role};
use http::StatusCode;
use serde_json::json;
use services::{access, testing};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{
    house::{Answer, House, Reader},
    live::{Stream, admit, run, text},
    sweep::screen,
};

const SCREEN: &str = "/ban-to-chuc/truc-tiep/man-hinh";
const STREAM: &str = "/api/checkin/live";

async fn board(reader: &Reader) -> Answer {
    reader.post_json("/api/fn/board", &json!({ "locale": "vi" })).await
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_screen_goes_on_when_the_account_that_made_it_would_have_ended(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let running = run(&house);
    let (organiser, other) = (house.signed_in(Role::Organiser, None).await, house.signed_in(Role::Organiser, None).await);
    let paired = organiser.post("/ban-to-chuc/truc-tiep/ghep-man-hinh", &[("name", "Màn hình sảnh A")]).await;
    assert_eq!((paired.status, paired.header("location")), (StatusCode::SEE_OTHER, SCREEN));
    let (cookie, rest) = paired.header("set-cookie").split_once(';').unwrap();
    assert_eq!(rest, " Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax");
    assert_eq!(board(&organiser).await.status, StatusCode::UNAUTHORIZED, "the account is signed out there");
    let screen = house.reader().with_cookie(cookie);
    house.clock.advance(TimeDelta::minutes(40));
    assert_eq!(Stream::open(&house, &other, STREAM).await.status, StatusCode::UNAUTHORIZED, "an account that nobody uses ends as ever");
    let mut stream = Stream::open(&house, &screen, STREAM).await;
    assert_eq!(stream.status, StatusCode::OK);
    let whole = timeout(Duration::from_secs(5), stream.next()).await.unwrap().unwrap();
    assert_eq!(text(&whole, "arrived"), Some("0"));
    assert_eq!((screen.get(SCREEN).await.status, board(&screen).await.status), (StatusCode::OK, StatusCode::OK));
    house.app.streams.end();
    running.abort();
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_a_screen_is_sent_names_nobody(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    admit(&house, 1).await;
    // Whoever has typed the own name for that of an organisation.
    sqlx::raw_sql("update registrations set organisation_name = 'Nguyễn Thị Hạnh'").execute(&house.cx.pool).await.unwrap();
    let running = run(&house);
    let screen = screen(&house, None).await;
    let mut stream = Stream::open(&house, &screen, STREAM).await;
    let sent = timeout(Duration::from_secs(5), stream.next()).await.unwrap().unwrap();
    let (page, frame) = (screen.get(SCREEN).await, board(&screen).await);
    for told in [sent.to_string().as_str(), page.text(), frame.text()] {
        assert!(told.contains("Cổng chính") && !told.contains("Hạnh"), "{told}");
    }
    let organiser = house.signed_in(Role::Organiser, None).await;
    assert!(board(&organiser).await.text().contains("Hạnh"), "who sees the board sees the organisations");
    house.app.streams.end();
    running.abort();
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_screen_that_has_ended_says_so_in_place_of_numbers(pool: PgPool) {
    let house = House::open(pool).await;
    let (revoked, over) = (screen(&house, None).await, screen(&house, Some("Màn hình 2")).await);
    let organiser = house.signed_in(Role::Organiser, None).await;
    let devices = access::devices(&house.cx, &testing::actor(Role::Organiser, None)).await.unwrap();
    let id = devices.iter().find(|device| device.name == "Màn hình lớn").unwrap().id;
    assert_eq!(organiser.post(&format!("/ban-to-chuc/may-quet/{id}/thu-hoi"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(over.get(SCREEN).await.status, StatusCode::OK, "the other goes on");
    says_its_end(&house, &revoked).await;
    // It is 05:00 in Vietnam.
    house.clock.advance(TimeDelta::hours(19));
    says_its_end(&house, &over).await;
    // Who was no screen is asked to sign in.
    assert_eq!(organiser.get(SCREEN).await.header("location"), format!("/dang-nhap?back={}", SCREEN.replace('/', "%2F")));
}

async fn says_its_end(house: &House, screen: &Reader) {
    assert_eq!(Stream::open(house, screen, STREAM).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(board(screen).await.status, StatusCode::UNAUTHORIZED);
    for (address, says, again) in [
        (SCREEN, "Màn hình này đã kết thúc", "/dang-nhap?back=%2Fban-to-chuc%2Ftruc-tiep"),
        ("/en/organisers/live/screen", "This screen has ended", "/en/sign-in?back=%2Fen%2Forganisers%2Flive"),
    ] {
        let page = screen.get(address).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(page.text().contains(says) && page.text().contains(again) && !page.text().contains("data-live"), "{}", page.text());
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_screen_opens_no_scanner_and_is_told_what_to_do(pool: PgPool) {
    let house = House::open(pool).await;
    let screen = screen(&house, None).await;
    for path in ["/api/checkin/shift", "/api/checkin/news", "/api/checkin/conflicts"] {
        assert_eq!(screen.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/api/checkin/scans", "/api/checkin/look", "/api/checkin/roster", "/api/fn/arrivals"] {
        let body = json!({ "checkpoint": house.fixture.gate, "scans": [], "locale": "vi" });
        assert_eq!(screen.post_json(path, &body).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let scanner = screen.get("/diem-danh").await;
    assert_eq!(scanner.status, StatusCode::FORBIDDEN);
    for part in ["Máy này là màn hình lớn", "href=\"/dang-nhap\"", "href=\"/ban-to-chuc/truc-tiep/man-hinh\""] {
        assert!(scanner.text().contains(part), "{part}: {}", scanner.text());
    }
    let organiser = testing::organiser(&house.cx).await;
    let (_, pairing) = access::prepare_device(&house.cx, &organiser, "Máy 1").await.unwrap();
    let phone = access::pair_device(&house.cx, &pairing.0).await.unwrap();
    let phone = house.reader().with_cookie(&format!("__Host-session={}", phone.0));
    assert_eq!(Stream::open(&house, &phone, STREAM).await.status, StatusCode::FORBIDDEN, "a phone is no screen");
    let refused = phone.get(SCREEN).await;
    assert!(refused.status == StatusCode::FORBIDDEN && !refused.text().contains("Máy này là màn hình lớn"), "{}", refused.text());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_screen_without_a_name_has_that_of_its_kind_and_stands_in_the_list(pool: PgPool) {
    let house = House::open(pool).await;
    let paired = house.signed_in(Role::Supervisor, None).await.post("/en/organisers/live/pair-screen", &[("name", " ")]).await;
    assert_eq!((paired.status, paired.header("location")), (StatusCode::SEE_OTHER, "/en/organisers/live/screen"));
    let organiser = testing::actor(Role::Organiser, None);
    let listed = access::devices(&house.cx, &organiser).await.unwrap().remove(0);
    assert_eq!((listed.kind, listed.name.as_str()), (DeviceKind::Screen, "Big screen"));
    let list = house.signed_in(Role::Organiser, None).await.get("/ban-to-chuc/may-quet").await;
    let row = list.text().split("<tr").find(|row| row.contains("Big screen")).unwrap();
    for part in ["Màn hình lớn", "Đang dùng", "Đang liên lạc", "vừa xong", "Thu hồi"] {
        assert!(row.contains(part), "{part}: {row}");
    }
    let long = "a".repeat(61);
    let refused = house.signed_in(Role::Organiser, None).await.post("/ban-to-chuc/truc-tiep/ghep-man-hinh", &[("name", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains(&format!("value=\"{long}\"")) && refused.text().contains("href=\"#name\""), "{}", refused.text());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn whoever_signs_in_on_a_screen_ends_it(pool: PgPool) {
    let house = House::open(pool).await;
    let screen = screen(&house, None).await;
    let account = access::NewAccount {
        email: domain::contact::Email::parse("tam@example.vn").unwrap(),
        full_name: domain::text::PersonName::parse("Lê Văn Tám").unwrap(),
        role: Role::Steward,
        organisation: None,
        sample: false,
    };
    let (_, password) = access::create_account(&house.cx, account).await.unwrap();
    let signed_in = screen.post("/dang-nhap", &[("email", "tam@example.vn"), ("password", &password)]).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (StatusCode::SEE_OTHER, "/diem-danh"));
    assert_eq!(board(&screen).await.status, StatusCode::UNAUTHORIZED);
}
