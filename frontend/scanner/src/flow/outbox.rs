//! Facts on their way to the server: scans, that some were mistakes, whom spare tickets let in, and what people answered at
//! the gate. None is lost: each is kept on the phone until the server has answered, and keeps its id, so that the server knows
//! a repeat.

use std::mem;

use domain::{
    checkin::{Naming, Reply, ScanRequest, ScanSubmission, Undo, VerdictKind},
    ids::{CheckpointId, ScanId},
};
use serde::{Deserialize, Serialize};

use super::{ServerClock, clock::Stretch};

/// The first pause before a repeat; it doubles up to the longest.
const FIRST_PAUSE: i64 = 2_000;
const LONGEST_PAUSE: i64 = 15_000;
/// A slow network gets fewer facts at a time, and not fewer than this.
const SMALLEST_PART: usize = 20;

/// What has happened at the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact {
    Scan(ScanSubmission),
    Undo(Undo),
    Naming(Naming),
    Reply(Reply),
}

impl Fact {
    pub fn id(&self) -> ScanId {
        match self {
            Self::Scan(scan) => scan.scan_id,
            Self::Undo(undo) => undo.id,
            Self::Naming(naming) => naming.id,
            Self::Reply(reply) => reply.id,
        }
    }

    /// Whether it tells that somebody went in or out, or did not after all.
    fn is_scan(&self) -> bool {
        matches!(self, Self::Scan(_) | Self::Undo(_))
    }
}

/// A fact as the phone keeps it, beyond the page's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub checkpoint: CheckpointId,
    pub fact: Fact,
}

#[derive(Clone, Debug)]
struct Pending {
    /// Counts the facts of this phone; under it the fact is kept.
    number: u32,
    kept: Kept,
    tries: u32,
    /// When to send it again; `None` while it is being sent.
    due: Option<i64>,
    /// The server refused a request that it was part of: it travels by itself, so that the faulty one is found.
    alone: bool,
    /// When it was made, by the running clock; `None`: before the page was opened.
    stretch: Option<Stretch>,
}

impl Pending {
    /// Whether it is an undoing that waits for its turn at this checkpoint, and not alone. Of `untold` scans the server could not tell
    /// yet what was undone.
    fn goes_along(&self, checkpoint: CheckpointId, untold: &[ScanId]) -> bool {
        let is_told = matches!(&self.kept.fact, Fact::Undo(undo) if !untold.contains(&undo.scan_id));
        is_told && self.kept.checkpoint == checkpoint && self.due.is_some() && !self.alone
    }

    /// It is on its way. Gives back the fact, with its time told by what the clock has measured since.
    fn leaves(&mut self, clock: ServerClock) -> Fact {
        self.due = None;
        if let Some(offset) = self.stretch.and_then(|stretch| clock.measured(stretch)) {
            match &mut self.kept.fact {
                Fact::Scan(scan) => scan.offset_ms = offset,
                Fact::Undo(undo) => undo.offset_ms = offset,
                Fact::Naming(naming) => naming.offset_ms = offset,
                Fact::Reply(_) => {}
            }
        }
        self.kept.fact.clone()
    }
}

/// The queue, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pending: Vec<Pending>,
    /// Refused alone. They stay until somebody asks to send them again.
    refused: Vec<Pending>,
    next: u32,
    /// How many facts travel together at most.
    part: usize,
    /// How many facts another build has kept that this one cannot read: they wait for that one.
    unreadable: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { pending: Vec::new(), refused: Vec::new(), next: 0, part: ScanRequest::MAX, unreadable: 0 }
    }
}

impl Outbox {
    /// What an earlier page has kept, by its numbers, beside so many that are `unreadable`; `next`: the first number that is free.
    /// It is due at once.
    pub fn restored(kept: Vec<(u32, Kept)>, unreadable: usize, next: u32) -> Self {
        let mut outbox = Self { next, unreadable, ..Self::default() };
        for (number, kept) in kept {
            outbox.put(Pending { number, kept, tries: 1, due: Some(0), alone: false, stretch: None });
        }
        outbox
    }

