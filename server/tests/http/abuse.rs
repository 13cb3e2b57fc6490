//! What others' event platforms were broken by: secrets of one kind used as another, fields that no form has, other
//! editions' things, and lines smuggled into headers.

use domain::access::Role;
use http::{StatusCode, header};
use services::{access, registration, testing};
use sqlx::PgPool;

use crate::{
    checkin::code,
    house::{Answer, House},
    registration::{citizen, refused, send, set},
    tickets,
};

/// A secret of every kind, by what it is for.
async fn secrets(house: &House) -> Vec<(&'static str, String)> {
    let organiser = testing::organiser(&house.cx).await;
    let (_, pairing) = access::prepare_device(&house.cx, &organiser, "Máy 1").await.unwrap();
    let (_, used) = access::prepare_device(&house.cx, &organiser, "Máy 2").await.unwrap();
    let phone = access::pair_device(&house.cx, &used.0).await.unwrap();
    let steward = house.signed_in(Role::Steward, None).await;
    let link = tickets::secret(house, 1).await;
    let ticket = registration::ticket(&house.cx, &link).await.unwrap();
    vec![
        ("ticket", code(house, &link).await),
        ("short code", ticket_code(house, &link).await),
        ("registration", ticket.registration_id.to_string()),
        ("form", format!("01890000-0000-7000-8000-{:012}", 1)),
        ("stamp", testing::stamp(&house.cx)),
        ("link", link),
        ("pairing", pairing.0),
        ("phone", phone.0),
        ("session", steward.cookie().trim_start_matches("__Host-session=").to_owned()),
    ]
}

