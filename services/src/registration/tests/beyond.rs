//! Sessions, questions, approval, invitations, changes.

use chrono::TimeDelta;
use domain::{
    access::Role,
    contact::{Email, Phone},
    form::Problem,
    registration::{Answers, Status, field},
    text::Locale,
};
use sqlx::PgPool;

use super::super::*;
use super::{nth_citizen, problem_of};
use crate::testing::{self, citizen};

async fn enter(cx: &Context, application: Application) -> String {
    register(cx, application, cx.new_id()).await.unwrap().0
}

async fn seats(cx: &Context, secret: &str) -> Vec<MySeat> {
    ticket(cx, secret).await.unwrap().sessions.into_iter().map(|session| session.seat).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_session_has_seats_of_its_own_and_a_queue_of_its_own(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let sessions = testing::sessions(&cx, 1).await;
    let with = |number, sessions: &[domain::ids::SessionId]| {
        let mut application = nth_citizen(edition.citizens, number);
        application.details.sessions = sessions.to_vec();
        application
    };
    let first = enter(&cx, with(1, &sessions)).await;
    let second = enter(&cx, with(2, &sessions[..1])).await;
    assert_eq!(seats(&cx, &first).await, [MySeat::Held, MySeat::Held]);
    assert_eq!(seats(&cx, &second).await, [MySeat::Queued(Queue::Waiting { position: 1 })]);
    assert_eq!(ticket(&cx, &second).await.unwrap().status, Status::Confirmed, "the day has seats");

    cancel(&cx, &first).await.unwrap();
    let [MySeat::Queued(Queue::Offered { .. })] = seats(&cx, &second).await[..] else { panic!("not offered") };
    accept_session(&cx, &second, sessions[0]).await.unwrap();
    assert!(matches!(accept_session(&cx, &second, sessions[0]).await, Err(Error::Conflict(_))));
    assert_eq!(seats(&cx, &second).await, [MySeat::Held]);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);

    let unknown = with(3, &[domain::ids::SessionId(uuid::Uuid::nil())]);
    assert_eq!(problem_of(register(&cx, unknown, cx.new_id()).await.unwrap_err(), field::SESSION), Problem::UnknownChoice);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_waits_for_the_day_gets_the_wanted_sessions_with_the_seat(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    testing::open_queue(&cx, &edition).await;
    let sessions = testing::sessions(&cx, 5).await;
    let first = enter(&cx, nth_citizen(edition.citizens, 1)).await;
    let mut second = nth_citizen(edition.citizens, 2);
    second.details.sessions = sessions.to_vec();
    let second = enter(&cx, second).await;
    assert_eq!(seats(&cx, &second).await, [MySeat::Wanted, MySeat::Wanted]);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
    cancel(&cx, &first).await.unwrap();
    accept(&cx, &second).await.unwrap();
    assert_eq!(seats(&cx, &second).await, [MySeat::Held, MySeat::Held]);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn staff_decide_about_an_audience_that_needs_approval(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    sqlx::query!("update audiences set needs_approval = true").execute(&cx.pool).await.unwrap();
    let organiser = testing::organiser(&cx).await;
    let mut application = citizen(edition.citizens);
    application.details.email = Email::parse("hanh@example.vn").ok();
    let secret = enter(&cx, application).await;
    let page = ticket(&cx, &secret).await.unwrap();
    assert_eq!((page.status, page.ticket), (Status::Pending, None));
    let id = page.registration_id;
    assert!(matches!(approve(&cx, &testing::actor(Role::Steward, None), id, "").await, Err(Error::Forbidden)));
    assert_eq!(problem_of(refuse(&cx, &organiser, id, "<b>").await.unwrap_err(), MESSAGE), Problem::Markup);
    refuse(&cx, &organiser, id, "Đã đủ phóng viên.").await.unwrap();
    let page = ticket(&cx, &secret).await.unwrap();
    assert_eq!((page.status, page.decision_message.as_deref()), (Status::Refused, Some("Đã đủ phóng viên.")));
    assert!(matches!(approve(&cx, &organiser, id, "").await, Err(Error::Conflict(_))));

    let secret = enter(&cx, nth_citizen(edition.citizens, 2)).await;
    let id = ticket(&cx, &secret).await.unwrap().registration_id;
    approve(&cx, &organiser, id, "").await.unwrap();
    let page = ticket(&cx, &secret).await.unwrap();
    assert!(page.status == Status::Confirmed && page.ticket.is_some());
    assert!(matches!(refuse(&cx, &organiser, id, "").await, Err(Error::Conflict(_))));
    let kinds = sqlx::query_scalar!("select kind from messages order by kind").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(kinds, ["pending", "refused"], "who has no address gets no message");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_replaced_ticket_stops_with_its_codes_and_a_blocked_one_until_it_is_unblocked(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    let organiser = testing::organiser(&cx).await;
    let secret = enter(&cx, citizen(edition.citizens)).await;
    let page = ticket(&cx, &secret).await.unwrap();
    let (id, old) = (page.registration_id, page.ticket.unwrap());
    reissue(&cx, &organiser, id).await.unwrap();
    let new = ticket(&cx, &secret).await.unwrap().ticket.unwrap();
    assert_ne!((&new.code, &new.short_code), (&old.code, &old.short_code));
    assert!(public_ticket(&cx, &old.code).await.unwrap().reissued);
    assert!(!public_ticket(&cx, &new.code).await.unwrap().reissued);
    block(&cx, &organiser, id).await.unwrap();
    assert!(ticket(&cx, &secret).await.unwrap().ticket.unwrap().is_blocked);
    assert!(matches!(reissue(&cx, &organiser, id).await, Err(Error::Conflict(_))));
    unblock(&cx, &organiser, id).await.unwrap();
    for _ in 1..15 {
        reissue(&cx, &organiser, id).await.unwrap();
    }
    assert!(matches!(reissue(&cx, &organiser, id).await, Err(Error::Conflict(_))), "the ticket's number has four bits");
}

fn invitation(audience: AudienceId, most_uses: i32, bypasses_capacity: bool) -> NewInvitation {
    NewInvitation { audience, label: "Báo Đồng Tháp".into(), most_uses, bypasses_capacity, expires_at: None }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_invitation_for_one_registers_one_however_many_race(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    create_invitation(&cx, &organiser, invitation(edition.hidden, 1, false), cx.new_id()).await.unwrap();
    let code = invitations(&cx, &organiser).await.unwrap()[0].code.clone();
    assert_eq!(choices(&cx, Some(&code)).await.unwrap().unwrap().audiences[0].id, edition.hidden);
    let public = choices(&cx, None).await.unwrap().unwrap().audiences;
    assert!(public.iter().all(|audience| audience.id != edition.hidden));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (cx, mut application) = (cx.clone(), nth_citizen(edition.hidden, number));
        application.invitation = Some(code.clone());
        tasks.spawn(async move { register(&cx, application, cx.new_id()).await });
    }
    let (mut inside, mut outside) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            Ok(secret) => inside.push(secret.0),
            Err(error) => {
                let Error::Invalid(errors) = error else { panic!("{error:?}") };
                assert_eq!(errors.of(field::INVITATION), Some(&Problem::InvitationUnusable));
                outside += 1;
            }
        }
    }
    assert_eq!((inside.len(), outside), (1, 49));
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
    // The use comes back with the seat.
    cancel(&cx, &inside[0]).await.unwrap();
    let mut again = nth_citizen(edition.hidden, 99);
    again.invitation = Some(code.clone());
    enter(&cx, again).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_invitation_opens_its_own_audience_until_it_ends_or_is_taken_back(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let expires_at = Some(cx.now() + TimeDelta::hours(1));
    create_invitation(&cx, &organiser, NewInvitation { expires_at, ..invitation(edition.hidden, 9, false) }, cx.new_id()).await.unwrap();
    let made = invitations(&cx, &organiser).await.unwrap().remove(0);
    let with = |audience, number| {
        let mut application = nth_citizen(audience, number);
        application.invitation = Some(made.code.clone());
        application
    };
    enter(&cx, with(edition.hidden, 1)).await;
    let other = register(&cx, with(edition.citizens, 2), cx.new_id()).await.unwrap_err();
    assert_eq!(problem_of(other, field::INVITATION), Problem::InvitationUnusable);
    clock.advance(TimeDelta::hours(1));
    let late = register(&cx, with(edition.hidden, 3), cx.new_id()).await.unwrap_err();
    assert_eq!(problem_of(late, field::INVITATION), Problem::InvitationUnusable);
    clock.advance(-TimeDelta::minutes(30));
    revoke_invitation(&cx, &organiser, made.id).await.unwrap();
    revoke_invitation(&cx, &organiser, made.id).await.unwrap();
    assert!(register(&cx, with(edition.hidden, 4), cx.new_id()).await.is_err());
    let log = sqlx::query_scalar!("select action from audit_log where subject_kind = 'invitation'").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(log, ["invitation.create", "invitation.revoke"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_same_form_makes_one_invitation_and_the_list_says_who_made_it_and_how_it_stands(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::query!("update audiences set email_domains = '{dongthap.gov.vn}' where id = $1", edition.hidden.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    let organiser = testing::organiser(&cx).await;
    let key = cx.new_id();
    let new = NewInvitation { expires_at: Some(cx.now() + TimeDelta::hours(1)), ..invitation(edition.hidden, 1, true) };
    let (one, other) =
        tokio::join!(create_invitation(&cx, &organiser, new.clone(), key), create_invitation(&cx, &organiser, new.clone(), key));
    let id = one.unwrap();
    assert_eq!(other.unwrap(), id);
    let over = create_invitation(&cx, &organiser, NewInvitation { expires_at: Some(cx.now()), ..new.clone() }, key).await.unwrap_err();
    assert_eq!(problem_of(over, invitation_field::EXPIRES_ON), Problem::TimePassed);
    let nowhere = NewInvitation { audience: AudienceId(cx.new_id()), ..new };
    assert_eq!(problem_of(create_invitation(&cx, &organiser, nowhere, key).await.unwrap_err(), field::AUDIENCE), Problem::UnknownChoice);
    clock.advance(TimeDelta::minutes(1));
    ask_invitation(&cx, Email::parse("an@soyte.dongthap.gov.vn").unwrap(), Locale::Vi).await.unwrap();

    let list = invitations(&cx, &organiser).await.unwrap();
    let seen: Vec<_> = list.iter().map(|row| (row.asked_from.as_deref(), row.made_by.as_deref(), row.bypasses_capacity)).collect();
    assert_eq!(seen, [(Some("soyte.dongthap.gov.vn"), None, false), (None, Some("Trần Thị Sen"), true)]);
    let made = &list[1];
    assert_eq!((made.id, made.standing(cx.now())), (id, InvitationStanding::Usable));
    let used = Invitation { uses: 1, ..made.clone() };
    assert_eq!(used.standing(cx.now()), InvitationStanding::UsedUp);
    assert_eq!(used.standing(made.expires_at.unwrap()), InvitationStanding::Over);
    assert_eq!(Invitation { revoked_at: Some(cx.now()), ..used }.standing(made.expires_at.unwrap()), InvitationStanding::Revoked);
    let domains: Vec<_> = invitables(&cx, &organiser).await.unwrap().into_iter().map(|row| (row.id, row.email_domains)).collect();
    assert_eq!(domains, [(edition.hidden, vec!["dongthap.gov.vn".to_owned()]), (edition.businesses, vec![]), (edition.citizens, vec![])]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn some_invitations_pass_a_full_house_and_leave_no_seat_behind(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    testing::open_queue(&cx, &edition).await;
    let organiser = testing::organiser(&cx).await;
    create_invitation(&cx, &organiser, invitation(edition.citizens, 5, true), cx.new_id()).await.unwrap();
    let code = invitations(&cx, &organiser).await.unwrap()[0].code.clone();
    enter(&cx, nth_citizen(edition.citizens, 1)).await;
    let waiting = enter(&cx, nth_citizen(edition.citizens, 2)).await;
    let mut guest = nth_citizen(edition.citizens, 3);
    guest.invitation = Some(code);
    let guest = enter(&cx, guest).await;
    assert_eq!(ticket(&cx, &guest).await.unwrap().status, Status::Confirmed);
    cancel(&cx, &guest).await.unwrap();
    assert_eq!(ticket(&cx, &waiting).await.unwrap().status, Status::Waiting, "the house is full without the guest");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_reads_mail_at_a_domain_is_sent_one_invitation_and_others_none(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    sqlx::query!("update audiences set email_domains = '{dongthap.gov.vn}' where id = $1", edition.hidden.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    for address in ["an@dongthap.gov.vn", "An@dongthap.gov.vn", "binh@soyte.dongthap.gov.vn", "x@fakedongthap.gov.vn", "x@gov.vn"] {
        ask_invitation(&cx, Email::parse(address).unwrap(), Locale::Vi).await.unwrap();
    }
    let asked =
        sqlx::query_scalar!(r#"select email as "email!" from invitations order by created_at, id"#).fetch_all(&cx.pool).await.unwrap();
    assert_eq!(asked, ["an@dongthap.gov.vn", "binh@soyte.dongthap.gov.vn"]);
    let told = sqlx::query_scalar!("select kind from messages where invitation_id is not null").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(told, ["invitation", "invitation"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_change_moves_between_sessions_and_notes_the_fields_without_their_words(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let sessions = testing::sessions(&cx, 1).await;
    let mut application = nth_citizen(edition.citizens, 1);
    application.details.sessions = vec![sessions[0]];
    let secret = enter(&cx, application).await;
    let mut waiting = nth_citizen(edition.citizens, 2);
    waiting.details.sessions = vec![sessions[0]];
    let waiting = enter(&cx, waiting).await;

    let shown = details(&cx, &secret).await.unwrap();
    assert!(shown.is_open);
    let mut new = shown.details;
    new.sessions = vec![sessions[1]];
    new.email = Email::parse("hanh@example.vn").ok();
    cx.live.was_marked().await;
    change(&cx, &secret, new.clone()).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    assert_eq!(details(&cx, &secret).await.unwrap().details, new);
    assert_eq!(seats(&cx, &secret).await, [MySeat::Held]);
    let [MySeat::Queued(Queue::Offered { .. })] = seats(&cx, &waiting).await[..] else { panic!("the seat did not go on") };
    // The same again changes nothing and tells nobody.
    change(&cx, &secret, new.clone()).await.unwrap();
    let log = sqlx::query_scalar!("select detail from audit_log where action = 'registration.change'").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(log, [serde_json::json!({ "fields": ["email", "session"] })]);
    let told = sqlx::query_scalar!("select kind from messages where kind = 'changed'").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);

    // A session that has begun stays as it is.
    clock.advance(TimeDelta::hours(4));
    let without = Details { sessions: Vec::new(), ..new.clone() };
    change(&cx, &secret, without).await.unwrap();
    assert_eq!(seats(&cx, &secret).await, [MySeat::Held]);
    clock.advance(TimeDelta::days(1));
    assert!(matches!(change(&cx, &secret, new).await, Err(Error::Conflict(_))), "the last day is over");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_changed_phone_keeps_to_the_limit_of_its_new_number(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::query!("update editions set registrations_per_phone = 1").execute(&cx.pool).await.unwrap();
    enter(&cx, nth_citizen(edition.citizens, 1)).await;
    let secret = enter(&cx, nth_citizen(edition.citizens, 2)).await;
    let mut new = details(&cx, &secret).await.unwrap().details;
    new.phone = Phone::parse("0300000001").ok();
    let full = change(&cx, &secret, new.clone()).await.unwrap_err();
    assert_eq!(problem_of(full, field::PHONE), Problem::PhoneFull { most: 1 });
    new.phone = Phone::parse("0300000003").ok();
    change(&cx, &secret, new).await.unwrap();
    enter(&cx, nth_citizen(edition.citizens, 2)).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_answer_that_names_nothing_is_told_at_its_question(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::raw_sql(
        "insert into questions (id, edition_id, code, kind, label_vi) values
           ('00000000-0000-0000-0000-000000000091', '00000000-0000-0000-0000-000000000001', 'que', 'commune', 'Quê'),
           ('00000000-0000-0000-0000-000000000092', '00000000-0000-0000-0000-000000000001', 'noi-lam', 'organisation', 'Nơi làm')",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let answer = |que: &str, work: String| Answers([("que".into(), vec![que.into()]), ("noi-lam".into(), vec![work])].into());
    let mut application = citizen(edition.citizens);
    application.details.answers = answer("99999", edition.health.to_string());
    let error = register(&cx, application.clone(), cx.new_id()).await.unwrap_err();
    assert_eq!(problem_of(error, "q.que"), Problem::UnknownChoice);
    application.details.answers = answer("28261", edition.health.to_string());
    let secret = enter(&cx, application.clone()).await;
    assert_eq!(details(&cx, &secret).await.unwrap().details.answers, application.details.answers);
}
