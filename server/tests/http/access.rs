//! Signing in and out, phones, preferences.

use chrono::TimeDelta;
use domain::access::Role;
use http::{StatusCode, header};
use sqlx::PgPool;

use crate::house::{Answer, House, Reader};

/// An account with a known password.
async fn account(house: &House, role: Role, email: &str) -> String {
    let account = services::access::NewAccount {
        email: domain::contact::Email::parse(email).unwrap(),
        full_name: domain::text::PersonName::parse("Lê Văn Tám").unwrap(),
        role,
        organisation: None,
        sample: false,
    };
    services::access::create_account(&house.cx, account).await.unwrap().1
}

fn session(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn signing_in_leads_to_the_desk_or_back_and_sets_a_cookie_that_scripts_cannot_read(pool: PgPool) {
    let house = House::open(pool).await;
    let password = account(&house, Role::Organiser, "mai@example.vn").await;
    let form =
        |back: &'static str| [("email", "mai@example.vn"), ("password", password.as_str()), ("back", back)].map(|(n, v)| (n, v.to_owned()));
    for (path, back, leads) in [
        ("/dang-nhap", "", "/ban-to-chuc"),
        ("/en/sign-in", "", "/en/organisers"),
        ("/dang-nhap", "/ban-to-chuc/may-quet", "/ban-to-chuc/may-quet"),
        ("/dang-nhap", "//evil.example", "/"),
        ("/dang-nhap", "https://evil.example", "/"),
    ] {
        let form = form(back);
        let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = house.post(path, &fields).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, leads), "{back}");
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-session="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax"), "{cookie}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_wrong_password_is_told_without_saying_what_is_wrong_and_is_never_shown_again(pool: PgPool) {
    let house = House::open(pool).await;
    account(&house, Role::Steward, "tam@example.vn").await;
    for email in ["tam@example.vn", "nobody@example.vn", "không phải", ""] {
        let answer = house.post("/dang-nhap", &[("email", email), ("password", "Sai-Hoàn-Toàn-1")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("Thư điện tử hoặc mật khẩu không đúng."), "{email}");
        assert!(!answer.text().contains("Sai-Hoàn-Toàn-1"));
        assert!(email.is_empty() || answer.text().contains(&format!("value=\"{email}\"")), "{email} is lost");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn signing_out_ends_the_session_here_or_everywhere(pool: PgPool) {
    let house = House::open(pool).await;
    let password = account(&house, Role::Organiser, "mai@example.vn").await;
    let mut readers = Vec::new();
    for _ in 0..3 {
        let answer = house.post("/dang-nhap", &[("email", "mai@example.vn"), ("password", &password)]).await;
        readers.push(house.reader().with_cookie(&session(&answer)));
    }
    let open = |reader: Reader| async move { reader.get("/api/checkin/counts").await.status };
    let out = readers[0].post("/dang-xuat", &[]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/dang-nhap"));
    assert!(out.header("set-cookie").starts_with("__Host-session=; Path=/; Max-Age=0"), "{}", out.header("set-cookie"));
    assert_eq!(open(readers[0].clone()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(open(readers[1].clone()).await, StatusCode::OK);
    assert_eq!(readers[1].post("/dang-xuat/moi-noi", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(open(readers[1].clone()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(open(readers[2].clone()).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_session_ends_when_it_is_not_used(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    house.clock.advance(TimeDelta::minutes(29));
    assert_eq!(organiser.get("/api/checkin/counts").await.status, StatusCode::OK);
    house.clock.advance(TimeDelta::minutes(30));
    assert_eq!(organiser.get("/api/checkin/counts").await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_phone_pairs_once_and_only_scans(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let shown = organiser.post("/ban-to-chuc/may-quet", &[("name", "Máy 1")]).await;
    assert_eq!((shown.status, shown.header("cache-control")), (StatusCode::OK, "no-store"));
    // The code holds the address; the page writes it in letters too.
    let token = shown.text().split("/ghep-may/").nth(1).unwrap().split(['"', '<', ' ']).next().unwrap();
    let pair = format!("/ghep-may/{token}");
    let paired = house.post(&pair, &[]).await;
    assert_eq!((paired.status, paired.header("location")), (StatusCode::SEE_OTHER, "/diem-danh"), "{token}");
    assert!(paired.header("set-cookie").contains("Max-Age=86400; HttpOnly; Secure; SameSite=Lax"));
    assert_eq!(house.post(&pair, &[]).await.status, StatusCode::CONFLICT);
    let phone = house.reader().with_cookie(&session(&paired));
    assert_eq!(phone.get("/api/checkin/counts").await.status, StatusCode::OK);
    assert_eq!(phone.get("/ban-to-chuc/may-quet").await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn preferences_are_kept_and_lead_back_to_this_site_alone(pool: PgPool) {
    let house = House::open(pool).await;
    let answer = house.post("/tuy-chon", &[("size", "large"), ("back", "/dang-ky?doi-tuong=x")]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/dang-ky?doi-tuong=x"));
    assert_eq!(answer.header("set-cookie"), "size=large; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure");
    let wrong = house.post("/tuy-chon", &[("size", "huge"), ("theme", "pink"), ("back", "//evil.example")]).await;
    assert_eq!((wrong.header("location"), wrong.header("set-cookie")), ("/", ""));
    let page = house.reader().with(header::COOKIE, "size=large; theme=dark").get("/").await;
    assert!(page.text().contains("data-size=\"large\"") && page.text().contains("data-theme=\"dark\""));
}
