//! From a choice to a ballot that is neither cast nor tested yet (protocol.md §3.1.11). A phone promises its tracker before
//! it knows which it will be; a tested ballot gives its seed away and is never signed.

use std::fmt;

use kodanik_ballot::ballot::{BallotBody, Position};
use kodanik_ballot::cast::{BallotSeed, CastError, Encrypter, Selection};
use kodanik_ballot::check::{CheckCode, CheckedContest};
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::manifest::{Contest, Style};
use kodanik_ballot::promise::{Promise, TestCode, open_test};
use rand_core::OsRng;

use super::{BoardView, KnownElection, VoteError, VotingCredential};
use crate::error::{Misuse, WalletError};
use crate::store::Table;
use crate::wallet::Wallet;

/// The row of [`Table::Settings`] with the number of ballots tested since the last one was cast.
pub(super) fn tests_id(election: &ElectionId) -> String {
    format!("tests/{election}")
}

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

/// A ballot that is made and not signed. Dropping it costs nothing. Never prints.
pub struct PreparedVote {
    pub(super) known: KnownElection,
    pub(super) credential: VotingCredential,
    pub(super) body: BallotBody,
    /// Ballots of this pseudonym that this wallet did not cast; see [`BoardView`].
    pub(super) not_by_this_wallet: Vec<Tracker>,
    choice: Vec<CheckedContest>,
    seed: BallotSeed,
}

impl PreparedVote {
    /// To be scanned by the other phone before the citizen says "cast" or "test".
    pub fn promise(&self) -> Promise {
        Promise { election: self.body.election, tracker: self.body.tracker() }
    }

    /// The ballot that a cast would replace.
    pub fn replaces(&self) -> Option<Tracker> {
        (self.body.position() != Position::FIRST).then_some(self.body.prev)
    }

    pub(super) fn into_check_code(self) -> CheckCode {
        CheckCode::new(self.body.election, &self.body.vk, self.body.seq, self.body.tracker(), self.seed)
    }
}

impl fmt::Debug for PreparedVote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreparedVote(..)")
    }
}

/// What a tested ballot of another phone says: what that phone would have cast.
#[derive(Debug)]
pub struct TestOutcome {
    /// The election's slug.
    pub election: String,
    /// For people.
    pub title: String,
    /// The tracker that was promised, and that this choice makes.
    pub tracker: Tracker,
    /// The choices. To be shown and dropped.
    pub contests: Vec<CheckedContest>,
}

impl Wallet {
    /// Encrypts a choice, one [`Choice`] for each contest of the citizen's ballot style. Nothing is stored, signed or sent;
    /// but a ballot whose answer was lost earlier is settled first, by sending it again.
    pub async fn prepare(&self, election: &str, choices: &[Choice]) -> Result<PreparedVote, WalletError> {
        let known = self.election(election).await?;
        let is_closed = self.summary(election).await?.close_index.is_some();
        if is_closed || !known.accepts_at(self.platform().clock.now().minute()) {
            return Err(VoteError::NotOpen.into());
        }
        let credential = self.complete_credential(&known)?;
        // Parsed before anything is sent: a mistake in the choice costs nothing.
        let (choice, selections) = parse_choices(&known, &credential, choices)?;
        self.settle(Some(&known.election.id)).await?;
        let BoardView { ballots, not_by_this_wallet } = self.board(&known).await?;
        let after =
            |last: &super::BoardBallot| Position { seq: last.seq, prev: Tracker::NONE }.next(last.tracker);
        let position = ballots.last().map_or(Position::FIRST, after);
        let vk = self.pseudonym(&known.election.id)?.verifying_key();
        let seed = BallotSeed::make(&mut OsRng);
        let body =
            Encrypter::new(&known.election).encrypt(&credential.style, &vk, position, &selections, &seed);
        let body = body.map_err(VoteError::from)?;
        Ok(PreparedVote { known, credential, body, not_by_this_wallet, choice, seed })
    }

