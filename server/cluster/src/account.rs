//! Under which account Postgres runs.

use std::{
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use nix::unistd::{User, geteuid};

use crate::error::{Doing, Error};

/// Accounts that a root process hands Postgres to, the best first: the packages' own, then nobody's.
const CANDIDATES: &[&str] = &["postgres", "_postgres", "nobody"];

/// The account that Postgres runs under: ours, or, since it refuses root, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    Own,
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The account for a new cluster.
    pub fn for_new_cluster() -> Self {
        if !geteuid().is_root() {
            return Self::Own;
        }
        CANDIDATES
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map_or(Self::Own, |user| Self::Other { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    }

    /// The account for a cluster whose files belong to `uid` and `gid`: only that one can use them.
    pub fn for_owner(dir: &Path, uid: u32, gid: u32) -> Result<Self, Error> {
        if geteuid().is_root() {
            Ok(Self::Other { uid, gid })
        } else if geteuid().as_raw() == uid {
            Ok(Self::Own)
        } else {
            Err(Error::OtherOwner { dir: dir.to_owned(), owner: uid })
        }
    }

    /// A command that will run under this account, with an environment that holds nothing of ours: a
    /// stray `PGDATA` or `LC_ALL` must not change what Postgres does.
    pub fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a file or folder to this account.
    pub fn give(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)).doing("giving away", path),
        }
    }

    /// Whether this account can enter and write the folder. Asked of the system itself, which knows
    /// about closed folders above, access lists and read-only mounts.
    pub fn can_use(self, dir: &Path) -> bool {
        self.command("/bin/sh")
            .args(["-c", "cd \"$1\" && test -w .", "sh"])
            .arg(dir)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}
