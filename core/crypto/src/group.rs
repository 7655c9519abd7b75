//! P-256 (FIPS 186-5): points and scalars, and the one parser that bytes from outside pass.
//!
//! `p256` 0.13.2 accepts 33 zero bytes as the identity and tag 05 as a second encoding through
//! `GroupEncoding::from_bytes`; [`Point::from_slice`] accepts one encoding of each point other than the identity
//! and nothing else.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use p256::elliptic_curve::ff::{Field, PrimeField};
use p256::elliptic_curve::group::{Curve, Group};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use p256::{AffinePoint, EncodedPoint, ProjectivePoint};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use thiserror::Error;
use zeroize::DefaultIsZeroes;

use crate::encoding::Bytes;

/// Places of a scalar's non-adjacent form: one more than its bits.
const NAF_DIGITS: usize = 257;

/// Why bytes are not an element of the group or of its scalar field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GroupError {
    /// Not 33 bytes with tag 02 or 03, x >= p, or x on no point of the curve.
    #[error("not a point of P-256 in its compressed form")]
    Point,
    /// Not 32 bytes big-endian below the group's order.
    #[error("not a scalar of P-256")]
    Scalar,
}

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

    pub(crate) fn to_affine(self) -> AffinePoint {
        self.0.to_affine()
    }
}

