use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{Admission, Direction, Known, Presented, Record, Scan, Standing, decide},
    ids::ScanId,
    registration::AudienceKind,
};

const ROOM: RoomId = RoomId(Uuid::from_u128(7));

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

/// A door that opens half an hour before its session and closes with it.
fn door(number: u128, room: RoomId, starts: i64, ends: i64) -> Checkpoint {
    let session = Session {
        id: SessionId(Uuid::from_u128(number)),
        title_vi: String::new(),
        title_en: String::new(),
        room,
        room_vi: String::new(),
        room_en: String::new(),
        starts_at: at(starts),
        ends_at: at(ends),
    };
    Checkpoint {
        id: CheckpointId(Uuid::from_u128(number)),
        year: 2027,
        kind: CheckpointKind::Session,
        name_vi: String::new(),
        name_en: String::new(),
        opens_at: Some(at(starts - 30)),
        closes_at: Some(at(ends)),
        admits: vec![],
        door: Some(Door { session, needs_seat: false, opens_to_all_at: None, size: None }),
        counts_exits: false,
        shares: None,
    }
}

#[test]
fn a_room_s_door_follows_the_programme_through_the_day() {
    let elsewhere = RoomId(Uuid::from_u128(8));
    // From 2:00 to 3:00, at once from 3:00 to 4:00, and from 6:00 to 7:00; the programme is not in its order.
    let places = [door(3, ROOM, 360, 420), door(1, ROOM, 120, 180), door(9, elsewhere, 100, 500), door(2, ROOM, 180, 240)];
    let watched = |minutes| door_now(&places, ROOM, at(minutes)).map(|place| place.id.0.as_u128());
    for (minutes, session) in [(0, 1), (89, 1), (90, 1), (149, 1), (150, 2), (239, 2), (240, 3), (330, 3), (419, 3), (420, 3), (900, 3)] {
        assert_eq!(watched(minutes), Some(session), "after {minutes} minutes");
    }
    assert_eq!(door_now(&places, RoomId(Uuid::nil()), at(0)), None);
}

/// A session from 2:00 to 3:00 that takes seats, and one at once from 3:00 to 4:00.
fn back_to_back(next_takes_seats: bool) -> [Checkpoint; 2] {
    [(1, 120, true), (2, 180, next_takes_seats)].map(|(number, starts, needs_seat)| {
        let place = door(number, ROOM, starts, starts + 60);
        Checkpoint { door: place.door.map(|door| Door { needs_seat, ..door }), ..place }
    })
}

/// The session for which somebody is scanned at the room's door, who has these seats and has come to these sessions, each at its minute.
fn scanned_for(places: &[Checkpoint], minutes: i64, seats: &[u128], came: &[(u128, i64)]) -> u128 {
    let seats: Vec<_> = seats.iter().map(|seat| SessionId(Uuid::from_u128(*seat))).collect();
    let came_next = |before: i64| came.iter().map(|(_, came)| *came).filter(|came| *came > before).min();
    let verdict = |place: &Checkpoint| {
        let admission = came.iter().find(|(session, _)| *session == place.id.0.as_u128()).map(|(_, came)| Admission {
            scan_id: ScanId(Uuid::nil()),
            checkpoint: None,
            checkpoint_vi: String::new(),
            checkpoint_en: String::new(),
            device: String::new(),
            at: at(*came),
            // Who entered for another session has left the first.
            left_at: came_next(*came).map(at),
        });
        let record = Record {
            audience: AudienceKind::Citizen,
            reissue: 0,
            standing: Standing::Valid,
            merged_into: None,
            seats: seats.clone(),
            admission,
        };
        let known = Known { checkpoint: place.clone(), sessions: vec![], complete: false, record: Some(record) };
        let scan =
            Scan { id: ScanId(Uuid::nil()), presented: Presented::Short, direction: Direction::Entry, at: at(minutes), let_in: false };
        decide(&known, &scan)
    };
    Watch::Room(ROOM).for_ticket(places, at(minutes), &seats, verdict).unwrap().id.0.as_u128()
}

#[test]
fn while_one_session_runs_and_the_next_lets_in_each_is_scanned_for_the_own() {
    let places = back_to_back(true);
    for (seats, came, session) in [
        (&[1][..], &[][..], 1),
        (&[1], &[(1, 120)], 1),
        (&[2], &[], 2),
        (&[2], &[(2, 155)], 2),
        // Who has both comes to the one that runs first, and then for the other.
        (&[1, 2], &[], 1),
        (&[1, 2], &[(1, 120)], 2),
        (&[], &[], 2),
    ] {
        assert_eq!(scanned_for(&places, 160, seats, came), session, "seats {seats:?}, came {came:?}");
    }
    // Who came late for the first, when the door of the next was open already, is not back for that yet: a copy of the ticket is.
    for (came, session) in [(149, 2), (150, 1), (159, 1)] {
        assert_eq!(scanned_for(&places, 160, &[1, 2], &[(1, came)]), session, "came after {came} minutes");
    }
    assert_eq!(scanned_for(&places, 180, &[1, 2], &[(1, 159)]), 2, "the first has ended");
    // Nor is the copy of whoever was let in for the next already.
    assert_eq!(scanned_for(&places, 160, &[1, 2], &[(1, 152), (2, 155)]), 2);
    // Before the door of the next opens, and from when the first has ended.
    assert_eq!([149, 180].map(|minutes| scanned_for(&places, minutes, &[2], &[])), [1, 2]);
    assert_eq!([149, 180].map(|minutes| scanned_for(&places, minutes, &[1], &[])), [1, 2]);
}

