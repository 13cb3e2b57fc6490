//! The certificates that the program makes for itself: an authority, which a phone is told to trust once, and what the authority
//! signs for the addresses of today.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// For how long an authority is made: phones are asked to trust it once for several editions.
const AUTHORITY_DAYS: i64 = 3 * 365;
/// For how long it certifies addresses. iPhones take none of more than 825 days.
const SERVER_DAYS: i64 = 365;
/// What must be left of either that is used on: an event and its preparation.
const LEFT: i64 = 30;
/// The networks that an authority may always certify addresses of: those of RFC 1918 and RFC 6598, and the machine itself.
const NETWORKS: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];
/// The names that it may always certify: of a network without a name server (RFC 6762), and the machine itself.
const NAMES: [&str; 2] = ["local", "localhost"];

/// What the data folder keeps.
#[derive(Serialize, Deserialize)]
pub struct Identity {
    authority: Kept,
    server: Kept,
}

/// A key and its certificate.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// What it certifies, or may certify beyond local networks: addresses and host names, sorted.
    names: Vec<String>,
    /// The day at whose beginning (UTC) it ends.
    ends: NaiveDate,
    /// X.509, DER in base64.
    certificate: String,
    /// PKCS #8, DER in base64.
    key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("names", &self.server.names).field("ends", &self.server.ends).finish_non_exhaustive()
    }
}

impl Identity {
    /// That of the data folder, as far as it holds for these names; else a new one, kept there for its owner alone. The authority
    /// stays when only the addresses change, so that phones need not be told again.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn load_or_make(data: &Path, names: &[String], now: DateTime<Utc>) -> Result<Self> {
        let (path, today) = (super::file(data), now.date_naive());
        // What cannot be read is made anew: at worst a phone is asked once more.
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let (authority, server) = kept.map(|kept| (kept.authority, kept.server)).unzip();
        let authority = authority.filter(|kept| kept.lasts(today) && names.iter().all(|name| kept.may_certify(name)) && kept.is_whole());
        let server = server.filter(|kept| authority.is_some() && kept.lasts(today) && kept.certifies(names) && kept.is_whole());
        let made = match (authority, server) {
            (Some(authority), Some(server)) => return Ok(Self { authority, server }),
            (Some(authority), None) => Self { server: authority.sign(names, today)?, authority },
            (None, _) => Self::make(names, today).context("making a certificate")?,
        };
        fs::create_dir_all(data).with_context(|| format!("making the folder {}", data.display()))?;
        made.write(&path).with_context(|| format!("writing {}", path.display()))?;
        Ok(made)
    }

    fn make(names: &[String], today: NaiveDate) -> Result<Self> {
        let authority = Kept::authority(names, today)?;
        Ok(Self { server: authority.sign(names, today)?, authority })
    }

    /// Whole before it is seen, and never readable for others.
    fn write(&self, path: &Path) -> Result<()> {
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        Ok(())
    }

    /// What phones may trust.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn authority(&self) -> Result<Authority> {
        Ok(Authority { certificate: BASE64.decode(self.authority.certificate.as_bytes())? })
    }

    /// Key and certificate of the server, if they belong together.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn certified(&self) -> Result<CertifiedKey> {
        self.server.certified()
    }
}

impl Kept {
    fn authority(names: &[String], today: NaiveDate) -> Result<Self> {
        let names: Vec<String> = names.iter().filter(|name| !is_local(name)).cloned().collect();
        let ends = today + TimeDelta::days(AUTHORITY_DAYS);
        let key = KeyPair::generate()?;
        let mut params = authority_params();
        last(&mut params, today, ends);
        let networks = NETWORKS.map(|(network, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(network.into(), bits)));
        let more = NAMES.iter().map(|name| (*name).to_owned()).chain(names.iter().cloned());
        let more = more.map(|name| match name.parse::<IpAddr>() {
            Ok(address) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, if address.is_ipv4() { 32 } else { 128 })),
            Err(_) => GeneralSubtree::DnsName(name),
        });
        // Whoever gets hold of the key still vouches for no other site to a phone.
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: networks.into_iter().chain(more).collect(), excluded_subtrees: Vec::new() });
        let certificate = params.self_signed(&key)?;
        Ok(Self { names, ends, certificate: BASE64.encode(certificate.der()), key: BASE64.encode(key.serialized_der()) })
    }

    /// Certifies these names by this authority.
    fn sign(&self, names: &[String], today: NaiveDate) -> Result<Self> {
        let issuer = Issuer::new(authority_params(), KeyPair::try_from(BASE64.decode(self.key.as_bytes())?)?);
        let ends = self.ends.min(today + TimeDelta::days(SERVER_DAYS));
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = named("ngay-cds");
        last(&mut params, today, ends);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Self { names: names.to_vec(), ends, certificate: BASE64.encode(certificate.der()), key: BASE64.encode(key.serialized_der()) })
    }

    fn lasts(&self, today: NaiveDate) -> bool {
        self.ends - today >= TimeDelta::days(LEFT)
    }

    fn certifies(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.names.contains(name))
    }

    fn may_certify(&self, name: &str) -> bool {
        is_local(name) || self.names.iter().any(|known| known == name)
    }

    fn is_whole(&self) -> bool {
        self.certified().is_ok()
    }

    fn certified(&self) -> Result<CertifiedKey> {
        let certificate = CertificateDer::from(BASE64.decode(self.certificate.as_bytes())?);
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(BASE64.decode(self.key.as_bytes())?));
        Ok(CertifiedKey::from_der(vec![certificate], key, &ring::default_provider())?)
    }
}

