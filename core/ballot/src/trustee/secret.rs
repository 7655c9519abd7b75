//! A trustee's own side of the key ceremony, on `frost-p256`'s `keys::dkg` (protocol.md §3.2.2).
//!
//! [`Committed`] makes commit and reveal, and turns all reveals into [`Dealt`] and the shares for the others;
//! [`Dealt`] turns all shares into a [`KeyShare`]. Each state becomes bytes and comes back from them, so that a
//! trustee that is switched off takes the ceremony up where it was. The bytes are secrets: seal them.

use std::collections::BTreeMap;

use frost_p256::keys::dkg;
use frost_p256::keys::{SigningShare, VerifiableSecretSharingCommitment};
use frost_p256::{Identifier, Signature};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::SigningKey;
use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use super::ceremony::{
    CeremonyError, Commit, Complaint, Confirm, Package, Reveal, Shares, check_all_senders,
    complaint_statement, complaint_transcript, derive_key, expected_share, package_digest,
};
use super::sealed::{SealedShare, ShareContext};
use crate::election::{Election, ElectionKeyError};
use crate::ids::ElectionId;
use crate::manifest::Manifest;
use crate::proof::dleq::DleqProof;

#[cfg(test)]
mod tests;

/// Why a trustee cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// The share from this trustee is wrong. [`Dealt::complain`] makes the complaint.
    #[error("the share from trustee {from} is wrong")]
    BadShare {
        /// Index of the sender.
        from: u16,
    },
    /// A public message is wrong.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The public messages make no election.
    #[error(transparent)]
    ElectionKey(#[from] ElectionKeyError),
    /// `frost-p256` refuses what the public checks let pass: our bug.
    #[error("the key generation library refuses")]
    Library,
    /// The own sealing key is not the one in the manifest.
    #[error("the sealing key is not the manifest's")]
    OtherSealingKey,
    /// Stored bytes that are none of ours.
    #[error("the stored state is damaged")]
    State,
}

impl From<frost_p256::Error> for TrusteeError {
    fn from(_: frost_p256::Error) -> Self {
        Self::Library
    }
}

/// After round 1: the polynomial exists, and its commitments.
pub struct Committed {
    index: u16,
    secret: dkg::round1::SecretPackage,
    package: Package,
}

impl Committed {
    /// Draws a polynomial for the trustee with this index.
    pub fn make(manifest: &Manifest, index: u16, rng: &mut impl CryptoRngCore) -> Result<Self, TrusteeError> {
        manifest.trustee(index).ok_or(CeremonyError::UnknownTrustee)?;
        let (n, t) = (manifest.trustee_count(), manifest.trustees.threshold);
        let (secret, package) = dkg::part1(identifier(index)?, n, t, rng)?;
        Ok(Self { index, secret, package: from_frost(&package)? })
    }

    /// The first message.
    pub fn commit(&self, manifest: &Manifest) -> Commit {
        let hash = manifest.hash();
        let digest = package_digest(&hash, self.index, &self.package);
        Commit { digest, manifest: hash, trustee: self.index }
    }

    /// The second message: only once all commits are on the ledger.
    pub fn reveal(&self, manifest: &Manifest) -> Reveal {
        Reveal { manifest: manifest.hash(), package: self.package.clone(), trustee: self.index }
    }

    /// The third message, from all reveals in order: only once they are on the ledger.
    pub fn deal(
        self,
        manifest: &Manifest,
        reveals: &[Reveal],
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Dealt, Shares), TrusteeError> {
        check_all_senders(manifest, reveals)?;
        let own = &reveals[usize::from(self.index) - 1];
        if own.package != self.package {
            return Err(CeremonyError::CommitmentMismatch.into());
        }
        let (secret, packages) = dkg::part2(self.secret, &others_packages(reveals, self.index)?)?;
        let mut shares = Vec::with_capacity(packages.len());
        for to in (1..=manifest.trustee_count()).filter(|to| *to != self.index) {
            let package = packages.get(&identifier(to)?).ok_or(TrusteeError::Library)?;
            let bytes = SecretBytes::new(package.signing_share().serialize());
            let share = Secret::from_slice(bytes.expose()).ok_or(TrusteeError::Library)?;
            let context = ShareContext::new(manifest, reveals, self.index, to)?;
            shares.push(SealedShare::seal(&share, &context, rng)?);
        }
        let message = Shares { manifest: manifest.hash(), shares, trustee: self.index };
        Ok((Dealt { index: self.index, secret }, message))
    }

