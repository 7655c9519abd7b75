//! Checking: with another phone, that a ballot says what its citizen chose and is the latest one; after the close, that
//! the last ballot is among those that are counted.

use std::collections::{BTreeMap, BTreeSet};

use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_ballot::check::{CheckCode, CheckError, CheckedContest, check};
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::promise::Promise;
use kodanik_ballot::pseudonym::fingerprint;
use kodanik_ballot::tally::last_ballot_leaf;
use kodanik_contract::eligibility::{Bearers, Eligibility, Issued, LoggedCounts};
use kodanik_contract::entry::{Close, Counts, Entry, Genesis};
use kodanik_contract::signed::Signed;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::checkpoint::Checkpoint;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::{Frontier, leaf_hash};
use serde::{Deserialize, Serialize};

use super::{BallotState, KnownElection, VoteError};
use crate::error::{Misuse, WalletError};
use crate::http::AnswerError;
use crate::ledger::{Log, misbehaved};
use crate::store::Table;
use crate::wallet::Wallet;

/// Minutes by which clocks and the ledger may differ.
const LEEWAY_MINUTES: u64 = 5;
/// The row of [`Table::Settings`] with the ballots that were checked here for other phones.
const CHECKED_ID: &str = "checked-ballots";
/// The row of [`Table::Settings`] with the ballots that were tested here for other phones.
const TESTED_ID: &str = "tested-ballots";
/// How many of each are remembered.
const MAX_CHECKED: usize = 1000;

/// What the other phone's ballot says. Everything was fetched and verified here.
#[derive(Debug)]
pub struct CheckOutcome {
    /// The election's slug.
    pub election: String,
    /// For people.
    pub title: String,
    /// The ballot's tracker: what the other phone must show too.
    pub tracker: Tracker,
    /// Its place among the pseudonym's ballots.
    pub seq: u32,
    /// The log's minute.
    pub minute: UnixMinute,
    /// The choices. To be shown and dropped.
    pub contests: Vec<CheckedContest>,
    /// Entries that were read, up to the log's head, to see that no later ballot of this pseudonym exists.
    pub read_to: u64,
}

/// What the closed box says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClosedOutcome {
    /// Ballots that are counted: one per pseudonym. The wallet computed the list from the log itself.
    pub counted: u64,
    /// This wallet's ballot among them.
    pub own: Option<Tracker>,
    /// The counted ballot of this pseudonym is not one that this wallet cast.
    pub own_is_foreign: bool,
    /// Credentials issued and used, computed from the same log.
    pub eligibility: Eligibility,
    /// Ballots that were only tested, on this phone, and are in the box all the same: their phones lied.
    pub tested_and_cast: Vec<Tracker>,
    /// Ballots that were checked on this phone and then replaced by later ones. Their citizens should know.
    pub superseded_after_check: Vec<Tracker>,
}

/// A ballot that was checked here: never the seed, never the choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckedBallot {
    election: ElectionId,
    pseudonym: Bytes<33>,
    tracker: Tracker,
}

/// What is kept of a pseudonym while the box is read.
struct Pseudonym {
    vk: VerifyingKey,
    last: Tracker,
    style: String,
    /// Positions of the issuers whose tokens any of its ballots bore.
    issuers: BTreeSet<usize>,
}

/// The closed box, as the log tells it: pseudonyms by their 33 bytes, and what issuers say they issued.
#[derive(Default)]
struct ClosedBox {
    trackers: BTreeSet<Tracker>,
    pseudonyms: BTreeMap<[u8; 33], Pseudonym>,
    counts: LoggedCounts,
}

impl ClosedBox {
    fn add_ballot(&mut self, ballot: UnverifiedBallot) {
        let (vk, last) = (ballot.body.vk, ballot.tracker());
        self.trackers.insert(last);
        let new = || Pseudonym { vk, last, style: ballot.body.style, issuers: BTreeSet::new() };
        let pseudonym = self.pseudonyms.entry(vk.to_sec1()).or_insert_with(new);
        pseudonym.last = last;
        pseudonym.issuers.extend(ballot.tokens.iter().map(|token| token.issuer));
    }

    /// Takes counts that their issuer signed; the first for each style.
    fn add_counts(&mut self, known: &KnownElection, counts: &Signed<Counts>) {
        let manifest = &known.election.manifest;
        let Some((position, issuer)) = manifest.issuer(&counts.body.issuer) else { return };
        let input = Signed::signing_input(&counts.body, &manifest.log);
        let signed =
            input.is_ok_and(|input| issuer.signing_key.verify_low_s(&input, &counts.signature).is_ok());
        if signed && counts.body.election == known.election.id {
            let Counts { issued, root, style, .. } = &counts.body;
            self.counts.add(position, style, Issued { issued: *issued, root: *root });
        }
    }

