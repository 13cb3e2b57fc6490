//! Real clusters in temporary folders: what must hold whoever kills what, and when.

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use cluster::{Cluster, Error, Options, Running};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid, getpgid, getpgrp},
};

/// Tells [`a_program_that_holds_a_cluster`] which folder to hold.
const HOLD: &str = "CLUSTER_TEST_HOLD";

/// A folder that vanishes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let dir = env::temp_dir().join(format!("cluster-test-{}-{name}", process::id()));
        fs::create_dir_all(&dir).expect("the temporary folder is writable");
        Self(dir)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn pgdata(&self) -> PathBuf {
        self.data().join("postgres/data")
    }

    fn start(&self) -> Running {
        Cluster::start(options(self.data())).expect("the cluster starts")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn options(dir: PathBuf) -> Options {
    Options { dir, ..Options::default() }
}

/// Runs SQL through `psql` in the program's own database and gives back what it prints.
fn sql(running: &Running, statements: &str) -> String {
    sql_in(running, &running.url(), statements)
}

fn sql_in(running: &Running, url: &str, statements: &str) -> String {
    let output = Command::new(running.binaries().program("psql"))
        .args(["--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-c"])
        .arg(statements)
        .arg(url)
        .output()
        .expect("psql lies beside postgres");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the output is UTF-8").trim_end().to_owned()
}

/// The server's process, read from its pid file once it is ready.
fn server_of(pgdata: &Path) -> Pid {
    let begin = Instant::now();
    loop {
        let text = fs::read_to_string(pgdata.join("postmaster.pid")).unwrap_or_default();
        if text.contains("ready") {
            let pid = text.lines().next().expect("a first line");
            return Pid::from_raw(pid.parse().expect("a number"));
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "no server");
        thread::sleep(Duration::from_millis(20));
    }
}

fn wait_for_end(pid: Pid) {
    let begin = Instant::now();
    while is_postgres(pid) {
        assert!(begin.elapsed() < Duration::from_secs(15), "still runs: {pid}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn is_postgres(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| line.contains("postgres") && line.contains("postmaster") || line.contains("-D"))
}

/// No test of its own: the body of the second process that other tests start and kill.
#[test]
fn a_program_that_holds_a_cluster() {
    let Some(dir) = env::var_os(HOLD) else { return };
    let running = Cluster::start(options(PathBuf::from(dir))).expect("the cluster starts");
    sql(&running, "create table note (text text); insert into note values ('Đồng Tháp')");
    fs::write(running.dir().join("../noted"), "").expect("the folder is writable");
    loop {
        thread::park();
    }
}

/// Starts a second process that holds a cluster in `folder` and has written a row into it.
fn hold(folder: &Folder) -> process::Child {
    let child = Command::new(env::current_exe().expect("this test has a path"))
        .args(["--exact", "a_program_that_holds_a_cluster"])
        .env(HOLD, folder.data())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the test can start itself");
    let begin = Instant::now();
    while !folder.data().join("noted").exists() {
        assert!(begin.elapsed() < Duration::from_mins(1), "it did not start");
        thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn what_was_written_is_there_after_a_stop_and_a_start() {
    let folder = Folder::new("restart");
    let running = folder.start();
    sql(&running, "create table note (text text); insert into note values ('Cao Lãnh')");
    let server = server_of(&folder.pgdata());
    running.stop().expect("the cluster stops");
    assert!(!folder.pgdata().join("postmaster.pid").exists());
    assert!(!is_postgres(server));

    let running = folder.start();
    assert_eq!(sql(&running, "select text from note"), "Cao Lãnh");
    assert_eq!(sql(&running, "show fsync"), "on");
    assert_eq!(sql(&running, "show synchronous_commit"), "on");
}

#[test]
fn a_server_killed_outright_is_recovered_at_the_next_start() {
    let folder = Folder::new("killed");
    let running = folder.start();
    sql(&running, "create table note (text text); insert into note values ('Sa Đéc')");
    kill(server_of(&folder.pgdata()), Signal::SIGKILL).expect("the server is ours to kill");
    drop(running);
    assert!(folder.pgdata().join("postmaster.pid").exists(), "the test must leave a stale pid file");
    let running = folder.start();
    assert_eq!(sql(&running, "select text from note"), "Sa Đéc");
}

#[test]
fn a_server_that_ends_is_revived_on_the_same_port() {
    let folder = Folder::new("revived");
    let mut running = folder.start();
    let url = running.url();
    assert!(!running.revive().expect("nothing to do"));
    let server = server_of(&folder.pgdata());
    kill(server, Signal::SIGKILL).expect("the server is ours to kill");
    wait_for_end(server);
    let begin = Instant::now();
    while !running.revive().expect("the server starts again") {
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(running.url(), url);
    assert_eq!(sql(&running, "select 1"), "1");
}

#[test]
fn a_killed_program_takes_its_server_with_it_and_the_next_one_finds_the_data() {
    let folder = Folder::new("program-killed");
    let mut program = hold(&folder);
    let server = server_of(&folder.pgdata());
    program.kill().expect("the program is ours to kill");
    program.wait().expect("it has ended");
    wait_for_end(server);
    assert_eq!(sql(&folder.start(), "select text from note"), "Đồng Tháp");
}

#[test]
fn a_server_that_was_left_running_is_stopped_and_started_anew() {
    let folder = Folder::new("left-running");
    let mut program = hold(&folder);
    let server = server_of(&folder.pgdata());
    kill_guards(&folder.pgdata());
    program.kill().expect("the program is ours to kill");
    program.wait().expect("it has ended");
    assert!(is_postgres(server), "the test must leave a server behind");

    let running = folder.start();
    assert_ne!(server_of(&folder.pgdata()), server);
    assert_eq!(sql(&running, "select text from note"), "Đồng Tháp");
}

/// Kills the shells that would stop the server of this cluster when its program ends.
fn kill_guards(pgdata: &Path) {
    let pid_file = pgdata.join("postmaster.pid").display().to_string();
    for entry in fs::read_dir("/proc").expect("/proc is there").flatten() {
        let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        if line.contains(&pid_file) {
            let pid = entry.file_name().to_string_lossy().parse();
            kill(Pid::from_raw(pid.expect("a number")), Signal::SIGKILL).expect("ours to kill");
        }
    }
}

#[test]
fn a_pid_file_whose_number_belongs_to_another_process_is_stale() {
    let folder = Folder::new("reused-number");
    folder.start().stop().expect("the cluster stops");
    let pid_file = folder.pgdata().join("postmaster.pid");
    fs::write(&pid_file, format!("{}\n/elsewhere\n", process::id())).expect("it is writable");
    assert_eq!(sql(&folder.start(), "select 1"), "1");
}

#[test]
fn a_creation_that_was_cut_off_is_begun_again() {
    let folder = Folder::new("cut-off");
    folder.start().stop().expect("the cluster stops");
    let unfinished = folder.data().join("postgres/data.new");
    fs::rename(folder.pgdata(), &unfinished).expect("it can be moved");
    fs::remove_file(unfinished.join("pg_hba.conf")).expect("it can be damaged");
    assert_eq!(sql(&folder.start(), "select 1"), "1");
    assert!(!unfinished.exists());
}

#[test]
fn two_clusters_run_side_by_side() {
    let (one, two) = (Folder::new("one"), Folder::new("two"));
    let (first, second) = (one.start(), two.start());
    assert_ne!(first.url(), second.url());
    sql(&first, "create table only_here (id int)");
    let seen = "select count(*) from pg_tables where tablename = 'only_here'";
    assert_eq!(sql(&first, seen), "1");
    assert_eq!(sql(&second, seen), "0");
}

#[test]
fn a_folder_in_use_is_refused_and_names_the_holder() {
    let folder = Folder::new("in-use");
    let running = folder.start();
    let error = Cluster::start(options(folder.data())).expect_err("it is in use");
    assert!(matches!(&error, Error::InUse { holder, .. } if *holder == process::id().to_string()), "{error}");
    // A command beside it shares the cluster.
    assert_eq!(Cluster::url_of_running(&folder.data()).expect("it runs"), Some(running.url()));
    assert_eq!(Cluster::url_of_running(&folder.0).expect("nothing is there"), None);
    assert_eq!(sql(&running, "select 1"), "1");
}

#[test]
fn a_cluster_of_another_major_version_is_refused_with_what_to_do() {
    let folder = Folder::new("other-version");
    folder.start().stop().expect("the cluster stops");
    fs::write(folder.pgdata().join("PG_VERSION"), "9\n").expect("it is writable");
    let error = Cluster::start(options(folder.data())).expect_err("no PostgreSQL 9 here");
    assert!(matches!(&error, Error::OtherVersion { made_by, .. } if made_by == "9"));
    assert!(error.to_string().contains("install PostgreSQL 9"), "{error}");
}

#[test]
fn the_programs_role_is_no_superuser_and_its_password_is_closed_to_others() {
    let folder = Folder::new("role");
    let running = folder.start();
    assert_eq!(sql(&running, "select current_user, current_database()"), "ngay_cds|ngay_cds");
    assert_eq!(sql(&running, "show is_superuser"), "off");
    for secret in ["password", "admin-password"] {
        let metadata = fs::metadata(running.dir().join(secret)).expect("the secret is there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{secret}");
    }
    let wrong = running.url().replace("postgres://ngay_cds:", "postgres://ngay_cds:x");
    let refused =
        Command::new(running.binaries().program("psql")).args(["-c", "select 1"]).arg(wrong).output().expect("psql lies beside postgres");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("password authentication failed"));
}

#[test]
fn letters_beyond_ascii_have_upper_and_lower_case() {
    let folder = Folder::new("letters");
    assert_eq!(sql(&folder.start(), "select lower('ĐỒNG THÁP')"), "đồng tháp");
}

#[test]
fn further_databases_can_be_made_once_each() {
    let folder = Folder::new("databases");
    let running = folder.start();
    let url = running.create_database("another").expect("it is made");
    assert_eq!(url, running.url_of("another"));
    let error = running.create_database("another").expect_err("it exists");
    assert!(error.to_string().contains("already exists"), "{error}");
}

#[test]
fn what_the_program_stores_in_the_template_stands_in_further_databases_as_its_own() {
    let folder = Folder::new("template");
    let running = folder.start();
    let template = running.own_template().expect("it is given");
    sql_in(&running, &template, "create extension pg_trgm; create table note (text text)");
    let copy = running.create_database("copy").expect("it is made");
    assert_eq!(sql_in(&running, &copy, "alter table note add author text; select count(*) from note"), "0");
}

#[test]
fn a_throw_away_cluster_begins_empty_and_leaves_nothing() {
    let folder = Folder::new("throw-away");
    let throwaway = || Options { throwaway: true, ..options(folder.data()) };
    let running = Cluster::start(throwaway()).expect("the cluster starts");
    sql(&running, "create table note (text text)");
    assert_eq!(sql(&running, "show fsync"), "off");
    assert_eq!(sql(&running, "show max_connections"), "300");
    drop(running);
    assert!(!folder.data().join("postgres").exists());

    let running = Cluster::start(throwaway()).expect("the cluster starts");
    let tables = "select count(*) from pg_tables where tablename = 'note'";
    assert_eq!(sql(&running, tables), "0");
}

#[test]
fn ctrl_c_in_the_terminal_does_not_reach_the_server() {
    let folder = Folder::new("ctrl-c");
    let _running = folder.start();
    let group = getpgid(Some(server_of(&folder.pgdata()))).expect("the server runs");
    assert_ne!(group, getpgrp());
}

#[test]
fn root_puts_the_cluster_elsewhere_when_postgres_cannot_reach_the_data_folder() {
    if !geteuid().is_root() {
        return;
    }
    let folder = Folder::new("closed");
    let closed = folder.0.join("home");
    fs::DirBuilder::new().mode(0o700).create(&closed).expect("the temporary folder is writable");
    let data = closed.join("data");
    let running = Cluster::start(options(data.clone())).expect("the cluster starts");
    assert!(running.dir().starts_with("/var/lib/ngay-cds"));
    let pointer = data.join("postgres.location");
    assert_eq!(fs::read_to_string(&pointer).expect("the pointer is there"), format!("{}\n", running.dir().display()));
    sql(&running, "create table note (text text)");
    let elsewhere = running.dir().to_owned();
    drop(running);

    let running = Cluster::start(options(data.clone())).expect("the cluster starts again");
    assert_eq!(sql(&running, "select count(*) from note"), "0");
    drop(running);
    fs::remove_dir_all(&elsewhere).expect("it is ours to remove");
    assert!(matches!(Cluster::start(options(data)), Err(Error::LocationGone { .. })));
}
