//! The live board: its page, its stream, and the list of attendance.

use std::time::Duration;

use axum::body::Body;
use chrono::TimeDelta;
use domain::access::Role;
use futures_util::StreamExt as _;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use server::streams::EACH;
use services::{access, checkin::board, live, testing};
use sqlx::PgPool;
use tokio::time::{Instant, timeout};
use tower::ServiceExt as _;

use crate::{
    checkin::{code, scan},
    house::{House, Reader},
    tickets::secret,
};

/// A stream that is read event by event.
pub struct Stream {
    pub status: StatusCode,
    media_type: String,
    body: axum::body::BodyDataStream,
    text: String,
}

impl Stream {
    pub async fn open(house: &House, reader: &Reader, path: &str) -> Self {
        let request = Request::get(path).header(header::COOKIE, reader.cookie()).header(header::ACCEPT_ENCODING, "br, gzip");
        let response = house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let media_type = response.headers().get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap()).to_owned();
        Self { status: response.status(), media_type, body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event's data; `None` at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(|data| serde_json::from_str(data).unwrap());
                let rest = rest.to_owned();
                self.text = rest;
                match data {
                    Some(data) => return Some(data),
                    None => continue,
                }
            }
            let piece = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

pub fn text<'a>(frame: &'a Value, name: &str) -> Option<&'a str> {
    frame["texts"].as_array().unwrap().iter().find(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap())
}

/// What the program does beside answering, for the board.
pub fn run(house: &House) -> tokio::task::JoinHandle<()> {
    let cx = house.cx.clone();
    tokio::spawn(async move {
        let _ = tokio::join!(live::announce(&cx), live::listen(&cx), board::keep(&cx));
    })
}

