//! How long personal data is kept, and when what has served its time goes.

use chrono::{DateTime, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::time::local;

/// How long an edition keeps what, in months. The law names no periods (Law 91/2025/QH15 asks for as long as is needed);
/// these are the edition's promise on the privacy page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Who registered and came, after the last day. Then names and contacts go, and the counts stay.
    pub attendees: u16,
    /// The audit log, after each entry.
    pub logs: u16,
    /// The proof of consent, after the data that it was given for is gone.
    pub proofs: u16,
    /// What people asked by the law, after it was answered.
    pub requests: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { attendees: 12, logs: 12, proofs: 24, requests: 24 }
    }
}

/// Whether it is the part of the night in which the nightly work is done: from three to six in Vietnam. Who was not running
/// then waits for the next night.
#[must_use]
pub fn is_night(now: DateTime<Utc>) -> bool {
    (3..6).contains(&local(now).hour())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_night_is_that_of_vietnam() {
        let at = |hour, minute| Utc.with_ymd_and_hms(2027, 10, 9, hour, minute, 0).unwrap();
        assert_eq!([at(19, 59), at(20, 0), at(22, 59), at(23, 0), at(3, 0)].map(is_night), [false, true, true, false, false]);
    }
}
