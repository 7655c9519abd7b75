//! The audit itself.

use std::collections::BTreeMap;
use std::path::Path;

use kodanik_ballot::ids::Tracker;
use kodanik_contract::eligibility::Alarm;
use kodanik_contract::entry::Entry;
use kodanik_contract::issued::IssuedList;
use kodanik_contract::rejection::Rejection;
use kodanik_contract::replay::replay_batch;
use kodanik_contract::state::State;
use kodanik_crypto::time::UnixSeconds;
use kodanik_ledger::checkpoint::{CLOCK_LEEWAY_SECONDS, Checkpoint, CheckpointError, UnverifiedCheckpoint};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::tile::{TileKind, TilePath};
use kodanik_ledger::tree::{Frontier, NodeHash};
use thiserror::Error;
use url::Url;

use crate::report::{ElectionReport, Finding, ListReport, Report};
use crate::source::{Export, Record, Source, SourceError};

/// Why there is no report: the log could not be read, or nobody whom the policy names has signed it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The checkpoint does not satisfy the policy: this may be another log, or a forged one.
    #[error("the log's checkpoint does not count: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log could not be read to its end.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// How to audit.
#[derive(Debug)]
pub struct Options<'a> {
    /// Whose signatures count.
    pub policy: &'a Policy,
    /// Whether the policy came from the log itself.
    pub keys_on_trust: bool,
    /// Write the log to this export while reading.
    pub export: Option<Export>,
    /// How many threads check proofs.
    pub threads: usize,
}

/// A report, and the state that a right log leads to.
#[derive(Debug)]
pub struct Outcome {
    /// What was found.
    pub report: Report,
    /// The state at the checkpoint's size; of use only where the report is clean.
    pub state: State,
    /// The verified checkpoint.
    pub checkpoint: Checkpoint,
}

impl Outcome {
    /// Compares an issuer's list with the root and length that the issuer logged.
    pub fn check_list(&mut self, list: &IssuedList) {
        let record = self.state.election(&list.election);
        let checked = match record {
            Some(record) => list.check(record).map_err(|error| error.to_string()),
            None => Err("its election is not in this log".to_owned()),
        };
        let election = record.map(|record| record.manifest().election.clone()).unwrap_or_default();
        let issuer = list.issuer.clone();
        match checked {
            Ok(()) => {
                let lines = list.styles.iter().map(|style| style.lines.len()).sum();
                self.report.issuer_lists.push(ListReport { election, issuer, lines });
            }
            Err(error) => {
                let message = format!("the list of {issuer} {election}: {error}");
                self.report.findings.push(whole_log("other_issuer_list", message));
            }
        }
    }
}

/// Reads `source` from its first entry to its last and checks everything. `progress` is told entries done and all.
pub async fn audit(
    source: &mut Source,
    mut options: Options<'_>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Outcome, AuditError> {
    let checkpoint = UnverifiedCheckpoint::parse(source.note())?.verify(options.policy)?;
    let mut replay = Replay::new(&checkpoint);
    for path in TilePath::all(TileKind::Entries, checkpoint.size()) {
        let records = source.records(path).await?;
        if let Some(export) = &mut options.export {
            export.append(&records)?;
        }
        let (threads, cut_off) = (options.threads, records.len() < usize::from(path.width));
        replay = run_blocking(move || replay.batch(records, threads)).await;
        if cut_off {
            break;
        }
        progress(path.end(), checkpoint.size());
    }
    if let Some(export) = options.export {
        export.finish()?;
    }
    let more = source.has_more();
    Ok(replay.finish(checkpoint, options.keys_on_trust, more))
}

/// Audits the log of the gateway whose anonymous plane is at `base`, and keeps a copy where `export` names a file.
pub async fn audit_url(
    base: &Url,
    policy: &Policy,
    export: Option<&Path>,
    progress: impl FnMut(u64, u64),
) -> Result<Outcome, AuditError> {
    let mut source = Source::gateway(base).await?;
    let export = export.map(|path| Export::create(path, source.note())).transpose()?;
    audit(&mut source, Options { policy, keys_on_trust: false, export, threads: threads() }, progress).await
}

/// Audits an exported log.
pub async fn audit_file(
    path: &Path,
    policy: &Policy,
    progress: impl FnMut(u64, u64),
) -> Result<Outcome, AuditError> {
    let mut source = Source::file(path)?;
    let options = Options { policy, keys_on_trust: false, export: None, threads: threads() };
    audit(&mut source, options, progress).await
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Proofs take long: they must not hold up the runtime that reads the next bundle.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    }
}

struct Replay {
    state: State,
    /// The tree over the hashes that the source lists.
    listed: Frontier,
    verified: BTreeMap<String, u64>,
    findings: Vec<Finding>,
    /// No leaf can be younger than the checkpoint over it.
    newest: Option<UnixSeconds>,
}

