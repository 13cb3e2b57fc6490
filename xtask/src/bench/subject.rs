//! The program under test: its cluster, its processes, and what a bench needs to know of its data.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use cluster::{Cluster, Options, Running};
use serde_json::Value;

use super::machine;
use crate::{
    served::{Serve, Server},
    shell,
    workspace::Workspace,
};

/// The installation's secret of the bench: the load generator signs tickets with it.
pub const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The running program and the durable cluster under it.
#[derive(Debug)]
pub struct Subject {
    cluster: Running,
    server: Server,
    folder: PathBuf,
    executable: PathBuf,
}

impl Subject {
    /// Starts everything anew in `target/xtask/bench`.
    pub fn start(workspace: &Workspace, executable: &Path) -> Result<Self> {
        let folder = workspace.work("bench");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let cluster = Cluster::start(Options { dir: folder.join("cluster"), throwaway: false, ..Options::default() })?;
        let database = cluster.create_database("bench")?;
        let server = start(executable, &folder, &database, &[("LOG", "warn")])?;
        Ok(Self { cluster, server, folder, executable: executable.to_owned() })
    }

    pub fn base(&self) -> String {
        self.server.base()
    }

    pub fn database(&self) -> String {
        self.cluster.url_of("bench")
    }

    /// The machine that all of this runs on.
    pub fn machine(&self) -> Result<String> {
        machine::line(self.cluster.binaries())
    }

    pub fn stop(self) -> Result<()> {
        self.server.stop()?;
        Ok(self.cluster.stop()?)
    }

    /// A second process on the same database.
    pub fn twin(&self) -> Result<Server> {
        start(&self.executable, &self.folder, &self.database(), &[("LOG", "warn")])
    }

    /// A second process on the same database that takes a form that is filled in at once: a browser is driven faster than any
    /// person.
    pub fn lenient_twin(&self) -> Result<Server> {
        start(&self.executable, &self.folder, &self.database(), &[("LOG", "warn"), ("FORM_SECONDS", "0")])
    }

    /// A second process on the same database that logs every SQL statement.
    pub fn logging_twin(&self) -> Result<Server> {
        start(&self.executable, &self.folder, &self.database(), &[("LOG", "warn,sqlx::query=debug,server=info")])
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The bytes of a page.
    pub fn page(&self, path: &str) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port()))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.server.port())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("an answer without a body")?;
        ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path} is not there");
        Ok(answer.split_off(end + 4))
    }

    /// Serves these bytes by the load generator's bare axum while `work` runs.
    pub fn with_bytes_served<T>(&self, load: &Path, bytes: &[u8], work: impl FnOnce(&str) -> Result<T>) -> Result<T> {
        let file = self.folder.join("page.html");
        fs::write(&file, bytes)?;
        let mut child = Command::new(load).args(["serve-bytes", "--file"]).arg(&file).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().context("a pipe")?).read_line(&mut url)?;
        let result = work(url.trim());
        child.kill()?;
        child.wait()?;
        result
    }

    /// The public audience that the registrations go to, as the form names it.
    pub fn audience(&self) -> Result<String> {
        self.sql("select code from audiences where kind = 'citizen' and is_public order by position limit 1")
    }

    /// The id of the same.
    pub fn audience_id(&self) -> Result<String> {
        self.sql("select id from audiences where kind = 'citizen' and is_public order by position limit 1")
    }

    /// Sessions with seats of their own that do not clash, by their ids with commas between.
    pub fn sessions(&self) -> Result<String> {
        let sessions = self.sql(
            "select string_agg(id::text, ',') from (
                 select distinct on (starts_at) id from sessions where capacity_id is not null and starts_at > now() order by starts_at, id limit 2
             ) raced_for",
        )?;
        ensure!(sessions.contains(','), "the sample has not two sessions with seats of their own");
        Ok(sessions)
    }

    /// A gate that is always open, and the edition's year.
    pub fn gate(&self) -> Result<(String, String)> {
        let row = self.sql(
            "select c.id || ' ' || e.year from checkpoints c join editions e on e.id = c.edition_id
             where e.is_current and c.kind = 'gate' and c.opens_at is null and c.closes_at is null and c.admits = '{}' limit 1",
        )?;
        let (id, year) = row.split_once(' ').context("no gate is always open")?;
        Ok((id.to_owned(), year.to_owned()))
    }

    /// The sign-in of the sample's account with this role.
    pub fn account(&self, role: &str) -> Result<(String, String)> {
        let sign_ins: Value = serde_json::from_slice(&fs::read(self.server.sign_ins())?)?;
        let account = &sign_ins[role];
        let part = |name: &str| account[name].as_str().map(str::to_owned).with_context(|| format!("no {name} of the {role}"));
        Ok((part("email")?, part("password")?))
    }

    /// So many more accounts with the organiser's rights and password: their addresses with commas between, and the password.
    pub fn watchers(&self, count: u64) -> Result<(String, String)> {
        let (email, password) = self.account("organiser")?;
        let accounts = self.sql(&format!(
            "with made as (
                 insert into accounts (id, email, email_key, full_name, role, organisation_id, password_hash, sample, created_at)
                 select gen_random_uuid(), number || email, number || email_key, full_name, role, organisation_id, password_hash, sample, created_at
                 from accounts, generate_series(1, {count}) number where email = '{email}'
                 returning email
             )
             select string_agg(email, ',') from made"
        ))?;
        ensure!(!accounts.is_empty(), "the organiser has no account");
        Ok((accounts, password))
    }

    /// Runs one statement and gives back what it printed.
    pub fn sql(&self, statement: &str) -> Result<String> {
        let psql = self.cluster.binaries().program("psql");
        let printed = shell::output(Command::new(psql).args(["--no-psqlrc", "--quiet", "-At", "-c", statement, &self.database()]))?;
        Ok(printed.trim().to_owned())
    }
}

/// The most memory that a process of the program has held, in megabytes.
pub fn peak_memory_mb(server: &Server) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}

fn start(executable: &Path, folder: &Path, database: &str, settings: &[(&str, &str)]) -> Result<Server> {
    let environment = [&[("SECRET_KEY", SECRET)], settings].concat();
    Server::start(&Serve { executable, folder, database, environment: &environment })
}

/// Ends the process and counts the SQL statements that it logged within requests to this path.
pub fn stop_and_count(server: Server, path: &str) -> Result<usize> {
    let log = server.log().to_owned();
    server.stop()?;
    Ok(fs::read_to_string(log)?.lines().filter(|line| line.contains("sqlx::query") && line.contains(path)).count())
}
