use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{CheckpointKind, Direction, Presented, Scan, Standing, Verdict, decide},
    ids::CheckpointId,
    registration::AudienceKind,
    ticket::Ticket,
};

mod noon;

const GATE: CheckpointId = CheckpointId(Uuid::from_u128(1));
const INSIDE: EntranceId = EntranceId(Uuid::from_u128(1));
const ROOM: EntranceId = EntranceId(Uuid::from_u128(2));

fn gate() -> Checkpoint {
    Checkpoint {
        id: GATE,
        year: 2027,
        kind: CheckpointKind::Gate,
        name_vi: "Cổng chính".into(),
        name_en: "Main gate".into(),
        opens_at: None,
        closes_at: None,
        admits: vec![],
        door: None,
        counts_exits: false,
        shares: None,
    }
}

fn ticket(id: u64) -> Ticket {
    Ticket { key_id: 0, year: 2027, audience: AudienceKind::Citizen, reissue: 0, is_spare: false, id: TicketId(id) }
}

fn code(id: u64) -> String {
    ticket(id).sign(&SigningKey::from_bytes(&[7; 32]))
}

fn badge(id: u64) -> BadgeCode {
    BadgeCode::from_random(id.into())
}

fn person(name: &str) -> Person {
    Person { name: name.into(), organisation: Some("HTX Mỹ Xương".into()), ..Person::default() }
}

fn audience(kind: AudienceKind) -> Audience {
    Audience { kind, name_vi: "Người dân".into(), name_en: "Citizen".into() }
}

fn class() -> Class {
    Class { audience: audience(AudienceKind::Citizen), reissue: 0, standing: Standing::Valid, is_nameless: false }
}

fn entry(id: u64) -> Entry {
    Entry {
        ticket: TicketHash::of(TicketId(id)),
        short: ShortHash::of(&ShortCode::from_random(u32::try_from(id).unwrap().into())),
        badge: Some(BadgeHash::of(&badge(id))),
        class: 0,
        merged_into: None,
        seats: vec![],
        entered: vec![],
        card: seal(&person("Nguyễn Thị Hạnh"), &code(id)).unwrap(),
    }
}

fn page(ids: impl IntoIterator<Item = u64>) -> Page {
    Page { classes: vec![class()], entries: ids.into_iter().map(entry).collect(), ..Page::default() }
}

fn by(number: u128, at: i64) -> EnteredBy {
    EnteredBy { scan_id: ScanId(Uuid::from_u128(number)), checkpoint: GATE, device: "Máy 3".into(), at, left: None }
}

fn verdict(roster: &Roster, id: u64) -> Verdict {
    let scan = Scan {
        id: ScanId(Uuid::nil()),
        presented: Presented::Signed(ticket(id)),
        direction: Direction::Entry,
        at: DateTime::UNIX_EPOCH,
        let_in: false,
    };
    decide(&roster.known(&gate(), &[], vec![], Some(TicketHash::of(TicketId(id)))), &scan)
}

#[test]
fn a_card_opens_by_its_own_ticket_alone() {
    let mut roster = Roster::default();
    roster.apply(page([1, 2]));
    let hash = TicketHash::of(TicketId(1));
    let card = roster.card(hash, &Ticket::address("https://a.vn", &code(1)).to_lowercase()).unwrap();
    assert_eq!((card.name.as_str(), card.audience_en.as_str()), ("Nguyễn Thị Hạnh", "Citizen"));
    assert_eq!(roster.card(hash, &code(2)), None);
    assert_eq!(roster.card(hash, "7KQ4M9XW"), None, "a short code opens nothing");
    // The ticket that was issued in its place is signed anew.
    let newer = Ticket { reissue: 1, ..ticket(1) }.sign(&SigningKey::from_bytes(&[7; 32]));
    assert_eq!(roster.card(hash, &newer), None);
}

