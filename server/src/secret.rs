//! The installation's secret: from the settings, or from a file that is made once.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use services::{MasterSecret, Random, context::SystemRandom};

use crate::config::parse_secret;

/// The secret in `secret.key` of the data folder, which is made, readable for its owner alone, if it is missing.
///
/// # Errors
/// When the file cannot be made or read, or holds no secret.
pub fn load_or_make(data: &Path) -> Result<MasterSecret> {
    let path = data.join("secret.key");
    fs::create_dir_all(data).with_context(|| format!("making the folder {}", data.display()))?;
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    // Whole before it is seen: two programs that start at once end with the same key.
    let draft = data.join(format!(".secret.key.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .with_context(|| format!("making {}", draft.display()))?;
    writeln!(file, "{}", HEXLOWER.encode(&bytes)).and_then(|()| file.sync_all()).with_context(|| format!("writing {}", draft.display()))?;
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft).with_context(|| format!("removing {}", draft.display()))?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).with_context(|| format!("making {}", path.display())),
        _ => read(&path),
    }
}

fn read(path: &Path) -> Result<MasterSecret> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    parse_secret(&text).with_context(|| format!("{} holds no secret; put the right one back from a copy", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_secret_is_made_once_and_for_its_owner_alone() {
        let data = std::env::temp_dir().join(format!("ngay-cds-secret-{}", std::process::id()));
        let keys: Vec<_> = (0..2).map(|_| load_or_make(&data).unwrap().ticket_signer(2027).1.to_bytes()).collect();
        assert_eq!(keys[0], keys[1]);
        assert_eq!(fs::metadata(data.join("secret.key")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "a draft was left behind");
        fs::write(data.join("secret.key"), "nonsense").unwrap();
        assert!(load_or_make(&data).is_err());
        fs::remove_dir_all(data).unwrap();
    }
}
