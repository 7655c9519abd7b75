//! A random linear combination of equations `sum(scalar_i * point_i) == 0`.
//!
//! Each equation gets a weight of 128 bits that is hashed from everything that the equations were read from, so
//! that nobody can choose values whose errors cancel, and every verifier gets the same answer. One combination may
//! take in the equations of one ballot or of a thousand.

use kodanik_crypto::group::{Affine, Point, Products, Scalar};
use kodanik_crypto::transcript::Transcript;

/// Equations being collected; those over G and K are merged.
pub(crate) struct Combination {
    seed: [u8; 32],
    count: u64,
    g: Scalar,
    k: Scalar,
    terms: Products,
}

impl Combination {
    /// `seed`: a hash of all statements and proofs that will be collected.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { seed, count: 0, g: Scalar::ZERO, k: Scalar::ZERO, terms: Products::new() }
    }

    /// The weights of the next branch's equations in G and in K: the halves of
    /// SHA-256("KODANIK-V1-WEIGHT", seed, counter), never 0.
    pub(crate) fn weights(&mut self) -> (u128, u128) {
        let mut transcript = Transcript::new("KODANIK-V1-WEIGHT");
        transcript.append(&self.seed);
        transcript.append_u64(self.count);
        self.count += 1;
        let digest = transcript.digest();
        let half = |at: usize| {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&digest[at..at + 16]);
            u128::from_be_bytes(bytes) | 1
        };
        (half(0), half(16))
    }

    /// Adds `scalar * G`.
    pub(crate) fn add_g(&mut self, scalar: Scalar) {
        self.g = self.g + scalar;
    }

    /// Adds `scalar * K`.
    pub(crate) fn add_k(&mut self, scalar: Scalar) {
        self.k = self.k + scalar;
    }

    /// Adds `scalar * point`.
    pub(crate) fn add(&mut self, scalar: Scalar, point: Affine) {
        self.terms.push(scalar, point);
    }

    /// Subtracts `weight * point`.
    pub(crate) fn subtract(&mut self, weight: u128, point: Affine) {
        self.terms.push_short(weight, true, point);
    }

    /// Whether everything adds up to the identity. Variable time: for public data only.
    pub(crate) fn holds_vartime(self, key: &Point) -> bool {
        let of_key = Point::sum_of_products_vartime(&[(self.g, Point::GENERATOR), (self.k, *key)]);
        (self.terms.sum_vartime() + of_key).is_identity()
    }
}
