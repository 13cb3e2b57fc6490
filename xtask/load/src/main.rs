//! Makes load on the loopback, from a process of its own, and prints what it measured as one line of JSON.
//!
//! `cargo xtask bench` calls it; each subcommand is one measurement or the floor that stands beside it.
//! Every loop is bounded in count or time, and only loopback addresses are accepted.

mod client;
mod desk;
mod figures;
mod fill;
mod floor;
mod noon;
mod pages;
mod race;
mod registrations;
mod roster;
mod scans;
mod search;
mod staff;
mod watchers;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "load")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Anonymous requests for one page.
    Pages(pages::Arguments),
    /// Registrations at one limited capacity.
    Registrations(registrations::Arguments),
    /// Everything that takes seats or gives them back, for the same few seats.
    Race(race::Arguments),
    /// Single online scans.
    Scans(scans::Arguments),
    /// Scans, and how soon everybody who watches the board sees them.
    Watchers(watchers::Arguments),
    /// The list of tickets, as a phone loads it.
    Roster(roster::Arguments),
    /// Staff who look for people.
    Search(search::Arguments),
    /// The whole list, downloaded.
    Export(desk::ExportArguments),
    /// A list from another system, from the upload until all of it is stored.
    Import(desk::ImportArguments),
    /// Puts registrations and tickets into the database.
    Fill(fill::Arguments),
    /// Writes what cards say of the people of `fill`, and lets all of them in.
    Noon(noon::Arguments),
    /// Answers the bytes of a page from memory: the floor of the page rate.
    ServeBytes(floor::ServeArguments),
    /// The bare SQL of a registration: the floor of its rate.
    SqlRegistrations(floor::SqlArguments),
    /// The bare SQL of a scan: the floor of its rate.
    SqlScans(floor::SqlArguments),
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Pages(arguments) => pages::run(arguments).await,
        Task::Registrations(arguments) => registrations::run(arguments).await,
        Task::Race(arguments) => race::run(arguments).await,
        Task::Scans(arguments) => scans::run(arguments).await,
        Task::Watchers(arguments) => watchers::run(arguments).await,
        Task::Roster(arguments) => roster::run(arguments).await,
        Task::Search(arguments) => search::run(arguments).await,
        Task::Export(arguments) => desk::export(arguments).await,
        Task::Import(arguments) => desk::import(arguments).await,
        Task::Fill(arguments) => fill::run(arguments).await,
        Task::Noon(arguments) => noon::run(arguments).await,
        Task::ServeBytes(arguments) => floor::serve(arguments).await,
        Task::SqlRegistrations(arguments) => floor::registrations(arguments).await,
        Task::SqlScans(arguments) => floor::scans(arguments).await,
    }
}
