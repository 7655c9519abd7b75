//! An election that is open: its manifest and the key that its trustees made (protocol.md §3.1.3).

use kodanik_crypto::group::{Affine, Point, Scalar};
use kodanik_crypto::transcript::Transcript;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{ElectionId, ManifestHash};
use crate::manifest::Manifest;

/// K and Y_1..Y_n: the joint public key and each trustee's public share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionKey {
    /// K, to which ballots are encrypted.
    pub joint: Point,
    /// Y_j of the trustee with index j, at place j - 1.
    pub shares: Vec<Point>,
}

impl ElectionKey {
    /// K, ready for tables of its multiples.
    pub(crate) fn joint_affine(&self) -> Affine {
        #[expect(
            clippy::expect_used,
            reason = "neither a parsed key nor one that makes an election is the identity"
        )]
        self.joint.to_affine().expect("K is not the identity")
    }
}

/// Why a key is not one that this manifest's trustees can have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ElectionKeyError {
    /// The shares do not lie on one polynomial of degree t - 1 whose value at 0 is K.
    #[error("the trustees' shares do not make up the joint key")]
    Inconsistent,
    /// Not one share for each trustee.
    #[error("a wrong number of shares")]
    ShareCount,
}

/// A manifest, its key, and the hash H_E that names both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    /// What is asked, and of whom.
    pub manifest: Manifest,
    /// H_M.
    pub manifest_hash: ManifestHash,
    /// K and Y_1..Y_n.
    pub key: ElectionKey,
    /// H_E.
    pub id: ElectionId,
}

impl Election {
    /// Joins a manifest and a key after checking that any t shares make up K.
    pub fn new(manifest: Manifest, key: ElectionKey) -> Result<Self, ElectionKeyError> {
        check_key(&manifest, &key)?;
        let manifest_hash = manifest.hash();
        let id = derive_election_id(&manifest_hash, &key);
        Ok(Self { manifest, manifest_hash, key, id })
    }

    /// Y_j of the trustee with this index.
    pub fn share(&self, trustee: u16) -> Option<&Point> {
        self.key.shares.get(usize::from(trustee).checked_sub(1)?)
    }
}

/// H_E = SHA-256("KODANIK-V1-ELECTION", H_M, K, Y_1, .., Y_n).
pub fn derive_election_id(manifest: &ManifestHash, key: &ElectionKey) -> ElectionId {
    let mut transcript = Transcript::new("KODANIK-V1-ELECTION");
    transcript.append(manifest.as_bytes());
    for point in std::iter::once(&key.joint).chain(&key.shares) {
        transcript.append(point.to_bytes().as_ref().map_or(&[], |bytes| bytes.as_slice()));
    }
    ElectionId::new(transcript.digest())
}

fn check_key(manifest: &Manifest, key: &ElectionKey) -> Result<(), ElectionKeyError> {
    if key.shares.len() != manifest.trustees.members.len() {
        return Err(ElectionKeyError::ShareCount);
    }
    let t = manifest.trustees.threshold;
    let basis: Vec<u16> = (1..=t).collect();
    let at = |x: u16| -> Option<Point> {
        let terms = basis.iter().map(|j| Some((lagrange(&basis, *j, x)?, key.shares[usize::from(*j) - 1])));
        Some(Point::sum_of_products_vartime(&terms.collect::<Option<Vec<_>>>()?))
    };
    let joint = at(0) == Some(key.joint);
    let others = (t + 1..=manifest.trustee_count()).all(|j| at(j) == Some(key.shares[usize::from(j) - 1]));
    (joint && others && !key.joint.is_identity()).then_some(()).ok_or(ElectionKeyError::Inconsistent)
}

/// The Lagrange coefficient of `j` among `indexes`, evaluated at `x`. `None` where an index is repeated.
pub(crate) fn lagrange(indexes: &[u16], j: u16, x: u16) -> Option<Scalar> {
    let scalar = |value: u16| Scalar::from(u64::from(value));
    let mut numerator = Scalar::ONE;
    let mut denominator = Scalar::ONE;
    let mut own = 0;
    for m in indexes {
        if *m == j {
            own += 1;
            continue;
        }
        numerator = numerator * (scalar(x) - scalar(*m));
        denominator = denominator * (scalar(j) - scalar(*m));
    }
    (own == 1).then_some(())?;
    Some(numerator * denominator.invert()?)
}
