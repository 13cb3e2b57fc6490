//! A process of the program that tests and measurements talk to.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{port, shell};

/// How long the program may take until it is ready, and until it has ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the program is started.
#[derive(Debug)]
pub struct Serve<'a> {
    pub executable: &'a Path,
    /// Where its data, its log and the sign-ins go.
    pub folder: &'a Path,
    pub database: &'a str,
    pub environment: &'a [(&'a str, &'a str)],
}

/// One process of the program. It does not outlive this.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
    sign_ins: PathBuf,
}

impl Server {
    /// Starts it on a free port with the sample edition and waits until it is ready.
    pub fn start(serve: &Serve<'_>) -> Result<Self> {
        let port = port::any()?;
        let log = serve.folder.join(format!("server-{port}.log"));
        let sign_ins = serve.folder.join("sign-ins.json");
        let child = Command::new(serve.executable)
            .args(["serve", "--sample", "--port", &port.to_string(), "--data"])
            .arg(serve.folder.join("data"))
            .arg("--sign-ins")
            .arg(&sign_ins)
            .env("DATABASE_URL", serve.database)
            .env("BASE_URL", format!("http://localhost:{port}"))
            .envs(serve.environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(fs::File::create(&log)?)
            .stderr(fs::File::options().append(true).open(&log)?)
            .spawn()?;
        let mut server = Self { child, port, log, sign_ins };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("the program ended ({status}): see {}", self.log.display());
            }
            if self.is_ready() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("the program was not ready after {PATIENCE:?}: see {}", self.log.display())
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            write!(stream, "GET /readyz HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port)?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// The address that the program makes its links with.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The file with the sign-ins of the sample accounts.
    pub fn sign_ins(&self) -> &Path {
        &self.sign_ins
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        shell::run(Command::new("kill").arg(self.child.id().to_string()))?;
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("the program did not end within {PATIENCE:?} of being asked to: see {}", self.log.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // It has been asked before, or there is no time to: nothing more can be done about an error here.
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}
