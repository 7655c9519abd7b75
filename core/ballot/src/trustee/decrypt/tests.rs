//! Decryption shares: each thing that they are bound to, changed alone.

use std::sync::LazyLock;

use kodanik_crypto::group::Scalar;
use rand_core::OsRng;

use super::*;
use crate::tally::{Tally, TallyError};
use crate::testing::{Voter, draft, open_election, statement};

struct Fixture {
    election: Election,
    keys: Vec<KeyShare>,
    sums: Sums,
    statement: CloseStatement,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let (election, keys) = open_election(draft(2, 3));
    let mut sums = Sums::new(&election);
    sums.add(&Voter::new(&election, "city", 1).verified(&election, &[&[0], &[0, 1]]));
    sums.add(&Voter::new(&election, "city", 2).verified(&election, &[&[1], &[]]));
    let statement = statement(&election, &sums);
    Fixture { election, keys, sums, statement }
});

fn shares(trustee: usize) -> Vec<PartialDecryption> {
    let Fixture { election, keys, sums, statement } = &*FIXTURE;
    PartialDecryption::make_all(&keys[trustee], election, sums, statement, &mut OsRng).unwrap()
}

fn refused(change: impl FnOnce(&mut PartialDecryption)) -> ShareError {
    let Fixture { election, sums, statement, .. } = &*FIXTURE;
    let mut share = shares(0).remove(1);
    change(&mut share);
    share.verify(election, sums, statement).map(|_| ()).expect_err("a changed share")
}

#[test]
fn honest_shares_verify() {
    let Fixture { election, sums, statement, .. } = &*FIXTURE;
    let all: Vec<PartialDecryption> = (0..3).flat_map(shares).collect();
    let (good, bad) = verify_all(election, sums, statement, &all);
    assert_eq!((good.len(), bad), (6, vec![]));
}

#[test]
fn each_bound_thing_is_bound() {
    use ShareError as E;
    assert_eq!(refused(|share| share.options[2].d = Point::GENERATOR), E::Proof);
    assert_eq!(refused(|share| share.options[2].proof.u = Point::GENERATOR), E::Proof);
    assert_eq!(refused(|share| share.options[2].proof.v = Point::GENERATOR), E::Proof);
    assert_eq!(refused(|share| share.options[2].proof.z = Scalar::ONE), E::Proof);
    assert_eq!(refused(|share| share.options.swap(0, 1)), E::Proof);
    assert_eq!(refused(|share| share.trustee = 2), E::Proof);
    assert_eq!(refused(|share| share.trustee = 4), E::UnknownTrustee);
    assert_eq!(refused(|share| share.trustee = 0), E::UnknownTrustee);
    assert_eq!(refused(|share| share.contest = "nowhere".to_owned()), E::UnknownContest);
    assert_eq!(refused(|share| share.contest = "mayor".to_owned()), E::OptionCount);
    assert_eq!(refused(|share| share.options.truncate(5)), E::OptionCount);
    assert_eq!(refused(|share| share.election = ElectionId::new([1; 32])), E::OtherElection);
    assert_eq!(refused(|share| share.statement = StatementHash::new([1; 32])), E::OtherStatement);
}

/// The statement itself is in the challenge: a share made under one does not serve under another of the same sums.
#[test]
fn a_share_serves_one_statement_only() {
    let Fixture { election, sums, statement, .. } = &*FIXTURE;
    let mut later = statement.clone();
    later.checkpoint.size += 1;
    let mut share = shares(0).remove(0);
    assert_eq!(share.verify(election, sums, &later).err(), Some(ShareError::OtherStatement));
    share.statement = later.hash();
    assert_eq!(share.verify(election, sums, &later).err(), Some(ShareError::Proof));
}

#[test]
fn statements_over_other_sums_or_elections() {
    let Fixture { election, keys, sums, statement } = &*FIXTURE;
    let other_sums = CloseStatement { sums: SumsHash::new([1; 32]), ..statement.clone() };
    let other_election = CloseStatement { election: ElectionId::new([1; 32]), ..statement.clone() };
    let share = shares(0).remove(0);
    for (wrong, error) in
        [(other_sums, ShareError::OtherStatement), (other_election, ShareError::OtherElection)]
    {
        assert_ne!(wrong.hash(), statement.hash());
        assert_eq!(share.verify(election, sums, &wrong).err(), Some(error));
        let made = PartialDecryption::make_all(&keys[0], election, sums, &wrong, &mut OsRng);
        assert_eq!(made.err(), Some(error));
    }
}

#[test]
fn the_statement_hash_names_the_whole_checkpoint() {
    let changed = |change: fn(&mut ClosingCheckpoint)| {
        let mut statement = FIXTURE.statement.clone();
        change(&mut statement.checkpoint);
        statement.hash()
    };
    let same = FIXTURE.statement.hash();
    assert_ne!(changed(|checkpoint| checkpoint.origin.push('x')), same);
    assert_ne!(changed(|checkpoint| checkpoint.size += 1), same);
    assert_ne!(changed(|checkpoint| checkpoint.root.0[0] ^= 1), same);
}

#[test]
fn the_key_of_another_election() {
    let Fixture { election, sums, statement, .. } = &*FIXTURE;
    let (_, others) = open_election(draft(2, 3));
    let made = PartialDecryption::make_all(&others[0], election, sums, statement, &mut OsRng);
    assert_eq!(made.err(), Some(ShareError::OtherElection));
}

/// Belenios and others let one ciphertext be decrypted that is not a sum. Here only the verifier's own sums count.
#[test]
fn a_share_of_a_single_ballot_is_refused() {
    let Fixture { election, keys, sums, statement } = &*FIXTURE;
    let mut alone = Sums::new(election);
    alone.add(&Voter::new(election, "city", 1).verified(election, &[&[0], &[0, 1]]));
    let own = crate::testing::statement(election, &alone);
    let share = PartialDecryption::make_all(&keys[0], election, &alone, &own, &mut OsRng).unwrap().remove(0);
    assert_eq!(share.verify(election, sums, statement).err(), Some(ShareError::OtherStatement));
}

#[test]
fn bad_shares_are_named_and_the_tally_survives_them() {
    let Fixture { election, sums, statement, .. } = &*FIXTURE;
    let mut all: Vec<PartialDecryption> = (0..3).flat_map(shares).collect();
    for share in all.iter_mut().filter(|share| share.trustee == 2) {
        share.options[0].d += Point::GENERATOR;
    }
    let (good, bad) = verify_all(election, sums, statement, &all);
    assert_eq!(bad, [(2, ShareError::Proof), (2, ShareError::Proof)]);
    let tally = Tally::combine(election, sums, &good).unwrap();
    assert_eq!(tally.contests[0].options.as_deref(), Some(&[1, 1, 0, 0, 0][..]));
    assert_eq!(Tally::combine(election, sums, &good[..2]).err(), Some(TallyError::TooFewShares));
}

#[test]
fn an_election_without_ballots_has_nothing_to_decrypt() {
    let Fixture { election, keys, .. } = &*FIXTURE;
    let sums = Sums::new(election);
    let statement = statement(election, &sums);
    let made = PartialDecryption::make_all(&keys[0], election, &sums, &statement, &mut OsRng);
    assert_eq!(made.unwrap(), []);
    let share = shares(0).remove(0);
    let share = PartialDecryption { statement: statement.hash(), ..share };
    assert_eq!(share.verify(election, &sums, &statement).err(), Some(ShareError::TooFewBallots));
}
