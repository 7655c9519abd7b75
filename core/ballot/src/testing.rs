//! Elections, voters and trustees for tests. Never for anything else: the issuers' keys are known to everybody.
#![expect(clippy::unwrap_used, reason = "test doubles: a failure must stop the test where it happens")]

use kodanik_crypto::blind_rsa::{BlindSecretKey, dangerous_test_key};
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::Scalar;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixMinute;
use rand_core::{CryptoRngCore, OsRng};

use crate::ballot::{BallotBody, Position, UnverifiedBallot};
use crate::cast::{BallotSeed, Encrypter, Selection};
use crate::election::Election;

use crate::manifest::{
    CheckPolicy, Contest, ContestOption, Issuer, IssuerKey, Issuers, Kind, Manifest, ManifestDraft, Method,
    SUITE, Style, TrusteeMember, Trustees,
};
use crate::pseudonym::PseudonymKey;
use crate::tally::Sums;
use crate::token::{Token, TokenRequest};
use crate::trustee::ceremony::{Commit, Reveal, Shares};
use crate::trustee::decrypt::{CloseStatement, ClosingCheckpoint, PartialDecryption, VerifiedShare};
use crate::trustee::sealed::{SealedShare, ShareContext};
use crate::trustee::secret::{Committed, Dealt, KeyShare};
use crate::verify::VerifiedBallot;

pub mod reference;
pub mod second_opinion;

/// A key that depends on `fill` alone.
pub fn fixed_key(fill: u8) -> SigningKey {
    SigningKey::from_bytes(&Secret::init_with(|bytes| bytes.fill(fill))).unwrap()
}

/// The sealing key of the trustee with this index.
pub fn sealing_key(index: u16) -> SigningKey {
    fixed_key(20 + index as u8)
}

/// The signing key of the trustee with this index.
pub fn signing_key(index: u16) -> SigningKey {
    fixed_key(40 + index as u8)
}

/// "mayor": one of four; "council": one or two of five; style "city" has both, "village" the council alone. Two
/// issuers, both required; trustees `threshold` of `trustees`; everything may be decrypted.
pub fn draft(threshold: u16, trustees: u16) -> ManifestDraft {
    ManifestDraft {
        check: CheckPolicy { minutes: 30, tests: 3, tries: 3 },
        closes: UnixMinute(200),
        contests: vec![contest("mayor", 4, 1, 1), contest("council", 5, 1, 2)],
        election: "test-2026".to_owned(),
        issuers: Issuers { members: vec![issuer(0), issuer(1)], required: 2 },
        kind: Kind::Trial,
        log: "kodanik.example/log".to_owned(),
        min_cell: 1,
        opens: UnixMinute(100),
        styles: vec![style("city", &["mayor", "council"]), style("village", &["council"])],
        suite: SUITE.to_owned(),
        title: "Test".to_owned(),
        trustees: Trustees { members: (1..=trustees).map(trustee).collect(), threshold },
    }
}

/// A contest with options `o0`, `o1`, ..
pub fn contest(id: &str, options: usize, min: u32, max: u32) -> Contest {
    let option = |i| ContestOption { cost: 0, id: format!("o{i}"), title: format!("Option {i}") };
    Contest {
        budget: 0,
        id: id.to_owned(),
        max,
        method: Method::Selection,
        min,
        options: (0..options).map(option).collect(),
        title: id.to_owned(),
    }
}

/// A budget contest with options `o0`, `o1`, .. of these costs, of which all may be chosen.
pub fn budget_contest(id: &str, budget: u64, costs: &[u64]) -> Contest {
    let mut contest = contest(id, costs.len(), 1, costs.len() as u32);
    (contest.budget, contest.method) = (budget, Method::Budget);
    contest.options.iter_mut().zip(costs).for_each(|(option, cost)| option.cost = *cost);
    contest
}

fn style(id: &str, contests: &[&str]) -> Style {
    Style { contests: contests.iter().map(|id| (*id).to_owned()).collect(), id: id.to_owned() }
}

fn trustee(index: u16) -> TrusteeMember {
    TrusteeMember {
        name: format!("Trustee {index}"),
        sealing_key: sealing_key(index).verifying_key(),
        signing_key: signing_key(index).verifying_key(),
    }
}

fn issuer(position: usize) -> Issuer {
    let key = |style: &str| {
        let spki = Binary(issuer_key(position, style).public_key().to_spki().to_vec());
        IssuerKey { spki, style: style.to_owned() }
    };
    Issuer {
        id: format!("issuer-{position}"),
        keys: vec![key("city"), key("village")],
        name: format!("Issuer {position}"),
        signing_key: fixed_key(60 + position as u8).verifying_key(),
        url: format!("https://issuer-{position}.example"),
    }
}

/// The blind-signing key of an issuer for a style.
pub fn issuer_key(position: usize, style: &str) -> BlindSecretKey {
    dangerous_test_key(position * 2 + usize::from(style == "village"))
}

/// A key ceremony among honest trustees: the public messages, and what each keeps.
pub struct Ceremony {
    /// The manifest.
    pub manifest: Manifest,
    /// By index.
    pub commits: Vec<Commit>,
    /// By index.
    pub reveals: Vec<Reveal>,
    /// By index.
    pub shares: Vec<Shares>,
    /// By index.
    pub dealt: Vec<Dealt>,
}

