mod devices;
mod screens;

use domain::{access::DeviceKind, checkin::Contact, ids::OrganisationId, text::PersonName};
use sqlx::PgPool;

use super::*;
use crate::testing;

fn new(email: &str, role: Role, organisation: Option<OrganisationId>) -> NewAccount {
    NewAccount {
        email: Email::parse(email).unwrap(),
        full_name: PersonName::parse("Trần Thị Sen").unwrap(),
        role,
        organisation,
        sample: false,
    }
}

fn contact(waiting: u32) -> Contact {
    Contact { phone: None, waiting, counts_all: true, refused: 1, battery: Some(80), checkpoint: None, offset_ms: -90_000 }
}

fn problem(error: Error) -> Problem {
    match error {
        Error::Invalid(errors) => errors.0[0].1.clone(),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_signed_in_person_is_known_by_the_token_until_signing_out(pool: PgPool) {
    let cx = testing::context(pool);
    let (id, password) = create_account(&cx, new("Sen@DongThap.gov.vn", Role::Organiser, None)).await.unwrap();
    let (token, actor) = sign_in(&cx, "sen@dongthap.gov.vn", &password).await.unwrap();
    assert_eq!(actor.account(), Some(id));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), actor);
    sign_out(&cx, &token.0).await.unwrap();
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert_eq!(super::actor(&cx, "").await.unwrap(), Actor::Anonymous);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn neither_token_nor_password_is_stored(pool: PgPool) {
    let cx = testing::context(pool);
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (token, _) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    let stored = sqlx::query_scalar!(
        r#"select (select string_agg(a::text, '') from accounts a) || (select string_agg(s::text, '') from web_sessions s) || (select string_agg(l::text, '') from audit_log l) as "all!""#
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    assert!(!stored.contains(&password) && !stored.contains(&token.0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn sessions_end_by_idleness_and_by_age(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Steward, None)).await.unwrap();
    let (token, steward) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    for _ in 0..3 {
        clock.advance(TimeDelta::minutes(239));
        assert_eq!(super::actor(&cx, &token.0).await.unwrap(), steward);
    }
    clock.advance(TimeDelta::minutes(4));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous, "older than twelve hours");
    let (token, _) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    clock.advance(TimeDelta::minutes(240));
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous, "idle for four hours");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn five_wrong_passwords_lock_for_a_quarter_of_an_hour(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    for _ in 0..5 {
        assert_eq!(problem(sign_in(&cx, "a@b.vn", "wrong").await.unwrap_err()), Problem::SignInFailed);
    }
    assert_eq!(problem(sign_in(&cx, "a@b.vn", &password).await.unwrap_err()), Problem::TooManyAttempts { minutes: 16 });
    clock.advance(TimeDelta::minutes(15));
    sign_in(&cx, "a@b.vn", &password).await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_address_without_an_account_locks_alike(pool: PgPool) {
    let cx = testing::context(pool);
    for _ in 0..5 {
        assert_eq!(problem(sign_in(&cx, "nobody@b.vn", "wrong").await.unwrap_err()), Problem::SignInFailed);
    }
    for spelling in ["nobody@b.vn", " Nobody@B.vn "] {
        assert_eq!(problem(sign_in(&cx, spelling, "wrong").await.unwrap_err()), Problem::TooManyAttempts { minutes: 16 });
    }
    assert_eq!(problem(sign_in(&cx, "somebody@b.vn", "wrong").await.unwrap_err()), Problem::SignInFailed);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn guesses_at_the_same_moment_cannot_pass_the_limit(pool: PgPool) {
    let cx = testing::context(pool);
    create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let guesses: Vec<_> = (0..20)
        .map(|guess| {
            let cx = cx.clone();
            tokio::spawn(async move { problem(sign_in(&cx, "a@b.vn", &format!("guess {guess}")).await.unwrap_err()) })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        looked_at += usize::from(guess.await.unwrap() == Problem::SignInFailed);
    }
    assert_eq!(looked_at, 5);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_right_password_forgets_the_wrong_ones_before_it(pool: PgPool) {
    let cx = testing::context(pool);
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(problem(sign_in(&cx, "a@b.vn", "wrong").await.unwrap_err()), Problem::SignInFailed);
        }
        sign_in(&cx, "a@b.vn", &password).await.unwrap();
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn unknown_accounts_are_refused_in_the_same_words(pool: PgPool) {
    let cx = testing::context(pool);
    for email in ["nobody@b.vn", "not an address", ""] {
        assert_eq!(problem(sign_in(&cx, email, "x").await.unwrap_err()), Problem::SignInFailed);
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn signing_out_everywhere_ends_every_session_of_the_account_only(pool: PgPool) {
    let cx = testing::context(pool);
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (_, other) = create_account(&cx, new("c@b.vn", Role::Steward, None)).await.unwrap();
    let (one, actor) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    let (two, _) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    let (theirs, them) = sign_in(&cx, "c@b.vn", &other).await.unwrap();
    sign_out_everywhere(&cx, &actor).await.unwrap();
    for token in [one, two] {
        assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    }
    assert_eq!(super::actor(&cx, &theirs.0).await.unwrap(), them);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_address_is_one_account_and_a_department_belongs_somewhere(pool: PgPool) {
    let cx = testing::context(pool);
    create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    assert_eq!(problem(create_account(&cx, new("A@b.vn", Role::Judge, None)).await.unwrap_err()), Problem::AlreadyInUse);
    assert_eq!(problem(create_account(&cx, new("d@b.vn", Role::Department, None)).await.unwrap_err()), Problem::Required);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_reset_password_ends_sessions_and_opens_anew(pool: PgPool) {
    let cx = testing::context(pool);
    let email = Email::parse("a@b.vn").unwrap();
    let (_, old) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (token, _) = sign_in(&cx, "a@b.vn", &old).await.unwrap();
    let fresh = reset_password(&cx, &email).await.unwrap();
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert_eq!(problem(sign_in(&cx, "a@b.vn", &old).await.unwrap_err()), Problem::SignInFailed);
    sign_in(&cx, "a@b.vn", &fresh).await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_page_that_asks_by_itself_keeps_nobody_signed_in(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    testing::edition(&cx, 10).await;
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (token, organiser) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    let (_, secret) = prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let phone = pair_device(&cx, &secret.0).await.unwrap();
    for _ in 0..29 {
        clock.advance(TimeDelta::minutes(1));
        assert_eq!(polling_actor(&cx, &token.0).await.unwrap(), organiser);
        polling_actor(&cx, &phone.0).await.unwrap();
    }
    assert_eq!(devices(&cx, &organiser).await.unwrap()[0].last_seen_at, Some(cx.now()), "a phone is there as long as it asks");
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(polling_actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_disabled_account_is_out_at_once_until_it_is_enabled(pool: PgPool) {
    let cx = testing::context(pool);
    let email = Email::parse("A@b.vn").unwrap();
    let (_, password) = create_account(&cx, new("a@b.vn", Role::Organiser, None)).await.unwrap();
    let (token, actor) = sign_in(&cx, "a@b.vn", &password).await.unwrap();
    set_disabled(&cx, &email, true).await.unwrap();
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous);
    assert_eq!(problem(sign_in(&cx, "a@b.vn", &password).await.unwrap_err()), Problem::SignInFailed);
    set_disabled(&cx, &email, false).await.unwrap();
    assert_eq!(super::actor(&cx, &token.0).await.unwrap(), Actor::Anonymous, "its sessions have ended for good");
    assert_eq!(sign_in(&cx, "a@b.vn", &password).await.unwrap().1, actor);
    assert!(matches!(set_disabled(&cx, &Email::parse("x@b.vn").unwrap(), true).await, Err(Error::NotFound)));
}
