//! Where a cluster's files lie, and who may use them: one program at a time.
//!
//! ```text
//! <data folder>/postgres/            or, where Postgres cannot get there, /var/lib/ngay-cds/<hash>/
//!     lock                           held by the program that uses the cluster
//!     data/                          the cluster itself (PGDATA)
//!     password, admin-password       of its two roles
//!     postgres.log
//! <data folder>/postgres.location    names the other place, where there is one
//! ```

use std::{
    fmt::Write as _,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write as _},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
};

use sha2::{Digest, Sha256};

use crate::{
    account::Account,
    error::{Doing, Error},
};

/// Where root puts a cluster whose data folder the account of Postgres cannot reach (a clone below `/root`).
/// Not `/var/tmp`: systems clear that of files a month old.
const ELSEWHERE: &str = "/var/lib/ngay-cds";

/// A cluster's folder, held by this program until dropped.
#[derive(Debug)]
pub(crate) struct Home {
    dir: PathBuf,
    pointer: PathBuf,
    account: Account,
    _lock: File,
}

impl Home {
    /// Finds or makes the folder of the cluster that belongs to `data_folder`, and locks it.
    pub fn open(data_folder: &Path) -> Result<Self, Error> {
        make_dir(data_folder, 0o711)?;
        let data_folder = fs::canonicalize(data_folder).doing("opening", data_folder)?;
        let pointer = data_folder.join("postgres.location");
        let (dir, account) = match read_pointer(&pointer)? {
            Some(dir) => existing(dir)?,
            None => match existing(data_folder.join("postgres")) {
                Ok(found) => found,
                Err(Error::Io { .. }) => make(&data_folder, &pointer)?,
                Err(error) => return Err(error),
            },
        };
        let lock = lock(&dir)?;
        Ok(Self { dir, pointer, account, _lock: lock })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn account(&self) -> Account {
        self.account
    }

    /// The cluster itself.
    pub fn pgdata(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// A cluster that is still being made: renamed to [`Self::pgdata`] when it is whole.
    pub fn unfinished(&self) -> PathBuf {
        self.dir.join("data.new")
    }

    pub fn log(&self) -> PathBuf {
        self.dir.join("postgres.log")
    }

    pub fn secret(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Removes the cluster and every trace of it.
    pub fn remove(&self) -> Result<(), Error> {
        fs::remove_dir_all(&self.dir).doing("removing", &self.dir)?;
        if self.pointer.exists() {
            fs::remove_file(&self.pointer).doing("removing", &self.pointer)?;
        }
        Ok(())
    }
}

/// The folder of the cluster that belongs to `data_folder`, if there is one; nothing is made or locked.
pub(crate) fn find(data_folder: &Path) -> Result<Option<PathBuf>, Error> {
    let far = read_pointer(&data_folder.join("postgres.location"))?;
    let dir = far.unwrap_or_else(|| data_folder.join("postgres"));
    Ok(dir.is_dir().then_some(dir))
}

/// A folder made by an earlier start, with the account that it belongs to.
fn existing(dir: PathBuf) -> Result<(PathBuf, Account), Error> {
    let metadata = fs::symlink_metadata(&dir).doing("opening", &dir)?;
    if !metadata.is_dir() {
        return Err(Error::Foreign { dir });
    }
    if metadata.uid() == 0 {
        // Made by root and not yet given away when it was killed: nothing is in it yet.
        let account = Account::for_new_cluster();
        account.give(&dir)?;
        return Ok((dir, account));
    }
    let account = Account::for_owner(&dir, metadata.uid(), metadata.gid())?;
    Ok((dir, account))
}

/// Makes the folder: in the data folder if the account of Postgres can work there, else elsewhere.
fn make(data_folder: &Path, pointer: &Path) -> Result<(PathBuf, Account), Error> {
    let account = Account::for_new_cluster();
    let near = data_folder.join("postgres");
    make_dir(&near, 0o700)?;
    account.give(&near)?;
    if account.can_use(&near) {
        return Ok((near, account));
    }
    fs::remove_dir(&near).doing("removing", &near)?;

    make_dir(Path::new(ELSEWHERE), 0o711)?;
    let far = Path::new(ELSEWHERE).join(short_hash(data_folder));
    make_dir(&far, 0o700)?;
    account.give(&far)?;
    if !account.can_use(&far) {
        return Err(Error::Foreign { dir: far });
    }
    fs::write(pointer, format!("{}\n", far.display())).doing("writing", pointer)?;
    tracing::warn!(
        cluster.dir = %far.display(),
        data.dir = %data_folder.display(),
        "the account that runs Postgres cannot reach the data folder: its files lie elsewhere"
    );
    Ok((far, account))
}

fn read_pointer(pointer: &Path) -> Result<Option<PathBuf>, Error> {
    if !pointer.exists() {
        return Ok(None);
    }
    let target = fs::read_to_string(pointer).doing("reading", pointer)?;
    let target = PathBuf::from(target.trim_end_matches('\n'));
    if target.is_dir() { Ok(Some(target)) } else { Err(Error::LocationGone { pointer: pointer.to_owned(), target }) }
}

fn make_dir(dir: &Path, mode: u32) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(mode).create(dir).doing("creating", dir)
}

fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("lock");
    let mut file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(&path).doing("opening", &path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let holder = match file.read_to_string(&mut holder) {
                Ok(1..) => holder.trim().to_owned(),
                _ => "unknown".to_owned(),
            };
            return Err(Error::InUse { dir: dir.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(error).doing("locking", &path),
    }
    file.set_len(0).doing("writing", &path)?;
    file.rewind().doing("writing", &path)?;
    writeln!(file, "{}", process::id()).doing("writing", &path)?;
    Ok(file)
}

/// Sixteen hexadecimal digits that stand for a path.
fn short_hash(path: &Path) -> String {
    hex(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..8])
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
