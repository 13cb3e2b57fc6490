//! What the statements of stamps read, where many collect them.

use super::*;
use crate::checkin::tests::crowd::{self, crowd};

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_stamps_of_one_ticket_are_found_without_reading_those_of_the_others(pool: PgPool) {
    let cx = testing::context(pool);
    let ticket = crowd(&cx, 1_000).await;
    let mut tx = cx.pool.begin().await.unwrap();
    let before = crowd::rows_read(&mut tx).await;
    let stamps = store::stamps(&mut *tx, &ticket).await.unwrap();
    assert_eq!(stamps.iter().filter(|stamp| stamp.at.is_some()).count(), 3);
    let of_page = crowd::rows_read(&mut tx).await;
    let booth = stamps[0].booth.id;
    let kept = store::tickets(&mut *tx, &[9, 10], Some(booth)).await.unwrap();
    assert_eq!(kept.iter().map(|(id, _, code, at)| (*id, code.as_str(), *at)).collect::<Vec<_>>(), {
        let at = stamps[0].at;
        [(9, ticket.as_str(), at), (10, ticket.as_str(), at)]
    });
    let of_booth = crowd::rows_read(&mut tx).await;
    assert!(of_page - before < 50 && of_booth - of_page < 100, "{} and {} rows", of_page - before, of_booth - of_page);
}
