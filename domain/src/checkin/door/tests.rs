use chrono::TimeDelta;
use uuid::Uuid;

use super::*;

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
