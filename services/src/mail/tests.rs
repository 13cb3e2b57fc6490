use chrono::TimeDelta;
use domain::mail::{Channel, LEASE};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{registration, testing, write};

/// A confirmed registration with an address.
async fn registered(cx: &Context) -> RegistrationId {
    let fixture = testing::edition(cx, 10).await;
    registration::register(cx, testing::citizen(fixture.citizens), Uuid::from_u128(1)).await.unwrap();
    // What registering says by itself is not what is looked at here.
    sqlx::raw_sql("update registrations set email = 'hanh@example.vn'; delete from messages").execute(&cx.pool).await.unwrap();
    RegistrationId(sqlx::query_scalar("select id from registrations").fetch_one(&cx.pool).await.unwrap())
}

async fn tell(cx: &Context, kind: MessageKind, to: RegistrationId) {
    let inner = cx.clone();
    write::write(cx, move |tx| {
        let cx = inner.clone();
        Box::pin(async move { enqueue(tx, &cx, kind, To::Registration(to), cx.now()).await })
    })
    .await
    .unwrap();
}

async fn state(cx: &Context) -> (String, i16, Option<String>) {
    sqlx::query_as("select state, attempts, error from messages").fetch_one(&cx.pool).await.unwrap()
}

async fn claimed(cx: &Context) -> Claimed {
    claim(cx, Channel::Email).await.unwrap().unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_message_is_taken_by_one_worker_and_sent_once(pool: PgPool) {
    let cx = testing::context(pool);
    let person = registered(&cx).await;
    tell(&cx, MessageKind::Ticket, person).await;
    assert_eq!(claim(&cx, Channel::Sms).await.unwrap(), None);
    let mine = claimed(&cx).await;
    assert_eq!(claim(&cx, Channel::Email).await.unwrap(), None);
    let letter = letter(&cx, mine).await.unwrap().unwrap();
    assert_eq!((letter.to.as_str(), letter.facts.name.as_str()), ("hanh@example.vn", "Nguyễn Thị Hạnh"));
    assert!(letter.facts.ticket.is_some());
    assert!(begin(&cx, mine).await.unwrap());
    assert!(!begin(&cx, mine).await.unwrap(), "begun twice");
    finish(&cx, mine, Outcome::Sent).await.unwrap();
    assert_eq!(state(&cx).await, ("sent".into(), 1, None));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_dies_before_sending_loses_nothing_and_who_dies_while_sending_doubles_nothing(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let person = registered(&cx).await;
    tell(&cx, MessageKind::Ticket, person).await;
    let first = claimed(&cx).await;
    recover(&cx).await.unwrap();
    assert_eq!(state(&cx).await.0, "claimed", "the lease holds");
    clock.advance(LEASE);
    recover(&cx).await.unwrap();
    assert_eq!(state(&cx).await.0, "queued");
    assert!(!begin(&cx, first).await.unwrap(), "the lease was lost");
    let second = claimed(&cx).await;
    finish(&cx, first, Outcome::Sent).await.unwrap();
    assert_eq!(state(&cx).await.0, "claimed", "what another worker has is not changed by who lost it");
    assert!(begin(&cx, second).await.unwrap());
    clock.advance(LEASE);
    recover(&cx).await.unwrap();
    assert_eq!(state(&cx).await, ("unclear".into(), 2, Some("lease".into())));
    assert_eq!(claim(&cx, Channel::Email).await.unwrap(), None);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_fails_is_tried_again_later_each_time_and_given_up_after_eight(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let person = registered(&cx).await;
    tell(&cx, MessageKind::Ticket, person).await;
    for attempt in 1..=8_u16 {
        let mine = claimed(&cx).await;
        assert_eq!(mine.attempts, attempt);
        finish(&cx, mine, Outcome::Later("smtp 451".into())).await.unwrap();
        assert_eq!(claim(&cx, Channel::Email).await.unwrap(), None, "too early");
        clock.advance(domain::mail::next_attempt(attempt).unwrap_or(TimeDelta::days(9)));
    }
    assert_eq!(state(&cx).await, ("failed".into(), 8, Some("smtp 451".into())));
    assert_eq!(claim(&cx, Channel::Email).await.unwrap(), None);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_worker_that_stops_gives_back_what_it_has_not_begun(pool: PgPool) {
    let cx = testing::context(pool);
    let person = registered(&cx).await;
    tell(&cx, MessageKind::Ticket, person).await;
    release(&cx, claimed(&cx).await).await.unwrap();
    assert_eq!(state(&cx).await, ("queued".into(), 0, None));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_no_longer_true_when_its_turn_comes_is_dropped(pool: PgPool) {
    let cx = testing::context(pool);
    let person = registered(&cx).await;
    for gone in [
        "update registrations set status = 'cancelled', ended_at = now()",
        "update registrations set erased_at = now(), email = null, phone = null, full_name = '', search_text = ''",
    ] {
        tell(&cx, MessageKind::Ticket, person).await;
        sqlx::raw_sql(gone).execute(&cx.pool).await.unwrap();
        let mine = claimed(&cx).await;
        assert!(letter(&cx, mine).await.unwrap().is_none());
        assert_eq!(state(&cx).await.0, "dropped");
        sqlx::raw_sql("delete from messages; update registrations set status = 'confirmed', ended_at = null")
            .execute(&cx.pool)
            .await
            .unwrap();
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_no_address_is_told_nothing(pool: PgPool) {
    let cx = testing::context(pool);
    let person = registered(&cx).await;
    sqlx::raw_sql("update registrations set email = null").execute(&cx.pool).await.unwrap();
    tell(&cx, MessageKind::Ticket, person).await;
    let told: i64 = sqlx::query_scalar("select count(*) from messages").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(told, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_installation_has_the_ways_that_its_last_start_named(pool: PgPool) {
    let cx = testing::context(pool);
    know_channels(&cx, &Channel::ALL).await.unwrap();
    know_channels(&cx, &[Channel::Email]).await.unwrap();
    let known: Vec<String> = sqlx::query_scalar("select channel from message_channels").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(known, ["email"]);
}
