//! Texts of booth stamps: behind the poster of a booth, and on the ticket.

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

    /// On the ticket: by how many there are, and of how many.
    pub mine: fn(&str, &str) -> String,
    pub mine_about: &'static str,
    pub missing: &'static str,
}

pub const VI: Stamps = Stamps {
    title: "Đóng dấu gian hàng",
    lead: "Nhập mã 8 ký tự dưới mã QR trên vé của bạn để nhận dấu của gian hàng này.",
    short_code: "Mã 8 ký tự trên vé",
    short_code_hint: "Ví dụ: 7K3M 9QXA. Chữ hoa hay chữ thường đều được.",
    stamp: "Đóng dấu",
    stamped: |at| format!("Vé này có dấu của gian hàng từ lúc {at}."),
    not_stamped: "Chưa đóng được dấu",
    mine: |made, all| format!("Dấu gian hàng: {made}/{all}"),
    mine_about: "Quét mã trên áp phích ở gian hàng bằng máy ảnh của điện thoại, hoặc đưa vé cho người ở gian hàng quét.",
    missing: "chưa có dấu",
};

pub const EN: Stamps = Stamps {
    title: "Booth stamp",
    lead: "Enter the 8 characters below the QR code on your ticket to get this booth’s stamp.",
    short_code: "8 characters on the ticket",
    short_code_hint: "For example 7K3M 9QXA. Capital or small letters are both fine.",
    stamp: "Get the stamp",
    stamped: |at| format!("This ticket has the booth’s stamp since {at}."),
    not_stamped: "No stamp yet",
    mine: |made, all| format!("Booth stamps: {made} of {all}"),
    mine_about: "Scan the code on a booth’s poster with your phone’s camera, or let somebody at the booth scan your ticket.",
    missing: "no stamp yet",
};
