//! A log and a whole election in memory, for tests of whoever reads logs. Keys are made by and known to the test;
//! nothing here is for anything else.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails its test")]

use std::sync::Arc;

use kodanik_ballot::ballot::{Position, UnverifiedBallot};
use kodanik_ballot::cast::{BallotSeed, Encrypter, Selection};
use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::{
    CheckPolicy, Contest, ContestOption, Issuer, IssuerKey, Issuers, Kind, Manifest, ManifestDraft, Method,
    SUITE, Style, TrusteeMember, Trustees,
};
use kodanik_ballot::pseudonym::PseudonymKey;
use kodanik_ballot::token::{Token, TokenRequest};
use kodanik_ballot::trustee::ceremony::{Reveal, Shares};
use kodanik_ballot::trustee::decrypt::{PartialDecryption, TrusteeStatement};
use kodanik_ballot::trustee::secret::{Committed, Dealt, KeyShare};
use kodanik_crypto::blind_rsa::dangerous_test_key;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::MemoryTree;
use rand_core::OsRng;

use crate::election::ElectionRecord;
use crate::eligibility::Issued;
use crate::entry::{Counts, Entry, Genesis, Open, TallyResult};
use crate::rejection::Rejection;
use crate::signed::{Signed, SignedBody};
use crate::state::{Effects, State};

/// The log's name in all tests.
pub const LOG: &str = "kodanik.example/test";
/// When the test election opens.
pub const OPENS: UnixMinute = UnixMinute(1_000);
/// When it closes.
pub const CLOSES: UnixMinute = UnixMinute(2_000);

/// A log in memory: state, leaves and tree.
pub struct TestLog {
    /// What the contract makes of it.
    pub state: State,
    /// Every leaf.
    pub leaves: Vec<Leaf>,
    /// The tree over them.
    pub tree: MemoryTree,
    /// The minute at which the next entry comes.
    pub minute: UnixMinute,
    /// The authority's key.
    pub authority: SigningKey,
}

impl TestLog {
    /// A log with its first entry, ten minutes before the test election opens.
    pub fn begin() -> Self {
        let mut log = Self::empty();
        log.append(&log.genesis());
        log
    }

    /// A log without entries.
    pub fn empty() -> Self {
        Self {
            state: State::new(&KeyName::parse(LOG).unwrap()),
            leaves: Vec::new(),
            tree: MemoryTree::new(),
            minute: UnixMinute(OPENS.0 - 10),
            authority: SigningKey::make(&mut OsRng),
        }
    }

    /// The entry that a log begins with.
    pub fn genesis(&self) -> Entry {
        Entry::Genesis(Genesis { authority_key: self.authority.verifying_key(), log: LOG.to_owned() })
    }

    /// Submits an entry as a gateway does: parse, check, apply.
    pub fn submit(&mut self, entry: &Entry) -> Result<Effects, Rejection> {
        let entry = Entry::parse(&entry.to_bytes()?)?;
        let verified = self.state.check(&entry)?;
        let effects = self.state.apply(verified, self.minute)?;
        if let Effects::Appended { leaf, .. } = &effects {
            self.tree.push(leaf.hash());
            self.leaves.push(leaf.clone());
        }
        Ok(effects)
    }

    /// Submits an entry that must be accepted as a new one.
    pub fn append(&mut self, entry: &Entry) -> u64 {
        match self.submit(entry).unwrap() {
            Effects::Appended { index, .. } => index,
            Effects::AlreadyLogged { index } => panic!("the entry is logged already, at {index}"),
        }
    }

    /// Signs as the authority.
    pub fn sign<B: SignedBody>(&self, body: B) -> Signed<B> {
        Signed::sign(body, LOG, &self.authority).unwrap()
    }
}

/// Everybody's keys for one election: 3 trustees of whom 2 decrypt, 3 issuers of whom all are needed, two contests
/// (one of three; up to two of three), one style.
pub struct TestElection {
    /// The manifest.
    pub manifest: Manifest,
    /// The trustees' signing keys.
    pub trustees: Vec<SigningKey>,
    /// The trustees' keys for sealed shares.
    pub sealing: Vec<SigningKey>,
    /// The issuers' keys for counts.
    pub issuers: Vec<SigningKey>,
    shares: Vec<KeyShare>,
    election: Option<Arc<Election>>,
}

/// One citizen: a participation seed.
pub struct TestVoter(Secret<32>);

impl TestVoter {
    /// The voter with this number.
    pub fn new(number: u64) -> Self {
        Self(Secret::init_with(|seed| seed[..8].copy_from_slice(&number.to_be_bytes())))
    }

