//! Messages to phones: sent by HTTP to a service, and read as they arrived.

use chrono::TimeDelta;
use domain::{
    form::Values,
    mail::{Channel, Mailing},
};
use server::{
    jobs::{Carriers, Jobs},
    mail::sms::Sms,
};
use services::{Context, mail, testing};
use sqlx::PgPool;

use crate::{
    gateway::{Gateway, Says},
    house::{BASE, House},
    registration::{citizen, send, set},
    smtp::until,
};

const HEADERS: &str = "Authorization: Bearer k7; Idempotency-Key: {id}";
const BODY: &str = r#"{"to": "{digits}", "text": "{text}", "brand": "CDS"}"#;

fn by(gateway: &Gateway, headers: &str, body: &str, taken: &str, with_marks: bool) -> Carriers {
    Carriers { smtp: None, sms: Some(Sms::parse(&gateway.url, headers, body, taken, with_marks).unwrap()) }
}

/// Registers somebody without e-mail; gives back the secret of the ticket's link.
async fn registered(house: &House, key: u32) -> String {
    let mut form = citizen(house, key);
    set(&mut form, "email", "");
    send(house, "/dang-ky", &form).await.header("location").trim_start_matches("/ve/").to_owned()
}

async fn state(cx: &Context) -> (String, i16, Option<String>) {
    sqlx::query_as("select state, attempts, error from messages").fetch_one(&cx.pool).await.unwrap()
}

