//! Builds and starts again after every change.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::Result;

use crate::{build, run, shell, tools, workspace::Workspace};

/// How often the sources are looked at.
const PAUSE: Duration = Duration::from_millis(400);

/// What the program is made of.
const SOURCES: &[&str] = &["Cargo.toml", "Cargo.lock", "app", "domain", "services", "server", "frontend", "migrations", "style"];

/// Runs until it is interrupted. Ctrl-C reaches the program too, which stops what it has started.
pub fn run(workspace: &Workspace, arguments: &run::Arguments) -> Result<()> {
    tools::for_run()?;
    let mut running: Option<Child> = None;
    loop {
        let seen = last_change(workspace);
        // The old program serves on while the new one is built.
        match build::build(workspace, arguments.mode()) {
            Ok(executable) => {
                if let Some(child) = running.take() {
                    stop(child)?;
                }
                running = Some(run::serve(workspace, arguments, &executable)?.spawn()?);
            }
            Err(error) => eprintln!("error: {error:#}"),
        }
        while last_change(workspace) == seen {
            thread::sleep(PAUSE);
        }
    }
}

fn stop(mut child: Child) -> Result<()> {
    shell::run(Command::new("kill").arg(child.id().to_string()))?;
    child.wait()?;
    Ok(())
}

fn last_change(workspace: &Workspace) -> Option<SystemTime> {
    SOURCES.iter().filter_map(|source| latest(&workspace.root().join(source))).max()
}

fn latest(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).and_then(|data| data.modified()).ok();
    let below = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| latest(&entry.path())).max();
    own.max(below)
}
