//! Badges: choosing people, printing, printing again only with a reason.

use domain::access::Role;
use http::StatusCode;
use sqlx::PgPool;

use crate::{house::House, tickets::secret};

const BADGES: &str = "/ban-to-chuc/the-deo";

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn badges_are_printed_once_and_again_only_with_a_reason(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let ticket = services::registration::ticket(&house.cx, &secret(&house, 1).await).await.unwrap();
    let person = ticket.registration_id.to_string();
    let page = steward.get(BADGES).await.text().to_owned();
    assert!(page.contains(&person) && page.contains("Đã in thẻ cho 0 trong 1 vé"), "{page}");

    let form = [("person", person.as_str()), ("template", "roll-62x100")];
    let printed = steward.post(BADGES, &form).await;
    assert_eq!(printed.status, StatusCode::SEE_OTHER);
    let address = printed.header("location").to_owned();
    let sheet = steward.get(&address).await.text().to_owned();
    for text in [
        ticket.full_name.as_str(),
        "class=\"badges column\"",
        "href=\"/khung-the-deo/62x100-62x100-1-0x0-0-0-100\"",
        "<path fill=\"#000\"",
        "Người dân",
        "Ctrl+P",
    ] {
        assert!(sheet.contains(text), "{text}: {sheet}");
    }

    assert!(steward.get(&address).await.text().contains("class=\"badge\""), "looking at it is no print");
    // Once printed it prints nothing, but offers a reprint for a bad print.
    let noted = steward.post(&address, &[]).await;
    assert_eq!((noted.status, noted.header("location")), (StatusCode::SEE_OTHER, address.as_str()));
    let opened = steward.get(&address).await.text().to_owned();
    assert!(
        opened.contains("Bản này bắt đầu in lúc") && !opened.contains(&ticket.full_name) && !opened.contains("class=\"badge\""),
        "{opened}"
    );
    for field in [
        format!("name=\"person\" value=\"{person}\""),
        "name=\"template\" value=\"roll-62x100\"".into(),
        "name=\"reason\" value=\"jam\"".into(),
    ] {
        assert!(opened.contains(&field) && sheet.contains(&field), "{field}: {opened}");
    }

    let one = format!("{BADGES}?nguoi={person}");
    assert!(!steward.get(BADGES).await.text().contains(&person), "whose badge was printed is not in the list");
    assert!(steward.get(&one).await.text().contains("1 lần, gần nhất"));
    let refused = steward.post(&one, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = refused.text();
    assert!(refused.contains("value=\"roll-62x100\" selected") && refused.contains(&person), "what was chosen is still there: {refused}");
    let again = steward.post(&one, &[&form[..], &[("reason", "jam")]].concat()).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let page = steward.get("/en/organisers/badges").await.text().to_owned();
    assert!(
        page.contains("Paper jam, bad print, or nothing printed") && page.contains("Badges printed for 1 of 1 valid tickets"),
        "{page}"
    );

    house.clock.advance(services::registration::badges::SHOWN_FOR);
    let over = steward.get(&address).await.text().to_owned();
    assert!(over.contains("Bản in này đã hết hạn") && !over.contains(&ticket.full_name), "{over}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_persons_page_leads_to_the_badge_and_judges_are_kept_out(pool: PgPool) {
    let house = House::open(pool).await;
    let person = services::registration::ticket(&house.cx, &secret(&house, 1).await).await.unwrap().registration_id;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let page = organiser.get(&format!("/ban-to-chuc/nguoi-dang-ky/{person}")).await.text().to_owned();
    assert!(page.contains(&format!("href=\"{BADGES}?nguoi={person}\"")), "{page}");
    let judge = house.signed_in(Role::Judge, None).await;
    assert_eq!(judge.get(BADGES).await.status, StatusCode::FORBIDDEN);
    assert_eq!(judge.post(BADGES, &[("person", &person.to_string()), ("template", "sheet-a4")]).await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_measures_of_a_print_are_a_style_sheet_of_numbers(pool: PgPool) {
    let house = House::open(pool).await;
    let frame = house.get("/khung-the-deo/210x297-90x54-2-0x0-135-150-100").await;
    assert_eq!((frame.status, frame.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert!(frame.text().starts_with("@page{size:210mm 297mm;margin:0}:root{"), "{}", frame.text());
    for key in ["210x297-90x54-2-0x0-135-150-1%7D", "x", "210x297-90x54-2-0x0-135-150-0100"] {
        assert_eq!(house.get(&format!("/khung-the-deo/{key}")).await.status, StatusCode::NOT_FOUND, "{key}");
    }
}
