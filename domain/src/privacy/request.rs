//! What people may ask for by the law on personal data, and until when it has to be done.
//!
//! Decree 356/2025/NĐ-CP Art. 5. Periods begin on the day after the request came (Civil Code Art. 147) and end with their
//! last day in Vietnam. A last day that is no working day is not moved: to be earlier is always right.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::time::local_date;

/// The working days within which a request is answered: that it came, and when it will be done.
const ANSWER_WORKING_DAYS: usize = 2;

/// What a person may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See what is kept.
    Access,
    /// Have a copy of it.
    Copy,
    Correct,
    /// Withdraw a consent.
    Withdraw,
    /// Have the data kept and used for nothing else.
    Restrict,
    /// Object to a use of the data.
    Object,
    Erase,
}

impl Right {
    pub const ALL: [Self; 7] = [Self::Access, Self::Copy, Self::Correct, Self::Withdraw, Self::Restrict, Self::Object, Self::Erase];

    /// The name in forms and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Copy => "copy",
            Self::Correct => "correct",
            Self::Withdraw => "withdraw",
            Self::Restrict => "restrict",
            Self::Object => "object",
            Self::Erase => "erase",
        }
    }

    /// The right with this [`Right::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.key() == key)
    }

    /// The days within which it is done. One extension is as long again.
    #[must_use]
    pub fn days(self) -> u64 {
        match self {
            Self::Access | Self::Copy | Self::Correct => 10,
            Self::Withdraw | Self::Restrict | Self::Object => 15,
            Self::Erase => 20,
        }
    }
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestChannel {
    /// On the page behind the ticket's link, which answers at once that it came.
    Ticket,
    Phone,
    Email,
    Letter,
    Desk,
}

impl RequestChannel {
    pub const ALL: [Self; 5] = [Self::Ticket, Self::Phone, Self::Email, Self::Letter, Self::Desk];

    /// The name in forms and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Letter => "letter",
            Self::Desk => "desk",
        }
    }

    /// The channel with this [`RequestChannel::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.key() == key)
    }

    /// Whether who asks learns there and then that the request came.
    #[must_use]
    pub fn answers_at_once(self) -> bool {
        matches!(self, Self::Ticket | Self::Phone | Self::Desk)
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    Open,
    Done,
    /// Not done, for a reason that the person was told.
    Refused,
}

impl RequestState {
    pub const ALL: [Self; 3] = [Self::Open, Self::Done, Self::Refused];

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The state with this [`RequestState::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// The last day on which a request is answered in time. Saturdays, Sundays and these holidays are no working days.
#[must_use]
pub fn answer_due_on(asked_at: DateTime<Utc>, holidays: &BTreeSet<NaiveDate>) -> NaiveDate {
    let works = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !holidays.contains(day);
    let asked_on = local_date(asked_at);
    asked_on.iter_days().skip(1).filter(works).nth(ANSWER_WORKING_DAYS - 1).unwrap_or(asked_on)
}

/// The last day on which it is done in time.
#[must_use]
pub fn due_on(right: Right, asked_at: DateTime<Utc>) -> NaiveDate {
    local_date(asked_at) + Days::new(right.days())
}

/// The last day after the one extension.
#[must_use]
pub fn extended_due_on(right: Right, due_on: NaiveDate) -> NaiveDate {
    due_on + Days::new(right.days())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    /// Eight in the morning in Vietnam.
    fn morning(date: NaiveDate) -> DateTime<Utc> {
        crate::time::start_of_day(date) + chrono::TimeDelta::hours(8)
    }

    #[test]
    fn due_days_are_those_of_the_decree() {
        let asked = morning(day(2027, 10, 1));
        let due: Vec<_> = Right::ALL.map(|right| (right.key(), due_on(right, asked).to_string())).into();
        assert_eq!(
            due,
            [
                ("access", "2027-10-11"),
                ("copy", "2027-10-11"),
                ("correct", "2027-10-11"),
                ("withdraw", "2027-10-16"),
                ("restrict", "2027-10-16"),
                ("object", "2027-10-16"),
                ("erase", "2027-10-21"),
            ]
            .map(|(right, due)| (right, due.to_owned()))
        );
        assert_eq!(extended_due_on(Right::Erase, day(2027, 10, 21)), day(2027, 11, 10));
    }

    #[test]
    fn two_working_days_pass_over_weekends_and_holidays() {
        let none = BTreeSet::new();
        // A Monday, and a Thursday evening.
        assert_eq!(answer_due_on(morning(day(2027, 10, 4)), &none), day(2027, 10, 6));
        assert_eq!(answer_due_on(morning(day(2027, 10, 7)), &none), day(2027, 10, 11));
        // National Day of 2027: Thursday 2 and Friday 3 September.
        let holidays = BTreeSet::from([day(2027, 9, 2), day(2027, 9, 3)]);
        assert_eq!(answer_due_on(morning(day(2027, 9, 1)), &holidays), day(2027, 9, 7));
    }

    #[test]
    fn the_day_is_that_of_vietnam() {
        let late = Utc.with_ymd_and_hms(2027, 10, 3, 17, 30, 0).unwrap();
        assert_eq!(answer_due_on(late, &BTreeSet::new()), day(2027, 10, 6), "half past midnight on Monday");
    }

    proptest! {
        #[test]
        fn an_answer_is_never_due_on_a_free_day_nor_before_two_days(days in 0_u64..3000, free in proptest::collection::btree_set(0_u64..3100, 0..60)) {
            let first = day(2026, 1, 1);
            let holidays: BTreeSet<_> = free.into_iter().map(|at| first + Days::new(at)).collect();
            let asked = first + Days::new(days);
            let due = answer_due_on(morning(asked), &holidays);
            prop_assert!(due >= asked + Days::new(2));
            prop_assert!(!holidays.contains(&due) && !matches!(due.weekday(), Weekday::Sat | Weekday::Sun));
        }
    }

    #[test]
    fn keys_are_one_to_one() {
        for right in Right::ALL {
            assert_eq!(Right::from_key(right.key()), Some(right));
        }
        for channel in RequestChannel::ALL {
            assert_eq!(RequestChannel::from_key(channel.key()), Some(channel));
        }
        for state in RequestState::ALL {
            assert_eq!(RequestState::from_key(state.key()), Some(state));
        }
    }
}