/// What is the same in every authority.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Ngày Chuyển đổi số (máy chủ tại chỗ)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// From these days on, until the beginning of that one.
fn last(params: &mut CertificateParams, today: NaiveDate, ends: NaiveDate) {
    let day = |date: NaiveDate| {
        // Months and days are small numbers.
        let [month, day] = [date.month(), date.day()].map(|number| u8::try_from(number).unwrap_or(1));
        date_time_ymd(date.year(), month, day)
    };
    // Clocks of phones without a network may be late.
    params.not_before = day(today - TimeDelta::days(2));
    params.not_after = day(ends);
}

/// Whether every authority may certify it.
fn is_local(name: &str) -> bool {
    match name.parse::<Ipv4Addr>() {
        Ok(address) => NETWORKS.iter().any(|(network, bits)| (u32::from(address) ^ u32::from(*network)) >> (32 - bits) == 0),
        Err(_) => NAMES.iter().any(|local| name.strip_suffix(local).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))),
    }
}

/// A certificate that phones may trust.
#[derive(Clone, Debug)]
pub struct Authority {
    certificate: Vec<u8>,
}

impl Authority {
    /// X.509, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The fingerprint that devices show with a certificate: SHA-256, in pairs of hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }
}

/// A certificate with its chain and the key, of PEM files.
///
/// # Errors
/// When they cannot be read, or do not belong together.
pub fn given(certificate: &Path, key: &Path) -> Result<CertifiedKey> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("reading certificates from {}", certificate.display()))?;
    let key_der = PrivateKeyDer::from_pem_file(key).with_context(|| format!("reading a key from {}", key.display()))?;
    CertifiedKey::from_der(chain, key_der, &ring::default_provider())
        .with_context(|| format!("taking {} with {}", certificate.display(), key.display()))
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, sync::Arc};

    use rustls::{
        RootCertStore,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
        pki_types::{ServerName, UnixTime},
    };

    use super::*;

    fn names(given: &[&str]) -> Vec<String> {
        given.iter().map(|name| (*name).to_owned()).collect()
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 9, 1).unwrap()
    }

    /// Whether a phone that trusts the authority takes the certificate for this name, on that day.
    fn is_taken(authority: &Kept, server: &Kept, name: &str, day: NaiveDate) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(BASE64.decode(authority.certificate.as_bytes()).unwrap())).unwrap();
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), ring::default_provider().into()).build().unwrap();
        let certificate = CertificateDer::from(BASE64.decode(server.certificate.as_bytes()).unwrap());
        let at = u64::try_from(day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp()).unwrap();
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
        verifier.verify_server_cert(&certificate, &[], &ServerName::try_from(name.to_owned()).unwrap(), &[], at).is_ok()
    }

    #[test]
    fn a_phone_that_trusts_the_authority_takes_every_address_of_the_machine_and_no_other() {
        let certified = names(&["10.42.0.1", "192.0.2.2", "cds.example.vn", "localhost", "sen", "sen.local"]);
        let Identity { authority, server } = Identity::make(&certified, today()).unwrap();
        for name in &certified {
            assert!(is_taken(&authority, &server, name, today()), "{name}");
        }
        assert!(!is_taken(&authority, &server, "10.42.0.2", today()), "it is not certified");
        assert!(!is_taken(&authority, &server, "10.42.0.1", server.ends + TimeDelta::days(1)));
        let other = Identity::make(&certified, today()).unwrap();
        assert!(!is_taken(&other.authority, &server, "10.42.0.1", today()), "another authority vouches for it");
    }

    #[test]
    fn an_authority_vouches_for_local_networks_and_its_own_machine_alone() {
        let authority = Kept::authority(&names(&["10.42.0.1", "192.0.2.2", "sen"]), today()).unwrap();
        for (name, is_vouched) in [
            ("192.168.7.7", true),
            ("172.31.0.1", true),
            ("100.72.0.1", true),
            ("100.128.0.1", false),
            ("sen.local", true),
            ("192.0.2.2", true),
            ("192.0.2.3", false),
            ("dichvucong.gov.vn", false),
        ] {
            let server = authority.sign(&names(&[name]), today()).unwrap();
            assert_eq!((is_taken(&authority, &server, name, today()), authority.may_certify(name)), (is_vouched, is_vouched), "{name}");
        }
    }

    #[test]
    fn what_is_kept_is_used_on_while_it_names_every_address_and_is_not_about_to_end() {
        let Identity { authority, server } = Identity::make(&names(&["10.42.0.1", "localhost", "sen.local"]), today()).unwrap();
        assert_eq!(server.ends, NaiveDate::from_ymd_opt(2028, 8, 31).unwrap());
        assert_eq!(authority.ends, NaiveDate::from_ymd_opt(2030, 8, 31).unwrap());
        for (asked, certifies) in
            [(&["10.42.0.1", "localhost", "sen.local"][..], true), (&["10.42.0.1"], true), (&["10.42.0.1", "192.168.1.7"], false)]
        {
            assert_eq!(server.certifies(&names(asked)), certifies, "{asked:?}");
        }
        let last = server.ends - TimeDelta::days(30);
        assert_eq!((server.lasts(last), server.lasts(last + TimeDelta::days(1))), (true, false));
        let late = authority.sign(&names(&["10.42.0.1"]), authority.ends - TimeDelta::days(40)).unwrap();
        assert_eq!(late.ends, authority.ends, "nothing that it certifies outlasts it");
    }

    #[test]
    fn certificates_are_kept_for_their_owner_alone_and_made_anew_when_they_do_not_hold_or_are_broken() {
        let data = tempfile::tempdir().unwrap();
        let now = DateTime::parse_from_rfc3339("2027-10-10T01:00:00Z").unwrap().to_utc();
        let open = |asked: &[&str]| {
            let identity = Identity::load_or_make(data.path(), &names(asked), now).unwrap();
            (identity.authority().unwrap().fingerprint(), identity.server.certificate)
        };
        let (authority, server) = open(&["10.42.0.1"]);
        assert_eq!(authority.len(), 32 * 3 - 1);
        assert_eq!(open(&["10.42.0.1"]), (authority.clone(), server.clone()));
        let path = data.path().join("lan.json");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let moved = open(&["192.168.1.7"]);
        assert_eq!((moved.0 == authority, moved.1 == server), (true, false), "phones trust the authority still");
        let named = open(&["192.168.1.7", "cds.example.vn"]);
        assert_ne!(named.0, authority, "it may not certify this name");
        let other = Identity::make(&names(&["192.168.1.7", "cds.example.vn"]), now.date_naive()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let kept: Identity = serde_json::from_str(&text).unwrap();
        for broken in [text[..text.len() / 2].to_owned(), text.replace(&kept.authority.key, &other.authority.key)] {
            fs::write(&path, broken).unwrap();
            assert_ne!(open(&["192.168.1.7", "cds.example.vn"]).0, named.0);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1, "a draft was left behind");
    }

    #[test]
    fn a_certificate_that_is_given_is_taken_with_its_own_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let [one, other] = [1, 2].map(|_| Identity::make(&names(&["cds.example.vn"]), today()).unwrap());
        let pem = |label: &str, der: &str| format!("-----BEGIN {label}-----\n{der}\n-----END {label}-----\n");
        let chain = pem("CERTIFICATE", &one.server.certificate) + &pem("CERTIFICATE", &one.authority.certificate);
        let chain = file("chain.pem", &chain);
        let [key, wrong] = [("key.pem", &one), ("other.pem", &other)].map(|(name, of)| file(name, &pem("PRIVATE KEY", &of.server.key)));
        assert_eq!(given(&chain, &key).unwrap().cert.len(), 2);
        assert!(given(&chain, &wrong).is_err());
        assert!(given(&key, &key).is_err(), "no certificate is in it");
    }
}
