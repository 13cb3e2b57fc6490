//! Time as the event sees it: instants in UTC, dates and hours in Vietnam.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeZone, Timelike, Utc};

use crate::text::Locale;

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

/// `08:05` in Vietnam, in both languages. Not by `format`, as phones would load chrono's reader of patterns; so is [`day`].
#[must_use]
pub fn clock(at: DateTime<Utc>) -> String {
    let at = local(at);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `09/10/2027` · `9 October 2027`
#[must_use]
pub fn day(date: NaiveDate, locale: Locale) -> String {
    match locale {
        Locale::Vi => digits(date),
        Locale::En => format!("{} {} {}", date.day(), month_name(date.month()), date.year()),
    }
}

/// `09/10/2027`, in both languages.
#[must_use]
pub fn digits(date: NaiveDate) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

fn month_name(month: u32) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
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

    #[test]
    fn hours_and_days_are_written_as_people_here_write_them() {
        let at = |hour, minute| Utc.with_ymd_and_hms(2026, 10, 9, hour, minute, 59).unwrap();
        assert_eq!([at(1, 5), at(17, 0), at(16, 59)].map(clock), ["08:05", "00:00", "23:59"]);
        for month in 1..=12 {
            let date = NaiveDate::from_ymd_opt(2027, month, month).unwrap();
            assert_eq!(day(date, Locale::Vi), date.format("%d/%m/%Y").to_string());
            assert_eq!(day(date, Locale::En), date.format("%-d %B %Y").to_string());
        }
    }
}
