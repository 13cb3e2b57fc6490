//! The sample at the start of `serve`.

use std::{fs::OpenOptions, io::Write as _, path::Path};

use anyhow::{Context as _, Result};
use services::Context;

use crate::sample::{self, SignIns};

/// Loads the sample into an empty database and tells the sign-ins: in the file, or else on the terminal.
pub async fn load(cx: &Context, sign_ins: Option<&Path>) -> Result<()> {
    let Some(loaded) = sample::load(cx).await.context("loading the sample")? else { return Ok(()) };
    tracing::info!("the sample was loaded");
    if let Some(path) = sign_ins {
        return write(path, &loaded).with_context(|| format!("writing {}", path.display()));
    }
    show(&loaded);
    Ok(())
}

/// Passwords are for the owner of the file alone.
fn write(path: &Path, sign_ins: &SignIns) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(&serde_json::to_vec_pretty(sign_ins)?)?;
    Ok(())
}

fn show(sign_ins: &SignIns) {
    println!("Sample accounts; the passwords are not shown again:");
    for (role, sign_in) in [
        ("organiser", &sign_ins.organiser),
        ("supervisor", &sign_ins.supervisor),
        ("department", &sign_ins.department),
        ("judge", &sign_ins.judge),
        ("steward", &sign_ins.steward),
    ] {
        println!("  {role:<12}{:<30}{}", sign_in.email, sign_in.password);
    }
    println!();
}
