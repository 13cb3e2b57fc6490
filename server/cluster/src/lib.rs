//! A private Postgres cluster beside the program.
//!
//! With no `DATABASE_URL` the program brings its own Postgres: [`Cluster::start`] finds one on the machine
//! (or fetches one), creates a cluster in the data folder, starts it on a free loopback port, and gives back a
//! [`Running`] whose [`Running::url`] opens the database. Everything here blocks: call it from a plain
//! thread or `spawn_blocking`.
//!
//! What it takes care of, and where:
//!
//! | what | where |
//! |---|---|
//! | which Postgres programs, of which major version | `binaries`, `fetch` |
//! | Postgres refuses root: which account runs it | `account` |
//! | where the files lie, who may use them, one program at a time | `home` |
//! | initdb, roles, passwords | `create` |
//! | start, wait, stop; what a killed program or server left behind | `postmaster`, `process` |

mod account;
mod binaries;
mod create;
mod error;
#[cfg(feature = "fetch")]
mod fetch;
mod home;
mod postmaster;
mod process;
mod running;

pub use binaries::{Binaries, OLDEST_MAJOR, install_command};
pub use error::Error;
pub use running::{Cluster, Options, Running};
