use domain::{
    access::Role,
    checkin::{Direction, Mismatch, Source, Stop, Verdict},
    ids::ScanId,
};
use sqlx::PgPool;

use super::*;
use crate::{registration, testing};

fn steward() -> Actor {
    // No account row stands behind it, so the scans name none: a phone does.
    testing::actor(Role::Steward, None)
}

async fn with_account(cx: &Context) -> Actor {
    let actor = steward();
    sqlx::query!(
        "insert into accounts (id, email, email_key, full_name, role, password_hash, created_at) values ($1, 'a@b.vn', 'a@b.vn', 'Lê Văn Tám', 'steward', 'x', now())",
        actor.account().unwrap().0
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    actor
}

fn scan(cx: &Context, code: &str) -> ScanSubmission {
    ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
    }
}

async fn one(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scan: ScanSubmission) -> ScanReport {
    record_single(cx, actor, checkpoint, scan).await.unwrap()
}

/// The verdicts on scans of which none is refused.
async fn all(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scans: Vec<ScanSubmission>) -> Vec<ScanReport> {
    let scans = scans.into_iter().map(Sent::from).collect();
    let answers = record(cx, actor, ScanRequest { checkpoint, scans }).await.unwrap();
    let reports = answers.into_iter().map(|answer| match answer {
        ScanAnswer::Report(report) => report,
        ScanAnswer::Refused { refused, .. } => panic!("{refused:?}"),
    });
    reports.collect()
}

