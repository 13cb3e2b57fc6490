//! From a clone to a running day.

use std::{
    env,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    build::{self, Mode},
    port, tools,
    workspace::Workspace,
};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The port, or the next free one after it
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// The folder of the database, the secret key and the uploaded pictures [default: data in the checkout]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The build that is deployed: slow to make, fast to use
    #[arg(long)]
    pub release: bool,
    /// Answer phones on the local network by HTTPS: prints the address as a QR code
    #[arg(long)]
    pub lan: bool,
}

impl Arguments {
    // The quick build by default: on two cores it stands in less than half the time of the other, and a page takes
    // milliseconds all the same.
    pub fn mode(&self) -> Mode {
        if self.release { Mode::Release } else { Mode::Debug }
    }
}

/// Builds, and becomes the program: Ctrl-C goes straight to it, and it stops what it has started.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    tools::for_run()?;
    let executable = build::build(workspace, arguments.mode())?;
    let error = serve(workspace, arguments, &executable)?.exec();
    Err(error).with_context(|| format!("starting {}", executable.display()))
}

/// The program, to be started as a newcomer wants it. Says where it will be and what to try there.
pub fn serve(workspace: &Workspace, arguments: &Arguments, executable: &Path) -> Result<Command> {
    let port = port::free_from(arguments.port)?;
    let data = match &arguments.data {
        Some(data) => env::current_dir()?.join(data),
        None => workspace.root().join("data"),
    };
    let scheme = if arguments.lan { "https" } else { "http" };
    let address = format!("{scheme}://localhost:{port}");
    println!("\n{}", what_to_try(&address, &data));
    let mut command = Command::new(executable);
    command.current_dir(workspace.root());
    command.args(["serve", "--sample", "--port", &port.to_string(), "--data"]).arg(data);
    command.env("SITE", workspace.site());
    if arguments.lan {
        println!("{WITH_A_PHONE}");
        command.arg("--lan");
    } else {
        command.env("BASE_URL", address);
    }
    Ok(command)
}

/// The program itself prints the address for phones: it knows in which networks the machine is.
const WITH_A_PHONE: &str =
    "With a phone in the same Wi-Fi: scan the code below with its camera, register, and hold the ticket on its screen; sign in as
the steward on another phone, open the scanner, and scan the ticket. This machine's own browser takes localhost.
";

fn what_to_try(address: &str, data: &Path) -> String {
    format!(
        "{address}  (data in {data})

  {address}/dang-ky      register, hold a ticket
  {address}/mo-hinh      the gallery of models
  {address}/dang-nhap    sign in: the steward scans the ticket at /diem-danh, a department files a dossier
                              at /don-vi, an organiser publishes it at /ban-to-chuc, a judge reads at /hoi-dong
  {address}/en           all of it in English

The first start loads the sample edition and prints the sign-ins, once. Ctrl-C stops everything.
",
        data = data.display()
    )
}
