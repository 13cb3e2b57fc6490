//! Check-in: the numbers at the checkpoints while the day runs.

pub mod board;

use domain::text::Locale;
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use super::ApiError;

/// Arrivals as a table shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalNumbers {
    /// The time of the numbers, as `08:41:05`.
    pub at: String,
    pub rows: Vec<ArrivalRow>,
}

/// Arrivals at one checkpoint, written for the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalRow {
    /// The checkpoint's id.
    pub id: String,
    pub admitted: String,
    pub scans: String,
}

/// Arrivals by checkpoint, now.
///
/// # Errors
/// [`ApiError`], as the policy says.
#[server(prefix = "/api/fn", endpoint = "arrivals", input = Json)]
pub async fn arrivals(locale: Locale) -> Result<ArrivalNumbers, ApiError> {
    let cx = crate::request::request();
    let counts = services::checkin::counts(&cx.services, &cx.actor).await.map_err(|error| ApiError::of(error, &[], locale))?;
    Ok(ArrivalNumbers::written(locale, cx.now, &counts))
}

#[cfg(feature = "ssr")]
impl ArrivalNumbers {
    /// The counts as this reader writes numbers and times.
    pub fn written(locale: Locale, now: chrono::DateTime<chrono::Utc>, counts: &[services::checkin::CheckpointCount]) -> Self {
        use crate::i18n::number;
        let row = |count: &services::checkin::CheckpointCount| ArrivalRow {
            id: count.id.to_string(),
            admitted: number(locale, count.admitted),
            scans: number(locale, count.scans),
        };
        Self { at: domain::time::local(now).format("%H:%M:%S").to_string(), rows: counts.iter().map(row).collect() }
    }
}
