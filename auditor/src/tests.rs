//! A right log passes, and no byte of a copy of it can change.

use std::fs;
use std::path::Path;

use kodanik_ballot::ballot::Position;
use kodanik_ballot::manifest::Kind;
use kodanik_contract::entry::Entry;
use kodanik_contract::testing::{LOG, TestElection, TestLog, TestVoter};
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::checkpoint::TreeHead;
use kodanik_ledger::key::{KeyKind, KeyName, NoteSigner};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::tree::MemoryTree;
use rand_core::OsRng;

use crate::audit::{AuditError, Outcome, audit_file};
use crate::source::{Export, Record};

/// A log's keys, and the policy that trusts them.
struct Signer {
    keys: [NoteSigner; 2],
    policy: Policy,
}

impl Signer {
    fn make() -> Self {
        let name = KeyName::parse(LOG).unwrap();
        let key = |kind| NoteSigner::make(name.clone(), kind, &mut OsRng);
        let keys = [key(KeyKind::Log), key(KeyKind::Cosignature)];
        let [log, clock] = [0, 1].map(|i| keys[i].verifier());
        let policy = Policy::parse(&format!("log {log}\nwitness clock {clock}\nquorum clock\n")).unwrap();
        Self { keys, policy }
    }

    fn note(&self, leaves: &[Leaf], minute: UnixMinute) -> Vec<u8> {
        let mut tree = MemoryTree::new();
        leaves.iter().for_each(|leaf| tree.push(leaf.hash()));
        let origin = KeyName::parse(LOG).unwrap();
        let head = TreeHead { origin, size: tree.size(), root: tree.root() };
        let [log, clock] = &self.keys;
        head.sign(&[log, clock], minute.start()).unwrap().to_string().into_bytes()
    }

    /// A log that was really signed, with these leaves.
    fn export(&self, path: &Path, leaves: &[Leaf], minute: UnixMinute) {
        let mut export = Export::create(path, &self.note(leaves, minute)).unwrap();
        let records: Vec<_> =
            leaves.iter().map(|leaf| Record { listed: leaf.hash(), leaf: leaf.clone() }).collect();
        export.append(&records).unwrap();
        export.finish().unwrap();
    }
}

/// Three voters, one of whom votes twice; closed and tallied.
fn tallied() -> (TestLog, TestElection) {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    let first = election.ballot(&TestVoter::new(1), Position::FIRST, [&[0], &[]]);
    let second = Position::FIRST.next(first.tracker());
    log.append(&Entry::BallotCast(first));
    for voter in 2..=3 {
        log.append(&Entry::BallotCast(election.ballot(
            &TestVoter::new(voter),
            Position::FIRST,
            [&[1], &[0, 2]],
        )));
    }
    log.append(&Entry::BallotCast(election.ballot(&TestVoter::new(1), second, [&[2], &[1]])));
    election.finish_on(&mut log, 3);
    (log, election)
}

fn audit(path: &Path, policy: &Policy) -> Result<Outcome, AuditError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(audit_file(path, policy, |_, _| {}))
}

#[test]
fn a_right_log_is_clean_and_its_result_is_shown() {
    let (log, election) = tallied();
    let (signer, dir) = (Signer::make(), tempfile::tempdir().unwrap());
    let path = dir.path().join("log");
    signer.export(&path, &log.leaves, log.minute);
    let outcome = audit(&path, &signer.policy).unwrap();
    let report = &outcome.report;
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.size, log.leaves.len() as u64);
    assert_eq!(report.verified["ballot.cast"], 4);
    let votes = report.elections[0].contests[0].votes.as_ref().unwrap();
    let votes: Vec<u64> = votes.iter().map(|(_, votes)| *votes).collect();
    assert_eq!(votes, [0, 2, 1, 0]);
    assert_eq!(outcome.state.election(&election.election().id).unwrap().pseudonym_count(), 3);
    let shown = report.to_string();
    assert!(shown.contains("Nothing is wrong") && shown.contains("issued 3, used 3"), "{shown}");
    assert!(serde_json::to_string(report).unwrap().contains("\"findings\":[]"));
}

/// Where each entry stands in an export: hash (32 bytes), length (2), leaf.
fn places(bytes: &[u8], leaves: &[Leaf]) -> Vec<std::ops::Range<usize>> {
    let mut start = bytes.len() - leaves.iter().map(|leaf| 34 + leaf.to_bytes().len()).sum::<usize>();
    let place = |leaf: &Leaf| {
        let end = start + 34 + leaf.to_bytes().len();
        std::mem::replace(&mut start, end)..end
    };
    leaves.iter().map(place).collect()
}

