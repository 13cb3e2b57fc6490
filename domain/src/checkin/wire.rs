//! What travels between phone and server.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Direction, Verdict, VerdictKind};
use crate::ids::{CheckpointId, ScanId};

/// The years that a phone's clock may tell: from where clocks start that have lost their time, to far beyond any edition.
const DEVICE_YEARS: std::ops::Range<i32> = 1970..2200;
/// The most that a phone's clock may differ from the server's, in milliseconds: a hundred years, so that a clock which
/// starts anew in 1970 is corrected too.
const OFFSET_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// How the code was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Camera,
    Typed,
    /// The phone's own camera app opened the page behind the code.
    Link,
}

impl Source {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Typed => "typed",
            Self::Link => "link",
        }
    }
}

/// `POST /api/checkin/scans`: scans of one checkpoint, oldest first, [`ScanRequest::MAX`] at most. A phone writes
/// [`ScanSubmission`]s; the server reads each as [`Sent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRequest<S = ScanSubmission> {
    pub checkpoint: CheckpointId,
    pub scans: Vec<S>,
}

impl ScanRequest {
    /// The most scans that one request may carry.
    pub const MAX: usize = 500;
}

/// One scan as the phone tells it. A repeat of the same `scan_id` gets the stored verdict again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSubmission {
    pub scan_id: ScanId,
    /// The text that was read or typed.
    pub code: String,
    pub source: Source,
    #[serde(default)]
    pub direction: Direction,
    /// The phone's clock at the scan.
    #[serde(deserialize_with = "device_time")]
    pub device_at: DateTime<Utc>,
    /// Server clock minus phone clock, in milliseconds, as last measured; 0 before any contact.
    #[serde(default, deserialize_with = "offset")]
    pub offset_ms: i64,
    /// What the phone showed before the server answered, if it showed anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_verdict: Option<VerdictKind>,
}

fn device_time<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let at = DateTime::deserialize(from)?;
    if DEVICE_YEARS.contains(&at.year()) { Ok(at) } else { Err(D::Error::custom("a time beyond any clock")) }
}

fn offset<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let milliseconds = i64::deserialize(from)?;
    if (-OFFSET_MAX..=OFFSET_MAX).contains(&milliseconds) { Ok(milliseconds) } else { Err(D::Error::custom("an offset beyond any clock")) }
}

/// One scan as it arrives. One that cannot be read is refused alone and holds up no other of its request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Sent {
    Scan(ScanSubmission),
    Unreadable { scan_id: ScanId },
}

impl From<ScanSubmission> for Sent {
    fn from(scan: ScanSubmission) -> Self {
        Self::Scan(scan)
    }
}

/// The answer to [`ScanRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanResponse {
    /// The server's clock when it answered, by which the phone measures its own.
    pub server_now: DateTime<Utc>,
    /// One for each scan, in the order of the request.
    pub results: Vec<ScanAnswer>,
}

/// The answer to one scan: a verdict, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ScanAnswer {
    Report(ScanReport),
    Refused { scan_id: ScanId, refused: Refusal },
}

/// Why one scan of a request has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It does not tell what a scan has to tell, and never will: the phone keeps it in sight and sends it no more.
    Unreadable,
    /// The server failed at this one alone. The phone sends it again later.
    Failed,
}

impl Refusal {
    /// Whether the same scan may be answered at another time.
    #[must_use]
    pub fn passes(self) -> bool {
        self == Self::Failed
    }
}

/// The verdict on one scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanReport {
    pub scan_id: ScanId,
    pub verdict: Verdict,
    /// Who it is, when the ticket is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// What the steward sees of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    pub audience_vi: String,
    pub audience_en: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}
