//! What this phone has seen at its checkpoint: enough to judge true tickets while there is no network.
//!
//! It is the same rule as on the server, over a list that lags. A roster from the server takes its place one day.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{self, Admission, Checkpoint, Presented, Record, Roster, Scan, Standing, Stop, Verdict},
    ids::{CheckpointId, ScanId},
    ticket::Ticket,
};

#[derive(Clone, Debug)]
pub(crate) struct Local {
    roster: Roster,
    device: String,
}

impl Local {
    /// Nothing seen yet at this checkpoint. `device` is who scans.
    pub fn new(checkpoint: Checkpoint, device: String) -> Self {
        Self { roster: Roster { checkpoint, complete: false, records: Vec::new() }, device }
    }

    pub fn checkpoint(&self) -> &Checkpoint {
        &self.roster.checkpoint
    }

    /// The verdict on a true ticket, as far as this phone can know. `at` is the server's time.
    pub fn decide(&self, ticket: Ticket, at: DateTime<Utc>) -> Verdict {
        checkin::decide(&self.roster, &Scan { presented: Presented::Signed(ticket), direction: checkin::Direction::Entry, at })
    }

    /// Remembers what a verdict, own or the server's, says of a ticket. One of another place says nothing here.
    pub fn learn(&mut self, place: CheckpointId, ticket: Ticket, scan_id: ScanId, verdict: &Verdict, at: DateTime<Utc>) {
        if place != self.roster.checkpoint.id {
            return;
        }
        let mut record = Record {
            id: ticket.id,
            audience: ticket.audience,
            reissue: ticket.reissue,
            standing: Standing::Valid,
            merged_into: None,
            admission: None,
        };
        match verdict {
            Verdict::Admit | Verdict::AdmitUnconfirmed => {
                let place = &self.roster.checkpoint;
                record.admission = Some(Admission {
                    scan_id,
                    checkpoint_vi: place.name_vi.clone(),
                    checkpoint_en: place.name_en.clone(),
                    device: self.device.clone(),
                    at,
                });
            }
            Verdict::AlreadyIn(admission) => record.admission = Some(admission.clone()),
            Verdict::Stopped { reason: Stop::Cancelled | Stop::Removed } => record.standing = Standing::Cancelled,
            Verdict::Stopped { reason: Stop::Merged { into } } => {
                record.standing = Standing::Cancelled;
                record.merged_into = Some(into.clone());
            }
            Verdict::Stopped { reason: Stop::Blocked } => record.standing = Standing::Blocked,
            Verdict::Stopped { reason: Stop::Reissued } => record.reissue = ticket.reissue.saturating_add(1),
            Verdict::WrongPlace { .. } | Verdict::NotYetOpen { .. } | Verdict::NotATicket | Verdict::Exit => return,
        }
        match self.roster.records.binary_search_by_key(&ticket.id, |known| known.id) {
            Ok(at) => self.roster.records[at] = record,
            Err(at) => self.roster.records.insert(at, record),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        registration::AudienceKind,
        ticket::{ShortCode, TicketId},
    };
    use uuid::Uuid;

    use super::*;
    use crate::flow::instant;

    const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const HERE: CheckpointId = CheckpointId(Uuid::nil());

    fn ticket(id: u64) -> Ticket {
        Ticket { key_id: 0, year: 2027, audience: AudienceKind::Citizen, reissue: 1, id: TicketId(id) }
    }

    fn gate() -> Local {
        let place = Checkpoint {
            id: HERE,
            year: 2027,
            name_vi: "Cổng chính".into(),
            name_en: "Main gate".into(),
            opens_at: None,
            closes_at: None,
            admits: vec![],
        };
        Local::new(place, "Máy 3".into())
    }

    #[test]
    fn a_true_ticket_that_was_never_seen_is_let_in_to_be_confirmed() {
        assert_eq!(gate().decide(ticket(1), AT), Verdict::AdmitUnconfirmed);
    }

    #[test]
    fn who_was_let_in_without_network_is_in() {
        let mut gate = gate();
        let scan = ScanId(Uuid::nil());
        gate.learn(HERE, ticket(2), scan, &Verdict::AdmitUnconfirmed, AT);
        gate.learn(HERE, ticket(1), scan, &Verdict::Admit, instant(60_000));
        let Verdict::AlreadyIn(admission) = gate.decide(ticket(1), instant(120_000)) else { panic!("not in") };
        assert_eq!((admission.at, admission.device.as_str()), (instant(60_000), "Máy 3"));
        assert!(matches!(gate.decide(ticket(2), AT), Verdict::AlreadyIn(_)));
        assert_eq!(gate.decide(ticket(3), AT), Verdict::AdmitUnconfirmed);
    }

    #[test]
    fn who_was_let_in_elsewhere_is_not_in_here() {
        let mut door = gate();
        let elsewhere = CheckpointId(Uuid::max());
        door.learn(elsewhere, ticket(1), ScanId(Uuid::nil()), &Verdict::Admit, AT);
        assert_eq!(door.decide(ticket(1), AT), Verdict::AdmitUnconfirmed);
    }

    #[test]
    fn a_stop_is_remembered_and_a_newer_ticket_of_the_same_person_is_not_stopped() {
        let mut gate = gate();
        let scan = ScanId(Uuid::nil());
        gate.learn(HERE, ticket(1), scan, &Verdict::Stopped { reason: Stop::Cancelled }, AT);
        assert_eq!(gate.decide(ticket(1), AT), Verdict::Stopped { reason: Stop::Cancelled });
        let merged = Verdict::Stopped { reason: Stop::Merged { into: ShortCode::from_random(7) } };
        gate.learn(HERE, ticket(1), scan, &merged, AT);
        assert_eq!(gate.decide(ticket(1), AT), merged);
        gate.learn(HERE, ticket(2), scan, &Verdict::Stopped { reason: Stop::Reissued }, AT);
        assert_eq!(gate.decide(ticket(2), AT), Verdict::Stopped { reason: Stop::Reissued });
        assert_eq!(gate.decide(Ticket { reissue: 2, ..ticket(2) }, AT), Verdict::Admit);
    }
}
