//! DPoP (RFC 9449): a request carries a proof that its sender holds the key which the access token is bound to.
//! protocol.md §4.1.6.

mod replay;

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

pub use replay::ReplayCache;

use crate::jose::{JoseError, Jwk, JwsDraft, JwsHeader, UnverifiedJws};

/// `typ` of a proof.
pub const DPOP_TYPE: &str = "dpop+jwt";
/// Bytes of a proof, at most.
pub const MAX_PROOF: usize = 8 * 1024;
/// Seconds between a proof's `iat` and now, at most, either way.
pub const WINDOW: u64 = 60;

const MAX_JTI: usize = 256;

/// Why a proof is refused, or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DpopError {
    // The peer misbehaved.
    /// `ath` is not the hash of the access token.
    #[error("the proof is for another access token")]
    AccessToken,
    /// `jti` is empty or longer than 256 bytes.
    #[error("the proof has no usable identifier")]
    Identifier,
    /// The signed object is refused.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// No `jwk` in the header.
    #[error("the proof carries no key")]
    Key,
    /// `htm` is another method.
    #[error("the proof is for another method")]
    Method,
    /// `nonce` is missing or another one.
    #[error("the proof has not the nonce asked for")]
    Nonce,
    /// The proof was used before.
    #[error("the proof was used before")]
    Replayed,
    /// `htu` is another address.
    #[error("the proof is for another address")]
    Url,
    // Wait and try again.
    /// The cache is full of proofs that are still in their window.
    #[error("too many requests at once")]
    Full,
    /// `iat` is more than [`WINDOW`] seconds from now.
    #[error("the proof is too old, or from the future")]
    Time,
}

/// The request that a proof belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method, in capitals.
    pub method: &'a str,
    /// The absolute address; query and fragment do not count.
    pub url: &'a str,
    /// The access token that goes with it.
    pub access_token: Option<&'a str>,
    /// The server's nonce. A verifier that gives one demands it.
    pub nonce: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    jti: String,
    htm: String,
    htu: String,
    iat: UnixSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// A proof that waits for its signature.
#[derive(Clone, Debug)]
pub struct DpopDraft(JwsDraft);

impl DpopDraft {
    /// A proof by `key` for one request.
    pub fn new(
        rng: &mut impl CryptoRngCore,
        key: &VerifyingKey,
        request: &Request<'_>,
        now: UnixSeconds,
    ) -> Result<Self, DpopError> {
        let mut jti = [0; 16];
        rng.fill_bytes(&mut jti);
        let payload = Payload {
            jti: to_base64url(jti),
            htm: request.method.to_owned(),
            htu: target(request.url)?,
            iat: now,
            ath: request.access_token.map(token_hash),
            nonce: request.nonce.map(str::to_owned),
        };
        Ok(Self(JwsDraft::new(&JwsHeader::new(DPOP_TYPE).with_jwk(Jwk::new(*key)), &payload)?))
    }

    /// The bytes to sign.
    pub fn signing_input(&self) -> &[u8] {
        self.0.signing_input()
    }

    /// The value of the `DPoP` header.
    pub fn finish(self, signature: Signature) -> String {
        self.0.finish(signature)
    }
}

/// A proof from outside.
#[derive(Clone, Debug)]
pub struct UnverifiedDpop(UnverifiedJws);

impl UnverifiedDpop {
    /// Parses at most [`MAX_PROOF`] bytes.
    pub fn parse(text: &str) -> Result<Self, DpopError> {
        Ok(Self(UnverifiedJws::parse(text, MAX_PROOF)?))
    }

    /// Checks the signature by the key in the header, and that the proof is for `request` and for now. Whether it was
    /// used before is the caller's to check with a [`ReplayCache`]; whether the key is the access token's, too.
    pub fn verify(self, request: &Request<'_>, now: UnixSeconds) -> Result<VerifiedDpop, DpopError> {
        let key = *self.0.header().jwk.as_ref().ok_or(DpopError::Key)?.key();
        let payload: Payload = self.0.verify(&key, DPOP_TYPE)?.claims()?;
        payload.check(request, now)?;
        Ok(VerifiedDpop { key, jti: payload.jti })
    }
}

impl Payload {
    fn check(&self, request: &Request<'_>, now: UnixSeconds) -> Result<(), DpopError> {
        let demand = |holds: bool, error| if holds { Ok(()) } else { Err(error) };
        demand((1..=MAX_JTI).contains(&self.jti.len()), DpopError::Identifier)?;
        demand(self.htm == request.method, DpopError::Method)?;
        demand(target(&self.htu)? == target(request.url)?, DpopError::Url)?;
        demand(self.iat.since(now).max(now.since(self.iat)) <= WINDOW, DpopError::Time)?;
        let token = request.access_token.map(token_hash);
        demand(token.is_none() || self.ath == token, DpopError::AccessToken)?;
        demand(request.nonce.is_none() || self.nonce.as_deref() == request.nonce, DpopError::Nonce)
    }
}

/// A proof that holds. Made by [`UnverifiedDpop::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedDpop {
    key: VerifyingKey,
    jti: String,
}

impl VerifiedDpop {
    /// The key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The key's RFC 7638 thumbprint, which an access token names as `jkt`.
    pub fn thumbprint(&self) -> Bytes<32> {
        Jwk::new(self.key).thumbprint()
    }

    /// The proof's identifier.
    pub fn jti(&self) -> &str {
        &self.jti
    }
}

/// Scheme, host, port and path, normalised as RFC 3986 section 6 says.
fn target(url: &str) -> Result<String, DpopError> {
    let mut url = Url::parse(url).map_err(|_| DpopError::Url)?;
    if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some() {
        return Err(DpopError::Url);
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url.into())
}

fn token_hash(token: &str) -> String {
    to_base64url(sha256(token.as_bytes()))
}

#[cfg(test)]
mod tests;
