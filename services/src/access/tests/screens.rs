use domain::checkin::{Direction, Source};
use domain::ids::ScanId;

use super::*;
use crate::{
    checkin::{self, board},
    registration::desk,
};

/// An organiser who has signed in in this browser.
async fn signed_in(cx: &Context) -> (Token, Actor) {
    let (_, password) = create_account(cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    sign_in(cx, "a@b.vn", &password).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_screen_takes_the_place_of_the_accounts_session(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    let token = pair_screen(&cx, &organiser, &session.0, "  Màn hình   sảnh A ").await.unwrap();
    assert_eq!(super::super::actor(&cx, &session.0).await.unwrap(), Actor::Anonymous);
    let listed = devices(&cx, &organiser).await.unwrap().remove(0);
    assert_eq!(
        super::super::actor(&cx, &token.0).await.unwrap(),
        Actor::Device { id: listed.id, name: "Màn hình sảnh A".into(), kind: DeviceKind::Screen }
    );
    assert_eq!((listed.kind, listed.paired_at, listed.contact, listed.has_ended), (DeviceKind::Screen, Some(cx.now()), None, false));
    let entries = sqlx::query!("select action, actor_kind, actor_id, detail from audit_log where subject_id = $1 order by id", listed.id.0)
        .fetch_all(&cx.pool)
        .await
        .unwrap();
    let entries: Vec<_> = entries.into_iter().map(|row| (row.action, row.actor_kind, row.actor_id, row.detail)).collect();
    let screen = json!({ "kind": "screen" });
    assert_eq!(
        entries,
        [
            ("device.prepare".into(), "account".into(), organiser.account().map(|id| id.0), screen.clone()),
            ("device.pair".into(), "device".into(), Some(listed.id.0), screen),
        ]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_session_that_has_ended_makes_no_screen(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    sign_out(&cx, &session.0).await.unwrap();
    assert!(matches!(pair_screen(&cx, &organiser, &session.0, "Màn hình").await, Err(Error::SignIn)));
    assert!(devices(&cx, &organiser).await.unwrap().is_empty());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_whoever_sees_the_board_and_pairs_phones_makes_a_screen(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    let (_, secret) = prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let phone = super::super::actor(&cx, &pair_device(&cx, &secret.0).await.unwrap().0).await.unwrap();
    for other in [testing::actor(Role::Steward, None), testing::actor(Role::Judge, None), phone] {
        assert!(matches!(pair_screen(&cx, &other, &session.0, "Màn hình").await, Err(Error::Forbidden)), "{other:?}");
    }
    assert_eq!(problem(pair_screen(&cx, &organiser, &session.0, " ").await.unwrap_err()), Problem::Required);
    assert_eq!(super::super::actor(&cx, &session.0).await.unwrap(), organiser, "who was refused stays signed in");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_screen_sees_numbers_and_neither_scans_nor_reads_of_people(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    let token = pair_screen(&cx, &organiser, &session.0, "Màn hình").await.unwrap();
    let screen = super::super::actor(&cx, &token.0).await.unwrap();
    assert_eq!(board::board(&cx, &screen).await.unwrap().arrived, 0);
    board::watch(&cx, &screen).unwrap();
    let scan = checkin_scan(&cx);
    assert!(matches!(checkin::record_single(&cx, &screen, edition.gate, scan).await, Err(Error::Forbidden)));
    assert!(matches!(checkin::roster(&cx, &screen, None).await, Err(Error::Forbidden)));
    assert!(matches!(checkin::shift(&cx, &screen, Some(&token.0)).await, Err(Error::Forbidden)));
    assert!(matches!(hear(&cx, &screen, &token.0, &contact(0)).await, Err(Error::Forbidden)));
    assert!(matches!(board::attendance(&cx, &screen, "so y te", "don-vi").await, Err(Error::Forbidden)));
    assert!(matches!(desk::find(&cx, &screen, &desk::Search::default(), "tim").await, Err(Error::Forbidden)));
    assert!(matches!(devices(&cx, &screen).await, Err(Error::Forbidden)));
}

fn checkin_scan(cx: &Context) -> domain::checkin::ScanSubmission {
    domain::checkin::ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: "7KQ4M9XW".into(),
        source: Source::Typed,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_screen_shows_until_midnight_though_nobody_uses_it(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    let token = pair_screen(&cx, &organiser, &session.0, "Màn hình").await.unwrap();
    // It is 05:00 in Vietnam: on to 23:59. Its page asks all day, and is seen.
    clock.advance(TimeDelta::minutes(18 * 60 + 59));
    let screen = polling_actor(&cx, &token.0).await.unwrap();
    board::board(&cx, &screen).await.unwrap();
    assert_eq!(devices(&cx, &organiser).await.unwrap()[0].last_seen_at, Some(cx.now()));
    assert!(!ended_screen(&cx, &token.0).await.unwrap());
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(polling_actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert!(ended_screen(&cx, &token.0).await.unwrap());
    assert!(devices(&cx, &organiser).await.unwrap()[0].has_ended);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_screen_that_was_signed_out_shows_nothing_and_brings_no_scans(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    let token = pair_screen(&cx, &organiser, &session.0, "Màn hình").await.unwrap();
    let id = devices(&cx, &organiser).await.unwrap()[0].id;
    revoke_device(&cx, &organiser, id).await.unwrap();
    assert_eq!(polling_actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert!(ended_screen(&cx, &token.0).await.unwrap());
    assert_eq!(ended_phone(&cx, &token.0).await.unwrap(), None, "what it would bring as an ended phone is nobody's");
    // A phone, an account and nobody were no screens.
    let (_, secret) = prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let phone = pair_device(&cx, &secret.0).await.unwrap();
    sign_out(&cx, &phone.0).await.unwrap();
    for other in [&phone.0, &session.0, "nobody's"] {
        assert!(!ended_screen(&cx, other).await.unwrap());
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_screen_signs_itself_out_for_good(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let (session, organiser) = signed_in(&cx).await;
    let token = pair_screen(&cx, &organiser, &session.0, "Màn hình").await.unwrap();
    sign_out(&cx, &token.0).await.unwrap();
    assert_eq!(super::super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    let listed = devices(&cx, &organiser).await.unwrap().remove(0);
    assert_eq!(listed.revoked_at, Some(cx.now()));
    let last =
        sqlx::query!("select action, actor_kind, actor_id from audit_log order by id desc limit 1").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((last.action.as_str(), last.actor_kind.as_str(), last.actor_id), ("device.sign_out", "device", Some(listed.id.0)));
}
