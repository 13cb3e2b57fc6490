//! The organisers' work with people.

mod change;
mod decide;
mod gate;
mod import;
mod list;
mod merge;
mod person;
mod walk_in;

pub use change::page as change;
pub use gate::{AgainstRule, SCAN, at_scans};
pub use import::{FILE, LIST, WrongCells, page as import};
pub use list::{asked, page as list, query};
pub use merge::{chosen, page as merge};
pub use person::page as person;
pub use walk_in::{Welcomed, page as walk_in};
