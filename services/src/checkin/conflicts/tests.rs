use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{Contact, Direction, ScanSubmission, Source},
    contact::Email,
    ids::PhoneId,
    text::PersonName,
};
use sqlx::PgPool;

use super::*;
use crate::{
    access::{self, NewAccount, Token},
    checkin::{self, record_single},
    registration, testing,
};

/// An open gate, a ticket, and the organiser at it.
async fn gate(pool: PgPool) -> (Context, std::sync::Arc<testing::TestClock>, testing::Fixture, Actor, String) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap();
    let code = registration::ticket(&cx, &secret.0).await.unwrap().ticket.unwrap().code;
    let actor = testing::organiser(&cx).await;
    clock.advance(TimeDelta::hours(3));
    (cx, clock, edition, actor, code)
}

fn scan(cx: &Context, code: &str, local: Option<VerdictKind>) -> ScanSubmission {
    ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: local,
        made_by: None,
        sign_in: None,
    }
}

/// Two gates let one ticket in: gives the scan that counts, and the one that does not.
async fn entered_twice(cx: &Context, clock: &testing::TestClock, edition: &testing::Fixture, actor: &Actor, code: &str) -> [ScanId; 2] {
    let first = scan(cx, code, Some(VerdictKind::Admit));
    clock.advance(TimeDelta::minutes(1));
    let second = scan(cx, code, Some(VerdictKind::Admit));
    let ids = [first.scan_id, second.scan_id];
    for scan in [first, second] {
        record_single(cx, actor, edition.gate, scan).await.unwrap();
    }
    ids
}

/// The first page of the open ones, and of the settled ones.
async fn both(cx: &Context, actor: &Actor) -> [Vec<Conflict>; 2] {
    let Inbox { open, settled, .. } = inbox(cx, actor, None, None).await.unwrap();
    [open.conflicts, settled.conflicts]
}

