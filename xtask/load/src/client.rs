//! One kept-alive HTTP/1.1 connection to a loopback address.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection that sends one request after the other.
#[derive(Debug)]
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

impl Client {
    /// Connects to the host of a base address like `http://127.0.0.1:8080`.
    pub async fn connect(base: &Uri) -> Result<Self> {
        let authority = base.authority().context("the base address has no host")?.to_string();
        let address = tokio::net::lookup_host(&authority).await?.find(|address| address.ip().is_loopback());
        let address = address.with_context(|| format!("{authority} is not on the loopback"))?;
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, authority })
    }

    /// Sends a request as a browser of the same origin would, and reads the whole answer.
    pub async fn send(&mut self, request: http::request::Builder, body: impl Into<Bytes>) -> Result<Response<Bytes>> {
        let (parts, body) = self.begin(request, body).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    /// Sends a request as a browser of the same origin would, and leaves the body of the answer to be read as it comes.
    pub async fn begin(&mut self, request: http::request::Builder, body: impl Into<Bytes>) -> Result<Response<Incoming>> {
        let request: Request<Full<Bytes>> =
            request.header(http::header::HOST, &self.authority).header("sec-fetch-site", "same-origin").body(Full::new(body.into()))?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        ensure!(!answer.status().is_informational(), "an answer was only informational");
        Ok(answer)
    }
}

/// Random bytes of the operating system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    use services::Random;
    let mut bytes = [0; N];
    services::context::SystemRandom.fill(&mut bytes);
    bytes
}
