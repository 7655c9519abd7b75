//! Compact JWE (RFC 7516) with ECDH-ES in direct key agreement on P-256 (RFC 7518 section 4.6) and A128GCM or
//! A256GCM: how an answer reaches a relying party and nobody between. protocol.md §4.1.2.

use std::fmt;

use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm, Nonce, Tag};
use kodanik_crypto::encoding::{EncodingError, from_base64url, to_base64url};
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::SigningKey;
use rand_core::CryptoRngCore;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroize;

use crate::jose::{JoseError, Jwk};
use crate::json::{self, JsonError};

const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// Why an encrypted object is refused, or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JweError {
    // The peer misbehaved.
    /// `alg` is not ECDH-ES, or `enc` neither A128GCM nor A256GCM.
    #[error("the encryption algorithm is not one of ours")]
    Algorithm,
    /// `zip`: length after compression tells about the content, and a small text can inflate without end.
    #[error("compressed")]
    Compressed,
    /// A `crit` member: an extension that we would have to understand.
    #[error("the header demands an extension that we do not know")]
    Critical,
    /// Wrong key, other party information, or damage: nothing more is said on purpose.
    #[error("does not open: wrong key or damaged")]
    DoesNotOpen,
    /// A part is not canonical base64url.
    #[error("a part is not base64url: {0}")]
    Encoding(#[from] EncodingError),
    /// The header is not the JSON we accept.
    #[error("header: {0}")]
    Json(#[from] JsonError),
    /// The ephemeral key, or the recipient's, is not a public key on P-256 for this purpose.
    #[error("not a public P-256 key for encryption")]
    Key,
    /// Not five parts, a key that is not empty, or a nonce or tag of a wrong length.
    #[error("not a compact JWE")]
    Shape,
    /// More bytes than the cap for this document.
    #[error("too large")]
    TooLarge,
}

/// `enc`: how the content is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncryption {
    /// AES-128 in GCM.
    A128Gcm,
    /// AES-256 in GCM.
    A256Gcm,
}

impl ContentEncryption {
    /// From its registered name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "A128GCM" => Some(Self::A128Gcm),
            "A256GCM" => Some(Self::A256Gcm),
            _ => None,
        }
    }

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm => 32,
        }
    }
}

/// A private key that opens and never signs.
pub struct DecryptionKey(SigningKey);

impl DecryptionKey {
    /// A fresh key.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(SigningKey::make(rng))
    }

    /// From a stored scalar.
    pub fn from_bytes(bytes: &Secret<32>) -> Result<Self, JweError> {
        SigningKey::from_bytes(bytes).map(Self).map_err(|_| JweError::Key)
    }

    /// The scalar, to be sealed.
    pub fn to_bytes(&self) -> Secret<32> {
        self.0.to_bytes()
    }

    /// The public half with `kid`, `"use": "enc"` and `"alg": "ECDH-ES"`.
    pub fn public_jwk(&self, kid: &str) -> Jwk {
        let mut jwk = Jwk::new(self.0.verifying_key());
        jwk.kid = Some(kid.into());
        jwk.usage = Some("enc".into());
        jwk.algorithm = Some("ECDH-ES".into());
        jwk
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(..)")
    }
}

/// What both sides mix into the key (RFC 7518 section 4.6.1.2); may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartyInfo<'a> {
    /// `apu`: about the sender.
    pub apu: &'a [u8],
    /// `apv`: about the recipient.
    pub apv: &'a [u8],
}

/// Encrypts to `recipient` under a fresh ephemeral key. A recipient's key with another `alg` or `use` is refused.
pub fn encrypt(
    rng: &mut impl CryptoRngCore,
    recipient: &Jwk,
    encryption: ContentEncryption,
    info: PartyInfo<'_>,
    plaintext: &[u8],
) -> Result<String, JweError> {
    let for_us = |member: &Option<String>, value| member.as_deref().is_none_or(|own| own == value);
    if !for_us(&recipient.usage, "enc") || !for_us(&recipient.algorithm, "ECDH-ES") {
        return Err(JweError::Key);
    }
    let ephemeral = SigningKey::make(rng);
    let mut nonce = [0; NONCE_LENGTH];
    rng.fill_bytes(&mut nonce);
    let header = to_base64url(header(recipient, &ephemeral, encryption, info).to_string());
    let key = derive_content_key(&ephemeral.agree(recipient.key()), encryption, info);
    let mut content = plaintext.to_vec();
    let tag = seal(encryption, &key, nonce, header.as_bytes(), &mut content)?;
    let [nonce, content, tag] = [&nonce[..], &content, &tag].map(to_base64url);
    Ok(format!("{header}..{nonce}.{content}.{tag}"))
}

fn header(recipient: &Jwk, ephemeral: &SigningKey, enc: ContentEncryption, info: PartyInfo<'_>) -> Value {
    let mut header = Map::new();
    header.insert("alg".into(), "ECDH-ES".into());
    header.insert("enc".into(), enc.name().into());
    header.insert("epk".into(), json!(Jwk::new(ephemeral.verifying_key())));
    header.extend(recipient.kid.as_deref().map(|kid| ("kid".into(), kid.into())));
    for (name, bytes) in [("apu", info.apu), ("apv", info.apv)] {
        if !bytes.is_empty() {
            header.insert(name.into(), to_base64url(bytes).into());
        }
    }
    Value::Object(header)
}

/// A compact JWE from outside: parsed, still closed.
#[derive(Clone, Debug)]
pub struct CompactJwe {
    encryption: ContentEncryption,
    ephemeral: Jwk,
    kid: Option<String>,
    apu: Vec<u8>,
    apv: Vec<u8>,
    /// The header's text: authenticated as it came.
    protected: String,
    nonce: [u8; NONCE_LENGTH],
    content: Vec<u8>,
    tag: [u8; TAG_LENGTH],
}

