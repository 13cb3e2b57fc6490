//! What the steps of a test run found, and how long they took.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::counts::Counts;
use crate::shell;

#[derive(Debug, Default)]
pub struct Report {
    steps: Vec<(&'static str, Counts, Duration)>,
}

impl Report {
    /// A step that counts by itself. If it breaks off, that is one failure.
    pub fn add(&mut self, what: &'static str, work: impl FnOnce() -> Result<Counts>) {
        let begin = Instant::now();
        let counts = shell::step(what, work).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts::FAILURE
        });
        self.steps.push((what, counts, begin.elapsed()));
    }

    /// A step that passes or fails as a whole.
    pub fn check(&mut self, what: &'static str, work: impl FnOnce() -> Result<()>) {
        self.add(what, || work().map(|()| Counts::SUCCESS));
    }

    /// A step that is no test, but whose failure is one. True if it went well.
    pub fn prepare(&mut self, what: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        self.add(what, || work().map(|()| Counts::default()));
        self.steps.last().is_some_and(|(_, counts, _)| counts.failed == 0)
    }

    /// Prints the table of times and, as the last line, the sums.
    pub fn close(self) -> ExitCode {
        println!();
        for (what, counts, took) in &self.steps {
            println!("{:>12}  {what}: {counts}", shell::seconds(*took));
        }
        let sum = self.steps.iter().fold(Counts::default(), |sum, (_, counts, _)| sum + *counts);
        println!("\n{sum}");
        if sum.failed == 0 && sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
