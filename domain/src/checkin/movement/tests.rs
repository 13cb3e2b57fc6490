use std::collections::HashMap;

use chrono::TimeDelta;
use proptest::{collection::vec, prelude::*, sample::select};
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{Admission, Checkpoint, CheckpointKind, Direction, Known, Presented, Record, Scan, Standing, Verdict, decide},
    ids::CheckpointId,
    registration::AudienceKind,
};

const AREAS: [Option<Area>; 3] = [Some(Area::Grounds), Some(Area::Rooms), None];

fn id(number: u128) -> ScanId {
    ScanId(Uuid::from_u128(number))
}

fn place(number: u128) -> EntranceId {
    EntranceId(Uuid::from_u128(number))
}

fn movement(number: u128, minutes: i64, entrance: u128, step: Step) -> Movement {
    Movement { scan: id(number), entrance: place(entrance), at: DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes), step }
}

/// The numbers of the double ones of these, which are numbered from one.
fn found(area: Option<Area>, movements: &[(i64, u128, Step)]) -> Vec<u128> {
    let movements: Vec<_> =
        (1..).zip(movements).map(|(number, &(minutes, entrance, step))| movement(number, minutes, entrance, step)).collect();
    doubles(area, &movements).into_iter().map(|scan| scan.0.as_u128()).collect()
}

use Step::{Entered, Left, Seen};

#[test]
fn an_exit_explains_the_entry_after_it_and_no_other() {
    let grounds = Some(Area::Grounds);
    assert_eq!(found(grounds, &[(0, 1, Entered), (20, 1, Entered)]), [2]);
    assert_eq!(found(grounds, &[(0, 1, Entered), (20, 1, Entered), (10, 1, Left)]), [] as [u128; 0], "heard of late");
    assert_eq!(found(grounds, &[(0, 1, Entered), (20, 1, Entered), (10, 2, Left)]), [] as [u128; 0], "out by another gate");
    assert_eq!(found(grounds, &[(0, 1, Entered), (5, 1, Entered), (10, 1, Left), (20, 1, Entered)]), [2], "it was in already");
    assert_eq!(found(grounds, &[(0, 1, Entered), (10, 1, Left), (20, 1, Entered), (25, 1, Entered)]), [4]);
    assert_eq!(found(grounds, &[(0, 1, Left), (10, 1, Entered), (20, 1, Entered)]), [3], "before any entry");
    assert_eq!(found(None, &[(0, 1, Entered), (10, 1, Left), (20, 1, Entered)]), [3], "where exits are not counted");
}

#[test]
fn of_one_instant_the_lower_id_is_the_first() {
    assert_eq!(found(Some(Area::Grounds), &[(0, 1, Entered), (10, 1, Left), (10, 1, Entered)]), [] as [u128; 0]);
    assert_eq!(found(Some(Area::Grounds), &[(0, 1, Entered), (10, 1, Entered), (10, 1, Left)]), [2]);
}

#[test]
fn another_room_is_left_by_entering_it_but_no_gate_is() {
    let steps = [(0, 1, Entered), (10, 2, Entered), (20, 1, Entered)];
    assert_eq!(found(Some(Area::Rooms), &steps), [] as [u128; 0]);
    assert_eq!(found(Some(Area::Grounds), &steps), [3]);
}

#[test]
fn who_was_only_told_of_being_in_has_entered_nothing() {
    let late = [(0, 1, Entered), (15, 1, Seen), (20, 1, Entered), (10, 1, Left)];
    assert_eq!(found(Some(Area::Grounds), &late), [] as [u128; 0], "the exit was not heard of at 15");
    assert_eq!(found(Some(Area::Grounds), &[(0, 1, Entered), (15, 1, Seen), (20, 1, Entered)]), [3]);
    let elsewhere = [(0, 2, Entered), (10, 1, Entered), (20, 2, Seen), (30, 1, Entered)];
    assert_eq!(found(Some(Area::Rooms), &elsewhere), [] as [u128; 0], "was in the other room meanwhile");
}

/// Movements at two checkpoints, many at the same instants.
fn movements() -> impl Strategy<Value = Vec<Movement>> {
    vec((0_i64..8, 1_u128..3, select(&[Entered, Entered, Seen, Left][..])), 0..10)
        .prop_map(|steps| (1..).zip(steps).map(|(number, (minutes, entrance, step))| movement(number, minutes, entrance, step)).collect())
}

/// A gate that counts exits, the door of a room, or a gate that does not.
fn checkpoint(entrance: EntranceId, area: Option<Area>) -> Checkpoint {
    Checkpoint {
        id: CheckpointId(entrance.0),
        year: 2027,
        kind: if area == Some(Area::Rooms) { CheckpointKind::Session } else { CheckpointKind::Gate },
        name_vi: String::new(),
        name_en: String::new(),
        opens_at: None,
        closes_at: None,
        admits: vec![],
        door: None,
        counts_exits: area == Some(Area::Grounds),
        shares: None,
    }
}

