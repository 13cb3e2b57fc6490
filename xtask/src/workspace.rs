//! Where things lie.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The folders of this checkout.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The checkout that this program was built from.
    pub fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in the workspace")?.to_owned();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        Ok(Self { root, target })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's output.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The program as `cargo test` compiles it for the tests that talk to it.
    pub fn program_under_test(&self) -> PathBuf {
        self.target.join("debug/ngay-cds")
    }

    /// What the browser loads, as the server reads or embeds it. Its place is fixed: the server embeds it at compile time.
    pub fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// The style sheets, fonts and pictures that the site is made of.
    pub fn style(&self) -> PathBuf {
        self.root.join("style")
    }

    /// The browser tests.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// A folder for this program's own files.
    pub fn work(&self, name: &str) -> PathBuf {
        self.root.join("target/xtask").join(name)
    }
}
