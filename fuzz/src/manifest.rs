//! A manifest: text = canonical JSON, no head.
//!
//! - What parses is written again as the same bytes and keeps its rules when it is taken apart and put together.
//! - Some rules by another hand: names resolve, thresholds bind, keys are one for each style.
//! - Whatever trustees make of it is an election, and a log takes its announcement.
//! - The longest ballot of each style fits an entry; an honest blank ballot of a small style has proofs that hold.

use kodanik_ballot::ballot::{BallotBody, EncryptedContest, OPTION_BYTES, Position, UnverifiedBallot};
use kodanik_ballot::cast::{BallotSeed, Encrypter, Selection};
use kodanik_ballot::election::{Election, ElectionKey};
use kodanik_ballot::ids::Tracker;
use kodanik_ballot::manifest::{
    Contest, MAX_MANIFEST_BYTES, MAX_OPTIONS_PER_STYLE, Manifest, ManifestDraft, Style,
};
use kodanik_ballot::testing::fixed_key;
use kodanik_ballot::token::Token;
use kodanik_ballot::verify::dangerous_verify_proofs_alone;
use kodanik_contract::entry::Entry;
use kodanik_contract::rejection::Rejection;
use kodanik_contract::signed::Signed;
use kodanik_crypto::blind_rsa::RsaSignature;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use scenarios::vectors::rng::TestRng;

use crate::logs::{self, ORIGIN};
use crate::{Seed, seed, vectors};

/// Bytes before the text.
pub const HEAD: usize = 0;

/// Ciphertexts of a style whose ballot is made: more take long.
const SMALL: usize = 6;

/// Checks one input.
pub fn check(text: &[u8]) {
    let Ok(manifest) = Manifest::parse(text) else { return };
    assert!(text.len() <= MAX_MANIFEST_BYTES, "larger than any manifest");
    assert_eq!(manifest.to_bytes(), text, "a second form of the same manifest");
    let draft = ManifestDraft::from(manifest.clone());
    assert_eq!(Manifest::new(draft), Ok(manifest.clone()), "the rules change their mind");
    check_rules(&manifest);
    check_announcement(&manifest);
    let election = Election::new(manifest.clone(), key(&manifest)).expect("any t shares make up the key");
    for style in &manifest.styles {
        let longest = Entry::BallotCast(longest_ballot(&election, style));
        assert!(longest.to_bytes().is_ok(), "a ballot that fits no entry");
    }
    let ciphertexts = |style: &&Style| manifest.contests_of(style).map(Contest::ciphertexts).sum::<usize>();
    if let Some(style) = manifest.styles.iter().find(|style| ciphertexts(style) <= SMALL) {
        check_blank_ballot(&election, style);
    }
}

fn check_rules(manifest: &Manifest) {
    let (t, n) = (usize::from(manifest.trustees.threshold), manifest.trustees.members.len());
    assert!(t <= n && n < 2 * t, "two sets of trustees without a common member");
    let (q, m) = (manifest.issuers.required as usize, manifest.issuers.members.len());
    assert!(q == m || m + 2 <= 2 * q && q < m, "two sets of issuers with one common member");
    for issuer in &manifest.issuers.members {
        assert_eq!(issuer.keys.len(), manifest.styles.len(), "a style without a key");
        assert!(issuer.keys.iter().all(|key| manifest.style(&key.style).is_some()), "a key for no style");
    }
    for style in &manifest.styles {
        let contests: Vec<&Contest> = manifest.contests_of(style).collect();
        assert_eq!(contests.len(), style.contests.len(), "a style with an unknown contest");
        let ciphertexts: usize = contests.iter().map(|contest| contest.ciphertexts()).sum();
        assert!((2..=MAX_OPTIONS_PER_STYLE).contains(&ciphertexts), "a style of no or too many ciphertexts");
    }
    for contest in &manifest.contests {
        let most: u64 = contest.options.iter().map(|option| option.cost).sum();
        assert!(
            contest.max as usize <= contest.options.len() && contest.min <= contest.max,
            "impossible bounds"
        );
        assert!(contest.has_budget() || most == 0, "a cost without a budget");
    }
}

