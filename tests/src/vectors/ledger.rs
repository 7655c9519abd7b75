//! Receipts and evidence: what a log's signature proves, and what it does not.

use std::sync::LazyLock;

use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use kodanik_ledger::checkpoint::{TreeHead, UnverifiedCheckpoint};
use kodanik_ledger::evidence::{EvidenceOfMisbehaviour, Misbehaviour};
use kodanik_ledger::key::{KeyKind, KeyName, NoteSigner};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::proof::{ConsistencyProof, InclusionProof};
use kodanik_ledger::receipt::UnverifiedReceipt;
use kodanik_ledger::tree::{MemoryTree, NodeHash};
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::rng::TestRng;
use super::world::text;

/// When everything here is signed, in seconds.
pub(super) const NOW: UnixSeconds = UnixSeconds(100_000 * 60);

/// A log's keys, a witness's, and the policy that wants both.
pub(super) struct Operator {
    log: NoteSigner,
    witness: NoteSigner,
}

impl Operator {
    pub(super) fn new(origin: &str) -> Self {
        let key = |name: &str, kind| {
            NoteSigner::make(
                KeyName::parse(name).unwrap(),
                kind,
                &mut TestRng::new(&format!("note key {name} of {origin}")),
            )
        };
        Self { log: key(origin, KeyKind::Log), witness: key("witness.example", KeyKind::Cosignature) }
    }

    pub(super) fn policy(&self) -> String {
        format!("log {}\nwitness witness {}\nquorum witness\n", self.log.verifier(), self.witness.verifier())
    }

    pub(super) fn sign(&self, tree: &MemoryTree, now: UnixSeconds) -> UnverifiedCheckpoint {
        self.head(tree).sign(&[&self.log, &self.witness], now).unwrap()
    }

    fn head(&self, tree: &MemoryTree) -> TreeHead {
        TreeHead { origin: self.log.verifier().name().clone(), size: tree.size(), root: tree.root() }
    }
}

static OPERATOR: LazyLock<Operator> = LazyLock::new(|| Operator::new("kodanik.example/receipts"));
static OTHER: LazyLock<Operator> = LazyLock::new(|| Operator::new("kodanik.example/other"));

pub(super) fn add(vectors: &mut Vectors) {
    receipts(vectors);
    altered_texts(vectors);
    evidence(vectors);
    pseudo_evidence(vectors);
}

/// Entries have no meaning here.
fn entry(index: u64) -> String {
    format!(r#"{{"entry":{index}}}"#)
}

fn leaf(index: u64) -> Leaf {
    Leaf::new(UnixMinute(99_000 + index), entry(index).into_bytes()).unwrap()
}

fn tree(size: u64) -> MemoryTree {
    let mut tree = MemoryTree::new();
    (0..size).for_each(|index| tree.push(leaf(index).hash()));
    tree
}

/// The same first three leaves, then others.
fn fork(size: u64) -> MemoryTree {
    let mut tree = tree(3);
    (3..size).for_each(|index| tree.push(leaf(index + 1_000).hash()));
    tree
}

fn receipt_header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "receipt", name, section: "5.1.5", about }
}

fn receipt_input(entry: &str, receipt: &str) -> Value {
    json!({ "entry": entry, "policy": OPERATOR.policy(), "receipt": receipt })
}

fn proof(tree: &MemoryTree, index: u64) -> InclusionProof {
    InclusionProof::make(tree, index, tree.size()).unwrap()
}