/// An open gate, a ticket of a citizen, and who scans.
async fn gate(pool: PgPool) -> (Context, std::sync::Arc<testing::TestClock>, testing::Fixture, Actor, registration::Issued, String) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap();
    let ticket = registration::ticket(&cx, &secret.0).await.unwrap().ticket.unwrap();
    let actor = with_account(&cx).await;
    clock.advance(TimeDelta::hours(3));
    (cx, clock, edition, actor, ticket, secret.0)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_ticket_is_admitted_once_and_then_already_in(pool: PgPool) {
    let (cx, clock, edition, actor, ticket, _) = gate(pool).await;
    let first = one(&cx, &actor, edition.gate, scan(&cx, &ticket.code)).await;
    assert_eq!(first.verdict, Verdict::Admit);
    assert_eq!(first.card.unwrap().name, "Nguyễn Thị Hạnh");
    let admitted_at = cx.now();
    clock.advance(TimeDelta::minutes(5));
    let second = one(&cx, &actor, edition.gate, scan(&cx, &ticket.short_code.shown())).await;
    let Verdict::AlreadyIn(admission) = second.verdict else { panic!("{:?}", second.verdict) };
    assert_eq!((admission.at, admission.device.as_str(), admission.scan_id), (admitted_at, "Lê Văn Tám", first.scan_id));
    let counts = counts(&cx, &actor).await.unwrap();
    assert_eq!((counts[0].admitted, counts[0].scans, counts[1].scans), (1, 2, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_repeat_gets_the_stored_answer_whatever_happened_since(pool: PgPool) {
    let (cx, _, edition, actor, ticket, secret) = gate(pool).await;
    let submission = scan(&cx, &ticket.code);
    let first = one(&cx, &actor, edition.gate, submission.clone()).await;
    registration::cancel(&cx, &secret).await.unwrap();
    let again = one(&cx, &actor, edition.gate, submission).await;
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&first).unwrap());
    let fresh = one(&cx, &actor, edition.gate, scan(&cx, &ticket.code)).await;
    assert_eq!(fresh.verdict, Verdict::Stopped { reason: Stop::Cancelled });
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn fifty_gates_scanning_one_ticket_at_once_admit_it_once(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let race: Vec<_> = (0..50)
        .map(|_| {
            let (cx, actor, submission) = (cx.clone(), actor.clone(), scan(&cx, &ticket.code));
            tokio::spawn(async move { one(&cx, &actor, edition.gate, submission).await.verdict })
        })
        .collect();
    let mut admitted = 0;
    for runner in race {
        match runner.await.unwrap() {
            Verdict::Admit => admitted += 1,
            Verdict::AlreadyIn(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(admitted, 1);
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].scans, 50);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_scan_delivered_many_times_at_once_is_one_fact(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let submission = scan(&cx, &ticket.code);
    let race: Vec<_> = (0..20)
        .map(|_| {
            let (cx, actor, submission) = (cx.clone(), actor.clone(), submission.clone());
            tokio::spawn(async move { one(&cx, &actor, edition.gate, submission).await.verdict })
        })
        .collect();
    for runner in race {
        assert_eq!(runner.await.unwrap(), Verdict::Admit);
    }
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].scans, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_place_and_the_hour_are_judged(pool: PgPool) {
    let (cx, clock, edition, actor, ticket, _) = gate(pool).await;
    let side = one(&cx, &actor, edition.side_gate, scan(&cx, &ticket.code)).await;
    assert_eq!(
        side.verdict,
        Verdict::WrongPlace { mismatch: Mismatch::Audience { audience: domain::registration::AudienceKind::Citizen } }
    );
    clock.advance(-TimeDelta::hours(2));
    let early = one(&cx, &actor, edition.gate, scan(&cx, &ticket.code)).await;
    assert!(matches!(early.verdict, Verdict::NotYetOpen { .. }), "{:?}", early.verdict);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_no_ticket_is_counted_but_its_text_is_not_kept(pool: PgPool) {
    let (cx, _, edition, actor, _, _) = gate(pool).await;
    let card = "087099000123|340123456|Nguyễn Văn A|01011990|Nam|Phường Cao Lãnh|01012022";
    for code in [card, "https://example.vn", ""] {
        let report = one(&cx, &actor, edition.gate, scan(&cx, code)).await;
        assert_eq!((report.verdict, report.card), (Verdict::NotATicket, None));
    }
    let stored = sqlx::query_scalar!(r#"select string_agg(s::text, ' ') as "all!" from scans s"#).fetch_one(&cx.pool).await.unwrap();
    assert!(!stored.contains("087099000123") && !stored.contains("example"), "{stored}");
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].scans, 3);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phones_wrong_clock_opens_no_closed_gate_and_changes_no_order(pool: PgPool) {
    let (cx, clock, edition, actor, ticket, _) = gate(pool).await;
    let closed = cx.now() + TimeDelta::hours(1);
    sqlx::query!("update checkpoints set closes_at = $2 where id = $1", edition.gate.0, closed).execute(&cx.pool).await.unwrap();
    clock.advance(TimeDelta::hours(20));
    let received = cx.now();
    let told = |device_at| ScanSubmission { device_at, ..scan(&cx, &ticket.code) };
    // Never the phone's own time where it cannot be right: a year back, in the future, or longer ago than scans may wait.
    for device_at in [received - TimeDelta::days(365), received + TimeDelta::days(1500), received - LATE_MAX - TimeDelta::seconds(1)] {
        let submission = told(device_at);
        let verdict = one(&cx, &actor, edition.gate, submission.clone()).await.verdict;
        assert_eq!(verdict, Verdict::WrongPlace { mismatch: Mismatch::Ended { closed_at: closed } }, "{device_at}");
        let row = sqlx::query!("select device_at, corrected_at, received_at from scans where id = $1", submission.scan_id.0)
            .fetch_one(&cx.pool)
            .await
            .unwrap();
        assert_eq!((row.device_at, row.corrected_at, row.received_at), (device_at, received, received));
    }
    // A phone that waited for its network all day tells when it was; its clock's known fault is taken off.
    let mut waited = told(closed - TimeDelta::minutes(30) - TimeDelta::days(9000));
    waited.offset_ms = TimeDelta::days(9000).num_milliseconds();
    assert_eq!(one(&cx, &actor, edition.gate, waited).await.verdict, Verdict::Admit);
    let entered = sqlx::query_scalar!("select at from admissions").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(entered, closed - TimeDelta::minutes(30));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_keeps_no_name_and_a_repeat_tells_the_name_of_the_registration(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let submission = scan(&cx, &ticket.code);
    let first = one(&cx, &actor, edition.gate, submission.clone()).await;
    let stored = sqlx::query_scalar!(r#"select s::text as "scan!" from scans s"#).fetch_one(&cx.pool).await.unwrap();
    assert!(!stored.contains("Hạnh"), "{stored}");
    sqlx::query("update registrations set full_name = 'Đã xóa'").execute(&cx.pool).await.unwrap();
    let again = one(&cx, &actor, edition.gate, submission.clone()).await;
    assert_eq!((again.verdict, again.card.unwrap().name.as_str()), (first.verdict, "Đã xóa"));
    // The same id under another code is still the same scan.
    let other = ScanSubmission { code: "không phải thẻ".into(), ..submission };
    assert_eq!(one(&cx, &actor, edition.gate, other).await.card.unwrap().name, "Đã xóa");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_leaves_is_counted_as_a_scan_and_stays_admitted(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let out = ScanSubmission { direction: Direction::Exit, ..scan(&cx, &ticket.code) };
    assert_eq!(one(&cx, &actor, edition.gate, out.clone()).await.verdict, Verdict::Exit);
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].admitted, 0);
    one(&cx, &actor, edition.gate, scan(&cx, &ticket.code)).await;
    one(&cx, &actor, edition.gate, ScanSubmission { scan_id: ScanId(cx.new_id()), ..out }).await;
    let counted = &counts(&cx, &actor).await.unwrap()[0];
    assert_eq!((counted.admitted, counted.scans), (1, 3));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_scans_without_the_right_or_at_an_unknown_place(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let request = |checkpoint| ScanRequest { checkpoint, scans: vec![scan(&cx, &ticket.code).into()] };
    assert!(matches!(record(&cx, &Actor::Anonymous, request(edition.gate)).await, Err(Error::SignIn)));
    let judge = testing::actor(Role::Judge, None);
    assert!(matches!(record(&cx, &judge, request(edition.gate)).await, Err(Error::Forbidden)));
    assert!(matches!(record(&cx, &actor, request(CheckpointId(uuid::Uuid::nil()))).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_batch_admits_the_first_by_corrected_time_and_answers_in_its_order(pool: PgPool) {
    let (cx, clock, edition, actor, ticket, _) = gate(pool).await;
    clock.advance(TimeDelta::minutes(30));
    let mut scans: Vec<_> = (0..3).map(|_| scan(&cx, &ticket.code)).collect();
    scans[1].device_at -= TimeDelta::minutes(10);
    scans.push(scan(&cx, "no ticket"));
    scans.push(scans[0].clone());
    let reports = all(&cx, &actor, edition.gate, scans.clone()).await;
    let told: Vec<_> = reports.iter().map(|report| (report.scan_id, report.verdict.key())).collect();
    let expected = ["already_in", "admit", "already_in", "not_a_ticket", "already_in"];
    assert_eq!(told, scans.iter().map(|scan| scan.scan_id).zip(expected).collect::<Vec<_>>());
    let Verdict::AlreadyIn(admission) = &reports[0].verdict else { panic!("{reports:?}") };
    assert_eq!((admission.scan_id, admission.at), (scans[1].scan_id, scans[1].device_at));
    let counts = counts(&cx, &actor).await.unwrap();
    assert_eq!((counts[0].admitted, counts[0].scans), (1, 4));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn batches_over_the_same_tickets_in_any_order_store_each_scan_and_admit_each_ticket_once(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let mut codes = vec![ticket.code];
    for _ in 0..9 {
        let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap();
        codes.push(registration::ticket(&cx, &secret.0).await.unwrap().ticket.unwrap().code);
    }
    let race: Vec<_> = (0..20)
        .map(|turn| {
            let mut scans: Vec<_> = codes.iter().map(|code| scan(&cx, code)).collect();
            scans.rotate_left(turn % 10);
            if turn % 2 == 1 {
                scans.reverse();
            }
            // Recorders of their own, as replicas have.
            let (cx, actor) = (Context { recorder: Recorder::default(), ..cx.clone() }, actor.clone());
            tokio::spawn(async move { all(&cx, &actor, edition.gate, scans).await })
        })
        .collect();
    let mut admitted = 0;
    for runner in race {
        admitted += runner.await.unwrap().iter().filter(|report| report.verdict == Verdict::Admit).count();
    }
    let counts = counts(&cx, &actor).await.unwrap();
    assert_eq!((admitted, counts[0].admitted, counts[0].scans), (10, 10, 200));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn scans_that_wait_together_are_answered_apart(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    // While the first is stored, the others wait together; every third asks for a place that is not there.
    let race: Vec<_> = (0..30)
        .map(|turn| {
            let checkpoint = if turn % 3 == 0 { CheckpointId(uuid::Uuid::nil()) } else { edition.gate };
            let (cx, actor, scan) = (cx.clone(), actor.clone(), scan(&cx, &ticket.code));
            let id = scan.scan_id;
            let asked = tokio::spawn(async move { record_single(&cx, &actor, checkpoint, scan).await });
            (turn, id, asked)
        })
        .collect();
    for (turn, id, asked) in race {
        match asked.await.unwrap() {
            Ok(report) => assert_eq!((turn % 3 != 0, report.scan_id), (true, id)),
            Err(error) => assert!(turn % 3 == 0 && matches!(error, Error::NotFound), "{error}"),
        }
    }
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].scans, 20);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_scan_that_the_server_fails_at_holds_up_no_other(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let (good, bad, unreadable) = (scan(&cx, &ticket.code), scan(&cx, &ticket.code), ScanId(cx.new_id()));
    // A fault that no rule foresees.
    sqlx::query(sqlx::AssertSqlSafe(format!("alter table scans add constraint odd check (id <> '{}')", bad.scan_id.0)))
        .execute(&cx.pool)
        .await
        .unwrap();
    let (good_id, bad_id) = (good.scan_id, bad.scan_id);
    let scans = vec![bad.into(), Sent::Unreadable { scan_id: unreadable }, good.into()];
    let answers = record(&cx, &actor, ScanRequest { checkpoint: edition.gate, scans }).await.unwrap();
    assert_eq!(answers[0], ScanAnswer::Refused { scan_id: bad_id, refused: Refusal::Failed });
    assert_eq!(answers[1], ScanAnswer::Refused { scan_id: unreadable, refused: Refusal::Unreadable });
    assert!(matches!(&answers[2], ScanAnswer::Report(report) if report.scan_id == good_id && report.verdict == Verdict::Admit));
}
