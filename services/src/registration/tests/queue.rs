//! The waiting list.

use chrono::TimeDelta;
use domain::{
    access::Role,
    ids::WaitingEntryId,
    registration::{Application, Status},
};
use sqlx::PgPool;

use super::super::*;
use super::nth_citizen;
use crate::testing::{self, Fixture, TestClock};

/// A house with so many seats for citizens, and a queue.
async fn house(pool: PgPool, seats: i32) -> (Context, std::sync::Arc<TestClock>, Fixture) {
    let (cx, clock) = testing::context_with_clock(pool);
    // The day before, so that offers last as long as the edition says.
    clock.advance(TimeDelta::days(-20));
    let edition = testing::edition(&cx, seats).await;
    testing::open_queue(&cx, &edition).await;
    (cx, clock, edition)
}

async fn enter(cx: &Context, application: Application) -> String {
    register(cx, application, cx.new_id()).await.unwrap().0
}

async fn status(cx: &Context, secret: &str) -> Status {
    ticket(cx, secret).await.unwrap().status
}

async fn position(cx: &Context, secret: &str) -> Option<i64> {
    match ticket(cx, secret).await.unwrap().queue {
        Some(Queue::Waiting { position }) => Some(position),
        _ => None,
    }
}

/// The steps of the log, in their order.
async fn steps(cx: &Context) -> Vec<String> {
    sqlx::query_scalar!("select step from waiting_log order by id").fetch_all(&cx.pool).await.unwrap()
}

async fn messages(cx: &Context) -> Vec<String> {
    sqlx::query_scalar!("select kind from messages order by kind").fetch_all(&cx.pool).await.unwrap()
}