#[test]
fn a_badge_finds_its_ticket_until_another_one_is_printed_and_opens_no_card() {
    let mut roster = Roster::default();
    roster.apply(page([1, 2]));
    let hash = TicketHash::of(TicketId(1));
    assert_eq!((roster.by_badge(&badge(1)), roster.by_badge(&badge(3))), (Some(hash), None));
    assert_eq!(roster.card(hash, badge(1).as_str()), None);
    let newer = Entry { badge: Some(BadgeHash::of_digest(badge(9).digest())), ..entry(1) };
    roster.apply(Page { entries: vec![newer], ..page([]) });
    assert_eq!((roster.by_badge(&badge(1)), roster.by_badge(&badge(9))), (None, Some(hash)));
    roster.apply(Page { gone: vec![hash], ..Page::default() });
    assert_eq!((roster.by_badge(&badge(9)), roster.by_badge(&badge(2))), (None, Some(TicketHash::of(TicketId(2)))));
}

#[test]
fn nothing_that_names_a_person_can_be_read_in_a_page() {
    let bytes = page([1]).encode();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(!holds("Hạnh".as_bytes()) && !holds("Mỹ Xương".as_bytes()));
    assert!(!holds(&1_u64.to_be_bytes()), "not even the number of the ticket");
    assert!(holds("Người dân".as_bytes()), "the test sees what is readable");
}

#[test]
fn two_people_of_one_name_look_different() {
    assert_ne!(entry(1).card, entry(2).card);
}

#[test]
fn a_corrected_name_shares_no_bytes_with_the_name_before() {
    let [old, new] = ["Nguyễn Thị Hạnh", "Nguyễn Thị Hành"].map(|name| seal(&person(name), &code(1)).unwrap());
    assert_eq!(seal(&person("Nguyễn Thị Hạnh"), &code(1)).unwrap(), old, "what is equal looks equal");
    let same = old.iter().zip(&new).filter(|(a, b)| a == b).count();
    assert!(same < old.len() / 4, "{same} of {} bytes", old.len());
}

#[test]
fn a_page_of_another_format_is_refused_whole() {
    let bytes = page([1]).encode();
    assert_eq!(Page::decode(&bytes), Ok(page([1])));
    let mut other = bytes.clone();
    other[0] += 1;
    assert_eq!(Page::decode(&other), Err(UnreadablePage));
    assert_eq!(Page::decode(&bytes[..bytes.len() - 1]), Err(UnreadablePage));
    assert_eq!(Page::decode(&[&bytes[..], &[0]].concat()), Err(UnreadablePage));
    assert_eq!(Page::decode(&[]), Err(UnreadablePage));
}

#[test]
fn the_list_tells_of_a_spare_ticket_whether_its_holder_has_a_name() {
    let mut roster = Roster::default();
    let classes = vec![class(), Class { is_nameless: true, ..class() }];
    roster.apply(Page { classes, entries: vec![entry(1), Entry { class: 1, ..entry(2) }], ..page([]) });
    let told = |roster: &Roster| [1, 2, 3].map(|id| roster.is_nameless(TicketHash::of(TicketId(id))));
    assert_eq!(told(&roster), [Some(false), Some(true), None]);
    let mut kept = Roster::default();
    for page in roster.pages(1) {
        kept.apply(Page::decode(&page.encode()).unwrap());
    }
    assert_eq!(told(&kept), [Some(false), Some(true), None], "also once the phone was switched off");
    roster.apply(page([2]));
    assert_eq!(told(&roster), [Some(false), Some(false), None]);
}

#[test]
fn a_card_says_all_of_a_person_whatever_is_empty_at_its_end() {
    let told = Person {
        name: "Trường Tiểu học Mỹ Trà".into(),
        organisation: Some("\0".into()),
        people: Some(0),
        attention: Some(String::new()),
        answers: vec![CardAnswer {
            question_vi: "Cỡ áo".into(),
            answer_vi: "L".into(),
            question_en: "Size".into(),
            answer_en: String::new(),
        }],
        asks: vec![String::new()],
    };
    let nothing = Person { name: told.name.clone(), ..Person::default() };
    let organised = Person { asks: vec![], answers: vec![], ..told.clone() };
    for person in [Person::default(), nothing, organised, told] {
        assert_eq!(open(&seal(&person, &code(1)).unwrap(), &code(1)), Some(person));
    }
}

