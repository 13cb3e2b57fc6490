use domain::{
    checkin::{Direction, Sent, SignIn, Source, in_order},
    ids::AccountId,
    registration::Answers,
    text::Locale,
};
use uuid::Uuid;

use super::*;
use crate::flow::{clock::Reading, instant, scan_id};
use crate::json;

const CLOCK: fn() -> ServerClock = || {
    let now = Reading { wall: 0, running: 0 };
    let mut clock = ServerClock::remembered(0, now);
    clock.measure(0, now, now);
    clock
};

fn scan(number: u8) -> ScanSubmission {
    ScanSubmission {
        scan_id: scan_id(i64::from(number), [number; 10]),
        code: "00000000".into(),
        source: Source::Typed,
        direction: Direction::Entry,
        device_at: instant(0),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    }
}

fn undo(number: u8, of: u8) -> Undo {
    Undo { id: scan_id(i64::from(number), [number; 10]), scan_id: scan(of).scan_id, device_at: instant(0), offset_ms: 0 }
}

fn gate(number: u128) -> CheckpointId {
    CheckpointId(Uuid::from_u128(number))
}

fn ids(request: &ScanRequest) -> Vec<ScanId> {
    request.scans.iter().map(|scan| scan.scan_id).chain(request.undos.iter().map(|undo| undo.id)).collect()
}

fn sent(outbox: &mut Outbox, place: u128, number: u8) -> ScanRequest {
    outbox.send(gate(place), Fact::Scan(scan(number)), CLOCK()).1
}

fn answered(outbox: &mut Outbox, request: &ScanRequest) {
    for id in ids(request) {
        outbox.remove(id);
    }
}

fn due(outbox: &mut Outbox, now: i64) -> Option<ScanRequest> {
    outbox.due(now, CLOCK())
}

#[test]
fn a_scan_waits_from_its_first_attempt_on_until_it_and_its_undoing_are_answered() {
    let mut outbox = Outbox::default();
    let id = scan(1).scan_id;
    let first = sent(&mut outbox, 1, 1);
    assert_eq!((outbox.waits(id), outbox.has_waiting_scans()), (false, false));
    outbox.postpone(&ids(&first), 0);
    assert_eq!((outbox.waits(id), outbox.waits(scan(2).scan_id), outbox.has_waiting_scans()), (true, false, true));
    answered(&mut outbox, &first);
    assert_eq!((outbox.waits(id), outbox.has_waiting_scans()), (false, false));
    let (_, undoing) = outbox.send(gate(1), Fact::Undo(undo(9, 1)), CLOCK());
    outbox.postpone(&ids(&undoing), 0);
    assert_eq!((outbox.waits(id), outbox.has_waiting_scans()), (true, true));
    assert_eq!(outbox.scans().collect::<Vec<_>>(), [undo(9, 1).id]);
    let reply = Reply { id: scan(8).scan_id, scan_id: id, answers: Answers::default() };
    let mut other = Outbox::restored(vec![(0, Kept { checkpoint: gate(1), fact: Fact::Reply(reply) })], 1, 1);
    assert_eq!((other.has_waiting_scans(), other.scans().count()), (false, 0), "answers of people let nobody in");
    sent(&mut other, 1, 2);
    assert_eq!(other.scans().collect::<Vec<_>>(), [scan(2).scan_id]);
}

#[test]
fn a_scan_that_did_not_arrive_comes_again_with_the_same_id_until_it_is_answered() {
    let mut outbox = Outbox::default();
    let first = sent(&mut outbox, 1, 1);
    assert_eq!((outbox.waiting(), due(&mut outbox, i64::MAX)), (0, None));
    outbox.postpone(&ids(&first), 0);
    outbox.shown(scan(1).scan_id, VerdictKind::AdmitUnconfirmed);
    assert_eq!(outbox.waiting(), 1);
    assert_eq!(due(&mut outbox, FIRST_PAUSE - 1), None);
    let again = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!(ids(&again), ids(&first));
    assert_eq!(again.scans[0].local_verdict, Some(VerdictKind::AdmitUnconfirmed));
    assert_eq!(due(&mut outbox, i64::MAX), None, "it is being sent");
    assert_eq!(outbox.remove(scan(1).scan_id), Some(0));
    assert_eq!((outbox.waiting(), due(&mut outbox, i64::MAX), outbox.is_empty()), (0, None, true));
}

