use domain::ids::{CheckpointId, PhoneId};

use super::*;
use crate::error::Conflict;

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_pairing_code_works_once_within_ten_minutes_until_the_end_of_the_day(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    testing::edition(&cx, 10).await;
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (_, organiser) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    let (id, secret) = prepare_device(&cx, &organiser, " Máy  cổng 1 ").await.unwrap();
    let token = pair_device(&cx, &secret.0).await.unwrap();
    let phone = Actor::Device { id, name: "Máy cổng 1".into(), kind: DeviceKind::Scanner };
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), phone);
    assert!(matches!(pair_device(&cx, &secret.0).await, Err(Error::Conflict(Conflict::PairingCode))));

    let (_, late) = prepare_device(&cx, &organiser, "Máy 2").await.unwrap();
    clock.advance(TimeDelta::minutes(10));
    assert!(matches!(pair_device(&cx, &late.0).await, Err(Error::Conflict(Conflict::PairingCode))));
    // It is 05:10 in Vietnam.
    clock.advance(TimeDelta::minutes(18 * 60 + 49));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), phone);
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_revoked_phone_is_signed_out_and_only_organisers_revoke(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (_, organiser) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    let (id, secret) = prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let token = pair_device(&cx, &secret.0).await.unwrap();
    let steward = testing::actor(Role::Steward, None);
    assert!(matches!(revoke_device(&cx, &steward, id).await, Err(Error::Forbidden)));
    assert!(matches!(prepare_device(&cx, &steward, "Máy 2").await, Err(Error::Forbidden)));
    revoke_device(&cx, &organiser, id).await.unwrap();
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert!(devices(&cx, &organiser).await.unwrap()[0].revoked_at.is_some());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn signing_a_phone_out_on_the_phone_ends_it_for_good(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let (id, secret) = prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let token = pair_device(&cx, &secret.0).await.unwrap();
    sign_out(&cx, &token.0).await.unwrap();
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert_eq!(devices(&cx, &organiser).await.unwrap()[0].revoked_at, Some(cx.now()));
    let entries = sqlx::query!("select action, actor_kind, actor_id from audit_log where subject_kind = 'device' order by id")
        .fetch_all(&cx.pool)
        .await
        .unwrap();
    let entries: Vec<_> = entries.into_iter().map(|row| (row.action, row.actor_kind, row.actor_id)).collect();
    assert_eq!(
        entries,
        [
            ("device.prepare".into(), "account".into(), organiser.account().map(|id| id.0)),
            ("device.pair".into(), "device".into(), Some(id.0)),
            ("device.sign_out".into(), "device".into(), Some(id.0)),
        ]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_that_pairs_after_midnight_works_until_the_next(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    // It is 05:00 in Vietnam: on to 23:55, and then to 00:03.
    clock.advance(TimeDelta::minutes(18 * 60 + 55));
    let (id, secret) = prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    clock.advance(TimeDelta::minutes(8));
    let token = pair_device(&cx, &secret.0).await.unwrap();
    let phone = Actor::Device { id, name: "Máy 1".into(), kind: DeviceKind::Scanner };
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), phone);
    clock.advance(TimeDelta::minutes(23 * 60 + 56));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), phone);
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_paired_phone_tells_how_it_fares(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let (id, secret) = prepare_device(&cx, &organiser, "Máy 3").await.unwrap();
    let token = pair_device(&cx, &secret.0).await.unwrap();
    let phone = Actor::Device { id, name: "Máy 3".into(), kind: DeviceKind::Scanner };
    hear(&cx, &phone, &token.0, &Contact { checkpoint: Some(edition.gate), ..contact(12) }).await.unwrap();
    let told = |devices: &[Device]| devices[0].contact.clone().map(|told| (told.checkpoint.map(|name| name.vi), told.waiting));
    assert_eq!(told(&devices(&cx, &organiser).await.unwrap()), Some((Some("Cổng chính".into()), 12)));
    // A checkpoint that is none any more is no reason to refuse.
    hear(&cx, &phone, &token.0, &Contact { checkpoint: Some(CheckpointId(uuid::Uuid::max())), ..contact(3) }).await.unwrap();
    let listed = devices(&cx, &organiser).await.unwrap();
    let expected = DeviceContact { at: cx.now(), waiting: 3, refused: 1, battery: Some(80), checkpoint: None, offset_ms: -90_000 };
    assert_eq!((listed.len(), listed[0].holder, &listed[0].contact), (1, None, &Some(expected)));
    let judge = testing::actor(Role::Judge, None);
    assert!(matches!(hear(&cx, &judge, &token.0, &contact(0)).await, Err(Error::Forbidden)));
}