impl CompactJwe {
    /// Parses at most `cap` bytes.
    pub fn parse(text: &str, cap: usize) -> Result<Self, JweError> {
        if text.len() > cap {
            return Err(JweError::TooLarge);
        }
        let parts: Vec<&str> = text.splitn(6, '.').collect();
        let [protected, "", nonce, content, tag] = parts[..] else {
            return Err(JweError::Shape);
        };
        let mut header = json::parse_object(&from_base64url(protected)?, cap)?;
        check_algorithms(&header)?;
        Ok(Self {
            encryption: encryption_of(&header)?,
            ephemeral: ephemeral_of(&header)?,
            kid: take_text(&mut header, "kid")?,
            apu: from_base64url(take_text(&mut header, "apu")?.unwrap_or_default())?,
            apv: from_base64url(take_text(&mut header, "apv")?.unwrap_or_default())?,
            protected: protected.into(),
            nonce: from_base64url(nonce)?.try_into().map_err(|_| JweError::Shape)?,
            content: from_base64url(content)?,
            tag: from_base64url(tag)?.try_into().map_err(|_| JweError::Shape)?,
        })
    }

    /// Which of the recipient's keys.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// How the content is sealed.
    pub fn encryption(&self) -> ContentEncryption {
        self.encryption
    }

    /// `apu`; authenticated only once [`Self::decrypt`] succeeds.
    pub fn apu(&self) -> &[u8] {
        &self.apu
    }

    /// `apv`; authenticated only once [`Self::decrypt`] succeeds.
    pub fn apv(&self) -> &[u8] {
        &self.apv
    }

    /// Opens it.
    pub fn decrypt(&self, key: &DecryptionKey) -> Result<SecretBytes, JweError> {
        let info = PartyInfo { apu: &self.apu, apv: &self.apv };
        let key = derive_content_key(&key.0.agree(self.ephemeral.key()), self.encryption, info);
        let mut content = self.content.clone();
        match open(self.encryption, &key, self.nonce, self.protected.as_bytes(), &mut content, self.tag) {
            Ok(()) => Ok(SecretBytes::new(content)),
            Err(error) => {
                content.zeroize();
                Err(error)
            }
        }
    }
}

fn check_algorithms(header: &Map<String, Value>) -> Result<(), JweError> {
    if header.contains_key("crit") {
        return Err(JweError::Critical);
    }
    if header.contains_key("zip") {
        return Err(JweError::Compressed);
    }
    let is_ours = header.get("alg").and_then(Value::as_str) == Some("ECDH-ES");
    is_ours.then_some(()).ok_or(JweError::Algorithm)
}

fn encryption_of(header: &Map<String, Value>) -> Result<ContentEncryption, JweError> {
    let name = header.get("enc").and_then(Value::as_str).ok_or(JweError::Algorithm)?;
    ContentEncryption::parse(name).ok_or(JweError::Algorithm)
}

fn ephemeral_of(header: &Map<String, Value>) -> Result<Jwk, JweError> {
    let epk = header.get("epk").ok_or(JweError::Key)?;
    Jwk::from_value(epk).map_err(|_: JoseError| JweError::Key)
}

fn take_text(header: &mut Map<String, Value>, name: &str) -> Result<Option<String>, JweError> {
    match header.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JsonError::Shape.into()),
    }
}

/// The Concat KDF (RFC 7518 section 4.6.2) in one round: `SHA-256(1 || Z || AlgorithmID || PartyUInfo ||
/// PartyVInfo || SuppPubInfo)`, cut to the key's length. The first `key_length` bytes are the key.
fn derive_content_key(shared: &Secret<32>, encryption: ContentEncryption, info: PartyInfo<'_>) -> Secret<32> {
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(shared.expose());
    for field in [encryption.name().as_bytes(), info.apu, info.apv] {
        hash.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(field);
    }
    let bits = if encryption.key_length() == 16 { 128_u32 } else { 256 };
    hash.update(bits.to_be_bytes());
    Secret::init_with(|out| hash.finalize_into(out.into()))
}

fn seal(
    encryption: ContentEncryption,
    key: &Secret<32>,
    nonce: [u8; NONCE_LENGTH],
    aad: &[u8],
    content: &mut [u8],
) -> Result<[u8; TAG_LENGTH], JweError> {
    let (key, nonce) = (&key.expose()[..encryption.key_length()], Nonce::from(nonce));
    let tag = match encryption {
        ContentEncryption::A128Gcm => {
            Aes128Gcm::new(key.into()).encrypt_in_place_detached(&nonce, aad, content)
        }
        ContentEncryption::A256Gcm => {
            Aes256Gcm::new(key.into()).encrypt_in_place_detached(&nonce, aad, content)
        }
    };
    tag.map(Into::into).map_err(|_| JweError::TooLarge)
}

fn open(
    encryption: ContentEncryption,
    key: &Secret<32>,
    nonce: [u8; NONCE_LENGTH],
    aad: &[u8],
    content: &mut [u8],
    tag: [u8; TAG_LENGTH],
) -> Result<(), JweError> {
    let (key, nonce) = (&key.expose()[..encryption.key_length()], Nonce::from(nonce));
    let tag = Tag::from(tag);
    let opened = match encryption {
        ContentEncryption::A128Gcm => {
            Aes128Gcm::new(key.into()).decrypt_in_place_detached(&nonce, aad, content, &tag)
        }
        ContentEncryption::A256Gcm => {
            Aes256Gcm::new(key.into()).decrypt_in_place_detached(&nonce, aad, content, &tag)
        }
    };
    opened.map_err(|_| JweError::DoesNotOpen)
}

#[cfg(test)]
mod tests;
