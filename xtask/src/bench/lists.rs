//! Looking for people, downloading all of them, taking them over from another system; the list that phones hold.

use anyhow::{Result, ensure};

use super::{
    Bench, number,
    subject::peak_memory_mb,
    table::{Measured, Table},
    whole,
};

/// Tickets in the database while scans are measured; their holders are among [`PEOPLE`].
pub(super) const TICKETS: u64 = 50_000;
/// People in the list while they are looked for and exported.
const PEOPLE: u64 = 100_000;

/// Tickets that the budget of a phone's list speaks of.
const LISTED: f64 = 10_000.0;

impl Bench<'_> {
    /// What so many tickets weigh, of all that are there, for a phone that loads the list when everybody has come.
    pub(super) fn roster(&self, table: &mut Table) -> Result<()> {
        self.load(&["noon", "--database", &self.subject.database()])?;
        let list = self.by_organiser(&self.subject.base(), "roster", &[])?;
        let (bytes, tickets) = (number(&list, "bytes")?, number(&list, "tickets")?);
        ensure!(tickets >= LISTED, "too few tickets to tell what {LISTED} weigh: {tickets}");
        let admissions = number(&list, "admissions")?;
        ensure!(admissions >= whole(TICKETS), "only {admissions} of {tickets} tickets were let in");
        table.set("roster.bytes", Measured::once(bytes / tickets * LISTED));
        Ok(())
    }

    pub(super) fn search(&self, table: &mut Table) -> Result<()> {
        self.fill_more(TICKETS + 1, PEOPLE - TICKETS)?;
        let mut p99s = Vec::new();
        for _ in 0..self.arguments.rounds {
            let found = self.by_organiser(&self.subject.base(), "search", &["--database", &self.subject.database()])?;
            ensure!(found["outcomes"]["200"] == found["count"], "some searches failed: {}", found["outcomes"]);
            p99s.push(number(&found, "p99_ms")?);
        }
        table.set("search.p99", Measured::of(p99s));
        Ok(())
    }

    /// Both files from a program that has done nothing else.
    pub(super) fn export(&self, table: &mut Table) -> Result<()> {
        let mut peaks = Vec::new();
        for _ in 0..self.arguments.rounds {
            let twin = self.subject.twin()?;
            for format in ["csv", "xlsx"] {
                let list = self.by_organiser(&twin.base(), "export", &["--format", format])?;
                ensure!(format != "csv" || list["lines"].as_u64().is_some_and(|lines| lines > PEOPLE), "the list is not whole: {list}");
            }
            peaks.push(peak_memory_mb(&twin)?);
            twin.stop()?;
        }
        table.set("export.memory", Measured::of(peaks));
        Ok(())
    }

    pub(super) fn import(&self, table: &mut Table) -> Result<()> {
        let audience = self.subject.audience_id()?;
        let mut seconds = Vec::new();
        for _ in 0..self.arguments.rounds {
            let stored = self.by_organiser(&self.subject.base(), "import", &["--audience", &audience])?;
            seconds.push(number(&stored, "seconds")?);
        }
        table.set("import.seconds", Measured::of(seconds));
        Ok(())
    }

    fn by_organiser(&self, base: &str, task: &str, more: &[&str]) -> Result<serde_json::Value> {
        let (email, password) = self.subject.account("organiser")?;
        self.load(&[&[task, "--base", base, "--email", &email, "--password", &password], more].concat())
    }
}
