//! Installing the certificate of a server that has made its own.

/// Texts of the page.
#[derive(Debug)]
pub struct Authority {
    pub title: &'static str,
    pub lead: &'static str,
    /// Where browsers trust the server already.
    pub not_needed: &'static str,
    pub download: &'static str,
    pub fingerprint: &'static str,
    pub android: &'static str,
    pub android_steps: [&'static str; 4],
    pub iphone: &'static str,
    pub iphone_steps: [&'static str; 4],
    pub safety: &'static str,
    pub safety_text: &'static str,
    pub removal: &'static str,
}

pub const VI: Authority = Authority {
    title: "Cài chứng thư của máy chủ",
    lead: "Mỗi điện thoại quét cài một lần. Sau đó điện thoại không còn báo kết nối không riêng tư, và trang điểm danh mở được cả khi mất mạng.",
    not_needed: "Trình duyệt đã tin chứng thư của máy chủ này. Không cần cài gì.",
    download: "Tải chứng thư",
    fingerprint: "Dấu vân tay SHA-256, phải đúng như dòng in ở máy chủ:",
    android: "Trên Android",
    android_steps: [
        "Mở trang này bằng Chrome và tải chứng thư.",
        "Mở Cài đặt, tìm “chứng chỉ CA”, rồi chạm Chứng chỉ CA. Mục này thường ở Bảo mật, Mã hóa và thông tin xác thực, Cài đặt chứng chỉ.",
        "Chạm Vẫn cài đặt, rồi chọn tệp chung-thu-may-chu.crt.",
        "Mở lại trang điểm danh bằng Chrome.",
    ],
    iphone: "Trên iPhone",
    iphone_steps: [
        "Mở trang này bằng Safari, tải chứng thư, rồi chạm Cho phép.",
        "Mở Cài đặt, chạm Đã tải về hồ sơ, rồi Cài đặt.",
        "Vào Cài đặt chung, Giới thiệu, Cài đặt tin cậy chứng nhận, rồi bật chứng thư “Ngày Chuyển đổi số (máy chủ tại chỗ)”.",
        "Mở lại trang điểm danh bằng Safari.",
    ],
    safety: "Có an toàn không?",
    safety_text: "Chứng thư này chỉ có giá trị với máy chủ này và các địa chỉ trong mạng nội bộ. Nó không thể mạo danh trang web nào trên Internet.",
    removal: "Sau sự kiện, hãy gỡ chứng thư. Android: Bảo mật, Thông tin xác thực của người dùng. iPhone: Cài đặt chung, VPN và quản lý thiết bị.",
};

pub const EN: Authority = Authority {
    title: "Install the server’s certificate",
    lead: "Once on every phone that scans. From then on the phone no longer warns of a connection that is not private, and the check-in page opens without a network, too.",
    not_needed: "Browsers trust this server’s certificate already. There is nothing to install.",
    download: "Download the certificate",
    fingerprint: "SHA-256 fingerprint, which must be the one that the server prints:",
    android: "On Android",
    android_steps: [
        "Open this page in Chrome and download the certificate.",
        "Open Settings, search for “CA certificate”, then tap CA certificate. It is usually under Security, Encryption & credentials, Install a certificate.",
        "Tap Install anyway, then choose the file chung-thu-may-chu.crt.",
        "Open the check-in page again in Chrome.",
    ],
    iphone: "On an iPhone",
    iphone_steps: [
        "Open this page in Safari, download the certificate, then tap Allow.",
        "Open Settings, tap Profile Downloaded, then Install.",
        "Go to General, About, Certificate Trust Settings, and switch on “Ngày Chuyển đổi số (máy chủ tại chỗ)”.",
        "Open the check-in page again in Safari.",
    ],
    safety: "Is it safe?",
    safety_text: "The certificate is only good for this server and for addresses of local networks. It cannot pass for any website on the internet.",
    removal: "After the event, remove it. Android: Security, User credentials. iPhone: General, VPN & Device Management.",
};
