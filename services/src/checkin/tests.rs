mod clocks;
mod counting;
pub(super) mod crowd;
mod doors;
mod entrances;
mod late;
mod makers;
mod orders;
mod undoing;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Role,
    checkin::{Direction, LATE_MAX, Mismatch, Source, Stop, Undo, Verdict},
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
        made_by: None,
        sign_in: None,
    }
}

async fn one(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scan: ScanSubmission) -> ScanReport {
    record_single(cx, actor, checkpoint, scan).await.unwrap()
}

/// The verdicts on scans of which none is refused.
async fn all(cx: &Context, actor: &Actor, checkpoint: CheckpointId, scans: Vec<ScanSubmission>) -> Vec<ScanReport> {
    let scans = scans.into_iter().map(Sent::from).collect();
    let answers = record(cx, actor, ScanRequest::of(checkpoint, scans)).await.unwrap();
    let reports = answers.into_iter().map(|answer| match answer {
        ScanAnswer::Report(report) => *report,
        ScanAnswer::Refused { refused, .. } => panic!("{refused:?}"),
    });
    reports.collect()
}

fn mistake(cx: &Context, scan: &ScanSubmission) -> Undo {
    Undo { id: ScanId(cx.new_id()), scan_id: scan.scan_id, device_at: cx.now(), offset_ms: 0 }
}

async fn undone(cx: &Context, actor: &Actor, mistake: &Undo) -> Option<Refusal> {
    undo(cx, actor, vec![mistake.clone()]).await.unwrap()[0].refused
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
async fn who_looks_first_is_told_who_it_is_and_nothing_is_recorded(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let seen = look(&cx, &actor, edition.gate, scan(&cx, ticket.short_code.as_str())).await.unwrap();
    assert_eq!((seen.verdict, seen.card.unwrap().name.as_str()), (Verdict::Admit, "Nguyễn Thị Hạnh"));
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].scans, 0);
    let noted = "select count(*) from audit_log where action = 'scan.look' and subject_kind = 'registration' and actor_id = $1";
    let noted: i64 = sqlx::query_scalar(noted).bind(actor.account().unwrap().0).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(noted, 1);
    one(&cx, &actor, edition.gate, scan(&cx, &ticket.code)).await;
    let seen = look(&cx, &actor, edition.gate, scan(&cx, ticket.short_code.as_str())).await.unwrap();
    assert!(matches!(seen.verdict, Verdict::AlreadyIn(_)), "{seen:?}");
    assert!(matches!(look(&cx, &Actor::Anonymous, edition.gate, scan(&cx, &ticket.code)).await, Err(Error::SignIn)));
    assert!(matches!(look(&cx, &actor, CheckpointId(uuid::Uuid::nil()), scan(&cx, &ticket.code)).await, Err(Error::NotFound)));
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
async fn of_a_group_that_is_admitted_all_people_are_counted(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    sqlx::query("update registrations set people = 45").execute(&cx.pool).await.unwrap();
    one(&cx, &actor, edition.gate, scan(&cx, &ticket.code)).await;
    let counts = counts(&cx, &actor).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.admitted).collect::<Vec<_>>(), [45, 0]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_scans_without_the_right_or_at_an_unknown_place(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let request = |checkpoint| ScanRequest::of(checkpoint, vec![scan(&cx, &ticket.code).into()]);
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
    let answers = record(&cx, &actor, ScanRequest::of(edition.gate, scans)).await.unwrap();
    assert_eq!(answers[0], ScanAnswer::Refused { scan_id: bad_id, refused: Refusal::Failed });
    assert_eq!(answers[1], ScanAnswer::Refused { scan_id: unreadable, refused: Refusal::Unreadable });
    assert!(matches!(&answers[2], ScanAnswer::Report(report) if report.scan_id == good_id && report.verdict == Verdict::Admit));
}

/// The phones that are paired have been so since the morning.
async fn since_morning(cx: &Context) {
    sqlx::query("update devices set paired_at = $1").bind(testing::morning()).execute(&cx.pool).await.unwrap();
}

/// A phone that was paired in the morning, as its scans name it.
async fn phone(cx: &Context, name: &str) -> (domain::ids::DeviceId, Actor) {
    let organiser = testing::actor(Role::Organiser, None);
    let (id, secret) = crate::access::prepare_device(cx, &organiser, name).await.unwrap();
    crate::access::pair_device(cx, &secret.0).await.unwrap();
    since_morning(cx).await;
    (id, Actor::Device { id, name: name.to_owned(), kind: domain::access::DeviceKind::Scanner })
}

