//! The machine that the figures belong to.

use std::{fs, process::Command, thread};

use anyhow::Result;
use cluster::Binaries;

use crate::shell;

/// CPU, cores, kernel and Postgres in one line.
pub fn line(postgres: &Binaries) -> Result<String> {
    let cores = thread::available_parallelism()?;
    let kernel = shell::output(Command::new("uname").arg("-sr"))?;
    let postgres = shell::output(Command::new(postgres.program("postgres")).arg("--version"))?;
    Ok(format!("{}, {cores} cores, {}, {}", cpu(), kernel.trim(), postgres.trim()))
}

fn cpu() -> String {
    let linux = || model(&fs::read_to_string("/proc/cpuinfo").ok()?);
    let mac = || shell::output(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"])).ok();
    linux().or_else(mac).map_or_else(|| "unknown CPU".to_owned(), |model| model.trim().to_owned())
}

/// The first model that `/proc/cpuinfo` names.
fn model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_read_from_cpuinfo() {
        assert_eq!(model("processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\n").as_deref(), Some("Some CPU @ 2.10GHz"));
        assert_eq!(model("processor : 0\n"), None);
    }
}
