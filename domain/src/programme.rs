//! The programme: kinds of sessions, and what runs now.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::text::Locale;

macro_rules! session_kinds {
    ($($variant:ident = $key:literal, $vi:literal, $en:literal;)+) => {
        /// What happens in a session.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum SessionKind { $(#[serde(rename = $key)] $variant,)+ }

        impl SessionKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in files and in the store.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// The kind with this key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.key() == key)
            }

            #[must_use]
            pub fn name(self, locale: Locale) -> &'static str {
                match self { $(Self::$variant => locale.pick($vi, $en),)+ }
            }
        }
    };
}

session_kinds! {
    Reception = "don_tiep", "Đón tiếp, điểm danh", "Reception and check-in";
    Performance = "van_nghe", "Văn nghệ", "Performance";
    Opening = "khai_mac", "Khai mạc", "Opening";
    Plenary = "hoi_nghi", "Hội nghị", "Plenary";
    Workshop = "hoi_thao", "Hội thảo", "Workshop";
    Panel = "toa_dam", "Tọa đàm", "Panel discussion";
    Exhibition = "trien_lam", "Triển lãm", "Exhibition";
    Demonstration = "trinh_dien", "Trình diễn", "Demonstration";
    Launch = "ra_mat", "Ra mắt", "Launch";
    Signing = "ky_ket", "Ký kết", "Signing";
    KickOff = "phat_dong", "Phát động", "Kick-off";
    Contest = "cuoc_thi", "Cuộc thi", "Contest";
    Awards = "trao_giai", "Trao giải", "Awards";
    Training = "tap_huan", "Tập huấn", "Training";
    FieldCampaign = "ra_quan", "Ra quân", "Field campaign";
    Networking = "giao_luu", "Giao lưu", "Networking";
    Break = "nghi_giai_lao", "Nghỉ giải lao", "Break";
    Closing = "be_mac", "Bế mạc", "Closing";
}

/// How a span of time lies to an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Ahead,
    Running,
    Over,
}

/// The phase of a session that runs from `starts_at` until just before `ends_at`.
#[must_use]
pub fn phase(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>, now: DateTime<Utc>) -> Phase {
    if now < starts_at {
        Phase::Ahead
    } else if now < ends_at {
        Phase::Running
    } else {
        Phase::Over
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_session_runs_from_its_first_instant_to_before_its_last() {
        let (start, end, tick) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::hours(1), TimeDelta::milliseconds(1));
        assert_eq!(phase(start, end, start - tick), Phase::Ahead);
        assert_eq!(phase(start, end, start), Phase::Running);
        assert_eq!(phase(start, end, end - tick), Phase::Running);
        assert_eq!(phase(start, end, end), Phase::Over);
    }

    #[test]
    fn kinds_have_one_key_each() {
        for kind in SessionKind::ALL {
            assert_eq!(SessionKind::from_key(kind.key()), Some(*kind));
        }
    }
}
