//! What the phone can tell of a code alone, by the list that it holds: the same rule as on the server, over a list that
//! may lag.

use domain::{
    checkin::{
        Area, Card, Checkpoint, Direction, Presented, Scan, Session, Verdict, Watch, decide,
        roster::{EnteredBy, Roster, TicketHash},
    },
    ids::ScanId,
    ticket::{self, Reading, Ticket},
};
use uuid::Uuid;

use super::instant;

/// The verdict of the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub ticket: TicketHash,
    pub verdict: Verdict,
    /// Who it is, if the list holds the ticket and its code was held up.
    pub card: Option<Card>,
}

/// The ticket that a code names: by its signature, or by the list for a short code or a badge.
pub(crate) fn named(roster: &Roster, text: &str, signed: Option<Ticket>) -> Option<TicketHash> {
    match (signed, ticket::recognise(text)) {
        (Some(ticket), _) => Some(TicketHash::of(ticket.id)),
        (None, Reading::Short(code)) => roster.by_short_code(&code),
        (None, Reading::Badge(code)) => roster.by_badge(&code),
        (None, _) => None,
    }
}

/// Whether nobody has written down, as far as the phone knows, who holds the spare ticket that a code names: whoever comes in
/// by it is asked for the name. A ticket that the list does not hold yet tells by its own signed text that it is a spare one.
pub(crate) fn is_nameless(roster: &Roster, ticket: Option<TicketHash>, signed: Option<Ticket>) -> bool {
    let listed = ticket.and_then(|ticket| roster.is_nameless(ticket));
    listed.unwrap_or_else(|| signed.is_some_and(|ticket| ticket.is_spare))
}

/// Where a code is held up, and on which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand<'a> {
    pub place: &'a Checkpoint,
    /// All that there are.
    pub places: &'a [Checkpoint],
    /// The sessions that people take seats in.
    pub sessions: &'a [Session],
    pub direction: Direction,
}

/// Judges a code at this place. `None`: only the server can, as for a short code or a badge that the list does not hold.
pub(crate) fn look(roster: &Roster, stand: &Stand<'_>, text: &str, signed: Option<Ticket>, id: ScanId, at: i64) -> Option<Look> {
    let Stand { place, places, sessions, direction } = *stand;
    let ticket = named(roster, text, signed)?;
    let presented = match (signed, ticket::recognise(text)) {
        (Some(ticket), _) => Presented::Signed(ticket),
        // The list holds the badges that are valid.
        (None, Reading::Badge(_)) => Presented::Badge { stopped: false },
        (None, _) => Presented::Short,
    };
    let mut known = roster.known(place, places, sessions.to_vec(), Some(ticket));
    let verdict = decide(&known, &Scan { id, presented, direction, at: instant(at), let_in: false });
    // Let in before its ticket was in the list: in all the same.
    let verdict = match (verdict, roster.admission(place, places, ticket)) {
        (Verdict::AdmitUnconfirmed, Some(admission)) if admission.left_at.is_some_and(|left| left <= instant(at)) => Verdict::Readmit,
        (Verdict::AdmitUnconfirmed, Some(admission)) => Verdict::AlreadyIn(admission),
        (verdict, _) => verdict,
    };
    let card = known.record.take().and_then(|_| roster.card(ticket, text));
    Some(Look { ticket, verdict, card })
}

/// The checkpoint that a code is scanned at, where the phone is set to `watch`: at the door of a room that can be of one of two sessions.
/// `None`: at the one that is shown, as nothing more is known of the ticket, or it is going out.
pub(crate) fn place_for(
    roster: &Roster,
    stand: &Stand<'_>,
    watch: Watch,
    text: &str,
    signed: Option<Ticket>,
    at: i64,
) -> Option<Checkpoint> {
    let ticket = named(roster, text, signed).filter(|_| stand.direction == Direction::Entry)?;
    let seats = roster.known(stand.place, stand.places, Vec::new(), Some(ticket)).record?.seats;
    let verdict = |place: &Checkpoint| {
        let look = look(roster, &Stand { place, ..*stand }, text, signed, ScanId(Uuid::nil()), at);
        look.map_or(Verdict::AdmitUnconfirmed, |look| look.verdict)
    };
    watch.for_ticket(stand.places, instant(at), &seats, verdict).cloned()
}