/// Accounts that scan, the fixture of the tests below.
struct Team {
    cx: Context,
    clock: std::sync::Arc<testing::TestClock>,
    organiser: Actor,
}

impl Team {
    async fn new(pool: PgPool) -> Self {
        let (cx, clock) = testing::context_with_clock(pool);
        testing::edition(&cx, 10).await;
        let organiser = testing::organiser(&cx).await;
        Self { cx, clock, organiser }
    }

    async fn account(&self, email: &str, role: Role) -> String {
        create_account(&self.cx, new(email, role, None)).await.unwrap().1
    }

    /// Signs in on a phone that then tells how many scans wait there.
    async fn scans(&self, email: &str, password: &str, phone: u128, waiting: u32) -> Token {
        let (token, actor) = sign_in(&self.cx, email, password).await.unwrap();
        self.tells(&token, &actor, phone, waiting).await;
        token
    }

    async fn tells(&self, token: &Token, actor: &Actor, phone: u128, waiting: u32) {
        let told = Contact { phone: Some(PhoneId(uuid::Uuid::from_u128(phone))), ..contact(waiting) };
        hear(&self.cx, actor, &token.0, &told).await.unwrap();
    }

    /// Waiting scans and whether the session has ended, of each listed phone, the newest first.
    async fn listed(&self) -> Vec<(i32, bool)> {
        let devices = devices(&self.cx, &self.organiser).await.unwrap();
        devices.into_iter().map(|device| (device.contact.unwrap().waiting, device.has_ended)).collect()
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_scans_with_an_account_stands_among_the_phones_while_the_session_lasts(pool: PgPool) {
    let team = Team::new(pool).await;
    let password = team.account("t@b.vn", Role::Steward).await;
    let (token, steward) = sign_in(&team.cx, "t@b.vn", &password).await.unwrap();
    for waiting in [0, 12, 0] {
        team.tells(&token, &steward, 1, waiting).await;
        assert_eq!(team.listed().await, [(waiting.cast_signed(), false)]);
    }
    let device = devices(&team.cx, &team.organiser).await.unwrap().remove(0);
    assert_eq!(device.holder, Some((steward.account().unwrap(), Role::Steward)));
    // A steward's session ends four hours after its last use, as a page that asks by itself is no use.
    team.clock.advance(TimeDelta::minutes(4 * 60 - 1));
    team.tells(&token, &steward, 1, 0).await;
    assert_eq!(team.listed().await, [(0, false)]);
    team.clock.advance(TimeDelta::minutes(1));
    assert!(team.listed().await.is_empty(), "nothing waits there");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_waits_on_a_phone_stays_in_sight_until_that_phone_tells_otherwise(pool: PgPool) {
    let team = Team::new(pool).await;
    let (one, two) = (team.account("a@b.vn", Role::Steward).await, team.account("b@b.vn", Role::Steward).await);
    let first = team.scans("a@b.vn", &one, 1, 12).await;
    sign_out(&team.cx, &first.0).await.unwrap();
    assert_eq!(team.listed().await, [(12, true)]);
    // The same account on another phone says nothing of this one; another account on this phone does.
    team.scans("a@b.vn", &one, 2, 3).await;
    assert_eq!(team.listed().await, [(3, false), (12, true)]);
    let second = team.scans("b@b.vn", &two, 1, 12).await;
    assert_eq!(team.listed().await, [(12, false), (3, false)]);
    // Paired, it is that phone still.
    sign_out(&team.cx, &second.0).await.unwrap();
    let (id, secret) = prepare_device(&team.cx, &team.organiser, "Máy 1").await.unwrap();
    let token = pair_device(&team.cx, &secret.0).await.unwrap();
    team.tells(&token, &Actor::Device { id, name: "Máy 1".into(), kind: DeviceKind::Scanner }, 1, 0).await;
    assert_eq!(team.listed().await, [(0, false), (3, false)]);
    // Of a phone that never comes back no more is told after a day, and its session's end is no news.
    team.clock.advance(TimeDelta::hours(12));
    assert_eq!(team.listed().await, [(0, false), (3, true)]);
    team.clock.advance(TimeDelta::hours(12));
    assert_eq!(team.listed().await, [(0, true)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_account_is_signed_out_from_the_list_of_phones(pool: PgPool) {
    let team = Team::new(pool).await;
    let password = team.account("t@b.vn", Role::Steward).await;
    let token = team.scans("t@b.vn", &password, 1, 0).await;
    let id = devices(&team.cx, &team.organiser).await.unwrap()[0].id;
    revoke_device(&team.cx, &team.organiser, id).await.unwrap();
    assert_eq!(super::actor(&team.cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert_eq!(devices(&team.cx, &team.organiser).await.unwrap()[0].revoked_at, Some(team.cx.now()));
    // Who signs in again there has another place in the list.
    team.scans("t@b.vn", &password, 1, 0).await;
    assert_eq!(team.listed().await, [(0, false)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_sign_in_is_told_by_its_account_and_its_time_while_it_lasts(pool: PgPool) {
    let team = Team::new(pool).await;
    let password = team.account("t@b.vn", Role::Steward).await;
    let (first, steward) = sign_in(&team.cx, "t@b.vn", &password).await.unwrap();
    let began = team.cx.now();
    team.clock.advance(TimeDelta::minutes(1));
    let (second, _) = sign_in(&team.cx, "t@b.vn", &password).await.unwrap();
    let account = steward.account().unwrap();
    // It is used meanwhile.
    super::actor(&team.cx, &first.0).await.unwrap();
    assert_eq!(sign_in_of(&team.cx, &first.0).await.unwrap(), Some(SignIn { account, at: began }));
    assert_eq!(sign_in_of(&team.cx, &second.0).await.unwrap(), Some(SignIn { account, at: team.cx.now() }));
    let (_, secret) = prepare_device(&team.cx, &team.organiser, "Máy 1").await.unwrap();
    let paired = pair_device(&team.cx, &secret.0).await.unwrap();
    sign_out(&team.cx, &first.0).await.unwrap();
    for nobody in [&first.0, &paired.0, "nobody's"] {
        assert_eq!(sign_in_of(&team.cx, nobody).await.unwrap(), None);
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whoever_ends_all_sessions_of_an_account_signs_its_phones_out(pool: PgPool) {
    let team = Team::new(pool).await;
    let (one, two) = (team.account("a@b.vn", Role::Steward).await, team.account("b@b.vn", Role::Steward).await);
    let left = team.scans("a@b.vn", &one, 1, 4).await;
    sign_out(&team.cx, &left.0).await.unwrap();
    let (token, steward) = sign_in(&team.cx, "a@b.vn", &one).await.unwrap();
    team.tells(&token, &steward, 2, 0).await;
    team.scans("b@b.vn", &two, 3, 0).await;
    sign_out_everywhere(&team.cx, &steward).await.unwrap();
    let listed = devices(&team.cx, &team.organiser).await.unwrap();
    let told: Vec<_> = listed.iter().map(|device| (device.has_ended, device.revoked_at.is_some())).collect();
    assert_eq!(told, [(false, false), (true, true), (true, false)], "neither another account's nor one that had signed out before");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_supervisor_signs_out_no_organiser(pool: PgPool) {
    let team = Team::new(pool).await;
    let supervisor = testing::actor(Role::Supervisor, None);
    for (number, (role, is_allowed)) in [(Role::Organiser, false), (Role::Supervisor, true), (Role::Steward, true)].into_iter().enumerate()
    {
        let email = format!("{number}@b.vn");
        let password = team.account(&email, role).await;
        let token = team.scans(&email, &password, number as u128, 0).await;
        let id = devices(&team.cx, &supervisor).await.unwrap()[0].id;
        let done = revoke_device(&team.cx, &supervisor, id).await;
        let is_out = super::actor(&team.cx, &token.0).await.unwrap() == Actor::Anonymous;
        assert_eq!((done.is_ok(), is_out), (is_allowed, is_allowed), "{role:?}");
    }
}
