//! Looking after another phone's ballot: what it says and whether it counts (check), or what that phone would have cast
//! (test).

use std::fmt;
use std::sync::Arc;

use kodanik_wallet::vote::{CheckOutcome, TestOutcome};
use kodanik_wallet::{Wallet, WalletError};

use crate::ballot::{Chosen, chosen};
use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner};
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum VerifyStage {
    /// A promise was scanned: the other phone's citizen says "test", and [`VerifyFlow::scan`] takes the code that it
    /// shows then.
    AwaitingTestCode,
    /// On the board, the latest of its citizen's, and this is what it says.
    Found {
        /// The ballot.
        ballot: VerifiedChoice,
        /// The log's time, Unix seconds.
        time: u64,
        /// Its place among its citizen's ballots.
        seq: u32,
    },
    /// [`VerifyFlow::load`].
    Loading,
    /// Not on the board. [`VerifyFlow::load`] looks again: it may be a moment too early.
    NotFound,
    /// A later ballot of the same citizen counts instead. What this one says is not shown.
    Superseded,
    /// Over. [`VerifyFlow::load`] begins anew. [`Fault::Misbehaved`] means that a phone or a server lies.
    Stopped {
        /// Why.
        fault: Fault,
    },
    /// The promised ballot is what its phone said it was. It will never be cast.
    Tested {
        /// The ballot.
        ballot: VerifiedChoice,
    },
    /// The time for checking is over.
    TooLate,
    /// The code is being looked after. Leads to `Found`, `NotFound`, `Superseded`, `TooLate`, `Tested` or `Stopped`.
    Verifying,
}

/// What a ballot says. To be shown and dropped. Never prints its choice.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct VerifiedChoice {
    /// The election, for people.
    pub title: String,
    /// What the other phone must show too.
    pub tracker: String,
    /// The choices.
    pub chosen: Vec<Chosen>,
}

/// Checking or testing another phone's ballot: `Loading`, `Verifying`, then one of the verdicts; for a promise,
/// `AwaitingTestCode` in between.
#[derive(uniffi::Object)]
pub struct VerifyFlow {
    flow: Arc<Flow<Stage>>,
    code: String,
}

enum Stage {
    AwaitingTestCode,
    Found { ballot: VerifiedChoice, time: u64, seq: u32 },
    Loading,
    NotFound,
    Stopped(Fault),
    Superseded,
    Tested(VerifiedChoice),
    TooLate,
    Verifying,
}

impl Inner for Stage {
    /// What a ballot says goes with the flow.
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Stopped(_)) {
            *self = Self::Stopped(fault);
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl VerifyFlow {
    /// Where the flow stands.
    pub fn state(&self) -> VerifyStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs, and forgets what the ballot said.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Fetches the ballot of a checking code, verifies it and everything after it, and opens it; or takes a promise. From
    /// `Loading`, `NotFound` and `Stopped`.
    ///
    /// [`Fault::NotUnderstood`] for what is neither, [`Fault::Offline`], [`Fault::Refused`], [`Fault::Misbehaved`].
    /// Verdicts are no faults.
    pub async fn load(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::NotFound | Stage::Stopped(_) => Ok(()),
            other => Err(other),
        };
        let code = self.code.clone();
        self.flow
            .step(Stage::Verifying, take, |session, ()| async move {
                match kodanik_wallet::Link::identify(&code) {
                    kodanik_wallet::Link::Promise => Ok(Stage::AwaitingTestCode),
                    _ => check(session.wallet(), &code).await,
                }
            })
            .await
    }

    /// Takes the code of the ballot that was promised, makes it again, and compares. From `AwaitingTestCode`; a text that
    /// is no such code leads back to it.
    ///
    /// [`Fault::NotUnderstood`], [`Fault::Offline`], [`Fault::Refused`]; [`Fault::Misbehaved`] (`vote.test_other_ballot`,
    /// `vote.tested_was_cast`): do not vote with that phone.
    pub async fn scan(&self, test_code: String) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::AwaitingTestCode => Ok(()),
            other => Err(other),
        };
        let promise = self.code.clone();
        self.flow
            .step(Stage::Verifying, take, |session, ()| async move {
                match test(session.wallet(), &promise, &test_code).await {
                    Ok(ballot) => Ok(Stage::Tested(ballot)),
                    Err(error) => match Fault::from(error) {
                        fault @ Fault::NotUnderstood { .. } => {
                            Err(Halt::back_to(Stage::AwaitingTestCode, fault))
                        }
                        fault => Err(fault.into()),
                    },
                }
            })
            .await
    }
}

impl VerifyFlow {
    pub(crate) fn new(session: &Arc<Session>, code: String) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading), code })
    }
}

async fn check(wallet: &Wallet, code: &str) -> Result<Stage, Halt<Stage>> {
    match wallet.check(code).await {
        Ok(outcome) => Ok(found(wallet, outcome).await?),
        Err(error) => match error.code().as_str() {
            "vote.check_not_yet_on_board" => Ok(Stage::NotFound),
            "vote.check_over" => Ok(Stage::TooLate),
            "vote.check_superseded" => Ok(Stage::Superseded),
            _ => Err(error.into()),
        },
    }
}

async fn found(wallet: &Wallet, outcome: CheckOutcome) -> Result<Stage, WalletError> {
    let known = wallet.election(&outcome.election).await?;
    let contests = outcome.contests.into_iter().map(|contest| (contest.contest, contest.chosen));
    let ballot = VerifiedChoice {
        title: outcome.title,
        tracker: outcome.tracker.to_string(),
        chosen: chosen(&known, contests),
    };
    Ok(Stage::Found { ballot, time: outcome.minute.start().0, seq: outcome.seq })
}

async fn test(wallet: &Wallet, promise: &str, code: &str) -> Result<VerifiedChoice, WalletError> {
    let TestOutcome { election, title, tracker, contests } = wallet.check_test(promise, code).await?;
    let known = wallet.election(&election).await?;
    let contests = contests.into_iter().map(|contest| (contest.contest, contest.chosen));
    Ok(VerifiedChoice { title, tracker: tracker.to_string(), chosen: chosen(&known, contests) })
}

impl Stage {
    fn view(&self) -> VerifyStage {
        match self {
            Self::AwaitingTestCode => VerifyStage::AwaitingTestCode,
            Self::Found { ballot, time, seq } => {
                VerifyStage::Found { ballot: ballot.clone(), time: *time, seq: *seq }
            }
            Self::Loading => VerifyStage::Loading,
            Self::NotFound => VerifyStage::NotFound,
            Self::Stopped(fault) => VerifyStage::Stopped { fault: fault.clone() },
            Self::Superseded => VerifyStage::Superseded,
            Self::Tested(ballot) => VerifyStage::Tested { ballot: ballot.clone() },
            Self::TooLate => VerifyStage::TooLate,
            Self::Verifying => VerifyStage::Verifying,
        }
    }
}

impl fmt::Debug for VerifyStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwaitingTestCode => "AwaitingTestCode",
            Self::Found { .. } => "Found",
            Self::Loading => "Loading",
            Self::NotFound => "NotFound",
            Self::Stopped { fault } => return write!(f, "Stopped({fault})"),
            Self::Superseded => "Superseded",
            Self::Tested { .. } => "Tested",
            Self::TooLate => "TooLate",
            Self::Verifying => "Verifying",
        })
    }
}
