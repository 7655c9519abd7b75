//! What the phone's shells see of the wallet. A shell has screens, words, biometrics and a camera; what happens in which
//! order is decided here, and every rule is the wallet's.
//!
//! A citizen opens [`Kodanik`] once, with the phone's [`SecureKeys`] and [`SecretStore`], and unlocks it with a
//! [`PinEntry`]. Everything that takes more than one step is a *flow*: [`EnrolFlow`], [`PresentFlow`], [`BallotFlow`],
//! [`VerifyFlow`], [`ServiceFlow`], [`CaseFlow`], [`BackupFlow`], [`NoticesFlow`], [`RecoverFlow`]. All flows are alike:
//!
//! - `state()` holds everything that a screen needs, except words. It never waits for a network or a disk.
//! - `watch(listener)` tells that the state may be another one, and no more: the screen pulls it. There is one listener
//!   for each object.
//! - Verbs are asynchronous, one at a time. Out of order, or while another one runs, they give [`Fault::WrongState`] and
//!   change nothing.
//! - `cancel()` ends a flow at any await point. The verb that was running gives [`Fault::Cancelled`], and the state is
//!   `Stopped`. Dropping a verb's future (a cancelled coroutine) does the same, except that no listener is told.
//! - From `Stopped`, `load()` begins anew ([`RecoverFlow::recover`] goes on where it stopped).
//!
//! What computes, computes on the thread that polls: shells call verbs away from the main thread. No lock is held while
//! a listener is told or the phone's key signs; what implements [`SecretStore`] must not call back into this crate.
//! A panic becomes [`Fault::Internal`]; the flow stops, and everything else goes on.
//!
//! Where to start: [`Kodanik`], then one file per flow; the shared machinery is in `flow`, errors in [`Fault`].

mod backup;
mod ballot;
mod case;
mod enrol;
mod fault;
mod flow;
mod kodanik;
mod lists;
mod notices;
mod pin;
mod platform;
mod present;
mod recover;
mod service;
mod session;
mod verify;

pub use self::backup::{BackupCodes, BackupFlow, BackupSize, BackupStage, NewCodes};
pub use self::ballot::{
    BallotFlow, BallotReceipt, BallotStage, Chosen, Contest, ContestChoice, ContestOption, Issuer,
};
pub use self::case::{CaseFlow, CaseStage, CaseView};
pub use self::enrol::{EnrolCheck, EnrolFlow, EnrolStage};
pub use self::fault::Fault;
pub use self::flow::ChangeListener;
pub use self::kodanik::{Kodanik, Link, Phase};
pub use self::lists::{
    Credential, CredentialStatus, Election, ElectionPhase, HistoryKind, HistoryLine, OwnBallot, OwnBallotFate,
};
pub use self::notices::{NoticesFlow, NoticesStage, RecoveryNotice};
pub use self::pin::PinEntry;
pub use self::platform::{Config, KeyFault, KeyProtection, Platform, PromptReason, SecretStore, SecureKeys};
pub use self::present::{MissingClaims, Pick, PresentFlow, PresentOption, PresentQuestion, PresentStage};
pub use self::recover::{IdCard, RecoverFlow, RecoverStage};
pub use self::service::{
    CaseState, Claim, FieldKind, FormField, ResumedRequest, Service, ServiceFlow, ServiceOperation,
    ServiceProgress, ServiceRequest, ServiceStage,
};
pub use self::verify::{VerifiedChoice, VerifyFlow, VerifyStage};

uniffi::setup_scaffolding!();

#[cfg(test)]
mod tests;
