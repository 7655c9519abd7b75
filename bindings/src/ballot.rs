//! Voting: get the right to, choose, confirm, make the ballot, test it or cast it.

mod view;

use std::sync::Arc;

use kodanik_wallet::vote::{BallotState, CastOutcome, Choice, KnownElection, PreparedVote};
use kodanik_wallet::{Wallet, WalletError};

pub(crate) use self::view::chosen;
pub use self::view::{BallotReceipt, BallotStage, Chosen, Contest, ContestChoice, ContestOption, Issuer};
use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner, caught};
use crate::session::Session;

/// Voting in one election: `Loading`, `NotEntitled` where there is no voting credential yet, `Choosing`, `Confirming`,
/// `Sealed` (the ballot is made and neither tested nor cast), and from there `Cast`, or `Tested` and back to `Choosing`;
/// or `Stopped`. What was chosen and the checking code are in this object alone, and nowhere after `cancel()`.
#[derive(uniffi::Object)]
pub struct BallotFlow {
    flow: Arc<Flow<Stage>>,
    election: String,
}

/// An election in which this citizen may vote.
#[derive(Clone)]
struct Booth {
    known: Arc<KnownElection>,
    /// The ballot style's id.
    style: String,
    /// Whether this wallet cast a ballot, or may have.
    replaces_earlier: bool,
}

enum Stage {
    Cast { booth: Booth, outcome: Box<CastOutcome> },
    Casting,
    Choosing(Booth),
    Confirming { booth: Booth, choices: Vec<Choice>, chosen: Vec<Chosen> },
    Loading,
    NotEntitled(Arc<KnownElection>),
    Obtaining,
    Sealed { booth: Booth, prepared: Box<PreparedVote>, tests_left: u32 },
    Sealing,
    Stopped { fault: Fault, maybe_cast: bool },
    Tested { booth: Booth, code: String },
}

impl Inner for Stage {
    /// While casting, only the wallet's list of ballots knows. A ballot that is cast stays cast, without its code.
    fn stop(&mut self, fault: Fault) {
        match self {
            Self::Cast { outcome, .. } => outcome.check_code = None,
            Self::Stopped { .. } => {}
            _ => *self = Self::Stopped { fault, maybe_cast: matches!(self, Self::Casting) },
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl BallotFlow {
    /// Where the flow stands.
    pub fn state(&self) -> BallotStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs, and forgets choices and codes. A ballot that was being cast may be on the
    /// board: `maybe_cast`; [`crate::Kodanik::settle_ballots`] finds out.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Finds and verifies the election, and whether this wallet may vote in it. From `Loading` and `Stopped`; leads to
    /// `NotEntitled`, `Choosing` or `Stopped`.
    ///
    /// [`Fault::WrongState`] (`vote.no_such_election`), [`Fault::Expired`] where it is not open, [`Fault::Offline`],
    /// [`Fault::Refused`], [`Fault::Misbehaved`].
    pub async fn load(&self) -> Result<(), Fault> {
        let election = self.election.clone();
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                let wallet = session.wallet();
                let known = Arc::new(wallet.election(&election).await?);
                Ok(admit(wallet, known)?)
            })
            .await
    }

    /// Gets the voting credential: the one thing here that tells the issuers who the citizen is. From `NotEntitled`;
    /// leads to `Choosing`, or back to `NotEntitled` with what was obtained kept. The phone's key may ask the citizen.
    /// `style` is needed where the election has several; `without` leaves out issuers that do not answer, which is the
    /// citizen's own decision: the fewer people leave out the same ones, the better others can guess whose ballot it is.
    ///
    /// [`Fault::Refused`] (`vote.not_on_roll`, `vote.already_issued`), [`Fault::Offline`] with the issuer,
    /// [`Fault::Expired`] (`vote.issuing_closed`), [`Fault::WrongState`] (`vote.style_needed`,
    /// `vote.too_few_issuers`, `vote.no_such_issuer`), [`Fault::Misbehaved`], [`Fault::Cancelled`],
    /// [`Fault::DeviceKey`], [`Fault::Storage`].
    pub async fn obtain_credential(&self, style: Option<String>, without: Vec<String>) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::NotEntitled(known) => Ok(known),
            other => Err(other),
        };
        self.flow
            .step(Stage::Obtaining, take, |session, known| async move {
                let wallet = session.wallet();
                let election = known.election.id.to_string();
                let obtained = wallet.obtain_credential_without(&election, style.as_deref(), &without).await;
                match obtained {
                    Ok(_) => Ok(admit(wallet, known)?),
                    Err(error) => Err(Halt::back_to(Stage::NotEntitled(known), error)),
                }
            })
            .await
    }

    /// Takes one choice for each contest; none of a contest's options is a blank vote. Nothing is stored or sent. From
    /// `Choosing`; leads to `Confirming`. [`Fault::NotUnderstood`] (`vote.choice`) where it does not fit the ballot.
    pub fn choose(&self, choices: Vec<ContestChoice>) -> Result<(), Fault> {
        let session = self.flow.session()?;
        let booth = self.flow.look(Stage::choosing).ok_or_else(Fault::wrong_state)?;
        let choices: Vec<Choice> = choices.into_iter().map(Choice::from).collect();
        let checked = caught(|| Ok(session.wallet().check_choices(&booth.known, &choices)?))?;
        let options = checked.into_iter().map(|contest| (contest.contest, contest.chosen));
        let chosen = chosen(&booth.known, options);
        self.flow.change(|stage| {
            let possible = stage.choosing().is_some();
            if possible {
                *stage = Stage::Confirming { booth, choices, chosen };
            }
            possible
        })
    }

    /// Back to `Choosing`, with the choice and the made ballot forgotten. From `Confirming`, `Sealed` and `Tested`.
    pub fn back(&self) -> Result<(), Fault> {
        self.flow.change(|stage| {
            let (Stage::Confirming { booth, .. } | Stage::Sealed { booth, .. } | Stage::Tested { booth, .. }) =
                stage
            else {
                return false;
            };
            *stage = Stage::Choosing(booth.clone());
            true
        })
    }

    /// Makes the ballot of the confirmed choice: encrypted, neither signed nor stored. A ballot whose answer was lost is
    /// settled first. From `Confirming`; leads to `Sealed`, or back to `Choosing`.
    ///
    /// [`Fault::Expired`] (`vote.not_open`), [`Fault::Offline`], [`Fault::Refused`], [`Fault::Misbehaved`],
    /// [`Fault::Storage`].
    pub async fn seal(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Confirming { booth, choices, .. } => Ok((booth, choices)),
            other => Err(other),
        };
        self.flow
            .step(Stage::Sealing, take, |session, (booth, choices)| async move {
                match seal(session.wallet(), &booth, &choices).await {
                    Ok((prepared, tests_left)) => Ok(Stage::Sealed { booth, prepared, tests_left }),
                    Err(error) => Err(Halt::back_to(Stage::Choosing(booth), error)),
                }
            })
            .await
    }

    /// Gives the made ballot away instead of casting it: the other phone, which has scanned the promise, then shows what
    /// this one would have cast. From `Sealed` where `tests_left` is not 0; leads to `Tested`. [`Fault::Storage`].
    pub async fn test(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Sealed { booth, prepared, tests_left: 1.. } => Ok((booth, prepared)),
            other => Err(other),
        };
        self.flow
            .step(Stage::Sealing, take, |session, (booth, prepared)| async move {
                let code = session.wallet().test_prepared(*prepared)?.to_text();
                Ok(Stage::Tested { booth, code })
            })
            .await
    }

    /// Signs, stores, sends, and verifies the receipt. From `Sealed`; leads to `Cast` or `Stopped`. Where the answer is
    /// lost, the ballot is kept and sent again by the next [`BallotFlow::seal`] or [`crate::Kodanik::settle_ballots`]:
    /// it is never cast twice.
    ///
    /// [`Fault::Offline`], [`Fault::Refused`], [`Fault::Misbehaved`], [`Fault::Storage`].
    pub async fn cast(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Sealed { booth, prepared, .. } => Ok((booth, prepared)),
            other => Err(other),
        };
        self.flow
            .step(Stage::Casting, take, |session, (booth, prepared)| async move {
                match session.wallet().cast_prepared(*prepared).await {
                    Ok(outcome) => Ok(Stage::Cast { booth, outcome: Box::new(outcome) }),
                    Err(error) => Err(not_cast(session.wallet(), &booth, error)),
                }
            })
            .await
    }

    /// Forgets the checking code, once the other phone has read it or nobody wants to check. From `Cast`.
    pub fn forget_code(&self) -> Result<(), Fault> {
        self.flow.change(|stage| {
            let Stage::Cast { outcome, .. } = stage else { return false };
            outcome.check_code = None;
            true
        })
    }

    /// Vote again: from `Cast` to `Choosing`. The checking code is forgotten.
    pub fn vote_again(&self) -> Result<(), Fault> {
        self.flow.change(|stage| {
            let Stage::Cast { booth, .. } = stage else { return false };
            *stage = Stage::Choosing(Booth { replaces_earlier: true, ..booth.clone() });
            true
        })
    }
}