    /// Takes a new fact in. It is being sent at once: nobody at the gate waits for older ones, but the undoings that wait, so that
    /// whoever comes in again is not told of being in. Gives back its number and the request.
    pub fn send(&mut self, checkpoint: CheckpointId, fact: Fact, clock: ServerClock) -> (u32, ScanRequest) {
        let number = self.next;
        self.next += 1;
        let (is_scan, untold) = (matches!(fact, Fact::Scan(_)), self.untold());
        let waiting = self.pending.iter_mut().filter(|pending| is_scan && pending.goes_along(checkpoint, &untold));
        let mut facts: Vec<_> = waiting.take(self.part - 1).map(|pending| pending.leaves(clock)).collect();
        facts.push(fact.clone());
        let kept = Kept { checkpoint, fact };
        self.pending.push(Pending { number, kept, tries: 0, due: None, alone: false, stretch: Some(clock.stretch()) });
        (number, request(checkpoint, facts))
    }

    /// The facts whose turn it is, oldest first, of one checkpoint, and the undoings that wait there; or one that travels alone.
    /// Nothing while others of those that wait are on their way: a slow network carries one part at a time.
    pub fn due(&mut self, now: i64, clock: ServerClock) -> Option<ScanRequest> {
        if self.pending.iter().any(|pending| pending.tries > 0 && pending.due.is_none()) {
            return None;
        }
        // No pause is so long: the phone's clock was set back since.
        let is_due = |pending: &Pending| pending.due.is_some_and(|due| due <= now || due - now > LONGEST_PAUSE);
        let first = self.pending.iter().find(|pending| is_due(pending))?;
        let (checkpoint, alone) = (first.kept.checkpoint, first.alone);
        let is_next = |pending: &Pending| pending.kept.checkpoint == checkpoint && pending.alone == alone && is_due(pending);
        let most = if alone { 1 } else { self.part };
        // Whose turn it is has its place, whatever goes along.
        let mut due_left = self.pending.iter().filter(|pending| is_next(pending)).count().min(most);
        let (mut others_left, untold) = (most - due_left, self.untold());
        let turn = self.pending.iter_mut().filter(|pending| {
            let left = match is_next(pending) {
                true => &mut due_left,
                false if !alone && pending.goes_along(checkpoint, &untold) => &mut others_left,
                false => return false,
            };
            let has_place = *left > 0;
            *left = left.saturating_sub(1);
            has_place
        });
        let facts: Vec<Fact> = turn.map(|pending| pending.leaves(clock)).collect();
        Some(request(checkpoint, facts))
    }

    /// The fact has been answered. Gives back the number under which it was kept.
    pub fn remove(&mut self, id: ScanId) -> Option<u32> {
        let at = self.pending.iter().position(|pending| pending.kept.fact.id() == id)?;
        Some(self.pending.remove(at).number)
    }

    /// These facts were not answered: they come again later.
    pub fn postpone(&mut self, ids: &[ScanId], now: i64) {
        for pending in &mut self.pending {
            if ids.contains(&pending.kept.fact.id()) {
                let pause = (FIRST_PAUSE << pending.tries.min(8)).min(LONGEST_PAUSE);
                pending.due = Some(now + pause);
                pending.tries += 1;
            }
        }
    }

    /// The server has answered without a word of some of these facts: they come again later, too.
    pub fn postpone_unanswered(&mut self, ids: &[ScanId], now: i64) {
        let is_open = |id: &ScanId| self.pending.iter().any(|pending| pending.due.is_none() && pending.kept.fact.id() == *id);
        let open: Vec<ScanId> = ids.iter().copied().filter(is_open).collect();
        self.postpone(&open, now);
    }

    /// The scans that the server has not answered.
    fn untold(&self) -> Vec<ScanId> {
        self.facts().filter(|kept| matches!(kept.fact, Fact::Scan(_))).map(|kept| kept.fact.id()).collect()
    }

    /// So many facts together were lost on the way, perhaps because they were too many for a slow network: half as many are
    /// tried next. A few that are lost say nothing of that.
    pub fn was_too_much(&mut self, count: usize) {
        if count > SMALLEST_PART {
            self.part = (count / 2).clamp(SMALLEST_PART, ScanRequest::MAX);
        }
    }

    /// So many facts have arrived together: more may.
    pub fn has_arrived(&mut self, count: usize) {
        if count >= self.part {
            self.part = (self.part * 2).min(ScanRequest::MAX);
        }
    }

