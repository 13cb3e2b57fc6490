//! Texts of the home page and the programme.

/// Texts of the home page, the programme and its sessions.
#[derive(Debug)]
pub struct Programme {
    pub title: &'static str,
}

pub const VI: Programme = Programme { title: "Chương trình" };

pub const EN: Programme = Programme { title: "Programme" };
