//! Which elections there are. The gateway's list is a signpost; what it points at counts with an inclusion proof under
//! this wallet's policy, and only after the contract has accepted it here as well.

use kodanik_ballot::election::{Election, ElectionKey};
use kodanik_ballot::ids::ElectionId;
use kodanik_ballot::manifest::Manifest;
use kodanik_contract::entry::Entry;
use kodanik_contract::state::State;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::checkpoint::Checkpoint;
use kodanik_ledger::leaf::Leaf;
use serde::{Deserialize, Serialize};

use super::VoteError;
use crate::error::WalletError;
use crate::http::AnswerError;
use crate::ledger::{Log, misbehaved};
use crate::store::{StoreError, Table};
use crate::wallet::Wallet;

/// An election whose manifest and opening this wallet found in the log.
#[derive(Clone, Debug)]
pub struct KnownElection {
    /// The election.
    pub election: Election,
    /// Where the manifest is.
    pub manifest_index: u64,
    /// Where the opening is.
    pub open_index: u64,
}

/// Where an election stands, by this wallet's clock and the gateway's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ElectionPhase {
    /// Ballots are accepted.
    Casting,
    /// Casting is over.
    Closed,
    /// The trustees have not made the key yet, or casting begins later.
    Coming,
    /// There is a result.
    Tallied,
}

/// One line of the list of elections.
#[derive(Clone, Debug, Serialize)]
pub struct ElectionView {
    /// The slug.
    pub election: String,
    /// H_E, once there is one.
    pub id: Option<ElectionId>,
    /// For people, from the manifest.
    pub title: String,
    /// Where it stands.
    pub phase: ElectionPhase,
    /// First minute in which ballots are accepted.
    pub opens: UnixMinute,
    /// First minute in which they are late.
    pub closes: UnixMinute,
    /// Whether manifest and opening were verified. An election that is not open yet is only listed.
    pub verified: bool,
    /// Whether this wallet holds a voting credential.
    pub has_credential: bool,
    /// Number of ballots of this wallet in it.
    pub own_ballots: usize,
}

/// What the gateway lists.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) election: String,
    pub(super) id: Option<ElectionId>,
    title: String,
    opens: UnixMinute,
    closes: UnixMinute,
    manifest_index: u64,
    open_index: Option<u64>,
    pub(super) close_index: Option<u64>,
    result_index: Option<u64>,
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    manifest: Manifest,
    key: ElectionKey,
    manifest_index: u64,
    open_index: u64,
}

impl Wallet {
    /// The elections of this log. Open ones are verified.
    pub async fn elections(&self) -> Result<Vec<ElectionView>, WalletError> {
        let log = self.log()?;
        let (head, _) = log.head().await?;
        let own = self.ballots()?;
        let mut views = Vec::new();
        for summary in self.summaries().await? {
            let known = match summary.open_index {
                Some(_) => Some(self.known_election(&summary, &log, &head).await?),
                None => None,
            };
            views.push(self.view(&summary, known.as_ref(), &own)?);
        }
        Ok(views)
    }

    /// The open election with this slug or H_E, verified.
    pub async fn election(&self, name: &str) -> Result<KnownElection, WalletError> {
        let log = self.log()?;
        let (head, _) = log.head().await?;
        let summary = self.summary(name).await?;
        self.known_election(&summary, &log, &head).await
    }

    pub(super) async fn summary(&self, name: &str) -> Result<Summary, WalletError> {
        let found = self.summaries().await?;
        let named = |s: &Summary| s.election == name || s.id.is_some_and(|id| id.to_string() == name);
        Ok(found.into_iter().find(named).ok_or(VoteError::NoSuchElection)?)
    }

    async fn summaries(&self) -> Result<Vec<Summary>, WalletError> {
        self.planes().anonymous.get_json(&self.anonymous_url("elections")?).await
    }

