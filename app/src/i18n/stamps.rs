//! Texts of booth stamps: behind the poster of a booth, on the poster, on the ticket, and on the organisers' page.

/// Texts of booth stamps.
#[derive(Debug)]
pub struct Stamps {
    pub title: &'static str,
    pub lead: &'static str,
    pub short_code: &'static str,
    pub short_code_hint: &'static str,
    pub stamp: &'static str,
    /// By the time of the stamp.
    pub stamped: fn(&str) -> String,
    pub not_stamped: &'static str,

    /// Who has opened the ticket in this browser: by whom it is for.
    pub stamp_for: fn(&str) -> String,
    pub kept_lead: &'static str,
    pub other_ticket: &'static str,
    pub forget: &'static str,
    pub forget_about: &'static str,
    /// By how many stamps wait on the device.
    pub forget_waiting: fn(&str) -> String,

    /// Without a network.
    pub offline: &'static str,
    pub offline_lead: &'static str,
    pub waiting: &'static str,
    pub waits: &'static str,
    pub some_booth: &'static str,
    /// By how many were given.
    pub sent: fn(&str) -> String,
    /// By the booth and why.
    pub not_given: fn(&str, &str) -> String,
    pub no_booth: &'static str,
    pub whose: &'static str,
    /// The device keeps the pass no more that a stamp was made for.
    pub forgotten: &'static str,
    pub for_all: &'static str,
    pub no_ticket: &'static str,

    /// On the ticket: by how many there are, and of how many.
    pub mine: fn(&str, &str) -> String,
    pub mine_about: &'static str,
    pub missing: &'static str,

    /// On the poster: what to do, and what else.
    pub poster: &'static str,
    pub poster_else: &'static str,

    /// On the organisers' page, and in the rail.
    pub area: &'static str,
    pub area_lead: &'static str,
    pub booths: &'static str,
    pub booth: &'static str,
    pub stamps: &'static str,
    pub last: &'static str,
    pub none: &'static str,
    pub posters: &'static str,
    pub save_posters: &'static str,
    pub save_poster: &'static str,
}

pub const VI: Stamps = Stamps {
    title: "Đóng dấu gian hàng",
    lead: "Nhập mã 8 ký tự dưới mã QR trên thẻ của bạn để nhận dấu của gian hàng này.",
    short_code: "Mã 8 ký tự trên thẻ",
    short_code_hint: "Ví dụ: 7K3M 9QXA. Chữ hoa hay chữ thường đều được.",
    stamp: "Đóng dấu",
    stamped: |at| format!("Thẻ này có dấu của gian hàng từ lúc {at}."),
    not_stamped: "Chưa đóng được dấu",
    stamp_for: |who| format!("Đóng dấu cho {who}"),
    kept_lead: "Thẻ đã mở trên máy này:",
    other_ticket: "Dùng thẻ khác",
    forget: "Quên thẻ trên máy này",
    forget_about: "Máy này nhớ các thẻ đã mở, chỉ để đóng dấu gian hàng. Nếu đây là máy dùng chung, hãy bảo máy quên.",
    forget_waiting: |number| format!("Số dấu chưa gửi sẽ bị xóa theo: {number}. Dấu đã xóa thì phải quét lại."),
    offline: "Chưa có mạng",
    offline_lead: "Dấu được giữ trên máy này và tự gửi khi có mạng. Bạn không cần quét lại.",
    waiting: "Dấu quét khi chưa có mạng",
    waits: "Đã giữ trên máy này, sẽ gửi khi có mạng. Lúc đó dấu mới được tính.",
    some_booth: "Một gian hàng",
    sent: |number| format!("Đã gửi {number} dấu."),
    not_given: |booth, why| format!("Chưa đóng được dấu của {booth}. {why}"),
    no_booth: "Có một mã không phải của gian hàng nào trong kỳ này, nên không có dấu.",
    whose: "Dấu này đóng cho ai?",
    forgotten: "Máy này không còn nhớ thẻ mà dấu được giữ cho. Hãy mở lại trang thẻ đó trên máy này: dấu sẽ được gửi từ đó.",
    for_all: "Đóng dấu cho tất cả",
    no_ticket: "Máy này chưa mở trang thẻ nào. Hãy mở trang thẻ của bạn trên máy này: dấu sẽ được gửi từ đó.",
    mine: |made, all| format!("Dấu gian hàng: {made}/{all}"),
    mine_about: "Quét mã trên áp phích ở gian hàng bằng máy ảnh của điện thoại, hoặc đưa thẻ cho người ở gian hàng quét. Tải lại trang này để thấy dấu mới.",
    missing: "chưa có dấu",
    poster: "Mở máy ảnh điện thoại, quét mã để nhận dấu của gian hàng này",
    poster_else: "Không quét được? Đưa thẻ tham dự cho người ở gian hàng quét.",
    area: "Dấu gian hàng",
    area_lead: "In áp phích và treo ở từng gian hàng. Khách quét mã trên áp phích bằng điện thoại của mình để nhận dấu. Áp phích có thể bị chụp lại: nếu giải thưởng lớn, hãy để quay thưởng chỉ tính dấu do người ở gian hàng quét.",
    booths: "Gian hàng",
    booth: "Tên gian hàng",
    stamps: "Số thẻ có dấu",
    last: "Dấu gần nhất",
    none: "Tệp của kỳ tổ chức chưa có gian hàng.",
    posters: "Áp phích gian hàng",
    save_posters: "Tải tất cả áp phích (PDF)",
    save_poster: "Tải áp phích",
};

