//! The edition from the command line: import, export, sample, check.

use std::{fs, io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result};
use services::{
    Context, Error,
    edition::{self, ImportError},
    registration,
};

pub async fn import(cx: &Context, file: &Path) -> Result<ExitCode> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    match edition::import(cx, &text).await {
        Ok(summary) => {
            println!("Edition {}: {} created, {} updated, {} removed.", summary.code, summary.created, summary.updated, summary.removed);
            Ok(ExitCode::SUCCESS)
        }
        Err(ImportError::File(problems)) => {
            for problem in &problems {
                eprintln!("{}:{}: {}: {}", file.display(), problem.line, problem.field, problem.message);
            }
            eprintln!("ngay-cds: {} problem(s) in {}; nothing was changed", problems.len(), file.display());
            Ok(ExitCode::FAILURE)
        }
        Err(ImportError::Store(error)) => Err(error).context("storing the edition"),
    }
}

pub async fn export(cx: &Context, output: Option<&Path>, code: Option<&str>) -> Result<ExitCode> {
    let text = match edition::export(cx, code).await {
        Err(Error::NotFound) => anyhow::bail!("there is no {}", code.map_or("edition yet".to_owned(), |code| format!("edition {code}"))),
        outcome => outcome.context("reading the edition")?,
    };
    match output {
        Some(file) => fs::write(file, text).with_context(|| format!("writing {}", file.display()))?,
        None => std::io::stdout().write_all(text.as_bytes()).context("writing to standard output")?,
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn clear_sample(cx: &Context) -> Result<ExitCode> {
    let cleared = edition::clear_sample(cx).await.context("clearing the sample")?;
    println!(
        "Removed: {} sessions, {} speakers, {} dossiers, {} accounts, {} registrations.",
        cleared.sessions, cleared.speakers, cleared.dossiers, cleared.accounts, cleared.registrations
    );
    Ok(ExitCode::SUCCESS)
}

pub async fn check(cx: &Context) -> Result<ExitCode> {
    let faults = registration::check_capacities(cx).await.context("counting")?;
    for fault in &faults {
        eprintln!(
            "seats of {}: says {} taken and {} waiting, but {} people sit and {} wait",
            fault.of, fault.taken, fault.waiting, fault.counted, fault.queued
        );
    }
    if faults.is_empty() {
        println!("Every capacity counts exactly its confirmed registrations.");
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}
