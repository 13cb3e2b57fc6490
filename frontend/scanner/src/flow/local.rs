//! What the phone can tell of a code alone, by the list that it holds: the same rule as on the server, over a list that
//! may lag.

use domain::{
    checkin::{
        Card, Checkpoint, Direction, Presented, Scan, Verdict, decide,
        roster::{EnteredBy, Roster, TicketHash},
    },
    ids::ScanId,
    ticket::{self, Reading, Ticket},
};

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

/// Judges a code at this place. `None`: only the server can, as for a short code or a badge that the list does not hold.
pub(crate) fn look(roster: &Roster, place: &Checkpoint, text: &str, signed: Option<Ticket>, id: ScanId, at: i64) -> Option<Look> {
    let ticket = named(roster, text, signed)?;
    let presented = match (signed, ticket::recognise(text)) {
        (Some(ticket), _) => Presented::Signed(ticket),
        // The list holds the badges that are valid.
        (None, Reading::Badge(_)) => Presented::Badge { stopped: false },
        (None, _) => Presented::Short,
    };
    let mut known = roster.known(place, Some(ticket));
    let verdict = decide(&known, &Scan { id, presented, direction: Direction::Entry, at: instant(at), let_in: false });
    // Let in before its ticket was in the list: in all the same.
    let verdict = match (verdict, roster.admission(place, ticket)) {
        (Verdict::AdmitUnconfirmed, Some(admission)) => Verdict::AlreadyIn(admission),
        (verdict, _) => verdict,
    };
    let card = known.record.take().and_then(|_| roster.card(ticket, text));
    Some(Look { ticket, verdict, card })
}

/// Remembers what a verdict, the phone's or the server's, says of a ticket at this place.
pub(crate) fn learn(roster: &mut Roster, place: &Checkpoint, ticket: TicketHash, id: ScanId, verdict: &Verdict, device: &str, at: i64) {
    match verdict {
        Verdict::Admit | Verdict::AdmitUnconfirmed => {
            roster.enter(place.id, ticket, EnteredBy { scan_id: id, device: device.to_owned(), at });
        }
        Verdict::AlreadyIn(admission) => roster.enter(
            place.id,
            ticket,
            EnteredBy { scan_id: admission.scan_id, device: admission.device.clone(), at: admission.at.timestamp_millis() },
        ),
        // The phone let in who should not have come in.
        Verdict::Stopped { .. } | Verdict::WrongPlace { .. } | Verdict::NotYetOpen { .. } | Verdict::NotATicket => {
            roster.undo(place.id, ticket, id);
        }
        Verdict::Exit => {}
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        checkin::{
            CheckpointKind, Mismatch, Standing, Stop,
            roster::{Audience, BadgeHash, Entry, Page, Person, ShortHash, seal},
        },
        ids::CheckpointId,
        registration::AudienceKind,
        ticket::{BadgeCode, ShortCode, TicketId},
    };
    use ed25519_dalek::SigningKey;
    use uuid::Uuid;

    use super::*;

    fn ticket(id: u64) -> Ticket {
        Ticket { key_id: 0, year: 2027, audience: AudienceKind::Citizen, reissue: 1, id: TicketId(id) }
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
        }
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
            audience: 0,
            reissue: 1,
            standing: if id == 2 { Standing::Cancelled } else { Standing::Valid },
            merged_into: None,
            card: seal(&Person { name: "Nguyễn Thị Hạnh".into(), organisation: None, attention: None }, &code(id)).unwrap(),
        };
        let audience = Audience { kind: AudienceKind::Citizen, name_vi: "Người dân".into(), name_en: "Citizen".into() };
        let mut roster = Roster::default();
        roster.apply(Page { audiences: vec![audience], entries: vec![entry(1), entry(2)], ..Page::default() });
        roster
    }

    fn looked(roster: &Roster, id: u64) -> Look {
        look(roster, &gate(1), &code(id), Some(ticket(id)), scan(9), 120_000).unwrap()
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
        learn(&mut roster, &gate(1), look.ticket, scan(1), &look.verdict, "Máy 3", 60_000);
        let Verdict::AlreadyIn(admission) = looked(&roster, 3).verdict else { panic!("not in") };
        assert_eq!((admission.at, admission.device.as_str()), (instant(60_000), "Máy 3"));
    }

    #[test]
    fn a_badge_is_judged_by_the_list_and_let_in_anywhere_but_at_a_gate() {
        let at = |kind, id: u128| {
            look(&roster(), &Checkpoint { kind, ..gate(1) }, BadgeCode::from_random(id).as_str(), None, scan(9), 0).map(|look| look.verdict)
        };
        assert_eq!(at(CheckpointKind::Session, 1), Some(Verdict::Admit));
        assert_eq!(at(CheckpointKind::Gate, 1), Some(Verdict::WrongPlace { mismatch: Mismatch::Badge }));
        assert_eq!(at(CheckpointKind::Session, 2), Some(Verdict::Stopped { reason: Stop::Cancelled }));
        assert_eq!(at(CheckpointKind::Session, 3), None, "it may be younger than the list, or stopped");
    }

    #[test]
    fn a_short_code_is_judged_by_the_list_and_names_nobody() {
        let short = |id| look(&roster(), &gate(1), ShortCode::from_random(id).as_str(), None, scan(9), 0);
        let found = short(1).unwrap();
        assert_eq!((found.verdict, found.card), (Verdict::Admit, None));
        assert_eq!(short(3), None, "it may be of a ticket that is younger than the list");
    }

    #[test]
    fn who_was_let_in_elsewhere_is_not_in_here() {
        let mut roster = roster();
        learn(&mut roster, &gate(2), TicketHash::of(TicketId(1)), scan(1), &Verdict::Admit, "Máy 3", 0);
        assert_eq!(looked(&roster, 1).verdict, Verdict::Admit);
    }

    #[test]
    fn whom_the_server_refuses_after_all_is_not_in() {
        let mut roster = roster();
        let hash = TicketHash::of(TicketId(3));
        learn(&mut roster, &gate(1), hash, scan(1), &Verdict::AdmitUnconfirmed, "Máy 3", 0);
        learn(&mut roster, &gate(1), hash, scan(1), &Verdict::Stopped { reason: Stop::Removed }, "Máy 3", 0);
        assert_eq!(looked(&roster, 3).verdict, Verdict::AdmitUnconfirmed);
    }
}
