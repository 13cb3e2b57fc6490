use chrono::TimeDelta;
use domain::{
    access::Role,
    form::{Problem, Values},
    mail::{Channel, LEASE, Mailing, MessageState, Template},
    text::Locale,
};
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

fn mailing(is_about_seat: bool, when: &str) -> Mailing {
    let about = if is_about_seat { "yes" } else { "" };
    let fields = [("subject", "Nhắc {su_kien}"), ("body", "Chào {ten}"), ("status", "confirmed"), ("when", when), ("about_seat", about)];
    Mailing::parse(&Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())).unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn reminders_go_to_who_asked_for_them_and_news_of_the_seat_to_everybody(pool: PgPool) {
    let cx = testing::context(pool);
    let organiser = testing::organiser(&cx).await;
    registered(&cx).await;
    assert_eq!(preview_mailing(&cx, &organiser, &mailing(false, "now")).await.unwrap().recipients, 0, "consent was not given");
    let about_seat = preview_mailing(&cx, &organiser, &mailing(true, "now")).await.unwrap();
    assert_eq!((about_seat.recipients, about_seat.samples.len()), (1, 1));
    sqlx::raw_sql(
        "insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
         select id, 'reminders', true, '1', '', 'vi', 'form', now() from registrations",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    assert_eq!(preview_mailing(&cx, &organiser, &mailing(false, "now")).await.unwrap().recipients, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_mailing_reaches_everybody_once_however_often_it_is_asked_for(pool: PgPool) {
    let cx = testing::context(pool);
    let organiser = testing::organiser(&cx).await;
    registered(&cx).await;
    let key = Uuid::from_u128(7);
    for _ in 0..2 {
        create_mailing(&cx, &organiser, mailing(true, "now"), key).await.unwrap();
        write_due_mailings(&cx).await.unwrap();
    }
    let outbox = outbox(&cx, &organiser).await.unwrap();
    assert_eq!(outbox.counts, [(MessageState::Queued, 1)]);
    assert_eq!((outbox.mailings.len(), outbox.mailings[0].recipients), (1, Some(1)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_reminder_waits_for_its_time_and_asks_then_whom_it_is_for(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let organiser = testing::organiser(&cx).await;
    let person = registered(&cx).await;
    let refused = preview_mailing(&cx, &organiser, &mailing(true, "day")).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(errors) if errors.of("when") == Some(&Problem::TimePassed)));
    create_mailing(&cx, &organiser, mailing(true, "morning"), Uuid::from_u128(7)).await.unwrap();
    assert!(outbox(&cx, &organiser).await.unwrap().counts.is_empty());
    clock.advance(TimeDelta::hours(1));
    write_due_mailings(&cx).await.unwrap();
    clock.advance(TimeDelta::seconds(1));
    let mine = claimed(&cx).await;
    assert!(letter(&cx, mine).await.unwrap().is_some());
    // Who has cancelled since is not reminded.
    sqlx::query("update registrations set status = 'cancelled', ended_at = now() where id = $1")
        .bind(person.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    assert!(letter(&cx, mine).await.unwrap().is_none());
    assert_eq!(state(&cx).await.0, "dropped");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stopped_mailing_sends_nothing_more(pool: PgPool) {
    let cx = testing::context(pool);
    let organiser = testing::organiser(&cx).await;
    registered(&cx).await;
    let (planned, started) = (Uuid::from_u128(7), Uuid::from_u128(8));
    create_mailing(&cx, &organiser, mailing(true, "morning"), planned).await.unwrap();
    create_mailing(&cx, &organiser, mailing(true, "now"), started).await.unwrap();
    for id in [planned, started] {
        cancel_mailing(&cx, &organiser, id).await.unwrap();
        assert!(matches!(cancel_mailing(&cx, &organiser, id).await, Err(Error::Conflict(_))), "stopped twice");
    }
    assert_eq!(state(&cx).await.0, "dropped");
    assert!(matches!(cancel_mailing(&cx, &organiser, Uuid::from_u128(9)).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_what_failed_or_is_unclear_is_sent_again_and_that_is_written_down(pool: PgPool) {
    let cx = testing::context(pool);
    let organiser = testing::organiser(&cx).await;
    let person = registered(&cx).await;
    tell(&cx, MessageKind::Ticket, person).await;
    let mine = claimed(&cx).await;
    assert!(matches!(resend(&cx, &organiser, mine.id).await, Err(Error::Conflict(_))));
    finish(&cx, mine, Outcome::Refused("smtp 550".into())).await.unwrap();
    let dead = outbox(&cx, &organiser).await.unwrap().dead;
    assert_eq!((dead.len(), dead[0].name.as_str(), dead[0].error.as_deref()), (1, "Nguyễn Thị Hạnh", Some("smtp 550")));
    resend(&cx, &organiser, mine.id).await.unwrap();
    assert_eq!(state(&cx).await, ("queued".into(), 0, None));
    assert_eq!(messages_of(&cx, &organiser, person).await.unwrap().len(), 1);
    let entries: i64 =
        sqlx::query_scalar("select count(*) from audit_log where action = 'message.resend'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(entries, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_organisers_text_replaces_ours_until_it_is_taken_back(pool: PgPool) {
    let cx = testing::context(pool);
    let organiser = testing::organiser(&cx).await;
    let person = registered(&cx).await;
    let (kind, vi) = (MessageKind::Ticket, Locale::Vi);
    let refused = write_template(&cx, &organiser, kind, vi, "Vé", "{admin_email}").await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)));
    write_template(&cx, &organiser, kind, vi, "Vé của {ten}", "Mới\n{lien_ket}").await.unwrap();
    assert!(template(&cx, &organiser, kind, vi).await.unwrap().is_own);
    tell(&cx, kind, person).await;
    let mine = claimed(&cx).await;
    let own = letter(&cx, mine).await.unwrap().unwrap().template;
    assert_eq!(own, Template::parse("Vé của {ten}", "Mới\n{lien_ket}").unwrap());
    reset_template(&cx, &organiser, kind, vi).await.unwrap();
    let text = template(&cx, &organiser, kind, vi).await.unwrap();
    assert_eq!((text.is_own, text.subject.as_str(), text.sample.is_some()), (false, kind.default_text(vi).0, true));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_organisers_see_messages(pool: PgPool) {
    let cx = testing::context(pool);
    for role in [Role::Department, Role::Judge, Role::Steward] {
        let other = testing::actor(role, None);
        assert!(matches!(outbox(&cx, &other).await, Err(Error::Forbidden)));
        assert!(matches!(resend(&cx, &other, MessageId(Uuid::from_u128(1))).await, Err(Error::Forbidden)));
        assert!(matches!(create_mailing(&cx, &other, mailing(true, "now"), Uuid::from_u128(1)).await, Err(Error::Forbidden)));
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_leader_is_told_of_the_delegations_page_and_who_asked_for_an_invitation_of_its_code(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    sqlx::raw_sql(
        "insert into delegations (id, edition_id, audience_id, kind, leader_name, leader_email, locale, link_hash, idempotency_key, created_at)
         select '00000000-0000-0000-0000-000000000071', edition_id, id, 'people', 'Trần Văn Sen', 'sen@example.vn', 'en', '', gen_random_uuid(), now()
         from audiences where code = 'doanh-nghiep';
         insert into invitations (id, edition_id, audience_id, code_hash, email, locale, most_uses, created_at)
         select '00000000-0000-0000-0000-000000000072', edition_id, id, '', 'an@example.vn', 'en', 1, now() from audiences where code = 'dai-bieu'",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let told = [
        (MessageKind::Delegation, To::Delegation(DelegationId(Uuid::from_u128(0x71)))),
        (MessageKind::Invitation, To::Invitation(InvitationId(Uuid::from_u128(0x72)))),
    ];
    let mut letters = Vec::new();
    for (kind, to) in told {
        let inner = cx.clone();
        write::write(&cx, move |tx| {
            let cx = inner.clone();
            Box::pin(async move { enqueue(tx, &cx, kind, to, cx.now()).await })
        })
        .await
        .unwrap();
        letters.push(letter(&cx, claimed(&cx).await).await.unwrap().unwrap());
    }
    assert_eq!((letters[0].to.as_str(), letters[0].facts.locale), ("sen@example.vn", Locale::En));
    assert!(matches!(letters[0].facts.link, LetterLink::Delegation(_)));
    let code = registration::invitation_code(&cx, InvitationId(Uuid::from_u128(0x72)));
    assert_eq!((letters[1].to.as_str(), letters[1].facts.locale), ("an@example.vn", Locale::En));
    assert_eq!(letters[1].facts.code, Some(code.shown()));
    assert_eq!(letters[1].facts.link, LetterLink::Register(code));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_no_address_is_told_by_phone_where_the_installation_can(pool: PgPool) {
    let cx = testing::context(pool);
    let person = registered(&cx).await;
    know_channels(&cx, &[Channel::Email, Channel::Sms]).await.unwrap();
    tell(&cx, MessageKind::Offer, person).await;
    sqlx::raw_sql("update registrations set email = null").execute(&cx.pool).await.unwrap();
    tell(&cx, MessageKind::Offer, person).await;
    sqlx::raw_sql("update registrations set phone = null").execute(&cx.pool).await.unwrap();
    tell(&cx, MessageKind::Offer, person).await;
    let told: Vec<String> = sqlx::query_scalar("select channel from messages order by id").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(told, ["email", "sms"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn reminders_follow_the_main_day_and_none_comes_twice(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let organiser = testing::organiser(&cx).await;
    registered(&cx).await;
    sqlx::raw_sql("update editions set peak_on = '2027-10-13', ends_on = '2027-10-13'").execute(&cx.pool).await.unwrap();
    create_mailing(&cx, &organiser, mailing(true, "three-days"), Uuid::from_u128(7)).await.unwrap();
    create_mailing(&cx, &organiser, mailing(true, "morning"), Uuid::from_u128(8)).await.unwrap();
    let messages = async || -> i64 { sqlx::query_scalar("select count(*) from messages").fetch_one(&cx.pool).await.unwrap() };
    let planned = async || -> Vec<String> {
        let at = "select to_char(send_at at time zone 'Asia/Ho_Chi_Minh', 'DD HH24:MI') from mailings order by id";
        sqlx::query_scalar(at).fetch_all(&cx.pool).await.unwrap()
    };
    let move_to = async |day: &str| {
        let (inner, day) = (cx.clone(), day.parse().unwrap());
        write::write(&cx, move |tx| {
            let cx = inner.clone();
            Box::pin(async move {
                let edition = crate::edition::current(&cx).await?.unwrap().id;
                follow_day(tx, edition, day).await
            })
        })
        .await
        .unwrap();
    };
    assert_eq!(planned().await, ["10 08:00", "13 05:30"]);
    move_to("2027-10-20").await;
    assert_eq!(planned().await, ["17 08:00", "20 05:30"]);
    clock.advance(TimeDelta::days(5));
    write_due_mailings(&cx).await.unwrap();
    assert_eq!(messages().await, 0, "the old moment has passed, the new one has not");
    clock.advance(TimeDelta::days(3));
    write_due_mailings(&cx).await.unwrap();
    assert_eq!(messages().await, 1);
    move_to("2027-10-30").await;
    assert_eq!(planned().await, ["17 08:00", "30 05:30"], "what has gone out stays as it was");
    clock.advance(TimeDelta::days(30));
    write_due_mailings(&cx).await.unwrap();
    assert_eq!(messages().await, 2);
    let each: Vec<i64> = sqlx::query_scalar("select count(*) from messages group by mailing_id").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(each, [1, 1]);
}
