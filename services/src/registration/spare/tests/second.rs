//! Two people who came in by one spare ticket.

use domain::checkin::{ByHand, Reason};

use super::*;
use crate::{
    checkin::conflicts::{self, Conflict},
    privacy,
    registration::{LinkSecret, check_capacities, link_secret, uuid_of},
};

const SEN: &str = "Trần Văn Sen";
const LAN: &str = "Lê Thị Lan";

/// The scan of a phone that has let the holder in by itself, a minute after the last.
fn let_in(cx: &Context, clock: &testing::TestClock, code: &str) -> ScanSubmission {
    clock.advance(TimeDelta::minutes(1));
    ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..scan(cx, code) }
}

/// The fixture of [`roll`] with one ticket, and two phones without network that have let somebody in by it; nothing has arrived.
struct House {
    cx: Context,
    fixture: testing::Fixture,
    organiser: Actor,
    supervisor: Actor,
    code: String,
    scans: [ScanSubmission; 2],
}

impl House {
    async fn open(pool: PgPool) -> Self {
        let (cx, clock) = testing::context_with_clock(pool);
        let fixture = testing::edition(&cx, 1).await;
        let organiser = testing::organiser(&cx).await;
        let batch = make(&cx, &organiser, SpareOrder { audience: fixture.citizens, count: 1 }).await.unwrap();
        let code = sheet(&cx, &organiser, batch).await.unwrap().tickets.remove(0).code;
        clock.advance(TimeDelta::hours(3));
        let scans = [let_in(&cx, &clock, &code), let_in(&cx, &clock, &code)];
        Self { supervisor: testing::actor(Role::Supervisor, None), cx, fixture, organiser, code, scans }
    }

    /// Both scans arrive, in their order.
    async fn recorded(pool: PgPool) -> Self {
        let house = Self::open(pool).await;
        for scan in 0..2 {
            house.record(scan).await;
        }
        house
    }

    async fn record(&self, scan: usize) -> Verdict {
        record_single(&self.cx, &self.organiser, self.fixture.gate, self.scans[scan].clone()).await.unwrap().verdict
    }

    /// A name of whom a scan let in arrives, and is answered as done.
    async fn tell(&self, scan: usize, full_name: &str) {
        assert_eq!(name(&self.cx, &self.organiser, naming(&self.cx, self.scans[scan].scan_id, full_name)).await, None);
    }

    /// The scan turns out to be of a phone that had been signed out before.
    async fn made_after_the_end(&self, scan: usize) {
        sqlx::query(
            "with s as (update scans set is_believed = false where id = $1 returning id, edition_id)
             insert into conflicts (scan_id, kind, edition_id, found_at) select id, 'ended_phone', edition_id, $2 from s",
        )
        .bind(self.scans[scan].scan_id.0)
        .bind(self.cx.now())
        .execute(&self.cx.pool)
        .await
        .unwrap();
    }

    /// Everybody who is registered, the holder of the spare ticket first, with the standing of the own ticket.
    async fn people(&self) -> Vec<(String, String)> {
        sqlx::query_as(
            "select r.full_name, t.standing from registrations r join tickets t on t.registration_id = r.id order by not t.is_spare",
        )
        .fetch_all(&self.cx.pool)
        .await
        .unwrap()
    }

    /// What stands open in the inbox about a scan, by kind.
    async fn open_about(&self, scan: usize) -> Vec<Conflict> {
        let open = inbox(&self.cx, &self.supervisor, None, None).await.unwrap().open.conflicts;
        let mut about: Vec<_> = open.into_iter().filter(|conflict| conflict.scan == self.scans[scan].scan_id).collect();
        about.sort_unstable_by_key(|conflict| conflict.kind.key());
        about
    }

