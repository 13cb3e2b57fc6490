//! The page for who has lost a ticket, over HTTP: one answer for everybody.

use http::StatusCode;
use sqlx::PgPool;

use crate::{
    house::{Answer, House},
    tickets,
};

async fn ask(house: &House, path: &str, who: &str) -> Answer {
    house.post(path, &[("who", who)]).await
}

/// Everything that a reader can see of an answer.
fn seen(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    // Each page has a nonce of its own.
    let headers = headers.filter(|(name, _)| name != "content-security-policy").collect();
    (answer.status, headers, answer.text().to_owned())
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_asks_for_somebody_unknown_sees_what_who_asks_for_somebody_known_sees(pool: PgPool) {
    let house = House::open(pool).await;
    tickets::secret(&house, 678).await;
    for (path, sent) in [("/tim-ve", "/tim-ve?da-gui=1"), ("/en/find-ticket", "/en/find-ticket?da-gui=1")] {
        let (known, unknown) = (ask(&house, path, "0912 000 678").await, ask(&house, path, "0987 654 321").await);
        assert_eq!((known.status, known.header("location")), (StatusCode::SEE_OTHER, sent));
        assert_eq!(seen(&known), seen(&unknown), "{path}");
        let page = house.get(sent).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text().contains("0912") && !page.text().contains("hanh@"), "{path}");
    }
    let told: i64 = sqlx::query_scalar("select count(*) from messages where kind = 'link'").fetch_one(&house.cx.pool).await.unwrap();
    assert_eq!(told, 1, "the second asking comes too soon for another message");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_nobody_can_be_found_by_is_told_beside_the_field_and_kept(pool: PgPool) {
    let house = House::open(pool).await;
    for (who, told) in [
        ("", "Hãy điền mục này."),
        ("Nguyễn Thị Hạnh", "Hãy nhập số điện thoại 10 chữ số"),
        ("hanh@", "Thư điện tử cần có dạng"),
        ("a@b.vn\r\nBcc: x@y.vn", "Có ký tự không nhìn thấy"),
    ] {
        let answer = ask(&house, "/tim-ve", who).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{who:?}");
        assert!(answer.text().contains(told), "{who:?}");
        assert!(who.contains('\n') || answer.text().contains(&format!("value=\"{who}\"")), "{who:?} is lost");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_asks_too_often_is_told_when_to_come_back_and_nothing_typed_is_lost(pool: PgPool) {
    let house = House::open(pool).await;
    for spelling in ["0912 345 678", "0912345678", "+84 912 345 678"] {
        assert_eq!(ask(&house, "/tim-ve", spelling).await.status, StatusCode::SEE_OTHER);
    }
    let answer = ask(&house, "/tim-ve", "0912.345.678").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1200"));
    assert!(answer.text().contains("Hãy thử lại sau 20 phút.") && answer.text().contains("value=\"0912.345.678\""));
    let english = ask(&house, "/en/find-ticket", "0912 345 678").await;
    assert!(english.text().contains("Please try again in 20 minutes."), "{}", english.text());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_forged_address_of_the_sender_passes_no_limit(pool: PgPool) {
    let house = House::open(pool).await;
    let mut answers = Vec::new();
    for number in 0..4 {
        let reader = house.reader().with("x-forwarded-for".parse().unwrap(), &format!("203.0.113.{number}"));
        answers.push(reader.post("/tim-ve", &[("who", "0912345678")]).await.status.as_u16());
    }
    assert_eq!(answers, [303, 303, 303, 429]);
}