async fn entry_of(cx: &Context, secret: &str) -> WaitingEntryId {
    let id = sqlx::query_scalar!(r#"select waiting_entry_id as "id!" from registrations where link_hash = $1"#, &hash(secret)[..]);
    WaitingEntryId(id.fetch_one(&cx.pool).await.unwrap())
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whoever_finds_the_house_full_waits_and_is_offered_the_seat_that_comes_free(pool: PgPool) {
    let (cx, _, edition) = house(pool, 1).await;
    let [first, second, third] = [1, 2, 3].map(|number| nth_citizen(edition.citizens, number));
    let (first, second, third) = (enter(&cx, first).await, enter(&cx, second).await, enter(&cx, third).await);
    assert_eq!((status(&cx, &first).await, status(&cx, &second).await), (Status::Confirmed, Status::Waiting));
    assert_eq!((position(&cx, &second).await, position(&cx, &third).await), (Some(1), Some(2)));
    assert!(ticket(&cx, &second).await.unwrap().ticket.is_none(), "nobody enters from the queue");

    cancel(&cx, &first).await.unwrap();
    let page = ticket(&cx, &second).await.unwrap();
    assert_eq!(page.status, Status::Offered);
    assert_eq!(page.queue, Some(Queue::Offered { until: cx.now() + TimeDelta::hours(24) }));
    assert_eq!(position(&cx, &third).await, Some(1));

    accept(&cx, &second).await.unwrap();
    let page = ticket(&cx, &second).await.unwrap();
    assert_eq!((page.status, page.ticket.is_some()), (Status::Confirmed, true));
    assert!(matches!(accept(&cx, &second).await, Err(Error::Conflict(_))), "an offer is taken once");
    assert!(matches!(accept(&cx, &third).await, Err(Error::Conflict(_))), "nobody takes what was not offered");
    assert_eq!(steps(&cx).await, ["joined", "joined", "offered", "accepted"]);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_takes_a_seat_past_those_who_wait(pool: PgPool) {
    let (cx, _, edition) = house(pool, 2).await;
    let waiting = enter(&cx, nth_citizen(edition.citizens, 1)).await;
    // A party of three cannot be seated by two seats; it waits, though one seat is free.
    sqlx::raw_sql("update registrations set status = 'waiting', people = 3; delete from tickets; update capacities set taken = 0 where size is not null")
        .execute(&cx.pool)
        .await
        .unwrap();
    let id = ticket(&cx, &waiting).await.unwrap().registration_id;
    crate::write::write(&cx, {
        let cx = cx.clone();
        move |tx| {
            let cx = cx.clone();
            Box::pin(async move {
                let found = store::standing::find(tx, id).await?.unwrap();
                waiting::join(tx, &cx, found.edition, found.capacity, &[id], 3).await?;
                promote(tx, &cx, found.capacity).await?;
                promote(tx, &cx, found.capacity).await
            })
        }
    })
    .await
    .unwrap();
    let late = enter(&cx, nth_citizen(edition.citizens, 2)).await;
    assert_eq!(status(&cx, &late).await, Status::Waiting);
    assert_eq!(position(&cx, &late).await, Some(4), "three people are before");
    assert_eq!(steps(&cx).await, ["joined", "held_back", "joined"], "why it is held back is noted once");
    cancel(&cx, &waiting).await.unwrap();
    assert_eq!(status(&cx, &late).await, Status::Offered, "who leaves lets the next go on");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_offer_that_nobody_takes_goes_on_to_the_next(pool: PgPool) {
    let (cx, clock, edition) = house(pool, 1).await;
    let first = enter(&cx, nth_citizen(edition.citizens, 1)).await;
    let mut second = nth_citizen(edition.citizens, 2);
    second.details.email = domain::contact::Email::parse("hanh@example.vn").ok();
    let second = enter(&cx, second).await;
    let third = enter(&cx, nth_citizen(edition.citizens, 3)).await;
    cancel(&cx, &first).await.unwrap();
    clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(lapse_overdue(&cx).await.unwrap(), 0);
    clock.advance(TimeDelta::seconds(1));
    assert!(matches!(accept(&cx, &second).await, Err(Error::Conflict(_))), "too late by a second");
    let (one, other) = tokio::join!(lapse_overdue(&cx), lapse_overdue(&cx));
    assert_eq!(one.unwrap() + other.unwrap(), 1, "two workers let it lapse once");
    assert_eq!((status(&cx, &second).await, status(&cx, &third).await), (Status::Lapsed, Status::Offered));
    assert_eq!(messages(&cx).await, ["lapsed", "offer", "waiting"]);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn staff_invite_out_of_turn_and_answer_for_the_extra_seat(pool: PgPool) {
    let (cx, _, edition) = house(pool, 1).await;
    enter(&cx, nth_citizen(edition.citizens, 1)).await;
    let second = enter(&cx, nth_citizen(edition.citizens, 2)).await;
    let third = enter(&cx, nth_citizen(edition.citizens, 3)).await;
    let entry = entry_of(&cx, &third).await;
    assert!(matches!(invite(&cx, &testing::actor(Role::Steward, None), entry).await, Err(Error::Forbidden)));
    let organiser = testing::organiser(&cx).await;
    invite(&cx, &organiser, entry).await.unwrap();
    assert!(matches!(invite(&cx, &organiser, entry).await, Err(Error::Conflict(_))));
    accept(&cx, &third).await.unwrap();
    assert_eq!((status(&cx, &second).await, status(&cx, &third).await), (Status::Waiting, Status::Confirmed));
    let counts = sqlx::query!("select taken, extra, waiting from capacities where size = 1").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((counts.taken, counts.extra, counts.waiting), (2, 1, 1));
    // The extra seat is nobody's when it is given back.
    cancel(&cx, &third).await.unwrap();
    assert_eq!(status(&cx, &second).await, Status::Waiting);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn cancelling_promoting_lapsing_and_registering_at_once_lose_and_double_no_seat(pool: PgPool) {
    let (cx, clock, edition) = house(pool, 5).await;
    let mut links = Vec::new();
    for number in 0..15 {
        links.push(enter(&cx, nth_citizen(edition.citizens, number)).await);
    }
    let organiser = testing::organiser(&cx).await;
    for round in 0..4_u32 {
        let mut tasks = tokio::task::JoinSet::new();
        for (at, link) in links.iter().enumerate() {
            let (cx, link, organiser) = (cx.clone(), link.clone(), organiser.clone());
            let turn = (at + usize::try_from(round).unwrap()) % 4;
            tasks.spawn(async move {
                let done = match turn {
                    0 => cancel(&cx, &link).await,
                    1 => accept(&cx, &link).await,
                    2 => lapse_overdue(&cx).await.map(|_| ()),
                    _ if ticket(&cx, &link).await.unwrap().status == Status::Waiting => {
                        let entry = entry_of(&cx, &link).await;
                        invite(&cx, &organiser, entry).await
                    }
                    _ => Ok(()),
                };
                assert!(matches!(done, Ok(()) | Err(Error::Conflict(_))), "{done:?}");
            });
        }
        for number in 0..6 {
            let (cx, application) = (cx.clone(), nth_citizen(edition.citizens, 100 + 10 * round + number));
            tasks.spawn(async move {
                register(&cx, application, cx.new_id()).await.unwrap();
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        assert_eq!(check_capacities(&cx).await.unwrap(), []);
        clock.advance(TimeDelta::hours(13));
    }
    // Every seat has one ticket, and only those who sit have one.
    let odd = sqlx::query_scalar!(
        r#"select count(*) as "count!" from registrations r left join tickets t on t.registration_id = r.id and t.standing = 'valid'
           where (r.status = 'confirmed') <> (t.id is not null)"#
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    assert_eq!(odd, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn staff_see_who_waits_for_what_in_order_and_why(pool: PgPool) {
    let (cx, _, edition) = house(pool, 2).await;
    let [session, _] = testing::sessions(&cx, 1).await;
    let organiser = testing::organiser(&cx).await;
    let with = |number, sessions: &[domain::ids::SessionId]| {
        let mut application = nth_citizen(edition.citizens, number);
        application.details.sessions = sessions.to_vec();
        application
    };
    let first = enter(&cx, with(1, &[session])).await;
    enter(&cx, with(2, &[session])).await;
    delegation::register(&cx, delegation_of(edition.citizens, 2), cx.new_id()).await.unwrap();
    let alone = enter(&cx, with(3, &[])).await;
    let last = enter(&cx, with(4, &[])).await;
    enter(&cx, with(5, &[])).await;
    invite(&cx, &organiser, entry_of(&cx, &alone).await).await.unwrap();
    // The first seat that comes free was one too many.
    cancel(&cx, &first).await.unwrap();
    cancel(&cx, &last).await.unwrap();

    assert!(matches!(queues(&cx, &testing::actor(Role::Steward, None)).await, Err(Error::Forbidden)));
    let until = cx.now() + TimeDelta::hours(24);
    let day = QueueOf::Day(vec![Bilingual { vi: "Người dân".into(), en: None }]);
    let unlimited = QueueOf::Day(["Đại biểu", "Doanh nghiệp"].map(|name| Bilingual { vi: name.into(), en: None }).into());
    let at = |title: &str, hour| QueueOf::Session {
        title: Bilingual { vi: title.into(), en: None },
        starts_at: testing::morning() + TimeDelta::hours(hour),
    };
    let all = queues(&cx, &organiser).await.unwrap();
    let seen: Vec<_> = all.iter().map(|row| (row.of.clone(), row.free, row.waiting, row.offered, row.first_ends_at)).collect();
    assert_eq!(
        seen,
        [
            (day, Some(0), 3, 1, Some(until)),
            (unlimited, None, 0, 0, None),
            (at("Hội thảo một", 3), Some(0), 0, 1, Some(until)),
            (at("Hội thảo hai", 4), Some(1), 0, 0, None),
        ]
    );

    let opened = queue(&cx, &organiser, all[0].id).await.unwrap();
    let parties: Vec<_> = opened.parties.iter().map(|row| (row.delegation.as_deref(), row.people, row.since, row.standing)).collect();
    assert_eq!(
        parties,
        [
            (None, 1, cx.now(), Queue::Offered { until }),
            (Some("Công ty Sen Hồng"), 2, cx.now(), Queue::Waiting { position: 1 }),
            (None, 1, cx.now(), Queue::Waiting { position: 3 }),
        ]
    );
    assert_eq!(opened.parties[0].registration, ticket(&cx, &alone).await.unwrap().registration_id);
    let people = |people| StepReason { people: Some(people), ..StepReason::default() };
    let log: Vec<_> = opened.log.iter().map(|row| (row.step.as_str(), row.reason.clone(), row.actor.as_deref())).collect();
    assert_eq!(
        log,
        [
            ("left", StepReason::default(), None),
            ("invited", StepReason { until: Some(until), ..people(1) }, Some("Trần Thị Sen")),
            ("joined", people(1), None),
            ("joined", people(1), None),
            ("joined", people(1), None),
            ("joined", people(2), None),
        ]
    );
    // The seat that comes free is one, and the party needs two.
    cancel(&cx, &alone).await.unwrap();
    let opened = queue(&cx, &organiser, all[0].id).await.unwrap();
    let held_back = StepReason { needs: Some(2), free: Some(1), ..StepReason::default() };
    assert_eq!((opened.log[0].step.as_str(), &opened.log[0].reason), ("held_back", &held_back));
    assert_eq!((opened.numbers.free, opened.numbers.waiting), (Some(1), 3));
    let unknown = domain::ids::CapacityId(cx.new_id());
    assert!(matches!(queue(&cx, &organiser, unknown).await, Err(Error::NotFound)));
}

/// A company's people who come together.
fn delegation_of(audience: AudienceId, people: usize) -> domain::registration::delegation::Application {
    let names = ["Lê An", "Lê Bình", "Lê Châu"][..people].join("\n");
    let fields = [
        ("leader_name", "Trần Văn Sen"),
        ("leader_phone", "0912345678"),
        ("organisation_name", "Công ty Sen Hồng"),
        ("declaration", domain::registration::TICKED),
        ("list", names.as_str()),
    ];
    let values = domain::form::Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    domain::registration::delegation::Application::parse(&values, audience, AudienceKind::Delegate, text::Locale::Vi).unwrap()
}