    /// The server does not take these facts. One of several may be to blame, so each comes again alone; one that was alone
    /// is put aside, and given back.
    pub fn refuse(&mut self, ids: &[ScanId], now: i64) -> Option<ScanId> {
        if let [id] = *ids {
            let at = self.pending.iter().position(|pending| pending.kept.fact.id() == id)?;
            self.refused.push(self.pending.remove(at));
            return Some(id);
        }
        for pending in self.pending.iter_mut().filter(|pending| ids.contains(&pending.kept.fact.id())) {
            (pending.alone, pending.due) = (true, Some(now));
        }
        None
    }

    /// The facts that were put aside, in the order in which they were.
    pub fn refused(&self) -> impl Iterator<Item = &Fact> {
        self.refused.iter().map(|pending| &pending.kept.fact)
    }

    /// What was put aside is due again.
    pub fn retry_refused(&mut self, now: i64) {
        for pending in mem::take(&mut self.refused) {
            self.put(Pending { due: Some(now), alone: true, tries: pending.tries.max(1), ..pending });
        }
    }

    /// Puts a fact at its place in the queue.
    fn put(&mut self, pending: Pending) {
        let at = self.pending.partition_point(|before| before.number < pending.number);
        self.pending.insert(at, pending);
    }

    /// Everything that waits is due: the network is back.
    pub fn hurry(&mut self, now: i64) {
        for due in self.pending.iter_mut().filter_map(|pending| pending.due.as_mut()) {
            *due = now.min(*due);
        }
    }

    /// Notes what the phone showed before there was an answer. Gives back what is to be kept anew, under its number.
    pub fn shown(&mut self, id: ScanId, verdict: VerdictKind) -> Option<(u32, &Kept)> {
        let pending = self.pending.iter_mut().find(|pending| pending.kept.fact.id() == id)?;
        let Fact::Scan(scan) = &mut pending.kept.fact else { return None };
        scan.local_verdict = Some(verdict);
        Some((pending.number, &pending.kept))
    }

    /// Whether the server, when it answered, did not know that the phone had let the person in: it has to be told.
    pub fn let_in_untold(&self, sent: &ScanSubmission) -> bool {
        let now = self.pending.iter().find(|pending| pending.kept.fact.id() == sent.scan_id);
        let shown = now.and_then(|pending| match &pending.kept.fact {
            Fact::Scan(scan) => scan.local_verdict,
            Fact::Undo(_) | Fact::Naming(_) | Fact::Reply(_) => None,
        });
        shown.is_some_and(VerdictKind::admits) && sent.local_verdict.is_none()
    }

    /// A fact by its number, as it is to be kept.
    pub fn kept(&self, number: u32) -> Option<&Kept> {
        self.pending.iter().find(|pending| pending.number == number).map(|pending| &pending.kept)
    }

    /// Every fact that has not been answered, oldest first but those that were put aside, which come last.
    pub fn facts(&self) -> impl Iterator<Item = &Kept> {
        self.numbered().map(|(_, kept)| kept)
    }

    /// The same with the numbers under which they are kept.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Kept)> {
        self.pending.iter().chain(&self.refused).map(|pending| (pending.number, &pending.kept))
    }

    /// How many facts have not been answered, also those that this build cannot read.
    pub fn count(&self) -> usize {
        self.facts().count() + self.unreadable
    }

    /// The scan whose holder a naming or a reply tells of.
    pub fn told_of(&self, id: ScanId) -> Option<ScanId> {
        match self.facts().find(|kept| kept.fact.id() == id)?.fact {
            Fact::Naming(Naming { scan_id, .. }) | Fact::Reply(Reply { scan_id, .. }) => Some(scan_id),
            Fact::Scan(_) | Fact::Undo(_) => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.refused.is_empty()
    }

    /// The scans and undoings that have not been answered.
    pub fn scans(&self) -> impl Iterator<Item = ScanId> {
        self.facts().filter(|kept| kept.fact.is_scan()).map(|kept| kept.fact.id())
    }

    /// Whether scans or undoings did not arrive at the first attempt: the server may have recorded some all the same.
    pub fn has_waiting_scans(&self) -> bool {
        self.pending.iter().any(|pending| pending.tries > 0 && pending.kept.fact.is_scan())
    }

    /// Whether this scan, or its undoing, did not arrive at the first attempt.
    pub fn waits(&self, scan: ScanId) -> bool {
        let is_of = |fact: &Fact| fact.id() == scan || matches!(fact, Fact::Undo(undo) if undo.scan_id == scan);
        self.pending.iter().any(|pending| pending.tries > 0 && is_of(&pending.kept.fact))
    }

    /// How many facts did not arrive at the first attempt, or wait for a build that reads them.
    pub fn waiting(&self) -> usize {
        self.pending.iter().filter(|pending| pending.tries > 0).count() + self.unreadable
    }
}

