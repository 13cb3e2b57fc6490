//! Fair use over HTTP: forms that no person filled in, and a person who loses nothing.

use chrono::TimeDelta;
use http::StatusCode;
use services::fair;
use sqlx::PgPool;

use crate::{
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
