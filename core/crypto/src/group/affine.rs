//! Points in affine form.

use std::fmt;
use std::hint::black_box;
use std::ops::Neg;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{DefaultIsZeroes, Zeroizing};

use super::field::FieldElement;
use super::inversion::Inverter;
use super::{GroupError, Point};
use crate::encoding::Bytes;

/// The curve is y^2 = x^3 - 3 x + B.
pub(super) const B: FieldElement = FieldElement::from_limbs([
    0x3bce_3c3e_27d2_604b,
    0x651d_06b0_cc53_b0f6,
    0xb3eb_bd55_7698_86bc,
    0x5ac6_35d8_aa3a_93e7,
]);

/// A point of P-256 other than the identity, with its two coordinates at hand: it has an encoding without any
/// division. What is parsed, tabulated and added up in bulk has this form. Comparison and selection are constant time.
#[derive(Clone, Copy)]
pub struct Affine {
    pub(super) x: FieldElement,
    pub(super) y: FieldElement,
}

impl Affine {
    /// The standard generator G.
    pub const GENERATOR: Self = Self {
        x: FieldElement::from_limbs([
            0xf4a1_3945_d898_c296,
            0x7703_7d81_2deb_33a0,
            0xf8bc_e6e5_63a4_40f2,
            0x6b17_d1f2_e12c_4247,
        ]),
        y: FieldElement::from_limbs([
            0xcbb6_4068_37bf_51f5,
            0x2bce_3357_6b31_5ece,
            0x8ee7_eb4a_7c0f_9e16,
            0x4fe3_42e2_fe1a_7f9b,
        ]),
    };

    /// Parses 33 bytes: tag 02 or 03, then x < p of a point on the curve.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, GroupError> {
        let (tag, x) = bytes.split_first().ok_or(GroupError::Point)?;
        let x: &[u8; 32] = x.try_into().map_err(|_| GroupError::Point)?;
        if !matches!(tag, 2 | 3) {
            return Err(GroupError::Point);
        }
        let x: Option<FieldElement> = FieldElement::from_bytes(x).into();
        x.and_then(|x| Self::decompress(x, Choice::from(tag & 1))).ok_or(GroupError::Point)
    }

    /// The 33-byte form.
    pub fn to_bytes(&self) -> [u8; 33] {
        let mut out = [0; 33];
        out[0] = 2 | self.y.is_odd().unwrap_u8();
        out[1..].copy_from_slice(&self.x.to_bytes());
        out
    }

    /// The affine forms of many points with one shared inversion; `None` where one is the identity.
    pub fn from_points(points: &[Point]) -> Option<Vec<Self>> {
        let mut inverses: Zeroizing<Box<[_]>> = Zeroizing::new(points.iter().map(|point| point.z).collect());
        Inverter::default().invert_all(&mut inverses)?;
        Some(points.iter().zip(inverses.iter()).map(|(point, z)| point.scaled(*z)).collect())
    }

    /// The sum of each pair, with one shared inversion and in constant time. `None` where the points of one pair
    /// are equal or opposite: for points that are random to each other this does not happen (2^-254); draw again.
    pub fn add_all(pairs: &[(Self, Self)]) -> Option<Vec<Self>> {
        let mut inverses: Zeroizing<Box<[_]>> =
            Zeroizing::new(pairs.iter().map(|(a, b)| b.x - a.x).collect());
        Inverter::default().invert_all(&mut inverses)?;
        Some(
            pairs
                .iter()
                .zip(inverses.iter())
                .map(|((a, b), inverse)| Self::add_with(a, b, *inverse))
                .collect(),
        )
    }

    /// The point with this x and a y of this parity, which is never 0, as the group's order is odd.
    fn decompress(x: FieldElement, odd: Choice) -> Option<Self> {
        let square = x.square() * x - x.triple() + B;
        let y: FieldElement = Option::from(square.sqrt())?;
        Some(Self { x, y: y.negated_if(y.is_odd() ^ odd) })
    }

    /// `table[index]`, negated if `negative` is 1. Reads the whole table: constant time.
    #[inline]
    pub(super) fn look_up(table: &[Self], index: u64, negative: u64) -> Self {
        let found = Self::scan(table, index);
        Self { x: found.x, y: found.y.negated_if(Choice::from(negative as u8)) }
    }

    #[inline(never)]
    fn scan(table: &[Self], index: u64) -> Self {
        let mut found = Self { x: FieldElement::ZERO, y: FieldElement::ZERO };
        for (place, entry) in (0..).zip(table) {
            let mask = mask_if_equal(place, index);
            found.x.or_masked(&entry.x, mask);
            found.y.or_masked(&entry.y, mask);
        }
        found
    }
}

/// All ones if a = b, otherwise 0, for numbers below 2^63. The black box keeps the compiler from seeing that the mask
/// has two values only, which is where it would start to think of a branch.
#[inline(always)]
pub(super) fn mask_if_equal(a: u64, b: u64) -> u64 {
    black_box(((a ^ b).wrapping_sub(1) >> 63).wrapping_neg())
}

impl Neg for Affine {
    type Output = Self;
    fn neg(self) -> Self {
        Self { x: self.x, y: -self.y }
    }
}

impl PartialEq for Affine {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Affine {}

impl ConstantTimeEq for Affine {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.x.ct_eq(&other.x) & self.y.ct_eq(&other.y)
    }
}

impl ConditionallySelectable for Affine {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: FieldElement::conditional_select(&a.x, &b.x, choice),
            y: FieldElement::conditional_select(&a.y, &b.y, choice),
        }
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
