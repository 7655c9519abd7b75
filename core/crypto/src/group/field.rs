//! The field of P-256's coordinates: integers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1 (FIPS 186-5, SP 800-186).
//!
//! Four 64-bit limbs in Montgomery form, always reduced below p. Everything but [`FieldElement::from_bytes`]'s verdict is
//! constant time: no branch and no index depends on a value.

use std::ops::{Add, Mul, Neg, Sub};

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::DefaultIsZeroes;

/// p, least significant limb first, as all limbs here.
const MODULUS: [u64; 4] = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];
/// 2^256 - p.
const MINUS_MODULUS: [u64; 4] = [1, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_fffe];
/// 2^512 mod p: takes an integer into Montgomery form.
const R_SQUARED: [u64; 4] =
    [0x0000_0000_0000_0003, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x0000_0004_ffff_fffd];

/// An integer a modulo p, held as a * 2^256 mod p.
#[derive(Clone, Copy, Default)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct FieldElement([u64; 4]);

impl FieldElement {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self::from_limbs([1, 0, 0, 0]);

    /// From the limbs of an integer below p.
    pub(super) const fn from_limbs(limbs: [u64; 4]) -> Self {
        Self(multiply(&limbs, &R_SQUARED))
    }

    /// From 32 bytes big-endian; none from p on.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> CtOption<Self> {
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.as_chunks().0) {
            *limb = u64::from_be_bytes(*chunk);
        }
        CtOption::new(Self::from_limbs(limbs), Choice::from(is_below_modulus(&limbs)))
    }

    /// 32 bytes big-endian.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (limb, chunk) in self.to_limbs().iter().rev().zip(bytes.as_chunks_mut().0) {
            *chunk = limb.to_be_bytes();
        }
        bytes
    }

    /// Whether the integer is odd.
    pub(super) fn is_odd(self) -> Choice {
        Choice::from((self.to_limbs()[0] & 1) as u8)
    }

    pub(super) fn is_zero(self) -> Choice {
        self.ct_eq(&Self::ZERO)
    }

    /// Equality for public values, by the first limb that differs.
    #[inline]
    pub(super) fn eq_vartime(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    #[inline]
    pub(super) const fn square(self) -> Self {
        Self(square(&self.0))
    }

    #[inline]
    pub(super) fn double(self) -> Self {
        self + self
    }

    #[inline]
    pub(super) fn triple(self) -> Self {
        self + self + self
    }

    #[inline]
    pub(super) fn negated_if(self, choice: Choice) -> Self {
        Self::conditional_select(&self, &-self, choice)
    }

    /// Takes over `other` if `mask` is all ones, and nothing if it is 0: for self = 0, one step of a table look-up.
    #[inline(always)]
    pub(super) fn or_masked(&mut self, other: &Self, mask: u64) {
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            *limb |= other & mask;
        }
    }

    /// 1 / self, and 0 for 0: self^(p - 2), in 255 squarings and 12 multiplications.
    pub(super) fn invert(self) -> Self {
        let x1 = self;
        let x2 = x1.square() * x1;
        let x3 = x2.square() * x1;
        let x6 = x3.squared_times(3) * x3;
        let x12 = x6.squared_times(6) * x6;
        let x15 = x12.squared_times(3) * x3;
        let x16 = x15.square() * x1;
        let x32 = x16.squared_times(16) * x16;
        let i53 = x32.squared_times(15);
        let x47 = i53 * x15;
        let top = (i53.squared_times(17) * x1).squared_times(143) * x47;
        (top.squared_times(47) * x47).squared_times(2) * x1
    }

    /// The root r with r^2 = self, self^((p + 1) / 4), in 253 squarings and 7 multiplications; none for a non-square.
    pub(super) fn sqrt(self) -> CtOption<Self> {
        let x1 = self;
        let x2 = x1.square() * x1;
        let x4 = x2.squared_times(2) * x2;
        let x8 = x4.squared_times(4) * x4;
        let x16 = x8.squared_times(8) * x8;
        let x32 = x16.squared_times(16) * x16;
        let root = ((x32.squared_times(32) * x1).squared_times(96) * x1).squared_times(94);
        CtOption::new(root, root.square().ct_eq(&self))
    }

    /// self^(2^count).
    fn squared_times(self, count: usize) -> Self {
        (0..count).fold(self, |power, _| power.square())
    }

    fn to_limbs(self) -> [u64; 4] {
        reduce(&self.0, &[0; 4])
    }
}

