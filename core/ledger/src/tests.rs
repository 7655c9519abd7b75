//! Known vectors, whole small ranges, and what must be refused.

mod note;
mod proof;
mod receipt;
mod tile;

use kodanik_crypto::time::UnixSeconds;
use rand_core::OsRng;

use crate::checkpoint::{TreeHead, UnverifiedCheckpoint};
use crate::key::{KeyKind, KeyName, NoteSigner};
use crate::policy::Policy;
use crate::tree::{MemoryTree, leaf_hash};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// A log that signs with a log key and a clock's cosignature, and the policy that trusts both.
struct Operator {
    log: NoteSigner,
    clock: NoteSigner,
    policy: Policy,
}

impl Operator {
    fn make(origin: &str) -> Self {
        let name = KeyName::parse(origin).unwrap();
        let log = NoteSigner::make(name.clone(), KeyKind::Log, &mut OsRng);
        let clock = NoteSigner::make(name, KeyKind::Cosignature, &mut OsRng);
        let policy = format!("log {}\nwitness clock {}\nquorum clock\n", log.verifier(), clock.verifier());
        Self { log, clock, policy: Policy::parse(&policy).unwrap() }
    }

    fn sign(&self, tree: &MemoryTree, now: UnixSeconds) -> UnverifiedCheckpoint {
        let origin = self.log.verifier().name().clone();
        let head = TreeHead { origin, size: tree.size(), root: tree.root() };
        head.sign(&[&self.log, &self.clock], now).unwrap()
    }
}

fn tree(size: u64) -> MemoryTree {
    let mut tree = MemoryTree::new();
    (0..size).for_each(|leaf| tree.push(leaf_hash(&leaf.to_be_bytes())));
    tree
}
