//! Texts of the inbox of conflicts and of its alert.

use services::checkin::conflicts::ConflictKind;

/// Texts of the inbox of conflicts and of its alert.
#[derive(Debug)]
pub struct Conflicts {
    /// Of the page, and in the rail.
    pub title: &'static str,
    pub lead: &'static str,
    /// After the number of open ones.
    pub alert: &'static str,
    pub see: &'static str,
    /// With `{count}` for how many are not on the page yet.
    pub offer: &'static str,
    pub show: &'static str,
    /// Before the number of all of them.
    pub open: &'static str,
    pub none_open: &'static str,
    pub settled: &'static str,
    pub none_settled: &'static str,

    pub kind: fn(ConflictKind) -> &'static str,
    /// What it means, in one sentence.
    pub about: fn(ConflictKind) -> &'static str,
    /// Somebody let the person in by hand, though the rule would not have.
    pub by_hand: &'static str,
    pub by_hand_about: &'static str,
    /// Before the name of who else came in by somebody's spare ticket.
    pub second: &'static str,
    /// Before how that person's pass stands.
    pub second_pass: &'static str,
    /// What is to be done while the pass is blocked, by that person's name.
    pub second_blocked: fn(&str) -> String,
    pub second_erased: &'static str,
    pub nobody: &'static str,
    /// Before the verdict.
    pub rule: &'static str,
    pub this_scan: &'static str,
    pub counting: &'static str,
    pub fact: &'static str,
    pub checkpoint: &'static str,
    pub device: &'static str,
    /// A phone or a person that is not known any more.
    pub unknown: &'static str,
    /// Who sent what another one has scanned.
    pub brought_by: &'static str,
    pub device_at: &'static str,
    pub at: &'static str,
    pub received_at: &'static str,
    pub accept: &'static str,
    pub undo: &'static str,
    pub undo_about: &'static str,
    /// Lets the scan count, and what that means.
    pub count_in: &'static str,
    pub count_in_about: &'static str,
    /// The same of all scans of a phone or person, by number and name; what that means, and the button.
    pub count_in_all: fn(&str, &str) -> String,
    /// Where there are more than are counted at once.
    pub count_in_first: fn(&str, &str) -> String,
    pub count_in_all_about: &'static str,
    pub count_in_all_do: &'static str,
    /// In place of a name that is not known, within a sentence.
    pub this_phone: &'static str,
    pub counted: &'static str,
    /// By time, and by who it was.
    pub settled_by: fn(&str, &str) -> String,
    pub undone: &'static str,
    pub program: &'static str,
}

pub const VI: Conflicts = Conflicts {
    title: "Lượt quét cần xem lại",
    lead: "Những gì máy quét đã làm mà quy tắc không làm như vậy, thường là khi mất mạng. Không ai bị giữ lại ở cổng vì các lượt này.",
    alert: "lượt quét cần xem lại",
    see: "Xem và xử lý",
    offer: "{count} lượt mới chưa có trong danh sách dưới đây.",
    show: "Hiện các lượt mới",
    open: "Đang chờ xử lý",
    none_open: "Không có lượt nào cần xem lại.",
    settled: "Đã xử lý",
    none_settled: "Chưa xử lý lượt nào.",
    kind: |kind| match kind {
        ConflictKind::EnteredTwice => "Hai máy cùng cho một thẻ vào",
        ConflictKind::EnteredAgainstRule => "Máy cho vào, quy tắc không cho",
        ConflictKind::SecondGuest => "Một vé dự phòng, hai tên",
        ConflictKind::Clock => "Giờ trên máy không đáng tin",
        ConflictKind::ForeignPhone => "Máy hoặc người khác gửi hộ lượt quét",
        ConflictKind::EndedPhone => "Máy đã bị thu hồi, đã đăng xuất hoặc hết phiên",
    },
    about: |kind| match kind {
        ConflictKind::EnteredTwice => "Lượt sớm hơn được tính, lượt này thì không.",
        ConflictKind::EnteredAgainstRule => "Khi mất mạng, máy chưa biết thẻ không được vào nơi này.",
        ConflictKind::SecondGuest => "Vé này đã có người đứng tên, nhưng ở lượt này cổng ghi một tên khác.",
        ConflictKind::Clock => "Lượt này được tính từ lúc máy chủ nhận.",
        ConflictKind::ForeignPhone => "Một máy hoặc một người đã quét lượt này, nhưng máy hoặc người khác gửi lên.",
        ConflictKind::EndedPhone => "Lượt quét được giữ lại, nhưng không tự cho ai vào.",
    },
    by_hand: "Cho vào bằng tay, trái quy tắc",
    by_hand_about: "Một người có trách nhiệm đã cho vào và ghi lý do.",
    second: "Người vào ở lượt này:",
    second_pass: "thẻ",
    second_blocked: |name| {
        format!(
            "Nếu là hai người, hãy mở khóa thẻ của {name}, rồi ghi nhận {name} đã vào mà không quét thẻ. Nếu là một người, hãy báo Ban Tổ chức gộp hai đăng ký."
        )
    },
    second_erased: "Thông tin của người vào ở lượt này đã được xóa.",
    nobody: "Mã không thuộc thẻ nào",
    rule: "Theo quy tắc:",
    this_scan: "Lượt này",
    counting: "Lượt được tính",
    fact: "Thông tin",
    checkpoint: "Nơi điểm danh",
    device: "Máy hoặc người quét",
    unknown: "Không rõ",
    brought_by: "Máy hoặc người gửi hộ",
    device_at: "Giờ trên máy",
    at: "Giờ đã chỉnh",
    received_at: "Máy chủ nhận lúc",
    accept: "Đã xem, giữ nguyên",
    undo: "Hủy lượt này",
    undo_about: "Lượt quét vẫn được lưu, nhưng không còn được tính là đã vào.",
    count_in: "Tính lượt này",
    count_in_about: "Nếu người này đã vào hoặc ra thật, hãy tính lượt này. Lượt được tính theo giờ quét.",
    count_in_all: |count, name| format!("Tính cả {count} lượt quét của {name}"),
    count_in_first: |count, name| format!("Tính {count} lượt quét đầu tiên của {name}"),
    count_in_all_about: "Chỉ làm khi chắc chắn máy ở trong tay người làm nhiệm vụ lúc quét. Mỗi lượt được tính theo giờ quét và vẫn có thể hủy riêng.",
    count_in_all_do: "Tính các lượt này",
    this_phone: "máy này",
    counted: "Lượt này được tính.",
    settled_by: |at, by| format!("{by} xử lý lúc {at}."),
    undone: "Lượt này đã hủy.",
    program: "Hệ thống",
};