impl Replay {
    fn new(checkpoint: &Checkpoint) -> Self {
        Self {
            state: State::new(checkpoint.origin()),
            listed: Frontier::new(),
            verified: BTreeMap::new(),
            findings: Vec::new(),
            newest: checkpoint.cosignatures().iter().map(|cosignature| cosignature.at).max(),
        }
    }

    fn batch(mut self, records: Vec<Record>, threads: usize) -> Self {
        let first = self.state.size();
        let (listed, leaves): (Vec<NodeHash>, Vec<Leaf>) =
            records.into_iter().map(|record| (record.listed, record.leaf)).unzip();
        let results = replay_batch(&mut self.state, &leaves, threads);
        for (((index, leaf), listed), result) in (first..).zip(&leaves).zip(listed).zip(results) {
            self.check_hash(index, leaf, listed);
            match result {
                Ok(()) => *self.verified.entry(kind(leaf).unwrap_or_default()).or_default() += 1,
                Err(rejection) => self.findings.push(refused(index, leaf, rejection)),
            }
            self.check_time(index, leaf);
        }
        self
    }

    fn check_hash(&mut self, index: u64, leaf: &Leaf, listed: NodeHash) {
        self.listed.push(listed, |_, _| {});
        if leaf.hash() != listed {
            let message =
                "the entry was changed: it does not have the hash under which it was logged".to_owned();
            let (kind, tracker) = (kind(leaf), tracker(leaf));
            self.findings.push(Finding { entry: Some(index), kind, tracker, code: "other_leaf", message });
        }
    }

    fn check_time(&mut self, index: u64, leaf: &Leaf) {
        let Some(newest) = self.newest else { return };
        if leaf.minute().start() > newest.plus(CLOCK_LEEWAY_SECONDS) {
            let message = "the entry claims a later time than the checkpoint over it".to_owned();
            self.findings.push(Finding {
                entry: Some(index),
                kind: kind(leaf),
                tracker: None,
                code: "from_the_future",
                message,
            });
        }
    }

    fn finish(mut self, checkpoint: Checkpoint, keys_on_trust: bool, more: bool) -> Outcome {
        if self.state.size() != checkpoint.size() {
            let message = "the copy cannot be read on from here".to_owned();
            let entry = Some(self.state.size());
            self.findings.push(Finding { entry, ..whole_log("incomplete", message) });
        }
        if self.state.root() != *checkpoint.root() {
            let message =
                "the entries do not lead to the root that was signed: something was changed".to_owned();
            self.findings.push(whole_log("other_root", message));
        }
        if self.listed.root() != *checkpoint.root() {
            let message = "the listed hashes do not lead to the root that was signed".to_owned();
            self.findings.push(whole_log("other_hash_list", message));
        }
        if more {
            let message = "the file goes on after the last entry of its checkpoint".to_owned();
            self.findings.push(whole_log("trailing_data", message));
        }
        let elections: Vec<_> = self.state.elections().map(ElectionReport::from).collect();
        self.findings.extend(elections.iter().flat_map(beyond_the_counts));
        let witnesses = checkpoint.cosignatures().iter().map(|cosignature| cosignature.witness.clone());
        let report = Report {
            log: checkpoint.origin().to_string(),
            size: checkpoint.size(),
            root: checkpoint.root().to_string(),
            signed_by: std::iter::once("the log".to_owned()).chain(witnesses).collect(),
            keys_on_trust,
            verified: self.verified,
            elections,
            issuer_lists: Vec::new(),
            findings: self.findings,
        };
        Outcome { report, state: self.state, checkpoint }
    }
}

/// An issuer whose signature is on more pseudonyms than it issued: every entry is right, and the election is not.
fn beyond_the_counts(election: &ElectionReport) -> Vec<Finding> {
    let proofs = election.eligibility.alarms().filter(|(_, alarm)| alarm.is_proof());
    let finding = |(style, alarm): (&str, &Alarm)| {
        let message = format!("{}, style {style}: {alarm}", election.election);
        whole_log(Rejection::MorePseudonymsThanIssued.code(), message)
    };
    proofs.map(finding).collect()
}

fn whole_log(code: &'static str, message: String) -> Finding {
    Finding { entry: None, kind: None, tracker: None, code, message }
}

fn refused(index: u64, leaf: &Leaf, rejection: Rejection) -> Finding {
    let (kind, tracker, code) = (kind(leaf), tracker(leaf), rejection.code());
    Finding { entry: Some(index), kind, tracker, code, message: rejection.to_string() }
}

fn tracker(leaf: &Leaf) -> Option<Tracker> {
    match Entry::parse(leaf.entry()) {
        Ok(Entry::BallotCast(ballot)) => Some(ballot.tracker()),
        _ => None,
    }
}

/// The entry's `type`, even where the rest of it is damaged.
fn kind(leaf: &Leaf) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Typed {
        r#type: String,
    }
    serde_json::from_slice::<Typed>(leaf.entry()).ok().map(|typed| typed.r#type)
}
