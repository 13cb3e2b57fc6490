//! Check-in: one rule, run alike on the phone at the gate and on the server.
//!
//! A scan is a fact; [`decide`] turns what is known of the ticket and the place into a verdict.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{CheckpointId, ScanId},
    registration::AudienceKind,
    text::Locale,
    ticket::{ShortCode, Ticket},
    time,
};

mod by_hand;
mod page;
pub mod roster;
mod wire;

pub use by_hand::{ByHand, Reason};
pub use page::{CameraTexts, Count, Message, Setup, Shift, Texts};
pub use wire::{
    Card, Contact, Refusal, RosterRequest, ScanAnswer, ScanReport, ScanRequest, ScanResponse, ScanSubmission, Sent, Source, Undo,
    UndoAnswer,
};

/// What is entered or given out at a checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointKind {
    #[default]
    Gate,
    Session,
    Booth,
    Handout,
}

impl CheckpointKind {
    pub const ALL: [Self; 4] = [Self::Gate, Self::Session, Self::Booth, Self::Handout];

    /// The name in the store and in edition files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Session => "session",
            Self::Booth => "booth",
            Self::Handout => "handout",
        }
    }

    /// The kind with this [`CheckpointKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// A place where tickets are scanned, and whom it admits when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub id: CheckpointId,
    /// The year of the edition that it belongs to.
    pub year: u16,
    /// A phone that kept a checkpoint of an older build takes it for a gate, which admits least.
    #[serde(default)]
    pub kind: CheckpointKind,
    pub name_vi: String,
    pub name_en: String,
    pub opens_at: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
    /// The kinds that may enter; empty means everybody.
    pub admits: Vec<AudienceKind>,
}

impl Checkpoint {
    #[must_use]
    pub fn name(&self, locale: Locale) -> &str {
        locale.pick(&self.name_vi, &self.name_en)
    }
}

/// What is known of one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub audience: AudienceKind,
    /// The highest reissue counter given out.
    pub reissue: u8,
    pub standing: Standing,
    /// The short code of the ticket that goes on for this one, where two registrations were one person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ShortCode>,
    /// The admission at this checkpoint, if there was one.
    pub admission: Option<Admission>,
}

/// Whether a ticket still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Valid,
    Cancelled,
    Blocked,
}

impl Standing {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
        }
    }

    /// The standing with this [`Standing::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Valid, Self::Cancelled, Self::Blocked].into_iter().find(|standing| standing.key() == key)
    }
}

/// That somebody was let in: where, by which device, when (corrected time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    pub scan_id: ScanId,
    pub checkpoint_vi: String,
    pub checkpoint_en: String,
    /// The name of the phone or of the person who scanned.
    pub device: String,
    pub at: DateTime<Utc>,
}

/// What the decider knows: the checkpoint, and what its list says of the ticket that was held up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub checkpoint: Checkpoint,
    /// Whether every valid ticket is in the list: true on the server, false on a phone, whose list may lag.
    pub complete: bool,
    /// `None`: the list does not hold it.
    pub record: Option<Record>,
}

/// What was held up to the scanner, after reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presented {
    /// A ticket whose signature is true.
    Signed(Ticket),
    /// A short code; [`Known::record`] is what was found by it.
    Short,
    /// The code of a printed badge; [`Known::record`] is that of its ticket.
    Badge {
        /// Another badge was printed in its place.
        stopped: bool,
    },
    /// Anything else.
    Unreadable,
}

/// The way through the checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Entry,
    Exit,
}

impl Direction {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }

    /// The direction with this [`Direction::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Entry, Self::Exit].into_iter().find(|direction| direction.key() == key)
    }
}

/// A scan as the rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    pub id: ScanId,
    pub presented: Presented,
    pub direction: Direction,
    /// When it happened, the device's clock corrected by its offset.
    pub at: DateTime<Utc>,
    /// The phone has let the person in by itself, with no network: that is a fact and has its place in time.
    pub let_in: bool,
}

