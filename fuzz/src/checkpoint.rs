//! What a log, its witnesses and its tiles say: head = which parser; text as each parser takes it.
//!
//! - What parses is written again as the same bytes; lists stay within their caps.
//! - Nobody forges: a checkpoint that satisfies the policy says what the log has signed, and names only witnesses that the policy
//!   names; evidence that verifies holds two such checkpoints that cannot both be true.
//! - A policy means the same with comments and blank lines between its own.
//! - A consistency proof that verifies joins two heads of the same history.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kodanik_ledger::checkpoint::UnverifiedCheckpoint;
use kodanik_ledger::evidence::{EvidenceOfMisbehaviour, Misbehaviour};
use kodanik_ledger::key::{NoteSigner, NoteVerifier};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::note::SignedNote;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::proof::{ConsistencyProof, InclusionProof};
use kodanik_ledger::tile::{TileKind, TilePath, append_to_bundle, parse_bundle};
use kodanik_ledger::tree::{MemoryTree, NodeHash};

use crate::{Seed, logs, seed, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 1;

const NOTE: u8 = 0;
const POLICY: u8 = 1;
const KEY: u8 = 2;
const SECRET_KEY: u8 = 3;
const PATH: u8 = 4;
const BUNDLE: u8 = 5;
const EVIDENCE: u8 = 6;
const CONSISTENCY: u8 = 7;
const INCLUSION: u8 = 8;
const KINDS: u8 = 9;

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([kind], bytes)) = split::<HEAD>(data) else { return };
    match kind % KINDS {
        BUNDLE => check_bundle(bytes),
        CONSISTENCY => check_consistency(bytes),
        EVIDENCE => check_evidence(bytes),
        INCLUSION => check_inclusion(bytes),
        NOTE => check_note(bytes),
        kind => {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            match kind {
                KEY => check_key(text),
                PATH => check_path(text),
                POLICY => check_policy(text),
                _ => check_secret_key(text),
            }
        }
    }
}

/// The policy of the vectors' evidence.
static VECTORS_POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let vector = vectors::of_kind("evidence").find(|vector| vector.is_valid()).expect("good evidence");
    Policy::parse(vector.text("policy")).expect("a good policy")
});

/// The texts that the log of the vectors has signed: those of all receipts and evidence that were not tampered with.
static SIGNED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let honest = |vector: &&vectors::Vector| {
        vector.is_valid() || ["proof", "no_contradiction"].iter().any(|code| vector.file["expect"] == *code)
    };
    let notes = ["receipt", "evidence"].into_iter().flat_map(vectors::of_kind).filter(honest).flat_map(notes);
    // The first head of a pair is right where the second is not.
    let first = vectors::of_kind("evidence")
        .flat_map(|vector| notes_of_evidence(vector.text("evidence")).into_iter().next());
    notes.chain(first).filter_map(|note| Some(format!("{}\n", note.split_once("\n\n")?.0))).collect()
});

fn notes(vector: &vectors::Vector) -> Vec<String> {
    match vector.kind.as_str() {
        "receipt" => {
            vector.text("receipt").split_once("\n\n").map(|(_, note)| note.to_owned()).into_iter().collect()
        }
        _ => notes_of_evidence(vector.text("evidence")),
    }
}

fn notes_of_evidence(text: &str) -> Vec<String> {
    let parsed = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    ["first", "second"].iter().filter_map(|member| parsed[member].as_str().map(str::to_owned)).collect()
}

