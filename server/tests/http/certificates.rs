//! Certificates of attendance: who gets one, what it says, and where it is checked.

use chrono::TimeDelta;
use domain::access::Role;
use http::StatusCode;
use services::{checkin::certificate, registration};
use sqlx::PgPool;

use crate::{
    house::{BASE, House},
    live::admit,
    mail::written,
    tickets::secret,
};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_came_saves_a_certificate_after_the_day_with_the_whole_name_and_anybody_checks_it(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let came = admit(&house, 1).await;
    let absent = secret(&house, 2).await;
    let lower = "Ằẵặẩẫậ Ễỗợữự Ỹỵỳỷ Đặng Thị Hường";
    sqlx::query("update registrations set full_name = $1").bind(lower).execute(&house.cx.pool).await.unwrap();
    let file = format!("/ve/{came}/chung-nhan.pdf");
    assert_eq!(house.get(&file).await.status, StatusCode::NOT_FOUND, "the day is not over");
    assert!(!house.get(&format!("/ve/{came}")).await.text().contains("chung-nhan.pdf"));
    house.clock.advance(TimeDelta::hours(17));

    assert!(house.get(&format!("/ve/{came}")).await.text().contains(&file), "the ticket offers it");
    assert!(!house.get(&format!("/ve/{absent}")).await.text().contains("chung-nhan.pdf"));
    assert_eq!(house.get(&format!("/ve/{absent}/chung-nhan.pdf")).await.status, StatusCode::NOT_FOUND);
    let pdf = house.get(&file).await;
    assert_eq!((pdf.status, pdf.header("content-type"), pdf.header("referrer-policy")), (StatusCode::OK, "application/pdf", "no-referrer"));
    let certificate = certificate::mine(&house.cx, &came).await.unwrap();
    let text = written(&pdf.body);
    let address = format!("{BASE}/xac-nhan/{}", certificate.code);
    for words in [lower, "Giấy chứng nhận tham dự", "Ngày Chuyển đổi số", "Chủ nhật, 10/10/2027", &certificate.number, &address]
    {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    let english = written(&house.get(&format!("{file}?lang=en")).await.body);
    assert!(english.contains("Certificate of Attendance") && english.contains("/en/verify/"), "{english}");

    let page = house.get(&format!("/xac-nhan/{}", certificate.code)).await;
    for words in ["Giấy này là thật", "Hường", &certificate.number] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(!page.text().contains(lower), "a name is masked");
    assert_eq!(house.get("/en/verify/AAAA").await.status, StatusCode::NOT_FOUND);

    let id = registration::ticket(&house.cx, &came).await.unwrap().registration_id;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let of_person = format!("/ban-to-chuc/nguoi-dang-ky/{id}/chung-nhan.pdf");
    assert!(organiser.get(&format!("/ban-to-chuc/nguoi-dang-ky/{id}")).await.text().contains(&of_person));
    assert!(written(&organiser.get(&of_person).await.body).contains(lower));
    assert_eq!(house.signed_in(Role::Steward, None).await.get(&of_person).await.status, StatusCode::FORBIDDEN);
}
