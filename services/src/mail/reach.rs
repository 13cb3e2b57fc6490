//! How people hear from us, as their own pages tell them.

use domain::{
    ids::RegistrationId,
    mail::{Channel, MessageState},
};

use super::store;
use crate::{Context, Error};

/// How somebody hears of the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// By what; `None` where there is no address that this installation could reach.
    pub way: Option<Channel>,
    /// Whether the installation sends this way now; else messages wait.
    pub is_open: bool,
    /// How the newest message about the registration itself stands.
    pub last: Option<MessageState>,
}

/// The ways that this installation has to send messages.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn channels(cx: &Context) -> Result<Vec<Channel>, Error> {
    store::console::channels(&cx.pool).await
}

/// How the holder of a registration hears of it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Unavailable`].
pub async fn reach(cx: &Context, registration: RegistrationId) -> Result<Reach, Error> {
    store::reach(&cx.pool, registration).await?.ok_or(Error::NotFound)
}
