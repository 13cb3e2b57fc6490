//! What travels between phone and server.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Direction, Verdict};
use crate::ids::{CheckpointId, ScanId};

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

/// `POST /api/checkin/scans`: scans of one checkpoint, oldest first, [`ScanRequest::MAX`] at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRequest {
    pub checkpoint: CheckpointId,
    pub scans: Vec<ScanSubmission>,
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
    pub device_at: DateTime<Utc>,
    /// Server clock minus phone clock, in milliseconds, as last measured; 0 before any contact.
    #[serde(default)]
    pub offset_ms: i64,
    /// What the phone showed before the server answered, as [`Verdict::key`], if it showed anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_verdict: Option<String>,
}

/// The answer to [`ScanRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanResponse {
    /// The server's clock when it answered, by which the phone measures its own.
    pub server_now: DateTime<Utc>,
    /// One for each scan, in the order of the request.
    pub results: Vec<ScanReport>,
}

/// The answer to one scan.
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
