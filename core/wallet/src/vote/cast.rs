//! Casting. The exact ballot is stored before it is sent, so that a lost answer is repaired by sending the same bytes
//! again; the contract knows a ballot by its tracker and takes it once.

use std::time::Duration;

use kodanik_ballot::cast::CastError;
use kodanik_ballot::check::CheckCode;
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use kodanik_ledger::receipt::{Receipt, UnverifiedReceipt};

use super::prepare::{Choice, PreparedVote, tests_id};
use super::{BallotState, KnownElection, OwnBallot, VoteError};
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
    /// To be shown to the citizen's other phone, and dropped. The wallet keeps no copy: who drops it cannot check this
    /// ballot any more. `None` where the election offers no check.
    pub check_code: Option<CheckCode>,
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
        self.cast_prepared(self.prepare(election, choices).await?).await
    }

    /// Makes a ballot of a preparation: signed, with its tokens, stored, sent, and its receipt verified.
    pub async fn cast_prepared(&self, prepared: PreparedVote) -> Result<CastOutcome, WalletError> {
        let own = self.store_ballot(&prepared)?;
        let acknowledged = self.send(&own, &prepared.known).await?;
        let minute = acknowledged.receipt.minute();
        let check = prepared.known.election.manifest.check;
        Ok(CastOutcome {
            ballot: self.own_ballot(&own.tracker)?,
            index: acknowledged.receipt.index(),
            minute,
            log_size: acknowledged.receipt.checkpoint().size(),
            head_age: acknowledged.head_age,
            replaces: prepared.replaces(),
            not_by_this_wallet: prepared.not_by_this_wallet.clone(),
            second_sources: acknowledged.second_sources,
            check_code: (check.tries > 0).then(|| prepared.into_check_code()),
            check_until: minute.start().plus(60 * u64::from(check.minutes)),
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

    /// Signs and stores. The seed is not stored.
    fn store_ballot(&self, prepared: &PreparedVote) -> Result<OwnBallot, WalletError> {
        let election = &prepared.known.election;
        let key = self.pseudonym(&election.id)?;
        let ballot = prepared.body.clone().cast(&key, prepared.credential.tokens.clone());
        let tracker = ballot.tracker();
        let entry = Entry::BallotCast(ballot).to_bytes().map_err(|_| CastError::OtherContests);
        let own = OwnBallot {
            election: election.id,
            slug: election.manifest.election.clone(),
            seq: prepared.body.seq,
            tracker,
            entry: Binary(entry.map_err(VoteError::from)?),
            made: self.platform().clock.now(),
            state: BallotState::Unanswered,
        };
        self.store().batch(|tx| {
            tx.put(Table::Ballots, &tracker.to_string(), &own)?;
            tx.put(Table::Settings, &tests_id(&election.id), &0_u32)
        })?;
        Ok(own)
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
