//! Where a request comes from, for the log and for nothing else: a whole venue shares one address, and limits go by phone,
//! e-mail, ticket and account.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = ();

    /// Addresses and networks, with commas between.
    fn from_str(text: &str) -> Result<Self, ()> {
        let one = |text: &str| text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| ());
        text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(one).collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address that a request comes from: the nearest one that is no proxy of ours. Whoever stands before it may have
    /// written anything into the header.
    #[must_use]
    pub fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let mut nearest = peer.ip().to_canonical();
        let told = headers.get_all(FORWARDED_FOR).iter().flat_map(|value| value.to_str().unwrap_or("?").split(','));
        for hop in told.collect::<Vec<_>>().into_iter().rev() {
            if !self.trust(nearest) {
                break;
            }
            let Some(address) = address(hop.trim()) else { break };
            nearest = address;
        }
        Some(nearest)
    }
}

/// An address as proxies write it, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: Proxies = proxies.parse().unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 50_000)));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::try_from(*value).unwrap());
        }
        proxies.client(&headers, &extensions).unwrap().to_string()
    }

    #[test]
    fn nobody_elses_word_is_taken() {
        assert_eq!(client("", "198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(client("10.0.0.0/8", "198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(client("10.0.0.0/8", "::ffff:198.51.100.7", &[]), "198.51.100.7");
    }

    #[test]
    fn behind_proxies_of_ours_the_nearest_other_address_counts() {
        for forwarded in [&["1.2.3.4, 203.0.113.9"][..], &["1.2.3.4", "203.0.113.9:4711"], &["10.9.9.9, 1.2.3.4, 203.0.113.9, 10.0.0.2"]] {
            assert_eq!(client("10.0.0.0/8, ::1", "10.0.0.1", forwarded), "203.0.113.9", "{forwarded:?}");
        }
        assert_eq!(client("::1", "::1", &["[2001:db8::1]:80"]), "2001:db8::1");
        assert_eq!(client("::1", "::1", &["::ffff:203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn what_is_no_address_ends_the_search() {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["203.0.113.9, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["203.0.113.9, <script>, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0.1 10.0.0.2", "::1/129"] {
            assert_eq!(wrong.parse::<Proxies>(), Err(()), "{wrong}");
        }
        assert_eq!("".parse(), Ok(Proxies::default()));
    }
}
