//! The build: what the browser loads, then the program.
//!
//! ```text
//! frontend ─ cargo ─ wasm-bindgen ─ wasm-opt ┐
//! scanner  ─ cargo ─ wasm-bindgen ─ wasm-opt ┼─ hashed names, .br, .gz ─ target/site ─ server
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

/// Builds what the browser loads into `target/site`.
pub fn browser_parts(workspace: &Workspace, mode: Mode) -> Result<()> {
    // Two builds at the same time would write the same files.
    let work = workspace.work("build");
    fs::create_dir_all(&work).with_context(|| format!("creating {}", work.display()))?;
    let lock = fs::File::create(work.join("lock"))?;
    lock.lock().context("waiting for another build")?;

    let islands = browser::Part::islands(workspace, mode);
    let scanner = browser::Part::scanner(workspace, mode);
    shell::step("build the browser's parts", || browser::compile(workspace, mode, &[&islands, &scanner]))?;
    let islands = islands.finish(workspace)?;
    let scanner = scanner.finish(workspace)?;
    site::assemble(workspace, mode, &islands, &scanner)
}
