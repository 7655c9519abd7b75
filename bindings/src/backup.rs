//! Backup codes: eight on paper, one asked back, the backup sealed and stored.

use std::fmt;
use std::sync::Arc;

use kodanik_wallet::backup::{BackupDraft, BackupOutcome, BackupSummary};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner};
use crate::lists::count;
use crate::session::Session;

/// Where the flow stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[uniffi::export(Debug)]
pub enum BackupStage {
    /// To be written down or printed: [`BackupFlow::store`] with the code that is asked back, or `cancel`. None of them
    /// is of any use before that.
    Codes {
        /// The set's name, for the printed page.
        set: String,
        /// The eight codes.
        codes: Vec<String>,
        /// The code that can only put the e-ID out of force.
        revocation_code: String,
        /// Which code is asked back, 1 to 8.
        asked: u32,
        /// Unix seconds.
        created: u64,
        /// Whether codes are in force that these replace.
        replaces_earlier: bool,
    },
    /// [`BackupFlow::load`], which leads to `Codes`.
    Loading,
    /// The set counts.
    Stored {
        /// What it holds.
        size: BackupSize,
    },
    /// The backup is being sealed and stored. Leads to `Stored`, or back to `Codes`.
    Storing,
    /// Over; the codes are forgotten. [`BackupFlow::load`] makes others.
    Stopped {
        /// Why.
        fault: Fault,
        /// Whether the new codes may have replaced the old ones all the same: the citizen keeps both papers until a new
        /// set is stored.
        maybe_stored: bool,
    },
}

/// How much a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BackupSize {
    /// Cases at public services.
    pub cases: u32,
    /// Credentials to be requested again.
    pub credentials: u32,
    /// Pieces of evidence.
    pub evidence: u32,
    /// Lines of history.
    pub history: u32,
    /// Rows that did not fit, the oldest ones.
    pub left_out: u32,
}

impl From<BackupSummary> for BackupSize {
    fn from(summary: BackupSummary) -> Self {
        Self {
            cases: count(summary.cases),
            credentials: count(summary.credentials),
            evidence: count(summary.evidence),
            history: count(summary.history),
            left_out: count(summary.left_out),
        }
    }
}

/// Making backup codes: `Loading`, `Codes`, `Storing`, `Stored`; or `Stopped`.
#[derive(uniffi::Object)]
pub struct BackupFlow {
    flow: Arc<Flow<Stage>>,
}

enum Stage {
    Codes { draft: Box<BackupDraft>, replaces_earlier: bool },
    Loading,
    Stopped { fault: Fault, maybe_stored: bool },
    Stored(Box<BackupOutcome>),
    Storing,
}

impl Inner for Stage {
    fn stop(&mut self, fault: Fault) {
        if !matches!(self, Self::Stored(_) | Self::Stopped { .. }) {
            *self = Self::Stopped { fault, maybe_stored: matches!(self, Self::Storing) };
        }
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl BackupFlow {
    /// Where the flow stands.
    pub fn state(&self) -> BackupStage {
        self.flow.look(Stage::view)
    }

    /// The listener; nothing ends it.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.flow.watcher.set(listener);
    }

    /// Ends the flow, also while a verb runs, and forgets the codes.
    pub fn cancel(&self) {
        self.flow.cancel();
    }

    /// Makes eight codes and a revocation code; stores nothing. From `Loading` and `Stopped`. [`Fault::Storage`].
    pub async fn load(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                let replaces_earlier = session.wallet().backup_state()?.is_some();
                Ok(Stage::Codes { draft: Box::new(session.wallet().draft_backup()), replaces_earlier })
            })
            .await
    }

    /// Takes the code that was asked back, as typed, and stores the backup in the place of the old one. The phone's key
    /// may ask the citizen. From `Codes`; a fault leads back to it, and the codes stay good.
    ///
    /// [`Fault::NotUnderstood`] (`recovery.code_not_of_this_set` and others) for another code, [`Fault::Offline`],
    /// [`Fault::Refused`], [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Storage`].
    pub async fn store(&self, asked_back: String) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Codes { draft, replaces_earlier } => Ok((draft, replaces_earlier)),
            other => Err(other),
        };
        self.flow
            .step(Stage::Storing, take, |session, (draft, replaces_earlier)| async move {
                match session.wallet().store_backup(&draft, &asked_back).await {
                    Ok(outcome) => Ok(Stage::Stored(Box::new(outcome))),
                    Err(error) => Err(Halt::back_to(Stage::Codes { draft, replaces_earlier }, error)),
                }
            })
            .await
    }
}

impl BackupFlow {
    pub(crate) fn new(session: &Arc<Session>) -> Arc<Self> {
        Arc::new(Self { flow: Flow::new(session, Stage::Loading) })
    }
}

impl Stage {
    fn view(&self) -> BackupStage {
        match self {
            Self::Codes { draft, replaces_earlier } => BackupStage::Codes {
                set: draft.set().to_string(),
                codes: draft.codes().map(|code| code.to_string()).collect(),
                revocation_code: draft.revocation_code().to_string(),
                asked: count(draft.asked()),
                created: draft.created().0,
                replaces_earlier: *replaces_earlier,
            },
            Self::Loading => BackupStage::Loading,
            Self::Stopped { fault, maybe_stored } => {
                BackupStage::Stopped { fault: fault.clone(), maybe_stored: *maybe_stored }
            }
            Self::Stored(outcome) => BackupStage::Stored { size: outcome.summary.into() },
            Self::Storing => BackupStage::Storing,
        }
    }
}

impl fmt::Debug for BackupStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Codes { .. } => "Codes",
            Self::Loading => "Loading",
            Self::Stopped { fault, maybe_stored } => {
                return write!(f, "Stopped({fault}, maybe_stored: {maybe_stored})");
            }
            Self::Stored { .. } => "Stored",
            Self::Storing => "Storing",
        })
    }
}
