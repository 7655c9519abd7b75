//! From the close to the result.

use kodanik_ballot::ids::{ElectionId, StatementHash, SumsHash};
use kodanik_ballot::tally::ContestTally;
use kodanik_ballot::testing::{fixed_key, signing_key};
use kodanik_ballot::trustee::decrypt::{PartialDecryption, TrusteeStatement};
use kodanik_contract::entry::{Entry, TallyResult};
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::Point;
use serde_json::{Value, json};

use super::{After, election, header, town_result};
use crate::vectors::encodings::bad_points;
use crate::vectors::file::Vectors;
use crate::vectors::logs::{CLOSING, Log, TOWN_LOG, at, decryption, result, sign, statement};
use crate::vectors::world::TOWN;

pub(super) fn add(vectors: &mut Vectors) {
    statements(vectors);
    shares(vectors);
    results(vectors);
}

fn statements(vectors: &mut Vectors) {
    let right = || TOWN_LOG.statement(2);
    let closed = || After::town(at::STATEMENTS);
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.7", about), expect);
    };
    let mut bad = |name: &str, about: &str, change: &dyn Fn(&mut TrusteeStatement)| {
        let mut body = right();
        change(&mut body);
        refuse(name, about, "bad_statement", closed().then(&statement(body)));
    };
    bad("statement-about-a-smaller-tree", "the size before the close", &|body| {
        body.statement.checkpoint.size -= 1
    });
    bad("statement-about-another-tree", "another root", &|body| {
        body.statement.checkpoint.root = Bytes([1; 32])
    });
    bad("statement-about-another-log", "another origin", &|body| body.statement.checkpoint.origin.push('x'));
    bad("statement-about-other-sums", "another hash of the sums", &|body| {
        body.statement.sums = SumsHash::new([1; 32])
    });
    refuse(
        "statement-before-the-close",
        "the election is open",
        "not_now",
        After::town(at::CLOSE).then(&statement(right())),
    );
    let by_another = Entry::TallyStatement(sign(right(), &signing_key(1)));
    refuse(
        "statement-signed-by-another-trustee",
        "one trustee speaks for another",
        "bad_signature",
        closed().then(&by_another),
    );
    let nobody = Entry::TallyStatement(sign(TrusteeStatement { trustee: 4, ..right() }, &signing_key(2)));
    refuse("statement-of-an-unknown-trustee", "no such trustee", "unknown_trustee", closed().then(&nobody));
    let mut elsewhere = right();
    elsewhere.statement.election = ElectionId::new([1; 32]);
    refuse(
        "statement-of-an-unknown-election",
        "no such election",
        "other_election",
        closed().then(&statement(elsewhere)),
    );
    let repeated = statement(TOWN_LOG.statement(1));
    refuse(
        "statement-repeated",
        "the same statement once more",
        "repeated",
        After::town(at::STATEMENTS + 1).then(&repeated),
    );
    refuse(
        "statement-after-the-result",
        "a third trustee's right statement when all is over",
        "not_now",
        After::town(at::END).then(&statement(right())),
    );

    let three = After::town(at::DECRYPTIONS).then(&statement(right()));
    let about = "statements of all three trustees";
    three.accept(
        vectors,
        header("statements-of-all", "5.2.7", about),
        &[election("town", "closed", 4, 3, Value::Null)],
    );
}

fn shares(vectors: &mut Vectors) {
    let right = || TOWN_LOG.decryptions(1, "logged").remove(0);
    let agreed = || After::town(at::DECRYPTIONS);
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.7", about), expect);
    };
    let about = "one of the two statements that are needed";
    refuse(
        "share-before-the-agreement",
        about,
        "no_agreement",
        After::town(at::STATEMENTS + 1).then(&decryption(right())),
    );
    refuse(
        "share-before-any-statement",
        "no statement",
        "no_agreement",
        After::town(at::STATEMENTS).then(&decryption(right())),
    );
    refuse(
        "share-before-the-close",
        "the election is open",
        "not_now",
        After::town(at::CLOSE).then(&decryption(right())),
    );
    let mut bad = |name: &str, about: &str, change: &dyn Fn(&mut PartialDecryption)| {
        let mut body = right();
        change(&mut body);
        refuse(name, about, "bad_partial_decryption", agreed().then(&decryption(body)));
    };
    bad("share-shifted", "G added to a D: one vote less for the option", &|share| {
        share.options[0].d += Point::GENERATOR
    });
    bad("share-with-swapped-options", "two options' shares in each other's place", &|share| {
        share.options.swap(0, 1)
    });
    bad("share-of-another-statement", "another close statement", &|share| {
        share.statement = StatementHash::new([1; 32])
    });
    bad("share-without-blank", "no share of the blank", &|share| share.options.truncate(3));
    bad("share-of-a-small-cell", "a contest with fewer ballots than `min_cell`", &|share| {
        share.contest = "mayor".to_owned()
    });
    bad("share-of-an-unknown-contest", "no such contest", &|share| share.contest = "nowhere".to_owned());
    let by_another = Entry::TallyShare(sign(right(), &signing_key(2)));
    refuse(
        "share-signed-by-another-trustee",
        "one trustee speaks for another",
        "bad_signature",
        agreed().then(&by_another),
    );
    let nobody = Entry::TallyShare(sign(PartialDecryption { trustee: 4, ..right() }, &signing_key(1)));
    refuse("share-of-an-unknown-trustee", "no such trustee", "unknown_trustee", agreed().then(&nobody));
    let elsewhere = PartialDecryption { election: ElectionId::new([1; 32]), ..right() };
    refuse(
        "share-of-an-unknown-election",
        "no such election",
        "other_election",
        agreed().then(&decryption(elsewhere)),
    );
    let again = TOWN_LOG.decryptions(1, "once more").remove(0);
    refuse(
        "share-twice",
        "a second share of one trustee, with other proofs",
        "already_done",
        After::town(at::RESULT).then(&decryption(again)),
    );
    refuse(
        "share-repeated",
        "the same share once more",
        "repeated",
        After::town(at::RESULT).then(&decryption(right())),
    );
    let late = TOWN_LOG.decryptions(2, "late").remove(0);
    refuse(
        "share-after-the-result",
        "another trustee's right share when all is over",
        "not_now",
        After::town(at::END).then(&decryption(late)),
    );

    let silent = TOWN_LOG.decryptions(2, "silent").remove(0);
    let about = "the share of a trustee that has stated nothing, once two others have";
    let after = agreed().then(&decryption(silent));
    after.accept(
        vectors,
        header("share-without-an-own-statement", "5.2.7", about),
        &[election("town", "closed", 4, 3, Value::Null)],
    );

    let right = serde_json::to_value(decryption(right())).unwrap();
    for (name, what, bytes) in
        bad_points().into_iter().filter(|(name, ..)| ["identity", "tag-05"].contains(name))
    {
        let mut entry = right.clone();
        entry["body"]["options"][0]["d"] = json!(Binary(bytes.to_vec()));
        let after = agreed().then_text(CLOSING, &entry.to_string());
        after.refuse(
            vectors,
            header(&format!("point-{name}-as-d"), "1.5", &format!("D of a share is {what}")),
            "malformed",
        );
    }
}

