//! Many secret multiples of a base that is known beforehand.

use std::fmt;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::digits::OddDigits;
use super::field::FieldElement;
use super::inversion::Inverter;
use super::{Affine, Point, Scalar};

/// Bits of a digit: 86 KiB of table. One less costs nine more additions a product and saves as much reading.
const WINDOW: usize = 6;
/// Digits of a scalar.
const DIGITS: usize = 43;
/// The odd multiples 1, 3, .. 63 for one digit's place.
const ENTRIES: usize = 1 << (WINDOW - 1);
/// So many products are made at once: beyond that an inversion's share no longer matters and the cache does.
const BATCH: usize = 128;

type Digits = OddDigits<WINDOW, DIGITS>;

/// A base (the generator, an election's key) with a table of its multiples 2^(6 i) (1, 3, .. 63), 86 KiB. The base is
/// public; the scalars may be secret.
#[derive(Clone)]
pub struct FixedBase(Vec<[Affine; ENTRIES]>);

impl FixedBase {
    /// Prepares `base`. Costs about as much as five single multiplications.
    pub fn new(base: Affine) -> Self {
        let mut multiples = Vec::with_capacity(DIGITS * ENTRIES);
        let mut base = Point::from(base);
        for _ in 0..DIGITS {
            multiples.extend(base.odd_multiples::<ENTRIES>());
            base = base.doubled_times(WINDOW);
        }
        // No multiple is the identity: all are odd multiples, below n in size, of a power of 2.
        let affine = Affine::from_points(&multiples).unwrap_or_default();
        Self(affine.as_chunks().0.to_vec())
    }

    /// The generator G, prepared once per process.
    pub fn generator() -> &'static Self {
        static GENERATOR: LazyLock<FixedBase> = LazyLock::new(|| FixedBase::new(Affine::GENERATOR));
        &GENERATOR
    }

    /// The base itself.
    pub fn base(&self) -> Affine {
        self.0[0][0]
    }

    /// `scalar` times the base, for every scalar (0 gives the identity), in constant time.
    pub fn multiply(&self, scalar: &Scalar) -> Point {
        let digits = Digits::new(scalar);
        (0..DIGITS).map(|i| self.look_up(&digits, i)).fold(Point::IDENTITY, |sum, term| sum.add_affine(&term))
    }

    /// Each scalar times the base, in constant time; see [`FixedBase::multiply_each`].
    pub fn multiply_all(&self, scalars: &[Scalar]) -> Option<Vec<Affine>> {
        let mut made = Vec::with_capacity(scalars.len());
        for batch in scalars.chunks(BATCH) {
            made.extend(Rows::look_up(batch.iter().map(|scalar| (self, scalar))).sum()?);
        }
        Some(made)
    }

    /// Each scalar times its base, in constant time and with all inversions shared: the more at once, the cheaper
    /// each. `None` where a scalar is one of two (0, and 2 (2^192 - n mod 2^192)): there the last two points to be added
    /// are opposite or equal. A uniform scalar is neither, but once in 2^255 times: draw again.
    pub fn multiply_each(products: &[(&Self, Scalar)]) -> Option<Vec<Affine>> {
        let mut made = Vec::with_capacity(products.len());
        for batch in products.chunks(BATCH) {
            made.extend(Rows::look_up(batch.iter().map(|(base, scalar)| (*base, scalar))).sum()?);
        }
        Some(made)
    }

    fn look_up(&self, digits: &Digits, place: usize) -> Affine {
        let (index, negative) = digits.index_and_sign(place);
        Affine::look_up(&self.0[place], index, negative)
    }
}

impl fmt::Debug for FixedBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FixedBase").field(&self.base()).finish()
    }
}

/// One row of points for each place of a digit, one column for each product; wiped on drop.
struct Rows {
    points: Zeroizing<Box<[Affine]>>,
    columns: usize,
}

impl Rows {
    fn look_up<'a>(products: impl Iterator<Item = (&'a FixedBase, &'a Scalar)>) -> Self {
        let digits: Vec<(&FixedBase, Digits)> =
            products.map(|(base, scalar)| (base, Digits::new(scalar))).collect();
        let columns = digits.len();
        let mut points = Zeroizing::new(vec![Affine::GENERATOR; DIGITS * columns].into_boxed_slice());
        for (place, row) in points.chunks_exact_mut(columns.max(1)).enumerate() {
            for (point, (base, digits)) in row.iter_mut().zip(&digits) {
                *point = base.look_up(digits, place);
            }
        }
        Self { points, columns }
    }

    /// The sum of each column: pairs of rows are added until one is left, with one inversion each time.
    fn sum(mut self) -> Option<Vec<Affine>> {
        let most = DIGITS / 2 * self.columns;
        let mut inverter = Inverter::with_capacity(most);
        let mut inverses = Zeroizing::new(vec![FieldElement::ZERO; most].into_boxed_slice());
        let mut rows = DIGITS;
        while rows > 1 {
            self.add_pairs_of_rows(rows, &mut inverses, &mut inverter)?;
            rows = rows.div_ceil(2);
        }
        Some(self.points[..self.columns].to_vec())
    }

    /// Row i becomes the sum of rows 2 i and 2 i + 1, or row 2 i where that is the last one.
    fn add_pairs_of_rows(
        &mut self,
        rows: usize,
        inverses: &mut [FieldElement],
        inverter: &mut Inverter,
    ) -> Option<()> {
        let (columns, sums) = (self.columns, rows / 2 * self.columns);
        let pair = |i: usize| {
            (i / columns * 2 * columns + i % columns, (i / columns * 2 + 1) * columns + i % columns)
        };
        let inverses = &mut inverses[..sums];
        for (i, inverse) in inverses.iter_mut().enumerate() {
            let (a, b) = pair(i);
            *inverse = self.points[b].x - self.points[a].x;
        }
        inverter.invert_all(inverses)?;
        for (i, inverse) in inverses.iter().enumerate() {
            let (a, b) = pair(i);
            let (a, b) = (self.points[a], self.points[b]);
            self.points[i] = Affine::add_with(&a, &b, *inverse);
        }
        if rows % 2 == 1 {
            self.points.copy_within((rows - 1) * columns..rows * columns, sums);
        }
        Some(())
    }
}
