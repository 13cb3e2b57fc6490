//! Texts of the list of who is inside, on the page and as a file.

/// Texts of the list of who is inside.
#[derive(Debug)]
pub struct Presence {
    /// Of the page, the way to it, and the file's sheet.
    pub title: &'static str,
    pub back: &'static str,
    pub lead: &'static str,
    /// Where no gate counts who leaves.
    pub no_exits: &'static str,
    pub place: &'static str,
    pub everywhere: &'static str,
    /// By the place's name and how many people are inside there.
    pub place_with: fn(&str, &str) -> String,
    pub show: &'static str,
    /// By people and tickets.
    pub count: fn(&str, &str) -> String,
    pub nobody: &'static str,
    pub list: &'static str,
    pub where_and_since: &'static str,
    /// By the place's name and the time.
    pub since: fn(&str, &str) -> String,
    /// People of groups that were scanned out, and with how many tickets.
    pub out: fn(&str, &str) -> String,
    /// The same of one group, by the time.
    pub group_left: fn(&str) -> String,
    /// Somebody who left the grounds, by the time.
    pub left: fn(&str) -> String,
    pub erased: &'static str,
    pub as_xlsx: &'static str,
    pub as_csv: &'static str,
    /// Columns of the file.
    pub gate: &'static str,
    pub at_gate: &'static str,
    pub room: &'static str,
    pub in_room: &'static str,
    pub left_at: &'static str,
}

pub const VI: Presence = Presence {
    title: "Ai đang ở trong",
    back: "Về trang trực tiếp",
    lead: "Danh sách để tìm và đếm người khi có sự cố, theo các lượt quét mà máy chủ đã nhận. Lượt còn chờ gửi trên các máy chưa có ở đây.",
    no_exits: "Chưa cổng nào ghi lượt ra, nên danh sách gồm cả người đã về.",
    place: "Cổng hoặc phòng",
    everywhere: "Toàn khuôn viên",
    place_with: |name, people| format!("{name} ({people} người)"),
    show: "Xem danh sách",
    count: |people, tickets| format!("{people} người đang ở trong, với {tickets} thẻ."),
    nobody: "Không có ai ở trong.",
    list: "Người đang ở trong, theo tên gọi",
    where_and_since: "Ở đâu, từ lúc nào",
    since: |place, time| format!("{place}, từ {time}"),
    out: |people, tickets| {
        format!("Ngoài ra có {people} người của {tickets} đoàn: thẻ đã quét ra nhưng có thể còn người bên trong. Hãy hỏi trưởng đoàn.")
    },
    group_left: |time| format!("Thẻ đoàn đã quét ra lúc {time}, có thể còn người bên trong"),
    left: |time| format!("Đã ra cổng lúc {time}"),
    erased: "Dữ liệu đã xóa",
    as_xlsx: "Tải danh sách này (Excel)",
    as_csv: "Tải danh sách này (CSV)",
    gate: "Cổng vào",
    at_gate: "Vào cổng lúc",
    room: "Phòng, phiên",
    in_room: "Vào phòng lúc",
    left_at: "Ra cổng lúc",
};

pub const EN: Presence = Presence {
    title: "Who is inside",
    back: "Back to the live page",
    lead: "For finding and counting people in an emergency, by the scans that the server has. Scans that still wait on phones are not in it.",
    no_exits: "No gate counts who leaves, so whoever has gone home is in the list too.",
    place: "Gate or room",
    everywhere: "The whole grounds",
    place_with: |name, people| format!("{name} (people: {people})"),
    show: "Show the list",
    count: |people, tickets| format!("People inside: {people}. Passes: {tickets}."),
    nobody: "Nobody is inside.",
    list: "People inside, by given name",
    where_and_since: "Where, since when",
    since: |place, time| format!("{place}, since {time}"),
    out: |people, tickets| {
        format!(
            "People in groups whose pass was scanned on the way out: {people}, groups: {tickets}. Some may still be inside. Ask the leader."
        )
    },
    group_left: |time| format!("The group’s pass was scanned out at {time}; some may still be inside"),
    left: |time| format!("Left by a gate at {time}"),
    erased: "Erased",
    as_xlsx: "Download this list (Excel)",
    as_csv: "Download this list (CSV)",
    gate: "Gate",
    at_gate: "Through the gate at",
    room: "Room, session",
    in_room: "In the room since",
    left_at: "Left by a gate at",
};
