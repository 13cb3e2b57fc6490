//! Facts that arrive late, in any order: who is in, by which scan, and which entries were double.

use std::{collections::BTreeSet, sync::Arc};

use domain::checkin::VerdictKind;

use super::*;
use crate::checkin::{
    recorder::decided,
    store::{ConflictKind, insert, states},
};

/// The fixture of [`gate`] at a gate that counts exits, an hour later.
pub(super) async fn grounds(pool: PgPool) -> (Context, Arc<testing::TestClock>, CheckpointId, Actor, String) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    sqlx::query!("update checkpoints set counts_exits = true where id = $1", edition.gate.0).execute(&cx.pool).await.unwrap();
    let organiser = testing::organiser(&cx).await;
    clock.advance(TimeDelta::hours(1));
    (cx, clock, edition.gate, organiser, ticket.code)
}

/// An exit that a phone without network has recorded.
pub(super) fn let_out(cx: &Context, code: &str, at: DateTime<Utc>) -> ScanSubmission {
    ScanSubmission { direction: Direction::Exit, local_verdict: Some(VerdictKind::Exit), ..let_in(cx, code, at) }
}

/// The scan of the last fact of the ticket, and whether it is in by that.
pub(super) async fn presence(cx: &Context) -> Option<(ScanId, bool)> {
    let row = sqlx::query!("select scan_id, is_in from presences").fetch_optional(&cx.pool).await.unwrap()?;
    Some((ScanId(row.scan_id), row.is_in))
}

/// Forgets whatever was scanned.
pub(super) async fn forget(cx: &Context) {
    sqlx::query("truncate admissions, presences, hand_reasons, undos, conflicts, namings, scans, gone_admissions")
        .execute(&cx.pool)
        .await
        .unwrap();
}

pub(super) fn twice(scan: &ScanSubmission) -> (ScanId, String) {
    (scan.scan_id, "entered_twice".to_owned())
}

/// Chance that repeats (`SplitMix64`).
pub(super) struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// What stands of a ticket: its admission, the open conflicts, and where it was seen last.
pub(super) type Outcome = (Option<ScanId>, Vec<(ScanId, String)>, Option<(ScanId, bool)>);

