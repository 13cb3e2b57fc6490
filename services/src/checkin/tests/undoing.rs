//! Scans that were mistakes.

use domain::checkin::{ScanResponse, VerdictKind};

use super::*;

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_scanned_undoes_it_for_a_minute_and_later_an_organiser_does(pool: PgPool) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    let ((_, mine), (_, other)) = (phone(&cx, "Máy 1").await, phone(&cx, "Máy 2").await);
    let organiser = testing::organiser(&cx).await;
    let submission = scan(&cx, &ticket.code);
    let mut wrong = mistake(&cx, &submission);
    assert_eq!(undone(&cx, &mine, &wrong).await, Some(Refusal::UnknownScan), "it may still be on its way");
    one(&cx, &mine, edition.gate, submission.clone()).await;
    assert_eq!(undone(&cx, &other, &wrong).await, Some(Refusal::NotYours));
    clock.advance(TimeDelta::seconds(61));
    wrong.device_at = cx.now();
    assert_eq!((undone(&cx, &mine, &wrong).await, admitted_by(&cx).await), (Some(Refusal::NotYours), Some(submission.scan_id)));
    assert_eq!((undone(&cx, &organiser, &wrong).await, admitted_by(&cx).await), (None, None));
    assert_eq!(undone(&cx, &organiser, &wrong).await, None, "a repeat");
    // Who was told wrongly comes in after all.
    let again = scan(&cx, &ticket.code);
    assert_eq!(one(&cx, &mine, edition.gate, again.clone()).await.verdict, Verdict::Admit);
    assert_eq!((undone(&cx, &mine, &mistake(&cx, &again)).await, admitted_by(&cx).await), (None, None));
    assert!(matches!(undo(&cx, &testing::actor(Role::Judge, None), vec![wrong]).await, Err(Error::Forbidden)));
    let kept = sqlx::query_scalar!(r#"select count(*) as "n!" from scans"#).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(kept, 2, "nothing is deleted");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_undone_admission_goes_to_the_other_gate_that_let_the_person_in(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let (_, steward) = phone(&cx, "Máy 1").await;
    let organiser = testing::organiser(&cx).await;
    let scans: Vec<_> = [20, 10, 15].map(|ago| let_in(&cx, &ticket.code, cx.now() - TimeDelta::minutes(ago))).into();
    all(&cx, &steward, edition.gate, scans.clone()).await;
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await.len()), (Some(scans[0].scan_id), 2));
    undone(&cx, &organiser, &mistake(&cx, &scans[0])).await;
    let name = sqlx::query_scalar!("select device_name from admissions").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((admitted_by(&cx).await, name.as_str()), (Some(scans[2].scan_id), "Máy 1"));
    assert_eq!(conflicts(&cx).await, [(scans[1].scan_id, "entered_twice".to_owned())]);
    undone(&cx, &organiser, &mistake(&cx, &scans[1])).await;
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(scans[2].scan_id), vec![]));
    undone(&cx, &organiser, &mistake(&cx, &scans[2])).await;
    assert_eq!(admitted_by(&cx).await, None);
}

