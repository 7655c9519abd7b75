//! Showing a part of a credential to one verifier (RFC 9901 section 4.3).

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use serde_json::{Map, Value};

use super::verify::{UnverifiedSdJwt, VerifiedSdJwt};
use super::{CLOCK_SKEW, KEY_BINDING_LIFE, KEY_BINDING_TYPE, MAX_CREDENTIAL, SdJwtError};
use crate::jose::{JwsDraft, JwsHeader, UnverifiedJws};
use crate::json::JsonError;
use crate::trust::TrustAnchors;

/// Members of the key-binding JWT that this module sets.
const OWN_MEMBERS: [&str; 4] = ["iat", "aud", "nonce", "sd_hash"];

/// A credential with the chosen disclosures: `<jwt>~<disclosure>~...~`. Nobody should get it without key binding.
#[derive(Clone, Debug)]
pub struct SelectedSdJwt {
    text: String,
    holder: VerifyingKey,
}

/// To which request the presentation is tied.
#[derive(Clone, Debug)]
pub struct KeyBinding<'a> {
    /// `nonce`: the verifier's.
    pub nonce: &'a str,
    /// `aud`: the verifier's identifier.
    pub audience: &'a str,
    /// `iat`.
    pub now: UnixSeconds,
    /// Further members, for example `transaction_data_hashes`.
    pub other: Map<String, Value>,
}

impl SelectedSdJwt {
    pub(super) fn new(text: String, holder: VerifyingKey) -> Self {
        Self { text, holder }
    }

    /// The key that has to sign the binding.
    pub fn holder_key(&self) -> &VerifyingKey {
        &self.holder
    }

    /// Ties it to one request.
    pub fn bind_key(self, binding: &KeyBinding<'_>) -> Result<KeyBindingDraft, SdJwtError> {
        if OWN_MEMBERS.iter().any(|name| binding.other.contains_key(*name)) {
            return Err(SdJwtError::ReservedName);
        }
        let mut payload = binding.other.clone();
        payload.insert("iat".into(), binding.now.0.into());
        payload.insert("aud".into(), binding.audience.into());
        payload.insert("nonce".into(), binding.nonce.into());
        payload.insert("sd_hash".into(), sd_hash(&self.text).into());
        let jwt = JwsDraft::new(&JwsHeader::new(KEY_BINDING_TYPE), &payload)?;
        Ok(KeyBindingDraft { text: self.text, jwt })
    }
}

/// SHA-256 over everything before the key-binding JWT, as base64url.
fn sd_hash(text: &str) -> String {
    to_base64url(sha256(text.as_bytes()))
}

/// A presentation that waits for the holder's signature.
#[derive(Clone, Debug)]
pub struct KeyBindingDraft {
    text: String,
    jwt: JwsDraft,
}

impl KeyBindingDraft {
    /// The bytes to sign with the holder's key.
    pub fn signing_input(&self) -> &[u8] {
        self.jwt.signing_input()
    }

    /// `<jwt>~<disclosure>~...~<kb-jwt>`.
    pub fn finish(self, signature: Signature) -> String {
        format!("{}{}", self.text, self.jwt.finish(signature))
    }
}

/// What a verifier receives: a credential with key binding.
#[derive(Clone, Debug)]
pub struct UnverifiedPresentation {
    credential: UnverifiedSdJwt,
    sd_hash: String,
    binding: UnverifiedJws,
}

/// What the verifier asked with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The `nonce` of the request, used once.
    pub nonce: &'a str,
    /// The verifier's own identifier.
    pub audience: &'a str,
    /// The current time.
    pub now: UnixSeconds,
}

impl UnverifiedPresentation {
    /// Parses at most [`MAX_CREDENTIAL`] bytes; a credential without key binding is refused.
    pub fn parse(text: &str) -> Result<Self, SdJwtError> {
        if text.len() > MAX_CREDENTIAL {
            return Err(SdJwtError::TooLarge);
        }
        let end = text.rfind('~').ok_or(SdJwtError::Shape)?;
        let (credential, binding) = text.split_at(end + 1);
        if binding.is_empty() {
            return Err(SdJwtError::Shape);
        }
        Ok(Self {
            credential: UnverifiedSdJwt::parse(credential)?,
            sd_hash: sd_hash(credential),
            binding: UnverifiedJws::parse(binding, MAX_CREDENTIAL)?,
        })
    }

    /// Checks the credential as [`UnverifiedSdJwt::verify`] does, then that its holder bound it to this request.
    pub fn verify(
        self,
        anchors: &TrustAnchors,
        expected: &Expected<'_>,
    ) -> Result<VerifiedPresentation, SdJwtError> {
        let credential = self.credential.verify(anchors, expected.now)?;
        let mut binding = self.binding.verify(credential.holder_key(), KEY_BINDING_TYPE)?.into_payload();
        let mut take = |name| binding.remove(name).ok_or(JsonError::Shape);
        let (audience, nonce, hash, time) = (take("aud")?, take("nonce")?, take("sd_hash")?, take("iat")?);
        if audience != expected.audience {
            return Err(SdJwtError::Audience);
        }
        if nonce != expected.nonce {
            return Err(SdJwtError::Nonce);
        }
        if hash != self.sd_hash.as_str() {
            return Err(SdJwtError::SdHash);
        }
        check_age(UnixSeconds(time.as_u64().ok_or(JsonError::Shape)?), expected.now)?;
        Ok(VerifiedPresentation { credential, binding })
    }
}

fn check_age(signed: UnixSeconds, now: UnixSeconds) -> Result<(), SdJwtError> {
    if signed > now.plus(CLOCK_SKEW) {
        return Err(SdJwtError::NotYetValid);
    }
    if now.since(signed) > KEY_BINDING_LIFE {
        return Err(SdJwtError::Stale);
    }
    Ok(())
}

/// A presentation that its holder made for this request. Made by [`UnverifiedPresentation::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedPresentation {
    /// The credential, with the claims that were disclosed.
    pub credential: VerifiedSdJwt,
    /// Members of the key binding beyond `iat`, `aud`, `nonce` and `sd_hash`.
    pub binding: Map<String, Value>,
}