fn results(vectors: &mut Vectors) {
    let contests: Vec<ContestTally> = serde_json::from_value(town_result()).unwrap();
    let right = || TallyResult { contests: contests.clone(), election: TOWN.election.id };
    let mut refuse = |name: &str, about: &str, expect: &str, after: After<'_>| {
        after.refuse(vectors, header(name, "5.2.7", about), expect);
    };
    let mut bad = |name: &str, about: &str, change: &dyn Fn(&mut TallyResult)| {
        let mut body = right();
        change(&mut body);
        refuse(name, about, "bad_result", After::town(at::RESULT).then(&result(body)));
    };
    bad("result-with-a-vote-more", "a vote more for one option", &|body| {
        body.contests[1].options = Some(vec![2, 2, 1, 1])
    });
    bad("result-with-swapped-numbers", "two options' numbers in each other's place", &|body| {
        body.contests[1].options = Some(vec![2, 1, 1, 1])
    });
    bad("result-with-another-turnout", "another number of ballots", &|body| body.contests[1].ballots = 4);
    bad("result-of-a-small-cell", "numbers of a contest with fewer ballots than `min_cell`", &|body| {
        body.contests[0].options = Some(vec![1, 0, 0, 0])
    });
    bad("result-without-numbers", "no numbers of a contest that was decrypted", &|body| {
        body.contests[1].options = None
    });
    bad("result-lacks-a-contest", "a contest is left out", &|body| body.contests.truncate(1));
    bad("result-with-swapped-contests", "the contests in another order", &|body| body.contests.swap(0, 1));
    refuse(
        "result-of-one-share",
        "shares of one trustee where two are needed",
        "too_few_shares",
        After::town(at::RESULT - 1).then(&result(right())),
    );
    refuse(
        "result-without-shares",
        "no shares",
        "too_few_shares",
        After::town(at::DECRYPTIONS).then(&result(right())),
    );
    refuse(
        "result-before-the-close",
        "the election is open",
        "not_now",
        After::town(at::CLOSE).then(&result(right())),
    );
    let by_another = Entry::TallyResult(sign(right(), &fixed_key(2)));
    refuse(
        "result-signed-by-another",
        "not the authority's signature",
        "bad_signature",
        After::town(at::RESULT).then(&by_another),
    );
    let unknown = TallyResult { election: ElectionId::new([1; 32]), ..right() };
    refuse(
        "result-of-an-unknown-election",
        "no such election",
        "other_election",
        After::town(at::RESULT).then(&result(unknown)),
    );
    refuse(
        "result-repeated",
        "the same result once more",
        "repeated",
        After::town(at::END).then(&result(right())),
    );
    let mut other = right();
    other.contests[1].options = Some(vec![2, 2, 1, 1]);
    refuse(
        "result-twice",
        "another result when there is one",
        "bad_result",
        After::town(at::END).then(&result(other)),
    );

    // Nobody voted: there is nothing to decrypt, and still t trustees must have said so.
    let mut log = Log::opened(&TOWN);
    log.minute = CLOSING;
    log.close();
    let nothing = || TallyResult {
        contests: ["mayor", "council"]
            .map(|contest| ContestTally { ballots: 0, contest: contest.to_owned(), options: None })
            .to_vec(),
        election: TOWN.election.id,
    };
    let unsaid =
        After::town(at::BALLOTS).along(&log).then(&statement(log.statement(1))).then(&result(nothing()));
    refuse("result-of-no-ballots-before-the-agreement", "one statement of two", "no_agreement", unsaid);
    let said = After::town(at::BALLOTS)
        .along(&log)
        .then_all(&[1, 2].map(|trustee| statement(log.statement(trustee))));
    let about = "an election in which nobody voted";
    let contests = json!(nothing().contests);
    let tallied = [election("town", "tallied", 0, 0, contests)];
    said.then(&result(nothing())).accept(vectors, header("result-of-no-ballots", "5.2.7", about), &tallied);
}
