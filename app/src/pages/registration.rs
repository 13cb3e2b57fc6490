//! Registration: the form, the ticket behind its secret link, and the page behind the ticket's code.

pub(in crate::pages) mod audience;
mod code;
pub(in crate::pages) mod form;
mod lost;
mod ticket;

pub use code::{CHECKPOINT, CheckedIn, SCAN, page as code};
pub use form::page as form;
pub use lost::{WHO as LOST_TICKET, page as lost, sent as lost_ticket_sent};
pub use ticket::page as ticket;
