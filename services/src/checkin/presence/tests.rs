use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{Direction, ScanSubmission, Source},
    ids::ScanId,
    text::PersonName,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{board, record_single},
    registration,
    testing::{self, Fixture, TestClock},
};

const ROOM: CheckpointId = CheckpointId(Uuid::from_u128(0x53));

/// At 08:00: gates that count exits, the door of a session that opens to all, and people with tickets, the first a class of 30.
async fn day(pool: PgPool) -> (Context, std::sync::Arc<TestClock>, Fixture, Actor, [String; 3]) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 100).await;
    let organiser = testing::organiser(&cx).await;
    testing::sessions(&cx, 50).await;
    sqlx::raw_sql(
        "update checkpoints set counts_exits = true, admits = '{}';
         update rooms set door_opens_before = 70, door_all_after = -70, door_counts_exits = true;
         insert into checkpoints (id, edition_id, code, kind, name_vi, session_id, position, follows_room)
         values ('00000000-0000-0000-0000-000000000053', '00000000-0000-0000-0000-000000000001', 'door/s1', 'session', 'Hội thảo một',
                 '00000000-0000-0000-0000-000000000071', 3, true)",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let mut codes = Vec::new();
    for (number, (name, people)) in [("Trần Thị Đào", 30), ("Lê Văn Ánh", 1), ("Phạm Thị Sen", 1)].into_iter().enumerate() {
        let mut application = testing::citizen(edition.citizens);
        application.details.phone = Some(domain::contact::Phone::parse(&format!("091234567{number}")).unwrap());
        application.details.full_name = PersonName::parse(name).unwrap();
        let secret = registration::register(&cx, application, cx.new_id()).await.unwrap();
        let page = registration::ticket(&cx, &secret.0).await.unwrap();
        sqlx::query("update registrations set people = $2 where id = $1")
            .bind(page.registration_id.0)
            .bind(people)
            .execute(&cx.pool)
            .await
            .unwrap();
        codes.push(page.ticket.unwrap().code);
    }
    clock.advance(TimeDelta::hours(3));
    (cx, clock, edition, organiser, codes.try_into().unwrap())
}

async fn scan(cx: &Context, actor: &Actor, checkpoint: CheckpointId, code: &str, direction: Direction) {
    let scan = ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    record_single(cx, actor, checkpoint, scan).await.unwrap();
}

/// Name, gate, room, and minutes after eight since when: at the gate, in the room, and gone from the grounds.
type Row = (String, Option<String>, Option<String>, [Option<i64>; 3]);

