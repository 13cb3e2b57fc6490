//! Registration: the form, the ticket behind its secret link, and the page behind the ticket's code.

mod audience;
mod code;
mod form;
mod ticket;

pub use code::{CHECKPOINT, CheckedIn, SCAN, page as code};
pub use form::page as form;
pub use ticket::page as ticket;
