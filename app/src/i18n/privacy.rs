//! Texts of the privacy page: Law 91/2025/QH15 on personal data protection and Decree 356/2025/NĐ-CP, in plain words.

use domain::privacy::Retention;

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
    pub retention: &'static str,
    pub retention_text: &'static str,
    pub retention_list: fn(Retention) -> [String; 4],
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
                "Các phiên bạn chọn và câu trả lời của bạn cho những câu hỏi thêm, nếu có.",
                "Khi bạn đến: nơi và giờ điểm danh.",
                "Các lựa chọn đồng ý hoặc không đồng ý, yêu cầu của bạn, và những tin nào đã gửi cho bạn lúc nào.",
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
            id: "can-cu",
            title: "Căn cứ pháp lý",
            text: &["Chúng tôi chỉ dùng thông tin của bạn khi có một trong các căn cứ sau:"],
            list: &[
                "Bạn đồng ý, riêng cho từng mục đích ở trên (Điều 9 Luật Bảo vệ dữ liệu cá nhân).",
                "Hoạt động của cơ quan nhà nước theo luật, với cán bộ, công chức, viên chức được cử đi hoặc mời bằng văn bản \
                 (Điều 19).",
                "Nghĩa vụ theo luật: chứng minh bạn đã đồng ý (Điều 6 Nghị định 356/2025/NĐ-CP), ghi nhật ký để bảo đảm an ninh mạng.",
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
            text: &["Chúng tôi trả lời đã nhận yêu cầu trong 2 ngày làm việc, và làm xong trong thời hạn sau (Điều 5 Nghị định \
                 356/2025/NĐ-CP). Mỗi yêu cầu chỉ được gia hạn một lần, dài bằng thời hạn ấy, và chúng tôi nói rõ lý do:"],
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
                "Mở đường dẫn thẻ của bạn, chọn “Quyền của bạn với dữ liệu cá nhân”: xem và tải về tất cả, đồng ý hoặc rút lại từng \
                 mục, xóa. Những việc đó có hiệu lực ngay. Yêu cầu sửa, hạn chế, phản đối cũng gửi tại đó.",
                "Gọi đường dây nóng, gửi thư điện tử ở đầu trang này, gửi văn bản hoặc đến quầy đón tiếp; đọc 8 ký tự dưới mã QR để \
                 chúng tôi tìm đúng người.",
                "Rút lại sự đồng ý không làm sai những gì đã làm trước đó khi còn sự đồng ý.",
            ],
        },
        Section {
            id: "an-toan",
            title: "Giữ an toàn thế nào",
            text: &[
                "Đường truyền được mã hóa. Đường dẫn thẻ và mật khẩu chỉ lưu dưới dạng đã băm. Người làm việc có tài khoản riêng, chỉ \
                 mở được phần việc của mình. Việc đăng ký, hủy, điểm danh và các quyết định về hồ sơ được ghi nhật ký.",
                "Điện thoại quét ở cổng không lưu họ tên đọc được. Riêng người vào bằng vé dự phòng: khi mất mạng, tên và số điện thoại \
                 khai ở cổng nằm trong điện thoại đó đến khi gửi được, rồi bị xóa khỏi máy.",
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
    retention: "Giữ trong bao lâu",
    retention_text: "Hết thời hạn dưới đây, chương trình tự xóa vào ban đêm. Bạn muốn xóa sớm hơn thì tự xóa ở đường dẫn thẻ, hoặc gọi \
                     đường dây nóng: không cần nêu lý do.",
    retention_list: |kept| {
        [
            format!(
                "Thông tin đăng ký và điểm danh: {} tháng sau sự kiện. Khi đó tên, cách liên hệ, câu trả lời được xóa, chỉ còn số liệu chung.",
                kept.attendees
            ),
            format!("Bằng chứng đồng ý: thêm {} tháng sau khi thông tin đã xóa, vì luật yêu cầu chúng tôi chứng minh được.", kept.proofs),
            format!("Yêu cầu của bạn và câu trả lời: {} tháng sau khi trả lời.", kept.requests),
            format!("Nhật ký hệ thống: {} tháng, để bảo đảm an ninh mạng.", kept.logs),
        ]
    },
    version: |version| format!("Phiên bản trang này và các câu đồng ý: {version}."),
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
                "The sessions you choose, and your answers to further questions, if any.",
                "When you come: where and when you were checked in.",
                "What you consented to and what you refused, what you asked of us, and which messages were sent to you and when.",
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
            id: "basis",
            title: "Legal basis",
            text: &["We use your data only on one of these grounds:"],
            list: &[
                "You consent, separately for each purpose above (Law on Personal Data Protection, Article 9).",
                "Lawful activity of a state agency, for officials and public employees who are sent or formally invited (Article 19).",
                "Legal duties: to prove that you consented (Decree 356/2025/NĐ-CP, Article 6), and to keep logs for network security.",
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
            text: &["We confirm your request within 2 working days and carry it out within the periods below (Decree 356/2025/NĐ-CP, \
                 Article 5). A request may be extended once, by as long again, and we tell you why:"],
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
                "Open the link of your pass and choose “Your rights over personal data”: see and save everything, consent or withdraw \
                 each purpose, erase. These take effect at once. Requests to correct, restrict or object are sent there too.",
                "Call the hotline, write to the address at the top of this page, send a letter or come to the reception desk, and give \
                 the 8 characters under your QR code so that we find the right person.",
                "Withdrawing consent does not make unlawful what was done while it was given.",
            ],
        },
        Section {
            id: "security",
            title: "How it is protected",
            text: &[
                "Connections are encrypted. Pass links and passwords are stored only as hashes. Staff have accounts of their own, see \
                 only what their work needs. Registering, cancelling, checking in and decisions on dossiers are logged.",
                "Phones at the gate store no readable names. Only of people who come in by a spare ticket, while there is no network, the \
                 name and phone number told at the gate stay on that phone until they are sent, and are then erased from it.",
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
    retention: "How long we keep it",
    retention_text: "When these periods end, the program deletes the data by itself at night. To have it deleted sooner, erase it at your \
                     pass's link or call the hotline: no reason is needed.",
    retention_list: |kept| {
        [
            format!(
                "Registration and check-in: {} months after the event. Names, contacts and answers are deleted then, and only totals stay.",
                kept.attendees
            ),
            format!("Proof of consent: {} months longer than the data, because the law asks us to be able to prove it.", kept.proofs),
            format!("Your requests and our answers: {} months after the answer.", kept.requests),
            format!("System logs: {} months, for network security.", kept.logs),
        ]
    },
    version: |version| format!("Version of this page and of the consent texts: {version}."),
};
