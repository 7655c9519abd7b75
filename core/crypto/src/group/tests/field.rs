use p256::FieldElement as Oracle;

use proptest::prelude::*;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use crate::group::field::FieldElement;

const P: [u64; 4] = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];

fn big_endian(limbs: [u64; 4]) -> [u8; 32] {
    let bytes: Vec<u8> = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

fn from_oracle(value: Oracle) -> FieldElement {
    FieldElement::from_bytes(&value.to_bytes().into()).unwrap()
}

fn below_p(limbs: &[u64; 4]) -> bool {
    limbs.iter().rev().lt(P.iter().rev())
}

/// Every limb one of the values at which a carry is born or dies, as far as that is below p.
fn edge_limbs() -> Vec<[u64; 4]> {
    const LIMBS: [u64; 9] =
        [0, 1, 2, 0xffff_ffff, 1 << 32, 1 << 63, 0xffff_ffff_0000_0000, u64::MAX - 1, u64::MAX];
    let top = [0, 1, 1 << 63, 0xffff_ffff_0000_0000, 0xffff_ffff_0000_0001];
    let mut all = Vec::new();
    for (a, b) in LIMBS.into_iter().flat_map(|a| LIMBS.map(|b| (a, b))) {
        all.extend(LIMBS.iter().flat_map(|c| top.map(|d| [a, b, *c, d])));
    }
    all.retain(below_p);
    all.extend([
        [u64::MAX - 1, P[1], P[2], P[3]],
        [0x8000_0000_0000_0000, 0x7fff_ffff, 1 << 63, 0x7fff_ffff_8000_0000],
    ]);
    all
}

/// What `limbs` stand for where they are the value itself, and where they are its Montgomery form.
fn both_meanings(limbs: [u64; 4]) -> [Oracle; 2] {
    let value = Oracle::from_bytes(&big_endian(limbs).into()).unwrap();
    let r = (0..256).fold(Oracle::ONE, |power, _| power.double());
    [value, value * r.invert().unwrap()]
}

fn element() -> impl Strategy<Value = Oracle> {
    let edge = (prop::sample::select(edge_limbs()), 0..2usize);
    prop_oneof![
        edge.prop_map(|(limbs, meaning)| both_meanings(limbs)[meaning]),
        any::<[u64; 4]>().prop_filter_map("p or more", |limbs| {
            Option::from(Oracle::from_bytes(&big_endian(limbs).into()))
        }),
    ]
}

fn agree_on_one(a: Oracle) {
    let ours = from_oracle(a);
    assert_eq!(ours.to_bytes(), <[u8; 32]>::from(a.to_bytes()));
    assert_eq!(ours.square(), from_oracle(a.square()));
    assert_eq!(ours.double(), from_oracle(a.double()));
    assert_eq!(ours.triple(), from_oracle(a.double() + a));
    assert_eq!(-ours, from_oracle(-a));
    assert_eq!(bool::from(ours.is_odd()), bool::from(a.is_odd()));
    assert_eq!(bool::from(ours.is_zero()), bool::from(a.is_zero()));
}

fn agree_on_two(a: Oracle, b: Oracle) {
    let (x, y) = (from_oracle(a), from_oracle(b));
    assert_eq!(x + y, from_oracle(a + b));
    assert_eq!(x - y, from_oracle(a - b));
    assert_eq!(x * y, from_oracle(a * b));
    assert_eq!(x == y, a == b);
    assert_eq!(x.eq_vartime(&y), a == b);
}

#[test]
fn agrees_with_p256_at_every_edge() {
    let edges: Vec<Oracle> = edge_limbs().into_iter().flat_map(both_meanings).collect();
    edges.iter().for_each(|a| agree_on_one(*a));
    for (i, a) in edges.iter().enumerate() {
        // With itself, and with others that come round: all pairs would be thirty million.
        agree_on_two(*a, *a);
        (1..20).for_each(|step| agree_on_two(*a, edges[(i * 7 + step * 331) % edges.len()]));
    }
}

#[test]
fn every_integer_from_p_on_is_refused() {
    for add in [0, 1, 2, 5, 1 << 32, u64::MAX] {
        let (low, carry) = P[0].overflowing_add(add);
        let limbs = [low, P[1] + u64::from(carry), P[2], P[3]];
        assert!(bool::from(FieldElement::from_bytes(&big_endian(limbs)).is_none()), "p + {add}");
    }
    for limbs in [
        [0, 0, 1, P[3]],
        [0, P[1] + 1, 0, P[3]],
        [0, 0, 0, P[3] + 1],
        [0, 0, 0, u64::MAX],
        [P[0], P[1], P[2], u64::MAX],
        [u64::MAX; 4],
    ] {
        assert!(bool::from(FieldElement::from_bytes(&big_endian(limbs)).is_none()), "{limbs:x?}");
    }
    assert!(bool::from(FieldElement::from_bytes(&big_endian([P[0] - 1, P[1], P[2], P[3]])).is_some()));
}

#[test]
fn zero_has_no_inverse_but_a_root_and_minus_a_square_has_none() {
    assert_eq!(FieldElement::ZERO.invert(), FieldElement::ZERO);
    assert_eq!(FieldElement::ZERO.sqrt().unwrap(), FieldElement::ZERO);
    for limbs in [[1, 0, 0, 0], [4, 0, 0, 0], [9, 0, 0, 0]] {
        assert!(bool::from((-FieldElement::from_limbs(limbs)).sqrt().is_none()), "{limbs:?}");
    }
}

#[test]
fn wiping_leaves_zero() {
    let mut value = FieldElement::ONE;
    value.zeroize();
    assert!(bool::from(value.is_zero()));
}

proptest! {
    #[test]
    fn agrees_with_p256(a in element(), b in element()) {
        agree_on_one(a);
        agree_on_two(a, b);
    }

    #[test]
    fn inverses_and_roots_agree_with_p256(a in element()) {
        let ours = from_oracle(a);
        if let Some(inverse) = Option::<Oracle>::from(a.invert()) {
            prop_assert_eq!(ours.invert(), from_oracle(inverse));
        }
        let (root, expected) = (Option::<FieldElement>::from(ours.sqrt()), Option::<Oracle>::from(a.sqrt()));
        prop_assert_eq!(root.is_some(), expected.is_some());
        prop_assert!(root.is_none_or(|root| root.square() == ours));
    }

    #[test]
    fn whatever_p256_refuses_is_refused(limbs: [u64; 4], top in prop::sample::select(vec![P[3], P[3] - 1, u64::MAX])) {
        for bytes in [big_endian(limbs), big_endian([limbs[0], limbs[1], limbs[2], top]), big_endian([limbs[0], P[1], 0, top])] {
            let (ours, oracle) = (FieldElement::from_bytes(&bytes), Oracle::from_bytes(&bytes.into()));
            prop_assert_eq!(bool::from(ours.is_some()), bool::from(oracle.is_some()));
        }
    }

    #[test]
    fn selection_takes_the_one_asked_for(a in element(), b in element()) {
        let (x, y) = (from_oracle(a), from_oracle(b));
        prop_assert_eq!(FieldElement::conditional_select(&x, &y, Choice::from(0)), x);
        prop_assert_eq!(FieldElement::conditional_select(&x, &y, Choice::from(1)), y);
        prop_assert_eq!(x.negated_if(Choice::from(0)), x);
        prop_assert_eq!(x.negated_if(Choice::from(1)), -x);
        let (mut none, mut all) = (FieldElement::ZERO, FieldElement::ZERO);
        none.or_masked(&x, 0);
        all.or_masked(&x, u64::MAX);
        prop_assert!(bool::from(none.is_zero() & all.ct_eq(&x)));
    }
}