    fn eligibility(&self, known: &KnownElection) -> Eligibility {
        let mut bearers = Bearers::default();
        for pseudonym in self.pseudonyms.values() {
            bearers.add(&pseudonym.style, pseudonym.issuers.clone());
        }
        Eligibility::compute(&known.election.manifest, &bearers, &self.counts)
    }
}

/// A ballot in the log.
struct Found {
    minute: UnixMinute,
    ballot: UnverifiedBallot,
}

impl Wallet {
    /// Checks the ballot of another phone by the text of its QR code.
    pub async fn check(&self, text: &str) -> Result<CheckOutcome, WalletError> {
        let code = CheckCode::parse(text).map_err(|_| Misuse::NotUnderstood)?;
        let known = self.election(&code.election.to_string()).await?;
        if known.election.manifest.check.tries == 0 {
            return Err(VoteError::CheckOver.into());
        }
        let log = self.log()?;
        let (head, _) = log.head().await?;
        let start = self.find_ballot(&code, &known, &log, &head).await?;
        let last = last_ballot(&code, start, &log, &head).await?;
        let minutes = u64::from(known.election.manifest.check.minutes);
        if self.platform().clock.now().minute().0 > last.minute.0 + minutes {
            return Err(VoteError::CheckOver.into());
        }
        let verified =
            last.ballot.verify(&known.election).map_err(|error| misbehaved("bad_ballot_on_board", error))?;
        let contests = check(&code, &known.election, &verified).map_err(VoteError::from)?;
        let checked = CheckedBallot {
            election: code.election,
            pseudonym: Bytes(verified.vk().to_sec1()),
            tracker: code.tracker,
        };
        self.remember(CHECKED_ID, checked)?;
        Ok(CheckOutcome {
            election: known.election.manifest.election.clone(),
            title: known.election.manifest.title.clone(),
            tracker: code.tracker,
            seq: code.seq,
            minute: last.minute,
            contests,
            read_to: head.size(),
        })
    }

    /// After the close: computes the list of last ballots from the log, compares it with what the authority signed, and
    /// looks for this wallet's ballot in it.
    pub async fn check_after_close(&self, election: &str) -> Result<ClosedOutcome, WalletError> {
        let known = self.election(election).await?;
        let log = self.log()?;
        let (head, _) = log.head().await?;
        let close_index = self.summary(election).await?.close_index.ok_or(Misuse::WrongState)?;
        let close = verified_close(&known, close_index, &log, &head).await?;
        let closed = read_box(&known, close_index, &log, &head).await?;
        let mut list = Frontier::new();
        for Pseudonym { vk, last, .. } in closed.pseudonyms.values() {
            list.push(leaf_hash(&last_ballot_leaf(&known.election.id, vk, last)), |_, _| {});
        }
        if close.ballots != list.size() || close.root.0 != list.root().0 {
            return Err(misbehaved(
                "close_is_not_the_log",
                "the close states another list than the log holds",
            ));
        }
        let vk = self.pseudonym(&known.election.id)?.verifying_key();
        let own = closed.pseudonyms.get(&vk.to_sec1()).map(|pseudonym| pseudonym.last);
        Ok(ClosedOutcome {
            counted: list.size(),
            own,
            own_is_foreign: self.is_foreign(&known.election.id, own.as_ref())?,
            eligibility: closed.eligibility(&known),
            superseded_after_check: self.superseded(&known.election.id, &closed)?,
            tested_and_cast: self.tested_and_cast(&known.election.id, &closed)?,
        })
    }

    /// The position of the code's ballot, searched from the newest entry back, as far as a check can reach.
    async fn find_ballot(
        &self,
        code: &CheckCode,
        known: &KnownElection,
        log: &Log<'_>,
        head: &Checkpoint,
    ) -> Result<u64, WalletError> {
        let minutes = u64::from(known.election.manifest.check.minutes) + LEEWAY_MINUTES;
        let oldest = UnixMinute(self.platform().clock.now().minute().0.saturating_sub(minutes));
        let found = log
            .search_back(head, known.open_index, |leaf| {
                if leaf.minute() < oldest {
                    return Some(None);
                }
                let ballot = ballot_of(leaf, &code.election)?;
                (ballot.tracker() == code.tracker).then_some(Some(()))
            })
            .await?;
        match found {
            Some((index, Some(()))) => Ok(index),
            Some((_, None)) => Err(VoteError::CheckOver.into()),
            None => Err(VoteError::from(CheckError::NotYetOnBoard).into()),
        }
    }

    /// Whether the counted ballot is none that this wallet has a receipt for, or not the last of those.
    fn is_foreign(&self, election: &ElectionId, counted: Option<&Tracker>) -> Result<bool, WalletError> {
        let own = self.ballots()?.into_iter().filter(|own| own.election == *election);
        let on_board = own.filter(|own| matches!(own.state, BallotState::OnBoard { .. }));
        let newest = on_board.max_by_key(|own| own.seq).map(|own| own.tracker);
        Ok(counted.copied() != newest)
    }

