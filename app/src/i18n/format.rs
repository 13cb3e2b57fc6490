//! Dates, times and numbers as people here write them. Instants are shown in Vietnam's time.

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use domain::{contact::Phone, text::Locale, time::local};

/// `Chủ nhật, 10/10/2027` · `Sunday, 10 October 2027`
pub fn date(locale: Locale, day: NaiveDate) -> String {
    let weekday = weekday(locale, day.weekday());
    format!("{weekday}, {}", domain::time::day(day, locale))
}

/// `10/10` · `10 Oct`
pub fn date_short(locale: Locale, day: NaiveDate) -> String {
    day.format(locale.pick("%d/%m", "%-d %b")).to_string()
}

/// `08:00`, in both languages.
pub fn time(at: DateTime<Utc>) -> String {
    domain::time::clock(at)
}

/// `08:00–09:30`
pub fn time_range(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    format!("{}–{}", time(from), time(to))
}

/// `08:00, Chủ nhật, 10/10/2027` · `08:00, Sunday, 10 October 2027`
pub fn date_time(locale: Locale, at: DateTime<Utc>) -> String {
    format!("{}, {}", time(at), date(locale, local(at).date_naive()))
}

pub fn weekday(locale: Locale, day: Weekday) -> &'static str {
    let (vi, en) = match day {
        Weekday::Mon => ("Thứ hai", "Monday"),
        Weekday::Tue => ("Thứ ba", "Tuesday"),
        Weekday::Wed => ("Thứ tư", "Wednesday"),
        Weekday::Thu => ("Thứ năm", "Thursday"),
        Weekday::Fri => ("Thứ sáu", "Friday"),
        Weekday::Sat => ("Thứ bảy", "Saturday"),
        Weekday::Sun => ("Chủ nhật", "Sunday"),
    };
    locale.pick(vi, en)
}

/// A phone as people write it; what is stored is E.164.
pub fn phone(stored: &str) -> String {
    Phone::parse(stored).map_or_else(|_| stored.to_owned(), |phone| phone.national())
}

/// A whole number with its thousands apart: `1.234` · `1,234`
pub fn number(locale: Locale, number: impl Into<i64>) -> String {
    let number: i64 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(locale.pick('.', ','));
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn dates_are_written_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2027, 10, 10).unwrap();
        assert_eq!(date(Locale::Vi, day), "Chủ nhật, 10/10/2027");
        assert_eq!(date(Locale::En, day), "Sunday, 10 October 2027");
        assert_eq!(date_short(Locale::Vi, day), "10/10");
        assert_eq!(date_short(Locale::En, day), "10 Oct");
    }

    #[test]
    fn times_are_those_of_vietnam() {
        let at = Utc.with_ymd_and_hms(2027, 10, 10, 1, 0, 0).unwrap();
        assert_eq!(time_range(at, at + chrono::Duration::minutes(90)), "08:00–09:30");
        let late = Utc.with_ymd_and_hms(2027, 10, 9, 17, 30, 0).unwrap();
        assert_eq!(date_time(Locale::Vi, late), "00:30, Chủ nhật, 10/10/2027");
    }

    #[test]
    fn thousands_stand_apart() {
        let vi: Vec<_> = [0_i64, 999, 1_000, 12_345, 1_234_567, -1_000].map(|n| number(Locale::Vi, n)).into();
        assert_eq!(vi, ["0", "999", "1.000", "12.345", "1.234.567", "-1.000"]);
        assert_eq!(number(Locale::En, 1_234), "1,234");
    }
}
