//! The state, and how one entry after the other changes it.
//!
//! An entry passes in two steps. [`State::check`] does what costs time and depends only on what can no longer
//! change: signatures, proofs. It borrows the state for a moment ([`State::begin_check`]) and may run on any
//! thread. [`State::apply`] does what depends on order and time, and is cheap.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_ballot::election::Election;
use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::trustee::ceremony::CeremonyMessage;
use kodanik_ballot::trustee::decrypt::ClosingCheckpoint;
use kodanik_ballot::verify::{BallotError, VerifiedBallot, verify_batch};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_crypto::transcript::sha256;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::{Frontier, NodeHash, leaf_hash};

use crate::casting::CheckedBallot;
use crate::ceremony::CeremonyStep;
use crate::election::ElectionRecord;
use crate::entry::{Close, Counts, Entry, Genesis, Open};
use crate::rejection::Rejection;
use crate::signed::{Signed, SignedBody};
use crate::tally::TallyStep;

/// Everything that follows from a log's entries.
#[derive(Clone, Debug)]
pub struct State {
    origin: String,
    authority: Option<VerifyingKey>,
    minute: UnixMinute,
    tree: Frontier,
    /// Where every entry other than a ballot is, by SHA-256; ballots are found by their tracker.
    logged: BTreeMap<[u8; 32], u64>,
    /// By slug.
    elections: BTreeMap<String, ElectionRecord>,
    by_manifest: BTreeMap<ManifestHash, String>,
    by_id: BTreeMap<ElectionId, String>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effects {
    /// It is in the log already; nothing changed.
    AlreadyLogged {
        /// Where.
        index: u64,
    },
    /// It is the log's next leaf.
    Appended {
        /// Where.
        index: u64,
        /// The leaf, to be stored.
        leaf: Leaf,
    },
}

/// An entry whose signatures and proofs were checked. Only [`PendingCheck::run`] and
/// [`PendingCheck::run_all`] make one.
#[derive(Clone, Debug)]
pub struct VerifiedEntry {
    bytes: Vec<u8>,
    step: Step,
}

/// Where an applied entry stands in the log.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) index: u64,
    pub(crate) minute: UnixMinute,
    /// The tree that ends with this entry.
    pub(crate) checkpoint: ClosingCheckpoint,
}

/// What an entry does, once it is known to be genuine.
#[derive(Clone, Debug)]
enum Step {
    Ballot(Box<CheckedBallot>),
    Ceremony(ManifestHash, Box<CeremonyStep>),
    Close(Close),
    Counts(Counts),
    Genesis(Genesis),
    Known(u64),
    Manifest(Box<Manifest>),
    Open(Open),
    Tally(ElectionId, TallyStep),
}

/// What is left to check of an entry once the state is not needed any more.
enum Work {
    /// Checked together with other ballots of the election, where there are any.
    Ballot(Box<UnverifiedBallot>, Arc<Election>),
    Other(Box<dyn FnOnce() -> Result<Step, Rejection> + Send>),
}

/// A check that has taken from the state what it needs, and can run without it.
pub struct PendingCheck {
    bytes: Vec<u8>,
    work: Work,
}

impl PendingCheck {
    /// Checks signatures and proofs.
    pub fn run(self) -> Result<VerifiedEntry, Rejection> {
        // One entry has one verdict.
        Self::run_all(vec![self]).pop().unwrap_or(Err(Rejection::Malformed))
    }

    /// Checks many at once: ballots of one election as one batch, which costs a fraction of checking each. The verdicts, in
    /// the order of the entries, are the same.
    pub fn run_all(pending: Vec<Self>) -> Vec<Result<VerifiedEntry, Rejection>> {
        let mut batches: BTreeMap<ElectionId, (Arc<Election>, Vec<UnverifiedBallot>)> = BTreeMap::new();
        let begin = |check: Self| match check.work {
            Work::Ballot(ballot, election) => {
                let id = election.id;
                batches.entry(id).or_insert_with(|| (election, Vec::new())).1.push(*ballot);
                (check.bytes, Begun::InBatch(id))
            }
            Work::Other(work) => (check.bytes, Begun::Done(work())),
        };
        let begun: Vec<(Vec<u8>, Begun)> = pending.into_iter().map(begin).collect();
        let mut verdicts: BTreeMap<ElectionId, _> = batches
            .into_iter()
            .map(|(id, (election, ballots))| (id, verify_ballots(&election, ballots).into_iter()))
            .collect();
        let end = |(bytes, begun): (Vec<u8>, Begun)| {
            let step = match begun {
                Begun::Done(step) => step,
                Begun::InBatch(id) => {
                    verdicts.get_mut(&id).and_then(Iterator::next).unwrap_or(Err(Rejection::BadBallot))
                }
            };
            Ok(VerifiedEntry { step: step?, bytes })
        };
        begun.into_iter().map(end).collect()
    }
}