pub async fn admit(house: &House, number: u32) -> String {
    let secret = secret(house, number).await;
    let code = code(house, &secret).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let scans = json!({ "checkpoint": house.fixture.gate, "scans": [scan(number, &code)] });
    assert_eq!(steward.post_json("/api/checkin/scans", &scans).await.json()["results"][0]["verdict"]["kind"], "admit");
    secret
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_stream_sends_the_whole_board_then_what_a_scan_has_changed(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let running = run(&house);
    let organiser = house.signed_in(Role::Organiser, None).await;
    let mut stream = Stream::open(&house, &organiser, "/api/checkin/live?lang=en").await;
    assert_eq!((stream.status, stream.media_type.as_str()), (StatusCode::OK, "text/event-stream"));
    let whole = timeout(Duration::from_secs(5), stream.next()).await.unwrap().unwrap();
    assert_eq!((text(&whole, "arrived"), text(&whole, "registered")), (Some("0"), Some("0")));
    assert_eq!(whole["tables"][0], json!(["checkpoints", [["Main gate", "0", "0"], ["Side gate", "0", "0"]]]));
    // The listener is connected after the first.
    for (number, most) in [(1, 20), (2, 5)] {
        let begun = Instant::now();
        admit(&house, number).await;
        let begun = begun.max(Instant::now());
        let news = loop {
            let news = timeout(Duration::from_secs(most), stream.next()).await.expect("the scan was not seen in time").unwrap();
            if text(&news, "arrived").is_some() {
                break news;
            }
        };
        assert!(begun.elapsed() <= Duration::from_secs(most), "{:?}", begun.elapsed());
        assert_eq!(text(&news, "arrived"), Some(number.to_string().as_str()));
        assert!(news["tables"].as_array().unwrap().iter().all(|table| table[0] != "organisations"), "what has not changed is not sent");
    }
    house.app.streams.end();
    assert_eq!(timeout(Duration::from_millis(500), stream.next()).await.unwrap(), None, "the stream outlives the program");
    running.abort();
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_phone_hears_at_once_that_a_ticket_was_blocked(pool: PgPool) {
    let house = House::open(pool).await;
    let running = run(&house);
    let organiser = testing::organiser(&house.cx).await;
    let ticket = services::registration::ticket(&house.cx, &secret(&house, 1).await).await.unwrap();
    let (_, pairing) = access::prepare_device(&house.cx, &organiser, "Máy 1").await.unwrap();
    let phone = access::pair_device(&house.cx, &pairing.0).await.unwrap();
    let phone = house.reader().with_cookie(&format!("__Host-session={}", phone.0));
    // That the listener has connected counts as a hint: something may have been missed.
    timeout(Duration::from_secs(5), house.cx.live.hints().wait_for(|heard| *heard > 0)).await.unwrap().unwrap();
    let mut stream = Stream::open(&house, &phone, "/api/checkin/news").await;
    assert_eq!((stream.status, stream.media_type.as_str()), (StatusCode::OK, "text/event-stream"));
    services::registration::block(&house.cx, &organiser, ticket.registration_id).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(5), stream.next()).await.expect("nobody told the phone"), Some(json!(1)));
    assert!(timeout(Duration::from_millis(300), stream.next()).await.is_err(), "once for what happened once");
    let judge = house.signed_in(Role::Judge, None).await;
    assert_eq!(Stream::open(&house, &judge, "/api/checkin/news").await.status, StatusCode::FORBIDDEN);
    assert_eq!(Stream::open(&house, &house.reader(), "/api/checkin/news").await.status, StatusCode::UNAUTHORIZED);
    house.app.streams.end();
    assert_eq!(timeout(Duration::from_millis(500), stream.next()).await.unwrap(), None, "the stream outlives the program");
    running.abort();
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_account_opens_so_many_streams_and_nobody_else_any(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let mut open = Vec::new();
    for _ in 0..EACH {
        open.push(Stream::open(&house, &organiser, "/api/checkin/live").await);
    }
    assert!(open.iter().all(|stream| stream.status == StatusCode::OK));
    assert_eq!(Stream::open(&house, &organiser, "/api/checkin/live").await.status, StatusCode::TOO_MANY_REQUESTS);
    open.pop();
    assert_eq!(Stream::open(&house, &organiser, "/api/checkin/live").await.status, StatusCode::OK);
    let steward = house.signed_in(Role::Steward, None).await;
    assert_eq!(Stream::open(&house, &steward, "/api/checkin/live").await.status, StatusCode::FORBIDDEN);
    assert_eq!(Stream::open(&house, &house.reader(), "/api/checkin/live").await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_board_is_whole_without_scripts_and_says_who_of_an_organisation_has_come(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    admit(&house, 1).await;
    secret(&house, 2).await;
    sqlx::query("update registrations set organisation_id = $1").bind(house.fixture.health.0).execute(&house.cx.pool).await.unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    let page = organiser.get("/ban-to-chuc/truc-tiep?don-vi=so+y+te").await.text().to_owned();
    for part in [
        "Cổng chính",
        "Sở Y tế",
        "Đã đến 1 trong số 2 người.",
        "Chưa đến",
        "data-live=\"arrived\">1<",
        "50\u{a0}%",
        "/ban-to-chuc/nguoi-dang-ky/",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = organiser.get("/en/organisers/live?don-vi=a").await.text().to_owned();
    assert!(page.contains("Main gate") && page.contains("aria-invalid"), "{page}");
    let screen = organiser.get("/ban-to-chuc/truc-tiep/man-hinh").await.text().to_owned();
    assert!(screen.contains("data-live=\"arrived\">1<") && !screen.contains("<nav") && !screen.contains("Nguyễn"), "{screen}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_list_of_attendance_has_no_phone_and_no_formula(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    admit(&house, 1).await;
    let hostile = "=HYPERLINK(\"http://evil\")";
    sqlx::query("update registrations set organisation_name = $1").bind(hostile).execute(&house.cx.pool).await.unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    let file = organiser.get("/ban-to-chuc/tham-du.csv").await;
    assert_eq!((file.status, file.header("content-disposition")), (StatusCode::OK, "attachment; filename=\"tham-du.csv\""));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.body.strip_prefix("\u{feff}".as_bytes()).unwrap());
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let column = |name: &str| rows[0].iter().position(|heading| heading == name).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1][column("Cơ quan, đơn vị")], format!("'{hostile}"));
    assert_eq!((rows[1][column("Cổng chính")].as_str(), rows[1][column("Cổng phụ")].as_str()), ("2027-10-10 08:00", ""));
    assert!(!file.text().contains("0912"), "{}", file.text());
    let file = organiser.get("/ban-to-chuc/tham-du.xlsx?lang=en").await;
    let read = services::sheet::read(file.body, 10, "file").await.unwrap();
    let column = read.rows[0].cells.iter().position(|heading| heading == "Main gate").unwrap();
    assert_eq!(read.rows[1].cell(column), "2027-10-10 08:00");
    for wrong in [Role::Steward, Role::Judge] {
        assert_eq!(house.signed_in(wrong, None).await.get("/ban-to-chuc/tham-du.csv").await.status, StatusCode::FORBIDDEN);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn two_hundred_watchers_see_a_scan_within_a_second(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let running = run(&house);
    let mut streams = Vec::new();
    for _ in 0..200_usize.div_ceil(EACH) {
        let organiser = house.signed_in(Role::Organiser, None).await;
        for _ in 0..EACH.min(200 - streams.len()) {
            streams.push(Stream::open(&house, &organiser, "/api/checkin/live").await);
        }
    }
    assert_eq!(streams.len(), 200);
    // The listener is connected after the first.
    for (number, most) in [(1, 20), (2, 5)] {
        admit(&house, number).await;
        let begun = Instant::now();
        let seen = futures_util::future::join_all(
            streams.iter_mut().map(
                async |stream| {
                    while text(&stream.next().await.unwrap(), "arrived") != Some(number.to_string().as_str()) {}
                },
            ),
        );
        timeout(Duration::from_secs(most), seen).await.unwrap_or_else(|_| panic!("not all saw scan {number} in {most} s"));
        println!("scan {number}: 200 watchers after {:?}", begun.elapsed());
    }
    running.abort();
}
