//! Processes of which only the number is known: those that an earlier, killed program left behind.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Sends a signal. A process that is gone already is no error.
pub(crate) fn signal(pid: i32, signal: Signal) {
    if let Err(error) = kill(Pid::from_raw(pid), signal)
        && error != Errno::ESRCH
    {
        tracing::warn!(process.pid = pid, %error, "a signal could not be sent");
    }
}

/// Whether a process of this number exists, be it anyone's.
pub(crate) fn exists(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

/// Whether the process is the Postgres server of this very cluster. Numbers are used again after a
/// restart of the machine, so a living process of the right number proves nothing.
pub(crate) fn is_postmaster_of(pid: i32, pgdata: &Path) -> bool {
    command_line(pid).is_some_and(|line| line.contains("postgres") && line.contains(&*pgdata.as_os_str().to_string_lossy()))
}

fn command_line(pid: i32) -> Option<String> {
    if Path::new("/proc/self").exists() {
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&arguments).replace('\0', " "));
    }
    let output = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Looks every 10 ms until the condition holds; false when the time is over first.
pub(crate) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if start.elapsed() > limit {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_of_the_right_number_is_not_taken_for_postgres() {
        let ours = i32::try_from(std::process::id()).expect("process numbers are small");
        assert!(exists(ours));
        assert!(!is_postmaster_of(ours, Path::new("/nowhere/data")));
    }
}
