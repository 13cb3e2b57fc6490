//! Where a registration stands.

use serde::{Deserialize, Serialize};

/// Where a registration stands. A seat is held by what [`Status::holds_seat`]; a ticket exists once it was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Holds a seat until staff have approved or refused.
    Pending,
    /// Is in the queue, without a seat.
    Waiting,
    /// Came to the head of the queue: a seat is held for a set time.
    Offered,
    /// Holds a seat and a ticket.
    Confirmed,
    /// Staff refused; the seat is free.
    Refused,
    /// The seat was given back; the ticket stops.
    Cancelled,
    /// The offered seat was not taken in time.
    Lapsed,
}

impl Status {
    pub const ALL: [Self; 7] = [Self::Pending, Self::Waiting, Self::Offered, Self::Confirmed, Self::Refused, Self::Cancelled, Self::Lapsed];

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
        }
    }

    /// The status with this [`Status::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }

    /// Whether a seat for the day is counted for it.
    #[must_use]
    pub fn holds_seat(self) -> bool {
        matches!(self, Self::Pending | Self::Offered | Self::Confirmed)
    }

    /// Whether nothing more comes of it: who wants to come registers anew.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Refused | Self::Cancelled | Self::Lapsed)
    }
}
