//! Texts of the page for who has lost a ticket.

/// Texts of the page for who has lost a ticket.
#[derive(Debug)]
pub struct Lost {
    pub title: &'static str,
    pub description: &'static str,
    /// By where links go: to the stored e-mail only, else to the phone, or nowhere yet.
    pub by_mail: Ways,
    pub by_phone_too: Ways,
    pub not_now: Ways,
    pub who: &'static str,
    pub who_hint: &'static str,
    pub submit: &'static str,
    pub sent_title: &'static str,
    pub sent_why: &'static str,
    pub again: &'static str,
    pub no_mail: &'static str,
    /// Before the hotline's number.
    pub call: &'static str,
    pub at_the_desk: &'static str,
    /// Before the link to this page, where people look for it.
    pub lost: &'static str,
    pub find: &'static str,
}

/// What is said of where a link goes, before and after asking.
#[derive(Debug)]
pub struct Ways {
    pub lead: &'static str,
    pub sent: &'static str,
}

pub const VI: Lost = Lost {
    title: "Tìm lại thẻ tham dự",
    description: "Mất đường dẫn thẻ tham dự? Nhập số điện thoại hoặc thư điện tử đã đăng ký để nhận lại.",
    by_mail: Ways {
        lead: "Nhập số điện thoại hoặc thư điện tử bạn đã đăng ký. Đường dẫn thẻ được gửi lại tới thư điện tử đã lưu khi đăng ký.",
        sent: "Nếu có đăng ký với thông tin vừa nhập và đăng ký đó có thư điện tử, đường dẫn thẻ sẽ đến hộp thư trong ít phút. \
                    Bạn hãy xem cả mục thư rác.",
    },
    by_phone_too: Ways {
        lead: "Nhập số điện thoại hoặc thư điện tử bạn đã đăng ký. Đường dẫn thẻ được gửi lại tới thư điện tử đã lưu khi đăng ký, \
               hoặc tới số điện thoại nếu không có thư điện tử.",
        sent: "Nếu có đăng ký với thông tin vừa nhập, đường dẫn thẻ sẽ đến thư điện tử hoặc điện thoại đã lưu trong ít phút. \
               Bạn hãy xem cả mục thư rác.",
    },
    not_now: Ways {
        lead: "Hệ thống chưa gửi thư. Bạn vẫn có thể để lại yêu cầu: thư sẽ đến khi hệ thống gửi lại. Cần thẻ ngay, hãy gọi.",
        sent: "Hệ thống chưa gửi thư. Nếu có đăng ký với thông tin vừa nhập và đăng ký đó có thư điện tử, thư sẽ đến khi hệ thống \
               gửi lại. Cần thẻ ngay, hãy gọi.",
    },
    who: "Số điện thoại hoặc thư điện tử",
    who_hint: "Ví dụ: 0912 345 678 hoặc ten@noigui.vn. Mã 8 ký tự dưới mã QR cũng dùng được.",
    submit: "Gửi lại đường dẫn thẻ",
    sent_title: "Đã nhận yêu cầu",
    sent_why: "Để bảo vệ dữ liệu cá nhân, trang này không cho biết ai đã đăng ký.",
    again: "Nhập thông tin khác",
    no_mail: "Không nhận được thư?",
    call: "Nếu khi đăng ký bạn không ghi thư điện tử, hãy gọi",
    at_the_desk: "Trong ngày diễn ra, hãy đến quầy đón tiếp và mang theo giấy tờ tùy thân: nhân viên tìm thẻ cho bạn ngay tại chỗ.",
    lost: "Đã đăng ký mà mất thẻ?",
    find: "Tìm lại thẻ",
};

pub const EN: Lost = Lost {
    title: "Find your pass",
    description: "Lost the link to your pass? Enter the mobile number or email you registered with to get it again.",
    by_mail: Ways {
        lead: "Enter the mobile number or email you registered with. The link to your pass goes to the email that was stored \
               when you registered.",
        sent: "If somebody registered with what you entered and left an email, the link arrives in that inbox within a few \
                    minutes. Please check the spam folder too.",
    },
    by_phone_too: Ways {
        lead: "Enter the mobile number or email you registered with. The link to your pass goes to the email that was stored \
               when you registered, or to the phone where there is no email.",
        sent: "If somebody registered with what you entered, the link reaches the stored email or phone within a few minutes. \
               Please check the spam folder too.",
    },
    not_now: Ways {
        lead: "Emails are not being sent yet. You may still ask: yours comes once they are. If you need your pass now, please call.",
        sent: "Emails are not being sent yet. If somebody registered with what you entered and left an email, it comes once they \
               are. If you need your pass now, please call.",
    },
    who: "Mobile number or email",
    who_hint: "For example: 0912 345 678 or name@example.vn. The 8 characters under the QR code will do too.",
    submit: "Send the link again",
    sent_title: "We have your request",
    sent_why: "To protect personal data, this page tells nobody who has registered.",
    again: "Enter something else",
    no_mail: "No email?",
    call: "If you left no email when you registered, call",
    at_the_desk: "On the day, come to the reception desk with an identity document: the staff will find your pass on the spot.",
    lost: "Registered, but lost your pass?",
    find: "Find it",
};
