//! A cluster from start to stop, as the rest of the program sees it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    Binaries, Error,
    create::{self, ADMIN, Passwords, ROLE, last_lines},
    error::Doing,
    home::{self, Home},
    install_command,
    postmaster::{self, Postmaster},
};

/// What cluster is wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The data folder. It is created where it is missing; the cluster lies in `postgres` below it.
    pub dir: PathBuf,
    /// For tests: begins empty each time, ends removed, and trades all durability for speed.
    pub throwaway: bool,
    /// Further Postgres settings, by name, for example to load an extension.
    pub settings: Vec<(String, String)>,
}

/// The way to a running cluster.
#[derive(Debug)]
pub struct Cluster;

impl Cluster {
    /// Starts the cluster of a data folder, making it first where there is none. What a killed program left
    /// behind is put in order: a server that still runs is stopped, an interrupted creation begun again, a
    /// crash recovered from.
    ///
    /// # Errors
    ///
    /// See [`Error`]; its text tells the operator what to do.
    pub fn start(options: Options) -> Result<Running, Error> {
        let home = Home::open(&options.dir)?;
        if options.throwaway && home.pgdata().exists() {
            postmaster::stop_leftover(&home.pgdata())?;
            fs::remove_dir_all(home.pgdata()).doing("removing", home.pgdata())?;
        }
        let binaries = if let Some(major) = major_of(&home.pgdata())? {
            installed(&home, &major)?
        } else {
            let binaries = newest()?;
            tracing::info!(
                cluster.dir = %home.dir().display(),
                postgres.version = binaries.major(),
                "creating the database cluster"
            );
            create::create(&home, &binaries)?;
            binaries
        };
        let passwords = Passwords::read(&home)?;
        let settings = settings(&options);
        let postmaster = Postmaster::start(&home, &binaries, &settings, None)?;
        tracing::info!(
            cluster.dir = %home.dir().display(),
            postgres.version = binaries.major(),
            postgres.port = postmaster.port(),
            "the database cluster runs"
        );
        Ok(Running { postmaster, passwords, binaries, settings, throwaway: options.throwaway, home })
    }
}

impl Cluster {
    /// The connection URL of the program's own database in the cluster of a data folder that another process keeps
    /// running, for commands beside it; `None` where none runs. It holds a password: never log it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when its password is not ours to read, [`Error::LocationGone`].
    pub fn url_of_running(data_folder: &Path) -> Result<Option<String>, Error> {
        let Some(dir) = home::find(data_folder)? else { return Ok(None) };
        let Some(port) = postmaster::port_of(&dir.join("data")) else { return Ok(None) };
        let file = dir.join("password");
        let password = fs::read_to_string(&file).doing("reading", &file)?;
        Ok(Some(format!("postgres://{ROLE}:{}@127.0.0.1:{port}/{ROLE}", password.trim_end())))
    }
}

/// A cluster that runs until this is stopped or dropped, and no longer than this process.
pub struct Running {
    postmaster: Postmaster,
    passwords: Passwords,
    binaries: Binaries,
    settings: Vec<(String, String)>,
    throwaway: bool,
    // Last: it holds the lock, which is given back when the server has stopped.
    home: Home,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Running").field("dir", &self.home.dir()).field("port", &self.postmaster.port()).finish_non_exhaustive()
    }
}

