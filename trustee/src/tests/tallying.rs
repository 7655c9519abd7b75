//! From the close to the result, over HTTP; and what a trustee refuses on the way.

use kodanik_ballot::election::Election;
use kodanik_ballot::tally::ContestTally;
use kodanik_ballot::testing::{Voter, fixed_key};
use kodanik_contract::entry::{Counts, Entry, Open, TallyResult};
use kodanik_contract::signed::Signed;
use kodanik_contract::testing::{CLOSES, LOG, OPENS, TestLog};
use kodanik_crypto::encoding::Bytes;

use super::ceremony::Announced;
use super::{SLUG, assert_refused};
use crate::TrusteeError;
use crate::board::BoardError;
use crate::decrypt::{Decrypt, DecryptWait};

async fn decrypt(announced: &Announced, trustee: usize) -> Result<Decrypt, TrusteeError> {
    announced.trustees[trustee].open().decrypt(&mut announced.gateway.board(), SLUG).await
}

fn waits_for(outcome: Result<Decrypt, TrusteeError>, expected: DecryptWait) {
    assert_eq!(outcome.unwrap(), Decrypt::Waiting(expected));
}

/// One of two statements.
fn stated_by(trustee: u16) -> DecryptWait {
    let missing = (1..=3).filter(|other| *other != trustee).collect();
    DecryptWait::Statements { have: 1, missing, need: 2 }
}

pub(super) fn election(log: &TestLog, slug: &str) -> Election {
    log.state.election_by_slug(slug).unwrap().election().unwrap().as_ref().clone()
}

pub(super) fn open(log: &mut TestLog, slug: &str) {
    log.append(&Entry::ElectionOpen(log.sign(Open { election: election(log, slug).id })));
    log.minute = log.minute.max(OPENS);
}

pub(super) fn cast(log: &mut TestLog, slug: &str, voter: u8, choices: &[&[usize]]) {
    let election = election(log, slug);
    let ballot = Voter::new(&election, "city", voter).ballot(&election, choices);
    log.append(&Entry::BallotCast(ballot));
}

pub(super) fn count(log: &mut TestLog, slug: &str, issuer: u8, issued: u64) {
    for style in ["city", "village"] {
        let counts = Counts {
            election: election(log, slug).id,
            issued,
            issuer: format!("issuer-{issuer}"),
            root: Bytes([0; 32]),
            style: style.to_owned(),
        };
        let signed = Signed::sign(counts, LOG, &fixed_key(60 + issuer)).unwrap();
        log.append(&Entry::EligibilityCounts(signed));
    }
}

pub(super) fn close(log: &mut TestLog, slug: &str) {
    log.minute = log.minute.max(CLOSES);
    let body = log.state.election_by_slug(slug).unwrap().close_body().unwrap();
    log.append(&Entry::ElectionClose(log.sign(body)));
}

/// Publishes what the shares decrypt to.
pub(super) fn publish(log: &mut TestLog, slug: &str) -> Vec<ContestTally> {
    let contests = log.state.election_by_slug(slug).unwrap().counting().unwrap().tally().unwrap().contests;
    let result = TallyResult { contests: contests.clone(), election: election(log, slug).id };
    log.append(&Entry::TallyResult(log.sign(result)));
    contests
}

