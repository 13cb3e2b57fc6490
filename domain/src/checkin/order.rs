//! The scans and undoings of one request in the order in which they happened.

use chrono::{DateTime, Utc};

use super::{Sent, Undo, server_time};
use crate::ids::ScanId;

/// Scans, and what was undone after them and before the next ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub scans: Vec<Sent>,
    pub undos: Vec<Undo>,
}

/// Orders what a phone brings: who was let in, taken back as a mistake and let in again is not to be told of being in already. An
/// undoing stands before the first scan that was made after it, by the phone's corrected time, though never before its own scan.
/// Scans keep their order, and so do undoings between the same scans.
#[must_use]
pub fn in_order(scans: Vec<Sent>, undos: Vec<Undo>) -> Vec<Batch> {
    let place = |undo: &Undo| {
        let at = server_time(undo.device_at, undo.offset_ms);
        let own = scans.iter().position(|scan| id(scan) == undo.scan_id).map_or(0, |own| own + 1);
        let next = scans.iter().position(|scan| time(scan).is_some_and(|made| Some(made) > at)).unwrap_or(scans.len());
        next.max(own)
    };
    let mut undos: Vec<_> = undos.into_iter().map(|undo| (place(&undo), undo)).collect();
    undos.sort_by_key(|(place, _)| *place);
    let mut batches: Vec<Batch> = Vec::new();
    let (mut scans, mut taken) = (scans.into_iter(), 0);
    for (place, undo) in undos {
        match batches.last_mut().filter(|_| place == taken) {
            Some(batch) => batch.undos.push(undo),
            None => batches.push(Batch { scans: scans.by_ref().take(place - taken).collect(), undos: vec![undo] }),
        }
        taken = place;
    }
    if scans.len() > 0 {
        batches.push(Batch { scans: scans.collect(), undos: Vec::new() });
    }
    batches
}

fn id(sent: &Sent) -> ScanId {
    match sent {
        Sent::Scan(scan) => scan.scan_id,
        Sent::Unreadable { scan_id } => *scan_id,
    }
}

fn time(sent: &Sent) -> Option<DateTime<Utc>> {
    match sent {
        Sent::Scan(scan) => server_time(scan.device_at, scan.offset_ms),
        Sent::Unreadable { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::{collection::vec, prelude::*};
    use uuid::Uuid;

    use super::*;
    use crate::checkin::{Direction, ScanSubmission, Source};

    fn scan_id(number: u128) -> ScanId {
        ScanId(Uuid::from_u128(number))
    }

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn scan(number: u128, at: i64) -> Sent {
        Sent::Scan(ScanSubmission {
            scan_id: scan_id(number),
            code: String::new(),
            source: Source::Camera,
            direction: Direction::Entry,
            device_at: second(at),
            offset_ms: 0,
            local_verdict: None,
            made_by: None,
            sign_in: None,
        })
    }

    /// Numbered apart from scans.
    fn undo(of: u128, at: i64) -> Undo {
        Undo { id: scan_id(1_000 + of), scan_id: scan_id(of), device_at: second(at), offset_ms: 0 }
    }

    /// Each batch by the numbers of its scans and of the scans that are undone after them.
    fn told(batches: &[Batch]) -> Vec<(Vec<u128>, Vec<u128>)> {
        let number = |id: ScanId| id.0.as_u128();
        let told = batches.iter().map(|batch| {
            (batch.scans.iter().map(|scan| number(id(scan))).collect(), batch.undos.iter().map(|undo| number(undo.scan_id)).collect())
        });
        told.collect()
    }

    #[test]
    fn an_undoing_stands_between_the_scans_before_and_after_it() {
        let scans = vec![scan(1, 0), scan(2, 10), scan(3, 20), scan(4, 30)];
        assert_eq!(told(&in_order(scans.clone(), vec![undo(1, 5)])), [(vec![1], vec![1]), (vec![2, 3, 4], vec![])]);
        let undos = vec![undo(1, 21), undo(3, 25), undo(4, 35)];
        assert_eq!(told(&in_order(scans.clone(), undos)), [(vec![1, 2, 3], vec![1, 3]), (vec![4], vec![4])]);
        assert_eq!(told(&in_order(scans.clone(), vec![])), [(vec![1, 2, 3, 4], vec![])]);
        assert_eq!(told(&in_order(scans, vec![undo(9, -5)])), [(vec![], vec![9]), (vec![1, 2, 3, 4], vec![])], "its scan came before");
        assert_eq!(told(&in_order(vec![], vec![undo(9, 0), undo(8, 1)])), [(vec![], vec![9, 8])]);
        assert_eq!(in_order(vec![], vec![]), []);
    }

    #[test]
    fn a_clock_that_was_set_back_puts_no_undoing_before_its_scan() {
        assert_eq!(told(&in_order(vec![scan(1, 100), scan(2, 20)], vec![undo(1, 10)])), [(vec![1], vec![1]), (vec![2], vec![])]);
    }

    #[test]
    fn one_time_that_is_wrong_moves_no_other_undoing() {
        let undos = vec![undo(1, 1_000), undo(2, 15)];
        let scans = vec![scan(1, 0), scan(2, 10), scan(3, 20)];
        assert_eq!(told(&in_order(scans, undos)), [(vec![1, 2], vec![2]), (vec![3], vec![1])]);
    }

    #[test]
    fn times_are_compared_as_the_phone_has_corrected_them() {
        // The clock ran a minute late until it was measured.
        let corrected = Undo { offset_ms: 60_000, ..undo(1, 5) };
        assert_eq!(told(&in_order(vec![scan(1, 0), scan(2, 30)], vec![corrected])), [(vec![1, 2], vec![1])]);
    }

    #[test]
    fn what_cannot_be_read_stands_where_it_stood() {
        let scans = vec![scan(1, 0), Sent::Unreadable { scan_id: scan_id(2) }, scan(3, 20)];
        assert_eq!(told(&in_order(scans, vec![undo(1, 5)])), [(vec![1, 2], vec![1]), (vec![3], vec![])]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_doubled_or_turned_round(times in vec(0_i64..40, 0..12), undone in vec((0_u128..14, 0_i64..40), 0..8)) {
            let scans: Vec<_> = (0..).zip(times).map(|(number, at)| scan(number, at)).collect();
            let undos: Vec<_> = undone.into_iter().map(|(of, at)| undo(of, at)).collect();
            let batches = in_order(scans.clone(), undos.clone());
            for batch in &batches[..batches.len().saturating_sub(1)] {
                prop_assert!(!batch.undos.is_empty());
            }
            for undo in &undos {
                let place = |has: &dyn Fn(&Batch) -> bool| batches.iter().position(has);
                let own = place(&|batch| batch.scans.iter().any(|scan| id(scan) == undo.scan_id));
                prop_assert!(own <= place(&|batch| batch.undos.contains(undo)));
            }
            let (mut told_scans, mut told_undos) = (Vec::new(), Vec::new());
            for batch in batches {
                told_scans.extend(batch.scans);
                told_undos.extend(batch.undos);
            }
            prop_assert_eq!(told_scans, scans);
            let sorted = |mut undos: Vec<Undo>| {
                undos.sort_by_key(|undo| (undo.id, undo.device_at));
                undos
            };
            prop_assert_eq!(sorted(told_undos), sorted(undos));
        }
    }
}
