//! The organisers' work with people.

mod list;
mod person;
mod walk_in;

pub use list::{asked, page as list, query};
pub use person::page as person;
pub use walk_in::{Welcomed, page as walk_in};
