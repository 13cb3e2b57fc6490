//! The texts that messages have until an organiser writes others.

use super::MessageKind;
use crate::text::Locale;

impl MessageKind {
    /// Subject and body in a language; empty for a mailing, which brings its own.
    #[must_use]
    pub fn default_text(self, locale: Locale) -> (&'static str, &'static str) {
        match self {
            Self::Ticket => locale.pick(TICKET_VI, TICKET_EN),
            Self::Pending => locale.pick(PENDING_VI, PENDING_EN),
            Self::Waiting => locale.pick(WAITING_VI, WAITING_EN),
            Self::Offer => locale.pick(OFFER_VI, OFFER_EN),
            Self::Lapsed => locale.pick(LAPSED_VI, LAPSED_EN),
            Self::Refused => locale.pick(REFUSED_VI, REFUSED_EN),
            Self::Cancelled => locale.pick(CANCELLED_VI, CANCELLED_EN),
            Self::Changed => locale.pick(CHANGED_VI, CHANGED_EN),
            Self::Link => locale.pick(LINK_VI, LINK_EN),
            Self::Reissued => locale.pick(REISSUED_VI, REISSUED_EN),
            Self::Delegation => locale.pick(DELEGATION_VI, DELEGATION_EN),
            Self::Invitation => locale.pick(INVITATION_VI, INVITATION_EN),
            Self::Mailing => ("", ""),
        }
    }
}

type Text = (&'static str, &'static str);

const TICKET_VI: Text = (
    "Thẻ tham dự {su_kien}",
    "Kính gửi Ông/Bà {ten},

Ông/Bà đã đăng ký thành công. Thẻ tham dự có mã QR nằm ở liên kết dưới đây và trong tệp PDF gửi kèm.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}
Cổng vào: {cong}
Đối tượng: {doi_tuong}
Phiên: {phien}
Mã đăng ký: {ma}

{loi_nhan}

Liên kết này là của riêng Ông/Bà: ai mở được đều xem, sửa và hủy được đăng ký. Nếu không đến được, xin hủy tại đó để nhường chỗ cho người khác.",
);
const TICKET_EN: Text = (
    "Your pass for {su_kien}",
    "Dear {ten},

You are registered. Your pass with its QR code is behind the link below and in the attached PDF.

{lien_ket}

Date: {ngay}
Place: {dia_diem}
Gate: {cong}
Audience: {doi_tuong}
Sessions: {phien}
Registration code: {ma}

{loi_nhan}

This link is yours alone: whoever opens it can see, change and cancel the registration. If you can’t come, please cancel there so that somebody else gets the seat.",
);

const PENDING_VI: Text = (
    "Đã nhận đăng ký {su_kien}",
    "Kính gửi Ông/Bà {ten},

Ban Tổ chức đã nhận đăng ký của Ông/Bà ({doi_tuong}) và đang xem xét. Chỗ được giữ trong lúc chờ. Kết quả sẽ được gửi đến địa chỉ này.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}",
);
const PENDING_EN: Text = (
    "We have your registration for {su_kien}",
    "Dear {ten},

We have your registration ({doi_tuong}) and are looking at it. A seat is held for you meanwhile. We will write to this address once it is decided.

{lien_ket}

Date: {ngay}
Place: {dia_diem}",
);

const WAITING_VI: Text = (
    "Danh sách chờ {su_kien}",
    "Kính gửi Ông/Bà {ten},

Hiện đã hết chỗ, Ông/Bà đang ở trong danh sách chờ.
Số thứ tự: {thu_tu}
Khi có chỗ trống, Ban Tổ chức gửi thư mời nhận chỗ theo đúng thứ tự. Ông/Bà xem số thứ tự và rời danh sách tại liên kết này.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}",
);
const WAITING_EN: Text = (
    "Waiting list for {su_kien}",
    "Dear {ten},

All seats are taken, and you are on the waiting list.
Your position: {thu_tu}
When a seat comes free we offer it in this order, by email. You can see your position and leave the list behind this link.

{lien_ket}

Date: {ngay}
Place: {dia_diem}",
);

const OFFER_VI: Text = (
    "Có chỗ cho Ông/Bà tại {su_kien}",
    "Kính gửi Ông/Bà {ten},

Đã có chỗ trống và chỗ này đang được giữ cho Ông/Bà.
Hạn nhận chỗ: {han}
Xin mở liên kết dưới đây để nhận. Quá hạn, chỗ được chuyển cho người tiếp theo.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}
Phiên: {phien}",
);
const OFFER_EN: Text = (
    "A seat for you at {su_kien}",
    "Dear {ten},

A seat has come free and is held for you.
Take it by: {han}
Please open the link below to take it. After that it goes to the next person.

{lien_ket}

Date: {ngay}
Place: {dia_diem}
Sessions: {phien}",
);

const LAPSED_VI: Text = (
    "Đã hết hạn nhận chỗ tại {su_kien}",
    "Kính gửi Ông/Bà {ten},

Chỗ được giữ cho Ông/Bà đã quá hạn nhận và đã chuyển cho người tiếp theo trong danh sách chờ. Ông/Bà có thể đăng ký lại.

{lien_ket}

Cần hỗ trợ, xin gọi {duong_day_nong}.",
);
const LAPSED_EN: Text = (
    "Your offer for {su_kien} has ended",
    "Dear {ten},

The seat that was held for you was not taken in time and went to the next person on the waiting list. You are welcome to register again.

{lien_ket}

For help, please call {duong_day_nong}.",
);

