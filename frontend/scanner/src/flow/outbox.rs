//! Scans on their way to the server. None is lost while the page lives; each keeps its id, so that the server knows a
//! repeat.
//!
//! Kept in memory for now. A store that outlives the page (`IndexedDB`) takes the place of the `Vec`.

use domain::{
    checkin::{ScanRequest, ScanSubmission, VerdictKind},
    ids::{CheckpointId, ScanId},
};

/// The first pause before a repeat; it doubles up to the longest.
const FIRST_PAUSE: i64 = 2_000;
const LONGEST_PAUSE: i64 = 15_000;

#[derive(Clone, Debug)]
struct Pending {
    checkpoint: CheckpointId,
    submission: ScanSubmission,
    tries: u32,
    /// When to send it again; `None` while it is being sent.
    due: Option<i64>,
    /// The server refused a request that it was part of: it travels by itself, so that the faulty one is found.
    alone: bool,
}

/// The queue, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    pending: Vec<Pending>,
    /// Refused alone. They stay until somebody asks to send them again.
    refused: Vec<Pending>,
}

impl Outbox {
    /// Takes a new scan in and gives it back as a request, to be sent at once and alone: nobody at the gate waits for
    /// older scans.
    pub fn send(&mut self, checkpoint: CheckpointId, submission: ScanSubmission) -> ScanRequest {
        self.pending.push(Pending { checkpoint, submission: submission.clone(), tries: 0, due: None, alone: false });
        ScanRequest { checkpoint, scans: vec![submission] }
    }

    /// The scans whose turn it is, oldest first, of one checkpoint; or one that travels alone.
    pub fn due(&mut self, now: i64) -> Option<ScanRequest> {
        let is_due = |pending: &Pending| pending.due.is_some_and(|due| due <= now);
        let &Pending { checkpoint, alone, .. } = self.pending.iter().find(|pending| is_due(pending))?;
        let is_next = |pending: &Pending| pending.checkpoint == checkpoint && pending.alone == alone && is_due(pending);
        let turn = self.pending.iter_mut().filter(|pending| is_next(pending));
        let scans = turn
            .take(if alone { 1 } else { ScanRequest::MAX })
            .map(|pending| {
                pending.due = None;
                pending.submission.clone()
            })
            .collect();
        Some(ScanRequest { checkpoint, scans })
    }

    /// The scan has been answered.
    pub fn remove(&mut self, id: ScanId) {
        self.pending.retain(|pending| pending.submission.scan_id != id);
    }

    /// These scans were not answered: they come again later.
    pub fn postpone(&mut self, scans: &[ScanId], now: i64) {
        for pending in &mut self.pending {
            if scans.contains(&pending.submission.scan_id) {
                let pause = (FIRST_PAUSE << pending.tries.min(8)).min(LONGEST_PAUSE);
                pending.due = Some(now + pause);
                pending.tries += 1;
            }
        }
    }

    /// The server does not take these scans. One of several may be to blame, so each comes again alone; one that was alone
    /// is put aside, and given back.
    pub fn refuse(&mut self, scans: &[ScanId], now: i64) -> Option<ScanId> {
        if let [id] = *scans {
            let at = self.pending.iter().position(|pending| pending.submission.scan_id == id)?;
            self.refused.push(self.pending.remove(at));
            return Some(id);
        }
        for pending in self.pending.iter_mut().filter(|pending| scans.contains(&pending.submission.scan_id)) {
            (pending.alone, pending.due) = (true, Some(now));
        }
        None
    }

    /// The scans that were put aside, oldest first.
    pub fn refused(&self) -> impl ExactSizeIterator<Item = &ScanSubmission> {
        self.refused.iter().map(|pending| &pending.submission)
    }

    /// What was put aside is due again.
    pub fn retry_refused(&mut self, now: i64) {
        let again = self.refused.drain(..).map(|pending| Pending { due: Some(now), alone: true, ..pending });
        self.pending.extend(again);
    }

    /// Everything that waits is due: the network is back.
    pub fn hurry(&mut self, now: i64) {
        for due in self.pending.iter_mut().filter_map(|pending| pending.due.as_mut()) {
            *due = now.min(*due);
        }
    }

