use p256::ProjectivePoint;
use p256::elliptic_curve::Group;
use p256::elliptic_curve::sec1::{EncodedPoint, FromEncodedPoint};
use proptest::prelude::*;
use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroize;

use super::oracle::{edge_scalars, oracle, same, scalar};
use crate::group::jacobian::Jacobian;
use crate::group::{Affine, GroupError, Point, Scalar};

fn times_g(scalar: &Scalar) -> (Point, ProjectivePoint) {
    (Point::generate(scalar), ProjectivePoint::GENERATOR * oracle(scalar))
}

#[test]
fn multiples_at_the_edges_are_those_of_p256() {
    let (point, expected) = times_g(&Scalar::from(3));
    for scalar in edge_scalars() {
        assert!(same(&Point::generate(&scalar), &(ProjectivePoint::GENERATOR * oracle(&scalar))));
        assert!(same(&(point * &scalar), &(expected * oracle(&scalar))));
        assert!((Point::IDENTITY * &scalar).is_identity());
    }
}

#[test]
fn additions_have_no_exceptions() {
    let (p, expected) = times_g(&Scalar::from(7));
    let identity = ProjectivePoint::IDENTITY;
    // As sums that end in the identity by themselves, with coordinates of their own.
    for zero in [Point::IDENTITY, p - p, Point::generate(&Scalar::ZERO), -(p - p), p * &Scalar::ZERO] {
        assert!(zero.is_identity());
        assert_eq!(zero, Point::IDENTITY);
        assert_ne!(zero, p);
        assert!(same(&(zero + zero), &identity) && same(&zero.double(), &identity));
        assert!(
            same(&(p + zero), &expected) && same(&(zero + p), &expected) && same(&(zero - p), &-expected)
        );
        assert!(same(&zero.add_affine(&p.to_affine().unwrap()), &expected));
        assert_eq!(zero.to_bytes(), None);
        assert_eq!(zero.to_affine(), None);
    }
    let affine = p.to_affine().unwrap();
    assert!(same(&(p + p), &expected.double()) && same(&p.double(), &expected.double()));
    assert!(same(&p.add_affine(&affine), &expected.double()));
    assert!(same(&p.add_affine(&-affine), &identity) && same(&(p + -p), &identity));
    assert!(same(&Point::from(Affine::GENERATOR), &ProjectivePoint::GENERATOR));
    assert_eq!(Point::GENERATOR, Affine::GENERATOR.into());
}

#[test]
fn public_sums_know_their_exceptions() {
    let p = Point::generate(&Scalar::from(7)).to_affine().unwrap();
    let sum = |terms: &[Affine]| -> Point {
        terms.iter().fold(Jacobian::IDENTITY, |sum, term| sum.add_vartime(term)).into()
    };
    let twice = Point::from(p).double();
    assert!(Point::from(Jacobian::IDENTITY).is_identity());
    assert!(Point::from(Jacobian::IDENTITY.double()).is_identity());
    assert!(sum(&[p, -p]).is_identity());
    assert!(sum(&[p, p, -p, -p]).is_identity());
    assert_eq!(sum(&[p]), p.into());
    assert_eq!(sum(&[p, p]), twice);
    assert_eq!(sum(&[p, p, twice.to_affine().unwrap()]), twice.double());
    assert!(sum(&[p, p, -twice.to_affine().unwrap()]).is_identity());
    assert_eq!(sum(&[p, -p, p]), p.into());
}

/// One coordinate in common is not enough.
#[test]
fn a_point_is_not_its_negative() {
    let one = Affine::GENERATOR;
    assert_ne!(one, -one);
    assert_ne!(Point::from(one), Point::from(-one));
    assert_eq!(Point::from(-one), -Point::from(one));
    let (p, _) = times_g(&Scalar::from(7));
    assert_ne!(p, -p);
    assert_ne!(p, Point::IDENTITY);
}

#[test]
fn affine_points_refuse_what_points_refuse() {
    let good = Affine::GENERATOR.to_bytes();
    for tag in (0..=255).filter(|tag| !matches!(tag, 2 | 3)) {
        assert_eq!(Affine::from_slice(&[&[tag], &good[1..]].concat()), Err(GroupError::Point), "tag {tag}");
    }
    for bytes in [&[][..], &[2], &good[..32], &[0; 33], &[&good[..], &[0]].concat(), &[0xff; 33]] {
        assert_eq!(Affine::from_slice(bytes), Err(GroupError::Point), "{bytes:x?}");
    }
    let json = format!("\"{}\"", "A".repeat(44));
    assert!(serde_json::from_str::<Affine>(&json).is_err());
    assert!(serde_json::from_str::<Point>(&json).is_err());
}

