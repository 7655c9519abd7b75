//! Issuers' counts, what they keep from being tallied, and the close.

use kodanik_ballot::ids::ElectionId;
use kodanik_ballot::testing::fixed_key;
use kodanik_contract::entry::{Close, Counts, Entry};
use kodanik_crypto::encoding::Bytes;
use serde_json::Value;

use super::{After, election, header};
use crate::vectors::file::Vectors;
use crate::vectors::logs::{
    CASTING, CLOSING, Log, TOWN_LOG, at, closing, counts, sign, statement, town_ballots,
};
use crate::vectors::world::TOWN;

pub(super) fn add(vectors: &mut Vectors) {
    issued(vectors);
    stuffed(vectors);
    closes(vectors);
}

fn issued(vectors: &mut Vectors) {
    let right = || Counts {
        election: TOWN.election.id,
        issued: 1,
        issuer: "issuer-0".to_owned(),
        root: Bytes([0; 32]),
        style: "city".to_owned(),
    };
    let signed = |body: Counts, key: u8| Entry::EligibilityCounts(sign(body, &fixed_key(key)));
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.5", about), expect);
    };
    let casting = || After::town(at::COUNTS);
    refuse(
        "counts-signed-by-another-issuer",
        "one issuer counts for another",
        "bad_signature",
        casting().then(&signed(right(), 61)),
    );
    let unknown = Counts { issuer: "issuer-2".to_owned(), ..right() };
    refuse(
        "counts-of-an-unknown-issuer",
        "no such issuer",
        "unknown_issuer",
        casting().then(&signed(unknown, 62)),
    );
    let unknown = Counts { style: "nowhere".to_owned(), ..right() };
    refuse(
        "counts-of-an-unknown-style",
        "no such style",
        "unknown_issuer",
        casting().then(&signed(unknown, 60)),
    );
    let early = After::town(at::SHARES - 1).then(&signed(right(), 60));
    refuse("counts-before-there-is-a-key", "there is no H_E yet", "other_election", early);
    let unknown = Counts { election: ElectionId::new([1; 32]), ..right() };
    refuse(
        "counts-of-an-unknown-election",
        "no such election",
        "other_election",
        casting().then(&signed(unknown, 60)),
    );
    let more = Counts { issued: 2, ..right() };
    refuse(
        "counts-twice",
        "an issuer corrects its number",
        "already_done",
        After::town(at::CLOSE).then(&signed(more.clone(), 60)),
    );
    refuse(
        "counts-repeated",
        "the same counts once more",
        "repeated",
        After::town(at::CLOSE).then(&signed(right(), 60)),
    );
    refuse(
        "counts-corrected-after-the-result",
        "an issuer corrects its number when all is over",
        "already_done",
        After::town(at::END).then(&signed(more, 60)),
    );

    let mut accept = |name: &str, about: &str, after: After<'_>, phase: &str| {
        after.accept(vectors, header(name, "5.2.5", about), &[election("town", phase, 0, 0, Value::Null)]);
    };
    accept(
        "counts-before-the-open",
        "counts as soon as H_E is known",
        After::town(at::SHARES).then(&signed(right(), 60)),
        "ceremony",
    );
}

/// The town's ballots, these counts, and the close.
fn closed_with(numbers: &[(u8, &str, u64)]) -> Log {
    let mut log = Log::opened(&TOWN);
    log.minute = CASTING;
    town_ballots().into_iter().for_each(|ballot| log.append(&Entry::BallotCast(ballot)));
    log.minute = CLOSING;
    numbers.iter().for_each(|(issuer, style, issued)| log.append(&counts(&TOWN, *issuer, style, *issued)));
    log.close();
    log
}

