//! Somebody with an account.

use anyhow::{Context as _, Result};
use clap::Args;
use http::{Request, Uri, header};

use crate::client::Client;

/// Where the program is, and whose account is used.
#[derive(Args, Debug)]
pub struct Staff {
    /// The program's address.
    #[arg(long)]
    pub base: Uri,
    /// The account's e-mail address.
    #[arg(long)]
    pub email: String,
    #[arg(long)]
    pub password: String,
}

impl Staff {
    /// Signs in and gives back the session's cookie, `name=value`.
    pub async fn sign_in(&self) -> Result<String> {
        let form = format!("email={}&password={}", encode(&self.email), encode(&self.password));
        let request = Request::post("/dang-nhap").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = Client::connect(&self.base).await?.send(request, form).await?;
        let cookie = answer.headers().get(header::SET_COOKIE).with_context(|| format!("no session: {}", answer.status()))?;
        Ok(cookie.to_str()?.split(';').next().unwrap_or_default().to_owned())
    }
}

/// Percent-encodes every byte that is no letter or digit.
pub fn encode(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
