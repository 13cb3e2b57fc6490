//! Settings: from the command line or the environment, checked before anything begins.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    str::FromStr,
    sync::Arc,
};

use chrono::TimeDelta;
use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE;
use domain::fair::puzzle::Difficulty;
use http::{Uri, uri::Scheme};
use services::MasterSecret;

use crate::{
    mail::{
        sms::{self, Sms},
        smtp::Smtp,
    },
    middleware::forwarded::Proxies,
};

/// How many connections to Postgres may be held at once. Those who answer scans and sign-ins together keep one each while there is
/// something to answer; as many are left to everybody else.
const CONNECTIONS: RangeInclusive<u32> = 4..=1000;

/// Every setting, as it was given. [`Settings::check`] makes a [`Config`] of it.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// The Postgres database, as `postgres://user:password@host/database`; without it, a private cluster in the data folder
    #[arg(long, env, global = true, hide_env_values = true, value_name = "URL", help_heading = "Settings")]
    pub database_url: Option<Hidden>,
    /// The most connections to Postgres that are held at once
    #[arg(long, env, global = true, default_value_t = 16, value_name = "N", help_heading = "Settings")]
    pub database_connections: u32,
    /// The folder of what must be kept beside the database: the secret key, uploaded pictures, the private cluster
    #[arg(long, env, global = true, default_value = "data", value_name = "DIR", help_heading = "Settings")]
    pub data: PathBuf,
    /// The origin of links that leave the site (QR codes, calendars), as people open it [default: http://127.0.0.1:PORT; with
    /// --lan, this machine's address on the network]
    #[arg(long, env, global = true, value_name = "URL", help_heading = "Settings")]
    pub base_url: Option<String>,
    /// The address to listen on; a reverse proxy that ends TLS stands before it [default: 127.0.0.1; with --lan, all]
    #[arg(long, env, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    pub host: Option<IpAddr>,
    /// The port to listen on; 0 takes a free one
    #[arg(long, env, global = true, default_value_t = 8080, help_heading = "Settings")]
    pub port: u16,
    /// With `serve --lan`, a certificate that browsers trust (PEM, with its chain) for the host of the base address; without it, one is made
    #[arg(long, env, global = true, value_name = "FILE", help_heading = "Settings")]
    pub tls_certificate: Option<String>,
    /// The key of that certificate (PEM)
    #[arg(long, env, global = true, value_name = "FILE", help_heading = "Settings")]
    pub tls_key: Option<String>,
    /// The installation's secret, 64 hexadecimal digits; without it, secret.key in the data folder, made at the first start
    #[arg(long, env, global = true, hide_env_values = true, value_name = "HEX", help_heading = "Settings")]
    pub secret_key: Option<Hidden>,
    /// What to log: a level (error, warn, info, debug, trace), or filters as in `warn,sqlx::query=debug`
    #[arg(long, env, global = true, default_value = "info", value_name = "FILTER", help_heading = "Settings")]
    pub log: String,
    /// The reverse proxies whose X-Forwarded-For is written into the log, as addresses or networks with commas between
    #[arg(long, env, global = true, value_name = "NETWORKS", help_heading = "Settings")]
    pub trusted_proxies: Option<String>,
    /// The least time in which a person fills in a registration form, in seconds, 0 to 60; 0 asks nothing
    #[arg(long, env, global = true, default_value_t = 3, value_name = "SECONDS", help_heading = "Settings")]
    pub form_seconds: u32,
    /// The work that a browser does for a registration in the minute after an audience opens, in bits, 0 to 26; 0 asks nothing
    #[arg(long, env, global = true, default_value_t = 0, value_name = "BITS", help_heading = "Settings")]
    pub opening_puzzle: u8,
    /// The server that takes mails, as `smtps://user:password@host`, or `smtp://…` for STARTTLS, with `?tls=none` for a
    /// relay on the same machine; without it, mails wait in the outbox
    #[arg(long, env, global = true, hide_env_values = true, value_name = "URL", help_heading = "Settings")]
    pub smtp_url: Option<Hidden>,
    /// The sender of mails, as `Ban Tổ chức <btc@dongthap.gov.vn>`
    #[arg(long, env, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    pub mail_from: Option<String>,
    /// The service that takes SMS or Zalo messages for people without e-mail, called by POST; without it, they are told nothing
    #[arg(long, env, global = true, hide_env_values = true, value_name = "URL", help_heading = "Settings")]
    pub sms_url: Option<Hidden>,
    /// The headers of that call, as `Name: value`, one a line or with `;` between
    #[arg(long, env, global = true, hide_env_values = true, value_name = "HEADERS", help_heading = "Settings")]
    pub sms_headers: Option<Hidden>,
    /// The body of that call, with `{text}`, `{phone}` or `{digits}`, and `{id}`
    #[arg(long, env, global = true, hide_env_values = true, value_name = "BODY", help_heading = "Settings")]
    pub sms_body: Option<Hidden>,
    /// What an answer holds only if the message was taken, where the service says 200 to everything
    #[arg(long, env, global = true, value_name = "TEXT", help_heading = "Settings")]
    pub sms_taken: Option<String>,
    /// Whether texts keep their Vietnamese marks: a part is then 70 characters instead of 160
    #[arg(long, env, global = true, default_value_t = false, action = clap::ArgAction::Set, value_name = "true|false", help_heading = "Settings")]
    pub sms_marks: bool,
    /// The folder of the built site, where it is not inside the executable
    #[arg(long, env, global = true, default_value = "target/site", value_name = "DIR", help_heading = "Settings")]
    pub site: PathBuf,
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// `None`: the private cluster.
    pub database_url: Option<Hidden>,
    pub database_connections: u32,
    pub data: PathBuf,
    /// `None`: the loopback address of the port that is listened on.
    pub base_url: Option<BaseUrl>,
    /// `None`: the loopback, or all addresses in the mode for the local network.
    pub host: Option<IpAddr>,
    pub port: u16,
    /// `None`: a certificate is made in the mode for the local network.
    pub tls: Option<Tls>,
    /// `None`: the key in the data folder.
    pub secret: Option<MasterSecret>,
    /// `None`: mails wait.
    pub smtp: Option<Smtp>,
    /// `None`: nothing is sent to phones.
    pub sms: Option<Sms>,
    pub site: PathBuf,
    pub fair: FairUse,
}

