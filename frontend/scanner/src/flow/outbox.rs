//! Facts on their way to the server: scans, that some were mistakes, whom spare tickets let in, and what people answered at
//! the gate. None is lost: each is kept on the phone until the server has answered, and keeps its id, so that the server knows
//! a repeat.

#[cfg(test)]
mod tests;

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
        (number, self.request(checkpoint, facts))
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
        Some(self.request(checkpoint, facts))
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

    fn request(&self, checkpoint: CheckpointId, facts: Vec<Fact>) -> ScanRequest {
        let besides = self.count().saturating_sub(facts.len());
        let mut request = ScanRequest { waiting_besides: u32::try_from(besides).ok(), ..ScanRequest::of(checkpoint, Vec::new()) };
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
}
