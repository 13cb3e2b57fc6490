//! Registration over HTTP.

use http::StatusCode;
use sqlx::PgPool;

use crate::house::House;

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_citizen_registers_and_opens_the_ticket(pool: PgPool) {
    let house = House::open(pool).await;
    let audience = house.fixture.citizens.to_string();
    let form = [
        ("audience", audience.as_str()),
        ("full_name", "Nguyễn Thị Hạnh"),
        ("phone", "0912 345 678"),
        ("commune", "28261"),
        ("adult", "yes"),
        ("consent_attend", "yes"),
        ("key", "01890000-0000-7000-8000-000000000001"),
    ];
    let first = house.post("/dang-ky", &form).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    assert!(first.header("location").starts_with("/ve/"), "{}", first.header("location"));
    let again = house.post("/dang-ky", &form).await;
    assert_eq!(again.header("location"), first.header("location"), "the same form twice is one registration");
}
