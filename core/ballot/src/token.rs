//! The voting credential: one blind signature per issuer on a pseudonym, so that everybody can check that a ballot
//! comes from somebody entitled, and nobody, the issuers included, can tell from whom.
//!
//! A wallet makes a [`TokenRequest`] per issuer, shows the issuer its [`TokenRequest::blinded`] together with the
//! e-ID, and [`TokenRequest::finish`]es the answer into a [`Token`]. Everything follows from the participation seed
//! and the election: a wallet that was lost and recovered gets the very same tokens.
//!
//! Each issuer has a blinding of its own; one for all of them would let two issuers find the same citizen in their
//! records. Keys are taken from the manifest alone: an issuer that hands out a key of its own for each citizen would
//! mark them (protocol.md §3.3.2).

use kodanik_crypto::blind_rsa::{
    BLINDING_BYTES, BlindPublicKey, BlindRsaError, BlindSignature, Blinded, BlindedMessage, RsaSignature,
};
use kodanik_crypto::derive::derive_key;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::{frame, sha256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::election::Election;

const TOKEN_LABEL: &str = "KODANIK-V1-TOKEN";
const BLIND_LABEL: &str = "KODANIK-V1-BLIND";

/// Factors that are tried. An honest key never needs the second.
const MAX_COUNTER: u32 = 8;

/// Why there is no token, or why one does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    // The issuer is at fault.
    /// The issuer's answer does not finalise. It must not be asked again with other randomness; the same request
    /// may be sent again.
    #[error("the issuer's answer is not its signature on this request")]
    BadAnswer,
    /// The issuer's key in the manifest cannot be used to blind.
    #[error("the issuer's key cannot be used")]
    BadIssuerKey,
    // The ballot is at fault.
    /// The signature is not the issuer's on this election, style and pseudonym.
    #[error("the voting credential does not verify")]
    Mismatch,
    /// The manifest has no such issuer.
    #[error("the manifest has no such issuer")]
    NoSuchIssuer,
    /// The manifest has no key of this issuer for this style.
    #[error("the manifest has no key of this issuer for this ballot style")]
    NoSuchStyle,
}

/// One issuer's signature on a pseudonym.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The issuer's position in the manifest, from 0.
    pub issuer: usize,
    /// Its signature on [`token_message`].
    pub signature: RsaSignature,
}

/// A request to one issuer, derived and not yet answered.
#[derive(Debug)]
pub struct TokenRequest {
    issuer: usize,
    blinded: Blinded,
}

impl TokenRequest {
    /// Derives the request to `issuer` for the pseudonym `vk`: the same arguments always give the same request.
    ///
    /// # Errors
    /// [`TokenError::NoSuchIssuer`], [`TokenError::NoSuchStyle`]: the caller's; [`TokenError::BadIssuerKey`]: the
    /// election's.
    pub fn derive(
        election: &Election,
        issuer: usize,
        style: &str,
        seed: &Secret<32>,
        vk: &VerifyingKey,
    ) -> Result<Self, TokenError> {
        let key = issuer_key(election, issuer, style)?;
        let message = token_message(election, style, vk);
        (0..MAX_COUNTER)
            .map(|counter| key.blind(&message, &blinding(seed, election, key, counter)))
            .find(|attempt| !matches!(attempt, Err(BlindRsaError::NotInvertible)))
            .and_then(Result::ok)
            .map(|blinded| Self { issuer, blinded })
            .ok_or(TokenError::BadIssuerKey)
    }

    /// What the issuer sees.
    pub fn blinded(&self) -> &BlindedMessage {
        self.blinded.message()
    }

    /// Takes the blinding off the issuer's answer and verifies.
    ///
    /// # Errors
    /// [`TokenError::BadAnswer`], and nothing else: the issuer did not sign what it was asked to sign.
    pub fn finish(&self, answer: &BlindSignature) -> Result<Token, TokenError> {
        let signature = self.blinded.finalize(answer).map_err(|_| TokenError::BadAnswer)?;
        Ok(Token { issuer: self.issuer, signature })
    }
}

/// Verifies one issuer's signature on the pseudonym `vk` for a ballot style of `election`.
pub fn verify_token(
    election: &Election,
    issuer: usize,
    style: &str,
    vk: &VerifyingKey,
    signature: &RsaSignature,
) -> Result<(), TokenError> {
    let key = issuer_key(election, issuer, style)?;
    key.verify(&token_message(election, style, vk), signature).map_err(|_| TokenError::Mismatch)
}

/// What issuers sign without seeing it: framed "KODANIK-V1-TOKEN", H_E, ballot style, pseudonym (33 bytes).
pub fn token_message(election: &Election, style: &str, vk: &VerifyingKey) -> Vec<u8> {
    frame(TOKEN_LABEL, &[election.id.as_bytes(), style.as_bytes(), &vk.to_sec1()])
}

fn issuer_key<'a>(
    election: &'a Election,
    issuer: usize,
    style: &str,
) -> Result<&'a BlindPublicKey, TokenError> {
    if issuer >= election.manifest.issuers.members.len() {
        return Err(TokenError::NoSuchIssuer);
    }
    election.manifest.issuer_key(issuer, style).ok_or(TokenError::NoSuchStyle)
}

fn blinding(
    seed: &Secret<32>,
    election: &Election,
    key: &BlindPublicKey,
    counter: u32,
) -> Secret<BLINDING_BYTES> {
    let fields: [&[u8]; 3] = [election.id.as_bytes(), &sha256(key.to_spki()), &counter.to_be_bytes()];
    derive_key(seed.expose(), b"", BLIND_LABEL, &fields)
}

#[cfg(test)]
mod tests;