fn compress(point: &AffinePoint) -> [u8; 33] {
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

    /// 32 bytes big-endian.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_repr().into()
    }

    /// Digits d_i, each 0 or odd with |d_i| < 16, at least four zeros between two others, whose sum of 2^i d_i is the
    /// scalar (width-5 non-adjacent form).
    fn to_naf_vartime(self) -> [i8; NAF_DIGITS] {
        let mut bytes = self.to_bytes();
        bytes.reverse();
        let bit = |i: usize| bytes.get(i / 8).map_or(0, |byte| byte >> (i % 8) & 1) as i8;
        let mut digits = [0; NAF_DIGITS];
        let (mut place, mut carry) = (0, 0);
        while place < NAF_DIGITS {
            if bit(place) == carry {
                place += 1;
                continue;
            }
            let window = (0..5).map(|i| bit(place + i) << i).sum::<i8>() + carry;
            carry = i8::from(window > 16);
            digits[place] = window - 32 * carry;
            place += 5;
        }
        digits
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_core::OsRng;

    use super::*;

    fn generator() -> [u8; 33] {
        Point::GENERATOR.to_bytes().unwrap()
    }

    #[test]
    fn only_tags_02_and_03_parse() {
        for tag in 0..=255u8 {
            let mut bytes = generator();
            bytes[0] = tag;
            assert_eq!(Point::from_slice(&bytes).is_ok(), matches!(tag, 2 | 3), "tag {tag}");
        }
    }

    #[test]
    fn wrong_lengths_identity_and_x_beyond_the_field_are_refused() {
        assert_eq!(Point::from_slice(&[0; 33]), Err(GroupError::Point));
        assert_eq!(Point::from_slice(&[0]), Err(GroupError::Point));
        assert_eq!(Point::from_slice(&generator()[..32]), Err(GroupError::Point));
        assert_eq!(Point::from_slice(&[&generator()[..], &[0]].concat()), Err(GroupError::Point));
        let mut above = [0xff; 33];
        above[0] = 2;
        assert_eq!(Point::from_slice(&above), Err(GroupError::Point));
        // p + 5 is x = 5 (which is on the curve) in a second encoding.
        let mut five = [0; 33];
        five[0] = 2;
        five[32] = 5;
        assert!(Point::from_slice(&five).is_ok());
        let alias = hex33("02ffffffff00000001000000000000000000000001000000000000000000000004");
        assert_eq!(Point::from_slice(&alias), Err(GroupError::Point));
    }

    fn hex33(text: &str) -> [u8; 33] {
        let mut out = [0; 33];
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap();
        }
        out
    }

    #[test]
    fn off_curve_x_is_refused() {
        let refused = (0..=255u8)
            .filter(|x| {
                let mut bytes = [0; 33];
                (bytes[0], bytes[32]) = (2, *x);
                Point::from_slice(&bytes).is_err()
            })
            .count();
        assert!((100..156).contains(&refused), "about half of all x are on no point: {refused}");
    }

    #[test]
    fn the_identity_has_no_encoding() {
        assert_eq!(Point::IDENTITY.to_bytes(), None);
        assert_eq!(Point::batch_to_bytes(&[Point::GENERATOR, Point::IDENTITY]), None);
        assert!(serde_json::to_string(&Point::IDENTITY).is_err());
    }

    #[test]
    fn scalars_at_and_above_the_order_are_refused() {
        let top = (-Scalar::ONE).to_bytes();
        assert!(Scalar::from_slice(&top).is_ok());
        let mut order = top;
        order[31] += 1;
        assert_eq!(Scalar::from_slice(&order), Err(GroupError::Scalar));
        assert_eq!(Scalar::from_slice(&[0xff; 32]), Err(GroupError::Scalar));
        assert_eq!(Scalar::from_slice(&[0; 31]), Err(GroupError::Scalar));
    }

    fn scalar() -> impl Strategy<Value = Scalar> {
        any::<[u8; 32]>().prop_map(|bytes| crate::transcript::hash_to_scalar(&bytes, b"test"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn arithmetic_agrees(a in scalar(), b in scalar()) {
            let (p, q) = (Point::generate(&a), Point::generate(&b));
            prop_assert_eq!(p + q, Point::generate(&(a + b)));
            prop_assert_eq!(p - q, Point::generate(&(a - b)));
            prop_assert_eq!(p * &b, Point::generate(&(a * b)));
            prop_assert_eq!(Point::sum_of_products_vartime(&[(b, p), (a, q)]), Point::generate(&(a * b + a * b)));
        }

        #[test]
        fn sums_of_products_agree_with_single_products(a in scalar(), b in scalar(), c in scalar()) {
            let (p, q) = (Point::generate(&a), Point::generate(&b));
            let edges = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(16), Scalar::from(u64::MAX), c, a, b];
            let terms: Vec<_> = edges.iter().map(|s| (*s, p)).chain([(c, q), (-c, q), (a, Point::IDENTITY)]).collect();
            let naive: Point = terms.iter().map(|(s, point)| *point * s).sum();
            prop_assert_eq!(Point::sum_of_products_vartime(&terms), naive);
            prop_assert_eq!(Point::sum_of_products_vartime(&terms[2..3]), -p);
            prop_assert!(Point::sum_of_products_vartime(&[]).is_identity());
        }

        #[test]
        fn non_adjacent_digits_make_up_the_scalar(a in scalar()) {
            for a in [a, -Scalar::ONE, Scalar::ONE, Scalar::ZERO, Scalar::from(31)] {
                let digits = a.to_naf_vartime();
                let sum = digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
                    let size = Scalar::from(u64::from(digit.unsigned_abs()));
                    sum + sum + if *digit < 0 { -size } else { size }
                });
                prop_assert_eq!(sum, a);
                prop_assert!(digits.windows(5).all(|five| five.iter().filter(|digit| **digit != 0).count() <= 1));
                prop_assert!(digits.iter().all(|digit| *digit == 0 || digit % 2 != 0 && digit.abs() < 16));
            }
        }

        #[test]
        fn encodings_round_trip(a in scalar(), b in scalar()) {
            let points = [Point::generate(&a), Point::generate(&b)];
            let bytes = Point::batch_to_bytes(&points).unwrap();
            for (point, bytes) in points.iter().zip(&bytes) {
                prop_assert_eq!(point.to_bytes().unwrap(), *bytes);
                prop_assert_eq!(&Point::from_slice(bytes).unwrap(), point);
            }
            prop_assert_eq!(Scalar::from_slice(&a.to_bytes()).unwrap(), a);
        }

        #[test]
        fn whatever_parses_is_the_one_encoding(bytes: [u8; 33]) {
            if let Ok(point) = Point::from_slice(&bytes) {
                prop_assert_eq!(point.to_bytes().unwrap(), bytes);
            }
        }
    }

    #[test]
    fn scalars_do_not_print() {
        assert_eq!(format!("{:?}", Scalar::make(&mut OsRng)), "Scalar(..)");
    }
}