proptest! {
    #[test]
    fn the_order_of_arrival_changes_nothing(movements in movements(), area in select(&AREAS[..]), turn in 0_usize..10) {
        let mut heard = movements.clone();
        heard.rotate_left(turn % movements.len().max(1));
        heard.reverse();
        prop_assert_eq!(doubles(area, &heard), doubles(area, &movements));
    }

    /// Each in its order, decided by what the movements before it say: the first entry at the checkpoint, and the last movement.
    #[test]
    fn the_rule_says_the_same_of_scans_that_come_in_order(mut movements in movements(), area in select(&AREAS[..])) {
        movements.sort_unstable_by_key(|movement| (movement.at, movement.scan));
        let mut admissions: HashMap<EntranceId, Admission> = HashMap::new();
        let mut last: Option<Movement> = None;
        let (mut told, mut known) = (BTreeSet::new(), Vec::new());
        for mut movement in movements {
            let place = checkpoint(movement.entrance, area);
            let has_left = |seen: &Movement| {
                seen.step == Left || (area == Some(Area::Rooms) && seen.entrance != movement.entrance)
            };
            let left_at = last.filter(|seen| area.is_some() && has_left(seen)).map(|seen| seen.at);
            let admission = admissions.get(&movement.entrance).map(|first| {
                let has_left = last.is_some_and(|seen| (seen.at, seen.scan) > (first.at, first.scan_id));
                Admission { left_at: left_at.filter(|_| has_left), ..first.clone() }
            });
            let record = Record {
                audience: AudienceKind::Citizen, reissue: 0, standing: Standing::Valid, merged_into: None, seats: vec![], admission,
            };
            let direction = if movement.step == Left { Direction::Exit } else { Direction::Entry };
            let scan = Scan {
                id: movement.scan, presented: Presented::Short, direction, at: movement.at, let_in: movement.step == Entered,
            };
            match decide(&Known { checkpoint: place, sessions: vec![], complete: true, record: Some(record) }, &scan) {
                Verdict::AlreadyIn(_) if movement.step == Entered => drop(told.insert(movement.scan)),
                Verdict::AlreadyIn(_) | Verdict::Exit => {}
                Verdict::Admit => {
                    movement.step = Entered;
                    admissions.insert(movement.entrance, Admission {
                        scan_id: movement.scan, checkpoint: None, checkpoint_vi: String::new(), checkpoint_en: String::new(), device: String::new(),
                        at: movement.at, left_at: None,
                    });
                }
                verdict => {
                    prop_assert_eq!(verdict, Verdict::Readmit);
                    movement.step = Entered;
                }
            }
            last = Some(movement);
            known.push(movement);
        }
        prop_assert_eq!(doubles(area, &known), told);
    }

    #[test]
    fn without_exits_all_entries_at_a_gate_but_the_first_are_double(movements in movements(), area in select(&[Some(Area::Grounds), None][..])) {
        let at_one: Vec<_> =
            movements.into_iter().filter(|movement| movement.entrance == place(1) && movement.step == Entered).collect();
        let first = at_one.iter().map(|movement| (movement.at, movement.scan)).min();
        let others: BTreeSet<_> = at_one.iter().filter(|movement| Some((movement.at, movement.scan)) != first).map(|movement| movement.scan).collect();
        prop_assert_eq!(doubles(area, &at_one), others);
    }

    /// What an exit explained is double again when it is undone, and nothing else changes.
    #[test]
    fn an_exit_only_ever_explains_and_one_entry_at_most(movements in movements(), number in 0_usize..10) {
        let exits: Vec<_> = movements.iter().filter(|movement| movement.step == Left).collect();
        prop_assume!(!exits.is_empty());
        let undone = exits[number % exits.len()].scan;
        let without: Vec<_> = movements.iter().copied().filter(|movement| movement.scan != undone).collect();
        let (with, without) = (doubles(Some(Area::Grounds), &movements), doubles(Some(Area::Grounds), &without));
        prop_assert!(with.is_subset(&without), "{with:?} {without:?}");
        prop_assert!(without.len() - with.len() <= 1, "{with:?} {without:?}");
    }

    #[test]
    fn exits_before_the_first_entry_and_after_the_last_explain_nothing(movements in movements()) {
        let area = Some(Area::Grounds);
        let alone = doubles(area, &movements);
        let mut more = movements;
        more.insert(0, movement(100, -1, 1, Left));
        more.push(movement(101, 100, 1, Left));
        prop_assert_eq!(doubles(area, &more), alone);
    }
}
