//! The way of a message from the outbox to the provider.

use chrono::TimeDelta;

use super::MessageKind;
use crate::registration::Status;

/// How long a worker has what it took. A provider that has not answered by then has not taken the message, or has and we
/// shall not know.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);

/// How long after each failed attempt the next one comes.
const PAUSES: [TimeDelta; 7] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(15),
    TimeDelta::hours(1),
    TimeDelta::hours(3),
    TimeDelta::hours(6),
    TimeDelta::hours(6),
];

/// How a message is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Email,
    Sms,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The channel with this [`Channel::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.key() == key)
    }
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageState {
    /// Waits for its time, or for the next attempt.
    Queued,
    /// A worker prepares it.
    Claimed,
    /// It goes out right now.
    Sending,
    /// The provider took it.
    Sent,
    /// It went out, and what the provider made of it was never heard: never sent again by itself.
    Unclear,
    /// Given up; staff may send it again.
    Failed,
    /// No longer true when its turn came.
    Dropped,
}

impl MessageState {
    pub const ALL: [Self; 7] = [Self::Queued, Self::Claimed, Self::Sending, Self::Sent, Self::Unclear, Self::Failed, Self::Dropped];

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unclear => "unclear",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    /// The state with this [`MessageState::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Whether staff may have it sent again.
    #[must_use]
    pub fn may_be_resent(self) -> bool {
        matches!(self, Self::Unclear | Self::Failed)
    }
}

/// How long until the next attempt after so many failed ones; `None` when it is given up.
#[must_use]
pub fn next_attempt(failed: u16) -> Option<TimeDelta> {
    PAUSES.get(usize::from(failed.saturating_sub(1))).copied()
}

/// What is true of a registration when its message's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub status: Status,
    /// A seat, for the day or a session, is held for it now.
    pub is_offered: bool,
    /// It stands in a queue, for the day or a session.
    pub is_waiting: bool,
    pub has_ticket: bool,
}

/// Whether a message still tells the truth. A mailing asks its own filter again.
#[must_use]
pub fn makes_sense(kind: MessageKind, facts: Facts) -> bool {
    match kind {
        MessageKind::Ticket | MessageKind::Reissued => facts.status == Status::Confirmed && facts.has_ticket,
        MessageKind::Pending => facts.status == Status::Pending,
        MessageKind::Waiting => facts.is_waiting,
        MessageKind::Offer => facts.is_offered,
        MessageKind::Lapsed => facts.status == Status::Lapsed || !facts.status.is_ended(),
        MessageKind::Refused => facts.status == Status::Refused,
        MessageKind::Cancelled => facts.status == Status::Cancelled,
        MessageKind::Changed | MessageKind::Link => !facts.status.is_ended(),
        MessageKind::Delegation | MessageKind::Invitation | MessageKind::Mailing => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_attempts_take_most_of_a_day_and_then_it_is_given_up() {
        let pauses: Vec<_> = (1..=8).map(next_attempt).collect();
        assert_eq!(pauses[0], Some(TimeDelta::minutes(1)));
        assert_eq!(pauses[6], Some(TimeDelta::hours(6)));
        assert_eq!(pauses[7], None);
        assert_eq!(pauses.into_iter().flatten().sum::<TimeDelta>(), TimeDelta::minutes(16 * 60 + 21));
    }

    #[test]
    fn what_is_no_longer_true_is_not_told() {
        let confirmed = Facts { status: Status::Confirmed, is_offered: false, is_waiting: false, has_ticket: true };
        let cancelled = Facts { status: Status::Cancelled, ..confirmed };
        assert!(makes_sense(MessageKind::Ticket, confirmed) && !makes_sense(MessageKind::Ticket, cancelled));
        assert!(makes_sense(MessageKind::Cancelled, cancelled) && !makes_sense(MessageKind::Cancelled, confirmed));
        assert!(!makes_sense(MessageKind::Offer, confirmed));
        assert!(
            makes_sense(MessageKind::Offer, Facts { is_offered: true, ..confirmed }),
            "a session's seat is offered to who has a ticket"
        );
        assert!(!makes_sense(MessageKind::Link, cancelled));
    }
}
