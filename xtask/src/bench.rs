//! Measures the budgets of the design and prints each beside the floor of the same run. Not among them are Lighthouse's scores,
//! the 304 on a repeated request, and the growth of search and of the programme's page.
//!
//! The program runs as it is deployed (the release executable, Postgres with fsync on); the load comes from
//! a second process on the loopback. Each figure is the median of several rounds; its spread is the distance
//! from the lowest to the highest. The floor is what axum or Postgres themselves do in the same round.

mod board;
mod browser;
mod budgets;
mod decoder;
mod growth;
mod lists;
mod machine;
mod race;
mod site;
mod subject;
mod table;

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::{
    bench::{
        lists::TICKETS,
        subject::{Subject, peak_memory_mb},
        table::{Measured, Table},
    },
    build::{self, Mode},
    shell, tools,
    workspace::Workspace,
};

/// Seats where their number must not matter.
const AMPLE: u64 = 10_000_000;

#[derive(Args, Debug)]
pub struct Arguments {
    /// How often each figure is taken.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each round of a rate.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Only this part; what it builds on is prepared all the same.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Part {
    /// What a browser loads: sizes of the built files.
    Site,
    /// The decoder of the check-in page beside four libraries, without program and database.
    Decoder,
    /// Pages that anybody reads.
    Pages,
    /// Registrations at one limited capacity.
    Registrations,
    /// The race for the last seats.
    Race,
    /// Scans one by one, at a pace, and in batches.
    Scans,
    /// The list that phones hold, search, export and import, among many people.
    Lists,
    /// A scan with no network, in a browser.
    Offline,
    /// Scans among a million registrations.
    Growth,
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if let Some(Part::Decoder) = arguments.only {
        let mut table = Table::new();
        decoder::measure(workspace, &mut table)?;
        println!("{table}");
        return Ok(());
    }
    tools::for_run()?;
    let executable = build::build(workspace, Mode::Release)?;
    shell::step("build the load generator", || {
        shell::run(shell::cargo(workspace.root()).args(["build", "--quiet", "--release", "-p", "load"]))
    })?;
    let load = workspace.target().join("release/load");

    let mut table = Table::new();
    if arguments.wants(Part::Site) {
        site::measure(workspace, &mut table)?;
    }
    if arguments.wants(Part::Decoder) {
        decoder::measure(workspace, &mut table)?;
    }
    let subject = Subject::start(workspace, &executable)?;
    let bench = Bench { load: &load, subject: &subject, arguments };
    let measured = bench.all(workspace, &mut table);
    let machine = subject.machine()?;
    subject.stop()?;
    let measured = measured.and_then(|()| {
        if !arguments.wants(Part::Growth) {
            return Ok(());
        }
        // Of its own: few are few there, and nothing else is measured among so many.
        let subject = Subject::start(workspace, &executable)?;
        let grown = shell::step("growth", || Bench { load: &load, subject: &subject, arguments }.growth(&mut table));
        subject.stop()?;
        grown
    });

    println!("{machine}\n\n{table}");
    let file = workspace.root().join("target/bench.json");
    fs::write(&file, serde_json::to_string_pretty(&table.to_json())?).with_context(|| format!("writing {}", file.display()))?;
    // What was measured before something failed is told all the same.
    measured
}

struct Bench<'a> {
    load: &'a Path,
    subject: &'a Subject,
    arguments: &'a Arguments,
}

