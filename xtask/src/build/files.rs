//! Files and the names of their content.

use std::{fs, path::Path, time::UNIX_EPOCH};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Size and time of the last change: enough to know that a compiler has written a file again.
pub fn stamp(file: &Path) -> Result<String> {
    let data = fs::metadata(file).with_context(|| format!("looking at {}", file.display()))?;
    let changed = data.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{}-{}", data.len(), changed.as_nanos()))
}

/// Names this program: a change of the steps of a build is a change of what they make.
pub fn stamp_of_the_tool() -> Result<String> {
    stamp(&std::env::current_exe()?)
}

/// A short name of the content.
pub fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    data_encoding::HEXLOWER.encode(&digest.finalize()[..8])
}

pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("reading {}", file.display()))
}

pub fn read_text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

/// Writes a file so that nobody ever reads half of it.
pub fn write(file: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".new");
    fs::write(&unfinished, content).with_context(|| format!("writing {}", file.display()))?;
    fs::rename(&unfinished, file).with_context(|| format!("writing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_contents_apart_and_where_one_part_ends() {
        let name = |parts: &[&[u8]]| hash(parts.iter().copied());
        assert_eq!(name(&[b"ab", b"c"]), name(&[b"ab", b"c"]));
        assert_ne!(name(&[b"ab", b"c"]), name(&[b"a", b"bc"]));
        assert_eq!(name(&[b"a"]).len(), 16);
    }
}
