//! What is sealed (protocol.md §71.3, §71.4): a wrap per code with the backup key's private half, the participation seed
//! and the phone's public key; and one blob that the phone refreshes with the public half alone.

use kodanik_crypto::derive::{Argon2Cost, derive_key};
use kodanik_crypto::seal::{OVERHEAD, SealKey};
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::{Signature, SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::frame;
use rand_core::CryptoRngCore;

use super::RecoveryError;
use super::code::Slot;

/// Version of wraps.
pub const VERSION: u8 = 1;
/// Largest blob in bytes, sealed.
pub const MAX_BLOB: usize = 512 * 1024;
const WRAP: &str = "kodanik/bc1/wrap";
const BLOB_KEY: &str = "kodanik/bc1/blob-key";
const BLOB_SIGNATURE: &str = "kodanik/bc1/blob-signature";
const MAGIC: &[u8; 8] = b"KDNK-BC1";
const HEADER: usize = 8 + 16 + 16 + 8 + 8 + 4;
const POINT: usize = 33;
const SIGNATURE: usize = 64;
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
        let bytes: &[u8; WRAP_CONTENT] =
            plain.expose().try_into().map_err(|_| RecoveryError::Malformed)?;
        let secret = |part: &[u8]| Secret::<32>::from_slice(part).ok_or(RecoveryError::Malformed);
        Ok(Self {
            backup_key: SigningKey::from_bytes(&secret(&bytes[..32])?)
                .map_err(|_| RecoveryError::Malformed)?,
            participation_seed: secret(&bytes[32..64])?,
            device_key: VerifyingKey::from_sec1(&bytes[64..]).map_err(|_| RecoveryError::Malformed)?,
        })
    }
}

/// What everybody may know of a blob; authenticated by seal and signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobHeader {
    /// The account at the recovery office.
    pub account: [u8; 16],
    /// The set of codes whose private half opens it.
    pub set: [u8; 16],
    /// Rises with every refresh.
    pub counter: u64,
    /// When it was made, for the citizen's eyes before an import.
    pub created: UnixSeconds,
}

impl BlobHeader {
    fn bytes(&self, sealed_length: usize) -> Vec<u8> {
        let length = u32::try_from(sealed_length).unwrap_or(u32::MAX);
        let mut out = Vec::with_capacity(HEADER);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.account);
        out.extend_from_slice(&self.set);
        out.extend_from_slice(&self.counter.to_be_bytes());
        out.extend_from_slice(&self.created.0.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out
    }
}

/// The public half of a backup key: enough to refresh, not to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let point = ephemeral.verifying_key().to_sec1();
        let mut bytes = header.bytes(padded.expose().len() + OVERHEAD);
        bytes.extend_from_slice(&point);
        let key = blob_key(&ephemeral.agree(&self.0), &point, &self.0);
        let sealed = key.seal(rng, &bytes, padded.expose());
        bytes.extend_from_slice(&sealed);
        Ok(BlobDraft { to_sign: frame(BLOB_SIGNATURE, &[&bytes]), bytes })
    }
}

/// A sealed blob that still lacks the phone's signature.
#[derive(Debug)]
pub struct BlobDraft {
    bytes: Vec<u8>,
    to_sign: Vec<u8>,
}

impl BlobDraft {
    /// What the device key signs (ES256).
    pub fn signing_input(&self) -> &[u8] {
        &self.to_sign
    }

    /// The finished blob.
    pub fn finish(mut self, signature: &Signature) -> Vec<u8> {
        self.bytes.extend_from_slice(&signature.to_bytes());
        self.bytes
    }
}

/// A blob of the right form, place, age and signer. Still sealed.
#[derive(Debug)]
pub struct Blob<'a> {
    /// What it says of itself.
    pub header: BlobHeader,
    context: &'a [u8],
    ephemeral: VerifyingKey,
    sealed: &'a [u8],
}

