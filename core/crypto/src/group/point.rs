//! Points of the curve.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use p256::elliptic_curve::group::{Curve, Group};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use p256::{AffinePoint, EncodedPoint, ProjectivePoint};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

use super::scalar::NAF_DIGITS;
use super::{Affine, GroupError, Scalar};
use crate::encoding::Bytes;

/// An element of P-256. Parsed points are never the identity; sums may be.
#[derive(Clone, Copy)]
pub struct Point(ProjectivePoint);

impl Point {
    /// The standard generator G.
    pub const GENERATOR: Self = Self(ProjectivePoint::GENERATOR);
    /// The neutral element: the start of a sum, never on the wire.
    pub const IDENTITY: Self = Self(ProjectivePoint::IDENTITY);

    /// Parses 33 bytes: tag 02 or 03, then x < p of a point on the curve.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, GroupError> {
        if bytes.len() != 33 || !matches!(bytes[0], 2 | 3) {
            return Err(GroupError::Point);
        }
        let encoded = EncodedPoint::from_bytes(bytes).map_err(|_| GroupError::Point)?;
        let affine: Option<AffinePoint> = AffinePoint::from_encoded_point(&encoded).into();
        affine.map(|point| Self(point.into())).ok_or(GroupError::Point)
    }

    /// The 33-byte form; `None` for the identity, which has no place on the wire.
    pub fn to_bytes(&self) -> Option<[u8; 33]> {
        (!self.is_identity()).then(|| compress(&self.0.to_affine()))
    }

    /// The 33-byte forms of many points with one shared inversion; `None` where one is the identity.
    pub fn batch_to_bytes(points: &[Self]) -> Option<Vec<[u8; 33]>> {
        if points.iter().any(Self::is_identity) {
            return None;
        }
        let projective: Vec<ProjectivePoint> = points.iter().map(|point| point.0).collect();
        let mut affine = vec![AffinePoint::IDENTITY; points.len()];
        ProjectivePoint::batch_normalize(&projective, &mut affine);
        Some(affine.iter().map(compress).collect())
    }

    /// Whether this is the neutral element.
    pub fn is_identity(&self) -> bool {
        bool::from(self.0.ct_eq(&ProjectivePoint::IDENTITY))
    }

    /// `scalar` G, in constant time.
    pub fn generate(scalar: &Scalar) -> Self {
        Self(ProjectivePoint::GENERATOR * scalar.0)
    }

    /// The sum of `scalar * point`. Variable time: for public data only. All products share their doublings (Straus
    /// 1964), with digits in width-5 non-adjacent form.
    pub fn sum_of_products_vartime(terms: &[(Scalar, Self)]) -> Self {
        let digits: Vec<[i8; NAF_DIGITS]> = terms.iter().map(|(scalar, _)| scalar.to_naf_vartime()).collect();
        let tables: Vec<[Self; 8]> = terms.iter().map(|(_, point)| point.odd_multiples()).collect();
        let mut sum = Self::IDENTITY;
        for place in (0..NAF_DIGITS).rev() {
            sum = Self(sum.0.double());
            for (digits, table) in digits.iter().zip(&tables) {
                let digit = digits[place];
                let multiple = table[usize::from(digit.unsigned_abs() / 2)];
                match digit.signum() {
                    1 => sum += multiple,
                    -1 => sum += -multiple,
                    _ => {}
                }
            }
        }
        sum
    }

    /// 1, 3, 5, .. 15 times the point.
    fn odd_multiples(&self) -> [Self; 8] {
        let twice = Self(self.0.double());
        let mut next = *self;
        [(); 8].map(|()| {
            let this = next;
            next += twice;
            this
        })
    }

    /// The affine form; `None` for the identity. For many points: [`Affine::from_points`].
    pub fn to_affine(&self) -> Option<Affine> {
        (!self.is_identity()).then(|| Affine::from_p256(self.0.to_affine()))
    }

    pub(crate) fn to_p256(self) -> AffinePoint {
        self.0.to_affine()
    }

    pub(super) fn from_p256(point: AffinePoint) -> Self {
        Self(point.into())
    }
}

pub(super) fn compress(point: &AffinePoint) -> [u8; 33] {
    let mut out = [0; 33];
    out[0] = 2 | point.y_is_odd().unwrap_u8();
    out[1..].copy_from_slice(&point.x());
    debug_assert_eq!(out, *point.to_encoded_point(true).as_bytes());
    out
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Point {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Point {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// Constant time in the scalar.
impl Mul<&Scalar> for Point {
    type Output = Self;
    fn mul(self, scalar: &Scalar) -> Self {
        Self(self.0 * scalar.0)
    }
}

impl Sum for Point {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::IDENTITY, Add::add)
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Point {}

impl ConstantTimeEq for Point {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Point {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(ProjectivePoint::conditional_select(&a.0, &b.0, choice))
    }
}

impl Default for Point {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl DefaultIsZeroes for Point {}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_bytes() {
            Some(bytes) => write!(f, "Point({})", Bytes(bytes)),
            None => f.write_str("Point(identity)"),
        }
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes =
            self.to_bytes().ok_or_else(|| serde::ser::Error::custom("the identity has no encoding"))?;
        Bytes(bytes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::<33>::deserialize(deserializer)?;
        Self::from_slice(&bytes.0).map_err(serde::de::Error::custom)
    }
}