    async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_log where action = $1").bind(action).fetch_one(&self.cx.pool).await.unwrap()
    }

    fn link_of_holder(&self) -> LinkSecret {
        let id = ticket::verify(&self.code, &self.cx.ticket_keys(2027)).unwrap().id;
        link_secret(&self.cx, uuid_of(&format!("spare ticket {}", id.0)), 0)
    }

    fn link_of_second(&self, scan: usize) -> LinkSecret {
        link_secret(&self.cx, uuid_of(&format!("second guest {}", self.scans[scan].scan_id)), 0)
    }
}

fn people(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, standing)| ((*name).to_owned(), (*standing).to_owned())).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn two_names_of_two_entries_are_two_people_and_the_second_waits_for_a_supervisor_with_a_blocked_pass(pool: PgPool) {
    let house = House::recorded(pool).await;
    let cx = &house.cx;
    house.tell(0, SEN).await;
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
    assert_eq!((numbers(cx).await, seats(cx).await.1), ((2, 2, 1, 1), 1), "a seat more than there are");
    assert_eq!(check_capacities(cx).await.unwrap(), []);
    assert_eq!((house.audited("registration.second_guest").await, house.audited("registration.guest_named").await), (1, 2));
    let lan: (String, Option<String>, Option<String>, String, bool, i64) = sqlx::query_as(
        "select r.channel, r.phone, r.organisation_name, r.locale, t.is_spare,
                (select count(*) from consent_records c where c.registration_id = r.id and c.given and c.channel = 'desk' and c.locale = 'en')
         from registrations r join tickets t on t.registration_id = r.id where r.full_name = $1",
    )
    .bind(LAN)
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    assert_eq!(lan, ("desk".into(), Some("+84912345678".into()), Some("HTX Mỹ Xương".into()), "en".into(), false, 1));

    // Both things to settle about the scan tell whose ticket it was, and who came.
    let about = house.open_about(1).await;
    assert_eq!(about.iter().map(|conflict| conflict.kind).collect::<Vec<_>>(), [ConflictKind::EnteredTwice, ConflictKind::SecondGuest]);
    for conflict in &about {
        let second = conflict.second_guest.as_ref().unwrap();
        assert_eq!((conflict.person.as_ref().unwrap().1.as_str(), second.full_name.as_str()), (SEN, LAN));
        assert!(second.standing == Standing::Blocked && conflict.may_be_undone());
    }
    assert!(house.open_about(0).await.is_empty());
    let search = Search { words: "le thi lan".into(), ..Search::default() };
    assert_eq!(find(cx, &house.supervisor, &search, "tim").await.unwrap().people.len(), 1);

    // She is let in by hand, or gives the seat back.
    let id = about[0].second_guest.as_ref().unwrap().id;
    registration::unblock(cx, &house.supervisor, id).await.unwrap();
    let form = ByHand { checkpoint: house.fixture.gate, reason: Reason::ALL[0], note: None, overrules: false };
    checkin::admit_by_hand(cx, &house.organiser, id, ScanId(cx.new_id()), form).await.unwrap();
    assert_eq!(numbers(cx).await.2, 2);
    assert_eq!(house.open_about(1).await[1].second_guest.as_ref().unwrap().standing, Standing::Valid);
    conflicts::accept(cx, &house.organiser, house.scans[1].scan_id, ConflictKind::SecondGuest).await.unwrap();
    assert_eq!(house.open_about(1).await.len(), 1);
    registration::cancel_by_staff(cx, &house.organiser, id).await.unwrap();
    assert_eq!((seats(cx).await.0, check_capacities(cx).await.unwrap()), (1, vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_gate_that_is_heard_of_first_names_the_holder_and_the_other_is_not_lost(pool: PgPool) {
    let house = House::open(pool).await;
    assert_eq!(house.record(1).await, Verdict::Admit);
    house.tell(1, LAN).await;
    assert_eq!(house.record(0).await, Verdict::Admit, "it was before");
    house.tell(0, SEN).await;
    assert_eq!(house.people().await, people(&[(LAN, "valid"), (SEN, "blocked")]));
    let about = house.open_about(0).await;
    assert_eq!((about.len(), about[0].kind, about[0].person.as_ref().unwrap().1.as_str()), (1, ConflictKind::SecondGuest, LAN));
    assert_eq!(about[0].second_guest.as_ref().unwrap().full_name, SEN);
    // What is told anew of the scan that named the holder changes nothing, though it is not the admission any more.
    house.tell(1, "Ai Khác").await;
    assert_eq!(house.people().await.len(), 2);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_same_name_otherwise_written_is_the_same_person(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    for name in [" TRAN   van  sen ", "Ai Khác"] {
        house.tell(1, name).await;
    }
    assert_eq!(house.people().await, people(&[(SEN, "valid")]), "of a scan the first word counts");
    assert_eq!((numbers(&house.cx).await, house.audited("registration.guest_named").await), ((1, 1, 1, 1), 1));
    let kinds: Vec<_> = house.open_about(1).await.into_iter().map(|conflict| (conflict.kind, conflict.second_guest)).collect();
    assert_eq!(kinds, [(ConflictKind::EnteredTwice, None)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_told_again_of_one_scan_or_twice_at_once_registers_nobody_more(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    let told = naming(&house.cx, house.scans[1].scan_id, LAN);
    let tell = |full_name: &str| name(&house.cx, &house.organiser, Naming { full_name: full_name.into(), ..told.clone() });
    assert_eq!(tokio::join!(tell(LAN), tell(LAN), tell(LAN)), (None, None, None));
    for full_name in [LAN, "Ai Khác"] {
        assert_eq!(tell(full_name).await, None);
        house.tell(1, full_name).await;
        house.tell(0, full_name).await;
    }
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
    assert_eq!((numbers(&house.cx).await.0, house.audited("registration.second_guest").await), (2, 1));
    assert_eq!(check_capacities(&house.cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_came_in_by_a_scan_that_was_undone_and_what_is_undone_later_leaves_the_person_to_see(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    checkin::correct(&house.cx, &house.organiser, house.scans[1].scan_id).await.unwrap();
    house.tell(1, LAN).await;
    assert_eq!((house.people().await, house.open_about(1).await), (people(&[(SEN, "valid")]), vec![]));

    let third = ScanSubmission { scan_id: ScanId(house.cx.new_id()), ..house.scans[1].clone() };
    record_single(&house.cx, &house.organiser, house.fixture.gate, third.clone()).await.unwrap();
    assert_eq!(name(&house.cx, &house.organiser, naming(&house.cx, third.scan_id, LAN)).await, None);
    let undo = domain::checkin::Undo { id: ScanId(house.cx.new_id()), scan_id: third.scan_id, device_at: third.device_at, offset_ms: 0 };
    assert_eq!(checkin::undo(&house.cx, &house.organiser, vec![undo]).await.unwrap()[0].refused, None);
    let open = inbox(&house.cx, &house.supervisor, None, None).await.unwrap().open.conflicts;
    assert_eq!(open.iter().map(|conflict| (conflict.kind, conflict.is_undone)).collect::<Vec<_>>(), [(ConflictKind::SecondGuest, true)]);
    assert_eq!(open[0].second_guest.as_ref().unwrap().full_name, LAN);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_phone_scanned_after_it_had_been_signed_out_names_a_second_person_once_it_counts(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    house.made_after_the_end(1).await;
    let told = naming(&house.cx, house.scans[1].scan_id, LAN);
    let answer = name(&house.cx, &house.organiser, told).await;
    assert_eq!(answer, Some(Refusal::UnknownScan), "the phone keeps it until somebody has decided");
    assert_eq!(house.people().await, people(&[(SEN, "valid")]));
    conflicts::count_in(&house.cx, &house.organiser, house.scans[1].scan_id).await.unwrap();
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_name_is_forgotten_once_a_supervisor_has_seen_that_its_scan_counts_for_nothing(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    house.made_after_the_end(1).await;
    conflicts::accept(&house.cx, &house.organiser, house.scans[1].scan_id, ConflictKind::EndedPhone).await.unwrap();
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid")]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_second_person_at_one_door_more_is_the_same_person_also_after_a_merge(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    house.tell(1, LAN).await;
    let again = async |full_name: &str| {
        let scan = ScanSubmission { scan_id: ScanId(house.cx.new_id()), ..house.scans[1].clone() };
        record_single(&house.cx, &house.organiser, house.fixture.gate, scan.clone()).await.unwrap();
        assert_eq!(name(&house.cx, &house.organiser, naming(&house.cx, scan.scan_id, full_name)).await, None);
        scan.scan_id
    };
    let third = again("LE thi lan").await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
    let open = inbox(&house.cx, &house.supervisor, None, None).await.unwrap().open.conflicts;
    let about: Vec<_> = open.iter().filter(|conflict| conflict.scan == third).map(|conflict| conflict.kind).collect();
    assert_eq!(about, [ConflictKind::EnteredTwice], "she waits for a supervisor already");
    let (holder, second) = (&open[0].person, open.iter().find_map(|conflict| conflict.second_guest.as_ref()).unwrap().id);
    registration::unblock(&house.cx, &house.supervisor, second).await.unwrap();
    registration::merge(&house.cx, &house.organiser, holder.as_ref().unwrap().0, second).await.unwrap();
    again(LAN).await;
    assert_eq!((house.people().await.len(), house.audited("registration.second_guest").await), (2, 1));
    assert_eq!(check_capacities(&house.cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_a_phone_let_in_and_told_so_after_the_answer_is_a_second_person(pool: PgPool) {
    let house = House::open(pool).await;
    house.record(0).await;
    house.tell(0, SEN).await;
    let untold = ScanSubmission { local_verdict: None, ..house.scans[1].clone() };
    let answered = record_single(&house.cx, &house.organiser, house.fixture.gate, untold).await.unwrap();
    assert!(matches!(answered.verdict, Verdict::AlreadyIn(_)), "{answered:?}");
    house.record(1).await;
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_name_told_of_a_scan_that_was_undone_takes_no_ticket(pool: PgPool) {
    let house = House::recorded(pool).await;
    checkin::correct(&house.cx, &house.organiser, house.scans[0].scan_id).await.unwrap();
    house.tell(0, LAN).await;
    house.tell(1, SEN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid")]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_that_a_supervisor_undoes_leaves_the_person_to_see(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    house.tell(1, LAN).await;
    checkin::correct(&house.cx, &house.organiser, house.scans[1].scan_id).await.unwrap();
    let left: Vec<_> = house.open_about(1).await.iter().map(|conflict| (conflict.kind, conflict.is_undone)).collect();
    assert_eq!(left, [(ConflictKind::SecondGuest, true)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_entry_before_the_one_that_a_desk_knew_is_not_whom_the_desk_named(pool: PgPool) {
    let house = House::open(pool).await;
    house.record(1).await;
    let holder = listing(&house.cx, &house.organiser).await.unwrap().used.remove(0).holder.unwrap().0;
    let guest = Guest { full_name: PersonName::parse(SEN).unwrap(), phone: None, organisation_name: None };
    super::super::name(&house.cx, &house.supervisor, holder, guest, Locale::Vi).await.unwrap();
    house.record(0).await;
    house.tell(0, LAN).await;
    house.tell(1, "Sen").await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn each_of_the_two_is_told_of_the_own_scan_alone(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    house.tell(1, LAN).await;
    let (one, other) = (house.link_of_holder(), house.link_of_second(1));
    for (link, scan) in [(&one, 0), (&other, 1)] {
        let told: Vec<_> = privacy::mine(&house.cx, &link.0).await.unwrap().scans.into_iter().map(|scan| scan.at).collect();
        assert_eq!(told, [house.scans[scan].device_at]);
    }
    let second = house.open_about(1).await.remove(0).second_guest.unwrap().id;
    let page = registration::desk::person(&house.cx, &house.organiser, second).await.unwrap();
    assert_eq!(page.scans.iter().map(|scan| scan.id).collect::<Vec<_>>(), [house.scans[1].scan_id]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_a_phone_let_in_by_a_ticket_that_had_been_blocked_since_is_kept_too(pool: PgPool) {
    let house = House::open(pool).await;
    house.record(0).await;
    house.tell(0, SEN).await;
    let holder = listing(&house.cx, &house.organiser).await.unwrap().used.remove(0).holder.unwrap().0;
    registration::block(&house.cx, &house.supervisor, holder).await.unwrap();
    assert_eq!(house.record(1).await, Verdict::Stopped { reason: Stop::Blocked });
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "blocked"), (LAN, "blocked")]));
    let turned_away =
        ScanSubmission { scan_id: ScanId(house.cx.new_id()), local_verdict: Some(VerdictKind::Stopped), ..house.scans[1].clone() };
    record_single(&house.cx, &house.organiser, house.fixture.gate, turned_away.clone()).await.unwrap();
    assert_eq!(name(&house.cx, &house.organiser, naming(&house.cx, turned_away.scan_id, "Ai Khác")).await, None);
    assert_eq!(house.people().await.len(), 2, "whom the phone turned away did not come in");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_was_named_at_a_desk_came_in_first(pool: PgPool) {
    let house = House::recorded(pool).await;
    let holder = listing(&house.cx, &house.organiser).await.unwrap().used.remove(0).holder.unwrap().0;
    let guest = Guest { full_name: PersonName::parse(SEN).unwrap(), phone: None, organisation_name: None };
    super::super::name(&house.cx, &house.supervisor, holder, guest, Locale::Vi).await.unwrap();
    house.tell(0, "Sen").await;
    assert_eq!(house.people().await, people(&[(SEN, "valid")]));
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), (LAN, "blocked")]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_holder_who_was_erased_is_not_brought_back_by_a_name_that_comes_late(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    privacy::erase_mine(&house.cx, &house.link_of_holder().0).await.unwrap();
    house.tell(1, SEN).await;
    assert_eq!(house.people().await, people(&[("", "cancelled")]));
    assert_eq!((house.open_about(1).await.len(), house.audited("registration.second_guest").await), (1, 0));
    assert_eq!(check_capacities(&house.cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_second_person_sees_all_that_is_kept_and_is_erased_for_good_while_the_inbox_goes_on(pool: PgPool) {
    let house = House::recorded(pool).await;
    house.tell(0, SEN).await;
    house.tell(1, LAN).await;
    let link = house.link_of_second(1);
    let mine = privacy::mine(&house.cx, &link.0).await.unwrap();
    assert_eq!((mine.person.full_name.as_str(), mine.scans.len(), mine.scans[0].at), (LAN, 1, house.scans[1].device_at));
    let history: Vec<_> = mine.history.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(history, ["registration.second_guest", "registration.guest_named"]);

    privacy::erase_mine(&house.cx, &link.0).await.unwrap();
    house.tell(1, LAN).await;
    assert_eq!(house.people().await, people(&[(SEN, "valid"), ("", "cancelled")]));
    let about = house.open_about(1).await;
    let told: Vec<_> = about.iter().map(|conflict| (conflict.kind, conflict.second_guest.clone())).collect();
    assert_eq!(told, [(ConflictKind::EnteredTwice, None), (ConflictKind::SecondGuest, None)]);
    assert_eq!(about[1].person.as_ref().unwrap().1, SEN);
    assert_eq!((seats(&house.cx).await.0, check_capacities(&house.cx).await.unwrap()), (1, vec![]));
    let kept: String = sqlx::query_scalar(
        "select concat((select string_agg(to_jsonb(r)::text, '') from registrations r where full_name <> $1), (select string_agg(to_jsonb(n)::text, '') from namings n),
                       (select string_agg(to_jsonb(a)::text, '') from audit_log a), (select string_agg(to_jsonb(s)::text, '') from scans s))",
    )
    .bind(SEN)
    .fetch_one(&house.cx.pool)
    .await
    .unwrap();
    for word in ["Lan", "lan ", "912345678", "Xương"] {
        assert!(!kept.contains(word), "{word}: {kept}");
    }
}