/// A certificate that browsers trust, and its key: files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Who is believed, and what shows a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FairUse {
    pub proxies: Proxies,
    /// The least time in which a person fills in a form.
    pub form: TimeDelta,
    /// What a registration costs a browser while an audience opens; `None`: nothing.
    pub puzzle: Option<Difficulty>,
}

/// What is wrong with the settings, and what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("DATABASE_URL is no address of a Postgres database: it begins with postgres:// or postgresql://")]
    DatabaseUrl,
    #[error("DATABASE_CONNECTIONS must be between 4 and 1000")]
    DatabaseConnections,
    #[error("BASE_URL must be an origin such as https://ngay-cds.dongthap.gov.vn: http or https, a host, no path")]
    BaseUrl,
    #[error("BASE_URL must begin with https:// for serve --lan; without it, this machine's address is taken")]
    LanBaseUrl,
    #[error("TLS_CERTIFICATE and TLS_KEY go together, with BASE_URL for the host that the certificate names")]
    Tls,
    #[error("SECRET_KEY must be 64 hexadecimal digits; `openssl rand -hex 32` makes some")]
    SecretKey,
    #[error("TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, with commas between")]
    TrustedProxies,
    #[error("FORM_SECONDS must be between 0 and 60")]
    FormSeconds,
    #[error("OPENING_PUZZLE must be between 0 and {}", Difficulty::MOST)]
    OpeningPuzzle,
    #[error("SMTP_URL must be like smtps://user:password@host or smtp://host:587, with MAIL_FROM like `Ban Tổ chức <btc@dongthap.gov.vn>`")]
    Smtp,
    #[error("SMS_URL must be an address such as https://sms.example.vn/send (http only on this machine)")]
    SmsUrl,
    #[error("SMS_HEADERS must be like `Authorization: Bearer …; Idempotency-Key: {{id}}`, with a Content-Type of JSON or a form if any")]
    SmsHeaders,
    #[error("SMS_BODY must hold {{text}} and {{phone}} or {{digits}}, and be JSON unless SMS_HEADERS say that it is a form")]
    SmsBody,
}

