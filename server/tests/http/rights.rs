//! Rights over personal data over HTTP: what a person sees, saves, decides and asks, and how staff answer.

use domain::access::Role;
use http::StatusCode;
use sqlx::PgPool;

use crate::{delegations, house::House, tickets::secret};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_person_sees_and_saves_all_that_is_kept_in_both_languages(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    for (page, file, words) in [
        (format!("/ve/{secret}/quyen"), format!("/ve/{secret}/quyen/du-lieu.txt"), ["Đã có chỗ", "Phường Mỹ Tho"]),
        (format!("/en/ticket/{secret}/rights"), format!("/ve/{secret}/quyen/du-lieu.txt?lang=en"), ["Has a seat", "Mỹ Tho"]),
    ] {
        let answer = house.get(&page).await;
        assert_eq!(
            (answer.status, answer.header("cache-control"), answer.header("referrer-policy")),
            (StatusCode::OK, "no-store", "no-referrer")
        );
        let saved = house.get(&file).await;
        assert_eq!((saved.status, saved.header("content-type")), (StatusCode::OK, "text/plain; charset=utf-8"));
        assert_eq!((saved.header("cache-control"), saved.header("referrer-policy")), ("no-store", "no-referrer"));
        assert!(saved.header("content-disposition").starts_with("attachment"));
        for text in ["Nguyễn Thị Hạnh", "0912 000 001", "hanh@example.vn", words[0], words[1]] {
            assert!(answer.text().contains(text), "{page} lacks {text}");
            assert!(saved.text().contains(text), "{file} lacks {text}");
        }
    }
    let data = house.get(&format!("/ve/{secret}/quyen/du-lieu.json")).await.json();
    assert_eq!((&data["person"]["phone"], &data["person"]["status"]), (&"+84912000001".into(), &"confirmed".into()));
    assert_eq!(data["consents"].as_array().unwrap().len(), 5);
    for path in ["/ve/x/quyen", "/ve/x/quyen/du-lieu.json", "/ve/x/quyen/du-lieu.txt"] {
        assert_eq!(house.get(path).await.status, StatusCode::NOT_FOUND);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_consent_is_given_and_withdrawn_without_scripts(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let (page, deed) = (format!("/ve/{secret}/quyen"), format!("/ve/{secret}/quyen/dong-y"));
    let withdraw = "name=\"refuse\" value=\"photos\"";
    assert!(!house.get(&page).await.text().contains(withdraw));
    let answer = house.post(&deed, &[("give", "photos")]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, format!("{page}#dong-y").as_str()));
    assert!(house.get(&page).await.text().contains(withdraw));
    assert_eq!(house.post(&deed, &[("refuse", "photos")]).await.status, StatusCode::SEE_OTHER);
    let text = house.get(&page).await;
    assert!(!text.text().contains(withdraw) && text.text().contains("Đã xong"), "the withdrawal is recorded as done");
    assert!(!text.text().contains("value=\"attend\""), "no button withdraws what registration needs");
    assert_eq!(house.post(&deed, &[("refuse", "attend")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for odd in [[("give", "x")], [("x", "photos")]] {
        assert_eq!(house.post(&deed, &odd).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_request_is_kept_when_it_is_incomplete_and_answered_by_staff(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let page = format!("/en/ticket/{secret}/rights");
    let incomplete = house.post(&page, &[("right", "correct"), ("detail", "")]).await;
    assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        incomplete.text().contains("id=\"detail-error\"") && incomplete.text().contains("<details open class=\"ask\">"),
        "{}",
        incomplete.text()
    );
    let hostile = house.post(&page, &[("right", "correct"), ("detail", "<script>alert(1)</script>")]).await;
    assert!(hostile.status == StatusCode::UNPROCESSABLE_ENTITY && !hostile.text().contains("<script>alert"));
    let sent = house.post(&page, &[("right", "correct"), ("detail", "My name is Hạnh,\nnot Hanh")]).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, format!("{page}#yeu-cau").as_str()));
    // It is Sunday, the 10th: ten days.
    assert!(house.get(&page).await.text().contains("Received. To be answered by Wednesday, 20 October 2027."));

    let organiser = house.signed_in(Role::Organiser, None).await;
    let queue = organiser.get("/ban-to-chuc/quyen").await;
    let id = queue.text().split("/ban-to-chuc/quyen/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(queue.text().contains("Thứ tư, 20/10/2027") && queue.text().contains("Nguyễn Thị Hạnh"));
    let request = format!("/ban-to-chuc/quyen/{id}");
    assert!(organiser.get(&request).await.text().contains("My name is Hạnh"));
    assert_eq!(organiser.post(&request, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(organiser.post(&format!("{request}/gia-han"), &[("reason", "Cần hỏi thêm")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(organiser.post(&format!("{request}/gia-han"), &[("reason", "Nữa")]).await.status, StatusCode::CONFLICT);
    let done = [("state", "done"), ("outcome", "Đã sửa")];
    assert_eq!(organiser.post(&request, &done).await.status, StatusCode::SEE_OTHER);
    assert_eq!(organiser.post(&request, &done).await.status, StatusCode::CONFLICT);
    let seen = house.get(&page).await;
    for text in ["Đã sửa", "Cần hỏi thêm", "Done"] {
        assert!(seen.text().contains(text), "the person reads {text}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn staff_file_a_letter_from_its_own_day_and_see_in_words_that_it_is_overdue(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let letter = [("right", "erase"), ("channel", "letter"), ("asked_on", "2027-09-06"), ("code", ""), ("detail", "Ông Ba, 0277 3851 999")];
    let filed = organiser.post("/ban-to-chuc/quyen", &letter).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.text());
    let queue = organiser.get("/ban-to-chuc/quyen").await;
    for text in ["Thứ tư, 08/09/2027", "báo đã nhận", "quá hạn", "người không có thẻ"] {
        assert!(queue.text().contains(text), "{text}");
    }
    let tomorrow = organiser.post("/ban-to-chuc/quyen", &[("right", "erase"), ("asked_on", "2027-10-11"), ("detail", "x")]).await;
    assert!(tomorrow.status == StatusCode::UNPROCESSABLE_ENTITY && tomorrow.text().contains("không sau hôm nay"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn erasing_needs_a_second_step_and_leaves_no_page_behind(pool: PgPool) {
    let house = House::open(pool).await;
    for (page, deed, erased) in [
        ("/ve/{}/quyen", "/ve/{}/quyen/xoa", "/quyen-rieng-tu/da-xoa"),
        ("/en/ticket/{}/rights", "/en/ticket/{}/rights/erase", "/en/privacy/erased"),
    ] {
        let secret = secret(&house, if page.starts_with("/en") { 2 } else { 1 }).await;
        let (page, deed) = (page.replace("{}", &secret), deed.replace("{}", &secret));
        let first = house.post(&deed, &[]).await;
        assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(first.text().contains("id=\"confirm-error\""), "{}", first.text());
        assert_eq!(house.get(&page).await.status, StatusCode::OK, "nothing is erased by one step");
        let second = house.post(&deed, &[("confirm", "yes")]).await;
        assert_eq!(
            (second.status, second.header("location"), second.header("clear-site-data")),
            (StatusCode::SEE_OTHER, erased, "\"cache\"")
        );
        assert_eq!(house.get(erased).await.status, StatusCode::OK);
        for gone in [page, format!("/ve/{secret}"), format!("/ve/{secret}/quyen/du-lieu.json"), format!("/ve/{secret}/ma.svg")] {
            assert_eq!(house.get(&gone).await.status, StatusCode::NOT_FOUND, "{gone}");
        }
        assert_eq!(house.post(&deed, &[("confirm", "yes")]).await.status, StatusCode::NOT_FOUND);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_leader_sees_corrects_saves_and_erases_in_both_languages(pool: PgPool) {
    let house = House::open(pool).await;
    for (key, base, rights, title, phone, erased) in [
        (1, "/doan", "quyen", "Quyền của bạn với dữ liệu cá nhân", "Số điện thoại cần 10 chữ số", "/quyen-rieng-tu/da-xoa"),
        (2, "/en/group", "rights", "Your rights over personal data", "has 10 digits", "/en/privacy/erased"),
    ] {
        let secret = delegations::registered(&house, key).await;
        let page = format!("{base}/{secret}/{rights}");
        let shown = house.get(&page).await;
        assert_eq!(
            (shown.status, shown.header("cache-control"), shown.header("referrer-policy")),
            (StatusCode::OK, "no-store", "no-referrer")
        );
        assert!(shown.text().contains(title) && shown.text().contains("0912 345 678") && !shown.text().contains("Lê Văn Tám"), "{key}");
        assert!(house.get(&format!("{base}/{secret}")).await.text().contains(&format!("href=\"{page}\"")), "the group's page leads there");

        let wrong = house.post(&page, &[("leader_name", "Trần Thị Sen"), ("leader_phone", "12"), ("leader_email", "")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains(phone) && wrong.text().contains("Trần Thị Sen"), "{}", wrong.text());
        let right = house.post(&page, &[("leader_name", "Trần Thị Sen"), ("leader_phone", "0987 654 321"), ("leader_email", "")]).await;
        assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
        let data = house.get(&format!("/doan/{secret}/quyen/du-lieu.json")).await.json();
        assert_eq!((&data["full_name"], &data["phone"], &data["email"]), (&"Trần Thị Sen".into(), &"+84987654321".into(), &().into()));
        assert!(house.get(&format!("/doan/{secret}/quyen/du-lieu.txt")).await.text().contains("0987 654 321"));

        let erase = if key == 1 { format!("{page}/xoa") } else { format!("{page}/erase") };
        assert_eq!(house.post(&erase, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a box is ticked first");
        let gone = house.post(&erase, &[("confirm", "yes")]).await;
        assert_eq!((gone.status, gone.header("location")), (StatusCode::SEE_OTHER, erased));
        for address in [page, format!("{base}/{secret}")] {
            assert_eq!(house.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
}
