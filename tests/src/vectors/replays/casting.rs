//! Ballots among others: when, in which order, once.

use kodanik_ballot::ballot::{BallotBody, Position, UnverifiedBallot};
use kodanik_ballot::ids::Tracker;
use kodanik_ballot::testing::reference::Cheat;
use kodanik_contract::entry::Entry;
use serde_json::Value;

use super::{After, election, header};
use crate::vectors::file::Vectors;
use crate::vectors::logs::{CASTING, FIRST, TOWN_LOG, at, entry_text, town_ballots};
use crate::vectors::world::{Citizen, LATER, TOWN, second, text};

pub(super) fn add(vectors: &mut Vectors) {
    times(vectors);
    order(vectors);
    repetitions(vectors);
    contents(vectors);
}

fn cast(ballot: UnverifiedBallot) -> Entry {
    Entry::BallotCast(ballot)
}

fn times(vectors: &mut Vectors) {
    let ballot = cast(Citizen::new(&TOWN, "village", 4).ballot(&[&[0]], "times"));
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.4", about), expect);
    };
    refuse(
        "ballot-before-the-open",
        "the election is not open yet",
        "not_open",
        After::town(at::OPEN).then_at(CASTING, &ballot),
    );
    refuse(
        "ballot-too-early",
        "a minute before `opens`",
        "too_early",
        After::town(at::BALLOTS).then_at(99, &ballot),
    );
    refuse("ballot-late", "in the minute `closes`", "late", After::town(at::COUNTS).then_at(200, &ballot));
    refuse(
        "ballot-after-the-close",
        "after the close",
        "not_open",
        After::town(at::STATEMENTS).then(&ballot),
    );
    for (name, about, minute) in [
        ("ballot-in-the-first-minute", "in the minute `opens`", 100),
        ("ballot-in-the-last-minute", "in the last minute", 199),
    ] {
        let after = After::town(at::BALLOTS).then_at(minute, &ballot);
        after.accept(vectors, header(name, "5.2.4", about), &[election("town", "open", 1, 1, Value::Null)]);
    }
}

/// Against the village's citizen 2, whose first ballot is the second of the log, and whose second ballot is the fourth.
fn order(vectors: &mut Vectors) {
    let [_, first, _, again] = town_ballots();
    let two = Citizen::new(&TOWN, "village", 2);
    let after_first = || After::town(at::BALLOTS + 3);
    let at_place = |position: Position| cast(two.cast(two.body(position, &[&[0]], "order")));
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.4", about), expect);
    };
    refuse(
        "second-first-ballot",
        "another first ballot of a pseudonym",
        "second_first_ballot",
        after_first().then(&at_place(FIRST)),
    );
    let third = Position { seq: 3, prev: first.tracker() };
    refuse("ballot-skips-a-number", "seq 3 after 1", "wrong_sequence", after_first().then(&at_place(third)));
    let newcomer = Citizen::new(&TOWN, "village", 4);
    let position = second(Tracker::new([9; 32]));
    let skipping = cast(newcomer.cast(newcomer.body(position, &[&[0]], "order")));
    refuse(
        "first-ballot-of-seq-2",
        "seq 2 of a pseudonym without ballot",
        "wrong_sequence",
        after_first().then(&skipping),
    );
    refuse(
        "ballot-of-seq-0",
        "seq is 0",
        "wrong_sequence",
        after_first().then(&at_place(Position { seq: 0, prev: Tracker::NONE })),
    );
    let about = "seq 2, said to follow another ballot than the first";
    refuse(
        "ballot-after-another-one",
        about,
        "wrong_previous",
        after_first().then(&at_place(second(Tracker::new([9; 32])))),
    );
    refuse(
        "ballot-after-none",
        "seq 2 and prev zero",
        "wrong_previous",
        after_first().then(&at_place(second(Tracker::NONE))),
    );
    let about = "two second ballots: both follow the first";
    let fork = at_place(second(first.tracker()));
    refuse("two-second-ballots", about, "wrong_sequence", After::town(at::COUNTS).then(&fork));
    let stale = at_place(Position { seq: 3, prev: first.tracker() });
    refuse(
        "ballot-after-a-superseded-one",
        "seq 3, said to follow the first",
        "wrong_previous",
        After::town(at::COUNTS).then(&stale),
    );
    let city = Citizen::new(&TOWN, "city", 2);
    let moved = cast(city.cast(city.body(second(first.tracker()), &[&[0], &[0]], "order")));
    refuse(
        "ballot-in-another-style",
        "a second ballot in another style, with tokens for it",
        "style_changed",
        after_first().then(&moved),
    );

    let third = at_place(Position { seq: 3, prev: again.tracker() });
    let after = After::town(at::COUNTS).then(&third);
    let about = "a third ballot of one pseudonym";
    after.accept(
        vectors,
        header("third-ballot", "5.2.4", about),
        &[election("town", "open", 5, 3, Value::Null)],
    );
}

