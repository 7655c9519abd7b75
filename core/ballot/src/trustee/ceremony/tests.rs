//! Ceremony messages that must be refused, each for its reason (3-ballot, vector 4).

use std::sync::LazyLock;

use rand_core::OsRng;

use super::*;
use crate::election::{Election, derive_election_id};
use crate::testing::{Ceremony, draft, sealing_key};

static CEREMONY: LazyLock<Ceremony> = LazyLock::new(|| Ceremony::run(Manifest::new(draft(3, 5)).unwrap()));

fn other_manifest() -> Manifest {
    let mut other = draft(3, 5);
    other.election = "other".to_owned();
    Manifest::new(other).unwrap()
}

#[test]
fn honest_messages_pass_and_everybody_derives_one_key() {
    let Ceremony { manifest, commits, reveals, shares, .. } = &*CEREMONY;
    for ((commit, reveal), shares) in commits.iter().zip(reveals).zip(shares) {
        assert_eq!(commit.check(manifest), Ok(()));
        assert_eq!(reveal.check(manifest, commit), Ok(()));
        assert_eq!(shares.check(manifest), Ok(()));
    }
    let key = derive_key(manifest, reveals).unwrap();
    let (election, keys) = CEREMONY.finish();
    assert_eq!(election.key, key);
    assert_eq!(election.id, derive_election_id(&manifest.hash(), &key));
    assert_eq!(keys.iter().map(|key| key.index()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    for key in keys {
        let confirm = Confirm { election: *key.election(), manifest: manifest.hash(), trustee: key.index() };
        assert_eq!(confirm.check(manifest, &election.id), Ok(()));
        assert_eq!(confirm.check(manifest, &ElectionId::new([0; 32])), Err(CeremonyError::OtherElection));
    }
}

fn refused(change: impl FnOnce(&mut Reveal)) -> CeremonyError {
    let mut reveal = CEREMONY.reveals[1].clone();
    change(&mut reveal);
    reveal.check(&CEREMONY.manifest, &CEREMONY.commits[1]).expect_err("a changed reveal")
}

/// Commits to whatever is revealed, so that only the later checks can refuse.
fn refused_though_committed(change: impl FnOnce(&mut Package)) -> CeremonyError {
    let mut reveal = CEREMONY.reveals[1].clone();
    change(&mut reveal.package);
    let digest = package_digest(&reveal.manifest, 2, &reveal.package);
    let commit = Commit { digest, ..CEREMONY.commits[1].clone() };
    reveal.check(&CEREMONY.manifest, &commit).expect_err("a bad package")
}

#[test]
fn a_reveal_that_was_not_committed_to() {
    use CeremonyError as E;
    let other = CEREMONY.reveals[0].package.clone();
    assert_eq!(refused(|reveal| reveal.package = other), E::CommitmentMismatch);
    assert_eq!(refused(|reveal| reveal.package.proof_z = Scalar::ONE), E::CommitmentMismatch);
    assert_eq!(refused(|reveal| reveal.package.commitments.swap(1, 2)), E::CommitmentMismatch);
    assert_eq!(refused(|reveal| reveal.trustee = 3), E::CommitmentMismatch);
    assert_eq!(refused(|reveal| reveal.trustee = 6), E::UnknownTrustee);
    assert_eq!(refused(|reveal| reveal.trustee = 0), E::UnknownTrustee);
    assert_eq!(refused(|reveal| reveal.manifest = other_manifest().hash()), E::OtherManifest);
}

#[test]
fn a_commitment_is_of_a_trustee_of_this_manifest() {
    use CeremonyError as E;
    let Ceremony { manifest, commits, reveals, .. } = &*CEREMONY;
    let of = |trustee| Commit { trustee, ..commits[1].clone() };
    assert_eq!([0, 6].map(|trustee| of(trustee).check(manifest)), [Err(E::UnknownTrustee); 2]);
    assert_eq!(commits[1].check(&other_manifest()), Err(E::OtherManifest));
    // The right digest, in the name of somebody else or for another election.
    let elsewhere = Commit { manifest: other_manifest().hash(), ..commits[1].clone() };
    assert_eq!(reveals[1].check(manifest, &of(3)), Err(E::CommitmentMismatch));
    assert_eq!(reveals[1].check(manifest, &elsewhere), Err(E::CommitmentMismatch));
}

#[test]
fn packages_that_were_committed_to_and_are_bad() {
    use CeremonyError as E;
    let other = CEREMONY.reveals[0].package.clone();
    // Somebody else's package: the proof of knowledge is bound to the index.
    assert_eq!(refused_though_committed(|package| *package = other), E::Proof);
    assert_eq!(refused_though_committed(|package| package.proof_z = Scalar::ONE), E::Proof);
    assert_eq!(refused_though_committed(|package| package.proof_r = Point::GENERATOR), E::Proof);
    assert_eq!(refused_though_committed(|package| package.commitments.swap(0, 1)), E::Proof);
    assert_eq!(refused_though_committed(|package| package.commitments.truncate(2)), E::CoefficientCount);
    let more = |package: &mut Package| package.commitments.push(Point::GENERATOR);
    assert_eq!(refused_though_committed(more), E::CoefficientCount);
    assert_eq!(refused_though_committed(|package| package.commitments.clear()), E::CoefficientCount);
}

/// A rushing trustee who sees the others' packages cannot take their key away: it would have to know the logarithm
/// of what it reveals.
#[test]
fn a_rogue_key_has_no_proof() {
    let sum: Point = CEREMONY.reveals.iter().map(|reveal| reveal.package.commitments[0]).sum();
    let rogue = |package: &mut Package| package.commitments[0] = Point::GENERATOR - sum;
    assert_eq!(refused_though_committed(rogue), CeremonyError::Proof);
}

#[test]
fn the_key_needs_one_reveal_of_each_trustee_in_order() {
    let Ceremony { manifest, reveals, .. } = &*CEREMONY;
    let with = |change: fn(&mut Vec<Reveal>)| {
        let mut changed = reveals.clone();
        change(&mut changed);
        derive_key(manifest, &changed).expect_err("not the trustees' reveals")
    };
    assert_eq!(with(|reveals| drop(reveals.pop())), CeremonyError::Senders);
    assert_eq!(with(|reveals| reveals[4] = reveals[3].clone()), CeremonyError::Senders);
    assert_eq!(with(|reveals| reveals.swap(0, 1)), CeremonyError::Senders);
    assert_eq!(with(|reveals| reveals.push(reveals[0].clone())), CeremonyError::Senders);
    assert_eq!(with(Vec::clear), CeremonyError::Senders);
    assert_eq!(derive_key(&other_manifest(), reveals), Err(CeremonyError::OtherManifest));
}

#[test]
fn a_key_without_encoding_is_none() {
    let Ceremony { manifest, reveals, .. } = &*CEREMONY;
    let key = derive_key(manifest, reveals).unwrap();
    // The last trustee takes away from the constant what makes K, or one Y_j, the identity.
    for missing in [key.joint, key.shares[0], key.shares[4]] {
        let mut changed = reveals.clone();
        changed[4].package.commitments[0] += -missing;
        assert_eq!(derive_key(manifest, &changed), Err(CeremonyError::DegenerateKey));
    }
}

#[test]
fn the_digest_of_the_reveals_names_every_package() {
    let Ceremony { manifest, reveals, .. } = &*CEREMONY;
    let digest = |reveals: &[Reveal]| reveals_digest(manifest, reveals).unwrap();
    for trustee in 0..5 {
        let mut changed = reveals.clone();
        changed[trustee].package.commitments[1] += Point::GENERATOR;
        assert_ne!(digest(&changed), digest(reveals), "trustee {}", trustee + 1);
    }
}

#[test]
fn a_key_whose_shares_do_not_belong_together() {
    let Ceremony { manifest, reveals, .. } = &*CEREMONY;
    let key = derive_key(manifest, reveals).unwrap();
    for j in 0..5 {
        let mut wrong = key.clone();
        wrong.shares[j] = Point::GENERATOR;
        assert!(Election::new(manifest.clone(), wrong).is_err(), "share {j}");
    }
    let wrong = ElectionKey { joint: Point::GENERATOR, ..key.clone() };
    assert!(Election::new(manifest.clone(), wrong).is_err());
    let mut short = key;
    short.shares.pop();
    assert!(Election::new(manifest.clone(), short).is_err());
}

#[test]
fn shares_must_be_for_each_other_trustee_in_order() {
    let with = |change: fn(&mut Shares)| {
        let mut shares = CEREMONY.shares[1].clone();
        change(&mut shares);
        shares.check(&CEREMONY.manifest).expect_err("changed shares")
    };
    assert_eq!(with(|message| drop(message.shares.pop())), CeremonyError::ShareReceivers);
    assert_eq!(with(|message| message.shares.swap(0, 1)), CeremonyError::ShareReceivers);
    assert_eq!(with(|message| message.shares[0].to = 2), CeremonyError::ShareReceivers);
    assert_eq!(with(|message| message.trustee = 3), CeremonyError::ShareReceivers);
    assert_eq!(with(|message| message.trustee = 9), CeremonyError::UnknownTrustee);
}

// Complaints.

fn complaint(shares: &Shares, by: u16) -> Complaint {
    let dealt = &CEREMONY.dealt[usize::from(by) - 1];
    dealt.complain(&CEREMONY.manifest, shares, &sealing_key(by), &mut OsRng).unwrap()
}

fn verdict(complaint: &Complaint, shares: &Shares) -> Result<(), CeremonyError> {
    complaint.check(&CEREMONY.manifest, &CEREMONY.reveals, shares)
}

#[test]
fn a_complaint_about_a_right_share_falls_back_on_who_complains() {
    let shares = &CEREMONY.shares[0];
    assert_eq!(verdict(&complaint(shares, 2), shares), Err(CeremonyError::GroundlessComplaint));
}

#[test]
fn a_complaint_about_a_wrong_share_names_its_sender() {
    let mut shares = CEREMONY.shares[0].clone();
    let own = shares.shares.iter_mut().find(|share| share.to == 2).unwrap();
    own.sealed.0[20] ^= 1;
    assert_eq!(verdict(&complaint(&shares, 2), &shares), Ok(()));
}

#[test]
fn a_complaint_with_a_made_up_opening_is_refused() {
    let shares = &CEREMONY.shares[0];
    let honest = complaint(shares, 2);
    let shared = Complaint { shared: Point::GENERATOR, ..honest.clone() };
    assert_eq!(verdict(&shared, shares), Err(CeremonyError::Proof));
    let by_another = Complaint { trustee: 3, ..honest.clone() };
    assert_eq!(verdict(&by_another, shares), Err(CeremonyError::Proof));
    assert_eq!(verdict(&honest, &CEREMONY.shares[2]), Err(CeremonyError::Senders));
    let against = Complaint { against: 3, ..honest };
    assert_eq!(verdict(&against, &CEREMONY.shares[2]), Err(CeremonyError::Proof));
}
