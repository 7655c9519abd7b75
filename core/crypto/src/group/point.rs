//! Points of the curve.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use p256::elliptic_curve::sec1::FromEncodedPoint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{DefaultIsZeroes, Zeroizing};

use super::affine::{B, mask_if_equal};
use super::digits::OddDigits;
use super::field::FieldElement;
use super::{Affine, FixedBase, GroupError, Products, Scalar};
use crate::encoding::Bytes;

/// Bits of a digit of a scalar that multiplies any point.
const WINDOW: usize = 5;
/// Digits of such a scalar.
const DIGITS: usize = 52;
/// The odd multiples 1, 3, .. 31.
const ENTRIES: usize = 1 << (WINDOW - 1);

/// An element of P-256. Parsed points are never the identity; sums may be.
///
/// Homogeneous coordinates: (x / z, y / z), with z = 0 for the identity alone. The formulas are complete (Renes,
/// Costello, Batina 2016, algorithms 4 to 6 for a = -3): no pair of points is an exception, so nothing branches.
#[derive(Clone, Copy)]
pub struct Point {
    pub(super) x: FieldElement,
    pub(super) y: FieldElement,
    pub(super) z: FieldElement,
}

impl Point {
    /// The standard generator G.
    pub const GENERATOR: Self = Self { x: Affine::GENERATOR.x, y: Affine::GENERATOR.y, z: FieldElement::ONE };
    /// The neutral element: the start of a sum, never on the wire.
    pub const IDENTITY: Self = Self { x: FieldElement::ZERO, y: FieldElement::ONE, z: FieldElement::ZERO };

    /// Parses 33 bytes: tag 02 or 03, then x < p of a point on the curve.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, GroupError> {
        Affine::from_slice(bytes).map(Self::from)
    }

    /// The 33-byte form; `None` for the identity, which has no place on the wire.
    pub fn to_bytes(&self) -> Option<[u8; 33]> {
        self.to_affine().map(|point| point.to_bytes())
    }

    /// The 33-byte forms of many points with one shared inversion; `None` where one is the identity.
    pub fn batch_to_bytes(points: &[Self]) -> Option<Vec<[u8; 33]>> {
        Some(Affine::from_points(points)?.iter().map(Affine::to_bytes).collect())
    }

    /// The affine form; `None` for the identity. For many points: [`Affine::from_points`].
    pub fn to_affine(&self) -> Option<Affine> {
        (!self.is_identity()).then(|| self.scaled(self.z.invert()))
    }

    /// Whether this is the neutral element.
    pub fn is_identity(&self) -> bool {
        self.z.is_zero().into()
    }

    /// `scalar` G, in constant time.
    pub fn generate(scalar: &Scalar) -> Self {
        FixedBase::generator().multiply(scalar)
    }

    /// The sum of `scalar * point`. Variable time: for public data only. See [`Products`], which spares the
    /// inversion.
    pub fn sum_of_products_vartime(terms: &[(Scalar, Self)]) -> Self {
        let (scalars, points): (Vec<Scalar>, Vec<Self>) =
            terms.iter().filter(|(_, point)| !point.is_identity()).copied().unzip();
        let mut products = Products::new();
        // Without the identities there is an affine form of each.
        for (scalar, point) in scalars.into_iter().zip(Affine::from_points(&points).into_iter().flatten()) {
            products.push(scalar, point);
        }
        products.sum_vartime()
    }

    /// The same point for the ECDSA and ECDH of `p256`.
    pub(crate) fn to_p256(self) -> p256::AffinePoint {
        let Some(point) = self.to_affine() else { return p256::AffinePoint::IDENTITY };
        let (x, y) = (point.x.to_bytes(), point.y.to_bytes());
        let encoded = p256::EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
        p256::AffinePoint::from_encoded_point(&encoded).unwrap_or(p256::AffinePoint::IDENTITY)
    }

    /// The affine form, given 1 / z.
    pub(super) fn scaled(&self, inverse: FieldElement) -> Affine {
        Affine { x: self.x * inverse, y: self.y * inverse }
    }

    /// 1, 3, 5, .. times the point.
    pub(super) fn odd_multiples<const COUNT: usize>(&self) -> [Self; COUNT] {
        let twice = self.double();
        let mut multiples = [*self; COUNT];
        for i in 1..COUNT {
            multiples[i] = multiples[i - 1] + twice;
        }
        multiples
    }

    pub(super) fn doubled_times(self, count: usize) -> Self {
        (0..count).fold(self, |point, _| point.double())
    }

    /// 2 self: algorithm 6.
    pub(super) fn double(&self) -> Self {
        let Self { x, y, z } = *self;
        let (xx, yy, zz) = (x.square(), y.square(), z.square());
        let (xy2, xz2, yz2) = ((x * y).double(), (x * z).double(), (y * z).double());
        let bzz3 = (B * zz - xz2).triple();
        let (minus, plus) = (yy - bzz3, yy + bzz3);
        let zz3 = zz.triple();
        let bxz6 = (B * xz2 - zz3 - xx).triple();
        let xx3_zz3 = xx.triple() - zz3;
        Self {
            x: minus * xy2 - bxz6 * yz2,
            y: plus * minus + xx3_zz3 * bxz6,
            z: (yz2 * yy).double().double(),
        }
    }

    /// self + other: algorithm 5.
    pub(super) fn add_affine(&self, other: &Affine) -> Self {
        let xx = self.x * other.x;
        let yy = self.y * other.y;
        let xy = (self.x + self.y) * (other.x + other.y) - xx - yy;
        let yz = other.y * self.z + self.y;
        let xz = other.x * self.z + self.x;
        Self::from_pairs(xx, yy, self.z, xy, yz, xz)
    }

    /// What algorithms 4 and 5 have in common: from xx = x1 x2, xy = x1 y2 + x2 y1 and so on.
    #[inline(always)]
    fn from_pairs(
        xx: FieldElement,
        yy: FieldElement,
        zz: FieldElement,
        xy: FieldElement,
        yz: FieldElement,
        xz: FieldElement,
    ) -> Self {
        let bzz3 = (xz - B * zz).triple();
        let (minus, plus) = (yy - bzz3, yy + bzz3);
        let zz3 = zz.triple();
        let bxz3 = (B * xz - zz3 - xx).triple();
        let xx3_zz3 = xx.triple() - zz3;
        Self { x: plus * xy - yz * bxz3, y: plus * minus + xx3_zz3 * bxz3, z: minus * yz + xy * xx3_zz3 }
    }

    /// `table[index]`, negated if `negative` is 1. Reads the whole table: constant time.
    fn look_up(table: &[Self], index: u64, negative: u64) -> Self {
        let mut found = Self { x: FieldElement::ZERO, y: FieldElement::ZERO, z: FieldElement::ZERO };
        for (place, entry) in (0..).zip(table) {
            let mask = mask_if_equal(place, index);
            found.x.or_masked(&entry.x, mask);
            found.y.or_masked(&entry.y, mask);
            found.z.or_masked(&entry.z, mask);
        }
        found.y = found.y.negated_if(Choice::from(negative as u8));
        found
    }
}