impl Ceremony {
    /// Runs it up to the shares.
    pub fn run(manifest: Manifest) -> Self {
        Self::run_with(manifest, &mut OsRng)
    }

    /// Runs it up to the shares, on this randomness.
    pub fn run_with(manifest: Manifest, rng: &mut impl CryptoRngCore) -> Self {
        let make = |index| Committed::make(&manifest, index, &mut *rng).unwrap();
        let committed: Vec<Committed> = (1..=manifest.trustee_count()).map(make).collect();
        let commits = committed.iter().map(|trustee| trustee.commit(&manifest)).collect();
        let reveals: Vec<Reveal> = committed.iter().map(|trustee| trustee.reveal(&manifest)).collect();
        let deal = |trustee: Committed| trustee.deal(&manifest, &reveals, &mut *rng).unwrap();
        let (dealt, shares) = committed.into_iter().map(deal).unzip();
        Self { manifest, commits, reveals, shares, dealt }
    }

    /// The election and each trustee's share of its key.
    pub fn finish(&self) -> (Election, Vec<KeyShare>) {
        let finish = |(dealt, index): (&Dealt, u16)| {
            dealt.finish(&self.manifest, &self.reveals, &self.shares, &sealing_key(index)).unwrap()
        };
        let mut finished: Vec<_> = self.dealt.iter().zip(1..).map(finish).collect();
        let election = finished.remove(0);
        let shares = std::iter::once(election.0).chain(finished.into_iter().map(|(share, ..)| share));
        (election.1, shares.collect())
    }
}

/// A share of any value, sealed as it should be: what a cheating trustee sends.
pub fn sealed_share(
    ceremony: &Ceremony,
    from: u16,
    to: u16,
    value: &Scalar,
    rng: &mut impl CryptoRngCore,
) -> SealedShare {
    let context = ShareContext::new(&ceremony.manifest, &ceremony.reveals, from, to).unwrap();
    SealedShare::seal(&Secret::init_with(|bytes| *bytes = value.to_bytes()), &context, rng).unwrap()
}

/// An open election and its trustees' shares, by index.
pub fn open_election(draft: ManifestDraft) -> (Election, Vec<KeyShare>) {
    Ceremony::run(Manifest::new(draft).unwrap()).finish()
}

/// A citizen with a pseudonym and both tokens.
pub struct Voter {
    /// The pseudonym's key.
    pub key: PseudonymKey,
    /// In manifest order.
    pub tokens: Vec<Token>,
    /// The style's id.
    pub style: String,
}

impl Voter {
    /// The voter with this participation seed.
    pub fn new(election: &Election, style: &str, fill: u8) -> Self {
        let seed = Secret::init_with(|bytes| bytes.fill(fill));
        let key = PseudonymKey::derive(&seed, &election.id).unwrap();
        let vk = key.verifying_key();
        let token = |position| -> Token {
            let request = TokenRequest::derive(election, position, style, &seed, &vk).unwrap();
            let answer = issuer_key(position, style).sign(&mut OsRng, request.blinded()).unwrap();
            request.finish(&answer).unwrap()
        };
        Self { key, tokens: (0..2).map(token).collect(), style: style.to_owned() }
    }

    /// The pseudonym.
    pub fn vk(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// A body with these choices, one list of option positions per contest of the style.
    pub fn encrypt(
        &self,
        election: &Election,
        position: Position,
        choices: &[&[usize]],
        seed: &BallotSeed,
    ) -> BallotBody {
        let selections = self.selections(election, choices);
        Encrypter::new(election).encrypt(&self.style, &self.vk(), position, &selections, seed).unwrap()
    }

    /// The same choices as the prover takes them.
    pub fn selections(&self, election: &Election, choices: &[&[usize]]) -> Vec<Selection> {
        let contests = election.manifest.contests_of(election.manifest.style(&self.style).unwrap());
        contests.zip(choices).map(|(contest, chosen)| Selection::new(contest, chosen).unwrap()).collect()
    }

    /// Signs a body and adds the tokens.
    pub fn cast(&self, body: BallotBody) -> UnverifiedBallot {
        body.cast(&self.key, self.tokens.clone())
    }

    /// A first ballot.
    pub fn ballot(&self, election: &Election, choices: &[&[usize]]) -> UnverifiedBallot {
        let seed = BallotSeed::make(&mut OsRng);
        self.cast(self.encrypt(election, Position::FIRST, choices, &seed))
    }

    /// A first ballot, verified.
    pub fn verified(&self, election: &Election, choices: &[&[usize]]) -> VerifiedBallot {
        self.ballot(election, choices).verify(election).unwrap()
    }
}

/// The close statement that honest trustees make about `sums`.
pub fn statement(election: &Election, sums: &Sums) -> CloseStatement {
    let checkpoint =
        ClosingCheckpoint { origin: election.manifest.log.clone(), root: Bytes([7; 32]), size: 42 };
    CloseStatement { checkpoint, election: election.id, sums: sums.hash() }
}

/// All shares of these trustees, verified.
pub fn decryption_shares<'a>(
    election: &Election,
    sums: &Sums,
    keys: impl IntoIterator<Item = &'a KeyShare>,
) -> Vec<VerifiedShare> {
    let statement = statement(election, sums);
    let make = |key| PartialDecryption::make_all(key, election, sums, &statement, &mut OsRng).unwrap();
    let shares = keys.into_iter().flat_map(make);
    shares.map(|share| share.verify(election, sums, &statement).unwrap()).collect()
}
