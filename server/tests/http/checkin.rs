//! Check-in over HTTP: the interface of the scanner, and the button behind a code.

use std::sync::Arc;

use domain::access::Role;
use http::StatusCode;
use serde_json::{Value, json};
use services::registration;
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Barrier,
    task::JoinSet,
};

use crate::{
    house::{House, Reader},
    killed::Program,
    tickets::secret,
};

/// One scan of a code as a phone sends it.
pub fn scan(number: u32, code: &str) -> Value {
    json!({
        "scan_id": format!("01890000-0000-7000-8000-{number:012}"),
        "code": code,
        "source": "camera",
        "device_at": "2027-10-10T01:00:00Z",
    })
}

fn session_token(reader: &Reader) -> &str {
    reader.cookie().trim_start_matches("__Host-session=")
}

pub async fn code(house: &House, secret: &str) -> String {
    registration::ticket(&house.cx, secret).await.unwrap().ticket.unwrap().code
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_ticket_is_admitted_once_and_a_repeated_scan_gets_its_answer_again(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    house.clock.advance(chrono::TimeDelta::hours(3));
    let steward = house.signed_in(Role::Steward, None).await;
    let gate = house.fixture.gate;
    let kind = |answer: &crate::house::Answer| answer.json()["results"][0]["verdict"]["kind"].as_str().unwrap().to_owned();
    let first = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": [scan(1, &code)] })).await;
    assert_eq!((first.status, kind(&first).as_str()), (StatusCode::OK, "admit"), "{}", first.text());
    assert_eq!(first.json()["results"][0]["card"]["name"], "Nguyễn Thị Hạnh");
    assert_eq!(first.header("cache-control"), "no-store");
    let again = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": [scan(1, &code)] })).await;
    assert_eq!(again.json()["results"], first.json()["results"]);
    let second = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": [scan(2, &code)] })).await;
    assert_eq!(kind(&second), "already_in");
    let shift = steward.get("/api/checkin/shift").await.json();
    let counted = shift["counts"].as_array().unwrap().iter().find(|count| count["id"] == json!(gate)).unwrap();
    assert_eq!((&counted["admitted"], &counted["scans"], &counted["name_en"]), (&json!(1), &json!(2), &json!("Main gate")));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_interface_refuses_in_json_and_with_the_right_status(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let judge = house.signed_in(Role::Judge, None).await;
    let path = "/api/checkin/scans";
    let good = json!({ "checkpoint": house.fixture.gate, "scans": [] });
    let many = |count| json!({ "checkpoint": house.fixture.gate, "scans": (0..count).map(|number| scan(number, "x")).collect::<Vec<_>>() });
    let cases = [
        (house.reader().post_json(path, &good).await, StatusCode::UNAUTHORIZED),
        (judge.post_json(path, &good).await, StatusCode::FORBIDDEN),
        (steward.post_json(path, &json!({ "checkpoint": house.fixture.health, "scans": [scan(1, "x")] })).await, StatusCode::NOT_FOUND),
        (steward.post_json(path, &json!({ "checkpoint": "x" })).await, StatusCode::UNPROCESSABLE_ENTITY),
        (steward.post_raw(path, "application/json", "{").await, StatusCode::UNPROCESSABLE_ENTITY),
        (steward.post_raw(path, "text/plain", good.to_string()).await, StatusCode::UNPROCESSABLE_ENTITY),
        (steward.post_json(path, &many(501)).await, StatusCode::PAYLOAD_TOO_LARGE),
        (steward.post_json(path, &many(10_000)).await, StatusCode::PAYLOAD_TOO_LARGE),
        (steward.post_raw(path, "application/json", " ".repeat(600_000)).await, StatusCode::PAYLOAD_TOO_LARGE),
        (steward.get(path).await, StatusCode::METHOD_NOT_ALLOWED),
        (house.get("/api/checkin/shift").await, StatusCode::UNAUTHORIZED),
    ];
    for (number, (answer, status)) in cases.into_iter().enumerate() {
        assert_eq!(answer.status, status, "case {number}: {}", answer.text());
        assert!(answer.json()["error"].is_string(), "case {number}");
    }
    assert_eq!(steward.post_json(path, &good).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn fifty_clients_that_scan_one_ticket_at_once_by_two_gates_let_it_in_once(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let share = "update checkpoints set entrance = 'khuon-vien', admits = '{}', opens_at = null, closes_at = null";
    sqlx::query(share).execute(&house.cx.pool).await.unwrap();
    let program = Program::start(&house, &[]).await;
    let start = Arc::new(Barrier::new(50));
    let mut clients = JoinSet::new();
    for number in 0..50 {
        let gate = if number % 2 == 0 { house.fixture.gate } else { house.fixture.side_gate };
        let scan = json!({
            "scan_id": house.cx.new_id(), "code": code, "source": "camera", "device_at": "2000-01-01T00:00:00Z",
        });
        let body = json!({ "checkpoint": gate, "scans": [scan] }).to_string();
        let request = format!(
            "POST /api/checkin/scans HTTP/1.1\r\nHost: {0}\r\nCookie: {1}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/json\r\nContent-Length: {2}\r\nConnection: close\r\n\r\n{body}",
            program.address(),
            steward.cookie(),
            body.len()
        );
        let (start, mut stream) = (Arc::clone(&start), TcpStream::connect(program.address()).await.unwrap());
        clients.spawn(async move {
            start.wait().await;
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            ["\"admit\"", "\"already_in\""].map(|kind| usize::from(answer.contains(kind)))
        });
    }
    let told = clients.join_all().await;
    let count = |of: usize| told.iter().map(|told| told[of]).sum::<usize>();
    assert_eq!((count(0), count(1)), (1, 49));
    let stored = "select (select count(*) from scans), (select count(*) from admissions), (select count(*) from conflicts)";
    let stored: (i64, i64, i64) = sqlx::query_as(stored).fetch_one(&house.cx.pool).await.unwrap();
    assert_eq!(stored, (50, 1, 50), "a time of long ago is believed of nobody");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_scan_that_cannot_be_read_is_refused_alone(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    house.clock.advance(chrono::TimeDelta::hours(3));
    let steward = house.signed_in(Role::Steward, None).await;
    let gate = house.fixture.gate;
    let mut scans = [scan(1, "no ticket"), scan(2, "no ticket"), scan(3, &code)];
    scans[0]["device_at"] = json!("-5000-01-01T00:00:00Z");
    scans[1]["local_verdict"] = json!("\0");
    let answer = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": scans })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let results = &answer.json()["results"];
    assert_eq!((&results[0]["refused"], &results[1]["refused"]), (&json!("unreadable"), &json!("unreadable")));
    assert_eq!((&results[1]["scan_id"], &results[2]["verdict"]["kind"]), (&scans[1]["scan_id"], &json!("admit")));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn five_hundred_scans_are_answered_in_their_order(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let scans: Vec<_> = (0..500).map(|number| scan(number, "no ticket")).collect();
    let batch = json!({ "checkpoint": house.fixture.gate, "scans": scans });
    let mut answer = steward.post_json("/api/checkin/scans", &batch).await;
    // On a machine that is busy with other tests a batch may be late; what was recorded stays, and a phone sends again.
    for _ in 0..5 {
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            answer = steward.post_json("/api/checkin/scans", &batch).await;
        }
    }
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    let ids: Vec<_> = json["results"].as_array().unwrap().iter().map(|result| result["scan_id"].clone()).collect();
    assert_eq!(ids, scans.iter().map(|scan| scan["scan_id"].clone()).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_double_tap_on_checking_in_is_one_scan_with_one_answer(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    house.clock.advance(chrono::TimeDelta::hours(3));
    let (steward, gate) = (house.signed_in(Role::Steward, None).await, house.fixture.gate.to_string());
    let scan_of = |page: &str| page.split_once("name=\"scan\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let page = steward.get(&format!("/T/{code}")).await;
    let scan = scan_of(page.text());
    let form = [("checkpoint", gate.as_str()), ("scan", scan.as_str())];
    let path = format!("/T/{code}/diem-danh");
    for tap in 0..2 {
        assert!(steward.post(&path, &form).await.text().contains("data-kind=\"admit\""), "tap {tap}");
    }
    let refused = steward.post(&path, &[("scan", scan.as_str())]).await;
    assert_eq!((refused.status, scan_of(refused.text())), (StatusCode::UNPROCESSABLE_ENTITY, scan));
    let fresh = scan_of(steward.get(&format!("/T/{code}")).await.text());
    let again = steward.post(&path, &[("checkpoint", gate.as_str()), ("scan", fresh.as_str())]).await;
    assert!(again.text().contains("data-kind=\"already_in\""));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_checks_in_behind_a_code_sees_what_to_know_of_the_person_and_takes_it_back_within_a_minute(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    sqlx::query("update registrations set attention = 'Đi xe lăn'").execute(&house.cx.pool).await.unwrap();
    house.clock.advance(chrono::TimeDelta::hours(3));
    let (steward, gate) = (house.signed_in(Role::Steward, None).await, house.fixture.gate.to_string());
    let [check_in, undo] = ["diem-danh", "hoan-tac"].map(|deed| format!("/T/{code}/{deed}"));
    let scan = house.cx.new_id().to_string();
    let admitted = steward.post(&check_in, &[("checkpoint", &gate), ("scan", &scan)]).await;
    for told in ["data-kind=\"admit\"", "Nguyễn Thị Hạnh", "Đi xe lăn"] {
        assert!(admitted.text().contains(told), "{told} is not in {}", admitted.text());
    }
    let undone = steward.post(&undo, &[("scan", &scan)]).await;
    assert!(undone.text().contains("Đã hoàn tác") && undone.text().contains("name=\"checkpoint\""), "{}", undone.text());
    let second = house.cx.new_id().to_string();
    assert!(steward.post(&check_in, &[("checkpoint", &gate), ("scan", &second)]).await.text().contains("data-kind=\"admit\""));
    house.clock.advance(chrono::TimeDelta::seconds(61));
    assert!(steward.post(&undo, &[("scan", &second)]).await.text().contains("Không hoàn tác được"));
    assert_eq!(house.post(&undo, &[("scan", &second)]).await.status, StatusCode::SEE_OTHER, "nobody undoes without signing in");
    assert_eq!(steward.post(&undo, &[("scan", "x")]).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_exit_is_recorded_behind_a_code_where_exits_are_counted(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    house.clock.advance(chrono::TimeDelta::hours(3));
    let (steward, gate) = (house.signed_in(Role::Steward, None).await, house.fixture.gate.to_string());
    assert!(!steward.get(&format!("/T/{code}")).await.text().contains("value=\"exit\""));
    sqlx::query("update checkpoints set counts_exits = true").execute(&house.cx.pool).await.unwrap();
    assert!(steward.get(&format!("/T/{code}")).await.text().contains("value=\"exit\""));
    for (direction, kind) in [("", "admit"), ("exit", "exit"), ("", "readmit")] {
        house.clock.advance(chrono::TimeDelta::seconds(1));
        let answer = steward.post(&format!("/T/{code}/diem-danh"), &[("checkpoint", &gate), ("direction", direction)]).await;
        assert!(answer.text().contains(&format!("data-kind=\"{kind}\"")), "{}", answer.text());
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_page_behind_a_code_names_nobody_and_lets_a_steward_check_in(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    let page = house.get(&format!("/T/{code}")).await;
    assert_eq!((page.status, page.header("referrer-policy")), (StatusCode::OK, "no-referrer"));
    assert!(!page.text().contains("Nguyễn Thị Hạnh"), "the whole name is shown to everybody");
    house.clock.advance(chrono::TimeDelta::hours(3));
    let gate = house.fixture.gate.to_string();
    let form = [("checkpoint", gate.as_str())];
    let path = format!("/T/{code}/diem-danh");
    let nobody = house.post(&path, &form).await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    assert!(nobody.header("location").starts_with("/dang-nhap?back=%2FT%2F"), "{}", nobody.header("location"));
    let steward = house.signed_in(Role::Steward, None).await;
    let admitted = steward.post(&path, &form).await;
    assert_eq!((admitted.status, admitted.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(admitted.text().contains("data-kind=\"admit\""), "{}", admitted.text());
    assert!(steward.post(&path, &form).await.text().contains("data-kind=\"already_in\""));
    assert!(steward.post(&path, &form).await.text().contains("do Trần Thị Sen quét"));
    assert_eq!(steward.post(&path, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(steward.get("/T/ABC").await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_phone_that_was_signed_out_delivers_and_is_told_and_gets_no_list(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let actor = services::access::actor(&house.cx, session_token(&organiser)).await.unwrap();
    let (id, secret) = services::access::prepare_device(&house.cx, &actor, "Máy 3").await.unwrap();
    let phone_token = services::access::pair_device(&house.cx, &secret.0).await.unwrap();
    let phone = house.reader().with_cookie(&format!("__Host-session={}", phone_token.0));
    let roster = phone.post_json("/api/checkin/roster", &json!({})).await;
    assert_eq!(
        (roster.status, roster.header("content-type"), roster.header("cache-control")),
        (StatusCode::OK, "application/octet-stream", "no-store")
    );
    assert_eq!(domain::checkin::roster::Page::decode(&roster.body).unwrap().entries.len(), 1);

    services::access::revoke_device(&house.cx, &actor, id).await.unwrap();
    let late = phone.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": [scan(1, &code)] })).await;
    assert_eq!((late.status, &late.json()["is_signed_out"]), (StatusCode::OK, &json!(true)));
    assert_eq!(late.json()["results"][0]["had_ended"], json!(true));
    assert_eq!(phone.post_json("/api/checkin/roster", &json!({})).await.status, StatusCode::UNAUTHORIZED);
    // It let nobody in.
    house.clock.advance(chrono::TimeDelta::hours(3));
    let steward = house.signed_in(Role::Steward, None).await;
    let fresh = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": [scan(2, &code)] })).await;
    assert_eq!(fresh.json()["results"][0]["verdict"]["kind"], "admit");
    assert_eq!(fresh.json()["is_signed_out"], json!(null));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_phone_whose_day_is_over_is_told_which_of_its_scans_count(pool: PgPool) {
    let house = House::open(pool).await;
    sqlx::query("update checkpoints set closes_at = null").execute(&house.cx.pool).await.unwrap();
    let codes = [code(&house, &secret(&house, 1).await).await, code(&house, &secret(&house, 2).await).await];
    let organiser = services::access::actor(&house.cx, session_token(&house.signed_in(Role::Organiser, None).await)).await.unwrap();
    let (_, secret) = services::access::prepare_device(&house.cx, &organiser, "Máy 3").await.unwrap();
    let token = services::access::pair_device(&house.cx, &secret.0).await.unwrap();
    let phone = house.reader().with_cookie(&format!("__Host-session={}", token.0));
    // It is 05:00 in Vietnam: on to 00:05.
    house.clock.advance(chrono::TimeDelta::minutes(19 * 60 + 5));
    let at = |number, code: &str, at: &str| {
        let mut scan = scan(number, code);
        (scan["device_at"], scan["local_verdict"]) = (json!(at), json!("admit"));
        scan
    };
    let scans = [at(1, &codes[0], "2027-10-10T16:59:59Z"), at(2, &codes[1], "2027-10-10T17:00:00Z")];
    let late = phone.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": scans })).await.json();
    let told: Vec<_> = (0..2).map(|scan| (&late["results"][scan]["verdict"]["kind"], &late["results"][scan]["had_ended"])).collect();
    assert_eq!(late["is_signed_out"], json!(true));
    assert_eq!(told, [(&json!("admit"), &Value::Null), (&json!("admit"), &json!(true))]);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_scans_with_an_account_is_told_the_sign_in_that_scans_are_made_by(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let sign_in = services::access::sign_in_of(&house.cx, session_token(&steward)).await.unwrap().unwrap();
    let shift = steward.get("/api/checkin/shift").await.json();
    assert_eq!((&shift["sign_in"], &shift["device"]), (&json!(sign_in), &Value::Null));
    let page = steward.get("/diem-danh").await;
    assert!(page.text().contains(&format!("\"sign_in\":{}", json!(sign_in))), "{}", page.text());
    // A scan as the phone sends it by that is the steward's own.
    house.clock.advance(chrono::TimeDelta::hours(3));
    let code = code(&house, &secret(&house, 1).await).await;
    let mut own = scan(1, &code);
    own["sign_in"] = shift["sign_in"].clone();
    let answer = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": [own] })).await;
    assert_eq!(answer.json()["results"][0]["verdict"]["kind"], "admit", "{}", answer.text());
    let conflicts = sqlx::query_scalar::<_, i64>("select count(*) from conflicts").fetch_one(&house.cx.pool).await.unwrap();
    assert_eq!(conflicts, 0);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_opens_the_page_without_network_is_asked_for_each_time_and_serves_both_languages(pool: PgPool) {
    let house = House::open(pool).await;
    let worker = house.get("/service-worker.js").await;
    assert_eq!((worker.status, worker.header("cache-control"), worker.header("service-worker-allowed")), (StatusCode::OK, "no-cache", "/"));
    assert!(worker.header("content-type").starts_with("text/javascript"));
    for (address, page) in [("/diem-danh.webmanifest", "/diem-danh"), ("/en/check-in.webmanifest", "/en/check-in")] {
        let manifest = house.get(address).await;
        assert_eq!((manifest.header("content-type"), &manifest.json()["scope"]), ("application/manifest+json", &json!(page)));
        assert_eq!(
            manifest.json()["icons"][1],
            json!({ "src": "/pictures/icon-512.1.png", "sizes": "512x512", "type": "image/png", "purpose": "any maskable" })
        );
    }
    let shell = house.get("/diem-danh/khung").await;
    assert!(shell.status == StatusCode::OK && shell.text().contains("\"shift\":null"), "{}", shell.text());
}

/// Where a connection breaks.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// The request has not arrived whole.
    Before,
    /// Nobody hears the answer.
    Unheard,
    /// The answer breaks off after its first bytes.
    Within,
}

/// Posts to the served house over a connection of its own that breaks there.
async fn post_and_break(address: &str, path: &str, cookie: &str, body: &str, cut: Cut) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let arrived = if matches!(cut, Cut::Before) { request.len() - body.len() / 2 } else { request.len() };
    stream.write_all(&request.as_bytes()[..arrived]).await.unwrap();
    if matches!(cut, Cut::Within) {
        let mut first = [0; 40];
        stream.read_exact(&mut first).await.unwrap();
        assert!(first.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&first));
    }
    if !matches!(cut, Cut::Unheard) {
        // A broken connection ends without a farewell, and what was on its way is lost.
        stream.set_zero_linger().unwrap();
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn batches_cut_off_doubled_and_out_of_order_count_each_scan_once(pool: PgPool) {
    let house = House::open(pool).await;
    let mut codes = Vec::new();
    for number in 1..=10 {
        codes.push(code(&house, &secret(&house, number).await).await);
    }
    house.clock.advance(chrono::TimeDelta::hours(3));
    let steward = house.signed_in(Role::Steward, None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = house.router.clone();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    // Each ticket is scanned by every batch; a batch is sent until its answer was heard, after breaks of every kind.
    let batches: Vec<_> = (0..6_u32)
        .map(|batch| {
            let scans: Vec<_> = codes.iter().zip(1..).map(|(code, place)| scan(batch * 100 + place, code)).collect();
            json!({ "checkpoint": house.fixture.gate, "scans": scans })
        })
        .collect();
    let path = "/api/checkin/scans";
    let cuts = [Cut::Before, Cut::Unheard, Cut::Within];
    for (turn, batch) in batches.iter().rev().enumerate() {
        let body = batch.to_string();
        let broken = (0..3).map(|try_| post_and_break(&address, path, steward.cookie(), &body, cuts[(turn + try_) % 3]));
        // Some of them at the same time.
        if turn % 2 == 0 {
            futures_util::future::join_all(broken).await;
        } else {
            for one in broken {
                one.await;
            }
        }
    }
    let mut admitted = 0;
    for batch in &batches {
        let heard = steward.post_json(path, batch).await;
        assert_eq!(heard.status, StatusCode::OK, "{}", heard.text());
        let results = heard.json()["results"].clone();
        admitted += results.as_array().unwrap().iter().filter(|result| result["verdict"]["kind"] == "admit").count();
        assert_eq!(steward.post_json(path, batch).await.json()["results"], results, "a repeat is answered as the first time");
    }
    serving.abort();
    let shift = steward.get("/api/checkin/shift").await.json();
    let counted = shift["counts"].as_array().unwrap().iter().find(|count| count["id"] == json!(house.fixture.gate)).unwrap();
    assert_eq!((admitted, &counted["admitted"], &counted["scans"]), (10, &json!(10), &json!(60)));
}