#[test]
fn pauses_grow_to_a_limit_and_end_when_the_network_is_back() {
    let mut outbox = Outbox::default();
    let request = sent(&mut outbox, 1, 1);
    for pause in [2_000, 4_000, 8_000, 15_000, 15_000] {
        outbox.postpone(&ids(&request), 0);
        assert_eq!(due(&mut outbox, pause - 1), None);
        assert!(due(&mut outbox, pause).is_some());
    }
    outbox.postpone(&ids(&request), 0);
    outbox.hurry(10);
    assert!(due(&mut outbox, 10).is_some());
}

#[test]
fn scans_of_two_checkpoints_travel_apart_oldest_first() {
    let mut outbox = Outbox::default();
    for (place, number) in [(1, 1), (2, 2), (1, 3)] {
        let request = sent(&mut outbox, place, number);
        outbox.postpone(&ids(&request), 0);
    }
    let first = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!((first.checkpoint, ids(&first)), (gate(1), vec![scan(1).scan_id, scan(3).scan_id]));
    assert_eq!(due(&mut outbox, FIRST_PAUSE), None, "one part at a time");
    outbox.remove(scan(1).scan_id);
    outbox.remove(scan(3).scan_id);
    assert_eq!(ids(&due(&mut outbox, FIRST_PAUSE).unwrap()), [scan(2).scan_id]);
}

#[test]
fn a_queue_longer_than_a_request_travels_in_parts() {
    let kept = |number: u32| {
        let id = ScanId(Uuid::from_u128(number.into()));
        (number, Kept { checkpoint: gate(1), fact: Fact::Scan(ScanSubmission { scan_id: id, ..scan(0) }) })
    };
    let mut outbox = Outbox::restored((0..501).rev().map(kept).collect(), 0, 700);
    let first = due(&mut outbox, 0).unwrap();
    assert_eq!((first.scans.len(), first.scans[0].scan_id), (500, ScanId(Uuid::from_u128(0))));
    answered(&mut outbox, &first);
    assert_eq!(due(&mut outbox, 0).unwrap().scans.len(), 1);
    assert_eq!(outbox.send(gate(1), Fact::Scan(scan(1)), CLOCK()).0, 700, "what this build cannot read keeps its number");
}

#[test]
fn a_slow_network_gets_smaller_parts_until_it_carries_them() {
    let kept = |number: u8| (number.into(), Kept { checkpoint: gate(1), fact: Fact::Scan(scan(number)) });
    let mut outbox = Outbox::restored((0..200).map(kept).collect(), 0, 200);
    let mut sizes = Vec::new();
    for arrives in [false, false, false, false, false, true, true, true] {
        let part = due(&mut outbox, i64::MAX - LONGEST_PAUSE).unwrap();
        sizes.push(part.scans.len());
        if arrives {
            outbox.has_arrived(part.scans.len());
            answered(&mut outbox, &part);
        } else {
            outbox.was_too_much(part.scans.len());
            outbox.postpone(&ids(&part), 0);
        }
    }
    assert_eq!(sizes, [200, 100, 50, 25, 20, 20, 40, 80]);
    // One scan that is lost says nothing of the others.
    outbox.was_too_much(1);
    assert_eq!(due(&mut outbox, i64::MAX - LONGEST_PAUSE).unwrap().scans.len(), 60);
}

#[test]
fn what_the_server_said_nothing_of_comes_again() {
    let mut outbox = Outbox::default();
    let request = sent(&mut outbox, 1, 1);
    sent(&mut outbox, 1, 2);
    outbox.postpone(&[scan(2).scan_id], 0);
    outbox.postpone_unanswered(&ids(&request), 0);
    outbox.postpone_unanswered(&[scan(2).scan_id], 0);
    let both = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!(ids(&both), [scan(1).scan_id, scan(2).scan_id]);
}

