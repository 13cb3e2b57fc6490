//! Spare tickets: making, printing, voiding, and who comes in by one.

use chrono::TimeDelta;
use domain::access::Role;
use http::StatusCode;
use serde_json::{Value, json};
use services::{registration::spare, testing};
use sqlx::PgPool;

use crate::{
    checkin::scan,
    house::{House, Reader},
};

const SPARE: &str = "/ban-to-chuc/ve-du-phong";

/// Makes a batch by the form and gives back its id.
async fn made(house: &House, organiser: &Reader, count: &str) -> String {
    let answer = organiser.post(SPARE, &[("audience", &house.fixture.citizens.to_string()), ("count", count)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").strip_prefix(&format!("{SPARE}?da-tao=")).unwrap().to_owned()
}

/// The codes of a batch.
async fn codes(house: &House, batch: &str) -> Vec<String> {
    let organiser = testing::actor(Role::Organiser, None);
    let sheet = spare::sheet(&house.cx, &organiser, batch.parse().unwrap()).await.unwrap();
    sheet.tickets.into_iter().map(|spare| spare.code).collect()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_organiser_makes_prints_and_voids_spare_tickets_without_a_script(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    assert!(organiser.get(SPARE).await.text().contains("Chưa có lô vé dự phòng nào."));
    let batch = made(&house, &organiser, "25").await;
    let page = organiser.get(&format!("{SPARE}?da-tao={batch}")).await.text().to_owned();
    for text in ["Đã tạo vé dự phòng", "1–25", "Trần Thị Sen", &format!("href=\"{SPARE}/{batch}/ve.pdf\"")] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let file = organiser.get(&format!("{SPARE}/{batch}/ve.pdf")).await;
    assert_eq!((file.status, file.header("content-type"), file.header("cache-control")), (StatusCode::OK, "application/pdf", "no-store"));
    assert!(String::from_utf8_lossy(&file.body).contains("/Type/Pages/Count 2"), "24 fit on a sheet");

    let forged = organiser.post(SPARE, &[("audience", &house.fixture.gate.to_string()), ("count", "5")]).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
    let many = organiser.post(SPARE, &[("audience", &house.fixture.citizens.to_string()), ("count", "501")]).await;
    assert_eq!(many.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(many.text().contains("Hãy nhập một số từ 1 đến 500.") && many.text().contains("value=\"501\""), "{}", many.text());

    let void = format!("{SPARE}/{batch}/huy");
    assert_eq!(organiser.post(&void, &[("reason", "because")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(organiser.post(&void, &[("reason", "lost")]).await.header("location"), SPARE);
    let page = organiser.get(SPARE).await.text().to_owned();
    assert!(page.contains("Thất lạc, ") && !page.contains("ve.pdf"), "{page}");
    assert_eq!(organiser.get(&format!("{SPARE}/{batch}/ve.pdf")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn nobody_else_makes_prints_or_voids_spare_tickets(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let batch = made(&house, &organiser, "1").await;
    for role in [Role::Supervisor, Role::Steward, Role::Judge] {
        let other = house.signed_in(role, None).await;
        let form = [("audience", house.fixture.citizens.to_string()), ("count", "1".to_owned()), ("reason", "lost".to_owned())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        for answer in [
            other.get(SPARE).await,
            other.post(SPARE, &form).await,
            other.get(&format!("{SPARE}/{batch}/ve.pdf")).await,
            other.post(&format!("{SPARE}/{batch}/huy"), &form).await,
        ] {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role:?}");
        }
    }
    assert_eq!(codes(&house, &batch).await.len(), 1);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_phone_brings_scan_and_name_together_or_apart_and_a_wrong_name_holds_up_no_scan(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let batch = made(&house, &organiser, "3").await;
    let codes = codes(&house, &batch).await;
    house.clock.advance(TimeDelta::hours(3));
    let steward = house.signed_in(Role::Steward, None).await;
    let scans: Vec<Value> = codes.iter().zip(1..).map(|(code, number)| scan(number, code)).collect();
    let naming = |number: u32, of: usize, name: Value| {
        json!({ "id": scan(number, "x")["scan_id"], "scan_id": scans[of]["scan_id"], "full_name": name, "phone": "0912 345 678",
                "has_agreed": true, "locale": "vi", "device_at": scans[of]["device_at"] })
    };
    let sent = |scans: &[Value], namings: Vec<Value>| json!({ "checkpoint": house.fixture.gate, "scans": scans, "namings": namings });
    let path = "/api/checkin/scans";

    let wrong = vec![naming(11, 0, json!("Trần Văn Sen")), naming(12, 1, json!(7)), naming(13, 2, json!("<b>x</b>"))];
    let together = steward.post_json(path, &sent(&scans, wrong.clone())).await;
    assert_eq!(together.status, StatusCode::OK, "{}", together.text());
    let json = together.json();
    assert!(json["results"].as_array().unwrap().iter().all(|result| result["verdict"]["kind"] == "admit"), "{json}");
    let refused: Vec<_> = json["named"].as_array().unwrap().iter().map(|named| named["refused"].clone()).collect();
    assert_eq!(refused, [Value::Null, json!("unreadable"), json!("unreadable")]);
    assert_eq!(json["named"][1]["id"], wrong[1]["id"]);

    let alone = steward.post_json(path, &sent(&[], vec![naming(14, 1, json!("Lê Thị Lan"))])).await;
    assert_eq!(alone.json()["named"], json!([{ "id": scan(14, "x")["scan_id"] }]));
    // The night's session has ended.
    let organiser = house.signed_in(Role::Organiser, None).await;
    let page = organiser.get(SPARE).await.text().to_owned();
    for name in ["Trần Văn Sen", "Lê Thị Lan", "Khách tại chỗ 3"] {
        assert!(page.contains(name), "{name}: {page}");
    }
    let people = organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=tran+van+sen").await.text().to_owned();
    assert!(people.contains("Trần Văn Sen"), "{people}");
    let judge = house.signed_in(Role::Judge, None).await;
    assert_eq!(judge.post_json(path, &sent(&[], vec![])).await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_inbox_names_who_else_came_in_by_a_spare_ticket_and_leads_to_the_person(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let batch = made(&house, &organiser, "1").await;
    let code = codes(&house, &batch).await.remove(0);
    let steward = house.signed_in(Role::Steward, None).await;
    house.clock.advance(TimeDelta::hours(3));
    let (mut scans, mut namings) = (Vec::new(), Vec::new());
    for (number, name) in [(1, "Trần Văn Sen"), (2, "Lê Thị Lan")] {
        let mut scan = scan(number, &code);
        scan["local_verdict"] = json!("admit");
        scan["device_at"] = json!(format!("2027-10-10T00:3{number}:00Z"));
        namings.push(json!({ "id": format!("01890000-0000-7000-8000-{:012}", number + 10), "scan_id": scan["scan_id"], "full_name": name,
                             "has_agreed": true, "locale": "vi", "device_at": scan["device_at"] }));
        scans.push(scan);
    }
    let sent = json!({ "checkpoint": house.fixture.gate, "scans": scans, "namings": namings });
    let answer = steward.post_json("/api/checkin/scans", &sent).await;
    assert_eq!(answer.json()["named"], json!([{ "id": namings[0]["id"] }, { "id": namings[1]["id"] }]), "{}", answer.text());

    let supervisor = house.signed_in(Role::Supervisor, None).await;
    let text_of = async |path: &str| supervisor.get(path).await.text().replace("<!>", "");
    let inbox = text_of("/ban-to-chuc/can-xem-lai").await;
    let about = inbox.split("-second_guest\"").nth(1).unwrap().split("</li>").next().unwrap();
    for text in ["Một vé dự phòng, hai tên", "Trần Văn Sen", "Người vào ở lượt này: ", "(thẻ đã khóa)", "mở khóa thẻ của Lê Thị Lan"]
    {
        assert!(about.contains(text), "{text}: {about}");
    }
    let twice = inbox.split("-entered_twice\"").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(twice.contains("Lê Thị Lan") && !twice.contains("mở khóa thẻ"), "what is to be done is told once: {twice}");
    let link = about.split("Người vào ở lượt này: <b><a href=\"").nth(1).unwrap();
    let (href, rest) = link.split_once('"').unwrap();
    assert!(rest.starts_with(">Lê Thị Lan</a>"), "{rest}");
    let person = supervisor.get(href).await;
    let shown = person.text();
    assert!(person.status == StatusCode::OK && shown.contains("Lê Thị Lan") && shown.contains("Mở khóa thẻ"), "{shown}");
    assert_eq!(supervisor.post(&format!("{href}/mo-khoa"), &[]).await.status, StatusCode::SEE_OTHER);

    let english = text_of("/en/organisers/conflicts").await;
    let about = english.split("-second_guest\"").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(about.contains("Two names on one spare ticket") && about.contains("(pass valid)"), "{about}");
    assert!(!about.contains("take the hold off"), "there is nothing to be done: {about}");
    let settled = format!("/ban-to-chuc/can-xem-lai/{}/giu-nguyen", scans[1]["scan_id"].as_str().unwrap());
    assert_eq!(supervisor.post(&settled, &[("kind", "second_guest")]).await.status, StatusCode::SEE_OTHER);
}
