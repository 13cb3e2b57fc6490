use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::access::Role;
use sqlx::PgPool;

use super::*;
use crate::testing::{self, citizen};

async fn count(cx: &Context, audience: AudienceId) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from registrations where audience_id = $1 and status = 'confirmed'"#, audience.0)
        .fetch_one(&cx.pool)
        .await
        .unwrap()
}

fn problem_of(error: Error, field: &str) -> Problem {
    match error {
        Error::Invalid(errors) => errors.of(field).unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_registered_citizen_holds_a_ticket_that_verifies(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    let page = ticket(&cx, &secret.0).await.unwrap();
    assert_eq!((page.full_name.as_str(), page.status), ("Nguyễn Thị Hạnh", Status::Confirmed));
    assert_eq!(page.gate.unwrap().0.vi, "Cổng chính");
    let read = ticket::verify(&page.code, &cx.ticket_keys(2027)).unwrap();
    assert_eq!((read.id, read.audience, read.reissue), (page.ticket_id, AudienceKind::Citizen, 0));
    let public = public_ticket(&cx, &page.code.to_lowercase()).await.unwrap();
    assert_eq!(public.masked_name, "N. T. Hạnh");
    assert!(!public.reissued);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn every_purpose_is_recorded_with_the_words_that_were_shown(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    let rows = sqlx::query!("select purpose, given, notice_version, text_sha256, channel from consent_records order by id")
        .fetch_all(&cx.pool)
        .await
        .unwrap();
    let expected: Vec<_> = domain::privacy::Purpose::ALL
        .into_iter()
        .map(|purpose| (purpose.key().to_owned(), purpose.is_needed(), purpose.statement_hash(Locale::Vi).to_vec()))
        .collect();
    assert_eq!(rows.iter().map(|row| (row.purpose.clone(), row.given, row.text_sha256.clone())).collect::<Vec<_>>(), expected);
    assert!(rows.iter().all(|row| row.notice_version == NOTICE_VERSION && row.channel == "form"));
    let entries = sqlx::query_scalar!("select action from audit_log").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(entries, ["registration.register"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_same_form_sent_twice_is_one_registration(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let key = cx.new_id();
    let (first, second) = tokio::join!(register(&cx, citizen(edition.citizens), key), register(&cx, citizen(edition.citizens), key));
    assert_eq!(first.unwrap(), second.unwrap());
    register(&cx, citizen(edition.citizens), key).await.unwrap();
    assert_eq!(count(&cx, edition.citizens).await, 1);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn another_person_on_the_same_form_is_another_registration(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let key = cx.new_id();
    let first = register(&cx, citizen(edition.citizens), key).await.unwrap();
    let mut spouse = citizen(edition.citizens);
    spouse.full_name = domain::text::PersonName::parse("Trần Văn Sen").unwrap();
    let second = register(&cx, spouse, key).await.unwrap();
    assert_eq!(ticket(&cx, &first.0).await.unwrap().full_name, "Nguyễn Thị Hạnh");
    assert_eq!(ticket(&cx, &second.0).await.unwrap().full_name, "Trần Văn Sen");
    assert_eq!(count(&cx, edition.citizens).await, 2);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn ten_seats_are_ten_people_however_many_race(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let race: Vec<_> = (0..200)
        .map(|_| {
            let (cx, key) = (cx.clone(), cx.new_id());
            tokio::spawn(async move { register(&cx, citizen(edition.citizens), key).await })
        })
        .collect();
    let mut full = 0;
    let mut links = BTreeSet::new();
    for runner in race {
        match runner.await.unwrap() {
            Ok(secret) => assert!(links.insert(secret.0)),
            Err(error) => {
                assert_eq!(problem_of(error, field::AUDIENCE), Problem::Full);
                full += 1;
            }
        }
    }
    assert_eq!((links.len(), full), (10, 190));
    assert_eq!(count(&cx, edition.citizens).await, 10);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

/// The negative control: counting first and inserting then does oversell, so the race above proves something.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn counting_before_inserting_would_oversell(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    sqlx::raw_sql("create table naive (id int)").execute(&cx.pool).await.unwrap();
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(5));
    let race: Vec<_> = (0..5)
        .map(|_| {
            let (pool, start) = (cx.pool.clone(), start.clone());
            tokio::spawn(async move {
                let mut connection = pool.acquire().await.unwrap();
                let taken: i64 = sqlx::query_scalar("select count(*) from naive").fetch_one(&mut *connection).await.unwrap();
                start.wait().await;
                if taken < 1 {
                    sqlx::query("insert into naive values (1)").execute(&mut *connection).await.unwrap();
                }
            })
        })
        .collect();
    for runner in race {
        runner.await.unwrap();
    }
    let sold: i64 = sqlx::query_scalar("select count(*) from naive").fetch_one(&cx.pool).await.unwrap();
    assert!(sold > 1, "one seat, {sold} sold");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn closed_hidden_and_unknown_audiences_take_nobody(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let ask = async |audience| problem_of(register(&cx, citizen(audience), cx.new_id()).await.unwrap_err(), field::AUDIENCE);
    assert_eq!(ask(edition.hidden).await, Problem::UnknownChoice);
    assert_eq!(ask(AudienceId(Uuid::nil())).await, Problem::UnknownChoice);
    clock.advance(TimeDelta::hours(5));
    assert_eq!(ask(edition.citizens).await, Problem::Closed);
    assert_eq!(count(&cx, edition.citizens).await, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_unknown_commune_is_named_on_its_field(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let mut application = citizen(edition.citizens);
    application.commune = Some(domain::registration::CommuneCode::parse("99999").unwrap());
    let error = register(&cx, application, cx.new_id()).await.unwrap_err();
    assert_eq!(problem_of(error, field::COMMUNE), Problem::UnknownChoice);
    assert_eq!(count(&cx, edition.citizens).await, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_cancelled_seat_is_free_at_once_and_only_once(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    let secret = register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    assert!(register(&cx, citizen(edition.citizens), cx.new_id()).await.is_err());
    cancel(&cx, &secret.0).await.unwrap();
    cancel(&cx, &secret.0).await.unwrap();
    assert_eq!(ticket(&cx, &secret.0).await.unwrap().status, Status::Cancelled);
    register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    assert!(register(&cx, citizen(edition.citizens), cx.new_id()).await.is_err());
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_wrong_link_and_a_forged_code_lead_nowhere(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    let code = ticket(&cx, &secret.0).await.unwrap().code;
    let forged = format!("{}{}", if code.starts_with('C') { 'E' } else { 'C' }, &code[1..]);
    assert!(matches!(public_ticket(&cx, &forged).await, Err(Error::NotFound)));
    assert!(matches!(ticket(&cx, "x").await, Err(Error::NotFound)));
    assert!(matches!(cancel(&cx, "x").await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_counter_that_lies_is_found(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    sqlx::query!("update capacities set taken = 3 where size = 10").execute(&cx.pool).await.unwrap();
    let faults = check_capacities(&cx).await.unwrap();
    assert_eq!(faults, [CapacityFault { audiences: "nguoi-dan".into(), taken: 3, counted: 1 }]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn organisers_see_how_full_each_capacity_is_and_nobody_else_does(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    for audience in [edition.citizens, edition.citizens] {
        register(&cx, citizen(audience), cx.new_id()).await.unwrap();
    }
    let seen: Vec<_> = numbers(&cx, &testing::actor(Role::Organiser, None))
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.audiences.into_iter().map(|name| name.vi).collect::<Vec<_>>().join(" + "), row.taken, row.size))
        .collect();
    assert_eq!(seen, [("Người dân".into(), 2, Some(10)), ("Đại biểu + Doanh nghiệp".into(), 0, None)]);
    assert!(matches!(numbers(&cx, &testing::actor(Role::Department, Some(edition.health))).await, Err(Error::Forbidden)));
    assert!(matches!(numbers(&cx, &Actor::Anonymous).await, Err(Error::SignIn)));
}
