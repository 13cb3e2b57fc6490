//! How many people were let in, and are in the rooms, as far as this phone knows.
//!
//! The server tells it now and then. Whom this phone has let in and out since is counted on top, by the scan. A scan that the
//! server may have counted already is left out: the number is rather too low than anybody in it twice.

use std::collections::HashMap;

use domain::{
    checkin::{
        Area, Checkpoint, Count, Shift,
        roster::{Roster, TicketHash},
    },
    ids::{CheckpointId, ScanId},
};

/// People by a place: who were let in there, and who are in there, if it is a room. Of what has changed, below zero those who were
/// not let in after all, and who went out.
type People = [i64; 2];

/// What this phone has seen since the server told how many are in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inside {
    /// Scans and undoings that were made since, with what has changed by each.
    since: HashMap<ScanId, Vec<(CheckpointId, People)>>,
    /// How many come by a ticket, where its card has told that.
    people: HashMap<TicketHash, i64>,
}

impl Inside {
    /// A scan or an undoing is made: what the server has told so far does not know of it.
    pub fn begin(&mut self, fact: ScanId) {
        self.since.entry(fact).or_default();
    }

    /// So many people come by this ticket. One whose number was never told counts as one person.
    pub fn comes(&mut self, ticket: TicketHash, people: Option<u16>) {
        if let Some(people) = people {
            self.people.insert(ticket, people.into());
        }
    }

    /// Does with the list what a fact says of a ticket, and counts who was let in, went in or out by that, once for each fact.
    pub fn count<T>(
        &mut self,
        fact: ScanId,
        ticket: TicketHash,
        (roster, places): (&mut Roster, &[Checkpoint]),
        act: impl FnOnce(&mut Roster) -> T,
    ) -> T {
        let before = by_list(roster, places, ticket);
        let done = act(roster);
        if let Some(moves) = self.since.get_mut(&fact).filter(|moves| moves.is_empty()) {
            let after = by_list(roster, places, ticket);
            let people = self.people.get(&ticket).copied().unwrap_or(1);
            let changed = places.iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after);
            moves
                .extend(changed.map(|(place, (before, after))| (place.id, [0, 1].map(|number| (after[number] - before[number]) * people))));
        }
        done
    }

    /// The server has let so many people in by a scan, of whose ticket the list may tell nothing.
    pub fn admit(&mut self, scan: ScanId, place: CheckpointId, people: Option<u16>) {
        if let Some(moves) = self.since.get_mut(&scan).filter(|moves| moves.is_empty()) {
            moves.push((place, [people.unwrap_or(1).into(), 0]));
        }
    }

    /// Nobody went in or out by this fact after all. Gives back whether it was made since the server told.
    pub fn forget(&mut self, fact: ScanId) -> bool {
        self.since.remove(&fact).is_some()
    }

    /// The server has answered, and knows of the fact: who was let in, went in or out by it is in the numbers from now on. Gives back
    /// whether those of the rooms changed, which are kept beyond the page's life.
    pub fn answered(&mut self, fact: ScanId, counts: &mut [Count]) -> bool {
        let moves = self.since.remove(&fact).unwrap_or_default();
        for (place, [admitted, inside]) in &moves {
            if let Some(count) = counts.iter_mut().find(|count| count.id == *place) {
                count.admitted += admitted;
                count.inside = count.inside.map(|told| told + inside);
            }
        }
        moves.iter().any(|(_, [_, inside])| *inside != 0)
    }

    /// The server has told anew, asked while nothing waited to be sent. Of what was made until now it does not know only what
    /// it has refused to take.
    pub fn told(&mut self, is_refused: impl Fn(ScanId) -> bool) {
        self.since.retain(|fact, _| is_refused(*fact));
    }

    /// How many are in a room of which the server has told `told`.
    pub fn now(&self, room: CheckpointId, told: i64) -> i64 {
        (told + self.since(room)[1]).max(0)
    }

    /// How many were let in at a place of which the server has told `told`.
    pub fn admitted(&self, place: CheckpointId, told: i64) -> i64 {
        told + self.since(place)[0]
    }

    fn since(&self, place: CheckpointId) -> People {
        let since = self.since.values().flatten().filter(|(at, _)| *at == place);
        since.fold([0, 0], |[admitted, inside], (_, people)| [admitted + people[0], inside + people[1]])
    }
}