impl Config {
    /// Where to listen.
    #[must_use]
    pub fn listen(&self, lan: bool) -> SocketAddr {
        let default = if lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        SocketAddr::new(self.host.unwrap_or(default.into()), self.port)
    }
}

impl Settings {
    /// Checks every value and their combination.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub fn check(self) -> Result<Config, ConfigError> {
        let database_url = self.database_url.filter(|url| !url.0.is_empty());
        if database_url.as_ref().is_some_and(|url| !url.0.starts_with("postgres://") && !url.0.starts_with("postgresql://")) {
            return Err(ConfigError::DatabaseUrl);
        }
        if !CONNECTIONS.contains(&self.database_connections) {
            return Err(ConfigError::DatabaseConnections);
        }
        if self.form_seconds > 60 {
            return Err(ConfigError::FormSeconds);
        }
        let fair = FairUse {
            proxies: self.trusted_proxies.unwrap_or_default().parse().map_err(|()| ConfigError::TrustedProxies)?,
            form: TimeDelta::seconds(self.form_seconds.into()),
            puzzle: Difficulty::from_bits(self.opening_puzzle).map_err(|()| ConfigError::OpeningPuzzle)?,
        };
        let sms = self.sms_url.filter(|url| !url.0.is_empty()).map(|url| {
            let given = |setting: Option<Hidden>| setting.map_or_else(String::new, |setting| setting.0);
            let (headers, body) = (given(self.sms_headers), given(self.sms_body));
            Sms::parse(&url.0, &headers, &body, self.sms_taken.as_deref().unwrap_or_default(), self.sms_marks).map_err(
                |fault| match fault {
                    sms::Fault::Url => ConfigError::SmsUrl,
                    sms::Fault::Headers => ConfigError::SmsHeaders,
                    sms::Fault::Body => ConfigError::SmsBody,
                },
            )
        });
        let base_url = self.base_url.filter(|url| !url.is_empty()).map(|url| BaseUrl::parse(&url)).transpose()?;
        let file = |path: Option<String>| path.filter(|path| !path.is_empty()).map(PathBuf::from);
        let tls = match (file(self.tls_certificate), file(self.tls_key)) {
            (None, None) => None,
            (Some(certificate), Some(key)) if base_url.is_some() => Some(Tls { certificate, key }),
            _ => return Err(ConfigError::Tls),
        };
        Ok(Config {
            fair,
            database_url,
            database_connections: self.database_connections,
            data: self.data,
            base_url,
            tls,
            host: self.host,
            port: self.port,
            secret: self.secret_key.filter(|key| !key.0.is_empty()).map(|key| parse_secret(&key.0)).transpose()?,
            smtp: self.smtp_url.filter(|url| !url.0.is_empty()).map(|url| parse_smtp(&url.0, self.mail_from.as_deref())).transpose()?,
            sms: sms.transpose()?,
            site: self.site,
        })
    }
}

fn parse_smtp(url: &str, from: Option<&str>) -> Result<Smtp, ConfigError> {
    Smtp::parse(url, from.unwrap_or_default()).ok_or(ConfigError::Smtp)
}

/// Reads a secret of 64 hexadecimal digits.
///
/// # Errors
/// [`ConfigError::SecretKey`].
pub fn parse_secret(text: &str) -> Result<MasterSecret, ConfigError> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).map_err(|_| ConfigError::SecretKey)?;
    Ok(MasterSecret::new(bytes.try_into().map_err(|_| ConfigError::SecretKey)?))
}