#[test]
fn a_clock_that_was_set_back_holds_up_nothing() {
    let mut outbox = Outbox::default();
    let hours = 3 * 3_600_000;
    let request = sent(&mut outbox, 1, 1);
    outbox.postpone(&ids(&request), hours);
    assert_eq!(due(&mut outbox, hours), None);
    assert_eq!(due(&mut outbox, 0).map(|request| ids(&request)), Some(ids(&request)));
}

#[test]
fn one_scan_that_is_refused_holds_up_no_other_and_stays_until_somebody_deals_with_it() {
    let mut outbox = Outbox::default();
    for number in 1..=3 {
        let request = sent(&mut outbox, 1, number);
        outbox.postpone(&ids(&request), 0);
    }
    let batch = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!(outbox.refuse(&ids(&batch), 5_000), None);
    for number in 1..=3 {
        let single = due(&mut outbox, 5_000).unwrap();
        assert_eq!(ids(&single), [scan(number).scan_id]);
        if number == 2 {
            assert_eq!(outbox.refuse(&ids(&single), 5_000), Some(scan(2).scan_id));
        } else {
            outbox.remove(single.scans[0].scan_id);
        }
    }
    assert_eq!((outbox.waiting(), due(&mut outbox, i64::MAX)), (0, None));
    assert_eq!(outbox.refused().map(Fact::id).collect::<Vec<_>>(), [scan(2).scan_id]);
    assert!(!outbox.is_empty());
    outbox.retry_refused(9_000);
    assert_eq!(outbox.refused().count(), 0);
    assert_eq!(ids(&due(&mut outbox, 9_000).unwrap()), [scan(2).scan_id]);
}

#[test]
fn a_mistake_travels_with_its_scan_and_after_it() {
    let mut outbox = Outbox::default();
    let request = sent(&mut outbox, 1, 1);
    outbox.postpone(&ids(&request), 0);
    let (number, request) = outbox.send(gate(1), Fact::Undo(undo(2, 1)), CLOCK());
    assert_eq!((number, request.scans.len(), ids(&request)), (1, 0, vec![undo(2, 1).id]));
    outbox.postpone(&ids(&request), 0);
    let both = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!((both.scans.len(), both.undos), (1, vec![undo(2, 1)]));
}

/// The scans of a request and the scans that are undone, in the order in which the server takes them.
fn taken(request: &ScanRequest) -> Vec<(Vec<ScanId>, Vec<ScanId>)> {
    let scans = request.scans.iter().cloned().map(Sent::from).collect();
    let id = |sent: &Sent| match sent {
        Sent::Scan(scan) => scan.scan_id,
        Sent::Unreadable { scan_id } => *scan_id,
    };
    let parts = in_order(scans, request.undos.clone()).into_iter();
    parts.map(|part| (part.scans.iter().map(id).collect(), part.undos.iter().map(|undo| undo.scan_id).collect())).collect()
}

