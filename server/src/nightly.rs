//! The work of every night: what has served its time goes, and the counters are proved. Every replica looks; the database lets
//! one of them do it.

use std::time::Duration;

use services::{Context, Error, privacy};

/// How often it is looked whether it is night.
const EVERY: Duration = Duration::from_mins(10);

/// Looks again and again, as long as the program runs.
pub async fn watch(cx: Context) {
    loop {
        if let Err(error) = work(&cx).await {
            tracing::error!(error = &error as &dyn std::error::Error, "the work of this night failed and is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Does the work if it is night and nobody has done it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn work(cx: &Context) -> Result<(), Error> {
    let Some(night) = privacy::nightly(cx).await? else { return Ok(()) };
    tracing::info!(swept = ?night.swept, "took away what has served its time");
    for fault in night.faults {
        tracing::error!(?fault, "a counter does not tell the truth: `ngay-cds admin check` says which");
    }
    Ok(())
}
