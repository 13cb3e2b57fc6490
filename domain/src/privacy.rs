//! Consent: what people are asked, purpose by purpose, and the proof of what they were shown.
//!
//! Law 91/2025/QH15 Art. 9 and Decree 356/2025 Art. 6: consent is given per purpose, by an act, on an
//! informed text; the controller keeps the proof. So every decision is stored with the version and the
//! hash of the exact words.

mod answering;
mod request;
mod retention;

pub use answering::{DONE, NewRequest, REFUSED, Response, TEXT_MAX, field, text};
pub use request::{RequestChannel, RequestState, Right, answer_due_on, due_on, extended_due_on};
pub use retention::{Retention, is_night};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::Locale;

/// Why personal data is processed. Each purpose is asked for on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Register and check in. Without it there is no registration.
    Attend,
    /// Reminders and changes by SMS, Zalo or e-mail.
    Reminders,
    /// Photographs and video of the event.
    Photos,
    /// News of later editions.
    News,
    /// Passing contact data to exhibitors.
    Exhibitors,
}

/// The version of [`Purpose::statement`]'s texts and of the privacy page beside them; it changes with every change of
/// their meaning.
pub const NOTICE_VERSION: &str = "2027-3";

impl Purpose {
    /// All purposes in the order in which they are asked.
    pub const ALL: [Self; 5] = [Self::Attend, Self::Reminders, Self::Photos, Self::News, Self::Exhibitors];

    /// The name in forms and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Attend => "attend",
            Self::Reminders => "reminders",
            Self::Photos => "photos",
            Self::News => "news",
            Self::Exhibitors => "exhibitors",
        }
    }

    /// The purpose with this [`Purpose::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.key() == key)
    }

    /// The form field that asks for it.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Attend => "consent_attend",
            Self::Reminders => "consent_reminders",
            Self::Photos => "consent_photos",
            Self::News => "consent_news",
            Self::Exhibitors => "consent_exhibitors",
        }
    }

    /// Whether refusing it prevents registration.
    #[must_use]
    pub fn is_needed(self) -> bool {
        self == Self::Attend
    }

    /// The exact words that the person agrees to.
    #[must_use]
    pub fn statement(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Attend => (
                "Tôi đồng ý để Ban Tổ chức dùng thông tin tôi khai để đăng ký, cấp thẻ và điểm danh cho tôi tại Ngày Chuyển đổi số tỉnh Đồng Tháp.",
                "I agree that the organising board uses what I enter to register me, issue my pass and check me in at the Đồng Tháp Digital Transformation Day.",
            ),
            Self::Reminders => (
                "Tôi đồng ý nhận tin nhắc lịch và thay đổi của chương trình qua SMS, Zalo hoặc thư điện tử.",
                "I agree to receive reminders and programme changes by SMS, Zalo or email.",
            ),
            Self::Photos => (
                "Tôi đồng ý để hình ảnh, video có tôi tại sự kiện được dùng để đưa tin về sự kiện.",
                "I agree that photographs and video of me at the event are used to report on the event.",
            ),
            Self::News => {
                ("Tôi đồng ý nhận tin về các kỳ Ngày Chuyển đổi số sau.", "I agree to receive news of later Digital Transformation Days.")
            }
            Self::Exhibitors => (
                "Tôi đồng ý để Ban Tổ chức chuyển thông tin liên hệ của tôi cho gian hàng mà tôi ghé thăm.",
                "I agree that the organising board passes my contact details to exhibitors whose booths I visit.",
            ),
        };
        locale.pick(vi, en)
    }

    /// SHA-256 of [`Purpose::statement`] in UTF-8: the proof of which words were shown.
    #[must_use]
    pub fn statement_hash(self, locale: Locale) -> [u8; 32] {
        Sha256::digest(self.statement(locale).as_bytes()).into()
    }

    /// The words that a stored hash stands for, and their language. When a statement changes, its old words are to be
    /// found here still: who agreed to them may ask what they were.
    #[must_use]
    pub fn agreed(self, hash: &[u8]) -> Option<(Locale, &'static str)> {
        Locale::ALL.into_iter().find(|locale| self.statement_hash(*locale) == hash).map(|locale| (locale, self.statement(locale)))
    }
}

/// One person's answer for one purpose. Not ticking the box is a refusal: silence is never consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub purpose: Purpose,
    pub given: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_statement_needs_a_new_version() {
        let all: String = Purpose::ALL
            .into_iter()
            .flat_map(|purpose| Locale::ALL.map(|locale| data_encoding::HEXLOWER.encode(&purpose.statement_hash(locale)[..4]) + "\n"))
            .collect();
        insta::assert_snapshot!(format!("{NOTICE_VERSION}\n{all}"));
    }

    #[test]
    fn a_stored_hash_leads_back_to_the_words_that_were_shown() {
        for (purpose, locale) in Purpose::ALL.into_iter().flat_map(|purpose| Locale::ALL.map(|locale| (purpose, locale))) {
            assert_eq!(purpose.agreed(&purpose.statement_hash(locale)), Some((locale, purpose.statement(locale))));
        }
        assert_eq!(Purpose::News.agreed(&Purpose::Photos.statement_hash(Locale::Vi)), None);
    }

    #[test]
    fn only_attending_is_needed() {
        assert_eq!(Purpose::ALL.into_iter().filter(|purpose| purpose.is_needed()).collect::<Vec<_>>(), [Purpose::Attend]);
    }
}
