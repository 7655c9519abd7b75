//! The messages of the key ceremony and their public checks (protocol.md §3.2.1 to §3.2.3): Pedersen's distributed
//! key generation as RFC 9591's authors describe it (`frost-p256`, `keys::dkg`), after a round of hash commitments
//! that keeps a trustee who speaks last from choosing the key.

use kodanik_crypto::encoding::{Bytes, to_canonical_json};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::{Transcript, hash_to_scalar, labelled_sha256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::sealed::{SealedShare, ShareContext};
use crate::election::ElectionKey;
use crate::ids::{ElectionId, ManifestHash};
use crate::manifest::Manifest;
use crate::proof::dleq::{DleqProof, DleqStatement};

#[cfg(test)]
mod tests;

/// Why a ceremony message is refused. Its sender must act, or be left out of a new manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CeremonyError {
    /// Not t coefficient commitments.
    #[error("not one commitment per coefficient")]
    CoefficientCount,
    /// The reveal is not what was committed to.
    #[error("the reveal does not match its commitment")]
    CommitmentMismatch,
    /// The messages add up to a key that is the identity.
    #[error("the messages make up no key")]
    DegenerateKey,
    /// The opened share is right: the complaint is without reason.
    #[error("the share that was complained about is right")]
    GroundlessComplaint,
    /// Another election id than the one that the reveals give.
    #[error("the confirmed election is not the one that the ceremony made")]
    OtherElection,
    /// Of another manifest.
    #[error("a message of another ceremony")]
    OtherManifest,
    /// The proof of knowledge or of the opened key does not hold.
    #[error("a proof does not hold")]
    Proof,
    /// Not one message per trustee, in the order of their indexes.
    #[error("not one message of each trustee in order")]
    Senders,
    /// Not one sealed share for each other trustee, in order.
    #[error("not one sealed share for each other trustee in order")]
    ShareReceivers,
    /// No such trustee.
    #[error("no trustee has this index")]
    UnknownTrustee,
}

/// What every message says of itself.
pub trait CeremonyMessage {
    /// H_M of the ceremony's manifest.
    fn manifest(&self) -> &ManifestHash;
    /// Index of the sender, from 1.
    fn trustee(&self) -> u16;
}

macro_rules! ceremony_message {
    ($($name:ident)*) => {$(
        impl CeremonyMessage for $name {
            fn manifest(&self) -> &ManifestHash {
                &self.manifest
            }
            fn trustee(&self) -> u16 {
                self.trustee
            }
        }
    )*};
}

ceremony_message!(Commit Complaint Confirm Reveal Shares);

/// First: the hash of what will be revealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// [`package_digest`] of the package to come.
    pub digest: Bytes<32>,
    /// H_M.
    pub manifest: ManifestHash,
    /// Index, from 1.
    pub trustee: u16,
}

/// Second, once all have committed: the polynomial's commitments and a proof of knowing its constant term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// H_M.
    pub manifest: ManifestHash,
    /// What the digest was of.
    pub package: Package,
    /// Index, from 1.
    pub trustee: u16,
}

/// Round 1 of the key generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// phi_k = a_k G for the t coefficients of the trustee's polynomial, the constant term first.
    pub commitments: Vec<Point>,
    /// R of the Schnorr proof of knowing a_0.
    pub proof_r: Point,
    /// mu of the Schnorr proof of knowing a_0.
    pub proof_z: Scalar,
}

/// Third, once all have revealed: the polynomial's value at each other trustee's index, sealed to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// H_M.
    pub manifest: ManifestHash,
    /// One for each other trustee, in the order of their indexes.
    pub shares: Vec<SealedShare>,
    /// Index, from 1.
    pub trustee: u16,
}

/// Fourth, once all have sent shares and the own ones were right: this is the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// H_E.
    pub election: ElectionId,
    /// H_M.
    pub manifest: ManifestHash,
    /// Index, from 1.
    pub trustee: u16,
}

/// Instead of the fourth: the share from `against` is wrong, and here is the key that opens it, for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// Index of the trustee whose share is wrong.
    pub against: u16,
    /// H_M.
    pub manifest: ManifestHash,
    /// Proof that `shared` is the Diffie-Hellman point of the sealing key and the share's ephemeral key.
    pub proof: DleqProof,
    /// The Diffie-Hellman point.
    pub shared: Point,
    /// Index of who complains, from 1.
    pub trustee: u16,
}

