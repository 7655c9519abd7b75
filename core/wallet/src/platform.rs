//! What a phone gives the wallet: keys that never leave its hardware, a few small secrets, and the time.

mod software;

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use kodanik_crypto::secret::SecretBytes;
use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use thiserror::Error;

pub use self::software::SoftwarePlatform;

/// The name of the one key that the e-ID, DPoP proofs and service requests are bound to.
pub const DEVICE_KEY: &str = "device";

/// P-256 signing keys, made and kept by the platform. Implemented by the Keystore, the Secure Enclave, or files.
#[async_trait]
pub trait SecureKeys: Send + Sync {
    /// Makes a key; [`KeyError::AlreadyExists`] where the name is taken.
    async fn create(&self, name: &str) -> Result<VerifyingKey, KeyError>;
    /// The public half, or `None` where there is no such key.
    async fn info(&self, name: &str) -> Result<Option<VerifyingKey>, KeyError>;
    /// ES256 over `message`, as ASN.1 DER. May ask the citizen, who may say no ([`KeyError::Cancelled`]).
    async fn sign(&self, name: &str, message: &[u8], reason: PromptReason) -> Result<Vec<u8>, KeyError>;
    /// Deletes a key; deleting what does not exist is done.
    async fn delete(&self, name: &str) -> Result<(), KeyError>;
    /// What protects the keys.
    fn protection(&self) -> KeyProtection;
}

/// Small named secrets that survive restarts and stay out of backups of the device.
pub trait SecretStore: Send + Sync {
    /// The secret, or `None`.
    fn read(&self, name: &str) -> Result<Option<SecretBytes>, KeyError>;
    /// Writes durably and all at once: after a crash the old or the new secret is there.
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyError>;
    /// Erases; erasing what does not exist is done.
    fn erase(&self, name: &str) -> Result<(), KeyError>;
}

/// Why the platform asks the citizen to unlock a key; the shell has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PromptReason {
    /// To make, refresh or redeem a backup.
    Backup,
    /// To get a credential.
    Enrol,
    /// To answer a relying party.
    Present,
    /// To sign a request to a public service.
    Request,
    /// To ask for a voting credential.
    Vote,
}

/// What keeps the private keys from leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyProtection {
    /// A separate secure element: StrongBox, Secure Enclave.
    SecureElement,
    /// Nothing but file permissions: for terminals and tests, and the citizen is told.
    Software,
    /// The processor's trusted execution environment.
    TrustedEnvironment,
}

/// Why the platform did not do it. Never holds key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key of this name exists.
    #[error("a key of this name exists already")]
    AlreadyExists,
    /// The citizen said no.
    #[error("cancelled at the key prompt")]
    Cancelled,
    /// What is stored is not what was written.
    #[error("the stored key is damaged")]
    Damaged,
    /// Names have 1 to 64 characters of a-z, 0-9, dot and dash.
    #[error("not a name for a key")]
    Name,
    /// No key of this name.
    #[error("there is no such key")]
    NotFound,
    /// The platform's key store does not work now.
    #[error("the key store is not available ({0})")]
    Unavailable(std::io::ErrorKind),
}

impl KeyError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::AlreadyExists => "already_exists",
            Self::Cancelled => "cancelled",
            Self::Damaged => "damaged",
            Self::Name => "name",
            Self::NotFound => "not_found",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// Everything that differs from phone to phone, in one value.
#[derive(Clone)]
pub struct Platform {
    /// Signing keys.
    pub keys: Arc<dyn SecureKeys>,
    /// Small secrets.
    pub secrets: Arc<dyn SecretStore>,
    /// The time.
    pub clock: Clock,
}

impl Platform {
    /// ES256 by the named key: 64 bytes r || s in low-S form, whatever DER the platform gave.
    pub async fn sign(
        &self,
        name: &str,
        message: &[u8],
        reason: PromptReason,
    ) -> Result<Signature, KeyError> {
        let der = self.keys.sign(name, message, reason).await?;
        Signature::from_der(&der).map_err(|_| KeyError::Damaged)
    }

    /// The public half of the named key, or [`KeyError::NotFound`].
    pub async fn public_key(&self, name: &str) -> Result<VerifyingKey, KeyError> {
        self.keys.info(name).await?.ok_or(KeyError::NotFound)
    }

    /// The named key, made on first use.
    pub async fn ensure_key(&self, name: &str) -> Result<VerifyingKey, KeyError> {
        match self.keys.info(name).await? {
            Some(key) => Ok(key),
            None => self.keys.create(name).await,
        }
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Platform({:?})", self.keys.protection())
    }
}

/// Tells the time; tests and the demo may pass their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixSeconds + Send + Sync>);

impl Clock {
    /// A clock of the caller's.
    pub fn new(tell: impl Fn() -> UnixSeconds + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The system's clock; before 1970 it says 0.
    pub fn system() -> Self {
        Self::new(|| UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())))
    }

    /// The present second.
    pub fn now(&self) -> UnixSeconds {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now().0)
    }
}