impl Add for FieldElement {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(add(&self.0, &other.0))
    }
}

impl Sub for FieldElement {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(subtract(&self.0, &other.0))
    }
}

impl Neg for FieldElement {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for FieldElement {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self(multiply(&self.0, &other.0))
    }
}

impl ConstantTimeEq for FieldElement {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for FieldElement {
    #[inline]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(std::array::from_fn(|i| u64::conditional_select(&a.0[i], &b.0[i], choice)))
    }
}

impl PartialEq for FieldElement {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for FieldElement {}

impl DefaultIsZeroes for FieldElement {}

/// a * b / 2^256 mod p.
#[inline(always)]
const fn multiply(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let [t0, t1, t2, t3, t4] = row(a[0], b);
    let [t1, t2, t3, t4, t5] = add_row(&[t1, t2, t3, t4], &row(a[1], b));
    let [t2, t3, t4, t5, t6] = add_row(&[t2, t3, t4, t5], &row(a[2], b));
    let [t3, t4, t5, t6, t7] = add_row(&[t3, t4, t5, t6], &row(a[3], b));
    reduce(&[t0, t1, t2, t3], &[t4, t5, t6, t7])
}

/// a * b in five limbs.
#[inline(always)]
const fn row(a: u64, b: &[u64; 4]) -> [u64; 5] {
    let (r0, h0) = wide(a, b[0]);
    let (l1, h1) = wide(a, b[1]);
    let (l2, h2) = wide(a, b[2]);
    let (l3, h3) = wide(a, b[3]);
    let (r1, c) = carry(h0, l1, false);
    let (r2, c) = carry(h1, l2, c);
    let (r3, c) = carry(h2, l3, c);
    let (r4, _) = carry(h3, 0, c);
    [r0, r1, r2, r3, r4]
}

/// t + row, which is below 2^320.
#[inline(always)]
const fn add_row(t: &[u64; 4], row: &[u64; 5]) -> [u64; 5] {
    let (r0, c) = carry(t[0], row[0], false);
    let (r1, c) = carry(t[1], row[1], c);
    let (r2, c) = carry(t[2], row[2], c);
    let (r3, c) = carry(t[3], row[3], c);
    let (r4, _) = carry(row[4], 0, c);
    [r0, r1, r2, r3, r4]
}

/// a * a / 2^256 mod p: six products of different limbs, doubled, and four squares.
#[inline(always)]
const fn square(a: &[u64; 4]) -> [u64; 4] {
    let [t1, t2, t3, t4, t5, t6, t7] = doubled(&products_of_different_limbs(a));
    let (t0, s1) = wide(a[0], a[0]);
    let (s2, s3) = wide(a[1], a[1]);
    let (s4, s5) = wide(a[2], a[2]);
    let (s6, s7) = wide(a[3], a[3]);
    let (t1, c) = carry(t1, s1, false);
    let (t2, c) = carry(t2, s2, c);
    let (t3, c) = carry(t3, s3, c);
    let (t4, c) = carry(t4, s4, c);
    let (t5, c) = carry(t5, s5, c);
    let (t6, c) = carry(t6, s6, c);
    let (t7, _) = carry(t7, s7, c);
    reduce(&[t0, t1, t2, t3], &[t4, t5, t6, t7])
}

/// The sum of 2^(64 (i + j - 1)) a[i] a[j] over i < j.
#[inline(always)]
const fn products_of_different_limbs(a: &[u64; 4]) -> [u64; 6] {
    let (t1, h1) = wide(a[0], a[1]);
    let (l2, h2) = wide(a[0], a[2]);
    let (l3, h3) = wide(a[0], a[3]);
    let (m3, m4) = wide(a[1], a[2]);
    let (l4, h4) = wide(a[1], a[3]);
    let (l5, h5) = wide(a[2], a[3]);
    let (t2, c) = carry(l2, h1, false);
    let (t3, c) = carry(l3, h2, c);
    let (t4, c) = carry(l4, h3, c);
    let (t5, c) = carry(l5, h4, c);
    let (t6, _) = carry(h5, 0, c);
    let (t3, c) = carry(t3, m3, false);
    let (t4, c) = carry(t4, m4, c);
    let (t5, c) = carry(t5, 0, c);
    let (t6, _) = carry(t6, 0, c);
    [t1, t2, t3, t4, t5, t6]
}

#[inline(always)]
const fn doubled(t: &[u64; 6]) -> [u64; 7] {
    [
        t[0] << 1,
        t[1] << 1 | t[0] >> 63,
        t[2] << 1 | t[1] >> 63,
        t[3] << 1 | t[2] >> 63,
        t[4] << 1 | t[3] >> 63,
        t[5] << 1 | t[4] >> 63,
        t[5] >> 63,
    ]
}

/// (low + 2^256 high) / 2^256 mod p, where the dividend is below 2^256 p.
#[inline(always)]
const fn reduce(low: &[u64; 4], high: &[u64; 4]) -> [u64; 4] {
    let low = clear_lowest(low);
    let low = clear_lowest(&low);
    let low = clear_lowest(&low);
    let low = clear_lowest(&low);
    add(&low, high)
}

/// (t + t[0] p) / 2^64, which is below 2^256 again. As -1/p = 1 modulo 2^64, the multiple of p that clears the lowest
/// limb is that limb itself, and p's limbs make of the product two shifts and one multiplication.
#[inline(always)]
const fn clear_lowest(t: &[u64; 4]) -> [u64; 4] {
    let (l, h) = wide(t[0], MODULUS[3]);
    let (r1, c) = carry(t[1], t[0] << 32, false);
    let (r2, c) = carry(t[2], t[0] >> 32, c);
    let (r3, c) = carry(t[3], l, c);
    let (r4, _) = carry(h, 0, c);
    [r1, r2, r3, r4]
}

/// value + 2^256 above, which is below 2 p, modulo p: takes p off, and puts it back if that was too much. The carries
/// are written in the forms of which LLVM makes one chain of additions.
#[inline(always)]
const fn reduce_once(value: &[u64; 4], above: bool) -> [u64; 4] {
    let (r0, c) = wide_carry(value[0], MINUS_MODULUS[0], 0);
    let (r1, c) = wide_carry(value[1], MINUS_MODULUS[1], c);
    let (r2, c) = carry(value[2], MINUS_MODULUS[2], c != 0);
    let r3 = ((above as u128) << 64 | value[3] as u128) + MINUS_MODULUS[3] as u128 + c as u128;
    let too_much = ((r3 >> 64) as u64).wrapping_sub(1);
    add_masked_modulus(&[r0, r1, r2, r3 as u64], too_much)
}

/// a + b modulo p.
#[inline(always)]
const fn add(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let (r0, c) = carry(a[0], b[0], false);
    let (r1, c) = carry(a[1], b[1], c);
    let (r2, c) = carry(a[2], b[2], c);
    let (r3, c) = carry(a[3], b[3], c);
    reduce_once(&[r0, r1, r2, r3], c)
}

/// a - b modulo p.
#[inline(always)]
const fn subtract(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let (r0, c) = borrow(a[0], b[0], false);
    let (r1, c) = borrow(a[1], b[1], c);
    let (r2, c) = borrow(a[2], b[2], c);
    let r3 = a[3] as i128 - b[3] as i128 - c as i128;
    add_masked_modulus(&[r0, r1, r2, r3 as u64], (r3 >> 64) as u64)
}

/// 1 if the integer is below p, otherwise 0.
fn is_below_modulus(limbs: &[u64; 4]) -> u8 {
    let step = |below, i: usize| borrow(limbs[i], MODULUS[i], below).1;
    u8::from((0..4).fold(false, step))
}

/// a + p modulo 2^256 if `mask` is all ones, a if it is 0. A mask that is added, not a choice between two values: of
/// that, compilers make branches.
#[inline(always)]
const fn add_masked_modulus(a: &[u64; 4], mask: u64) -> [u64; 4] {
    let (r0, c) = carry(a[0], MODULUS[0] & mask, false);
    let (r1, c) = carry(a[1], MODULUS[1] & mask, c);
    let (r2, c) = carry(a[2], MODULUS[2] & mask, c);
    let (r3, _) = carry(a[3], MODULUS[3] & mask, c);
    [r0, r1, r2, r3]
}

/// a + b + carry, and the carry out.
#[inline(always)]
const fn carry(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u64);
    (sum, first | second)
}

/// a - b - borrow, and the borrow out.
#[inline(always)]
const fn borrow(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow as u64);
    (difference, first | second)
}

/// a + b + carry, and the carry out.
#[inline(always)]
const fn wide_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = a as u128 + b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// a * b, its lower and its upper limb.
#[inline(always)]
const fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    (product as u64, (product >> 64) as u64)
}
