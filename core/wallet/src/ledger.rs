//! What the wallet knows of the log. It keeps one checkpoint, moves from it only with a consistency proof, takes a
//! head as new only while a trusted cosignature is young, and keeps contradictory notes as evidence (protocol.md §3.4.2).

use std::collections::{BTreeMap, BTreeSet};

use kodanik_crypto::encoding::to_hex;
use kodanik_crypto::transcript::sha256;
use kodanik_ledger::checkpoint::{Checkpoint, CheckpointError, UnverifiedCheckpoint};
use kodanik_ledger::evidence::{AdvanceError, EvidenceOfMisbehaviour, advance};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::proof::{ConsistencyProof, InclusionProof, ProofError};
use kodanik_ledger::tile::{TILE_WIDTH, TileKind, TilePath, parse_bundle};
use kodanik_ledger::tree::{Frontier, NodeHash, NodeId, NodeReader};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{Misbehaviour, Refusal, WalletError};
use crate::http::{AnswerError, Plane, join};
use crate::store::{StoreError, Table};
use crate::wallet::Wallet;

/// A head is new while a trusted cosignature on it is at most this old (seconds).
pub const MAX_HEAD_AGE: u64 = 600;

const CHECKPOINT_CAP: usize = 64 * 1024;
/// 256 entries of at most 65,535 bytes and their lengths.
const TILE_CAP: usize = 256 * 65_537;
/// The row of [`Table::Settings`] with other sources of the log.
pub(crate) const SECOND_SOURCES_ID: &str = "second-sources";
/// The row of [`Table::Settings`] with the ids of the ledger's rows in [`Table::Evidence`].
pub(crate) const EVIDENCE_IDS: &str = "ledger-evidence";
const PARTY: &str = "ledger";

/// A verified head of the log, and what was checked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogHead {
    /// The log's name.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Age in seconds of the newest trusted cosignature.
    pub age: u64,
    /// Witnesses of the policy that cosigned.
    pub witnesses: Vec<String>,
    /// The size from which a consistency proof led here; `None` where this is the first head of this log.
    pub consistent_since: Option<u64>,
    /// What other sources said.
    pub second_sources: Vec<SecondSource>,
}

/// What another source of the same log said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecondSource {
    /// Where.
    pub url: Url,
    /// The size of its head, or `None` where it could not be reached.
    pub size: Option<u64>,
}

/// A kept checkpoint.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptCheckpoint {
    note: String,
}

/// Hashes of a proof as the gateway serves them.
#[derive(Deserialize)]
struct ProofAnswer {
    hashes: Vec<NodeHash>,
}

impl Wallet {
    /// Fetches the log's head and verifies it: policy, age, consistency with the last one, agreement of every second
    /// source that answers.
    pub async fn log_head(&self) -> Result<LogHead, WalletError> {
        let log = self.log()?;
        let (head, consistent_since) = log.head().await?;
        let second_sources = log.compare_second_sources(&head).await?;
        Ok(LogHead {
            origin: head.origin().to_string(),
            size: head.size(),
            age: head.freshness(self.platform().clock.now()).unwrap_or(u64::MAX),
            witnesses: head.cosignatures().iter().map(|cosignature| cosignature.witness.clone()).collect(),
            consistent_since,
            second_sources,
        })
    }

    /// Where else the same log can be read: base addresses of other gateways or monitors.
    pub fn second_sources(&self) -> Result<Vec<Url>, WalletError> {
        Ok(self.store().get(Table::Settings, SECOND_SOURCES_ID)?.unwrap_or_default())
    }

    /// Sets [`Self::second_sources`]; each address must be one that this wallet may talk to.
    pub fn set_second_sources(&self, sources: &[Url]) -> Result<(), WalletError> {
        for source in sources {
            self.planes().anonymous.check_address(source)?;
        }
        Ok(self.store().put(Table::Settings, SECOND_SOURCES_ID, &sources)?)
    }

