//! When a scan was made, as far as its phone can be believed.

use chrono::{DateTime, TimeDelta, Utc};

use super::server_time;

/// How long after it was made a scan may arrive with its own time: two days of the event without network.
pub const LATE_MAX: TimeDelta = TimeDelta::hours(48);
/// How far a phone's clock may be ahead of the server's before it is doubted.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(2);
/// How far before [`MadeAfter`] a time may lie before it is doubted. A phone goes on scanning while the question is under way by which
/// it tells that nothing waits, for half a minute at most; the rest is for the error that clocks are measured with.
const BEFORE_MAX: TimeDelta = TimeDelta::minutes(1);

/// What a scan was made after, whatever its phone says; `None` where the server cannot tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MadeAfter {
    /// The beginning of the sign-in, or of the pairing, that it was made under.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// When the phone told last that nothing waited on it: all that it had made by then was known here.
    pub synced_at: Option<DateTime<Utc>>,
}

impl MadeAfter {
    /// The earliest time that is believed of a scan that arrives now. What lies ahead of that tells of a server's clock that was set
    /// back since, and of no phone's.
    fn earliest(self, received_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let known = [self.signed_in_at, self.synced_at].into_iter().flatten();
        known.filter(|after| *after <= received_at).max().map(|after| after - BEFORE_MAX)
    }
}

