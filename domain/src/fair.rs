//! Fair use: how often something may be asked for, and how a form is filled in by a person.
//!
//! A limit is by phone, e-mail, ticket, form or account and never by network address: a whole venue shares one.

pub mod puzzle;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::form::Problem;

/// What is limited. A limit counts each of its targets by itself; those "in all" have one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Links of lost tickets, by what was typed: a phone, an e-mail address or a short code.
    LostTicket,
    /// The same in all.
    LostTickets,
    /// Messages that staff send again, by registration.
    Resend,
    /// The same in all.
    Resends,
    /// Invitations asked for by who can read mail at a domain, by e-mail address.
    Invitation,
    /// The same in all.
    Invitations,
    /// Wrong invitation codes, by the form's key.
    WrongCode,
    /// Changes behind a ticket's link, by ticket.
    Change,
    /// Searches among the registered, by account: nobody copies the list page by page.
    Search,
    /// Stamps of booths that somebody makes alone, by ticket.
    Stamp,
    /// Short codes typed at booths that no ticket has, by the ticket that the browser keeps, or else by the form's key: honest
    /// fingers hardly ever make one, since its last character checks the others.
    UnknownStamp,
    /// The same at one booth, of all who keep no ticket: forms are given out to anybody.
    UnknownStamps,
}

impl Limit {
    pub const ALL: [Self; 12] = [
        Self::LostTicket,
        Self::LostTickets,
        Self::Resend,
        Self::Resends,
        Self::Invitation,
        Self::Invitations,
        Self::WrongCode,
        Self::Change,
        Self::Search,
        Self::Stamp,
        Self::UnknownStamp,
        Self::UnknownStamps,
    ];

    /// The name in the derived key. Two limits never share one.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::LostTicket => "lost ticket",
            Self::LostTickets => "lost tickets",
            Self::Resend => "resend",
            Self::Resends => "resends",
            Self::Invitation => "invitation",
            Self::Invitations => "invitations",
            Self::WrongCode => "wrong code",
            Self::Change => "change",
            Self::Search => "search",
            Self::Stamp => "stamp",
            Self::UnknownStamp => "unknown stamp",
            Self::UnknownStamps => "unknown stamps",
        }
    }

    /// How many at once, and in the long run within [`Limit::window`].
    #[must_use]
    pub fn most(self) -> i32 {
        match self {
            Self::LostTicket | Self::Invitation => 3,
            Self::Resend => 5,
            Self::WrongCode | Self::UnknownStamp => 10,
            Self::Change => 30,
            Self::Invitations | Self::UnknownStamps => 60,
            Self::LostTickets | Self::Search | Self::Stamp => 120,
            Self::Resends => 600,
        }
    }

    #[must_use]
    pub fn window(self) -> TimeDelta {
        match self {
            Self::LostTicket | Self::Resend | Self::Invitation | Self::WrongCode | Self::Change | Self::Stamp | Self::UnknownStamp => {
                TimeDelta::hours(1)
            }
            Self::LostTickets | Self::Resends | Self::Invitations | Self::Search | Self::UnknownStamps => TimeDelta::minutes(1),
        }
    }

    /// How long one use is counted when nothing else is.
    #[must_use]
    pub fn each(self) -> TimeDelta {
        self.window() / self.most()
    }

    /// Counts one use more (the generic cell rate algorithm, ITU-T I.371): `free_at` is when all that was counted before
    /// is forgotten. Gives back the same after this use.
    ///
    /// # Errors
    /// How long to wait, if this use is one too many: then nothing is counted.
    pub fn count(self, free_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Wait> {
        let next = free_at.map_or(now, |free_at| free_at.max(now)) + self.each();
        if next <= now + self.window() { Ok(next) } else { Err(Wait::until(next - self.window(), now)) }
    }
}

/// How long to wait before something is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wait {
    /// At least one.
    pub seconds: u32,
}

impl Wait {
    /// Until an instant: whole seconds, rounded up, so that who waits so long is not too early.
    #[must_use]
    pub fn until(then: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let millis = (then - now).num_milliseconds().max(1);
        Self { seconds: u32::try_from((millis + 999) / 1000).unwrap_or(u32::MAX) }
    }

    /// Whole minutes, rounded up.
    #[must_use]
    pub fn minutes(self) -> u32 {
        self.seconds.div_ceil(60)
    }
}

