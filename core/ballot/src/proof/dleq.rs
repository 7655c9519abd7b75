//! Proof that `y = x G` and `d = x b` for one x (Chaum, Pedersen 1992; protocol.md §3.2.6).

use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::Transcript;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The commitments u = w G and v = w b, and z = w + c x. c is hashed from the statement and the commitments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DleqProof {
    /// w G.
    pub u: Point,
    /// w b.
    pub v: Point,
    /// w + c x.
    pub z: Scalar,
}

/// What is proven: `public = x G` and `image = x base`.
#[derive(Clone, Copy, Debug)]
pub struct DleqStatement {
    /// b.
    pub base: Point,
    /// x G.
    pub public: Point,
    /// x b.
    pub image: Point,
}

impl DleqProof {
    /// Proves in constant time. `context` is a transcript that has taken in everything the proof is bound to, the
    /// statement excepted.
    pub fn make(
        context: Transcript,
        statement: &DleqStatement,
        x: &Scalar,
        rng: &mut impl CryptoRngCore,
    ) -> Self {
        let w = Zeroizing::new(Scalar::make(rng));
        let (u, v) = (Point::generate(&w), statement.base * &w);
        let z = *w + challenge(context, statement, &u, &v) * *x;
        Self { u, v, z }
    }

    /// Verifies with the same `context`. Variable time: for public data only.
    pub fn verify_vartime(&self, context: Transcript, statement: &DleqStatement) -> bool {
        let c = challenge(context, statement, &self.u, &self.v);
        let zero = |base: Point, image: Point, commitment: Point| {
            let terms = [(self.z, base), (-c, image), (-Scalar::ONE, commitment)];
            Point::sum_of_products_vartime(&terms).is_identity()
        };
        zero(Point::GENERATOR, statement.public, self.u) && zero(statement.base, statement.image, self.v)
    }
}

fn challenge(mut transcript: Transcript, statement: &DleqStatement, u: &Point, v: &Point) -> Scalar {
    for point in [&statement.base, &statement.public, &statement.image, u, v] {
        transcript.append(point.to_bytes().as_ref().map_or(&[], |bytes| bytes.as_slice()));
    }
    transcript.challenge()
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    fn holds(change: impl FnOnce(&mut DleqStatement)) -> bool {
        let x = Scalar::make(&mut OsRng);
        let base = Point::generate(&Scalar::make(&mut OsRng));
        let mut statement = DleqStatement { base, public: Point::generate(&x), image: base * &x };
        change(&mut statement);
        let context = || Transcript::new("test");
        DleqProof::make(context(), &statement, &x, &mut OsRng).verify_vartime(context(), &statement)
    }

    /// The prover knows the logarithm of one image only: one of the two equations holds.
    #[test]
    fn each_equation_is_checked() {
        assert!(holds(|_| {}));
        assert!(!holds(|statement| statement.image += Point::GENERATOR));
        assert!(!holds(|statement| statement.public += Point::GENERATOR));
    }
}
