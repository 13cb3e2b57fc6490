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
async fn only_who_may_scan_brings_anything_and_nothing_of_it_is_kept_else(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let request = ScanRequest::of(edition.gate, vec![scan(&cx, &ticket.code).into()]);
    assert!(matches!(deliver(&cx, &Actor::Anonymous, request.clone()).await, Err(Error::SignIn)));
    assert!(matches!(deliver(&cx, &testing::actor(Role::Judge, None), request).await, Err(Error::Forbidden)));
    let kept = sqlx::query_scalar!(r#"select count(*) as "n!" from scans"#).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(kept, 0);
}
