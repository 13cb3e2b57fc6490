mod second;

use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{Direction, FactAnswer, Naming, Refusal, ScanReport, ScanSubmission, SentNaming, Source, Stop, Verdict, VerdictKind},
    ids::{CheckpointId, ScanId},
    registration::Guest,
    text::Locale,
    ticket,
};
use sqlx::PgPool;

use super::*;
use crate::{
    checkin::{
        self,
        conflicts::{ConflictKind, inbox},
        look, record_single,
    },
    error::Conflict,
    registration::{
        self,
        desk::{Search, find},
    },
    testing,
};

/// An open gate, so many spare tickets of citizens, who have one seat, and an organiser who scans.
async fn roll(pool: PgPool, count: u16) -> (Context, testing::Fixture, Actor, SpareBatchId, Vec<Spare>) {
    let (cx, clock) = testing::context_with_clock(pool);
    let fixture = testing::edition(&cx, 1).await;
    let organiser = testing::organiser(&cx).await;
    let batch = make(&cx, &organiser, SpareOrder { audience: fixture.citizens, count }).await.unwrap();
    let spares = sheet(&cx, &organiser, batch).await.unwrap().tickets;
    clock.advance(TimeDelta::hours(3));
    (cx, fixture, organiser, batch, spares)
}

fn scan(cx: &Context, code: &str) -> ScanSubmission {
    ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    }
}

async fn read(cx: &Context, by: &Actor, gate: CheckpointId, code: &str) -> ScanReport {
    record_single(cx, by, gate, scan(cx, code)).await.unwrap()
}