impl Running {
    /// The connection URL of the program's own database and role. It holds a password: never log it.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(ROLE)
    }

    /// As [`Self::url`], for another database of the same cluster.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        self.url_as(ROLE, &self.passwords.role, database)
    }

    /// The superuser's connection URL to a database, for measuring and repairs.
    #[must_use]
    pub fn admin_url(&self, database: &str) -> String {
        self.url_as(ADMIN, &self.passwords.admin, database)
    }

    fn url_as(&self, role: &str, password: &str, database: &str) -> String {
        let port = self.postmaster.port();
        format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The programs of the Postgres that runs, for example `psql`.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The folder that the cluster lies in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.home.dir()
    }

    /// Makes a further database, a copy of `template1`, owned by the program's role, and gives back its URL.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] when it exists already or Postgres refuses.
    pub fn create_database(&self, name: &str) -> Result<String, Error> {
        self.client("createdb", ROLE, &self.passwords.role, name, &[])?;
        Ok(self.url_of(name))
    }

    /// Gives `template1` to the program's role, so that the program can fill it: further databases are copies of it. Gives back
    /// its URL.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] when Postgres refuses.
    pub fn own_template(&self) -> Result<String, Error> {
        let template = "template1";
        let statement = format!("alter database {template} owner to {ROLE}");
        self.client("psql", ADMIN, &self.passwords.admin, template, &["--no-psqlrc", "--quiet", "--command", &statement])?;
        Ok(self.url_of(template))
    }

    /// Runs a program that comes with Postgres, as a role, on a database.
    fn client(&self, program: &str, role: &str, password: &str, database: &str, arguments: &[&str]) -> Result<(), Error> {
        let program = self.binaries.program(program);
        let output = self
            .home
            .account()
            .command(&program)
            .args(["--host=127.0.0.1", "--no-password"])
            .arg(format!("--port={}", self.postmaster.port()))
            .arg(format!("--username={role}"))
            .args(arguments)
            .arg(database)
            .env("PGPASSWORD", password)
            .current_dir(self.home.dir())
            .stdin(Stdio::null())
            .output()
            .doing("starting", &program)?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Error::Database { name: database.to_owned(), output: last_lines(&String::from_utf8_lossy(&output.stderr)) })
        }
    }

    /// Starts the server again, on the same port, if it has ended by itself (killed for lack of memory,
    /// say). True if it had. Meant to be called every second or so.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] when it does not come up again.
    pub fn revive(&mut self) -> Result<bool, Error> {
        if !self.postmaster.has_ended() {
            return Ok(false);
        }
        tracing::error!("Postgres has ended unexpectedly: starting it again");
        self.postmaster.stop()?;
        let port = Some(self.postmaster.port());
        self.postmaster = Postmaster::start(&self.home, &self.binaries, &self.settings, port)?;
        Ok(true)
    }

    /// Stops the cluster: running statements end, everything is written down. Dropping does the same, and
    /// can only log what went wrong.
    ///
    /// # Errors
    ///
    /// [`Error::Stop`] when it does not end, even by force.
    pub fn stop(mut self) -> Result<(), Error> {
        self.shut_down()
    }

    fn shut_down(&mut self) -> Result<(), Error> {
        self.postmaster.stop()?;
        if self.throwaway && self.home.dir().exists() {
            self.home.remove()?;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.shut_down() {
            tracing::error!(%error, "the database cluster did not stop");
        }
    }
}

/// The major version that made the cluster, or none where there is no cluster yet.
fn major_of(pgdata: &Path) -> Result<Option<String>, Error> {
    let file = pgdata.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing("reading", &file),
    }
}

/// The installed Postgres that can run a cluster made by `major`.
fn installed(home: &Home, major: &str) -> Result<Binaries, Error> {
    let all = Binaries::all();
    let found: Vec<String> = all.iter().map(|one| one.major().to_string()).collect();
    all.into_iter().find(|one| one.major().to_string() == major).ok_or_else(|| {
        if found.is_empty() {
            return Error::NoPostgres { install: install_command() };
        }
        Error::OtherVersion { dir: home.dir().to_owned(), made_by: major.to_owned(), found: found.join(", ") }
    })
}

/// The Postgres for a new cluster, fetched where none is installed.
fn newest() -> Result<Binaries, Error> {
    if let Some(binaries) = Binaries::find() {
        return Ok(binaries);
    }
    #[cfg(feature = "fetch")]
    {
        tracing::info!("no PostgreSQL found on this machine: fetching one");
        Binaries::fetch()
    }
    #[cfg(not(feature = "fetch"))]
    Err(Error::NoPostgres { install: install_command() })
}

fn settings(options: &Options) -> Vec<(String, String)> {
    let common: &[(&str, &str)] = &[
        ("listen_addresses", "127.0.0.1"),
        // Connections come over the loopback; a socket's path would be too long in deep folders.
        ("unix_socket_directories", ""),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("lc_messages", "C"),
    ];
    // Nothing of a throw-away cluster has to survive a crash, and every test holds connections of its own.
    let throwaway: &[(&str, &str)] =
        &[("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("max_connections", "300")];
    let chosen = if options.throwaway { throwaway } else { &[] };
    common.iter().chain(chosen).map(|&(name, value)| (name.to_owned(), value.to_owned())).chain(options.settings.iter().cloned()).collect()
}
