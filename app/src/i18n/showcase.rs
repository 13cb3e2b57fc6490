//! Texts of the gallery and of a model's page.

/// Texts of the showcase as visitors see it.
#[derive(Debug)]
pub struct Showcase {
    pub title: &'static str,
    pub description: &'static str,
    pub by_pillar: &'static str,
    pub by_sector: &'static str,
    pub all_sectors: &'static str,
    pub count: fn(usize) -> String,
    pub empty: &'static str,
    pub nothing_here: &'static str,
    pub all_models: &'static str,
    pub problem: &'static str,
    pub solution: &'static str,
    pub organisation: &'static str,
    pub pillar: &'static str,
    pub sector: &'static str,
    pub number: &'static str,
    pub published: &'static str,
    pub in_vietnamese: &'static str,
}

pub const VI: Showcase = Showcase {
    title: "Mô hình chuyển đổi số",
    description: "Các mô hình chuyển đổi số của sở, ban, ngành, xã, phường và doanh nghiệp trong tỉnh.",
    by_pillar: "Chọn trụ cột",
    by_sector: "Chọn lĩnh vực",
    all_sectors: "Mọi lĩnh vực",
    count: |count| format!("{count} mô hình"),
    empty: "Chưa có mô hình nào được công bố. Các đơn vị đang chuẩn bị hồ sơ.",
    nothing_here: "Chưa có mô hình nào thuộc nhóm này.",
    all_models: "Xem tất cả mô hình",
    problem: "Vấn đề cần giải quyết",
    solution: "Giải pháp và kết quả",
    organisation: "Đơn vị thực hiện",
    pillar: "Trụ cột",
    sector: "Lĩnh vực",
    number: "Số hồ sơ",
    published: "Công bố",
    in_vietnamese: "",
};

pub const EN: Showcase = Showcase {
    title: "Model projects",
    description: "Digital transformation projects of departments, communes, wards and businesses in the province.",
    by_pillar: "Choose a pillar",
    by_sector: "Choose a field",
    all_sectors: "All fields",
    count: |count| if count == 1 { "1 model".to_owned() } else { format!("{count} models") },
    empty: "No model has been published yet. The dossiers are being prepared.",
    nothing_here: "There is no model in this group yet.",
    all_models: "See all models",
    problem: "The problem",
    solution: "The solution and its results",
    organisation: "Organisation",
    pillar: "Pillar",
    sector: "Field",
    number: "Dossier number",
    published: "Published",
    in_vietnamese: "The dossier is in Vietnamese.",
};
