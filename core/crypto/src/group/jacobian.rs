//! Points in Jacobian coordinates: the quickest doubling, at the price of exceptions. For public data only.

use super::field::FieldElement;
use super::{Affine, Point};

/// (x / z^2, y / z^3), with z = 0 for the identity alone.
#[derive(Clone, Copy)]
pub(super) struct Jacobian {
    x: FieldElement,
    y: FieldElement,
    z: FieldElement,
}

impl Jacobian {
    pub(super) const IDENTITY: Self =
        Self { x: FieldElement::ONE, y: FieldElement::ONE, z: FieldElement::ZERO };

    /// 2 self; the identity stays what it is, and nothing else doubles to it. (Bernstein and Lange's dbl-2001-b.)
    pub(super) fn double(&self) -> Self {
        let (delta, gamma) = (self.z.square(), self.y.square());
        let beta4 = (self.x * gamma).double().double();
        let alpha = ((self.x - delta) * (self.x + delta)).triple();
        let x = alpha.square() - beta4.double();
        let z = (self.y + self.z).square() - gamma - delta;
        let y = alpha * (beta4 - x) - gamma.square().double().double().double();
        Self { x, y, z }
    }

    /// self + other, whatever they are.
    pub(super) fn add_vartime(&self, other: &Affine) -> Self {
        if self.z.eq_vartime(&FieldElement::ZERO) {
            return Self { x: other.x, y: other.y, z: FieldElement::ONE };
        }
        let zz = self.z.square();
        let (h, r) = (other.x * zz - self.x, other.y * zz * self.z - self.y);
        if h.eq_vartime(&FieldElement::ZERO) {
            return if r.eq_vartime(&FieldElement::ZERO) { self.double() } else { Self::IDENTITY };
        }
        let hh = h.square();
        let (hhh, v) = (h * hh, self.x * hh);
        let x = r.square() - hhh - v.double();
        Self { x, y: r * (v - x) - self.y * hhh, z: self.z * h }
    }
}

impl From<Jacobian> for Point {
    fn from(point: Jacobian) -> Self {
        Self { x: point.x * point.z, y: point.y, z: point.z.square() * point.z }
    }
}