#[test]
fn a_mistake_that_waits_goes_before_a_later_scan() {
    let mut outbox = Outbox::default();
    let (_, request) = outbox.send(gate(1), Fact::Undo(undo(2, 1)), CLOCK());
    for _ in 0..3 {
        outbox.postpone(&ids(&request), 0);
    }
    assert_eq!(due(&mut outbox, FIRST_PAUSE), None);
    let again = Fact::Scan(ScanSubmission { device_at: instant(1), ..scan(3) });
    let before_it = [(vec![], vec![scan(1).scan_id]), (vec![scan(3).scan_id], vec![])];
    assert_eq!(taken(&outbox.send(gate(1), again.clone(), CLOCK()).1), before_it);
    outbox.postpone(&[scan(3).scan_id], 0);
    assert_eq!(due(&mut outbox, i64::MAX - LONGEST_PAUSE), None, "the mistake is on its way");
    outbox.postpone(&[undo(2, 1).id], 0);
    assert_eq!(due(&mut outbox, FIRST_PAUSE).map(|request| taken(&request)), Some(before_it.into()));
    outbox.postpone(&[undo(2, 1).id, scan(3).scan_id], 0);
    assert_eq!(ids(&sent(&mut outbox, 2, 4)), [scan(4).scan_id], "another checkpoint's");
    let (_, told) = outbox.send(gate(1), Fact::Undo(undo(5, 3)), CLOCK());
    assert_eq!(ids(&told), [undo(5, 3).id], "nobody comes in by it");
    // Scan 3 waits, so what was undone of it waits for it.
    outbox.postpone(&[undo(5, 3).id], 0);
    let late = Fact::Scan(ScanSubmission { device_at: instant(2), ..scan(6) });
    assert_eq!(ids(&outbox.send(gate(1), late, CLOCK()).1), [scan(6).scan_id, undo(2, 1).id]);
}

#[test]
fn mistakes_that_wait_leave_room_for_what_is_due() {
    let mut outbox = Outbox::default();
    let mistakes: Vec<_> = (0..30).map(|number| outbox.send(gate(1), Fact::Undo(undo(100 + number, number)), CLOCK()).1).collect();
    let late: Vec<_> = mistakes.iter().flat_map(ids).collect();
    outbox.postpone(&late, FIRST_PAUSE);
    outbox.was_too_much(SMALLEST_PART + 1);
    let request = sent(&mut outbox, 1, 50);
    outbox.postpone(&[scan(50).scan_id], 0);
    assert_eq!(ids(&request).len(), SMALLEST_PART);
    outbox.postpone(&late, FIRST_PAUSE);
    let part = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!((part.scans.len(), part.undos.len()), (1, SMALLEST_PART - 1));
}

#[test]
fn a_mistake_that_waits_holds_up_nothing_that_travels_alone() {
    let mut outbox = Outbox::default();
    let facts = [Fact::Undo(undo(2, 1)), Fact::Scan(scan(3))];
    let all: Vec<_> = facts.into_iter().map(|fact| outbox.send(gate(1), fact, CLOCK()).1).flat_map(|request| ids(&request)).collect();
    outbox.refuse(&all, 0);
    outbox.postpone(&[undo(2, 1).id], 0);
    assert_eq!(due(&mut outbox, 0).map(|request| ids(&request)), Some(vec![scan(3).scan_id]));
}

#[test]
fn a_name_travels_after_its_scan_and_is_gone_once_it_was_answered() {
    let mut outbox = Outbox::default();
    let request = sent(&mut outbox, 1, 1);
    outbox.postpone(&ids(&request), 0);
    let naming = Naming {
        id: scan(2).scan_id,
        scan_id: scan(1).scan_id,
        full_name: "Trần Văn Sen".into(),
        phone: String::new(),
        organisation: String::new(),
        has_agreed: true,
        locale: domain::text::Locale::Vi,
        device_at: instant(0),
        offset_ms: 0,
    };
    let (number, request) = outbox.send(gate(1), Fact::Naming(naming.clone()), CLOCK());
    assert_eq!((request.scans.len(), &request.namings), (0, &vec![naming.clone()]));
    outbox.postpone(&[naming.id], 0);
    let both = due(&mut outbox, FIRST_PAUSE).unwrap();
    assert_eq!((both.scans.len(), both.namings), (1, vec![naming.clone()]));
    outbox.remove(scan(1).scan_id);
    assert_eq!((outbox.remove(naming.id), outbox.is_empty()), (Some(number), true));
    let kept = Kept { checkpoint: gate(1), fact: Fact::Naming(naming) };
    assert_eq!(json::read::<Kept>(&serde_json::to_string(&kept).unwrap()).unwrap(), kept);
}

