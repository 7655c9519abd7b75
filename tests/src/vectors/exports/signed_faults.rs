//! Logs that were really signed as they are, by an operator that took what it must not take.

use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_ballot::testing::reference::Cheat;
use kodanik_contract::entry::{Entry, TallyResult};
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::leaf::Leaf;

use super::{Export, at, refuse};
use crate::vectors::file::Vectors;
use crate::vectors::ledger::Operator;
use crate::vectors::logs::{CASTING, LATER_LOG, LOG, counts, entry_text, result, tree};
use crate::vectors::world::{Citizen, LATER};

pub(super) fn add(vectors: &mut Vectors) {
    let mut one = |name: &str, about: &str, codes: &[&str], leaves: &[Leaf]| {
        refuse(vectors, &format!("signed-{name}"), about, codes, &Export::signed(leaves).to_bytes());
    };
    let citizen = Citizen::new(&LATER, "all", 1);
    let until_open = &LATER_LOG.leaves[..at::BALLOT];
    let over = citizen.cast(citizen.forge(&[&[1, 1, 0]], "over", Cheat::default()));
    one("over-vote", "an over-vote in the log", &["bad_ballot"], &followed(until_open, ballot(over)));

    let honest = citizen.ballot(&[&[0]], "signed");
    let untokened = UnverifiedBallot { tokens: Vec::new(), ..honest };
    one(
        "ballot-without-token",
        "a ballot without token in the log",
        &["bad_token"],
        &followed(until_open, ballot(untokened)),
    );
    let first = LATER_LOG.leaves[at::BALLOT].clone();
    one(
        "repeated-ballot",
        "a ballot twice in the log",
        &["repeated"],
        &[until_open, &[first.clone(), first.clone()]].concat(),
    );

    let mut earlier = first;
    earlier = Leaf::new(UnixMinute(99), earlier.entry().to_vec()).unwrap();
    one(
        "ballot-too-early",
        "a ballot before the election opens",
        &["too_early"],
        &[until_open, &[earlier]].concat(),
    );

    let before_close = &LATER_LOG.leaves[..at::CLOSE];
    let mut dropped = before_close.to_vec();
    dropped.remove(at::BALLOT);
    dropped.push(LATER_LOG.leaves[at::CLOSE].clone());
    one("dropped-ballot", "a ballot that the close counts is not in the log", &["bad_close"], &dropped);

    let beyond = followed(&LATER_LOG.leaves[..at::COUNTS], counts(&LATER, 0, "all", 1));
    let about =
        "an issuer's signature on more pseudonyms than it says: every entry is right, the election is not";
    one("more-pseudonyms-than-issued", about, &["more_pseudonyms_than_issued"], &beyond);

    let mut contests = LATER_LOG.record().result().unwrap().to_vec();
    contests[0].options = Some(vec![2, 0, 0]);
    let stolen = result(TallyResult { contests, election: LATER.election.id });
    one(
        "wrong-result",
        "a vote was moved in the result",
        &["bad_result"],
        &followed(&LATER_LOG.leaves[..at::RESULT], stolen),
    );

    let unknown = Leaf::new(UnixMinute(90), br#"{"type":"note"}"#.to_vec()).unwrap();
    one(
        "unknown-entry",
        "an entry of a type that nobody knows",
        &["malformed"],
        &[&LATER_LOG.leaves[..1], &[unknown]].concat(),
    );

    // 120 s are allowed: the checkpoint of minute 147 over ballots of minute 150 is refused, that of 148 is not.
    let late = |minute: u64| {
        let leaves = &LATER_LOG.leaves[..at::COUNTS - 1];
        let note = Operator::new(LOG).sign(&tree(leaves), UnixMinute(minute).start()).to_string();
        Export { note, ..Export::signed(leaves) }.to_bytes()
    };
    let about = "a ballot three minutes after the checkpoint over it";
    refuse(vectors, "signed-before-the-ballot", about, &["from_the_future"], &late(CASTING - 3));
    let result = serde_json::json!({
        "elections": [{ "ballots": 1, "contests": null, "counted": 1, "election": "later", "phase": "open" }],
        "root": tree(&LATER_LOG.leaves[..at::COUNTS - 1]).root(),
        "size": at::COUNTS - 1,
    });
    let about = "a ballot two minutes after the checkpoint over it: clocks may differ by as much";
    vectors.accept(
        super::header("signed-a-little-before-the-ballot", about),
        super::input(&late(CASTING - 2)),
        Some(result),
    );
}

fn ballot(ballot: UnverifiedBallot) -> Entry {
    Entry::BallotCast(ballot)
}

/// These leaves and one more, in casting time.
fn followed(leaves: &[Leaf], entry: Entry) -> Vec<Leaf> {
    let leaf = Leaf::new(UnixMinute(CASTING), entry_text(&entry).into_bytes()).unwrap();
    [leaves, &[leaf]].concat()
}