    /// Index (2 bytes), length of the package (4 bytes), the package's JSON, then frost's own form.
    pub fn to_bytes(&self) -> Result<SecretBytes, TrusteeError> {
        let package =
            kodanik_crypto::encoding::to_canonical_json(&self.package).map_err(|_| TrusteeError::State)?;
        let length = u32::try_from(package.len()).map_err(|_| TrusteeError::State)?.to_be_bytes();
        let secret = Zeroizing::new(self.secret.serialize()?);
        Ok(SecretBytes::new([&self.index.to_be_bytes()[..], &length, &package, &secret].concat()))
    }

    /// Inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &SecretBytes) -> Result<Self, TrusteeError> {
        let (index, rest) = split_index(bytes.expose())?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(TrusteeError::State)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| TrusteeError::State)?;
        let (package, secret) = rest.split_at_checked(length).ok_or(TrusteeError::State)?;
        let package = serde_json::from_slice(package).map_err(|_| TrusteeError::State)?;
        let secret = dkg::round1::SecretPackage::deserialize(secret).map_err(|_| TrusteeError::State)?;
        Ok(Self { index, secret, package })
    }
}

/// After round 2: the shares are out; those of the others are awaited.
pub struct Dealt {
    index: u16,
    secret: dkg::round2::SecretPackage,
}

impl Dealt {
    /// Opens the shares of all others and ends the ceremony: the own share of the key, the election, and the fourth
    /// message. Takes all reveals and all shares, in order.
    pub fn finish(
        &self,
        manifest: &Manifest,
        reveals: &[Reveal],
        shares: &[Shares],
        sealing_key: &SigningKey,
    ) -> Result<(KeyShare, Election, Confirm), TrusteeError> {
        check_all_senders(manifest, shares)?;
        self.check_sealing_key(manifest, sealing_key)?;
        let mut received = BTreeMap::new();
        for message in shares.iter().filter(|message| message.trustee != self.index) {
            let share = self.open(manifest, reveals, message, sealing_key)?;
            let package = dkg::round2::Package::new(SigningShare::deserialize(&share.to_bytes())?);
            received.insert(identifier(message.trustee)?, package);
        }
        let others = others_packages(reveals, self.index)?;
        let (key, _) = dkg::part3(&self.secret, &others, &received)?;
        let bytes = SecretBytes::new(key.signing_share().serialize());
        let secret = Secret::from_slice(bytes.expose()).ok_or(TrusteeError::Library)?;
        let election = Election::new(manifest.clone(), derive_key(manifest, reveals)?)?;
        let share = KeyShare::new(self.index, secret, &election)?;
        let confirm =
            Confirm { election: election.id, manifest: election.manifest_hash, trustee: self.index };
        Ok((share, election, confirm))
    }

    /// Opens the share from a trustee in public, after [`TrusteeError::BadShare`]. Reveals nothing else: the
    /// share's key is used once.
    pub fn complain(
        &self,
        manifest: &Manifest,
        shares: &Shares,
        sealing_key: &SigningKey,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Complaint, TrusteeError> {
        self.check_sealing_key(manifest, sealing_key)?;
        let sealed = shares.to(self.index).ok_or(CeremonyError::ShareReceivers)?;
        let x = sealing_scalar(sealing_key)?;
        let shared = sealed.ephemeral * &x;
        let statement = complaint_statement(&sealing_key.verifying_key(), sealed, shared)?;
        // The transcript takes in the complaint's other members, not the proof that stands in for now.
        let proof = DleqProof { u: Point::GENERATOR, v: Point::GENERATOR, z: Scalar::ZERO };
        let (against, manifest) = (shares.trustee, manifest.hash());
        let mut complaint = Complaint { against, manifest, proof, shared, trustee: self.index };
        complaint.proof = DleqProof::make(complaint_transcript(&complaint), &statement, &x, rng);
        Ok(complaint)
    }

    /// Index (2 bytes), then frost's own form.
    pub fn to_bytes(&self) -> Result<SecretBytes, TrusteeError> {
        let secret = Zeroizing::new(self.secret.serialize()?);
        Ok(SecretBytes::new([&self.index.to_be_bytes()[..], &secret].concat()))
    }

    /// Inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &SecretBytes) -> Result<Self, TrusteeError> {
        let (index, secret) = split_index(bytes.expose())?;
        let secret = dkg::round2::SecretPackage::deserialize(secret).map_err(|_| TrusteeError::State)?;
        Ok(Self { index, secret })
    }

    fn open(
        &self,
        manifest: &Manifest,
        reveals: &[Reveal],
        message: &Shares,
        sealing_key: &SigningKey,
    ) -> Result<Zeroizing<Scalar>, TrusteeError> {
        let from = message.trustee;
        let sealed = message.to(self.index).ok_or(CeremonyError::ShareReceivers)?;
        let context = ShareContext::new(manifest, reveals, from, self.index)?;
        let shared = sealed.ephemeral * &*sealing_scalar(sealing_key)?;
        let share = sealed.open_with(&shared, &context).map_err(|_| TrusteeError::BadShare { from })?;
        let is_right = Point::generate(&share) == expected_share(reveals, from, self.index);
        if is_right { Ok(share) } else { Err(TrusteeError::BadShare { from }) }
    }

