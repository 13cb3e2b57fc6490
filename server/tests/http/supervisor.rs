//! What a supervisor does for the gates, over HTTP.

use chrono::TimeDelta;
use domain::access::Role;
use http::{HeaderName, StatusCode};
use serde_json::json;
use services::registration;
use sqlx::PgPool;

use crate::{
    checkin::{code, scan},
    house::House,
    tickets::secret,
};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_supervisor_lets_somebody_in_by_hand_and_overrules_only_knowingly(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let id = registration::ticket(&house.cx, &secret).await.unwrap().registration_id;
    let supervisor = house.signed_in(Role::Supervisor, None).await;
    let page = format!("/ban-to-chuc/nguoi-dang-ky/{id}");
    let shown = supervisor.get(&page).await.text().to_owned();
    assert!(shown.contains("Cho vào không quét thẻ") && shown.contains("09•• ••• 001"), "{shown}");
    for hidden in ["0912 000 001", "Gửi lại đường dẫn", "Hủy đăng ký", "Nhật ký", "Mỹ Tho", "/sua\""] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    let admit = format!("{page}/cho-vao");
    let side_gate = house.fixture.side_gate.to_string();
    let form = [("checkpoint", side_gate.as_str()), ("reason", "forgotten"), ("scan", "019acb1e-0000-7000-8000-000000000001")];
    let incomplete = supervisor.post(&admit, &form[..1]).await;
    assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(incomplete.text().contains("href=\"#reason\""), "{}", incomplete.text());
    // The side gate is for businesses.
    let refused = supervisor.post(&admit, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("Vẫn cho vào, tôi chịu trách nhiệm") && refused.text().contains("Sai phiên / Sai cổng"),
        "{}",
        refused.text()
    );
    let overruled = supervisor.post(&admit, &[&form[..], &[("overrules", "yes")]].concat()).await;
    assert_eq!((overruled.status, overruled.header("location")), (StatusCode::SEE_OTHER, format!("{page}#scans").as_str()));
    let shown = supervisor.get(&page).await.text().to_owned();
    for text in ["cho vào trái quy tắc", "Quên thẻ, đã kiểm tra giấy tờ"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let inbox = supervisor.get("/en/organisers/conflicts").await.text().to_owned();
    assert!(inbox.contains("Let in by hand, against the rule"), "{inbox}");
    let undo = supervisor.post(&format!("{page}/huy-luot"), &form[2..]).await;
    assert_eq!(undo.status, StatusCode::SEE_OTHER);
    assert!(supervisor.get(&page).await.text().contains("Đã hủy (Trần Thị Sen)"));
    assert_eq!(supervisor.post(&format!("{page}/huy-luot"), &form[2..]).await.status, StatusCode::CONFLICT);
    let steward = house.signed_in(Role::Steward, None).await;
    assert_eq!(steward.post(&admit, &form).await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_conflict_is_told_to_whoever_may_settle_it_until_it_is(pool: PgPool) {
    let house = House::open(pool).await;
    let code = code(&house, &secret(&house, 1).await).await;
    // The gate has opened.
    house.clock.advance(chrono::TimeDelta::hours(3));
    let (steward, gate) = (house.signed_in(Role::Steward, None).await, house.fixture.gate.to_string());
    for number in [1, 2] {
        let mut scan = scan(number, &code);
        scan["local_verdict"] = json!("admit");
        let answer = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": [scan] })).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    for (role, pages) in [
        (Role::Supervisor, &["/ban-to-chuc/nguoi-dang-ky", "/ban-to-chuc/may-quet", "/dang-nhap"][..]),
        (Role::Organiser, &["/ban-to-chuc", "/ban-to-chuc/hang-cho", "/ban-to-chuc/quyen"]),
    ] {
        let reader = house.signed_in(role, None).await;
        for page in pages {
            let answer = reader.get(page).await;
            let shown = answer.text();
            assert_eq!(shown.matches("data-is=\"some\"").count(), 2, "alert and rail: {shown}");
            assert_eq!(shown.matches("/pkg/renew.1.js").count(), 1, "{shown}");
            assert!(answer.header("content-security-policy").contains("script-src 'nonce-"), "the script may run");
        }
        let board = reader.get("/ban-to-chuc/truc-tiep").await.text().to_owned();
        assert_eq!(board.matches("data-is=\"some\"").count(), 2, "{board}");
        assert!(!board.contains("/pkg/renew.1.js"), "the board has a stream already: {board}");
        assert_eq!(reader.get("/api/checkin/conflicts").await.text(), "\"1\"");
    }
    let walk_in = steward.get("/ban-to-chuc/tai-quay").await.text().to_owned();
    assert!(!walk_in.contains("cần xem lại") && !walk_in.contains("/pkg/renew.1.js"), "a steward settles nothing: {walk_in}");
    let supervisor = house.signed_in(Role::Supervisor, None).await;
    let inbox = supervisor.get("/ban-to-chuc/can-xem-lai").await.text().to_owned();
    for text in ["Hai máy cùng cho một thẻ vào", "Nguyễn Thị Hạnh", "Lượt được tính", "Cổng chính"] {
        assert!(inbox.contains(text), "{text}: {inbox}");
    }
    let accept =
        format!("/ban-to-chuc/can-xem-lai/{}", inbox.split("/ban-to-chuc/can-xem-lai/").nth(1).unwrap().split('"').next().unwrap());
    assert!(accept.ends_with("/giu-nguyen"), "{accept}");
    assert_eq!(supervisor.post(&accept, &[("kind", "x")]).await.status, StatusCode::NOT_FOUND);
    let done = supervisor.post(&accept, &[("kind", "entered_twice")]).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/ban-to-chuc/can-xem-lai"));
    assert_eq!(supervisor.post(&accept, &[("kind", "entered_twice")]).await.status, StatusCode::CONFLICT);
    let inbox = supervisor.get("/ban-to-chuc/can-xem-lai").await.text().to_owned();
    assert!(inbox.contains("Trần Thị Sen xử lý lúc") && !inbox.contains("data-is=\"some\""), "{inbox}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_page_that_renews_itself_keeps_nobody_signed_in(pool: PgPool) {
    let house = House::open(pool).await;
    let supervisor = house.signed_in(Role::Supervisor, None).await;
    let by_itself = supervisor.clone().with(HeaderName::from_static("renewal"), "1");
    for _ in 0..6 {
        assert_eq!(by_itself.get("/ban-to-chuc/may-quet").await.status, StatusCode::OK);
        assert_eq!(supervisor.get("/api/checkin/conflicts").await.status, StatusCode::OK);
        house.clock.advance(TimeDelta::minutes(40));
    }
    // Four hours after the last use by hand.
    assert_eq!(by_itself.get("/ban-to-chuc/may-quet").await.status, StatusCode::SEE_OTHER);
    assert_eq!(supervisor.get("/api/checkin/conflicts").await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_note_for_the_gate_is_written_on_the_persons_page_and_told_by_the_verdict(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let id = registration::ticket(&house.cx, &secret).await.unwrap().registration_id;
    let supervisor = house.signed_in(Role::Supervisor, None).await;
    let page = format!("/ban-to-chuc/nguoi-dang-ky/{id}");
    let long = supervisor.post(&format!("{page}/luu-y"), &[("attention", &"a".repeat(201))]).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(long.text().contains(&"a".repeat(201)), "what was typed is kept");
    let markup = supervisor.post(&format!("{page}/luu-y"), &[("attention", "Cần <b>xe lăn</b>")]).await;
    assert_eq!(markup.status, StatusCode::UNPROCESSABLE_ENTITY);
    let written = supervisor.post(&format!("{page}/luu-y"), &[("attention", "Cần xe lăn")]).await;
    assert_eq!(written.status, StatusCode::SEE_OTHER);
    assert!(supervisor.get(&page).await.text().contains("Cần xe lăn"));
    let steward = house.signed_in(Role::Steward, None).await;
    let (gate, code) = (house.fixture.gate.to_string(), code(&house, &secret).await);
    let answer = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": [scan(1, &code)] })).await;
    assert_eq!(answer.json()["results"][0]["card"]["attention"], "Cần xe lăn");
}