/// What the server tells while scans wait may know of some of them, as their answers may be lost: how many were let in and are in
/// stays as it was told `before`, with the time of that.
pub(crate) fn carry(shift: &mut Shift, before: &Shift) {
    for count in &mut shift.counts {
        if let Some(known) = before.counts.iter().find(|known| known.id == count.id) {
            (count.admitted, count.inside) = (known.admitted, known.inside);
        }
    }
    shift.server_now = before.server_now;
}

/// Where a ticket was let in, and is in, by the list: for each of these places, as of one person.
fn by_list(roster: &Roster, places: &[Checkpoint], ticket: TicketHash) -> Vec<People> {
    let at = |place: &Checkpoint| {
        let admission = roster.admission(place, places, ticket).filter(|admission| admission.checkpoint == Some(place.id));
        let is_in = place.area() == Some(Area::Rooms) && admission.as_ref().is_some_and(|admission| admission.left_at.is_none());
        [admission.is_some().into(), is_in.into()]
    };
    places.iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use domain::{
        checkin::{CheckpointKind, Verdict},
        ticket::TicketId,
    };
    use uuid::Uuid;

    use super::*;
    use crate::flow::{instant, local, scan_id};

    const ROOMS: [CheckpointId; 2] = [CheckpointId(Uuid::from_u128(1)), CheckpointId(Uuid::from_u128(2))];
    const GATE: CheckpointId = CheckpointId(Uuid::from_u128(3));

    fn place(id: CheckpointId, kind: CheckpointKind) -> Checkpoint {
        Checkpoint {
            id,
            year: 2027,
            kind,
            name_vi: "Phòng hội thảo".into(),
            name_en: "Seminar room".into(),
            opens_at: None,
            closes_at: None,
            admits: Vec::new(),
            door: None,
            counts_exits: true,
            shares: None,
        }
    }

    /// A phone at two doors and a gate.
    struct Phone {
        inside: Inside,
        roster: Roster,
        places: [Checkpoint; 3],
    }

    impl Phone {
        fn new() -> Self {
            let [first, second] = ROOMS.map(|room| place(room, CheckpointKind::Session));
            Self { inside: Inside::default(), roster: Roster::default(), places: [first, second, place(GATE, CheckpointKind::Gate)] }
        }

        fn begin(&mut self, minute: u8) -> ScanId {
            let id = scan_id(i64::from(minute) * 60_000, [minute; 10]);
            self.inside.begin(id);
            id
        }

        /// The phone or the server has this verdict on the scan.
        fn learn(&mut self, id: ScanId, ticket: TicketHash, at: CheckpointId, minute: u8, verdict: &Verdict) {
            let place = self.places.iter().find(|place| place.id == at).unwrap().clone();
            let at = i64::from(minute) * 60_000;
            self.inside.count(id, ticket, (&mut self.roster, &self.places), |roster| {
                local::learn(roster, (&place, &self.places), ticket, id, verdict, "Máy 3", at);
            });
        }

        fn scan(&mut self, number: u64, at: CheckpointId, minute: u8, verdict: &Verdict) -> ScanId {
            let id = self.begin(minute);
            self.learn(id, ticket(number), at, minute, verdict);
            id
        }

        fn undo(&mut self, scan: ScanId, number: u64, minute: u8) {
            if !self.inside.forget(scan) {
                let id = self.begin(minute);
                let let_in = self.places.iter().map(Checkpoint::entrance).find(|at| self.roster.let_in_by(*at, scan).is_some());
                let entrance = let_in.unwrap();
                self.inside
                    .count(id, ticket(number), (&mut self.roster, &self.places), |roster| roster.undo(entrance, ticket(number), scan));
            }
        }

        fn now(&self, told: i64) -> [i64; 2] {
            ROOMS.map(|room| self.inside.now(room, told))
        }
    }

    fn count(id: CheckpointId, admitted: i64, inside: Option<i64>) -> Count {
        Count { id, name_vi: String::new(), name_en: String::new(), admitted, scans: 0, inside }
    }

    fn ticket(number: u64) -> TicketHash {
        TicketHash::of(TicketId(number))
    }

    #[test]
    fn whom_this_phone_lets_in_and_out_is_counted_on_top_of_what_the_server_told() {
        let mut phone = Phone::new();
        for number in 1..=40 {
            phone.scan(number.into(), ROOMS[0], number, &Verdict::Admit);
        }
        assert_eq!(phone.now(3), [43, 3]);
        phone.scan(1, ROOMS[0], 41, &Verdict::Exit);
        assert_eq!(phone.now(3), [42, 3]);
        phone.scan(1, ROOMS[0], 42, &Verdict::Readmit);
        assert_eq!(phone.now(3), [43, 3]);
    }

    #[test]
    fn a_group_counts_with_all_its_people_and_a_ticket_that_tells_nothing_as_one() {
        let mut phone = Phone::new();
        phone.inside.comes(ticket(1), Some(45));
        phone.inside.comes(ticket(2), None);
        phone.scan(1, ROOMS[0], 1, &Verdict::Admit);
        phone.scan(2, ROOMS[0], 2, &Verdict::AdmitUnconfirmed);
        assert_eq!(phone.now(0), [46, 0]);
        // By its badge, which tells nothing of the group.
        phone.scan(1, ROOMS[0], 3, &Verdict::Exit);
        assert_eq!(phone.now(0), [1, 0]);
    }

    #[test]
    fn the_same_scan_counts_once_however_often_it_is_answered() {
        let mut phone = Phone::new();
        let id = phone.scan(1, ROOMS[0], 1, &Verdict::AdmitUnconfirmed);
        phone.learn(id, ticket(1), ROOMS[0], 1, &Verdict::Admit);
        assert_eq!(phone.now(0), [1, 0]);
        // The list came anew without it, and what waits is entered again.
        phone.roster = Roster::default();
        phone.learn(id, ticket(1), ROOMS[0], 1, &Verdict::Admit);
        assert_eq!(phone.now(0), [1, 0]);
    }

    #[test]
    fn what_was_made_before_the_server_told_anew_is_not_counted_twice() {
        let mut phone = Phone::new();
        phone.scan(1, ROOMS[0], 1, &Verdict::Admit);
        // On its way while the server is asked: its answer comes later.
        let id = phone.begin(2);
        phone.inside.told(|_| false);
        phone.learn(id, ticket(2), ROOMS[0], 2, &Verdict::Admit);
        assert_eq!(phone.now(2), [2, 2]);
        phone.scan(3, ROOMS[0], 3, &Verdict::Admit);
        assert_eq!(phone.now(2), [3, 2]);
    }

    #[test]
    fn a_scan_that_the_server_refuses_to_take_stays_counted() {
        let mut phone = Phone::new();
        let refused = phone.scan(1, ROOMS[0], 1, &Verdict::Admit);
        phone.scan(2, ROOMS[0], 2, &Verdict::Admit);
        phone.inside.told(|fact| fact == refused);
        assert_eq!(phone.now(1), [2, 1]);
    }

    #[test]
    fn whom_the_server_turns_away_after_all_is_not_counted() {
        let mut phone = Phone::new();
        let id = phone.scan(1, ROOMS[0], 1, &Verdict::Admit);
        phone.inside.forget(id);
        phone.learn(id, ticket(1), ROOMS[0], 1, &Verdict::NotATicket);
        assert_eq!(phone.now(5), [5, 5]);
    }

    #[test]
    fn a_mistake_that_was_undone_is_taken_off_whether_the_server_had_counted_it_or_not() {
        let mut phone = Phone::new();
        let early = phone.scan(1, ROOMS[0], 1, &Verdict::Admit);
        phone.inside.told(|_| false);
        let late = phone.scan(2, ROOMS[0], 2, &Verdict::Admit);
        assert_eq!(phone.now(1), [2, 1]);
        phone.undo(late, 2, 3);
        assert_eq!(phone.now(1), [1, 1]);
        phone.undo(early, 1, 4);
        assert_eq!(phone.now(1), [0, 1]);
    }

    #[test]
    fn who_enters_another_room_has_left_the_first() {
        let mut phone = Phone::new();
        phone.scan(1, ROOMS[0], 1, &Verdict::Admit);
        phone.scan(1, ROOMS[1], 2, &Verdict::Admit);
        assert_eq!(phone.now(4), [4, 5]);
    }

    #[test]
    fn a_gate_fills_no_room_and_no_room_holds_less_than_nobody() {
        let mut phone = Phone::new();
        phone.scan(1, GATE, 1, &Verdict::Admit);
        assert_eq!((phone.now(0), phone.inside.now(GATE, 0)), ([0, 0], 0));
        phone.scan(2, ROOMS[0], 2, &Verdict::Admit);
        phone.inside.told(|_| false);
        phone.scan(2, ROOMS[0], 3, &Verdict::Exit);
        assert_eq!(phone.now(0), [0, 0]);
        assert_eq!(phone.now(1), [0, 1]);
    }

    #[test]
    fn who_was_let_in_by_this_phone_is_counted_on_top_as_well_a_group_with_all_its_people() {
        let mut phone = Phone::new();
        phone.inside.comes(ticket(1), Some(45));
        let group = phone.scan(1, GATE, 1, &Verdict::Admit);
        phone.scan(2, GATE, 2, &Verdict::AdmitUnconfirmed);
        assert_eq!((phone.inside.admitted(GATE, 100), phone.inside.admitted(ROOMS[0], 7)), (146, 7));
        // Who goes out and comes back was let in once.
        for (minute, verdict) in [(3, Verdict::Exit), (4, Verdict::Readmit)] {
            phone.scan(2, GATE, minute, &verdict);
        }
        assert_eq!(phone.inside.admitted(GATE, 100), 146);
        let mut counts = [count(GATE, 100, None)];
        assert!(!phone.inside.answered(group, &mut counts), "no room has changed");
        assert_eq!((counts[0].admitted, phone.inside.admitted(GATE, counts[0].admitted)), (145, 146));
        phone.undo(group, 1, 5);
        assert_eq!(phone.inside.admitted(GATE, counts[0].admitted), 101);
    }

    #[test]
    fn whom_the_server_lets_in_counts_where_the_list_tells_nothing_of_the_ticket() {
        let mut phone = Phone::new();
        let (unknown, listed) = (phone.begin(1), phone.scan(1, GATE, 2, &Verdict::Admit));
        for id in [unknown, listed, scan_id(0, [9; 10])] {
            phone.inside.admit(id, GATE, Some(3));
        }
        assert_eq!(phone.inside.admitted(GATE, 0), 4);
    }

    #[test]
    fn what_the_server_has_answered_stays_in_the_number_when_the_page_is_opened_anew() {
        let mut phone = Phone::new();
        let (admitted, late, on_its_way) =
            (phone.scan(1, ROOMS[0], 1, &Verdict::Admit), phone.scan(2, ROOMS[0], 2, &Verdict::Admit), phone.begin(3));
        let mut counts = [count(GATE, 9, None), count(ROOMS[0], 3, Some(3))];
        assert!(phone.inside.answered(admitted, &mut counts));
        assert_eq!((counts[1].admitted, counts[1].inside, phone.now(0)), (4, Some(4), [1, 0]));
        assert!(!phone.inside.answered(admitted, &mut counts), "an answer counts once");
        assert!(!phone.inside.answered(on_its_way, &mut counts), "nobody went in or out");
        // The mistake is taken off what is kept.
        phone.undo(admitted, 1, 4);
        assert_eq!(phone.now(4), [4, 4]);
        phone.inside.forget(late);
        assert!(!phone.inside.answered(late, &mut counts));
        assert_eq!((counts[0].inside, counts[1].inside), (None, Some(4)));
    }

    #[test]
    fn while_scans_wait_all_numbers_stay_as_they_were_told_before_with_the_time_of_that() {
        let shift = |minute: i64, counts| Shift {
            server_now: instant(minute * 60_000),
            year: 2027,
            who: "Máy 3".into(),
            device: None,
            sign_in: None,
            checkpoints: Vec::new(),
            sessions: Vec::new(),
            questions: Vec::new(),
            keys: Vec::new(),
            counts,
        };
        let before = shift(1, vec![count(ROOMS[0], 3, Some(3))]);
        let mut told = shift(2, vec![count(ROOMS[0], 5, Some(5)), count(ROOMS[1], 7, Some(7))]);
        carry(&mut told, &before);
        assert_eq!(told, shift(1, vec![count(ROOMS[0], 3, Some(3)), count(ROOMS[1], 7, Some(7))]));
    }
}