    fn check_sealing_key(&self, manifest: &Manifest, key: &SigningKey) -> Result<(), TrusteeError> {
        let member = manifest.trustee(self.index).ok_or(CeremonyError::UnknownTrustee)?;
        let is_own = member.sealing_key == key.verifying_key();
        is_own.then_some(()).ok_or(TrusteeError::OtherSealingKey)
    }
}

/// x_j: one trustee's share of one election's key. Destroy it after the tally.
pub struct KeyShare {
    index: u16,
    election: ElectionId,
    secret: Secret<32>,
}

impl KeyShare {
    fn new(index: u16, secret: Secret<32>, election: &Election) -> Result<Self, TrusteeError> {
        let share = Self { index, election: election.id, secret };
        let fits = election.share(index) == Some(&Point::generate(&*share.scalar()?));
        if fits { Ok(share) } else { Err(TrusteeError::Library) }
    }

    /// Index, from 1.
    pub fn index(&self) -> u16 {
        self.index
    }

    /// H_E of the election that the share belongs to.
    pub fn election(&self) -> &ElectionId {
        &self.election
    }

    /// Index (2 bytes), H_E (32), x_j (32).
    pub fn to_bytes(&self) -> SecretBytes {
        let parts = [&self.index.to_be_bytes()[..], self.election.as_bytes(), self.secret.expose()];
        SecretBytes::new(parts.concat())
    }

    /// Inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &SecretBytes) -> Result<Self, TrusteeError> {
        let (index, rest) = split_index(bytes.expose())?;
        let (election, secret) = rest.split_first_chunk::<32>().ok_or(TrusteeError::State)?;
        let secret = Secret::from_slice(secret).ok_or(TrusteeError::State)?;
        let share = Self { index, election: ElectionId::new(*election), secret };
        share.scalar().map(|_| ())?;
        Ok(share)
    }

    pub(crate) fn scalar(&self) -> Result<Zeroizing<Scalar>, TrusteeError> {
        Scalar::from_slice(self.secret.expose()).map(Zeroizing::new).map_err(|_| TrusteeError::State)
    }
}

impl std::fmt::Debug for KeyShare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyShare").field("index", &self.index).finish_non_exhaustive()
    }
}

fn split_index(bytes: &[u8]) -> Result<(u16, &[u8]), TrusteeError> {
    let (index, rest) = bytes.split_first_chunk::<2>().ok_or(TrusteeError::State)?;
    Ok((u16::from_be_bytes(*index), rest))
}

fn sealing_scalar(key: &SigningKey) -> Result<Zeroizing<Scalar>, TrusteeError> {
    Scalar::from_slice(key.to_bytes().expose()).map(Zeroizing::new).map_err(|_| TrusteeError::State)
}

fn identifier(index: u16) -> Result<Identifier, TrusteeError> {
    Ok(Identifier::try_from(index)?)
}

fn others_packages(
    reveals: &[Reveal],
    own: u16,
) -> Result<BTreeMap<Identifier, dkg::round1::Package>, TrusteeError> {
    let others = reveals.iter().filter(|reveal| reveal.trustee != own);
    others.map(|reveal| Ok((identifier(reveal.trustee)?, to_frost(&reveal.package)?))).collect()
}

fn to_frost(package: &Package) -> Result<dkg::round1::Package, TrusteeError> {
    let encode = |point: &Point| point.to_bytes().ok_or(TrusteeError::Library);
    let commitments = package.commitments.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
    let commitment = VerifiableSecretSharingCommitment::deserialize(commitments)?;
    let proof = [&encode(&package.proof_r)?[..], &package.proof_z.to_bytes()].concat();
    Ok(dkg::round1::Package::new(commitment, Signature::deserialize(&proof)?))
}

fn from_frost(package: &dkg::round1::Package) -> Result<Package, TrusteeError> {
    let point = |bytes: &[u8]| Point::from_slice(bytes).map_err(|_| TrusteeError::Library);
    let commitments = package.commitment().serialize()?;
    let proof = package.proof_of_knowledge().serialize()?;
    let (r, z) = proof.split_at_checked(33).ok_or(TrusteeError::Library)?;
    Ok(Package {
        commitments: commitments.iter().map(|bytes| point(bytes)).collect::<Result<_, _>>()?,
        proof_r: point(r)?,
        proof_z: Scalar::from_slice(z).map_err(|_| TrusteeError::Library)?,
    })
}
