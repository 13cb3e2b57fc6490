//! The JSON interface's manners: requests are JSON, and so are refusals.

use app::pages::Trouble;
use axum::{
    Json,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use services::Error;

use super::form;

/// Whether an address belongs to the interface for scripts.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// A refusal: the status and `{"error": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub StatusCode, pub &'static str);

impl Refusal {
    /// What is wrong with a body that was not read to its end.
    #[must_use]
    pub fn of_body(trouble: Trouble) -> Self {
        match trouble {
            Trouble::TooLarge => Self(StatusCode::PAYLOAD_TOO_LARGE, "too large"),
            _ => Self(StatusCode::BAD_REQUEST, "unreadable body"),
        }
    }
}

/// What a request's body asks, of at most `most` bytes of JSON.
///
/// # Errors
/// 400 where it breaks off, 413, and 422 where it is no JSON or asks something else.
pub async fn asked<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, Refusal> {
    let (parts, body) = request.into_parts();
    if !form::has_type(&parts.headers, "application/json") {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "expected application/json"));
    }
    let body = form::bytes(&parts.headers, body, most).await.map_err(Refusal::of_body)?;
    serde_json::from_slice(&body).map_err(|_| Refusal(StatusCode::UNPROCESSABLE_ENTITY, "unreadable request"))
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(Body { error: self.1 })).into_response();
        let seconds = match self.0 {
            StatusCode::SERVICE_UNAVAILABLE => Some("5"),
            StatusCode::TOO_MANY_REQUESTS => Some("60"),
            _ => None,
        };
        if let Some(seconds) = seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response
    }
}

/// Logs what is ours to mend; only its kind goes on.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(_) => Self(StatusCode::UNPROCESSABLE_ENTITY, "invalid values"),
            Error::NotFound => Self(StatusCode::NOT_FOUND, "not found"),
            Error::Forbidden => Self(StatusCode::FORBIDDEN, "not allowed"),
            Error::SignIn => Self(StatusCode::UNAUTHORIZED, "sign in first"),
            Error::Conflict(_) => Self(StatusCode::CONFLICT, "conflict"),
            Error::TooMany(_) => Self(StatusCode::TOO_MANY_REQUESTS, "too many"),
            Error::Unavailable(source) => {
                tracing::warn!(error = source.as_ref(), "the interface's data cannot be reached");
                Self(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            Error::Internal(source) => {
                tracing::error!(error = source.as_ref(), "the interface failed");
                Self(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
        }
    }
}
