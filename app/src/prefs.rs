//! How a reader wants to see the site: text size and theme, kept in two cookies and changed by a native form.

/// Where the form posts to. Fields: `size` and/or `theme`, and `back`, the address to return to.
pub const ACTION: &str = "/tuy-chon";
/// Name of the cookie and the form field for the text size.
pub const SIZE: &str = "size";
/// Name of the cookie and the form field for the theme.
pub const THEME: &str = "theme";
/// Name of the form field that holds the address to return to.
pub const BACK: &str = "back";

/// [`ACTION`] for a form that is shown again at this address with what was typed into it.
pub fn at(back: &str) -> String {
    format!("{ACTION}?{BACK}={}", crate::routes::escape(back))
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefs {
    pub size: TextSize,
    pub theme: Theme,
}

impl Prefs {
    /// Reads the values of the two cookies; whatever is unknown counts as not set.
    pub fn from_cookies(size: Option<&str>, theme: Option<&str>) -> Self {
        Self { size: size.and_then(TextSize::parse).unwrap_or_default(), theme: theme.and_then(Theme::parse).unwrap_or_default() }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextSize {
    Small,
    #[default]
    Normal,
    Large,
    Larger,
}

impl TextSize {
    pub const ALL: [Self; 4] = [Self::Small, Self::Normal, Self::Large, Self::Larger];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Normal => "normal",
            Self::Large => "large",
            Self::Larger => "larger",
        }
    }

    /// One step down, or the smallest again.
    #[must_use]
    pub fn smaller(self) -> Self {
        match self {
            Self::Small | Self::Normal => Self::Small,
            Self::Large => Self::Normal,
            Self::Larger => Self::Large,
        }
    }

    /// One step up, or the largest again.
    #[must_use]
    pub fn larger(self) -> Self {
        match self {
            Self::Small => Self::Normal,
            Self::Normal => Self::Large,
            Self::Large | Self::Larger => Self::Larger,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device is set.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The address to return to after a change: a path on this site, else the home page.
///
/// A browser reads `//host` and `/\host` as another site and drops tabs and line breaks inside addresses, so anything
/// but a plain path is refused.
pub fn safe_back(back: &str) -> &str {
    let local = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\') && back.chars().all(|c| c.is_ascii_graphic());
    if local { back } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_size_steps_and_stops_at_both_ends() {
        let up: Vec<_> = TextSize::ALL.iter().map(|size| size.larger().as_str()).collect();
        assert_eq!(up, ["normal", "large", "larger", "larger"]);
        let down: Vec<_> = TextSize::ALL.iter().map(|size| size.smaller().as_str()).collect();
        assert_eq!(down, ["small", "small", "normal", "large"]);
    }

    #[test]
    fn unknown_cookies_mean_nothing_was_chosen() {
        assert_eq!(Prefs::from_cookies(Some("huge"), Some("<script>")), Prefs::default());
        assert_eq!(Prefs::from_cookies(Some("larger"), Some("dark")), Prefs { size: TextSize::Larger, theme: Theme::Dark });
    }

    #[test]
    fn the_way_back_never_leaves_the_site() {
        assert_eq!(safe_back("/chuong-trinh?ngay=2027-10-10"), "/chuong-trinh?ngay=2027-10-10");
        for foreign in ["https://a.example", "//a.example", "/\\a.example", "/\t/a.example", "/a\r\nSet-Cookie: x", ""] {
            assert_eq!(safe_back(foreign), "/", "{foreign:?}");
        }
    }
}
