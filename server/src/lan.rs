//! The local network: HTTPS with a certificate made on the spot, or one that is given, for trying the program with a phone, and for a venue whose
//! internet fails.

mod certificate;
mod listener;
mod notice;

use std::{
    net::{Ipv4Addr, UdpSocket},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, Utc};
use if_addrs::IfAddr;
use rustls::sign::CertifiedKey;
use tokio::net::TcpListener;

use crate::config::{BaseUrl, Config, ConfigError};

use self::certificate::Identity;
pub use self::{certificate::Authority, listener::TlsListener, notice::notice};

/// A network that only programs of this machine are in, or that phones beside it are not in, by the beginning of its name.
const INWARD: [&str; 11] = ["br-", "cni", "docker", "flannel", "podman", "ppp", "tailscale", "tun", "veth", "virbr", "wg"];

/// How phones reach this machine, and what it shows them.
#[derive(Debug)]
pub struct Lan {
    /// The likeliest first, at least one.
    addresses: Vec<Ipv4Addr>,
    certified: Arc<CertifiedKey>,
    authority: Option<Authority>,
}

impl Lan {
    /// Looks for this machine's addresses, and takes the certificate that the settings name; without one, that of the data folder
    /// for these addresses, or makes it.
    ///
    /// # Errors
    /// When there is no network, the base address is not one of HTTPS, or the certificate cannot be read, made or kept.
    pub fn open(config: &Config, now: DateTime<Utc>) -> Result<Self> {
        if config.base_url.as_ref().is_some_and(|url| !url.is_https()) {
            bail!(ConfigError::LanBaseUrl);
        }
        let interfaces = if_addrs::get_if_addrs().context("asking for this machine's addresses")?;
        let interfaces: Vec<_> = interfaces
            .into_iter()
            .filter_map(|interface| match interface.addr {
                IfAddr::V4(address) => Some((interface.name, address.ip)),
                IfAddr::V6(_) => None,
            })
            .collect();
        let addresses = in_order(&interfaces, default_route());
        if addresses.is_empty() {
            bail!("this machine is in no network: join the Wi-Fi that the phones are in, or open a hotspot, and start again");
        }
        if let Some(tls) = &config.tls {
            return Ok(Self { addresses, certified: certificate::given(&tls.certificate, &tls.key)?.into(), authority: None });
        }
        let names = names(&addresses, &hostname::get().unwrap_or_default().to_string_lossy(), config.base_url.as_ref());
        let identity = Identity::load_or_make(&config.data, &names, now)?;
        Ok(Self { addresses, certified: identity.certified()?.into(), authority: Some(identity.authority()?) })
    }

    /// The origins that phones open, the likeliest first.
    #[must_use]
    pub fn origins(&self, port: u16) -> Vec<BaseUrl> {
        self.addresses.iter().map(|address| BaseUrl::lan(*address, port)).collect()
    }

    /// What phones have to trust; `None`: they do already.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Speaks TLS to who comes; who comes without is sent to `home`.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub fn listener(&self, tcp: TcpListener, home: &BaseUrl) -> Result<TlsListener> {
        Ok(TlsListener::new(tcp, listener::server_config(Arc::clone(&self.certified))?, home.clone()))
    }
}

/// The address from which this machine would speak to the rest of the world. Nothing is sent.
fn default_route() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // RFC 5737: an address of documentation, which only the default route leads to.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(address) => Some(address),
        std::net::IpAddr::V6(_) => None,
    }
}

/// The addresses at which phones may find this machine, the likeliest first: a private one on the way to the internet, another
/// private one, the rest.
fn in_order(interfaces: &[(String, Ipv4Addr)], default_route: Option<Ipv4Addr>) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<_> = interfaces
        .iter()
        .filter(|(name, address)| {
            !address.is_loopback() && !address.is_link_local() && !INWARD.iter().any(|inward| name.starts_with(inward))
        })
        .map(|(_, address)| *address)
        .collect();
    addresses.sort_by_key(|address| (!address.is_private(), Some(*address) != default_route, *address));
    addresses.dedup();
    addresses
}

/// What the certificate names, sorted: every address, this machine by its names, and what the links are made with.
fn names(addresses: &[Ipv4Addr], host: &str, base_url: Option<&BaseUrl>) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()];
    names.extend(addresses.iter().map(ToString::to_string));
    names.extend(base_url.map(|url| url.host().to_owned()));
    let host = host.to_ascii_lowercase();
    let is_name = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if host.split('.').all(is_name) {
        // A name without dots is that of a network without a name server (RFC 6762).
        names.push(if host.contains('.') { host } else { format!("{host}.local") });
    }
    names.sort();
    names.dedup();
    names
}

/// Where the certificate is kept.
fn file(data: &Path) -> std::path::PathBuf {
    data.join("lan.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interfaces(given: &[(&str, [u8; 4])]) -> Vec<(String, Ipv4Addr)> {
        given.iter().map(|(name, address)| ((*name).to_owned(), Ipv4Addr::from(*address))).collect()
    }

    #[test]
    fn phones_are_sent_to_the_private_address_on_the_way_to_the_internet() {
        let found = interfaces(&[
            ("lo", [127, 0, 0, 1]),
            ("docker0", [172, 17, 0, 1]),
            ("eth1", [10, 42, 0, 1]),
            ("tun0", [10, 8, 0, 2]),
            ("eth0", [203, 0, 113, 9]),
            ("usb0", [169, 254, 3, 4]),
            ("wlan0", [192, 168, 1, 7]),
        ]);
        let order = |route| in_order(&found, route).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(order(Some([192, 168, 1, 7].into())), ["192.168.1.7", "10.42.0.1", "203.0.113.9"]);
        assert_eq!(order(Some([203, 0, 113, 9].into())), ["10.42.0.1", "192.168.1.7", "203.0.113.9"]);
        assert_eq!(order(None), ["10.42.0.1", "192.168.1.7", "203.0.113.9"], "a hotspot of one's own has no default route");
    }

    #[test]
    fn the_certificate_names_every_address_and_the_machine() {
        let addresses = [Ipv4Addr::new(192, 168, 1, 7), Ipv4Addr::new(10, 42, 0, 1)];
        let base_url = BaseUrl::parse("https://cds.example.vn:8443").unwrap();
        assert_eq!(
            names(&addresses, "Sen", Some(&base_url)),
            ["10.42.0.1", "127.0.0.1", "192.168.1.7", "cds.example.vn", "localhost", "sen.local"]
        );
        assert_eq!(names(&addresses[1..], "máy của tôi", None), ["10.42.0.1", "127.0.0.1", "localhost"]);
        assert_eq!(names(&addresses[1..], "sen.example.vn", None), ["10.42.0.1", "127.0.0.1", "localhost", "sen.example.vn"]);
    }
}
