//! Mail: what people are told.

mod defaults;
mod delivery;
mod document;
mod mailing;
mod template;

use serde::{Deserialize, Serialize};

pub use delivery::{Channel, Facts, LEASE, MessageState, makes_sense, next_attempt};
pub use document::{Block, Document, Link, Run};
pub use mailing::{Mailing, When};
pub use template::{BODY_MAX, Fill, Placeholder, SUBJECT_MAX, Template, Value};

/// Names of the fields of the forms that write a template or a mailing.
pub mod field {
    pub const SUBJECT: &str = "subject";
    pub const BODY: &str = "body";
    pub const SUBJECT_EN: &str = "subject_en";
    pub const BODY_EN: &str = "body_en";
    pub const AUDIENCE: &str = "audience";
    pub const STATUS: &str = "status";
    pub const SESSION: &str = "session";
    pub const ORGANISATION: &str = "organisation";
    pub const ABOUT_SEAT: &str = "about_seat";
    pub const WHEN: &str = "when";
}

macro_rules! message_kinds {
    ($($(#[$doc:meta])* $variant:ident = $key:literal;)+) => {
        /// What a message is about. Each kind has a text of its own in both languages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum MessageKind { $($(#[$doc])* #[serde(rename = $key)] $variant,)+ }

        impl MessageKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the store.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// The kind with this key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.key() == key)
            }
        }
    };
}

message_kinds! {
    /// Registered, or a seat was confirmed: here is the ticket.
    Ticket = "ticket";
    /// Staff look at the registration first.
    Pending = "pending";
    /// All seats are taken: in the queue.
    Waiting = "waiting";
    /// A seat is held until a set time.
    Offer = "offer";
    /// The held seat was not taken in time.
    Lapsed = "lapsed";
    /// Staff refused.
    Refused = "refused";
    /// The seat was given back.
    Cancelled = "cancelled";
    /// What the registration says was changed.
    Changed = "changed";
    /// The link of a ticket, asked for by who lost it or sent again by staff.
    Link = "link";
    /// A new ticket replaces the old one.
    Reissued = "reissued";
    /// To a delegation's leader: the link to its page.
    Delegation = "delegation";
    /// An invitation's code, to who can read mail at a domain.
    Invitation = "invitation";
    /// A mailing to a group, or a reminder: its own text.
    Mailing = "mailing";
}

impl MessageKind {
    /// Whether the ticket and the day's calendar entry come along, where there is a ticket.
    #[must_use]
    pub fn carries_ticket(self) -> bool {
        matches!(self, Self::Ticket | Self::Changed | Self::Link | Self::Reissued)
    }

    /// Whether organisers keep a text for it: a mailing brings its own.
    #[must_use]
    pub fn has_template(self) -> bool {
        self != Self::Mailing
    }
}