#[test]
fn an_entry_brings_where_its_ticket_was_let_in() {
    let mut page = page([1, 2]);
    let left = EnteredBy { left: Some(90_000), ..by(7, 60_000) };
    let elsewhere = EnteredBy { device: "Máy 4".into(), ..by(8, 50_000) };
    page.entries[1].entered = [(INSIDE, left), (ROOM, elsewhere)].into_iter().map(|(place, by)| page.shorten(place, by).unwrap()).collect();
    let mut roster = Roster::default();
    roster.apply(Page::decode(&page.encode()).unwrap());
    let at = |roster: &Roster, place, id| {
        let place = Checkpoint { shares: Some(place), ..gate() };
        let admission = roster.admission(&place, &[], TicketHash::of(TicketId(id)))?;
        Some((admission.scan_id.0.as_u128(), admission.device, admission.at.timestamp(), admission.left_at.map(|left| left.timestamp())))
    };
    assert_eq!([at(&roster, INSIDE, 1), at(&roster, ROOM, 1)], [None, None]);
    assert_eq!(at(&roster, INSIDE, 2), Some((7, "Máy 3".into(), 60, Some(90))));
    assert_eq!(at(&roster, ROOM, 2), Some((8, "Máy 4".into(), 50, None)));
    roster.apply(self::page([2]));
    assert!(at(&roster, INSIDE, 2).is_some(), "an entry that tells of no admission undoes none");
    let unknown = page.entries[1].entered.clone();
    roster.apply(Page { entries: vec![Entry { entered: unknown, ..entry(1) }], ..self::page([]) });
    assert_eq!(at(&roster, INSIDE, 1), None, "a place that the page does not hold is none");
}

#[test]
fn what_is_heard_last_of_a_ticket_holds() {
    let mut roster = Roster::default();
    roster.apply(page([1, 2]));
    assert_eq!(verdict(&roster, 1), Verdict::Admit);
    let short = ShortCode::from_random(77);
    let changed = Entry { short: ShortHash::of(&short), ..entry(1) };
    roster.apply(Page { classes: vec![Class { reissue: 1, ..class() }], entries: vec![changed], ..page([]) });
    assert_eq!(verdict(&roster, 1), Verdict::Stopped { reason: super::super::Stop::Reissued });
    assert_eq!(roster.by_short_code(&short), Some(TicketHash::of(TicketId(1))));
    assert_eq!(roster.by_short_code(&ShortCode::from_random(1)), None, "the old short code leads nowhere");
    roster.apply(Page { gone: vec![TicketHash::of(TicketId(2))], ..Page::default() });
    assert_eq!((verdict(&roster, 2), roster.len()), (Verdict::AdmitUnconfirmed, 1));
    roster.apply(Page { is_fresh: true, ..page([3]) });
    assert_eq!((verdict(&roster, 1), verdict(&roster, 3)), (Verdict::AdmitUnconfirmed, Verdict::Admit));
}

#[test]
fn who_was_let_in_here_is_in_and_elsewhere_is_not() {
    let mut roster = Roster::default();
    roster.apply(page([1]));
    let hash = TicketHash::of(TicketId(1));
    roster.enter(ROOM, hash, by(1, 0));
    assert_eq!(verdict(&roster, 1), Verdict::Admit);
    roster.enter(INSIDE, hash, by(2, 60_000));
    roster.enter(INSIDE, hash, by(3, 30_000));
    let Verdict::AlreadyIn(admission) = verdict(&roster, 1) else { panic!("not in") };
    assert_eq!((admission.scan_id, admission.at.timestamp_millis()), (by(2, 0).scan_id, 60_000));
    roster.undo(INSIDE, hash, by(3, 0).scan_id);
    assert!(matches!(verdict(&roster, 1), Verdict::AlreadyIn(_)), "another scan let the person in");
    roster.undo(INSIDE, hash, by(2, 0).scan_id);
    assert_eq!(verdict(&roster, 1), Verdict::Admit);
}

