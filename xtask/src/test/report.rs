//! What the steps of a test run found, and how long they took.

use std::{
    fmt,
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
        let counts = shell::step(what, work).unwrap_or_else(failure);
        self.steps.push((what, counts, begin.elapsed()));
    }

    /// A step that passes or fails as a whole.
    pub fn check(&mut self, what: &'static str, work: impl FnOnce() -> Result<()>) {
        self.add(what, || work().map(|()| Counts::SUCCESS));
    }

    /// What is no test, but whose failure is one. Gives back what came of it.
    pub fn prepare<T>(&mut self, what: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let begin = Instant::now();
        let (result, counts) = match work() {
            Ok(result) => (Some(result), Counts::default()),
            Err(error) => (None, failure(error)),
        };
        self.steps.push((what, counts, begin.elapsed()));
        result
    }

    /// Prints the table of times and, as the last line, the sums.
    pub fn close(self) -> ExitCode {
        println!("\n{self}");
        let sum = self.sum();
        if sum.failed == 0 && sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn sum(&self) -> Counts {
        self.steps.iter().fold(Counts::default(), |sum, (_, counts, _)| sum + *counts)
    }
}

/// Says what went wrong; one failure.
pub fn failure(error: anyhow::Error) -> Counts {
    eprintln!("error: {error:#}");
    Counts::FAILURE
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_run = |counts: Counts| if counts.skipped == 0 { String::new() } else { format!(", {} did not run", counts.skipped) };
        for (what, counts, took) in self.steps.iter().filter(|(_, counts, took)| *counts != Counts::default() || took.as_secs() > 0) {
            writeln!(f, "{:>12}  {what}: {counts}{}", shell::seconds(*took), not_run(*counts))?;
        }
        let sum = self.sum();
        if sum.skipped > 0 {
            writeln!(f, "\n{} did not run", sum.skipped)?;
        }
        write!(f, "\n{sum}")
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_last_line_is_the_sum_whatever_broke_off() {
        let mut report = Report::default();
        report.check("a", || Ok(()));
        report.add("b", || bail!("broke off"));
        report.add("c", || Ok(Counts { passed: 3, failed: 1, skipped: 0 }));
        assert_eq!(report.prepare("stop", || bail!("does not stop")).map(|()| 1), None);
        assert_eq!(report.to_string().lines().last(), Some("4 passed, 3 failed"));
        assert_eq!(format!("{:?}", report.close()), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn what_was_prepared_is_given_back_and_counts_for_nothing() {
        let mut report = Report::default();
        assert_eq!(report.prepare("a", || Ok(7)), Some(7));
        assert_eq!(report.to_string(), "\n0 passed, 0 failed");
        // Nothing was tested: that is no success.
        assert_eq!(format!("{:?}", report.close()), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn tests_that_did_not_run_are_told() {
        let mut report = Report::default();
        report.add("a", || Ok(Counts { passed: 3, failed: 0, skipped: 2 }));
        let text = report.to_string();
        assert!(text.contains("a: 3 passed, 0 failed, 2 did not run"), "{text}");
        assert!(text.ends_with("\n2 did not run\n\n3 passed, 0 failed"), "{text}");
    }
}
