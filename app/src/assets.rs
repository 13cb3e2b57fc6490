//! Addresses of the built files. Their names carry a hash of the content, so the server tells them at start.

/// Addresses (absolute paths such as `/pkg/style.5d41402a.css`) of what a page loads.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// Output name of the islands' script and WASM: `/pkg/<app>.js` and `/pkg/<app>.wasm`.
    pub app: String,
    /// The style sheet.
    pub style: String,
    /// The fonts worth loading before the style sheet asks for them.
    pub preload_fonts: Vec<String>,
    /// The icon of the site (SVG).
    pub favicon: String,
    /// The script of the check-in page.
    pub scanner: String,
}