#[test]
fn the_server_says_who_is_in_and_whose_entry_was_undone() {
    let mut roster = Roster::default();
    roster.apply(page([1]));
    let ticket = TicketHash::of(TicketId(1));
    let mut entered = Page::default();
    entered.entered = entered.shorten(INSIDE, by(9, 0)).map(|entered| (ticket, entered)).into_iter().collect();
    roster.apply(entered);
    assert!(matches!(verdict(&roster, 1), Verdict::AlreadyIn(_)));
    let door = Checkpoint { id: CheckpointId(ROOM.0), ..gate() };
    assert_eq!((roster.admitted(&gate()), roster.admitted(&door)), (1, 0));
    roster.apply(Page { undone: vec![(ticket, ROOM)], ..Page::default() });
    assert!(matches!(verdict(&roster, 1), Verdict::AlreadyIn(_)), "that was elsewhere");
    roster.apply(Page { undone: vec![(ticket, INSIDE)], ..Page::default() });
    assert_eq!(verdict(&roster, 1), Verdict::Admit);
}

#[test]
fn a_scan_tells_whom_it_let_in_until_it_is_undone() {
    let mut roster = Roster::default();
    let [first, second] = [1, 2].map(|id| TicketHash::of(TicketId(id)));
    roster.enter(INSIDE, first, by(9, 0));
    roster.enter(ROOM, second, by(8, 0));
    let let_in = |roster: &Roster, scan| roster.let_in_by(INSIDE, ScanId(Uuid::from_u128(scan)));
    assert_eq!((let_in(&roster, 9), let_in(&roster, 8), let_in(&roster, 7)), (Some(first), None, None));
    // Of two scans the first let the ticket in.
    roster.enter(INSIDE, first, by(7, 1));
    assert_eq!(let_in(&roster, 7), None);
    roster.undo(INSIDE, first, ScanId(Uuid::from_u128(9)));
    assert_eq!(let_in(&roster, 9), None);
}

#[test]
fn gates_of_one_entrance_let_a_ticket_in_once_and_count_each_its_own() {
    let [first, second, elsewhere] = [10, 11, 12].map(|number| Checkpoint {
        id: CheckpointId(Uuid::from_u128(number)),
        name_vi: format!("Cổng {number}"),
        shares: (number < 12).then_some(INSIDE),
        ..gate()
    });
    let places = [first.clone(), second.clone(), elsewhere.clone()];
    let mut roster = Roster::default();
    roster.apply(page([1, 2]));
    let [one, two] = [1, 2].map(|id| TicketHash::of(TicketId(id)));
    roster.enter(first.entrance(), one, EnteredBy { checkpoint: first.id, ..by(1, 0) });
    roster.enter(second.entrance(), two, EnteredBy { checkpoint: second.id, ..by(2, 0) });
    roster.enter(second.entrance(), one, EnteredBy { checkpoint: second.id, ..by(3, 9) });
    let seen = |place: &Checkpoint| {
        roster.admission(place, &places, one).map(|admission| (admission.scan_id, admission.checkpoint, admission.checkpoint_vi))
    };
    let at_first = Some((by(1, 0).scan_id, Some(first.id), "Cổng 10".to_owned()));
    assert_eq!((seen(&first), seen(&second), seen(&elsewhere)), (at_first.clone(), at_first, None));
    assert_eq!(places.each_ref().map(|place| roster.admitted(place)), [1, 1, 0]);
    roster.undo(second.entrance(), one, by(1, 0).scan_id);
    assert_eq!(roster.admission(&first, &places, one), None, "undone at whichever gate");
}

