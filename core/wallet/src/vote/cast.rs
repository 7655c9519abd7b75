//! Casting. The exact ballot is stored before it is sent, so that a lost answer is repaired by sending the same bytes
//! again; the contract knows a ballot by its tracker and takes it once.

use std::fmt;
use std::time::Duration;

use kodanik_ballot::ballot::Position;
use kodanik_ballot::cast::{BallotSeed, CastError, Encrypter, Selection};
use kodanik_ballot::check::CheckCode;
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::manifest::{Contest, Style};
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use kodanik_ledger::receipt::{Receipt, UnverifiedReceipt};
use rand_core::OsRng;

use super::{BallotState, KnownElection, OwnBallot, VoteError, VotingCredential};
use crate::error::{Refusal, WalletError};
use crate::history::{HistoryEntry, HistoryKind, append_in};
use crate::http::{Answer, Body};
use crate::ledger::{SecondSource, misbehaved};
use crate::store::{StoreError, Table};
use crate::wallet::Wallet;

/// How often a busy gateway is asked again.
const MAX_ATTEMPTS: u32 = 5;
/// The longest that a busy gateway can make the wallet wait, each time.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The options chosen in one contest, by id; none is a blank vote. Never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Choice {
    /// The contest's id.
    pub contest: String,
    /// The options' ids.
    pub options: Vec<String>,
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Choice(..)")
    }
}

/// A ballot that is on the board: every member was verified.
#[derive(Debug)]
pub struct CastOutcome {
    /// The ballot.
    pub ballot: OwnBallot,
    /// Its entry's index in the log.
    pub index: u64,
    /// The log's minute.
    pub minute: UnixMinute,
    /// Size of the tree whose signed head the receipt leads to.
    pub log_size: u64,
    /// Age of that head in seconds.
    pub head_age: u64,
    /// The ballot that this one replaces.
    pub replaces: Option<Tracker>,
    /// Ballots of this pseudonym that this wallet did not cast; see [`super::BoardView`].
    pub not_by_this_wallet: Vec<Tracker>,
    /// What other sources of the log said.
    pub second_sources: Vec<SecondSource>,
    /// To be shown once, to the citizen's other phone, and dropped. The wallet keeps no copy: who drops it cannot check
    /// this ballot any more.
    pub check_code: CheckCode,
    /// Until when the other phone will accept the code.
    pub check_until: UnixSeconds,
}

/// What the log said about one ballot, verified.
struct Acknowledged {
    receipt: Receipt,
    head_age: u64,
    second_sources: Vec<SecondSource>,
}

impl Wallet {
    /// Encrypts, stores, sends and verifies the receipt. One [`Choice`] for each contest of the citizen's ballot style.
    ///
    /// A ballot whose answer was lost earlier is settled first, by sending it again.
    pub async fn cast(&self, election: &str, choices: &[Choice]) -> Result<CastOutcome, WalletError> {
        let known = self.election(election).await?;
        let is_closed = self.summary(election).await?.close_index.is_some();
        if is_closed || !known.accepts_at(self.platform().clock.now().minute()) {
            return Err(VoteError::NotOpen.into());
        }
        let credential = self.complete_credential(&known)?;
        // Parsed before anything is sent: a mistake in the choice costs nothing.
        let selections = selections(&known, &credential, choices)?;
        self.settle(Some(&known.election.id)).await?;
        let board = self.board(&known).await?;
        let last = board.ballots.last();
        let before =
            |last: &super::BoardBallot| Position { seq: last.seq, prev: Tracker::NONE }.next(last.tracker);
        let position = last.map_or(Position::FIRST, before);
        let (own, check_code) = self.make_ballot(&known, &credential, &selections, position)?;
        let acknowledged = self.send(&own, &known).await?;
        let minute = acknowledged.receipt.minute();
        let check_minutes = u64::from(known.election.manifest.check.minutes);
        Ok(CastOutcome {
            ballot: self.own_ballot(&own.tracker)?,
            index: acknowledged.receipt.index(),
            minute,
            log_size: acknowledged.receipt.checkpoint().size(),
            head_age: acknowledged.head_age,
            replaces: last.map(|last| last.tracker),
            not_by_this_wallet: board.not_by_this_wallet,
            second_sources: acknowledged.second_sources,
            check_code,
            check_until: minute.start().plus(60 * check_minutes),
        })
    }

