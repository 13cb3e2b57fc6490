//! Delegations: the form by which a leader registers a party, and the page behind the leader's link.

mod form;
mod leader;
mod rows;

pub use form::{KIND, page as form};
pub use leader::{EXCHANGED, MEMBER, newcomer, page as leader};
pub use rows::{MORE_ROWS, offered};

/// The name of the button that says what a form is for, and what it may say.
pub mod doing {
    pub const NAME: &str = "do";
    /// Look the list over; nothing is stored.
    pub const CHECK: &str = "check";
    /// Offer more empty rows.
    pub const ROWS: &str = "rows";
    /// Put the whole list back where it can be written in.
    pub const EDIT: &str = "edit";
    /// Register the party.
    pub const CONFIRM: &str = "confirm";
}
