//! What a verdict says to visitors who hold up their own codes with no steward beside them.

use chrono::{DateTime, Utc};

use super::{
    Mismatch, Verdict,
    verdict::{after_space, moment},
};
use crate::text::Locale;

impl Verdict {
    /// The large word and a sentence for the visitor at a self-service screen: a welcome, when there is something to come
    /// back for, or who helps. Why a pass was stopped is between the visitor and the staff; others read along.
    #[must_use]
    pub fn to_visitor(&self, locale: Locale) -> (&'static str, String) {
        let clock = |at: &DateTime<Utc>| moment(*at);
        let help = || locale.pick("Mời bạn gặp nhân viên hỗ trợ.", "Please see our staff.").to_owned();
        let (vi, en, sentence) = match self {
            Self::Admit | Self::AdmitUnconfirmed => {
                ("Xin chào!", "Welcome!", locale.pick("Bạn đã điểm danh xong. Mời vào.", "You are checked in. Please come in.").to_owned())
            }
            Self::Readmit => ("Mừng bạn quay lại!", "Welcome back!", locale.pick("Mời vào.", "Please come in.").to_owned()),
            Self::AlreadyIn(admission) => {
                let at = clock(&admission.at);
                let (place_vi, place_en) = (after_space(&admission.checkpoint_vi), after_space(&admission.checkpoint_en));
                (
                    "Bạn đã điểm danh rồi",
                    "You are checked in already",
                    locale.pick(
                        format!("Vé này đã vào{place_vi} lúc {at}. Nếu không phải bạn, hãy gặp nhân viên hỗ trợ."),
                        format!("This ticket entered{place_en} at {at}. If that was not you, please see our staff."),
                    ),
                )
            }
            Self::NotYetOpen { opens_at } => {
                let at = clock(opens_at);
                ("Chưa đến giờ", "Not open yet", locale.pick(format!("Mời bạn quay lại từ {at}."), format!("Please come back from {at}.")))
            }
            Self::WrongPlace { mismatch: Mismatch::Badge } => (
                "Hãy dùng vé",
                "Ticket needed",
                locale
                    .pick("Mã trên thẻ đeo không dùng ở cổng. Mời đưa mã trên vé.", "Gates take the code of your ticket, not of the badge.")
                    .to_owned(),
            ),
            Self::WrongPlace { mismatch: Mismatch::Seat { seat: Some(seat), .. } } => {
                let at = clock(&seat.starts_at);
                (
                    "Chỗ của bạn ở phòng khác",
                    "Your seat is in another room",
                    locale.pick(
                        format!("“{}”, {}, {at}.", seat.title_vi, seat.room_vi),
                        format!("“{}”, {}, {at}.", seat.title_en, seat.room_en),
                    ),
                )
            }
            Self::WrongPlace { .. } => ("Chưa vào được ở đây", "Not at this place", help()),
            Self::Stopped { .. } | Self::NotATicket => ("Chưa đọc được vé", "We could not read this ticket", help()),
            Self::Exit => ("Hẹn gặp lại!", "See you again!", String::new()),
        };
        (locale.pick(vi, en), sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkin::Stop;

    #[test]
    fn why_a_pass_was_stopped_is_not_told_on_a_screen_that_others_read() {
        for reason in [Stop::Cancelled, Stop::Blocked, Stop::Reissued, Stop::Removed] {
            let stopped = Verdict::Stopped { reason };
            assert_eq!(stopped.to_visitor(Locale::Vi), Verdict::NotATicket.to_visitor(Locale::Vi));
            assert_eq!(stopped.to_visitor(Locale::En), ("We could not read this ticket", "Please see our staff.".to_owned()));
        }
    }

    #[test]
    fn who_comes_too_early_is_told_when_to_come_back() {
        let opens_at = DateTime::from_timestamp(1_823_126_400, 0).unwrap();
        let early = Verdict::NotYetOpen { opens_at };
        assert_eq!(early.to_visitor(Locale::Vi), ("Chưa đến giờ", "Mời bạn quay lại từ 07:00, 10/10/2027.".to_owned()));
        assert_eq!(early.to_visitor(Locale::En).1, "Please come back from 07:00, 10/10/2027.");
    }

    #[test]
    fn the_name_of_the_phone_that_scanned_is_not_the_visitor_s_business() {
        let admission = crate::checkin::Admission {
            scan_id: crate::ids::ScanId(uuid::Uuid::nil()),
            checkpoint: None,
            checkpoint_vi: "Cổng chính".into(),
            checkpoint_en: "Main gate".into(),
            device: "Máy 3".into(),
            at: DateTime::from_timestamp(1_823_126_400, 0).unwrap(),
            left_at: None,
        };
        let (word, sentence) = Verdict::AlreadyIn(admission).to_visitor(Locale::Vi);
        assert_eq!(word, "Bạn đã điểm danh rồi");
        assert_eq!(sentence, "Vé này đã vào Cổng chính lúc 07:00, 10/10/2027. Nếu không phải bạn, hãy gặp nhân viên hỗ trợ.");
    }
}
