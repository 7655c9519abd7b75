//! What a ballot is made of, each beside `p256` in the same run: `cargo bench -p kodanik-crypto`.

#![expect(clippy::unwrap_used, reason = "a measurement, of values made here")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kodanik_crypto::group::{Affine, FixedBase, Point, Products, Scalar};
use p256::ProjectivePoint;
use p256::elliptic_curve::Field;
use p256::elliptic_curve::sec1::{EncodedPoint, FromEncodedPoint};
use rand_core::{OsRng, RngCore};

#[path = "../src/group/field.rs"]
#[expect(
    dead_code,
    reason = "the field is private to the crate, and the benchmark needs two of its operations"
)]
mod field;
use field::FieldElement;

fn field(c: &mut Criterion) {
    let oracle = p256::FieldElement::random(&mut OsRng);
    let ours = FieldElement::from_bytes(&oracle.to_bytes().into()).unwrap();
    let mut group = c.benchmark_group("field");
    group.bench_function("multiply", |b| {
        b.iter_batched(|| ours, |a| a * black_box(ours), BatchSize::SmallInput)
    });
    group.bench_function("multiply/p256", |b| {
        b.iter_batched(|| oracle, |a| a * black_box(oracle), BatchSize::SmallInput)
    });
    group
        .bench_function("square 100 times", |b| b.iter(|| (0..100).fold(black_box(ours), |a, _| a.square())));
    group.bench_function("square 100 times/p256", |b| {
        b.iter(|| (0..100).fold(black_box(oracle), |a, _| a.square()))
    });
}

fn points(c: &mut Criterion) {
    let scalar = Scalar::make(&mut OsRng);
    let (point, oracle) = (Point::generate(&scalar), p256::Scalar::random(&mut OsRng));
    let bytes = point.to_bytes().unwrap();
    let encoded = EncodedPoint::<p256::NistP256>::from_bytes(bytes).unwrap();
    let mut group = c.benchmark_group("points");
    group.bench_function("decompress", |b| b.iter(|| Affine::from_slice(black_box(&bytes))));
    group.bench_function("decompress/p256", |b| {
        b.iter(|| p256::AffinePoint::from_encoded_point(black_box(&encoded)))
    });
    group.bench_function("variable base", |b| b.iter(|| black_box(point) * black_box(&scalar)));
    group.bench_function("variable base/p256", |b| b.iter(|| ProjectivePoint::GENERATOR * black_box(oracle)));
    group.bench_function("generate", |b| b.iter(|| Point::generate(black_box(&scalar))));
    group.bench_function("prepare a fixed base", |b| b.iter(|| FixedBase::new(black_box(Affine::GENERATOR))));
}

/// A ballot of ten options takes some eighty products over two bases.
fn fixed_bases(c: &mut Criterion) {
    const PRODUCTS: usize = 79;
    let key = FixedBase::new(Point::generate(&Scalar::make(&mut OsRng)).to_affine().unwrap());
    let bases = [FixedBase::generator(), &key];
    let products: Vec<(&FixedBase, Scalar)> =
        bases.into_iter().cycle().take(PRODUCTS).map(|base| (base, Scalar::make(&mut OsRng))).collect();
    let mut group = c.benchmark_group("fixed bases");
    group.throughput(Throughput::Elements(PRODUCTS as u64));
    group.bench_function("79 products", |b| b.iter(|| FixedBase::multiply_each(black_box(&products))));
}

/// Sums as in verification: a third of the scalars are full, the others of 128 bits.
fn sums(c: &mut Criterion) {
    let scalars: Vec<Scalar> = (0..70_000).map(|_| Scalar::make(&mut OsRng)).collect();
    let points = FixedBase::generator().multiply_all(&scalars).unwrap();
    let mut group = c.benchmark_group("sums of products");
    for terms in [2, 70, 700, 10_000, 70_000] {
        let mut products = Products::new();
        for (i, (scalar, point)) in scalars.iter().zip(&points).take(terms).enumerate() {
            if i % 3 == 0 {
                products.push(*scalar, *point);
            } else {
                let size = u128::from(OsRng.next_u64()) << 64 | u128::from(OsRng.next_u64());
                products.push_short(size, i % 2 == 0, *point);
            }
        }
        group.sample_size(if terms < 10_000 { 100 } else { 20 });
        group.throughput(Throughput::Elements(terms as u64));
        group.bench_function(format!("{terms} terms"), |b| b.iter(|| black_box(&products).sum_vartime()));
    }
}

criterion_group!(benches, field, points, fixed_bases, sums);
criterion_main!(benches);
