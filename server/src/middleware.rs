//! What stands around every handler, from the outside in: kept pages, request id and log, origin check, panics.

pub mod kept;
pub mod origin;
pub mod policy;
pub mod trace;
