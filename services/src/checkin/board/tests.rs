use std::sync::Arc;

use chrono::TimeZone as _;
use domain::{
    access::Role,
    checkin::{Direction, ScanSubmission, Source},
    ids::ScanId,
};
use sqlx::PgPool;

use super::{attendance as of_organisation, *};
use crate::{
    checkin::{attendance, record_single},
    live::{self, Live},
    registration,
    testing::{self, Fixture, TestClock},
};

/// An open gate at 08:00, and people with tickets: of the health department, of the justice department, of none.
async fn day(pool: PgPool) -> (Context, Arc<TestClock>, Fixture, Actor, [String; 3]) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let mut codes = Vec::new();
    for (phone, organisation) in [("0912345678", Some(edition.health)), ("0912345679", Some(edition.justice)), ("0912345670", None)] {
        let mut application = testing::citizen(edition.citizens);
        application.details.phone = Some(domain::contact::Phone::parse(phone).unwrap());
        let secret = registration::register(&cx, application, cx.new_id()).await.unwrap();
        let page = registration::ticket(&cx, &secret.0).await.unwrap();
        sqlx::query("update registrations set organisation_id = $1, full_name = $3 where id = $2")
            .bind(organisation.map(|id: domain::ids::OrganisationId| id.0))
            .bind(page.registration_id.0)
            .bind(format!("Nguyễn Thị {}", ["Đào", "Ánh", "Sen"][codes.len()]))
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

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_board_counts_who_came_by_place_minute_audience_and_organisation_and_who_is_inside(pool: PgPool) {
    let (cx, clock, edition, organiser, [health, justice, none]) = day(pool).await;
    sqlx::raw_sql("update checkpoints set admits = '{}'").execute(&cx.pool).await.unwrap();
    scan(&cx, &organiser, edition.gate, &health, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(7));
    scan(&cx, &organiser, edition.gate, &justice, Direction::Entry).await;
    // A second gate is no second arrival.
    scan(&cx, &organiser, edition.side_gate, &justice, Direction::Entry).await;
    scan(&cx, &organiser, edition.gate, "no code", Direction::Entry).await;
    let now = board(&cx, &organiser).await.unwrap();
    assert_eq!((now.registered, now.arrived, now.inside, now.scans_last_minute), (3, 2, 2, 3));
    let places: Vec<_> = now.checkpoints.iter().map(|place| (place.name.vi.as_str(), place.admitted, place.scans)).collect();
    assert_eq!(places, [("Cổng chính", 2, 3), ("Cổng phụ", 1, 1)]);
    assert_eq!(now.minutes.len(), MINUTES + 1);
    let came: Vec<_> = now.minutes.iter().enumerate().filter(|(_, bar)| bar.arrived > 0).map(|(at, bar)| (at, bar.arrived)).collect();
    assert_eq!(came, [(MINUTES - 7, 1), (MINUTES, 1)]);
    let at = |minute| Utc.with_ymd_and_hms(2027, 10, 10, 1, minute, 0).unwrap();
    assert_eq!(now.day, [Bar { from: at(0), arrived: 1 }, Bar { from: at(5), arrived: 1 }]);
    let shares = |shares: &[Share]| shares.iter().map(|share| (share.name.vi.clone(), share.registered, share.arrived)).collect::<Vec<_>>();
    assert_eq!(shares(&now.audiences), [("Đại biểu".into(), 0, 0), ("Doanh nghiệp".into(), 0, 0), ("Người dân".into(), 3, 2)]);
    assert_eq!(shares(&now.organisations), [("Sở Tư pháp".into(), 1, 1), ("Sở Y tế".into(), 1, 1)]);

    clock.advance(TimeDelta::minutes(2));
    scan(&cx, &organiser, edition.side_gate, &health, Direction::Exit).await;
    // Who never came in does not leave.
    scan(&cx, &organiser, edition.gate, &none, Direction::Exit).await;
    let now = board(&cx, &organiser).await.unwrap();
    assert_eq!((now.arrived, now.inside, now.scans_last_minute), (2, 1, 2));
    clock.advance(TimeDelta::minutes(2));
    scan(&cx, &organiser, edition.gate, &health, Direction::Entry).await;
    assert_eq!(board(&cx, &organiser).await.unwrap().inside, 2, "who comes back is inside again");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_of_an_organisation_has_come_is_told_with_those_who_have_not_first(pool: PgPool) {
    let (cx, _, edition, organiser, [_, justice, _]) = day(pool).await;
    scan(&cx, &organiser, edition.gate, &justice, Direction::Entry).await;
    let found = of_organisation(&cx, &organiser, "so", "don-vi").await.unwrap().unwrap();
    assert_eq!((found.registered, found.arrived), (2, 1));
    let people: Vec<_> = found.people.iter().map(|one| (one.full_name.as_str(), one.arrived_at)).collect();
    assert_eq!(people, [("Nguyễn Thị Đào", None), ("Nguyễn Thị Ánh", Some(cx.now()))]);
    let found = of_organisation(&cx, &organiser, "so y te", "don-vi").await.unwrap().unwrap();
    assert_eq!((found.registered, found.arrived, found.people.len()), (1, 0, 1));
    assert_eq!(of_organisation(&cx, &organiser, " ", "don-vi").await.unwrap(), None);
    assert!(matches!(of_organisation(&cx, &organiser, "x", "don-vi").await, Err(Error::Invalid(_))));
    let steward = testing::actor(Role::Steward, None);
    assert!(matches!(of_organisation(&cx, &steward, "so", "don-vi").await, Err(Error::Forbidden)));
    assert!(matches!(board(&cx, &steward).await, Err(Error::Forbidden)));
    assert!(matches!(watch(&cx, &steward), Err(Error::Forbidden)));
    let noted = sqlx::query_scalar::<_, i64>("select count(*) from audit_log where action = 'attendance.search'");
    assert_eq!(noted.fetch_one(&cx.pool).await.unwrap(), 2);
}

/// What runs beside the requests of one replica.
fn run(cx: Context) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let _ = tokio::join!(live::announce(&cx), live::listen(&cx), keep(&cx));
    })
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_reaches_every_watcher_of_every_replica_by_a_hint(pool: PgPool) {
    let (cx, _, edition, organiser, [health, justice, _]) = day(pool).await;
    let other = Context { live: Live::default(), ..cx.clone() };
    let running = [run(cx.clone()), run(other.clone())];
    let mut watchers = vec![watch(&cx, &organiser).unwrap()];
    for _ in 0..200 {
        watchers.push(watch(&other, &organiser).unwrap());
    }
    for watcher in &mut watchers {
        watcher.wait_for(|board| board.as_ref().is_some_and(|board| board.arrived == 0)).await.unwrap();
    }
    // The listeners are connected once a hint goes round.
    let mut hints = other.live.hints();
    for (number, code) in [health, justice].iter().enumerate() {
        scan(&cx, &organiser, edition.gate, code, Direction::Entry).await;
        let begun = Instant::now();
        let most = if number == 0 { Duration::from_secs(20) } else { Duration::from_secs(5) };
        let all = async {
            for watcher in &mut watchers {
                let come = i64::try_from(number).unwrap() + 1;
                watcher.wait_for(|board| board.as_ref().is_some_and(|board| board.arrived == come)).await.unwrap();
            }
        };
        timeout(most, all).await.unwrap_or_else(|_| panic!("scan {number} was not seen after {:?}", begun.elapsed()));
        if number == 0 {
            timeout(Duration::from_secs(10), hints.changed()).await.unwrap().unwrap();
        }
    }
    // All of them share what was read once.
    let board = watchers[1].borrow().clone().unwrap();
    assert!(watchers[2..].iter().all(|watcher| watcher.borrow().as_ref().is_some_and(|other| Arc::ptr_eq(other, &board))));
    running.iter().for_each(tokio::task::JoinHandle::abort);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_thousand_marks_at_once_are_few_hints_and_a_hint_names_nobody(pool: PgPool) {
    let (cx, ..) = day(pool.clone()).await;
    let mut listener = sqlx::postgres::PgListener::connect_with(&pool).await.unwrap();
    listener.listen("live").await.unwrap();
    let announcing = tokio::spawn({
        let cx = cx.clone();
        async move { live::announce(&cx).await }
    });
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(900) {
        drop(cx.live.tell_when_done());
        sleep(Duration::from_millis(1)).await;
    }
    let periods = usize::try_from(begun.elapsed().as_millis() / 250).unwrap();
    announcing.abort();
    let mut hints = Vec::new();
    while let Ok(Ok(hint)) = timeout(Duration::from_millis(300), listener.recv()).await {
        hints.push(hint.payload().to_owned());
    }
    assert!((2..=periods + 1).contains(&hints.len()), "{hints:?}");
    assert!(hints.iter().all(|hint| hint == "checkin"), "{hints:?}");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_listener_whose_connection_is_cut_hears_again(pool: PgPool) {
    let (cx, _, edition, organiser, [health, ..]) = day(pool).await;
    let running = run(cx.clone());
    let mut hints = cx.live.hints();
    timeout(Duration::from_secs(10), hints.changed()).await.unwrap().unwrap();
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(cut).fetch_one(&cx.pool).await.unwrap(), 1);
    // The loss itself counts as a hint.
    timeout(Duration::from_secs(5), hints.changed()).await.unwrap().unwrap();
    hints.borrow_and_update();
    scan(&cx, &organiser, edition.gate, &health, Direction::Entry).await;
    timeout(Duration::from_secs(5), hints.changed()).await.unwrap().unwrap();
    running.abort();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_list_of_attendance_has_everybody_with_the_first_admission_at_each_checkpoint(pool: PgPool) {
    let (cx, clock, edition, organiser, [health, justice, none]) = day(pool).await;
    sqlx::raw_sql("update checkpoints set admits = '{}'").execute(&cx.pool).await.unwrap();
    let eight = cx.now();
    scan(&cx, &organiser, edition.side_gate, &health, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(9));
    scan(&cx, &organiser, edition.gate, &health, Direction::Entry).await;
    scan(&cx, &organiser, edition.gate, &justice, Direction::Entry).await;
    let later = cx.now();
    // Who came stays in the list, though the seat was given back; who did not come leaves it.
    let ended = "update registrations set status = 'cancelled', ended_at = now() where organisation_id is distinct from $1";
    sqlx::query(ended).bind(edition.health.0).execute(&cx.pool).await.unwrap();
    let _ = none;
    let mut list = attendance::export(&cx, &organiser).await.unwrap();
    let places: Vec<_> = list.checkpoints.iter().map(|(_, name)| name.vi.as_str()).collect();
    assert_eq!(places, ["Cổng chính", "Cổng phụ"]);
    let rows = list.rows.recv().await.unwrap().unwrap();
    let mut told: Vec<_> = rows.iter().map(|row| (row.full_name.as_str(), row.arrived_at, row.admitted_at.clone())).collect();
    // Registered in the same millisecond.
    told.sort_by_key(|row| row.1);
    assert_eq!(
        told,
        [("Nguyễn Thị Đào", Some(eight), vec![Some(later), Some(eight)]), ("Nguyễn Thị Ánh", Some(later), vec![Some(later), None]),]
    );
    assert!(list.rows.recv().await.is_none());
    let noted = sqlx::query_scalar::<_, i64>("select (detail->>'rows')::bigint from audit_log where action = 'attendance.export'");
    assert_eq!(noted.fetch_one(&cx.pool).await.unwrap(), 2);
    assert!(matches!(attendance::export(&cx, &testing::actor(Role::Steward, None)).await, Err(Error::Forbidden)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_came_counts_for_the_organisation_though_the_registration_has_ended_since(pool: PgPool) {
    let (cx, _, edition, organiser, [health, justice, _]) = day(pool).await;
    for code in [&health, &justice] {
        scan(&cx, &organiser, edition.gate, code, Direction::Entry).await;
    }
    let ended = "update registrations set status = 'cancelled', ended_at = now() where organisation_id = $1";
    sqlx::query(ended).bind(edition.justice.0).execute(&cx.pool).await.unwrap();
    let now = board(&cx, &organiser).await.unwrap();
    let shares: Vec<_> = now.organisations.iter().map(|share| (share.name.vi.as_str(), share.registered, share.arrived)).collect();
    assert_eq!(shares, [("Sở Y tế", 1, 1), ("Sở Tư pháp", 0, 1)]);
    assert_eq!((now.registered, now.arrived), (2, 2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_group_counts_with_all_its_people_wherever_the_board_tells_of_people(pool: PgPool) {
    let (cx, clock, edition, organiser, [group, ..]) = day(pool).await;
    sqlx::query("update registrations set people = 30 where organisation_id = $1").bind(edition.health.0).execute(&cx.pool).await.unwrap();
    let [session, _] = testing::sessions(&cx, 40).await;
    let door = CheckpointId(uuid::Uuid::from_u128(0x53));
    let opened = "insert into checkpoints (id, edition_id, code, kind, name_vi, session_id, position, follows_room)
                  select $1, edition_id, 'cua-1', 'session', 'Cửa 1', id, 3, true from sessions where id = $2";
    sqlx::query(opened).bind(door.0).bind(session.0).execute(&cx.pool).await.unwrap();
    let seated = "insert into session_seats (registration_id, session_id, state) select id, $1, 'held' from registrations where people > 1";
    sqlx::query(seated).bind(session.0).execute(&cx.pool).await.unwrap();
    scan(&cx, &organiser, edition.gate, &group, Direction::Entry).await;
    clock.advance(TimeDelta::minutes(5));
    scan(&cx, &organiser, door, &group, Direction::Entry).await;

    let now = board(&cx, &organiser).await.unwrap();
    assert_eq!((now.registered, now.arrived, now.inside), (32, 30, 30));
    let places: Vec<_> = now.checkpoints.iter().map(|place| (place.name.vi.as_str(), place.admitted)).collect();
    assert_eq!(places, [("Cổng chính", 30), ("Cổng phụ", 0)]);
    let sessions: Vec<_> = now.sessions.iter().map(|one| (one.seated, one.admitted, one.late, one.inside)).collect();
    assert_eq!(sessions, [(Some(30), 30, 30, 30)]);
    assert_eq!(now.minutes.iter().map(|bar| bar.arrived).sum::<i64>(), 30);
    let shares = |shares: &[Share]| shares.iter().map(|share| (share.registered, share.arrived)).collect::<Vec<_>>();
    assert_eq!((shares(&now.audiences), shares(&now.organisations)), (vec![(0, 0), (0, 0), (32, 30)], vec![(30, 30), (1, 0)]));
    let found = of_organisation(&cx, &organiser, "so", "don-vi").await.unwrap().unwrap();
    assert_eq!((found.registered, found.arrived), (31, 30));

    scan(&cx, &organiser, edition.gate, &group, Direction::Exit).await;
    let now = board(&cx, &organiser).await.unwrap();
    assert_eq!((now.arrived, now.inside), (30, 0));
}
