//! The logs of the vectors: elections from the first entry to the result, and what their parties say on the way.

use std::sync::LazyLock;

use kodanik_ballot::ballot::{Position, UnverifiedBallot};
use kodanik_ballot::ids::ElectionId;
use kodanik_ballot::testing::{fixed_key, signing_key};
use kodanik_ballot::trustee::ceremony::{Confirm, Reveal};
use kodanik_ballot::trustee::decrypt::{PartialDecryption, TrusteeStatement};
use kodanik_contract::election::ElectionRecord;
use kodanik_contract::entry::{Close, Counts, Entry, Genesis, Open, TallyResult};
use kodanik_contract::signed::{Signed, SignedBody};
use kodanik_contract::state::{Effects, State};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::MemoryTree;
use serde_json::{Value, json};

use super::file::Vectors;
use super::ledger::Operator;
use super::rng::TestRng;
use super::world::{Citizen, LATER, TOWN, World, second, text};

/// The log on which all elections run.
pub(super) const LOG: &str = "kodanik.example/log";

/// Minutes: genesis and ceremony; the first ballots; the close.
pub(super) const BEFORE: u64 = 90;
pub(super) const CASTING: u64 = 150;
pub(super) const CLOSING: u64 = 200;

/// A log of one election as it is written.
pub(super) struct Log {
    pub(super) world: &'static World,
    pub(super) state: State,
    pub(super) leaves: Vec<Leaf>,
    pub(super) minute: u64,
    /// What the close says, once it is there.
    pub(super) close: Option<Close>,
}

/// TOWN, from the first entry to the result. Every place has a name.
pub(super) static TOWN_LOG: LazyLock<Log> = LazyLock::new(|| {
    let mut log = Log::opened(&TOWN);
    log.minute = CASTING;
    for ballot in town_ballots() {
        log.append(&Entry::BallotCast(ballot));
    }
    log.minute = CLOSING;
    for (issuer, style, issued) in [(0, "city", 1), (0, "village", 3), (1, "city", 1), (1, "village", 2)] {
        log.append(&counts(&TOWN, issuer, style, issued));
    }
    log.close_and_tally(&[1, 3]);
    log
});

/// Places in [`TOWN_LOG`]: the first entry of each kind.
pub(super) mod at {
    pub(in super::super) const MANIFEST: usize = 1;
    pub(in super::super) const COMMITS: usize = 2;
    pub(in super::super) const REVEALS: usize = 5;
    pub(in super::super) const SHARES: usize = 8;
    pub(in super::super) const CONFIRMS: usize = 11;
    pub(in super::super) const OPEN: usize = 14;
    pub(in super::super) const BALLOTS: usize = 15;
    pub(in super::super) const COUNTS: usize = 19;
    pub(in super::super) const CLOSE: usize = 23;
    pub(in super::super) const STATEMENTS: usize = 24;
    pub(in super::super) const DECRYPTIONS: usize = 26;
    pub(in super::super) const RESULT: usize = 28;
    pub(in super::super) const END: usize = 29;
}

/// LATER, a trial that was closed early: two ballots.
pub(super) static LATER_LOG: LazyLock<Log> = LazyLock::new(|| {
    let mut log = Log::opened(&LATER);
    log.minute = CASTING;
    for (number, choice) in [(1, 0), (2, 1)] {
        let ballot = Citizen::new(&LATER, "all", number).ballot(&[&[choice]], &format!("logged {number}"));
        log.append(&Entry::BallotCast(ballot));
    }
    log.append(&counts(&LATER, 0, "all", 2));
    log.close_and_tally(&[1, 2]);
    log
});

/// Citizen 1 of the city; 2 and 3 of the village; then 2 again, who changes to blank.
pub(super) fn town_ballots() -> [UnverifiedBallot; 4] {
    let [two, three] = [2, 3].map(|number| Citizen::new(&TOWN, "village", number));
    let city = Citizen::new(&TOWN, "city", 1).ballot(&[&[0], &[0, 1]], "logged 1");
    let first = two.ballot(&[&[2]], "logged 2");
    let third = three.ballot(&[&[1, 2]], "logged 3");
    let again = two.cast(two.body(second(first.tracker()), &[&[]], "logged 2 again"));
    [city, first, third, again]
}

pub(super) fn add(vectors: &mut Vectors) {
    assert_eq!(TOWN_LOG.leaves.len(), at::END);
    vectors.add_file("logs/town.json".to_owned(), &TOWN_LOG.to_json());
    vectors.add_file("logs/later.json".to_owned(), &LATER_LOG.to_json());
}

/// The authority's key.
pub(super) fn authority() -> SigningKey {
    fixed_key(1)
}

/// Signs for [`LOG`].
pub(super) fn sign<B: SignedBody>(body: B, key: &SigningKey) -> Signed<B> {
    Signed::sign(body, LOG, key).unwrap()
}

/// The log's first entry.
pub(super) fn genesis() -> Entry {
    Entry::Genesis(Genesis { authority_key: authority().verifying_key(), log: LOG.to_owned() })
}

/// The announcement of an election.
pub(super) fn announcement(world: &World) -> Entry {
    Entry::ElectionManifest(sign(world.election.manifest.clone(), &authority()))
}

/// The open entry.
pub(super) fn opening(election: ElectionId) -> Entry {
    Entry::ElectionOpen(sign(Open { election }, &authority()))
}

/// A trustee's reveal.
pub(super) fn reveal(reveal: Reveal) -> Entry {
    let key = signing_key(reveal.trustee);
    Entry::TrusteeReveal(sign(reveal, &key))
}