    fn superseded(&self, election: &ElectionId, closed: &ClosedBox) -> Result<Vec<Tracker>, WalletError> {
        let counts = |kept: &CheckedBallot| {
            closed.pseudonyms.get(&kept.pseudonym.0).is_some_and(|pseudonym| pseudonym.last == kept.tracker)
        };
        let is_replaced = |kept: &CheckedBallot| kept.election == *election && !counts(kept);
        Ok(self.remembered(CHECKED_ID)?.into_iter().filter(is_replaced).map(|kept| kept.tracker).collect())
    }

    fn tested_and_cast(
        &self,
        election: &ElectionId,
        closed: &ClosedBox,
    ) -> Result<Vec<Tracker>, WalletError> {
        let is_cast =
            |kept: &CheckedBallot| kept.election == *election && closed.trackers.contains(&kept.tracker);
        Ok(self.remembered(TESTED_ID)?.into_iter().filter(is_cast).map(|kept| kept.tracker).collect())
    }

    fn remembered(&self, list: &str) -> Result<Vec<CheckedBallot>, WalletError> {
        Ok(self.store().get(Table::Settings, list)?.unwrap_or_default())
    }

    pub(super) fn remember_tested(&self, promise: &Promise, vk: &VerifyingKey) -> Result<(), WalletError> {
        let pseudonym = Bytes(vk.to_sec1());
        self.remember(
            TESTED_ID,
            CheckedBallot { election: promise.election, pseudonym, tracker: promise.tracker },
        )
    }

    fn remember(&self, list: &str, ballot: CheckedBallot) -> Result<(), WalletError> {
        let mut all = self.remembered(list)?;
        all.retain(|kept| kept.tracker != ballot.tracker);
        all.push(ballot);
        let newest = &all[all.len().saturating_sub(MAX_CHECKED)..];
        Ok(self.store().put(Table::Settings, list, &newest)?)
    }
}

/// The newest ballot of the code's pseudonym; if there is none, the one with the code's tracker, which then is another
/// pseudonym's.
async fn last_ballot(
    code: &CheckCode,
    start: u64,
    log: &Log<'_>,
    head: &Checkpoint,
) -> Result<Found, WalletError> {
    let (mut of_pseudonym, mut of_tracker) = (None, None);
    log.read_to_head(start, head, |_, leaf| {
        let Some(ballot) = ballot_of(&leaf, &code.election) else { return };
        let found = Found { minute: leaf.minute(), ballot };
        if fingerprint(&found.ballot.body.vk) == code.pseudonym {
            of_pseudonym = Some(found);
        } else if found.ballot.tracker() == code.tracker {
            of_tracker = Some(found);
        }
    })
    .await?;
    of_pseudonym.or(of_tracker).ok_or_else(|| VoteError::from(CheckError::NotYetOnBoard).into())
}

/// The ballots before the close and the counts up to the head: an issuer may log them before the opening.
async fn read_box(
    known: &KnownElection,
    close_index: u64,
    log: &Log<'_>,
    head: &Checkpoint,
) -> Result<ClosedBox, WalletError> {
    let mut closed = ClosedBox::default();
    log.read_to_head(known.manifest_index, head, |index, leaf| match Entry::parse(leaf.entry()) {
        Ok(Entry::BallotCast(ballot)) if index < close_index && ballot.body.election == known.election.id => {
            closed.add_ballot(ballot);
        }
        Ok(Entry::EligibilityCounts(counts)) => closed.add_counts(known, &counts),
        _ => {}
    })
    .await?;
    Ok(closed)
}

/// The close entry, signed by the authority that the log's first entry names.
async fn verified_close(
    known: &KnownElection,
    close_index: u64,
    log: &Log<'_>,
    head: &Checkpoint,
) -> Result<Close, WalletError> {
    let [genesis, close] =
        log.entries(&[0, close_index], head).await?.try_into().map_err(|_| AnswerError::Shape)?;
    let (Ok(Entry::Genesis(Genesis { authority_key, log: origin })), Ok(Entry::ElectionClose(close))) =
        (Entry::parse(genesis.entry()), Entry::parse(close.entry()))
    else {
        return Err(AnswerError::Shape.into());
    };
    let input = Signed::signing_input(&close.body, &origin).map_err(|_| AnswerError::Shape)?;
    authority_key
        .verify_low_s(&input, &close.signature)
        .map_err(|error| misbehaved("bad_close_signature", error))?;
    if close.body.election != known.election.id {
        return Err(misbehaved("another_election", "the close is of another election"));
    }
    Ok(close.body)
}

fn ballot_of(leaf: &Leaf, election: &ElectionId) -> Option<UnverifiedBallot> {
    match Entry::parse(leaf.entry()) {
        Ok(Entry::BallotCast(ballot)) if ballot.body.election == *election => Some(ballot),
        _ => None,
    }
}
