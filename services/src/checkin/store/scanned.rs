//! Scans as they come in, before they are decided.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    checkin::{Record, ScanSubmission},
    ids::CheckpointId,
    ticket::{BadgeCode, ShortCode, Ticket, TicketId},
};

use super::State;
use crate::access::EndedPhone;

/// What was held up, as far as it can name a ticket.
pub(in crate::checkin) enum Held {
    Signed(Ticket),
    Short(ShortCode),
    Badge(BadgeCode),
    Nothing,
}

impl Held {
    pub(super) fn ticket(&self) -> Option<i64> {
        if let Self::Signed(ticket) = self { Some(ticket.id.0.cast_signed()) } else { None }
    }

    pub(super) fn short_code(&self) -> Option<&str> {
        if let Self::Short(code) = self { Some(code.as_str()) } else { None }
    }

    pub(super) fn badge(&self) -> Option<Vec<u8>> {
        if let Self::Badge(code) = self { Some(code.digest().to_vec()) } else { None }
    }
}

/// Who scans: an account or a phone, and the name that others read.
pub(in crate::checkin) struct ScannedBy {
    pub account: Option<uuid::Uuid>,
    pub device: Option<uuid::Uuid>,
    pub name: String,
    /// It was signed out, or its day is over: what it has scanned from then on lets nobody in.
    pub believed_until: Option<DateTime<Utc>>,
}

impl ScannedBy {
    pub(in crate::checkin) fn of(actor: &Actor) -> Self {
        let (account, device, name) = match actor {
            Actor::Account { id, name, .. } => (Some(id.0), None, name.clone()),
            Actor::Device { id, name, .. } => (None, Some(id.0), name.clone()),
            Actor::Anonymous => (None, None, String::new()),
        };
        Self { account, device, name, believed_until: None }
    }

    /// A phone that may no longer scan.
    pub(in crate::checkin) fn ended(phone: &EndedPhone) -> Self {
        Self { believed_until: Some(phone.believed_until), ..Self::of(&phone.actor) }
    }

    /// Whether what it has scanned at this time, by its corrected clock, lets nobody in.
    pub(in crate::checkin) fn had_ended(&self, at: DateTime<Utc>) -> bool {
        self.believed_until.is_some_and(|until| until <= at)
    }

    /// Kind and id as the audit log has them.
    pub(in crate::checkin) fn parts(&self) -> (&'static str, Option<uuid::Uuid>) {
        if self.device.is_some() { ("device", self.device) } else { ("account", self.account) }
    }
}

/// The source of what no phone has scanned: a supervisor let the person in.
pub(in crate::checkin) const BY_HAND: &str = "manual";

/// The source of what a visitor made alone, with an own phone, from a booth's poster.
pub(in crate::checkin) const BY_VISITOR: &str = "self";

/// A scan to be decided.
pub(in crate::checkin) struct Scanned {
    pub checkpoint: CheckpointId,
    pub by: Arc<ScannedBy>,
    /// How it came about, as stored: what the phone tells, [`BY_HAND`] or [`BY_VISITOR`].
    pub source: &'static str,
    pub held: Held,
    pub received_at: DateTime<Utc>,
    pub spare: Spare,
    pub submission: ScanSubmission,
}

/// What becomes of a spare ticket that is nobody's where a scan names it.
pub(in crate::checkin) enum Spare {
    /// Its holder is registered before the scan is decided.
    Open,
    /// That was done, or it stays nobody's: which ticket that is, and what is known of it.
    Asked(Option<Box<(TicketId, Record)>>),
    /// This scan makes it nobody's.
    Closed,
}

impl Scanned {
    /// Whether it names a spare ticket that is nobody's and whose holder is to be registered first.
    pub(in crate::checkin) fn is_of_open_spare(&self, state: &State) -> bool {
        let may_name_one = match &self.held {
            Held::Signed(ticket) => ticket.is_spare,
            Held::Short(_) => true,
            Held::Badge(_) | Held::Nothing => false,
        };
        may_name_one && state.is_spare && state.report.is_none() && matches!(self.spare, Spare::Open)
    }
}
