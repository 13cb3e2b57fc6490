//! The end: on Ctrl-C or SIGTERM, what runs may finish.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// How long requests may go on after the signal.
pub const GRACE: Duration = Duration::from_secs(10);

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// When the system refuses to tell of signals.
pub async fn requested() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
