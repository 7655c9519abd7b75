//! What the tests compare with: `p256`, and the values at which arithmetic goes wrong first.

use p256::elliptic_curve::ff::PrimeField;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use proptest::prelude::*;

use crate::group::{Point, Scalar};

pub(super) fn oracle(scalar: &Scalar) -> p256::Scalar {
    p256::Scalar::from_repr(scalar.to_bytes().into()).unwrap()
}

/// The encoding, of length 1 for the identity.
pub(super) fn encoded(point: &p256::ProjectivePoint) -> Vec<u8> {
    point.to_affine().to_encoded_point(true).as_bytes().to_vec()
}

pub(super) fn same(ours: &Point, oracle: &p256::ProjectivePoint) -> bool {
    ours.to_bytes().map_or(vec![0], |bytes| bytes.to_vec()) == encoded(oracle)
}

pub(super) fn two_to(exponent: usize) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power + power)
}

/// 0, 1, n - 1, about n / 2, powers of two and one less, windows of ones, and the two scalars whose last addition in a fixed
/// base's tree is an exception (0 and 2 (2^192 - n mod 2^192)).
pub(super) fn edge_scalars() -> Vec<Scalar> {
    let half = Scalar::from(2).invert().unwrap();
    let mut edges = vec![Scalar::ZERO, half, -half, doubling_in_the_tree()];
    for exponent in
        (0..256).step_by(5).chain((0..256).step_by(6)).chain([63, 64, 127, 128, 191, 192, 193, 255])
    {
        edges.extend([two_to(exponent), two_to(exponent) - Scalar::ONE, -two_to(exponent)]);
    }
    for width in [5, 6] {
        let ones: Scalar = (0..21).map(|i| two_to(2 * width * i) * (two_to(width) - Scalar::ONE)).sum();
        edges.extend([ones, -ones, ones * two_to(width)]);
    }
    edges
}

/// n mod 2^192 is known from n = 2^256 - 2^224 + 2^192 - c with c = 2^192 - n mod 2^192.
pub(super) fn doubling_in_the_tree() -> Scalar {
    let c = two_to(256) - two_to(224) + two_to(192);
    c + c
}

pub(super) fn scalar() -> impl Strategy<Value = Scalar> {
    let random = any::<[u8; 32]>().prop_map(|bytes| crate::transcript::hash_to_scalar(&bytes, b"test"));
    prop_oneof![2 => random, 1 => prop::sample::select(edge_scalars())]
}