impl<'a> Blob<'a> {
    /// Checks everything that can be checked without the private half: form and length first, then account and set, then
    /// that the counter is at least `newest`, then the signature of the phone that made the set.
    pub fn verify(
        bytes: &'a [u8],
        (account, set): (&[u8; 16], &[u8; 16]),
        newest: u64,
        device_key: &VerifyingKey,
    ) -> Result<Self, RecoveryError> {
        let (signed, signature) = split(bytes)?;
        let blob = Self::parse(signed)?;
        if blob.header.account != *account || blob.header.set != *set {
            return Err(RecoveryError::WrongPlace);
        }
        if blob.header.counter < newest {
            return Err(RecoveryError::RolledBack);
        }
        let signature = Signature::from_bytes(signature).map_err(|_| RecoveryError::Malformed)?;
        device_key
            .verify_low_s(&frame(BLOB_SIGNATURE, &[signed]), &signature)
            .map_err(|_| RecoveryError::WrongSigner)?;
        Ok(blob)
    }

    /// The content.
    pub fn open(&self, backup_key: &SigningKey) -> Result<SecretBytes, RecoveryError> {
        let shared = backup_key.agree(&self.ephemeral);
        let key = blob_key(&shared, &self.ephemeral.to_sec1(), &backup_key.verifying_key());
        let padded = key.open(self.context, self.sealed).map_err(|_| RecoveryError::DoesNotOpen)?;
        unpad(padded.expose())
    }

    fn parse(signed: &'a [u8]) -> Result<Self, RecoveryError> {
        let (context, sealed) = signed.split_at_checked(HEADER + POINT).ok_or(RecoveryError::Malformed)?;
        let (header, point) = context.split_at(HEADER);
        let mut rest = header;
        let header = BlobHeader {
            account: take::<24>(&mut rest).and_then(after_magic)?,
            set: take(&mut rest)?,
            counter: u64::from_be_bytes(take(&mut rest)?),
            created: UnixSeconds(u64::from_be_bytes(take(&mut rest)?)),
        };
        if u32::from_be_bytes(take(&mut rest)?) as usize != sealed.len() {
            return Err(RecoveryError::Malformed);
        }
        let ephemeral = VerifyingKey::from_sec1(point).map_err(|_| RecoveryError::Malformed)?;
        Ok(Self { header, context, ephemeral, sealed })
    }
}

fn after_magic(bytes: [u8; 24]) -> Result<[u8; 16], RecoveryError> {
    let account = bytes.strip_prefix(MAGIC).ok_or(RecoveryError::Malformed)?;
    account.try_into().map_err(|_| RecoveryError::Malformed)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], RecoveryError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(RecoveryError::Malformed)?;
    *rest = tail;
    Ok(*head)
}

fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), RecoveryError> {
    if bytes.len() > MAX_BLOB {
        return Err(RecoveryError::BlobTooLarge);
    }
    let at = bytes.len().checked_sub(SIGNATURE).ok_or(RecoveryError::Malformed)?;
    Ok(bytes.split_at(at))
}

fn blob_key(shared: &Secret<32>, ephemeral: &[u8; POINT], backup_key: &VerifyingKey) -> SealKey {
    SealKey::from(derive_key::<32>(shared.expose(), b"", BLOB_KEY, &[ephemeral, &backup_key.to_sec1()]))
}

/// u32be(len) || content || zeros up to a multiple of 4 KiB, so that the size tells little.
fn pad(content: &[u8]) -> Result<SecretBytes, RecoveryError> {
    let length = u32::try_from(content.len()).map_err(|_| RecoveryError::BlobTooLarge)?;
    let size = (4 + content.len()).next_multiple_of(PADDING);
    if HEADER + POINT + size + OVERHEAD + SIGNATURE > MAX_BLOB {
        return Err(RecoveryError::BlobTooLarge);
    }
    let mut padded = Vec::with_capacity(size);
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(size, 0);
    Ok(SecretBytes::new(padded))
}

fn unpad(padded: &[u8]) -> Result<SecretBytes, RecoveryError> {
    let (length, rest) = padded.split_first_chunk::<4>().ok_or(RecoveryError::Malformed)?;
    let content = rest.get(..u32::from_be_bytes(*length) as usize).ok_or(RecoveryError::Malformed)?;
    Ok(SecretBytes::new(content.to_vec()))
}

#[cfg(test)]
mod tests;
