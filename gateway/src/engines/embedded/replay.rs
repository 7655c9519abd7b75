//! What happens before a log may sign again: every stored entry is hashed, the root is compared with the published
//! one, and the contract's state is built from entry 0, with every check that a stranger would make.

use kodanik_contract::replay::replay_batch;
use kodanik_contract::state::State;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::{Frontier, NodeReader};
use rusqlite::Connection;

use super::StartError;
use super::head::PublishedHead;
use super::store::{self, Nodes};
use crate::db::Db;

/// Entries that are replayed at once, on all processors.
const BATCH: u64 = 256;

/// Rebuilds the contract's state and the tree's edge from the stored entries.
pub(super) fn replay(
    db: &Db,
    origin: &KeyName,
    published: &PublishedHead,
) -> Result<(State, Frontier), StartError> {
    db.read(|connection| {
        let stored = store::size(connection)?.ok_or(StartError::Damaged { index: 0 })?;
        let head = published.head();
        if stored < head.size {
            return Err(StartError::RolledBack { published: head.size, stored });
        }
        // The tree first: it is quick, and says best what is wrong.
        let frontier = check_tree(connection, stored, published)?;
        Ok((replay_contract(connection, origin, stored)?, frontier))
    })
}

/// Hashes every stored leaf, compares the stored hashes of all subtrees, and the root at the published size.
fn check_tree(
    connection: &Connection,
    stored: u64,
    published: &PublishedHead,
) -> Result<Frontier, StartError> {
    let head = published.head();
    let mut frontier = Frontier::new();
    let check = |frontier: &Frontier| {
        let forked = frontier.size() == head.size && frontier.root() != head.root;
        if forked { Err(StartError::Forked { size: head.size }) } else { Ok(()) }
    };
    check(&frontier)?;
    for index in 0..stored {
        let mut intact = Ok(true);
        frontier.push(read(connection, index)?.hash(), |id, hash| {
            if matches!(intact, Ok(true)) {
                intact = Nodes(connection).node(id).map(|stored| stored == hash);
            }
        });
        if !intact.unwrap_or(false) {
            return Err(StartError::Damaged { index });
        }
        check(&frontier)?;
    }
    Ok(frontier)
}

fn replay_contract(connection: &Connection, origin: &KeyName, stored: u64) -> Result<State, StartError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut state = State::new(origin);
    while state.size() < stored {
        let first = state.size();
        let indices = first..stored.min(first + BATCH);
        let leaves = indices.map(|index| read(connection, index)).collect::<Result<Vec<_>, _>>()?;
        for (index, result) in (first..).zip(replay_batch(&mut state, &leaves, threads)) {
            result.map_err(|rejection| StartError::Contract { index, rejection })?;
        }
    }
    Ok(state)
}

fn read(connection: &Connection, index: u64) -> Result<Leaf, StartError> {
    store::leaf(connection, index)?.ok_or(StartError::Damaged { index })
}
