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
    "/snap/bin/chromium",
    "/usr/bin/google-chrome-stable",
    "/usr/bin/google-chrome",
    "/opt/google/chrome/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// Where Debian puts Chromium without windows, tabs and menus.
const CHROMIUM_SHELL: &str = "/usr/bin/chromium-headless-shell";

/// Something that is not on the machine.
struct Missing {
    what: String,
    /// What a person types to have it.
    command: String,
    /// Does it without a person, where that is possible.
    install: Option<Box<dyn FnOnce() -> Result<()>>>,
}

impl Missing {
    fn named(what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { what: what.into(), command: command.into(), install: None }
    }

    /// Can be installed here by its command: as root by the system's package manager, in the own folder by rustup.
    fn installed_by(mut self, possible: bool, install: impl FnOnce() -> Result<()> + 'static) -> Self {
        self.install = possible.then(|| Box::new(install) as Box<_>);
        self
    }
}

/// What the tests are to look at.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub lints: bool,
    pub browser: bool,
}

/// What a build needs.
pub fn for_build() -> Result<()> {
    get(wasm_target()?.into_iter().collect())
}

/// What a start needs. Where no Postgres is found or can be installed, the program fetches one by itself.
pub fn for_run() -> Result<()> {
    let postgres = postgres().filter(|missing| missing.install.is_some());
    get(wasm_target()?.into_iter().chain(postgres).collect())
}

/// What the tests need; gives back the path of Chromium where it is wanted.
pub fn for_test(workspace: &Workspace, wanted: Wanted) -> Result<Option<PathBuf>> {
    let mut missing = Vec::new();
    missing.extend(wasm_target()?);
    if wanted.lints {
        missing.extend(["rustfmt", "clippy"].into_iter().filter_map(component));
    }
    missing.extend(postgres());
    if wanted.browser {
        missing.extend(node());
        if chromium().is_none() {
            missing.push(chromium_for(workspace, &distribution()));
        }
    }
    get(missing)?;
    if !wanted.browser {
        return Ok(None);
    }
    chromium().map(Some).context("Chromium was installed, but is not where it was looked for: name it in the variable CHROMIUM")
}

/// Installs all of it, or nothing: if something has to be installed by hand, everything is named first.
fn get(missing: Vec<Missing>) -> Result<()> {
    if missing.iter().any(|missing| missing.install.is_none()) {
        let lines: Vec<String> = missing.iter().map(|Missing { what, command, .. }| format!("  {what}: {command}")).collect();
        bail!("this has to be installed first:\n{}", lines.join("\n"));
    }
    for Missing { what, command, install } in missing {
        if let Some(install) = install {
            shell::step(&format!("install {what}"), || install().with_context(|| format!("{what} is missing. Install it: {command}")))?;
        }
    }
    Ok(())
}

