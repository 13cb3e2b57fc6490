//! Texts of the privacy page: Law 91/2025/QH15 on personal data protection and Decree 356/2025/NĐ-CP, in plain words.

/// Texts of the privacy page.
#[derive(Debug)]
pub struct Privacy {
    pub title: &'static str,
    pub intro: &'static str,
    pub controller: &'static str,
    pub controller_text: fn(&str, &str) -> String,
    pub hotline: &'static str,
    pub email: &'static str,
    pub purposes: &'static str,
    pub purposes_text: &'static str,
    pub needed: &'static str,
    pub your_choice: &'static str,
    pub sections: &'static [Section],
    pub version: fn(&str) -> String,
}

/// A part of the page with its own heading.
#[derive(Debug)]
pub struct Section {
    /// The part's name in addresses.
    pub id: &'static str,
    pub title: &'static str,
    pub text: &'static [&'static str],
    pub list: &'static [&'static str],
}

pub const VI: Privacy = Privacy {
    title: "Bảo vệ dữ liệu cá nhân",
    intro: "Bạn giao thông tin cho chúng tôi để dự sự kiện. Trang này nói rõ chúng tôi dùng vào việc gì, giữ bao lâu, và bạn có \
            quyền gì, theo Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15 và Nghị định 356/2025/NĐ-CP.",
    controller: "Ai chịu trách nhiệm",
    controller_text: |body, board| {
        format!("Bên kiểm soát dữ liệu cá nhân là {body}. Việc hằng ngày do {board} thực hiện. Bạn liên hệ tại đây:")
    },
    hotline: "Đường dây nóng",
    email: "Thư điện tử",
    purposes: "Dùng vào việc gì",
    purposes_text: "Khi đăng ký, bạn được hỏi riêng từng mục đích và chưa mục nào được đánh dấu sẵn. Im lặng không phải là đồng ý. \
                    Chúng tôi lưu bạn đã đồng ý với câu nào, lúc nào. Đây là nguyên văn:",
    needed: "Cần để đăng ký",
    your_choice: "Bạn tự chọn",
    sections: &[
        Section {
            id: "du-lieu",
            title: "Thông tin chúng tôi giữ",
            text: &[],
            list: &[
                "Người dân: họ và tên, số điện thoại, xã hoặc phường nơi ở; thư điện tử nếu bạn ghi.",
                "Doanh nghiệp: thêm tên doanh nghiệp, mã số thuế (của hộ kinh doanh có thể là số định danh của chủ hộ), chức vụ \
                 nếu bạn ghi.",
                "Cán bộ, công chức, viên chức: thêm cơ quan, chức vụ.",
                "Khi bạn đến: nơi và giờ điểm danh.",
                "Các lựa chọn đồng ý hoặc không đồng ý của bạn.",
            ],
        },
        Section {
            id: "khong-thu-thap",
            title: "Thông tin chúng tôi không hỏi",
            text: &[
                "Ngoài mã số thuế ấy, chúng tôi không hỏi số căn cước, không chụp giấy tờ, không hỏi tên học sinh dưới 16 tuổi (các em đi theo đoàn của \
                 trường). Mã QR trên thẻ không chứa họ tên hay số điện thoại của bạn.",
                "Trang này không theo dõi bạn: không quảng cáo, không gửi gì cho trang khác. Chỉ khi bạn chọn cỡ chữ hay nền tối, \
                 máy của bạn nhớ lựa chọn đó.",
            ],
            list: &[],
        },
        Section {
            id: "thoi-han",
            title: "Giữ trong bao lâu",
            text: &["Người được Ban Tổ chức giao việc này thực hiện việc xóa, chậm nhất vào thời hạn dưới đây. Bạn muốn xóa sớm hơn thì \
                 gọi đường dây nóng hoặc gửi thư điện tử ở đầu trang: chúng tôi xóa mà không cần bạn nêu lý do."],
            list: &[
                "Thông tin đăng ký và điểm danh: 12 tháng sau sự kiện. Khi đó tên và cách liên hệ được xóa, chỉ còn số liệu chung.",
                "Bằng chứng đồng ý: thêm 24 tháng sau khi thông tin đã xóa, vì luật yêu cầu chúng tôi chứng minh được.",
                "Nhật ký hệ thống: 12 tháng, để bảo đảm an ninh mạng.",
            ],
        },
        Section {
            id: "ai-xem-duoc",
            title: "Ai xem được",
            text: &[
                "Chỉ người được Ban Tổ chức giao việc đăng ký và điểm danh. Người quét mã ở cổng chỉ thấy điều cần để đón bạn. Ai khác \
                 quét mã của bạn chỉ thấy họ tên đã che bớt.",
                "Chúng tôi không bán và không chuyển thông tin cho ai khác, trừ gian hàng bạn ghé thăm nếu bạn đã đồng ý mục đó, hoặc \
                 khi cơ quan có thẩm quyền yêu cầu theo luật.",
            ],
            list: &[],
        },
        Section {
            id: "quyen",
            title: "Quyền của bạn",
            text: &["Chúng tôi trả lời đã nhận yêu cầu trong 2 ngày làm việc, và làm xong trong thời hạn sau:"],
            list: &[
                "Xem, sửa, nhận một bản thông tin của mình: 10 ngày.",
                "Rút lại sự đồng ý, hạn chế hoặc phản đối việc dùng thông tin: 15 ngày.",
                "Xóa thông tin: 20 ngày.",
                "Khiếu nại, tố cáo, khởi kiện, yêu cầu bồi thường theo luật.",
            ],
        },
        Section {
            id: "thuc-hien",
            title: "Thực hiện quyền thế nào",
            text: &["Bạn không phải nêu lý do và không mất tiền."],
            list: &[
                "Mở đường dẫn thẻ của bạn: xem thông tin đã khai, hủy đăng ký ngay tại đó.",
                "Gọi đường dây nóng hoặc gửi thư điện tử ở đầu trang này, đọc 8 ký tự dưới mã QR để chúng tôi tìm đúng người.",
                "Rút lại sự đồng ý không làm sai những gì đã làm trước đó khi còn sự đồng ý.",
            ],
        },
        Section {
            id: "an-toan",
            title: "Giữ an toàn thế nào",
            text: &[
                "Đường truyền được mã hóa. Đường dẫn thẻ và mật khẩu chỉ lưu dưới dạng đã băm. Người làm việc có tài khoản riêng, chỉ \
                 mở được phần việc của mình. Việc đăng ký, hủy, điểm danh và các quyết định về hồ sơ được ghi nhật ký.",
                "Nếu có sự cố lộ thông tin, chúng tôi báo cơ quan chuyên trách bảo vệ dữ liệu cá nhân trong 72 giờ và báo cho bạn khi \
                 sự cố ảnh hưởng đến bạn.",
            ],
            list: &[],
        },
        Section {
            id: "khieu-nai",
            title: "Nếu bạn chưa hài lòng",
            text: &[
                "Hãy gọi cho chúng tôi trước, đó là cách nhanh nhất. Bạn cũng có thể khiếu nại với cơ quan chuyên trách bảo vệ dữ liệu \
                 cá nhân: Cục An ninh mạng và phòng, chống tội phạm sử dụng công nghệ cao (A05), Bộ Công an, hoặc Công an tỉnh Đồng \
                 Tháp.",
            ],
            list: &[],
        },
    ],
    version: |version| format!("Phiên bản các câu đồng ý: {version}."),
};

