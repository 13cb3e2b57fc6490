//! Texts of the organisers' spare tickets.

use domain::registration::VoidReason;

/// Texts of the organisers' spare tickets.
#[derive(Debug)]
pub struct SpareTickets {
    pub title: &'static str,
    pub lead: &'static str,
    pub made: &'static str,
    pub list: &'static str,
    pub none: &'static str,
    pub numbers: &'static str,
    pub audience: &'static str,
    pub made_by: &'static str,
    pub used: &'static str,
    pub left: &'static str,
    pub voided: &'static str,
    /// By the reason, and when.
    pub voided_at: fn(&str, &str) -> String,
    pub action: &'static str,
    pub download: &'static str,
    pub void: &'static str,
    pub void_about: &'static str,
    pub void_as: fn(VoidReason) -> &'static str,
    pub new: &'static str,
    pub count: &'static str,
    pub count_hint: &'static str,
    pub make: &'static str,
    pub who: &'static str,
    pub nobody: &'static str,
    /// By how many are shown, and how many there are.
    pub last_of: fn(&str, &str) -> String,
    pub number: &'static str,
    pub at: &'static str,
    pub holder: &'static str,
    /// The registration was taken away.
    pub gone: &'static str,
    /// On the printed ticket.
    pub ticket: &'static str,
}

pub const VI: SpareTickets = SpareTickets {
    title: "Vé dự phòng",
    lead: "Vé in sẵn cho người đến mà chưa đăng ký, quét được cả khi cổng mất mạng. Lần quét đầu tiên tạo đăng ký cho người cầm vé và \
           tính một chỗ. Ai cầm vé cũng vào được: hãy giữ cẩn thận, và hủy lô vé ngay khi thất lạc.",
    made: "Đã tạo vé dự phòng. Tải tệp PDF, in trên giấy A4 và cắt theo đường kẻ.",
    list: "Các lô vé",
    none: "Chưa có lô vé dự phòng nào.",
    numbers: "Số vé",
    audience: "Đối tượng",
    made_by: "Người tạo",
    used: "Đã dùng",
    left: "Còn lại",
    voided: "Đã hủy",
    voided_at: |reason, at| format!("{reason}, {at}"),
    action: "Việc",
    download: "Tải PDF",
    void: "Hủy lô vé",
    void_about: "Vé chưa dùng của lô này không vào cổng được nữa. Người đã vào bằng vé của lô vẫn giữ đăng ký. Nếu cổng mất mạng \
                 đã cho vào mà chưa biết, tên ghi ở cổng được giữ, thẻ bị khóa và lượt quét chờ xem lại.",
    void_as: |reason| match reason {
        VoidReason::Lost => "Hủy vì thất lạc",
        VoidReason::Misprint => "Hủy vì in hỏng",
        VoidReason::LeftOver => "Hủy vì không dùng đến",
    },
    new: "Tạo vé dự phòng",
    count: "Số vé cần tạo",
    count_hint: "Từ 1 đến 500. Mỗi tờ A4 có 24 vé.",
    make: "Tạo vé",
    who: "Ai đã dùng vé nào",
    nobody: "Chưa có vé dự phòng nào được dùng.",
    last_of: |shown, all| format!("Hiện {shown} vé dùng gần nhất trong {all} vé đã dùng."),
    number: "Số",
    at: "Lúc",
    holder: "Người cầm vé",
    gone: "Đăng ký đã xóa",
    ticket: "Vé dự phòng",
};

pub const EN: SpareTickets = SpareTickets {
    title: "Spare tickets",
    lead: "Printed in advance for people who come without a registration; gates can scan them without a network too. The first scan \
           registers the holder and counts one seat. Anybody who holds one gets in: keep them safe, and void a batch as soon as it is \
           lost.",
    made: "The spare tickets are made. Download the PDF, print it on A4 and cut along the lines.",
    list: "Batches",
    none: "There is no batch of spare tickets yet.",
    numbers: "Numbers",
    audience: "Audience",
    made_by: "Made by",
    used: "Used",
    left: "Left",
    voided: "Voided",
    voided_at: |reason, at| format!("{reason}, {at}"),
    action: "What to do",
    download: "Download PDF",
    void: "Void the batch",
    void_about: "Tickets of this batch that were not used let nobody in any more. Whoever came in with one keeps the registration. Where \
                 a gate without a network has let somebody in and could not know, the name told there is kept, the pass is put on hold, \
                 and the scan waits to be looked at.",
    void_as: |reason| match reason {
        VoidReason::Lost => "Void as lost",
        VoidReason::Misprint => "Void as badly printed",
        VoidReason::LeftOver => "Void as not needed",
    },
    new: "Make spare tickets",
    count: "How many",
    count_hint: "1 to 500. There are 24 on an A4 sheet.",
    make: "Make the tickets",
    who: "Who used which ticket",
    nobody: "No spare ticket has been used yet.",
    last_of: |shown, all| format!("Showing the last {shown} of {all} used tickets."),
    number: "Number",
    at: "At",
    holder: "Holder",
    gone: "Registration deleted",
    ticket: "Spare ticket",
};