#[test]
fn a_changed_byte_anywhere_is_found_and_its_entry_named() {
    let (log, _) = tallied();
    let (signer, dir) = (Signer::make(), tempfile::tempdir().unwrap());
    let path = dir.path().join("log");
    signer.export(&path, &log.leaves, log.minute);
    let right = fs::read(&path).unwrap();
    let places = places(&right, &log.leaves);
    // A stride that is coprime to every structure in the file; the first 400 bytes (header and note) all.
    let positions = (0..400).step_by(7).chain((400..right.len()).step_by(1999));
    for position in positions {
        let mut changed = right.clone();
        changed[position] ^= 1 << (position % 8);
        fs::write(&path, &changed).unwrap();
        let entry = places.iter().position(|place| place.contains(&position)).map(|entry| entry as u64);
        match audit(&path, &signer.policy) {
            Err(AuditError::Checkpoint(_)) => assert_eq!(entry, None, "byte {position}"),
            Err(AuditError::Source(_)) => assert_eq!(entry, None, "byte {position}"),
            Ok(outcome) => {
                assert!(!outcome.report.is_clean(), "byte {position} of entry {entry:?} went unnoticed");
                let first = outcome.report.findings.iter().find_map(|finding| finding.entry);
                assert_eq!(first, entry, "byte {position}: {}", outcome.report);
            }
        }
    }
}

#[test]
fn a_changed_ballot_is_named_by_entry_and_tracker() {
    let (log, _) = tallied();
    let (signer, dir) = (Signer::make(), tempfile::tempdir().unwrap());
    let path = dir.path().join("log");
    signer.export(&path, &log.leaves, log.minute);
    let mut bytes = fs::read(&path).unwrap();
    let (index, leaf) = log
        .leaves
        .iter()
        .enumerate()
        .find(|(_, leaf)| matches!(Entry::parse(leaf.entry()), Ok(Entry::BallotCast(_))))
        .unwrap();
    // One character in the ballot's signature.
    let text = String::from_utf8_lossy(leaf.entry());
    let at = text.find("\"signature\":\"").unwrap() + 20;
    let place = places(&bytes, &log.leaves)[index].start + 34 + 8 + at;
    bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
    fs::write(&path, &bytes).unwrap();
    let report = audit(&path, &signer.policy).unwrap().report;
    let Ok(Entry::BallotCast(ballot)) = Entry::parse(leaf.entry()) else { panic!("a ballot") };
    let codes: Vec<_> = report.findings.iter().filter(|f| f.entry == Some(index as u64)).collect();
    assert!(codes.iter().any(|finding| finding.code == "other_leaf"));
    assert!(codes.iter().any(|finding| finding.code == "bad_signature"), "{report}");
    assert!(codes.iter().all(|finding| finding.tracker == Some(ballot.tracker())));
}

#[test]
fn a_log_that_its_operator_signed_wrongly_is_found_out() {
    let (log, _) = tallied();
    let (signer, dir) = (Signer::make(), tempfile::tempdir().unwrap());
    let path = dir.path().join("log");
    let check = |leaves: &[Leaf], minute| {
        let _ = fs::remove_file(&path);
        signer.export(&path, leaves, minute);
        audit(&path, &signer.policy).unwrap().report
    };
    for left_out in 0..log.leaves.len() {
        let mut leaves = log.leaves.clone();
        leaves.remove(left_out);
        let report = check(&leaves, log.minute);
        // The last share is one more than needed only if a third trustee gave one; here every entry matters.
        let last = left_out + 1 == log.leaves.len();
        assert!(!report.is_clean() || last, "without entry {left_out}: {report}");
    }
    let mut twice = log.leaves.clone();
    twice.push(log.leaves[3].clone());
    assert_eq!(check(&twice, log.minute).findings[0].entry, Some(log.leaves.len() as u64));
    let mut swapped = log.leaves.clone();
    swapped.swap(1, 2);
    assert_eq!(check(&swapped, log.minute).findings[0].entry, Some(1));
    let report = check(&log.leaves, UnixMinute(log.minute.0 - 10));
    assert!(report.findings.iter().all(|finding| finding.code == "from_the_future") && !report.is_clean());
}

#[test]
fn a_copy_that_ends_early_or_late_is_refused() {
    let (log, _) = tallied();
    let (signer, dir) = (Signer::make(), tempfile::tempdir().unwrap());
    let path = dir.path().join("log");
    signer.export(&path, &log.leaves, log.minute);
    let right = fs::read(&path).unwrap();
    for length in [0, 10, 30, 200, right.len() / 2, right.len() - 1] {
        fs::write(&path, &right[..length]).unwrap();
        match audit(&path, &signer.policy) {
            Ok(outcome) => assert!(outcome.report.findings.iter().any(|f| f.code == "incomplete")),
            Err(error) => assert!(length <= 400, "cut at {length}: {error}"),
        }
    }
    fs::write(&path, [right.as_slice(), b"x"].concat()).unwrap();
    let report = audit(&path, &signer.policy).unwrap().report;
    assert_eq!(report.findings[0].code, "trailing_data");
}

#[test]
fn another_signers_log_is_refused() {
    let (log, _) = tallied();
    let (signer, other, dir) = (Signer::make(), Signer::make(), tempfile::tempdir().unwrap());
    let path = dir.path().join("log");
    signer.export(&path, &log.leaves, log.minute);
    assert!(matches!(audit(&path, &other.policy), Err(AuditError::Checkpoint(_))));
}
