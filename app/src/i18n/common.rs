//! Texts of every page: header, footer, forms, lists, and pages that tell of a problem.

use domain::fair::Wait;

/// Texts that belong to no single area.
#[derive(Debug)]
pub struct Common {
    pub site_name: &'static str,
    pub skip_to_content: &'static str,
    pub main_navigation: &'static str,
    pub home: &'static str,
    pub programme: &'static str,
    pub models: &'static str,
    pub register: &'static str,
    pub sign_in: &'static str,
    pub sign_out: &'static str,
    pub my_desk: &'static str,
    /// Of the *other* language, in that language.
    pub other_language: &'static str,

    pub text_size: &'static str,
    pub smaller_text: &'static str,
    pub normal_text: &'static str,
    pub larger_text: &'static str,
    pub dark_theme: &'static str,
    pub light_theme: &'static str,

    pub managed_by: &'static str,
    pub managing_body: &'static str,
    pub responsible_person: &'static str,
    pub responsible: &'static str,
    pub hotline: &'static str,
    pub cite_source: &'static str,
    pub province_portal: &'static str,
    pub handbook: &'static str,
    pub privacy: &'static str,
    pub footer_links: &'static str,

    /// Of a field that only programs fill in.
    pub leave_empty: &'static str,
    pub optional: &'static str,
    pub choose: &'static str,
    pub errors_title: fn(usize) -> String,
    pub error_prefix: &'static str,
    pub save: &'static str,
    pub cancel: &'static str,
    pub all: &'static str,
    pub sample: &'static str,
    pub sample_explained: &'static str,

    /// What was typed is shown again and has not been taken.
    pub kept: &'static str,
    pub kept_no_file: &'static str,

    pub not_found: ProblemTexts,
    pub forbidden: ProblemTexts,
    /// In a browser that is a big screen.
    pub only_a_screen: ProblemTexts,
    pub bad_request: ProblemTexts,
    pub too_large: ProblemTexts,
    pub too_slow: ProblemTexts,
    pub wrong_method: ProblemTexts,
    pub other_site: ProblemTexts,
    pub too_many: ProblemTexts,
    /// When to ask again.
    pub wait: fn(Wait) -> String,
    pub unavailable: ProblemTexts,
    pub failed: ProblemTexts,
    pub request_id: &'static str,
    pub call_us: &'static str,
}

/// Title and one paragraph: what is wrong and what to do.
#[derive(Clone, Copy, Debug)]
pub struct ProblemTexts {
    pub title: &'static str,
    pub text: &'static str,
}

