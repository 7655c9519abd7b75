//! Keys that sign notes: Ed25519 (RFC 8032) under a name, as C2SP signed-note writes them.
//!
//! A key is of one of two kinds and can sign only its own way: a log key signs the note's text (type 0x01), a
//! cosigner's key signs a time and the text (type 0x04, C2SP tlog-cosignature).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::time::UnixSeconds;
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::note::NoteSignature;

/// Why a key's text is not a key, or a signature is not one of the key's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key id in the text is not that of the key.
    #[error("the key id does not belong to the key")]
    Id,
    /// Not an Ed25519 public key, or a weak one.
    #[error("not a usable Ed25519 key")]
    Key,
    /// A signature type other than 0x01 and 0x04.
    #[error("a key of an unknown kind")]
    Kind,
    /// Not the text of a key.
    #[error("not the text of a key")]
    Malformed,
    /// An empty name, a name with a space, a plus sign or a control character, or one of more than 255 bytes.
    #[error("not a key name")]
    Name,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

/// A key's name: by convention a URL without its scheme. A log's key carries the log's origin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// 1..=255 bytes without white space, `+` or control characters.
    pub fn parse(name: &str) -> Result<Self, KeyError> {
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.len() > 255 || name.contains(forbidden) {
            return Err(KeyError::Name);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The four bytes that find a key again: `SHA-256(name || 0x0A || kind || public key)[..4]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

/// What a key's signatures say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// 0x04: "at this time I knew no larger consistent tree of this log".
    Cosignature,
    /// 0x01: "this is my tree".
    Log,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Cosignature => 4,
            Self::Log => 1,
        }
    }

    fn parse(byte: u8) -> Result<Self, KeyError> {
        match byte {
            1 => Ok(Self::Log),
            4 => Ok(Self::Cosignature),
            _ => Err(KeyError::Kind),
        }
    }
}

/// The public half of a note key; its text is C2SP's vkey: `<name>+<key id, hex>+<base64(kind || key)>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerifier {
    name: KeyName,
    kind: KeyKind,
    key: VerifyingKey,
}

impl NoteVerifier {
    /// Parses a vkey.
    pub fn parse(vkey: &str) -> Result<Self, KeyError> {
        let (name, kind, id, bytes) = split_key_text(vkey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Key)?;
        if key.is_weak() {
            return Err(KeyError::Key);
        }
        let verifier = Self { name, kind, key };
        if verifier.id() == id { Ok(verifier) } else { Err(KeyError::Id) }
    }

    /// The key's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What the key's signatures say.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        key_id(&self.name, self.kind, &self.key)
    }

    /// The 32 bytes of RFC 8032: two verifiers are duplicates where these are equal.
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether a signature line claims to be this key's.
    pub fn claims(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.key_id == self.id()
    }

    /// Verifies a signature line over a note's text; for a cosignature, returns the time that it states.
    pub fn verify(&self, text: &str, signature: &NoteSignature) -> Result<Option<UnixSeconds>, KeyError> {
        if !self.claims(signature) {
            return Err(KeyError::Signature);
        }
        match self.kind {
            KeyKind::Cosignature => self.verify_cosignature(text, &signature.bytes).map(Some),
            KeyKind::Log => self.verify_bytes(text.as_bytes(), &signature.bytes).map(|()| None),
        }
    }

    fn verify_cosignature(&self, text: &str, bytes: &[u8]) -> Result<UnixSeconds, KeyError> {
        let (time, signature) = bytes.split_first_chunk().ok_or(KeyError::Signature)?;
        let time = UnixSeconds(u64::from_be_bytes(*time));
        // C2SP tlog-cosignature: a timestamp does not exceed 2^63 - 1.
        if i64::try_from(time.0).is_err() {
            return Err(KeyError::Signature);
        }
        self.verify_bytes(&cosigned_message(text, time), signature).map(|()| time)
    }

    fn verify_bytes(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| KeyError::Signature)?;
        self.key.verify_strict(message, &signature).map_err(|_| KeyError::Signature)
    }
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id().0), STANDARD.encode(material))
    }
}