fn check_note(bytes: &[u8]) {
    let Ok(note) = SignedNote::parse(bytes) else { return };
    assert!(
        bytes.len() <= SignedNote::MAX_BYTES && note.signatures().len() <= SignedNote::MAX_SIGNATURES,
        "too large"
    );
    assert_eq!(note.to_string().as_bytes(), bytes, "a second form of the same note");
    let Ok(checkpoint) = UnverifiedCheckpoint::parse(bytes) else { return };
    assert_eq!(checkpoint.to_string().as_bytes(), bytes, "a second form of the same checkpoint");
    assert_eq!(checkpoint.dangerous_unverified_head().to_string(), note.text(), "it says something else");
    let Ok(checkpoint) = checkpoint.verify(&VECTORS_POLICY) else { return };
    assert!(SIGNED.contains(checkpoint.note().text()), "a forged checkpoint");
    let trusted: BTreeSet<&str> = VECTORS_POLICY.witnesses().map(|(name, _)| name).collect();
    let cosigned = || checkpoint.cosignatures().iter().map(|cosignature| cosignature.witness.as_str());
    assert!(
        cosigned().count() == 1 && cosigned().all(|name| trusted.contains(name)),
        "a witness of nobody's"
    );
}

fn check_policy(text: &str) {
    let parsed = Policy::parse(text);
    let commented = format!("# a comment\n{}\n\n", text.replace('\n', "\n\n# another\n"));
    if commented.len() <= Policy::MAX_BYTES {
        let same = Policy::parse(&commented);
        assert_eq!(same.as_ref().ok(), parsed.as_ref().ok(), "a comment means something");
    }
    let Ok(policy) = parsed else { return };
    let (logs, witnesses) = (policy.logs().len(), policy.witnesses().count());
    assert!(text.len() <= Policy::MAX_BYTES && logs.max(witnesses) <= Policy::MAX_ITEMS, "too large");
    for note in &*SIGNED_NOTES {
        let verified =
            UnverifiedCheckpoint::parse(note.as_bytes()).map(|checkpoint| checkpoint.verify(&policy));
        if let Ok(Ok(checkpoint)) = verified {
            assert!(
                policy.logs().iter().any(|log| log.name() == checkpoint.origin()),
                "a log that it does not name"
            );
        }
    }
}

/// A few checkpoints for policies to judge.
static SIGNED_NOTES: LazyLock<Vec<String>> = LazyLock::new(|| {
    vectors::of_kind("receipt").filter(|vector| vector.is_valid()).flat_map(notes).take(2).collect()
});

fn check_key(text: &str) {
    let Ok(key) = NoteVerifier::parse(text) else { return };
    assert_eq!(key.to_string(), text, "a second form of the same key");
}

fn check_secret_key(text: &str) {
    let Ok(key) = NoteSigner::parse(text) else { return };
    assert_eq!(*key.to_secret_text(), text.trim_end_matches('\n'), "a second form of the same key");
    assert!(NoteVerifier::parse(&key.verifier().to_string()).is_ok(), "a key that nobody can verify with");
}

fn check_path(text: &str) {
    let Ok(path) = TilePath::parse(text) else { return };
    assert_eq!(path.to_string(), text, "a second path of the same tile");
    assert!(
        (1..=256).contains(&path.width) && path.end() - path.start() == u64::from(path.width),
        "an impossible width"
    );
    if let TileKind::Hashes(level) = path.kind {
        assert!(level <= 7, "an impossible level");
    }
    // A tree of exactly this size has exactly this tile at its end.
    if path.kind == TileKind::Entries && path.index < 1000 {
        assert_eq!(TilePath::all(TileKind::Entries, path.end()).last(), Some(path), "no tile of such a tree");
    }
}

fn check_bundle(bytes: &[u8]) {
    for width in 0..=4 {
        let Ok(leaves) = parse_bundle(bytes, width) else { continue };
        let mut again = Vec::new();
        leaves.iter().for_each(|leaf| append_to_bundle(&mut again, leaf));
        assert_eq!(
            (leaves.len(), again.as_slice()),
            (width.into(), bytes),
            "a second form of the same bundle"
        );
        for leaf in leaves {
            assert!(leaf.entry().len() <= Leaf::MAX_ENTRY_BYTES, "larger than any leaf");
            assert_eq!(Leaf::parse(&leaf.to_bytes()).as_ref(), Ok(&leaf), "another leaf");
        }
    }
}

