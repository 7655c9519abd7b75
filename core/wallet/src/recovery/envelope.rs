//! What is sealed (protocol.md §7.8, §7.9): a wrap per code with the backup key's private half, the participation seed
//! and the phone's public key; and one blob that the phone refreshes with the public half alone.

use kodanik_crypto::derive::{Argon2Cost, derive_key};
use kodanik_crypto::seal::{OVERHEAD, SealKey};
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_crypto::transcript::frame;
use kodanik_identity::rebinding::{BlobDraft, BlobError, BlobHeader, MAX_BLOB, VerifiedBlob};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

use super::RecoveryError;
use super::code::Slot;

/// Version of wraps.
pub const VERSION: u8 = 1;
const WRAP: &str = "kodanik/bc1/wrap";
const BLOB_KEY: &str = "kodanik/bc1/blob-key";
const POINT: usize = 33;
const PADDING: usize = 4096;
const WRAP_CONTENT: usize = 32 + 32 + POINT;

/// Where a wrap belongs; all of it is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrapContext {
    /// The account at the recovery office.
    pub account: [u8; 16],
    /// The set of codes.
    pub set: [u8; 16],
    /// The code of the set.
    pub slot: Slot,
    /// How the code was stretched.
    pub cost: Argon2Cost,
}

impl WrapContext {
    fn bytes(&self) -> Vec<u8> {
        let cost = [self.cost.memory_kib, self.cost.passes, self.cost.lanes].map(u32::to_be_bytes).concat();
        frame(WRAP, &[&[VERSION], &self.account, &self.set, &[self.slot.number()], &cost])
    }
}

/// What a code brings back.
#[derive(Debug)]
pub struct WrapContent {
    /// The private half that opens the blob.
    pub backup_key: SigningKey,
    /// The participation seed: protected by symmetric keys alone, which outlives elliptic curves.
    pub participation_seed: Secret<32>,
    /// The key of the phone that made the set and signs its blobs.
    pub device_key: VerifyingKey,
}

impl WrapContent {
    /// Seals this under a code's key.
    pub fn wrap(&self, rng: &mut impl CryptoRngCore, kek: &SealKey, context: &WrapContext) -> Vec<u8> {
        let plain = Secret::<WRAP_CONTENT>::init_with(|out| {
            out[..32].copy_from_slice(self.backup_key.to_bytes().expose());
            out[32..64].copy_from_slice(self.participation_seed.expose());
            out[64..].copy_from_slice(&self.device_key.to_sec1());
        });
        kek.seal(rng, &context.bytes(), plain.expose())
    }

    /// Opens what [`Self::wrap`] made with the same key and context.
    pub fn unwrap(sealed: &[u8], kek: &SealKey, context: &WrapContext) -> Result<Self, RecoveryError> {
        let plain = kek.open(&context.bytes(), sealed).map_err(|_| RecoveryError::DoesNotOpen)?;
        let bytes: &[u8; WRAP_CONTENT] = plain.expose().try_into().map_err(|_| RecoveryError::Malformed)?;
        let secret = |part: &[u8]| Secret::<32>::from_slice(part).ok_or(RecoveryError::Malformed);
        Ok(Self {
            backup_key: SigningKey::from_bytes(&secret(&bytes[..32])?)
                .map_err(|_| RecoveryError::Malformed)?,
            participation_seed: secret(&bytes[32..64])?,
            device_key: VerifyingKey::from_sec1(&bytes[64..]).map_err(|_| RecoveryError::Malformed)?,
        })
    }
}

/// The public half of a backup key: enough to refresh, not to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupKey(pub VerifyingKey);

impl BackupKey {
    /// Seals `content`; the phone's signature makes it a blob.
    pub fn seal_blob(
        &self,
        rng: &mut impl CryptoRngCore,
        header: &BlobHeader,
        content: &[u8],
    ) -> Result<BlobDraft, RecoveryError> {
        let padded = pad(content)?;
        let ephemeral = SigningKey::make(rng);
        let context = header.context(padded.expose().len() + OVERHEAD, &ephemeral.verifying_key());
        let key = blob_key(&ephemeral.agree(&self.0), &ephemeral.verifying_key(), &self.0);
        let sealed = key.seal(rng, &context, padded.expose());
        Ok(BlobDraft::new(context, &sealed)?)
    }
}

/// The content of a blob whose place, age and signer were verified.
pub fn open_blob(blob: &VerifiedBlob<'_>, backup_key: &SigningKey) -> Result<SecretBytes, RecoveryError> {
    let shared = backup_key.agree(&blob.ephemeral);
    let key = blob_key(&shared, &blob.ephemeral, &backup_key.verifying_key());
    let padded = key.open(blob.context, blob.sealed).map_err(|_| RecoveryError::DoesNotOpen)?;
    unpad(padded.expose())
}

fn blob_key(shared: &Secret<32>, ephemeral: &VerifyingKey, backup_key: &VerifyingKey) -> SealKey {
    let keys = [ephemeral.to_sec1(), backup_key.to_sec1()];
    SealKey::from(derive_key::<32>(shared.expose(), b"", BLOB_KEY, &[&keys[0], &keys[1]]))
}

/// u32be(len) || content || zeros up to a multiple of 4 KiB, so that the size tells little.
fn pad(content: &[u8]) -> Result<SecretBytes, RecoveryError> {
    let length = u32::try_from(content.len()).map_err(|_| BlobError::TooLarge)?;
    let size = (4 + content.len()).next_multiple_of(PADDING);
    if size > MAX_BLOB {
        return Err(BlobError::TooLarge.into());
    }
    let mut padded = Vec::with_capacity(size);
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(size, 0);
    Ok(SecretBytes::new(padded))
}

fn unpad(padded: &[u8]) -> Result<SecretBytes, RecoveryError> {
    let (length, rest) = padded.split_first_chunk::<4>().ok_or(BlobError::Malformed)?;
    let content = rest.get(..u32::from_be_bytes(*length) as usize).ok_or(BlobError::Malformed)?;
    Ok(SecretBytes::new(content.to_vec()))
}

#[cfg(test)]
mod tests;
