//! What one device shows and another scans or somebody types: head = which code; text = the code (for a test, promise and code on
//! two lines).
//!
//! - What parses is written again as the same text.
//! - A checking code opens only the ballot that was made from it, and says what that ballot says.
//! - A test ends well only where the promised ballot is the one that the code makes.
//! - A card holds only under the key that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_ballot::check::{CheckCode, check as open};
use kodanik_ballot::election::Election;
use kodanik_ballot::promise::{Promise, TestCode, open_test};
use kodanik_ballot::testing::fixed_key;
use kodanik_ballot::trustee::card::{Fingerprint, SignedCard};
use kodanik_ballot::verify::VerifiedBallot;
use kodanik_crypto::encoding::to_canonical_json;

use crate::signing::WORLDS;
use crate::{Seed, seed, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 1;

const CHECK: u8 = 0;
const TEST: u8 = 1;
const CARD: u8 = 2;
const FINGERPRINT: u8 = 3;
const KINDS: u8 = 4;

/// The ballots that some code of the vectors is about, by tracker.
static BALLOTS: LazyLock<BTreeMap<String, (&Election, VerifiedBallot)>> = LazyLock::new(|| {
    let verify = |vector: &'static vectors::Vector| {
        let world = WORLDS.iter().find(|world| world.name == vector.text("election"))?;
        let ballot = UnverifiedBallot::parse(vector.text("ballot").as_bytes()).ok()?;
        let verified = ballot.verify(&world.election).ok()?;
        Some((verified.tracker().to_string(), (&world.election, verified)))
    };
    vectors::of_kind("check").filter_map(verify).collect()
});

/// The codes of the vectors: no other one opens a ballot.
static CODES: LazyLock<Vec<&str>> =
    LazyLock::new(|| vectors::of_kind("check").map(|vector| vector.text("code")).collect());

/// Every text of the vectors: a promise of which some seed is known is among them.
static TEXTS: LazyLock<BTreeSet<&str>> = LazyLock::new(vectors::texts);

/// The tests of the vectors but for the choice. Some have a wrong choice in an honest test, which the fuzzer mends.
static TESTS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| TEXTS.iter().filter_map(|text| without_choice(text)).collect());

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([kind], bytes)) = split::<HEAD>(data) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match kind % KINDS {
        CARD => check_card(text),
        CHECK => check_code(text),
        FINGERPRINT => check_fingerprint(text),
        _ => check_test(text),
    }
}

fn check_code(text: &str) {
    let Ok(code) = CheckCode::parse(text) else { return };
    assert_eq!(code.to_text(), text, "a second form of the same code");
    let named = BALLOTS.get(&code.tracker.to_string());
    for (election, ballot) in named.into_iter().chain(BALLOTS.values().take(1)) {
        if open(&code, election, ballot).is_ok() {
            assert!(CODES.contains(&text) && code.tracker == *ballot.tracker(), "another code opens it");
        }
    }
}

fn check_test(text: &str) {
    let (promise, code) = text.split_once('\n').unwrap_or((text, ""));
    let promise = Promise::parse(promise).ok().inspect(|parsed| {
        assert_eq!(parsed.to_string(), promise, "a second form of the same promise");
    });
    let Ok(parsed) = TestCode::parse(code) else { return };
    assert_eq!(parsed.to_text(), code, "a second form of the same code");
    let Some(promise) = promise else { return };
    for world in *WORLDS {
        let Ok(choice) = open_test(&promise, &parsed, &world.election) else { continue };
        let is_known = without_choice(code).is_some_and(|test| TESTS.contains(test));
        assert!(is_known && TEXTS.contains(&*promise.to_string()), "another test ends well");
        assert_eq!(choice, parsed.choice, "it says something else");
    }
}

/// The choice is the first member.
fn without_choice(code: &str) -> Option<&str> {
    code.strip_prefix("kodanik:test?choice=")?.split_once('&').map(|(_, rest)| rest)
}

fn check_card(text: &str) {
    let Ok(signed) = serde_json::from_str::<SignedCard>(text) else { return };
    let canonical = to_canonical_json(&signed).expect("a card encodes");
    assert_eq!(serde_json::from_slice::<SignedCard>(&canonical).ok().as_ref(), Some(&signed), "another card");
    if let Ok(card) = signed.clone().verify() {
        assert!(cards().contains(&signed), "a forged card");
        let digits = Fingerprint::of_card(&card).to_string();
        assert_eq!(digits.parse(), Ok(Fingerprint::of_card(&card)), "digits that cannot be read");
    }
    // Signed with the key of another, it never holds.
    let other = SignedCard::sign(signed.card, &fixed_key(99));
    assert!(other.verify().is_err(), "a card under another key");
}

fn check_fingerprint(text: &str) {
    let Ok(digits) = text.parse::<Fingerprint>() else { return };
    assert_eq!(digits.to_string().parse(), Ok(digits), "digits that cannot be read");
}

/// The trustees' cards.
fn cards() -> &'static [SignedCard] {
    static CARDS: LazyLock<Vec<SignedCard>> = LazyLock::new(|| {
        let members = WORLDS[0].election.manifest.trustees.members.iter().zip(1..);
        members
            .map(|(member, index)| {
                SignedCard::sign(member.clone(), &kodanik_ballot::testing::signing_key(index))
            })
            .collect()
    });
    &CARDS
}

/// The codes of the vectors, the trustees' cards and their digits.
pub fn seeds() -> Vec<Seed> {
    let mut seeds: Vec<Seed> = vectors::of_kind("check")
        .map(|vector| seed(format!("check-{}", vector.name), &[CHECK], vector.text("code")))
        .collect();
    for vector in vectors::of_kind("test") {
        let text = format!("{}\n{}", vector.text("promise"), vector.text("test"));
        if vector.name == "choice-twice" {
            seeds.push(seed("test-mended-choice", &[TEST], text.replace("o0,o0", "o0,o1")));
        }
        seeds.push(seed(format!("test-{}", vector.name), &[TEST], text));
    }
    for (index, card) in cards().iter().enumerate() {
        seeds.push(seed(format!("card-{index}"), &[CARD], to_canonical_json(card).expect("a card encodes")));
        let digits = Fingerprint::of_card(&card.card).to_string();
        seeds.push(seed(format!("fingerprint-{index}"), &[FINGERPRINT], digits));
    }
    let long = Fingerprint::of_election(&WORLDS[0].election.id).to_string();
    seeds.push(seed("fingerprint-long", &[FINGERPRINT], long.replace(' ', "-")));
    seeds
}
