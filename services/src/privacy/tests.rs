mod erasure;
mod leader;
mod retention;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    access::Role,
    checkin::Reason,
    privacy::{NewRequest, Response},
    ticket::ShortCode,
};
use sqlx::PgPool;

use super::*;
use crate::{
    error::Conflict,
    registration,
    testing::{self, citizen},
};

/// A registered citizen's link.
async fn registered(cx: &Context) -> String {
    let edition = testing::edition(cx, 10).await;
    registration::register(cx, citizen(edition.citizens), cx.new_id()).await.unwrap().0
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

async fn actions(cx: &Context) -> Vec<String> {
    sqlx::query_scalar!("select action from audit_log where action like 'privacy.%' order by id").fetch_all(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_person_sees_everything_that_is_stored_under_the_link_and_nobody_else_does(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = registered(&cx).await;
    sqlx::raw_sql(
        r#"insert into questions (id, edition_id, code, kind, label_vi, label_en, options) values
             ('00000000-0000-0000-0000-000000000071', '00000000-0000-0000-0000-000000000001', 'an', 'choice', 'Bữa trưa', 'Lunch',
              '[{"code": "chay", "name": {"vi": "Chay", "en": "Vegetarian"}}]');
           update registrations set answers = '{"an": ["chay"], "cu": ["x"]}';
           insert into messages (id, edition_id, kind, channel, registration_id, due_at, created_at)
             select '00000000-0000-0000-0000-000000000081', edition_id, 'ticket', 'email', id, now(), now() from registrations;
           insert into scans (id, edition_id, checkpoint_id, ticket_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report)
             select '00000000-0000-0000-0000-000000000091', edition_id, '00000000-0000-0000-0000-000000000051', id, 'entry', 'manual', now(), now(), now(), 0, 'admit', '{}'
             from tickets;
           insert into hand_reasons (scan_id, reason, note) values ('00000000-0000-0000-0000-000000000091', 'forgotten', 'đi cùng con');
           insert into badges (digest, ticket_id, salt, issued_at) select sha256('b'), id, '\x00000000000000000000000000000000', now() from tickets;
           insert into badge_prints (id, edition_id, template, account_name, at)
             select '00000000-0000-0000-0000-000000000092', id, 'roll-90x54', 'Trần Thị Sen', '2027-10-10 07:00+07' from editions;
           insert into printed_badges select id, sha256('b'), 0 from badge_prints"#,
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let mine = mine(&cx, &secret).await.unwrap();
    assert_eq!(
        (mine.person.full_name.as_str(), mine.person.commune.as_deref(), mine.person.phone.as_deref()),
        ("Nguyễn Thị Hạnh", Some("Phường Mỹ Tho"), Some("+84912345678"))
    );
    let answers: Vec<_> = mine.answers.iter().map(|answer| (answer.question.get(Locale::En), answer.text(Locale::En))).collect();
    assert_eq!(answers, [("Lunch", "Vegetarian".into()), ("cu", "x".into())]);
    assert_eq!(mine.decision(Purpose::Attend).unwrap().words, Some(Purpose::Attend.statement(Locale::Vi)));
    assert!(!mine.decision(Purpose::News).unwrap().given);
    assert_eq!((mine.messages.len(), mine.scans[0].checkpoint.vi.as_str()), (1, "Cổng chính"));
    assert_eq!((mine.scans[0].by_hand, mine.scans[0].note.as_deref()), (Some(Reason::Forgotten), Some("đi cùng con")));
    assert_eq!(mine.badges, ["2027-10-10T00:00:00Z".parse::<DateTime<Utc>>().unwrap()]);
    assert_eq!(mine.history.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["registration.register"]);
    assert!(matches!(super::mine(&cx, "x").await, Err(Error::NotFound)));
}

/// Where a person finds what a table that names tickets or registrations keeps.
const TOLD: [(&str, &str); 15] = [
    ("admissions", "scans: of those of one ticket the one that counts"),
    ("badges", "badges"),
    ("consent_records", "consents"),
    ("gone_admissions", "scans: of those the one that counted"),
    ("gone_tickets", "nothing: numbers of tickets that are no more"),
    ("messages", "messages"),
    ("namings", "scans"),
    ("presences", "scans: of those the last"),
    ("privacy_requests", "requests"),
    ("raffle_entrants", "raffles"),
    ("scans", "scans"),
    ("session_seats", "sessions"),
    ("spare_tickets", "history: that the person came in by one"),
    ("tickets", "person"),
    ("waiting_entries", "waiting"),
];

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn no_table_that_names_people_is_forgotten_when_they_are_told_what_is_stored(pool: PgPool) {
    let tables: Vec<String> = sqlx::query_scalar(
        "select distinct table_name::text from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_schema = 'public' and table_type = 'BASE TABLE' and column_name in ('registration_id', 'ticket_id') order by 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(tables, TOLD.map(|(table, _)| table));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_consent_is_given_and_withdrawn_by_another_row_each_time(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = registered(&cx).await;
    let steps = [(Locale::En, true), (Locale::En, true), (Locale::Vi, false), (Locale::Vi, false), (Locale::Vi, true)];
    for (locale, given) in steps {
        change_consent(&cx, &secret, locale, Purpose::Photos, given).await.unwrap();
        assert_eq!(mine(&cx, &secret).await.unwrap().decision(Purpose::Photos).unwrap().given, given);
    }
    let mine = mine(&cx, &secret).await.unwrap();
    let photos: Vec<_> = mine
        .consents
        .iter()
        .filter(|consent| consent.purpose == Purpose::Photos)
        .map(|consent| (consent.given, consent.channel.as_str(), consent.words.unwrap(), consent.notice_version.as_str()))
        .collect();
    let words = |locale| Purpose::Photos.statement(locale);
    assert_eq!(
        photos,
        [
            (false, "form", words(Locale::Vi), NOTICE_VERSION),
            (true, "ticket", words(Locale::En), NOTICE_VERSION),
            (false, "ticket", words(Locale::Vi), NOTICE_VERSION),
            (true, "ticket", words(Locale::Vi), NOTICE_VERSION),
        ]
    );
    let asked: Vec<_> = mine.requests.iter().map(|request| (request.right, request.state)).collect();
    assert_eq!(asked, [(Right::Withdraw, RequestState::Done)], "what is done at once is recorded as answered");
    assert_eq!(actions(&cx).await, ["privacy.consent"; 3]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_registration_needs_is_not_withdrawn_while_it_stands(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = registered(&cx).await;
    assert!(matches!(change_consent(&cx, &secret, Locale::Vi, Purpose::Attend, false).await, Err(Error::Invalid(_))));
    assert!(matches!(change_consent(&cx, "x", Locale::Vi, Purpose::News, true).await, Err(Error::NotFound)));
    assert!(mine(&cx, &secret).await.unwrap().decision(Purpose::Attend).unwrap().given);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_person_asks_stands_in_the_queue_with_its_due_days(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = registered(&cx).await;
    ask(&cx, &secret, Right::Restrict, "Chỉ giữ, đừng dùng").await.unwrap();
    ask(&cx, &secret, Right::Correct, "Tên là Hạnh").await.unwrap();
    assert!(matches!(ask(&cx, &secret, Right::Erase, "x").await, Err(Error::Invalid(_))));
    let organiser = testing::actor(Role::Organiser, None);
    let queue = requests(&cx, &organiser).await.unwrap();
    let open: Vec<_> = queue.open.iter().map(|filed| (filed.request.right, filed.request.due_on, filed.full_name.as_deref())).collect();
    // It is Sunday, the 10th, in Vietnam.
    let name = Some("Nguyễn Thị Hạnh");
    assert_eq!(open, [(Right::Correct, day(2027, 10, 20), name), (Right::Restrict, day(2027, 10, 25), name)]);
    assert_eq!(queue.open[0].request.answer_due_on, day(2027, 10, 12));
    assert!(queue.open[0].request.acknowledged_at.is_some(), "the page has answered that it came");
    assert!(matches!(requests(&cx, &testing::actor(Role::Steward, None)).await, Err(Error::Forbidden)));
    assert_eq!(actions(&cx).await, ["privacy.ask"; 2]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_fills_the_queue_from_one_link(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = registered(&cx).await;
    for _ in 0..MOST_OPEN {
        ask(&cx, &secret, Right::Object, "x").await.unwrap();
    }
    assert!(matches!(ask(&cx, &secret, Right::Object, "x").await, Err(Error::Invalid(_))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_letter_counts_from_the_day_it_came_and_is_extended_once(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let secret = registered(&cx).await;
    let organiser = testing::organiser(&cx).await;
    let code = registration::ticket(&cx, &secret).await.unwrap().ticket.unwrap().short_code;
    let letter = NewRequest {
        right: Right::Withdraw,
        channel: RequestChannel::Letter,
        code: Some(code),
        detail: "Đừng gửi tin".into(),
        asked_on: day(2027, 10, 8),
    };
    let nobody = NewRequest { code: Some(ShortCode::from_random(1)), ..letter.clone() };
    assert!(matches!(file(&cx, &organiser, nobody).await, Err(Error::Invalid(_))));
    let id = file(&cx, &organiser, letter).await.unwrap();
    let asked = request(&cx, &organiser, id).await.unwrap().request;
    assert_eq!((asked.answer_due_on, asked.due_on, asked.acknowledged_at), (day(2027, 10, 12), day(2027, 10, 23), None));
    assert_eq!(asked.next_due_on(), Some(day(2027, 10, 12)));
    clock.advance(TimeDelta::days(3));
    assert!(asked.is_overdue(cx.now()), "on the 13th nobody had answered");
    acknowledge(&cx, &organiser, id).await.unwrap();
    extend(&cx, &organiser, id, "Phải hỏi đơn vị khác").await.unwrap();
    assert!(matches!(extend(&cx, &organiser, id, "nữa").await, Err(Error::Conflict(Conflict::PrivacyRequest))));
    let asked = request(&cx, &organiser, id).await.unwrap().request;
    assert_eq!((asked.due_on, asked.is_overdue(cx.now())), (day(2027, 11, 7), false));
    assert_eq!(actions(&cx).await, ["privacy.file", "privacy.acknowledge", "privacy.extend"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_overdue_is_not_extended(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let secret = registered(&cx).await;
    ask(&cx, &secret, Right::Correct, "x").await.unwrap();
    let organiser = testing::organiser(&cx).await;
    let id = requests(&cx, &organiser).await.unwrap().open[0].request.id;
    clock.advance(TimeDelta::days(11));
    assert!(matches!(extend(&cx, &organiser, id, "x").await, Err(Error::Conflict(Conflict::PrivacyRequest))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_answered_withdrawal_stands_in_the_ledger_and_is_answered_once(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = registered(&cx).await;
    change_consent(&cx, &secret, Locale::Vi, Purpose::News, true).await.unwrap();
    let organiser = testing::organiser(&cx).await;
    let code = registration::ticket(&cx, &secret).await.unwrap().ticket.unwrap().short_code;
    let call = NewRequest {
        right: Right::Withdraw,
        channel: RequestChannel::Phone,
        code: Some(code),
        detail: "Đừng gửi tin".into(),
        asked_on: day(2027, 10, 10),
    };
    let id = file(&cx, &organiser, call).await.unwrap();
    assert_eq!(request(&cx, &organiser, id).await.unwrap().given, [Purpose::Attend, Purpose::News]);
    let done = Response { is_done: true, outcome: "Đã rút".into(), withdrawn: vec![Purpose::News, Purpose::Attend] };
    answer(&cx, &organiser, id, done.clone()).await.unwrap();
    let mine = mine(&cx, &secret).await.unwrap();
    let last = mine.decision(Purpose::News).unwrap();
    assert_eq!((last.given, last.channel.as_str()), (false, "phone"));
    assert!(mine.decision(Purpose::Attend).unwrap().given, "that is to cancel or to erase");
    assert!(matches!(answer(&cx, &organiser, id, done).await, Err(Error::Conflict(Conflict::PrivacyRequest))));
    let ended = requests(&cx, &organiser).await.unwrap().ended;
    assert_eq!(ended.iter().map(|filed| filed.request.state).collect::<Vec<_>>(), [RequestState::Done], "{ended:?}");
}
