//! Texts of what a supervisor does for one person at a gate.

use domain::checkin::Reason;

/// Texts of what a supervisor does for one person at a gate.
#[derive(Debug)]
pub struct Gate {
    pub title: &'static str,
    pub admit_title: &'static str,
    pub admit_about: &'static str,
    pub checkpoint: &'static str,
    pub reason: &'static str,
    pub reason_of: fn(Reason) -> &'static str,
    pub note: &'static str,
    pub note_hint: &'static str,
    pub admit: &'static str,
    /// Before what the rule says.
    pub refused: &'static str,
    pub overrule: &'static str,
    pub overrule_about: &'static str,

    /// Who holds a spare ticket.
    pub guest_title: &'static str,
    pub guest_about: &'static str,
    pub write_guest: &'static str,

    pub attention_title: &'static str,
    pub attention: &'static str,
    pub attention_hint: &'static str,
    pub write_attention: &'static str,

    /// After a verdict that was overruled.
    pub against_rule: &'static str,
    pub by_hand: &'static str,
    /// By who undid it.
    pub undone: fn(&str) -> String,
    pub undo: &'static str,
    pub undo_about: &'static str,
    pub action: &'static str,
}

pub const VI: Gate = Gate {
    title: "Tại cổng",
    admit_title: "Cho vào không quét thẻ",
    admit_about: "Dùng khi không quét được thẻ. Hãy kiểm tra giấy tờ trước. Lượt vào được ghi kèm lý do và tên tài khoản của bạn.",
    checkpoint: "Nơi điểm danh",
    reason: "Lý do",
    reason_of: |reason| match reason {
        Reason::Phone => "Máy quét hỏng",
        Reason::Unreadable => "Mã không đọc được",
        Reason::Forgotten => "Quên thẻ, đã kiểm tra giấy tờ",
        Reason::Other => "Lý do khác, ghi ở dưới",
    },
    note: "Ghi thêm",
    note_hint: "Bắt buộc với lý do khác. Nhiều nhất 200 ký tự.",
    admit: "Cho vào",
    refused: "Chưa cho vào. Theo quy tắc:",
    overrule: "Vẫn cho vào, tôi chịu trách nhiệm",
    overrule_about: "Lượt này được ghi là trái quy tắc, ở trang các lượt quét cần xem lại.",
    guest_title: "Ghi tên khách",
    guest_about: "Người này vào bằng vé dự phòng và chưa có tên. Tên ghi trước được giữ lại.",
    write_guest: "Ghi tên",
    attention_title: "Sửa lưu ý khi đón",
    attention: "Lưu ý khi đón",
    attention_hint: "Hiện trên máy quét khi thẻ được đọc, ví dụ: cần xe lăn. Để trống nếu không có. Nhiều nhất 200 ký tự.",
    write_attention: "Lưu lưu ý",
    against_rule: "cho vào trái quy tắc",
    by_hand: "Không quét:",
    undone: |by| format!("Đã hủy ({by})"),
    undo: "Hủy lượt này",
    undo_about: "Lượt vẫn được lưu, nhưng không còn được tính là đã vào.",
    action: "Thao tác",
};

pub const EN: Gate = Gate {
    title: "At the gate",
    admit_title: "Let in without a scan",
    admit_about: "For when a pass cannot be scanned. Check who it is first. The entry is recorded with the reason and your account’s name.",
    checkpoint: "Checkpoint",
    reason: "Reason",
    reason_of: |reason| match reason {
        Reason::Phone => "The scanner does not work",
        Reason::Unreadable => "The code cannot be read",
        Reason::Forgotten => "Pass forgotten, identity checked",
        Reason::Other => "Another reason, noted below",
    },
    note: "Note",
    note_hint: "Needed for another reason. 200 characters at most.",
    admit: "Let in",
    refused: "Not let in yet. By the rule:",
    overrule: "Let in all the same, I answer for it",
    overrule_about: "It is recorded as against the rule, among the conflicts.",
    guest_title: "Write down the guest’s name",
    guest_about: "This person came in by a spare ticket and has no name yet. The name that is written down first stays.",
    write_guest: "Write down",
    attention_title: "Change the note for the gate",
    attention: "Note for the gate",
    attention_hint: "Shown on the phone when the pass is read, for example: needs a wheelchair. Leave empty for none. 200 characters at most.",
    write_attention: "Save the note",
    against_rule: "let in against the rule",
    by_hand: "Without a scan:",
    undone: |by| format!("Undone ({by})"),
    undo: "Undo this scan",
    undo_about: "It stays on record, but no longer counts as an entry.",
    action: "Action",
};