async fn closed_with_two_ballots(issued: u64) -> Announced {
    let announced = Announced::start().await;
    announced.make_key().await;
    announced.gateway.with(|served| {
        open(&mut served.log, SLUG);
        cast(&mut served.log, SLUG, 1, &[&[0], &[1, 2]]);
        cast(&mut served.log, SLUG, 2, &[&[0], &[]]);
        count(&mut served.log, SLUG, 0, issued);
        count(&mut served.log, SLUG, 1, issued);
        close(&mut served.log, SLUG);
    });
    announced
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_trustees_decrypt_what_they_have_counted() {
    let announced = Announced::start().await;
    announced.make_key().await;
    waits_for(decrypt(&announced, 0).await, DecryptWait::Close);
    announced.gateway.with(|served| {
        open(&mut served.log, SLUG);
        cast(&mut served.log, SLUG, 1, &[&[0], &[1, 2]]);
        cast(&mut served.log, SLUG, 2, &[&[0], &[]]);
        close(&mut served.log, SLUG);
    });
    waits_for(decrypt(&announced, 0).await, DecryptWait::Counts { issuer: "issuer-0".to_owned() });
    announced.gateway.with(|served| {
        count(&mut served.log, SLUG, 0, 2);
        count(&mut served.log, SLUG, 1, 2);
    });
    waits_for(decrypt(&announced, 0).await, stated_by(1));
    waits_for(decrypt(&announced, 0).await, stated_by(1));
    assert_eq!(shares(&announced), 0, "nobody decrypts before t have stated the same");
    assert_eq!(decrypt(&announced, 2).await.unwrap(), Decrypt::Shared { contests: 2 });
    assert_eq!(decrypt(&announced, 0).await.unwrap(), Decrypt::Shared { contests: 2 });
    assert_eq!(decrypt(&announced, 0).await.unwrap(), Decrypt::Shared { contests: 2 });
    assert_eq!(shares(&announced), 4);

    let contests = announced.gateway.with(|served| publish(&mut served.log, SLUG));
    assert_eq!(contests[0].options.as_deref(), Some(&[2, 0, 0, 0, 0][..]));
    assert_eq!(contests[1].options.as_deref(), Some(&[0, 1, 1, 0, 0, 1][..]));

    assert!(announced.file(0, "key-share").exists());
    assert_eq!(decrypt(&announced, 0).await.unwrap(), Decrypt::Tallied);
    assert!(!announced.file(0, "key-share").exists(), "the share of the key is destroyed");
    assert_eq!(decrypt(&announced, 0).await.unwrap(), Decrypt::Tallied);
}

fn shares(announced: &Announced) -> usize {
    announced
        .gateway
        .with(|served| served.log.state.election_by_slug(SLUG).unwrap().counting().unwrap().shares().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuffed_box_is_not_opened() {
    let announced = closed_with_two_ballots(1).await;
    let refused = decrypt(&announced, 0).await.unwrap_err();
    assert!(
        matches!(&refused, TrusteeError::MorePseudonymsThanIssued { issuer, style }
        if issuer == "issuer-0" && style == "city"),
        "{refused}"
    );
}

/// The operator shows one trustee a log with another end. The head it has seen gives the operator away; and even a
/// folder that lost that memory makes no second statement.
#[tokio::test(flavor = "multi_thread")]
async fn one_statement_per_election_whatever_the_log_says_later() {
    let announced = closed_with_two_ballots(5).await;
    let size_at_opening = announced
        .gateway
        .with(|served| served.log.state.election_by_slug(SLUG).unwrap().open_index().unwrap() + 1);
    waits_for(decrypt(&announced, 0).await, stated_by(1));

    announced.gateway.with(|served| {
        let mut fork = TestLog { authority: copy(&served.log), ..TestLog::empty() };
        for leaf in &served.log.leaves[..size_at_opening as usize] {
            fork.minute = leaf.minute();
            fork.append(&Entry::parse(leaf.entry()).unwrap());
        }
        fork.minute = OPENS;
        (1..=6).for_each(|voter| cast(&mut fork, SLUG, voter, &[&[3], &[]]));
        count(&mut fork, SLUG, 0, 9);
        count(&mut fork, SLUG, 1, 9);
        close(&mut fork, SLUG);
        served.log = fork;
    });
    assert_refused!(decrypt(&announced, 0).await, TrusteeError::Board(BoardError::OtherHistory { .. }));
    std::fs::remove_dir_all(announced.trustees[0].0.path().join("heads")).unwrap();
    assert_refused!(decrypt(&announced, 0).await, TrusteeError::SecondStatement);
    waits_for(decrypt(&announced, 1).await, stated_by(2));
    assert_refused!(decrypt(&announced, 0).await, TrusteeError::SecondStatement);
}

fn copy(log: &TestLog) -> kodanik_crypto::signature::SigningKey {
    kodanik_crypto::signature::SigningKey::from_bytes(&log.authority.to_bytes()).unwrap()
}
