//! Sizes of what the browser loads.

use std::fs;

use anyhow::{Context, Result};

use super::table::{Measured, Table};
use crate::{build, workspace::Workspace};

/// Enters the sizes of the built site.
pub fn measure(workspace: &Workspace, table: &mut Table) -> Result<()> {
    for (name, begins) in [("wasm.public_brotli", "ngay-cds."), ("wasm.scanner_brotli", "scanner."), ("wasm.decoder_brotli", "decoder.")] {
        table.set(name, Measured::once(super::whole(size(workspace, begins, ".wasm.br")?)));
    }
    // A page loads the sheet of all pages and one more at most.
    let (all, mut most) = (size(workspace, "style.", ".css")?, 0);
    println!("  style sheet of all pages: {all} bytes");
    for sheet in build::SHEETS {
        let more = size(workspace, &format!("{sheet}."), ".css")?;
        println!("  with {sheet}: {} bytes", all + more);
        most = most.max(more);
    }
    table.set("css.bytes", Measured::once(super::whole(all + most)));
    Ok(())
}

/// The size of the file whose name begins and ends so.
fn size(workspace: &Workspace, begins: &str, ends: &str) -> Result<u64> {
    let folder = workspace.site().join("pkg");
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.starts_with(begins) && file.ends_with(ends) {
            return Ok(entry.metadata()?.len());
        }
    }
    anyhow::bail!("no {begins}*{ends} in {}", folder.display())
}