impl Scan {
    /// Whether this scan let the person in before that admission did. Of two at one instant the lower id is the first,
    /// so that every order of arrival ends alike.
    fn came_before(&self, admission: &Admission) -> bool {
        self.let_in && (self.at, self.id) < (admission.at, admission.scan_id)
    }
}

/// The answer to a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    Admit,
    /// True signature, but not in this list yet: registered after the last update.
    AdmitUnconfirmed,
    AlreadyIn(Admission),
    WrongPlace {
        mismatch: Mismatch,
    },
    NotYetOpen {
        opens_at: DateTime<Utc>,
    },
    Stopped {
        reason: Stop,
    },
    NotATicket,
    /// Out through the checkpoint; nobody is kept in.
    Exit,
}

/// A verdict without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    Admit,
    AdmitUnconfirmed,
    AlreadyIn,
    WrongPlace,
    NotYetOpen,
    Stopped,
    NotATicket,
    Exit,
}

impl VerdictKind {
    pub const ALL: [Self; 8] = [
        Self::Admit,
        Self::AdmitUnconfirmed,
        Self::AlreadyIn,
        Self::WrongPlace,
        Self::NotYetOpen,
        Self::Stopped,
        Self::NotATicket,
        Self::Exit,
    ];

    /// The verdict with this [`VerdictKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether the person may go in.
    #[must_use]
    pub fn admits(self) -> bool {
        matches!(self, Self::Admit | Self::AdmitUnconfirmed)
    }

    /// Whether a person who answers for it may let somebody in against it: the ticket is true, but not for here and now.
    #[must_use]
    pub fn may_be_overruled(self) -> bool {
        matches!(self, Self::WrongPlace | Self::NotYetOpen | Self::Stopped)
    }

    /// The name in the store, in style sheets and, as `kind`, on the wire.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::AdmitUnconfirmed => "admit_unconfirmed",
            Self::AlreadyIn => "already_in",
            Self::WrongPlace => "wrong_place",
            Self::NotYetOpen => "not_yet_open",
            Self::Stopped => "stopped",
            Self::NotATicket => "not_a_ticket",
            Self::Exit => "exit",
        }
    }
}

/// In what the ticket and the place differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mismatch {
    /// A ticket of another year's edition.
    Edition { year: u16 },
    /// A kind of visitor that this place does not admit.
    Audience { audience: AudienceKind },
    /// A badge at a gate: badges get photographed, so gates take tickets only.
    Badge,
    /// The checkpoint has closed.
    Ended { closed_at: DateTime<Utc> },
}

/// Why a true ticket no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    Cancelled,
    Blocked,
    /// A newer ticket was issued in its place.
    Reissued,
    /// Another badge was printed in its place.
    BadgeReplaced,
    /// Another ticket of the same person goes on for it.
    Merged {
        into: ShortCode,
    },
    /// The registration no longer exists.
    Removed,
}