/// More pseudonyms than people: what the counts are for.
fn stuffed(vectors: &mut Vectors) {
    let mut refuse = |name: &str, about: &str, expect: &str, numbers: &[(u8, &str, u64)]| {
        let log = closed_with(numbers);
        let after = After::town(at::COUNTS).along(&log).then(&statement(log.statement(1)));
        after.refuse(vectors, header(name, "5.2.7", about), expect);
    };
    let about = "an issuer whose token is in the box has not counted one style";
    refuse("counts-missing", about, "counts_missing", &[(0, "city", 1), (0, "village", 2), (1, "city", 1)]);
    let about =
        "an issuer signed a second blinded message for one person: two pseudonyms, and one on its list";
    let numbers = [(0, "city", 1), (0, "village", 1), (1, "city", 1), (1, "village", 2)];
    refuse("more-pseudonyms-than-issued", about, "more_pseudonyms_than_issued", &numbers);
    let about = "an issuer that says it issued nothing";
    let numbers = [(0, "city", 0), (0, "village", 2), (1, "city", 1), (1, "village", 2)];
    refuse("more-pseudonyms-than-none", about, "more_pseudonyms_than_issued", &numbers);
    let about = "in one style one more than issued, in the other one fewer: styles are counted apart";
    let numbers = [(0, "city", 2), (0, "village", 1), (1, "city", 1), (1, "village", 2)];
    refuse("issued-in-the-other-style", about, "more_pseudonyms_than_issued", &numbers);

    let mut log = Log::opened(&TOWN);
    log.minute = CASTING;
    town_ballots()[1..].iter().for_each(|ballot| log.append(&Entry::BallotCast(ballot.clone())));
    log.minute = CLOSING;
    (0..2).for_each(|issuer| log.append(&counts(&TOWN, issuer, "village", 2)));
    log.close();
    let after = After::town(at::BALLOTS).along(&log).then(&statement(log.statement(1)));
    let about = "no counts for a style in which nobody voted: nobody has to account for it";
    let closed = [election("town", "closed", 3, 2, Value::Null)];
    after.accept(vectors, header("counts-of-no-ballots-may-be-missing", "5.2.7", about), &closed);
}

fn closes(vectors: &mut Vectors) {
    let right = || TOWN_LOG.close.clone().unwrap();
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.6", about), expect);
    };
    let at_close = |close: Close| After::town(at::CLOSE).then_at(CLOSING, &closing(close));
    let fewer = Close { ballots: 2, ..right() };
    refuse("close-of-fewer-ballots", "one pseudonym fewer than in the box", "bad_close", at_close(fewer));
    let all = Close { ballots: 4, ..right() };
    refuse(
        "close-that-counts-superseded-ballots",
        "the number of all ballots, superseded ones too",
        "bad_close",
        at_close(all),
    );
    let other = Close { root: Bytes([1; 32]), ..right() };
    refuse("close-of-another-list", "another root of the list of last ballots", "bad_close", at_close(other));
    let [city, first, third, _] = town_ballots();
    let mut stale = Log::opened(&TOWN);
    stale.minute = CASTING;
    [city, first, third].into_iter().for_each(|ballot| stale.append(&Entry::BallotCast(ballot)));
    let stale = stale.record().close_body().unwrap();
    refuse(
        "close-of-superseded-ballots",
        "the list has a superseded ballot as the last one",
        "bad_close",
        at_close(stale),
    );
    refuse(
        "close-too-early",
        "a binding election closes a minute before its hour",
        "too_early",
        After::town(at::CLOSE - 4).then_at(199, &closing(right())),
    );
    let unknown = Close { election: ElectionId::new([1; 32]), ..right() };
    refuse("close-of-an-unknown-election", "no such election", "other_election", at_close(unknown));
    let by_another = Entry::ElectionClose(sign(right(), &fixed_key(2)));
    refuse(
        "close-signed-by-another",
        "not the authority's signature",
        "bad_signature",
        After::town(at::CLOSE).then(&by_another),
    );
    let unopened = After::town(at::OPEN).then_at(CLOSING, &closing(right()));
    refuse("close-before-the-open", "the election was never open", "not_now", unopened);
    let again = Close { ballots: 2, ..right() };
    refuse(
        "close-twice",
        "a second close with another number",
        "already_done",
        After::town(at::STATEMENTS).then(&closing(again)),
    );
    refuse(
        "close-repeated",
        "the same close once more",
        "repeated",
        After::town(at::STATEMENTS).then(&closing(right())),
    );
}
