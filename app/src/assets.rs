//! Addresses of the built files. Their names carry a hash of the content, so the server tells them at start.

/// Addresses (absolute paths such as `/pkg/style.5d41402a.css`) of what a page loads.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// Output name of the islands' script and WASM: `/pkg/<app>.js` and `/pkg/<app>.wasm`.
    pub app: String,
    /// The style sheet that every page loads.
    pub style: String,
    /// The sheets that some pages load after it, in the order of [`Sheet::ALL`].
    pub sheets: [String; Sheet::ALL.len()],
    /// The fonts worth loading before the style sheet asks for them.
    pub preload_fonts: Vec<String>,
    /// The icon of the site (SVG).
    pub favicon: String,
    /// The icon of the check-in page on a phone's screen (PNG), 192 and 512 pixels wide.
    pub icons: [String; 2],
    /// The script of the check-in page.
    pub scanner: String,
    /// The file behind [`crate::routes::SERVICE_WORKER`].
    pub service: String,
    /// The script that asks before who scans signs out.
    pub leave: String,
    /// The script that renews desks while they are looked at.
    pub renew: String,
    /// The script that keeps stamps without a network.
    pub stamps: String,
    /// The file behind [`crate::routes::STAMP_WORKER`].
    pub stamp_service: String,
}

impl Assets {
    pub fn sheet(&self, sheet: Sheet) -> &str {
        &self.sheets[sheet as usize]
    }
}

/// A style sheet of an area. A page loads one at most, so that what any page loads stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Home,
    Programme,
    Registration,
    Gallery,
    Desk,
    CheckIn,
    Dossier,
    Board,
    Screen,
    Badges,
}

impl Sheet {
    pub const ALL: [Self; 10] = [
        Self::Home,
        Self::Programme,
        Self::Registration,
        Self::Gallery,
        Self::Desk,
        Self::CheckIn,
        Self::Dossier,
        Self::Board,
        Self::Screen,
        Self::Badges,
    ];

    /// The name of its file below `style/`, and in the built site's index.
    pub fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Programme => "programme",
            Self::Registration => "registration",
            Self::Gallery => "gallery",
            Self::Desk => "desk",
            Self::CheckIn => "checkin",
            Self::Dossier => "dossier",
            Self::Board => "board",
            Self::Screen => "screen",
            Self::Badges => "badges",
        }
    }
}
