//! The folder that the server serves: hashed names, compressed twins, and `assets.json`, which tells the server the names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use super::{Mode, browser::Finished, files, style};
use crate::{shell, workspace::Workspace};

/// Kinds of files that are compressed already.
const DENSE: &[&str] = &["woff2", "png", "jpg", "webp", "avif"];

/// Below `frontend`: the scripts of pages, of the worker that decodes, and what opens pages without a network.
const SCRIPTS: [&str; 7] =
    ["decoder/worker.js", "leave/page.js", "renew/page.js", "scanner/page.js", "scanner/service.js", "stamps/page.js", "stamps/service.js"];

/// What the server has to know.
#[derive(Serialize)]
struct Assets {
    app: String,
    style: String,
    sheets: BTreeMap<&'static str, String>,
    preload_fonts: Vec<String>,
    favicon: String,
    icons: Vec<String>,
    scanner: String,
    service: String,
    leave: String,
    renew: String,
    stamps: String,
    stamp_service: String,
}

/// What was compiled for the browser.
#[derive(Debug)]
pub struct Parts {
    pub islands: Finished,
    pub scanner: Finished,
    pub decoder: Finished,
}

/// Files of the site by their path in it.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// Adds a file under its hashed name and gives back its address.
    fn add(&mut self, folder: &str, stem: &str, extension: &str, content: Vec<u8>) -> String {
        let hash = files::hash([content.as_slice()]);
        self.add_named(format!("{folder}/{stem}.{hash}.{extension}"), content)
    }

    fn add_named(&mut self, path: String, content: Vec<u8>) -> String {
        let address = format!("/{path}");
        self.0.insert(path, content);
        address
    }
}

/// Puts the site together, unless nothing has changed.
pub fn assemble(workspace: &Workspace, mode: Mode, parts: &Parts) -> Result<()> {
    let site = workspace.site();
    let stamp = stamp(workspace, parts)?;
    let stamp_file = workspace.work("build").join("site.stamp");
    let fresh = site.join("assets.json").exists() && fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp);
    if fresh {
        return Ok(());
    }
    shell::step("put the site together", || {
        let (files, assets) = collect(workspace, parts)?;
        let mut kept = BTreeSet::from([site.join("assets.json")]);
        for (path, content) in &files.0 {
            write_with_twins(&site.join(path), content, mode, &mut kept)?;
        }
        files::write(&site.join("assets.json"), serde_json::to_string_pretty(&assets)?.as_bytes())?;
        remove_others(&site, &kept)
    })?;
    Ok(fs::write(&stamp_file, stamp)?)
}

/// Names everything that the site is made of.
fn stamp(workspace: &Workspace, parts: &Parts) -> Result<String> {
    let mut lines = [&parts.islands, &parts.scanner, &parts.decoder].map(|part| part.stamp.clone()).to_vec();
    let mut sources = Vec::new();
    list(&workspace.style(), &mut sources)?;
    sources.extend(SCRIPTS.map(|script| scripts(workspace).join(script)));
    for source in sources {
        lines.push(format!("{} {}", source.display(), files::stamp(&source)?));
    }
    // A change of these steps themselves is a change too.
    lines.push(std::env::current_exe().ok().and_then(|program| files::stamp(&program).ok()).unwrap_or_default());
    Ok(lines.join("\n"))
}

fn scripts(workspace: &Workspace) -> PathBuf {
    workspace.root().join("frontend")
}

fn collect(workspace: &Workspace, parts: &Parts) -> Result<(Files, Assets)> {
    let mut files = Files::default();

    let mut addresses = BTreeMap::new();
    for folder in ["fonts", "pictures"] {
        let mut sources = Vec::new();
        list(&workspace.style().join(folder), &mut sources)?;
        for source in sources {
            let (stem, extension) = stem_and_extension(&source);
            if extension == "txt" {
                continue;
            }
            let address = files.add(folder, &stem, &extension, files::read(&source)?);
            addresses.insert(format!("/{folder}/{stem}.{extension}"), address);
        }
    }
    let mut sheet = |name: &str, source: &str| {
        let css = style::bundle(&workspace.style().join(format!("{source}.css")), &addresses)?;
        Ok::<_, anyhow::Error>(files.add("pkg", name, "css", css.into_bytes()))
    };
    let style = sheet("style", style::STYLE)?;
    let mut sheets = BTreeMap::new();
    for name in style::SHEETS {
        sheets.insert(name, sheet(name, name)?);
    }

    // One name for both: the page knows the one, and derives the other.
    let (glue, wasm) = (files::read(&parts.islands.glue)?, files::read(&parts.islands.wasm)?);
    let app = format!("ngay-cds.{}", files::hash([glue.as_slice(), wasm.as_slice()]));
    files.add_named(format!("pkg/{app}.js"), glue);
    files.add_named(format!("pkg/{app}.wasm"), wasm);

    let picture =
        |name: &str| addresses.get(&format!("/pictures/{name}")).cloned().with_context(|| format!("style/pictures/{name} is missing"));
    let (favicon, icons) = (picture("favicon.svg")?, vec![picture("icon-192.png")?, picture("icon-512.png")?]);
    let preload_fonts: Vec<String> =
        addresses.iter().filter(|(name, _)| name.starts_with("/fonts/")).map(|(_, address)| address.clone()).collect();
    let scanner = add_scanner(workspace, &mut files, parts)?;
    // Whatever the check-in page loads, by its names of this build.
    let mut kept = vec![style.clone(), sheets["checkin"].clone(), favicon.clone(), icons[0].clone()];
    kept.extend(preload_fonts.iter().cloned());
    kept.extend(
        files.0.keys().filter(|path| path.starts_with("pkg/scanner") || path.starts_with("pkg/decoder")).map(|path| format!("/{path}")),
    );
    let service = add_service(workspace, &mut files, "scanner", &kept)?;
    let mut script = |name: &str| {
        let script = files::read(&scripts(workspace).join(name).join("page.js"))?;
        Ok::<_, anyhow::Error>(files.add("pkg", name, "js", script))
    };
    let (leave, renew, stamps) = (script("leave")?, script("renew")?, script("stamps")?);
    // The same for the page that stands in behind a poster.
    let mut kept = vec![style.clone(), sheets["registration"].clone(), favicon.clone(), stamps.clone()];
    kept.extend(preload_fonts.iter().cloned());
    let stamp_service = add_service(workspace, &mut files, "stamps", &kept)?;
    let assets = Assets { app, style, sheets, preload_fonts, favicon, icons, scanner, service, leave, renew, stamps, stamp_service };
    Ok((files, assets))
}

