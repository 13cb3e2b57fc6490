//! The one error of the verbs. Who shows it to people decides how; internals stay in `source`.

use domain::{access::Denied, fair::Wait, form::FieldErrors, raffle::Stage};

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Values that the person can mend, field by field. Nothing was stored.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// There is no such thing, or the actor must not learn that there is.
    #[error("not found")]
    NotFound,
    /// The policy refuses.
    #[error("not allowed")]
    Forbidden,
    /// Signing in may help.
    #[error("sign in first")]
    SignIn,
    /// The thing has moved on since the actor last saw it.
    #[error("conflict: {0}")]
    Conflict(Conflict),
    /// Asked for too often; nothing was done.
    #[error("too many: wait {} s", .0.seconds)]
    TooMany(Wait),
    /// Postgres or the file store cannot be reached, or is too slow; trying again later may help.
    #[error("unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What has moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("the dossier is in another state")]
    DossierState,
    #[error("the pairing code was used or has expired")]
    PairingCode,
    #[error("the request was answered, extended or is overdue")]
    PrivacyRequest,
    #[error("the delegation's list cannot be changed any more, or has changed")]
    Delegation,
    #[error("no seat is held any more")]
    Offer,
    #[error("the registration has moved on")]
    Registration,
    #[error("the scan was undone or cannot count, or its conflict was settled")]
    Scan,
    #[error("the raffle is {0:?}")]
    Raffle(Stage),
    #[error("the message or mailing is in another state")]
    MessageState,
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Hidden => Self::NotFound,
            Denied::Forbidden => Self::Forbidden,
            Denied::SignIn => Self::SignIn,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.into())
            }
            // Class 08: connection; 40: lost against other transactions; 53: resources; 57P: shutdown; 55P03: lock timeout;
            // 57014: statement timeout.
            sqlx::Error::Database(database)
                if database.code().is_some_and(|code| {
                    ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class)) || code == "55P03" || code == "57014"
                }) =>
            {
                Self::Unavailable(error.into())
            }
            _ => Self::Internal(error.into()),
        }
    }
}