    /// Notes what the phone showed before there was an answer.
    pub fn shown(&mut self, id: ScanId, verdict: VerdictKind) {
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.submission.scan_id == id) {
            pending.submission.local_verdict = Some(verdict);
        }
    }

    /// Whether leaving the page would lose a scan.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.refused.is_empty()
    }

    /// How many scans did not arrive at the first attempt.
    pub fn waiting(&self) -> usize {
        self.pending.iter().filter(|pending| pending.tries > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use domain::checkin::{Direction, Source};
    use uuid::Uuid;

    use super::*;
    use crate::flow::{instant, scan_id};

    fn scan(number: u8) -> ScanSubmission {
        ScanSubmission {
            scan_id: scan_id(i64::from(number), [number; 10]),
            code: "00000000".into(),
            source: Source::Typed,
            direction: Direction::Entry,
            device_at: instant(0),
            offset_ms: 0,
            local_verdict: None,
        }
    }

    fn gate(number: u128) -> CheckpointId {
        CheckpointId(Uuid::from_u128(number))
    }

    fn ids(request: &ScanRequest) -> Vec<ScanId> {
        request.scans.iter().map(|scan| scan.scan_id).collect()
    }

    #[test]
    fn a_scan_that_did_not_arrive_comes_again_with_the_same_id_until_it_is_answered() {
        let mut outbox = Outbox::default();
        let first = outbox.send(gate(1), scan(1));
        assert_eq!((outbox.waiting(), outbox.due(i64::MAX)), (0, None));
        outbox.postpone(&ids(&first), 0);
        outbox.shown(scan(1).scan_id, VerdictKind::AdmitUnconfirmed);
        assert_eq!(outbox.waiting(), 1);
        assert_eq!(outbox.due(FIRST_PAUSE - 1), None);
        let again = outbox.due(FIRST_PAUSE).unwrap();
        assert_eq!(ids(&again), ids(&first));
        assert_eq!(again.scans[0].local_verdict, Some(VerdictKind::AdmitUnconfirmed));
        assert_eq!(outbox.due(i64::MAX), None, "it is being sent");
        outbox.remove(scan(1).scan_id);
        assert_eq!((outbox.waiting(), outbox.due(i64::MAX)), (0, None));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_end_when_the_network_is_back() {
        let mut outbox = Outbox::default();
        let request = outbox.send(gate(1), scan(1));
        for pause in [2_000, 4_000, 8_000, 15_000, 15_000] {
            outbox.postpone(&ids(&request), 0);
            assert_eq!(outbox.due(pause - 1), None);
            assert!(outbox.due(pause).is_some());
        }
        outbox.postpone(&ids(&request), 0);
        outbox.hurry(10);
        assert!(outbox.due(10).is_some());
    }

    #[test]
    fn scans_of_two_checkpoints_travel_apart_oldest_first() {
        let mut outbox = Outbox::default();
        for (place, number) in [(1, 1), (2, 2), (1, 3)] {
            let request = outbox.send(gate(place), scan(number));
            outbox.postpone(&ids(&request), 0);
        }
        let first = outbox.due(FIRST_PAUSE).unwrap();
        assert_eq!((first.checkpoint, ids(&first)), (gate(1), vec![scan(1).scan_id, scan(3).scan_id]));
        assert_eq!(ids(&outbox.due(FIRST_PAUSE).unwrap()), [scan(2).scan_id]);
    }

    #[test]
    fn one_scan_that_is_refused_holds_up_no_other_and_stays_until_somebody_deals_with_it() {
        let mut outbox = Outbox::default();
        for number in 1..=3 {
            let request = outbox.send(gate(1), scan(number));
            outbox.postpone(&ids(&request), 0);
        }
        let batch = outbox.due(FIRST_PAUSE).unwrap();
        assert_eq!(outbox.refuse(&ids(&batch), 5_000), None);
        for number in 1..=3 {
            let single = outbox.due(5_000).unwrap();
            assert_eq!(ids(&single), [scan(number).scan_id]);
            if number == 2 {
                assert_eq!(outbox.refuse(&ids(&single), 5_000), Some(scan(2).scan_id));
            } else {
                outbox.remove(single.scans[0].scan_id);
            }
        }
        assert_eq!((outbox.waiting(), outbox.due(i64::MAX)), (0, None));
        assert_eq!(outbox.refused().map(|scan| scan.scan_id).collect::<Vec<_>>(), [scan(2).scan_id]);
        assert!(!outbox.is_empty());
        outbox.retry_refused(9_000);
        assert_eq!(outbox.refused().len(), 0);
        assert_eq!(ids(&outbox.due(9_000).unwrap()), [scan(2).scan_id]);
    }

    #[test]
    fn a_scan_on_its_first_way_is_not_lost_by_leaving_unnoticed() {
        let mut outbox = Outbox::default();
        assert!(outbox.is_empty());
        outbox.send(gate(1), scan(1));
        assert!(!outbox.is_empty());
        outbox.remove(scan(1).scan_id);
        assert!(outbox.is_empty());
    }
}