pub const VI: Common = Common {
    site_name: "Ngày Chuyển đổi số tỉnh Đồng Tháp",
    skip_to_content: "Đến nội dung chính",
    main_navigation: "Chuyên mục",
    home: "Trang chủ",
    programme: "Chương trình",
    models: "Mô hình",
    register: "Đăng ký",
    sign_in: "Đăng nhập",
    sign_out: "Đăng xuất",
    my_desk: "Bàn làm việc",
    other_language: "English",
    text_size: "Cỡ chữ",
    smaller_text: "Chữ nhỏ hơn",
    normal_text: "Cỡ chữ thường",
    larger_text: "Chữ lớn hơn",
    dark_theme: "Nền tối",
    light_theme: "Nền sáng",
    managed_by: "Cơ quan chủ quản",
    managing_body: "Ủy ban nhân dân tỉnh Đồng Tháp",
    responsible_person: "Chịu trách nhiệm nội dung",
    responsible: "Ban Tổ chức Ngày Chuyển đổi số, Sở Khoa học và Công nghệ",
    hotline: "Đường dây nóng",
    cite_source: "Ghi rõ nguồn khi phát hành lại thông tin từ trang này.",
    province_portal: "Cổng thông tin điện tử tỉnh Đồng Tháp",
    handbook: "Cẩm nang chuyển đổi số",
    privacy: "Quyền riêng tư",
    footer_links: "Liên kết",
    leave_empty: "Hãy để trống ô này",
    optional: "không bắt buộc",
    choose: "Hãy chọn",
    errors_title: |count| format!("Có {count} mục cần sửa"),
    error_prefix: "Lỗi:",
    save: "Lưu",
    cancel: "Thôi",
    all: "Tất cả",
    sample: "Dữ liệu mẫu",
    sample_explained: "Nội dung này chỉ để minh họa.",
    kept: "Những gì bạn đã nhập vẫn còn trên trang này, nhưng chưa được gửi.",
    kept_no_file: "Nếu vừa chọn ảnh, bạn hãy chọn lại: trình duyệt không giữ tệp.",
    not_found: ProblemTexts {
        title: "Không tìm thấy trang này",
        text: "Địa chỉ có thể bị gõ sai hoặc trang đã được chuyển đi. Bạn hãy xem lại địa chỉ, hoặc đi tiếp từ đây:",
    },
    forbidden: ProblemTexts {
        title: "Tài khoản này không mở được trang",
        text: "Trang dành cho người có nhiệm vụ khác. Nếu đây là việc của bạn, hãy đăng nhập bằng tài khoản được giao \
               hoặc gọi Ban Tổ chức.",
    },
    only_a_screen: ProblemTexts {
        title: "Máy này là màn hình lớn",
        text: "Trình duyệt này chỉ hiện số liệu trực tiếp. Để điểm danh hoặc làm việc khác, hãy đăng nhập bằng tài khoản được giao; \
               màn hình khi đó kết thúc.",
    },
    bad_request: ProblemTexts {
        title: "Không đọc được dữ liệu gửi lên",
        text: "Dữ liệu bị thiếu hoặc sai dạng. Bạn hãy quay lại trang trước, tải lại trang rồi gửi lại.",
    },
    too_large: ProblemTexts {
        title: "Dữ liệu gửi lên quá lớn",
        text: "Ảnh cần nhỏ hơn 5 MB. Bạn hãy quay lại trang trước, chọn ảnh nhỏ hơn hoặc rút ngắn nội dung rồi gửi lại.",
    },
    too_slow: ProblemTexts {
        title: "Dữ liệu gửi lên quá chậm",
        text: "Kết nối bị ngắt giữa chừng nên chưa lưu được gì. Bạn hãy quay lại trang trước rồi gửi lại; nếu mạng yếu, \
               hãy chọn ảnh nhỏ hơn.",
    },
    wrong_method: ProblemTexts {
        title: "Địa chỉ này không mở theo cách đó được",
        text: "Địa chỉ chỉ dùng để gửi biểu mẫu. Bạn hãy mở trang có biểu mẫu, hoặc đi tiếp từ đây:",
    },
    other_site: ProblemTexts {
        title: "Yêu cầu đến từ trang khác",
        text: "Để bảo vệ bạn, hệ thống chỉ nhận biểu mẫu gửi từ chính trang này. Bạn hãy mở lại trang rồi gửi lại.",
    },
    too_many: ProblemTexts {
        title: "Bạn đã gửi nhiều lần liên tiếp",
        text: "Để ai cũng có lượt, hệ thống giới hạn số lần gửi. Lần này chưa được xử lý; những gì đã lưu trước đó vẫn còn.",
    },
    wait: |wait| match wait {
        Wait { seconds } if seconds < 90 => format!("Hãy thử lại sau {seconds} giây."),
        wait => format!("Hãy thử lại sau {} phút.", wait.minutes()),
    },
    unavailable: ProblemTexts {
        title: "Trang đang tạm gián đoạn",
        text: "Hệ thống chưa lấy được dữ liệu. Thẻ tham dự đã lưu trên máy của bạn vẫn dùng được. Hãy tải lại trang \
               sau ít phút.",
    },
    failed: ProblemTexts {
        title: "Hệ thống chưa xử lý được yêu cầu này",
        text: "Lỗi do phía chúng tôi và đã được ghi lại. Bạn hãy thử lại; nếu vẫn gặp, hãy gọi đường dây nóng và đọc \
               mã dưới đây.",
    },
    request_id: "Mã yêu cầu",
    call_us: "Cần giúp ngay? Hãy gọi",
};

