//! What a supervisor does for the gates, over HTTP.

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Role;
use http::{HeaderName, StatusCode};
use serde_json::json;
use services::{access, checkin::conflicts::LISTED, registration, testing};
use sqlx::PgPool;

use crate::{
    checkin::{code, scan},
    house::{House, Reader},
    tickets::{self, secret},
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

/// Three people whom a phone has let in that was signed out meanwhile, as the desk sees it.
async fn ended_phone(house: &House) -> Reader {
    house.clock.advance(TimeDelta::hours(3));
    let organiser = testing::organiser(&house.cx).await;
    let (id, secret) = access::prepare_device(&house.cx, &organiser, "Cổng 1").await.unwrap();
    let token = access::pair_device(&house.cx, &secret.0).await.unwrap();
    let mut scans = Vec::new();
    for number in 1..=3 {
        let mut scan = scan(number, &code(house, &tickets::secret(house, number).await).await);
        scan["local_verdict"] = json!("admit");
        scans.push(scan);
    }
    access::revoke_device(&house.cx, &organiser, id).await.unwrap();
    let phone = house.reader().with_cookie(&format!("__Host-session={}", token.0));
    let answer = phone.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": scans })).await;
    assert_eq!((answer.status, &answer.json()["results"][2]["had_ended"]), (StatusCode::OK, &json!(true)));
    house.signed_in(Role::Supervisor, None).await
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn one_scan_of_a_phone_that_was_signed_out_or_all_of_them_are_counted_from_the_inbox(pool: PgPool) {
    let house = House::open(pool).await;
    let supervisor = ended_phone(&house).await;
    let inbox = supervisor.get("/ban-to-chuc/can-xem-lai").await.text().to_owned();
    assert_eq!(inbox.matches("/tinh-luot\"").count(), 3, "{inbox}");
    assert_eq!(inbox.matches("Tính cả 3 lượt quét của Cổng 1").count(), 3, "{inbox}");
    let deed = |inbox: &str, ending: &str| {
        let before = inbox.split(ending).next().unwrap();
        format!("/ban-to-chuc/can-xem-lai/{}{ending}", before.rsplit("/ban-to-chuc/can-xem-lai/").next().unwrap())
    };
    let counted = supervisor.post(&deed(&inbox, "/tinh-luot"), &[]).await;
    assert_eq!((counted.status, counted.header("location")), (StatusCode::SEE_OTHER, "/ban-to-chuc/can-xem-lai"));
    assert_eq!(supervisor.post(&deed(&inbox, "/tinh-luot"), &[]).await.status, StatusCode::CONFLICT);
    let admitted = async || {
        let at = sqlx::query_scalar::<_, DateTime<Utc>>("select at from admissions").fetch_all(&house.cx.pool).await.unwrap();
        assert!(at.iter().all(|at| *at == "2027-10-10T01:00:00Z".parse::<DateTime<Utc>>().unwrap()), "each at the time of its scan");
        at.len()
    };
    assert_eq!(admitted().await, 1);
    let inbox = supervisor.get("/en/organisers/conflicts").await.text().to_owned();
    assert_eq!(inbox.matches("Let all 2 scans of Cổng 1 count").count(), 2, "{inbox}");
    assert!(inbox.contains("This scan counts."), "{inbox}");
    let inbox = supervisor.get("/ban-to-chuc/can-xem-lai").await.text().to_owned();
    let all = deed(&inbox, "/tinh-ca");
    let counted = supervisor.post(&all, &[]).await;
    assert_eq!((counted.status, counted.header("location")), (StatusCode::SEE_OTHER, "/ban-to-chuc/can-xem-lai"));
    assert_eq!((admitted().await, supervisor.post(&all, &[]).await.status), (3, StatusCode::CONFLICT));
    for unknown in ["x", "019acb1e-0000-7000-8000-000000000001"] {
        for ending in ["tinh-luot", "tinh-ca"] {
            let answer = supervisor.post(&format!("/ban-to-chuc/can-xem-lai/{unknown}/{ending}"), &[]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
        }
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_inbox_has_pages_and_tells_on_each_how_many_are_open(pool: PgPool) {
    let house = House::open(pool).await;
    let supervisor = ended_phone(&house).await;
    // The second half of them is settled.
    let copies = format!(
        "with copy as (
             insert into scans (id, edition_id, checkpoint_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report)
             select gen_random_uuid(), edition_id, checkpoint_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report
             from scans, generate_series(1, {0}) where id = (select id from scans limit 1)
             returning id, edition_id, received_at
         )
         insert into conflicts (scan_id, kind, edition_id, found_at, settled_at)
         select id, 'clock', edition_id, received_at, case when row_number() over () > {0} / 2 then received_at end from copy",
        2 * LISTED
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(copies)).execute(&house.cx.pool).await.unwrap();
    let links = |page: &str| -> Vec<String> {
        let buttons = page.split("<a href=\"").skip(1).filter(|rest| rest.split('>').next().unwrap().ends_with("class=\"button second\""));
        buttons.map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect()
    };
    let (listed, open) = (usize::try_from(LISTED).unwrap(), "Đang chờ xử lý<!> (<span data-live=\"conflicts\">203<!></span>)");
    let first = supervisor.get("/ban-to-chuc/can-xem-lai").await.text().to_owned();
    assert_eq!((first.matches("class=\"conflict stack\"").count(), first.matches(open).count()), (2 * listed, 1), "{first}");
    let next = links(&first);
    assert_eq!(next.len(), 1, "the settled ones fit on a page: {next:?}");
    let second = supervisor.get(&next[0]).await.text().to_owned();
    assert_eq!((second.matches("class=\"conflict stack\"").count(), second.matches(open).count()), (3 + listed, 1));
    assert_eq!(links(&second), ["/ban-to-chuc/can-xem-lai"]);
    let nonsense = supervisor.get("/ban-to-chuc/can-xem-lai?sau=%22%3E%3Cb%3E&da-xu-ly-sau=x").await;
    assert_eq!((nonsense.status, links(nonsense.text())), (StatusCode::OK, next));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn where_nobody_knows_how_many_conflicts_are_open_no_number_is_told(pool: PgPool) {
    let house = House::open(pool).await;
    let supervisor = ended_phone(&house).await;
    assert_eq!(supervisor.get("/api/checkin/conflicts").await.text(), "\"3\"");
    sqlx::raw_sql(
        "alter table conflicts rename to unreachable;
         create function fail() returns boolean language plpgsql as $$ begin raise sqlstate '57P03'; end $$;
         create view conflicts as select * from unreachable where fail()",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    assert_eq!(supervisor.get("/api/checkin/conflicts").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let page = supervisor.get("/ban-to-chuc/nguoi-dang-ky").await;
    assert_eq!((page.status, page.text().matches("data-is=\"none\"").count()), (StatusCode::OK, 2), "alert and rail: {}", page.text());
    assert_eq!(page.text().matches("<span data-live=\"conflicts\"><!><!></span>").count(), 1, "{}", page.text());
    assert!(page.text().contains("/pkg/renew.1.js"), "the number comes once it is known: {}", page.text());
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
