//! The browser tests: the real program, the sample edition, Chromium.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use cluster::Running;

use super::{
    Arguments,
    counts::{self, Counts},
    report,
};
use crate::{
    served::{Serve, Server},
    shell, tools,
    workspace::Workspace,
};

/// Whether the types of the tests fit.
pub fn types(workspace: &Workspace) -> Result<()> {
    shell::run(Command::new("npm").args(["run", "--silent", "types"]).current_dir(workspace.end2end()))
}

pub fn run(workspace: &Workspace, cluster: &Running, chromium: &Path, arguments: &Arguments) -> Result<Counts> {
    let folder = workspace.work("test/browser");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let database = cluster.create_database("browser")?;
    let executable = workspace.program_under_test();
    let server = Server::start(&Serve {
        executable: &executable,
        folder: &folder,
        database: &database,
        // A browser that is driven types faster than any person.
        environment: &[("SITE", &workspace.site().to_string_lossy()), ("LOG", "info"), ("FORM_SECONDS", "0")],
    })?;
    let decisions = folder.join("decisions.jsonl");
    let generated = shell::output(shell::cargo(workspace.root()).args(["run", "--quiet", "-p", "domain", "--example", "decisions"]))?;
    fs::write(&decisions, generated)?;
    let report = folder.join("report.json");
    let mut playwright = Command::new(workspace.end2end().join("node_modules/.bin/playwright"));
    playwright.arg("test").current_dir(workspace.end2end());
    if !arguments.filter.is_empty() {
        playwright.args(["--grep", &arguments.filter.join("|"), "--pass-with-no-tests"]);
    }
    if arguments.pictures {
        playwright.env("PICTURES", "1");
    }
    playwright
        .env("BASE_URL", server.base())
        .env("SIGN_INS", server.sign_ins())
        .env("CHROMIUM", chromium)
        .env("CHROMIUM_SHELL", tools::chromium_shell().as_deref().unwrap_or(chromium))
        .env("REPORT", &report)
        .env("DECISIONS", &decisions);
    // Some tests start a program of their own, and one asks what it has stored.
    playwright.env("PROGRAM", &executable).env("SITE", workspace.site()).env_remove("DATABASE_URL");
    playwright.env("OWN_DATABASE", cluster.create_database("own")?).env("PSQL", cluster.binaries().program("psql"));
    let outcome = shell::run(&mut playwright);
    let stopped = server.stop();
    let results = fs::read_to_string(&report).with_context(|| format!("no report of the browser tests: {outcome:?}"))?;
    let counts = counts::of_playwright(&results)?.and_exit(outcome.is_ok());
    // What the tests found counts, whatever came after them.
    Ok(counts + stopped.map_or_else(report::failure, |()| Counts::default()))
}
