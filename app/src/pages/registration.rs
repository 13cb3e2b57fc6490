//! Registration: the form, the ticket behind its secret link, and the page behind the ticket's code.

pub(in crate::pages) mod audience;
mod change;
mod code;
pub(in crate::pages) mod details;
mod form;
mod lost;
mod ticket;

pub use change::page as change;
pub use code::{CHECKPOINT, CheckedIn, DIRECTION, SCAN, page as code};
pub use form::{ASKED, INVITATION, INVITE_EMAIL, page as form};
pub use lost::{WHO as LOST_TICKET, page as lost, sent as lost_ticket_sent};
pub use ticket::page as ticket;