/// The names of the fields by which a form shows that a person filled it in.
pub mod field {
    /// When the form was given out, with proof.
    pub const STAMP: &str = "stamp";
    /// A field that no person sees: only a program fills it in, or a browser that fills in too much.
    pub const TRAP: &str = "trang_web";
}

/// A form is taken so long after it was given out.
pub const FORM_HOURS: TimeDelta = TimeDelta::hours(24);

/// Whether a person may have filled in a form between these two instants.
///
/// # Errors
/// [`Problem::SentAtOnce`] within `least`; [`Problem::FormTooOld`] after [`FORM_HOURS`].
pub fn filled_in(issued: DateTime<Utc>, now: DateTime<Utc>, least: TimeDelta) -> Result<(), Problem> {
    if now - issued < least {
        return Err(Problem::SentAtOnce);
    }
    if now - issued >= FORM_HOURS { Err(Problem::FormTooOld) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn as_many_as_the_limit_says_at_once_and_then_one_by_one() {
        let (limit, now) = (Limit::LostTicket, DateTime::UNIX_EPOCH);
        let mut free_at = None;
        for _ in 0..3 {
            free_at = Some(limit.count(free_at, now).unwrap());
        }
        assert_eq!(limit.count(free_at, now), Err(Wait { seconds: 20 * 60 }));
        let later = now + TimeDelta::minutes(20);
        assert_eq!(limit.count(free_at, later - TimeDelta::milliseconds(1)), Err(Wait { seconds: 1 }));
        free_at = Some(limit.count(free_at, later).unwrap());
        assert_eq!(limit.count(free_at, later), Err(Wait { seconds: 20 * 60 }));
        assert!(limit.count(free_at, later + TimeDelta::hours(1)).is_ok());
    }

    #[test]
    fn a_form_is_taken_from_the_least_time_to_before_the_longest() {
        let (issued, least, tick) = (DateTime::UNIX_EPOCH, TimeDelta::seconds(3), TimeDelta::milliseconds(1));
        assert_eq!(filled_in(issued, issued - TimeDelta::hours(1), least), Err(Problem::SentAtOnce));
        assert_eq!(filled_in(issued, issued + least - tick, least), Err(Problem::SentAtOnce));
        assert_eq!(filled_in(issued, issued + least, least), Ok(()));
        assert_eq!(filled_in(issued, issued + FORM_HOURS - tick, least), Ok(()));
        assert_eq!(filled_in(issued, issued + FORM_HOURS, least), Err(Problem::FormTooOld));
    }

    #[test]
    fn no_two_limits_share_a_key() {
        assert_eq!(Limit::ALL.iter().map(|limit| limit.key()).collect::<HashSet<_>>().len(), Limit::ALL.len());
    }

    #[test]
    fn a_wait_is_told_in_whole_minutes_that_are_enough() {
        for (seconds, minutes) in [(1, 1), (60, 1), (61, 2), (3600, 60)] {
            assert_eq!(Wait { seconds }.minutes(), minutes);
        }
    }

    proptest! {
        #[test]
        fn in_any_window_are_never_more_than_twice_as_many(gaps in prop::collection::vec(0_i64..40, 1..400), at in 0_usize..Limit::ALL.len()) {
            let limit = Limit::ALL[at];
            let (mut now, mut free_at, mut counted) = (DateTime::UNIX_EPOCH, None, Vec::new());
            for gap in gaps {
                now += TimeDelta::seconds(gap);
                if let Ok(next) = limit.count(free_at, now) {
                    free_at = Some(next);
                    counted.push(now);
                }
            }
            for first in &counted {
                let within = counted.iter().filter(|one| *one >= first && **one < *first + limit.window()).count();
                prop_assert!(within <= 2 * usize::try_from(limit.most()).unwrap());
            }
        }

        #[test]
        fn who_waits_as_long_as_told_is_let_in(uses in 1_usize..200, at in 0_usize..Limit::ALL.len()) {
            let limit = Limit::ALL[at];
            let (mut now, mut free_at) = (DateTime::UNIX_EPOCH, None);
            for _ in 0..uses {
                match limit.count(free_at, now) {
                    Ok(next) => free_at = Some(next),
                    Err(wait) => {
                        now += TimeDelta::seconds(wait.seconds.into());
                        free_at = Some(limit.count(free_at, now).unwrap());
                    }
                }
            }
        }
    }
}
