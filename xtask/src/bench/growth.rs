//! What a hundred times the registrations cost a scan.

use anyhow::Result;

use super::{
    AMPLE, Bench, number,
    table::{Measured, Table},
};

/// Registrations at which a scan is measured, and those at which it may take twice as long.
const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// Scans of a round, and their pace.
const SCANS: u64 = 800;
const PACE: &str = "200";

impl Bench<'_> {
    /// The 99th percentile at 200 scans a second among many against few, round by round.
    pub(super) fn growth(&self, table: &mut Table) -> Result<()> {
        let mut first = 1;
        let mut rounds = |bench: &Self| -> Result<Vec<f64>> {
            let mut p99s = Vec::new();
            for _ in 0..bench.arguments.rounds {
                let paced = bench.scan((first, SCANS), &["--clients", "16", "--rate", PACE])?;
                first += SCANS;
                p99s.push(number(&paced, "p99_ms")?);
            }
            Ok(p99s)
        };
        self.leave_seats(AMPLE)?;
        self.fill_more(1, FEW)?;
        let few = rounds(self)?;
        self.fill_more(FEW + 1, MANY - FEW)?;
        let many = rounds(self)?;
        println!("  99th percentiles among {FEW}: {few:.2?} ms; among {MANY}: {many:.2?} ms");
        table.set("growth.scan", Measured::of(many.iter().zip(&few).map(|(many, few)| many / few).collect()));
        Ok(())
    }
}
