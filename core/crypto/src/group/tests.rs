mod field;
mod fixed_base;
mod oracle;
mod points;
mod products;

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
fn bulk_operations_agree_with_single_ones() {
    let (k, a, b) = (Scalar::from(7), Scalar::make(&mut OsRng), Scalar::make(&mut OsRng));
    let key = FixedBase::new(Point::generate(&k).to_affine().unwrap());
    let made = FixedBase::multiply_each(&[(FixedBase::generator(), a), (&key, b)]).unwrap();
    assert_eq!([Point::from(made[0]), made[1].into()], [Point::generate(&a), Point::generate(&(b * k))]);
    assert_eq!(key.multiply_all(&[b]).unwrap(), made[1..]);
    assert_eq!(key.multiply_all(&[b, Scalar::ZERO]), None);
    assert!(key.multiply(&Scalar::ZERO).is_identity());
    let sums = Affine::add_all(&[(made[0], made[1])]).unwrap();
    assert_eq!(Point::from(sums[0]), Point::generate(&(a + b * k)));
    assert_eq!(Affine::add_all(&[(made[0], made[0])]), None);
    assert_eq!(Affine::add_all(&[(made[0], made[1]), (made[0], -made[0])]), None);
    let mut products = Products::new();
    assert!(products.sum_vartime().is_identity());
    products.push(b, made[0]);
    products.push_short(u128::MAX, true, made[1]);
    let short = Scalar::from_u128(u128::MAX);
    assert_eq!(products.sum_vartime(), Point::generate(&(a * b - short * b * k)));
}

#[test]
fn scalars_do_not_print() {
    assert_eq!(format!("{:?}", Scalar::make(&mut OsRng)), "Scalar(..)");
}
