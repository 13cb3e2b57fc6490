//! How many tests passed and how many failed.

use std::{
    fmt,
    io::{BufRead, BufReader},
    ops::Add,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    /// Neither: they did not run.
    pub skipped: u64,
}

impl Counts {
    pub const SUCCESS: Self = Self { passed: 1, failed: 0, skipped: 0 };
    pub const FAILURE: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// The counts of a program that also tells by its exit code: if it failed and no test did, that is a failure too.
    pub fn and_exit(self, success: bool) -> Self {
        if success || self.failed > 0 { self } else { self + Self::FAILURE }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed, skipped: self.skipped + other.skipped }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs `cargo test`, shows what it prints, and adds up its result lines.
pub fn of_cargo_test(cargo: &mut Command) -> Result<Counts> {
    let mut child =
        cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("starting {}", shell::name(cargo)))?;
    let mut counts = Counts::default();
    for line in BufReader::new(child.stdout.take().context("a pipe")?).lines() {
        let line = line?;
        counts = counts + of_result_line(&line).unwrap_or_default();
        println!("{line}");
    }
    Ok(counts.and_exit(child.wait()?.success()))
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn of_result_line(line: &str) -> Option<Counts> {
    let (_, results) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |name: &str| {
        let word = results.split("; ").find_map(|part| part.strip_suffix(name))?;
        word.trim().parse().ok()
    };
    Some(Counts { passed: number("passed")?, failed: number("failed")?, skipped: number("ignored")? })
}

/// Reads Playwright's report. A run that broke off before its tests is a failure for each error.
pub fn of_playwright(report: &str) -> Result<Counts> {
    let report: Value = serde_json::from_str(report).context("reading Playwright's report")?;
    let number = |name: &str| report["stats"][name].as_u64().with_context(|| format!("no {name} in Playwright's report"));
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    Ok(Counts { passed: number("expected")?, failed: number("unexpected")? + number("flaky")? + errors, skipped: number("skipped")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_of_cargo_are_added_and_nothing_else_is() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s";
        assert_eq!(of_result_line(line), Some(Counts { passed: 12, failed: 3, skipped: 1 }));
        assert_eq!(of_result_line("test a::b ... ok"), None);
        assert_eq!(of_result_line("the test result: ok. 1 passed; 0 failed"), None);
    }

    #[test]
    fn a_program_that_fails_without_a_failed_test_is_a_failure() {
        let passed = Counts { passed: 5, ..Counts::default() };
        assert_eq!(passed.and_exit(true), passed);
        assert_eq!(passed.and_exit(false), Counts { passed: 5, failed: 1, skipped: 0 });
        assert_eq!(Counts { passed: 5, failed: 2, skipped: 0 }.and_exit(false), Counts { passed: 5, failed: 2, skipped: 0 });
    }

    #[test]
    fn a_test_of_playwright_that_passes_only_sometimes_has_failed() {
        let report = r#"{"errors":[{"message":"x"}],"stats":{"expected":7,"unexpected":2,"flaky":1,"skipped":3}}"#;
        assert_eq!(of_playwright(report).unwrap(), Counts { passed: 7, failed: 4, skipped: 3 });
    }

    #[test]
    fn the_last_line_is_plain() {
        assert_eq!(Counts { passed: 412, failed: 0, skipped: 9 }.to_string(), "412 passed, 0 failed");
    }
}
