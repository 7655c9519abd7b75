//! A random linear combination of equations `sum(scalar_i * point_i) == 0`.
//!
//! Each equation gets a weight of 128 bits that is hashed from everything that the equations were read from, so
//! that nobody can choose values whose errors cancel, and every verifier gets the same answer. One combination may
//! take in the equations of one ballot or of a thousand.

use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::Transcript;

/// Equations being collected; those over G and K are merged.
pub struct Combination {
    seed: [u8; 32],
    count: u64,
    g: Scalar,
    k: Scalar,
    terms: Vec<(Scalar, Point)>,
}

impl Combination {
    /// `seed`: a hash of all statements and proofs that will be collected.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, count: 0, g: Scalar::ZERO, k: Scalar::ZERO, terms: Vec::new() }
    }

    /// The weight of the next equation: 16 bytes of SHA-256("KODANIK-V1-WEIGHT", seed, counter), never 0.
    pub(crate) fn weight(&mut self) -> Scalar {
        let mut transcript = Transcript::new("KODANIK-V1-WEIGHT");
        transcript.append(&self.seed);
        transcript.append_u64(self.count);
        self.count += 1;
        let mut bytes = transcript.digest();
        bytes[..16].fill(0);
        bytes[31] |= 1;
        // Below 2^128, so it always parses.
        Scalar::from_slice(&bytes).unwrap_or(Scalar::ONE)
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
    pub(crate) fn add(&mut self, scalar: Scalar, point: Point) {
        self.terms.push((scalar, point));
    }

    /// Whether everything adds up to the identity. Variable time: for public data only.
    pub fn holds_vartime(mut self, key: &Point) -> bool {
        self.terms.push((self.g, Point::GENERATOR));
        self.terms.push((self.k, *key));
        Point::sum_of_products_vartime(&self.terms).is_identity()
    }
}
