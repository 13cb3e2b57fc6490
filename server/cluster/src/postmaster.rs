//! The running server of one cluster: start, wait until it answers, stop; and what an earlier one left behind.

use std::{
    fs::{self, File, OpenOptions},
    net::TcpListener,
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::{
    Binaries,
    create::last_lines,
    error::{Doing, Error},
    home::Home,
    process,
};

/// How long a server may replay its log after a crash before we give up.
const START_LIMIT: Duration = Duration::from_mins(2);
/// How long a fast shutdown may take (it writes a checkpoint).
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How long we try again while a rival for the port, or what a killed server left in memory, goes away.
const RETRY_LIMIT: Duration = Duration::from_secs(15);
/// A log beyond this is set aside at the next start.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;

/// The server, a child of this process.
#[derive(Debug)]
pub(crate) struct Postmaster {
    server: Child,
    guard: Child,
    port: u16,
}

impl Postmaster {
    /// Starts the server on a free loopback port, or on `port`, and waits until it takes connections.
    pub fn start(home: &Home, binaries: &Binaries, settings: &[(String, String)], port: Option<u16>) -> Result<Self, Error> {
        stop_leftover(&home.pgdata())?;
        let begin = Instant::now();
        loop {
            match try_start(home, binaries, settings, port) {
                Err(Error::Start { reason, .. }) if passes_by_itself(&reason) && begin.elapsed() < RETRY_LIMIT => {
                    thread::sleep(Duration::from_millis(200));
                }
                outcome => return outcome,
            }
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the server has ended without being told to.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.server.try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Ends sessions, writes everything down, stops.
    pub fn stop(&mut self) -> Result<(), Error> {
        // Before the server: the guard must not outlive it, and later meet another process of its number.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let pid = pid_of(&self.server);
        for (signal, limit) in
            [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, Duration::from_secs(5)), (Signal::SIGKILL, Duration::from_secs(5))]
        {
            if self.has_ended() {
                return Ok(());
            }
            process::signal(pid, signal);
            if process::wait_until(limit, || self.has_ended()) {
                return Ok(());
            }
        }
        Err(Error::Stop { pid })
    }
}

fn try_start(home: &Home, binaries: &Binaries, settings: &[(String, String)], port: Option<u16>) -> Result<Postmaster, Error> {
    let port = match port {
        Some(port) => port,
        None => free_port()?,
    };
    let log = open_log(&home.log())?;
    let log_start = log.metadata().doing("reading", home.log())?.len();
    let mut command = home.account().command(binaries.program("postgres"));
    command.arg("-D").arg(home.pgdata());
    command.args(["-p", &port.to_string()]);
    for (name, value) in settings {
        command.args(["-c", &format!("{name}={value}")]);
    }
    let server = command
        .current_dir(home.dir())
        .stdin(Stdio::null())
        .stdout(log.try_clone().doing("opening", home.log())?)
        .stderr(log)
        // Ctrl-C reaches every process of a terminal's group. Ours takes it and then stops the server in
        // order; on its own the server would drop the connections that we still answer requests with.
        .process_group(0)
        .spawn()
        .doing("starting", binaries.program("postgres"))?;
    let guard = guard(home, &server)?;
    let mut postmaster = Postmaster { server, guard, port };

    let pid = pid_of(&postmaster.server);
    let pid_file = home.pgdata().join("postmaster.pid");
    let mut ended = false;
    let answered = process::wait_until(START_LIMIT, || {
        ended = postmaster.has_ended();
        ended || PidFile::read(&pid_file).is_some_and(|file| file.pid == pid && file.ready)
    });
    if answered && !ended {
        return Ok(postmaster);
    }
    postmaster.stop()?;
    let text = fs::read(home.log()).doing("reading", home.log())?;
    let new = text.get(usize::try_from(log_start).unwrap_or(0)..).unwrap_or(&text);
    Err(Error::Start { reason: last_lines(&String::from_utf8_lossy(new)), log: home.log() })
}

/// Starts a shell that outlives us only to stop the server: it waits on a pipe that the system closes when
/// our process ends, however it ends.
fn guard(home: &Home, server: &Child) -> Result<Child, Error> {
    // The pid file is looked at again, because the number may belong to another process by then.
    const SCRIPT: &str = r#"read -r _
        read -r pid < "$2" && [ "$pid" = "$1" ] && kill -INT "$1""#;
    home.account()
        .command("/bin/sh")
        .args(["-c", SCRIPT, "sh", &pid_of(server).to_string()])
        .arg(home.pgdata().join("postmaster.pid"))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .doing("starting", "/bin/sh")
}

/// Stops the server of a program that was killed. A pid file whose process is no Postgres of ours (the
/// number was used again, or the process is dead and not yet buried) would keep Postgres from starting.
pub(crate) fn stop_leftover(pgdata: &Path) -> Result<(), Error> {
    let pid_file = pgdata.join("postmaster.pid");
    let Some(PidFile { pid, .. }) = PidFile::read(&pid_file) else {
        return Ok(());
    };
    if process::is_postmaster_of(pid, pgdata) {
        tracing::info!(process.pid = pid, "stopping the Postgres that an earlier run left behind");
        process::signal(pid, Signal::SIGINT);
        if !process::wait_until(STOP_LIMIT, || !process::is_postmaster_of(pid, pgdata)) {
            return Err(Error::Stop { pid });
        }
    }
    if process::exists(pid) && pid_file.exists() {
        fs::remove_file(&pid_file).doing("removing", &pid_file)?;
    }
    Ok(())
}

/// Failures that end when whoever stands in the way is gone.
/// The port of the server that runs in this folder, whoever started it.
pub(crate) fn port_of(pgdata: &Path) -> Option<u16> {
    PidFile::read(&pgdata.join("postmaster.pid")).filter(|file| file.ready).and_then(|file| file.port)
}

fn passes_by_itself(reason: &str) -> bool {
    ["could not bind", "could not create any TCP/IP sockets", "pre-existing shared memory block", "postmaster.pid\" already exists"]
        .iter()
        .any(|sign| reason.contains(sign))
}

/// What Postgres writes into its pid file: the number on the first line, its state on the eighth.
#[derive(Debug, PartialEq, Eq)]
struct PidFile {
    pid: i32,
    port: Option<u16>,
    ready: bool,
}

impl PidFile {
    fn read(path: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(path).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let port = lines.nth(2).and_then(|port| port.trim().parse().ok());
        let ready = lines.nth(3).is_some_and(|state| state.trim() == "ready");
        Some(Self { pid, port, ready })
    }
}

fn pid_of(child: &Child) -> i32 {
    i32::try_from(child.id()).expect("the system's process numbers fit")
}

fn free_port() -> Result<u16, Error> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .doing("listening on", "127.0.0.1")
}

fn open_log(path: &Path) -> Result<File, Error> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
        let old = path.with_extension("log.old");
        fs::rename(path, &old).doing("renaming", path)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).doing("opening", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_says_when_the_server_is_ready() {
        let starting = "123\n/data\n1700000000\n5432\n\n127.0.0.1\n 1 2\nstarting\n";
        let parse = |text: &str| PidFile::parse(text);
        assert_eq!(parse(starting), Some(PidFile { pid: 123, port: Some(5432), ready: false }));
        assert_eq!(parse(&starting.replace("starting", "ready   ")), Some(PidFile { pid: 123, port: Some(5432), ready: true }));
        assert_eq!(parse("123\n"), Some(PidFile { pid: 123, port: None, ready: false }));
        assert_eq!(parse(""), None);
    }
}