impl BallotFlow {
    pub(crate) fn new(session: &Arc<Session>, election: String) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading), election })
    }
}

impl Stage {
    fn choosing(&self) -> Option<Booth> {
        match self {
            Self::Choosing(booth) => Some(booth.clone()),
            _ => None,
        }
    }
}

/// Into the booth, or to the desk where the voting credential is given.
fn admit(wallet: &Wallet, known: Arc<KnownElection>) -> Result<Stage, WalletError> {
    let credential = wallet.voting_credential(&known.election.id)?;
    let complete = credential.filter(|credential| credential.is_complete(&known.election));
    let Some(credential) = complete else { return Ok(Stage::NotEntitled(known)) };
    let counts = |own: &kodanik_wallet::vote::OwnBallot| {
        own.election == known.election.id && !matches!(own.state, BallotState::Refused { .. })
    };
    let replaces_earlier = wallet.ballots()?.iter().any(counts);
    Ok(Stage::Choosing(Booth { known, style: credential.style, replaces_earlier }))
}

async fn seal(
    wallet: &Wallet,
    booth: &Booth,
    choices: &[Choice],
) -> Result<(Box<PreparedVote>, u32), WalletError> {
    let prepared = wallet.prepare(&booth.known.election.id.to_string(), choices).await?;
    let tests_left = wallet.tests_left(&prepared)?;
    Ok((Box::new(prepared), tests_left))
}

/// What the wallet's list of ballots says. Where it cannot be read, the ballot may have been cast.
fn not_cast(wallet: &Wallet, booth: &Booth, error: WalletError) -> Halt<Stage> {
    let fault = Fault::from(error);
    let is_open = |own: &kodanik_wallet::vote::OwnBallot| {
        own.election == booth.known.election.id && own.state == BallotState::Unanswered
    };
    let maybe_cast = wallet.ballots().map_or(true, |ballots| ballots.iter().any(is_open));
    Halt::back_to(Stage::Stopped { fault: fault.clone(), maybe_cast }, fault)
}
