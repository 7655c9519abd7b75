use proptest::prelude::*;

use super::tree;
use crate::proof::{ConsistencyProof, InclusionProof, MakeProofError, ProofError};
use crate::tree::{Frontier, MemoryTree, NodeHash, empty_root, leaf_hash, node_hash, root, split_point};

/// The leaves and roots that Certificate Transparency's implementations test with.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn roots_of_the_certificate_transparency_vectors() {
    let mut tree = MemoryTree::new();
    assert_eq!(tree.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (leaf, root) in LEAVES.iter().zip(ROOTS) {
        tree.push(leaf_hash(&hex(leaf)));
        assert_eq!(tree.root().to_string(), root);
    }
}

#[test]
fn an_inclusion_proof_of_the_certificate_transparency_vectors() {
    let mut tree = MemoryTree::new();
    LEAVES.iter().for_each(|leaf| tree.push(leaf_hash(&hex(leaf))));
    let proof = InclusionProof::make(&tree, 5, 8).unwrap();
    let expected = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(proof.0.iter().map(NodeHash::to_string).collect::<Vec<_>>(), expected);
}

/// MTH straight from the definition in RFC 6962 section 2.1.
fn naive_root(leaves: &[NodeHash]) -> NodeHash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split_point(leaves.len() as u64) as usize);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

#[test]
fn the_frontier_is_the_definition() {
    let leaves: Vec<_> = (0..70u64).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect();
    let whole = tree(70);
    for size in 0..=70 {
        assert_eq!(tree(size).root(), naive_root(&leaves[..size as usize]));
        assert_eq!(root(&whole, size), Ok(tree(size).root()));
        let mut frontier = Frontier::read(&whole, size).unwrap();
        leaves[size as usize..].iter().for_each(|leaf| frontier.push(*leaf, |_, _| {}));
        assert_eq!(frontier.root(), whole.root());
    }
}

#[test]
fn every_inclusion_proof_verifies_and_no_changed_one_does() {
    let tree = tree(70);
    for size in 1..=70u64 {
        let root = root(&tree, size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&index.to_be_bytes());
            let proof = InclusionProof::make(&tree, index, size).unwrap();
            assert_eq!(proof.verify(&leaf, index, size, &root), Ok(()));
            assert_refused(&proof.0, |hashes| InclusionProof(hashes).verify(&leaf, index, size, &root));
            let other = leaf_hash(b"another leaf");
            assert_eq!(proof.verify(&other, index, size, &root), Err(ProofError::Mismatch));
            for wrong in (0..size).filter(|wrong| *wrong != index) {
                assert!(proof.verify(&leaf, wrong, size, &root).is_err(), "{index} as {wrong} of {size}");
            }
        }
    }
}

#[test]
fn every_consistency_proof_verifies_and_no_changed_one_does() {
    let tree = tree(70);
    for to in 0..=70u64 {
        for from in 0..=to {
            let (old, new) = (root(&tree, from).unwrap(), root(&tree, to).unwrap());
            let proof = ConsistencyProof::make(&tree, from, to).unwrap();
            assert_eq!(proof.verify(from, &old, to, &new), Ok(()), "{from} -> {to}");
            assert_refused(&proof.0, |hashes| ConsistencyProof(hashes).verify(from, &old, to, &new));
            let other = leaf_hash(b"another root");
            assert!(proof.verify(from, &other, to, &new).is_err(), "{from} -> {to}: old root");
            if from > 0 {
                assert!(proof.verify(from, &old, to, &other).is_err(), "{from} -> {to}: new root");
            }
            if from < to {
                assert_eq!(proof.verify(to, &new, from, &old), Err(ProofError::Sizes));
            }
        }
    }
}

/// Each hash flipped or left out, two swapped, one more.
fn assert_refused(hashes: &[NodeHash], verify: impl Fn(Vec<NodeHash>) -> Result<(), ProofError>) {
    for position in 0..hashes.len() {
        let mut flipped = hashes.to_vec();
        flipped[position].0[position % 32] ^= 1;
        assert!(verify(flipped).is_err());
        let mut shorter = hashes.to_vec();
        shorter.remove(position);
        assert!(verify(shorter).is_err());
        if position > 0 && hashes[position] != hashes[position - 1] {
            let mut swapped = hashes.to_vec();
            swapped.swap(position, position - 1);
            assert!(verify(swapped).is_err());
        }
    }
    let longer = [hashes, &[leaf_hash(b"one more")]].concat();
    assert_eq!(verify(longer), Err(ProofError::WrongLength));
}

#[test]
fn impossible_sizes_are_refused() {
    let tree = tree(5);
    assert_eq!(InclusionProof::make(&tree, 5, 5), Err(MakeProofError::Sizes));
    assert_eq!(ConsistencyProof::make(&tree, 5, 4), Err(MakeProofError::Sizes));
    assert!(matches!(InclusionProof::make(&tree, 0, 6), Err(MakeProofError::Reader(_))));
    let nothing = InclusionProof::default();
    assert_eq!(nothing.verify(&empty_root(), 0, 0, &empty_root()), Err(ProofError::Sizes));
    let many = InclusionProof(vec![empty_root(); 100]);
    assert_eq!(many.verify(&empty_root(), 0, u64::MAX, &empty_root()), Err(ProofError::WrongLength));
}

proptest! {
    #[test]
    fn a_proof_of_one_tree_does_not_fit_another(a in 2u64..300, b in 2u64..300, seed: u8) {
        prop_assume!(a != b);
        let tree = tree(a.max(b));
        let index = u64::from(seed) % a.min(b);
        let proof = InclusionProof::make(&tree, index, a).unwrap();
        let other = root(&tree, b).unwrap();
        prop_assert!(proof.verify(&leaf_hash(&index.to_be_bytes()), index, b, &other).is_err());
    }
}