impl Commit {
    /// Checks that the sender is a trustee of this manifest.
    pub fn check(&self, manifest: &Manifest) -> Result<(), CeremonyError> {
        check_sender(self, manifest)
    }
}

impl Reveal {
    /// Checks the package against its commitment, its size, and the proof of knowledge.
    pub fn check(&self, manifest: &Manifest, commit: &Commit) -> Result<(), CeremonyError> {
        check_sender(self, manifest)?;
        let same = commit.trustee == self.trustee && commit.manifest == self.manifest;
        if !same || package_digest(&self.manifest, self.trustee, &self.package) != commit.digest {
            return Err(CeremonyError::CommitmentMismatch);
        }
        if self.package.commitments.len() != usize::from(manifest.trustees.threshold) {
            return Err(CeremonyError::CoefficientCount);
        }
        self.package.check_proof_vartime(self.trustee)
    }
}

impl Package {
    /// mu G == R + c phi_0 with frost's challenge, c = HDKG(identifier || phi_0 || R).
    fn check_proof_vartime(&self, trustee: u16) -> Result<(), CeremonyError> {
        let constant = *self.commitments.first().ok_or(CeremonyError::CoefficientCount)?;
        let encode = |point: &Point| point.to_bytes().ok_or(CeremonyError::Proof);
        let identifier = Scalar::from(u64::from(trustee)).to_bytes();
        let preimage = [&identifier[..], &encode(&constant)?, &encode(&self.proof_r)?].concat();
        let challenge = hash_to_scalar(&preimage, b"FROST-P256-SHA256-v1dkg");
        let terms = [(self.proof_z, Point::GENERATOR), (-challenge, constant), (-Scalar::ONE, self.proof_r)];
        let holds = Point::sum_of_products_vartime(&terms).is_identity();
        holds.then_some(()).ok_or(CeremonyError::Proof)
    }

    /// f(x) G = sum of x^k phi_k.
    pub(crate) fn evaluate_vartime(&self, x: u16) -> Point {
        let x = Scalar::from(u64::from(x));
        self.commitments.iter().rev().fold(Point::IDENTITY, |sum, phi| sum * &x + *phi)
    }
}

impl Shares {
    /// Checks that there is one sealed share for each other trustee. What they hold only their receivers see.
    pub fn check(&self, manifest: &Manifest) -> Result<(), CeremonyError> {
        check_sender(self, manifest)?;
        let others = (1..=manifest.trustee_count()).filter(|index| *index != self.trustee);
        let in_order = self.shares.iter().map(|share| share.to).eq(others);
        in_order.then_some(()).ok_or(CeremonyError::ShareReceivers)
    }

    /// The share for this trustee.
    pub fn to(&self, trustee: u16) -> Option<&SealedShare> {
        self.shares.iter().find(|share| share.to == trustee)
    }
}

impl Confirm {
    /// Checks that the confirmed election is the one that the reveals give.
    pub fn check(&self, manifest: &Manifest, election: &ElectionId) -> Result<(), CeremonyError> {
        check_sender(self, manifest)?;
        (self.election == *election).then_some(()).ok_or(CeremonyError::OtherElection)
    }
}

impl Complaint {
    /// Opens the share in public. `Ok`: the share is wrong, its sender is at fault. `GroundlessComplaint` or
    /// `Proof`: the one who complains is.
    pub fn check(
        &self,
        manifest: &Manifest,
        reveals: &[Reveal],
        shares: &Shares,
    ) -> Result<(), CeremonyError> {
        check_sender(self, manifest)?;
        check_sender(shares, manifest)?;
        if shares.trustee != self.against {
            return Err(CeremonyError::Senders);
        }
        let sealed = shares.to(self.trustee).ok_or(CeremonyError::ShareReceivers)?;
        let receiver = manifest.trustee(self.trustee).ok_or(CeremonyError::UnknownTrustee)?;
        let statement = complaint_statement(&receiver.sealing_key, sealed, self.shared)?;
        if !self.proof.verify_vartime(complaint_transcript(self), &statement) {
            return Err(CeremonyError::Proof);
        }
        let context = ShareContext::new(manifest, reveals, self.against, self.trustee)?;
        let is_right = sealed.open_with(&self.shared, &context).is_ok_and(|share| {
            Point::generate(&share) == expected_share(reveals, self.against, self.trustee)
        });
        if is_right { Err(CeremonyError::GroundlessComplaint) } else { Ok(()) }
    }
}