    /// The voter's pseudonym in an election.
    pub fn key(&self, election: &TestElection) -> PseudonymKey {
        PseudonymKey::derive(&self.0, &election.election().id).unwrap()
    }

    /// A changed body under a signature that is right again.
    pub fn sign_again(&self, election: &TestElection, changed: UnverifiedBallot) -> UnverifiedBallot {
        changed.body.cast(&self.key(election), changed.tokens)
    }
}

/// The messages of a ceremony, in order, unsigned and unsubmitted.
pub struct TestCeremony {
    /// First.
    pub commits: Vec<Entry>,
    /// Second.
    pub reveals: Vec<Entry>,
    /// Third.
    pub shares: Vec<Entry>,
    /// Fourth.
    pub confirms: Vec<Entry>,
    /// The trustees' secrets before they confirm, for complaints.
    pub dealt: Vec<Dealt>,
}

impl TestElection {
    /// New keys and a manifest with this slug.
    pub fn make(slug: &str, kind: Kind) -> Self {
        Self::make_with(slug, kind, |_| {})
    }

    /// A trial with one issuer and, beside "all", the style "short" with the mayor alone.
    pub fn with_two_styles() -> Self {
        Self::make_with("two-styles", Kind::Trial, |draft| {
            draft.styles.push(Style { contests: vec!["mayor".to_owned()], id: "short".to_owned() });
            draft.issuers.members.truncate(1);
            draft.issuers.required = 1;
            let spki = Binary(dangerous_test_key(3).public_key().to_spki().to_vec());
            draft.issuers.members[0].keys.push(IssuerKey { spki, style: "short".to_owned() });
        })
    }

    /// The same, with a change to the manifest.
    pub fn make_with(slug: &str, kind: Kind, change: impl FnOnce(&mut ManifestDraft)) -> Self {
        Self::make_with_issuers(3, slug, kind, change)
    }

    /// The same with three of so many issuers (3 or 4).
    pub fn make_with_issuers(
        count: usize,
        slug: &str,
        kind: Kind,
        change: impl FnOnce(&mut ManifestDraft),
    ) -> Self {
        let keys = |n| (0..n).map(|_| SigningKey::make(&mut OsRng)).collect::<Vec<_>>();
        let (trustees, sealing, issuers) = (keys(3), keys(3), keys(count));
        let mut draft = draft(slug, kind, &trustees, &sealing, &issuers);
        change(&mut draft);
        let manifest = Manifest::new(draft).unwrap();
        Self { manifest, trustees, sealing, issuers, shares: Vec::new(), election: None }
    }

    /// Announced, keyed and open, on a log of its own, at the minute when it opens.
    pub fn opened(kind: Kind) -> (TestLog, Self) {
        let mut log = TestLog::begin();
        let mut election = Self::make("mayor", kind);
        election.open_on(&mut log);
        (log, election)
    }

    /// Announces, makes the key and opens; the log's clock then stands at the opening.
    pub fn open_on(&mut self, log: &mut TestLog) {
        log.append(&self.announcement(log));
        let ceremony = self.ceremony();
        let rounds = [ceremony.commits, ceremony.reveals, ceremony.shares, ceremony.confirms];
        rounds.iter().flatten().for_each(|entry| {
            log.append(entry);
        });
        log.append(&self.opening(log));
        log.minute = self.manifest.opens;
    }

    /// The manifest's entry.
    pub fn announcement(&self, log: &TestLog) -> Entry {
        Entry::ElectionManifest(log.sign(self.manifest.clone()))
    }

    /// The open entry.
    pub fn opening(&self, log: &TestLog) -> Entry {
        Entry::ElectionOpen(log.sign(Open { election: self.election().id }))
    }

    /// Plays all trustees. Afterwards [`Self::election`] is known.
    pub fn ceremony(&mut self) -> TestCeremony {
        let manifest = self.manifest.clone();
        let committed: Vec<Committed> =
            (1..=3).map(|index| Committed::make(&manifest, index, &mut OsRng).unwrap()).collect();
        let commits: Vec<_> = committed.iter().map(|trustee| trustee.commit(&manifest)).collect();
        let reveals: Vec<Reveal> = committed.iter().map(|trustee| trustee.reveal(&manifest)).collect();
        let deal = |trustee: Committed| trustee.deal(&manifest, &reveals, &mut OsRng).unwrap();
        let (dealt, shares): (Vec<Dealt>, Vec<Shares>) = committed.into_iter().map(deal).unzip();
        let mut confirms = Vec::new();
        for (dealt, sealing) in dealt.iter().zip(&self.sealing) {
            let (share, election, confirm) = dealt.finish(&manifest, &reveals, &shares, sealing).unwrap();
            self.election = Some(Arc::new(election));
            self.shares.push(share);
            confirms.push(confirm);
        }
        TestCeremony {
            commits: self.sign_all(commits, Entry::TrusteeCommit),
            reveals: self.sign_all(reveals, Entry::TrusteeReveal),
            shares: self.sign_all(shares, Entry::TrusteeShares),
            confirms: self.sign_all(confirms, Entry::TrusteeConfirm),
            dealt,
        }
    }

