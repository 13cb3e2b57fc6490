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
        ConflictKind::Clock => "Giờ trên máy không đáng tin",
        ConflictKind::ForeignPhone => "Máy hoặc người khác gửi hộ lượt quét",
        ConflictKind::EndedPhone => "Máy đã bị thu hồi, đã đăng xuất hoặc hết phiên",
    },
    about: |kind| match kind {
        ConflictKind::EnteredTwice => "Lượt sớm hơn được tính, lượt này thì không.",
        ConflictKind::EnteredAgainstRule => "Khi mất mạng, máy chưa biết thẻ không được vào nơi này.",
        ConflictKind::Clock => "Lượt này được tính từ lúc máy chủ nhận.",
        ConflictKind::ForeignPhone => "Một máy hoặc một người đã quét lượt này, nhưng máy hoặc người khác gửi lên.",
        ConflictKind::EndedPhone => "Lượt quét được giữ lại, nhưng không tự cho ai vào.",
    },
    by_hand: "Cho vào bằng tay, trái quy tắc",
    by_hand_about: "Một người có trách nhiệm đã cho vào và ghi lý do.",
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
        ConflictKind::Clock => "The phone’s clock cannot be right",
        ConflictKind::ForeignPhone => "Another phone or person sent the scan",
        ConflictKind::EndedPhone => "The phone had been signed out",
    },
    about: |kind| match kind {
        ConflictKind::EnteredTwice => "The earlier scan counts, this one does not.",
        ConflictKind::EnteredAgainstRule => "Without a network, the phone did not know that this pass may not enter here.",
        ConflictKind::Clock => "This scan counts from when the server received it.",
        ConflictKind::ForeignPhone => "One phone or person made this scan, another one sent it.",
        ConflictKind::EndedPhone => "The scan is kept, but lets nobody in by itself.",
    },
    by_hand: "Let in by hand, against the rule",
    by_hand_about: "Somebody responsible let the person in and gave a reason.",
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
    settled_by: |at, by| format!("Settled by {by} at {at}."),
    undone: "This scan was undone.",
    program: "the system",
};
