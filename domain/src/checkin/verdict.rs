//! The answer to a scan, and how it is told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Admission, Session};
use crate::{registration::AudienceKind, text::Locale, ticket::ShortCode, time};

mod written;

/// The answer to a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "written::Verdict")]
pub enum Verdict {
    Admit,
    /// True signature, but not in this list yet: registered after the last update.
    AdmitUnconfirmed,
    /// In again, after leaving.
    Readmit,
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
    Readmit,
    AlreadyIn,
    WrongPlace,
    NotYetOpen,
    Stopped,
    NotATicket,
    Exit,
}

impl VerdictKind {
    pub const ALL: [Self; 9] = [
        Self::Admit,
        Self::AdmitUnconfirmed,
        Self::Readmit,
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
        matches!(self, Self::Admit | Self::AdmitUnconfirmed | Self::Readmit)
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
            Self::Readmit => "readmit",
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "written::Mismatch")]
pub enum Mismatch {
    /// A ticket of another year's edition.
    Edition { year: u16 },
    /// A kind of visitor that this place does not admit.
    Audience { audience: AudienceKind },
    /// A badge at a gate: badges get photographed, so gates take tickets only.
    Badge,
    /// The session takes those who have a seat in it.
    Seat {
        /// The next session that the person has a seat in.
        seat: Option<Session>,
        /// From when on everybody may come in.
        opens_to_all_at: Option<DateTime<Utc>>,
    },
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
            Self::Readmit => VerdictKind::Readmit,
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
            Self::Readmit => ("Mời vào lại", "Welcome back"),
            Self::AlreadyIn(_) => ("Đã điểm danh", "Already checked in"),
            Self::WrongPlace { mismatch } => match mismatch {
                Mismatch::Edition { .. } => ("Thẻ kỳ khác", "Another edition"),
                Mismatch::Audience { .. } => ("Sai phiên / Sai cổng", "Wrong session / Wrong gate"),
                Mismatch::Seat { .. } => ("Chưa có chỗ ở đây", "No seat here"),
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
        let (vi, en) = match self {
            Self::Admit => ("Điểm danh thành công.".into(), "Checked in.".into()),
            Self::AdmitUnconfirmed => (
                "Thẻ thật, nhưng chưa có trong danh sách của máy này.".into(),
                "The pass is genuine, but not in this phone’s list yet.".into(),
            ),
            Self::Readmit => ("Đã ra ngoài và quay lại.".into(), "Was out, and is back.".into()),
            Self::AlreadyIn(Admission { checkpoint_vi, checkpoint_en, device, at, .. }) => {
                let (clock, day) = (time::clock(*at), time::local_date(*at));
                let (day_vi, day_en) = if time::local_date(now) == day {
                    (String::new(), String::new())
                } else {
                    (format!(" ngày {}", time::day(day, Locale::Vi)), format!(" on {}", time::day(day, Locale::En)))
                };
                (
                    format!("Đã vào{} lúc {clock}{day_vi}, do {device} quét.", after_space(checkpoint_vi)),
                    format!("Entered{} at {clock}{day_en}, scanned by {device}.", after_space(checkpoint_en)),
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
                Mismatch::Seat { seat, opens_to_all_at } => {
                    let (vi, en) = match seat {
                        Some(seat) => {
                            let (starts, title_vi, title_en) = (time::clock(seat.starts_at), &seat.title_vi, &seat.title_en);
                            (
                                format!("Người này có chỗ ở “{title_vi}”, {}, lúc {starts}.", seat.room_vi),
                                format!("This person has a seat in “{title_en}”, {}, at {starts}.", seat.room_en),
                            )
                        }
                        None => ("Người này chưa đăng ký phiên này.".into(), "This person has not registered for this session.".into()),
                    };
                    match opens_to_all_at.map(time::clock) {
                        Some(all) => (
                            format!("{vi} Từ {all}, ai cũng có thể vào nếu còn chỗ."),
                            format!("{en} From {all}, anybody may come in while there is room."),
                        ),
                        None => (vi, en),
                    }
                }
                Mismatch::Ended { closed_at } => {
                    (format!("Nơi này đã đóng lúc {}.", moment(*closed_at)), format!("This place closed at {}.", moment(*closed_at)))
                }
            },
            Self::NotYetOpen { opens_at } => (format!("Mở lúc {}.", moment(*opens_at)), format!("Opens at {}.", moment(*opens_at))),
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

/// Hour and day, in digits alone.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    format!("{}, {}", time::clock(at), time::digits(time::local_date(at)))
}

/// A name as it stands within a sentence, where there is one.
pub(super) fn after_space(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" {name}") }
}
