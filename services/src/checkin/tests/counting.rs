//! Scans of phones that had been signed out, of which a supervisor lets some count.

use domain::{checkin::VerdictKind, ids::DeviceId};

use super::{
    late::{Chance, forget, grounds, let_out, outcome, presence, twice},
    *,
};
use crate::{
    access::{self, EndedPhone},
    checkin::conflicts::{COUNTED_MAX, Conflict, ConflictKind, accept, count_in, count_in_all, inbox},
    error::Conflict as Moved,
};

/// A phone that was signed out from the desk.
async fn ended(cx: &Context, name: &str) -> (DeviceId, EndedPhone) {
    let organiser = testing::actor(Role::Organiser, None);
    let (id, secret) = access::prepare_device(cx, &organiser, name).await.unwrap();
    let token = access::pair_device(cx, &secret.0).await.unwrap();
    since_morning(cx).await;
    access::revoke_device(cx, &organiser, id).await.unwrap();
    (id, access::ended_phone(cx, &token.0).await.unwrap().unwrap())
}

async fn brings(cx: &Context, phone: &EndedPhone, gate: CheckpointId, scans: &[&ScanSubmission]) {
    let scans = scans.iter().map(|scan| (*scan).clone().into()).collect();
    record_late(cx, phone, ScanRequest::of(gate, scans)).await.unwrap();
}

async fn told(cx: &Context, actor: &Actor, scan: &ScanSubmission) -> Conflict {
    let inbox = inbox(cx, actor, None, None).await.unwrap();
    let mut all = inbox.open.conflicts.into_iter().chain(inbox.settled.conflicts);
    all.find(|conflict| conflict.scan == scan.scan_id && conflict.kind == ConflictKind::EndedPhone).unwrap()
}

/// The codes of so many other people's tickets.
async fn codes(cx: &Context, edition: &testing::Fixture, count: u32) -> Vec<String> {
    let mut codes = Vec::new();
    for number in 0..count {
        let mut other = testing::citizen(edition.citizens);
        other.details.phone = Some(domain::contact::Phone::parse(&format!("0912{number:06}")).unwrap());
        let secret = registration::register(cx, other, cx.new_id()).await.unwrap();
        codes.push(registration::ticket(cx, &secret.0).await.unwrap().ticket.unwrap().code);
    }
    codes
}

