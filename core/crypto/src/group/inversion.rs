//! Many inversions for the price of one (Montgomery's trick) and what it buys: affine additions in bulk.

use zeroize::Zeroize;

use super::Affine;
use super::field::FieldElement;

/// Inverts many elements at once. Keeps its scratch space for the next time and wipes it at the end.
#[derive(Default)]
pub(super) struct Inverter {
    prefixes: Vec<FieldElement>,
}

impl Inverter {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { prefixes: Vec::with_capacity(capacity) }
    }

    /// Replaces every value by its inverse, in constant time; `None`, with the values of no use, if one of them is 0.
    ///
    /// Values in even and in odd places make two chains of products, as one alone would wait for the multiplier's
    /// result all the time.
    pub(super) fn invert_all(&mut self, values: &mut [FieldElement]) -> Option<()> {
        self.prefixes.clear();
        self.prefixes.reserve_exact(values.len());
        let mut products = [FieldElement::ONE; 2];
        for (i, value) in values.iter().enumerate() {
            let product = &mut products[i % 2];
            self.prefixes.push(*product);
            *product = *product * *value;
        }
        let product = products[0] * products[1];
        if bool::from(product.is_zero()) {
            return None;
        }
        let inverse = product.invert();
        let mut inverses = [inverse * products[1], inverse * products[0]];
        for (i, (value, prefix)) in values.iter_mut().zip(&self.prefixes).enumerate().rev() {
            let inverse = &mut inverses[i % 2];
            let this = *inverse * *prefix;
            *inverse = *inverse * *value;
            *value = this;
        }
        Some(())
    }
}

impl Drop for Inverter {
    fn drop(&mut self) {
        self.prefixes.as_mut_slice().zeroize();
    }
}

impl Affine {
    /// a + b for points that are neither equal nor opposite, given 1 / (b.x - a.x).
    #[inline]
    pub(super) fn add_with(a: &Self, b: &Self, inverse: FieldElement) -> Self {
        Self::on_line(a, b, (b.y - a.y) * inverse)
    }

    /// The third point, negated, of the line through a and b with this slope.
    #[inline(always)]
    pub(super) fn on_line(a: &Self, b: &Self, slope: FieldElement) -> Self {
        let x = slope.square() - a.x - b.x;
        Self { x, y: slope * (a.x - x) - a.y }
    }
}
