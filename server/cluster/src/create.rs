//! Making a new cluster: initdb, its two roles, its database.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    Binaries,
    error::{Doing, Error},
    home::{Home, hex},
};

/// The role and the database of the program. The role owns the database and may make others (tests do),
/// and is no superuser: a hole in the program must not become a shell on the machine.
pub(crate) const ROLE: &str = "ngay_cds";
/// The superuser's role.
pub(crate) const ADMIN: &str = "postgres";

/// Locales in the order of preference: the same order of letters on every machine and knowledge of letters
/// beyond ASCII; where the system has no such locale, one that at least knows the letters.
const LOCALES: &[&str] = &["C.UTF-8", "en_US.UTF-8", "C"];

/// Who may connect: over the loopback, with a password, nobody else.
const ACCESS: &str = "host all all 127.0.0.1/32 scram-sha-256\n";

/// The passwords of the two roles.
#[derive(Clone)]
pub(crate) struct Passwords {
    pub role: String,
    pub admin: String,
}

impl Passwords {
    /// Those of a cluster that exists.
    pub fn read(home: &Home) -> Result<Self, Error> {
        let read = |name| {
            let path = home.secret(name);
            let text = fs::read_to_string(&path).doing("reading", &path)?;
            Ok(text.trim_end().to_owned())
        };
        Ok(Self { role: read("password")?, admin: read("admin-password")? })
    }

    fn make(home: &Home) -> Result<Self, Error> {
        let make = |name| {
            let password = random_password()?;
            write_secret(&home.secret(name), &password)?;
            home.account().give(&home.secret(name))?;
            Ok(password)
        };
        Ok(Self { role: make("password")?, admin: make("admin-password")? })
    }
}

/// Makes the cluster beside its final place and moves it there when it is whole, so that a start that is
/// killed half-way leaves nothing that looks like a cluster.
pub(crate) fn create(home: &Home, binaries: &Binaries) -> Result<(), Error> {
    let unfinished = home.unfinished();
    let passwords = Passwords::make(home)?;
    initdb(home, binaries, &unfinished)?;
    let access = unfinished.join("pg_hba.conf");
    fs::write(&access, ACCESS).doing("writing", &access)?;
    // The single-user server needs no port and no client program. One statement a line.
    let statements = format!("create role {ROLE} login createdb password '{}'\ncreate database {ROLE} owner {ROLE}\n", passwords.role);
    let mut server = home.account().command(binaries.program("postgres"));
    server.args(["--single", "-c", "exit_on_error=on", "-D"]).arg(&unfinished).arg("postgres").current_dir(home.dir());
    run(server, &statements)?;
    let pgdata = home.pgdata();
    fs::rename(&unfinished, &pgdata).doing("renaming", &unfinished)
}

fn initdb(home: &Home, binaries: &Binaries, target: &Path) -> Result<(), Error> {
    let mut outcome = Ok(());
    for locale in LOCALES {
        if target.exists() {
            fs::remove_dir_all(target).doing("removing", target)?;
        }
        let mut command = home.account().command(binaries.program("initdb"));
        command
            .args(["--encoding=UTF8", "--auth=scram-sha-256"])
            .arg(format!("--username={ADMIN}"))
            .arg(format!("--locale={locale}"))
            .arg("--pwfile")
            .arg(home.secret("admin-password"))
            .arg("--pgdata")
            .arg(target)
            .current_dir(home.dir());
        outcome = run(command, "");
        match &outcome {
            Err(Error::Create { output }) if output.contains("locale") => {}
            _ => break,
        }
    }
    outcome
}

/// Runs a program to its end; what it printed last becomes the error if it fails.
fn run(mut command: Command, input: &str) -> Result<(), Error> {
    let program = command.get_program().to_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for us: we then stop what we started, in order.
        .process_group(0)
        .spawn()
        .doing("starting", &program)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading says why by itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().doing("running", &program)?;
    if output.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(Error::Create { output: last_lines(&text) })
}

/// The last lines of a program's output, enough to show why it failed.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

fn random_password() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(hex(&bytes))
}

fn write_secret(path: &Path, secret: &str) -> Result<(), Error> {
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| writeln!(file, "{secret}"))
        .doing("writing", path)
}
