//! What can go wrong, each with what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a cluster could not be created, started or stopped. The text tells the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable Postgres on this machine.
    #[error(
        "no PostgreSQL {oldest} or newer on this machine; install it with: {install}",
        oldest = crate::OLDEST_MAJOR
    )]
    NoPostgres {
        /// The command that installs one here.
        install: String,
    },

    /// Postgres could not be downloaded.
    #[error("PostgreSQL could not be fetched ({reason}); install it with: {install}")]
    Fetch {
        /// What the download said.
        reason: String,
        /// The command that installs one here.
        install: String,
    },

    /// Another program holds the same data folder.
    #[error(
        "the data folder {} is in use by process {holder}; stop that one, or give this one another folder",
        dir.display()
    )]
    InUse {
        /// The folder of the cluster.
        dir: PathBuf,
        /// The process id of the holder, or `unknown`.
        holder: String,
    },

    /// The cluster was made by a major version of Postgres that is not installed.
    #[error(
        "the cluster in {} was made by PostgreSQL {made_by}, and this machine has only {found}; \
         install PostgreSQL {made_by}, or export the edition there and import it into a new data folder",
        dir.display()
    )]
    OtherVersion {
        /// The folder of the cluster.
        dir: PathBuf,
        /// The major version that made it.
        made_by: String,
        /// The major versions installed, for example `16, 17`.
        found: String,
    },

    /// The cluster belongs to another account, and we are not root.
    #[error(
        "the cluster in {} belongs to another account (uid {owner}); \
         start the program as that account or as root, or give it another data folder",
        dir.display()
    )]
    OtherOwner {
        /// The folder of the cluster.
        dir: PathBuf,
        /// The account that owns it.
        owner: u32,
    },

    /// The data folder names a cluster elsewhere, which is not there.
    #[error(
        "{} says that the cluster lies in {}, where there is none; put it back, \
         or remove that file to begin with an empty database",
        pointer.display(),
        target.display()
    )]
    LocationGone {
        /// The file in the data folder that names the place.
        pointer: PathBuf,
        /// The place it names.
        target: PathBuf,
    },

    /// A folder that we must own exists and is somebody else's.
    #[error("{} exists and is not ours to use; remove it or give another data folder", dir.display())]
    Foreign {
        /// The folder.
        dir: PathBuf,
    },

    /// `initdb`, or the first set-up after it, failed.
    #[error("creating the cluster failed: {output}")]
    Create {
        /// What the program printed last.
        output: String,
    },

    /// The server did not come up.
    #[error("PostgreSQL did not start: {reason}; its log is {}", log.display())]
    Start {
        /// The last lines of its log.
        reason: String,
        /// The whole log.
        log: PathBuf,
    },

    /// A left-over server of this folder does not stop.
    #[error("PostgreSQL (process {pid}) does not stop")]
    Stop {
        /// Its process id.
        pid: i32,
    },

    /// A database could not be created.
    #[error("creating the database {name} failed: {output}")]
    Database {
        /// Its name.
        name: String,
        /// What `createdb` printed.
        output: String,
    },

    /// The system refused something.
    #[error("{doing} {}", path.display())]
    Io {
        /// What was being done, for example `creating`.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The system's random source failed.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Says what was being done, and to what, when the system refused it.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str, path: impl AsRef<Path>) -> Result<T, Error>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: impl AsRef<Path>) -> Result<T, Error> {
        self.map_err(|source| Error::Io { doing, path: path.as_ref().to_owned(), source })
    }
}