/// What opens pages without a network, with the names of the files that it keeps.
fn add_service(workspace: &Workspace, files: &mut Files, of: &str, kept: &[String]) -> Result<String> {
    let script = files::read_text(&scripts(workspace).join(of).join("service.js"))?;
    let list = serde_json::to_string(kept)?;
    let build = files::hash([script.as_bytes(), list.as_bytes()]);
    let script = script.replace("__FILES__", &list).replace("__BUILD__", &build);
    Ok(files.add("pkg", &format!("{of}-service"), "js", script.into_bytes()))
}

/// The check-in page's script, its worker, and the glue and WASM that each loads. Gives back the script's address.
fn add_scanner(workspace: &Workspace, files: &mut Files, parts: &Parts) -> Result<String> {
    let mut with_wasm = |name: &str, script: &str, part: &Finished| {
        let script = files::read_text(&scripts(workspace).join(script))?;
        let wasm = files.add("pkg", name, "wasm", files::read(&part.wasm)?);
        let glue = files.add("pkg", &format!("{name}-glue"), "js", files::read(&part.glue)?);
        Ok::<_, anyhow::Error>(script.replace("__GLUE__", &glue).replace("__WASM__", &wasm))
    };
    let worker = with_wasm("decoder", "decoder/worker.js", &parts.decoder)?;
    let page = with_wasm("scanner", "scanner/page.js", &parts.scanner)?;
    let worker = files.add("pkg", "decoder-worker", "js", worker.into_bytes());
    Ok(files.add("pkg", "scanner", "js", page.replace("__WORKER__", &worker).into_bytes()))
}

/// Writes a file and its compressed twins where they are not there yet: a hashed name has one content for ever.
fn write_with_twins(file: &Path, content: &[u8], mode: Mode, kept: &mut BTreeSet<PathBuf>) -> Result<()> {
    let (_, extension) = stem_and_extension(file);
    let twin = |with: &str| file.with_extension(format!("{extension}.{with}"));
    let mut wanted = vec![(file.to_owned(), None)];
    if !DENSE.contains(&extension.as_str()) {
        wanted.push((twin("br"), Some(brotli as fn(&[u8], Mode) -> Result<Vec<u8>>)));
        wanted.push((twin("gz"), Some(gzip)));
    }
    for (path, compress) in wanted {
        if !path.exists() {
            match compress {
                Some(compress) => files::write(&path, &compress(content, mode)?)?,
                None => files::write(&path, content)?,
            }
        }
        kept.insert(path);
    }
    Ok(())
}

/// A quick build spares the large files, whose content differs from the released ones' anyway.
fn brotli(content: &[u8], mode: Mode) -> Result<Vec<u8>> {
    let quality = if mode == Mode::Debug && content.len() > 200_000 { 2 } else { 11 };
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, size_hint: content.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(content: &[u8], mode: Mode) -> Result<Vec<u8>> {
    let level = if mode == Mode::Debug && content.len() > 200_000 { Compression::fast() } else { Compression::best() };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// All files below a folder, in the order of their names.
fn list(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            list(&path, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}

fn remove_others(site: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    let mut found = Vec::new();
    list(site, &mut found)?;
    for file in found.iter().filter(|file| !kept.contains(*file)) {
        fs::remove_file(file).with_context(|| format!("removing {}", file.display()))?;
    }
    Ok(())
}

fn stem_and_extension(file: &Path) -> (String, String) {
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    (text(file.file_stem()), text(file.extension()))
}