    /// Sends every ballot again whose answer was lost, of one election or of all, and gives those that are on the board
    /// now. Nothing is cast twice.
    pub async fn settle(&self, election: Option<&ElectionId>) -> Result<Vec<OwnBallot>, WalletError> {
        let mut settled = Vec::new();
        for own in self.ballots()? {
            let concerned = election.is_none_or(|election| own.election == *election);
            if !concerned || own.state != BallotState::Unanswered {
                continue;
            }
            let known = self.election(&own.election.to_string()).await?;
            match self.send(&own, &known).await {
                Ok(_) => settled.push(self.own_ballot(&own.tracker)?),
                // Marked as refused; the citizen votes anew.
                Err(WalletError::Refused(refusal)) if is_final(&refusal) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(settled)
    }

    /// Encrypts and stores a ballot. The seed is in the code alone.
    fn make_ballot(
        &self,
        known: &KnownElection,
        credential: &VotingCredential,
        selections: &[Selection],
        position: Position,
    ) -> Result<(OwnBallot, CheckCode), WalletError> {
        let election = &known.election;
        let key = self.pseudonym(&election.id)?;
        let vk = key.verifying_key();
        let seed = BallotSeed::make(&mut OsRng);
        let body = Encrypter::new(election)
            .encrypt(&credential.style, &vk, position, selections, &seed)
            .map_err(VoteError::from)?;
        let ballot = body.cast(&key, credential.tokens.clone());
        let tracker = ballot.tracker();
        let entry = Entry::BallotCast(ballot).to_bytes().map_err(|_| CastError::OtherContests);
        let own = OwnBallot {
            election: election.id,
            slug: election.manifest.election.clone(),
            seq: position.seq,
            tracker,
            entry: Binary(entry.map_err(VoteError::from)?),
            made: self.platform().clock.now(),
            state: BallotState::Unanswered,
        };
        self.store().put(Table::Ballots, &tracker.to_string(), &own)?;
        Ok((own, CheckCode::new(election.id, &vk, position.seq, tracker, seed)))
    }

    /// Sends a stored ballot and verifies what comes back. Safe to repeat.
    async fn send(&self, own: &OwnBallot, known: &KnownElection) -> Result<Acknowledged, WalletError> {
        let answer = match self.post_entry(&own.entry).await {
            Err(WalletError::Refused(refusal)) if is_final(&refusal) => {
                self.mark(own, BallotState::Refused { code: refusal.code.clone() })?;
                return Err(refusal.into());
            }
            other => other?,
        };
        let text = String::from_utf8(answer.body).map_err(|error| misbehaved("bad_receipt", error))?;
        let acknowledged = self.verify_receipt(&text, own, known).await?;
        self.keep_receipt(own, &text, &acknowledged.receipt)?;
        Ok(acknowledged)
    }

    async fn post_entry(&self, entry: &Binary) -> Result<Answer, WalletError> {
        let url = self.anonymous_url("ledger/entries")?;
        let mut attempt = 1;
        loop {
            let body = Body::Json(entry.0.clone());
            let answer = self
                .planes()
                .anonymous
                .send(::http::Method::POST, &url, &[], body, UnverifiedReceipt::MAX_BYTES)
                .await?;
            let busy = answer.status == ::http::StatusCode::SERVICE_UNAVAILABLE;
            if !busy || attempt == MAX_ATTEMPTS {
                return Ok(answer.accepted()?);
            }
            tokio::time::sleep(wait(&answer, attempt)).await;
            attempt += 1;
        }
    }

    /// The receipt is for exactly these bytes, and so for this election, pseudonym, place and tracker; its head is new,
    /// under the policy, and extends everything that this wallet saw before.
    async fn verify_receipt(
        &self,
        text: &str,
        own: &OwnBallot,
        known: &KnownElection,
    ) -> Result<Acknowledged, WalletError> {
        let log = self.log()?;
        let receipt = UnverifiedReceipt::parse(text.as_bytes())
            .and_then(|receipt| receipt.verify(&own.entry.0, log.policy()))
            .map_err(|error| misbehaved("bad_receipt", error))?;
        let head_age = log.check_age(receipt.checkpoint())?;
        if !known.accepts_at(receipt.minute()) {
            return Err(misbehaved("receipt_out_of_time", "the receipt's minute is not one of casting"));
        }
        log.accept(receipt.checkpoint()).await?;
        let second_sources = log.compare_second_sources(receipt.checkpoint()).await?;
        Ok(Acknowledged { receipt, head_age, second_sources })
    }

    fn keep_receipt(&self, own: &OwnBallot, text: &str, receipt: &Receipt) -> Result<(), WalletError> {
        let state = BallotState::OnBoard { index: receipt.index(), minute: receipt.minute() };
        let on_board = OwnBallot { state, ..own.clone() };
        let line = HistoryEntry {
            kind: HistoryKind::BallotCast,
            party: receipt.checkpoint().origin().to_string(),
            purpose: own.slug.clone(),
            claims: Vec::new(),
            time: self.platform().clock.now(),
        };
        let id = own.tracker.to_string();
        self.store().batch(|tx| {
            tx.put(Table::Receipts, &id, &text)?;
            tx.put(Table::Ballots, &id, &on_board)?;
            append_in(tx, &line)
        })?;
        Ok(())
    }

    fn mark(&self, own: &OwnBallot, state: BallotState) -> Result<(), WalletError> {
        let marked = OwnBallot { state, ..own.clone() };
        Ok(self.store().put(Table::Ballots, &own.tracker.to_string(), &marked)?)
    }

    fn own_ballot(&self, tracker: &Tracker) -> Result<OwnBallot, WalletError> {
        let own = self.store().get(Table::Ballots, &tracker.to_string())?;
        Ok(own.ok_or(StoreError::Damaged)?)
    }
}

/// A refusal by the contract stays one; anything else may be different next time.
fn is_final(refusal: &Refusal) -> bool {
    refusal.status == ::http::StatusCode::UNPROCESSABLE_ENTITY.as_u16()
}

fn wait(answer: &Answer, attempt: u32) -> Duration {
    let told = answer.header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    told.unwrap_or(Duration::from_millis(200) * attempt).min(MAX_WAIT)
}

/// One selection per contest of the style, in its order.
fn selections(
    known: &KnownElection,
    credential: &VotingCredential,
    choices: &[Choice],
) -> Result<Vec<Selection>, VoteError> {
    let manifest = &known.election.manifest;
    let style: &Style = manifest.style(&credential.style).ok_or(CastError::NoSuchStyle)?;
    let contests: Vec<&Contest> = manifest.contests_of(style).collect();
    if choices.len() != contests.len() {
        return Err(CastError::OtherContests.into());
    }
    let select = |contest: &&Contest| -> Result<Selection, CastError> {
        let choice = choices.iter().find(|choice| choice.contest == contest.id);
        let choice = choice.ok_or(CastError::OtherContests)?;
        let position = |id: &String| contest.options.iter().position(|option| option.id == *id);
        let chosen: Option<Vec<usize>> = choice.options.iter().map(position).collect();
        Selection::new(contest, &chosen.ok_or(CastError::NoSuchOption)?)
    };
    Ok(contests.iter().map(select).collect::<Result<_, _>>()?)
}
