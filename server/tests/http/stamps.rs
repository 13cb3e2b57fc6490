//! Booth stamps: from the poster of a booth to the ticket, without scripts.

use http::StatusCode;
use services::{checkin::stamp::posters, registration};
use sqlx::PgPool;

use crate::{house::House, tickets::secret};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_visitor_stamps_the_ticket_by_the_poster_and_the_ticket_shows_it(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let ticket = format!("/ve/{secret}");
    assert!(!house.get(&ticket).await.text().contains("Dấu gian hàng"), "there are no booths");
    sqlx::raw_sql(
        "insert into checkpoints (id, edition_id, code, kind, name_vi, opens_at, position)
         select gen_random_uuid(), id, 'gian-1', 'booth', 'Gian 1', null::timestamptz, 1 from editions
         union all select gen_random_uuid(), id, 'gian-2', 'booth', 'Gian 2', '2027-10-10 12:00+07', 2 from editions",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    assert!(house.get(&ticket).await.text().contains("Dấu gian hàng: 0/2"));
    let booths = posters(&house.cx).await.unwrap();
    let (open, later) = (format!("/TEM/{}", booths[0].1), format!("/TEM/{}", booths[1].1));
    let page = house.get(&open).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Gian 1"));
    assert_eq!(house.get(&open.to_lowercase()).await.header("location"), format!("/TEM/{}", booths[0].1.to_lowercase()));

    let code = registration::ticket(&house.cx, &secret).await.unwrap().ticket.unwrap().short_code.shown();
    let wrong = house.post(&open, &[("ma", "1234")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("value=\"1234\""), "what was typed is kept");
    let stamped = house.post(&open, &[("ma", &code)]).await;
    assert_eq!(stamped.status, StatusCode::OK);
    assert!(stamped.text().contains("Vé này có dấu của gian hàng"));
    assert_eq!(house.post(&open, &[("ma", &code)]).await.status, StatusCode::OK, "a second stamp is the first one");
    let early = house.post(&later, &[("ma", &code)]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text().contains("Chưa đến giờ"));
    assert!(house.get(&ticket).await.text().contains("Dấu gian hàng: 1/2"));

    let mut forged = booths[0].1.clone().into_bytes();
    forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
    assert_eq!(house.get(&format!("/TEM/{}", String::from_utf8(forged).unwrap())).await.status, StatusCode::NOT_FOUND);
}
