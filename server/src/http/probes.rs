//! Whether the process lives, and whether it can work.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use services::store;
use tokio::time::timeout;

use crate::App;

const PATIENCE: Duration = Duration::from_millis(2_500);

/// `/healthz`: the process lives. A restart helps if it does not.
pub async fn health() -> &'static str {
    "ok\n"
}

/// `/readyz`: Postgres answers. A restart does not help if it does not.
pub async fn readiness(State(app): State<App>) -> (StatusCode, &'static str) {
    match timeout(PATIENCE, store::ping(&app.services)).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "Postgres cannot be reached\n"),
    }
}
