//! The work of every night: what has served its time goes, and the counters are proved. Every replica looks; the database lets
//! one of them do it.

use services::{Context, Error, privacy};

/// Does the work if it is night and nobody has done it.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn work(cx: &Context) -> Result<(), Error> {
    let Some(night) = privacy::nightly(cx).await? else { return Ok(()) };
    tracing::info!(swept = ?night.swept, "took away what has served its time");
    for fault in night.faults {
        tracing::error!(?fault, "a counter does not tell the truth: `ngay-cds admin check` says which");
    }
    Ok(())
}
