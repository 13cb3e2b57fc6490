//! Server functions, one file per area: what the islands ask the server while a page is open.
//!
//! Each names the actor, reads what came, and calls one verb, which asks the policy.

pub mod checkin;
pub mod showcase;

#[cfg(feature = "ssr")]
use http::StatusCode;
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::forms::Labels;

/// Why a server function did not do what was asked. Tells a browser what to do next, and nothing of the inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// A value to mend; the text for the reader says what is wrong.
    #[error("{0}")]
    Invalid(String),
    #[error("sign in first")]
    SignIn,
    #[error("not allowed")]
    Forbidden,
    #[error("not found")]
    NotFound,
    /// The thing has moved on since the page was loaded.
    #[error("conflict")]
    Conflict,
    /// Trying again later may help.
    #[error("unavailable")]
    Unavailable,
    /// What came cannot be read. In the browser: the server's answer.
    #[error("unreadable")]
    Unreadable,
    /// In the browser: no answer came.
    #[error("no answer")]
    NoAnswer,
    /// A fault of ours.
    #[error("failed")]
    Failed,
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::NoAnswer,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => Self::Unreadable,
            _ => Self::Failed,
        }
    }

    // Said by the server only.
    #[cfg(feature = "ssr")]
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unavailable | Self::NoAnswer => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[cfg(feature = "ssr")]
impl ApiError {
    /// What the reader learns of a service's error. This is where it ends: what is ours to mend goes into the log.
    fn of(error: services::Error, labels: &Labels, locale: domain::text::Locale) -> Self {
        match error {
            services::Error::Invalid(errors) => Self::invalid(&errors, labels, locale),
            services::Error::NotFound => Self::NotFound,
            services::Error::Forbidden => Self::Forbidden,
            services::Error::SignIn => Self::SignIn,
            services::Error::Conflict(_) => Self::Conflict,
            services::Error::TooMany(_) => Self::Unavailable,
            services::Error::Unavailable(source) => {
                tracing::warn!(error = source.as_ref(), "a server function's data cannot be reached");
                Self::Unavailable
            }
            services::Error::Internal(source) => {
                tracing::error!(error = source.as_ref(), "a server function failed");
                Self::Failed
            }
        }
    }

    /// The first of the problems, after the name of its field.
    fn invalid(errors: &domain::form::FieldErrors, labels: &Labels, locale: domain::text::Locale) -> Self {
        let told = errors.0.first().map(|(field, problem)| crate::forms::named(labels, field, problem, locale));
        Self::Invalid(told.unwrap_or_default())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::{
        form::{FieldErrors, Problem},
        text::Locale,
    };

    use super::*;

    #[test]
    fn a_refusal_names_its_field() {
        let errors = FieldErrors(vec![("title".into(), Problem::Markup), ("summary".into(), Problem::Required)]);
        let ApiError::Invalid(told) = ApiError::invalid(&errors, &[("title", "Tên mô hình")], Locale::Vi) else { panic!() };
        assert_eq!(told, "Tên mô hình: Không dùng thẻ HTML như <b> ở đây.");
    }
}