/// f_from(to) G from the reveals; the identity where `from` is unknown.
pub(crate) fn expected_share(reveals: &[Reveal], from: u16, to: u16) -> Point {
    let reveal = reveals.iter().find(|reveal| reveal.trustee == from);
    reveal.map_or(Point::IDENTITY, |reveal| reveal.package.evaluate_vartime(to))
}

pub(crate) fn complaint_statement(
    sealing_key: &VerifyingKey,
    sealed: &SealedShare,
    shared: Point,
) -> Result<DleqStatement, CeremonyError> {
    let public = Point::from_slice(&sealing_key.to_sec1()).map_err(|_| CeremonyError::Proof)?;
    Ok(DleqStatement { base: sealed.ephemeral, public, image: shared })
}

pub(crate) fn complaint_transcript(complaint: &Complaint) -> Transcript {
    let mut transcript = Transcript::new("KODANIK-V1-COMPLAINT-P256");
    transcript.append(complaint.manifest.as_bytes());
    transcript.append_u64(complaint.trustee.into());
    transcript.append_u64(complaint.against.into());
    transcript
}

/// SHA-256("KODANIK-V1-DKG-COMMIT", H_M, index, canonical JSON of the package).
pub fn package_digest(manifest: &ManifestHash, trustee: u16, package: &Package) -> Bytes<32> {
    Bytes(labelled_sha256(
        "KODANIK-V1-DKG-COMMIT",
        &[manifest.as_bytes(), &u64::from(trustee).to_be_bytes(), &package_bytes(package)],
    ))
}

/// K and all Y_j from the reveals of trustees 1 to n, in order, each of which was checked: K = sum of phi_i0,
/// Y_j = sum of f_i(j) G. No secret is needed; the contract does this too.
pub fn derive_key(manifest: &Manifest, reveals: &[Reveal]) -> Result<ElectionKey, CeremonyError> {
    check_all_senders(manifest, reveals)?;
    let at = |x: u16| -> Point { reveals.iter().map(|reveal| reveal.package.evaluate_vartime(x)).sum() };
    let key = ElectionKey { joint: at(0), shares: (1..=manifest.trustee_count()).map(at).collect() };
    let degenerate = key.joint.is_identity() || key.shares.iter().any(Point::is_identity);
    if degenerate { Err(CeremonyError::DegenerateKey) } else { Ok(key) }
}

/// SHA-256("KODANIK-V1-DKG-REVEALS", H_M, package_1, .., package_n): binds sealed shares to this very ceremony.
pub(crate) fn reveals_digest(manifest: &Manifest, reveals: &[Reveal]) -> Result<[u8; 32], CeremonyError> {
    check_all_senders(manifest, reveals)?;
    let mut transcript = Transcript::new("KODANIK-V1-DKG-REVEALS");
    transcript.append(manifest.hash().as_bytes());
    reveals.iter().for_each(|reveal| transcript.append(&package_bytes(&reveal.package)));
    Ok(transcript.digest())
}

/// One message of each trustee, in order, all of this manifest.
pub(crate) fn check_all_senders<M: CeremonyMessage>(
    manifest: &Manifest,
    messages: &[M],
) -> Result<(), CeremonyError> {
    messages.iter().try_for_each(|message| check_sender(message, manifest))?;
    let in_order = messages.iter().map(M::trustee).eq(1..=manifest.trustee_count());
    in_order.then_some(()).ok_or(CeremonyError::Senders)
}

fn check_sender(message: &impl CeremonyMessage, manifest: &Manifest) -> Result<(), CeremonyError> {
    if *message.manifest() != manifest.hash() {
        return Err(CeremonyError::OtherManifest);
    }
    manifest.trustee(message.trustee()).map(|_| ()).ok_or(CeremonyError::UnknownTrustee)
}

fn package_bytes(package: &Package) -> Vec<u8> {
    // Fails only where a point is the identity, which no parsed or honest package holds; such a one hashes to
    // something that no commitment matches.
    to_canonical_json(package).unwrap_or_default()
}
