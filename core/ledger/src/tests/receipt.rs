use kodanik_crypto::time::UnixMinute;

use super::{NOW, Operator};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::evidence::{AdvanceError, EvidenceError, EvidenceOfMisbehaviour, Misbehaviour, advance};
use crate::leaf::{Leaf, LeafError};
use crate::policy::{Policy, PolicyError};
use crate::proof::{ConsistencyProof, InclusionProof, ProofError};
use crate::receipt::{ReceiptError, UnverifiedReceipt};
use crate::tree::{MemoryTree, leaf_hash};

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn log(size: u64) -> MemoryTree {
    let mut tree = MemoryTree::new();
    (0..size).for_each(|index| tree.push(Leaf::new(UnixMinute(index), entry(index)).unwrap().hash()));
    tree
}

fn receipt(operator: &Operator, tree: &MemoryTree, index: u64) -> UnverifiedReceipt {
    let proof = InclusionProof::make(tree, index, tree.size()).unwrap();
    UnverifiedReceipt::new(UnixMinute(index), index, proof, operator.sign(tree, NOW))
}

#[test]
fn a_receipt_proves_its_entry_and_no_other() {
    let operator = Operator::make("example.org/log");
    for size in [1, 2, 5, 8, 11] {
        let tree = log(size);
        for index in 0..size {
            let text = receipt(&operator, &tree, index).to_string();
            let parsed = UnverifiedReceipt::parse(text.as_bytes()).unwrap();
            assert_eq!(parsed.to_string(), text);
            assert_eq!((parsed.index(), parsed.minute().0), (index, index));
            let receipt = parsed.clone().verify(&entry(index), &operator.policy).unwrap();
            assert_eq!(
                (receipt.index(), receipt.minute().0, receipt.checkpoint().size()),
                (index, index, size)
            );
            assert_eq!(
                parsed.clone().verify(&entry(index + 1), &operator.policy),
                Err(ReceiptError::Proof(ProofError::Mismatch))
            );
            let other = Operator::make("example.org/log");
            assert_eq!(
                parsed.verify(&entry(index), &other.policy),
                Err(ReceiptError::Checkpoint(CheckpointError::Policy(PolicyError::NotSignedByLog)))
            );
        }
    }
}

#[test]
fn no_byte_of_a_receipt_can_change() {
    let operator = Operator::make("example.org/log");
    let text = receipt(&operator, &log(11), 4).to_string().into_bytes();
    for position in 0..text.len() {
        let mut changed = text.clone();
        changed[position] ^= 1;
        let verified = UnverifiedReceipt::parse(&changed)
            .and_then(|receipt| receipt.verify(&entry(4), &operator.policy));
        assert!(verified.is_err(), "byte {position}");
    }
}

#[test]
fn malformed_receipts_are_refused() {
    let operator = Operator::make("example.org/log");
    let text = receipt(&operator, &log(11), 4).to_string();
    let hash = text.lines().nth(3).unwrap();
    for changed in [
        text.replace("@v1", "@v2"),
        text.replace("extra AAAAAAAAAAQ=\n", ""),
        text.replace("extra AAAAAAAAAAQ=", "extra AAAAAAAABA=="),
        text.replace("index 4", "index 04"),
        text.replace("index 4", "index four"),
        text.replace("index 4\n", ""),
        text.replace(hash, &hash[1..]),
        text.replace(hash, &[hash; 65].join("\n")),
        format!(" {text}"),
    ] {
        assert_eq!(UnverifiedReceipt::parse(changed.as_bytes()), Err(ReceiptError::Malformed), "{changed}");
    }
    assert!(UnverifiedReceipt::parse(format!("{text}\n").as_bytes()).is_err());
    let largest = vec![b'a'; 65_536 + 4096];
    assert_eq!(UnverifiedReceipt::parse(&largest), Err(ReceiptError::Malformed));
    let larger = vec![b'a'; largest.len() + 1];
    assert_eq!(UnverifiedReceipt::parse(&larger), Err(ReceiptError::TooLarge));
}

#[test]
fn leaves_have_a_size() {
    let minute = UnixMinute(28_000_000);
    assert_eq!(Leaf::new(minute, vec![]), Err(LeafError::Empty));
    assert_eq!(Leaf::new(minute, vec![0; 65_528]), Err(LeafError::TooLarge));
    let leaf = Leaf::new(minute, vec![7; 65_527]).unwrap();
    assert_eq!(leaf.to_bytes().len(), 65_535);
    assert_eq!(Leaf::parse(&leaf.to_bytes()), Ok(leaf));
    assert_eq!(Leaf::parse(&[0; 8]), Err(LeafError::Empty));
    assert_eq!(Leaf::parse(&[]), Err(LeafError::Empty));
}

fn checkpoint(operator: &Operator, tree: &MemoryTree) -> Checkpoint {
    operator.sign(tree, NOW).verify(&operator.policy).unwrap()
}

fn forked(size: u64) -> MemoryTree {
    let mut tree = log(3);
    (3..size).for_each(|index| tree.push(leaf_hash(format!("fork {index}").as_bytes())));
    tree
}