    fn sign_all<B: SignedBody>(&self, bodies: Vec<B>, wrap: impl Fn(Signed<B>) -> Entry) -> Vec<Entry> {
        let keys = self.trustees.iter();
        bodies.into_iter().zip(keys).map(|(body, key)| wrap(Signed::sign(body, LOG, key).unwrap())).collect()
    }

    /// The election, once its key was made.
    ///
    /// # Panics
    /// Before.
    pub fn election(&self) -> &Arc<Election> {
        self.election.as_ref().unwrap()
    }

    /// A ballot of the style "all" with valid tokens: the chosen options of each contest (none: blank).
    pub fn ballot(&self, voter: &TestVoter, position: Position, chosen: [&[usize]; 2]) -> UnverifiedBallot {
        self.ballot_of("all", voter, position, &chosen)
    }

    /// A ballot of any style, with the tokens of the first issuers.
    pub fn ballot_of(
        &self,
        style: &str,
        voter: &TestVoter,
        position: Position,
        chosen: &[&[usize]],
    ) -> UnverifiedBallot {
        let issuers: Vec<usize> = (0..self.manifest.issuers.required as usize).collect();
        self.ballot_by(&issuers, style, voter, position, chosen)
    }

    /// A ballot with the tokens of these issuers.
    pub fn ballot_by(
        &self,
        issuers: &[usize],
        style: &str,
        voter: &TestVoter,
        position: Position,
        chosen: &[&[usize]],
    ) -> UnverifiedBallot {
        let (election, key) = (self.election(), voter.key(self));
        let contests = self.manifest.contests_of(self.manifest.style(style).unwrap()).zip(chosen);
        let selections: Vec<_> =
            contests.map(|(contest, chosen)| Selection::new(contest, chosen).unwrap()).collect();
        let vk = key.verifying_key();
        let seed = BallotSeed::make(&mut OsRng);
        let body = Encrypter::new(election).encrypt(style, &vk, position, &selections, &seed).unwrap();
        body.cast(&key, issuers.iter().map(|issuer| self.token(voter, *issuer, style)).collect())
    }

    /// The test keys are in the manifest: whichever is the issuer's for this style signs.
    fn token(&self, voter: &TestVoter, issuer: usize, style: &str) -> Token {
        let vk = voter.key(self).verifying_key();
        let request = TokenRequest::derive(self.election(), issuer, style, &voter.0, &vk).unwrap();
        let keys = &self.manifest.issuers.members[issuer].keys;
        let spki = &keys.iter().find(|key| key.style == style).unwrap().spki;
        let key = (0..4).map(dangerous_test_key).find(|key| key.public_key().to_spki() == spki.0).unwrap();
        request.finish(&key.sign(&mut OsRng, request.blinded()).unwrap()).unwrap()
    }

    /// One issuer's counts for the style "all".
    pub fn counts(&self, issuer: usize, issued: u64) -> Entry {
        self.counts_of("all", issuer, issued)
    }

    /// One issuer's counts, with a root of nothing in particular.
    pub fn counts_of(&self, style: &str, issuer: usize, issued: u64) -> Entry {
        self.sign_counts(issuer, style, Issued { issued, root: Bytes([7; 32]) })
    }

    /// Signs what an issuer says it issued.
    pub fn sign_counts(&self, issuer: usize, style: &str, logged: Issued) -> Entry {
        let counts = Counts {
            election: self.election().id,
            issued: logged.issued,
            issuer: format!("issuer-{issuer}"),
            root: logged.root,
            style: style.to_owned(),
        };
        Entry::EligibilityCounts(Signed::sign(counts, LOG, &self.issuers[issuer]).unwrap())
    }

