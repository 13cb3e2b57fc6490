//! Booth stamps: from the poster of a booth to the ticket, without scripts.

use domain::access::Role;
use http::StatusCode;
use serde_json::json;
use services::{checkin::stamp::posters, registration, testing};
use sqlx::PgPool;

use crate::{
    house::{Answer, House},
    tickets::secret,
};

/// The codes of two booths, of which the second opens at noon.
async fn booths(house: &House) -> [String; 2] {
    sqlx::raw_sql(
        "insert into checkpoints (id, edition_id, code, kind, name_vi, opens_at, position)
         select gen_random_uuid(), id, 'gian-1', 'booth', 'Gian 1', null::timestamptz, 1 from editions
         union all select gen_random_uuid(), id, 'gian-2', 'booth', 'Gian 2', '2027-10-10 12:00+07', 2 from editions",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let posters = posters(&house.cx, &testing::actor(Role::Organiser, None)).await.unwrap();
    [posters[0].code.clone(), posters[1].code.clone()]
}

fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_visitor_stamps_the_ticket_by_the_poster_and_the_ticket_shows_it(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let ticket = format!("/ve/{secret}");
    assert!(!house.get(&ticket).await.text().contains("Dấu gian hàng"), "there are no booths");
    let [open_code, later_code] = booths(&house).await;
    assert!(house.get(&ticket).await.text().contains("Dấu gian hàng: 0/2"));
    let (open, later) = (format!("/TEM/{open_code}"), format!("/TEM/{later_code}"));
    let page = house.get(&open).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Gian 1"));
    assert_eq!(house.get(&open.to_lowercase()).await.header("location"), format!("/TEM/{}", open_code.to_lowercase()));

    let code = registration::ticket(&house.cx, &secret).await.unwrap().ticket.unwrap().short_code.shown();
    let wrong = house.post(&open, &[("ma", "1234")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("value=\"1234\""), "what was typed is kept");
    let stamped = house.post(&open, &[("ma", &code)]).await;
    assert_eq!(stamped.status, StatusCode::OK);
    assert!(stamped.text().contains("Thẻ này có dấu của gian hàng"));
    assert_eq!(house.post(&open, &[("ma", &code)]).await.status, StatusCode::OK, "a second stamp is the first one");
    let early = house.post(&later, &[("ma", &code)]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text().contains("Chưa đến giờ"));
    assert!(house.get(&ticket).await.text().contains("Dấu gian hàng: 1/2"));

    let mut forged = open_code.into_bytes();
    forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
    assert_eq!(house.get(&format!("/TEM/{}", String::from_utf8(forged).unwrap())).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_guesses_codes_in_one_form_holds_up_no_other_form_at_the_booth(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let [open, _] = booths(&house).await.map(|code| format!("/TEM/{code}"));
    let code = registration::ticket(&house.cx, &secret).await.unwrap().ticket.unwrap().short_code.shown();
    let key = |answer: &Answer| answer.text().split("name=\"khoa\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let [guessing, honest] = [key(&house.get(&open).await), key(&house.get(&open).await)];
    assert_ne!(guessing, honest);
    for _ in 0..10 {
        let unknown = house.post(&open, &[("ma", "0000 0000"), ("khoa", &guessing)]).await;
        assert_eq!((unknown.status, key(&unknown)), (StatusCode::UNPROCESSABLE_ENTITY, guessing.clone()));
    }
    assert_eq!(house.post(&open, &[("ma", &code), ("khoa", &guessing)]).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(house.post(&open, &[("ma", &code), ("khoa", &honest)]).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_browser_that_has_opened_tickets_stamps_them_with_one_tap_until_it_forgets_them(pool: PgPool) {
    let house = House::open(pool).await;
    let (first, second) = (secret(&house, 1).await, secret(&house, 2).await);
    assert_eq!(cookies(&house.get(&format!("/ve/{first}")).await), [""; 0], "there are no booths");
    let [open, later] = booths(&house).await.map(|code| format!("/TEM/{code}"));
    let (one, two) = (house.get(&format!("/ve/{first}")).await, house.get(&format!("/en/ticket/{second}")).await);
    let kept = cookies(&one);
    assert_eq!(kept.len(), 2, "one for each language: {kept:?}");
    for (cookie, path) in kept.iter().zip(["/TEM/", "/en/TEM/"]) {
        // 19 hours from the morning to the end of the last day.
        assert!(cookie.starts_with("__Secure-the-"), "{cookie}");
        assert!(cookie.ends_with(&format!("; Path={path}; Max-Age=68400; HttpOnly; Secure; SameSite=Lax")), "{cookie}");
    }
    let pair = |answer: &Answer| cookies(answer)[0].split(';').next().unwrap().to_owned();
    let browser = house.reader().with_cookie(&format!("{}; {}", pair(&one), pair(&two)));
    let page = browser.get(&open).await;
    assert!(!page.text().contains("Nguyễn Thị Hạnh"), "a name is masked");
    let handles: Vec<_> = page.text().split("name=\"the\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(handles.len(), 2);
    assert!(pair(&two).contains(handles[0]), "the ticket that was opened last comes first");

    let stamped = browser.post(&open, &[("the", handles[1])]).await;
    assert_eq!((stamped.status, stamped.header("location")), (StatusCode::SEE_OTHER, open.as_str()));
    assert_eq!(browser.get(&open).await.text().matches("name=\"the\"").count(), 1, "it has the stamp");
    assert!(house.get(&format!("/ve/{first}")).await.text().contains("Dấu gian hàng: 1/2"));
    let early = browser.post(&later, &[("the", handles[1])]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text().contains("Chưa đến giờ"));
    let stranger = house.post(&open, &[("the", handles[0])]).await;
    assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY, "a handle without its token stamps nothing");
    assert!(house.get(&format!("/ve/{second}")).await.text().contains("Dấu gian hàng: 0/2"));

    let forgotten = browser.post(&format!("{open}/quen"), &[]).await;
    assert_eq!(forgotten.header("location"), open);
    assert_eq!(cookies(&forgotten).len(), 4);
    assert!(cookies(&forgotten).iter().all(|cookie| cookie.contains("=; Path=/") && cookie.contains("Max-Age=0")), "{forgotten:?}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn posters_are_printed_by_organisers_a_page_for_each_booth(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let all = "/ban-to-chuc/dau-gian-hang/ap-phich.pdf";
    assert_eq!(organiser.get(all).await.status, StatusCode::NOT_FOUND, "there are no booths");
    booths(&house).await;
    let pages = |answer: &Answer| lopdf::Document::load_mem(&answer.body).unwrap().get_pages().len();
    let pdf = organiser.get(all).await;
    assert_eq!((pdf.status, pdf.header("content-type"), pages(&pdf)), (StatusCode::OK, "application/pdf", 2));
    let desk = organiser.get("/ban-to-chuc/dau-gian-hang").await;
    let one = desk.text().split("href=\"").map(|rest| rest.split('"').next().unwrap()).filter(|href| href.ends_with("/ap-phich.pdf"));
    let one: Vec<_> = one.filter(|href| *href != all).collect();
    assert_eq!(one.len(), 2);
    assert_eq!(pages(&organiser.get(one[0]).await), 1);
    let steward = house.signed_in(Role::Steward, None).await;
    assert_eq!(steward.get(all).await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn stamps_that_a_browser_kept_come_by_themselves(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let [open, _] = booths(&house).await;
    let kept = json!({ "sent_at": house.cx.now(), "stamps": [{ "id": house.cx.new_id(), "code": open, "at": house.cx.now() }] });
    let stranger = house.reader().post_json("/TEM/gui", &kept).await.json();
    assert_eq!((stranger["done"].clone(), stranger["choice"].clone()), (json!([]), json!([])));
    assert_eq!(stranger["open"], json!([kept["stamps"][0]["id"]]));
    assert!(stranger["told"][0].as_str().unwrap().starts_with("Máy này chưa mở trang thẻ nào."));
    let ticket = house.get(&format!("/ve/{secret}")).await;
    let cookie = cookies(&ticket)[1].split(';').next().unwrap();
    let browser = house.reader().with_cookie(cookie);
    let handle = cookie.strip_prefix("__Secure-the-").unwrap().split('=').next().unwrap();
    assert!(ticket.text().contains(&format!("data-ticket=\"{handle}\"")), "the script remembers which ticket it is");
    assert!(browser.get(&format!("/TEM/{open}")).await.text().contains(&format!("data-tickets=\"{handle}\"")));
    assert!(house.get(&format!("/TEM/{open}")).await.text().contains("data-tickets=\"\""), "the browser keeps none");
    let of_another = json!({ "sent_at": house.cx.now(), "stamps": [{ "id": house.cx.new_id(), "code": open, "at": house.cx.now(), "tickets": ["AAAAAAAA"] }] });
    let asked = browser.post_json("/TEM/gui", &of_another).await.json();
    assert_eq!((&asked["done"], &asked["given"], &asked["choice"][0][0]), (&json!([]), &json!(0), &json!([handle])));
    assert!(asked["told"][0].as_str().unwrap().starts_with("Máy này không còn nhớ thẻ"), "{asked}");
    assert_eq!(asked["told"][1], "Dấu này đóng cho ai?");
    let sent = browser.post_json("/en/TEM/send", &kept).await.json();
    assert_eq!((&sent["told"], &sent["given"], sent["done"].as_array().unwrap().len()), (&json!(["Stamps sent: 1."]), &json!(1), 1));
    assert!(house.get(&format!("/ve/{secret}")).await.text().contains("Dấu gian hàng: 1/2"));
    assert_eq!(browser.post("/TEM/gui", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shell = browser.get("/TEM/khung").await;
    assert!(
        shell.text().contains("Gian 1") && !shell.text().contains("Hạnh") && !shell.text().contains("data-ticket"),
        "it names booths and nobody"
    );
    let worker = house.get("/stamp-worker.js").await;
    assert_eq!((worker.status, worker.header("cache-control"), worker.header("service-worker-allowed")), (StatusCode::OK, "no-cache", "/"));
}
