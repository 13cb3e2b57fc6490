//! A mail server to send to: it speaks SMTP over a real socket, keeps what arrives, and fails as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Takes,
    /// Answers every recipient with this.
    Answers(&'static str),
    /// Answers every text with this.
    AnswersText(&'static str),
    /// Takes the text and hangs up without a word.
    HangsUp,
    /// Takes the text and never says so.
    Silent,
    /// Does not even greet.
    Mute,
}

/// A mail as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub to: String,
    pub text: Vec<u8>,
}

pub struct MailServer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    manner: Arc<Mutex<Manner>>,
}

impl MailServer {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), received: Arc::default(), manner: Arc::new(Mutex::new(manner)) };
        let (received, manner) = (server.received.clone(), server.manner.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (received, manner) = (received.clone(), *manner.lock().unwrap());
                tokio::spawn(async move {
                    let _ = talk(stream, manner, &received).await;
                });
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }

    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits for so many mails.
    pub async fn wait(&self, mails: usize) -> Vec<Received> {
        until(async || self.received().len() >= mails).await;
        self.received()
    }
}

/// Waits until something is so.
pub async fn until(is_so: impl AsyncFn() -> bool) {
    for _ in 0..1500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain");
}

async fn talk(stream: TcpStream, manner: Manner, received: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if manner == Manner::Mute {
        tokio::time::sleep(Duration::from_mins(5)).await;
    }
    stream.write_all(b"220 mail.example.vn ESMTP\r\n").await?;
    let mut mail = Received::default();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_ascii_uppercase();
        let answer = if command.starts_with("EHLO") {
            "250-mail.example.vn\r\n250 8BITMIME"
        } else if command.starts_with("RCPT TO:") {
            line.trim_end().trim_start_matches("RCPT TO:").clone_into(&mut mail.to);
            match manner {
                Manner::Answers(answer) => answer,
                _ => "250 2.1.5 ok",
            }
        } else if command == "DATA" {
            stream.write_all(b"354 go on\r\n").await?;
            mail.text = text(&mut stream).await?;
            received.lock().unwrap().push(std::mem::take(&mut mail));
            match manner {
                Manner::HangsUp => return Ok(()),
                Manner::Silent => {
                    tokio::time::sleep(Duration::from_mins(5)).await;
                    return Ok(());
                }
                Manner::AnswersText(answer) => answer,
                _ => "250 2.0.0 taken",
            }
        } else if command == "QUIT" {
            "221 bye"
        } else {
            "250 ok"
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// The text up to the line with a dot, the dots at the beginning of lines taken back (RFC 5321 §4.5.2).
async fn text(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(text);
        }
        text.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