    /// The election as the log knows it.
    pub fn record<'a>(&self, log: &'a TestLog) -> &'a ElectionRecord {
        log.state.election(&self.election().id).unwrap()
    }

    /// An honest close.
    pub fn closing(&self, log: &TestLog) -> Entry {
        Entry::ElectionClose(log.sign(self.record(log).close_body().unwrap()))
    }

    /// A trustee's close statement; trustees count from 1.
    pub fn statement(&self, log: &TestLog, trustee: u16) -> Entry {
        let statement = self.record(log).counting().unwrap().statement().clone();
        self.sign_statement(TrusteeStatement { statement, trustee })
    }

    /// Signs a statement as the trustee that it names.
    pub fn sign_statement(&self, statement: TrusteeStatement) -> Entry {
        let key = &self.trustees[usize::from(statement.trustee) - 1];
        Entry::TallyStatement(Signed::sign(statement, LOG, key).unwrap())
    }

    /// A trustee's shares of every contest.
    pub fn decryptions(&self, log: &TestLog, trustee: u16) -> Vec<PartialDecryption> {
        let counting = self.record(log).counting().unwrap();
        let key = &self.shares[usize::from(trustee) - 1];
        PartialDecryption::make_all(key, self.election(), counting.sums(), counting.statement(), &mut OsRng)
            .unwrap()
    }

    /// Signs a share as the trustee that it names.
    pub fn sign_share(&self, share: PartialDecryption) -> Entry {
        let key = &self.trustees[usize::from(share.trustee) - 1];
        Entry::TallyShare(Signed::sign(share, LOG, key).unwrap())
    }

    /// What the logged shares decrypt to, as the authority publishes it.
    pub fn result(&self, log: &TestLog) -> Entry {
        let contests = self.record(log).counting().unwrap().tally().unwrap().contests;
        Entry::TallyResult(log.sign(TallyResult { contests, election: self.election().id }))
    }

    /// Counts, close, statements and shares of trustees 1 and 3, result.
    pub fn finish_on(&self, log: &mut TestLog, issued: u64) {
        log.minute = self.manifest.closes;
        (0..3).for_each(|issuer| {
            log.append(&self.counts(issuer, issued));
        });
        log.append(&self.closing(log));
        self.tally_on(log);
    }

    /// Statements and shares of trustees 1 and 3, result.
    pub fn tally_on(&self, log: &mut TestLog) {
        for trustee in [1, 3] {
            log.append(&self.statement(log, trustee));
        }
        let shares = [1, 3].map(|trustee| self.decryptions(log, trustee)).concat();
        for share in shares {
            log.append(&self.sign_share(share));
        }
        log.append(&self.result(log));
    }
}

fn draft(
    slug: &str,
    kind: Kind,
    trustees: &[SigningKey],
    sealing: &[SigningKey],
    issuers: &[SigningKey],
) -> ManifestDraft {
    let members = trustees.iter().zip(sealing).enumerate().map(|(index, (signing, sealing))| TrusteeMember {
        name: format!("Trustee {}", index + 1),
        sealing_key: sealing.verifying_key(),
        signing_key: signing.verifying_key(),
    });
    ManifestDraft {
        check: CheckPolicy { minutes: 30, tests: 3, tries: 3 },
        closes: CLOSES,
        contests: vec![contest("mayor", 1, 1), contest("council", 0, 2)],
        election: slug.to_owned(),
        issuers: Issuers { members: issuers.iter().enumerate().map(issuer).collect(), required: 3 },
        kind,
        log: LOG.to_owned(),
        min_cell: 2,
        opens: OPENS,
        styles: vec![Style {
            contests: vec!["mayor".to_owned(), "council".to_owned()],
            id: "all".to_owned(),
        }],
        suite: SUITE.to_owned(),
        title: "Test election".to_owned(),
        trustees: Trustees { members: members.collect(), threshold: 2 },
    }
}

fn contest(id: &str, min: u32, max: u32) -> Contest {
    let option = |id: &str| ContestOption { cost: 0, id: id.to_owned(), title: id.to_uppercase() };
    Contest {
        budget: 0,
        id: id.to_owned(),
        max,
        method: Method::Selection,
        min,
        options: ["a", "b", "c"].map(option).to_vec(),
        title: id.to_owned(),
    }
}

fn issuer((index, key): (usize, &SigningKey)) -> Issuer {
    let spki = Binary(dangerous_test_key(index).public_key().to_spki().to_vec());
    Issuer {
        id: format!("issuer-{index}"),
        keys: vec![IssuerKey { spki, style: "all".to_owned() }],
        name: format!("Issuer {index}"),
        signing_key: key.verifying_key(),
        url: format!("https://issuer-{index}.example"),
    }
}
