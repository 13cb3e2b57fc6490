//! The certificate that the program makes for itself, kept so that a phone has to be told only once.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use data_encoding::BASE64;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// For how long a certificate is made. iPhones take none of more than 825 days.
const DAYS: i64 = 365;
/// What must be left of one that is used on: an event and its preparation.
const LEFT: i64 = 30;

/// A key and its certificate.
#[derive(Serialize, Deserialize)]
pub struct Identity {
    /// What it certifies: addresses and host names, sorted.
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
        f.debug_struct("Identity").field("names", &self.names).field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl Identity {
    /// That of the data folder, if it [holds](Self::holds) for these names; else a new one, kept there for its owner alone.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn load_or_make(data: &Path, names: &[String], now: DateTime<Utc>) -> Result<Self> {
        let path = super::file(data);
        // What cannot be read is made anew: at worst a phone asks once more.
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.holds(names, now.date_naive()) && kept.certified().is_ok()) {
            return Ok(kept);
        }
        let made = Self::make(names, now.date_naive()).context("making a certificate")?;
        fs::create_dir_all(data).with_context(|| format!("making the folder {}", data.display()))?;
        made.write(&path).with_context(|| format!("writing {}", path.display()))?;
        Ok(made)
    }

    /// Whether it certifies all these names, today and for the time to come.
    fn holds(&self, names: &[String], today: NaiveDate) -> bool {
        names.iter().all(|name| self.names.contains(name)) && self.ends - today >= TimeDelta::days(LEFT)
    }

    fn make(names: &[String], today: NaiveDate) -> Result<Self> {
        let ends = today + TimeDelta::days(DAYS);
        // Clocks of phones without a network may be late.
        let begins = today - TimeDelta::days(2);
        let day = |date: NaiveDate| {
            // Months and days are small numbers.
            let [month, day] = [date.month(), date.day()].map(|number| u8::try_from(number).unwrap_or(1));
            date_time_ymd(date.year(), month, day)
        };
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "ngay-cds");
        (params.not_before, params.not_after) = (day(begins), day(ends));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?;
        Ok(Self { names: names.to_vec(), ends, certificate: BASE64.encode(certificate.der()), key: BASE64.encode(key.serialized_der()) })
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

    /// The fingerprint that browsers show with a certificate: SHA-256, in pairs of hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let certificate = BASE64.decode(self.certificate.as_bytes()).unwrap_or_default();
        Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// The key and the certificate, if they belong together.
    fn certified(&self) -> Result<CertifiedKey> {
        let certificate = CertificateDer::from(BASE64.decode(self.certificate.as_bytes())?);
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(BASE64.decode(self.key.as_bytes())?));
        Ok(CertifiedKey::from_der(vec![certificate], key, &ring::default_provider())?)
    }

    /// How the server speaks TLS with it.
    ///
    /// # Errors
    /// When key and certificate cannot be used.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>> {
        let provider: Arc<CryptoProvider> = ring::default_provider().into();
        let resolver = Arc::new(SingleCertAndKey::from(self.certified()?));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(given: &[&str]) -> Vec<String> {
        given.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_certificate_is_used_on_while_it_names_every_address_and_is_not_about_to_end() {
        let made = NaiveDate::from_ymd_opt(2027, 9, 1).unwrap();
        let identity = Identity::make(&names(&["10.42.0.1", "localhost", "sen.local"]), made).unwrap();
        assert_eq!(identity.ends, NaiveDate::from_ymd_opt(2028, 8, 31).unwrap());
        let last = identity.ends - TimeDelta::days(30);
        for (asked, today, holds) in [
            (&["10.42.0.1", "localhost", "sen.local"][..], made, true),
            (&["10.42.0.1"], made, true),
            (&["10.42.0.1", "192.168.1.7"], made, false),
            (&["10.42.0.1"], last, true),
            (&["10.42.0.1"], last + TimeDelta::days(1), false),
        ] {
            assert_eq!(identity.holds(&names(asked), today), holds, "{asked:?} on {today}");
        }
    }

    #[test]
    fn the_certificate_is_kept_for_its_owner_alone_and_made_anew_when_it_does_not_hold_or_is_broken() {
        let data = tempfile::tempdir().unwrap();
        let now = DateTime::parse_from_rfc3339("2027-10-10T01:00:00Z").unwrap().to_utc();
        let open = |asked: &[&str]| Identity::load_or_make(data.path(), &names(asked), now).unwrap().fingerprint();
        let first = open(&["10.42.0.1"]);
        assert_eq!(first.len(), 32 * 3 - 1);
        assert_eq!(open(&["10.42.0.1"]), first);
        let path = data.path().join("lan.json");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let second = open(&["192.168.1.7"]);
        assert_ne!(second, first);
        let other = Identity::make(&names(&["192.168.1.7"]), now.date_naive()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let key = serde_json::from_str::<Identity>(&text).unwrap().key;
        for broken in [text[..text.len() / 2].to_owned(), text.replace(&key, &other.key)] {
            fs::write(&path, broken).unwrap();
            assert_ne!(open(&["192.168.1.7"]), second);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1, "a draft was left behind");
    }
}
