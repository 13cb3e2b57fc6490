//! Signing in and out, phones, preferences.

use chrono::TimeDelta;
use domain::{access::Role, ids::OrganisationId};
use http::{StatusCode, header};
use sqlx::PgPool;

use crate::house::{Answer, House, Reader};

/// An account with a known password.
async fn account(house: &House, role: Role, email: &str) -> String {
    account_of(house, role, None, email).await
}

async fn account_of(house: &House, role: Role, organisation: Option<OrganisationId>, email: &str) -> String {
    let account = services::access::NewAccount {
        email: domain::contact::Email::parse(email).unwrap(),
        full_name: domain::text::PersonName::parse("Lê Văn Tám").unwrap(),
        role,
        organisation,
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
    let open = |reader: Reader| async move { reader.get("/api/checkin/shift").await.status };
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
    assert_eq!(organiser.get("/ban-to-chuc").await.status, StatusCode::OK);
    // What the open page asks by itself is no use.
    for _ in 0..3 {
        house.clock.advance(TimeDelta::minutes(9));
        assert_eq!(organiser.get("/api/checkin/shift").await.status, StatusCode::OK);
        assert_eq!(arrivals(&organiser).await, StatusCode::OK);
    }
    house.clock.advance(TimeDelta::minutes(3));
    assert_eq!(organiser.get("/api/checkin/shift").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(arrivals(&organiser).await, StatusCode::UNAUTHORIZED);
}

async fn arrivals(reader: &Reader) -> StatusCode {
    reader.post_json("/api/fn/arrivals", &serde_json::json!({ "locale": "vi" })).await.status
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
    assert_eq!(organiser.get("/ban-to-chuc").await.status, StatusCode::OK);
    let phone = house.reader().with_cookie(&session(&paired));
    assert_eq!(phone.get("/api/checkin/shift").await.status, StatusCode::OK);
    assert_eq!(phone.get("/ban-to-chuc/may-quet").await.status, StatusCode::FORBIDDEN);
    assert_eq!(phone.post("/dang-xuat", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(phone.get("/api/checkin/shift").await.status, StatusCode::UNAUTHORIZED, "a copied cookie scans no longer");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn pairing_ends_the_sign_in_that_it_replaces(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let shown = organiser.post("/ban-to-chuc/may-quet", &[("name", "Máy 1")]).await;
    let token = shown.text().split("/ghep-may/").nth(1).unwrap().split(['"', '<', ' ']).next().unwrap();
    assert_eq!(organiser.post(&format!("/ghep-may/{token}"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(organiser.get("/api/checkin/shift").await.status, StatusCode::UNAUTHORIZED);
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

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_is_typed_stays_when_the_display_the_language_or_the_audience_changes(pool: PgPool) {
    let house = House::open(pool).await;
    let typed = [
        ("audience", house.fixture.businesses.to_string()),
        ("audience", house.fixture.citizens.to_string()),
        ("full_name", "Nguyễn Thị Hạnh".to_owned()),
    ];
    let typed: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let larger = [&typed[1..], &[("size", "large")]].concat();
    let page = house.post("/tuy-chon?back=%2Fdang-ky%3Fdoi-tuong%3Dnguoi-dan", &larger).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("set-cookie").starts_with("size=large;"));
    for part in ["data-size=\"large\"", "value=\"Nguyễn Thị Hạnh\"", "nhưng chưa được gửi", "action=\"/dang-ky?doi-tuong=nguoi-dan\""]
    {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let english = house.post("/tuy-chon?back=%2Fen%2Fregister", &typed[1..]).await;
    assert!(english.text().contains("<html lang=\"en\"") && english.text().contains("value=\"Nguyễn Thị Hạnh\""));
    // The button of the other audience comes before the hidden field of the form.
    let business = house.post("/tuy-chon?back=%2Fdang-ky", &typed).await;
    assert!(business.text().contains("name=\"tax_code\"") && business.text().contains("value=\"Nguyễn Thị Hạnh\""));
    assert_eq!(house.post("/tuy-chon?back=%2F%2Fevil.example", &typed).await.status, StatusCode::OK);
    let other_site = house.reader().without("sec-fetch-site").with("sec-fetch-site".parse().unwrap(), "cross-site");
    assert_eq!(other_site.post("/tuy-chon?back=%2Fdang-ky", &typed).await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn buttons_beside_a_form_always_have_one_and_the_first_of_them_is_its_own(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let dossier = department.post("/don-vi", &[]).await.header("location").to_owned();
    let closed = "update audiences set closes_at = '2027-10-01'";
    for (reader, path) in
        [(&house.reader(), "/dang-ky"), (&house.reader(), "/en/sign-in"), (&department, dossier.as_str()), (&department, "/dang-nhap")]
    {
        for _ in 0..2 {
            let page = reader.get(path).await;
            let text = page.text();
            assert_eq!(text.matches("<form id=\"entry\"").count(), 1, "{path}: {text}");
            let first = text.split("<button").find(|button| button.contains("form=\"entry\"")).unwrap();
            assert!(!first.split('>').next().unwrap().contains("formaction"), "{path}");
            sqlx::raw_sql(closed).execute(&house.cx.pool).await.unwrap();
        }
    }
    assert!(!house.get("/").await.text().contains("entry"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_sent_after_the_session_has_ended_comes_back_when_one_signs_in(pool: PgPool) {
    let house = House::open(pool).await;
    let email = "so-y-te@example.vn";
    let password = account_of(&house, Role::Department, Some(house.fixture.health), email).await;
    let sign_in = [("email", email), ("password", password.as_str())];
    let session = |answer: &Answer| answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let department = house.reader().with_cookie(&session(&house.post("/dang-nhap", &sign_in).await));
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    house.clock.advance(chrono::TimeDelta::hours(13));
    let sent = department.post(&format!("{page}/nop"), &[("title", "Trạm y tế số"), ("summary", "Dòng <1>\n\"2\"")]).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = sent.text();
    assert!(text.contains("Phiên đăng nhập đã hết") && text.contains("name=\"kept.title\" value=\"Trạm y tế số\""), "{text}");
    assert!(text.contains(&format!("name=\"back\" value=\"{page}\"")), "{text}");
    let mut fields = vec![("back", page.as_str()), ("kept.title", "Trạm y tế số"), ("kept.summary", "Dòng <1>\n\"2\"")];
    let wrong = house.post("/dang-nhap", &[&fields[..], &[("email", email), ("password", "sai")]].concat()).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("name=\"kept.title\""), "{}", wrong.text());
    fields.extend(sign_in);
    let back = house.post("/dang-nhap", &fields).await;
    assert_eq!(back.status, StatusCode::OK);
    assert!(session(&back).starts_with("__Host-session="));
    assert!(back.text().contains("value=\"Trạm y tế số\"") && back.text().contains("nhưng chưa được gửi"), "{}", back.text());
}