#[test]
fn a_page_names_the_sessions_of_its_seats_by_their_places_in_it() {
    let session = |number| SessionId(Uuid::from_u128(number));
    let seated = |id, sessions: &[u128], seats: &[u16]| Page {
        sessions: sessions.iter().copied().map(session).collect(),
        entries: vec![Entry { seats: seats.to_vec(), ..entry(id) }],
        ..page([])
    };
    let mut roster = Roster::default();
    roster.apply(seated(1, &[5, 6], &[0, 1]));
    roster.apply(seated(2, &[7, 6], &[0, 1, 9]));
    let seats = |roster: &Roster, id| roster.known(&gate(), &[], vec![], Some(TicketHash::of(TicketId(id)))).record.unwrap().seats;
    assert_eq!(seats(&roster, 1), [session(5), session(6)]);
    assert_eq!(seats(&roster, 2), [session(7), session(6)], "a place that the page does not hold is no seat");
    let mut kept = Roster::default();
    for page in roster.pages(1) {
        kept.apply(Page::decode(&page.encode()).unwrap());
    }
    assert_eq!((seats(&kept, 1), seats(&kept, 2)), (seats(&roster, 1), seats(&roster, 2)));
}

#[test]
fn who_leaves_may_come_in_again_but_not_who_came_in_after() {
    let mut roster = Roster::default();
    roster.apply(page([1]));
    let (hash, at) = (TicketHash::of(TicketId(1)), |at| DateTime::<Utc>::from_timestamp_millis(at));
    let left = |roster: &Roster| roster.admission(&gate(), &[], hash).unwrap().left_at;
    roster.enter(INSIDE, hash, by(1, 100));
    roster.leave([ROOM, INSIDE], hash, 99);
    assert_eq!(left(&roster), None, "that was before");
    roster.leave([ROOM, INSIDE], hash, 200);
    roster.leave([INSIDE], hash, 150);
    assert_eq!(left(&roster), at(200), "the last of two");
    roster.enter(INSIDE, hash, by(2, 199));
    assert_eq!(left(&roster), at(200));
    roster.enter(INSIDE, hash, by(2, 200));
    assert_eq!(left(&roster), None);
    assert_eq!(roster.admission(&gate(), &[], hash).unwrap().scan_id, by(1, 100).scan_id, "the first entry stays the admission");
}

proptest! {
    #[test]
    fn a_roster_survives_being_kept(ids in prop::collection::btree_set(0u64..60, 0..40), inside in prop::collection::btree_set(0u64..60, 0..20), size in 1usize..9) {
        let mut roster = Roster::default();
        roster.apply(page(ids));
        for id in inside {
            roster.enter(INSIDE, TicketHash::of(TicketId(id)), by(id.into(), 5));
        }
        let mut kept = Roster::default();
        kept.apply(page([1_000]));
        for page in roster.pages(size) {
            kept.apply(Page::decode(&page.encode()).unwrap());
        }
        prop_assert_eq!(kept.len(), roster.len());
        prop_assert_eq!(kept.admitted(&gate()), roster.admitted(&gate()));
        for id in (0..60).chain([1_000]) {
            prop_assert_eq!(verdict(&kept, id), verdict(&roster, id));
            prop_assert_eq!(kept.card(TicketHash::of(TicketId(id)), &code(id)), roster.card(TicketHash::of(TicketId(id)), &code(id)));
        }
    }

    /// Also of a phone whose clock is far off, and of ids that begin with no time.
    #[test]
    fn a_page_tells_an_admission_as_it_is(id in any::<u128>(), at in any::<i64>(), left in any::<Option<i64>>(), epoch in any::<i64>()) {
        let mut page = Page::default();
        page.shorten(ROOM, by(0, epoch)).unwrap();
        let told = EnteredBy { at, left, ..by(id, 0) };
        let entered = page.shorten(INSIDE, told.clone()).unwrap();
        prop_assert_eq!(page.admission(&entered), Some((INSIDE, told)));
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Page::decode(&[&[page::FORMAT], bytes.as_slice()].concat());
        prop_assert_eq!(open(&bytes, &code(1)), None);
    }
}
