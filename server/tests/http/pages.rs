//! Pages: status, language, headers, the kept ones.

use app::routes::Page;
use domain::{access::Role, text::Locale};
use http::{Method, StatusCode, header};
use sqlx::PgPool;

use crate::{
    files::session,
    house::{House, Reader},
    sweep::parameter_of_page,
};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_home_page_comes_in_both_languages(pool: PgPool) {
    let house = House::open(pool).await;
    let vi = house.get("/").await;
    assert_eq!((vi.status, vi.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(vi.text().contains("<html lang=\"vi\""), "{}", vi.text());
    let en = house.get("/en").await;
    assert!(en.text().contains("<html lang=\"en\""));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_unknown_address_has_a_page_in_its_language(pool: PgPool) {
    let house = House::open(pool).await;
    let vi = house.get("/khong-co").await;
    assert_eq!(vi.status, StatusCode::NOT_FOUND);
    assert!(vi.text().contains("Không tìm thấy trang này"));
    let en = house.get("/en/nowhere").await;
    assert_eq!(en.status, StatusCode::NOT_FOUND);
    assert!(en.text().contains("This page can’t be found"));
    let api = house.get("/api/nowhere").await;
    assert_eq!((api.status, api.text()), (StatusCode::NOT_FOUND, r#"{"error":"no such address"}"#));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_address_with_control_characters_leads_nowhere(pool: PgPool) {
    let house = House::open(pool).await;
    for bad in ["%00", "a%00b", "%0a", "%7f", "%c2%85"] {
        for path in [
            format!("/anh/{bad}"),
            format!("/chuong-trinh/{bad}"),
            format!("/chuong-trinh/{bad}/lich.ics"),
            format!("/mo-hinh/{bad}"),
            format!("/ve/{bad}"),
            format!("/ve/{bad}/ma.png"),
            format!("/en/T/{bad}"),
        ] {
            assert_eq!(house.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn nearly_right_addresses_lead_to_the_right_ones(pool: PgPool) {
    let house = House::open(pool).await;
    for (asked, right) in [("/dang-ky/?doi-tuong=x", "/dang-ky?doi-tuong=x"), ("/en/", "/en"), ("/t/ABC", "/T/ABC")] {
        let answer = house.get(asked).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::PERMANENT_REDIRECT, right), "{asked}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_wrong_method_is_told_which_are_right(pool: PgPool) {
    let house = House::open(pool).await;
    let answer = house.reader().send(Method::DELETE, "/dang-ky", None, "".into()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    assert!(answer.text().contains("Địa chỉ này không mở theo cách đó được"));
    let answer = house.get("/dang-xuat").await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_repeated_page_is_not_modified_and_comes_compressed(pool: PgPool) {
    let house = House::open(pool).await;
    let first = house.get("/").await;
    assert_eq!(first.header("cache-control"), "no-cache");
    let tag = first.header("etag").to_owned();
    let again = house.reader().with(header::IF_NONE_MATCH, &tag).get("/").await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()));
    let br = house.reader().with(header::ACCEPT_ENCODING, "gzip, br").get("/").await;
    assert_eq!(br.header("content-encoding"), "br");
    assert!(br.body.len() < first.body.len() / 2);
    assert_ne!(br.header("etag"), tag);
    assert_eq!(br.header("vary"), "accept-encoding, cookie");
}

/// The style sheets that a page links, in its order, and its status.
async fn sheets(reader: &Reader, path: &str) -> (StatusCode, Vec<String>) {
    let answer = reader.get(path).await;
    let sheets = answer.text().split("<link rel=\"stylesheet\" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    (answer.status, sheets.collect())
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn every_page_links_the_sheet_of_all_pages_and_then_that_of_its_area(pool: PgPool) {
    let house = House::open(pool).await;
    session(&house).await;
    let health = Some(house.fixture.health);
    for (page, reader, area) in [
        (Page::Home, None, "home"),
        (Page::Programme, None, "programme"),
        (Page::Session, None, "programme"),
        (Page::Register, None, "registration"),
        (Page::Ticket, None, "registration"),
        (Page::TicketCode, None, "registration"),
        (Page::Stamp, None, "registration"),
        (Page::Raffle, None, "registration"),
        (Page::Models, None, "gallery"),
        (Page::Model, None, "gallery"),
        (Page::CheckIn, Some(Role::Steward), "checkin"),
        (Page::Pair, None, "desk"),
        (Page::SignIn, None, "desk"),
        (Page::Organisers, Some(Role::Organiser), "desk"),
        (Page::Review, Some(Role::Organiser), "dossier"),
        (Page::Devices, Some(Role::Organiser), "desk"),
        (Page::SpareTickets, Some(Role::Organiser), "desk"),
        (Page::Badges, Some(Role::Organiser), "desk"),
        (Page::Booths, Some(Role::Organiser), "desk"),
        (Page::Board, Some(Role::Organiser), "board"),
        (Page::Presence, Some(Role::Supervisor), "desk"),
        (Page::BigScreen, Some(Role::Organiser), "screen"),
        (Page::Departments, Some(Role::Department), "dossier"),
        (Page::Dossier, Some(Role::Department), "dossier"),
        (Page::Council, Some(Role::Judge), "dossier"),
        (Page::Reading, Some(Role::Judge), "dossier"),
        (Page::Privacy, None, ""),
    ] {
        let organisation = if reader == Some(Role::Department) { health } else { None };
        let reader = match reader {
            Some(role) => house.signed_in(role, organisation).await,
            None => house.reader(),
        };
        let mut expected = vec!["/pkg/style.1.css".to_owned()];
        expected.extend((!area.is_empty()).then(|| format!("/pkg/{area}.1.css")));
        let parameter = parameter_of_page(&house, page).await;
        for locale in [Locale::Vi, Locale::En] {
            let path = page.at(locale, &parameter);
            assert_eq!(sheets(&reader, &path).await, (StatusCode::OK, expected.clone()), "{path}");
        }
        for sheet in expected {
            assert_eq!(house.get(&sheet).await.header("content-type"), "text/css; charset=utf-8", "{sheet}");
        }
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_page_of_trouble_links_the_sheet_of_all_pages_too(pool: PgPool) {
    let house = House::open(pool).await;
    let main = || vec!["/pkg/style.1.css".to_owned()];
    assert_eq!(sheets(&house.reader(), "/khong-co").await, (StatusCode::NOT_FOUND, main()));
    assert_eq!(
        sheets(&house.reader(), "/mo-hinh/khong-co").await,
        (StatusCode::NOT_FOUND, [main(), vec!["/pkg/gallery.1.css".into()]].concat())
    );
    let judge = house.signed_in(Role::Judge, None).await;
    assert_eq!(sheets(&judge, "/diem-danh").await, (StatusCode::FORBIDDEN, [main(), vec!["/pkg/checkin.1.css".into()]].concat()));
}
