//! Many ballots at once: the verdict on each is the one that it gets alone.

use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_crypto::group::Scalar;
use serde_json::{Value, json};

use super::copies::add_scalar;
use super::file::{Header, Vectors};
use super::world::{Citizen, LATER, REFERENDUM, text};

/// Adds what is shifted to the last z of the sum of an honest ballot.
fn shifted(number: u8, by: Scalar) -> UnverifiedBallot {
    let citizen = Citizen::new(&REFERENDUM, "all", number);
    let mut body = citizen.ballot(&[&[0]], &format!("batch {number}")).body;
    add_scalar(&mut body.contests[0].sum.0[66..], by);
    citizen.cast(body)
}

fn good(number: u8) -> UnverifiedBallot {
    Citizen::new(&REFERENDUM, "all", number).ballot(&[&[usize::from(number % 2)]], &format!("batch {number}"))
}

pub(super) fn add(vectors: &mut Vectors) {
    let mut batch = |name: &str, about: &str, ballots: &[Value], verdicts: &[&str]| {
        let header = Header { kind: "batch", name, section: "3.1.9", about };
        let input = json!({ "ballots": ballots, "election": REFERENDUM.name });
        vectors.accept(header, input, Some(json!({ "verdicts": verdicts })));
    };
    let as_text = |ballot: &UnverifiedBallot| Value::from(text(&ballot.to_bytes()));
    let all: Vec<Value> = (1..=4).map(|number| as_text(&good(number))).collect();
    let bad = as_text(&shifted(9, Scalar::ONE));
    batch("good", "four good ballots", &all, &["valid"; 4]);
    batch("empty", "no ballots", &[], &[]);
    for (place, name) in ["bad-first", "bad-second", "bad-third", "bad-last"].into_iter().enumerate() {
        let (mut ballots, mut verdicts) = (all.clone(), ["valid"; 4]);
        (ballots[place], verdicts[place]) = (bad.clone(), "proof");
        batch(name, "one proof of four ballots does not hold", &ballots, &verdicts);
    }
    let cancelling = [shifted(5, Scalar::ONE), shifted(6, -Scalar::ONE)].map(|ballot| as_text(&ballot));
    let about = "two errors that cancel each other unless each equation has a weight of its own";
    batch("errors-that-cancel", about, &cancelling, &["proof", "proof"]);
    let twice = [bad.clone(), all[0].clone(), bad.clone()];
    batch("bad-twice", "the same bad ballot twice, around a good one", &twice, &["proof", "valid", "proof"]);
    batch(
        "repeated",
        "the same good ballot twice: by itself, each is good",
        &[all[0].clone(), all[0].clone()],
        &["valid", "valid"],
    );

    let mut unsigned = good(1);
    unsigned.signature = good(2).signature;
    let elsewhere = Citizen::new(&LATER, "all", 1).ballot(&[&[0]], "batch of another election");
    let mixed = [as_text(&unsigned), all[1].clone(), "{}".into(), bad, as_text(&elsewhere), all[2].clone()];
    let about = "what is refused before the proofs stands beside what is refused by them";
    batch(
        "faults-of-every-kind",
        about,
        &mixed,
        &["signature", "valid", "malformed", "proof", "other_election", "valid"],
    );
}
