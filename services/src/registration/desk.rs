//! What staff do with people at their desks: finding them, reading all that is known of one, taking the list along,
//! registering who stands there, and taking over lists from other systems.

mod export;
mod find;
mod import;
mod person;
mod store;
#[cfg(test)]
mod tests;
mod walk_in;

pub(crate) use export::EXPORTING;
pub use export::{Export, ExportRow, export};
pub use find::{Filters, Found, Order, PAGE, PersonRow, Search, SessionFilter, filters, find};
pub use import::{Checked, Import, ImportState, check_import, confirm_import, import};
pub use person::{
    Compared, ConsentRow, Duplicate, HistoryRow, MessageRow, Person, ScanRow, SeatRow, TicketFacts, WaitingRow, compare, person,
};
pub use walk_in::{DeskAudience, Welcomed, desk_audiences, register_walk_in};