/// What has to stand when all is known of a ticket, in the order of corrected times.
pub(super) fn outcome(mut scans: Vec<&ScanSubmission>, counts_exits: bool) -> Outcome {
    scans.sort_unstable_by_key(|scan| (scan.device_at, scan.scan_id));
    let (mut is_in, mut first, mut others) = (false, None, BTreeSet::new());
    for scan in &scans {
        match scan.direction {
            Direction::Exit => is_in &= !counts_exits,
            Direction::Entry => {
                if is_in && first.is_some() {
                    others.insert(twice(scan));
                }
                is_in = true;
                first = first.or(Some(scan.scan_id));
            }
        }
    }
    let last = scans.last().filter(|_| counts_exits).map(|scan| (scan.scan_id, scan.direction == Direction::Entry));
    (first, others.into_iter().collect(), last)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_exit_that_is_heard_of_late_settles_what_it_explains_and_opens_it_when_it_is_undone(pool: PgPool) {
    let (cx, clock, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (first, second, again) = (let_in(&cx, &code, minutes(20)), let_in(&cx, &code, minutes(16)), let_in(&cx, &code, minutes(5)));
    let (useless, out) = (let_out(&cx, &code, minutes(30)), let_out(&cx, &code, minutes(10)));
    for scan in [&first, &second, &again, &useless] {
        one(&cx, &organiser, gate, scan.clone()).await;
    }
    assert_eq!(conflicts(&cx).await, [twice(&second), twice(&again)], "an exit before any entry explains nothing");
    clock.advance(TimeDelta::minutes(1));
    one(&cx, &organiser, gate, out.clone()).await;
    assert_eq!(conflicts(&cx).await, [twice(&second)], "it was in before it left");
    let settled = conflicts::inbox(&cx, &organiser, None, None).await.unwrap().settled.conflicts;
    assert_eq!((settled[0].scan, settled[0].settled.clone()), (again.scan_id, Some((cx.now(), None))), "by itself");
    undone(&cx, &organiser, &mistake(&cx, &out)).await;
    assert_eq!(conflicts(&cx).await, [twice(&second), twice(&again)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_person_has_settled_no_exit_touches(pool: PgPool) {
    let (cx, clock, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (first, again, out) = (let_in(&cx, &code, minutes(20)), let_in(&cx, &code, minutes(5)), let_out(&cx, &code, minutes(10)));
    for scan in [&first, &again] {
        one(&cx, &organiser, gate, scan.clone()).await;
    }
    conflicts::accept(&cx, &organiser, again.scan_id, ConflictKind::EnteredTwice).await.unwrap();
    let accepted = conflicts::inbox(&cx, &organiser, None, None).await.unwrap().settled.conflicts;
    clock.advance(TimeDelta::minutes(1));
    one(&cx, &organiser, gate, out.clone()).await;
    undone(&cx, &organiser, &mistake(&cx, &out)).await;
    let inbox = conflicts::inbox(&cx, &organiser, None, None).await.unwrap();
    assert_eq!((inbox.open.conflicts, inbox.settled.conflicts), (vec![], accepted));
    // Once the admission, and then not the first any more.
    undone(&cx, &organiser, &mistake(&cx, &first)).await;
    assert_eq!(admitted_by(&cx).await, Some(again.scan_id));
    let early = let_in(&cx, &code, minutes(18));
    one(&cx, &organiser, gate, early.clone()).await;
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(early.scan_id), vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_exit_that_is_undone_makes_double_whom_the_rule_has_let_in_after_it(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (first, out, again) = (let_in(&cx, &code, minutes(20)), let_out(&cx, &code, minutes(10)), let_in(&cx, &code, minutes(5)));
    let mut verdicts = Vec::new();
    for scan in [&first, &out, &again] {
        verdicts.push(one(&cx, &organiser, gate, scan.clone()).await.verdict.key());
    }
    assert_eq!((verdicts, conflicts(&cx).await), (vec!["admit", "exit", "readmit"], vec![]));
    undone(&cx, &organiser, &mistake(&cx, &out)).await;
    assert_eq!(conflicts(&cx).await, [twice(&again)]);
    assert_eq!(presence(&cx).await, Some((again.scan_id, true)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_came_in_again_while_exits_were_counted_is_not_double_when_they_no_longer_are(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (again, out) = (let_in(&cx, &code, minutes(10)), let_out(&cx, &code, minutes(5)));
    for scan in [&let_in(&cx, &code, minutes(20)), &let_out(&cx, &code, minutes(15)), &again, &out] {
        one(&cx, &organiser, gate, scan.clone()).await;
    }
    sqlx::query!("update checkpoints set counts_exits = false").execute(&cx.pool).await.unwrap();
    undone(&cx, &organiser, &mistake(&cx, &out)).await;
    assert_eq!(conflicts(&cx).await, []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_came_in_again_after_an_exit_is_the_next_admission(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (first, out, again) = (let_in(&cx, &code, minutes(20)), let_out(&cx, &code, minutes(10)), let_in(&cx, &code, minutes(5)));
    // As the rule has told it, and as the exit has explained it late.
    for order in [[&first, &out, &again], [&first, &again, &out]] {
        forget(&cx).await;
        for scan in order {
            one(&cx, &organiser, gate, scan.clone()).await;
        }
        assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(first.scan_id), vec![]));
        undone(&cx, &organiser, &mistake(&cx, &first)).await;
        assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(again.scan_id), vec![]));
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_that_tells_later_of_letting_in_is_explained_too(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (first, out) = (let_in(&cx, &code, minutes(20)), let_out(&cx, &code, minutes(10)));
    let told = let_in(&cx, &code, minutes(5));
    for scan in [first, ScanSubmission { local_verdict: None, ..told.clone() }, out] {
        one(&cx, &organiser, gate, scan).await;
    }
    assert!(matches!(one(&cx, &organiser, gate, told).await.verdict, Verdict::AlreadyIn(_)));
    assert_eq!(conflicts(&cx).await, []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_left_in_the_instant_of_the_entry_comes_in_again(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let at = cx.now() - TimeDelta::minutes(10);
    for scan in [let_in(&cx, &code, at), let_out(&cx, &code, at)] {
        one(&cx, &organiser, gate, scan).await;
    }
    assert_eq!(one(&cx, &organiser, gate, let_in(&cx, &code, cx.now())).await.verdict, Verdict::Readmit);
}

/// Whether these facts, stored as they are decided now, leave something to find anew.
async fn is_unsettled(cx: &Context, checkpoint: CheckpointId, scans: &[ScanSubmission]) -> bool {
    let by = Arc::new(ScannedBy { account: None, device: None, name: String::new(), believed_until: None });
    let scans: Vec<_> = scans.iter().map(|submission| scanned(cx, &by, checkpoint, submission.clone())).collect();
    let asked: Vec<_> = scans.iter().collect();
    let states = states(&cx.pool, &asked).await.unwrap();
    let facts: Vec<_> = scans.iter().zip(states).map(|(scan, state)| decided(scan, state.unwrap())).collect();
    !insert(&cx.pool, &facts).await.unwrap().unsettled.is_empty()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn scans_that_come_in_their_order_ask_no_further_statement(pool: PgPool) {
    let (cx, _, gate, _, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (entry, exit) = (|at| let_in(&cx, &code, minutes(at)), |at| let_out(&cx, &code, minutes(at)));
    for scan in [entry(30), exit(29), entry(28), ScanSubmission { local_verdict: None, ..entry(27) }] {
        assert!(!is_unsettled(&cx, gate, std::slice::from_ref(&scan)).await, "{scan:?}");
    }
    assert!(is_unsettled(&cx, gate, &[exit(40)]).await, "it comes late");
    assert!(is_unsettled(&cx, gate, &[entry(26)]).await, "it may be explained");
    assert!(is_unsettled(&cx, gate, &[exit(20), exit(19)]).await, "the second was decided without the first");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn gates_that_are_heard_at_once_see_each_other(pool: PgPool) {
    let (cx, clock, gate, organiser, code) = grounds(pool).await;
    clock.advance(TimeDelta::hours(1));
    let mut chance = Chance(1);
    for round in 0..30_i64 {
        forget(&cx).await;
        let at = |minutes| cx.now() - TimeDelta::minutes(minutes);
        let (first, out) = (let_in(&cx, &code, at(50)), let_out(&cx, &code, at(40)));
        let (again, more, late) = (let_in(&cx, &code, at(30)), let_in(&cx, &code, at(20)), let_out(&cx, &code, at(25)));
        let known = if chance.below(2) == 0 { vec![first.clone(), out.clone()] } else { vec![first.clone()] };
        all(&cx, &organiser, gate, known).await;
        let mut scans = vec![out.clone(), again.clone(), more.clone()];
        if round % 2 == 0 {
            scans.push(late.clone());
        }
        chance.shuffle(&mut scans);
        // An exit that is undone, at the same time.
        let wrong = (round % 3 == 0).then(|| mistake(&cx, &out));
        let race: Vec<_> = scans
            .into_iter()
            .map(|scan| {
                // Recorders of their own, as replicas have.
                let (cx, organiser) = (Context { recorder: Recorder::default(), ..cx.clone() }, organiser.clone());
                tokio::spawn(async move { one(&cx, &organiser, gate, scan).await })
            })
            .collect();
        let undoing = wrong.clone().map(|wrong| {
            let (cx, organiser) = (cx.clone(), organiser.clone());
            tokio::spawn(async move { undone(&cx, &organiser, &wrong).await })
        });
        for runner in race {
            runner.await.unwrap();
        }
        if let (Some(undoing), Some(wrong)) = (undoing, wrong) {
            undoing.await.unwrap();
            undone(&cx, &organiser, &wrong).await;
        }
        let is_out_undone = round % 3 == 0;
        let mut expected = Vec::new();
        if is_out_undone {
            expected.push(twice(&again));
        }
        if round % 2 != 0 {
            expected.push(twice(&more));
        }
        expected.sort_unstable();
        assert_eq!((conflicts(&cx).await, admitted_by(&cx).await), (expected, Some(first.scan_id)), "round {round}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_left_and_whose_exit_was_undone_is_counted_inside(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let inside = async || board::board(&cx, &organiser).await.unwrap().inside;
    let out = let_out(&cx, &code, minutes(10));
    one(&cx, &organiser, gate, let_in(&cx, &code, minutes(20))).await;
    one(&cx, &organiser, gate, out.clone()).await;
    assert_eq!(inside().await, 0);
    // A phone that turned the person away has let nobody in.
    let away = ScanSubmission { local_verdict: Some(VerdictKind::NotYetOpen), ..let_in(&cx, &code, minutes(5)) };
    one(&cx, &organiser, gate, away).await;
    assert_eq!(inside().await, 0);
    undone(&cx, &organiser, &mistake(&cx, &out)).await;
    assert_eq!(inside().await, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_undone_scan_leaves_the_ticket_where_the_last_scan_that_is_believed_says(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (entered, out) = (let_in(&cx, &code, minutes(30)), let_out(&cx, &code, minutes(25)));
    one(&cx, &organiser, gate, entered).await;
    one(&cx, &organiser, gate, out.clone()).await;
    let away = ScanSubmission { local_verdict: Some(VerdictKind::AlreadyIn), ..let_in(&cx, &code, minutes(20)) };
    one(&cx, &organiser, gate, away).await;
    let (device, _) = phone(&cx, "Máy 1").await;
    let ended = crate::access::EndedPhone {
        actor: Actor::Device { id: device, name: "Máy 1".into(), kind: domain::access::DeviceKind::Scanner },
        believed_until: DateTime::<Utc>::MIN_UTC,
    };
    let late = let_in(&cx, &code, minutes(15));
    record_late(&cx, &ended, ScanRequest::of(gate, vec![late.clone().into()])).await.unwrap();
    assert_eq!(presence(&cx).await, Some((out.scan_id, false)));

    let again = let_in(&cx, &code, minutes(10));
    one(&cx, &organiser, gate, again.clone()).await;
    assert_eq!(presence(&cx).await, Some((again.scan_id, true)));
    undone(&cx, &organiser, &mistake(&cx, &again)).await;
    assert_eq!(presence(&cx).await, Some((out.scan_id, false)), "neither turned away nor brought by an ended phone");
    // What was seen of the scan does not make it believed.
    conflicts::accept(&cx, &organiser, late.scan_id, ConflictKind::EndedPhone).await.unwrap();
    let once_more = let_in(&cx, &code, minutes(9));
    one(&cx, &organiser, gate, once_more.clone()).await;
    undone(&cx, &organiser, &mistake(&cx, &once_more)).await;
    assert_eq!(presence(&cx).await, Some((out.scan_id, false)));
}
