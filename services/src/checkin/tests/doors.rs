//! Doors of sessions: who has a seat, who is in which room, who has left.

use domain::{
    checkin::{Checkpoint, Undo, Watch, door_now},
    ids::{RoomId, SessionId},
};
use uuid::Uuid;

use super::*;

/// The doors of two sessions in rooms of their own, at 08:00 and 09:00, and a gate that counts exits.
pub(super) struct Doors {
    pub first: CheckpointId,
    second: CheckpointId,
    pub sessions: [SessionId; 2],
}

/// At 08:00 of the day: the fixture of [`gate`], with doors; the person of the ticket has a seat in the first session.
pub(super) async fn doors(pool: PgPool) -> (Context, std::sync::Arc<testing::TestClock>, testing::Fixture, Actor, String, Doors) {
    let (cx, clock, edition, actor, ticket, _) = gate(pool).await;
    let sessions = testing::sessions(&cx, 5).await;
    sqlx::raw_sql(
        "insert into rooms (id, edition_id, venue_id, code, name_vi) values
           ('00000000-0000-0000-0000-000000000083', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000081', 'p2', 'Phòng 2');
         update sessions set room_id = '00000000-0000-0000-0000-000000000083' where code = 's2';
         update rooms set door_opens_before = 70;
         insert into checkpoints (id, edition_id, code, kind, name_vi, session_id, position, follows_room) values
           ('00000000-0000-0000-0000-000000000053', '00000000-0000-0000-0000-000000000001', 'door/s1', 'session', 'Hội thảo một',
            '00000000-0000-0000-0000-000000000071', 3, true),
           ('00000000-0000-0000-0000-000000000054', '00000000-0000-0000-0000-000000000001', 'door/s2', 'session', 'Hội thảo hai',
            '00000000-0000-0000-0000-000000000072', 4, true);
         insert into session_seats (registration_id, session_id, state)
         select id, '00000000-0000-0000-0000-000000000071', 'held' from registrations;",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let id = |number| CheckpointId(Uuid::from_u128(number));
    (cx, clock, edition, actor, ticket.code, Doors { first: id(0x53), second: id(0x54), sessions })
}

async fn leave(cx: &Context, actor: &Actor, checkpoint: CheckpointId, code: &str) -> Verdict {
    one(cx, actor, checkpoint, ScanSubmission { direction: Direction::Exit, ..scan(cx, code) }).await.verdict
}

async fn enter(cx: &Context, actor: &Actor, checkpoint: CheckpointId, code: &str) -> Verdict {
    one(cx, actor, checkpoint, scan(cx, code)).await.verdict
}

/// Who is inside, by checkpoint, where it is known.
async fn inside(cx: &Context, actor: &Actor) -> Vec<i64> {
    counts(cx, actor).await.unwrap().into_iter().filter_map(|count| count.inside).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_session_takes_who_has_a_seat_and_tells_others_where_theirs_is(pool: PgPool) {
    let (cx, _, _, actor, code, doors) = doors(pool).await;
    let seats = shift(&cx, &actor, None).await.unwrap().sessions;
    assert_eq!(seats.iter().map(|session| session.id).collect::<Vec<_>>(), doors.sessions);
    let refused = enter(&cx, &actor, doors.second, &code).await;
    assert_eq!(refused, Verdict::WrongPlace { mismatch: Mismatch::Seat { seat: Some(seats[0].clone()), opens_to_all_at: None } });
    assert_eq!(enter(&cx, &actor, doors.first, &code).await, Verdict::Admit);
    assert_eq!(inside(&cx, &actor).await, [1, 0]);
    sqlx::query!("update rooms set door_all_after = -60 where code = 'p2'").execute(&cx.pool).await.unwrap();
    assert_eq!(enter(&cx, &actor, doors.second, &code).await, Verdict::Admit, "an hour before it opens to all");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_room_counts_people_as_its_seats_do_and_not_tickets(pool: PgPool) {
    let (cx, _, _, actor, code, doors) = doors(pool).await;
    sqlx::query!("update registrations set people = 45").execute(&cx.pool).await.unwrap();
    assert_eq!(enter(&cx, &actor, doors.first, &code).await, Verdict::Admit);
    assert_eq!(inside(&cx, &actor).await, [45, 0]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_door_has_the_hours_of_its_session_and_moves_with_it(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    let hours = async || {
        let place = checkpoints(&cx, &actor).await.unwrap().into_iter().find(|place| place.id == doors.first).unwrap();
        (place.opens_at.unwrap() - cx.now(), place.closes_at.unwrap() - cx.now())
    };
    let minutes = TimeDelta::minutes;
    assert_eq!(hours().await, (minutes(-70), minutes(60)));
    sqlx::query!("update rooms set door_closes_after = 20").execute(&cx.pool).await.unwrap();
    assert_eq!(hours().await, (minutes(-70), minutes(20)));
    sqlx::query!(
        "update sessions set starts_at = starts_at + interval '3 hours', ends_at = ends_at + interval '3 hours' where code = 's1'"
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    assert_eq!(hours().await, (minutes(110), minutes(200)));
    assert_eq!(enter(&cx, &actor, doors.first, &code).await, Verdict::NotYetOpen { opens_at: cx.now() + minutes(110) });
    clock.advance(minutes(110));
    assert_eq!(enter(&cx, &actor, doors.first, &code).await, Verdict::Admit);
    let places = checkpoints(&cx, &actor).await.unwrap();
    let room = RoomId(Uuid::from_u128(0x82));
    assert_eq!(door_now(&places, room, cx.now()).map(|place| place.id), Some(doors.first));
}

/// The same with both sessions in one room whose door opens half an hour before each, and a seat in both.
async fn back_to_back(pool: PgPool) -> (Context, std::sync::Arc<testing::TestClock>, Actor, String, Doors) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    sqlx::raw_sql(
        "update sessions set room_id = '00000000-0000-0000-0000-000000000082';
         update rooms set door_opens_before = 30;
         insert into session_seats (registration_id, session_id, state)
         select id, '00000000-0000-0000-0000-000000000072', 'held' from registrations;",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    (cx, clock, actor, code, doors)
}

/// Scans a code at the room's door, for the session that the rule chooses by what is known of it here. Gives back which, and the kind
/// of the verdict.
async fn enter_room(cx: &Context, actor: &Actor, code: &str, seats: &[SessionId]) -> (CheckpointId, &'static str) {
    let places = checkpoints(cx, actor).await.unwrap();
    let mut looks = Vec::new();
    for place in places.iter().filter(|place| place.door.is_some()) {
        looks.push((place.id, look(cx, actor, place.id, scan(cx, code)).await.unwrap().verdict));
    }
    let verdict = |place: &Checkpoint| looks.iter().find(|(id, _)| *id == place.id).unwrap().1.clone();
    let place = Watch::Room(RoomId(Uuid::from_u128(0x82))).for_ticket(&places, cx.now(), seats, verdict).unwrap().id;
    (place, enter(cx, actor, place, code).await.kind().key())
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_a_seat_in_two_sessions_back_to_back_comes_in_once_for_each(pool: PgPool) {
    let (cx, clock, actor, code, doors) = back_to_back(pool).await;
    let mut scanned = Vec::new();
    // At 08:00, 08:10, 08:35 and 08:40.
    for minutes in [0, 10, 25, 5] {
        clock.advance(TimeDelta::minutes(minutes));
        scanned.push(enter_room(&cx, &actor, &code, &doors.sessions).await);
    }
    let [first, second] = [doors.first, doors.second];
    assert_eq!(scanned, [(first, "admit"), (first, "already_in"), (second, "admit"), (second, "already_in")]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_copy_of_a_latecomer_s_ticket_does_not_come_in_for_the_next_session(pool: PgPool) {
    let (cx, clock, actor, code, doors) = back_to_back(pool).await;
    let mut scanned = Vec::new();
    // At 08:35, when the next session's door is open, at 08:40, and at 09:00, when the first is over.
    for minutes in [35, 5, 20] {
        clock.advance(TimeDelta::minutes(minutes));
        scanned.push(enter_room(&cx, &actor, &code, &doors.sessions).await);
    }
    assert_eq!(scanned, [(doors.first, "admit"), (doors.first, "already_in"), (doors.second, "admit")]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_enters_another_room_has_left_the_first_and_may_come_back(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    sqlx::query!("update sessions set capacity_id = null").execute(&cx.pool).await.unwrap();
    let step = async |checkpoint| {
        clock.advance(TimeDelta::minutes(5));
        (enter(&cx, &actor, checkpoint, &code).await, inside(&cx, &actor).await)
    };
    assert_eq!(step(doors.first).await, (Verdict::Admit, vec![1, 0]));
    assert_eq!(step(doors.second).await, (Verdict::Admit, vec![0, 1]));
    assert_eq!(step(doors.first).await, (Verdict::Readmit, vec![1, 0]));
    let (verdict, now) = step(doors.first).await;
    assert!(matches!(verdict, Verdict::AlreadyIn(_)), "{verdict:?}");
    assert_eq!(now, [1, 0]);
    assert_eq!(counts(&cx, &actor).await.unwrap().iter().map(|count| count.admitted).collect::<Vec<_>>(), [0, 0, 1, 1]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_leaves_by_an_exit_comes_in_again_and_an_undone_exit_never_was(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    enter(&cx, &actor, doors.first, &code).await;
    clock.advance(TimeDelta::minutes(1));
    // The phone said so by itself, with no network.
    let local_verdict = Some(domain::checkin::VerdictKind::Exit);
    let exit = ScanSubmission { direction: Direction::Exit, local_verdict, ..scan(&cx, &code) };
    assert_eq!(one(&cx, &actor, doors.first, exit.clone()).await.verdict, Verdict::Exit);
    assert_eq!(inside(&cx, &actor).await, [0, 0]);
    undo(&cx, &actor, vec![Undo { id: ScanId(cx.new_id()), scan_id: exit.scan_id, device_at: cx.now(), offset_ms: 0 }]).await.unwrap();
    assert_eq!(inside(&cx, &actor).await, [1, 0]);
    assert!(matches!(enter(&cx, &actor, doors.first, &code).await, Verdict::AlreadyIn(_)));
    clock.advance(TimeDelta::minutes(1));
    leave(&cx, &actor, doors.first, &code).await;
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(enter(&cx, &actor, doors.first, &code).await, Verdict::Readmit);
    assert_eq!(inside(&cx, &actor).await, [1, 0]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn where_somebody_is_does_not_depend_on_the_order_of_arrival(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    let at = |minutes, direction| ScanSubmission { device_at: cx.now() + TimeDelta::minutes(minutes), direction, ..scan(&cx, &code) };
    let scans = [at(1, Direction::Entry), at(2, Direction::Exit), at(3, Direction::Entry), at(4, Direction::Exit), at(5, Direction::Entry)];
    clock.advance(TimeDelta::minutes(10));
    for number in [4, 1, 3, 0, 2] {
        one(&cx, &actor, doors.first, scans[number].clone()).await;
    }
    assert_eq!(inside(&cx, &actor).await, [1, 0]);
    let last = ScanSubmission { device_at: cx.now() - TimeDelta::minutes(1), ..at(0, Direction::Exit) };
    one(&cx, &actor, doors.second, last).await;
    assert_eq!(inside(&cx, &actor).await, [0, 0], "out by any door is out of the rooms");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_gate_counts_exits_only_where_it_is_told_to(pool: PgPool) {
    let (cx, clock, edition, actor, code, _) = doors(pool).await;
    let round = async || {
        let mut verdicts = Vec::new();
        for direction in [Direction::Exit, Direction::Entry] {
            clock.advance(TimeDelta::minutes(1));
            verdicts.push(one(&cx, &actor, edition.gate, ScanSubmission { direction, ..scan(&cx, &code) }).await.verdict.kind().key());
        }
        verdicts
    };
    enter(&cx, &actor, edition.gate, &code).await;
    assert_eq!(round().await, ["exit", "already_in"]);
    sqlx::query!("update checkpoints set counts_exits = true").execute(&cx.pool).await.unwrap();
    assert_eq!(round().await, ["exit", "readmit"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_board_tells_of_the_day_s_sessions_who_has_a_seat_came_late_and_is_in(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    let organiser = testing::organiser(&cx).await;
    sqlx::query!("update registrations set people = 3").execute(&cx.pool).await.unwrap();
    sqlx::query!("update sessions set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day' where code = 's2'")
        .execute(&cx.pool)
        .await
        .unwrap();
    let sessions = async || {
        let board = board::board(&cx, &organiser).await.unwrap();
        assert_eq!(board.checkpoints.len(), 2, "doors are not told twice");
        board.sessions.into_iter().map(|s| (s.title.vi, s.seated, s.admitted, s.late, s.inside)).collect::<Vec<_>>()
    };
    assert_eq!(sessions().await, [("Hội thảo một".to_owned(), Some(3), 0, 0, 0)]);
    clock.advance(TimeDelta::minutes(1));
    enter(&cx, &actor, doors.first, &code).await;
    assert_eq!(sessions().await, [("Hội thảo một".to_owned(), Some(3), 3, 3, 3)]);
    clock.advance(TimeDelta::minutes(1));
    leave(&cx, &actor, doors.first, &code).await;
    assert_eq!(sessions().await, [("Hội thảo một".to_owned(), Some(3), 3, 3, 0)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn entering_another_room_explains_the_next_entry_though_it_is_heard_of_late(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    sqlx::query!("update sessions set capacity_id = null").execute(&cx.pool).await.unwrap();
    let at = |minutes| let_in(&cx, &code, cx.now() + TimeDelta::minutes(minutes));
    let (first, elsewhere, back, twice) = (at(1), at(2), at(3), at(4));
    clock.advance(TimeDelta::minutes(10));
    for scan in [&first, &back, &twice] {
        one(&cx, &actor, doors.first, scan.clone()).await;
    }
    assert_eq!(conflicts(&cx).await.len(), 2);
    let other = one(&cx, &actor, doors.second, elsewhere.clone()).await.verdict;
    assert_eq!((other, inside(&cx, &actor).await), (Verdict::Admit, vec![1, 0]));
    assert_eq!(conflicts(&cx).await, [(twice.scan_id, "entered_twice".to_owned())]);
    // Never there, so never out of the first.
    let organiser = testing::organiser(&cx).await;
    undone(&cx, &organiser, &mistake(&cx, &elsewhere)).await;
    assert_eq!(conflicts(&cx).await.len(), 2);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_is_let_in_by_hand_against_the_rule_is_in_the_room(pool: PgPool) {
    let (cx, clock, _, actor, code, doors) = doors(pool).await;
    let organiser = testing::organiser(&cx).await;
    let person = sqlx::query_scalar!("select id from registrations").fetch_one(&cx.pool).await.map(domain::ids::RegistrationId).unwrap();
    let form =
        domain::checkin::ByHand { checkpoint: doors.second, reason: domain::checkin::Reason::Forgotten, note: None, overrules: true };
    enter(&cx, &actor, doors.first, &code).await;
    clock.advance(TimeDelta::minutes(1));
    let scan_id = ScanId(cx.new_id());
    let outcome = admit_by_hand(&cx, &organiser, person, scan_id, form.clone()).await.unwrap();
    assert!(matches!(outcome, Outcome::Recorded(Verdict::WrongPlace { .. })), "{outcome:?}");
    assert_eq!(inside(&cx, &actor).await, [0, 1]);
    clock.advance(TimeDelta::minutes(1));
    let back = one(&cx, &actor, doors.first, scan(&cx, &code)).await;
    assert_eq!(back.verdict, Verdict::Readmit, "it was in the other room");
    // Whom somebody lets in twice by hand, knowing it, no phone has let in twice.
    for _ in 0..2 {
        clock.advance(TimeDelta::minutes(1));
        admit_by_hand(&cx, &organiser, person, ScanId(cx.new_id()), form.clone()).await.unwrap();
    }
    undo(&cx, &organiser, vec![Undo { id: ScanId(cx.new_id()), scan_id, device_at: cx.now(), offset_ms: 0 }]).await.unwrap();
    assert_eq!(inside(&cx, &actor).await, [0, 1]);
    assert_eq!(conflicts(&cx).await, [(back.scan_id, "entered_twice".to_owned())], "it was never in the other room");
}