pub const EN: Stamps = Stamps {
    title: "Booth stamp",
    lead: "Enter the 8 characters below the QR code on your pass to get this booth’s stamp.",
    short_code: "8 characters on the pass",
    short_code_hint: "For example 7K3M 9QXA. Capital or small letters are both fine.",
    stamp: "Get the stamp",
    stamped: |at| format!("This pass has the booth’s stamp since {at}."),
    not_stamped: "No stamp yet",
    stamp_for: |who| format!("Get the stamp for {who}"),
    kept_lead: "Passes opened on this device:",
    other_ticket: "Use another pass",
    forget: "Forget the passes on this device",
    forget_about: "This device remembers the passes opened on it, for booth stamps alone. If others use it too, let it forget them.",
    forget_waiting: |number| {
        format!("Stamps not sent yet that would be deleted as well: {number}. A deleted stamp has to be scanned again.")
    },
    offline: "No network",
    offline_lead: "The stamp is kept on this device and sent by itself once there is a network. You need not scan again.",
    waiting: "Stamps made without a network",
    waits: "Kept on this device, and sent once there is a network. Only then do they count.",
    some_booth: "A booth",
    sent: |number| format!("Stamps sent: {number}."),
    not_given: |booth, why| format!("No stamp of {booth}. {why}"),
    no_booth: "One code is of no booth of this edition: there is no stamp for it.",
    whose: "Whose stamp is it?",
    forgotten: "This device no longer remembers the pass that a stamp was kept for. Please open the page of that pass on it again: the \
                stamp is sent from there.",
    for_all: "Get the stamp for all",
    no_ticket: "No pass has been opened on this device. Please open the page of your pass on it: the stamps are sent from there.",
    mine: |made, all| format!("Booth stamps: {made} of {all}"),
    mine_about: "Scan the code on a booth’s poster with your phone’s camera, or let somebody at the booth scan your pass. Reload this page to see new stamps.",
    missing: "no stamp yet",
    poster: "Open your phone’s camera and scan the code to get this booth’s stamp",
    poster_else: "It does not scan? Show your pass to somebody at the booth.",
    area: "Booth stamps",
    area_lead: "Print the posters and hang one at each booth. Visitors scan it with their own phones to get the stamp. A poster can be photographed: where a prize is worth it, let the raffle count only stamps that somebody at the booth has scanned.",
    booths: "Booths",
    booth: "Name of the booth",
    stamps: "Passes with its stamp",
    last: "Last stamp",
    none: "The edition’s file has no booths.",
    posters: "Posters of booths",
    save_posters: "Download all posters (PDF)",
    save_poster: "Download the poster",
};
