//! Decryption shares, and what they decrypt to.

use std::sync::LazyLock;

use kodanik_ballot::elgamal::Ciphertext;
use kodanik_ballot::tally::{ContestSums, Sums};
use kodanik_ballot::testing::statement;
use kodanik_ballot::trustee::decrypt::{CloseStatement, OptionShare, PartialDecryption};
use kodanik_crypto::encoding::{Binary, to_canonical_json};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::transcript::{frame, hash_to_scalar, sha256};
use serde::Serialize;
use serde_json::{Value, json};

use super::encodings::{bad_points, bad_scalars};
use super::file::{Header, Vectors};
use super::rng::TestRng;
use super::world::{Citizen, LATER, REFERENDUM, TOWN, World, text};

/// What there is to decrypt, and everybody's shares.
struct Count {
    world: &'static World,
    sums: Sums,
    statement: CloseStatement,
    /// By trustee, then by contest.
    shares: Vec<Vec<PartialDecryption>>,
}

impl Count {
    fn new(world: &'static World, sums: Sums) -> Self {
        let statement = statement(&world.election, &sums);
        let mut rng = TestRng::new(&format!("shares of {}", world.name));
        let make =
            |key| PartialDecryption::make_all(key, &world.election, &sums, &statement, &mut rng).unwrap();
        let shares = world.shares.iter().map(make).collect();
        Self { world, sums, statement, shares }
    }

    /// The input of kind `share`.
    fn input(&self, share: &impl Serialize) -> Value {
        let (share, statement) = (canonical(share), canonical(&self.statement));
        json!({
            "election": self.world.name, "share": share, "statement": statement, "sums": sums_json(self.sums.contests())
        })
    }

    /// The input of kind `tally`.
    fn tally_input(&self, shares: &[&PartialDecryption]) -> Value {
        let shares: Vec<String> = shares.iter().map(canonical).collect();
        json!({
            "election": self.world.name, "shares": shares, "statement": canonical(&self.statement),
            "sums": sums_json(self.sums.contests())
        })
    }
}

/// Three ballots: two yes, one blank.
static COUNT: LazyLock<Count> = LazyLock::new(|| {
    let mut sums = Sums::new(&REFERENDUM.election);
    for (number, choice) in [(1, &[0usize][..]), (2, &[0]), (3, &[])] {
        let ballot = Citizen::new(&REFERENDUM, "all", number).ballot(&[choice], "counted");
        sums.add(&ballot.verify(&REFERENDUM.election).unwrap());
    }
    Count::new(&REFERENDUM, sums)
});

/// One ballot of a city and two of a village: the mayor is not decrypted.
static SMALL_CELL: LazyLock<Count> = LazyLock::new(|| {
    let mut sums = Sums::new(&TOWN.election);
    let city = Citizen::new(&TOWN, "city", 1).ballot(&[&[0], &[0, 1]], "counted");
    sums.add(&city.verify(&TOWN.election).unwrap());
    for (number, choice) in [(2, &[1usize, 2][..]), (3, &[])] {
        let ballot = Citizen::new(&TOWN, "village", number).ballot(&[choice], "counted");
        sums.add(&ballot.verify(&TOWN.election).unwrap());
    }
    Count::new(&TOWN, sums)
});

pub(super) fn add(vectors: &mut Vectors) {
    good(vectors);
    bound(vectors);
    about_something_else(vectors);
    malformed(vectors);
    degenerate(vectors);
    tallies(vectors);
}

fn header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "share", name, section: "3.2.6", about }
}

fn canonical(value: &impl Serialize) -> String {
    text(&to_canonical_json(value).unwrap())
}

/// An identity is an empty text.
fn sums_json(contests: &[ContestSums]) -> Value {
    let point = |point: &Point| point.to_bytes().map_or(json!(""), |bytes| json!(Binary(bytes.to_vec())));
    let option = |sum: &Ciphertext| json!({ "alpha": point(&sum.alpha), "beta": point(&sum.beta) });
    let contest = |sums: &ContestSums| {
        let options: Vec<Value> = sums.options.iter().map(option).collect();
        json!({ "ballots": sums.ballots, "contest": sums.contest, "options": options })
    };
    contests.iter().map(contest).collect()
}

fn good(vectors: &mut Vectors) {
    for (index, name) in ["first-trustee", "second-trustee", "third-trustee"].into_iter().enumerate() {
        let about = "a share of every sum of a contest, with its proofs";
        vectors.accept(header(name, about), COUNT.input(&COUNT.shares[index][0]), None);
    }
}

