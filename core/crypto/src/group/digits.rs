//! Scalars as signed digits.

use std::hint::black_box;

use zeroize::Zeroizing;

use super::Scalar;

/// The group's order n.
const ORDER: [u64; 4] =
    [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, 0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000];

/// COUNT digits d_i of WINDOW bits, each odd (so that none is 0) and below 2^WINDOW in size, whose sum of
/// 2^(WINDOW i) d_i is the scalar or, where that is even, the scalar + n. COUNT * WINDOW is at least 258. Constant time;
/// wiped on drop.
///
/// With d_i = 2 b_i + 1 - 2^WINDOW the b_i are simply the digits of half the number, its highest bit set.
pub(super) struct OddDigits<const WINDOW: usize, const COUNT: usize>(Zeroizing<[u8; COUNT]>);

impl<const WINDOW: usize, const COUNT: usize> OddDigits<WINDOW, COUNT> {
    pub(super) fn new(scalar: &Scalar) -> Self {
        const { assert!(WINDOW < 8 && WINDOW * COUNT >= 258) };
        let half = half_of_odd(&Zeroizing::new(scalar.to_limbs()));
        let mut digits = Zeroizing::new([0; COUNT]);
        for (i, digit) in digits.iter_mut().enumerate() {
            *digit = (bits(&*half, WINDOW * i) & ((1 << WINDOW) - 1)) as u8;
        }
        digits[COUNT - 1] |= 1 << (WINDOW - 1);
        Self(digits)
    }

    /// Where |d_i| stands among 1, 3, 5, .., and whether d_i is negative (1) or not (0).
    pub(super) fn index_and_sign(&self, i: usize) -> (u64, u64) {
        let digit = u64::from(self.0[i]);
        let negative = 1 ^ (digit >> (WINDOW - 1));
        ((digit ^ negative.wrapping_neg()) & ((1 << (WINDOW - 1)) - 1), negative)
    }
}

/// Half, rounded down, of the scalar if it is odd, and of the scalar + n if it is even.
fn half_of_odd(scalar: &[u64; 4]) -> Zeroizing<[u64; 4]> {
    // Without the black box this was compiled to a branch on the parity.
    let even = black_box((scalar[0] & 1).wrapping_sub(1));
    let mut sum = Zeroizing::new([0; 4]);
    let mut carry = 0;
    for i in 0..4 {
        let limb = u128::from(scalar[i]) + u128::from(ORDER[i] & even) + u128::from(carry);
        (sum[i], carry) = (limb as u64, (limb >> 64) as u64);
    }
    let mut half = Zeroizing::new([0; 4]);
    for i in 0..4 {
        half[i] = sum[i] >> 1 | sum.get(i + 1).unwrap_or(&carry) << 63;
    }
    half
}

/// The 64 bits from `position` on, as far as there are any.
#[inline]
pub(super) fn bits(limbs: &[u64], position: usize) -> u64 {
    let limb = |i: usize| limbs.get(i).copied().unwrap_or(0);
    let (first, shift) = (position / 64, position % 64);
    limb(first) >> shift | (limb(first + 1) << 1) << (63 - shift)
}
