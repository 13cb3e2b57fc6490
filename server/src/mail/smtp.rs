//! The SMTP server that mails are handed to.

use std::{fmt, time::Duration};

use lettre::{
    Message,
    message::Mailbox,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use services::mail::Outcome;
use tokio::time::timeout;
use url::Url;

/// How long the server may take to be reached, and to answer a command.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to say whether it took a mail. Far below the lease of a message.
const DATA_PATIENCE: Duration = Duration::from_mins(2);

/// How the way to the server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after STARTTLS, or nothing is sent.
    StartTls,
    /// None: for a relay on the same machine.
    Plain,
}

/// Where mails go, and from whom.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    pub from: Mailbox,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).field("security", &self.security).finish_non_exhaustive()
    }
}

/// Why a mail was not handed over, in words without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Perhaps later.
    Later(String),
    /// Never.
    Refused(String),
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Later(why) => Self::Later(why),
            Failure::Refused(why) => Self::Refused(why),
        }
    }
}

impl Smtp {
    /// Reads an address such as `smtps://user:password@host:465`; `None` for what is no such address. `smtp://` demands
    /// STARTTLS unless `?tls=none` says otherwise.
    #[must_use]
    pub fn parse(url: &str, from: &str) -> Option<Self> {
        let url = Url::parse(url.trim()).ok()?;
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (security, port) = match (url.scheme(), tls.as_deref()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", None | Some("required")) => (Security::StartTls, 587),
            ("smtp", Some("none")) => (Security::Plain, 25),
            _ => return None,
        };
        if !matches!(url.path(), "" | "/") {
            return None;
        }
        let decoded =
            |text: &str| form_urlencoded::parse(format!("v={}", text.replace('+', "%2B")).as_bytes()).next().map(|(_, v)| v.into_owned());
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(Credentials::new(decoded(user)?, decoded(password.unwrap_or_default())?)),
        };
        let host = url.host_str().filter(|host| !host.is_empty())?.trim_matches(['[', ']']).to_owned();
        Some(Self { host, port: url.port().unwrap_or(port), security, credentials, from: from.trim().parse().ok()? })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let hello = ClientId::default();
        let tls = |host: &str| TlsParameters::new(host.to_owned());
        let implicit = (self.security == Security::Tls).then(|| tls(&self.host)).transpose()?;
        let mut connection =
            AsyncSmtpConnection::connect_tokio1((self.host.as_str(), self.port), Some(PATIENCE), &hello, implicit, None).await?;
        if self.security == Security::StartTls {
            connection.starttls(tls(&self.host)?, &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// A way to the server that stays open while there is something to send.
#[derive(Default)]
pub struct Line(Option<AsyncSmtpConnection>);

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line").field(&self.0.is_some()).finish()
    }
}

impl Line {
    /// Says from whom and to whom, until the server asks for the text. Nothing of the text has gone out yet.
    ///
    /// # Errors
    /// [`Failure`]: what fails before the server heard of this mail is never the mail's fault.
    pub async fn ready(&mut self, smtp: &Smtp, mail: &Message, text: &[u8]) -> Result<(), Failure> {
        let mut connection = match self.0.take() {
            Some(connection) => connection,
            None => match timeout(2 * PATIENCE, smtp.connect()).await {
                Ok(Ok(connection)) => connection,
                Ok(Err(error)) => return Err(Failure::Later(told("connect", &error))),
                Err(_) => return Err(Failure::Later("connect timeout".into())),
            },
        };
        let envelope = mail.envelope();
        let mut parameters = Vec::new();
        if !envelope.to().iter().all(|to| AsRef::<str>::as_ref(to).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                self.0 = Some(connection);
                return Err(Failure::Refused("smtputf8".into()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !text.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let asked = async {
            connection.command(Mail::new(envelope.from().cloned(), parameters)).await?;
            for to in envelope.to() {
                connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
            }
            connection.command(Data).await
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(_)) => {
                self.0 = Some(connection);
                Ok(())
            }
            Ok(Err(error)) => {
                let _ = timeout(Duration::from_secs(1), connection.abort()).await;
                let why = told("smtp", &error);
                Err(if error.is_permanent() { Failure::Refused(why) } else { Failure::Later(why) })
            }
            Err(_) => Err(Failure::Later("smtp timeout".into())),
        }
    }

    /// Sends the text and hears whether the server took it.
    pub async fn go(&mut self, text: &[u8]) -> Outcome {
        let Some(mut connection) = self.0.take() else { return Outcome::Later("connect".into()) };
        match timeout(DATA_PATIENCE, connection.message(text)).await {
            Ok(Ok(_)) => {
                self.0 = Some(connection);
                Outcome::Sent
            }
            Ok(Err(error)) => {
                let why = told("smtp", &error);
                let _ = timeout(Duration::from_secs(1), connection.abort()).await;
                if error.is_permanent() {
                    Outcome::Refused(why)
                } else if error.is_transient() {
                    Outcome::Later(why)
                } else {
                    Outcome::Unclear(why)
                }
            }
            Err(_) => Outcome::Unclear("smtp timeout".into()),
        }
    }

    /// Hangs up.
    pub async fn close(&mut self) {
        if let Some(mut connection) = self.0.take() {
            let _ = timeout(Duration::from_secs(1), connection.quit()).await;
        }
    }
}

/// What went wrong, as the console shows it: the codes of an answer and never its words, which repeat the address.
fn told(phase: &str, error: &lettre::transport::smtp::Error) -> String {
    let Some(code) = error.status() else {
        let kind = if error.is_timeout() {
            "timeout"
        } else if error.is_tls() {
            "tls"
        } else {
            "network"
        };
        return format!("{phase} {kind}");
    };
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let enhanced = words.split_whitespace().next().filter(|word| is_enhanced(word)).unwrap_or_default();
    format!("{phase} {code} {enhanced}").trim_end().to_owned()
}

/// Whether this is an enhanced status code (RFC 3463), such as `5.1.1`.
fn is_enhanced(word: &str) -> bool {
    let mut parts = word.split('.');
    let is_number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.by_ref().take(3).filter(|part| is_number(part)).count() == 3 && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_mail_servers_are_read_and_demand_tls_unless_told_otherwise() {
        let read = |url: &str| Smtp::parse(url, "Ban Tổ chức <btc@dongthap.gov.vn>");
        let smtp = read("smtps://u%40a.vn:p%2Bw+%3A@mail.example.vn").unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example.vn", 465, Security::Tls));
        assert_eq!(smtp.credentials, Some(Credentials::new("u@a.vn".into(), "p+w+:".into())));
        assert_eq!(read("smtp://mail.example.vn:2525").unwrap().security, Security::StartTls);
        assert_eq!(read("smtp://127.0.0.1?tls=none").unwrap().port, 25);
        for wrong in ["mail.example.vn", "http://a.vn", "smtp://", "smtp://a.vn?tls=maybe", "smtps://a.vn/x", "smtps://a.vn?tls=none"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
        assert!(Smtp::parse("smtps://a.vn", "no address").is_none());
    }

    #[test]
    fn the_password_is_never_printed() {
        let smtp = Smtp::parse("smtps://u:hunter2@a.vn", "btc@a.vn").unwrap();
        assert!(!format!("{smtp:?}").contains("hunter2"));
    }

    #[test]
    fn only_codes_are_kept_of_an_answer() {
        assert!(is_enhanced("5.1.1") && is_enhanced("4.7.650"));
        for not in ["<a@b.vn>", "5.1", "5.1.1.1", "a.b.c", "", "5.1.1:"] {
            assert!(!is_enhanced(not), "{not}");
        }
    }
}
