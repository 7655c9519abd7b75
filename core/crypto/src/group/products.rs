//! Sums of products of public scalars and points.

use super::{Affine, Point, Scalar};

/// A sum of `scalar * point` to be taken at once: what a verification boils down to. Scalars of 128 bits (random
/// weights) are kept apart, because they cost half. Variable time: for public data only.
#[derive(Clone, Debug, Default)]
pub struct Products {
    full: Vec<(Scalar, Affine)>,
    short: Vec<(u128, Affine)>,
}

impl Products {
    /// The empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `scalar * point`.
    pub fn push(&mut self, scalar: Scalar, point: Affine) {
        self.full.push((scalar, point));
    }

    /// Adds `magnitude * point`, or takes it off if `negative`.
    pub fn push_short(&mut self, magnitude: u128, negative: bool, point: Affine) {
        self.short.push((magnitude, if negative { -point } else { point }));
    }

    /// Adds all terms of `other`.
    pub fn append(&mut self, mut other: Self) {
        self.full.append(&mut other.full);
        self.short.append(&mut other.short);
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.full.len() + self.short.len()
    }

    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum. Variable time: for public data only. Right for every input, equal and opposite points included.
    pub fn sum_vartime(&self) -> Point {
        let short =
            self.short.iter().map(|(scalar, point)| (Scalar::from_u128(*scalar), Point::from(*point)));
        let full = self.full.iter().map(|(scalar, point)| (*scalar, Point::from(*point)));
        Point::sum_of_products_vartime(&full.chain(short).collect::<Vec<_>>())
    }
}
