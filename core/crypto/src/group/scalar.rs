//! Integers modulo the group's order.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};

use p256::elliptic_curve::ff::{Field, PrimeField};
use p256::elliptic_curve::ops::Reduce;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

use super::GroupError;
use crate::encoding::Bytes;

/// An integer modulo the group's order. Arithmetic is constant-time; a scalar that is a secret is wiped by its
/// owner (`Zeroize`), and `Debug` never shows one.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scalar(p256::Scalar);

impl Scalar {
    /// 0.
    pub const ZERO: Self = Self(p256::Scalar::ZERO);
    /// 1.
    pub const ONE: Self = Self(p256::Scalar::ONE);

    /// A uniform scalar.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(p256::Scalar::random(rng))
    }

    /// Parses 32 bytes big-endian, below the order.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, GroupError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| GroupError::Scalar)?;
        let scalar: Option<p256::Scalar> = p256::Scalar::from_repr(bytes.into()).into();
        scalar.map(Self).ok_or(GroupError::Scalar)
    }

    /// A scalar below 2^128.
    pub fn from_u128(value: u128) -> Self {
        let mut bytes = [0; 32];
        bytes[16..].copy_from_slice(&value.to_be_bytes());
        Self(<p256::Scalar as Reduce<p256::U256>>::reduce_bytes(&bytes.into()))
    }

    /// 32 bytes big-endian.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_repr().into()
    }

    /// Four limbs, least significant first.
    pub(super) fn to_limbs(self) -> [u64; 4] {
        let bytes = self.to_bytes();
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.as_chunks().0) {
            *limb = u64::from_be_bytes(*chunk);
        }
        limbs
    }

    /// 1 / self; `None` for 0.
    pub fn invert(&self) -> Option<Self> {
        Option::from(self.0.invert()).map(Self)
    }
}

impl From<u64> for Scalar {
    fn from(value: u64) -> Self {
        Self(value.into())
    }
}

impl From<p256::Scalar> for Scalar {
    fn from(value: p256::Scalar) -> Self {
        Self(value)
    }
}

impl Add for Scalar {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Scalar {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Scalar {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Neg for Scalar {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Scalar {
    fn sum<I: Iterator<Item = Self>>(scalars: I) -> Self {
        scalars.fold(Self::ZERO, Add::add)
    }
}

impl ConstantTimeEq for Scalar {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Scalar {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(p256::Scalar::conditional_select(&a.0, &b.0, choice))
    }
}

impl DefaultIsZeroes for Scalar {}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar(..)")
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(self.to_bytes()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::<32>::deserialize(deserializer)?;
        Self::from_slice(&bytes.0).map_err(serde::de::Error::custom)
    }
}