async fn ticket_code(house: &House, link: &str) -> String {
    sqlx::query_scalar("select t.short_code from tickets t join registrations r on r.id = t.registration_id where r.link_hash = sha256($1)")
        .bind(link.as_bytes())
        .fetch_one(&house.cx.pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_secret_of_one_kind_opens_nothing_of_another(pool: PgPool) {
    let house = House::open(pool).await;
    let secrets = secrets(&house).await;
    for (kind, secret) in &secrets {
        let mut opened = Vec::new();
        let mut ask = |door: &'static str, answer: &Answer| {
            if !matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::UNAUTHORIZED) {
                opened.push(door);
            }
        };
        ask("code", &house.get(&format!("/T/{secret}")).await);
        for file in ["", "/ma.png", "/lich.ics"] {
            ask("link", &house.get(&format!("/ve/{secret}{file}")).await);
        }
        let holder = house.reader().with(header::COOKIE, &format!("__Host-session={secret}"));
        ask("session", &holder.get("/api/checkin/shift").await);
        // These two use up what they open, so they come last.
        ask("pairing", &house.post(&format!("/ghep-may/{secret}"), &[]).await);
        ask("link", &house.post(&format!("/ve/{secret}/huy"), &[]).await);
        opened.dedup();
        let own: &[&str] = match *kind {
            "ticket" => &["code"],
            "link" => &["link"],
            "pairing" => &["pairing"],
            "phone" | "session" => &["session"],
            _ => &[],
        };
        assert_eq!(opened, own, "{kind}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn fields_that_the_form_does_not_have_change_nothing(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    let mut plain = citizen(&house, 1);
    let mut greedy = citizen(&house, 2);
    for (name, value) in [
        ("status", "waiting"),
        ("id", "00000000-0000-0000-0000-000000000001"),
        ("edition_id", "00000000-0000-0000-0000-000000000002"),
        ("audience_id", "00000000-0000-0000-0000-000000000043"),
        ("people", "500"),
        ("role", "organiser"),
        ("channel", "desk"),
        ("attention", "VIP"),
        ("external_ref", "1"),
        ("sample", "true"),
        ("created_at", "2000-01-01"),
        ("phone_place", "9"),
        ("bypasses_capacity", "yes"),
        ("full_name[]", "Người Khác"),
    ] {
        greedy.push((name.to_owned(), value.to_owned()));
    }
    set(&mut plain, "phone", "0912 000 003");
    for form in [&plain, &greedy] {
        assert_eq!(send(&house, "/dang-ky", form).await.status, StatusCode::SEE_OTHER);
    }
    // All that is stored, but for what is each one's own.
    let stored: Vec<serde_json::Value> =
        sqlx::query_scalar("select to_jsonb(r) - array['id', 'link_hash', 'idempotency_key', 'phone', 'search_text'] from registrations r")
            .fetch_all(&house.cx.pool)
            .await
            .unwrap();
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0], stored[1]);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn doors_of_another_edition_and_doors_that_are_not_open_yet_stay_shut(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    sqlx::raw_sql(
        "insert into editions (id, code, year, name_vi, theme_vi, starts_on, ends_on, peak_on, place_vi, managing_body_vi, is_current, created_at, updated_at)
         values ('00000000-0000-0000-0000-000000000002', 'cds-2026', 2026, 'Năm trước', 'Chủ đề', '2026-10-09', '2026-10-10', '2026-10-10', 'Mỹ Tho', 'UBND tỉnh', false, now(), now());
         insert into capacities (id, edition_id, size) values ('00000000-0000-0000-0000-000000000033', '00000000-0000-0000-0000-000000000002', null);
         insert into audiences (id, edition_id, capacity_id, code, kind, name_vi, closes_at, is_public) values
           ('00000000-0000-0000-0000-000000000044', '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000033', 'nguoi-dan', 'citizen', 'Người dân', null, true)",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let mut form = citizen(&house, 1);
    set(&mut form, "audience", "00000000-0000-0000-0000-000000000044");
    refused(&house, &form, "audience", "Hãy chọn một mục trong danh sách.").await;
    // The hidden audience, by what could be guessed.
    for guess in ["dai-bieu", "delegate", &house.fixture.hidden.to_string()] {
        set(&mut form, "audience", guess);
        refused(&house, &form, "audience", "Hãy chọn một mục trong danh sách.").await;
    }
    sqlx::raw_sql("update audiences set opens_at = '2027-10-10 06:00+07'").execute(&house.cx.pool).await.unwrap();
    refused(&house, &citizen(&house, 2), "audience", "Chưa mở đăng ký").await;
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn no_line_is_smuggled_into_a_header(pool: PgPool) {
    let house = House::open(pool).await;
    let line = "x\r\nSet-Cookie: stolen=1\r\n\r\n<script>";
    let escaped: String = form_urlencoded::byte_serialize(line.as_bytes()).collect();
    let link = tickets::secret(&house, 1).await;
    let mut answers = Vec::new();
    for path in [
        format!("/ve/{escaped}"),
        format!("/ve/{escaped}/ma.png"),
        format!("/ve/{link}/lich.ics?lang={escaped}"),
        format!("/T/{escaped}"),
        format!("/t/{escaped}"),
        format!("/dang-ky/?{escaped}"),
        format!("/en/?x={escaped}"),
        format!("/chuong-trinh/{escaped}/lich.ics"),
        format!("/anh/{escaped}"),
        format!("/dang-nhap?back=%2F{escaped}"),
        format!("/tim-ve?da-gui={escaped}"),
        format!("/ban-to-chuc?{escaped}"),
    ] {
        answers.push((path.clone(), house.get(&path).await));
    }
    for (path, name) in [("/tuy-chon", "back"), ("/tuy-chon", "size"), ("/tuy-chon", "theme"), ("/tim-ve", "who"), ("/dang-nhap", "email")]
    {
        answers.push((format!("{path} {name}"), house.post(path, &[(name, line), ("size", "large")]).await));
        answers.push((format!("{path}?{name}"), house.post(&format!("{path}?{name}=%2F{escaped}"), &[("size", "large")]).await));
    }
    for field in ["full_name", "phone", "email", "key", "stamp", "audience"] {
        let mut form = citizen(&house, 2);
        set(&mut form, field, line);
        answers.push((field.to_owned(), send(&house, "/dang-ky", &form).await));
    }
    for (what, answer) in answers {
        assert!(answer.status.as_u16() < 500, "{what}: {}", answer.status);
        for (name, value) in &answer.headers {
            assert!(!value.as_bytes().contains(&b'\r') && !value.as_bytes().contains(&b'\n'), "{what}: {name}");
            assert!(name != header::SET_COOKIE || !value.as_bytes().starts_with(b"stolen"), "{what}: {value:?}");
        }
        assert!(!String::from_utf8_lossy(&answer.body).contains("<script>"), "{what}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn forwarded_headers_enter_no_link_and_no_record(pool: PgPool) {
    let house = House::open(pool).await;
    let mut reader = house.reader();
    for (name, value) in [
        ("host", "evil.example"),
        ("forwarded", "for=203.0.113.9;host=evil.example;proto=http"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "http"),
        ("x-original-url", "/evil.example"),
        ("x-real-ip", "203.0.113.9"),
    ] {
        reader = reader.with(name.parse().unwrap(), value);
    }
    let form = citizen(&house, 1);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = reader.post("/dang-ky", &form).await;
    let ticket = answer.header("location").to_owned();
    assert!(ticket.starts_with("/ve/"), "{ticket}");
    for path in [ticket.clone(), format!("{ticket}/lich.ics"), format!("{ticket}/ma.svg"), "/tim-ve".into(), "/dang-nhap".into()] {
        let answer = reader.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text().contains("evil.example"), "{path}");
    }
    assert_eq!(reader.post("/tim-ve", &[("who", "hanh@example.vn")]).await.status, StatusCode::SEE_OTHER);
    let record: String = sqlx::query_scalar(
        "select coalesce((select string_agg(a::text, '') from audit_log a), '') || coalesce((select string_agg(r::text, '') from registrations r), '')
             || coalesce((select string_agg(m::text, '') from messages m), '') || coalesce((select string_agg(l::text, '') from limits l), '')",
    )
    .fetch_one(&house.cx.pool)
    .await
    .unwrap();
    assert!(record.contains("registration.register") && record.contains("registration.ask_link"));
    assert!(!record.contains("203.0.113.9") && !record.contains("evil.example"));
}
