//! RFC 9497 appendix A.3: OPRF, VOPRF and POPRF on P-256 with SHA-256. Their keys and challenges are `HashToScalar`,
//! which is our `hash_to_scalar` under another DST; their proofs are a batched DLEQ. What the RFC does with its inputs
//! before (hashing to the curve) and after (the output's hash) is none of ours and is not here.

use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::{hash_to_scalar, sha256};
use serde::Deserialize;

use crate::{hex, multiples, point, scalar};

#[derive(Deserialize)]
struct File {
    suites: Vec<Suite>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suite {
    mode: u8,
    seed: String,
    key_info: String,
    sk_sm: String,
    pk_sm: Option<String>,
    vectors: Vec<Vector>,
}

/// Members of several inputs are separated by commas.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vector {
    info: Option<String>,
    blind: String,
    blinded_element: String,
    evaluation_element: String,
    proof: Option<String>,
}

impl Vector {
    fn blinded(&self) -> Vec<Point> {
        self.blinded_element.split(',').map(point).collect()
    }

    fn evaluated(&self) -> Vec<Point> {
        self.evaluation_element.split(',').map(point).collect()
    }

    /// (c, s).
    fn proof(&self) -> Option<(Scalar, Scalar)> {
        self.proof.as_ref().map(|proof| (scalar(&proof[..64]), scalar(&proof[64..])))
    }
}

impl Suite {
    fn context(&self, prefix: &[u8]) -> Vec<u8> {
        [prefix, b"OPRFV1-", &[self.mode], b"-P256-SHA256"].concat()
    }

    fn hash(&self, message: &[u8]) -> Scalar {
        hash_to_scalar(message, &self.context(b"HashToScalar-"))
    }

    /// DeriveKeyPair (section 3.2.1); the counter is 0 for these vectors.
    fn derive_key(&self, info: &[u8]) -> Scalar {
        let input = [hex(&self.seed), prefixed(info), vec![0]].concat();
        hash_to_scalar(&input, &self.context(b"DeriveKeyPair"))
    }

    /// The key that evaluates: POPRF's depends on the vector's public info (section 3.3.3).
    fn evaluation_key(&self, vector: &Vector) -> Scalar {
        let key = scalar(&self.sk_sm);
        let Some(info) = &vector.info else { return key };
        key + self.hash(&[b"Info".to_vec(), prefixed(&hex(info))].concat())
    }

    /// VerifyProof (section 2.2.2) for A = G: one key k with `public` = k G and d_i = k c_i for all i.
    fn verify(&self, public: Point, c: &[Point], d: &[Point], proof: (Scalar, Scalar)) -> bool {
        let public_bytes = prefixed_point(public);
        let seed_dst = prefixed(&self.context(b"Seed-"));
        let seed = prefixed(&sha256(&[&public_bytes[..], &seed_dst].concat()));
        let weights = c.iter().zip(d).zip(0u16..).map(|((c, d), i)| {
            let (c, d) = (prefixed_point(*c), prefixed_point(*d));
            self.hash(&[&seed[..], &i.to_be_bytes(), &c, &d, b"Composite"].concat())
        });
        let weights: Vec<Scalar> = weights.collect();
        let composite = |points: &[Point]| {
            let terms: Vec<_> = weights.iter().copied().zip(points.iter().copied()).collect();
            Point::sum_of_products_vartime(&terms)
        };
        let (m, z) = (composite(c), composite(d));
        let (challenge, response) = proof;
        let t2 = Point::sum_of_products_vartime(&[(response, Point::GENERATOR), (challenge, public)]);
        let t3 = Point::sum_of_products_vartime(&[(response, m), (challenge, z)]);
        let points: Vec<u8> = [public, m, z, t2, t3].into_iter().flat_map(prefixed_point).collect();
        self.hash(&[&points[..], b"Challenge"].concat()) == challenge
    }

    /// The proof of one vector. POPRF inverts the key, so its roles are the other way round.
    fn verify_vector(&self, vector: &Vector, proof: (Scalar, Scalar)) -> bool {
        let public = Point::generate(&self.evaluation_key(vector));
        let (blinded, evaluated) = (vector.blinded(), vector.evaluated());
        match self.mode {
            2 => self.verify(public, &evaluated, &blinded, proof),
            _ => self.verify(public, &blinded, &evaluated, proof),
        }
    }
}

/// I2OSP(length, 2) || bytes.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn prefixed_point(point: Point) -> Vec<u8> {
    prefixed(&point.to_bytes().unwrap())
}

fn suites() -> Vec<Suite> {
    let file: File = serde_json::from_str(include_str!("vectors/rfc9497.json")).unwrap();
    assert_eq!(file.suites.iter().map(|suite| suite.mode).collect::<Vec<_>>(), [0, 1, 2]);
    file.suites
}

#[test]
fn keys_are_hashed_to_scalars() {
    for suite in suites() {
        let info = hex(&suite.key_info);
        assert_eq!(suite.derive_key(&info), scalar(&suite.sk_sm));
        assert_ne!(suite.derive_key(&info[1..]), scalar(&suite.sk_sm));
        if let Some(public) = &suite.pk_sm {
            assert_eq!(Point::generate(&scalar(&suite.sk_sm)), point(public));
        }
    }
}

#[test]
fn evaluations_are_multiples_of_blinded_elements() {
    let mut evaluations = 0;
    for suite in suites() {
        for vector in &suite.vectors {
            let key = suite.evaluation_key(vector);
            let factor = if suite.mode == 2 { key.invert().unwrap() } else { key };
            let blinds = vector.blind.split(',').map(scalar);
            for ((blinded, evaluated), blind) in vector.blinded().iter().zip(vector.evaluated()).zip(blinds) {
                let products = multiples(&factor, blinded.to_affine().unwrap());
                assert!(products.iter().all(|product| *product == evaluated));
                assert_ne!(*blinded * &(factor + Scalar::ONE), evaluated);
                // Taking the blind off before or after is the same.
                let unblind = blind.invert().unwrap();
                assert_eq!((*blinded * &unblind) * &factor, evaluated * &unblind);
                evaluations += 1;
            }
        }
    }
    assert_eq!(evaluations, 2 + 4 + 4);
}

#[test]
fn proofs_hold_and_changed_ones_do_not() {
    let mut proofs = 0;
    for suite in suites() {
        for vector in &suite.vectors {
            let Some((c, s)) = vector.proof() else { continue };
            assert!(suite.verify_vector(vector, (c, s)));
            assert!(!suite.verify_vector(vector, (c, s + Scalar::ONE)));
            assert!(!suite.verify_vector(vector, (c + Scalar::ONE, s)));
            let public = Point::generate(&suite.evaluation_key(vector));
            let mut wrong = vector.evaluated();
            wrong[0] += Point::GENERATOR;
            assert!(!suite.verify(public, &vector.blinded(), &wrong, (c, s)));
            proofs += 1;
        }
    }
    assert_eq!(proofs, 3 + 3);
}
