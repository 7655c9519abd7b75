//! Many secret multiples of a base that is known beforehand.

use std::sync::LazyLock;

use super::{Affine, Point, Scalar};

/// A base (the generator, an election's key) with what is worth computing once for it.
pub struct FixedBase(Affine);

impl FixedBase {
    /// Prepares `base`, which is public. Worth it from a handful of multiplications on.
    pub fn new(base: Affine) -> Self {
        Self(base)
    }

    /// The generator G, prepared once per process.
    pub fn generator() -> &'static Self {
        static GENERATOR: LazyLock<FixedBase> = LazyLock::new(|| FixedBase::new(Affine::GENERATOR));
        &GENERATOR
    }

    /// The base itself.
    pub fn base(&self) -> Affine {
        self.0
    }

    /// `scalar` times the base, for every scalar (0 gives the identity), in constant time.
    pub fn multiply(&self, scalar: &Scalar) -> Point {
        Point::from(self.0) * scalar
    }

    /// Each scalar times the base, in constant time; see [`FixedBase::multiply_each`].
    pub fn multiply_all(&self, scalars: &[Scalar]) -> Option<Vec<Affine>> {
        let products: Vec<(&Self, Scalar)> = scalars.iter().map(|scalar| (self, *scalar)).collect();
        Self::multiply_each(&products)
    }

    /// Each scalar times its base, in constant time and with all inversions shared: the more at once, the cheaper
    /// each. `None` where a scalar is 0 or where two equal or opposite points had to be added on the way, which for
    /// uniformly random scalars does not happen (2^-250): draw again.
    pub fn multiply_each(products: &[(&Self, Scalar)]) -> Option<Vec<Affine>> {
        let points: Vec<Point> = products.iter().map(|(base, scalar)| base.multiply(scalar)).collect();
        Affine::from_points(&points)
    }
}