/// Everything that the proof speaks of, changed alone.
fn bound(vectors: &mut Vectors) {
    let right = &COUNT.shares[0][0];
    let mut refuse = |name: &str, about: &str, change: &dyn Fn(&mut PartialDecryption)| {
        let mut share = right.clone();
        change(&mut share);
        vectors.refuse(header(name, about), "proof", COUNT.input(&share));
    };
    let other = &COUNT.shares[1][0];
    refuse("d-of-another-trustee", "D of another trustee", &|share| share.options[0].d = other.options[0].d);
    refuse("of-another-trustee", "another trustee's share under one's own index", &|share| {
        share.options.clone_from(&other.options)
    });
    refuse("under-another-index", "one's own share under another trustee's index", &|share| {
        share.trustee = 2
    });
    refuse("swapped-options", "two options' shares in each other's place", &|share| share.options.swap(0, 1));
    refuse("swapped-d", "two options' D in each other's place", &|share| {
        (share.options[0].d, share.options[1].d) = (right.options[1].d, right.options[0].d);
    });
    refuse("shifted-d", "G added to D: one vote less for the option", &|share| {
        share.options[0].d += Point::GENERATOR
    });
    refuse("changed-u", "another u", &|share| share.options[2].proof.u = Point::GENERATOR);
    refuse("changed-v", "another v", &|share| share.options[2].proof.v = Point::GENERATOR);
    refuse("changed-z", "1 added to z", &|share| {
        share.options[2].proof.z = share.options[2].proof.z + Scalar::ONE
    });
    refuse("proof-of-another-option", "the proof of another option", &|share| {
        share.options[1].proof = right.options[0].proof
    });
    let mut rng = TestRng::new("another election's share");
    let elsewhere = PartialDecryption { election: LATER.election.id, ..right.clone() };
    let x = Scalar::from_slice(&REFERENDUM.shares[0].to_bytes().expose()[34..]).unwrap();
    let bound_elsewhere = prove(&COUNT, &elsewhere, &x, &mut rng, Omits::Nothing);
    refuse("proof-bound-to-another-election", "proofs made for another H_E", &|share| {
        for (option, other) in share.options.iter_mut().zip(&bound_elsewhere) {
            option.proof = other.proof;
        }
    });

    let about = "the challenge leaves out D: z is chosen first and D after it, so that it can be anything";
    let forged = prove(&COUNT, right, &x, &mut TestRng::new("statement chosen after"), Omits::D);
    refuse("statement-chosen-after-the-challenge", about, &|share| share.options.clone_from(&forged));
    let about = "the challenge leaves out A and Y: it would hold for another sum and another trustee";
    let forged = prove(&COUNT, right, &x, &mut TestRng::new("without base"), Omits::BaseAndKey);
    refuse("challenge-without-sum-and-key", about, &|share| share.options.clone_from(&forged));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Omits {
    BaseAndKey,
    D,
    Nothing,
}

/// A prover of shares written from protocol.md §3.2.6 that leaves something out of its challenge, and uses it: without D
/// in it, v = w A + e G shifts D by e / c.
fn prove(
    count: &Count,
    share: &PartialDecryption,
    x: &Scalar,
    rng: &mut TestRng,
    omits: Omits,
) -> Vec<OptionShare> {
    let sums = count.sums.contest(&share.contest).unwrap();
    let public = count.world.election.share(share.trustee).unwrap();
    let prove = |(index, sum): (usize, &Ciphertext)| {
        let (w, e) = (Scalar::make(rng), Scalar::make(rng));
        let shift = if omits == Omits::D { e } else { Scalar::ZERO };
        let (u, v) = (Point::generate(&w), sum.alpha * &w + Point::generate(&shift));
        let honest = sum.alpha * x;
        let mut fields = vec![
            share.election.as_bytes().to_vec(),
            share.statement.as_bytes().to_vec(),
            share.contest.as_bytes().to_vec(),
            (index as u64).to_be_bytes().to_vec(),
            u64::from(share.trustee).to_be_bytes().to_vec(),
        ];
        let base_and_key = [
            (omits != Omits::BaseAndKey).then_some(sum.alpha),
            (omits != Omits::BaseAndKey).then_some(*public),
        ];
        let points =
            base_and_key.into_iter().chain([(omits != Omits::D).then_some(honest), Some(u), Some(v)]);
        fields.extend(points.flatten().map(|point| point.to_bytes().unwrap().to_vec()));
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        let c = hash_to_scalar(&sha256(&frame("KODANIK-V1-SHARE-P256", &fields)), b"KODANIK-V1-SHARE-P256");
        let z = w + c * *x;
        // z A = v + c D.
        let d = (sum.alpha * &z - v) * &c.invert().unwrap();
        OptionShare { d, proof: kodanik_ballot::proof::dleq::DleqProof { u, v, z } }
    };
    sums.options.iter().enumerate().map(prove).collect()
}

fn about_something_else(vectors: &mut Vectors) {
    let right = &COUNT.shares[0][0];
    let mut refuse = |name: &str, about: &str, expect: &str, change: &dyn Fn(&mut PartialDecryption)| {
        let mut share = right.clone();
        change(&mut share);
        vectors.refuse(header(name, about), expect, COUNT.input(&share));
    };
    refuse("other-election", "a share that names another election", "other_election", &|share| {
        share.election = LATER.election.id
    });
    refuse("other-statement", "a share that names another close statement", "other_statement", &|share| {
        share.statement = kodanik_ballot::ids::StatementHash::new([1; 32]);
    });
    refuse("trustee-0", "trustees count from 1", "unknown_trustee", &|share| share.trustee = 0);
    refuse("trustee-4-of-3", "a trustee that there is not", "unknown_trustee", &|share| share.trustee = 4);
    refuse("unknown-contest", "a contest that there is not", "unknown_contest", &|share| {
        share.contest = "mayor".to_owned()
    });
    refuse("option-missing", "no share of the blank", "option_count", &|share| share.options.truncate(2));
    refuse("option-too-many", "a share more than there are options", "option_count", &|share| {
        share.options.push(right.options[0].clone())
    });
    refuse("no-options", "a share of nothing", "option_count", &|share| share.options.clear());

    let mut single = Sums::new(&REFERENDUM.election);
    let ballot = Citizen::new(&REFERENDUM, "all", 1).ballot(&[&[0]], "counted");
    single.add(&ballot.verify(&REFERENDUM.election).unwrap());
    let single = Count::new(&REFERENDUM, single);
    let mut input = single.input(&single.shares[0][0]);
    input["statement"] = canonical(&COUNT.statement).into();
    let about = "sums of a single ballot beside the statement about all: it would be opened";
    vectors.refuse(header("sums-of-a-single-ballot", about), "other_statement", input);
    let mut input = single.input(&single.shares[0][0]);
    input["statement"] = canonical(&statement(&LATER.election, &COUNT.sums)).into();
    vectors.refuse(
        header("statement-of-another-election", "a close statement of another election"),
        "other_election",
        input,
    );

    // A trustee that decrypts what it must not; the proofs hold.
    let x = Scalar::from_slice(&TOWN.shares[0].to_bytes().expose()[34..]).unwrap();
    let mut share = SMALL_CELL.shares[0][0].clone();
    share.contest = "mayor".to_owned();
    share.options = prove(&SMALL_CELL, &share, &x, &mut TestRng::new("small cell"), Omits::Nothing);
    let about = "a right share of a contest with fewer ballots than `min_cell`";
    vectors.refuse(header("too-few-ballots", about), "too_few_ballots", SMALL_CELL.input(&share));
}

fn malformed(vectors: &mut Vectors) {
    let right = serde_json::to_value(&COUNT.shares[0][0]).unwrap();
    let mut refuse = |name: &str, about: &str, share: &str| {
        let mut input = COUNT.input(&right);
        input["share"] = share.into();
        vectors.refuse(header(name, about), "malformed", input);
    };
    for (name, what, bytes) in bad_points() {
        let mut share = right.clone();
        share["options"][0]["d"] = json!(Binary(bytes.to_vec()));
        refuse(&format!("point-{name}-as-d"), &format!("D is {what}"), &share.to_string());
    }
    for member in ["u", "v"] {
        let mut share = right.clone();
        share["options"][1]["proof"][member] = json!(Binary(vec![0; 33]));
        refuse(&format!("point-identity-as-{member}"), &format!("{member} is 33 zeros"), &share.to_string());
    }
    for (name, what, bytes) in bad_scalars() {
        let mut share = right.clone();
        share["options"][1]["proof"]["z"] = json!(Binary(bytes.to_vec()));
        refuse(&format!("scalar-{name}-as-z"), &format!("z is {what}"), &share.to_string());
    }
    let mut share = right.clone();
    let d = COUNT.shares[0][0].options[0].d.to_bytes().unwrap();
    share["options"][0]["d"] = json!(Binary([&d[..], &[0]].concat()));
    refuse("point-trailing-byte-as-d", "a byte follows D", &share.to_string());
    refuse("form-space", "canonical JSON has no spaces", &right.to_string().replacen(':', ": ", 1));
    share = right.clone();
    share["generator"] = json!(Point::GENERATOR);
    refuse("foreign-generator", "the share names a generator of its own (Belenios #48)", &share.to_string());
}

/// Everybody who voted has conspired: alpha adds up to the identity, of which there is no share.
fn degenerate(vectors: &mut Vectors) {
    let mut contests = COUNT.sums.contests().to_vec();
    contests[0].options[0].alpha = Point::IDENTITY;
    let sums = Sums::dangerous_from_parts(REFERENDUM.election.id, contests);
    let statement = statement(&REFERENDUM.election, &sums);
    let mut share = COUNT.shares[0][0].clone();
    share.statement = statement.hash();
    let count = Count { world: &REFERENDUM, sums, statement, shares: Vec::new() };
    vectors.refuse(
        header("sum-is-the-identity", "a sum whose alpha is the identity: there is no D"),
        "proof",
        count.input(&share),
    );
}

fn tally_header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "tally", name, section: "3.2.6", about }
}

