//! From the close to the result, over HTTP; and what a trustee refuses on the way.

use kodanik_ballot::election::Election;
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

fn election(log: &TestLog) -> Election {
    log.state.election_by_slug(SLUG).unwrap().election().unwrap().as_ref().clone()
}

fn open(log: &mut TestLog) {
    log.append(&Entry::ElectionOpen(log.sign(Open { election: election(log).id })));
    log.minute = OPENS;
}

fn cast(log: &mut TestLog, voter: u8, choices: &[&[usize]]) {
    let election = election(log);
    let ballot = Voter::new(&election, "city", voter).ballot(&election, choices);
    log.append(&Entry::BallotCast(ballot));
}

fn count(log: &mut TestLog, issuer: u8, issued: u64) {
    for style in ["city", "village"] {
        let counts = Counts {
            election: election(log).id,
            issued,
            issuer: format!("issuer-{issuer}"),
            root: Bytes([0; 32]),
            style: style.to_owned(),
        };
        let signed = Signed::sign(counts, LOG, &fixed_key(60 + issuer)).unwrap();
        log.append(&Entry::EligibilityCounts(signed));
    }
}

fn close(log: &mut TestLog) {
    log.minute = CLOSES;
    let body = log.state.election_by_slug(SLUG).unwrap().close_body().unwrap();
    log.append(&Entry::ElectionClose(log.sign(body)));
}

async fn closed_with_two_ballots(issued: u64) -> Announced {
    let announced = Announced::start().await;
    announced.make_key().await;
    announced.gateway.with(|served| {
        open(&mut served.log);
        cast(&mut served.log, 1, &[&[0], &[1, 2]]);
        cast(&mut served.log, 2, &[&[0], &[]]);
        count(&mut served.log, 0, issued);
        count(&mut served.log, 1, issued);
        close(&mut served.log);
    });
    announced
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_trustees_decrypt_what_they_have_counted() {
    let announced = Announced::start().await;
    announced.make_key().await;
    waits_for(decrypt(&announced, 0).await, DecryptWait::Close);
    announced.gateway.with(|served| {
        open(&mut served.log);
        cast(&mut served.log, 1, &[&[0], &[1, 2]]);
        cast(&mut served.log, 2, &[&[0], &[]]);
        close(&mut served.log);
    });
    waits_for(decrypt(&announced, 0).await, DecryptWait::Counts { issuer: "issuer-0".to_owned() });
    announced.gateway.with(|served| {
        count(&mut served.log, 0, 2);
        count(&mut served.log, 1, 2);
    });
    waits_for(decrypt(&announced, 0).await, DecryptWait::Statements { have: 1, need: 2 });
    waits_for(decrypt(&announced, 0).await, DecryptWait::Statements { have: 1, need: 2 });
    assert_eq!(shares(&announced), 0, "nobody decrypts before t have stated the same");
    assert_eq!(decrypt(&announced, 2).await.unwrap(), Decrypt::Shared { contests: 2 });
    assert_eq!(decrypt(&announced, 0).await.unwrap(), Decrypt::Shared { contests: 2 });
    assert_eq!(decrypt(&announced, 0).await.unwrap(), Decrypt::Shared { contests: 2 });
    assert_eq!(shares(&announced), 4);

    let tally = announced.gateway.with(|served| {
        let tally = served.log.state.election_by_slug(SLUG).unwrap().counting().unwrap().tally().unwrap();
        let result = TallyResult { contests: tally.contests.clone(), election: election(&served.log).id };
        served.log.append(&Entry::TallyResult(served.log.sign(result)));
        tally
    });
    assert_eq!(tally.contests[0].options.as_deref(), Some(&[2, 0, 0, 0, 0][..]));
    assert_eq!(tally.contests[1].options.as_deref(), Some(&[0, 1, 1, 0, 0, 1][..]));

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
    waits_for(decrypt(&announced, 0).await, DecryptWait::Statements { have: 1, need: 2 });

    announced.gateway.with(|served| {
        let mut fork = TestLog { authority: copy(&served.log), ..TestLog::empty() };
        for leaf in &served.log.leaves[..size_at_opening as usize] {
            fork.minute = leaf.minute();
            fork.append(&Entry::parse(leaf.entry()).unwrap());
        }
        fork.minute = OPENS;
        (1..=6).for_each(|voter| cast(&mut fork, voter, &[&[3], &[]]));
        count(&mut fork, 0, 9);
        count(&mut fork, 1, 9);
        close(&mut fork);
        served.log = fork;
    });
    assert_refused!(decrypt(&announced, 0).await, TrusteeError::Board(BoardError::OtherHistory { .. }));
    std::fs::remove_dir_all(announced.trustees[0].0.path().join("heads")).unwrap();
    assert_refused!(decrypt(&announced, 0).await, TrusteeError::SecondStatement);
    waits_for(decrypt(&announced, 1).await, DecryptWait::Statements { have: 1, need: 2 });
    assert_refused!(decrypt(&announced, 0).await, TrusteeError::SecondStatement);
}

fn copy(log: &TestLog) -> kodanik_crypto::signature::SigningKey {
    kodanik_crypto::signature::SigningKey::from_bytes(&log.authority.to_bytes()).unwrap()
}
