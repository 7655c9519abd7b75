use p256::ProjectivePoint;
use proptest::prelude::*;
use rand_core::{OsRng, RngCore};

use super::oracle::{edge_scalars, oracle, same, scalar, two_to};
use crate::group::{Affine, FixedBase, Point, Products, Scalar};

/// A term, with the point as a multiple of G: full, or short with its sign.
#[derive(Clone, Copy, Debug)]
enum Term {
    Full(Scalar, i64),
    Short(u128, bool, i64),
}

fn multiple(of_g: i64) -> Affine {
    let size = Point::generate(&Scalar::from(of_g.unsigned_abs())).to_affine().unwrap();
    if of_g < 0 { -size } else { size }
}

fn products(terms: &[Term]) -> Products {
    let mut products = Products::new();
    for term in terms {
        match *term {
            Term::Full(scalar, of_g) => products.push(scalar, multiple(of_g)),
            Term::Short(size, negative, of_g) => products.push_short(size, negative, multiple(of_g)),
        }
    }
    products
}

/// The sum by way of the logarithms, which only one multiplication of `p256` is left of.
fn expected(terms: &[Term]) -> ProjectivePoint {
    let signed = |size: Scalar, negative: bool| if negative { -size } else { size };
    let logarithm = |term: &Term| match *term {
        Term::Full(scalar, of_g) => scalar * signed(Scalar::from(of_g.unsigned_abs()), of_g < 0),
        Term::Short(size, negative, of_g) => {
            signed(Scalar::from_u128(size), negative) * signed(Scalar::from(of_g.unsigned_abs()), of_g < 0)
        }
    };
    ProjectivePoint::GENERATOR * oracle(&terms.iter().map(logarithm).sum())
}

fn check(terms: &[Term]) {
    let (products, expected) = (products(terms), expected(terms));
    assert!(same(&products.sum_vartime(), &expected), "{terms:?}");
    for width in [2, 3, 4, 5, 7, 8, 11, 13, 15] {
        assert!(same(&products.sum_with_window_vartime(width), &expected), "width {width}: {terms:?}");
    }
}

#[test]
fn nothing_adds_up_to_the_identity() {
    assert!(Products::new().sum_vartime().is_identity());
    assert!(Point::sum_of_products_vartime(&[]).is_identity());
    assert!(Point::sum_of_products_vartime(&[(Scalar::ONE, Point::IDENTITY)]).is_identity());
    check(&[Term::Full(Scalar::ZERO, 1), Term::Short(0, true, 1)]);
}

#[test]
fn each_edge_scalar_alone() {
    for scalar in edge_scalars() {
        check(&[Term::Full(scalar, -3)]);
    }
    for size in (0..128).flat_map(|bit| [1 << bit, (1 << bit) - 1, u128::MAX - (1 << bit), u128::MAX]) {
        check(&[Term::Short(size, size % 2 == 0, 5)]);
    }
}

#[test]
fn one_point_again_and_again() {
    for count in [2, 3, 17, 100, 1000] {
        check(&vec![Term::Full(Scalar::from(5), 7); count]);
        check(&vec![Term::Short(u128::MAX / 3, true, 7); count]);
        check(&vec![Term::Full(-Scalar::ONE, -1); count]);
    }
}

#[test]
fn points_and_their_opposites_cancel() {
    let scalar = Scalar::make(&mut OsRng);
    for count in [1, 2, 5, 64, 511] {
        let mut terms = vec![Term::Full(scalar, 9); count];
        terms.extend(vec![Term::Full(scalar, -9); count]);
        check(&terms);
        assert!(products(&terms).sum_vartime().is_identity());
        terms.push(Term::Short(1, false, 2));
        check(&terms);
        terms.push(Term::Full(-scalar, 9));
        check(&terms);
    }
}

