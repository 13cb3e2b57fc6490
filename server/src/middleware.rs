//! What stands around every handler, from the outside in: kept pages, request id and log, deadline, origin check, panics.

pub mod deadline;
pub mod forwarded;
pub mod kept;
pub mod origin;
pub mod policy;
pub mod trace;