/// The origin of absolute links: scheme and host, no slash at the end. The `Host` header is never used for links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: Arc<str>,
    /// Whether the program vouches for itself here, by a certificate of its own making.
    self_signed: bool,
}

impl BaseUrl {
    /// # Errors
    /// [`ConfigError::BaseUrl`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let uri: Uri = text.trim().parse().map_err(|_| ConfigError::BaseUrl)?;
        let scheme = uri.scheme().filter(|scheme| **scheme == Scheme::HTTP || **scheme == Scheme::HTTPS).ok_or(ConfigError::BaseUrl)?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(ConfigError::BaseUrl)?;
        if uri.path() != "/" || uri.query().is_some() || authority.host().is_empty() {
            return Err(ConfigError::BaseUrl);
        }
        Ok(Self { origin: format!("{scheme}://{}", authority.as_str().to_ascii_lowercase()).into(), self_signed: false })
    }

    /// The loopback address of a port.
    #[must_use]
    pub fn loopback(port: u16) -> Self {
        Self { origin: format!("http://127.0.0.1:{port}").into(), self_signed: false }
    }

    /// The address of this machine on a local network, over TLS.
    #[must_use]
    pub fn lan(address: Ipv4Addr, port: u16) -> Self {
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        Self { origin: format!("https://{address}{port}").into(), self_signed: true }
    }

    /// The same origin, with a certificate that the program has made itself.
    #[must_use]
    pub fn self_signed(self) -> Self {
        Self { self_signed: true, ..self }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        self.origin.clone()
    }

    /// The name or address in it, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.origin.split_once("://").map_or(&*self.origin, |(_, authority)| authority);
        match authority.split_once(']') {
            Some((host, _)) => host.trim_start_matches('['),
            None => authority.split(':').next().unwrap_or(authority),
        }
    }

    /// Whether people reach the site over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether browsers may be told to accept nothing but TLS from now on. Not behind a certificate of our own making:
    /// they would take away the way past their warning.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.is_https() && !self.self_signed
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        settings: Settings,
    }

    fn config(arguments: &[&str]) -> Result<Config, ConfigError> {
        Only::try_parse_from([&["x"], arguments].concat()).unwrap().settings.check()
    }

    #[test]
    fn without_settings_the_program_listens_on_the_loopback_with_its_own_cluster() {
        let config = config(&[]).unwrap();
        assert_eq!((config.listen(false).to_string().as_str(), &config.base_url, &config.data), ("127.0.0.1:8080", &None, &"data".into()));
        assert!(config.secret.is_none());
    }

    #[test]
    fn on_the_local_network_the_program_listens_on_all_addresses_unless_told_one() {
        assert_eq!(config(&[]).unwrap().listen(true).to_string(), "0.0.0.0:8080");
        for lan in [true, false] {
            assert_eq!(config(&["--host", "192.168.1.7"]).unwrap().listen(lan).to_string(), "192.168.1.7:8080");
        }
    }

    #[test]
    fn a_base_url_is_an_origin_and_nothing_else() {
        for (given, kept) in [("https://CDS.example.vn/", "https://cds.example.vn"), ("http://[::1]:80", "http://[::1]:80")] {
            assert_eq!(BaseUrl::parse(given).unwrap().as_str(), kept);
        }
        for (given, host) in
            [("https://CDS.example.vn", "cds.example.vn"), ("http://[::1]:80", "::1"), ("https://10.0.0.7:8443", "10.0.0.7")]
        {
            assert_eq!(BaseUrl::parse(given).unwrap().host(), host);
        }
        for wrong in ["cds.example.vn", "ftp://a.vn", "https://a.vn/x", "https://a.vn/?x", "https://u:p@a.vn", "https://", ""] {
            assert_eq!(BaseUrl::parse(wrong), Err(ConfigError::BaseUrl), "{wrong}");
        }
    }

    #[test]
    fn values_that_cannot_be_used_are_refused_by_name() {
        assert_eq!(config(&["--database-url", "mysql://a"]).unwrap_err(), ConfigError::DatabaseUrl);
        assert_eq!(config(&["--database-connections", "3"]).unwrap_err(), ConfigError::DatabaseConnections);
        assert_eq!(config(&["--database-connections", "4"]).unwrap().database_connections, 4);
        assert_eq!(config(&["--trusted-proxies", "proxy.example.vn"]).unwrap_err(), ConfigError::TrustedProxies);
        assert_eq!(config(&["--form-seconds", "61"]).unwrap_err(), ConfigError::FormSeconds);
        let tls = ["--tls-certificate", "chain.pem", "--tls-key", "key.pem", "--base-url", "https://cds.example.vn"];
        assert_eq!(config(&tls).unwrap().tls.unwrap().key, PathBuf::from("key.pem"));
        assert_eq!(config(&["--tls-certificate", "", "--tls-key", ""]).unwrap().tls, None);
        for part in [&tls[..2], &tls[..4], &tls[2..]] {
            assert_eq!(config(part).unwrap_err(), ConfigError::Tls, "{part:?}");
        }
        for key in ["abc", &"0".repeat(63), &"g".repeat(64), &"0".repeat(66)] {
            assert_eq!(config(&["--secret-key", key]).unwrap_err(), ConfigError::SecretKey, "{key}");
        }
        for smtp in [&["--smtp-url", "smtps://a.vn"][..], &["--smtp-url", "a.vn", "--mail-from", "a@a.vn"]] {
            assert_eq!(config(smtp).unwrap_err(), ConfigError::Smtp, "{smtp:?}");
        }
        let sms = ["--sms-url", "https://a.vn", "--sms-body", r#"{"to":"{phone}","text":"{text}"}"#, "--sms-headers", "X: y"];
        assert!(config(&sms).unwrap().sms.is_some());
        assert_eq!(config(&["--sms-url", "a.vn"]).unwrap_err(), ConfigError::SmsUrl);
        assert_eq!(config(&sms[..2]).unwrap_err(), ConfigError::SmsBody);
        assert_eq!(config(&[&sms[..4], &["--sms-headers", "x"]].concat()).unwrap_err(), ConfigError::SmsHeaders);
        assert!(config(&["--secret-key", &"0aF".repeat(22)[..64]]).is_ok());
    }

    #[test]
    fn secrets_are_never_printed() {
        let smtp = ["--smtp-url", "smtps://u:hunter2@h", "--mail-from", "a@a.vn"];
        let config =
            config(&[&["--database-url", "postgres://u:hunter2@h/d", "--secret-key", &"ab".repeat(32)], &smtp[..]].concat()).unwrap();
        let printed = format!("{config:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("abab"), "{printed}");
    }

    #[test]
    fn the_readme_tells_every_setting_with_its_default_and_no_other() {
        let readme = include_str!("../../README.md");
        let (_, section) = readme.split_once("\n## Settings\n").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let told: Vec<(&str, &str)> = section
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| `")?.split(" | ");
                Some((cells.next()?.trim_end_matches('`'), cells.next()?.trim_matches('`')))
            })
            .collect();
        let command = Only::command();
        let settings: Vec<_> = command.get_arguments().filter(|argument| argument.get_env().is_some()).collect();
        assert_eq!(
            told.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            settings.iter().map(|setting| setting.get_env().unwrap().to_str().unwrap()).collect::<Vec<_>>()
        );
        for (setting, (name, told)) in settings.iter().zip(&told) {
            assert_eq!(setting.get_long().unwrap(), name.to_lowercase().replace('_', "-"));
            if let [default] = setting.get_default_values() {
                assert_eq!(default.to_str().unwrap(), *told, "{name}");
            }
        }
    }
}
