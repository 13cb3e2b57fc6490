//! What has to be on the machine: found, installed where that is possible, else named with the command that installs it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{shell, workspace::Workspace};

/// The compile target of everything that runs in the browser.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The oldest Node that the browser tests and the optimiser run on.
const NODE: u32 = 20;

/// Where Chromium may lie.
const CHROMIUMS: &[&str] = &[
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome-stable",
    "/usr/bin/google-chrome",
    "/opt/google/chrome/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// What a build needs.
pub fn for_build() -> Result<()> {
    wasm_target()
}

/// What a start needs. Where no Postgres is found or can be installed, the program fetches one by itself.
pub fn for_run() -> Result<()> {
    wasm_target()?;
    if cluster::Binaries::find().is_none() && can_install() {
        install("PostgreSQL", "postgresql")?;
    }
    Ok(())
}

/// What the tests need; gives back the path of Chromium.
pub fn for_test() -> Result<PathBuf> {
    // All that can only be named comes first: nothing is installed if the tests cannot run anyway.
    node()?;
    if !can_install() {
        if cluster::Binaries::find().is_none() {
            bail!("the tests need PostgreSQL ≥ {}. Install it: {}", cluster::OLDEST_MAJOR, cluster::install_command());
        }
        chromium().with_context(no_chromium)?;
    }
    for_run()?;
    if cluster::Binaries::find().is_none() {
        bail!("no PostgreSQL ≥ {} was found. Install it: {}", cluster::OLDEST_MAJOR, cluster::install_command());
    }
    if chromium().is_none() {
        install("Chromium", "chromium")?;
    }
    chromium().with_context(no_chromium)
}

fn no_chromium() -> String {
    let how = match env::consts::OS {
        "macos" => "brew install --cask chromium",
        _ => "sudo apt-get update && sudo apt-get install -y chromium",
    };
    format!("the browser tests need Chromium. Install it ({how}), or name it in the variable CHROMIUM")
}

fn wasm_target() -> Result<()> {
    let folder = shell::output(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(folder.trim()).exists() {
        return Ok(());
    }
    let command = format!("rustup target add {WASM}");
    shell::step("add the compile target of the browser", || {
        shell::run(Command::new("rustup").args(["target", "add", WASM]))
            .with_context(|| format!("Rust's {WASM} target is missing. Install it: {command}"))
    })
}

fn node() -> Result<()> {
    let how = "install it from https://nodejs.org or with your system's package manager";
    let version = shell::output(Command::new("node").arg("--version")).with_context(|| format!("Node ≥ {NODE} is missing: {how}"))?;
    let major: u32 = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < NODE {
        bail!("Node {} is too old, ≥ {NODE} is needed: {how}", version.trim());
    }
    Ok(())
}

/// Chromium, or what is like it.
fn chromium() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    named.into_iter().chain(CHROMIUMS.iter().map(PathBuf::from)).find(|path| path.exists())
}

/// Whether packages can be installed: as root, on Debian and what comes of it.
fn can_install() -> bool {
    let root = shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    root && Path::new("/usr/bin/apt-get").exists()
}

fn install(what: &str, package: &str) -> Result<()> {
    shell::step(&format!("install {what}"), || {
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
            shell::run(&mut command)
        };
        apt(&["update", "-qq"])?;
        apt(&["install", "-y", "-qq", "--no-install-recommends", package])
            .with_context(|| format!("{what} could not be installed. Install it: apt-get update && apt-get install -y {package}"))
    })
}

/// Installs the packages of the browser tests if the lock file is newer than what is there.
pub fn node_packages(workspace: &Workspace) -> Result<()> {
    let folder = workspace.end2end();
    let installed = fs::metadata(folder.join("node_modules/.package-lock.json")).and_then(|file| file.modified());
    let locked = fs::metadata(folder.join("package-lock.json"))?.modified()?;
    if installed.is_ok_and(|installed| installed >= locked) {
        return Ok(());
    }
    shell::step("install the packages of the browser tests", || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
        npm.current_dir(&folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").stdout(Stdio::null());
        shell::run(&mut npm)
    })
}

/// The optimiser of WASM, or why there is none.
pub fn wasm_opt(workspace: &Workspace) -> Result<PathBuf> {
    node()?;
    node_packages(workspace)?;
    let program = workspace.end2end().join("node_modules/.bin/wasm-opt");
    shell::output(Command::new(&program).arg("--version"))?;
    Ok(program)
}
