//! Exponential ElGamal: (r G, r K + v G) for a small number v.

use std::ops::Add;

use kodanik_crypto::group::{GroupError, Point, Scalar};

/// Bytes of an encoded ciphertext.
pub const CIPHERTEXT_BYTES: usize = 66;

/// An encrypted number. Those from outside hold no identity; sums may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    /// r G.
    pub alpha: Point,
    /// r K + v G.
    pub beta: Point,
}

impl Ciphertext {
    /// The start of a sum.
    pub const ZERO: Self = Self { alpha: Point::IDENTITY, beta: Point::IDENTITY };

    /// Encrypts `v` to `key` with the randomness `r`, in constant time.
    pub fn encrypt(key: &Point, r: &Scalar, v: &Scalar) -> Self {
        Self { alpha: Point::generate(r), beta: *key * r + Point::generate(v) }
    }

    /// Parses alpha || beta.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, GroupError> {
        let (alpha, beta) = bytes.split_at_checked(33).ok_or(GroupError::Point)?;
        Ok(Self { alpha: Point::from_slice(alpha)?, beta: Point::from_slice(beta)? })
    }

    /// The ciphertext of `factor` times the number.
    pub fn times(&self, factor: &Scalar) -> Self {
        Self { alpha: self.alpha * factor, beta: self.beta * factor }
    }
}

impl Add for Ciphertext {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { alpha: self.alpha + other.alpha, beta: self.beta + other.beta }
    }
}

impl std::iter::Sum for Ciphertext {
    fn sum<I: Iterator<Item = Self>>(ciphertexts: I) -> Self {
        ciphertexts.fold(Self::ZERO, Add::add)
    }
}
