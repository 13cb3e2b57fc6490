//! Erasing: nothing of the person is found in any column of any table, and the counts stay.

use data_encoding::HEXLOWER;
use domain::{
    access::Role,
    privacy::{NewRequest, Response},
    registration::Status,
};
use sqlx::PgPool;

use super::super::*;
use crate::{
    registration::{self, check_capacities},
    testing::{self, TestClock},
};

/// Everything by which somebody could be known again, and what is derived from it alone.
struct Traces(Vec<String>);

impl Traces {
    fn of(secret: &str) -> Self {
        let link = HEXLOWER.encode(&hash(secret));
        let words =
            ["Hạnh", "hanh", "912345678", "912 345 678", "hanh@example.vn", "Sen Hồng", "sen hong", "0100109106", "xe lăn", "28261"];
        Self(words.into_iter().map(str::to_owned).chain([link]).collect())
    }

    /// The tables in which any of them stands, in any column: a row is looked at as the text of all its values, bytes among
    /// them in hexadecimal.
    async fn found(&self, cx: &Context) -> Vec<String> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select table_name::text from information_schema.tables
             where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('communes', '_sqlx_migrations') order by 1",
        )
        .fetch_all(&cx.pool)
        .await
        .unwrap();
        assert!(tables.len() > 20, "{tables:?}");
        let mut found = Vec::new();
        for table in tables {
            for trace in &self.0 {
                let bytes = HEXLOWER.encode(trace.as_bytes());
                let sql = format!(r#"select count(*) from "{table}" t where t::text ilike $1 or t::text ilike $2"#);
                let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                    .bind(format!("%{trace}%"))
                    .bind(format!("%{bytes}%"))
                    .fetch_one(&cx.pool)
                    .await
                    .unwrap();
                if count > 0 {
                    found.push(format!("{table}: {trace}"));
                }
            }
        }
        found
    }
}

/// Somebody who has left traces wherever one can.
async fn somebody(pool: PgPool) -> (Context, std::sync::Arc<TestClock>, String) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 1).await;
    let mut application = testing::citizen(edition.citizens);
    application.details.email = Some(domain::contact::Email::parse("hanh@example.vn").unwrap());
    let secret = registration::register(&cx, application, cx.new_id()).await.unwrap().0;
    sqlx::raw_sql(
        r#"insert into invitations (id, edition_id, audience_id, code_hash, label, email, uses, most_uses, created_at) values
             ('00000000-0000-0000-0000-000000000077', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041',
              '\x01', 'Chị Hạnh', 'Hanh@example.vn', 1, 1, now());
           update registrations set answers = '{"ghi-chu": ["Sen Hồng"]}', organisation_name = 'Công ty Sen Hồng', tax_code = '0100109106',
               attention = 'Hạnh cần xe lăn', external_ref = 'hanh-1', decision_message = 'Chào Hạnh', job_title = 'Chủ tiệm Sen Hồng',
               search_text = search_text || ' sen hong', invitation_id = '00000000-0000-0000-0000-000000000077'"#,
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    // A list from another system that nobody has confirmed names the same person, and others.
    let organiser = testing::organiser(&cx).await.account().unwrap();
    sqlx::query(
        r#"insert into imports (id, edition_id, account_id, state, rows, count, created_at) values
             ('00000000-0000-0000-0000-000000000078', '00000000-0000-0000-0000-000000000001', $1, 'checked',
              '[{"reference": "khac", "full_name": "Đỗ An"}, {"reference": "hanh-1", "full_name": "Hạnh"}, {"reference": "x", "email": "HANH@example.vn"},
                {"reference": "y", "phone": "+84912345678"}, {"reference": "z", "full_name": "Lê Bình", "phone": "+84900000001"}]', 5, now())"#,
    )
    .bind(organiser.0)
    .execute(&cx.pool)
    .await
    .unwrap();
    ask(&cx, &secret, Right::Correct, "Tên tôi là Hạnh, gọi 0912 345 678").await.unwrap();
    change_consent(&cx, &secret, Locale::En, Purpose::News, true).await.unwrap();
    (cx, clock, secret)
}