fn request(checkpoint: CheckpointId, facts: impl IntoIterator<Item = Fact>) -> ScanRequest {
    let mut request = ScanRequest::of(checkpoint, Vec::new());
    for fact in facts {
        match fact {
            Fact::Scan(scan) => request.scans.push(scan),
            Fact::Undo(undo) => request.undos.push(undo),
            Fact::Naming(naming) => request.namings.push(naming),
            Fact::Reply(reply) => request.replies.push(reply),
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use domain::{
        checkin::{Direction, Sent, SignIn, Source, in_order},
        ids::AccountId,
        registration::Answers,
        text::Locale,
    };
    use uuid::Uuid;

    use super::*;
    use crate::flow::{clock::Reading, instant, scan_id};
    use crate::json;

    const CLOCK: fn() -> ServerClock = || {
        let now = Reading { wall: 0, running: 0 };
        let mut clock = ServerClock::remembered(0, now);
        clock.measure(0, now, now);
        clock
    };

    fn scan(number: u8) -> ScanSubmission {
        ScanSubmission {
            scan_id: scan_id(i64::from(number), [number; 10]),
            code: "00000000".into(),
            source: Source::Typed,
            direction: Direction::Entry,
            device_at: instant(0),
            offset_ms: 0,
            local_verdict: None,
            made_by: None,
            sign_in: None,
        }
    }

    fn undo(number: u8, of: u8) -> Undo {
        Undo { id: scan_id(i64::from(number), [number; 10]), scan_id: scan(of).scan_id, device_at: instant(0), offset_ms: 0 }
    }

    fn gate(number: u128) -> CheckpointId {
        CheckpointId(Uuid::from_u128(number))
    }

    fn ids(request: &ScanRequest) -> Vec<ScanId> {
        request.scans.iter().map(|scan| scan.scan_id).chain(request.undos.iter().map(|undo| undo.id)).collect()
    }

    fn sent(outbox: &mut Outbox, place: u128, number: u8) -> ScanRequest {
        outbox.send(gate(place), Fact::Scan(scan(number)), CLOCK()).1
    }

    fn answered(outbox: &mut Outbox, request: &ScanRequest) {
        for id in ids(request) {
            outbox.remove(id);
        }
    }

    fn due(outbox: &mut Outbox, now: i64) -> Option<ScanRequest> {
        outbox.due(now, CLOCK())
    }

    #[test]
    fn a_scan_waits_from_its_first_attempt_on_until_it_and_its_undoing_are_answered() {
        let mut outbox = Outbox::default();
        let id = scan(1).scan_id;
        let first = sent(&mut outbox, 1, 1);
        assert_eq!((outbox.waits(id), outbox.has_waiting_scans()), (false, false));
        outbox.postpone(&ids(&first), 0);
        assert_eq!((outbox.waits(id), outbox.waits(scan(2).scan_id), outbox.has_waiting_scans()), (true, false, true));
        answered(&mut outbox, &first);
        assert_eq!((outbox.waits(id), outbox.has_waiting_scans()), (false, false));
        let (_, undoing) = outbox.send(gate(1), Fact::Undo(undo(9, 1)), CLOCK());
        outbox.postpone(&ids(&undoing), 0);
        assert_eq!((outbox.waits(id), outbox.has_waiting_scans()), (true, true));
        assert_eq!(outbox.scans().collect::<Vec<_>>(), [undo(9, 1).id]);
        let reply = Reply { id: scan(8).scan_id, scan_id: id, answers: Answers::default() };
        let mut other = Outbox::restored(vec![(0, Kept { checkpoint: gate(1), fact: Fact::Reply(reply) })], 1, 1);
        assert_eq!((other.has_waiting_scans(), other.scans().count()), (false, 0), "answers of people let nobody in");
        sent(&mut other, 1, 2);
        assert_eq!(other.scans().collect::<Vec<_>>(), [scan(2).scan_id]);
    }

    #[test]
    fn a_scan_that_did_not_arrive_comes_again_with_the_same_id_until_it_is_answered() {
        let mut outbox = Outbox::default();
        let first = sent(&mut outbox, 1, 1);
        assert_eq!((outbox.waiting(), due(&mut outbox, i64::MAX)), (0, None));
        outbox.postpone(&ids(&first), 0);
        outbox.shown(scan(1).scan_id, VerdictKind::AdmitUnconfirmed);
        assert_eq!(outbox.waiting(), 1);
        assert_eq!(due(&mut outbox, FIRST_PAUSE - 1), None);
        let again = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!(ids(&again), ids(&first));
        assert_eq!(again.scans[0].local_verdict, Some(VerdictKind::AdmitUnconfirmed));
        assert_eq!(due(&mut outbox, i64::MAX), None, "it is being sent");
        assert_eq!(outbox.remove(scan(1).scan_id), Some(0));
        assert_eq!((outbox.waiting(), due(&mut outbox, i64::MAX), outbox.is_empty()), (0, None, true));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_end_when_the_network_is_back() {
        let mut outbox = Outbox::default();
        let request = sent(&mut outbox, 1, 1);
        for pause in [2_000, 4_000, 8_000, 15_000, 15_000] {
            outbox.postpone(&ids(&request), 0);
            assert_eq!(due(&mut outbox, pause - 1), None);
            assert!(due(&mut outbox, pause).is_some());
        }
        outbox.postpone(&ids(&request), 0);
        outbox.hurry(10);
        assert!(due(&mut outbox, 10).is_some());
    }

    #[test]
    fn scans_of_two_checkpoints_travel_apart_oldest_first() {
        let mut outbox = Outbox::default();
        for (place, number) in [(1, 1), (2, 2), (1, 3)] {
            let request = sent(&mut outbox, place, number);
            outbox.postpone(&ids(&request), 0);
        }
        let first = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!((first.checkpoint, ids(&first)), (gate(1), vec![scan(1).scan_id, scan(3).scan_id]));
        assert_eq!(due(&mut outbox, FIRST_PAUSE), None, "one part at a time");
        outbox.remove(scan(1).scan_id);
        outbox.remove(scan(3).scan_id);
        assert_eq!(ids(&due(&mut outbox, FIRST_PAUSE).unwrap()), [scan(2).scan_id]);
    }

    #[test]
    fn a_queue_longer_than_a_request_travels_in_parts() {
        let kept = |number: u32| {
            let id = ScanId(Uuid::from_u128(number.into()));
            (number, Kept { checkpoint: gate(1), fact: Fact::Scan(ScanSubmission { scan_id: id, ..scan(0) }) })
        };
        let mut outbox = Outbox::restored((0..501).rev().map(kept).collect(), 0, 700);
        let first = due(&mut outbox, 0).unwrap();
        assert_eq!((first.scans.len(), first.scans[0].scan_id), (500, ScanId(Uuid::from_u128(0))));
        answered(&mut outbox, &first);
        assert_eq!(due(&mut outbox, 0).unwrap().scans.len(), 1);
        assert_eq!(outbox.send(gate(1), Fact::Scan(scan(1)), CLOCK()).0, 700, "what this build cannot read keeps its number");
    }

    #[test]
    fn a_slow_network_gets_smaller_parts_until_it_carries_them() {
        let kept = |number: u8| (number.into(), Kept { checkpoint: gate(1), fact: Fact::Scan(scan(number)) });
        let mut outbox = Outbox::restored((0..200).map(kept).collect(), 0, 200);
        let mut sizes = Vec::new();
        for arrives in [false, false, false, false, false, true, true, true] {
            let part = due(&mut outbox, i64::MAX - LONGEST_PAUSE).unwrap();
            sizes.push(part.scans.len());
            if arrives {
                outbox.has_arrived(part.scans.len());
                answered(&mut outbox, &part);
            } else {
                outbox.was_too_much(part.scans.len());
                outbox.postpone(&ids(&part), 0);
            }
        }
        assert_eq!(sizes, [200, 100, 50, 25, 20, 20, 40, 80]);
        // One scan that is lost says nothing of the others.
        outbox.was_too_much(1);
        assert_eq!(due(&mut outbox, i64::MAX - LONGEST_PAUSE).unwrap().scans.len(), 60);
    }

    #[test]
    fn what_the_server_said_nothing_of_comes_again() {
        let mut outbox = Outbox::default();
        let request = sent(&mut outbox, 1, 1);
        sent(&mut outbox, 1, 2);
        outbox.postpone(&[scan(2).scan_id], 0);
        outbox.postpone_unanswered(&ids(&request), 0);
        outbox.postpone_unanswered(&[scan(2).scan_id], 0);
        let both = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!(ids(&both), [scan(1).scan_id, scan(2).scan_id]);
    }

    #[test]
    fn a_clock_that_was_set_back_holds_up_nothing() {
        let mut outbox = Outbox::default();
        let hours = 3 * 3_600_000;
        let request = sent(&mut outbox, 1, 1);
        outbox.postpone(&ids(&request), hours);
        assert_eq!(due(&mut outbox, hours), None);
        assert_eq!(due(&mut outbox, 0).map(|request| ids(&request)), Some(ids(&request)));
    }

    #[test]
    fn one_scan_that_is_refused_holds_up_no_other_and_stays_until_somebody_deals_with_it() {
        let mut outbox = Outbox::default();
        for number in 1..=3 {
            let request = sent(&mut outbox, 1, number);
            outbox.postpone(&ids(&request), 0);
        }
        let batch = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!(outbox.refuse(&ids(&batch), 5_000), None);
        for number in 1..=3 {
            let single = due(&mut outbox, 5_000).unwrap();
            assert_eq!(ids(&single), [scan(number).scan_id]);
            if number == 2 {
                assert_eq!(outbox.refuse(&ids(&single), 5_000), Some(scan(2).scan_id));
            } else {
                outbox.remove(single.scans[0].scan_id);
            }
        }
        assert_eq!((outbox.waiting(), due(&mut outbox, i64::MAX)), (0, None));
        assert_eq!(outbox.refused().map(Fact::id).collect::<Vec<_>>(), [scan(2).scan_id]);
        assert!(!outbox.is_empty());
        outbox.retry_refused(9_000);
        assert_eq!(outbox.refused().count(), 0);
        assert_eq!(ids(&due(&mut outbox, 9_000).unwrap()), [scan(2).scan_id]);
    }

    #[test]
    fn a_mistake_travels_with_its_scan_and_after_it() {
        let mut outbox = Outbox::default();
        let request = sent(&mut outbox, 1, 1);
        outbox.postpone(&ids(&request), 0);
        let (number, request) = outbox.send(gate(1), Fact::Undo(undo(2, 1)), CLOCK());
        assert_eq!((number, request.scans.len(), ids(&request)), (1, 0, vec![undo(2, 1).id]));
        outbox.postpone(&ids(&request), 0);
        let both = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!((both.scans.len(), both.undos), (1, vec![undo(2, 1)]));
    }

    /// The scans of a request and the scans that are undone, in the order in which the server takes them.
    fn taken(request: &ScanRequest) -> Vec<(Vec<ScanId>, Vec<ScanId>)> {
        let scans = request.scans.iter().cloned().map(Sent::from).collect();
        let id = |sent: &Sent| match sent {
            Sent::Scan(scan) => scan.scan_id,
            Sent::Unreadable { scan_id } => *scan_id,
        };
        let parts = in_order(scans, request.undos.clone()).into_iter();
        parts.map(|part| (part.scans.iter().map(id).collect(), part.undos.iter().map(|undo| undo.scan_id).collect())).collect()
    }

    #[test]
    fn a_mistake_that_waits_goes_before_a_later_scan() {
        let mut outbox = Outbox::default();
        let (_, request) = outbox.send(gate(1), Fact::Undo(undo(2, 1)), CLOCK());
        for _ in 0..3 {
            outbox.postpone(&ids(&request), 0);
        }
        assert_eq!(due(&mut outbox, FIRST_PAUSE), None);
        let again = Fact::Scan(ScanSubmission { device_at: instant(1), ..scan(3) });
        let before_it = [(vec![], vec![scan(1).scan_id]), (vec![scan(3).scan_id], vec![])];
        assert_eq!(taken(&outbox.send(gate(1), again.clone(), CLOCK()).1), before_it);
        outbox.postpone(&[scan(3).scan_id], 0);
        assert_eq!(due(&mut outbox, i64::MAX - LONGEST_PAUSE), None, "the mistake is on its way");
        outbox.postpone(&[undo(2, 1).id], 0);
        assert_eq!(due(&mut outbox, FIRST_PAUSE).map(|request| taken(&request)), Some(before_it.into()));
        outbox.postpone(&[undo(2, 1).id, scan(3).scan_id], 0);
        assert_eq!(ids(&sent(&mut outbox, 2, 4)), [scan(4).scan_id], "another checkpoint's");
        let (_, told) = outbox.send(gate(1), Fact::Undo(undo(5, 3)), CLOCK());
        assert_eq!(ids(&told), [undo(5, 3).id], "nobody comes in by it");
        // Scan 3 waits, so what was undone of it waits for it.
        outbox.postpone(&[undo(5, 3).id], 0);
        let late = Fact::Scan(ScanSubmission { device_at: instant(2), ..scan(6) });
        assert_eq!(ids(&outbox.send(gate(1), late, CLOCK()).1), [scan(6).scan_id, undo(2, 1).id]);
    }

    #[test]
    fn mistakes_that_wait_leave_room_for_what_is_due() {
        let mut outbox = Outbox::default();
        let mistakes: Vec<_> = (0..30).map(|number| outbox.send(gate(1), Fact::Undo(undo(100 + number, number)), CLOCK()).1).collect();
        let late: Vec<_> = mistakes.iter().flat_map(ids).collect();
        outbox.postpone(&late, FIRST_PAUSE);
        outbox.was_too_much(SMALLEST_PART + 1);
        let request = sent(&mut outbox, 1, 50);
        outbox.postpone(&[scan(50).scan_id], 0);
        assert_eq!(ids(&request).len(), SMALLEST_PART);
        outbox.postpone(&late, FIRST_PAUSE);
        let part = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!((part.scans.len(), part.undos.len()), (1, SMALLEST_PART - 1));
    }

    #[test]
    fn a_mistake_that_waits_holds_up_nothing_that_travels_alone() {
        let mut outbox = Outbox::default();
        let facts = [Fact::Undo(undo(2, 1)), Fact::Scan(scan(3))];
        let all: Vec<_> = facts.into_iter().map(|fact| outbox.send(gate(1), fact, CLOCK()).1).flat_map(|request| ids(&request)).collect();
        outbox.refuse(&all, 0);
        outbox.postpone(&[undo(2, 1).id], 0);
        assert_eq!(due(&mut outbox, 0).map(|request| ids(&request)), Some(vec![scan(3).scan_id]));
    }

    #[test]
    fn a_name_travels_after_its_scan_and_is_gone_once_it_was_answered() {
        let mut outbox = Outbox::default();
        let request = sent(&mut outbox, 1, 1);
        outbox.postpone(&ids(&request), 0);
        let naming = Naming {
            id: scan(2).scan_id,
            scan_id: scan(1).scan_id,
            full_name: "Trần Văn Sen".into(),
            phone: String::new(),
            organisation: String::new(),
            has_agreed: true,
            locale: domain::text::Locale::Vi,
            device_at: instant(0),
            offset_ms: 0,
        };
        let (number, request) = outbox.send(gate(1), Fact::Naming(naming.clone()), CLOCK());
        assert_eq!((request.scans.len(), &request.namings), (0, &vec![naming.clone()]));
        outbox.postpone(&[naming.id], 0);
        let both = due(&mut outbox, FIRST_PAUSE).unwrap();
        assert_eq!((both.scans.len(), both.namings), (1, vec![naming.clone()]));
        outbox.remove(scan(1).scan_id);
        assert_eq!((outbox.remove(naming.id), outbox.is_empty()), (Some(number), true));
        let kept = Kept { checkpoint: gate(1), fact: Fact::Naming(naming) };
        assert_eq!(json::read::<Kept>(&serde_json::to_string(&kept).unwrap()).unwrap(), kept);
    }

    #[test]
    fn the_time_of_a_scan_is_told_by_what_is_measured_after_it() {
        let mut outbox = Outbox::default();
        let at = |wall, running| Reading { wall, running };
        let mut clock = ServerClock::remembered(0, at(0, 0));
        let (_, request) = outbox.send(gate(1), Fact::Scan(scan(1)), clock);
        outbox.postpone(&ids(&request), 0);
        clock.measure(5_000, at(900, 900), at(1_000, 1_000));
        assert_eq!(outbox.due(FIRST_PAUSE, clock).unwrap().scans[0].offset_ms, 4_050);
        outbox.postpone(&ids(&request), 0);
        // The clock was set in between: what is measured now says nothing of that scan.
        clock.look(at(1_000_000_000_000, 2_000));
        clock.measure(7_000, at(1_000_000_001_000, 3_000), at(1_000_000_001_000, 3_000));
        assert_eq!(outbox.due(i64::MAX, clock).unwrap().scans[0].offset_ms, 4_050);
    }

    #[test]
    fn the_server_is_told_once_more_whom_the_phone_let_in_while_it_was_asked() {
        let mut outbox = Outbox::default();
        let request = sent(&mut outbox, 1, 1);
        assert!(!outbox.let_in_untold(&request.scans[0]));
        let kept = outbox.shown(scan(1).scan_id, VerdictKind::Admit).unwrap();
        assert_eq!((kept.0, &kept.1.fact), (0, &Fact::Scan(ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..scan(1) })));
        assert!(outbox.let_in_untold(&request.scans[0]));
        let told = ScanSubmission { local_verdict: Some(VerdictKind::Admit), ..scan(1) };
        assert!(!outbox.let_in_untold(&told));
    }

    #[test]
    fn a_scan_on_its_first_way_is_not_lost_by_leaving_unnoticed() {
        let mut outbox = Outbox::default();
        assert!(outbox.is_empty());
        sent(&mut outbox, 1, 1);
        assert_eq!((outbox.is_empty(), outbox.facts().count()), (false, 1));
        outbox.remove(scan(1).scan_id);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_this_build_cannot_read_waits_in_sight() {
        let mut outbox = Outbox::restored(vec![], 2, 2);
        assert_eq!((outbox.waiting(), outbox.count(), due(&mut outbox, i64::MAX)), (2, 2, None));
        sent(&mut outbox, 1, 1);
        assert_eq!((outbox.waiting(), outbox.count()), (2, 3));
    }

    #[test]
    fn a_naming_tells_whose_scan_it_is_of() {
        let mut outbox = Outbox::default();
        let naming = Naming {
            id: scan_id(5, [5; 10]),
            scan_id: scan(1).scan_id,
            full_name: "Trần Văn Sen".into(),
            phone: String::new(),
            organisation: String::new(),
            has_agreed: false,
            locale: Locale::Vi,
            device_at: instant(0),
            offset_ms: 0,
        };
        outbox.send(gate(1), Fact::Naming(naming.clone()), CLOCK());
        sent(&mut outbox, 1, 1);
        assert_eq!((outbox.told_of(naming.id), outbox.told_of(naming.scan_id)), (Some(scan(1).scan_id), None));
    }

    #[test]
    fn a_kept_scan_tells_who_made_it_and_one_of_an_older_build_is_read_all_the_same() {
        let old = r#"{"checkpoint":"00000000-0000-0000-0000-000000000001","fact":{"scan":{"scan_id":"00000000-0000-0000-0000-000000000002",
            "code":"00000000","source":"typed","direction":"entry","device_at":"2027-10-10T00:00:00Z","offset_ms":0}}}"#;
        let Fact::Scan(scan) = json::read::<Kept>(old).unwrap().fact else { panic!("a scan was kept") };
        assert_eq!((scan.made_by, scan.sign_in), (None, None));
        let sign_in = SignIn { account: AccountId(Uuid::from_u128(3)), at: instant(1_791_590_400_123) };
        let kept = Kept { checkpoint: gate(1), fact: Fact::Scan(ScanSubmission { sign_in: Some(sign_in), ..scan }) };
        assert_eq!(json::read::<Kept>(&serde_json::to_string(&kept).unwrap()).unwrap(), kept);
    }
}