fn receipts(vectors: &mut Vectors) {
    let whole = tree(11);
    let checkpoint = OPERATOR.sign(&whole, NOW);
    for (name, index, size) in
        [("first-of-one", 0, 1), ("first", 0, 11), ("in-the-middle", 4, 11), ("last", 10, 11)]
    {
        let tree = tree(size);
        let (minute, checkpoint) = (leaf(index).minute(), OPERATOR.sign(&tree, NOW));
        let receipt = UnverifiedReceipt::new(minute, index, proof(&tree, index), checkpoint).to_string();
        let result = json!({ "index": index, "minute": minute });
        let about = format!("entry {index} of {size}");
        vectors.accept(receipt_header(name, &about), receipt_input(&entry(index), &receipt), Some(result));
    }
    let mut refuse = |name: &str,
                      about: &str,
                      entry_index: u64,
                      minute: u64,
                      index: u64,
                      proof: InclusionProof| {
        let receipt =
            UnverifiedReceipt::new(UnixMinute(minute), index, proof, checkpoint.clone()).to_string();
        vectors.refuse(receipt_header(name, about), "proof", receipt_input(&entry(entry_index), &receipt));
    };
    let right = || proof(&whole, 4);
    refuse("of-another-ballot", "the receipt of another entry (France 2022)", 5, 99_004, 4, right());
    refuse("of-a-changed-ballot", "the entry was never logged", 12, 99_004, 4, right());
    refuse("another-minute", "another minute than the log's", 4, 99_005, 4, right());
    refuse("another-index", "another index", 4, 99_004, 5, right());
    refuse("index-beyond-the-log", "an index beyond the size", 4, 99_004, 11, right());
    refuse("proof-of-another-entry", "the path of another entry", 4, 99_004, 4, proof(&whole, 6));
    refuse("proof-of-another-size", "the path in a smaller tree", 4, 99_004, 4, proof(&tree(7), 4));
    let mut shorter = right();
    shorter.0.pop();
    refuse("hash-missing", "the path lacks its last hash", 4, 99_004, 4, shorter);
    let mut longer = right();
    longer.0.push(NodeHash([0; 32]));
    refuse("hash-too-many", "a hash follows the path", 4, 99_004, 4, longer);
    refuse("no-proof", "no path", 4, 99_004, 4, InclusionProof(Vec::new()));
    let mut swapped = right();
    swapped.0.swap(0, 1);
    refuse("hashes-swapped", "two hashes of the path in each other's place", 4, 99_004, 4, swapped);

    let forked = fork(11);
    let on_fork =
        UnverifiedReceipt::new(UnixMinute(99_004), 4, right(), OPERATOR.sign(&forked, NOW)).to_string();
    let about = "the path leads to another root than the one that is signed";
    vectors.refuse(
        receipt_header("checkpoint-of-a-fork", about),
        "proof",
        receipt_input(&entry(4), &on_fork),
    );
}

