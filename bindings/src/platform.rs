//! What the phone gives: keys that never leave its hardware, a few small secrets, a folder. The traits are the wallet's
//! own ([`kodanik_wallet::platform`]) in types that cross the bridge.

use std::io::ErrorKind;
use std::sync::Arc;

use async_trait::async_trait;
use kodanik_crypto::secret::SecretBytes;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_wallet::platform::{self, KeyError};

/// P-256 signing keys, made and kept by the phone. Implemented by the shell with Keystore or Secure Enclave.
///
/// Public keys cross as SEC 1 bytes, 65 (uncompressed) or 33 (compressed); anything else is [`KeyFault::Damaged`].
/// Each method may take its time and may ask the citizen. No lock is held meanwhile; where the flow ends first, the
/// answer is dropped.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait SecureKeys: Send + Sync {
    /// Makes a key and gives its public half; [`KeyFault::AlreadyExists`] where the name is taken.
    async fn create(&self, name: String) -> Result<Vec<u8>, KeyFault>;
    /// The public half, or nothing where there is no such key.
    async fn info(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault>;
    /// ES256 over `message` (which the key store hashes), as ASN.1 DER. The citizen may say no:
    /// [`KeyFault::Cancelled`].
    async fn sign(&self, name: String, message: Vec<u8>, reason: PromptReason) -> Result<Vec<u8>, KeyFault>;
    /// Deletes a key; deleting what does not exist is done.
    async fn delete(&self, name: String) -> Result<(), KeyFault>;
    /// What protects the keys. Asked once, when the wallet is opened.
    fn protection(&self) -> Result<KeyProtection, KeyFault>;
}

/// Small named secrets (at most a few hundred bytes) that survive restarts and stay out of backups of the phone.
///
/// Called while the wallet writes: an implementation answers at once and never calls back into this crate.
#[uniffi::export(rust, foreign)]
pub trait SecretStore: Send + Sync {
    /// The secret, or nothing.
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault>;
    /// Writes durably and all at once: after a crash the old or the new secret is there.
    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), KeyFault>;
    /// Erases; erasing what does not exist is done.
    fn erase(&self, name: String) -> Result<(), KeyFault>;
}

/// Why the phone did not do it. What a shell throws beyond this is [`KeyFault::Unavailable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyFault {
    /// A key of this name exists.
    #[error("a key of this name exists already")]
    AlreadyExists,
    /// The citizen said no.
    #[error("cancelled at the key prompt")]
    Cancelled,
    /// What is stored is not what was written.
    #[error("the stored key is damaged")]
    Damaged,
    /// No key of this name.
    #[error("there is no such key")]
    NotFound,
    /// The key store does not work now.
    #[error("the key store is not available")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyFault {
    /// Its text is the shell's and may hold anything: dropped.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

impl From<KeyFault> for KeyError {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::AlreadyExists => Self::AlreadyExists,
            KeyFault::Cancelled => Self::Cancelled,
            KeyFault::Damaged => Self::Damaged,
            KeyFault::NotFound => Self::NotFound,
            KeyFault::Unavailable => Self::Unavailable(ErrorKind::Other),
        }
    }
}

/// Why the citizen is asked to unlock a key; the shell has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PromptReason {
    /// To make, refresh or redeem a backup.
    Backup,
    /// To get a credential.
    Enrol,
    /// To answer a relying party.
    Present,
    /// To sign a request to a public service, and whatever has no name here yet.
    Request,
    /// To ask for a voting credential.
    Vote,
}

impl From<platform::PromptReason> for PromptReason {
    fn from(reason: platform::PromptReason) -> Self {
        match reason {
            platform::PromptReason::Backup => Self::Backup,
            platform::PromptReason::Enrol => Self::Enrol,
            platform::PromptReason::Present => Self::Present,
            platform::PromptReason::Vote => Self::Vote,
            _ => Self::Request,
        }
    }
}

/// What keeps the private keys from leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyProtection {
    /// A separate secure element: StrongBox, Secure Enclave.
    SecureElement,
    /// Nothing but file permissions: the citizen is told.
    Software,
    /// The processor's trusted execution environment.
    TrustedEnvironment,
}

/// Everything that differs from phone to phone.
#[derive(uniffi::Record)]
pub struct Platform {
    /// Signing keys.
    pub keys: Arc<dyn SecureKeys>,
    /// Small secrets.
    pub secrets: Arc<dyn SecretStore>,
    /// A folder of the app's own, outside backups of the phone; made where it does not exist.
    pub data_dir: String,
    /// The citizen's language (BCP 47), for texts that servers have in several. The wallet asks for none yet.
    pub locale: String,
}

/// Which gateway the wallet is for.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Config {
    /// Its address.
    pub gateway: String,
    /// A folder with `*.pem` anchors and `ledger.policy`, as it comes with the app. Without one, what the gateway says
    /// is believed on first use.
    pub trust: Option<String>,
    /// Allows `http` to the phone itself: for trying things out.
    pub allow_loopback_http: bool,
}

/// The shell's keys as the wallet wants them.
pub(crate) struct Keys {
    keys: Arc<dyn SecureKeys>,
    protection: platform::KeyProtection,
}

impl Keys {
    pub(crate) fn new(keys: Arc<dyn SecureKeys>) -> Result<Self, KeyError> {
        let protection = match keys.protection()? {
            KeyProtection::SecureElement => platform::KeyProtection::SecureElement,
            KeyProtection::Software => platform::KeyProtection::Software,
            KeyProtection::TrustedEnvironment => platform::KeyProtection::TrustedEnvironment,
        };
        Ok(Self { keys, protection })
    }
}

#[async_trait]
impl platform::SecureKeys for Keys {
    async fn create(&self, name: &str) -> Result<VerifyingKey, KeyError> {
        parse_key(&self.keys.create(name.to_owned()).await?)
    }

    async fn info(&self, name: &str) -> Result<Option<VerifyingKey>, KeyError> {
        self.keys.info(name.to_owned()).await?.as_deref().map(parse_key).transpose()
    }

    async fn sign(
        &self,
        name: &str,
        message: &[u8],
        reason: platform::PromptReason,
    ) -> Result<Vec<u8>, KeyError> {
        Ok(self.keys.sign(name.to_owned(), message.to_vec(), reason.into()).await?)
    }

    async fn delete(&self, name: &str) -> Result<(), KeyError> {
        Ok(self.keys.delete(name.to_owned()).await?)
    }

    fn protection(&self) -> platform::KeyProtection {
        self.protection
    }
}

/// The shell's secrets as the wallet wants them.
pub(crate) struct Secrets(pub(crate) Arc<dyn SecretStore>);

impl platform::SecretStore for Secrets {
    fn read(&self, name: &str) -> Result<Option<SecretBytes>, KeyError> {
        Ok(self.0.read(name.to_owned())?.map(SecretBytes::new))
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyError> {
        Ok(self.0.write(name.to_owned(), secret.to_vec())?)
    }

    fn erase(&self, name: &str) -> Result<(), KeyError> {
        Ok(self.0.erase(name.to_owned())?)
    }
}

fn parse_key(bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
    let key = match bytes.len() {
        65 => VerifyingKey::from_uncompressed_sec1(bytes),
        _ => VerifyingKey::from_sec1(bytes),
    };
    key.map_err(|_| KeyError::Damaged)
}