impl From<Affine> for Point {
    fn from(point: Affine) -> Self {
        Self { x: point.x, y: point.y, z: FieldElement::ONE }
    }
}

/// Algorithm 4.
impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let xx = self.x * other.x;
        let yy = self.y * other.y;
        let zz = self.z * other.z;
        let xy = (self.x + self.y) * (other.x + other.y) - xx - yy;
        let yz = (self.y + self.z) * (other.y + other.z) - yy - zz;
        let xz = (self.x + self.z) * (other.x + other.z) - xx - zz;
        Self::from_pairs(xx, yy, zz, xy, yz, xz)
    }
}

impl AddAssign for Point {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Point {
    type Output = Self;
    fn neg(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

/// Constant time in the scalar.
impl Mul<&Scalar> for Point {
    type Output = Self;
    fn mul(self, scalar: &Scalar) -> Self {
        let table = Zeroizing::new(self.odd_multiples::<ENTRIES>());
        let digits = OddDigits::<WINDOW, DIGITS>::new(scalar);
        (0..DIGITS).rev().fold(Self::IDENTITY, |sum, i| {
            let (index, negative) = digits.index_and_sign(i);
            sum.doubled_times(WINDOW) + Self::look_up(&*table, index, negative)
        })
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
        (self.x * other.z).ct_eq(&(other.x * self.z)) & (self.y * other.z).ct_eq(&(other.y * self.z))
    }
}

impl ConditionallySelectable for Point {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: FieldElement::conditional_select(&a.x, &b.x, choice),
            y: FieldElement::conditional_select(&a.y, &b.y, choice),
            z: FieldElement::conditional_select(&a.z, &b.z, choice),
        }
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