/// A house that sends to phones.
async fn open(pool: PgPool) -> House {
    let house = House::open(pool).await;
    mail::know_channels(&house.cx, &[Channel::Sms]).await.unwrap();
    house
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_has_no_email_gets_the_tickets_link_by_one_exact_call(pool: PgPool) {
    let house = open(pool).await;
    let gateway = Gateway::start(&[]).await;
    let secret = registered(&house, 678).await;
    let jobs = Jobs::start(&house.app, by(&gateway, HEADERS, BODY, "", false)).await.unwrap();
    until(async || state(&house.cx).await.0 == "sent").await;
    jobs.stop().await;
    let [call] = gateway.calls().try_into().unwrap();
    assert_eq!((call.method.as_str(), call.uri.to_string().as_str()), ("POST", "/send?key=k"));
    assert_eq!(
        call.body,
        format!(r#"{{"to": "84912000678", "text": "Ngay Chuyen doi so: the tham du cua Ong/Ba: {BASE}/ve/{secret}", "brand": "CDS"}}"#)
    );
    let id: String = sqlx::query_scalar("select id::text from messages where channel = 'sms'").fetch_one(&house.cx.pool).await.unwrap();
    let header = |name: &str| call.headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(
        (header("authorization"), header("idempotency-key"), header("content-type")),
        ("Bearer k7", id.as_str(), "application/json")
    );
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_with_marks_is_sent_as_the_settings_say(pool: PgPool) {
    let house = open(pool).await;
    let gateway = Gateway::start(&[]).await;
    let secret = registered(&house, 678).await;
    let form = "Content-Type: application/x-www-form-urlencoded";
    let jobs = Jobs::start(&house.app, by(&gateway, form, "to={phone}&text={text}", "", true)).await.unwrap();
    gateway.wait(1).await;
    jobs.stop().await;
    let fields: Vec<_> = form_urlencoded::parse(gateway.calls()[0].body.as_bytes()).into_owned().collect();
    assert_eq!(
        fields,
        [
            ("to".to_owned(), "+84912000678".to_owned()),
            ("text".to_owned(), format!("Ngày Chuyển đổi số: thẻ tham dự của Ông/Bà: {BASE}/ve/{secret}")),
        ]
    );
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_the_service_could_not_do_is_tried_again_under_the_same_id(pool: PgPool) {
    let house = open(pool).await;
    let gateway = Gateway::start(&[Says::Status(500), Says::Status(429), Says::HangsUp]).await;
    registered(&house, 1).await;
    let jobs = Jobs::start(&house.app, by(&gateway, HEADERS, BODY, "", false)).await.unwrap();
    for (attempt, why) in [(1, "sms 500"), (2, "sms 429"), (3, "sms network")] {
        until(async || state(&house.cx).await == ("queued".into(), attempt, Some(why.into()))).await;
        house.clock.advance(TimeDelta::hours(1));
    }
    until(async || state(&house.cx).await == ("sent".into(), 4, None)).await;
    jobs.stop().await;
    let mut keys: Vec<_> = gateway.calls().iter().map(|call| call.headers["idempotency-key"].to_str().unwrap().to_owned()).collect();
    assert_eq!(keys.len(), 4);
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_the_service_refuses_is_a_dead_letter_at_once_and_nobody_is_led_elsewhere(pool: PgPool) {
    let house = open(pool).await;
    for (key, says, why) in [(1, Says::Status(400), "sms 400"), (2, Says::Redirect, "sms 307")] {
        sqlx::raw_sql("delete from messages").execute(&house.cx.pool).await.unwrap();
        let gateway = Gateway::start(&[says]).await;
        registered(&house, key).await;
        let jobs = Jobs::start(&house.app, by(&gateway, HEADERS, BODY, "", false)).await.unwrap();
        until(async || state(&house.cx).await == ("failed".into(), 1, Some(why.into()))).await;
        jobs.stop().await;
        assert_eq!(gateway.calls().len(), 1);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_lost_answer_is_unclear_where_the_service_does_not_hear_the_id(pool: PgPool) {
    let house = open(pool).await;
    let gateway = Gateway::start(&[Says::HangsUp]).await;
    registered(&house, 1).await;
    let jobs = Jobs::start(&house.app, by(&gateway, "", BODY, "", false)).await.unwrap();
    until(async || state(&house.cx).await == ("unclear".into(), 1, Some("sms network".into()))).await;
    house.clock.advance(TimeDelta::days(1));
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    jobs.stop().await;
    assert_eq!(gateway.calls().len(), 1);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_service_that_does_not_answer_is_left_after_half_a_minute(pool: PgPool) {
    let house = House::open(pool).await;
    let gateway = Gateway::start(&[Says::Silent, Says::Silent]).await;
    let Carriers { sms: Some(hears), .. } = by(&gateway, HEADERS, BODY, "", false) else { panic!("no service") };
    let Carriers { sms: Some(deaf), .. } = by(&gateway, "", BODY, "", false) else { panic!("no service") };
    let began = std::time::Instant::now();
    let (one, other) = tokio::join!(hears.send("+84912000678", "a", "1"), deaf.send("+84912000678", "a", "2"));
    assert_eq!((one, other), (mail::Outcome::Later("sms timeout".into()), mail::Outcome::Unclear("sms timeout".into())));
    assert!((30..40).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    drop(house);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_service_that_says_200_to_everything_is_believed_by_its_words(pool: PgPool) {
    let house = open(pool).await;
    let gateway = Gateway::start(&[Says::Body(r#"{ "CodeResult": "99" }"#), Says::Body("{ \"CodeResult\" :\n\"100\" }")]).await;
    registered(&house, 1).await;
    let jobs = Jobs::start(&house.app, by(&gateway, HEADERS, BODY, r#""CodeResult": "100""#, false)).await.unwrap();
    until(async || state(&house.cx).await == ("queued".into(), 1, Some("sms not-taken".into()))).await;
    house.clock.advance(TimeDelta::hours(1));
    until(async || state(&house.cx).await == ("sent".into(), 2, None)).await;
    jobs.stop().await;
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_lost_link_comes_to_the_phone_of_who_left_no_email(pool: PgPool) {
    let house = open(pool).await;
    let secret = registered(&house, 678).await;
    sqlx::raw_sql("delete from messages").execute(&house.cx.pool).await.unwrap();
    let page = house.get("/tim-ve").await;
    assert!(page.text().contains("hoặc tới số điện thoại nếu không có thư điện tử"), "{}", page.text());
    house.post("/tim-ve", &[("who", "0912 000 678")]).await;
    let gateway = Gateway::start(&[]).await;
    let jobs = Jobs::start(&house.app, by(&gateway, HEADERS, BODY, "", false)).await.unwrap();
    let call = gateway.wait(1).await.remove(0);
    jobs.stop().await;
    assert!(call.body.contains(&format!("lien ket dang ky cua Ong/Ba: {BASE}/ve/{secret}")), "{}", call.body);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn without_a_service_nothing_is_written_for_phones_and_the_ticket_says_so(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = registered(&house, 1).await;
    let written: i64 = sqlx::query_scalar("select count(*) from messages").fetch_one(&house.cx.pool).await.unwrap();
    assert_eq!(written, 0);
    let page = house.get(&format!("/ve/{secret}")).await;
    assert!(page.text().contains("Bạn không ghi thư điện tử nên sẽ không có thư nào được gửi."), "{}", page.text());
    assert!(page.text().contains("Hãy lưu ảnh mã QR và giữ đường dẫn của trang này."));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_mailing_comes_to_a_phone_as_its_subject_and_nobodys_name_is_in_it(pool: PgPool) {
    let house = open(pool).await;
    let secret = registered(&house, 678).await;
    sqlx::raw_sql("delete from messages; update registrations set full_name = '\",\"to\":\"113'").execute(&house.cx.pool).await.unwrap();
    let organiser = testing::organiser(&house.cx).await;
    let subject = "Đổi giờ \"khai mạc\" [{ngay}] {ten}: xin đến trước 7 giờ 30 và vào bằng cổng số 2 phía công viên, mang theo mã QR";
    let fields = [("subject", subject), ("body", "Chào {ten}"), ("status", "confirmed"), ("when", "now"), ("about_seat", "yes")];
    let mailing = Mailing::parse(&Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())).unwrap();
    mail::create_mailing(&house.cx, &organiser, mailing, house.cx.new_id()).await.unwrap();
    house.clock.advance(TimeDelta::seconds(1));
    let gateway = Gateway::start(&[]).await;
    let jobs = Jobs::start(&house.app, by(&gateway, HEADERS, BODY, "", false)).await.unwrap();
    let call = gateway.wait(1).await.remove(0);
    jobs.stop().await;
    let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(body["to"], "84912000678");
    let text = body["text"].as_str().unwrap();
    let line = "Doi gio \"khai mac\" Chu nhat, 10/10/2027 : xin den truoc 7 gio 30 va vao bang cong so 2";
    assert_eq!(text, format!("{line} {BASE}/ve/{secret}"));
    assert!(text.len() <= 160, "{}", text.len());
}