const REFUSED_VI: Text = (
    "Kết quả đăng ký {su_kien}",
    "Kính gửi Ông/Bà {ten},

Ban Tổ chức rất tiếc chưa thể nhận đăng ký của Ông/Bà ({doi_tuong}).

{loi_nhan}

{lien_ket}

Cần hỗ trợ, xin gọi {duong_day_nong}.",
);
const REFUSED_EN: Text = (
    "Your registration for {su_kien}",
    "Dear {ten},

We are sorry that we can’t accept your registration ({doi_tuong}).

{loi_nhan}

{lien_ket}

For help, please call {duong_day_nong}.",
);

const CANCELLED_VI: Text = (
    "Đã hủy đăng ký {su_kien}",
    "Kính gửi Ông/Bà {ten},

Đăng ký của Ông/Bà đã được hủy, thẻ tham dự không còn hiệu lực. Nếu Ông/Bà không yêu cầu việc này, xin gọi {duong_day_nong}.

{loi_nhan}

Ông/Bà có thể đăng ký lại khi còn chỗ.

{lien_ket}

{su_kien}, {ngay}",
);
const CANCELLED_EN: Text = (
    "Your registration for {su_kien} is cancelled",
    "Dear {ten},

Your registration is cancelled and the pass no longer works. If you did not ask for this, please call {duong_day_nong}.

{loi_nhan}

You can register again while there are seats.

{lien_ket}

{su_kien}, {ngay}",
);

const CHANGED_VI: Text = (
    "Đăng ký {su_kien} đã thay đổi",
    "Kính gửi Ông/Bà {ten},

Thông tin đăng ký của Ông/Bà đã được thay đổi. Xin xem lại tại liên kết dưới đây. Nếu Ông/Bà không thay đổi gì, xin gọi {duong_day_nong}.

{loi_nhan}

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}
Phiên: {phien}",
);
const CHANGED_EN: Text = (
    "Your registration for {su_kien} has changed",
    "Dear {ten},

Your registration was changed. Please look it over behind the link below. If you did not change anything, please call {duong_day_nong}.

{loi_nhan}

{lien_ket}

Date: {ngay}
Place: {dia_diem}
Sessions: {phien}",
);

const LINK_VI: Text = (
    "Liên kết đăng ký {su_kien}",
    "Kính gửi Ông/Bà {ten},

Đây là liên kết đến đăng ký của Ông/Bà. Liên kết này là của riêng Ông/Bà, xin không chuyển cho người khác.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}
Mã đăng ký: {ma}

Nếu Ông/Bà không yêu cầu gửi lại, xin bỏ qua thư này.",
);
const LINK_EN: Text = (
    "Your link for {su_kien}",
    "Dear {ten},

Here is the link to your registration. It is yours alone: please don’t pass it on.

{lien_ket}

Date: {ngay}
Place: {dia_diem}
Registration code: {ma}

If you did not ask for it, please ignore this message.",
);

const REISSUED_VI: Text = (
    "Thẻ tham dự mới cho {su_kien}",
    "Kính gửi Ông/Bà {ten},

Thẻ tham dự của Ông/Bà đã được cấp lại. Mã cũ không còn hiệu lực, xin dùng thẻ mới tại liên kết dưới đây hoặc trong tệp PDF gửi kèm.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}
Cổng vào: {cong}
Mã đăng ký: {ma}",
);
const REISSUED_EN: Text = (
    "A new pass for {su_kien}",
    "Dear {ten},

Your pass was issued anew. The old code no longer works: please use the new pass behind the link below or in the attached PDF.

{lien_ket}

Date: {ngay}
Place: {dia_diem}
Gate: {cong}
Registration code: {ma}",
);

const DELEGATION_VI: Text = (
    "Trang đoàn của Ông/Bà tại {su_kien}",
    "Kính gửi Ông/Bà {ten},

Đoàn của Ông/Bà đã được đăng ký. Tại liên kết dưới đây, Ông/Bà xem thẻ của từng người, đổi, thêm hoặc bớt người và tải tất cả thẻ thành một tệp PDF.

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}

Liên kết này là của riêng trưởng đoàn, xin không chuyển cho người khác.",
);
const DELEGATION_EN: Text = (
    "Your delegation’s page for {su_kien}",
    "Dear {ten},

Your delegation is registered. Behind the link below you see everybody’s pass, exchange, add or remove people, and download all passes as one PDF.

{lien_ket}

Date: {ngay}
Place: {dia_diem}

This link is the leader’s alone: please don’t pass it on.",
);

const INVITATION_VI: Text = (
    "Mã mời đăng ký {su_kien}",
    "Kính gửi Ông/Bà,

Đây là mã mời để đăng ký tham dự {su_kien} ({doi_tuong}).
Mã mời: {ma}
Dùng được đến: {han}

{lien_ket}

Ngày: {ngay}
Địa điểm: {dia_diem}

Nếu Ông/Bà không yêu cầu, xin bỏ qua thư này.",
);
const INVITATION_EN: Text = (
    "Your invitation code for {su_kien}",
    "Hello,

Here is the code to register for {su_kien} ({doi_tuong}).
Invitation code: {ma}
Valid until: {han}

{lien_ket}

Date: {ngay}
Place: {dia_diem}

If you did not ask for it, please ignore this message.",
);
