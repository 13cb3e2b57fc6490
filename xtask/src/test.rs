//! Everything that guards the project, in one command.
//!
//! All steps run that can, whatever the earlier ones found; the last line says how much passed and how much failed. Nothing is
//! compiled twice: the lint run describes the queries by the way, and the browser tests use the program that the HTTP
//! tests were built with.

mod browser;
mod counts;
mod report;

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::Args;
use cluster::{Cluster, Options, Running};

use self::{counts::Counts, report::Report};
use crate::{
    build::{self, Mode},
    shell,
    sqlx::Queries,
    tools::{self, Wanted},
    workspace::Workspace,
};

/// Packages of the server's side, which may be built together: none of them asks for `hydrate`.
const NATIVE: &[&str] = &["domain", "services", "app", "cluster", "server", "load"];
/// Apart from the server, whose tests ask `rxing` for character sets: the decoder asks for none.
const SCANNER: &[&str] = &["scanner", "decoder"];
/// Packages of the browser's side.
const BROWSER: &[&str] = &["frontend", "scanner", "decoder"];

#[derive(Args, Debug)]
pub struct Arguments {
    /// Only tests whose name contains one of these words; nothing is linted then
    filter: Vec<String>,
    /// Leave the browser tests out
    #[arg(long)]
    no_browser: bool,
    /// Renew the pictures of the README
    #[arg(long)]
    pictures: bool,
}

pub fn run(workspace: &Workspace, arguments: &Arguments) -> ExitCode {
    let mut report = Report::default();
    let wanted = Wanted { lints: arguments.filter.is_empty(), browser: !arguments.no_browser };
    if let Some(chromium) = report.prepare("what the tests need", || tools::for_test(workspace, wanted)) {
        let options = Options { dir: workspace.work("test/cluster"), throwaway: true, ..Options::default() };
        if let Some(cluster) = report.prepare("start a database", || Ok(Cluster::start(options)?)) {
            steps(workspace, arguments, &cluster, chromium.as_deref(), &mut report);
            report.prepare("stop the database", || Ok(cluster.stop()?));
        }
    }
    report.close()
}

fn steps(workspace: &Workspace, arguments: &Arguments, cluster: &Running, chromium: Option<&Path>, report: &mut Report) {
    if arguments.filter.is_empty() {
        lint(workspace, cluster, report);
    }
    let compiled = report.prepare("compile what the server's side tests", || shell::run(&mut cargo_test(workspace, NATIVE, &["--no-run"])));
    if compiled.is_some() {
        report.prepare("migrate what databases are copied from", || migrate_template(workspace, cluster));
        report.add("unit, property, database and HTTP tests", || rust_tests(workspace, cluster, NATIVE, &arguments.filter));
    }
    report.add("tests of the scanner", || rust_tests(workspace, cluster, SCANNER, &arguments.filter));
    report.add("tests of the tools", || rust_tests(workspace, cluster, &["xtask"], &arguments.filter));
    let Some(chromium) = chromium else { return };
    let packages = report.prepare("packages of the browser tests", || tools::node_packages(workspace));
    if packages.is_some() && arguments.filter.is_empty() {
        report.check("types of the browser tests", || browser::types(workspace));
    }
    let built = report.prepare("build what the browser loads", || build::browser_parts(workspace, Mode::Debug));
    if packages.and(built).is_some() {
        report.add("browser tests", || browser::run(workspace, cluster, chromium, arguments));
    }
}

fn lint(workspace: &Workspace, cluster: &Running, report: &mut Report) {
    report.check("formatting", || shell::run(shell::cargo(workspace.root()).args(["fmt", "--all", "--check"])));
    let mut queries = None;
    report.check("lints of the server's side", || {
        let queries = queries.insert(Queries::new(workspace, cluster)?);
        shell::run(queries.described_by(&mut clippy(workspace, NATIVE, &["--all-targets"])))
    });
    report.check("query data is fresh", || match &queries {
        Some(queries) => queries.compare(workspace),
        None => anyhow::bail!("the queries were not compiled"),
    });
    report.check("lints of the browser's side", || shell::run(&mut clippy(workspace, BROWSER, &["--lib", "--target", tools::WASM])));
    report.check("lints of the scanner", || shell::run(&mut clippy(workspace, SCANNER, &["--all-targets"])));
    report.check("lints of the tools", || shell::run(&mut clippy(workspace, &["xtask"], &["--all-targets"])));
}

fn clippy(workspace: &Workspace, packages: &[&str], arguments: &[&str]) -> Command {
    let mut cargo = shell::cargo(workspace.root());
    cargo.arg("clippy").args(packages.iter().flat_map(|package| ["--package", package])).args(arguments);
    cargo.args(["--", "--deny", "warnings"]);
    cargo
}

fn cargo_test(workspace: &Workspace, packages: &[&str], arguments: &[&str]) -> Command {
    let mut cargo = shell::cargo(workspace.root());
    cargo.args(["test", "--no-fail-fast", "--tests"]);
    cargo.args(packages.iter().flat_map(|package| ["--package", package])).args(arguments);
    cargo
}

/// Brings `template1` up to date by the program that was compiled for the tests. Each of hundreds of tests has a database of its
/// own, and none has to migrate it then. The lints come before: they make theirs from nothing.
fn migrate_template(workspace: &Workspace, cluster: &Running) -> Result<()> {
    let mut program = Command::new(workspace.program_under_test());
    program.arg("migrate").env("DATABASE_URL", cluster.own_template()?).env("DATA", workspace.work("test/template"));
    shell::output(&mut program).map(drop)
}

fn rust_tests(workspace: &Workspace, cluster: &Running, packages: &[&str], filter: &[String]) -> Result<Counts> {
    let mut cargo = cargo_test(workspace, packages, &["--"]);
    cargo.args(filter).env("DATABASE_URL", cluster.url());
    counts::of_cargo_test(&mut cargo)
}
