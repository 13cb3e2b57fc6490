//! Identifiers: one type for each thing, so that they cannot be mixed up.
//!
//! All are UUIDv7 (RFC 9562), made by the caller from a clock and a random source.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// An account of a person who works for the event.
    AccountId,
    /// A group of visitors with its own seats and window.
    AudienceId,
    /// The seats of audiences that share them, or of a session.
    CapacityId,
    /// One time that badges were sent to a printer.
    BadgePrintId,
    /// Spare tickets that were printed together.
    SpareBatchId,
    /// A place where tickets are scanned.
    CheckpointId,
    /// An organisation's people, or a school's pupils, who come together.
    DelegationId,
    /// A phone paired for scanning.
    DeviceId,
    /// A showcase dossier.
    DossierId,
    /// One year's event.
    EditionId,
    /// What one checkpoint leads into, or several together: a ticket is let in once.
    EntranceId,
    /// A code that opens an audience.
    InvitationId,
    /// Something that is told to somebody.
    MessageId,
    /// A department, commune, company or other body.
    OrganisationId,
    /// A browser that scans, by a number that it has drawn itself.
    PhoneId,
    /// What somebody asked by the law on personal data.
    PrivacyRequestId,
    /// A question of the registration form.
    QuestionId,
    /// A draw among those who have stamps.
    RaffleId,
    /// One person's registration.
    RegistrationId,
    /// A room of a venue.
    RoomId,
    /// One scan, made on the device that scanned.
    ScanId,
    /// A session of the programme.
    SessionId,
    /// A party in a queue.
    WaitingEntryId,
}
