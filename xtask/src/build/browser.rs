//! Rust for the browser: compiled, given its JavaScript glue, made small.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::{Mode, files};
use crate::{shell, tools, workspace::Workspace};

/// Features that every browser of our range has, as cargo-leptos passes them. Never `--all-features`: what it makes of
/// them, today's Chromium refuses.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// One crate that becomes one WASM.
#[derive(Debug)]
pub struct Part {
    package: &'static str,
    profile: &'static str,
    /// How the optimiser weighs size against speed; none in a quick build.
    optimise: Option<&'static str>,
    compiled: PathBuf,
    folder: PathBuf,
}

/// What became of a part.
#[derive(Debug)]
pub struct Finished {
    pub glue: PathBuf,
    pub wasm: PathBuf,
    /// Names the content without reading it.
    pub stamp: String,
}

impl Part {
    /// The islands: as small as can be, every visitor loads them.
    pub fn islands(workspace: &Workspace, mode: Mode) -> Self {
        Self::new(workspace, "frontend", mode, "wasm-release", "-Oz")
    }

    /// The check-in page: small, it opens on phones of all kinds.
    pub fn scanner(workspace: &Workspace, mode: Mode) -> Self {
        Self::new(workspace, "scanner", mode, "wasm-release", "-Oz")
    }

    /// What the check-in page's worker runs: as fast as can be, it looks at every pixel of every frame.
    pub fn decoder(workspace: &Workspace, mode: Mode) -> Self {
        Self::new(workspace, "decoder", mode, "decoder-release", "-O3")
    }

    fn new(workspace: &Workspace, package: &'static str, mode: Mode, release: &'static str, optimise: &'static str) -> Self {
        let (profile, optimise) = match mode {
            Mode::Debug => ("dev", None),
            Mode::Release => (release, Some(optimise)),
        };
        let output = if profile == "dev" { "debug" } else { profile };
        Self {
            package,
            profile,
            optimise,
            compiled: workspace.target().join(tools::WASM).join(output).join(format!("{package}.wasm")),
            folder: workspace.work("build").join(format!("{package}-{profile}")),
        }
    }

    /// Makes of what was compiled what the browser loads, unless that was done before.
    pub fn finish(self, workspace: &Workspace) -> Result<Finished> {
        let optimiser = self.optimise.and_then(|level| match tools::wasm_opt(workspace) {
            Ok(program) => Some((program, level)),
            Err(error) => {
                eprintln!("  {} stays larger than it could be, wasm-opt is not there: {error:#}", self.package);
                None
            }
        });
        let finished = Finished {
            glue: self.folder.join("glue.js"),
            wasm: self.folder.join("module.wasm"),
            stamp: stamp(&files::stamp(&self.compiled)?, optimiser.as_ref(), &files::stamp_of_the_tool()?),
        };
        let stamp_file = self.folder.join("stamp");
        if fs::read_to_string(&stamp_file).is_ok_and(|stamp| stamp == finished.stamp) {
            return Ok(finished);
        }
        shell::step(&format!("finish {}", self.package), || {
            if self.folder.exists() {
                fs::remove_dir_all(&self.folder)?;
            }
            self.bind()?;
            if let Some((program, level)) = &optimiser {
                optimise(program, level, &finished.wasm)?;
            }
            Ok(())
        })?;
        fs::write(&stamp_file, &finished.stamp)?;
        Ok(finished)
    }

    /// Writes the glue and the WASM that fits it.
    fn bind(&self) -> Result<()> {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(&self.compiled).out_name("module").typescript(false).omit_default_module_path(true);
        bindgen.keep_debug(false).remove_name_section(self.optimise.is_some()).remove_producers_section(true);
        let mut output = bindgen.web(true)?.generate_output().with_context(|| format!("binding {}", self.package))?;
        ensure!(
            output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
            "{} brings JavaScript of its own, which has no hashed name: {:?}, {:?}",
            self.package,
            output.snippets(),
            output.local_modules().keys()
        );
        output.emit(&self.folder)?;
        fs::rename(self.folder.join("module.js"), self.folder.join("glue.js"))?;
        fs::rename(self.folder.join("module_bg.wasm"), self.folder.join("module.wasm"))?;
        Ok(())
    }
}

/// Names all that the finished files depend on: the compiled WASM, the optimiser, and these steps themselves.
fn stamp(compiled: &str, optimiser: Option<&(PathBuf, &str)>, tool: &str) -> String {
    format!("{compiled} {optimiser:?} {tool}")
}

/// Compiles the parts. In a quick build they share one run and its profile with the server: macros are built once.
pub fn compile(workspace: &Workspace, mode: Mode, parts: &[&Part]) -> Result<()> {
    let runs = match mode {
        Mode::Debug => vec![parts],
        Mode::Release => parts.chunks(1).collect(),
    };
    for parts in runs {
        let mut cargo = shell::cargo(workspace.root());
        cargo.args(["build", "--lib", "--target", tools::WASM, "--profile", parts[0].profile]);
        for part in parts {
            cargo.args(["--package", part.package]);
        }
        shell::run(&mut cargo)?;
    }
    Ok(())
}

fn optimise(program: &Path, level: &str, wasm: &Path) -> Result<()> {
    let smaller = wasm.with_extension("opt");
    shell::run(Command::new(program).arg(level).args(FEATURES).arg(wasm).arg("-o").arg(&smaller))?;
    Ok(fs::rename(smaller, wasm)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_part_is_made_anew_when_the_wasm_the_optimiser_or_the_tool_is_another() {
        let optimiser = (PathBuf::from("wasm-opt"), "-Oz");
        let stamps = [
            stamp("1-1", None, "1-1"),
            stamp("2-1", None, "1-1"),
            stamp("1-1", Some(&optimiser), "1-1"),
            stamp("1-1", Some(&(optimiser.0.clone(), "-O3")), "1-1"),
            stamp("1-1", None, "1-2"),
        ];
        let different: std::collections::BTreeSet<_> = stamps.iter().collect();
        assert_eq!(different.len(), stamps.len());
    }
}
