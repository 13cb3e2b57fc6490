//! Files: the built site, calendars, what search engines ask for.

use http::{Method, StatusCode, header};
use sqlx::PgPool;

use crate::house::{BASE, House};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn files_of_the_site_come_compressed_and_may_be_kept_for_ever(pool: PgPool) {
    let house = House::open(pool).await;
    for (accepted, encoding, text) in
        [("gzip, br", "br", "br of the style"), ("gzip", "gzip", "gz of the style"), ("identity", "", "body{color:#111}")]
    {
        let answer = house.reader().with(header::ACCEPT_ENCODING, accepted).get("/pkg/style.1.css").await;
        assert_eq!((answer.status, answer.header("content-encoding"), answer.text()), (StatusCode::OK, encoding, text));
        assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!((answer.header("vary"), answer.header("x-content-type-options")), ("accept-encoding", "nosniff"));
    }
    for (path, media_type) in [
        ("/pkg/ngay-cds.1.wasm", "application/wasm"),
        ("/pkg/scanner.1.js", "text/javascript; charset=utf-8"),
        ("/fonts/sen.1.woff2", "font/woff2"),
        ("/pictures/favicon.1.svg", "image/svg+xml"),
    ] {
        let answer = house.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, media_type), "{path}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn only_files_of_the_site_are_found(pool: PgPool) {
    let house = House::open(pool).await;
    for path in ["/pkg/nothing.css", "/pkg/../assets.json", "/pkg/%2e%2e/assets.json", "/assets.json", "/pkg/style.1.css.br", "/pkg/"] {
        assert_eq!(house.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let head = house.reader().send(Method::HEAD, "/pkg/style.1.css", None, "".into()).await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (StatusCode::OK, 0, "16"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_sessions_calendar_is_exactly_this(pool: PgPool) {
    let house = House::open(pool).await;
    session(&house).await;
    let answer = house.get("/chuong-trinh/khai-mac/lich.ics").await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/calendar; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"ngay-chuyen-doi-so.ics\"");
    let text = answer.text();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "every line ends in CRLF");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "no line is longer than 75 bytes");
    insta::assert_snapshot!(text.replace("\r\n", "\n"));
    let day = house.get("/lich.ics?lang=en").await;
    assert_eq!(day.status, StatusCode::OK);
    insta::assert_snapshot!("the day", day.text().replace("\r\n", "\n"));
}

/// Adds a session with all that a calendar has to escape and fold.
pub async fn session(house: &House) {
    sqlx::raw_sql(
        "insert into venues (id, edition_id, code, name_vi, address_vi) values
           ('00000000-0000-0000-0000-000000000071', '00000000-0000-0000-0000-000000000001', 'quang-truong', 'Quảng trường; Mỹ Tho', '1 Đường Sen');
         insert into rooms (id, edition_id, venue_id, code, name_vi) values
           ('00000000-0000-0000-0000-000000000072', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000071', 'san-chinh', 'Sân khấu chính');
         insert into sessions (id, edition_id, code, kind, title_vi, title_en, abstract_vi, room_id, starts_at, ends_at) values
           ('00000000-0000-0000-0000-000000000073', '00000000-0000-0000-0000-000000000001', 'khai-mac', 'khai_mac',
            'Khai mạc, trao giải; \"Sen vàng\" \\ và rất nhiều chữ có dấu để dòng này phải gấp lại giữa chừng', 'Opening', E'Dòng một\nDòng hai',
            '00000000-0000-0000-0000-000000000072', '2027-10-10 08:00+07', '2027-10-10 09:30+07');",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn search_engines_learn_what_is_public_and_nothing_else(pool: PgPool) {
    let house = House::open(pool).await;
    session(&house).await;
    let robots = house.get("/robots.txt").await;
    for line in ["Disallow: /ve/", "Disallow: /T/", "Disallow: /en/ticket/", "Disallow: /ban-to-chuc", "Disallow: /api/"] {
        assert!(robots.text().lines().any(|given| given == line), "{line}");
    }
    assert!(robots.text().contains(&format!("Sitemap: {BASE}/sitemap.xml")));
    let map = house.get("/sitemap.xml").await;
    assert_eq!(map.header("content-type"), "application/xml; charset=utf-8");
    for address in ["/", "/en", "/dang-ky", "/en/programme/khai-mac"] {
        assert!(map.text().contains(&format!("<loc>{BASE}{address}</loc>")), "{address}");
    }
    assert!(!map.text().contains("/don-vi"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_language_of_a_calendar_is_the_first_that_the_address_names(pool: PgPool) {
    let house = House::open(pool).await;
    session(&house).await;
    for (query, link) in [
        ("lang=en&lang=vi", "/en/programme/"),
        ("lang=vi&lang=en", "/chuong-trinh/"),
        ("lang=", "/chuong-trinh/"),
        ("lang=%ff&x", "/chuong-trinh/"),
    ] {
        for path in ["/lich.ics", "/chuong-trinh/khai-mac/lich.ics"] {
            let answer = house.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}?{query}: {}", answer.text());
            assert!(answer.text().replace("\r\n ", "").contains(&format!("{BASE}{link}")), "{path}?{query}");
        }
    }
}