/// The verdicts on what a phone brings, none of which is refused.
fn verdicts(response: &ScanResponse) -> Vec<VerdictKind> {
    assert!(response.undone.iter().all(|answer| answer.refused.is_none()), "{response:?}");
    let verdict = |answer: &ScanAnswer| match answer {
        ScanAnswer::Report(report) => report.verdict.kind(),
        ScanAnswer::Refused { refused, .. } => panic!("{refused:?}"),
    };
    response.results.iter().map(verdict).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_comes_again_after_a_mistake_is_let_in_also_where_all_of_it_is_brought_at_once(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let (_, steward) = phone(&cx, "Máy 1").await;
    let ago = |seconds| cx.now() - TimeDelta::seconds(seconds);
    let (first, again, third) = (let_in(&cx, &ticket.code, ago(60)), let_in(&cx, &ticket.code, ago(30)), scan(&cx, &ticket.code));
    let first_was_wrong = Undo { device_at: ago(50), ..mistake(&cx, &first) };
    let request = ScanRequest {
        undos: vec![first_was_wrong],
        ..ScanRequest::of(edition.gate, [&first, &again, &third].map(|scan| Sent::from(scan.clone())).into())
    };
    let answered = deliver(&cx, &steward, request.clone()).await.unwrap();
    assert_eq!(verdicts(&answered), [VerdictKind::Admit, VerdictKind::Admit, VerdictKind::AlreadyIn]);
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(again.scan_id), vec![]));
    let repeated = deliver(&cx, &steward, request).await.unwrap();
    assert_eq!(serde_json::to_string(&repeated).unwrap(), serde_json::to_string(&answered).unwrap());
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(again.scan_id), vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn answers_to_undoings_stand_in_the_order_in_which_they_were_told(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let (_, steward) = phone(&cx, "Máy 1").await;
    let ago = |seconds| cx.now() - TimeDelta::seconds(seconds);
    let scans = [60, 40, 20].map(|seconds| let_in(&cx, &ticket.code, ago(seconds)));
    let undo = |of: usize, seconds| Undo { device_at: ago(seconds), ..mistake(&cx, &scans[of]) };
    let undos = vec![undo(2, 10), Undo { scan_id: ScanId(cx.new_id()), ..undo(0, 55) }, undo(0, 50)];
    let ids: Vec<_> = undos.iter().map(|undo| undo.id).collect();
    let request = ScanRequest { undos, ..ScanRequest::of(edition.gate, scans.iter().cloned().map(Sent::from).collect()) };
    let answered = deliver(&cx, &steward, request).await.unwrap();
    let told: Vec<_> = answered.undone.iter().map(|answer| (answer.id, answer.refused)).collect();
    assert_eq!(told, [(ids[0], None), (ids[1], Some(Refusal::UnknownScan)), (ids[2], None)]);
    assert_eq!(admitted_by(&cx).await, Some(scans[1].scan_id));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_phone_undid_on_its_day_is_undone_though_it_is_brought_after_midnight(pool: PgPool) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    sqlx::query!("update checkpoints set closes_at = null where id = $1", edition.gate.0).execute(&cx.pool).await.unwrap();
    let organiser = testing::actor(Role::Organiser, None);
    let (_, secret) = crate::access::prepare_device(&cx, &organiser, "Máy 3").await.unwrap();
    let token = crate::access::pair_device(&cx, &secret.0).await.unwrap();
    assert_eq!(crate::access::ended_phone(&cx, &token.0).await.unwrap(), None);
    // It is 08:00 in Vietnam; at midnight the phone's day is over.
    clock.advance(TimeDelta::hours(16) + TimeDelta::minutes(5));
    let midnight = cx.now() - TimeDelta::minutes(5);
    let before = |seconds| midnight - TimeDelta::seconds(seconds);
    let (first, again) = (let_in(&cx, &ticket.code, before(60)), let_in(&cx, &ticket.code, before(20)));
    let undos = vec![Undo { device_at: before(40), ..mistake(&cx, &first) }, Undo { device_at: midnight, ..mistake(&cx, &again) }];
    let ended = crate::access::ended_phone(&cx, &token.0).await.unwrap().unwrap();
    let request = ScanRequest { undos, ..ScanRequest::of(edition.gate, vec![first.into(), again.clone().into()]) };
    let answered = deliver_late(&cx, &ended, request).await.unwrap();
    let refused: Vec<_> = answered.undone.iter().map(|answer| answer.refused).collect();
    assert_eq!(refused, [None, Some(Refusal::NotYours)]);
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await, answered.is_signed_out), (Some(again.scan_id), vec![], true));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_that_was_signed_out_undoes_nothing(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let organiser = testing::actor(Role::Organiser, None);
    let (id, secret) = crate::access::prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let token = crate::access::pair_device(&cx, &secret.0).await.unwrap();
    let steward = Actor::Device { id, name: "Máy 1".into(), kind: domain::access::DeviceKind::Scanner };
    let entered = scan(&cx, &ticket.code);
    one(&cx, &steward, edition.gate, entered.clone()).await;
    let undos = vec![mistake(&cx, &entered)];
    crate::access::revoke_device(&cx, &organiser, id).await.unwrap();
    let ended = crate::access::ended_phone(&cx, &token.0).await.unwrap().unwrap();
    let answered = deliver_late(&cx, &ended, ScanRequest { undos, ..ScanRequest::of(edition.gate, vec![]) }).await.unwrap();
    assert_eq!((answered.undone[0].refused, admitted_by(&cx).await), (Some(Refusal::NotYours), Some(entered.scan_id)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_a_phone_let_in_is_in_where_what_spoke_against_it_was_undone_before_the_phone_told(pool: PgPool) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    let (_, steward) = phone(&cx, "Máy 1").await;
    let (first, again) = (scan(&cx, &ticket.code), scan(&cx, &ticket.code));
    one(&cx, &steward, edition.gate, first.clone()).await;
    clock.advance(TimeDelta::seconds(20));
    let again = ScanSubmission { device_at: cx.now(), ..again };
    assert_eq!(one(&cx, &steward, edition.gate, again.clone()).await.verdict.kind(), VerdictKind::AlreadyIn);
    undone(&cx, &steward, &mistake(&cx, &first)).await;
    assert_eq!(admitted_by(&cx).await, None);
    let told = ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..again.clone() };
    one(&cx, &steward, edition.gate, told).await;
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(again.scan_id), vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_a_scan_that_was_undone_a_phone_tells_nothing_more(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let (_, steward) = phone(&cx, "Máy 1").await;
    let (first, again) = (scan(&cx, &ticket.code), scan(&cx, &ticket.code));
    one(&cx, &steward, edition.gate, first.clone()).await;
    one(&cx, &steward, edition.gate, again.clone()).await;
    undone(&cx, &steward, &mistake(&cx, &again)).await;
    let told = ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..again };
    one(&cx, &steward, edition.gate, told).await;
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(first.scan_id), vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_undoing_that_the_server_fails_at_holds_up_nothing(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let (_, steward) = phone(&cx, "Máy 1").await;
    let ago = |seconds| cx.now() - TimeDelta::seconds(seconds);
    let scans = [60, 40, 20].map(|seconds| let_in(&cx, &ticket.code, ago(seconds)));
    sqlx::raw_sql(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
         create trigger refuse before insert on undos for each row when (new.offset_ms = 1) execute function refuse()",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let undos =
        vec![Undo { device_at: ago(50), offset_ms: 1, ..mistake(&cx, &scans[0]) }, Undo { device_at: ago(30), ..mistake(&cx, &scans[1]) }];
    let request = ScanRequest { undos, ..ScanRequest::of(edition.gate, scans.iter().cloned().map(Sent::from).collect()) };
    let answered = deliver(&cx, &steward, request).await.unwrap();
    let refused: Vec<_> = answered.undone.iter().map(|answer| answer.refused).collect();
    assert_eq!((answered.results.len(), refused), (3, vec![Some(Refusal::Failed), None]));
    assert_eq!((counts(&cx, &steward).await.unwrap()[0].scans, admitted_by(&cx).await), (3, Some(scans[0].scan_id)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_who_may_scan_brings_anything_and_nothing_of_it_is_kept_else(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let scan = scan(&cx, &ticket.code);
    let request = ScanRequest { undos: vec![mistake(&cx, &scan)], ..ScanRequest::of(edition.gate, vec![scan.into()]) };
    assert!(matches!(deliver(&cx, &Actor::Anonymous, request.clone()).await, Err(Error::SignIn)));
    assert!(matches!(deliver(&cx, &testing::actor(Role::Judge, None), request).await, Err(Error::Forbidden)));
    let kept =
        sqlx::query_scalar!(r#"select (select count(*) from scans) + (select count(*) from undos) as "n!""#).fetch_one(&cx.pool).await;
    assert_eq!(kept.unwrap(), 0);
}
