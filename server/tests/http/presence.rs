//! The list of who is inside: the page and the file.

use chrono::TimeDelta;
use domain::access::Role;
use http::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    checkin::{code, scan},
    house::House,
    tickets::secret,
};

/// A house that somebody has entered by the main gate.
async fn with_somebody_inside(pool: PgPool) -> House {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let (steward, gate) = (house.signed_in(Role::Steward, None).await, house.fixture.gate.to_string());
    let code = code(&house, &secret(&house, 1).await).await;
    let answer = steward.post_json("/api/checkin/scans", &json!({ "checkpoint": gate, "scans": [scan(1, &code)] })).await;
    assert_eq!(answer.json()["results"][0]["verdict"]["kind"], "admit");
    house
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_supervisor_reads_who_is_inside_by_gate_and_no_copy_is_kept(pool: PgPool) {
    let house = with_somebody_inside(pool).await;
    sqlx::raw_sql("update registrations set people = 30, organisation_name = 'Trường THPT Tháp Mười'")
        .execute(&house.cx.pool)
        .await
        .unwrap();
    let supervisor = house.signed_in(Role::Supervisor, None).await;
    let page = supervisor.get("/ban-to-chuc/dang-o-trong").await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
    for text in [
        "30 người đang ở trong, với 1 thẻ.",
        "Nguyễn Thị Hạnh",
        "(30 người)",
        "Trường THPT Tháp Mười",
        "Cổng chính, từ 08:00",
        "Chưa cổng nào ghi lượt ra",
    ] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    for hidden in ["0912", "dang-o-trong.csv", "dang-o-trong.xlsx"] {
        assert!(!page.text().contains(hidden), "{hidden}: {}", page.text());
    }
    let elsewhere = supervisor.get(&format!("/en/organisers/inside?noi={}", house.fixture.side_gate)).await;
    assert!(elsewhere.text().contains("Nobody is inside.") && !elsewhere.text().contains("Hạnh"), "{}", elsewhere.text());
    let odd = supervisor.get("/ban-to-chuc/dang-o-trong?noi=x&sau=y").await;
    assert!(odd.text().contains("Nguyễn Thị Hạnh"), "{}", odd.text());
    sqlx::raw_sql("update checkpoints set counts_exits = true").execute(&house.cx.pool).await.unwrap();
    let page = supervisor.get("/ban-to-chuc/dang-o-trong").await;
    assert!(!page.text().contains("Chưa cổng nào ghi lượt ra"), "{}", page.text());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_organiser_saves_who_is_inside_as_a_file_without_a_phone_number(pool: PgPool) {
    let house = with_somebody_inside(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let page = organiser.get(&format!("/en/organisers/inside?noi={}", house.fixture.gate)).await;
    let address = format!("/ban-to-chuc/dang-o-trong.csv?lang=en&amp;noi={}", house.fixture.gate);
    assert!(page.text().contains(&address), "{}", page.text());
    let file = organiser.get(&address.replace("&amp;", "&")).await;
    let told = (file.status, file.header("content-disposition"), file.header("cache-control"));
    assert_eq!(told, (StatusCode::OK, "attachment; filename=\"dang-o-trong.csv\"", "no-store"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.body.strip_prefix("\u{feff}".as_bytes()).unwrap());
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(rows[0][..2], ["Full name", "Organisation"]);
    assert_eq!(rows[1][..9], ["Nguyễn Thị Hạnh", "", "Người dân", "1", "", "", "Main gate", "2027-10-10 08:00", ""]);
    assert_eq!(rows.len(), 2);
    assert!(!file.text().contains("0912"), "{}", file.text());
    let file = organiser.get(&format!("/ban-to-chuc/dang-o-trong.xlsx?noi={}", house.fixture.side_gate)).await;
    assert_eq!(services::sheet::read(file.body, 10, "file").await.unwrap().rows.len(), 1, "nobody came in there");
}