    /// Whether a choice fits the contests of the citizen's ballot style, and what it says, in the ballot's order. Nothing
    /// is asked of anybody.
    pub fn check_choices(
        &self,
        known: &KnownElection,
        choices: &[Choice],
    ) -> Result<Vec<CheckedContest>, WalletError> {
        Ok(parse_choices(known, &self.complete_credential(known)?, choices)?.0)
    }

    /// How many ballots of the election may still be tested before one is cast. 0 where the election offers no test:
    /// to be asked before a promise is shown.
    pub fn tests_left(&self, prepared: &PreparedVote) -> Result<u32, WalletError> {
        let tested = self.tested(&prepared.body.election)?;
        Ok(prepared.known.election.manifest.check.tests.saturating_sub(tested))
    }

    /// Gives a preparation away instead of casting it, as often as the election allows before one is cast. The other phone
    /// has scanned [`PreparedVote::promise`] already.
    pub fn test_prepared(&self, prepared: PreparedVote) -> Result<TestCode, WalletError> {
        if self.tests_left(&prepared)? == 0 {
            return Err(VoteError::TestsUsedUp.into());
        }
        let election = prepared.body.election;
        self.store().put(Table::Settings, &tests_id(&election), &(self.tested(&election)? + 1))?;
        let PreparedVote { body, choice, seed, .. } = prepared;
        let position = body.position();
        Ok(TestCode { choice, election: body.election, position, seed, style: body.style, vk: body.vk })
    }

    /// How many ballots were tested since one was cast.
    fn tested(&self, election: &ElectionId) -> Result<u32, WalletError> {
        Ok(self.store().get(Table::Settings, &tests_id(election))?.unwrap_or_default())
    }

    /// On another phone: makes the tested ballot again from its code, and compares it with the promise that was scanned
    /// before. The election is this wallet's own, from its own gateway.
    pub async fn check_test(&self, promise: &str, code: &str) -> Result<TestOutcome, WalletError> {
        let promise = Promise::parse(promise).map_err(|_| Misuse::NotUnderstood)?;
        let code = TestCode::parse(code).map_err(|_| Misuse::NotUnderstood)?;
        let known = self.election(&promise.election.to_string()).await?;
        let contests = open_test(&promise, &code, &known.election).map_err(VoteError::from)?.to_vec();
        self.remember_tested(&promise, &code.vk)?;
        if self
            .board_ballots(&promise.election, &code.vk)
            .await?
            .iter()
            .any(|it| it.tracker == promise.tracker)
        {
            return Err(VoteError::TestedWasCast.into());
        }
        let manifest = &known.election.manifest;
        let (election, title) = (manifest.election.clone(), manifest.title.clone());
        Ok(TestOutcome { election, title, tracker: promise.tracker, contests })
    }
}

/// One selection per contest of the style, in its order, and the same in the manifest's words.
fn parse_choices(
    known: &KnownElection,
    credential: &VotingCredential,
    choices: &[Choice],
) -> Result<(Vec<CheckedContest>, Vec<Selection>), VoteError> {
    let manifest = &known.election.manifest;
    let style: &Style = manifest.style(&credential.style).ok_or(CastError::NoSuchStyle)?;
    let contests: Vec<&Contest> = manifest.contests_of(style).collect();
    if choices.len() != contests.len() {
        return Err(CastError::OtherContests.into());
    }
    let parse = |contest: &&Contest| -> Result<(CheckedContest, Selection), CastError> {
        let choice = choices.iter().find(|choice| choice.contest == contest.id);
        let choice = choice.ok_or(CastError::OtherContests)?;
        let position = |id: &String| contest.options.iter().position(|option| option.id == *id);
        let chosen: Option<Vec<usize>> = choice.options.iter().map(position).collect();
        let mut chosen = chosen.ok_or(CastError::NoSuchOption)?;
        let selection = Selection::new(contest, &chosen)?;
        chosen.sort_unstable();
        Ok((CheckedContest::new(contest, &chosen), selection))
    };
    Ok(contests.iter().map(parse).collect::<Result<_, _>>()?)
}
