//! The verbs: one plain async function per use case.
//!
//! Each verb takes the [`Context`], the [`Actor`](domain::access::Actor) and clean values; it asks the
//! policy, owns its transaction and all its effects (rows, audit entry), and says so in its docstring.
//! All SQL is here, checked at compile time: in the `store` module beside the verbs of an area, or beside the verb where
//! one query is all there is.

pub mod access;
pub mod audit;
pub mod checkin;
pub mod context;
pub mod edition;
pub mod error;
pub mod fair;
pub mod files;
mod limits;
pub mod live;
pub mod mail;
pub mod privacy;
pub mod programme;
pub mod registration;
pub mod sheet;
pub mod showcase;
pub mod store;
#[cfg(any(test, feature = "testing"))]
#[expect(clippy::unwrap_used, reason = "it serves tests only")]
pub mod testing;
mod together;
mod turns;
mod write;

pub use context::{Clock, Context, MasterSecret, Random};
pub use error::Error;

/// The schema's migrations, in the executable.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");