#[test]
fn an_honest_log_advances() {
    let operator = Operator::make("example.org/log");
    let tree = log(9);
    for from in 0..=9 {
        let proof = ConsistencyProof::make(&tree, from, 9).unwrap();
        let (old, new) = (checkpoint(&operator, &log(from)), checkpoint(&operator, &tree));
        assert_eq!(advance(&old, &new, &proof), Ok(()));
        if from < 9 {
            assert_eq!(advance(&new, &old, &proof), Err(AdvanceError::Older));
        }
    }
    let other = Operator::make("example.org/other");
    let result =
        advance(&checkpoint(&operator, &tree), &checkpoint(&other, &tree), &ConsistencyProof::default());
    assert_eq!(result, Err(AdvanceError::OtherLog));
}

#[test]
fn two_heads_of_one_size_are_evidence() {
    let operator = Operator::make("example.org/log");
    let (first, second) = (checkpoint(&operator, &log(6)), checkpoint(&operator, &forked(6)));
    let Err(AdvanceError::Misbehaviour(evidence)) = advance(&first, &second, &ConsistencyProof::default())
    else {
        panic!("a split view went unnoticed");
    };
    assert_eq!(evidence.misbehaviour, Misbehaviour::SplitView);
    let file = evidence.to_bytes().unwrap();
    let evidence = EvidenceOfMisbehaviour::parse(&file).unwrap();
    assert_eq!(evidence.verify(&operator.policy), Ok(Misbehaviour::SplitView));

    let other = Operator::make("example.org/log");
    assert!(matches!(evidence.verify(&other.policy), Err(EvidenceError::Checkpoint(_))));
    let same = EvidenceOfMisbehaviour { second: evidence.first.clone(), ..evidence.clone() };
    assert_eq!(same.verify(&operator.policy), Err(EvidenceError::NoContradiction));
    let renamed = EvidenceOfMisbehaviour { misbehaviour: Misbehaviour::NotConsistent, ..evidence };
    assert_eq!(renamed.verify(&operator.policy), Err(EvidenceError::NoContradiction));
}

#[test]
fn growth_that_cannot_be_proved_is_evidence() {
    let operator = Operator::make("example.org/log");
    let (first, fork) = (checkpoint(&operator, &log(6)), forked(9));
    let second = checkpoint(&operator, &fork);
    let proof = ConsistencyProof::make(&fork, 6, 9).unwrap();
    let Err(AdvanceError::Misbehaviour(evidence)) = advance(&first, &second, &proof) else {
        panic!("a fork went unnoticed");
    };
    assert_eq!(evidence.verify(&operator.policy), Ok(Misbehaviour::NotConsistent));
}

/// Anybody could put a proof that proves nothing beside two notes that agree, or beside a split view.
#[test]
fn evidence_that_shows_nothing() {
    let operator = Operator::make("example.org/log");
    let note = |tree: &MemoryTree| checkpoint(&operator, tree).note().to_string();
    let evidence = |misbehaviour, first: String, second: String, hashes: usize| EvidenceOfMisbehaviour {
        misbehaviour,
        first,
        second,
        proof: ConsistencyProof(vec![leaf_hash(b"nothing"); hashes]),
    };
    let shows = |evidence: EvidenceOfMisbehaviour| evidence.verify(&operator.policy);
    let (older, newer, fork) = (note(&log(4)), note(&log(7)), note(&forked(7)));
    let nothing = Err(EvidenceError::NoContradiction);
    assert_eq!(shows(evidence(Misbehaviour::NotConsistent, newer.clone(), newer.clone(), 3)), nothing);
    assert_eq!(shows(evidence(Misbehaviour::NotConsistent, newer.clone(), older.clone(), 3)), nothing);
    assert_eq!(shows(evidence(Misbehaviour::NotConsistent, fork.clone(), newer.clone(), 3)), nothing);
    assert_eq!(shows(evidence(Misbehaviour::SplitView, older.clone(), newer.clone(), 0)), nothing);
    assert_eq!(
        shows(evidence(Misbehaviour::NotConsistent, older, newer.clone(), 3)),
        Ok(Misbehaviour::NotConsistent)
    );
    let with_proof = evidence(Misbehaviour::SplitView, fork.clone(), newer, 1).to_bytes().unwrap();
    assert!(matches!(EvidenceOfMisbehaviour::parse(&with_proof), Err(EvidenceError::Encoding(_))));
}

#[test]
fn evidence_of_two_logs_is_none() {
    let (one, two) = (Operator::make("example.org/one"), Operator::make("example.org/two"));
    let policy = format!("log {}\nlog {}\nquorum none\n", one.log.verifier(), two.log.verifier());
    let evidence = EvidenceOfMisbehaviour {
        misbehaviour: Misbehaviour::SplitView,
        first: checkpoint(&one, &log(6)).note().to_string(),
        second: checkpoint(&two, &forked(6)).note().to_string(),
        proof: ConsistencyProof::default(),
    };
    assert_eq!(evidence.verify(&Policy::parse(&policy).unwrap()), Err(EvidenceError::OtherLog));
}