/// The messages of a ceremony, round by round: commits, reveals, shares, confirms.
pub(super) fn rounds(world: &World) -> [Vec<Entry>; 4] {
    let ceremony = &world.ceremony;
    let commits = ceremony
        .commits
        .iter()
        .map(|body| Entry::TrusteeCommit(sign(body.clone(), &signing_key(body.trustee))));
    let shares = ceremony
        .shares
        .iter()
        .map(|body| Entry::TrusteeShares(sign(body.clone(), &signing_key(body.trustee))));
    let confirms = (1..=world.election.manifest.trustee_count()).map(|trustee| confirm(world, trustee));
    let reveals = ceremony.reveals.iter().cloned().map(reveal);
    [commits.collect(), reveals.collect(), shares.collect(), confirms.collect()]
}

/// A trustee's confirmation.
pub(super) fn confirm(world: &World, trustee: u16) -> Entry {
    let (election, manifest) = (world.election.id, world.election.manifest_hash);
    Entry::TrusteeConfirm(sign(Confirm { election, manifest, trustee }, &signing_key(trustee)))
}

/// One issuer's counts for one style.
pub(super) fn counts(world: &World, issuer: u8, style: &str, issued: u64) -> Entry {
    let body = Counts {
        election: world.election.id,
        issued,
        issuer: format!("issuer-{issuer}"),
        root: Bytes([issuer; 32]),
        style: style.to_owned(),
    };
    Entry::EligibilityCounts(sign(body, &fixed_key(60 + issuer)))
}

/// A close with any content.
pub(super) fn closing(close: Close) -> Entry {
    Entry::ElectionClose(sign(close, &authority()))
}

/// A trustee's statement.
pub(super) fn statement(body: TrusteeStatement) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TallyStatement(sign(body, &key))
}

/// A trustee's share.
pub(super) fn decryption(body: PartialDecryption) -> Entry {
    let key = signing_key(body.trustee);
    Entry::TallyShare(sign(body, &key))
}

/// A result with any content.
pub(super) fn result(body: TallyResult) -> Entry {
    Entry::TallyResult(sign(body, &authority()))
}

/// One leaf of a vector.
pub(super) fn leaf_json(minute: u64, entry: &str) -> Value {
    json!({ "entry": entry, "minute": minute })
}

/// Text of an entry.
pub(super) fn entry_text(entry: &Entry) -> String {
    text(&entry.to_bytes().unwrap())
}

impl Log {
    /// A log of one election whose ceremony is over, just opened.
    pub(super) fn opened(world: &'static World) -> Self {
        let state = State::new(&KeyName::parse(LOG).unwrap());
        let mut log = Self { world, state, leaves: Vec::new(), minute: BEFORE, close: None };
        log.append(&genesis());
        log.append(&announcement(world));
        rounds(world).iter().flatten().for_each(|entry| log.append(entry));
        log.append(&opening(world.election.id));
        log
    }

    /// Appends what must be accepted.
    pub(super) fn append(&mut self, entry: &Entry) {
        let verified = self.state.check(entry).unwrap();
        match self.state.apply(verified, UnixMinute(self.minute)).unwrap() {
            Effects::Appended { leaf, .. } => self.leaves.push(leaf),
            Effects::AlreadyLogged { index } => panic!("logged already, at {index}"),
        }
    }

    /// Closes with what is in the box.
    pub(super) fn close(&mut self) {
        self.close = self.record().close_body();
        self.append(&closing(self.close.clone().unwrap()));
    }

    /// Everything after the counts, by these trustees.
    fn close_and_tally(&mut self, trustees: &[u16]) {
        self.close();
        for trustee in trustees {
            self.append(&statement(self.statement(*trustee)));
        }
        for share in
            trustees.iter().flat_map(|trustee| self.decryptions(*trustee, "logged")).collect::<Vec<_>>()
        {
            self.append(&decryption(share));
        }
        let contests = self.record().counting().unwrap().tally().unwrap().contests;
        self.append(&result(TallyResult { contests, election: self.world.election.id }));
    }

    /// The election as the log knows it.
    pub(super) fn record(&self) -> &ElectionRecord {
        self.state.election(&self.world.election.id).unwrap()
    }

    /// An honest statement, once the election is closed.
    pub(super) fn statement(&self, trustee: u16) -> TrusteeStatement {
        TrusteeStatement { statement: self.record().counting().unwrap().statement().clone(), trustee }
    }

    /// A trustee's honest shares; `name` names the nonces.
    pub(super) fn decryptions(&self, trustee: u16, name: &str) -> Vec<PartialDecryption> {
        let (counting, election) = (self.record().counting().unwrap(), &self.world.election);
        let (key, mut rng) =
            (&self.world.shares[usize::from(trustee) - 1], TestRng::new(&format!("{name} {trustee}")));
        PartialDecryption::make_all(key, election, counting.sums(), counting.statement(), &mut rng).unwrap()
    }

    fn to_json(&self) -> Value {
        let leaf = |leaf: &Leaf| leaf_json(leaf.minute().0, &text(leaf.entry()));
        let leaves: Vec<Value> = self.leaves.iter().map(leaf).collect();
        json!({ "leaves": leaves, "origin": LOG, "policy": Operator::new(LOG).policy() })
    }
}

/// The tree over leaves.
pub(super) fn tree(leaves: &[Leaf]) -> MemoryTree {
    let mut tree = MemoryTree::new();
    leaves.iter().for_each(|leaf| tree.push(leaf.hash()));
    tree
}

/// The first place among a pseudonym's ballots.
pub(super) const FIRST: Position = Position::FIRST;
