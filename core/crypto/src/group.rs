//! P-256 (FIPS 186-5): points and scalars, and the one parser that bytes from outside pass.
//!
//! `p256` 0.13.2 accepts 33 zero bytes as the identity and tag 05 as a second encoding through
//! `GroupEncoding::from_bytes`; [`Point::from_slice`] accepts one encoding of each point other than the identity
//! and nothing else.
//!
//! - [`Point`]: any element; complete formulas, for what is secret and done once;
//! - [`Affine`]: a point other than the identity, with its encoding at hand; additions in bulk;
//! - [`FixedBase`]: many secret multiples of the generator or of an election's key, in constant time;
//! - [`Products`]: one sum of many products of public scalars and points, in variable time.
//!
//! Beneath them is a field of our own (docs/decisions/0010-own-field.md): scalars, ECDSA and ECDH stay with `p256`, which is also
//! what the tests compare with.

use thiserror::Error;

mod affine;
mod digits;
mod field;
mod fixed_base;
mod inversion;
mod jacobian;
mod point;
mod products;
mod scalar;
#[cfg(test)]
mod tests;

pub use affine::Affine;
pub use fixed_base::FixedBase;
pub use point::Point;
pub use products::Products;
pub use scalar::Scalar;

/// Why bytes are not an element of the group or of its scalar field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GroupError {
    /// Not 33 bytes with tag 02 or 03, x >= p, or x on no point of the curve.
    #[error("not a point of P-256 in its compressed form")]
    Point,
    /// Not 32 bytes big-endian below the group's order.
    #[error("not a scalar of P-256")]
    Scalar,
}