pub const EN: Privacy = Privacy {
    title: "Personal data protection",
    intro: "You give us information in order to attend. This page says what we use it for, how long we keep it and what your \
            rights are, under the Law on Personal Data Protection 91/2025/QH15 and Decree 356/2025/NĐ-CP.",
    controller: "Who is responsible",
    controller_text: |body, board| format!("Controller of personal data: {body}. Daily work: {board}. This is how to reach us:"),
    hotline: "Hotline",
    email: "Email",
    purposes: "What it is used for",
    purposes_text: "When you register you are asked about each purpose on its own, and nothing is ticked beforehand. Silence is not \
                    consent. We keep a record of which words you agreed to, and when. These are the words:",
    needed: "Needed to register",
    your_choice: "Your choice",
    sections: &[
        Section {
            id: "data",
            title: "What we keep",
            text: &[],
            list: &[
                "Citizens: full name, phone number, home commune or ward; email if you give it.",
                "Businesses: also the name, the tax code (a household business's may be its owner's personal number), and your \
                 position if you give it.",
                "Officials and public employees: also organisation and position.",
                "When you come: where and when you were checked in.",
                "What you consented to and what you refused.",
            ],
        },
        Section {
            id: "not-collected",
            title: "What we do not ask",
            text: &[
                "Apart from that tax code, we do not ask for identity card numbers, do not photograph papers, and do not ask the \
                 names of pupils under 16, who come with their school. The QR code holds neither your name nor your phone number.",
                "This site does not track you: no advertising, nothing is sent to other sites. Only if you choose a text size or the \
                 dark theme does your device remember that choice.",
            ],
            list: &[],
        },
        Section {
            id: "retention",
            title: "How long we keep it",
            text: &["The person whom the organisers have charged with it deletes the data, at the latest when these periods end. To \
                 have it deleted sooner, call the hotline or write to the email address above: we ask for no reason."],
            list: &[
                "Registration and check-in: 12 months after the event. Names and contacts are deleted then, and only \
                 totals stay.",
                "Proof of consent: 24 months longer than the data, because the law asks us to be able to prove it.",
                "System logs: 12 months, for network security.",
            ],
        },
        Section {
            id: "access",
            title: "Who can see it",
            text: &[
                "Only those whom the organising board has charged with registration and check-in. Whoever scans your code at the gate \
                 sees just what is needed to let you in. Anybody else who scans it sees a shortened name.",
                "We do not sell or pass on your data, except to exhibitors whose booths you visit if you consented to that, or where a \
                 competent authority requires it by law.",
            ],
            list: &[],
        },
        Section {
            id: "rights",
            title: "Your rights",
            text: &["We confirm your request within 2 working days and carry it out within:"],
            list: &[
                "10 days to see, correct or receive a copy of your data.",
                "15 days to withdraw consent, or to restrict or object to the use of your data.",
                "20 days to delete it.",
                "You may also complain, denounce, sue and claim damages as the law provides.",
            ],
        },
        Section {
            id: "how",
            title: "How to use your rights",
            text: &["You need not give a reason, and it costs nothing."],
            list: &[
                "Open the link of your pass: see what you entered, and cancel there at once.",
                "Call the hotline or write to the address at the top of this page, and give the 8 characters under your QR code so \
                 that we find the right person.",
                "Withdrawing consent does not make unlawful what was done while it was given.",
            ],
        },
        Section {
            id: "security",
            title: "How it is protected",
            text: &[
                "Connections are encrypted. Pass links and passwords are stored only as hashes. Staff have accounts of their own, see \
                 only what their work needs. Registering, cancelling, checking in and decisions on dossiers are logged.",
                "If data leaks, we notify the data protection authority within 72 hours, and you when it concerns you.",
            ],
            list: &[],
        },
        Section {
            id: "complaints",
            title: "If you are not satisfied",
            text: &["Please call us first; that is the quickest way. You can also complain to the data protection authority: the \
                 Department of Cybersecurity and High-Tech Crime Prevention (A05), Ministry of Public Security, or the Đồng Tháp \
                 provincial police."],
            list: &[],
        },
    ],
    version: |version| format!("Version of the consent texts: {version}."),
};