fn check_evidence(bytes: &[u8]) {
    let Ok(evidence) = EvidenceOfMisbehaviour::parse(bytes) else { return };
    assert!(bytes.len() <= EvidenceOfMisbehaviour::MAX_BYTES, "too large");
    assert_eq!(evidence.to_bytes().as_deref(), Ok(bytes), "a second form of the same evidence");
    let Ok(misbehaviour) = evidence.verify(&VECTORS_POLICY) else { return };
    let head = |note: &str| UnverifiedCheckpoint::parse(note.as_bytes()).expect("it was verified");
    let (first, second) = (head(&evidence.first), head(&evidence.second));
    for checkpoint in [&first, &second] {
        assert!(SIGNED.contains(checkpoint.note().text()), "evidence with a forged checkpoint");
    }
    let (first, second) = (first.dangerous_unverified_head(), second.dangerous_unverified_head());
    assert_eq!(first.origin, second.origin, "evidence about two logs");
    match misbehaviour {
        Misbehaviour::NotConsistent => assert!(first.size < second.size, "no growth"),
        Misbehaviour::SplitView => {
            assert!(first.size == second.size && first.root != second.root, "one head")
        }
    }
}

/// Sizes of the town log that proofs are about.
const SIZES: std::ops::RangeInclusive<usize> = 0..=29;

/// The town log's roots, by size; and for as many again, those of a log that shares its first five leaves.
static ROOTS: LazyLock<[Vec<NodeHash>; 2]> = LazyLock::new(|| {
    let log = logs::ALL.iter().find(|log| log.name == "town").expect("the town's log");
    let roots = |fork: bool| SIZES.map(|size| tree(&log.leaves[..size], fork).root()).collect();
    [roots(false), roots(true)]
});

fn tree(leaves: &[Leaf], fork: bool) -> MemoryTree {
    let mut tree = MemoryTree::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let hash = leaf.hash();
        tree.push(if fork && index >= 5 { NodeHash(hash.0.map(|byte| !byte)) } else { hash });
    }
    tree
}

/// Two sizes and which history the second has, then hashes. It verifies only where both heads are of one history.
fn check_consistency(bytes: &[u8]) {
    let Some(([from, to, fork], bytes)) = split::<3>(bytes) else { return };
    let hashes = bytes.chunks_exact(32).take(70).map(|hash| NodeHash(hash.try_into().expect("32 bytes")));
    let proof = ConsistencyProof(hashes.collect());
    let (from, to) = (usize::from(*from) % 30, usize::from(*to) % 30);
    let (old, new) = (ROOTS[0][from], ROOTS[usize::from(fork % 2)][to]);
    if proof.verify(from as u64, &old, to as u64, &new).is_ok() {
        let one_history = from <= to && (fork % 2 == 0 || from <= 5);
        assert!(one_history, "two histories were joined");
    }
}

/// A place, a size and which leaf, then hashes. It verifies only where the leaf is in its place.
fn check_inclusion(bytes: &[u8]) {
    let Some(([index, size, leaf], bytes)) = split::<3>(bytes) else { return };
    let log = logs::ALL.iter().find(|log| log.name == "town").expect("the town's log");
    let hashes = bytes.chunks_exact(32).take(70).map(|hash| NodeHash(hash.try_into().expect("32 bytes")));
    let proof = InclusionProof(hashes.collect());
    let (index, size, leaf) = (usize::from(*index), usize::from(*size) % 30, usize::from(*leaf) % 29);
    if proof.verify(&log.leaves[leaf].hash(), index as u64, size as u64, &ROOTS[0][size]).is_ok() {
        assert!(index < size && log.leaves[index] == log.leaves[leaf], "a leaf in another's place");
    }
}