    /// What the wallet can show against the log, oldest first, each with the id that the error named.
    pub fn ledger_evidence(&self) -> Result<Vec<(String, EvidenceOfMisbehaviour)>, WalletError> {
        let read = |id: String| {
            let evidence = self.store().get(Table::Evidence, &id)?.ok_or(StoreError::Damaged)?;
            Ok((id, evidence))
        };
        self.ledger_evidence_ids()?.into_iter().map(read).collect()
    }

    fn ledger_evidence_ids(&self) -> Result<Vec<String>, WalletError> {
        Ok(self.store().get(Table::Settings, EVIDENCE_IDS)?.unwrap_or_default())
    }

    /// The log under this wallet's policy, through the anonymous plane.
    pub(crate) fn log(&self) -> Result<Log<'_>, WalletError> {
        let policy = Policy::parse(&self.trust().ledger_policy).map_err(|_| StoreError::Shape)?;
        Ok(Log { wallet: self, policy })
    }
}

/// The log as this wallet verifies it.
pub(crate) struct Log<'a> {
    wallet: &'a Wallet,
    policy: Policy,
}

impl Log<'_> {
    /// Whose signatures count.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The newest head, fresh and consistent with the one before; with the size that it was proven to extend.
    pub(crate) async fn head(&self) -> Result<(Checkpoint, Option<u64>), WalletError> {
        let head = self.fetch_checkpoint(&self.wallet.config().anonymous).await?;
        self.check_age(&head)?;
        let before = self.known(&head)?.map(|known| known.size());
        if before.is_some_and(|before| head.size() < before) {
            return Err(misbehaved("head_went_back", AdvanceError::Older));
        }
        self.accept(&head).await?;
        Ok((head, before))
    }

    /// Joins a verified checkpoint, older or newer, to the one that is kept, and keeps the larger one.
    pub(crate) async fn accept(&self, checkpoint: &Checkpoint) -> Result<(), WalletError> {
        let Some(known) = self.known(checkpoint)? else { return self.keep(checkpoint) };
        let (older, newer) =
            if checkpoint.size() < known.size() { (checkpoint, &known) } else { (&known, checkpoint) };
        self.join(older, newer, &self.wallet.config().anonymous).await?;
        if checkpoint.size() > known.size() { self.keep(checkpoint) } else { Ok(()) }
    }

    /// Whether a cosignature that this wallet trusts says that `head` is at most ten minutes old.
    pub(crate) fn check_age(&self, head: &Checkpoint) -> Result<u64, WalletError> {
        let age = head
            .freshness(self.wallet.platform().clock.now())
            .map_err(|error| misbehaved("head_without_age", error))?;
        if age > MAX_HEAD_AGE {
            return Err(
                Misbehaviour { party: PARTY, code: "head_is_old", evidence: None, source: None }.into()
            );
        }
        Ok(age)
    }

    /// Verifies that `leaf` is the entry at `index` under `head`.
    pub(crate) async fn check_inclusion(
        &self,
        leaf: &Leaf,
        index: u64,
        head: &Checkpoint,
    ) -> Result<(), WalletError> {
        let path = format!("ledger/proof/inclusion?index={index}&size={}", head.size());
        let url = self.wallet.anonymous_url(&path)?;
        let answer: ProofAnswer = self.plane().get_json(&url).await?;
        InclusionProof(answer.hashes)
            .verify(&leaf.hash(), index, head.size(), head.root())
            .map_err(|error| misbehaved("entry_not_in_log", error))
    }

    /// Fetches the entries at `indexes`, each with its inclusion proof under `head`. Whole tiles are fetched, so that
    /// the gateway does not learn which entry is of interest.
    pub(crate) async fn entries(&self, indexes: &[u64], head: &Checkpoint) -> Result<Vec<Leaf>, WalletError> {
        let mut tiles: BTreeMap<u64, Vec<Leaf>> = BTreeMap::new();
        for tile in indexes.iter().map(|index| index / TILE_WIDTH).collect::<BTreeSet<_>>() {
            tiles.insert(tile, self.fetch_tile(tile, head).await?);
        }
        let mut found = Vec::with_capacity(indexes.len());
        for index in indexes {
            let at = (index % TILE_WIDTH) as usize;
            let tile = tiles.get(&(index / TILE_WIDTH));
            let leaf = tile.and_then(|leaves| leaves.get(at)).ok_or(AnswerError::Shape)?;
            self.check_inclusion(leaf, *index, head).await?;
            found.push(leaf.clone());
        }
        Ok(found)
    }

    /// Looks at entries from the newest one back to `oldest`, until `pick` gives something. Not shown to be in the log:
    /// whoever builds on it reads it again with [`Self::read_to_head`].
    pub(crate) async fn search_back<T>(
        &self,
        head: &Checkpoint,
        oldest: u64,
        mut pick: impl FnMut(&Leaf) -> Option<T>,
    ) -> Result<Option<(u64, T)>, WalletError> {
        for tile in (oldest / TILE_WIDTH..head.size().div_ceil(TILE_WIDTH)).rev() {
            let leaves = self.fetch_tile(tile, head).await?;
            for (index, leaf) in (tile * TILE_WIDTH..).zip(&leaves).collect::<Vec<_>>().into_iter().rev() {
                if index < oldest {
                    return Ok(None);
                }
                if let Some(found) = pick(leaf) {
                    return Ok(Some((index, found)));
                }
            }
        }
        Ok(None)
    }

    /// The trustees' messages between two entries. Not shown to be in the log: see who calls.
    pub(crate) async fn ceremony_between(
        &self,
        after: u64,
        before: u64,
        head: &Checkpoint,
    ) -> Result<Vec<Leaf>, WalletError> {
        let mut messages = Vec::new();
        for tile in after / TILE_WIDTH..=before / TILE_WIDTH {
            let leaves = self.fetch_tile(tile, head).await?;
            let indexed = (tile * TILE_WIDTH..).zip(leaves);
            let inside = indexed.filter(|(index, _)| (after + 1..before).contains(index));
            messages.extend(inside.map(|(_, leaf)| leaf).filter(is_trustee_message));
        }
        Ok(messages)
    }

    /// Reads every entry from the tile that holds `from` up to `head`, and verifies with one proof that these are all:
    /// the inclusion proof of the first one also holds the roots of everything before it, and with them the head's
    /// root can be computed.
    pub(crate) async fn read_to_head(
        &self,
        from: u64,
        head: &Checkpoint,
        mut visit: impl FnMut(u64, Leaf) + Send,
    ) -> Result<(), WalletError> {
        let first_tile = from / TILE_WIDTH;
        let start = first_tile * TILE_WIDTH;
        let mut edge = self.edge_before(start, head).await?;
        for tile in first_tile..head.size().div_ceil(TILE_WIDTH) {
            for leaf in self.fetch_tile(tile, head).await? {
                let index = edge.size();
                edge.push(leaf.hash(), |_, _| {});
                visit(index, leaf);
            }
        }
        if edge.root() == *head.root() {
            Ok(())
        } else {
            Err(misbehaved("entries_not_in_log", ProofError::Mismatch))
        }
    }

    /// The tree's right edge before `start`, taken from the inclusion proof of the leaf at `start`. Unverified until
    /// everything behind it leads to the head's root.
    async fn edge_before(&self, start: u64, head: &Checkpoint) -> Result<Frontier, WalletError> {
        if start == 0 {
            return Ok(Frontier::new());
        }
        let path = format!("ledger/proof/inclusion?index={start}&size={}", head.size());
        let proof: ProofAnswer = self.plane().get_json(&self.wallet.anonymous_url(&path)?).await?;
        let left = left_siblings(start, head.size(), &proof.hashes);
        let read = left.and_then(|left| Frontier::read(&left, start).ok());
        read.ok_or_else(|| misbehaved("entries_not_in_log", ProofError::WrongLength))
    }

    async fn fetch_tile(&self, index: u64, head: &Checkpoint) -> Result<Vec<Leaf>, WalletError> {
        let start = index.saturating_mul(TILE_WIDTH);
        let width = head.size().saturating_sub(start).min(TILE_WIDTH) as u16;
        if width == 0 {
            return Err(misbehaved("entry_beyond_head", ProofError::Sizes));
        }
        let path = TilePath { kind: TileKind::Entries, index, width };
        let url = self.wallet.anonymous_url(&format!("ledger/tile/{path}"))?;
        let answer = self.plane().get(&url, TILE_CAP).await?;
        Ok(parse_bundle(&answer.body, width).map_err(|_| AnswerError::Shape)?)
    }

    /// Fetches every second source's head and joins it with `head`. One that cannot be reached is reported; one that
    /// contradicts is an error with evidence.
    pub(crate) async fn compare_second_sources(
        &self,
        head: &Checkpoint,
    ) -> Result<Vec<SecondSource>, WalletError> {
        let mut compared = Vec::new();
        for url in self.wallet.second_sources()? {
            let size = self.compare(&url, head).await?;
            compared.push(SecondSource { url, size });
        }
        Ok(compared)
    }

    async fn compare(&self, source: &Url, head: &Checkpoint) -> Result<Option<u64>, WalletError> {
        let theirs = match self.fetch_checkpoint(source).await {
            Ok(theirs) => theirs,
            Err(WalletError::Offline(_) | WalletError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Whoever claims the larger tree has to prove that it extends the smaller one.
        if theirs.size() >= head.size() {
            self.join(head, &theirs, source).await?;
        } else {
            self.join(&theirs, head, &self.wallet.config().anonymous).await?;
        }
        Ok(Some(theirs.size()))
    }

    /// Verifies that `newer` extends `older`, with a proof that `source` must give; a contradiction is kept as evidence.
    async fn join(&self, older: &Checkpoint, newer: &Checkpoint, source: &Url) -> Result<(), WalletError> {
        let proof = if older.size() == newer.size() || older.size() == 0 {
            ConsistencyProof::default()
        } else {
            self.fetch_consistency(older.size(), newer.size(), source).await?
        };
        match advance(older, newer, &proof) {
            Ok(()) => Ok(()),
            Err(AdvanceError::Misbehaviour(evidence)) => Err(self.keep_evidence(&evidence)?),
            Err(error) => Err(misbehaved("another_log", error)),
        }
    }

    async fn fetch_consistency(
        &self,
        from: u64,
        to: u64,
        source: &Url,
    ) -> Result<ConsistencyProof, WalletError> {
        let url = join(source, &format!("ledger/proof/consistency?from={from}&to={to}"))?;
        match self.plane().get_json::<ProofAnswer>(&url).await {
            Ok(answer) => Ok(ConsistencyProof(answer.hashes)),
            // A log that signs two heads and will not join them does not keep to the protocol.
            // A server that is busy or broken (5xx, 408, 429) has not answered yet.
            Err(WalletError::Refused(refusal)) if is_answer(&refusal) => {
                Err(misbehaved("consistency_refused", refusal))
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch_checkpoint(&self, source: &Url) -> Result<Checkpoint, WalletError> {
        let url = join(source, "ledger/checkpoint")?;
        let answer = self.plane().get(&url, CHECKPOINT_CAP).await?;
        let unverified = UnverifiedCheckpoint::parse(&answer.body).map_err(|_| AnswerError::Shape)?;
        unverified.verify(&self.policy).map_err(|error| misbehaved("head_not_signed", error))
    }

    fn known(&self, like: &Checkpoint) -> Result<Option<Checkpoint>, WalletError> {
        let kept: Option<KeptCheckpoint> =
            self.wallet.store().get(Table::Checkpoints, like.origin().as_str())?;
        let parse = |kept: KeptCheckpoint| -> Result<Checkpoint, CheckpointError> {
            UnverifiedCheckpoint::parse(kept.note.as_bytes())?.verify(&self.policy)
        };
        Ok(kept.map(parse).transpose().map_err(|_| StoreError::Shape)?)
    }

    fn keep(&self, checkpoint: &Checkpoint) -> Result<(), WalletError> {
        let kept = KeptCheckpoint { note: checkpoint.note().to_string() };
        Ok(self.wallet.store().put(Table::Checkpoints, checkpoint.origin().as_str(), &kept)?)
    }

    /// Stores the two notes before anything else happens; the error names the row.
    fn keep_evidence(&self, evidence: &EvidenceOfMisbehaviour) -> Result<WalletError, WalletError> {
        let bytes = evidence.to_bytes().map_err(|_| StoreError::Shape)?;
        let id = format!("ledger-{}", to_hex(&sha256(&bytes)[..8]));
        let mut ids = self.wallet.ledger_evidence_ids()?;
        ids.retain(|known| *known != id);
        ids.push(id.clone());
        self.wallet.store().batch(|tx| {
            tx.put(Table::Evidence, &id, evidence)?;
            tx.put(Table::Settings, EVIDENCE_IDS, &ids)
        })?;
        let code = match evidence.misbehaviour {
            kodanik_ledger::evidence::Misbehaviour::NotConsistent => "not_consistent",
            kodanik_ledger::evidence::Misbehaviour::SplitView => "split_view",
        };
        Ok(Misbehaviour { party: PARTY, code, evidence: Some(id), source: None }.into())
    }

    fn plane(&self) -> &Plane {
        &self.wallet.planes().anonymous
    }
}

/// Whether a refusal is the server's word on the matter, rather than trouble of its own.
fn is_answer(refusal: &Refusal) -> bool {
    (400..500).contains(&refusal.status) && !matches!(refusal.status, 408 | 429)
}

/// Canonical JSON has `type` in a fixed form; whatever else matches is refused by the contract.
fn is_trustee_message(leaf: &Leaf) -> bool {
    let marker = br#""type":"trustee."#;
    leaf.entry().windows(marker.len()).any(|window| window == marker)
}

/// The hashes of an inclusion proof that lie left of its leaf: one perfect subtree per set bit of `index`.
struct LeftSiblings(BTreeMap<u8, NodeHash>);

impl NodeReader for LeftSiblings {
    type Error = ProofError;

    fn node(&self, id: NodeId) -> Result<NodeHash, ProofError> {
        self.0.get(&id.level).copied().ok_or(ProofError::WrongLength)
    }
}

/// Walks the proof of `index` in a tree of `size` leaves from the leaf up (RFC 9162 section 2.1.3.2).
fn left_siblings(index: u64, size: u64, hashes: &[NodeHash]) -> Option<LeftSiblings> {
    let (mut node, mut last, mut level) = (index, size.checked_sub(1)?, 0u8);
    let mut left = BTreeMap::new();
    for hash in hashes {
        // Levels at which the right edge has no sibling are not in the proof.
        while node == last && node & 1 == 0 && node != 0 {
            (node, last, level) = (node >> 1, last >> 1, level + 1);
        }
        if last == 0 {
            return None;
        }
        if node & 1 == 1 {
            left.insert(level, *hash);
        }
        (node, last, level) = (node >> 1, last >> 1, level + 1);
    }
    Some(LeftSiblings(left))
}

pub(crate) fn misbehaved(
    code: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> WalletError {
    Misbehaviour::new(PARTY, code, source).into()
}

#[cfg(test)]
mod tests {
    use kodanik_ledger::tree::{MemoryTree, leaf_hash};

    use super::*;

    #[test]
    fn the_edge_before_a_leaf_is_in_its_inclusion_proof() {
        let mut tree = MemoryTree::new();
        for size in 1..=40u64 {
            tree.push(leaf_hash(&size.to_be_bytes()));
            for index in 1..size {
                let proof = InclusionProof::make(&tree, index, size).unwrap();
                let left = left_siblings(index, size, &proof.0).unwrap();
                let edge = Frontier::read(&left, index).unwrap();
                assert_eq!(edge, Frontier::read(&tree, index).unwrap(), "index {index} size {size}");
            }
        }
    }

    #[test]
    fn a_proof_that_is_too_long_or_too_short_gives_no_edge() {
        let mut tree = MemoryTree::new();
        (0..9u64).for_each(|leaf| tree.push(leaf_hash(&leaf.to_be_bytes())));
        let proof = InclusionProof::make(&tree, 5, 9).unwrap().0;
        let long = [proof.as_slice(), &proof].concat();
        assert!(left_siblings(5, 9, &long).is_none());
        let short = left_siblings(5, 9, &proof[..1]).unwrap();
        assert!(Frontier::read(&short, 5).is_err());
        assert!(left_siblings(0, 0, &proof).is_none());
    }
}
