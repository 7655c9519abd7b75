//! Backup codes: eight on paper, one asked back, the backup sealed and stored.

use std::fmt;
use std::sync::Arc;

use kodanik_wallet::backup::{BackupDraft, BackupOutcome, BackupState, BackupSummary, short_name};

use crate::fault::Fault;
use crate::flow::{ChangeListener, Flow, Halt, Inner, caught};
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
    /// Codes were made before, and are good: [`BackupFlow::refresh`] or [`BackupFlow::make_codes`].
    InForce {
        /// Which.
        codes: BackupCodes,
    },
    /// [`BackupFlow::load`], which leads to `InForce`, or to `Codes` where there are none yet.
    Loading,
    /// What is new is being sealed and stored. Leads to `Stored`, or back to `InForce`.
    Refreshing,
    /// The backup is stored, and the codes count.
    Stored {
        /// Whether the codes are new: the old paper, if there was one, is worth nothing.
        new_codes: bool,
        /// What it holds.
        size: BackupSize,
    },
    /// The backup is being sealed and stored. Leads to `Stored`, or back to `Codes`.
    Storing,
    /// Over; new codes are forgotten. [`BackupFlow::load`] begins anew.
    Stopped {
        /// Why.
        fault: Fault,
        /// What the codes are worth that were shown.
        new_codes: NewCodes,
    },
}

/// What new codes are worth where the flow was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum NewCodes {
    /// They may have replaced the old ones all the same: the citizen keeps both papers until a new set is stored.
    MaybeInForce,
    /// None were shown. Those in force are good as they were.
    NotMade,
    /// Nothing. Those in force are good as they were.
    Void,
}

/// Backup codes in force.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BackupCodes {
    /// The set's name, as on the printed page.
    pub set: String,
    /// Unix seconds at which they were made.
    pub created: u64,
}

impl From<BackupState> for BackupCodes {
    fn from(state: BackupState) -> Self {
        Self { set: short_name(&state.set), created: state.created.0 }
    }
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

/// Making backup codes: `Loading`, `Codes`, `Storing`, `Stored`; where there are some, `InForce` first, and from there
/// `Refreshing` and `Stored` without any code; or `Stopped`.
#[derive(uniffi::Object)]
pub struct BackupFlow {
    flow: Arc<Flow<Stage>>,
}

enum Stage {
    Codes { draft: Box<BackupDraft>, replaces_earlier: bool },
    InForce(BackupCodes),
    Loading,
    Refreshing,
    Stopped { fault: Fault, new_codes: NewCodes },
    Stored { new_codes: bool, outcome: Box<BackupOutcome> },
    Storing,
}

impl Inner for Stage {
    fn stop(&mut self, fault: Fault) {
        let new_codes = match self {
            Self::Stored { .. } | Self::Stopped { .. } => return,
            Self::Codes { .. } => NewCodes::Void,
            Self::InForce(_) | Self::Loading | Self::Refreshing => NewCodes::NotMade,
            Self::Storing => NewCodes::MaybeInForce,
        };
        *self = Self::Stopped { fault, new_codes };
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

    /// Looks for codes in force; where there are none, makes some as [`BackupFlow::make_codes`] does. From `Loading` and
    /// `Stopped`. [`Fault::Storage`].
    pub async fn load(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::Loading | Stage::Stopped { .. } => Ok(()),
            other => Err(other),
        };
        self.flow
            .step(Stage::Loading, take, |session, ()| async move {
                match session.wallet().backup_state()? {
                    Some(state) => Ok(Stage::InForce(state.into())),
                    None => Ok(Stage::Codes {
                        draft: Box::new(session.wallet().draft_backup()),
                        replaces_earlier: false,
                    }),
                }
            })
            .await
    }

    /// Makes eight codes and a revocation code; stores nothing, and the old ones are good until [`BackupFlow::store`]. From
    /// `InForce`; leads to `Codes`.
    pub fn make_codes(&self) -> Result<(), Fault> {
        let session = self.flow.session()?;
        let draft = caught(|| Ok(Box::new(session.wallet().draft_backup())))?;
        self.flow.change(|stage| {
            let possible = matches!(stage, Stage::InForce(_));
            if possible {
                *stage = Stage::Codes { draft, replaces_earlier: true };
            }
            possible
        })
    }

    /// Stores what is new under the same codes. The phone's key may ask the citizen. From `InForce`; leads to `Stored`, or
    /// back to it.
    ///
    /// [`Fault::Offline`], [`Fault::Refused`], [`Fault::Cancelled`], [`Fault::DeviceKey`], [`Fault::Storage`].
    pub async fn refresh(&self) -> Result<(), Fault> {
        let take = |stage: Stage| match stage {
            Stage::InForce(codes) => Ok(codes),
            other => Err(other),
        };
        self.flow
            .step(Stage::Refreshing, take, |session, codes| async move {
                match session.wallet().refresh_backup().await {
                    Ok(outcome) => Ok(Stage::Stored { new_codes: false, outcome: Box::new(outcome) }),
                    Err(error) => Err(Halt::back_to(Stage::InForce(codes), error)),
                }
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
                    Ok(outcome) => Ok(Stage::Stored { new_codes: true, outcome: Box::new(outcome) }),
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
                set: short_name(draft.set()),
                codes: draft.codes().map(|code| code.to_string()).collect(),
                revocation_code: draft.revocation_code().to_string(),
                asked: count(draft.asked()),
                created: draft.created().0,
                replaces_earlier: *replaces_earlier,
            },
            Self::InForce(codes) => BackupStage::InForce { codes: codes.clone() },
            Self::Loading => BackupStage::Loading,
            Self::Refreshing => BackupStage::Refreshing,
            Self::Stopped { fault, new_codes } => {
                BackupStage::Stopped { fault: fault.clone(), new_codes: *new_codes }
            }
            Self::Stored { new_codes, outcome } => {
                BackupStage::Stored { new_codes: *new_codes, size: outcome.summary.into() }
            }
            Self::Storing => BackupStage::Storing,
        }
    }
}

impl fmt::Debug for BackupStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Codes { .. } => "Codes",
            Self::InForce { .. } => "InForce",
            Self::Loading => "Loading",
            Self::Refreshing => "Refreshing",
            Self::Stopped { fault, new_codes } => {
                return write!(f, "Stopped({fault}, new_codes: {new_codes:?})");
            }
            Self::Stored { .. } => "Stored",
            Self::Storing => "Storing",
        })
    }
}
