//! What becomes of a text that was read: the rules of the scanner that need no browser.
//!
//! Times are milliseconds since 1970 by the phone's clock, passed in.

mod clock;
pub(crate) mod inside;
mod judge;
pub(crate) mod lens;
pub(crate) mod local;
mod mute;
mod name;
mod outbox;
pub(crate) mod pin;
mod strikes;
mod swipe;
mod wedge;

pub(crate) use clock::{Reading, ServerClock};
pub(crate) use inside::Inside;
pub(crate) use judge::{Judgement, judge};
pub(crate) use mute::{Fingerprint, Mute};
pub(crate) use name::short_name;
pub(crate) use outbox::{Fact, Kept, Outbox};
pub(crate) use strikes::Strikes;
pub(crate) use swipe::Swipe;
pub(crate) use wedge::{SILENCE, Wedge};

use chrono::{DateTime, Utc};
use domain::ids::ScanId;

/// The instant of these milliseconds; the epoch for what no calendar holds.
pub(crate) fn instant(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// The id of a scan made at this time: UUIDv7 (RFC 9562), its last ten bytes by chance.
pub(crate) fn scan_id(now: i64, random: [u8; 10]) -> ScanId {
    let millis = u64::try_from(now).unwrap_or_default();
    ScanId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_scans_are_version_7_and_sort_by_time() {
        let (early, late) = (scan_id(1_823_126_400_000, [255; 10]), scan_id(1_823_126_400_001, [0; 10]));
        assert_eq!(early.0.get_version_num(), 7);
        assert!(early < late);
        assert_ne!(early, scan_id(1_823_126_400_000, [254; 10]));
    }
}
