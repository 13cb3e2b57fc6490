//! Retention: what has served its time goes, what has not stays, and a dry run changes nothing.

use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{Contact, Direction, ScanSubmission, Source},
    contact::Email,
    ids::ScanId,
    text::PersonName,
};
use sqlx::PgPool;

use super::super::*;
use crate::{
    access::{self, NewAccount},
    checkin, registration,
    testing::{self, TestClock, citizen},
};

const DAY: TimeDelta = TimeDelta::days(1);

async fn registered(pool: PgPool) -> (Context, std::sync::Arc<TestClock>) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    registration::register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    (cx, clock)
}

async fn names(cx: &Context) -> Vec<String> {
    sqlx::query_scalar!("select full_name from registrations order by id").fetch_all(&cx.pool).await.unwrap()
}

/// How many proofs there are.
async fn proofs(cx: &Context) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from consent_records"#).fetch_one(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn names_go_twelve_months_after_the_last_day_and_proofs_twenty_four_later(pool: PgPool) {
    let (cx, clock) = registered(pool).await;
    // From the 10th of October 2027 to the same day of 2028 is not long enough, and the day after is.
    clock.advance(DAY * 366);
    assert_eq!(retention(&cx, false).await.unwrap().attendees, 0);
    clock.advance(DAY);
    assert_eq!(retention(&cx, true).await.unwrap().attendees, 1);
    assert_eq!(names(&cx).await, ["Nguyễn Thị Hạnh"], "a dry run changes nothing");
    assert_eq!(retention(&cx, false).await.unwrap().attendees, 1);
    assert_eq!(names(&cx).await, [""]);
    assert_eq!(retention(&cx, false).await.unwrap().attendees, 0);
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), [], "the counts stay");

    clock.advance(DAY * 730);
    assert_eq!((retention(&cx, false).await.unwrap().proofs, proofs(&cx).await), (0, 5));
    clock.advance(DAY);
    assert_eq!((retention(&cx, true).await.unwrap().proofs, proofs(&cx).await), (5, 5));
    assert_eq!((retention(&cx, false).await.unwrap().proofs, proofs(&cx).await), (5, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_ledger_and_the_log_only_grow_again_after_a_night(pool: PgPool) {
    let (cx, clock) = registered(pool).await;
    clock.advance(DAY * 1200);
    retention(&cx, false).await.unwrap();
    clock.advance(DAY * 1200);
    let swept = retention(&cx, false).await.unwrap();
    assert!(swept.proofs == 5 && swept.logs > 0, "{swept:?}");
    for (table, row) in [
        (
            "consent_records",
            "(registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
             values ('00000000-0000-0000-0000-000000000001', 'news', true, 'x', '', 'vi', 'form', now())",
        ),
        ("audit_log", "(at, actor_kind, action, subject_kind) values (now(), 'system', 'x', 'x')"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("insert into {table} {row}"))).execute(&cx.pool).await.unwrap();
        let refused = sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table}"))).execute(&cx.pool).await.unwrap_err();
        assert!(refused.to_string().contains("only grows"), "{refused}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_edition_says_how_long_it_keeps(pool: PgPool) {
    let (cx, clock) = registered(pool).await;
    sqlx::query!("update editions set keep_attendees = 1").execute(&cx.pool).await.unwrap();
    clock.advance(DAY * 32);
    assert_eq!(retention(&cx, false).await.unwrap().attendees, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_replica_does_the_work_of_a_night_and_another_takes_over_from_a_dead_one(pool: PgPool) {
    let (cx, clock) = registered(pool).await;
    // It is five in the morning.
    let (one, other) = tokio::join!(nightly(&cx), nightly(&cx));
    assert_eq!([one.unwrap(), other.unwrap()].iter().flatten().count(), 1);
    assert_eq!(nightly(&cx).await.unwrap(), None);
    sqlx::query!("update nights set ended_at = null").execute(&cx.pool).await.unwrap();
    assert_eq!(nightly(&cx).await.unwrap(), None, "who began it may be alive");
    sqlx::query!("update nights set begun_at = begun_at - interval '2 hours'").execute(&cx.pool).await.unwrap();
    assert!(nightly(&cx).await.unwrap().is_some());
    sqlx::query!("delete from nights").execute(&cx.pool).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    assert_eq!(nightly(&cx).await.unwrap(), None, "at six the night is over");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_night_tells_of_a_counter_that_lies(pool: PgPool) {
    let (cx, _) = registered(pool).await;
    sqlx::query!("update capacities set taken = 3 where size = 10").execute(&cx.pool).await.unwrap();
    assert_eq!(nightly(&cx).await.unwrap().unwrap().faults.len(), 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn lists_from_other_systems_are_kept_for_a_day(pool: PgPool) {
    let (cx, clock) = registered(pool).await;
    let organiser = testing::organiser(&cx).await;
    let audiences = registration::desk::desk_audiences(&cx, &organiser).await.unwrap();
    let file = "Mã,Họ và tên\nA1,Lê Đào\n".as_bytes().to_vec();
    registration::desk::check_import(&cx, &organiser, file, audiences[0].id, "file").await.unwrap();
    clock.advance(DAY);
    assert_eq!(retention(&cx, false).await.unwrap().lists, 0);
    clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(retention(&cx, true).await.unwrap().lists, 1);
    assert_eq!(retention(&cx, false).await.unwrap().lists, 1);
    assert_eq!(retention(&cx, false).await.unwrap().lists, 0);
}

/// Whose phones are known: names of paired ones, and those of accounts.
async fn phones(cx: &Context) -> Vec<Option<String>> {
    sqlx::query_scalar!("select name from devices order by name").fetch_all(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_phone_of_an_account_goes_a_month_after_its_last_contact_and_a_paired_one_stays(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let (_, secret) = access::prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let paired = access::pair_device(&cx, &secret.0).await.unwrap();
    let paired = access::actor(&cx, &paired.0).await.unwrap();
    let scan = ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: "7KQ4M9XW".into(),
        source: Source::Typed,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    checkin::record_single(&cx, &paired, edition.gate, scan).await.unwrap();
    let email = Email::parse("t@b.vn").unwrap();
    let full_name = PersonName::parse("Lê Văn Tám").unwrap();
    let account = NewAccount { email, full_name, role: Role::Steward, organisation: None, sample: false };
    let (_, password) = access::create_account(&cx, account).await.unwrap();
    let (token, steward) = access::sign_in(&cx, "t@b.vn", &password).await.unwrap();
    // Scans wait there, and nobody comes back for them.
    access::hear(&cx, &steward, &token.0, &Contact { waiting: 3, ..Contact::default() }).await.unwrap();
    clock.advance(DAY * 30);
    assert_eq!((retention(&cx, false).await.unwrap().devices, phones(&cx).await), (0, vec![Some("Máy 1".into()), None]));
    clock.advance(TimeDelta::milliseconds(1));
    assert_eq!((retention(&cx, true).await.unwrap().devices, phones(&cx).await.len()), (1, 2), "a dry run changes nothing");
    assert_eq!((retention(&cx, false).await.unwrap().devices, phones(&cx).await), (1, vec![Some("Máy 1".into())]));
    clock.advance(DAY * 3000);
    assert_eq!((retention(&cx, false).await.unwrap().devices, phones(&cx).await), (0, vec![Some("Máy 1".into())]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_screen_goes_a_month_after_it_was_paired(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    testing::edition(&cx, 10).await;
    let email = Email::parse("t@b.vn").unwrap();
    let full_name = PersonName::parse("Lê Văn Tám").unwrap();
    let account = NewAccount { email, full_name, role: Role::Organiser, organisation: None, sample: false };
    let (_, password) = access::create_account(&cx, account).await.unwrap();
    let (session, organiser) = access::sign_in(&cx, "t@b.vn", &password).await.unwrap();
    access::pair_screen(&cx, &organiser, &session.0, "Màn hình").await.unwrap();
    clock.advance(DAY * 30);
    assert_eq!((retention(&cx, false).await.unwrap().devices, phones(&cx).await), (0, vec![Some("Màn hình".into())]));
    clock.advance(TimeDelta::milliseconds(1));
    assert_eq!((retention(&cx, false).await.unwrap().devices, phones(&cx).await), (1, vec![]));
}