fn row(present: &Present) -> Row {
    let eight = testing::morning() + TimeDelta::hours(3);
    let minutes = |at: DateTime<Utc>| (at - eight).num_minutes();
    let (gate, room) = (present.gate.as_ref(), present.room.as_ref());
    (
        present.full_name.clone(),
        gate.map(|(name, _)| name.vi.clone()),
        room.map(|(name, _)| name.vi.clone()),
        [gate.map(|(_, at)| minutes(*at)), room.map(|(_, at)| minutes(*at)), present.left_at.map(minutes)],
    )
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn pages_of_the_list_leave_nobody_out_and_name_nobody_twice(pool: PgPool) {
    let (cx, _, edition, organiser, codes) = day(pool).await;
    for code in &codes {
        scan(&cx, &organiser, edition.gate, code, Direction::Entry).await;
    }
    let id = crate::edition::current(&cx).await.unwrap().unwrap().id;
    let (mut after, mut pages) = (None, Vec::new());
    loop {
        let page = listed(&cx.pool, id, None, after, 2).await.unwrap();
        pages.push(page.listed.iter().map(|present| present.full_name.clone()).collect::<Vec<_>>());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [&["Lê Văn Ánh", "Trần Thị Đào"][..], &["Phạm Thị Sen"]]);
    assert_eq!(listed(&cx.pool, id, None, None, 3).await.unwrap().next, None, "all are on the first");
}

async fn rows(cx: &Context, actor: &Actor, place: Option<CheckpointId>) -> Vec<Row> {
    inside(cx, actor, place, None).await.unwrap().listed.iter().map(row).collect()
}

fn at(name: &str, gate: Option<&str>, room: Option<&str>, minutes: [Option<i64>; 3]) -> Row {
    (name.to_owned(), gate.map(str::to_owned), room.map(str::to_owned), minutes)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_list_names_who_is_inside_since_when_and_where_and_is_as_long_as_the_board_says(pool: PgPool) {
    let (cx, clock, edition, organiser, [class, second, third]) = day(pool).await;
    assert!(inside(&cx, &organiser, None, None).await.unwrap().listed.is_empty());
    scan(&cx, &organiser, edition.gate, &class, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(1));
    scan(&cx, &organiser, edition.side_gate, &second, Direction::Entry).await;
    scan(&cx, &organiser, edition.side_gate, &third, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(1));
    scan(&cx, &organiser, ROOM, &class, Direction::Entry).await;
    scan(&cx, &organiser, edition.gate, &third, Direction::Exit).await;
    let found = inside(&cx, &organiser, None, None).await.unwrap();
    assert_eq!((found.inside, found.out), (Counted { people: 31, tickets: 2 }, Counted::default()));
    assert_eq!((found.are_exits_counted, found.next), (true, None));
    let both = [
        at("Lê Văn Ánh", Some("Cổng phụ"), None, [Some(1), None, None]),
        at("Trần Thị Đào", Some("Cổng chính"), Some("Hội thảo một"), [Some(0), Some(2), None]),
    ];
    assert_eq!(found.listed.iter().map(row).collect::<Vec<_>>(), both);
    assert_eq!(board::board(&cx, &organiser).await.unwrap().inside, 31);
    let places: Vec<_> = found.places.iter().map(|place| (place.name.vi.as_str(), place.people)).collect();
    assert_eq!(places, [("Cổng chính", 30), ("Cổng phụ", 1), ("Hội thảo một", 30)]);
    assert_eq!(rows(&cx, &organiser, Some(edition.side_gate)).await, both[..1]);
    assert_eq!(rows(&cx, &organiser, Some(ROOM)).await, both[1..]);

    // Who comes back is inside by the gate and since the time of coming back.
    clock.advance(TimeDelta::minutes(1));
    scan(&cx, &organiser, edition.gate, &third, Direction::Entry).await;
    let back = at("Phạm Thị Sen", Some("Cổng chính"), None, [Some(3), None, None]);
    assert_eq!(rows(&cx, &organiser, Some(edition.gate)).await, [both[1].clone(), back]);
    assert_eq!(board::board(&cx, &organiser).await.unwrap().inside, 32);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_left_the_grounds_from_a_room_without_its_exit_is_in_the_list_of_the_room_alone_and_marked(pool: PgPool) {
    let (cx, clock, edition, organiser, [_, second, third]) = day(pool).await;
    scan(&cx, &organiser, edition.gate, &third, Direction::Entry).await;
    scan(&cx, &organiser, ROOM, &third, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(5));
    scan(&cx, &organiser, edition.gate, &third, Direction::Exit).await;
    assert_eq!(rows(&cx, &organiser, None).await, []);
    let marked = at("Phạm Thị Sen", None, Some("Hội thảo một"), [None, Some(0), Some(5)]);
    assert_eq!(rows(&cx, &organiser, Some(ROOM)).await, [marked]);
    // Seen in the room later, the person is inside, however he or she came in; so is who passed no gate.
    clock.advance(TimeDelta::minutes(5));
    scan(&cx, &organiser, ROOM, &third, Direction::Entry).await;
    scan(&cx, &organiser, ROOM, &second, Direction::Entry).await;
    let seen = [
        at("Lê Văn Ánh", None, Some("Hội thảo một"), [None, Some(10), None]),
        at("Phạm Thị Sen", None, Some("Hội thảo một"), [None, Some(10), None]),
    ];
    assert_eq!(rows(&cx, &organiser, None).await, seen);
    clock.advance(TimeDelta::minutes(1));
    scan(&cx, &organiser, ROOM, &second, Direction::Exit).await;
    assert_eq!(rows(&cx, &organiser, None).await, seen[1..]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_group_that_was_scanned_out_stays_in_sight_until_it_comes_in_again(pool: PgPool) {
    let (cx, clock, edition, organiser, [class, second, _]) = day(pool).await;
    scan(&cx, &organiser, edition.gate, &class, Direction::Entry).await;
    scan(&cx, &organiser, edition.gate, &second, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(5));
    // The teacher goes to the bus; whether the pupils have gone too, no scan tells.
    scan(&cx, &organiser, edition.gate, &class, Direction::Exit).await;
    scan(&cx, &organiser, edition.gate, &second, Direction::Exit).await;
    let found = inside(&cx, &organiser, None, None).await.unwrap();
    assert_eq!((found.inside, found.out), (Counted::default(), Counted { people: 30, tickets: 1 }));
    let marked = [at("Trần Thị Đào", None, None, [None, None, Some(5)])];
    assert_eq!(found.listed.iter().map(row).collect::<Vec<_>>(), marked);
    let mut file = export(&cx, &organiser, None).await.unwrap();
    assert_eq!(file.recv().await.unwrap().unwrap(), found.listed);
    assert_eq!(board::board(&cx, &organiser).await.unwrap().inside, 0);
    assert_eq!(rows(&cx, &organiser, Some(edition.gate)).await, []);

    clock.advance(TimeDelta::minutes(5));
    scan(&cx, &organiser, edition.gate, &class, Direction::Entry).await;
    let found = inside(&cx, &organiser, None, None).await.unwrap();
    assert_eq!((found.inside, found.out), (Counted { people: 30, tickets: 1 }, Counted::default()));
    assert_eq!(found.listed.iter().map(row).collect::<Vec<_>>(), [at("Trần Thị Đào", Some("Cổng chính"), None, [Some(10), None, None])]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn supervisors_read_the_list_organisers_save_it_and_the_log_tells_of_both(pool: PgPool) {
    let (cx, _, edition, organiser, codes) = day(pool).await;
    sqlx::query("update checkpoints set counts_exits = false").execute(&cx.pool).await.unwrap();
    for code in &codes {
        scan(&cx, &organiser, edition.gate, code, Direction::Entry).await;
    }
    let supervisor = testing::actor(Role::Supervisor, None);
    let found = inside(&cx, &organiser, None, None).await.unwrap();
    assert_eq!((found.are_exits_counted, found.inside.tickets), (false, 3), "everybody who has come");
    let after = inside(&cx, &organiser, None, Some(found.listed[0].id)).await.unwrap();
    assert_eq!((after.inside.tickets, &after.listed[..]), (3, &found.listed[1..]));
    for role in [Role::Steward, Role::Department, Role::Judge] {
        let nobody = testing::actor(role, None);
        assert!(matches!(inside(&cx, &nobody, None, None).await, Err(Error::Forbidden)), "{role:?}");
    }
    assert!(matches!(export(&cx, &supervisor, None).await, Err(Error::Forbidden)));
    let mut rows = export(&cx, &organiser, Some(edition.gate)).await.unwrap();
    assert_eq!(rows.recv().await.unwrap().unwrap(), found.listed);
    assert!(rows.recv().await.is_none());
    let noted = sqlx::query_as::<_, (String, i64)>(
        "select action, (detail->>'rows')::bigint from audit_log where action like 'presence.%' order by 1",
    )
    .fetch_all(&cx.pool)
    .await
    .unwrap();
    assert_eq!(noted, [("presence.export".into(), 3), ("presence.list".into(), 3), ("presence.list".into(), 3)]);
}
