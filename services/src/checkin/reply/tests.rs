use domain::{
    access::Actor,
    checkin::{Direction, FactAnswer, Refusal, Reply, ScanSubmission, Source},
    form,
    ids::ScanId,
    registration::Answers,
};
use sqlx::PgPool;

use super::reply;
use crate::{Context, checkin, registration, testing};

fn answers(given: &[(&str, &str)]) -> Answers {
    Answers(given.iter().map(|(code, value)| ((*code).into(), vec![(*value).into()])).collect())
}

/// What the phone is told of one reply.
async fn told(cx: &Context, actor: &Actor, scan: ScanId, given: &[(&str, &str)]) -> Option<Refusal> {
    let id = ScanId(cx.new_id());
    let told = reply(cx, actor, vec![Reply { id, scan_id: scan, answers: answers(given) }]).await.unwrap();
    let [FactAnswer { id: answered, refused }] = told[..] else { panic!("{told:?}") };
    assert_eq!(answered, id);
    refused
}

async fn scanned(cx: &Context, actor: &Actor, gate: domain::ids::CheckpointId, code: &str) -> (ScanId, Vec<String>) {
    let scan = ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    let id = scan.scan_id;
    let report = checkin::record_single(cx, actor, gate, scan).await.unwrap();
    (id, report.card.map(|card| card.asks).unwrap_or_default())
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_answered_at_the_gate_is_written_down_once_and_asked_no_more(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::raw_sql(
        "insert into questions (id, edition_id, code, kind, label_vi, is_required, asked_at_check_in, audiences, asked_if, asked_if_values, position)
         select gen_random_uuid(), id, q.* from editions, (values
             ('may', 'number', 'Mấy máy quay?', true, true, array[]::text[], null, array[]::text[], 0),
             ('ghi-chu', 'text', 'Ghi chú', false, true, array[]::text[], null, array[]::text[], 1),
             ('khac', 'text', 'Người khác', false, true, array['nobody'], null, array[]::text[], 2),
             ('neu', 'text', 'Nếu cần', false, true, array[]::text[], 'ho-tro', array['yes'], 3),
             ('o-nha', 'text', 'Trên mẫu', false, false, array[]::text[], null, array[]::text[], 4)) q",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap();
    let ticket = registration::ticket(&cx, &secret.0).await.unwrap().ticket.unwrap();
    let actor = testing::organiser(&cx).await;
    let (scan, asks) = scanned(&cx, &actor, edition.gate, &ticket.code).await;
    assert_eq!(asks, ["may", "ghi-chu"]);

    assert_eq!(told(&cx, &actor, scan, &[("may", "hai")]).await, Some(Refusal::Unreadable));
    let long = "x".repeat(form::BYTES_MAX);
    assert_eq!(told(&cx, &actor, scan, &[("may", "2"), ("o-nha", &long)]).await, Some(Refusal::Unreadable));
    assert_eq!(told(&cx, &actor, scan, &[("may", "2"), ("o-nha", "x"), ("khac", "y")]).await, None);
    // Another phone has asked too: what was written down first stays, what was left out is added.
    assert_eq!(told(&cx, &actor, scan, &[("may", "9"), ("ghi-chu", "cửa sau")]).await, None);
    let stored =
        sqlx::query_scalar::<_, sqlx::types::Json<Answers>>("select answers from registrations").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(stored.0, answers(&[("may", "2"), ("ghi-chu", "cửa sau")]));
    assert_eq!(scanned(&cx, &actor, edition.gate, &ticket.code).await.1, Vec::<String>::new());

    let (nobody, _) = scanned(&cx, &actor, edition.gate, "hello").await;
    assert_eq!(told(&cx, &actor, nobody, &[("may", "1")]).await, Some(Refusal::Unreadable));
    assert_eq!(told(&cx, &actor, ScanId(cx.new_id()), &[("may", "1")]).await, Some(Refusal::UnknownScan));
    let log = sqlx::query_scalar::<_, serde_json::Value>("select detail from audit_log where action = 'registration.replied' order by id");
    let log = log.fetch_all(&cx.pool).await.unwrap();
    assert_eq!(log, [serde_json::json!({ "questions": ["may"] }), serde_json::json!({ "questions": ["ghi-chu"] })]);
}
