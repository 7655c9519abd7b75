//! A share sealed to one trustee (protocol.md §3.2.2): ephemeral Diffie-Hellman with the receiver's sealing key,
//! HKDF-SHA-256, AES-256-GCM, bound to ceremony, sender and receiver.

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::seal::{DoesNotOpen, SealKey};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::frame;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::ceremony::{CeremonyError, Reveal, reveals_digest};
use crate::manifest::Manifest;

const LABEL: &str = "KODANIK-V1-DKG-SHARE";

/// f_i(j), readable by trustee j.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedShare {
    /// E = e G.
    pub ephemeral: Point,
    /// Nonce, ciphertext and tag: 60 bytes.
    pub sealed: Binary,
    /// Index of the receiver.
    pub to: u16,
}

/// What a sealed share is bound to.
pub(crate) struct ShareContext {
    receiver: VerifyingKey,
    bytes: Vec<u8>,
    to: u16,
}

impl ShareContext {
    pub(crate) fn new(
        manifest: &Manifest,
        reveals: &[Reveal],
        from: u16,
        to: u16,
    ) -> Result<Self, CeremonyError> {
        let receiver = manifest.trustee(to).ok_or(CeremonyError::UnknownTrustee)?.sealing_key;
        let digest = reveals_digest(manifest, reveals)?;
        let (from, to_bytes) = (u64::from(from).to_be_bytes(), u64::from(to).to_be_bytes());
        let bytes = frame(LABEL, &[&digest, &from, &to_bytes, &receiver.to_sec1()]);
        Ok(Self { receiver, bytes, to })
    }
}

impl SealedShare {
    pub(crate) fn seal(
        share: &Secret<32>,
        context: &ShareContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, CeremonyError> {
        let e = Zeroizing::new(Scalar::make(rng));
        let receiver = Point::from_slice(&context.receiver.to_sec1()).map_err(|_| CeremonyError::Proof)?;
        let (ephemeral, shared) = (Point::generate(&e), receiver * &e);
        let sealed = seal_key(&ephemeral, &shared, context).seal(rng, &context.bytes, share.expose());
        Ok(Self { ephemeral, sealed: Binary(sealed), to: context.to })
    }

    /// Opens with the Diffie-Hellman point.
    pub(crate) fn open_with(
        &self,
        shared: &Point,
        context: &ShareContext,
    ) -> Result<Zeroizing<Scalar>, DoesNotOpen> {
        let key = seal_key(&self.ephemeral, shared, context);
        let opened = key.open(&context.bytes, &self.sealed.0)?;
        Scalar::from_slice(opened.expose()).map(Zeroizing::new).map_err(|_| DoesNotOpen)
    }
}

fn seal_key(ephemeral: &Point, shared: &Point, context: &ShareContext) -> SealKey {
    // Neither is the identity: a parsed point times a scalar that is not 0, in a group of prime order.
    let encode = |point: &Point| Zeroizing::new(point.to_bytes().unwrap_or([0; 33]));
    let key: Secret<32> =
        derive_key(encode(shared).as_slice(), encode(ephemeral).as_slice(), LABEL, &[&context.bytes]);
    SealKey::from(key)
}
