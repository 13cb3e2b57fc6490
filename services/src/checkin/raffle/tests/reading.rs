//! What the statements of raffles read, where many take part.

use super::*;
use crate::checkin::tests::crowd::{self, crowd};

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_list_is_found_by_reading_each_ticket_a_few_times(pool: PgPool) {
    let cx = testing::context(pool);
    crowd(&cx, 1_000).await;
    let mut tx = cx.pool.begin().await.unwrap();
    let found = store::locked(&mut tx, "quay").await.unwrap().unwrap();
    let before = crowd::rows_read(&mut tx).await;
    assert_eq!(store::stamped(&mut tx, &found).await.unwrap().len(), 900, "of whom a hundred go on of two tickets");
    let read = crowd::rows_read(&mut tx).await - before;
    assert!(read < 60 * 1_000, "{read} rows");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_one_ticket_takes_part_in_is_found_without_reading_the_others(pool: PgPool) {
    let cx = testing::context(pool);
    let ticket = crowd(&cx, 1_000).await;
    let mut tx = cx.pool.begin().await.unwrap();
    let before = crowd::rows_read(&mut tx).await;
    assert_eq!(store::entered(&mut *tx, &ticket).await.unwrap().len(), 2, "by itself and by the one that was merged into it");
    let read = crowd::rows_read(&mut tx).await - before;
    assert!(read < 50, "{read} rows");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn scans_are_read_once_for_all_phones_on_which_some_wait(pool: PgPool) {
    let cx = testing::context(pool);
    crowd(&cx, 1_000).await;
    sqlx::raw_sql(
        "insert into devices (id, edition_id, name, pairing_expires_at, expires_at, created_at, waiting, checkpoint_id, contact_at)
         select gen_random_uuid(), c.edition_id, 'Máy ' || n, now(), now(), now(), 1, c.id, now()
         from generate_series(1, 20) n, checkpoints c where c.code = 'cong-chinh'",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let mut tx = cx.pool.begin().await.unwrap();
    let before = crowd::rows_read(&mut tx).await;
    assert_eq!(store::waiting_phones(&mut *tx).await.unwrap(), []);
    let read = crowd::rows_read(&mut tx).await - before;
    assert!(read <= 3_000, "{read} rows");
}