async fn audited(cx: &Context, action: &str) -> Option<i64> {
    sqlx::query_scalar!("select count(*) from audit_log where action = $1", action).fetch_one(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_conflict_tells_both_entries_and_is_settled_once_by_whoever_saw_it(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    let [first, second] = entered_twice(&cx, &clock, &edition, &actor, &code).await;
    let [open, settled] = both(&cx, &actor).await;
    assert_eq!((open.len(), settled.len(), super::open(&cx, &actor).await.unwrap()), (1, 0, 1));
    let conflict = &open[0];
    assert_eq!((conflict.scan, conflict.kind, conflict.verdict), (second, ConflictKind::EnteredTwice, VerdictKind::AlreadyIn));
    assert_eq!(conflict.person.as_ref().unwrap().1, "Nguyễn Thị Hạnh");
    let counting = conflict.counts.as_ref().unwrap();
    assert_eq!((conflict.here.at - counting.at, counting.device.as_deref()), (TimeDelta::minutes(1), Some("Trần Thị Sen")));
    assert!(conflict.may_be_undone());

    accept(&cx, &actor, second, ConflictKind::EnteredTwice).await.unwrap();
    let [open, settled] = both(&cx, &actor).await;
    assert_eq!((open.len(), settled.len()), (0, 1));
    assert_eq!(settled[0].settled, Some((cx.now(), Some("Trần Thị Sen".to_owned()))));
    assert!(!settled[0].is_undone);
    assert!(matches!(accept(&cx, &actor, second, ConflictKind::EnteredTwice).await, Err(Error::Conflict(Moved::Scan))));
    assert!(matches!(accept(&cx, &actor, first, ConflictKind::EnteredTwice).await, Err(Error::NotFound)));
    assert_eq!(audited(&cx, "conflict.accept").await, Some(1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn undoing_the_later_entry_settles_it_and_leaves_the_first(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    let [first, second] = entered_twice(&cx, &clock, &edition, &actor, &code).await;
    checkin::correct(&cx, &actor, second).await.unwrap();
    let [open, settled] = both(&cx, &actor).await;
    assert!(open.is_empty());
    assert_eq!((settled[0].is_undone, settled[0].settled.clone().unwrap().1.as_deref()), (true, Some("Trần Thị Sen")));
    let counting = sqlx::query_scalar!("select scan_id from admissions").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(counting, [first.0]);
    assert!(matches!(checkin::correct(&cx, &actor, second).await, Err(Error::Conflict(Moved::Scan))));
    // Whoever undoes the first as well leaves nobody in: the second was undone.
    checkin::correct(&cx, &actor, first).await.unwrap();
    assert_eq!(sqlx::query_scalar!("select count(*) from admissions").fetch_one(&cx.pool).await.unwrap(), Some(0));
    assert_eq!(audited(&cx, "scan.undo").await, Some(2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_at_once_one_undoes_and_the_other_is_told(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    let [_, second] = entered_twice(&cx, &clock, &edition, &actor, &code).await;
    // Both have asked before either may go on.
    let mut held = cx.pool.begin().await.unwrap();
    sqlx::query!("select id from scans where id = $1 for update", second.0).fetch_one(&mut *held).await.unwrap();
    let undoing = || {
        tokio::spawn({
            let (cx, actor) = (cx.clone(), actor.clone());
            async move { checkin::correct(&cx, &actor, second).await }
        })
    };
    let both = [undoing(), undoing()];
    let waiting =
        "select count(*) from pg_locks where not granted and pid in (select pid from pg_stat_activity where datname = current_database())";
    let both_wait = async {
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&cx.pool).await.unwrap() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), both_wait).await.unwrap();
    held.commit().await.unwrap();
    let mut done = 0;
    for undoing in both {
        match undoing.await.unwrap() {
            Ok(()) => done += 1,
            Err(error) => assert!(matches!(error, Error::Conflict(Moved::Scan)), "{error}"),
        }
    }
    assert_eq!((done, audited(&cx, "scan.undo").await), (1, Some(1)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_came_in_twice_stands_before_what_only_looks_odd(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    let odd = ScanSubmission { device_at: cx.now() + TimeDelta::days(1500), ..scan(&cx, "7KQ4M9XW", None) };
    record_single(&cx, &actor, edition.gate, odd.clone()).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let [_, second] = entered_twice(&cx, &clock, &edition, &actor, &code).await;
    let open = inbox(&cx, &actor, None, None).await.unwrap().open.conflicts;
    assert_eq!(open.iter().map(|conflict| conflict.scan).collect::<Vec<_>>(), [second, odd.scan_id]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn page_by_page_both_lists_tell_each_conflict_once_also_when_one_is_settled_meanwhile(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    let id = edition::current(&cx).await.unwrap().unwrap().id;
    let odd = || ScanSubmission { device_at: cx.now() + TimeDelta::days(1500), ..scan(&cx, "7KQ4M9XW", None) };
    // Four of the same instant, and one that stands for somebody who came in.
    let mut expected: Vec<_> = (0..4).map(|_| odd()).collect();
    for scan in &expected {
        record_single(&cx, &actor, edition.gate, scan.clone()).await.unwrap();
    }
    expected.sort_unstable_by_key(|scan| scan.scan_id);
    let [_, second] = entered_twice(&cx, &clock, &edition, &actor, &code).await;
    let odd: Vec<_> = expected.iter().map(|scan| scan.scan_id).collect();
    let page = async |is_settled, after| {
        let page = listed(&cx.pool, id, is_settled, after, 2).await.unwrap();
        (page.conflicts.iter().map(|conflict| conflict.scan).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = page(false, None).await;
    assert_eq!((first, next), (vec![second, odd[0]], Some((odd[0], ConflictKind::Clock))));
    // After which the next page begins though it stands in the list no more.
    accept(&cx, &actor, odd[0], ConflictKind::Clock).await.unwrap();
    let (second_page, next) = page(false, next).await;
    assert_eq!((second_page, next), (vec![odd[1], odd[2]], Some((odd[2], ConflictKind::Clock))));
    assert_eq!(page(false, next).await, (vec![odd[3]], None));
    assert_eq!(inbox(&cx, &actor, next, None).await.unwrap().count, 4, "all, on every page");

    clock.advance(TimeDelta::minutes(1));
    for scan in [odd[1], odd[2]] {
        accept(&cx, &actor, scan, ConflictKind::Clock).await.unwrap();
    }
    let (last, next) = page(true, None).await;
    assert_eq!((last, next), (vec![odd[2], odd[1]], Some((odd[1], ConflictKind::Clock))));
    assert_eq!(page(true, next).await, (vec![odd[0]], None));
    let all = listed(&cx.pool, id, false, None, 2).await.unwrap();
    assert_eq!((all.conflicts.len(), all.next), (2, None), "what fits on a page has no next one");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn stewards_and_phones_settle_nothing(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    let [_, second] = entered_twice(&cx, &clock, &edition, &actor, &code).await;
    let steward = testing::actor(Role::Steward, None);
    assert!(matches!(inbox(&cx, &steward, None, None).await, Err(Error::Forbidden)));
    assert!(matches!(accept(&cx, &steward, second, ConflictKind::EnteredTwice).await, Err(Error::Forbidden)));
    assert!(matches!(checkin::correct(&cx, &steward, second).await, Err(Error::Forbidden)));
    assert_eq!(super::open(&cx, &actor).await.unwrap(), 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_board_counts_open_conflicts_and_what_waits_on_paired_phones_in_use(pool: PgPool) {
    let (cx, clock, edition, actor, code) = gate(pool).await;
    entered_twice(&cx, &clock, &edition, &actor, &code).await;
    sqlx::raw_sql(
        "insert into devices (id, edition_id, name, paired_at, expires_at, revoked_at, waiting, created_at) values
           ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000001', 'Máy 1', now(), '2100-01-01', null, 5, now()),
           ('00000000-0000-0000-0000-0000000000a2', '00000000-0000-0000-0000-000000000001', 'Máy 2', now(), '2100-01-01', null, null, now()),
           ('00000000-0000-0000-0000-0000000000a3', '00000000-0000-0000-0000-000000000001', 'Máy 3', now(), '2100-01-01', now(), 70, now()),
           ('00000000-0000-0000-0000-0000000000a4', '00000000-0000-0000-0000-000000000001', 'Máy 4', now(), '2020-01-01', null, 900, now())",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let board = checkin::board::board(&cx, &actor).await.unwrap();
    assert_eq!((board.conflicts, board.waiting), (1, 5));
}

/// Signs a new steward in in this browser, where so many scans wait.
async fn scans(cx: &Context, address: &str, browser: u128, waiting: u32) -> (Token, Actor, Contact) {
    let account = NewAccount {
        email: Email::parse(address).unwrap(),
        full_name: PersonName::parse("Lê Văn Tám").unwrap(),
        role: Role::Steward,
        organisation: None,
        sample: false,
    };
    let (_, password) = access::create_account(cx, account).await.unwrap();
    let (token, actor) = access::sign_in(cx, address, &password).await.unwrap();
    let contact = Contact { phone: Some(PhoneId(uuid::Uuid::from_u128(browser))), waiting, ..Contact::default() };
    access::hear(cx, &actor, &token.0, &contact).await.unwrap();
    (token, actor, contact)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_board_counts_what_waits_with_accounts_also_where_they_were_signed_out(pool: PgPool) {
    let (cx, clock, _, organiser, _) = gate(pool).await;
    let waiting = async || checkin::board::board(&cx, &organiser).await.unwrap().waiting;
    let (first, ..) = scans(&cx, "a@b.vn", 1, 10).await;
    scans(&cx, "b@b.vn", 2, 200).await;
    assert_eq!(waiting().await, 210);
    access::sign_out(&cx, &first.0).await.unwrap();
    let second = access::devices(&cx, &organiser).await.unwrap().into_iter().find(|phone| phone.contact.as_ref().unwrap().waiting == 200);
    access::revoke_device(&cx, &organiser, second.unwrap().id).await.unwrap();
    assert_eq!(waiting().await, 210, "whoever signs in there next brings them");
    // Who does tells of them alone, and of those that were delivered no more.
    let (third, actor, contact) = scans(&cx, "c@b.vn", 1, 10).await;
    assert_eq!(waiting().await, 210);
    access::hear(&cx, &actor, &third.0, &Contact { waiting: 3, ..contact }).await.unwrap();
    assert_eq!(waiting().await, 203);
    clock.advance(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    assert_eq!(waiting().await, 203);
    clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(waiting().await, 0, "a phone that was silent for a day is not waited for");
}