/// Decides one scan. Pure: the same knowledge and scan give the same verdict everywhere.
///
/// The order is from what cannot be argued to what can: no ticket, another edition, a badge at a gate, stopped, wrong
/// audience, closed, not yet open, already in. An exit is refused only to what is no ticket of
/// this edition: who is stopped, was never let in or is not on the list may leave. Of two gates that let one ticket in
/// with no network, the earlier by corrected time is the admission, whichever is heard of first.
#[must_use]
pub fn decide(known: &Known, scan: &Scan) -> Verdict {
    let place = &known.checkpoint;
    let signed = match scan.presented {
        Presented::Unreadable => return Verdict::NotATicket,
        Presented::Signed(ticket) => Some(ticket),
        Presented::Short | Presented::Badge { .. } => None,
    };
    let is_badge = matches!(scan.presented, Presented::Badge { .. });
    if let Some(ticket) = signed.filter(|ticket| ticket.year != place.year) {
        return Verdict::WrongPlace { mismatch: Mismatch::Edition { year: ticket.year } };
    }
    let record = known.record.as_ref();
    if scan.direction == Direction::Exit {
        return if record.is_some() || signed.is_some() { Verdict::Exit } else { Verdict::NotATicket };
    }
    let audience = match (record, signed) {
        (Some(_), _) if is_badge && place.kind == CheckpointKind::Gate => {
            return Verdict::WrongPlace { mismatch: Mismatch::Badge };
        }
        (Some(record), _) => {
            if let Some(reason) = stop(record, scan.presented) {
                return Verdict::Stopped { reason };
            }
            record.audience
        }
        (None, Some(ticket)) if !known.complete => ticket.audience,
        (None, Some(_)) => return Verdict::Stopped { reason: Stop::Removed },
        (None, None) => return Verdict::NotATicket,
    };
    if !place.admits.is_empty() && !place.admits.contains(&audience) {
        return Verdict::WrongPlace { mismatch: Mismatch::Audience { audience } };
    }
    if let Some(closed_at) = place.closes_at.filter(|closes| scan.at >= *closes) {
        return Verdict::WrongPlace { mismatch: Mismatch::Ended { closed_at } };
    }
    if let Some(opens_at) = place.opens_at.filter(|opens| scan.at < *opens) {
        return Verdict::NotYetOpen { opens_at };
    }
    match record {
        None => Verdict::AdmitUnconfirmed,
        Some(Record { admission: Some(admission), .. }) if !scan.came_before(admission) => Verdict::AlreadyIn(admission.clone()),
        Some(_) => Verdict::Admit,
    }
}

fn stop(record: &Record, presented: Presented) -> Option<Stop> {
    match record.standing {
        Standing::Cancelled => Some(record.merged_into.clone().map_or(Stop::Cancelled, |into| Stop::Merged { into })),
        Standing::Blocked => Some(Stop::Blocked),
        Standing::Valid => match presented {
            Presented::Signed(ticket) if ticket.reissue < record.reissue => Some(Stop::Reissued),
            Presented::Badge { stopped: true } => Some(Stop::BadgeReplaced),
            Presented::Signed(_) | Presented::Short | Presented::Badge { stopped: false } | Presented::Unreadable => None,
        },
    }
}