#[test]
fn the_time_of_a_scan_is_told_by_what_is_measured_after_it() {
    let mut outbox = Outbox::default();
    let at = |wall, running| Reading { wall, running };
    let mut clock = ServerClock::remembered(0, at(0, 0));
    let (_, request) = outbox.send(gate(1), Fact::Scan(scan(1)), clock);
    outbox.postpone(&ids(&request), 0);
    clock.measure(5_000, at(900, 900), at(1_000, 1_000));
    assert_eq!(outbox.due(FIRST_PAUSE, clock).unwrap().scans[0].offset_ms, 4_050);
    outbox.postpone(&ids(&request), 0);
    // The clock was set in between: what is measured now says nothing of that scan.
    clock.look(at(1_000_000_000_000, 2_000));
    clock.measure(7_000, at(1_000_000_001_000, 3_000), at(1_000_000_001_000, 3_000));
    assert_eq!(outbox.due(i64::MAX, clock).unwrap().scans[0].offset_ms, 4_050);
}

#[test]
fn the_server_is_told_once_more_whom_the_phone_let_in_while_it_was_asked() {
    let mut outbox = Outbox::default();
    let request = sent(&mut outbox, 1, 1);
    assert!(!outbox.let_in_untold(&request.scans[0]));
    let kept = outbox.shown(scan(1).scan_id, VerdictKind::Admit).unwrap();
    assert_eq!((kept.0, &kept.1.fact), (0, &Fact::Scan(ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..scan(1) })));
    assert!(outbox.let_in_untold(&request.scans[0]));
    let told = ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..scan(1) };
    assert!(!outbox.let_in_untold(&told));
}

#[test]
fn a_scan_on_its_first_way_is_not_lost_by_leaving_unnoticed() {
    let mut outbox = Outbox::default();
    assert!(outbox.is_empty());
    sent(&mut outbox, 1, 1);
    assert_eq!((outbox.is_empty(), outbox.facts().count()), (false, 1));
    outbox.remove(scan(1).scan_id);
    assert!(outbox.is_empty());
}

#[test]
fn what_this_build_cannot_read_waits_in_sight() {
    let mut outbox = Outbox::restored(vec![], 2, 2);
    assert_eq!((outbox.waiting(), outbox.count(), due(&mut outbox, i64::MAX)), (2, 2, None));
    sent(&mut outbox, 1, 1);
    assert_eq!((outbox.waiting(), outbox.count()), (2, 3));
}

#[test]
fn a_naming_tells_whose_scan_it_is_of() {
    let mut outbox = Outbox::default();
    let naming = Naming {
        id: scan_id(5, [5; 10]),
        scan_id: scan(1).scan_id,
        full_name: "Trần Văn Sen".into(),
        phone: String::new(),
        organisation: String::new(),
        has_agreed: false,
        locale: Locale::Vi,
        device_at: instant(0),
        offset_ms: 0,
    };
    outbox.send(gate(1), Fact::Naming(naming.clone()), CLOCK());
    sent(&mut outbox, 1, 1);
    assert_eq!((outbox.told_of(naming.id), outbox.told_of(naming.scan_id)), (Some(scan(1).scan_id), None));
}

#[test]
fn a_kept_scan_tells_who_made_it_and_one_of_an_older_build_is_read_all_the_same() {
    let old = r#"{"checkpoint":"00000000-0000-0000-0000-000000000001","fact":{"scan":{"scan_id":"00000000-0000-0000-0000-000000000002",
        "code":"00000000","source":"typed","direction":"entry","device_at":"2027-10-10T00:00:00Z","offset_ms":0}}}"#;
    let Fact::Scan(scan) = json::read::<Kept>(old).unwrap().fact else { panic!("a scan was kept") };
    assert_eq!((scan.made_by, scan.sign_in), (None, None));
    let sign_in = SignIn { account: AccountId(Uuid::from_u128(3)), at: instant(1_791_590_400_123) };
    let kept = Kept { checkpoint: gate(1), fact: Fact::Scan(ScanSubmission { sign_in: Some(sign_in), ..scan }) };
    assert_eq!(json::read::<Kept>(&serde_json::to_string(&kept).unwrap()).unwrap(), kept);
}
