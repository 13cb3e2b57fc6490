//! What the check-in page hands to its script.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Checkpoint, Session, SignIn};
use crate::{
    ids::{CheckpointId, DeviceId},
    registration::Question,
    signed::PublicKey,
    text::Locale,
};

/// Everything that the scanner needs before the first scan. `T` is the text type: the page writes `&'static str` from
/// its catalogue, the script reads `String`. One type on both sides, so that a missing text does not compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup<T = String> {
    pub locale: Locale,
    pub texts: Texts<T>,
    /// Who scans, and where. `None`: the page was opened without network, and the phone knows its shift from before.
    pub shift: Option<Shift>,
}

/// Who scans, and where: as `GET /api/checkin/shift` answers too. Phones keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The server's clock when it wrote this; on a phone, when it counted who is in the rooms.
    pub server_now: DateTime<Utc>,
    /// The year of the edition.
    pub year: u16,
    /// The name of the person or phone that scans.
    pub who: String,
    /// The paired phone, if it is one.
    pub device: Option<DeviceId>,
    /// The account's sign-in, if it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    pub checkpoints: Vec<Checkpoint>,
    /// The sessions that people take seats in.
    #[serde(default)]
    pub sessions: Vec<Session>,
    /// The questions that are asked at the gate, of those whose [`Card::asks`](super::Card::asks) names them.
    #[serde(default)]
    pub questions: Vec<Question>,
    pub keys: Vec<PublicKey>,
    pub counts: Vec<Count>,
}

/// Arrivals at one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub id: CheckpointId,
    pub name_vi: String,
    pub name_en: String,
    /// People admitted: of a group all.
    pub admitted: i64,
    /// Scans of every verdict.
    pub scans: i64,
    /// People who are in the room, behind the door of a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<i64>,
}

/// What the script writes into the page. Everything else stands there from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts<T = String> {
    /// While the answer is on its way.
    pub checking: T,
    /// A short code cannot be judged without network.
    pub kept: Message<T>,
    /// Under a verdict that was found without network.
    pub kept_note: T,
    /// An identity card was held up.
    pub identity_card: Message<T>,
    /// A code was read before a place was chosen.
    pub no_place: Message<T>,
    /// A code reader typed through an input method for Vietnamese.
    pub garbled: Message<T>,
    /// The session has ended.
    pub signed_out: Message<T>,
    /// The server does not take the scan.
    pub refused: Message<T>,
    /// Over who it is, before somebody confirms.
    pub confirm: Message<T>,
    /// On the button of a scan that can be undone, and in place of what was said of one that was.
    pub undo: T,
    pub undone: T,
    /// Somebody else's scan, or too late.
    pub undo_refused: T,
    /// On a scan that waits to be sent.
    pub scan_waits: T,
    /// What somebody answered and the server does not take.
    pub refused_reply: T,
    /// What was typed or asked of a person and the server does not take, which the phone forgets.
    pub not_written: T,
    /// Before signing out with scans that wait; `{count}` says how many.
    pub sign_out_waiting: T,
    /// Nobody can sign out without network.
    pub sign_out_offline: T,
    /// Another tab of this browser scans.
    pub other_tab: Message<T>,
    /// The list has not come yet; or how many tickets are in it and how long ago it was whole: `{count}`, `{age}`.
    pub list_loading: T,
    pub list_of: T,
    /// How long ago something was: less than a minute, `{minutes}`, `{hours}`.
    pub age_now: T,
    pub age_minutes: T,
    pub age_hours: T,
    /// How far the phone's clock is off, `{minutes}` or `{seconds}`; or that it is right.
    pub clock_off: T,
    pub clock_off_seconds: T,
    pub clock_good: T,
    /// The phone was asleep for long, or its clock was set: which, only the server can tell.
    pub clock_doubted: T,
    /// How full a room is: `{count}` of `{size}` seats; or only who is in.
    pub inside_of: T,
    pub inside: T,
    /// The same as far as this phone knows, which has heard of the others at `{time}` last.
    pub inside_of_known: T,
    pub inside_known: T,
    /// All seats of the room are filled.
    pub door_full: T,
    /// A session's door that opens at `{time}`; a session that began `{minutes}` minutes ago.
    pub door_opens: T,
    pub door_late: T,
    /// What a PIN is; that it was another.
    pub pin_form: T,
    pub pin_wrong: T,
    /// The button that chooses `{place}`.
    pub scan_at: T,
    pub camera_on: T,
    pub camera_off: T,
    pub online: T,
    pub offline: T,
    pub camera: CameraTexts<T>,
    pub picture_reading: T,
    pub picture_empty: T,
    /// The decoder did not start.
    pub decoder_failed: T,
}

/// A large word and one or two sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message<T = String> {
    pub word: T,
    pub reason: T,
}

/// Why there is no picture, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraTexts<T = String> {
    pub denied: T,
    pub missing: T,
    pub busy: T,
    pub insecure: T,
    pub failed: T,
}