/// The log takes it, where it is announced on the right one under a new slug.
fn check_announcement(manifest: &Manifest) {
    let signed = Signed::sign(manifest.clone(), ORIGIN, &fixed_key(1)).expect("a manifest encodes");
    let state = &logs::ALL[0].states[1].state;
    let verdict = state
        .check(&Entry::ElectionManifest(signed))
        .and_then(|verified| state.clone().apply(verified, state.minute()));
    let expected = if manifest.log == ORIGIN { None } else { Some(Rejection::OtherLog) };
    assert_eq!(verdict.err(), expected, "the log says something else");
}

/// K and the shares on the polynomial whose coefficients are 1, 2, .., t.
fn key(manifest: &Manifest) -> ElectionKey {
    let at = |x: u64| {
        let coefficients = (1..=u64::from(manifest.trustees.threshold)).rev().map(Scalar::from);
        Point::generate(&coefficients.fold(Scalar::ZERO, |sum, a| sum * Scalar::from(x) + a))
    };
    ElectionKey { joint: at(0), shares: (1..=u64::from(manifest.trustee_count())).map(at).collect() }
}

/// A ballot of this style with every member at its longest and nothing right in it.
fn longest_ballot(election: &Election, style: &Style) -> UnverifiedBallot {
    let bits = |count: usize| vec![Bytes([0xff; OPTION_BYTES]); count];
    let contest = |contest: &Contest| EncryptedContest {
        contest: contest.id.clone(),
        options: bits(contest.answers()),
        slack: bits(contest.slack_bits()),
        spending: Binary(vec![0xff; if contest.has_budget() { 98 } else { 0 }]),
        sum: Binary(vec![0xff; 130 * ((contest.max - contest.min) as usize + 1) - 32]),
    };
    let body = BallotBody {
        contests: election.manifest.contests_of(style).map(contest).collect(),
        election: election.id,
        prev: Tracker::new([0xff; 32]),
        seq: u32::MAX,
        style: style.id.clone(),
        vk: fixed_key(1).verifying_key(),
    };
    let token = |issuer: u32| Token { issuer: issuer as usize, signature: RsaSignature(Bytes([0xff; 384])) };
    let tokens = (0..election.manifest.issuers.required).map(token).collect();
    UnverifiedBallot { signature: fixed_key(1).sign(b""), body, tokens }
}

fn check_blank_ballot(election: &Election, style: &Style) {
    let contests = election.manifest.contests_of(style);
    let blank: Vec<Selection> =
        contests.map(|contest| Selection::new(contest, &[]).expect("blank is always allowed")).collect();
    let seed = BallotSeed::make(&mut TestRng::new("a ballot of the fuzzer's"));
    let body = Encrypter::new(election)
        .encrypt(&style.id, &fixed_key(1).verifying_key(), Position::FIRST, &blank, &seed)
        .expect("a blank ballot can be made");
    assert_eq!(
        dangerous_verify_proofs_alone(election, &[body]),
        [Ok(())],
        "an honest ballot does not verify"
    );
}

/// Every manifest of the vectors.
pub fn seeds() -> Vec<Seed> {
    let manifests =
        vectors::of_kind("manifest").map(|vector| seed(&vector.name, &[], vector.text("manifest")));
    let elections = vectors::of_kind("elections")
        .map(|election| seed(&election.name, &[], election.file["manifest"].as_str().unwrap_or_default()));
    // One manifest of a style that is too large, beside the small ones.
    let is_chosen = |(name, text): &Seed| {
        (text.len() < 4_200 && !name.starts_with("point-")) || name == "style-of-151-with-slack"
    };
    manifests.chain(elections).filter(is_chosen).collect()
}