fn tallies(vectors: &mut Vectors) {
    let [one, two, three] = [0, 1, 2].map(|trustee: usize| &COUNT.shares[trustee][0]);
    let result = json!({ "contests": [{ "ballots": 3, "contest": "question", "options": [2, 0, 1] }] });
    let mut accept = |name: &str, about: &str, shares: &[&PartialDecryption]| {
        vectors.accept(tally_header(name, about), COUNT.tally_input(shares), Some(result.clone()));
    };
    let mut bad = two.clone();
    bad.options[0].d += Point::GENERATOR;
    accept("first-two", "shares of trustees 1 and 2", &[one, two]);
    accept("last-two-in-another-order", "shares of trustees 3 and 2", &[three, two]);
    accept("all", "shares of all three trustees", &[one, two, three]);
    accept("one-bad-share", "a bad share is left out, and two good ones suffice", &[one, &bad, three]);

    let shares: Vec<&PartialDecryption> = SMALL_CELL.shares[1..].iter().flatten().collect();
    let small = json!({ "contests": [
        { "ballots": 1, "contest": "mayor", "options": null },
        { "ballots": 3, "contest": "council", "options": [1, 2, 1, 1] }
    ] });
    let about = "a contest with fewer ballots than `min_cell` shows its turnout only";
    vectors.accept(tally_header("small-cell", about), SMALL_CELL.tally_input(&shares), Some(small));

    let mut refuse = |name: &str, about: &str, expect: &str, count: &Count, shares: &[&PartialDecryption]| {
        vectors.refuse(tally_header(name, about), expect, count.tally_input(shares));
    };
    refuse("one-share", "one share where two are needed", "too_few_shares", &COUNT, &[one]);
    refuse("no-shares", "no shares", "too_few_shares", &COUNT, &[]);
    refuse("one-share-twice", "one trustee's share twice", "too_few_shares", &COUNT, &[one, one]);
    refuse(
        "bad-share-leaves-too-few",
        "one good share and a bad one",
        "too_few_shares",
        &COUNT,
        &[one, &bad],
    );

    let shifted = |by: Point| {
        let mut contests = COUNT.sums.contests().to_vec();
        contests[0].options[1].beta += by;
        Count::new(&REFERENDUM, Sums::dangerous_from_parts(REFERENDUM.election.id, contests))
    };
    for (name, about, by) in [
        ("sum-of-minus-one", "no has -1 votes: no honest ballots add up to it", -Point::GENERATOR),
        ("sum-beyond-the-ballots", "more votes than ballots where one may be chosen", Point::GENERATOR),
        ("sum-of-no-number", "a sum whose number cannot be found", Point::generate(&Scalar::from(1 << 40))),
    ] {
        let count = shifted(by);
        let shares = [&count.shares[0][0], &count.shares[1][0]];
        refuse(name, about, "not_a_sum", &count, &shares);
    }
}
