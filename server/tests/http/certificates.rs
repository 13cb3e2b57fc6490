//! Certificates of attendance: who gets one, what it says, and where it is checked.

use chrono::TimeDelta;
use domain::access::Role;
use http::StatusCode;
use services::{checkin::certificate, registration, testing};
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

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_organiser_saves_the_certificates_of_all_or_of_an_organisation_in_one_file_after_the_day(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let mut ids = Vec::new();
    for (number, name, organisation) in [(1, "Đặng Thị Hường", "HTX Sen"), (2, "Lê Văn Tám", "HTX Xoài")] {
        let secret = admit(&house, number).await;
        let id = registration::ticket(&house.cx, &secret).await.unwrap().registration_id;
        let update = sqlx::query("update registrations set full_name = $2, organisation_name = $3 where id = $1");
        update.bind(id.0).bind(name).bind(organisation).execute(&house.cx.pool).await.unwrap();
        ids.push(id);
        house.clock.advance(TimeDelta::seconds(1));
    }
    // Who came in by a spare ticket and told no name gets none.
    let nameless = registration::ticket(&house.cx, &admit(&house, 3).await).await.unwrap().registration_id;
    let update = sqlx::query("update registrations set full_name = 'Khách tại chỗ 7' where id = $1");
    update.bind(nameless.0).execute(&house.cx.pool).await.unwrap();
    let before = house.signed_in(Role::Organiser, None).await;
    let file = format!("/ban-to-chuc/chung-nhan.pdf?don-vi=&tu={}", ids[0]);
    assert!(!before.get("/ban-to-chuc/truc-tiep").await.text().contains("chung-nhan.pdf"));
    assert_eq!(before.get(&file).await.status, StatusCode::NOT_FOUND, "the day is not over");
    house.clock.advance(TimeDelta::hours(17));

    let organiser = house.signed_in(Role::Organiser, None).await;
    let board = organiser.get("/ban-to-chuc/truc-tiep").await.text().to_owned();
    assert!(board.contains(&file.replace('&', "&amp;")) && board.contains("Tải giấy 1 đến 2 (PDF)"), "{board}");
    let pdf = organiser.get(&file).await;
    let told = (pdf.status, pdf.header("content-type"), pdf.header("content-disposition"), pdf.header("cache-control"));
    assert_eq!(told, (StatusCode::OK, "application/pdf", "attachment; filename=\"giay-chung-nhan.pdf\"", "no-store"));
    let text = written(&pdf.body);
    assert!(!text.contains("Khách tại chỗ"), "{text}");
    let its_own = format!("/ban-to-chuc/nguoi-dang-ky/{nameless}");
    assert!(!organiser.get(&its_own).await.text().contains("chung-nhan.pdf"));
    assert_eq!(organiser.get(&format!("{its_own}/chung-nhan.pdf")).await.status, StatusCode::NOT_FOUND);
    for id in &ids {
        let certificate = certificate::of_person(&house.cx, &testing::actor(Role::Organiser, None), *id).await.unwrap();
        for words in [&certificate.full_name, &certificate.number, &format!("{BASE}/xac-nhan/{}", certificate.code)] {
            assert_eq!(text.matches(words.as_str()).count(), 1, "{words} in\n{text}");
        }
    }
    let board = organiser.get("/en/organisers/live?don-vi=htx+xoai").await.text().to_owned();
    let of_one = format!("/ban-to-chuc/chung-nhan.pdf?lang=en&don-vi=htx%20xoai&tu={}", ids[1]);
    assert!(board.contains(&of_one.replace('&', "&amp;")), "{board}");
    let text = written(&organiser.get(&of_one).await.body);
    assert!(text.contains("Lê Văn Tám") && text.contains("Certificate of Attendance") && !text.contains("Hường"), "{text}");
    for odd in
        ["", "?tu=x", "?don-vi=x&tu=00000000-0000-0000-0000-000000000001", "?don-vi=khong-co&tu=00000000-0000-0000-0000-000000000001"]
    {
        assert_eq!(organiser.get(&format!("/ban-to-chuc/chung-nhan.pdf{odd}")).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
    let supervisor = house.signed_in(Role::Supervisor, None).await;
    assert_eq!(supervisor.get(&file).await.status, StatusCode::FORBIDDEN);
    assert!(!supervisor.get("/ban-to-chuc/truc-tiep").await.text().contains("chung-nhan.pdf"));
}
