//! Bytes that wipe themselves and never print.

use std::fmt;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// `N` secret bytes on the heap, wiped on drop. No `Clone`, no `Serialize`, a redacted `Debug`.
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Fills the bytes in place, so that no copy stays on the stack.
    pub fn init_with(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut bytes = Box::new([0; N]);
        fill(&mut bytes);
        Self(bytes)
    }

    /// `N` fresh bytes of `rng`.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self::init_with(|bytes| rng.fill_bytes(bytes))
    }

    /// Takes a copy of `bytes`; `None` where the length is not `N`.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == N).then(|| Self::init_with(|own| own.copy_from_slice(bytes)))
    }

    /// The bytes. Named so that a reviewer can search for every place that looks inside.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// A second copy, asked for by name because `Clone` would be too easy.
    pub fn duplicate(&self) -> Self {
        Self::init_with(|own| own.copy_from_slice(self.expose()))
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ConstantTimeEq for Secret<N> {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.0.as_slice().ct_eq(other.0.as_slice())
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>(..)")
    }
}

/// Secret bytes of a length known only at run time, wiped on drop.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the bytes over; the caller keeps none.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// A secret that other standards carry as text: an access token, a one-time code. Wiped on drop; read from JSON,
/// never written to it.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over; the caller keeps none.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl ConstantTimeEq for SecretText {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.0.as_bytes().ct_eq(other.0.as_bytes())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::<4>::init_with(|b| *b = *b"evil");
        assert_eq!(format!("{secret:?}"), "Secret<4>(..)");
        assert_eq!(format!("{:?}", SecretBytes::new(b"evil".to_vec())), "SecretBytes(..)");
        assert_eq!(format!("{:?}", SecretText::new("evil".into())), "SecretText(..)");
    }

    #[test]
    fn secret_text_compares_whole() {
        let equal =
            |a: &str, b: &str| bool::from(SecretText::new(a.into()).ct_eq(&SecretText::new(b.into())));
        assert!(equal("code", "code"));
        assert!(!equal("code", "codes") && !equal("code", "cods"));
    }

    #[test]
    fn a_wrong_length_is_no_secret() {
        assert!(Secret::<4>::from_slice(b"four").is_some());
        assert!(Secret::<4>::from_slice(b"fiver").is_none());
    }
}
