//! Gates that lead into one place: a ticket is let in once between them.

use super::*;
use crate::{
    checkin::{
        conflicts::{Conflict, inbox},
        recorder::decided,
        store::{insert, states},
    },
    edition,
};

/// The fixture of [`gate`] whose two gates are open to everybody and share an entrance, an hour later.
async fn gates(pool: PgPool) -> (Context, std::sync::Arc<testing::TestClock>, [CheckpointId; 2], Actor, String) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    sqlx::query("update checkpoints set entrance = 'khuon-vien', admits = '{}'").execute(&cx.pool).await.unwrap();
    let organiser = testing::organiser(&cx).await;
    clock.advance(TimeDelta::hours(1));
    (cx, clock, [edition.gate, edition.side_gate], organiser, ticket.code)
}

/// People who have come in, by gate.
async fn admitted(cx: &Context, actor: &Actor) -> Vec<i64> {
    counts(cx, actor).await.unwrap().into_iter().map(|count| count.admitted).collect()
}

/// The scan and the gate of each admission.
async fn admissions(cx: &Context) -> Vec<(ScanId, CheckpointId)> {
    let rows = sqlx::query!("select scan_id, checkpoint_id from admissions order by at").fetch_all(&cx.pool).await.unwrap();
    rows.into_iter().map(|row| (ScanId(row.scan_id), CheckpointId(row.checkpoint_id))).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_came_in_by_one_gate_is_in_at_the_other_which_names_the_first(pool: PgPool) {
    let (cx, _, [main, side], actor, code) = gates(pool).await;
    assert_eq!(one(&cx, &actor, main, scan(&cx, &code)).await.verdict, Verdict::Admit);
    let second = one(&cx, &actor, side, scan(&cx, &code)).await;
    let Verdict::AlreadyIn(admission) = second.verdict else { panic!("{:?}", second.verdict) };
    assert_eq!(
        (admission.checkpoint, admission.checkpoint_vi.as_str(), admission.checkpoint_en.as_str()),
        (Some(main), "Cổng chính", "Main gate")
    );
    assert_eq!(admitted(&cx, &actor).await, [1, 0]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn two_gates_that_scan_one_ticket_in_the_same_instant_let_it_in_once(pool: PgPool) {
    let (cx, _, gates, actor, code) = gates(pool).await;
    let race: Vec<_> = (0..50)
        .map(|turn| {
            // Recorders of their own, as replicas have.
            let (cx, actor, scan) = (Context { recorder: Recorder::default(), ..cx.clone() }, actor.clone(), scan(&cx, &code));
            tokio::spawn(async move { one(&cx, &actor, gates[turn % 2], scan).await.verdict })
        })
        .collect();
    let mut admitted = 0;
    for runner in race {
        admitted += usize::from(runner.await.unwrap() == Verdict::Admit);
    }
    assert_eq!((admitted, admissions(&cx).await.len(), conflicts(&cx).await), (1, 1, vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_gates_of_an_entrance_without_network_the_earlier_is_the_admission_and_the_conflict_names_both(pool: PgPool) {
    let (cx, _, [main, side], actor, code) = gates(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (early, late) = (let_in(&cx, &code, minutes(20)), let_in(&cx, &code, minutes(10)));
    assert_eq!(one(&cx, &actor, side, late.clone()).await.verdict, Verdict::Admit);
    assert_eq!(one(&cx, &actor, main, early.clone()).await.verdict, Verdict::Admit);
    assert_eq!(admissions(&cx).await, [(early.scan_id, main)]);
    let Conflict { scan, here, counts, .. } = inbox(&cx, &actor, None, None).await.unwrap().open.conflicts.remove(0);
    assert_eq!((scan, here.checkpoint.vi.as_str(), counts.unwrap().checkpoint.vi.as_str()), (late.scan_id, "Cổng phụ", "Cổng chính"));
    assert_eq!(undone(&cx, &actor, &mistake(&cx, &early)).await, None);
    assert_eq!((admissions(&cx).await, conflicts(&cx).await), (vec![(late.scan_id, side)], vec![]));
    assert_eq!(admitted(&cx, &actor).await, [0, 1]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_left_by_one_gate_of_an_entrance_comes_in_again_by_the_other(pool: PgPool) {
    let (cx, _, [main, side], actor, code) = gates(pool).await;
    sqlx::query("update checkpoints set counts_exits = true").execute(&cx.pool).await.unwrap();
    let mut verdicts = Vec::new();
    for (place, direction) in [(main, Direction::Entry), (side, Direction::Exit), (side, Direction::Entry), (main, Direction::Entry)] {
        let report = one(&cx, &actor, place, ScanSubmission { direction, ..scan(&cx, &code) }).await;
        verdicts.push(report.verdict.key());
    }
    assert_eq!(verdicts, ["admit", "exit", "readmit", "already_in"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn gates_that_a_file_joins_on_the_day_keep_the_first_entry_and_parted_again_each_its_own(pool: PgPool) {
    let (cx, clock, [main, side], actor, code) = gates(pool).await;
    sqlx::query("update checkpoints set entrance = null").execute(&cx.pool).await.unwrap();
    let first = scan(&cx, &code);
    assert_eq!(one(&cx, &actor, main, first.clone()).await.verdict, Verdict::Admit);
    clock.advance(TimeDelta::minutes(1));
    let second = scan(&cx, &code);
    assert_eq!(one(&cx, &actor, side, second.clone()).await.verdict, Verdict::Admit);

    let apart = edition::export(&cx, None).await.unwrap();
    let joined = apart.replace("kind = \"gate\"\n", "kind = \"gate\"\nentrance = \"khuon-vien\"\n");
    edition::import(&cx, &joined).await.unwrap();
    assert_eq!(edition::export(&cx, None).await.unwrap(), joined);
    assert_eq!((admissions(&cx).await, conflicts(&cx).await), (vec![(first.scan_id, main)], vec![]));
    assert!(matches!(one(&cx, &actor, side, scan(&cx, &code)).await.verdict, Verdict::AlreadyIn(_)));

    edition::import(&cx, &apart).await.unwrap();
    assert_eq!(admissions(&cx).await, [(first.scan_id, main), (second.scan_id, side)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_that_was_decided_before_an_import_moved_its_gate_is_decided_anew(pool: PgPool) {
    let (cx, _, [main, side], actor, code) = gates(pool).await;
    let submission = scan(&cx, &code);
    let scanned = scanned(&cx, &Arc::new(ScannedBy::of(&actor)), side, submission.clone());
    let state = states(&cx.pool, &[&scanned]).await.unwrap().pop().flatten().unwrap();
    sqlx::query("update checkpoints set entrance = null").execute(&cx.pool).await.unwrap();
    assert!(insert(&cx.pool, &[decided(&scanned, state)]).await.is_err());
    assert_eq!((admissions(&cx).await, counts(&cx, &actor).await.unwrap()[1].scans), (vec![], 0));
    assert_eq!(one(&cx, &actor, side, submission).await.verdict, Verdict::Admit);
    assert_eq!(one(&cx, &actor, main, scan(&cx, &code)).await.verdict, Verdict::Admit, "another entrance by now");
}