enum Begun {
    Done(Result<Step, Rejection>),
    InBatch(ElectionId),
}

impl fmt::Debug for PendingCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingCheck(..)")
    }
}

/// A step that needs no more checking.
fn done(step: Step) -> Work {
    later(move || Ok(step))
}

fn later(work: impl FnOnce() -> Result<Step, Rejection> + Send + 'static) -> Work {
    Work::Other(Box::new(work))
}

impl State {
    /// The state of the log `origin` before its first entry.
    pub fn new(origin: &KeyName) -> Self {
        Self {
            origin: origin.as_str().to_owned(),
            authority: None,
            minute: UnixMinute(0),
            tree: Frontier::new(),
            logged: BTreeMap::new(),
            elections: BTreeMap::new(),
            by_manifest: BTreeMap::new(),
            by_id: BTreeMap::new(),
        }
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Root of the tree over all entries.
    pub fn root(&self) -> NodeHash {
        self.tree.root()
    }

    /// The last entry's minute.
    pub fn minute(&self) -> UnixMinute {
        self.minute
    }

    /// Every election, by slug.
    pub fn elections(&self) -> impl Iterator<Item = &ElectionRecord> {
        self.elections.values()
    }

    /// The election with this H_E.
    pub fn election(&self, id: &ElectionId) -> Option<&ElectionRecord> {
        self.elections.get(self.by_id.get(id)?)
    }

    /// The election with this slug.
    pub fn election_by_slug(&self, slug: &str) -> Option<&ElectionRecord> {
        self.elections.get(slug)
    }

    /// The election with this manifest: the only name that it has before its key exists.
    pub fn election_by_manifest(&self, manifest: &ManifestHash) -> Option<&ElectionRecord> {
        self.elections.get(self.by_manifest.get(manifest)?)
    }

    /// Checks everything about an entry that does not depend on when it comes.
    pub fn check(&self, entry: &Entry) -> Result<VerifiedEntry, Rejection> {
        self.begin_check(entry.clone())?.run()
    }

    /// The part of [`Self::check`] that needs the state; the rest runs without it.
    pub fn begin_check(&self, entry: Entry) -> Result<PendingCheck, Rejection> {
        let bytes = entry.to_bytes()?;
        let known = match &entry {
            Entry::BallotCast(ballot) => self.index_of_ballot(ballot),
            _ => self.logged.get(&sha256(&bytes)).copied(),
        };
        let work = match known {
            Some(index) => done(Step::Known(index)),
            None => self.work(entry)?,
        };
        Ok(PendingCheck { bytes, work })
    }

    fn index_of_ballot(&self, ballot: &UnverifiedBallot) -> Option<u64> {
        self.election(&ballot.body.election)?.casting.index_of(&ballot.tracker())
    }

    fn work(&self, entry: Entry) -> Result<Work, Rejection> {
        let log = self.origin.as_str();
        match entry {
            Entry::BallotCast(ballot) => self.check_ballot(ballot),
            Entry::ElectionClose(close) => {
                close.verify(log, self.authority()?)?;
                self.record(&close.body.election)?;
                Ok(done(Step::Close(close.body)))
            }
            Entry::ElectionManifest(manifest) => {
                manifest.verify(log, self.authority()?)?;
                let other_log = manifest.body.log != log;
                if other_log {
                    Err(Rejection::OtherLog)
                } else {
                    Ok(done(Step::Manifest(Box::new(manifest.body))))
                }
            }
            Entry::ElectionOpen(open) => {
                open.verify(log, self.authority()?)?;
                self.record(&open.body.election)?;
                Ok(done(Step::Open(open.body)))
            }
            Entry::EligibilityCounts(counts) => {
                let manifest = self.record(&counts.body.election)?.manifest();
                let (_, issuer) = manifest.issuer(&counts.body.issuer).ok_or(Rejection::UnknownIssuer)?;
                counts.verify(log, &issuer.signing_key)?;
                Ok(done(Step::Counts(counts.body)))
            }
            Entry::Genesis(genesis) => {
                if genesis.log == log {
                    Ok(done(Step::Genesis(genesis)))
                } else {
                    Err(Rejection::OtherLog)
                }
            }
            Entry::TallyResult(result) => {
                result.verify(log, self.authority()?)?;
                let (election, contests) = (result.body.election, result.body.contests);
                let check = self.record(&election)?.check_result(contests)?;
                Ok(later(move || Ok(Step::Tally(election, check()?))))
            }
            Entry::TallyShare(share) => {
                let record = self.record(&share.body.election)?;
                share.verify(log, trustee_key(record, share.body.trustee)?)?;
                let election = share.body.election;
                let check = record.check_share(share.body)?;
                Ok(later(move || Ok(Step::Tally(election, check()?))))
            }
            Entry::TallyStatement(statement) => {
                let election = statement.body.statement.election;
                let record = self.record(&election)?;
                statement.verify(log, trustee_key(record, statement.body.trustee)?)?;
                Ok(done(Step::Tally(election, record.check_statement(&statement.body)?)))
            }
            Entry::TrusteeCommit(commit) => self.check_ceremony(commit, |record, commit| {
                commit.check(&record.manifest)?;
                Ok(CeremonyStep::Commit(commit))
            }),
            Entry::TrusteeComplaint(complaint) => self.check_ceremony(complaint, |record, complaint| {
                record.ceremony.check_complaint(&record.manifest, &complaint)?;
                Ok(CeremonyStep::Complaint(complaint))
            }),
            Entry::TrusteeConfirm(confirm) => self.check_ceremony(confirm, |record, confirm| {
                record.ceremony.check_confirm(&record.manifest, &confirm)?;
                Ok(CeremonyStep::Confirm(confirm))
            }),
            Entry::TrusteeReveal(reveal) => self.check_ceremony(reveal, |record, reveal| {
                record.ceremony.check_reveal(&record.manifest, &reveal)?;
                Ok(CeremonyStep::Reveal(reveal))
            }),
            Entry::TrusteeShares(shares) => self.check_ceremony(shares, |record, shares| {
                shares.check(&record.manifest)?;
                Ok(CeremonyStep::Shares(shares))
            }),
        }
    }

    /// A trustee's message: the signature first, then what it says.
    fn check_ceremony<M: SignedBody + CeremonyMessage>(
        &self,
        message: Signed<M>,
        check: impl FnOnce(&ElectionRecord, M) -> Result<CeremonyStep, Rejection>,
    ) -> Result<Work, Rejection> {
        let manifest = *message.body.manifest();
        let record = self.election_by_manifest(&manifest).ok_or(Rejection::OtherElection)?;
        message.verify(&self.origin, trustee_key(record, message.body.trustee())?)?;
        Ok(done(Step::Ceremony(manifest, Box::new(check(record, message.body)?))))
    }

    fn check_ballot(&self, ballot: UnverifiedBallot) -> Result<Work, Rejection> {
        let record = self.record(&ballot.body.election)?;
        record.check_is_open()?;
        let election = record.election().cloned().ok_or(Rejection::OtherElection)?;
        Ok(Work::Ballot(Box::new(ballot), election))
    }

    fn authority(&self) -> Result<&VerifyingKey, Rejection> {
        self.authority.as_ref().ok_or(Rejection::NoGenesis)
    }

    fn record(&self, election: &ElectionId) -> Result<&ElectionRecord, Rejection> {
        self.election(election).ok_or(Rejection::OtherElection)
    }

    fn record_mut(&mut self, election: &ElectionId) -> Result<&mut ElectionRecord, Rejection> {
        let slug = self.by_id.get(election).ok_or(Rejection::OtherElection)?;
        self.elections.get_mut(slug).ok_or(Rejection::OtherElection)
    }

    /// Applies a checked entry at a minute. A refused one leaves the state as it was.
    pub fn apply(&mut self, entry: VerifiedEntry, minute: UnixMinute) -> Result<Effects, Rejection> {
        let hash = sha256(&entry.bytes);
        let is_ballot = matches!(entry.step, Step::Ballot(_));
        if let Some(index) = self.index_of(&entry.step, &hash) {
            return Ok(Effects::AlreadyLogged { index });
        }
        if minute < self.minute {
            return Err(Rejection::TimeRunsBack);
        }
        let leaf = Leaf::new(minute, entry.bytes).map_err(|_| Rejection::TooLarge)?;
        let index = self.size();
        let mut tree = self.tree.clone();
        tree.push(leaf.hash(), |_, _| {});
        let checkpoint =
            ClosingCheckpoint { origin: self.origin.clone(), root: Bytes(tree.root().0), size: tree.size() };
        self.take(entry.step, &Place { index, minute, checkpoint })?;
        if !is_ballot {
            self.logged.insert(hash, index);
        }
        (self.tree, self.minute) = (tree, minute);
        Ok(Effects::Appended { index, leaf })
    }

    /// Where an entry is that came a second time while the first was still being checked.
    fn index_of(&self, step: &Step, hash: &[u8; 32]) -> Option<u64> {
        match step {
            Step::Ballot(checked) => {
                self.election(checked.ballot.election())?.casting.index_of(checked.ballot.tracker())
            }
            Step::Known(index) => Some(*index),
            _ => self.logged.get(hash).copied(),
        }
    }

    fn take(&mut self, step: Step, place: &Place) -> Result<(), Rejection> {
        match step {
            Step::Ballot(checked) => self.record_mut(checked.ballot.election())?.cast(*checked, place),
            Step::Ceremony(manifest, step) => self.advance_ceremony(&manifest, *step, place.minute),
            Step::Close(close) => self.record_mut(&close.election)?.close(&close, place),
            Step::Counts(counts) => self.record_mut(&counts.election)?.count(&counts),
            Step::Genesis(genesis) => self.begin(&genesis),
            Step::Known(_) => Err(Rejection::Repeated),
            Step::Manifest(manifest) => self.announce(*manifest, place),
            Step::Open(open) => self.record_mut(&open.election)?.open(place),
            Step::Tally(election, step) => self.record_mut(&election)?.advance_tally(step, place),
        }
    }

    /// H_E becomes known with the last reveal.
    fn advance_ceremony(
        &mut self,
        manifest: &ManifestHash,
        step: CeremonyStep,
        minute: UnixMinute,
    ) -> Result<(), Rejection> {
        let slug = self.by_manifest.get(manifest).ok_or(Rejection::OtherElection)?;
        let record = self.elections.get_mut(slug).ok_or(Rejection::OtherElection)?;
        record.ceremony.advance(&record.manifest, step, minute)?;
        if let Some(election) = record.election() {
            self.by_id.insert(election.id, slug.clone());
        }
        Ok(())
    }

    fn begin(&mut self, genesis: &Genesis) -> Result<(), Rejection> {
        if self.authority.is_some() {
            return Err(Rejection::DuplicateGenesis);
        }
        self.authority = Some(genesis.authority_key);
        Ok(())
    }

    fn announce(&mut self, manifest: Manifest, place: &Place) -> Result<(), Rejection> {
        let slug = manifest.election.clone();
        if self.elections.contains_key(&slug) {
            return Err(Rejection::DuplicateElection);
        }
        self.by_manifest.insert(manifest.hash(), slug.clone());
        self.elections.insert(slug, ElectionRecord::new(manifest, place));
        Ok(())
    }

    /// A leaf that the contract refuses, in somebody else's log, keeps its place in the tree and does nothing.
    pub fn skip_refused(&mut self, leaf: &[u8]) {
        self.tree.push(leaf_hash(leaf), |_, _| {});
    }
}

fn trustee_key(record: &ElectionRecord, index: u16) -> Result<&VerifyingKey, Rejection> {
    record.manifest().trustee(index).map(|trustee| &trustee.signing_key).ok_or(Rejection::UnknownTrustee)
}

fn verify_ballots(election: &Election, ballots: Vec<UnverifiedBallot>) -> Vec<Result<Step, Rejection>> {
    let issuers = |ballot: &UnverifiedBallot| ballot.tokens.iter().map(|token| token.issuer).collect();
    let about: Vec<(Vec<usize>, u32)> =
        ballots.iter().map(|ballot| (issuers(ballot), ballot.body.seq)).collect();
    let verdicts = verify_batch(election, ballots).into_iter().zip(about);
    let step = |(verdict, (issuers, seq)): (Result<VerifiedBallot, BallotError>, _)| match verdict {
        Ok(ballot) => Ok(Step::Ballot(Box::new(CheckedBallot { ballot, issuers }))),
        Err(BallotError::OtherElection) => Err(Rejection::OtherElection),
        Err(BallotError::Position) if seq == 0 => Err(Rejection::WrongSequence),
        Err(BallotError::Position) => Err(Rejection::WrongPrevious),
        Err(BallotError::Signature(_)) => Err(Rejection::BadSignature),
        Err(BallotError::Token(_) | BallotError::TokenCount) => Err(Rejection::BadToken),
        Err(_) => Err(Rejection::BadBallot),
    };
    verdicts.map(step).collect()
}