/// The time of a phone's clock, corrected by its offset in milliseconds; `None` where that cannot be right. It cannot where it lies
/// after the arrival here, longer before it than a scan may be on its way, or before what the scan was made after. Then the scan
/// counts from its arrival.
#[must_use]
pub fn corrected(device_at: DateTime<Utc>, offset_ms: i64, received_at: DateTime<Utc>, after: MadeAfter) -> Option<DateTime<Utc>> {
    let at = server_time(device_at, offset_ms)?;
    // Clocks that are measured over a slow network lie ahead a little: such a scan is of now.
    let at = if at > received_at && at - received_at <= AHEAD_MAX { received_at } else { at };
    let on_its_way = received_at - LATE_MAX;
    let earliest = after.earliest(received_at).map_or(on_its_way, |earliest| earliest.max(on_its_way));
    (earliest..=received_at).contains(&at).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*};

    use super::*;

    /// So many seconds before or after a scan arrives.
    fn second(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_823_000_000 + seconds, 0).unwrap()
    }

    const ARRIVAL: i64 = 0;

    fn told(at: i64, after: MadeAfter) -> Option<DateTime<Utc>> {
        corrected(second(at), 0, second(ARRIVAL), after)
    }

    fn signed_in(seconds: i64) -> MadeAfter {
        MadeAfter { signed_in_at: Some(second(seconds)), synced_at: None }
    }

    fn synced(seconds: i64) -> MadeAfter {
        MadeAfter { signed_in_at: None, synced_at: Some(second(seconds)) }
    }

    #[test]
    fn a_time_is_believed_for_two_days_and_from_two_minutes_ahead_as_of_now() {
        let two_days = 48 * 3_600;
        for (at, believed) in [
            (-two_days - 1, None),
            (-two_days, Some(-two_days)),
            (-1, Some(-1)),
            (ARRIVAL, Some(ARRIVAL)),
            (120, Some(ARRIVAL)),
            (121, None),
        ] {
            assert_eq!(told(at, MadeAfter::default()), believed.map(second), "{at}");
        }
    }

    #[test]
    fn a_scan_is_not_believed_to_be_older_than_its_sign_in_but_for_a_minute() {
        for (at, believed) in [(-3_600, None), (-661, None), (-660, Some(-660)), (-600, Some(-600)), (-5, Some(-5))] {
            assert_eq!(told(at, signed_in(-600)), believed.map(second), "{at}");
        }
    }

    #[test]
    fn a_scan_is_not_believed_to_be_older_than_the_last_word_that_nothing_waits_but_for_a_minute() {
        for (at, believed) in [(-361, None), (-360, Some(-360)), (-300, Some(-300))] {
            assert_eq!(told(at, synced(-300)), believed.map(second), "{at}");
        }
        let both = MadeAfter { signed_in_at: Some(second(-600)), ..synced(-300) };
        assert_eq!((told(-361, both), told(-360, both)), (None, Some(second(-360))));
        let signed_in_later = MadeAfter { signed_in_at: Some(second(-200)), ..synced(-300) };
        assert_eq!((told(-261, signed_in_later), told(-260, signed_in_later)), (None, Some(second(-260))));
    }

    #[test]
    fn a_server_whose_clock_was_set_back_doubts_no_phone() {
        assert_eq!((told(-30, signed_in(1)), told(-600, synced(300))), (Some(second(-30)), Some(second(-600))));
        let one_of_them = MadeAfter { signed_in_at: Some(second(-300)), ..synced(300) };
        assert_eq!((told(-361, one_of_them), told(-360, one_of_them)), (None, Some(second(-360))));
    }

    #[test]
    fn what_is_longer_ago_than_scans_may_wait_is_not_believed_of_a_longer_sign_in_either() {
        let two_days = 48 * 3_600;
        assert_eq!(told(-two_days - 1, signed_in(-3 * two_days)), None);
        assert_eq!(told(-two_days, signed_in(-3 * two_days)), Some(second(-two_days)));
    }

    #[test]
    fn a_clock_that_is_wrong_is_corrected_before_its_time_is_judged() {
        let after = signed_in(-600);
        let at = |offset_ms| corrected(second(-10_000), offset_ms, second(ARRIVAL), after);
        assert_eq!(at(9_500_000), Some(second(-500)));
        assert_eq!(at(9_000_000), None);
        assert_eq!(corrected(DateTime::<Utc>::MAX_UTC, i64::MAX, second(ARRIVAL), after), None, "beyond any clock");
    }

    proptest! {
        #[test]
        fn whatever_a_phone_tells_is_believed_within_what_the_server_knows_and_otherwise_not(
            at in -300_000_i64..600, offset_ms in -900_000_i64..900_000,
            signed_in in option::of(-300_000_i64..=600), synced in option::of(-300_000_i64..=600),
        ) {
            let after = MadeAfter { signed_in_at: signed_in.map(second), synced_at: synced.map(second) };
            let known = || [after.signed_in_at, after.synced_at].into_iter().flatten().filter(|known| *known <= second(ARRIVAL));
            let believed = corrected(second(at), offset_ms, second(ARRIVAL), after);
            let own = second(at) + TimeDelta::milliseconds(offset_ms);
            if let Some(believed) = believed {
                prop_assert!(believed <= second(ARRIVAL) && second(ARRIVAL) - believed <= LATE_MAX);
                prop_assert!(known().all(|known| known - believed <= BEFORE_MAX));
                prop_assert_eq!(believed, own.min(second(ARRIVAL)), "no other time than the phone's own is made up");
            } else {
                let is_before = known().any(|known| known - own > BEFORE_MAX);
                prop_assert!(is_before || own - second(ARRIVAL) > AHEAD_MAX || second(ARRIVAL) - own > LATE_MAX);
            }
        }

        #[test]
        fn the_more_the_server_knows_the_less_is_believed(
            at in -10_000_i64..0, signed_in in option::of(-10_000_i64..=0), synced in option::of(-10_000_i64..=0),
        ) {
            let after = MadeAfter { signed_in_at: signed_in.map(second), synced_at: synced.map(second) };
            for less in [MadeAfter::default(), MadeAfter { synced_at: None, ..after }, MadeAfter { signed_in_at: None, ..after }] {
                prop_assert!(told(at, after).is_none_or(|believed| told(at, less) == Some(believed)));
            }
        }

        #[test]
        fn a_scan_of_now_is_never_doubted(signed_in in option::of(-10_000_i64..=600), synced in option::of(-10_000_i64..=600)) {
            let after = MadeAfter { signed_in_at: signed_in.map(second), synced_at: synced.map(second) };
            prop_assert_eq!(told(ARRIVAL, after), Some(second(ARRIVAL)));
        }
    }
}
