//! Fair use over HTTP: forms that no person filled in, and a person who loses nothing.

use chrono::TimeDelta;
use domain::{
    contact::Phone,
    fair::puzzle::{Difficulty, Puzzle},
};
use http::StatusCode;
use services::{fair, testing};
use sqlx::PgPool;

use crate::{
    delegations,
    house::{Answer, House},
    registration::{citizen, send, set},
};

/// The value of a hidden field in a page.
fn hidden(page: &Answer, name: &str) -> String {
    let input = page.text().split("<input").find(|input| input.contains(&format!("name=\"{name}\""))).unwrap();
    input.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// In place of the stamp of a form that is given out at this moment.
const AT_ONCE: &str = "at once";

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_that_no_person_can_have_filled_in_comes_back_whole_and_is_taken_the_second_time(pool: PgPool) {
    let house = House::open(pool).await;
    let stale = fair::stamp(&house.cx);
    sqlx::raw_sql("update audiences set closes_at = null").execute(&house.cx.pool).await.unwrap();
    house.clock.advance(TimeDelta::hours(24));
    for (path, name, value, told) in [
        ("/dang-ky", "stamp", AT_ONCE.into(), "Biểu mẫu được gửi nhanh quá"),
        ("/en/register", "stamp", AT_ONCE.into(), "The form was sent too fast"),
        ("/dang-ky", "stamp", stale.clone(), "Trang này mở đã quá lâu"),
        ("/dang-ky", "stamp", fair::stamp(&house.cx).replace('.', ".A"), "Trang này mở đã quá lâu"),
        ("/dang-ky", "stamp", String::new(), "Trang này mở đã quá lâu"),
        ("/dang-ky", "trang_web", "https://spam.example".into(), "Trình duyệt đã tự điền một ô ẩn"),
    ] {
        let key = u32::from_be_bytes(house.cx.random_bytes()) % 1_000_000;
        let mut form = citizen(&house, key);
        set(&mut form, name, if value == AT_ONCE { fair::stamp(&house.cx) } else { value }.as_str());
        let answer = send(&house, path, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().contains(told) && answer.text().contains("href=\"#stamp\""), "{told}");
        assert!(!answer.text().contains("spam.example"), "the hidden field is empty again");
        for (name, value) in form.iter().filter(|(name, _)| ["full_name", "phone", "email", "key"].contains(&name.as_str())) {
            assert_eq!(&hidden(&answer, name), value, "{told}: {name} is lost");
        }
        house.clock.advance(TimeDelta::seconds(3));
        set(&mut form, "stamp", &hidden(&answer, "stamp"));
        set(&mut form, "trang_web", &hidden(&answer, "trang_web"));
        assert_eq!(send(&house, path, &form).await.status, StatusCode::SEE_OTHER, "{told}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_of_yesterday_is_taken_the_second_time(pool: PgPool) {
    let house = House::open(pool).await;
    let page = house.get("/dang-ky?doi-tuong=doanh-nghiep").await;
    let stamp = hidden(&page, "stamp");
    sqlx::raw_sql("update audiences set closes_at = null").execute(&house.cx.pool).await.unwrap();
    house.clock.advance(TimeDelta::hours(24));
    let mut form = citizen(&house, 1);
    set(&mut form, "stamp", &stamp);
    let answer = send(&house, "/dang-ky", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fresh = hidden(&answer, "stamp");
    assert_ne!(fresh, stamp);
    house.clock.advance(TimeDelta::seconds(3));
    set(&mut form, "stamp", &fresh);
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_corrects_a_mistake_need_not_wait_again(pool: PgPool) {
    let house = House::open(pool).await;
    let mut form = citizen(&house, 1);
    set(&mut form, "phone", "12");
    let answer = send(&house, "/dang-ky", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hidden(&answer, "stamp"), form.iter().find(|(name, _)| name == "stamp").unwrap().1);
    set(&mut form, "phone", "0912 000 001");
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn no_person_meets_the_hidden_field(pool: PgPool) {
    let house = House::open(pool).await;
    let page = house.get("/dang-ky").await;
    let trap = page.text().split("<input").find(|input| input.contains("name=\"trang_web\"")).unwrap().split('>').next().unwrap();
    assert!(trap.contains("tabindex=\"-1\"") && trap.contains("autocomplete=\"off\""), "{trap}");
    let around = page.text().split("name=\"trang_web\"").next().unwrap().rsplit("<div").next().unwrap();
    assert!(around.contains("visually-hidden") && around.contains("aria-hidden=\"true\""), "{around}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_list_that_no_person_can_have_written_comes_back_whole_and_is_taken_the_second_time(pool: PgPool) {
    let house = House::open(pool).await;
    let party = delegations::party(&house, 1);
    for (spoilt, told) in [
        ([("stamp", fair::stamp(&house.cx).as_str()), ("trang_web", "")], "Biểu mẫu được gửi nhanh quá"),
        ([("stamp", ""), ("trang_web", "")], "Trang này mở đã quá lâu"),
        ([("stamp", testing::stamp(&house.cx).as_str()), ("trang_web", "https://spam.example")], "Trình duyệt đã tự điền một ô ẩn"),
    ] {
        let answer = delegations::send(&house, "/dang-ky/doan", &delegations::with(&party, &spoilt)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().contains(told) && answer.text().contains("href=\"#stamp\""), "{told}");
        assert!(answer.text().contains("Lê Văn Tám"), "{told}: the list is lost");
        house.clock.advance(TimeDelta::seconds(3));
    }
    assert_eq!(delegations::send(&house, "/dang-ky/doan", &party).await.status, StatusCode::SEE_OTHER);
}

/// The bits of the puzzle, few enough for a test and too many for luck.
const BITS: u8 = 10;

/// A house whose citizens' registration opens at this moment.
async fn opening(pool: PgPool) -> House {
    let house = House::asking_work(pool, BITS).await;
    sqlx::query("update audiences set opens_at = $1").bind(house.cx.now()).execute(&house.cx.pool).await.unwrap();
    house
}

/// The solution that a browser finds for this form.
fn solution(form: &[(String, String)]) -> String {
    let value = |name: &str| form.iter().find(|(field, _)| field == name).unwrap().1.as_str();
    let phone = Phone::parse(value("phone")).unwrap();
    let puzzle = Puzzle::new(Difficulty::from_bits(BITS).unwrap().unwrap(), value("stamp"), value("key"), &phone);
    puzzle.search(0, u64::MAX).unwrap().to_string()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn while_an_audience_opens_a_form_with_the_solution_of_its_phone_is_taken(pool: PgPool) {
    let house = opening(pool).await;
    let page = house.get("/dang-ky").await;
    assert!(page.text().contains("name=\"solution\"") && page.text().contains("/pkg/ngay-cds.1"), "the browser is asked to work");
    assert!(page.header("content-security-policy").contains("'wasm-unsafe-eval'"), "and allowed to");
    let mut form = citizen(&house, 1);
    let solved = solution(&form);
    set(&mut form, "solution", &solved);
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
    let mut another = citizen(&house, 2);
    for (name, value) in form.iter().filter(|(name, _)| name == "key" || name == "stamp") {
        set(&mut another, name, value);
    }
    for wrong in [solved.as_str(), "", "-1", "18446744073709551616", "x"] {
        set(&mut another, "solution", wrong);
        let answer = send(&house, "/dang-ky", &another).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?} serves for another phone");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn while_an_audience_opens_who_has_no_scripts_waits_and_loses_nothing(pool: PgPool) {
    let house = opening(pool).await;
    let mut forms = Vec::new();
    for (path, key, told) in [("/dang-ky", 1, "Hãy bấm gửi lại sau 20 giây"), ("/en/register", 2, "Please send again in 20 seconds")]
    {
        let mut form = citizen(&house, key);
        let answer = send(&house, path, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(told) && answer.text().contains("href=\"#stamp\""), "{told}");
        for (name, value) in form.iter().filter(|(name, _)| ["full_name", "phone", "email", "key", "stamp"].contains(&name.as_str())) {
            assert_eq!(&hidden(&answer, name), value, "{told}: {name} is lost");
        }
        set(&mut form, "stamp", &hidden(&answer, "stamp"));
        forms.push((path, form));
    }
    for (seconds, status) in [(19, StatusCode::UNPROCESSABLE_ENTITY), (1, StatusCode::SEE_OTHER)] {
        house.clock.advance(TimeDelta::seconds(seconds));
        for (path, form) in &forms {
            assert_eq!(send(&house, path, form).await.status, status, "{path}, {seconds} s later");
        }
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn after_the_opening_nobody_is_asked_to_work(pool: PgPool) {
    let house = opening(pool).await;
    house.clock.advance(TimeDelta::minutes(1));
    let page = house.get("/dang-ky").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("name=\"solution\"") && !page.text().contains("<script"), "a page without an island loads no script");
    assert!(page.header("content-security-policy").contains("script-src 'none'"));
    assert_eq!(send(&house, "/dang-ky", &citizen(&house, 1)).await.status, StatusCode::SEE_OTHER);
}
