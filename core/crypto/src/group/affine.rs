//! Points in affine form.

use std::fmt;
use std::ops::Neg;

use p256::AffinePoint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

use super::{GroupError, Point};
use crate::encoding::Bytes;

/// A point of P-256 other than the identity, with its two coordinates at hand: it has an encoding without any
/// division. What is parsed, tabulated and added up in bulk has this form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Affine(AffinePoint);

impl Affine {
    /// The standard generator G.
    pub const GENERATOR: Self = Self(AffinePoint::GENERATOR);

    /// Parses 33 bytes: tag 02 or 03, then x < p of a point on the curve.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, GroupError> {
        Point::from_slice(bytes)?.to_affine().ok_or(GroupError::Point)
    }

    /// The affine forms of many points with one shared inversion; `None` where one is the identity.
    pub fn from_points(points: &[Point]) -> Option<Vec<Self>> {
        points.iter().map(Point::to_affine).collect()
    }

    /// The 33-byte form.
    pub fn to_bytes(&self) -> [u8; 33] {
        super::point::compress(&self.0)
    }

    /// The sum of each pair, with one shared inversion and in constant time. `None` where the points of one pair
    /// are equal or opposite: for points that are random to each other this does not happen (2^-254); draw again.
    pub fn add_all(pairs: &[(Self, Self)]) -> Option<Vec<Self>> {
        let sums: Vec<Point> = pairs.iter().map(|(a, b)| Point::from(*a) + Point::from(*b)).collect();
        if pairs.iter().any(|(a, b)| a == b) {
            return None;
        }
        Self::from_points(&sums)
    }

    pub(super) fn from_p256(point: AffinePoint) -> Self {
        Self(point)
    }
}

impl From<Affine> for Point {
    fn from(point: Affine) -> Self {
        Self::from_p256(point.0)
    }
}

impl Neg for Affine {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl ConstantTimeEq for Affine {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Affine {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(AffinePoint::conditional_select(&a.0, &b.0, choice))
    }
}

/// The generator, so that a wiped point is still a point.
impl Default for Affine {
    fn default() -> Self {
        Self::GENERATOR
    }
}

impl DefaultIsZeroes for Affine {}

impl fmt::Debug for Affine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Affine({})", Bytes(self.to_bytes()))
    }
}

impl Serialize for Affine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(self.to_bytes()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Affine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::<33>::deserialize(deserializer)?;
        Self::from_slice(&bytes.0).map_err(serde::de::Error::custom)
    }
}
