//! What is measured in Chromium: a page on a slow phone, and a scan with no network.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Bench,
    table::{Measured, Table},
};
use crate::{shell, tools, workspace::Workspace};

/// What somebody sees who opens a public page for the first time. Each list has the worst page of each round.
#[derive(Deserialize)]
struct Opened {
    /// Milliseconds until the largest part of the page stands.
    lcp: Vec<f64>,
    /// By how much the page moves while it comes.
    cls: Vec<f64>,
    /// Milliseconds from a touch or a letter until the page shows it.
    inp: Vec<f64>,
}

impl Bench<'_> {
    /// Public pages on a slow phone, with nothing of them in the cache.
    pub(super) fn opening(&self, workspace: &Workspace, table: &mut Table) -> Result<()> {
        let Opened { lcp, cls, inp } = self.in_browser(workspace, "opening")?;
        table.set("page.lcp", Measured::of(lcp));
        table.set("page.cls", Measured::of(cls));
        table.set("page.inp", Measured::of(inp));
        Ok(())
    }

    /// From the moment at which a code comes into view until its verdict stands, with the list of all tickets on the phone.
    pub(super) fn offline(&self, workspace: &Workspace, table: &mut Table) -> Result<()> {
        table.set("scan.offline", Measured::of(self.in_browser(workspace, "offline")?));
        Ok(())
    }

    /// What `end2end/bench/NAME.bench.ts` writes, beside a program that takes every form at once.
    fn in_browser<T: DeserializeOwned>(&self, workspace: &Workspace, name: &str) -> Result<T> {
        let chromium = tools::for_test(workspace, tools::Wanted { lints: false, browser: true })?.context("there is no Chromium")?;
        let result = workspace.work(&format!("bench/{name}.json"));
        let twin = self.subject.lenient_twin()?;
        let mut playwright = Command::new(workspace.end2end().join("node_modules/.bin/playwright"));
        playwright.args(["test", "--config", "bench/playwright.config.ts", name]).current_dir(workspace.end2end());
        playwright
            .env("BASE_URL", twin.base())
            .env("SIGN_INS", self.subject.server().sign_ins())
            .env("CHROMIUM", chromium)
            .env_remove("CHROMIUM_SHELL")
            .env("RESULT", &result);
        let measured = shell::run(&mut playwright);
        twin.stop()?;
        measured?;
        serde_json::from_str(&fs::read_to_string(&result)?).context("reading what was measured")
    }
}