impl Verdict {
    /// Whether the person may go in.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.kind().admits()
    }

    #[must_use]
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Admit => VerdictKind::Admit,
            Self::AdmitUnconfirmed => VerdictKind::AdmitUnconfirmed,
            Self::AlreadyIn(_) => VerdictKind::AlreadyIn,
            Self::WrongPlace { .. } => VerdictKind::WrongPlace,
            Self::NotYetOpen { .. } => VerdictKind::NotYetOpen,
            Self::Stopped { .. } => VerdictKind::Stopped,
            Self::NotATicket => VerdictKind::NotATicket,
            Self::Exit => VerdictKind::Exit,
        }
    }

    /// The name in the store and in style sheets.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.kind().key()
    }

    /// The large word on the screen.
    #[must_use]
    pub fn word(&self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Admit => ("Mời vào", "Admit"),
            Self::AdmitUnconfirmed => ("Mời vào, chờ xác nhận", "Admit, to be confirmed"),
            Self::AlreadyIn(_) => ("Đã điểm danh", "Already checked in"),
            Self::WrongPlace { mismatch } => match mismatch {
                Mismatch::Edition { .. } => ("Thẻ kỳ khác", "Another edition"),
                Mismatch::Audience { .. } => ("Sai phiên / Sai cổng", "Wrong session / Wrong gate"),
                Mismatch::Badge => ("Hãy dùng vé", "Ticket needed"),
                Mismatch::Ended { .. } => ("Đã đóng", "Closed"),
            },
            Self::NotYetOpen { .. } => ("Chưa đến giờ", "Not open yet"),
            Self::Stopped { .. } => ("Thẻ đã dừng", "Pass stopped"),
            Self::NotATicket => ("Mã không hợp lệ", "Invalid code"),
            Self::Exit => ("Mời ra", "Leaving"),
        };
        locale.pick(vi, en)
    }

    /// The reason, in one sentence, for who reads it at this time: an entry of today is told by its hour alone.
    #[must_use]
    pub fn reason(&self, locale: Locale, now: DateTime<Utc>) -> String {
        let day_and_clock = |at: &DateTime<Utc>| time::local(*at).format("%H:%M, %d/%m/%Y").to_string();
        let (vi, en) = match self {
            Self::Admit => ("Điểm danh thành công.".into(), "Checked in.".into()),
            Self::AdmitUnconfirmed => (
                "Thẻ thật, nhưng chưa có trong danh sách của máy này.".into(),
                "The pass is genuine, but not in this phone’s list yet.".into(),
            ),
            Self::AlreadyIn(Admission { checkpoint_vi, checkpoint_en, device, at, .. }) => {
                let entered = time::local(*at);
                let clock = entered.format("%H:%M");
                let is_today = time::local_date(now) == time::local_date(*at);
                let (day_vi, day_en) = if is_today {
                    (String::new(), String::new())
                } else {
                    (entered.format(" ngày %d/%m/%Y").to_string(), entered.format(" on %-d %B %Y").to_string())
                };
                (
                    format!("Đã vào {checkpoint_vi} lúc {clock}{day_vi}, do {device} quét."),
                    format!("Entered {checkpoint_en} at {clock}{day_en}, scanned by {device}."),
                )
            }
            Self::WrongPlace { mismatch } => match mismatch {
                Mismatch::Edition { year } => (format!("Thẻ của kỳ năm {year}."), format!("This pass is for the {year} edition.")),
                Mismatch::Audience { audience } => (
                    format!("Nơi này không đón đối tượng “{}”.", audience.name(Locale::Vi)),
                    format!("This place does not admit “{}”.", audience.name(Locale::En)),
                ),
                Mismatch::Badge => (
                    "Đây là mã trên thẻ đeo. Ở cổng, hãy dùng vé.".into(),
                    "This is the code on a badge. At the gate, please use the ticket.".into(),
                ),
                Mismatch::Ended { closed_at } => (
                    format!("Nơi này đã đóng lúc {}.", day_and_clock(closed_at)),
                    format!("This place closed at {}.", day_and_clock(closed_at)),
                ),
            },
            Self::NotYetOpen { opens_at } => {
                (format!("Mở lúc {}.", day_and_clock(opens_at)), format!("Opens at {}.", day_and_clock(opens_at)))
            }
            Self::Stopped { reason } => {
                let (vi, en) = match reason {
                    Stop::Merged { into } => {
                        let (vi, en) = (
                            format!("Thẻ này đã gộp vào thẻ {} của cùng người. Hãy quét hoặc nhập thẻ đó.", into.shown()),
                            format!("This pass was merged into {} of the same person. Please scan or type that one.", into.shown()),
                        );
                        return locale.pick(vi, en);
                    }
                    Stop::Cancelled => ("Người này đã hủy đăng ký.", "This registration was cancelled."),
                    Stop::Blocked => ("Ban Tổ chức đã khóa thẻ này.", "The organisers have blocked this pass."),
                    Stop::Reissued => {
                        ("Đã cấp thẻ mới thay thẻ này. Hãy mở thẻ mới.", "A newer pass replaces this one. Please open the new one.")
                    }
                    Stop::BadgeReplaced => (
                        "Đã in thẻ đeo mới thay thẻ này. Hãy dùng thẻ mới hoặc vé.",
                        "A newer badge replaces this one. Please use the new one, or the ticket.",
                    ),
                    Stop::Removed => ("Đăng ký này không còn trong danh sách.", "This registration is no longer on the list."),
                };
                (vi.into(), en.into())
            }
            Self::NotATicket => ("Mã này không phải thẻ tham dự.".into(), "This code is not an attendance pass.".into()),
            Self::Exit => ("Đã ghi lượt ra.".into(), "The exit is recorded.".into()),
        };
        locale.pick(vi, en)
    }
}

#[cfg(test)]
mod tests;
