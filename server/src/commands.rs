//! What each command does. Exit codes: 0 done, 1 not done, 2 the command line cannot be understood.

mod accounts;
mod edition;
mod retention;
mod sample;
mod serve;

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Parser as _;
use services::{
    Context, access, checkin,
    context::{SystemClock, SystemRandom},
    files,
    live::Live,
    registration::Turnstile,
};

use crate::{
    cli::{Admin, Cli, Command},
    config::Config,
    database::Database,
    secret, telemetry,
};

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ngay-cds: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(cli: Cli) -> Result<ExitCode> {
    telemetry::start(&cli.settings.log)?;
    let config = cli.settings.check()?;
    if let Command::Serve(arguments) = cli.command {
        return serve::serve(config, arguments).await;
    }
    let database = Database::open(&config, true).await?;
    let done = finish(cli.command, &config, &database).await;
    let closed = database.close().await;
    let code = done?;
    closed?;
    Ok(code)
}

/// The commands that end by themselves.
async fn finish(command: Command, config: &Config, database: &Database) -> Result<ExitCode> {
    database.migrate().await?;
    let cx = context(config, database)?;
    match command {
        Command::Serve(_) | Command::Migrate => {
            println!("The schema is up to date.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Import { file } => edition::import(&cx, &file).await,
        Command::Export { output, edition } => edition::export(&cx, output.as_deref(), edition.as_deref()).await,
        Command::Admin(Admin::Create { role, email, name, organisation }) => {
            accounts::create(&cx, role.into(), &email, &name, organisation.as_deref()).await
        }
        Command::Admin(Admin::ResetPassword { email }) => accounts::reset_password(&cx, &email).await,
        Command::Admin(Admin::Disable { email }) => accounts::set_disabled(&cx, &email, true).await,
        Command::Admin(Admin::Enable { email }) => accounts::set_disabled(&cx, &email, false).await,
        Command::Admin(Admin::ClearSample) => edition::clear_sample(&cx).await,
        Command::Admin(Admin::Retention { dry_run }) => retention::retention(&cx, dry_run).await,
        Command::Admin(Admin::Check) => edition::check(&cx).await,
    }
}

/// What the verbs need.
fn context(config: &Config, database: &Database) -> Result<Context> {
    let secret = match &config.secret {
        Some(secret) => secret.clone(),
        None => secret::load_or_make(&config.data)?,
    };
    let folder = config.data.join("files");
    Ok(Context {
        pool: database.pool.clone(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        secret,
        files: files::folder(&folder).with_context(|| format!("opening the folder {}", folder.display()))?,
        holders: access::Holders::default(),
        recorder: checkin::Recorder::default(),
        cards: checkin::Cards::default(),
        live: Live::default(),
        turnstile: Turnstile::default(),
    })
}
