//! Answering somebody who asks for claims: see who, what and why, then consent or decline.

use std::fmt;
use std::sync::Arc;

use kodanik_wallet::history::HistoryKind;
use kodanik_wallet::present::{Choice, Missing, Picks, PresentOutcome, PresentationRequest};
use kodanik_wallet::{Wallet, WalletError};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner};
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum PresentStage {
    /// To be shown: [`PresentFlow::consent`] where `is_answerable`, [`PresentFlow::decline`], or `cancel`. Nothing about
    /// the citizen has been sent.
    Asking {
        /// Who asks: the name in a certificate that chains to a pinned anchor.
        party: String,
        /// The host that the answer would go to.
        host: String,
        /// What for, if a registrar confirmed it. Nothing means that nobody vouches for any purpose: show it as unknown.
        purpose: Option<String>,
        /// Names of the claims that the least answer discloses.
        claims: Vec<String>,
        /// Claims asked for beyond what the party registered.
        over_asked: Vec<String>,
        /// What is asked for and not there.
        missing: Vec<MissingClaims>,
        /// What the citizen may choose between.
        questions: Vec<PresentQuestion>,
        /// Whether the wallet holds what is asked for.
        is_answerable: bool,
    },
    /// The citizen declined; the party was told nothing.
    Declined,
    /// Nothing is known yet: [`PresentFlow::load`], which leads to `Asking` or `Stopped`.
    Loading,
    /// The answer is being signed and sent. Leads to `Done` or `Stopped`.
    Sending,
    /// It was shared.
    Done {
        /// With whom.
        party: String,
        /// Names of the claims that left the wallet.
        claims: Vec<String>,
        /// Where the party wants the citizen to go on, if it says so.
        redirect: Option<String>,
    },
    /// Over. [`PresentFlow::load`] begins anew.
    Stopped {
        /// Why.
        fault: Fault,
        /// Whether claims may have been shared all the same. History has the last word.
        maybe_shared: bool,
    },
}

/// A question that the wallet cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MissingClaims {
    /// The question.
    pub query_id: String,
    /// Names of the claims that the best credential lacks; none where there is no credential of that type.
    pub claims: Vec<String>,
}

/// The credentials that would answer a question.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PresentQuestion {
    /// The question.
    pub query_id: String,
    /// Whether several may be given.
    pub multiple: bool,
    /// Whether the least answer holds it. What is not needed is given only where the citizen picks it.
    pub needed: bool,
    /// The credentials; of a needed question the first is taken where the citizen has no wish.
    pub options: Vec<PresentOption>,
}

/// A credential that would answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PresentOption {
    /// The wallet's name for it.
    pub credential: String,
    /// What its issuer calls it.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// Names of the claims that it would disclose.
    pub claims: Vec<String>,
}

/// The citizen's choice for one question.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Pick {
    /// The question.
    pub query_id: String,
    /// The wallet's names of credentials.
    pub credentials: Vec<String>,
}

/// Answering a request for claims: `Loading`, `Asking`, `Sending`, `Done`; or `Declined`, or `Stopped`.
#[derive(uniffi::Object)]
pub struct PresentFlow {
    flow: Arc<Flow<Stage>>,
    link: String,
}

enum Stage {
    Asking(Box<PresentationRequest>),
    Declined,
    Done(PresentOutcome),
    Loading,
    Sending,
    Stopped { fault: Fault, maybe_shared: bool },
}