    async fn known_election(
        &self,
        summary: &Summary,
        log: &Log<'_>,
        head: &Checkpoint,
    ) -> Result<KnownElection, WalletError> {
        let id = summary.id.ok_or(VoteError::NotOpen)?;
        if let Some(kept) = self.store().get::<Kept>(Table::Elections, &id.to_string())? {
            let election = Election::new(kept.manifest, kept.key).map_err(|_| StoreError::Damaged)?;
            return Ok(KnownElection {
                election,
                manifest_index: kept.manifest_index,
                open_index: kept.open_index,
            });
        }
        let open_index = summary.open_index.ok_or(VoteError::NotOpen)?;
        let known = verify_election(log, head, summary.manifest_index, open_index).await?;
        if known.election.id != id {
            return Err(misbehaved("another_election", "the list names another election than the log holds"));
        }
        let kept = Kept {
            manifest: known.election.manifest.clone(),
            key: known.election.key.clone(),
            manifest_index: known.manifest_index,
            open_index: known.open_index,
        };
        self.store().put(Table::Elections, &id.to_string(), &kept)?;
        Ok(known)
    }

    fn has_credential(&self, known: Option<&KnownElection>) -> Result<bool, WalletError> {
        let Some(known) = known else { return Ok(false) };
        let credential = self.voting_credential(&known.election.id)?;
        Ok(credential.is_some_and(|credential| credential.is_complete(&known.election)))
    }

    fn view(
        &self,
        summary: &Summary,
        known: Option<&KnownElection>,
        own: &[super::OwnBallot],
    ) -> Result<ElectionView, WalletError> {
        let manifest = known.map(|known| &known.election.manifest);
        let (opens, closes) = manifest.map_or((summary.opens, summary.closes), |m| (m.opens, m.closes));
        let id = known.map(|known| known.election.id);
        Ok(ElectionView {
            election: manifest.map_or(&summary.election, |m| &m.election).clone(),
            id,
            title: manifest.map_or(&summary.title, |m| &m.title).clone(),
            phase: phase(summary, known.is_some(), opens, closes, self.platform().clock.now().minute()),
            opens,
            closes,
            verified: known.is_some(),
            has_credential: self.has_credential(known)?,
            own_ballots: own.iter().filter(|ballot| Some(ballot.election) == id).count(),
        })
    }
}

impl ElectionView {
    /// Whether it is open and not over: the time in which a voting credential is of use.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, ElectionPhase::Casting | ElectionPhase::Coming)
    }
}

impl KnownElection {
    /// Whether ballots are accepted in this minute.
    pub fn accepts_at(&self, minute: UnixMinute) -> bool {
        (self.election.manifest.opens..self.election.manifest.closes).contains(&minute)
    }
}

fn phase(
    summary: &Summary,
    is_open: bool,
    opens: UnixMinute,
    closes: UnixMinute,
    now: UnixMinute,
) -> ElectionPhase {
    if summary.result_index.is_some() {
        ElectionPhase::Tallied
    } else if summary.close_index.is_some() || now >= closes {
        ElectionPhase::Closed
    } else if is_open && now >= opens {
        ElectionPhase::Casting
    } else {
        ElectionPhase::Coming
    }
}

/// Reads the log from the manifest to the opening, and lets the contract decide whether they make an election. The first
/// entry (which names the authority), manifest and opening are shown to be in the log; the trustees' messages between
/// them are signed by keys of the manifest and lead to the H_E that the opening names, so that none can be false.
async fn verify_election(
    log: &Log<'_>,
    head: &Checkpoint,
    manifest_index: u64,
    open_index: u64,
) -> Result<KnownElection, WalletError> {
    if manifest_index >= open_index || open_index >= head.size() {
        return Err(AnswerError::Shape.into());
    }
    let [genesis, manifest, open] = log
        .entries(&[0, manifest_index, open_index], head)
        .await?
        .try_into()
        .map_err(|_| AnswerError::Shape)?;
    let between = log.ceremony_between(manifest_index, open_index, head).await?;
    let mut state = State::new(head.origin());
    for leaf in [genesis, manifest] {
        replay(&mut state, &leaf).map_err(|error| misbehaved("bad_election", error))?;
    }
    // Messages of other elections' trustees are refused here, as they should be.
    for leaf in &between {
        let _ = replay(&mut state, leaf);
    }
    replay(&mut state, &open).map_err(|error| misbehaved("bad_election", error))?;
    let opened = state.elections().find_map(|record| record.election().cloned());
    let election = opened.ok_or_else(|| misbehaved("bad_election", "the log opens no election there"))?;
    Ok(KnownElection { election: (*election).clone(), manifest_index, open_index })
}

fn replay(state: &mut State, leaf: &Leaf) -> Result<(), kodanik_contract::rejection::Rejection> {
    let entry = Entry::parse(leaf.entry())?;
    let verified = state.check(&entry)?;
    state.apply(verified, leaf.minute()).map(drop)
}