/// Notes, policies and evidence of the vectors; keys, paths, bundles and proofs of the town's log.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for vector in vectors::of_kind("receipt") {
        seeds.extend(notes(vector).iter().map(|note| seed(format!("note-{}", vector.name), &[NOTE], note)));
    }
    let mut policies: Vec<(&str, &str)> = ["receipt", "evidence"]
        .into_iter()
        .flat_map(vectors::of_kind)
        .map(|vector| (vector.text("policy"), vector.name.as_str()))
        .collect();
    policies.sort_unstable();
    policies.dedup_by_key(|(policy, _)| *policy);
    for (policy, name) in policies {
        seeds.push(seed(format!("policy-{name}"), &[POLICY], policy));
        let key = policy.split_whitespace().nth(1).unwrap_or_default();
        seeds.push(seed(format!("key-{name}"), &[KEY], key));
    }
    let (names, policy) =
        ("a b c d", "group some 2 a b\ngroup any any c d\ngroup all all some any\nquorum all\n");
    let witnesses = names.split(' ').map(|name| format!("witness {name} {}\n", signer(name, 4).verifier()));
    let policy = format!("log {}\n{}{policy}", signer("log", 1).verifier(), witnesses.collect::<String>());
    seeds.push(seed("policy-groups", &[POLICY], policy));
    seeds.push(seed("secret-key", &[SECRET_KEY], &*signer("log", 1).to_secret_text()));
    for path in ["entries/000", "entries/001.p/17", "0/x001/x234/067", "7/000.p/1", "entries/x001/000"] {
        seeds.push(seed(format!("path-{}", path.replace('/', "-")), &[PATH], path));
    }
    seeds.extend(
        vectors::of_kind("evidence")
            .map(|vector| seed(format!("evidence-{}", vector.name), &[EVIDENCE], vector.text("evidence"))),
    );
    seeds.extend(log_seeds());
    seeds
}

fn log_seeds() -> Vec<Seed> {
    let log = logs::ALL.iter().find(|log| log.name == "town").expect("the town's log");
    let (whole, flat) = (tree(&log.leaves, false), |hashes: &[NodeHash]| {
        hashes.iter().flat_map(|hash| hash.0).collect::<Vec<_>>()
    });
    let mut seeds = Vec::new();
    for (from, to) in [(0_u8, 7_u8), (1, 29), (4, 29), (5, 8), (6, 29), (29, 29)] {
        let proof = ConsistencyProof::make(&whole, from.into(), to.into()).expect("a proof");
        let head = [CONSISTENCY, from, to, 0];
        seeds.push(seed(format!("consistency-{from}-{to}"), &head, flat(&proof.0)));
    }
    let forked = tree(&log.leaves, true);
    for (from, to) in [(6_u8, 29_u8), (8, 29), (16, 20)] {
        let proof = ConsistencyProof::make(&forked, from.into(), to.into()).expect("a proof");
        seeds.push(seed(
            format!("consistency-of-a-fork-{from}-{to}"),
            &[CONSISTENCY, from, to, 1],
            flat(&proof.0),
        ));
    }
    for (index, size) in [(0_u8, 1_u8), (0, 29), (6, 7), (12, 29), (28, 29)] {
        let proof = InclusionProof::make(&whole, index.into(), size.into()).expect("a proof");
        seeds.push(seed(
            format!("inclusion-{index}-{size}"),
            &[INCLUSION, index, size, index],
            flat(&proof.0),
        ));
    }
    let mut bundle = Vec::new();
    log.leaves[2..4].iter().for_each(|leaf| append_to_bundle(&mut bundle, leaf));
    seeds.push(seed("bundle", &[BUNDLE], bundle));
    seeds
}

/// A key of a name and a kind (1: log, 4: witness).
fn signer(name: &str, kind: u8) -> NoteSigner {
    let kind =
        if kind == 1 { kodanik_ledger::key::KeyKind::Log } else { kodanik_ledger::key::KeyKind::Cosignature };
    let name = kodanik_ledger::key::KeyName::parse(name).expect("a name");
    let mut rng = scenarios::vectors::rng::TestRng::new(name.as_str());
    NoteSigner::make(name, kind, &mut rng)
}
