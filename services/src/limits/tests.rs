use chrono::TimeDelta;
use sqlx::PgPool;

use super::*;
use crate::{MasterSecret, testing};

fn wait(result: Result<(), Error>) -> u32 {
    let Err(Error::TooMany(wait)) = result else { panic!("{result:?}") };
    wait.seconds
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_too_many_is_told_how_long_to_wait_and_others_are_not_counted_with_it(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    for _ in 0..3 {
        take(&cx.pool, &cx, Limit::LostTicket, "+84912345678").await.unwrap();
    }
    assert_eq!(wait(check(&cx.pool, &cx, Limit::LostTicket, "+84912345678").await), 20 * 60);
    assert_eq!(wait(take(&cx.pool, &cx, Limit::LostTicket, "+84912345678").await), 20 * 60);
    take(&cx.pool, &cx, Limit::LostTicket, "+84912345679").await.unwrap();
    take(&cx.pool, &cx, Limit::Invitation, "+84912345678").await.unwrap();
    clock.advance(TimeDelta::minutes(20));
    check(&cx.pool, &cx, Limit::LostTicket, "+84912345678").await.unwrap();
    take(&cx.pool, &cx, Limit::LostTicket, "+84912345678").await.unwrap();
    assert_eq!(wait(take(&cx.pool, &cx, Limit::LostTicket, "+84912345678").await), 20 * 60, "one came free, not all");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn many_at_the_same_moment_cannot_pass_a_limit(pool: PgPool) {
    let cx = testing::context(pool);
    let all: Vec<_> = (0..40)
        .map(|_| {
            let cx = cx.clone();
            tokio::spawn(async move { take(&cx.pool, &cx, Limit::WrongCode, "form").await.is_ok() })
        })
        .collect();
    let mut counted = 0;
    for one in all {
        counted += usize::from(one.await.unwrap());
    }
    assert_eq!(counted, 10);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nothing_of_a_target_stands_in_the_store_and_another_secret_finds_nothing(pool: PgPool) {
    let cx = testing::context(pool);
    for _ in 0..3 {
        take(&cx.pool, &cx, Limit::LostTicket, "hanh@example.vn").await.unwrap();
    }
    let rows: Vec<String> =
        sqlx::query_scalar("select encode(key, 'escape') || free_at::text from limits").fetch_all(&cx.pool).await.unwrap();
    assert!(rows.len() == 1 && !rows[0].contains("hanh"), "{rows:?}");
    let other = Context { secret: MasterSecret::new([1; 32]), ..cx };
    check(&other.pool, &other, Limit::LostTicket, "hanh@example.vn").await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_forgotten_is_swept_out_by_who_counts_next(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    for target in 0..20 {
        take(&cx.pool, &cx, Limit::Change, &target.to_string()).await.unwrap();
    }
    clock.advance(TimeDelta::hours(2));
    for _ in 0..20 {
        take(&cx.pool, &cx, Limit::Change, "a ticket").await.unwrap();
    }
    let rows: i64 = sqlx::query_scalar("select count(*) from limits").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(rows, 1);
}
