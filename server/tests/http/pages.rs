//! Pages: status, language, headers, the kept ones.

use http::{Method, StatusCode, header};
use sqlx::PgPool;

use crate::house::House;

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