/// The secret half of a note key. Its text, Go's note format, is to be sealed or kept in a file only its owner
/// reads: `PRIVATE+KEY+<name>+<key id, hex>+<base64(kind || seed)>`.
pub struct NoteSigner {
    name: KeyName,
    kind: KeyKind,
    key: SigningKey,
}

impl NoteSigner {
    /// A fresh key.
    pub fn make(name: KeyName, kind: KeyKind, rng: &mut impl CryptoRngCore) -> Self {
        Self { name, kind, key: SigningKey::from_bytes(Secret::<32>::make(rng).expose()) }
    }

    /// Parses the secret text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let rest = text.trim_end_matches('\n').strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Malformed)?;
        let (name, kind, id, seed) = split_key_text(rest)?;
        let signer = Self { name, kind, key: SigningKey::from_bytes(&Zeroizing::new(seed)) };
        if signer.verifier().id() == id { Ok(signer) } else { Err(KeyError::Id) }
    }

    /// The secret text, wiped when dropped.
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let mut material = Zeroizing::new(vec![self.kind.byte()]);
        material.extend_from_slice(self.key.as_bytes());
        let id = u32::from_be_bytes(self.verifier().id().0);
        let material = Zeroizing::new(STANDARD.encode(&*material));
        Zeroizing::new(format!("PRIVATE+KEY+{}+{id:08x}+{}", self.name, material.as_str()))
    }

    /// The public half.
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier { name: self.name.clone(), kind: self.kind, key: self.key.verifying_key() }
    }

    /// Signs a note's text the way of the key's kind; `now` goes into a cosignature and nowhere else.
    pub fn sign(&self, text: &str, now: UnixSeconds) -> NoteSignature {
        let bytes = match self.kind {
            KeyKind::Cosignature => {
                let signature = self.key.sign(&cosigned_message(text, now));
                [now.0.to_be_bytes().as_slice(), &signature.to_bytes()].concat()
            }
            KeyKind::Log => self.key.sign(text.as_bytes()).to_vec(),
        };
        NoteSignature { name: self.name.clone(), key_id: self.verifier().id(), bytes }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({}, ..)", self.name)
    }
}

fn key_id(name: &KeyName, kind: KeyKind, key: &VerifyingKey) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(name.0.as_bytes());
    hash.update([b'\n', kind.byte()]);
    hash.update(key.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    KeyId([digest[0], digest[1], digest[2], digest[3]])
}

fn cosigned_message(text: &str, time: UnixSeconds) -> Vec<u8> {
    format!("cosignature/v1\ntime {}\n{text}", time.0).into_bytes()
}

fn split_key_text(text: &str) -> Result<(KeyName, KeyKind, KeyId, [u8; 32]), KeyError> {
    // Base64 may hold a plus sign, a name and an id may not: split from the left, twice.
    let mut parts = text.splitn(3, '+');
    let mut next = || parts.next().ok_or(KeyError::Malformed);
    let (name, id, material) = (KeyName::parse(next()?)?, next()?, next()?);
    let material = Zeroizing::new(STANDARD.decode(material).map_err(|_| KeyError::Malformed)?);
    let (kind, key) = material.split_first().ok_or(KeyError::Malformed)?;
    let key = key.try_into().map_err(|_| KeyError::Key)?;
    Ok((name, KeyKind::parse(*kind)?, parse_key_id(id)?, key))
}

fn parse_key_id(hex: &str) -> Result<KeyId, KeyError> {
    let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if hex.len() != 8 || !hex.bytes().all(lower_hex) {
        return Err(KeyError::Malformed);
    }
    let id = u32::from_str_radix(hex, 16).map_err(|_| KeyError::Malformed)?;
    Ok(KeyId(id.to_be_bytes()))
}
