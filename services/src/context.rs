//! What every verb needs: the store, the clock, chance, the keys and the files.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use domain::signed::PublicKey;
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use object_store::ObjectStore;
use sha2::Sha256;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{access, checkin, live::Live, registration};

/// Tells the time. Passed in, so that tests choose it.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> DateTime<Utc>;
}

/// Fills bytes by chance. Passed in, so that tests repeat; in production the system's source.
pub trait Random: Send + Sync + fmt::Debug {
    fn fill(&self, bytes: &mut [u8]);
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's clock enters")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// When the operating system gives no random bytes: nothing may go on without.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// The installation's one secret, 32 bytes. Every key is derived from it, each for one purpose.
#[derive(Clone)]
pub struct MasterSecret {
    bytes: [u8; 32],
    /// Public keys that were derived before, by what they prove and the edition: deriving one takes half as long as checking a
    /// signature. At most one for each year that a code can tell.
    derived: Arc<RwLock<HashMap<(&'static str, u16), PublicKey>>>,
}

/// What the key of an edition's tickets is derived for.
const TICKET: &str = "ticket";
/// What the key of an edition's booths is derived for.
const BOOTH: &str = "booth";

impl MasterSecret {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self { bytes, derived: Arc::default() }
    }

    /// The key for one purpose (HKDF, RFC 5869); other purposes learn nothing of it.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &self.bytes).expand(purpose.as_bytes(), &mut key).expect("32 bytes are a valid length");
        key
    }

    /// The key that signs the tickets of an edition, and its id.
    #[must_use]
    pub fn ticket_signer(&self, year: u16) -> (u8, SigningKey) {
        self.signer(TICKET, year)
    }

    /// The key that signs the booths' codes of an edition, and its id.
    #[must_use]
    pub fn booth_signer(&self, year: u16) -> (u8, SigningKey) {
        self.signer(BOOTH, year)
    }

    fn signer(&self, of: &str, year: u16) -> (u8, SigningKey) {
        (FIRST_KEY, SigningKey::from_bytes(&self.derive(&format!("{of} {year} {FIRST_KEY}"))))
    }

    /// What proves a signature of [`MasterSecret::signer`].
    fn public_key(&self, of: &'static str, year: u16) -> PublicKey {
        // A key is derived whole or not at all.
        let known = self.derived.read().unwrap_or_else(PoisonError::into_inner).get(&(of, year)).copied();
        known.unwrap_or_else(|| {
            let (key_id, key) = self.signer(of, year);
            let key = PublicKey { year, key_id, key: key.verifying_key() };
            self.derived.write().unwrap_or_else(PoisonError::into_inner).insert((of, year), key);
            key
        })
    }
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(…)")
    }
}

/// What every verb needs; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    pub pool: PgPool,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub secret: MasterSecret,
    pub files: Arc<dyn ObjectStore>,
    pub holders: access::Holders,
    pub recorder: checkin::Recorder,
    pub cards: checkin::Cards,
    pub live: Live,
    pub turnstile: registration::Turnstile,
}

/// The key id of each edition's first key.
const FIRST_KEY: u8 = 0;

impl Context {
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new `UUIDv7` (RFC 9562) of this instant.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random_bytes()).into_uuid()
    }

    /// Random bytes.
    #[must_use]
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// The key that signs the tickets of an edition, and its id.
    #[must_use]
    pub fn ticket_signer(&self, year: u16) -> (u8, SigningKey) {
        self.secret.ticket_signer(year)
    }

    /// The public keys that tickets of an edition may be signed with, for phones.
    #[must_use]
    pub fn ticket_keys(&self, year: u16) -> [PublicKey; 1] {
        [self.secret.public_key(TICKET, year)]
    }

    /// The public keys that the booths' codes of an edition may be signed with.
    #[must_use]
    pub fn booth_keys(&self, year: u16) -> [PublicKey; 1] {
        [self.secret.public_key(BOOTH, year)]
    }
}
