//! Sizes of what the browser loads.

use std::fs;

use anyhow::{Context, Result};

use super::table::{Measured, Table};
use crate::workspace::Workspace;

/// Enters the sizes of the built site.
pub fn measure(workspace: &Workspace, table: &mut Table) -> Result<()> {
    for (name, begins, ends) in
        [("wasm.public_brotli", "ngay-cds.", ".wasm.br"), ("wasm.scanner_brotli", "scanner.", ".wasm.br"), ("css.bytes", "style.", ".css")]
    {
        let folder = workspace.site().join("pkg");
        let mut size = None;
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let entry = entry?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.starts_with(begins) && file.ends_with(ends) {
                size = Some(entry.metadata()?.len());
            }
        }
        let size = size.with_context(|| format!("no {begins}*{ends} in {}", folder.display()))?;
        table.set(name, Measured::once(super::whole(size)));
    }
    Ok(())
}
