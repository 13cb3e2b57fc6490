//! The built site: style, scripts, WASM, fonts, pictures. Read once, answered from memory, compressed beforehand.

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, Result};
use app::assets::{Assets, Sheet};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use crate::cache::Encoding;

/// The file that says how the others are called.
const INDEX: &str = "assets.json";
/// Names carry a hash of the content, so an address never changes its meaning.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What a worker may do: import our modules, run our WASM, talk to us.
const WORKER_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");

/// All files of the built site, by address.
#[derive(Debug, Default)]
pub struct Site {
    pub assets: Assets,
    files: HashMap<String, File>,
}

/// One file and its compressed twins.
#[derive(Debug, Default)]
struct File {
    plain: Bytes,
    br: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// [`Assets`] as the build writes them.
#[derive(Deserialize)]
struct Index {
    app: String,
    style: String,
    /// The areas' style sheets, by [`Sheet::name`].
    sheets: HashMap<String, String>,
    preload_fonts: Vec<String>,
    favicon: String,
    icons: [String; 2],
    scanner: String,
    service: String,
    leave: String,
    renew: String,
    stamps: String,
    stamp_service: String,
}

impl Site {
    /// The site inside the executable, or in the folder where there is none inside.
    ///
    /// # Errors
    /// When the folder does not hold a built site.
    pub fn open(folder: &Path) -> Result<Self> {
        #[cfg(feature = "embed")]
        {
            let _ = folder;
            Self::from_files(embedded::files())
        }
        #[cfg(not(feature = "embed"))]
        {
            let mut files = Vec::new();
            read(folder, folder, &mut files)
                .with_context(|| format!("no built site in {}; `cargo xtask build` makes one", folder.display()))?;
            Self::from_files(files)
        }
    }

    /// The site of these files: path below the site's folder, and content.
    ///
    /// # Errors
    /// When the index is missing or names a file that is not there.
    pub fn from_files(contents: impl IntoIterator<Item = (String, Bytes)>) -> Result<Self> {
        let mut contents: HashMap<String, Bytes> = contents.into_iter().collect();
        let index = contents.remove(INDEX).with_context(|| format!("the built site has no {INDEX}; `cargo xtask build` makes it"))?;
        let index: Index = serde_json::from_slice(&index).with_context(|| format!("reading {INDEX} of the built site"))?;
        let mut files: HashMap<String, File> = HashMap::new();
        for (path, bytes) in contents {
            if let Some(path) = path.strip_suffix(".br") {
                files.entry(format!("/{path}")).or_default().br = Some(bytes);
            } else if let Some(path) = path.strip_suffix(".gz") {
                files.entry(format!("/{path}")).or_default().gzip = Some(bytes);
            } else {
                files.entry(format!("/{path}")).or_default().plain = bytes;
            }
        }
        let Index { app, style, mut sheets, preload_fonts, favicon, icons, scanner, service, leave, renew, stamps, stamp_service } = index;
        // One that the index does not name is missed below.
        let sheets = Sheet::ALL.map(|sheet| sheets.remove(sheet.name()).unwrap_or_else(|| format!("the style sheet {}", sheet.name())));
        let assets = Assets { app, style, sheets, preload_fonts, favicon, icons, scanner, service, leave, renew, stamps, stamp_service };
        let scripts = [&assets.scanner, &assets.service, &assets.leave, &assets.renew, &assets.stamps, &assets.stamp_service];
        for named in [&assets.style, &assets.favicon]
            .into_iter()
            .chain(scripts)
            .chain(&assets.sheets)
            .chain(&assets.preload_fonts)
            .chain(&assets.icons)
        {
            anyhow::ensure!(files.contains_key(named), "the built site lacks {named}; `cargo xtask build` makes it whole");
        }
        Ok(Self { assets, files })
    }

    /// A worker that opens pages without a network: one of the named files. Its address is always the same, so it is asked for
    /// each time; it may serve the pages of both languages.
    #[must_use]
    pub fn service(&self, file: &str, headers: &HeaderMap) -> Option<Response> {
        let mut response = self.answer(file, headers)?;
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/"));
        Some(response)
    }

    /// The answer to a request for a file; `None` where there is no such file.
    #[must_use]
    pub fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let file = self.files.get(path)?;
        let (encoding, bytes) = match (Encoding::accepted(headers), &file.br, &file.gzip) {
            (accepted, Some(br), _) if accepted.br => (Some("br"), br),
            (accepted, _, Some(gzip)) if accepted.gzip => (Some("gzip"), gzip),
            _ => (None, &file.plain),
        };
        let mut response = Response::new(Body::from(bytes.clone()));
        *response.status_mut() = StatusCode::OK;
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        answer.insert(header::CACHE_CONTROL, FOREVER);
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if media_type(path).starts_with("text/javascript") {
            answer.insert(header::CONTENT_SECURITY_POLICY, WORKER_POLICY);
        }
        Some(response)
    }
}

/// Collects the files below a folder.
#[cfg(not(feature = "embed"))]
fn read(root: &Path, folder: &Path, files: &mut Vec<(String, Bytes)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push((name.to_string_lossy().into_owned(), std::fs::read(&path)?.into()));
        }
    }
    Ok(())
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(feature = "embed")]
mod embedded {
    use std::borrow::Cow;

    use axum::body::Bytes;
    use rust_embed::RustEmbed;

    #[derive(RustEmbed)]
    #[folder = "../target/site"]
    struct Embedded;

    /// Every file inside the executable, not copied.
    pub(super) fn files() -> impl Iterator<Item = (String, Bytes)> {
        Embedded::iter().filter_map(|name| {
            let bytes = match Embedded::get(&name)?.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            };
            Some((name.into_owned(), bytes))
        })
    }
}