#[test]
fn who_has_no_place_in_the_next_session_is_scanned_for_the_one_that_runs_if_that_has_one() {
    let [first, next] = back_to_back(true);
    let all_may_come = |place: Checkpoint| Checkpoint { door: place.door.map(|door| Door { needs_seat: false, ..door }), ..place };
    assert_eq!(scanned_for(&[all_may_come(first.clone()), next.clone()], 160, &[], &[]), 1);
    let businesses = |place: Checkpoint| Checkpoint { admits: vec![AudienceKind::Business], ..place };
    assert_eq!(scanned_for(&[all_may_come(first.clone()), businesses(all_may_come(next.clone()))], 160, &[], &[]), 1);
    assert_eq!(scanned_for(&[all_may_come(first.clone()), all_may_come(next.clone())], 160, &[], &[]), 2);
    // A seat in the one that runs stands above a next one for all.
    assert_eq!(scanned_for(&[first.clone(), all_may_come(next.clone())], 160, &[1], &[(1, 120)]), 1);
    let closed = Checkpoint { closes_at: Some(at(130)), ..first };
    assert_eq!(scanned_for(&[closed, next], 160, &[1], &[]), 2, "latecomers are no longer let in");
}

#[test]
fn a_door_that_closes_to_latecomers_gives_way_to_the_next_only_when_that_one_comes() {
    let late = Checkpoint { closes_at: Some(at(130)), ..door(1, ROOM, 120, 180) };
    let places = [late, door(2, ROOM, 300, 360)];
    let watched = |minutes| door_now(&places, ROOM, at(minutes)).map(|place| place.id.0.as_u128());
    assert_eq!([watched(129), watched(130), watched(270)], [Some(1), Some(2), Some(2)]);
}

#[test]
fn a_seat_is_asked_for_until_the_door_opens_to_all() {
    let asks =
        |needs_seat, opens_to_all_at| Door { needs_seat, opens_to_all_at, ..door(1, ROOM, 60, 120).door.unwrap() }.asks_for_seat(at(60));
    assert!(!asks(false, None));
    assert!(asks(true, None));
    assert!(asks(true, Some(at(61))));
    assert!(!asks(true, Some(at(60))));
}

#[test]
fn whoever_waits_at_the_old_room_is_told_the_new_one_in_both_languages() {
    let mut session = door(1, ROOM, 60, 120).door.unwrap().session;
    (session.title_vi, session.title_en) = ("Kinh tế số".into(), "Digital economy".into());
    (session.room_vi, session.room_en) = ("Phòng 4".into(), "Room 4".into());
    assert_eq!(session.has_moved(Locale::Vi), "“Kinh tế số” đã chuyển sang Phòng 4.");
    assert_eq!(session.has_moved(Locale::En), "“Digital economy” has moved to Room 4.");
}

#[test]
fn rooms_are_one_area_and_gates_only_where_exits_are_counted() {
    let area = |kind, counts_exits| Checkpoint { kind, counts_exits, ..door(1, ROOM, 60, 120) }.area();
    assert_eq!(area(CheckpointKind::Session, false), Some(Area::Rooms));
    assert_eq!([area(CheckpointKind::Gate, true), area(CheckpointKind::Gate, false)], [Some(Area::Grounds), None]);
    assert_eq!(area(CheckpointKind::Booth, true), None);
}

#[test]
fn a_phone_is_set_to_a_room_once_and_to_every_other_place() {
    let gate = Checkpoint { kind: CheckpointKind::Gate, door: None, ..door(4, ROOM, 60, 120) };
    let places = [door(1, ROOM, 120, 180), gate, door(2, ROOM, 180, 240)];
    let all = Watch::of(&places);
    assert_eq!(all, [Watch::Room(ROOM), Watch::Place(places[1].id)]);
    assert_eq!(all[0].now(&places, at(200)), Some(&places[2]));
    assert_eq!(all[1].now(&places, at(200)), Some(&places[1]));
    for watch in all {
        assert_eq!(watch.to_string().parse(), Ok(watch));
    }
    assert!("room-".parse::<Watch>().is_err() && "".parse::<Watch>().is_err());
}
