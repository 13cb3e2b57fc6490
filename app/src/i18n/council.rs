//! Texts of the council's desk.

/// Texts of the council's desk.
#[derive(Debug)]
pub struct Council {
    pub title: &'static str,
    pub lead: &'static str,
    pub list: &'static str,
    pub no_dossiers: &'static str,
    pub back_to_list: &'static str,
}

pub const VI: Council = Council {
    title: "Hồ sơ để đọc",
    lead: "Các hồ sơ đã nộp. Hồ sơ của chính đơn vị bạn không có trong danh sách.",
    list: "Hồ sơ đang được xem xét",
    no_dossiers: "Chưa có hồ sơ nào để đọc.",
    back_to_list: "Về danh sách hồ sơ",
};

pub const EN: Council = Council {
    title: "Dossiers to read",
    lead: "The dossiers that were submitted. Those of your own organisation are not among them.",
    list: "Dossiers under review",
    no_dossiers: "There is no dossier to read yet.",
    back_to_list: "Back to the dossiers",
};
