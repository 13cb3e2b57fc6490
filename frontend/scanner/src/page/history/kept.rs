//! What the phone keeps of the last scans, so that they stand there when the page is loaded anew. It tells nothing of a person: no
//! name, no code that would open one, and no ticket.

use domain::{
    checkin::{Shift, SignIn, VerdictKind},
    ids::{CheckpointId, DeviceId, ScanId},
};
use serde::{Deserialize, Serialize};

use super::{Entry, UNDONE, Who};

/// What a row may say beside a verdict. One that is still being checked is none: its answer brings it.
const STATES: [&str; 4] = ["kept", "refused", "signed_out", UNDONE];

/// Whose scans they are: the paired phone's, or those of one sign-in with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Maker {
    device: Option<DeviceId>,
    sign_in: Option<SignIn>,
}

impl Maker {
    /// `None`: nobody is signed in.
    pub fn of(shift: &Shift) -> Option<Self> {
        let maker = Self { device: shift.device, sign_in: shift.sign_in };
        (maker.device.is_some() || maker.sign_in.is_some()).then_some(maker)
    }
}

/// The last scans of one maker, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub maker: Maker,
    pub scans: Vec<KeptScan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptScan {
    id: ScanId,
    place: CheckpointId,
    kind: String,
    word: String,
    /// That what was told of the person is not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_written: Option<String>,
    at: i64,
}

impl KeptScan {
    pub fn of(entry: &Entry) -> Option<Self> {
        let not_written = match &entry.who {
            Who::NotWritten(word) => Some(word.clone()),
            Who::Card(_) | Who::Told(_) => None,
        };
        known(entry.kind)?;
        let (kind, word) = (entry.kind.to_owned(), entry.word.clone());
        Some(Self { id: entry.id, place: entry.place, kind, word, not_written, at: entry.at })
    }

    /// The row. `None`: another build has kept what this one does not say.
    pub fn entry(self) -> Option<Entry> {
        Some(Entry {
            id: self.id,
            place: self.place,
            kind: known(&self.kind)?,
            word: self.word,
            who: self.not_written.map_or_else(Who::default, Who::NotWritten),
            at: self.at,
            is_over: false,
        })
    }
}

fn known(kind: &str) -> Option<&'static str> {
    let state = STATES.into_iter().find(|state| *state == kind);
    state.or_else(|| VerdictKind::from_key(kind).map(VerdictKind::key))
}