#[test]
fn sums_that_meet_their_opposites_in_a_bucket() {
    // 1 + 2 meets -3, and 1 + 1 meets 2 or -2, in every order.
    for points in
        [[1, 2, -3, 4], [1, 1, 2, 2], [1, 1, -2, 5], [-2, 1, 1, 1], [3, -1, -2, 0x7fff], [2, 2, -4, -4]]
    {
        for scalar in [Scalar::ONE, Scalar::from(12), -Scalar::from(12), two_to(200), Scalar::from(0xffff)] {
            check(&points.map(|point| Term::Full(scalar, point)));
            check(&points.map(|point| Term::Short(u128::MAX - 1, point % 2 == 0, point)));
        }
    }
}

#[test]
fn digits_that_settle_on_one_another() {
    // Digits 1, 2, 3 .. with points such that halves and odd ones become equal or opposite on the way.
    for width in 1..12 {
        let terms: Vec<Term> = (1..40)
            .flat_map(|i| {
                [Term::Full(two_to(width) * Scalar::from(i), 40 - i as i64), Term::Short(i.into(), true, 6)]
            })
            .collect();
        check(&terms);
    }
}

#[test]
fn scalars_and_points_of_a_large_sum_agree() {
    let mut rng = OsRng;
    let scalars: Vec<Scalar> = (0..5000).map(|_| Scalar::make(&mut rng)).collect();
    let points = FixedBase::generator().multiply_all(&scalars).unwrap();
    let (mut products, mut other, mut logarithm) = (Products::new(), Products::new(), Scalar::ZERO);
    for (i, (scalar, point)) in scalars.iter().rev().zip(&points).enumerate() {
        if i % 3 == 0 {
            products.push(*scalar, *point);
            logarithm = logarithm + *scalar * scalars[i];
        } else {
            let size = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
            other.push_short(size, i % 2 == 0, *point);
            let product = Scalar::from_u128(size) * scalars[i];
            logarithm = logarithm + if i % 2 == 0 { -product } else { product };
        }
    }
    products.append(other);
    assert_eq!(products.len(), scalars.len());
    assert!(!products.is_empty());
    let expected = ProjectivePoint::GENERATOR * oracle(&logarithm);
    for width in [4, 6, 9, 13] {
        assert!(same(&products.sum_with_window_vartime(width), &expected), "width {width}");
    }
    assert!(same(&products.sum_vartime(), &expected));
    products.push_short(1, false, Affine::GENERATOR);
    assert!(!same(&products.sum_vartime(), &expected));
}

fn term() -> impl Strategy<Value = Term> {
    let of_g = prop_oneof![(1..6i64), (-6..0i64), (1..i64::MAX)];
    let short = prop_oneof![any::<u128>(), 0..40u128, Just(u128::MAX), Just(1 << 127)];
    prop_oneof![
        (scalar(), of_g.clone()).prop_map(|(scalar, of_g)| Term::Full(scalar, of_g)),
        (0..40u64, of_g.clone()).prop_map(|(scalar, of_g)| Term::Full(scalar.into(), of_g)),
        (short, any::<bool>(), of_g).prop_map(|(size, negative, of_g)| Term::Short(size, negative, of_g)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_terms_agree_with_p256(terms in prop::collection::vec(term(), 0..60)) {
        check(&terms);
    }

    #[test]
    fn a_term_that_changes_changes_the_sum(mut terms in prop::collection::vec(term(), 1..20), place: prop::sample::Index) {
        let before = products(&terms).sum_vartime();
        let place = place.index(terms.len());
        terms[place] = match terms[place] {
            Term::Full(scalar, of_g) => Term::Full(scalar + Scalar::ONE, of_g),
            Term::Short(size, negative, of_g) => Term::Short(size ^ 1, negative, of_g),
        };
        prop_assert_ne!(products(&terms).sum_vartime(), before);
    }

    #[test]
    fn projective_terms_agree_with_single_products(scalars in prop::collection::vec(scalar(), 1..12)) {
        let terms: Vec<(Scalar, Point)> =
            scalars.iter().map(|scalar| (*scalar, Point::generate(scalar) + Point::GENERATOR)).collect();
        let naive: Point = terms.iter().map(|(scalar, point)| *point * scalar).sum();
        prop_assert_eq!(Point::sum_of_products_vartime(&terms), naive);
    }
}