fn altered_texts(vectors: &mut Vectors) {
    let whole = tree(11);
    let of =
        |checkpoint| UnverifiedReceipt::new(UnixMinute(99_004), 4, proof(&whole, 4), checkpoint).to_string();
    let right = of(OPERATOR.sign(&whole, NOW));
    let mut refuse = |name: &str, about: &str, expect: &str, receipt: &str| {
        assert_ne!(receipt, right, "{name}");
        vectors.refuse(receipt_header(name, about), expect, receipt_input(&entry(4), receipt));
    };
    let about = "a receipt of another log that this policy does not name (France 2022)";
    refuse("of-another-log", about, "checkpoint", &of(OTHER.sign(&whole, NOW)));
    let impostor = TreeHead { origin: OPERATOR.log.verifier().name().clone(), ..OTHER.head(&whole) };
    let impostor = impostor.sign(&[&OTHER.log, &OPERATOR.witness], NOW).unwrap();
    refuse(
        "signed-by-another-log",
        "the log's name over another log's signature",
        "checkpoint",
        &of(impostor),
    );
    let alone = OPERATOR.head(&whole).sign(&[&OPERATOR.log], NOW).unwrap();
    refuse("without-witness", "no witness has cosigned", "checkpoint", &of(alone));
    let unsigned = OPERATOR.head(&whole).sign(&[&OPERATOR.witness], NOW).unwrap();
    refuse("without-the-logs-signature", "only the witness has signed", "checkpoint", &of(unsigned));
    let resized = right.replacen("\n11\n", "\n12\n", 1);
    refuse("signature-on-another-size", "the size was changed after signing", "checkpoint", &resized);
    let extended = right.replacen("\n11\n", "\n011\n", 1);
    refuse("size-with-leading-zero", "the size has a leading zero", "checkpoint", &extended);
    let (head, signatures) = right.rsplit_once("\n\n").unwrap();
    refuse(
        "extension-line",
        "the checkpoint has a fourth line",
        "checkpoint",
        &format!("{head}\nmore\n\n{signatures}"),
    );
    let (log, witness) = signatures.split_once('\n').unwrap();
    let spoilt = format!("{head}\n\n{log}\n{}\n", flip_last_signature_byte(witness.trim_end()));
    refuse(
        "cosignature-does-not-verify",
        "a byte of the witness's signature was changed",
        "checkpoint",
        &spoilt,
    );

    let mut malformed = |name: &str, about: &str, receipt: &str| refuse(name, about, "malformed", receipt);
    malformed("of-another-version", "another first line", &right.replacen("@v1", "@v2", 1));
    let minute = right.lines().nth(1).unwrap();
    malformed("without-minute", "no `extra` line", &right.replacen(&format!("{minute}\n"), "", 1));
    malformed("minute-of-7-bytes", "the minute is 7 bytes", &right.replacen(minute, "extra AAAAAAGCvA==", 1));
    malformed(
        "index-with-leading-zero",
        "the index has a leading zero",
        &right.replacen("index 4", "index 04", 1),
    );
    malformed("index-with-sign", "the index has a sign", &right.replacen("index 4", "index +4", 1));
    let hash = right.lines().nth(3).unwrap();
    malformed(
        "hash-of-31-bytes",
        "a hash of the path is 31 bytes",
        &right.replacen(hash, &format!("{}==", &hash[..42]), 1),
    );
    let many = format!("{hash}\n").repeat(65);
    malformed("hashes-65", "65 hashes", &right.replacen(&format!("{hash}\n"), &many, 1));
}

/// Changes the last byte of a signature line's base64.
pub(super) fn flip_last_signature_byte(line: &str) -> String {
    let cut = line.trim_end_matches('=');
    let (front, padding) = (&cut[..cut.len() - 4], &line[cut.len()..]);
    let replaced = if cut[cut.len() - 4..].starts_with("AA") { "BB" } else { "AA" };
    format!("{front}{replaced}{}{padding}", &cut[cut.len() - 2..])
}

fn evidence_header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "evidence", name, section: "5.1.6", about }
}

fn note(operator: &Operator, tree: &MemoryTree) -> String {
    operator.sign(tree, NOW).to_string()
}

fn evidence_of(misbehaviour: Misbehaviour, first: String, second: String, proof: ConsistencyProof) -> String {
    text(&EvidenceOfMisbehaviour { misbehaviour, first, second, proof }.to_bytes().unwrap())
}

fn evidence_input(evidence: &str) -> Value {
    json!({ "evidence": evidence, "policy": OPERATOR.policy() })
}

fn evidence(vectors: &mut Vectors) {
    let mut accept = |name: &str, about: &str, misbehaviour: Misbehaviour, trees: [MemoryTree; 2], proof| {
        let [first, second] = trees.map(|tree| note(&OPERATOR, &tree));
        let file = evidence_of(misbehaviour, first, second, proof);
        let result = json!({ "misbehaviour": misbehaviour });
        vectors.accept(evidence_header(name, about), evidence_input(&file), Some(result));
    };
    let none = ConsistencyProof::default;
    accept(
        "split-view",
        "two heads of one size (France 2022 kept none)",
        Misbehaviour::SplitView,
        [tree(6), fork(6)],
        none(),
    );
    let proof = ConsistencyProof::make(&fork(9), 6, 9).unwrap();
    let about = "two heads, and a proof that does not lead from one to the other";
    accept("not-consistent", about, Misbehaviour::NotConsistent, [tree(6), fork(9)], proof);
    let about = "two heads that are not of one log, and no proof at all";
    accept("not-consistent-without-proof", about, Misbehaviour::NotConsistent, [tree(6), fork(9)], none());
}

