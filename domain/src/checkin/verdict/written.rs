//! Verdicts as they are read: each field once, beside the kind that says which of them count.
//!
//! serde reads an enum with its kind beside its fields by way of a tree of values, and makes the readers of all that it holds
//! once more for such trees. Phones would load them; here they are read as plain structs.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{AudienceKind, Session, Stop, VerdictKind};
use crate::{
    checkin::Admission,
    ids::{CheckpointId, ScanId},
};

/// A kind came without what it needs.
#[derive(Debug, thiserror::Error)]
#[error("{0} is missing")]
pub(super) struct Missing(&'static str);

fn needed<T>(value: Option<T>, name: &'static str) -> Result<T, Missing> {
    value.ok_or(Missing(name))
}

#[derive(Deserialize)]
pub(super) struct Verdict {
    kind: VerdictKind,
    scan_id: Option<ScanId>,
    checkpoint: Option<CheckpointId>,
    checkpoint_vi: Option<String>,
    checkpoint_en: Option<String>,
    device: Option<String>,
    at: Option<DateTime<Utc>>,
    left_at: Option<DateTime<Utc>>,
    mismatch: Option<super::Mismatch>,
    opens_at: Option<DateTime<Utc>>,
    reason: Option<Stop>,
}

impl TryFrom<Verdict> for super::Verdict {
    type Error = Missing;

    fn try_from(written: Verdict) -> Result<Self, Missing> {
        Ok(match written.kind {
            VerdictKind::Admit => Self::Admit,
            VerdictKind::AdmitUnconfirmed => Self::AdmitUnconfirmed,
            VerdictKind::Readmit => Self::Readmit,
            VerdictKind::AlreadyIn => Self::AlreadyIn(Admission {
                scan_id: needed(written.scan_id, "scan_id")?,
                checkpoint: written.checkpoint,
                checkpoint_vi: needed(written.checkpoint_vi, "checkpoint_vi")?,
                checkpoint_en: needed(written.checkpoint_en, "checkpoint_en")?,
                device: needed(written.device, "device")?,
                at: needed(written.at, "at")?,
                left_at: written.left_at,
            }),
            VerdictKind::WrongPlace => Self::WrongPlace { mismatch: needed(written.mismatch, "mismatch")? },
            VerdictKind::NotYetOpen => Self::NotYetOpen { opens_at: needed(written.opens_at, "opens_at")? },
            VerdictKind::Stopped => Self::Stopped { reason: needed(written.reason, "reason")? },
            VerdictKind::NotATicket => Self::NotATicket,
            VerdictKind::Exit => Self::Exit,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum MismatchKind {
    Edition,
    Audience,
    Badge,
    Seat,
    Ended,
}

#[derive(Deserialize)]
pub(super) struct Mismatch {
    kind: MismatchKind,
    year: Option<u16>,
    audience: Option<AudienceKind>,
    seat: Option<Session>,
    opens_to_all_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Mismatch> for super::Mismatch {
    type Error = Missing;

    fn try_from(written: Mismatch) -> Result<Self, Missing> {
        Ok(match written.kind {
            MismatchKind::Edition => Self::Edition { year: needed(written.year, "year")? },
            MismatchKind::Audience => Self::Audience { audience: needed(written.audience, "audience")? },
            MismatchKind::Badge => Self::Badge,
            MismatchKind::Seat => Self::Seat { seat: written.seat, opens_to_all_at: written.opens_to_all_at },
            MismatchKind::Ended => Self::Ended { closed_at: needed(written.closed_at, "closed_at")? },
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use crate::{
        checkin::{Admission, Mismatch, Session, Stop, Verdict, VerdictKind},
        ids::{CheckpointId, RoomId, ScanId, SessionId},
        registration::AudienceKind,
        ticket::ShortCode,
    };

    /// One of every kind, with all that it can carry.
    fn verdicts() -> Vec<Verdict> {
        let at = chrono::DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let admission = Admission {
            scan_id: ScanId(Uuid::from_u128(7)),
            checkpoint: Some(CheckpointId(Uuid::from_u128(6))),
            checkpoint_vi: "Cổng A".into(),
            checkpoint_en: "Gate A".into(),
            device: "Máy 1".into(),
            at,
            left_at: Some(at),
        };
        let session = Session {
            id: SessionId(Uuid::from_u128(8)),
            title_vi: "Phiên mở".into(),
            title_en: "Opening".into(),
            room: RoomId(Uuid::from_u128(9)),
            room_vi: "Hội trường".into(),
            room_en: "Hall".into(),
            starts_at: at,
            ends_at: at,
        };
        let mismatches = [
            Mismatch::Edition { year: 2026 },
            Mismatch::Audience { audience: AudienceKind::Press },
            Mismatch::Badge,
            Mismatch::Seat { seat: Some(session), opens_to_all_at: Some(at) },
            Mismatch::Seat { seat: None, opens_to_all_at: None },
            Mismatch::Ended { closed_at: at },
        ];
        let stops = [
            Stop::Cancelled,
            Stop::Blocked,
            Stop::Reissued,
            Stop::BadgeReplaced,
            Stop::Merged { into: ShortCode::from_random(3) },
            Stop::Removed,
        ];
        [
            Verdict::Admit,
            Verdict::AdmitUnconfirmed,
            Verdict::Readmit,
            Verdict::AlreadyIn(Admission { checkpoint: None, left_at: None, ..admission.clone() }),
            Verdict::AlreadyIn(admission),
            Verdict::NotYetOpen { opens_at: at },
            Verdict::NotATicket,
            Verdict::Exit,
        ]
        .into_iter()
        .chain(mismatches.map(|mismatch| Verdict::WrongPlace { mismatch }))
        .chain(stops.map(|reason| Verdict::Stopped { reason }))
        .collect()
    }

    #[test]
    fn every_verdict_is_read_as_it_was_written() {
        let verdicts = verdicts();
        for kind in VerdictKind::ALL {
            assert!(verdicts.iter().any(|verdict| verdict.kind() == kind), "{kind:?}");
        }
        for verdict in verdicts {
            let written = serde_json::to_string(&verdict).unwrap();
            assert_eq!(serde_json::from_str::<Verdict>(&written).unwrap(), verdict, "{written}");
        }
    }

    #[test]
    fn a_kind_without_what_it_needs_is_refused() {
        for verdict in verdicts() {
            let Value::Object(written) = serde_json::to_value(&verdict).unwrap() else { panic!("{verdict:?}") };
            for name in written.keys().filter(|name| !["checkpoint", "left_at"].contains(&name.as_str())) {
                let mut without = written.clone();
                without.remove(name);
                assert!(serde_json::from_value::<Verdict>(without.into()).is_err(), "{verdict:?} without {name}");
            }
        }
        assert!(serde_json::from_value::<Verdict>(json!({ "kind": "unheard_of" })).is_err());
        assert!(serde_json::from_value::<Mismatch>(json!({ "kind": "ended" })).is_err());
    }
}
