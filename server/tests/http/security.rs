//! Security: other sites' forms, headers, scripts, cookies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use app::routes::{Deed, Page};
use axum::body::{Body, Bytes};
use domain::{access::Role, text::Locale};
use http::{Method, StatusCode, header};
use sqlx::PgPool;

use crate::{
    house::{BASE, House},
    tickets,
};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_of_another_site_is_refused_everywhere(pool: PgPool) {
    let house = House::open(pool).await;
    let reader = house.reader().without("sec-fetch-site").with("sec-fetch-site".parse().unwrap(), "cross-site");
    let mut addresses: Vec<_> = Deed::all().map(|deed| deed.at(Locale::Vi, "x")).collect();
    addresses.extend([Page::Register, Page::SignIn, Page::Devices, Page::Departments].map(|page| page.path(Locale::Vi).to_owned()));
    addresses.extend(["/tuy-chon", "/api/checkin/scans", "/api/fn/save-draft", "/nowhere"].map(str::to_owned));
    for address in addresses {
        let answer = reader.post(&address, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}");
        let json = answer.header("content-type").starts_with("application/json");
        assert_eq!(json, address.starts_with("/api/"), "{address}");
    }
    let by_origin = house.reader().without("sec-fetch-site").with(header::ORIGIN, "https://evil.example");
    assert_eq!(by_origin.post("/tuy-chon", &[("size", "large")]).await.status, StatusCode::FORBIDDEN);
    let ours = house.reader().without("sec-fetch-site").with(header::ORIGIN, BASE);
    assert_eq!(ours.post("/tuy-chon", &[("size", "large")]).await.status, StatusCode::SEE_OTHER);
}

/// A body that tells whether anybody has looked at it, and never ends.
fn watched() -> (Body, Arc<AtomicBool>) {
    let read = Arc::new(AtomicBool::new(false));
    let stream = futures_util::stream::poll_fn({
        let read = read.clone();
        move |_| -> Poll<Option<Result<Bytes, std::io::Error>>> {
            read.store(true, Ordering::Relaxed);
            Poll::Pending
        }
    });
    (Body::from_stream(stream), read)
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_may_not_send_a_file_or_scans_is_told_before_anything_is_read(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let (page, upload) = (format!("/don-vi/ho-so/{}", house.fixture.health), "multipart/form-data; boundary=b");
    for (reader, path, media_type, status) in [
        (&house.reader(), page.clone(), upload, StatusCode::SEE_OTHER),
        (&house.reader(), format!("{page}/nop"), upload, StatusCode::SEE_OTHER),
        (&steward, page.clone(), upload, StatusCode::FORBIDDEN),
        (&house.reader(), "/api/checkin/scans".to_owned(), "application/json", StatusCode::UNAUTHORIZED),
        (&department, "/api/checkin/scans".to_owned(), "application/json", StatusCode::FORBIDDEN),
    ] {
        let (body, read) = watched();
        let answer = tokio::time::timeout(Duration::from_secs(2), reader.send_body(Method::POST, &path, media_type, body)).await;
        assert_eq!(answer.map(|answer| answer.status).ok(), Some(status), "{path}");
        assert!(!read.load(Ordering::Relaxed), "{path} was read");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn only_so_many_files_are_read_at_once(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    let upload = "multipart/form-data; boundary=b";
    let (slow, looked): (Vec<_>, Vec<_>) = (0..server::http::form::UPLOADS)
        .map(|_| {
            let (department, page, (body, read)) = (department.clone(), page.clone(), watched());
            (tokio::spawn(async move { department.send_body(Method::POST, &page, upload, body).await }), read)
        })
        .unzip();
    let all_looked = async {
        while !looked.iter().all(|read| read.load(Ordering::Relaxed)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_looked).await.unwrap();
    let (body, read) = watched();
    let refused = department.send_body(Method::POST, &page, upload, body).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!read.load(Ordering::Relaxed));
    for task in slow {
        task.abort();
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn every_answer_carries_the_security_headers(pool: PgPool) {
    let house = House::open(pool).await;
    for path in ["/", "/dang-ky", "/nowhere", "/api/nowhere", "/pkg/style.1.css", "/healthz", "/robots.txt", "/dang-xuat", "/en/"] {
        let answer = house.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"), "{path}: {policy}");
        assert!(answer.header("permissions-policy").contains("camera=(self)"), "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn scripts_run_only_where_a_page_has_some_and_only_with_its_nonce(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let steward = house.signed_in(Role::Steward, None).await;
    for (reader, path) in [(&organiser, "/ban-to-chuc"), (&steward, "/diem-danh")] {
        let page = reader.get(path).await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split("script-src 'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
        assert!(nonce.len() >= 20 && policy.contains("'self' 'wasm-unsafe-eval'"), "{path}: {policy}");
        for script in page.text().split("<script").skip(1).filter(|script| !script.contains("application/json")) {
            assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{path}: a script without the nonce: {script}");
        }
    }
    for path in ["/", "/dang-ky", "/quyen-rieng-tu", "/dang-nhap", "/nowhere"] {
        let page = house.get(path).await;
        assert!(page.header("content-security-policy").contains("script-src 'none'"), "{path}");
        assert!(!page.text().contains("<script"), "{path} carries a script");
    }
    // What asks at sign-out loads nothing further, and is only where somebody who may scan can sign out; nor does what tells of
    // conflicts, to whoever may settle them.
    let judge = house.signed_in(Role::Judge, None).await;
    for (reader, path, scripts) in
        [(&steward, "/dang-nhap", 1), (&organiser, "/ban-to-chuc/nguoi-dang-ky", 2), (&organiser, "/dang-ky", 0), (&judge, "/hoi-dong", 0)]
    {
        let page = reader.get(path).await;
        let (policy, text) = (page.header("content-security-policy"), page.text());
        assert_eq!((page.status, text.matches("<script").count()), (StatusCode::OK, scripts), "{path}");
        assert_eq!(policy.contains("script-src 'nonce-"), scripts > 0, "{path}: {policy}");
        assert!(!policy.contains("wasm") && !policy.contains("script-src 'self'"), "{path}: {policy}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn no_page_carries_inline_styles_or_anything_from_elsewhere(pool: PgPool) {
    let house = House::open(pool).await;
    let ticket = format!("/ve/{}", tickets::secret(&house, 1).await);
    for path in ["/", "/en", "/dang-ky", "/chuong-trinh", "/mo-hinh", "/quyen-rieng-tu", "/dang-nhap", &ticket] {
        let page = house.get(path).await;
        for forbidden in [" style=\"", "<style", "onclick=", "javascript:"] {
            assert!(!page.text().contains(forbidden), "{path} has {forbidden}");
        }
        for address in page.text().split("src=\"").skip(1) {
            assert!(address.starts_with('/') && !address.starts_with("//") || address.starts_with("data:"), "{path} loads {address}");
        }
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_host_header_never_enters_a_link(pool: PgPool) {
    let house = House::open(pool).await;
    let reader = house.reader().with(header::HOST, "evil.example").with("x-forwarded-host".parse().unwrap(), "evil.example");
    for path in ["/", "/dang-ky", "/sitemap.xml", "/robots.txt", "/nowhere", "/dang-ky/"] {
        let answer = reader.get(path).await;
        assert!(!answer.text().contains("evil.example"), "{path}");
        assert!(!answer.header("location").contains("evil"), "{path}");
    }
}
