//! What the check-in page hands to its script.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Checkpoint;
use crate::{ids::CheckpointId, text::Locale, ticket::TicketKey};

/// Everything that the scanner needs before the first scan. `T` is the text type: the page writes `&'static str` from
/// its catalogue, the script reads `String`. One type on both sides, so that a missing text does not compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup<T = String> {
    pub locale: Locale,
    /// The server's clock when it wrote the page.
    pub server_now: DateTime<Utc>,
    /// The year of the edition.
    pub year: u16,
    /// The name of the person or phone that scans.
    pub who: String,
    pub checkpoints: Vec<Checkpoint>,
    pub keys: Vec<TicketKey>,
    pub counts: Vec<Count>,
    pub texts: Texts<T>,
}

/// Arrivals at one checkpoint, as `GET /api/checkin/counts` answers too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub id: CheckpointId,
    pub name_vi: String,
    pub name_en: String,
    /// Tickets admitted.
    pub admitted: i64,
    /// Scans of every verdict.
    pub scans: i64,
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
    /// The session has ended.
    pub signed_out: Message<T>,
    /// The server does not take the scan.
    pub refused: Message<T>,
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
