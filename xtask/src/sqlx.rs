//! The query data that builds without a database read.
//!
//! The macros write it themselves when they are told where; all that is needed is a compile run against a real
//! database, and `cargo sqlx` need not be installed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use cluster::{Cluster, Options, Running};

use crate::{shell, workspace::Workspace};

/// Compiles the queries again and puts what that tells in the place of `services/.sqlx`.
pub fn renew(workspace: &Workspace) -> Result<()> {
    let cluster = Cluster::start(Options { dir: workspace.work("sqlx"), throwaway: true, ..Options::default() })?;
    let queries = Queries::new(workspace, &cluster)?;
    shell::step("compile the queries against a database", || {
        let mut cargo = shell::cargo(workspace.root());
        cargo.args(["check", "--quiet", "--package", "services", "--all-targets"]);
        shell::run(queries.described_by(&mut cargo))
    })?;
    let found = queries.found()?;
    let committed = committed_folder(workspace);
    if committed.exists() {
        fs::remove_dir_all(&committed)?;
    }
    fs::create_dir_all(&committed)?;
    for (name, text) in &found {
        fs::write(committed.join(name), text)?;
    }
    println!("{} queries in {}", found.len(), committed.display());
    Ok(cluster.stop()?)
}

/// A compile run that describes its queries.
#[derive(Debug)]
pub struct Queries {
    database: String,
    folder: PathBuf,
}

impl Queries {
    /// Makes a database with the schema of the migrations, and sees to it that the queries are compiled again.
    pub fn new(workspace: &Workspace, cluster: &Running) -> Result<Self> {
        let database = cluster.create_database("queries")?;
        let psql = cluster.binaries().program("psql");
        for migration in files(&workspace.root().join("migrations"))? {
            let mut command = Command::new(&psql);
            command.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", "--file"]);
            shell::output(command.arg(&migration).arg(&database)).with_context(|| format!("applying {}", migration.display()))?;
        }
        let folder = workspace.work("queries");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let library = fs::File::options().append(true).open(workspace.root().join("services/src/lib.rs"))?;
        library.set_modified(std::time::SystemTime::now())?;
        Ok(Self { database, folder })
    }

    /// Makes a compile run of `services` write down its queries.
    pub fn described_by<'a>(&self, cargo: &'a mut Command) -> &'a mut Command {
        cargo.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &self.folder).env("DATABASE_URL", &self.database)
    }

    /// What the run has written, by name.
    pub fn found(&self) -> Result<BTreeMap<String, String>> {
        let found = query_data(&self.folder)?;
        ensure!(!found.is_empty(), "the compile run described no query");
        Ok(found)
    }

    /// Fails, and says what differs, if what is committed is not what the database told.
    pub fn compare(&self, workspace: &Workspace) -> Result<()> {
        let (found, committed) = (self.found()?, query_data(&committed_folder(workspace))?);
        let gone = committed.keys().filter(|name| !found.contains_key(*name)).count();
        let other = found.iter().filter(|(name, text)| committed.get(*name) != Some(*text)).count();
        ensure!(
            gone + other == 0,
            "services/.sqlx is not fresh ({other} queries new or changed, {gone} gone): renew it with cargo xtask sqlx"
        );
        Ok(())
    }
}

fn committed_folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("services/.sqlx")
}

fn query_data(folder: &Path) -> Result<BTreeMap<String, String>> {
    let is_query = |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("query-"));
    files(folder)?
        .into_iter()
        .filter(is_query)
        .map(|file| Ok((file.file_name().unwrap_or_default().to_string_lossy().into_owned(), fs::read_to_string(&file)?)))
        .collect()
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
