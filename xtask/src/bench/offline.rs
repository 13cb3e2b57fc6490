//! A scan with no network, in Chromium with a slowed page.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use super::{
    Bench,
    table::{Measured, Table},
};
use crate::{shell, tools, workspace::Workspace};

impl Bench<'_> {
    /// From the moment at which a code comes into view until its verdict stands, with the list of all tickets on the phone.
    pub(super) fn offline(&self, workspace: &Workspace, table: &mut Table) -> Result<()> {
        let chromium = tools::for_test(workspace, tools::Wanted { lints: false, browser: true })?.context("there is no Chromium")?;
        let result = workspace.work("bench/offline.json");
        let twin = self.subject.lenient_twin()?;
        let mut playwright = Command::new(workspace.end2end().join("node_modules/.bin/playwright"));
        playwright.args(["test", "--config", "bench/playwright.config.ts"]).current_dir(workspace.end2end());
        playwright
            .env("BASE_URL", twin.base())
            .env("SIGN_INS", self.subject.server().sign_ins())
            .env("CHROMIUM", chromium)
            .env("RESULT", &result);
        let measured = shell::run(&mut playwright);
        twin.stop()?;
        measured?;
        let milliseconds = serde_json::from_str(&fs::read_to_string(&result)?).context("reading what was measured")?;
        table.set("scan.offline", Measured::of(milliseconds));
        Ok(())
    }
}
