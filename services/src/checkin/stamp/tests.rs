use chrono::TimeDelta;
use domain::checkin::{Stop, Verdict};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{registration, testing};

/// Two booths, of which the second closes within the hour; a ticket; the posters' codes.
async fn hall(pool: PgPool) -> (Context, Arc<testing::TestClock>, registration::Issued, String, [String; 2]) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap().0;
    let ticket = registration::ticket(&cx, &secret).await.unwrap().ticket.unwrap();
    for (id, code, closes_at) in [(0x61, "gian-1", None), (0x62, "gian-2", Some(cx.now() + TimeDelta::hours(1)))] {
        sqlx::query(
            "insert into checkpoints (id, edition_id, code, kind, name_vi, closes_at, admits, position)
             values ($1, '00000000-0000-0000-0000-000000000001', $2, 'booth', $2, $3, '{}', 9)",
        )
        .bind(Uuid::from_u128(id))
        .bind(code)
        .bind(closes_at)
        .execute(&cx.pool)
        .await
        .unwrap();
    }
    let posters = posters(&cx).await.unwrap();
    assert_eq!(posters.iter().map(|(booth, _)| booth.name.vi.as_str()).collect::<Vec<_>>(), ["gian-1", "gian-2"]);
    let codes = [posters[0].1.clone(), posters[1].1.clone()];
    (cx, clock, ticket, secret, codes)
}

async fn at(cx: &Context, code: &str, ticket: &registration::Issued) -> Stamped {
    stamp(cx, code, &ticket.short_code, ScanId(cx.new_id())).await.unwrap()
}

async fn stored(cx: &Context) -> (i64, i64) {
    sqlx::query_as("select (select count(*) from scans where source = 'self'), (select count(*) from admissions)")
        .fetch_one(&cx.pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_second_stamp_at_a_booth_is_the_first_one(pool: PgPool) {
    let (cx, clock, ticket, _, [first, _]) = hall(pool).await;
    let since = cx.now();
    assert_eq!(at(&cx, &first, &ticket).await, Stamped::Since(since));
    clock.advance(TimeDelta::minutes(5));
    assert_eq!(at(&cx, &first.to_lowercase(), &ticket).await, Stamped::Since(since));
    assert_eq!(stored(&cx).await, (2, 1));
    let seen: Vec<_> = stamps(&cx, &ticket.short_code).await.unwrap().into_iter().map(|stamp| stamp.at).collect();
    assert_eq!(seen, [Some(since), None]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stamp_sent_again_is_one_fact(pool: PgPool) {
    let (cx, clock, ticket, _, [first, _]) = hall(pool).await;
    let (scan, since) = (ScanId(cx.new_id()), cx.now());
    for _ in 0..3 {
        assert_eq!(stamp(&cx, &first, &ticket.short_code, scan).await.unwrap(), Stamped::Since(since));
        clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(stored(&cx).await, (1, 1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_forged_code_and_a_gates_code_stamp_nothing(pool: PgPool) {
    let (cx, _, ticket, _, [first, _]) = hall(pool).await;
    let (key_id, key) = cx.secret.booth_signer(2027);
    let gate = BoothCode { key_id, year: 2027, checkpoint: CheckpointId(Uuid::from_u128(0x51)) };
    let booth = BoothCode { checkpoint: CheckpointId(Uuid::from_u128(0x61)), ..gate };
    let by_tickets_key = booth.sign(&cx.ticket_signer(2027).1);
    assert_eq!(booth.sign(&key), first);
    for code in [gate.sign(&key), by_tickets_key, ticket.code.clone(), first[1..].to_owned(), String::new()] {
        let refused = stamp(&cx, &code, &ticket.short_code, ScanId(cx.new_id())).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{code}: {refused:?}");
    }
    assert_eq!(stored(&cx).await, (0, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_closed_booth_and_a_cancelled_ticket_get_no_stamp(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, closing]) = hall(pool).await;
    clock.advance(TimeDelta::hours(2));
    let closed = at(&cx, &closing, &ticket).await;
    assert!(matches!(closed, Stamped::Refused(Verdict::WrongPlace { .. })), "{closed:?}");
    registration::cancel(&cx, &secret).await.unwrap();
    assert_eq!(at(&cx, &first, &ticket).await, Stamped::Refused(Verdict::Stopped { reason: Stop::Cancelled }));
    let unknown = ShortCode::from_random(1);
    assert_eq!(stamp(&cx, &first, &unknown, ScanId(cx.new_id())).await.unwrap(), Stamped::Refused(Verdict::NotATicket));
    assert_eq!(stored(&cx).await, (3, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_ticket_cannot_stamp_without_end(pool: PgPool) {
    let (cx, _, ticket, _, [first, _]) = hall(pool).await;
    for _ in 0..Limit::Stamp.most() {
        at(&cx, &first, &ticket).await;
    }
    let more = stamp(&cx, &first, &ticket.short_code, ScanId(cx.new_id())).await;
    assert!(matches!(more, Err(Error::TooMany(_))), "{more:?}");
    let other = ShortCode::from_random(1);
    assert!(stamp(&cx, &first, &other, ScanId(cx.new_id())).await.is_ok(), "others are not held up");
}