impl Inner for Stage {
    /// While sending, only history knows: until it is read, claims may have been shared.
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Declined | Self::Done(_) | Self::Stopped { .. }) {
            *self = Self::Stopped { fault, maybe_shared: matches!(self, Self::Sending) };
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl PresentFlow {
    /// Where the flow stands.
    pub fn state(&self) -> PresentStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs. The party is told nothing; history says where claims may have been shared.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Fetches the request and verifies who asks. From `Loading` and `Stopped`.
    ///
    /// [`Fault::NotUnderstood`] for what is no request, [`Fault::UnknownParty`], [`Fault::Expired`], [`Fault::Offline`],
    /// [`Fault::Refused`], [`Fault::Misbehaved`].
    pub async fn load(&self) -> Result<(), Fault> {
        let link = self.link.clone();
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                Ok(Stage::Asking(Box::new(session.wallet().inspect_presentation(&link).await?)))
            })
            .await
    }

    /// Discloses exactly what was shown, with the credentials that were picked, or the first of each needed question where
    /// nothing is given. A question that is not needed may be left out of the picks. From `Asking` where `is_answerable`.
    /// The phone's key may ask the citizen.
    ///
    /// [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Offline`], [`Fault::Refused`], [`Fault::WrongState`]
    /// (`present.choice`) for picks that answer another question, [`Fault::Storage`].
    pub async fn consent(&self, picks: Option<Vec<Pick>>) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Asking(request) if request.is_answerable() => Ok(request),
            other => Err(other),
        };
        self.flow
            .step(Stage::Sending, take, |session, request| async move {
                let wallet = session.wallet();
                let before = wallet.history_end()?;
                consent(wallet, *request, picks).await.map(Stage::Done).map_err(|error| {
                    let (fault, maybe_shared) = (Fault::from(error), may_have_shared(wallet, before));
                    Halt::back_to(Stage::Stopped { fault: fault.clone(), maybe_shared }, fault)
                })
            })
            .await
    }

    /// Declines: a line of history, and nothing to anybody. From `Asking`. [`Fault::Storage`].
    pub async fn decline(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Asking(request) => Ok(request),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, request| async move {
                session.wallet().refuse(&request)?;
                Ok(Stage::Declined)
            })
            .await
    }
}

impl PresentFlow {
    pub(crate) fn new(session: &Arc<Session>, link: String) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading), link })
    }
}

async fn consent(
    wallet: &Wallet,
    request: PresentationRequest,
    picks: Option<Vec<Pick>>,
) -> Result<PresentOutcome, WalletError> {
    let picks: Picks = match picks {
        Some(picks) => picks.into_iter().map(|pick| (pick.query_id, pick.credentials)).collect(),
        None => request.default_picks()?,
    };
    wallet.consent(request, &picks).await
}

/// What history says since. Where it cannot be read, they may have been.
fn may_have_shared(wallet: &Wallet, before: u64) -> bool {
    let shared = |kind| matches!(kind, HistoryKind::MaybePresented | HistoryKind::Presented);
    wallet.history(before, usize::MAX).map_or(true, |lines| lines.iter().any(|line| shared(line.value.kind)))
}

impl Stage {
    fn view(&self) -> PresentStage {
        match self {
            Self::Asking(request) => asking(request),
            Self::Declined => PresentStage::Declined,
            Self::Done(PresentOutcome { party, claims, redirect }) => PresentStage::Done {
                party: party.clone(),
                claims: claims.clone(),
                redirect: redirect.clone(),
            },
            Self::Loading => PresentStage::Loading,
            Self::Sending => PresentStage::Sending,
            Self::Stopped { fault, maybe_shared } => {
                PresentStage::Stopped { fault: fault.clone(), maybe_shared: *maybe_shared }
            }
        }
    }
}

fn asking(request: &PresentationRequest) -> PresentStage {
    PresentStage::Asking {
        party: request.party.clone(),
        host: request.host.clone(),
        purpose: request.purpose.clone(),
        claims: request.claims.clone(),
        over_asked: request.over_asked.clone(),
        missing: request.missing.iter().map(MissingClaims::from).collect(),
        questions: request.choices.iter().map(PresentQuestion::from).collect(),
        is_answerable: request.is_answerable(),
    }
}

impl From<&Missing> for MissingClaims {
    fn from(missing: &Missing) -> Self {
        Self { query_id: missing.query_id.clone(), claims: missing.claims.clone() }
    }
}

impl From<&Choice> for PresentQuestion {
    fn from(choice: &Choice) -> Self {
        let option = |option: &kodanik_wallet::present::ChoiceOption| PresentOption {
            credential: option.credential.clone(),
            name: option.name.clone(),
            issuer: option.issuer.clone(),
            claims: option.claims.clone(),
        };
        Self {
            query_id: choice.query_id.clone(),
            multiple: choice.multiple,
            needed: choice.needed,
            options: choice.options.iter().map(option).collect(),
        }
    }
}

impl fmt::Debug for PresentStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking { .. } => "Asking",
            Self::Declined => "Declined",
            Self::Done { .. } => "Done",
            Self::Loading => "Loading",
            Self::Sending => "Sending",
            Self::Stopped { fault, maybe_shared } => {
                return write!(f, "Stopped({fault}, maybe_shared: {maybe_shared})");
            }
        })
    }
}
