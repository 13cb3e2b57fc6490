//! How soon a scan is on the board of everybody who watches it.

use anyhow::Result;

use super::{
    Bench, number,
    table::{Measured, Table},
};

/// Who watches: so many accounts, each so often, as an account may only have so many streams.
const ACCOUNTS: u64 = 10;
const EACH: u64 = 20;
/// Scans of a round.
const SCANS: u64 = 10;

impl Bench<'_> {
    /// Scans one after the other, each when everybody who watches has seen the one before; `next` gives tickets that were not
    /// scanned.
    pub(super) fn watched(&self, mut next: impl FnMut(u64) -> (u64, u64), table: &mut Table) -> Result<()> {
        let (accounts, password) = self.subject.watchers(ACCOUNTS)?;
        let each = EACH.to_string();
        let more = ["--accounts", &accounts, "--accounts-password", &password, "--each", &each];
        let mut p99s = Vec::new();
        for _ in 0..self.arguments.rounds {
            p99s.push(number(&self.admit_all("watchers", &self.subject.base(), next(SCANS), &more)?, "p99_ms")?);
        }
        table.set("board.p99", Measured::of(p99s));
        Ok(())
    }
}
