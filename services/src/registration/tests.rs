mod beyond;
mod merge;
mod queue;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    access::Role,
    form::Problem,
    privacy::NOTICE_VERSION,
    registration::{Status, field},
    text::Locale,
};
use sqlx::PgPool;

use super::*;
use crate::testing::{self, citizen};

async fn count(cx: &Context, audience: AudienceId) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from registrations where audience_id = $1 and status = 'confirmed'"#, audience.0)
        .fetch_one(&cx.pool)
        .await
        .unwrap()
}

/// A citizen with a phone of his own.
fn nth_citizen(audience: AudienceId, number: u32) -> Application {
    let mut application = citizen(audience);
    application.details.phone = domain::contact::Phone::parse(&format!("03{number:08}")).ok();
    application
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
    let issued = page.ticket.unwrap();
    let read = domain::ticket::verify(&issued.code, &cx.ticket_keys(2027)).unwrap();
    assert_eq!((read.id, read.audience, read.reissue), (issued.id, AudienceKind::Citizen, 0));
    let public = public_ticket(&cx, &issued.code.to_lowercase()).await.unwrap();
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
    spouse.details.full_name = domain::text::PersonName::parse("Trần Văn Sen").unwrap();
    let second = register(&cx, spouse, key).await.unwrap();
    assert_eq!(ticket(&cx, &first.0).await.unwrap().full_name, "Nguyễn Thị Hạnh");
    assert_eq!(ticket(&cx, &second.0).await.unwrap().full_name, "Trần Văn Sen");
    assert_eq!(count(&cx, edition.citizens).await, 2);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_form_sent_again_after_its_cancellation_is_a_new_registration(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let key = cx.new_id();
    let mut links = BTreeSet::new();
    for _ in 0..3 {
        let secret = register(&cx, citizen(edition.citizens), key).await.unwrap();
        assert_eq!(ticket(&cx, &secret.0).await.unwrap().status, Status::Confirmed);
        assert_eq!(register(&cx, citizen(edition.citizens), key).await.unwrap(), secret, "a repeat of what stands is one");
        cancel(&cx, &secret.0).await.unwrap();
        links.insert(secret.0);
    }
    assert_eq!(links.len(), 3);
    let (one, other) = tokio::join!(register(&cx, citizen(edition.citizens), key), register(&cx, citizen(edition.citizens), key));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(count(&cx, edition.citizens).await, 1);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_registration_that_lost_against_another_transaction_is_tried_again(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    // Fails by a deadlock twice in four times; a sequence counts on although the transaction is undone.
    sqlx::raw_sql(
        "create sequence tries;
         create function lose() returns trigger language plpgsql as $$ begin
             if nextval('tries') % 4 in (1, 2) then raise exception using errcode = 'deadlock_detected'; end if;
             return new;
         end $$;
         create trigger lose before insert on registrations for each row execute function lose()",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    assert_eq!(count(&cx, edition.citizens).await, 1);
    sqlx::raw_sql("create or replace function lose() returns trigger language plpgsql as $$ begin raise exception using errcode = 'deadlock_detected'; end $$")
        .execute(&cx.pool)
        .await
        .unwrap();
    let lost = register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap_err();
    assert!(matches!(lost, Error::Unavailable(_)), "trying again later may help: {lost:?}");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_official_belongs_to_a_body_that_the_form_offers(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::raw_sql(
        "insert into organisations (id, code, kind, name_vi, valid_from, valid_to) values
           ('00000000-0000-0000-0000-000000000023', 'cong-ty', 'doanh_nghiep', 'Công ty Sen', null, null),
           ('00000000-0000-0000-0000-000000000024', 'hop-tac-xa', 'htx', 'HTX Sen', null, null),
           ('00000000-0000-0000-0000-000000000025', 'so-cu', 'so', 'Sở Thông tin và Truyền thông', null, '2027-10-09'),
           ('00000000-0000-0000-0000-000000000026', 'so-moi', 'so', 'Sở Mới', '2027-10-11', null),
           ('00000000-0000-0000-0000-000000000027', 'ubnd-my-tho', 'ubnd_xa', 'Ủy ban nhân dân phường Mỹ Tho', '2025-07-01', null)",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let offered: BTreeSet<_> = choices(&cx, None).await.unwrap().unwrap().organisations.into_iter().map(|body| body.id).collect();
    for number in 0x21..=0x27 {
        let id = OrganisationId(Uuid::from_u128(number));
        let mut application = citizen(edition.citizens);
        application.details.organisation = Some(id);
        match register(&cx, application, cx.new_id()).await {
            Ok(_) => assert!(offered.contains(&id), "{number:x} was taken and is not offered"),
            Err(error) => {
                assert_eq!(problem_of(error, field::ORGANISATION), Problem::UnknownChoice);
                assert!(!offered.contains(&id), "{number:x} is offered and was refused");
            }
        }
    }
    assert_eq!(offered.len(), 3);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_proof_of_consent_outlives_the_registration_and_nobody_rewrites_it(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    sqlx::raw_sql("delete from registrations").execute(&cx.pool).await.unwrap();
    let kept = sqlx::query_scalar!(r#"select count(*) as "count!" from consent_records"#).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(kept, 5);
    for change in [
        "update consent_records set given = true",
        "delete from consent_records",
        "truncate consent_records",
        "update audit_log set action = 'nothing'",
        "delete from audit_log",
        "truncate audit_log",
    ] {
        let refused = sqlx::raw_sql(change).execute(&cx.pool).await.unwrap_err();
        let sqlx::Error::Database(refused) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.code().as_deref(), Some("42501"), "{change}: {refused}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_log_says_that_a_visitor_cancelled(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    cancel(&cx, &secret.0).await.unwrap();
    let by =
        sqlx::query_scalar!("select actor_kind from audit_log where action = 'registration.cancel'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(by, "anonymous");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn ten_seats_are_ten_people_however_many_race(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let race: Vec<_> = (0..200)
        .map(|number| {
            let (cx, key) = (cx.clone(), cx.new_id());
            tokio::spawn(async move { register(&cx, nth_citizen(edition.citizens, number), key).await })
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

/// The negative control: a statement that counts and inserts at once does oversell, and the check finds it.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn counting_instead_of_the_counter_would_oversell(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    let stored = std::sync::Arc::new(tokio::sync::Barrier::new(5));
    let race: Vec<_> = (0..5_i64)
        .map(|number| {
            let (cx, stored) = (cx.clone(), stored.clone());
            tokio::spawn(async move {
                let mut tx = cx.pool.begin().await.unwrap();
                sqlx::query!(
                    "insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, search_text, link_hash, idempotency_key, created_at)
                     select $2, a.edition_id, a.id, 'confirmed', 'vi', 'Hạnh', '+84912345678', '', int8send($3), $2, now()
                     from audiences a join capacities c on c.id = a.capacity_id
                     where a.id = $1 and (select count(*) from registrations where audience_id = a.id) < c.size",
                    edition.citizens.0,
                    cx.new_id(),
                    number
                )
                .execute(&mut *tx)
                .await
                .unwrap();
                stored.wait().await;
                tx.commit().await.unwrap();
            })
        })
        .collect();
    for runner in race {
        runner.await.unwrap();
    }
    assert_eq!(
        check_capacities(&cx).await.unwrap(),
        [CapacityFault { of: "nguoi-dan".into(), taken: 0, counted: 5, waiting: 0, queued: 0 }]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_phone_registers_as_many_as_the_edition_says_however_many_race(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 100).await;
    sqlx::query!("update editions set registrations_per_phone = 3").execute(&cx.pool).await.unwrap();
    let race: Vec<_> = [edition.citizens, edition.businesses]
        .into_iter()
        .cycle()
        .take(40)
        .map(|audience| {
            let (cx, key) = (cx.clone(), cx.new_id());
            tokio::spawn(async move { register(&cx, citizen(audience), key).await })
        })
        .collect();
    let mut links = Vec::new();
    for runner in race {
        match runner.await.unwrap() {
            Ok(secret) => links.push(secret.0),
            Err(error) => assert_eq!(problem_of(error, field::PHONE), Problem::PhoneFull { most: 3 }),
        }
    }
    assert_eq!(links.len(), 3);
    assert_eq!(count(&cx, edition.citizens).await + count(&cx, edition.businesses).await, 3);
    assert_eq!(check_capacities(&cx).await.unwrap(), [], "who is refused takes no seat");

    register(&cx, nth_citizen(edition.citizens, 1), cx.new_id()).await.unwrap();
    cancel(&cx, &links[1]).await.unwrap();
    register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap();
    let full = register(&cx, citizen(edition.citizens), cx.new_id()).await.unwrap_err();
    assert_eq!(problem_of(full, field::PHONE), Problem::PhoneFull { most: 3 });
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
async fn the_form_knows_which_bodies_are_of_communes_and_which_communes_are_wards(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    sqlx::raw_sql(
        "insert into communes values ('28262', 'xa', 'An Hữu');
         insert into organisations (id, code, kind, name_vi) values
           ('00000000-0000-0000-0000-000000000023', 'an-huu', 'ubnd_xa', 'Chính quyền xã An Hữu'),
           ('00000000-0000-0000-0000-000000000024', 'thanh-doan', 'dang_doan_the', 'UBND xã hội')",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let choices = choices(&cx, None).await.unwrap().unwrap();
    let bodies: Vec<_> = choices.organisations.iter().map(|body| (body.name.vi.as_str(), body.kind)).collect();
    assert_eq!(
        bodies,
        [
            ("Sở Tư pháp", BodyKind::Department),
            ("Sở Y tế", BodyKind::Department),
            ("UBND xã hội", BodyKind::Department),
            ("Chính quyền xã An Hữu", BodyKind::Commune),
        ]
    );
    let communes: Vec<_> = choices.communes.iter().map(|commune| (commune.name.as_str(), commune.kind)).collect();
    assert_eq!(communes, [("An Hữu", CommuneKind::Rural), ("Mỹ Tho", CommuneKind::Ward)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_unknown_commune_is_named_on_its_field(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let mut application = citizen(edition.citizens);
    application.details.commune = Some(domain::registration::CommuneCode::parse("99999").unwrap());
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
    let code = ticket(&cx, &secret.0).await.unwrap().ticket.unwrap().code;
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
    assert_eq!(faults, [CapacityFault { of: "nguoi-dan".into(), taken: 3, counted: 1, waiting: 0, queued: 0 }]);
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
