//! The certificate that phones install to trust this server.

use axum::{extract::State, response::Response};

use super::answer::file;
use crate::{App, visit::Visit};
use app::pages::Trouble;

/// As a media type that phones offer to install.
pub async fn certificate(State(app): State<App>, visit: Visit) -> Response {
    match &app.authority {
        Some(authority) => file("application/x-x509-ca-cert", authority.certificate().to_vec()),
        None => app.trouble(&visit, Trouble::NotFound).await,
    }
}