/// The scan as a phone without network has made it: it let the person in.
fn let_in(cx: &Context, code: &str, at: DateTime<Utc>) -> ScanSubmission {
    ScanSubmission { device_at: at, local_verdict: Some(domain::checkin::VerdictKind::Admit), ..scan(cx, code) }
}

/// The conflicts that nobody has settled.
async fn conflicts(cx: &Context) -> Vec<(ScanId, String)> {
    sqlx::query!("select scan_id, kind from conflicts where settled_at is null order by scan_id, kind")
        .fetch_all(&cx.pool)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (ScanId(row.scan_id), row.kind))
        .collect()
}

/// The scan whose admission stands.
async fn admitted_by(cx: &Context) -> Option<ScanId> {
    sqlx::query_scalar!("select scan_id from admissions").fetch_optional(&cx.pool).await.unwrap().map(ScanId)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_gates_without_network_the_earlier_is_the_admission_and_the_other_a_conflict(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (early, late) = (let_in(&cx, &ticket.code, minutes(20)), let_in(&cx, &ticket.code, minutes(10)));
    let stored = one(&cx, &actor, edition.gate, late.clone()).await;
    assert_eq!((stored.verdict.clone(), conflicts(&cx).await), (Verdict::Admit, vec![]));
    assert_eq!(one(&cx, &actor, edition.gate, early.clone()).await.verdict, Verdict::Admit);
    assert_eq!(admitted_by(&cx).await, Some(early.scan_id));
    assert_eq!(conflicts(&cx).await, [(late.scan_id, "entered_twice".to_owned())]);
    assert_eq!(one(&cx, &actor, edition.gate, late).await.verdict, stored.verdict, "a repeat gets what it got");
    // In between, nobody is before the first.
    let between = let_in(&cx, &ticket.code, minutes(15));
    assert!(matches!(one(&cx, &actor, edition.gate, between.clone()).await.verdict, Verdict::AlreadyIn(_)));
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await.len()), (Some(early.scan_id), 2));
    assert_eq!(counts(&cx, &actor).await.unwrap()[0].admitted, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_the_phone_let_in_while_the_server_said_otherwise_is_a_conflict_also_when_told_later(pool: PgPool) {
    let (cx, _, edition, actor, ticket, secret) = gate(pool).await;
    registration::cancel(&cx, &secret).await.unwrap();
    let submission = scan(&cx, &ticket.code);
    let first = one(&cx, &actor, edition.gate, submission.clone()).await;
    assert_eq!((first.verdict.clone(), conflicts(&cx).await), (Verdict::Stopped { reason: Stop::Cancelled }, vec![]));
    let told = ScanSubmission { local_verdict: Some(domain::checkin::VerdictKind::AdmitUnconfirmed), ..submission };
    assert_eq!(one(&cx, &actor, edition.gate, told.clone()).await.verdict, first.verdict);
    assert_eq!(conflicts(&cx).await, [(told.scan_id, "entered_against_rule".to_owned())]);
    // Settled is settled: the next repeat does not open it again.
    sqlx::query("update conflicts set settled_at = now()").execute(&cx.pool).await.unwrap();
    one(&cx, &actor, edition.gate, told).await;
    assert_eq!(conflicts(&cx).await, []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_a_phone_turned_away_did_not_come_in_though_its_scan_is_heard_of_first(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let entered = let_in(&cx, &ticket.code, minutes(20));
    let again = ScanSubmission { local_verdict: Some(domain::checkin::VerdictKind::AlreadyIn), ..let_in(&cx, &ticket.code, minutes(10)) };
    one(&cx, &actor, edition.gate, again).await;
    assert_eq!(admitted_by(&cx).await, None);
    one(&cx, &actor, edition.gate, entered.clone()).await;
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(entered.scan_id), vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn times_and_phones_that_cannot_be_believed_are_flagged_and_kept(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let ((one_id, first), (other_id, _)) = (phone(&cx, "Máy 1").await, phone(&cx, "Máy 2").await);
    let forged = ScanSubmission { device_at: cx.now() + TimeDelta::days(1500), made_by: Some(one_id), ..scan(&cx, "7KQ4M9XW") };
    let foreign = ScanSubmission { made_by: Some(other_id), ..scan(&cx, &ticket.code) };
    let ahead = ScanSubmission { device_at: cx.now() + TimeDelta::seconds(90), made_by: Some(one_id), ..scan(&cx, "7KQ4M9XW") };
    for submission in [&forged, &foreign, &ahead] {
        one(&cx, &first, edition.gate, submission.clone()).await;
    }
    assert_eq!(conflicts(&cx).await, [(forged.scan_id, "clock".to_owned()), (foreign.scan_id, "foreign_phone".to_owned())]);
    assert_eq!(admitted_by(&cx).await, Some(foreign.scan_id), "after a new pairing it is the same phone");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_phone_brings_that_was_signed_out_is_kept_and_lets_nobody_in(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let organiser = testing::actor(Role::Organiser, None);
    let (id, secret) = crate::access::prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let token = crate::access::pair_device(&cx, &secret.0).await.unwrap();
    assert_eq!(crate::access::ended_phone(&cx, &token.0).await.unwrap(), None);
    since_morning(&cx).await;
    let early = let_in(&cx, &ticket.code, cx.now() - TimeDelta::minutes(5));
    crate::access::revoke_device(&cx, &organiser, id).await.unwrap();
    let ended = crate::access::ended_phone(&cx, &token.0).await.unwrap().unwrap();
    let request = ScanRequest::of(edition.gate, vec![early.clone().into()]);
    let answers = record_late(&cx, &ended, request).await.unwrap();
    // And nobody is named to it.
    let ScanAnswer::Report(report) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!((&report.verdict, report.had_ended, &report.card), (&Verdict::Admit, true, &None));
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (None, vec![(early.scan_id, "ended_phone".to_owned())]));
    // It takes nobody's place: who comes in now comes in.
    let (_, steward) = phone(&cx, "Máy 2").await;
    assert_eq!(one(&cx, &steward, edition.gate, scan(&cx, &ticket.code)).await.verdict, Verdict::Admit);

    assert_eq!(crate::access::ended_phone(&cx, "nobody's").await.unwrap(), None);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_phone_scanned_on_its_day_counts_though_it_is_brought_after_midnight(pool: PgPool) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    sqlx::query!("update checkpoints set closes_at = null where id = $1", edition.gate.0).execute(&cx.pool).await.unwrap();
    let mut other = testing::citizen(edition.citizens);
    other.details.phone = Some(domain::contact::Phone::parse("0912345679").unwrap());
    let other = registration::register(&cx, other, cx.new_id()).await.unwrap();
    let other = registration::ticket(&cx, &other.0).await.unwrap().ticket.unwrap();
    let organiser = testing::actor(Role::Organiser, None);
    let (_, secret) = crate::access::prepare_device(&cx, &organiser, "Máy 3").await.unwrap();
    let token = crate::access::pair_device(&cx, &secret.0).await.unwrap();
    assert_eq!(crate::access::ended_phone(&cx, &token.0).await.unwrap(), None);
    // It is 08:00 in Vietnam; at midnight the phone's day is over, and its scans of 23:59 and 00:00 come some minutes later.
    clock.advance(TimeDelta::hours(16) + TimeDelta::minutes(5));
    let midnight = cx.now() - TimeDelta::minutes(5);
    let on_its_day = let_in(&cx, &ticket.code, midnight - TimeDelta::milliseconds(1));
    let after_it = let_in(&cx, &other.code, midnight);
    let ended = crate::access::ended_phone(&cx, &token.0).await.unwrap().unwrap();
    let request = ScanRequest::of(edition.gate, vec![on_its_day.clone().into(), after_it.clone().into()]);
    let answers = record_late(&cx, &ended, request).await.unwrap();
    let had_ended = |answer: &ScanAnswer| matches!(answer, ScanAnswer::Report(report) if report.had_ended);
    assert_eq!(answers.iter().map(had_ended).collect::<Vec<_>>(), [false, true], "the phone is told which of them count");
    assert_eq!(
        (admitted_by(&cx).await, conflicts(&cx).await),
        (Some(on_its_day.scan_id), vec![(after_it.scan_id, "ended_phone".to_owned())])
    );
}
