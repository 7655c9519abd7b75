use p256::ProjectivePoint;
use proptest::prelude::*;
use rand_core::OsRng;

use super::oracle::{doubling_in_the_tree, edge_scalars, oracle, same, scalar, two_to};
use crate::group::digits::OddDigits;
use crate::group::{Affine, FixedBase, Point, Scalar};

fn key() -> (FixedBase, ProjectivePoint) {
    let secret = Scalar::from(0x1234_5678_9abc_def1);
    let base = Point::generate(&secret).to_affine().unwrap();
    (FixedBase::new(base), ProjectivePoint::GENERATOR * oracle(&secret))
}

fn value_of<const WINDOW: usize, const COUNT: usize>(scalar: &Scalar) -> Scalar {
    let digits = OddDigits::<WINDOW, COUNT>::new(scalar);
    (0..COUNT).rev().fold(Scalar::ZERO, |sum, i| {
        let (index, negative) = digits.index_and_sign(i);
        assert!(index < 1 << (WINDOW - 1) && negative < 2);
        let digit = Scalar::from(2 * index + 1);
        sum * two_to(WINDOW) + if negative == 1 { -digit } else { digit }
    })
}

#[test]
fn odd_digits_at_the_edges_make_up_the_scalar() {
    for scalar in edge_scalars() {
        assert_eq!(value_of::<5, 52>(&scalar), scalar);
        assert_eq!(value_of::<6, 43>(&scalar), scalar);
    }
}

#[test]
fn single_multiples_at_the_edges_are_those_of_p256() {
    let (key, expected) = key();
    assert!(same(&key.base().into(), &expected));
    for scalar in edge_scalars() {
        assert!(same(&key.multiply(&scalar), &(expected * oracle(&scalar))));
    }
}

#[test]
fn multiples_in_bulk_at_the_edges_are_those_of_p256() {
    let (key, expected) = key();
    let refused = [Scalar::ZERO, doubling_in_the_tree()];
    let scalars: Vec<Scalar> =
        edge_scalars().into_iter().filter(|scalar| !refused.contains(scalar)).collect();
    assert!(scalars.len() > 128, "more than one batch");
    let made = key.multiply_all(&scalars).unwrap();
    assert_eq!(made.len(), scalars.len());
    for (point, scalar) in made.iter().zip(&scalars) {
        assert!(same(&Point::from(*point), &(expected * oracle(scalar))));
    }
}

#[test]
fn zero_is_refused_wherever_it_stands() {
    let good = Scalar::make(&mut OsRng);
    for place in 0..3 {
        let mut scalars = [good; 3];
        scalars[place] = Scalar::ZERO;
        assert_eq!(FixedBase::generator().multiply_all(&scalars), None, "place {place}");
    }
    let mut many = vec![good; 300];
    many[299] = Scalar::ZERO;
    assert_eq!(FixedBase::generator().multiply_all(&many), None);
    assert_eq!(FixedBase::generator().multiply_all(&[Scalar::ZERO]), None);
}

#[test]
fn the_scalar_whose_last_addition_is_a_doubling_is_refused_in_bulk_and_right_alone() {
    let scalar = doubling_in_the_tree();
    let (key, expected) = key();
    assert_eq!(key.multiply_all(&[scalar]), None);
    assert_eq!(FixedBase::multiply_each(&[(&key, Scalar::ONE), (&key, scalar)]), None);
    assert!(same(&key.multiply(&scalar), &(expected * oracle(&scalar))));
    let next = scalar + Scalar::ONE;
    assert!(same(&key.multiply_all(&[next]).unwrap()[0].into(), &(expected * oracle(&next))));
}

#[test]
fn nothing_times_nothing_is_nothing() {
    assert_eq!(FixedBase::generator().multiply_all(&[]), Some(Vec::new()));
    assert_eq!(FixedBase::multiply_each(&[]), Some(Vec::new()));
}

#[test]
fn opposite_scalars_of_one_batch_are_no_exception() {
    let made = FixedBase::generator().multiply_all(&[Scalar::ONE, Scalar::ONE, -Scalar::ONE]).unwrap();
    assert_eq!(made, [Affine::GENERATOR, Affine::GENERATOR, -Affine::GENERATOR]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn odd_digits_make_up_the_scalar(scalar in scalar()) {
        prop_assert_eq!(value_of::<5, 52>(&scalar), scalar);
        prop_assert_eq!(value_of::<6, 43>(&scalar), scalar);
    }

    #[test]
    fn mixed_bases_agree_with_p256(scalars in prop::collection::vec(scalar(), 1..150)) {
        let (key, expected) = key();
        let products: Vec<(&FixedBase, Scalar)> =
            scalars.iter().zip([&key, FixedBase::generator()].into_iter().cycle()).map(|(s, base)| (base, *s)).collect();
        let bases = [expected, ProjectivePoint::GENERATOR];
        match FixedBase::multiply_each(&products) {
            Some(made) => {
                for ((point, scalar), base) in made.iter().zip(&scalars).zip(bases.iter().cycle()) {
                    prop_assert!(same(&Point::from(*point), &(*base * oracle(scalar))));
                }
            }
            None => prop_assert!(scalars.contains(&Scalar::ZERO) || scalars.contains(&doubling_in_the_tree())),
        }
    }
}