pub const EN: Common = Common {
    site_name: "Đồng Tháp Digital Transformation Day",
    skip_to_content: "Skip to content",
    main_navigation: "Main",
    home: "Home",
    programme: "Programme",
    models: "Models",
    register: "Register",
    sign_in: "Sign in",
    sign_out: "Sign out",
    my_desk: "My desk",
    other_language: "Tiếng Việt",
    text_size: "Text size",
    smaller_text: "Smaller text",
    normal_text: "Normal text size",
    larger_text: "Larger text",
    dark_theme: "Dark theme",
    light_theme: "Light theme",
    managed_by: "Managing body",
    managing_body: "People’s Committee of Đồng Tháp Province",
    responsible_person: "Responsible for content",
    responsible: "Organising board of the day, Department of Science and Technology",
    hotline: "Hotline",
    cite_source: "Please name this site as the source when you republish from it.",
    province_portal: "Đồng Tháp Province portal",
    handbook: "DX handbook",
    privacy: "Privacy",
    footer_links: "Links",
    leave_empty: "Please leave this empty",
    optional: "optional",
    choose: "Choose one",
    errors_title: |count| {
        if count == 1 { "One thing needs attention".to_owned() } else { format!("{count} things need attention") }
    },
    error_prefix: "Error:",
    save: "Save",
    cancel: "Cancel",
    all: "All",
    sample: "Sample data",
    sample_explained: "This is an illustration only.",
    kept: "What you typed is still here. It hasn’t been sent yet.",
    kept_no_file: "If you had chosen a picture, please choose it again: browsers don’t keep files.",
    not_found: ProblemTexts {
        title: "This page can’t be found",
        text: "The address may be mistyped, or the page may have moved. Check the address, or go on from here:",
    },
    forbidden: ProblemTexts {
        title: "This account can’t open the page",
        text: "The page belongs to another role. If the work is yours, sign in with the account you were given or call \
               the organising board.",
    },
    only_a_screen: ProblemTexts {
        title: "This is a big screen",
        text: "This browser shows the live numbers and nothing else. To check people in or do other work, sign in with the account you \
               were given; that ends the screen.",
    },
    bad_request: ProblemTexts {
        title: "We couldn’t read what was sent",
        text: "Something is missing or malformed. Please go back, reload the page and send it again.",
    },
    too_large: ProblemTexts {
        title: "That is too large",
        text: "A picture must be smaller than 5 MB. Please go back, choose a smaller one or shorten the text, and send it again.",
    },
    too_slow: ProblemTexts {
        title: "That took too long to arrive",
        text: "The connection broke off on the way, and nothing was saved. Please go back and send it again; on a weak \
               connection, choose a smaller picture.",
    },
    wrong_method: ProblemTexts {
        title: "This address can’t be opened that way",
        text: "It only takes forms. Open the page with the form, or go on from here:",
    },
    other_site: ProblemTexts {
        title: "This came from another site",
        text: "To protect you, we only take forms sent from our own pages. Please open the page again and send it from there.",
    },
    too_many: ProblemTexts {
        title: "That was asked for many times in a row",
        text: "So that everybody gets a turn, we limit how often this can be sent. Nothing was done this time; what was saved \
               before is still there.",
    },
    wait: |wait| match wait {
        Wait { seconds: 1 } => "Please try again in a second.".to_owned(),
        Wait { seconds } if seconds < 90 => format!("Please try again in {seconds} seconds."),
        wait => format!("Please try again in {} minutes.", wait.minutes()),
    },
    unavailable: ProblemTexts {
        title: "The site is briefly unavailable",
        text: "We can’t reach our data right now. A pass that you have saved on your phone still works. Please reload \
               in a few minutes.",
    },
    failed: ProblemTexts {
        title: "We couldn’t handle this request",
        text: "The fault is ours and has been recorded. Please try again; if it stays, call the hotline and read out \
               the code below.",
    },
    request_id: "Request code",
    call_us: "Need help now? Call",
};