/// Whether every admission is the first entry, as it is told.
async fn are_admissions_first_entries(cx: &Context) -> bool {
    let differing = "select count(*) from (select true as is_admission, * from admissions) a
                     full join (select true as is_first, * from first_entries) f
                          using (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at)
                     where is_admission is null or is_first is null";
    sqlx::query_scalar::<_, i64>(differing).fetch_one(&cx.pool).await.unwrap() == 0
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_that_is_counted_lets_the_person_in_at_its_own_time_and_once(pool: PgPool) {
    let (cx, clock, gate, organiser, code) = grounds(pool).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let scan = let_in(&cx, &code, cx.now() - TimeDelta::minutes(20));
    brings(&cx, &phone, gate, &[&scan]).await;
    assert!(told(&cx, &organiser, &scan).await.may_be_counted());
    assert_eq!((admitted_by(&cx).await, presence(&cx).await), (None, None));
    clock.advance(TimeDelta::minutes(1));
    assert!(cx.live.was_marked().await, "by the scan");
    let before = sqlx::query_scalar!(r#"select pg_current_xact_id()::text::bigint as "id!""#).fetch_one(&cx.pool).await.unwrap();
    count_in(&cx, &organiser, scan.scan_id).await.unwrap();
    let row = sqlx::query!("select scan_id, at, device_name, touched from admissions").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((row.scan_id, row.at, row.device_name.as_str()), (scan.scan_id.0, scan.device_at, "Máy 1"));
    assert!(row.touched >= before, "phones hear of it");
    assert_eq!((presence(&cx).await, conflicts(&cx).await), (Some((scan.scan_id, true)), vec![]));
    let settled = told(&cx, &organiser, &scan).await;
    assert_eq!((settled.settled, settled.is_counted), (Some((cx.now(), Some("Trần Thị Sen".to_owned()))), true));
    assert!(cx.live.was_marked().await, "boards hear of it");
    assert!(matches!(count_in(&cx, &organiser, scan.scan_id).await, Err(Error::Conflict(Moved::Scan))));
    assert!(matches!(count_in(&cx, &organiser, ScanId(cx.new_id())).await, Err(Error::NotFound)));
    let noted = "select count(*) from audit_log where action = 'conflict.count_in' and subject_kind = 'registration'";
    assert_eq!(sqlx::query_scalar::<_, i64>(noted).fetch_one(&cx.pool).await.unwrap(), 1);
    // Whoever comes now is in already.
    assert!(matches!(one(&cx, &organiser, gate, let_in(&cx, &code, cx.now())).await.verdict, Verdict::AlreadyIn(_)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn stewards_let_nothing_count(pool: PgPool) {
    let (cx, _, gate, _, code) = grounds(pool).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let scan = let_in(&cx, &code, cx.now());
    brings(&cx, &phone, gate, &[&scan]).await;
    assert!(matches!(count_in(&cx, &steward(), scan.scan_id).await, Err(Error::Forbidden)));
    assert!(matches!(count_in_all(&cx, &steward(), scan.scan_id).await, Err(Error::Forbidden)));
    assert_eq!(admitted_by(&cx).await, None);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_a_counted_entry_and_another_the_earlier_is_the_admission_and_the_later_double(pool: PgPool) {
    let (cx, _, edition, actor, ticket, _) = gate(pool).await;
    let organiser = testing::organiser(&cx).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let minutes = |minutes| let_in(&cx, &ticket.code, cx.now() - TimeDelta::minutes(minutes));
    // At a gate that counts no exits, and at one that does.
    for counts_exits in [false, true] {
        sqlx::query!("update checkpoints set counts_exits = $1", counts_exits).execute(&cx.pool).await.unwrap();
        // Heard of before the other entry, and after it; earlier, and later than it.
        for (of_ended, of_other, is_heard_first) in [(20, 10, true), (20, 10, false), (10, 20, true), (10, 20, false)] {
            forget(&cx).await;
            let (counted, other) = (minutes(of_ended), minutes(of_other));
            if is_heard_first {
                brings(&cx, &phone, edition.gate, &[&counted]).await;
            }
            one(&cx, &actor, edition.gate, other.clone()).await;
            if !is_heard_first {
                brings(&cx, &phone, edition.gate, &[&counted]).await;
            }
            assert_eq!(admitted_by(&cx).await, Some(other.scan_id));
            count_in(&cx, &organiser, counted.scan_id).await.unwrap();
            let [first, second] = if of_ended > of_other { [&counted, &other] } else { [&other, &counted] };
            assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(first.scan_id), vec![twice(second)]));
            assert!(are_admissions_first_entries(&cx).await);
            // As if it had never been counted.
            correct(&cx, &organiser, counted.scan_id).await.unwrap();
            assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(other.scan_id), vec![]));
            assert!(are_admissions_first_entries(&cx).await);
        }
    }
}

/// What happened at two gates of an entrance, as far as phones tell it that are believed and others that were signed out; these are
/// counted later, between the others or after them, and some are undone.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whenever_scans_are_counted_the_outcome_is_as_if_they_had_been_believed(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let places: Vec<_> = counts(&cx, &organiser).await.unwrap().into_iter().map(|count| count.id).collect();
    assert_eq!((places.len(), places[0]), (2, gate));
    let (_, phone) = ended(&cx, "Máy 1").await;
    let mut chance = Chance(2);
    for round in 0..80 {
        let counts_exits = round % 4 != 0;
        sqlx::query("update checkpoints set counts_exits = $1, entrance = 'khuon-vien', admits = '{}'")
            .bind(counts_exits)
            .execute(&cx.pool)
            .await
            .unwrap();
        forget(&cx).await;
        let mut scans: Vec<_> = (0..=chance.below(6))
            .map(|_| {
                let at = cx.now() - TimeDelta::minutes(i64::try_from(1 + chance.below(6)).unwrap());
                let scan = if chance.below(3) == 0 { let_out(&cx, &code, at) } else { let_in(&cx, &code, at) };
                (places[chance.below(2)], scan, chance.below(2) == 0)
            })
            .collect();
        chance.shuffle(&mut scans);
        let mut uncounted = Vec::new();
        for (place, scan, is_of_ended) in &scans {
            if *is_of_ended {
                brings(&cx, &phone, *place, &[scan]).await;
                uncounted.push(scan);
            } else {
                one(&cx, &organiser, *place, scan.clone()).await;
            }
            if let Some(scan) = uncounted.pop_if(|_| chance.below(2) == 0) {
                count_in(&cx, &organiser, scan.scan_id).await.unwrap();
            }
        }
        chance.shuffle(&mut uncounted);
        for scan in uncounted {
            count_in(&cx, &organiser, scan.scan_id).await.unwrap();
        }
        let mut all: Vec<_> = scans.iter().map(|(_, scan, _)| scan).collect();
        let found = async || (admitted_by(&cx).await, conflicts(&cx).await, presence(&cx).await);
        assert_eq!(found().await, outcome(all.clone(), counts_exits), "round {round}");
        assert!(are_admissions_first_entries(&cx).await, "round {round}");
        if let Some((_, counted, _)) = scans.iter().find(|(.., is_of_ended)| *is_of_ended) {
            correct(&cx, &organiser, counted.scan_id).await.unwrap();
            all.retain(|scan| scan.scan_id != counted.scan_id);
            assert_eq!(found().await, outcome(all, counts_exits), "round {round}: {} undone", counted.scan_id);
            assert!(are_admissions_first_entries(&cx).await, "round {round}: {} undone", counted.scan_id);
        }
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_counted_exit_tells_who_left_and_explains_who_came_in_again(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let minutes = |minutes| cx.now() - TimeDelta::minutes(minutes);
    let (first, again) = (let_in(&cx, &code, minutes(20)), let_in(&cx, &code, minutes(10)));
    let (out, last) = (let_out(&cx, &code, minutes(15)), let_out(&cx, &code, minutes(5)));
    for scan in [&first, &again] {
        one(&cx, &organiser, gate, scan.clone()).await;
    }
    brings(&cx, &phone, gate, &[&out, &last]).await;
    assert_eq!(conflicts(&cx).await.into_iter().filter(|(_, kind)| kind == "entered_twice").collect::<Vec<_>>(), [twice(&again)]);
    for scan in [&out, &last] {
        count_in(&cx, &organiser, scan.scan_id).await.unwrap();
    }
    assert_eq!((conflicts(&cx).await, presence(&cx).await), (vec![], Some((last.scan_id, false))));
    assert_eq!(admitted_by(&cx).await, Some(first.scan_id));
    assert_eq!(board::board(&cx, &organiser).await.unwrap().inside, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_the_rule_or_the_phone_has_not_let_in_is_not_counted(pool: PgPool) {
    let (cx, _, edition, _, ticket, secret) = gate(pool).await;
    let organiser = testing::organiser(&cx).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let away = ScanSubmission { local_verdict: Some(VerdictKind::AlreadyIn), ..let_in(&cx, &ticket.code, cx.now()) };
    let undone_before = let_in(&cx, &ticket.code, cx.now());
    let nothing = let_in(&cx, "7KQ4M9XW", cx.now());
    brings(&cx, &phone, edition.gate, &[&away, &undone_before, &nothing]).await;
    undone(&cx, &organiser, &mistake(&cx, &undone_before)).await;
    registration::cancel(&cx, &secret).await.unwrap();
    let cancelled = let_in(&cx, &ticket.code, cx.now());
    brings(&cx, &phone, edition.gate, &[&cancelled]).await;
    for scan in [&away, &undone_before, &nothing, &cancelled] {
        assert!(!told(&cx, &organiser, scan).await.may_be_counted(), "{scan:?}");
        assert!(matches!(count_in(&cx, &organiser, scan.scan_id).await, Err(Error::Conflict(Moved::Scan))), "{scan:?}");
        assert!(matches!(count_in_all(&cx, &organiser, scan.scan_id).await, Err(Error::Conflict(Moved::Scan))), "{scan:?}");
    }
    assert_eq!(admitted_by(&cx).await, None);
    assert!(matches!(count_in_all(&cx, &organiser, ScanId(cx.new_id())).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_counts_all_of_a_phone_counts_what_it_made_and_brought_itself_alone(pool: PgPool) {
    let (cx, _, edition, _, _, _) = gate(pool).await;
    let organiser = testing::organiser(&cx).await;
    let ((first_id, first), (_, second)) = (ended(&cx, "Máy 1").await, ended(&cx, "Máy 2").await);
    let codes = codes(&cx, &edition, 5).await;
    let of = |person: usize| let_in(&cx, &codes[person], cx.now() - TimeDelta::minutes(i64::try_from(person).unwrap()));
    let (one, two, seen, other) = (of(0), of(1), of(2), of(3));
    // What the second says that the first has made.
    let said = ScanSubmission { made_by: Some(first_id), ..of(4) };
    brings(&cx, &first, edition.gate, &[&one, &two, &seen]).await;
    brings(&cx, &second, edition.gate, &[&other, &said]).await;
    accept(&cx, &organiser, seen.scan_id, ConflictKind::EndedPhone).await.unwrap();
    let mut numbers = Vec::new();
    for scan in [&one, &two, &seen, &other, &said] {
        numbers.push(told(&cx, &organiser, scan).await.countable);
    }
    assert_eq!(numbers, [2, 2, 0, 1, 1]);
    assert_eq!(count_in_all(&cx, &organiser, one.scan_id).await.unwrap(), 2);
    let mut admitted = sqlx::query_scalar!("select scan_id from admissions").fetch_all(&cx.pool).await.unwrap();
    admitted.sort_unstable();
    let mut expected = [one.scan_id.0, two.scan_id.0];
    expected.sort_unstable();
    assert_eq!(admitted, expected);
    let noted = "select count(distinct subject_id) from audit_log where action = 'conflict.count_in'";
    assert_eq!(sqlx::query_scalar::<_, i64>(noted).fetch_one(&cx.pool).await.unwrap(), 2, "it stands with each person");
    assert!(matches!(count_in_all(&cx, &organiser, one.scan_id).await, Err(Error::Conflict(Moved::Scan))));
    // That another one brought it is settled with it.
    assert_eq!(count_in_all(&cx, &organiser, said.scan_id).await.unwrap(), 1);
    assert_eq!(conflicts(&cx).await, [(other.scan_id, "ended_phone".to_owned())]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn so_many_are_counted_at_once_and_a_repeat_counts_the_others(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let organiser = testing::organiser(&cx).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let scans: Vec<_> = (0..=COUNTED_MAX).map(|_| let_in(&cx, &ticket.code, cx.now())).collect();
    for part in scans.chunks(COUNTED_MAX) {
        brings(&cx, &phone, edition.gate, &part.iter().collect::<Vec<_>>()).await;
    }
    assert_eq!(count_in_all(&cx, &organiser, scans[0].scan_id).await.unwrap(), COUNTED_MAX);
    assert_eq!(count_in_all(&cx, &organiser, scans[0].scan_id).await.unwrap(), 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stamp_becomes_an_arrival_by_a_counted_scan_and_not_by_one_that_was_seen(pool: PgPool) {
    let (cx, _, edition, _, ticket, _) = gate(pool).await;
    let organiser = testing::organiser(&cx).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    one(&cx, &organiser, edition.gate, scan(&cx, &ticket.code)).await;
    sqlx::query!("update scans set source = 'self'").execute(&cx.pool).await.unwrap();
    let (seen, counted) = (scan(&cx, &ticket.code), scan(&cx, &ticket.code));
    brings(&cx, &phone, edition.gate, &[&seen, &counted]).await;
    let arrived = async || sqlx::query_scalar!(r#"select count(*) as "n!" from arrivals"#).fetch_one(&cx.pool).await.unwrap();
    accept(&cx, &organiser, seen.scan_id, ConflictKind::EndedPhone).await.unwrap();
    assert_eq!(arrived().await, 0);
    count_in(&cx, &organiser, counted.scan_id).await.unwrap();
    assert_eq!(arrived().await, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_who_count_one_scan_at_once_one_does_and_the_other_is_told(pool: PgPool) {
    let (cx, _, gate, organiser, code) = grounds(pool).await;
    let (_, phone) = ended(&cx, "Máy 1").await;
    let scan = let_in(&cx, &code, cx.now());
    brings(&cx, &phone, gate, &[&scan]).await;
    let both = [0, 1].map(|_| {
        let (cx, organiser) = (cx.clone(), organiser.clone());
        tokio::spawn(async move { count_in(&cx, &organiser, scan.scan_id).await })
    });
    let mut done = 0;
    for counting in both {
        match counting.await.unwrap() {
            Ok(()) => done += 1,
            Err(error) => assert!(matches!(error, Error::Conflict(Moved::Scan)), "{error}"),
        }
    }
    assert_eq!((done, admitted_by(&cx).await, conflicts(&cx).await), (1, Some(scan.scan_id), vec![]));
}