#[test]
fn json_round_trips() {
    let scalar = Scalar::from(7);
    let (point, _) = times_g(&scalar);
    let text = serde_json::to_string(&(scalar, point, Affine::GENERATOR)).unwrap();
    let read: (Scalar, Point, Affine) = serde_json::from_str(&text).unwrap();
    assert_eq!(read, (scalar, point, Affine::GENERATOR));
}

#[test]
fn one_identity_spoils_a_batch() {
    let p = Point::generate(&Scalar::from(9));
    assert_eq!(Affine::from_points(&[]), Some(Vec::new()));
    assert_eq!(Affine::from_points(&[Point::IDENTITY]), None);
    assert_eq!(Affine::from_points(&[p, p - p, p]), None);
    assert_eq!(Affine::from_points(&[p, p, Point::IDENTITY]), None);
    assert_eq!(Point::batch_to_bytes(&[Point::IDENTITY, p]), None);
}

#[test]
fn one_exception_spoils_bulk_additions() {
    let [a, b] = [2, 3].map(|scalar| Point::generate(&Scalar::from(scalar)).to_affine().unwrap());
    assert_eq!(Affine::add_all(&[]), Some(Vec::new()));
    assert_eq!(Affine::add_all(&[(a, a)]), None);
    assert_eq!(Affine::add_all(&[(a, b), (b, -b)]), None);
    assert_eq!(Affine::add_all(&[(a, b), (b, b), (b, a)]), None);
    let sums = Affine::add_all(&[(a, b), (-a, b)]).unwrap();
    assert_eq!(
        sums.iter().map(|sum| Point::from(*sum)).collect::<Vec<_>>(),
        [Point::generate(&Scalar::from(5)), Point::GENERATOR]
    );
}

#[test]
fn wiping_leaves_points_of_no_interest() {
    let mut point = Point::generate(&Scalar::from(9));
    let mut affine = point.to_affine().unwrap();
    point.zeroize();
    affine.zeroize();
    assert!(point.is_identity());
    assert_eq!(affine, Affine::GENERATOR);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn agrees_with_p256(a in scalar(), b in scalar()) {
        let ((p, x), (q, y)) = (times_g(&a), times_g(&b));
        prop_assert!(same(&p, &x));
        prop_assert!(same(&(p + q), &(x + y)));
        prop_assert!(same(&(p - q), &(x - y)));
        prop_assert!(same(&-p, &-x));
        prop_assert!(same(&p.double(), &x.double()));
        prop_assert!(same(&(p * &b), &(x * oracle(&b))));
        prop_assert_eq!(p == q, x == y);
        prop_assert_eq!(p.to_p256(), x.to_affine());
        prop_assert_eq!(Point::conditional_select(&p, &q, Choice::from(0)), p);
        prop_assert_eq!(Point::conditional_select(&p, &q, Choice::from(1)), q);
        if let (Some(affine), Some(other)) = (p.to_affine(), q.to_affine()) {
            prop_assert!(same(&q.add_affine(&affine), &(x + y)));
            prop_assert!(same(&Point::from(-affine), &-x));
            prop_assert_eq!(Affine::conditional_select(&affine, &other, Choice::from(0)), affine);
            prop_assert_eq!(Affine::conditional_select(&affine, &other, Choice::from(1)), other);
            prop_assert_eq!(affine == other, x == y);
            prop_assert_eq!(Affine::from_slice(&affine.to_bytes()).unwrap(), affine);
            let json = serde_json::to_string(&affine).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&p).unwrap());
            prop_assert_eq!(serde_json::from_str::<Affine>(&json).unwrap(), affine);
        }
    }

    /// Random x, of which half are on no point, with both signs.
    #[test]
    fn parses_what_p256_parses(x: [u8; 32], high: bool, tag in 2..=3u8) {
        let mut bytes = [&[tag], &x[..]].concat();
        if high {
            bytes[1..5].fill(0xff);
        }
        let expected = EncodedPoint::<p256::NistP256>::from_bytes(&bytes)
            .ok()
            .and_then(|encoded| Option::<ProjectivePoint>::from(ProjectivePoint::from_encoded_point(&encoded)));
        match (Affine::from_slice(&bytes), expected) {
            (Ok(ours), Some(expected)) => prop_assert!(same(&ours.into(), &expected)),
            (ours, expected) => prop_assert!(ours.is_err() && expected.is_none()),
        }
        prop_assert_eq!(Point::from_slice(&bytes).is_ok(), Affine::from_slice(&bytes).is_ok());
    }
}
