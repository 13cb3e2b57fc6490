//! The build: what the browser loads, then the program.
//!
//! ```text
//! frontend ─ cargo ─ wasm-bindgen ─ wasm-opt ┐
//! scanner  ─ cargo ─ wasm-bindgen ─ wasm-opt ┼─ hashed names, .br, .gz ─ target/site ─ server
//! decoder  ─ cargo ─ wasm-bindgen ─ wasm-opt ┤
//! style    ─ lightningcss ───────────────────┘
//! ```
//!
//! Cargo knows what of its part is fresh; of ours, a step is skipped when what went into it is what went in last time.

mod browser;
mod files;
mod site;
mod style;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
pub use style::SHEETS;

use crate::{shell, workspace::Workspace};

/// For whom a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For us: built quickly; the server reads the site from its folder.
    Debug,
    /// For everyone else: small and fast; the executable holds the site.
    Release,
}

/// Builds everything and gives back the path of the executable.
pub fn build(workspace: &Workspace, mode: Mode) -> Result<PathBuf> {
    browser_parts(workspace, mode)?;
    let mut cargo = shell::cargo(workspace.root());
    cargo.args(["build", "--package", "server"]);
    let folder = match mode {
        Mode::Debug => "debug",
        Mode::Release => {
            cargo.args(["--release", "--features", "embed"]);
            "release"
        }
    };
    shell::step("build the server", || shell::run(&mut cargo))?;
    Ok(workspace.target().join(folder).join("ngay-cds"))
}

/// Builds the decoder alone, as it is deployed, and gives back the folder with `glue.js` and `module.wasm`.
pub fn decoder(workspace: &Workspace) -> Result<PathBuf> {
    let _lock = lock(workspace)?;
    let decoder = browser::Part::decoder(workspace, Mode::Release);
    shell::step("build the decoder", || browser::compile(workspace, Mode::Release, &[&decoder]))?;
    let finished = decoder.finish(workspace)?;
    Ok(finished.wasm.parent().context("the WASM lies in no folder")?.to_owned())
}

/// Two builds at the same time would write the same files.
fn lock(workspace: &Workspace) -> Result<fs::File> {
    let work = workspace.work("build");
    fs::create_dir_all(&work).with_context(|| format!("creating {}", work.display()))?;
    let lock = fs::File::create(work.join("lock"))?;
    lock.lock().context("waiting for another build")?;
    Ok(lock)
}

/// Builds what the browser loads into `target/site`.
pub fn browser_parts(workspace: &Workspace, mode: Mode) -> Result<()> {
    let _lock = lock(workspace)?;
    let parts = [browser::Part::islands, browser::Part::scanner, browser::Part::decoder].map(|part| part(workspace, mode));
    shell::step("build the browser's parts", || browser::compile(workspace, mode, &parts.each_ref()))?;
    let [islands, scanner, decoder] = parts.map(|part| part.finish(workspace));
    site::assemble(workspace, mode, &site::Parts { islands: islands?, scanner: scanner?, decoder: decoder? })
}