async fn standing(cx: &Context) -> (String, Option<String>, i32) {
    let row = sqlx::query!(
        r#"select r.status as "status!", t.standing as "standing?", c.taken as "taken!" from registrations r join audiences a on a.id = r.audience_id
           join capacities c on c.id = a.capacity_id left join tickets t on t.registration_id = r.id"#
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    (row.status, row.standing, row.taken)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn after_erasing_no_column_of_any_table_tells_of_the_person(pool: PgPool) {
    let (cx, _, secret) = somebody(pool).await;
    let traces = Traces::of(&secret);
    let before = traces.found(&cx).await;
    for trace in &traces.0 {
        assert!(before.iter().any(|found| found.ends_with(trace)), "the test looks for {trace}, which stood nowhere: {before:?}");
    }
    cx.live.was_marked().await;
    erase_mine(&cx, &secret).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    assert_eq!(traces.found(&cx).await, Vec::<String>::new());
    assert!(matches!(mine(&cx, &secret).await, Err(Error::NotFound)));
    assert!(matches!(registration::ticket(&cx, &secret).await, Err(Error::NotFound)), "the link leads nowhere");
    assert!(matches!(erase_mine(&cx, &secret).await, Err(Error::NotFound)));
    let listed = sqlx::query!(r#"select jsonb_path_query_array(rows, '$[*].reference') as "references!", count from imports"#);
    let listed = listed.fetch_one(&cx.pool).await.unwrap();
    assert_eq!((listed.references, listed.count), (serde_json::json!(["khac", "z"]), 2), "the others on the list stay");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_erased_seat_is_free_at_once_and_its_ticket_stops(pool: PgPool) {
    let (cx, _, secret) = somebody(pool).await;
    erase_mine(&cx, &secret).await.unwrap();
    assert_eq!(standing(&cx).await, ("cancelled".into(), Some("cancelled".into()), 0));
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
    let queued = sqlx::query_scalar!(r#"select count(*) as "count!" from messages where state in ('queued', 'claimed')"#);
    assert_eq!(queued.fetch_one(&cx.pool).await.unwrap(), 0, "nobody is left to be told");
    let asked: Vec<_> = sqlx::query_scalar!("select state from privacy_requests where kind = 'erase'").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(asked, ["done"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_is_erased_after_the_day_stays_among_those_who_came(pool: PgPool) {
    let (cx, clock, secret) = somebody(pool).await;
    clock.advance(chrono::TimeDelta::days(1));
    erase_mine(&cx, &secret).await.unwrap();
    assert_eq!(standing(&cx).await, ("confirmed".into(), Some("cancelled".into()), 1));
    assert_eq!(Traces::of(&secret).found(&cx).await, Vec::<String>::new());
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_proof_of_consent_stays_and_ends_with_its_withdrawal(pool: PgPool) {
    let (cx, _, secret) = somebody(pool).await;
    erase_mine(&cx, &secret).await.unwrap();
    let now = sqlx::query!("select purpose, given from consents_now order by purpose").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(now.iter().map(|row| row.given).collect::<Vec<_>>(), [Some(false); 5]);
    let rows = sqlx::query_scalar!(r#"select count(*) as "count!" from consent_records"#).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(rows, 5 + 1 + 2, "five answers of the form, one given later, two withdrawn");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn staff_erase_by_answering_a_letter(pool: PgPool) {
    let (cx, _, secret) = somebody(pool).await;
    let organiser = testing::actor(Role::Organiser, None);
    let code = sqlx::query_scalar!("select short_code from tickets").fetch_one(&cx.pool).await.unwrap();
    let letter = NewRequest {
        right: Right::Erase,
        channel: RequestChannel::Letter,
        code: domain::ticket::ShortCode::parse(&code),
        detail: "Chị Hạnh xin xóa".into(),
        asked_on: domain::time::local_date(cx.now()),
    };
    let id = file(&cx, &organiser, letter).await.unwrap();
    let done = Response { is_done: true, outcome: "Đã xóa, đã báo chị Hạnh".into(), withdrawn: Vec::new() };
    answer(&cx, &organiser, id, done).await.unwrap();
    assert_eq!(Traces::of(&secret).found(&cx).await, Vec::<String>::new());
    let answered = request(&cx, &organiser, id).await.unwrap();
    assert_eq!((answered.request.state, answered.full_name.as_deref()), (RequestState::Done, Some("")));
    assert_eq!(standing(&cx).await.0, Status::Cancelled.key());
}