fn wasm_target() -> Result<Option<Missing>> {
    let folder = shell::output(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    let is_there = Path::new(folder.trim()).exists();
    Ok((!is_there).then(|| of_rustup("the compile target of the browser", &["target", "add", WASM])))
}

/// A part of the toolchain that rustup's smallest profile leaves out.
fn component(name: &'static str) -> Option<Missing> {
    let program = if name == "clippy" { "clippy-driver" } else { name };
    let is_there = shell::output(Command::new(program).arg("--version")).is_ok();
    (!is_there).then(|| of_rustup(name, &["component", "add", name]))
}

fn of_rustup(what: &str, arguments: &[&'static str]) -> Missing {
    let arguments = arguments.to_vec();
    let possible = shell::output(Command::new("rustup").arg("--version")).is_ok();
    Missing::named(what, format!("rustup {}", arguments.join(" ")))
        .installed_by(possible, move || shell::run(Command::new("rustup").args(arguments)))
}

fn postgres() -> Option<Missing> {
    let what = format!("PostgreSQL ≥ {}", cluster::OLDEST_MAJOR);
    let missing = || Missing::named(what, cluster::install_command()).installed_by(can_install(), || apt("postgresql"));
    cluster::Binaries::find().is_none().then(missing)
}

/// Node, and npm, which Debian packs apart.
fn node() -> Option<Missing> {
    let version = |program: &str| shell::output(Command::new(program).arg("--version")).ok();
    node_of(version("node").as_deref(), version("npm").as_deref())
}

/// From the versions that the programs tell.
fn node_of(node: Option<&str>, npm: Option<&str>) -> Option<Missing> {
    let how = "https://nodejs.org, or on Debian ≥ 13 sudo apt-get update && sudo apt-get install -y nodejs npm";
    let Some(version) = node.map(str::trim) else { return Some(Missing::named(format!("Node ≥ {NODE} with npm"), how)) };
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(0);
    if major < NODE {
        return Some(Missing::named(format!("Node ≥ {NODE} (here is {version})"), how));
    }
    npm.is_none()
        .then(|| Missing::named("npm", "sudo apt-get update && sudo apt-get install -y npm").installed_by(can_install(), || apt("npm")))
}

/// Chromium, or what is like it.
fn chromium() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    named.into_iter().chain(CHROMIUMS.iter().map(PathBuf::from)).find(|path| path.exists()).or_else(playwrights_chromium)
}

/// Chromium without windows, tabs and menus, unless another was named. What runs in a page is the same, and opening one costs
/// a third less. Where it cannot be had, tests do without.
pub fn chromium_shell() -> Option<PathBuf> {
    if env::var_os("CHROMIUM").is_some() {
        return None;
    }
    let shell = Path::new(CHROMIUM_SHELL);
    if !shell.exists() && distribution() == "debian" && can_install() {
        // It says by itself what went wrong.
        let _ = shell::step("install Chromium's shell", || apt("chromium-headless-shell"));
    }
    shell.exists().then(|| shell.to_owned())
}

/// The Chromium that `playwright install` has fetched: the newest, if there are several.
fn playwrights_chromium() -> Option<PathBuf> {
    let cache = match env::var_os("PLAYWRIGHT_BROWSERS_PATH") {
        Some(named) => PathBuf::from(named),
        None if cfg!(target_os = "macos") => env::home_dir()?.join("Library/Caches/ms-playwright"),
        None => env::home_dir()?.join(".cache/ms-playwright"),
    };
    chromium_in(&cache)
}

fn chromium_in(cache: &Path) -> Option<PathBuf> {
    let names = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let number = |path: &Path| path.file_name()?.to_str()?.strip_prefix("chromium-")?.parse::<u32>().ok();
    let mut versions: Vec<_> = names(cache).into_iter().filter_map(|path| Some((number(&path)?, path))).collect();
    versions.sort();
    let programs = ["chrome", "Chromium.app/Contents/MacOS/Chromium"];
    versions
        .iter()
        .rev()
        .flat_map(|(_, version)| names(version))
        .flat_map(|folder| programs.map(|program| folder.join(program)))
        .find(|path| path.exists())
}

/// How this system comes by Chromium.
fn chromium_for(workspace: &Workspace, distribution: &str) -> Missing {
    match distribution {
        "macos" => Missing::named("Chromium", "brew install --cask chromium"),
        "debian" => Missing::named("Chromium", "sudo apt-get update && sudo apt-get install -y chromium")
            .installed_by(can_install(), || apt("chromium")),
        // Ubuntu's package is a way to a snap, which starts in no container; others have none, or another name for it.
        _ => {
            let workspace = workspace.clone();
            Missing::named("Chromium", "cd end2end && npm ci && npx playwright install --with-deps chromium (or name one in CHROMIUM)")
                .installed_by(distribution == "ubuntu" && can_install(), move || {
                    node_packages(&workspace)?;
                    let playwright = workspace.end2end().join("node_modules/.bin/playwright");
                    shell::run(Command::new(playwright).args(["install", "--with-deps", "chromium"]))
                })
        }
    }
}

/// The name by which a Linux calls itself, or the system's.
fn distribution() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    id_of(&release).unwrap_or(env::consts::OS).to_owned()
}