/// Remembers what a verdict, the phone's or the server's, says of a ticket at this place: `places` are all that there are.
pub(crate) fn learn(
    roster: &mut Roster,
    (place, places): (&Checkpoint, &[Checkpoint]),
    ticket: TicketHash,
    id: ScanId,
    verdict: &Verdict,
    device: &str,
    at: i64,
) {
    let area = place.area();
    let same_area = || places.iter().filter(|other| area.is_some() && other.area() == area).map(Checkpoint::entrance);
    match verdict {
        Verdict::Admit | Verdict::AdmitUnconfirmed | Verdict::Readmit => {
            if area == Some(Area::Rooms) {
                roster.leave(same_area().filter(|other| *other != place.entrance()), ticket, at);
            }
            let by = EnteredBy { scan_id: id, checkpoint: place.id, device: device.to_owned(), at, left: None };
            roster.enter(place.entrance(), ticket, by);
        }
        Verdict::AlreadyIn(admission) => roster.enter(
            place.entrance(),
            ticket,
            EnteredBy {
                scan_id: admission.scan_id,
                checkpoint: admission.checkpoint.unwrap_or(place.id),
                device: admission.device.clone(),
                at: admission.at.timestamp_millis(),
                left: None,
            },
        ),
        // The phone let in who should not have come in.
        Verdict::Stopped { .. } | Verdict::WrongPlace { .. } | Verdict::NotYetOpen { .. } | Verdict::NotATicket => {
            roster.undo(place.entrance(), ticket, id);
        }
        Verdict::Exit => roster.leave(same_area(), ticket, at),
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        checkin::{
            CheckpointKind, Door, Mismatch, Standing, Stop,
            roster::{Audience, BadgeHash, Class, Entry, Page, Person, ShortHash, seal},
        },
        ids::{CheckpointId, EntranceId, RoomId, SessionId},
        registration::AudienceKind,
        ticket::{BadgeCode, ShortCode, TicketId},
    };
    use ed25519_dalek::SigningKey;

    use super::*;

    fn ticket(id: u64) -> Ticket {
        Ticket { key_id: 0, year: 2027, audience: AudienceKind::Citizen, reissue: 1, is_spare: false, id: TicketId(id) }
    }

    fn code(id: u64) -> String {
        ticket(id).sign(&SigningKey::from_bytes(&[7; 32]))
    }

    fn gate(number: u128) -> Checkpoint {
        Checkpoint {
            id: CheckpointId(Uuid::from_u128(number)),
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

    fn entry_at(place: &Checkpoint) -> Stand<'_> {
        Stand { place, places: &[], sessions: &[], direction: Direction::Entry }
    }

    fn scan(number: u128) -> ScanId {
        ScanId(Uuid::from_u128(number))
    }

    /// A list of the tickets 1 and 2, of which 2 is cancelled.
    fn roster() -> Roster {
        let entry = |id: u64| Entry {
            ticket: TicketHash::of(TicketId(id)),
            short: ShortHash::of(&ShortCode::from_random(id)),
            badge: Some(BadgeHash::of(&BadgeCode::from_random(id.into()))),
            class: u16::from(id == 2),
            merged_into: None,
            seats: vec![],
            entered: vec![],
            card: seal(&Person { name: "Nguyễn Thị Hạnh".into(), ..Person::default() }, &code(id)).unwrap(),
        };
        let classes = [Standing::Valid, Standing::Cancelled].map(|standing| Class { standing, ..class() });
        let mut roster = Roster::default();
        roster.apply(Page { classes: classes.into(), entries: vec![entry(1), entry(2)], ..Page::default() });
        roster
    }

    fn class() -> Class {
        let audience = Audience { kind: AudienceKind::Citizen, name_vi: "Người dân".into(), name_en: "Citizen".into() };
        Class { audience, reissue: 1, standing: Standing::Valid, is_nameless: false }
    }

    fn looked(roster: &Roster, id: u64) -> Look {
        look(roster, &entry_at(&gate(1)), &code(id), Some(ticket(id)), scan(9), 120_000).unwrap()
    }

    #[test]
    fn the_list_says_who_it_is_and_whether_the_person_may_come_in() {
        let look = looked(&roster(), 1);
        assert_eq!((look.verdict, look.card.unwrap().name.as_str()), (Verdict::Admit, "Nguyễn Thị Hạnh"));
        assert_eq!(looked(&roster(), 2).verdict, Verdict::Stopped { reason: Stop::Cancelled });
    }

    #[test]
    fn a_true_ticket_that_is_not_in_the_list_is_let_in_once_to_be_confirmed() {
        let mut roster = roster();
        let look = looked(&roster, 3);
        assert_eq!((look.verdict.clone(), look.card), (Verdict::AdmitUnconfirmed, None));
        learn(&mut roster, (&gate(1), &[]), look.ticket, scan(1), &look.verdict, "Máy 3", 60_000);
        let Verdict::AlreadyIn(admission) = looked(&roster, 3).verdict else { panic!("not in") };
        assert_eq!((admission.at, admission.device.as_str()), (instant(60_000), "Máy 3"));
    }

    #[test]
    fn a_badge_is_judged_by_the_list_and_let_in_anywhere_but_at_a_gate() {
        let at = |kind, id: u128| {
            look(&roster(), &entry_at(&Checkpoint { kind, ..gate(1) }), BadgeCode::from_random(id).as_str(), None, scan(9), 0)
                .map(|look| look.verdict)
        };
        assert_eq!(at(CheckpointKind::Session, 1), Some(Verdict::Admit));
        assert_eq!(at(CheckpointKind::Gate, 1), Some(Verdict::WrongPlace { mismatch: Mismatch::Badge }));
        assert_eq!(at(CheckpointKind::Session, 2), Some(Verdict::Stopped { reason: Stop::Cancelled }));
        assert_eq!(at(CheckpointKind::Session, 3), None, "it may be younger than the list, or stopped");
    }

    #[test]
    fn a_short_code_is_judged_by_the_list_and_names_nobody() {
        let short = |id| look(&roster(), &entry_at(&gate(1)), ShortCode::from_random(id).as_str(), None, scan(9), 0);
        let found = short(1).unwrap();
        assert_eq!((found.verdict, found.card), (Verdict::Admit, None));
        assert_eq!(short(3), None, "it may be of a ticket that is younger than the list");
    }

    #[test]
    fn a_typed_code_of_a_spare_ticket_asks_for_the_name_until_one_is_written_down() {
        let spare = Entry {
            ticket: TicketHash::of(TicketId(5)),
            short: ShortHash::of(&ShortCode::from_random(5)),
            badge: None,
            class: 0,
            merged_into: None,
            seats: vec![],
            entered: vec![],
            card: Vec::new(),
        };
        let mut roster = roster();
        let heard = |roster: &mut Roster, is_nameless| {
            let class = Class { reissue: 0, is_nameless, ..class() };
            roster.apply(Page { classes: vec![class], entries: vec![spare.clone()], ..Page::default() });
        };
        heard(&mut roster, true);
        let asks = |roster: &Roster, text: &str, signed| is_nameless(roster, named(roster, text, signed), signed);
        let typed = ShortCode::from_random(5);
        assert!(asks(&roster, typed.as_str(), None));
        assert!(!asks(&roster, ShortCode::from_random(1).as_str(), None), "it is no spare ticket");
        assert!(!asks(&roster, ShortCode::from_random(3).as_str(), None), "nothing is known of it");
        let signed = |id| Some(Ticket { is_spare: true, ..ticket(id) });
        assert!(asks(&roster, "", signed(5)) && asks(&roster, "", signed(6)), "6 is younger than the list");
        heard(&mut roster, false);
        assert!(!asks(&roster, typed.as_str(), None) && !asks(&roster, "", signed(5)));
    }

    #[test]
    fn who_was_let_in_elsewhere_is_not_in_here() {
        let mut roster = roster();
        learn(&mut roster, (&gate(2), &[]), TicketHash::of(TicketId(1)), scan(1), &Verdict::Admit, "Máy 3", 0);
        assert_eq!(looked(&roster, 1).verdict, Verdict::Admit);
    }

    #[test]
    fn who_was_let_in_at_another_gate_of_this_entrance_is_in_and_the_gate_is_named() {
        let entrance = EntranceId(Uuid::from_u128(50));
        let [here, there] = [("Cổng 1", 1), ("Cổng 2", 2)].map(|(name, number)| {
            let shares = Some(entrance);
            Checkpoint { name_vi: name.into(), shares, ..gate(number) }
        });
        let places = [here.clone(), there.clone()];
        let at_gate = |roster: &Roster, place: &Checkpoint| {
            let stand = Stand { places: &places, ..entry_at(place) };
            let found = look(roster, &stand, &code(1), Some(ticket(1)), scan(9), 120_000).unwrap();
            match found.verdict {
                Verdict::AlreadyIn(admission) => admission.checkpoint_vi,
                verdict => verdict.key().to_owned(),
            }
        };
        let mut roster = roster();
        learn(&mut roster, (&there, &places), TicketHash::of(TicketId(1)), scan(1), &Verdict::Admit, "Máy 3", 0);
        assert_eq!((at_gate(&roster, &here), at_gate(&roster, &there)), ("Cổng 2".to_owned(), "Cổng 2".to_owned()));
        assert_eq!(at_gate(&roster, &gate(3)), "admit");
        // What the server told of it at this gate, the phone remembers as of that one.
        let told = Verdict::AlreadyIn(roster.admission(&here, &places, TicketHash::of(TicketId(1))).unwrap());
        let mut other = self::roster();
        learn(&mut other, (&here, &places), TicketHash::of(TicketId(1)), scan(2), &told, "Máy 5", 0);
        assert_eq!((other.admitted(&here), other.admitted(&there)), (0, 1));
        assert_eq!(at_gate(&other, &here), "Cổng 2");
    }

    #[test]
    fn whom_the_server_refuses_after_all_is_not_in() {
        let mut roster = roster();
        let hash = TicketHash::of(TicketId(3));
        learn(&mut roster, (&gate(1), &[]), hash, scan(1), &Verdict::AdmitUnconfirmed, "Máy 3", 0);
        learn(&mut roster, (&gate(1), &[]), hash, scan(1), &Verdict::Stopped { reason: Stop::Removed }, "Máy 3", 0);
        assert_eq!(looked(&roster, 3).verdict, Verdict::AdmitUnconfirmed);
    }

    #[test]
    fn at_a_room_s_door_a_ticket_is_scanned_for_the_session_of_its_seat() {
        let room = RoomId(Uuid::from_u128(7));
        let [runs, next] = [(1_u128, 120), (2, 180)].map(|(number, starts): (u128, i64)| {
            let minute = |minutes: i64| instant(minutes * 60_000);
            let session = Session {
                id: SessionId(Uuid::from_u128(number)),
                title_vi: String::new(),
                title_en: String::new(),
                room,
                room_vi: String::new(),
                room_en: String::new(),
                starts_at: minute(starts),
                ends_at: minute(starts + 60),
            };
            Checkpoint {
                kind: CheckpointKind::Session,
                opens_at: Some(minute(starts - 30)),
                closes_at: Some(minute(starts + 60)),
                door: Some(Door { session, needs_seat: true, opens_to_all_at: None, size: None }),
                ..gate(number)
            }
        });
        let places = [runs.clone(), next.clone()];
        let entry = |id: u64, seats| Entry {
            ticket: TicketHash::of(TicketId(id)),
            short: ShortHash::of(&ShortCode::from_random(id)),
            badge: None,
            class: 0,
            merged_into: None,
            seats,
            entered: vec![],
            card: Vec::new(),
        };
        let mut roster = roster();
        let sessions = vec![SessionId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2))];
        roster.apply(Page {
            classes: vec![class()],
            sessions,
            entries: vec![entry(5, vec![0]), entry(6, vec![1]), entry(7, vec![0, 1])],
            ..Page::default()
        });
        let scanned_at = |id: u64, direction| {
            let stand = Stand { place: &next, places: &places, sessions: &[], direction };
            let place = place_for(&roster, &stand, Watch::Room(room), &code(id), Some(ticket(id)), 160 * 60_000);
            place.map(|place| place.id.0.as_u128())
        };
        // Who has both comes to the one that runs first.
        assert_eq!([5, 6, 7].map(|id| scanned_at(id, Direction::Entry)), [Some(1), Some(2), Some(1)]);
        assert_eq!(scanned_at(9, Direction::Entry), None, "it is not in the list");
        assert_eq!(scanned_at(5, Direction::Exit), None);
    }

    #[test]
    fn with_no_network_too_an_exit_lets_in_again_and_another_room_counts_out_of_the_first() {
        let mut roster = roster();
        let exits = Checkpoint { counts_exits: true, ..gate(1) };
        let rooms = [2, 3].map(|number| Checkpoint { kind: CheckpointKind::Session, ..gate(number) });
        let places = [exits.clone(), rooms[0].clone(), rooms[1].clone()];
        let mut step = |place: &Checkpoint, direction, minute: u32| {
            let at = i64::from(minute) * 60_000;
            let stand = Stand { place, places: &places, sessions: &[], direction };
            let found = look(&roster, &stand, &code(1), Some(ticket(1)), scan(minute.into()), at).unwrap();
            learn(&mut roster, (place, &places), found.ticket, scan(minute.into()), &found.verdict, "Máy 3", at);
            found.verdict.key()
        };
        assert_eq!(step(&exits, Direction::Entry, 1), "admit");
        assert_eq!(step(&exits, Direction::Entry, 2), "already_in");
        assert_eq!(step(&exits, Direction::Exit, 3), "exit");
        assert_eq!(step(&exits, Direction::Entry, 4), "readmit");
        assert_eq!(step(&rooms[0], Direction::Entry, 5), "admit");
        assert_eq!(step(&rooms[0], Direction::Entry, 6), "already_in");
        assert_eq!(step(&rooms[1], Direction::Entry, 7), "admit");
        assert_eq!(step(&rooms[0], Direction::Entry, 8), "readmit");
        assert_eq!(step(&exits, Direction::Entry, 9), "already_in", "rooms are within the grounds");
    }
}
