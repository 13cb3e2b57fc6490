//! Texts of certificates of attendance: on the sheet, where it is offered, and where it is checked.

/// Texts of certificates.
#[derive(Debug)]
pub struct Certificates {
    pub title: &'static str,
    /// Before the name.
    pub certifies: &'static str,
    /// Before the event.
    pub attended: &'static str,
    pub number: &'static str,
    pub check_at: &'static str,

    /// Over those of many people.
    pub many: &'static str,
    /// By how many.
    pub of_all: fn(&str) -> String,
    /// By how many, and the words that the organisation was found by.
    pub of_organisation: fn(&str, &str) -> String,
    /// By the numbers of the first and the last.
    pub part: fn(&str, &str) -> String,

    pub offered: &'static str,
    pub save: &'static str,

    pub check: &'static str,
    pub genuine: &'static str,
    pub genuine_text: &'static str,
    pub holder: &'static str,
    pub event: &'static str,
    pub attended_on: &'static str,
    pub issuer: &'static str,
    pub masked: &'static str,
}

pub const VI: Certificates = Certificates {
    title: "Giấy chứng nhận tham dự",
    certifies: "chứng nhận Ông/Bà",
    attended: "đã tham dự",
    number: "Số",
    check_at: "Quét mã hoặc mở địa chỉ sau để kiểm tra giấy này là thật:",
    many: "Giấy chứng nhận tham dự",
    of_all: |count| {
        format!("{count} giấy của tất cả người đã tham dự, mỗi trang một giấy. Để in cho một đơn vị, hãy tìm đơn vị đó ở phần trên.")
    },
    of_organisation: |count, words| format!("{count} giấy của người đã tham dự thuộc đơn vị có tên chứa “{words}”, mỗi trang một giấy."),
    part: |first, last| format!("Tải giấy {first} đến {last} (PDF)"),
    offered: "Cảm ơn bạn đã tham dự",
    save: "Tải giấy chứng nhận tham dự",
    check: "Kiểm tra giấy chứng nhận",
    genuine: "Giấy này là thật.",
    genuine_text: "Hãy so số và tên dưới đây với giấy bạn đang xem.",
    holder: "Cấp cho",
    event: "Sự kiện",
    attended_on: "Ngày tham dự",
    issuer: "Đơn vị cấp",
    masked: "Họ và tên đệm được rút gọn để bảo vệ dữ liệu cá nhân.",
};

pub const EN: Certificates = Certificates {
    title: "Certificate of Attendance",
    certifies: "certifies that",
    attended: "attended",
    number: "No.",
    check_at: "Scan the code or open this address to check that the certificate is genuine:",
    many: "Certificates of attendance",
    of_all: |count| format!("One page for each person who attended: {count}. To print those of one organisation, find it above."),
    of_organisation: |count, words| format!("One page for each person who attended from organisations named like “{words}”: {count}."),
    part: |first, last| format!("Download {first} to {last} (PDF)"),
    offered: "Thank you for coming",
    save: "Download the certificate of attendance",
    check: "Check a certificate",
    genuine: "This certificate is genuine.",
    genuine_text: "Compare the number and name below with the sheet in front of you.",
    holder: "Issued to",
    event: "Event",
    attended_on: "Attended on",
    issuer: "Issued by",
    masked: "Family and middle names are shortened to protect personal data.",
};
