//! Who comes by TLS is let in, each after a handshake of its own beside the others; who comes without is shown the way.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::Listener;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::config::BaseUrl;

/// How long somebody may take until the handshake is done.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many handshakes go on at once; who comes then waits for one to end.
const HANDSHAKES: usize = 512;
/// The most that is read of a request without TLS.
const PLAIN_MAX: usize = 8192;
/// The first byte of every handshake (RFC 8446, 5.1).
const HANDSHAKE: u8 = 0x16;

/// How the server speaks TLS with this certificate.
///
/// # Errors
/// When it cannot.
pub(super) fn server_config(certified: Arc<CertifiedKey>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider: Arc<CryptoProvider> = ring::default_provider().into();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A listener for TLS.
pub struct TlsListener {
    tcp: TcpListener,
    door: Door,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

/// What every newcomer passes.
#[derive(Clone)]
struct Door {
    acceptor: TlsAcceptor,
    home: BaseUrl,
    patience: Duration,
}

impl TlsListener {
    /// Who speaks no TLS is sent to `home`.
    #[must_use]
    pub fn new(tcp: TcpListener, config: Arc<ServerConfig>, home: BaseUrl) -> Self {
        Self { tcp, door: Door { acceptor: config.into(), home, patience: PATIENCE }, handshakes: JoinSet::new() }
    }
}

impl std::fmt::Debug for TlsListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsListener").field("tcp", &self.tcp).finish_non_exhaustive()
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                (stream, peer) = Listener::accept(&mut self.tcp), if self.handshakes.len() < HANDSHAKES => {
                    let door = self.door.clone();
                    self.handshakes.spawn(async move { Some((door.pass(stream).await?, peer)) });
                }
                Some(done) = self.handshakes.join_next() => {
                    if let Ok(Some(come)) = done {
                        return come;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

impl Door {
    /// `None`: has left, took too long, spoke no TLS, or trusts another certificate.
    async fn pass(&self, mut stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let passing = async {
            let mut first = [0];
            stream.peek(&mut first).await.ok().filter(|read| *read == 1)?;
            if first[0] == HANDSHAKE {
                return self.acceptor.accept(stream).await.ok();
            }
            let _ = show_the_way(&mut stream, &self.home).await;
            None
        };
        timeout(self.patience, passing).await.ok().flatten()
    }
}

/// Sends a request without TLS to the same path of the site.
async fn show_the_way(stream: &mut TcpStream, home: &BaseUrl) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut limited = (&mut *stream).take(PLAIN_MAX as u64);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if limited.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let answer = match path(&request) {
        Some(path) => format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}{path}\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            home.as_str()
        ),
        None => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// The path of a request, if it is one: what comes after it in the address that is answered is ours, and it holds nothing that
/// could end the header.
fn path(request: &[u8]) -> Option<&str> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (_method, path, version) = (words.next()?, words.next()?, words.next()?);
    let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
    (is_path && version.starts_with("HTTP/1.") && words.next().is_none()).then_some(path)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::lan::certificate::Identity;

    #[test]
    fn only_the_path_of_a_whole_request_is_repeated() {
        for (request, shown) in [
            ("GET /dang-ky?a=b HTTP/1.1\r\nHost: evil.example\r\n\r\n", Some("/dang-ky?a=b")),
            ("GET http://evil.example/ HTTP/1.1\r\n\r\n", None),
            ("GET /a\nSet-Cookie:x HTTP/1.1\r\n\r\n", None),
            ("GET /a b HTTP/1.1\r\n\r\n", None),
            ("GET /đ HTTP/1.1\r\n\r\n", None),
            ("SSH-2.0-OpenSSH\r\n", None),
        ] {
            assert_eq!(path(request.as_bytes()), shown, "{request}");
        }
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a certificate of today, for a handshake of today")]
    async fn who_does_not_finish_the_handshake_is_sent_away_and_holds_up_nobody() {
        let data = tempfile::tempdir().unwrap();
        let identity = Identity::load_or_make(data.path(), &["127.0.0.1".to_owned()], Utc::now()).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let config = server_config(identity.certified().unwrap().into()).unwrap();
        let mut listener = TlsListener::new(tcp, config, BaseUrl::parse("https://a.vn").unwrap());
        listener.door.patience = Duration::from_millis(200);
        tokio::spawn(async move { listener.accept().await });
        for begun in [&b""[..], &[HANDSHAKE, 3, 1], b"GET / HTTP/1.1\r\n"] {
            let mut stalled = TcpStream::connect(address).await.unwrap();
            stalled.write_all(begun).await.unwrap();
            let closed = timeout(Duration::from_secs(5), stalled.read(&mut [0; 64])).await.expect("still open");
            assert_eq!(closed.unwrap_or(0), 0);
        }
    }
}
