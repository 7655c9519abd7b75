//! The one secret of a ballot, from which all its randomness follows.

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::from_base64url;
use kodanik_crypto::group::Scalar;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::transcript::hash_to_scalar;
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::ids::ElectionId;
use crate::proof::contest::BallotContext;

/// The randomness that every ciphertext and every proof of one ballot is derived from. Whoever has it can read the
/// ballot; it is shown in the checking code and wiped after the checking window. Use one per ballot.
#[derive(Debug)]
pub struct BallotSeed(Secret<32>);

impl BallotSeed {
    /// A fresh seed.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::make(rng))
    }

    /// From the bytes of a checking code.
    pub fn from_secret(bytes: Secret<32>) -> Self {
        Self(bytes)
    }

    /// From the base64url text of a code.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(from_base64url(text).ok()?);
        Secret::from_slice(&bytes).map(Self)
    }

    /// The bytes, for the checking code alone.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// r_i of the ciphertext with this `index` in `contest`.
    pub(crate) fn derive_r(&self, election: &ElectionId, contest: &str, index: usize) -> Zeroizing<Scalar> {
        let fields: [&[u8]; 3] = [election.as_bytes(), contest.as_bytes(), &(index as u64).to_be_bytes()];
        let okm: Secret<48> = derive_key(self.0.expose(), b"", "KODANIK-V1-RANDOMNESS", &fields);
        Zeroizing::new(hash_to_scalar(okm.expose(), b"KODANIK-V1-RANDOMNESS-P256"))
    }

    /// Nonce number `nonce` of proof number `proof` in `contest`: bound to the ballot's place, so that the same seed in
    /// another place does not use it again.
    pub(crate) fn derive_nonce(
        &self,
        context: &BallotContext<'_>,
        contest: &str,
        proof: usize,
        nonce: usize,
    ) -> Scalar {
        let (seq, prev) = (u64::from(context.position.seq).to_be_bytes(), context.position.prev);
        let (proof, nonce) = ((proof as u64).to_be_bytes(), (nonce as u64).to_be_bytes());
        let fields: [&[u8]; 8] = [
            context.election.as_bytes(),
            context.style.as_bytes(),
            &context.vk.to_sec1(),
            &seq,
            prev.as_bytes(),
            contest.as_bytes(),
            &proof,
            &nonce,
        ];
        let okm: Secret<48> = derive_key(self.0.expose(), b"", "KODANIK-V1-NONCE", &fields);
        hash_to_scalar(okm.expose(), b"KODANIK-V1-NONCE-P256")
    }
}