/// Seats taken by citizens, registrations, admissions, and entries of the audit log on uses.
async fn numbers(cx: &Context) -> (i32, i64, i64, i64) {
    sqlx::query_as(
        "select (select max(taken) from capacities where size is not null), (select count(*) from registrations),
                (select count(*) from admissions), (select count(*) from audit_log where action = 'registration.spare_used')",
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_looks_at_a_spare_ticket_registers_nobody(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    for code in [&spares[0].code, spares[0].short_code.as_str()] {
        assert_eq!(look(&cx, &organiser, fixture.gate, scan(&cx, code)).await.unwrap().verdict, Verdict::Admit);
    }
    assert_eq!(numbers(&cx).await, (0, 0, 0, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_spare_ticket_registers_its_holder_once_and_admits_once(pool: PgPool) {
    let (cx, fixture, organiser, batch, spares) = roll(pool, 2).await;
    assert_eq!(numbers(&cx).await, (0, 0, 0, 0));
    let submission = scan(&cx, &spares[0].code);
    let first = record_single(&cx, &organiser, fixture.gate, submission.clone()).await.unwrap();
    assert_eq!((&first.verdict, first.card.as_ref().unwrap().name.as_str()), (&Verdict::Admit, "Khách tại chỗ 1"));
    assert_eq!(record_single(&cx, &organiser, fixture.gate, submission).await.unwrap(), first);
    for code in [&spares[0].code, spares[0].short_code.as_str()] {
        assert!(matches!(read(&cx, &organiser, fixture.gate, code).await.verdict, Verdict::AlreadyIn(_)));
    }
    assert_eq!(numbers(&cx).await, (1, 1, 1, 1));
    let id = ticket::verify(&spares[0].code, &cx.ticket_keys(2027)).unwrap().id;
    let link = registration::link_secret(&cx, registration::uuid_of(&format!("spare ticket {}", id.0)), 0);
    let issued = registration::ticket(&cx, &link.0).await.unwrap().ticket.unwrap();
    assert_eq!((&issued.code, &issued.short_code), (&spares[0].code, &spares[0].short_code), "the ticket is the printed one");
    let listing = listing(&cx, &organiser).await.unwrap();
    let told = &listing.batches[0];
    assert_eq!((told.id, told.numbers, told.made, told.used, told.left(), told.void), (batch, (1, 2), 2, 1, 1, None));
    let (holder, name) = listing.used[0].holder.as_ref().unwrap();
    assert_eq!((listing.used[0].number, name.as_str(), listing.total_used), (1, "Khách tại chỗ 1", 1));
    assert_eq!(registration::details_by_staff(&cx, &organiser, *holder).await.unwrap().details.full_name.as_str(), name);
    let left: Vec<_> = sheet(&cx, &organiser, batch).await.unwrap().tickets.into_iter().map(|spare| spare.number).collect();
    assert_eq!(left, [2], "a used ticket is not printed again");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_short_code_of_a_spare_ticket_does_as_its_qr_code(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    assert_eq!(read(&cx, &organiser, fixture.gate, &spares[0].short_code.shown()).await.verdict, Verdict::Admit);
    assert!(matches!(read(&cx, &organiser, fixture.gate, &spares[0].code).await.verdict, Verdict::AlreadyIn(_)));
    assert_eq!(numbers(&cx).await, (1, 1, 1, 1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_full_house_turns_no_spare_ticket_away_and_counts_its_seat(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 3).await;
    for spare in &spares {
        assert_eq!(read(&cx, &organiser, fixture.gate, &spare.code).await.verdict, Verdict::Admit);
    }
    assert_eq!(numbers(&cx).await, (3, 3, 3, 3));
    let application = testing::citizen(fixture.citizens);
    assert!(matches!(registration::register(&cx, application, cx.new_id()).await, Err(Error::Invalid(_) | Error::Conflict(_))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn two_gates_that_find_a_spare_ticket_unused_register_one_person(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    let code = ticket::verify(&spares[0].code, &cx.ticket_keys(2027)).unwrap();
    let mut found = Vec::new();
    for _ in 0..2 {
        let spare = store::unused(&cx.pool, fixture.gate.0, Named::Signed(code.id)).await.unwrap().unwrap();
        found.push(holder(&cx, ("account", None), spare));
    }
    let (one, other) = tokio::join!(store::redeem(&cx.pool, &found[0]), store::redeem(&cx.pool, &found[1]));
    assert_eq!((one.unwrap(), other.unwrap()), (true, true));
    assert_eq!(read(&cx, &organiser, fixture.gate, &spares[0].code).await.verdict, Verdict::Admit);
    assert_eq!(numbers(&cx).await, (1, 1, 1, 1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_voided_batch_stops_what_was_not_used_and_leaves_who_is_in(pool: PgPool) {
    let (cx, fixture, organiser, batch, spares) = roll(pool, 2).await;
    read(&cx, &organiser, fixture.gate, &spares[0].code).await;
    void(&cx, &organiser, batch, VoidReason::Lost).await.unwrap();
    void(&cx, &organiser, batch, VoidReason::LeftOver).await.unwrap();
    assert!(matches!(read(&cx, &organiser, fixture.gate, &spares[0].code).await.verdict, Verdict::AlreadyIn(_)));
    for code in [&spares[1].code, spares[1].short_code.as_str()] {
        assert_eq!(read(&cx, &organiser, fixture.gate, code).await.verdict, Verdict::Stopped { reason: Stop::Cancelled });
    }
    assert_eq!(numbers(&cx).await, (1, 1, 1, 1));
    assert!(matches!(sheet(&cx, &organiser, batch).await, Err(Error::NotFound)));
    let told = listing(&cx, &organiser).await.unwrap().batches.remove(0);
    assert_eq!((told.used, told.voided, told.left(), told.void.unwrap().1), (1, 1, 0, VoidReason::Lost));
    let voids: i64 = sqlx::query_scalar("select count(*) from audit_log where action = 'spare.void'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(voids, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_a_phone_turned_away_is_not_registered(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    let turned_away = ScanSubmission { local_verdict: Some(VerdictKind::WrongPlace), ..scan(&cx, &spares[0].code) };
    assert_eq!(record_single(&cx, &organiser, fixture.side_gate, turned_away).await.unwrap().verdict.key(), "wrong_place");
    assert_eq!(numbers(&cx).await, (0, 0, 0, 0));
}

/// What a steward typed of whom a scan let in.
fn naming(cx: &Context, scan_id: ScanId, full_name: &str) -> Naming {
    Naming {
        id: ScanId(cx.new_id()),
        scan_id,
        full_name: full_name.into(),
        phone: "0912 345 678".into(),
        organisation: " HTX  Mỹ Xương".into(),
        has_agreed: true,
        locale: Locale::En,
        device_at: cx.now(),
        offset_ms: 0,
    }
}

/// Name, phone, organisation and consents of who holds the first ticket.
async fn told(cx: &Context) -> (String, Option<String>, Option<String>, i64) {
    sqlx::query_as(
        "select r.full_name, r.phone, r.organisation_name, (select count(*) from consent_records where registration_id = r.id and given)
         from registrations r join tickets t on t.registration_id = r.id where t.is_spare order by r.created_at limit 1",
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap()
}

async fn name(cx: &Context, by: &Actor, naming: Naming) -> Option<Refusal> {
    let id = naming.id;
    let answers = checkin::name(cx, by, vec![SentNaming::Naming(naming)]).await.unwrap();
    let [FactAnswer { id: answered, refused }] = answers[..] else { panic!("{answers:?}") };
    assert_eq!(answered, id);
    refused
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_name_that_comes_after_the_scan_completes_the_registration_once(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    let scan = scan(&cx, &spares[0].code);
    let naming = naming(&cx, scan.scan_id, "Trần Văn Sen");
    assert_eq!(name(&cx, &organiser, naming.clone()).await, Some(Refusal::UnknownScan), "the phone sends it again after the scan");
    record_single(&cx, &organiser, fixture.gate, scan.clone()).await.unwrap();
    assert_eq!(name(&cx, &organiser, naming.clone()).await, None);
    let named = ("Trần Văn Sen".to_owned(), Some("+84912345678".to_owned()), Some("HTX Mỹ Xương".to_owned()), 1);
    assert_eq!(told(&cx).await, named);
    let other = Naming { full_name: "Lê Thị Lan".into(), ..naming.clone() };
    for again in [naming, other] {
        assert_eq!(name(&cx, &organiser, again).await, None);
    }
    assert_eq!(told(&cx).await, named, "the first name stays");
    let report = record_single(&cx, &organiser, fixture.gate, scan).await.unwrap();
    assert_eq!((report.verdict, report.card.unwrap().name.as_str()), (Verdict::Admit, "Trần Văn Sen"));
    let search = Search { words: "tran van sen".into(), ..Search::default() };
    assert_eq!(find(&cx, &organiser, &search, "tim").await.unwrap().people.len(), 1);
}

/// A scan of a phone that has let the holder in by itself, recorded after the batch was voided.
async fn let_in_by_a_voided_one(cx: &Context, by: &Actor, gate: CheckpointId, code: &str) -> ScanId {
    let let_in = ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..scan(cx, code) };
    let id = let_in.scan_id;
    let verdict = record_single(cx, by, gate, let_in).await.unwrap().verdict;
    assert_eq!(verdict, Verdict::Stopped { reason: Stop::Cancelled });
    id
}

/// Seats of citizens taken, those of them past the size, and the standings of all tickets.
async fn seats(cx: &Context) -> (i32, i32, Vec<String>) {
    sqlx::query_as("select taken, extra, array(select standing from tickets order by issued_at, id) from capacities where size is not null")
        .fetch_one(&cx.pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_name_told_of_a_ticket_that_was_voided_before_its_scan_arrived_is_kept_with_a_blocked_pass(pool: PgPool) {
    let (cx, fixture, organiser, batch, spares) = roll(pool, 3).await;
    void(&cx, &organiser, batch, VoidReason::Lost).await.unwrap();
    let supervisor = testing::actor(Role::Supervisor, None);
    for (code, full_name) in [(spares[0].code.as_str(), "Trần Văn Sen"), (&spares[1].short_code.shown(), "Lê Thị Lan")] {
        let scan = let_in_by_a_voided_one(&cx, &organiser, fixture.gate, code).await;
        let conflict = async || {
            inbox(&cx, &supervisor, None, None).await.unwrap().open.conflicts.into_iter().find(|conflict| conflict.scan == scan).unwrap()
        };
        let before = conflict().await;
        assert_eq!((before.kind, before.person), (ConflictKind::EnteredAgainstRule, None));
        let told = Naming { phone: String::new(), ..naming(&cx, scan, full_name) };
        assert_eq!(name(&cx, &organiser, told.clone()).await, None);
        let kept = numbers(&cx).await;
        assert_eq!(conflict().await.person.unwrap().1, full_name);
        for again in [told.clone(), Naming { full_name: "Ai Khác".into(), ..told }] {
            assert_eq!(name(&cx, &organiser, again).await, None);
        }
        assert_eq!(numbers(&cx).await, kept, "a repeat changes nothing");
        let stopped = read(&cx, &organiser, fixture.gate, code).await;
        assert_eq!((stopped.verdict, stopped.card.unwrap().name.as_str()), (Verdict::Stopped { reason: Stop::Blocked }, full_name));
    }
    assert_eq!((told(&cx).await.2.as_deref(), told(&cx).await.3), (Some("HTX Mỹ Xương"), 1));
    assert_eq!(numbers(&cx).await, (2, 2, 0, 0));
    assert_eq!(seats(&cx).await, (2, 1, vec!["blocked".to_owned(); 2]), "of one seat");
    let audited: i64 = sqlx::query_scalar("select count(*) from audit_log where action = 'registration.voided_spare_used'")
        .fetch_one(&cx.pool)
        .await
        .unwrap();
    assert_eq!(audited, 2);
    let unknown = naming(&cx, ScanId(cx.new_id()), "Phạm Thị Hoa");
    assert_eq!(name(&cx, &organiser, unknown).await, Some(Refusal::UnknownScan));

    let listing = listing(&cx, &organiser).await.unwrap();
    let told = &listing.batches[0];
    assert_eq!((told.made, told.used, told.voided, told.left(), listing.total_used), (3, 2, 1, 0, 2));
    let used: Vec<_> = listing.used.iter().map(|used| (used.number, used.holder.as_ref().unwrap().1.as_str())).collect();
    assert_eq!(used, [(2, "Lê Thị Lan"), (1, "Trần Văn Sen")]);
    let [lan, sen] = [0, 1].map(|place: usize| listing.used[place].holder.as_ref().unwrap().0);
    registration::unblock(&cx, &supervisor, lan).await.unwrap();
    assert_eq!(read(&cx, &organiser, fixture.gate, spares[1].short_code.as_str()).await.verdict, Verdict::Admit);
    registration::cancel_by_staff(&cx, &organiser, sen).await.unwrap();
    assert_eq!(seats(&cx).await.0, 1, "the seat is given back");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn two_gates_that_tell_names_of_one_voided_ticket_register_one_person_by_each_name(pool: PgPool) {
    let (cx, fixture, organiser, batch, spares) = roll(pool, 1).await;
    void(&cx, &organiser, batch, VoidReason::Lost).await.unwrap();
    let mut namings = Vec::new();
    for full_name in ["Trần Văn Sen", "tran van SEN", "Lê Thị Lan"] {
        namings.push(naming(&cx, let_in_by_a_voided_one(&cx, &organiser, fixture.gate, &spares[0].code).await, full_name));
    }
    let [sen, again, lan] = [0, 1, 2].map(|place: usize| name(&cx, &organiser, namings[place].clone()));
    assert_eq!((tokio::join!(sen, again, lan), numbers(&cx).await), ((None, None, None), (2, 2, 0, 0)));
    assert_eq!(seats(&cx).await, (2, 1, vec!["blocked".to_owned(); 2]), "of one seat");
    assert_eq!(told(&cx).await.3, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_short_code_that_was_issued_to_another_since_is_not_a_reason_to_lose_a_name(pool: PgPool) {
    let (cx, fixture, organiser, batch, spares) = roll(pool, 1).await;
    void(&cx, &organiser, batch, VoidReason::Lost).await.unwrap();
    let scan = let_in_by_a_voided_one(&cx, &organiser, fixture.gate, &spares[0].code).await;
    registration::register(&cx, testing::citizen(fixture.citizens), cx.new_id()).await.unwrap();
    sqlx::query("update tickets set short_code = $1").bind(spares[0].short_code.as_str()).execute(&cx.pool).await.unwrap();
    assert_eq!(name(&cx, &organiser, naming(&cx, scan, "Trần Văn Sen")).await, None);
    assert_eq!(told(&cx).await.0, "Trần Văn Sen");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_typed_wrong_holds_nobody_up_and_names_nobody(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    let scan = scan(&cx, &spares[0].code);
    record_single(&cx, &organiser, fixture.gate, scan.clone()).await.unwrap();
    let good = naming(&cx, scan.scan_id, "Trần Văn Sen");
    let wrong = [
        Naming { full_name: "7".repeat(200), ..good.clone() },
        Naming { phone: "12".into(), ..good.clone() },
        Naming { organisation: "x".repeat(201), ..good.clone() },
        Naming { has_agreed: false, ..good.clone() },
    ];
    for naming in wrong {
        assert_eq!(name(&cx, &organiser, naming).await, Some(Refusal::Unreadable));
    }
    assert_eq!(told(&cx).await, ("Khách tại chỗ 1".to_owned(), None, None, 0));
    assert_eq!(numbers(&cx).await, (1, 1, 1, 1));
    let judge = testing::actor(Role::Judge, None);
    assert!(matches!(checkin::name(&cx, &judge, vec![SentNaming::Naming(good)]).await, Err(Error::Forbidden)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_desk_completes_who_has_no_name_and_nobody_else(pool: PgPool) {
    let (cx, fixture, organiser, _, spares) = roll(pool, 1).await;
    read(&cx, &organiser, fixture.gate, &spares[0].code).await;
    let id = listing(&cx, &organiser).await.unwrap().used[0].holder.as_ref().unwrap().0;
    let guest = Guest { full_name: PersonName::parse("Lê Thị Lan").unwrap(), phone: None, organisation_name: None };
    let judge = testing::actor(Role::Judge, None);
    assert!(matches!(super::name(&cx, &judge, id, guest.clone(), Locale::Vi).await, Err(Error::Forbidden)));
    super::name(&cx, &testing::actor(Role::Supervisor, None), id, guest.clone(), Locale::Vi).await.unwrap();
    assert_eq!(told(&cx).await, ("Lê Thị Lan".to_owned(), None, None, 1));
    let again = super::name(&cx, &organiser, id, guest, Locale::Vi).await;
    assert!(matches!(again, Err(Error::Conflict(Conflict::Registration))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_organisers_make_spare_tickets_and_numbers_go_on(pool: PgPool) {
    let (cx, fixture, organiser, batch, _) = roll(pool, 2).await;
    let order = SpareOrder { audience: fixture.citizens, count: 1 };
    for role in [Role::Supervisor, Role::Steward, Role::Judge] {
        let other = testing::actor(role, None);
        assert!(matches!(listing(&cx, &other).await, Err(Error::Forbidden)));
        assert!(matches!(make(&cx, &other, order).await, Err(Error::Forbidden)));
        assert!(matches!(sheet(&cx, &other, batch).await, Err(Error::Forbidden)));
        assert!(matches!(void(&cx, &other, batch, VoidReason::Lost).await, Err(Error::Forbidden)));
    }
    let forged = SpareOrder { audience: AudienceId(cx.new_id()), ..order };
    assert!(matches!(make(&cx, &organiser, forged).await, Err(Error::Invalid(_))));
    make(&cx, &organiser, SpareOrder { audience: fixture.hidden, count: 3 }).await.unwrap();
    let numbers: Vec<_> = listing(&cx, &organiser).await.unwrap().batches.into_iter().map(|batch| batch.numbers).collect();
    assert!(numbers.contains(&(1, 2)) && numbers.contains(&(3, 5)), "{numbers:?}");
}
