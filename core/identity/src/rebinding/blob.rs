//! The blob's outside (protocol.md §7.9): header, seal, signature. The office checks place, age and signer; only the
//! wallet that holds the backup key's private half opens it.

use kodanik_crypto::signature::{Signature, SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::frame;
use thiserror::Error;

/// Largest blob in bytes.
pub const MAX_BLOB: usize = 512 * 1024;
/// Bytes before the sealed part: magic, account, set, counter, created, length, ephemeral key.
const CONTEXT: usize = 8 + 16 + 16 + 8 + 8 + 4 + 33;
const MAGIC: &[u8; 8] = b"KDNK-BC1";
const POINT: usize = 33;
const SIGNATURE: usize = 64;
const LABEL: &str = "kodanik/bc1/blob-signature";

/// Why a blob is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Not of the form of a blob.
    #[error("the backup is damaged")]
    Malformed,
    /// Older than it must be.
    #[error("the backup is older than the newest one that was made")]
    RolledBack,
    /// Larger than [`MAX_BLOB`].
    #[error("the backup is too large")]
    TooLarge,
    /// Of another account or set.
    #[error("the backup belongs to another account or set")]
    WrongPlace,
    /// Not signed by the phone that made the set.
    #[error("the backup is not signed by the phone that made it")]
    WrongSigner,
}

/// What everybody may know of a blob; covered by seal and signature.
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
    /// Header and ephemeral key: what the seal authenticates. `sealed_length` counts nonce and tag.
    pub fn context(&self, sealed_length: usize, ephemeral: &VerifyingKey) -> Vec<u8> {
        let length = u32::try_from(sealed_length).unwrap_or(u32::MAX);
        let mut out = Vec::with_capacity(CONTEXT);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.account);
        out.extend_from_slice(&self.set);
        out.extend_from_slice(&self.counter.to_be_bytes());
        out.extend_from_slice(&self.created.0.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&ephemeral.to_sec1());
        out
    }
}

/// A sealed blob that still lacks the phone's signature.
#[derive(Debug)]
pub struct BlobDraft {
    bytes: Vec<u8>,
    to_sign: Vec<u8>,
}

impl BlobDraft {
    /// `context` of [`BlobHeader::context`] and what was sealed under it.
    pub fn new(context: Vec<u8>, sealed: &[u8]) -> Result<Self, BlobError> {
        let bytes = [context, sealed.to_vec()].concat();
        if bytes.len() + SIGNATURE > MAX_BLOB {
            return Err(BlobError::TooLarge);
        }
        Ok(Self { to_sign: frame(LABEL, &[&bytes]), bytes })
    }

    /// What the device key signs (ES256).
    pub fn signing_input(&self) -> &[u8] {
        &self.to_sign
    }

    /// The finished blob.
    pub fn finish(mut self, signature: &Signature) -> Vec<u8> {
        self.bytes.extend_from_slice(&signature.to_bytes());
        self.bytes
    }

    /// Signs with a key at hand.
    pub fn sign(self, key: &SigningKey) -> Vec<u8> {
        let signature = key.sign(self.signing_input());
        self.finish(&signature)
    }
}

/// A blob of the right form.
#[derive(Clone, Copy, Debug)]
pub struct UnverifiedBlob<'a> {
    header: BlobHeader,
    ephemeral: VerifyingKey,
    signed: &'a [u8],
    signature: Signature,
}

/// A blob of the right place, age and signer. Still sealed.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedBlob<'a> {
    /// What it says of itself.
    pub header: BlobHeader,
    /// The sender's half of the key agreement.
    pub ephemeral: VerifyingKey,
    /// What the seal authenticates.
    pub context: &'a [u8],
    /// nonce || ciphertext || tag.
    pub sealed: &'a [u8],
}

impl<'a> UnverifiedBlob<'a> {
    /// Parses; the length is checked before anything else.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BlobError> {
        if bytes.len() > MAX_BLOB {
            return Err(BlobError::TooLarge);
        }
        let at = bytes.len().checked_sub(SIGNATURE).ok_or(BlobError::Malformed)?;
        let (signed, signature) = bytes.split_at(at);
        let mut rest = signed;
        if take::<8>(&mut rest)? != *MAGIC {
            return Err(BlobError::Malformed);
        }
        let header = BlobHeader {
            account: take(&mut rest)?,
            set: take(&mut rest)?,
            counter: u64::from_be_bytes(take(&mut rest)?),
            created: UnixSeconds(u64::from_be_bytes(take(&mut rest)?)),
        };
        let length = u32::from_be_bytes(take(&mut rest)?) as usize;
        let ephemeral =
            VerifyingKey::from_sec1(&take::<POINT>(&mut rest)?).map_err(|_| BlobError::Malformed)?;
        let signature = Signature::from_bytes(signature).map_err(|_| BlobError::Malformed)?;
        if rest.len() != length {
            return Err(BlobError::Malformed);
        }
        Ok(Self { header, ephemeral, signed, signature })
    }

    /// Checks account and set, that the counter is at least `newest`, and the signature of the phone that made the set.
    pub fn verify(
        self,
        (account, set): (&[u8; 16], &[u8; 16]),
        newest: u64,
        device_key: &VerifyingKey,
    ) -> Result<VerifiedBlob<'a>, BlobError> {
        if self.header.account != *account || self.header.set != *set {
            return Err(BlobError::WrongPlace);
        }
        if self.header.counter < newest {
            return Err(BlobError::RolledBack);
        }
        device_key
            .verify_low_s(&frame(LABEL, &[self.signed]), &self.signature)
            .map_err(|_| BlobError::WrongSigner)?;
        let (context, sealed) = self.signed.split_at(CONTEXT);
        Ok(VerifiedBlob { header: self.header, ephemeral: self.ephemeral, context, sealed })
    }

    /// What it says of itself, believed by nobody yet.
    pub fn header(&self) -> &BlobHeader {
        &self.header
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BlobError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(BlobError::Malformed)?;
    *rest = tail;
    Ok(*head)
}
