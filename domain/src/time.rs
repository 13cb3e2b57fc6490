//! Time as the event sees it: instants in UTC, dates and hours in Vietnam.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};

/// Vietnam's offset from UTC, in seconds: +07:00 all year, without daylight saving.
const VIETNAM_OFFSET_SECONDS: i32 = 7 * 3600;

/// The zone in which the event's dates and hours are meant and shown.
#[must_use]
pub fn vietnam() -> FixedOffset {
    FixedOffset::east_opt(VIETNAM_OFFSET_SECONDS).expect("+07:00 is a valid offset")
}

/// The instant as a date and hour in Vietnam.
#[must_use]
pub fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&vietnam())
}

/// The calendar day in Vietnam on which the instant falls.
#[must_use]
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    local(at).date_naive()
}

/// The first instant of a calendar day in Vietnam.
#[must_use]
pub fn start_of_day(date: NaiveDate) -> DateTime<Utc> {
    vietnam()
        .from_local_datetime(&date.and_time(chrono::NaiveTime::MIN))
        .single()
        .expect("a fixed offset maps every local time to one instant")
        .with_timezone(&Utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evening_in_utc_is_the_next_day_in_vietnam() {
        let at = Utc.with_ymd_and_hms(2026, 10, 9, 17, 0, 0).unwrap();
        assert_eq!(local_date(at), NaiveDate::from_ymd_opt(2026, 10, 10).unwrap());
        assert_eq!(start_of_day(local_date(at)), at);
    }
}