fn repetitions(vectors: &mut Vectors) {
    let [_, first, _, _] = town_ballots();
    let mut refuse = |name: &str, about: &str, expect: &str, entry: &str| {
        let after = After::town(at::BALLOTS + 3).then_text(CASTING, entry);
        after.refuse(vectors, header(name, "5.2.4", about), expect);
    };
    refuse(
        "ballot-repeated",
        "the same entry once more",
        "repeated",
        &text(TOWN_LOG.leaves[at::BALLOTS + 1].entry()),
    );
    let unsigned = UnverifiedBallot {
        signature: Citizen::new(&TOWN, "village", 3).ballot(&[&[0]], "other").signature,
        ..first.clone()
    };
    let about = "the same tracker, with a signature that does not verify: the tracker is what is repeated";
    refuse("ballot-repeated-with-another-signature", about, "repeated", &entry_text(&cast(unsigned)));
    let about = "the same tracker without tokens";
    refuse(
        "ballot-repeated-without-tokens",
        about,
        "repeated",
        &entry_text(&cast(UnverifiedBallot { tokens: Vec::new(), ..first })),
    );
}

/// Codes of a ballot's own faults in a log.
fn contents(vectors: &mut Vectors) {
    let citizen = Citizen::new(&TOWN, "village", 4);
    let right = || citizen.ballot(&[&[0]], "contents");
    let mut refuse = |name: &str, about: &str, expect: &str, entry: &str| {
        let after = After::town(at::COUNTS).then_text(CASTING, entry);
        after.refuse(vectors, header(name, "5.2.4", about), expect);
    };
    let mut of_ballot = |name: &str, about: &str, expect: &str, ballot: UnverifiedBallot| {
        refuse(name, about, expect, &entry_text(&cast(ballot)));
    };
    let over = citizen.cast(citizen.forge(&[&[1, 1, 1, 0]], "over", Cheat::default()));
    of_ballot("ballot-over-vote", "three where two may be chosen", "bad_ballot", over);
    let mut copied = town_ballots()[2].body.clone();
    copied.vk = citizen.vk();
    of_ballot(
        "ballot-copied",
        "somebody else's ballot of this log under one's own pseudonym",
        "bad_ballot",
        citizen.cast(copied),
    );
    let mut identity = right().body;
    identity.contests[0].options[0].0[..33].fill(0);
    of_ballot("ballot-with-identity", "alpha of an option is 33 zeros", "bad_ballot", citizen.cast(identity));
    let mut shorter = right().body;
    shorter.contests[0].options.truncate(3);
    of_ballot("ballot-without-blank", "the blank is left out", "bad_ballot", citizen.cast(shorter));
    of_ballot(
        "ballot-of-an-unknown-style",
        "a style that the manifest does not have",
        "bad_ballot",
        citizen.cast(BallotBody { style: "nowhere".to_owned(), ..right().body }),
    );
    let signature = Citizen::new(&TOWN, "village", 5).ballot(&[&[0]], "other").signature;
    of_ballot(
        "ballot-signed-by-another",
        "another pseudonym's signature",
        "bad_signature",
        UnverifiedBallot { signature, ..right() },
    );
    let tokens = Citizen::new(&TOWN, "village", 5).tokens;
    of_ballot(
        "ballot-with-others-tokens",
        "another pseudonym's tokens",
        "bad_token",
        UnverifiedBallot { tokens, ..right() },
    );
    let tokens = right().tokens[..1].to_vec();
    of_ballot(
        "ballot-with-one-token",
        "one token of two",
        "bad_token",
        UnverifiedBallot { tokens, ..right() },
    );
    let prev = Tracker::new([9; 32]);
    let with_previous = citizen.cast(citizen.body(Position { seq: 1, prev }, &[&[0]], "contents"));
    of_ballot("first-ballot-with-a-previous-one", "seq 1 and prev not zero", "wrong_previous", with_previous);
    let elsewhere = Citizen::new(&LATER, "all", 1).ballot(&[&[0]], "elsewhere");
    of_ballot(
        "ballot-of-another-election",
        "an election that this log does not have",
        "other_election",
        elsewhere,
    );
    let spaced = entry_text(&cast(right())).replacen(':', ": ", 1);
    refuse("ballot-not-canonical", "a space in the entry", "malformed", &spaced);
    let untyped = text(&right().to_bytes());
    refuse("ballot-without-type", "body, signature and tokens without `type`", "malformed", &untyped);
}