pub const EN: Conflicts = Conflicts {
    title: "Conflicts to settle",
    lead: "What phones did and the rule would not have done, most often without a network. Nobody is held up at a gate by these.",
    alert: "conflicts to settle",
    see: "See and settle",
    offer: "New, and not in the list below: {count}.",
    show: "Show the new ones",
    open: "Open",
    none_open: "There is nothing to settle.",
    settled: "Settled",
    none_settled: "Nothing was settled yet.",
    kind: |kind| match kind {
        ConflictKind::EnteredTwice => "Two phones let one pass in",
        ConflictKind::EnteredAgainstRule => "The phone let in whom the rule would not",
        ConflictKind::SecondGuest => "Two names on one spare ticket",
        ConflictKind::Clock => "The phone’s clock cannot be right",
        ConflictKind::ForeignPhone => "Another phone or person sent the scan",
        ConflictKind::EndedPhone => "The phone had been signed out",
    },
    about: |kind| match kind {
        ConflictKind::EnteredTwice => "The earlier scan counts, this one does not.",
        ConflictKind::EnteredAgainstRule => "Without a network, the phone did not know that this pass may not enter here.",
        ConflictKind::SecondGuest => "The ticket is in somebody’s name, but the gate wrote down another name at this scan.",
        ConflictKind::Clock => "This scan counts from when the server received it.",
        ConflictKind::ForeignPhone => "One phone or person made this scan, another one sent it.",
        ConflictKind::EndedPhone => "The scan is kept, but lets nobody in by itself.",
    },
    by_hand: "Let in by hand, against the rule",
    by_hand_about: "Somebody responsible let the person in and gave a reason.",
    second: "Who came in at this scan:",
    second_pass: "pass",
    second_blocked: |name| {
        format!(
            "If they are two people, take the hold off {name}’s pass, then let {name} in without a scan. If they are one, ask the organisers to merge the two registrations."
        )
    },
    second_erased: "The data of who came in at this scan were erased.",
    nobody: "A code of no pass",
    rule: "By the rule:",
    this_scan: "This scan",
    counting: "The scan that counts",
    fact: "Fact",
    checkpoint: "Checkpoint",
    device: "Phone or person",
    unknown: "Unknown",
    brought_by: "Sent by",
    device_at: "The phone’s clock",
    at: "The same, corrected",
    received_at: "Received",
    accept: "Seen, keep as it is",
    undo: "Undo this scan",
    undo_about: "The scan stays on record, but no longer counts as an entry.",
    count_in: "Let this scan count",
    count_in_about: "If the person really came in or left, let the scan count. It counts from the time of the scan.",
    count_in_all: |count, name| format!("Let all {count} scans of {name} count"),
    count_in_first: |count, name| format!("Let the first {count} scans of {name} count"),
    count_in_all_about: "Only if you are sure that the phone was in the hands of staff when it scanned. Each scan counts from its own time, and can still be undone by itself.",
    count_in_all_do: "Let them count",
    this_phone: "this phone",
    counted: "This scan counts.",
    settled_by: |at, by| format!("Settled by {by} at {at}."),
    undone: "This scan was undone.",
    program: "the system",
};