/// Anybody could put together what looks like evidence.
fn pseudo_evidence(vectors: &mut Vectors) {
    use Misbehaviour::{NotConsistent, SplitView};
    let mut refuse = |name: &str, about: &str, expect: &str, evidence: &str| {
        vectors.refuse(evidence_header(name, about), expect, evidence_input(evidence));
    };
    let of = |size| note(&OPERATOR, &tree(size));
    let none = ConsistencyProof::default;
    refuse(
        "one-head-twice",
        "one head twice",
        "no_contradiction",
        &evidence_of(SplitView, of(6), of(6), none()),
    );
    let later = OPERATOR.sign(&tree(6), NOW.plus(60)).to_string();
    refuse(
        "one-head-signed-twice",
        "one head, signed at two times",
        "no_contradiction",
        &evidence_of(SplitView, of(6), later, none()),
    );
    let about = "two heads of different sizes are no split view";
    refuse(
        "split-view-of-two-sizes",
        about,
        "no_contradiction",
        &evidence_of(SplitView, of(6), of(9), none()),
    );
    let right = || ConsistencyProof::make(&tree(9), 6, 9).unwrap();
    refuse(
        "consistent",
        "a proof that joins both heads",
        "no_contradiction",
        &evidence_of(NotConsistent, of(6), of(9), right()),
    );
    refuse(
        "backwards",
        "the larger head first",
        "no_contradiction",
        &evidence_of(NotConsistent, of(9), of(6), right()),
    );
    let about = "two heads of one size called not consistent: a proof between them says nothing";
    let split = [note(&OPERATOR, &tree(6)), note(&OPERATOR, &fork(6))];
    let [first, second] = split.clone();
    refuse(
        "not-consistent-of-one-size",
        about,
        "no_contradiction",
        &evidence_of(NotConsistent, first, second, right()),
    );

    let about = "the heads of two logs, both in the policy";
    let both = format!("{}log {}\n", OPERATOR.policy(), OTHER.log.verifier());
    let two = evidence_of(
        SplitView,
        of(6),
        OTHER.head(&fork(6)).sign(&[&OTHER.log, &OPERATOR.witness], NOW).unwrap().to_string(),
        none(),
    );
    let input = json!({ "evidence": two, "policy": both });
    let two_logs = evidence_header("of-two-logs", about);

    let unsigned = OPERATOR.head(&fork(6)).sign(&[&OPERATOR.witness], NOW).unwrap().to_string();
    refuse(
        "second-head-not-signed",
        "the log did not sign the second head",
        "checkpoint",
        &evidence_of(SplitView, of(6), unsigned, none()),
    );
    let alone = OPERATOR.head(&fork(6)).sign(&[&OPERATOR.log], NOW).unwrap().to_string();
    refuse(
        "second-head-without-witness",
        "no witness cosigned the second head",
        "checkpoint",
        &evidence_of(SplitView, of(6), alone, none()),
    );
    let foreign = note(&OTHER, &fork(6));
    refuse(
        "second-head-of-an-unknown-log",
        "a head of a log that the policy does not name",
        "checkpoint",
        &evidence_of(SplitView, of(6), foreign, none()),
    );

    let [first, second] = split;
    let right = evidence_of(SplitView, first.clone(), second.clone(), none());
    refuse(
        "split-view-with-a-proof",
        "a proof beside a split view",
        "malformed",
        &evidence_of(SplitView, first, second, ConsistencyProof(vec![NodeHash([0; 32])])),
    );
    refuse("form-newline-at-the-end", "canonical JSON has no newline", "malformed", &format!("{right}\n"));
    refuse(
        "unknown-misbehaviour",
        "a name that is none",
        "malformed",
        &right.replacen("split-view", "double-view", 1),
    );
    vectors.refuse(two_logs, "other_log", input);
}
