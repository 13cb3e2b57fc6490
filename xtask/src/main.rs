//! Builds, runs, tests and measures the project: `cargo xtask help`.

mod bench;
mod build;
mod dev;
mod port;
mod run;
mod served;
mod shell;
mod sqlx;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{build::Mode, workspace::Workspace};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, runs, tests and measures the project")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds everything and starts it with the sample edition on a database of its own
    Run(run::Arguments),
    /// Formatting, lints, unit, property, database, HTTP and browser tests
    Test(test::Arguments),
    /// Builds what the browser loads, and the one executable with all of it inside
    Build {
        /// The quick build that `run` uses: the executable reads the built site from its folder
        #[arg(long)]
        debug: bool,
    },
    /// As `run`, and again after every change of a source file
    Dev(run::Arguments),
    /// Renews services/.sqlx, the query data that builds without a database read
    Sqlx,
    /// Measures every budget beside the floor of the same run
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Run(arguments) => run::run(&workspace, &arguments)?,
        Command::Test(arguments) => return Ok(test::run(&workspace, &arguments)),
        Command::Build { debug } => {
            tools::for_build()?;
            let executable = build::build(&workspace, if debug { Mode::Debug } else { Mode::Release })?;
            println!("{}", executable.display());
        }
        Command::Dev(arguments) => dev::run(&workspace, &arguments)?,
        Command::Sqlx => sqlx::renew(&workspace)?,
        Command::Bench(arguments) => bench::run(&workspace, &arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}