impl Bench<'_> {
    fn all(&self, workspace: &Workspace, table: &mut Table) -> Result<()> {
        let wants = |part| self.arguments.wants(part);
        if wants(Part::Pages) {
            self.step("pages", || self.pages(table))?;
            self.step("pages on a slow phone", || self.opening(workspace, table))?;
        }
        if wants(Part::Registrations) {
            self.step("registrations", || self.registrations(table))?;
        }
        if wants(Part::Race) {
            self.step("the race for the last seats", || self.race(table))?;
        }
        if wants(Part::Scans) || wants(Part::Lists) || wants(Part::Offline) {
            self.step("many tickets", || self.fill())?;
        }
        if wants(Part::Scans) {
            self.step("scans", || self.scans(table))?;
        }
        if wants(Part::Lists) {
            self.step("roster", || self.roster(table))?;
            self.step("search", || self.search(table))?;
            self.step("export", || self.export(table))?;
            self.step("import", || self.import(table))?;
        }
        if wants(Part::Offline) {
            self.step("a scan with no network", || self.offline(workspace, table))?;
        }
        table.set("memory.server", Measured::once(peak_memory_mb(self.subject.server())?));
        Ok(())
    }

    /// One part, and how much memory the server has held by then.
    fn step(&self, what: &str, part: impl FnOnce() -> Result<()>) -> Result<()> {
        shell::step(what, part)?;
        println!("  the server's peak memory so far: {:.0} MB", peak_memory_mb(self.subject.server())?);
        Ok(())
    }

    fn pages(&self, table: &mut Table) -> Result<()> {
        let home = format!("{}/", self.subject.base());
        let (mut rates, mut floors, mut p99s) = (Vec::new(), Vec::new(), Vec::new());
        let bytes = self.subject.page("/")?;
        table.set("html.home_bytes", Measured::once(whole(bytes.len() as u64)));
        for _ in 0..self.arguments.rounds {
            let ours = self.load(&["pages", "--url", &home, "--seconds", &self.arguments.seconds.to_string()])?;
            let floor = self.subject.with_bytes_served(self.load, &bytes, |url| {
                self.load(&["pages", "--url", url, "--seconds", &self.arguments.seconds.to_string()])
            })?;
            anyhow::ensure!(ours["outcomes"]["200"] == ours["count"], "some pages failed: {}", ours["outcomes"]);
            rates.push(number(&ours, "per_second")?);
            p99s.push(number(&ours, "p99_ms")?);
            floors.push(number(&floor, "per_second")?);
        }
        table.set("page.rate", Measured::with_floor(rates, floors));
        table.set("page.p99", Measured::of(p99s));
        Ok(())
    }

    fn registrations(&self, table: &mut Table) -> Result<()> {
        let audience = self.subject.audience()?;
        let base = self.subject.base();
        let (mut rates, mut floors, mut p99s) = (Vec::new(), Vec::new(), Vec::new());
        self.leave_seats(AMPLE)?;
        for _ in 0..self.arguments.rounds {
            let ours = self.load(&["registrations", "--base", &base, "--audience", &audience, "--attempts", "5000"])?;
            let floor = self.sql_floor("sql-registrations")?;
            anyhow::ensure!(ours["outcomes"]["303"] == ours["count"], "some registrations failed: {}", ours["outcomes"]);
            rates.push(number(&ours, "per_second")? * 60.0);
            floors.push(number(&floor, "per_second")? * 60.0);
            let crowd = self.load(&["registrations", "--base", &base, "--audience", &audience, "--attempts", "5000", "--clients", "64"])?;
            p99s.push(number(&crowd, "p99_ms")?);
        }
        table.set("registration.rate", Measured::with_floor(rates, floors));
        table.set("registration.p99_at_64", Measured::of(p99s));
        Ok(())
    }

    /// Leaves so many seats of every limited capacity.
    fn leave_seats(&self, seats: u64) -> Result<()> {
        self.subject.sql(&format!("update capacities set size = taken + {seats} where size is not null"))?;
        Ok(())
    }

    /// Puts so many people with tickets into the database as the scans and the phones' list are measured among.
    fn fill(&self) -> Result<()> {
        self.leave_seats(AMPLE)?;
        self.fill_more(1, TICKETS)
    }

    /// The same for tickets with these numbers.
    fn fill_more(&self, first: u64, count: u64) -> Result<()> {
        let audience = self.subject.audience()?;
        let (first, count) = (first.to_string(), count.to_string());
        self.load(&["fill", "--database", &self.subject.database(), "--audience", &audience, "--first", &first, "--count", &count])?;
        Ok(())
    }

    fn scans(&self, table: &mut Table) -> Result<()> {
        let mut first = 1;
        let mut next = |count: u64| {
            let range = (first, count);
            first += count;
            range
        };
        let (mut rates, mut floors, mut p50s, mut p99s, mut batches) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.arguments.rounds {
            let fast = self.scan(next(4_000), &["--clients", "16"])?;
            rates.push(number(&fast, "per_second")?);
            floors.push(number(&self.sql_floor("sql-scans")?, "per_second")?);
            let paced = self.scan(next(800), &["--clients", "16", "--rate", "200"])?;
            p50s.push(number(&paced, "p50_ms")?);
            p99s.push(number(&paced, "p99_ms")?);
            let batch = self.scan(next(1_000), &["--clients", "1", "--batch", "500"])?;
            batches.push(number(&batch, "p50_ms")?);
        }
        table.set("scan.rate", Measured::with_floor(rates, floors));
        table.set("scan.p50_at_200", Measured::of(p50s));
        table.set("scan.p99_at_200", Measured::of(p99s));
        table.set("scan.batch_500", Measured::of(batches));

        let (signed, typed) = (self.statements(next(200), &[])?, self.statements(next(200), &["--typed"])?);
        table.set("scan.sql", Measured::once(signed.max(typed)));
        self.watched(next, table)
    }

    /// How many SQL statements a request with one scan takes.
    fn statements(&self, (first, count): (u64, u64), more: &[&str]) -> Result<f64> {
        let logging = self.subject.logging_twin()?;
        self.admit_all("scans", &logging.base(), (first, count), &[&["--clients", "1"], more].concat())?;
        #[expect(clippy::cast_precision_loss, reason = "a few hundred statements")]
        let statements = subject::stop_and_count(logging, "/api/checkin/scans")? as f64 / count as f64;
        Ok(statements)
    }

    fn scan(&self, range: (u64, u64), more: &[&str]) -> Result<Value> {
        self.admit_all("scans", &self.subject.base(), range, more)
    }

    /// Scans tickets that were not scanned before; every one must be admitted.
    fn admit_all(&self, task: &str, base: &str, (first, count): (u64, u64), more: &[&str]) -> Result<Value> {
        let (email, password) = self.subject.account("steward")?;
        let (checkpoint, year) = self.subject.gate()?;
        let (first, count) = (first.to_string(), count.to_string());
        let fixed = [
            task,
            "--base",
            base,
            "--email",
            &email,
            "--password",
            &password,
            "--checkpoint",
            &checkpoint,
            "--year",
            &year,
            "--secret",
            subject::SECRET,
            "--first",
            &first,
            "--count",
            &count,
        ];
        let figures = self.load(&[&fixed, more].concat())?;
        anyhow::ensure!(figures["outcomes"]["200 admit"] == figures["count"], "some scans were not admitted: {}", figures["outcomes"]);
        Ok(figures)
    }

    fn sql_floor(&self, task: &str) -> Result<Value> {
        self.load(&[task, "--database", &self.subject.database(), "--clients", "16", "--seconds", &self.arguments.seconds.to_string()])
    }

    /// Runs the load generator and reads the line that it prints.
    fn load(&self, arguments: &[&str]) -> Result<Value> {
        let printed = shell::output(Command::new(self.load).args(arguments))?;
        serde_json::from_str(printed.trim()).with_context(|| format!("the load generator printed {printed:?}"))
    }
}

fn number(figures: &Value, name: &str) -> Result<f64> {
    figures[name].as_f64().with_context(|| format!("no {name} in {figures}"))
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
fn whole(count: u64) -> f64 {
    count as f64
}