fn id_of(release: &str) -> Option<&str> {
    release.lines().find_map(|line| line.strip_prefix("ID=")).map(|id| id.trim_matches('"'))
}

/// Whether packages can be installed: as root, on Debian and what comes of it.
fn can_install() -> bool {
    let root = shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    root && Path::new("/usr/bin/apt-get").exists()
}

fn apt(package: &str) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        shell::run(&mut command)
    };
    apt(&["update", "-qq"])?;
    apt(&["install", "-y", "-qq", "--no-install-recommends", package])
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
    if let Some(Missing { what, command, .. }) = node() {
        bail!("{what}: {command}");
    }
    node_packages(workspace)?;
    let program = workspace.end2end().join("node_modules/.bin/wasm-opt");
    shell::output(Command::new(&program).arg("--version"))?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    /// Something that counts its installations.
    fn installable(what: &str, counter: &Rc<Cell<u32>>) -> Missing {
        let counter = Rc::clone(counter);
        Missing::named(what, format!("get {what}")).installed_by(true, move || {
            counter.set(counter.get() + 1);
            Ok(())
        })
    }

    #[test]
    fn what_can_be_installed_is() {
        let installed = Rc::new(Cell::new(0));
        get(vec![installable("a", &installed), installable("b", &installed)]).unwrap();
        assert_eq!(installed.get(), 2);
    }

    #[test]
    fn nothing_is_installed_where_something_else_has_to_be_by_hand_and_all_is_named_with_its_command() {
        let installed = Rc::new(Cell::new(0));
        let missing = vec![installable("a", &installed), Missing::named("b", "sudo get b")];
        let error = get(missing).unwrap_err().to_string();
        assert_eq!(error, "this has to be installed first:\n  a: get a\n  b: sudo get b");
        assert_eq!(installed.get(), 0);
    }

    #[test]
    fn an_installation_that_fails_names_its_command() {
        let missing = Missing::named("a", "sudo get a").installed_by(true, || bail!("no network"));
        let error = format!("{:#}", get(vec![missing]).unwrap_err());
        assert_eq!(error, "a is missing. Install it: sudo get a: no network");
    }

    #[test]
    fn node_has_to_be_there_young_enough_and_with_npm() {
        let what = |node, npm| node_of(node, npm).map(|missing| missing.what);
        assert_eq!(what(Some("v20.19.2\n"), Some("9.2.0\n")), None);
        assert_eq!(what(None, Some("9.2.0")).as_deref(), Some("Node ≥ 20 with npm"));
        assert_eq!(what(Some("v18.19.1\n"), Some("9.2.0")).as_deref(), Some("Node ≥ 20 (here is v18.19.1)"));
        assert_eq!(what(Some("v22.1.0"), None).as_deref(), Some("npm"));
    }

    #[test]
    fn debian_has_a_package_of_chromium_and_ubuntu_takes_playwrights() {
        let workspace = Workspace::find().unwrap();
        let command = |distribution| chromium_for(&workspace, distribution).command;
        assert!(command("debian").ends_with("apt-get install -y chromium"));
        assert!(command("ubuntu").contains("npx playwright install --with-deps chromium"));
        assert!(command("fedora").contains("npx playwright install --with-deps chromium"));
        assert!(chromium_for(&workspace, "fedora").install.is_none());
        assert_eq!(id_of("NAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian"), Some("ubuntu"));
        assert_eq!(id_of("ID=\"rocky\""), Some("rocky"));
    }

    #[test]
    fn the_newest_chromium_of_playwright_is_taken() {
        let cache = env::temp_dir().join(format!("chromium-test-{}", std::process::id()));
        for version in ["chromium-999", "chromium-1200", "chromium_headless_shell-1300"] {
            let folder = cache.join(version).join("chrome-linux64");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("chrome"), "").unwrap();
        }
        let found = chromium_in(&cache);
        fs::remove_dir_all(&cache).unwrap();
        assert_eq!(found, Some(cache.join("chromium-1200/chrome-linux64/chrome")));
        assert_eq!(chromium_in(&cache), None);
    }
}
