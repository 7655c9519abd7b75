//! Encrypts one choice and ends: the program whose every step `.ci/constant-time` records. Not an example of a wallet.
//!
//! Standard input: 32 bytes of seed, then one byte per chosen option with its position. With the argument `leak` it then
//! looks up a byte at the first position, which the record must show.
#![expect(clippy::unwrap_used, reason = "a failure must stop the record where it happens")]

use std::hint::black_box;
use std::io::Read;

use kodanik_ballot::ballot::Position;
use kodanik_ballot::cast::{BallotSeed, Encrypter, Selection};
use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::testing::fixed_key;
use kodanik_crypto::secret::Secret;

/// One budget contest of three options: every kind of proof is in its ballots.
const ELECTION: &str = include_str!("../../../tests/vectors/ballot/elections/budget.json");

fn main() {
    let mut secrets = Vec::with_capacity(64);
    std::io::stdin().read_to_end(&mut secrets).unwrap();
    let (seed, chosen) = secrets.split_at(32);
    let chosen: Vec<usize> = chosen.iter().map(|position| usize::from(*position)).collect();
    let seed = BallotSeed::from_secret(Secret::from_slice(seed).unwrap());

    let election = election();
    let contest = &election.manifest.contests[0];
    let selection = Selection::new(contest, &chosen).unwrap();
    let vk = fixed_key(1).verifying_key();
    let body = Encrypter::new(&election).encrypt("all", &vk, Position::FIRST, &[selection], &seed).unwrap();
    black_box(body);

    if std::env::args().nth(1).as_deref() == Some("leak") {
        black_box(secrets[black_box(chosen[0])]);
    }
}

fn election() -> Election {
    let file: serde_json::Value = serde_json::from_str(ELECTION).unwrap();
    let manifest = Manifest::parse(file["manifest"].as_str().unwrap().as_bytes()).unwrap();
    Election::new(manifest, serde_json::from_value(file["key"].clone()).unwrap()).unwrap()
}
