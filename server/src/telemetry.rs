//! Logs: structured, on standard error; JSON where no person watches.
//!
//! They hold no personal data and no secrets: requests are named by the pattern of their address, never by the address.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Starts logging what the filter lets through.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).context("LOG is no filter; try `info` or `warn,sqlx::query=debug`")?;
    let registry = tracing_subscriber::registry().with(filter);
    if std::io::stderr().is_terminal() {
        registry.with(tracing_subscriber::fmt::layer().compact().with_writer(std::io::stderr)).init();
    } else {
        registry.with(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr)).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        // A formatted message may hold values, so only a fixed one is logged.
        let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("a formatted message");
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, message, "panic");
    }));
    Ok(())
}
