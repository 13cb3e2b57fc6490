//! Which Postgres programs this machine has.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The oldest major version that the program's SQL works on.
pub const OLDEST_MAJOR: u32 = 14;

/// Folders that hold one folder per installed version, and what lies below each of these.
const VERSIONED: &[(&str, &str, &str)] = &[
    // Debian, Ubuntu
    ("/usr/lib/postgresql", "", "bin"),
    // Red Hat with the packages of postgresql.org
    ("/usr", "pgsql-", "bin"),
    // Alpine
    ("/usr/libexec", "postgresql", ""),
    // Homebrew on Apple silicon and on Intel
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// One installed Postgres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// The newest usable Postgres on this machine, or none.
    #[must_use]
    pub fn find() -> Option<Self> {
        Self::all().into_iter().next()
    }

    /// Every usable Postgres on this machine, the newest first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let mut found: Vec<Self> = candidates()
            .into_iter()
            .filter_map(|dir| real_dir(&dir))
            .filter(|dir| seen.insert(dir.clone()))
            .filter_map(Self::in_dir)
            .collect();
        // Stable: of two of the same version, the one that the PATH names comes first.
        found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
        found
    }

    /// The Postgres whose programs lie in `dir`, if it is complete and new enough.
    #[must_use]
    pub fn in_dir(dir: PathBuf) -> Option<Self> {
        if !dir.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(dir.join("postgres")).arg("--version").stdin(Stdio::null()).output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        (major >= OLDEST_MAJOR).then_some(Self { dir, major })
    }

    /// The major version, for example 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of one of the programs, for example `psql`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The folder of the programs.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The folder that `postgres` really lies in: a folder of links may lack the other programs.
fn real_dir(dir: &Path) -> Option<PathBuf> {
    let program = fs::canonicalize(dir.join("postgres")).ok()?;
    program.parent().map(Path::to_owned)
}

/// Folders in which a Postgres may lie, the likeliest first.
fn candidates() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    dirs.extend(pg_config_bindir());
    for (root, prefix, below) in VERSIONED {
        let entries = fs::read_dir(root).into_iter().flatten().flatten();
        dirs.extend(entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)).map(|entry| entry.path().join(below)));
    }
    #[cfg(feature = "fetch")]
    dirs.extend(crate::fetch::installed_dirs());
    dirs
}

fn pg_config_bindir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(dir.trim_end()))
}

/// The major version in the line that `postgres --version` prints.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The command that installs Postgres on this machine, to be shown to a person.
#[must_use]
pub fn install_command() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let command = install_command_for(env::consts::OS, &release);
    if env::consts::OS == "linux" && !nix::unistd::geteuid().is_root() { format!("sudo {command}") } else { command.to_owned() }
}

fn install_command_for(os: &str, os_release: &str) -> &'static str {
    if os == "macos" {
        return "brew install postgresql@17";
    }
    let families: Vec<&str> = os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")))
        .flat_map(|ids| ids.trim_matches('"').split(' '))
        .collect();
    let is = |name: &str| families.contains(&name);
    if is("fedora") || is("rhel") || is("centos") {
        "dnf install -y postgresql-server"
    } else if is("alpine") {
        "apk add postgresql"
    } else if is("arch") {
        "pacman -S postgresql"
    } else if is("suse") || is("opensuse") {
        "zypper install -y postgresql-server"
    } else {
        "apt-get install -y postgresql"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_packagers_version_line() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("postgres (EnterpriseDB) 15.1\n"), None);
        assert_eq!(major_of(""), None);
    }

    #[test]
    fn the_install_command_is_the_one_of_the_system() {
        let install = |os_release| install_command_for("linux", os_release);
        assert_eq!(install("ID=debian\n"), "apt-get install -y postgresql");
        assert_eq!(install("NAME=x\nID=ubuntu\nID_LIKE=debian\n"), "apt-get install -y postgresql");
        assert_eq!(install("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), "dnf install -y postgresql-server");
        assert_eq!(install("ID=alpine\n"), "apk add postgresql");
        assert_eq!(install_command_for("macos", ""), "brew install postgresql@17");
    }

    #[test]
    fn a_folder_without_the_programs_is_no_postgres() {
        assert_eq!(Binaries::in_dir(env::temp_dir()), None);
    }
}
