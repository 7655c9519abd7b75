//! What a shell is told when something does not come to its end: few variants, one for each thing that a screen does
//! differently.

use kodanik_wallet::WalletError;
use kodanik_wallet::error::HomeError;
use kodanik_wallet::pin::PinError;
use kodanik_wallet::platform::KeyError;
use kodanik_wallet::present::PresentError;
use kodanik_wallet::recovery::RecoveryError;
use kodanik_wallet::request::RequestError;
use kodanik_wallet::store::StoreError;
use kodanik_wallet::vote::VoteError;

/// Why a verb did not come to its end. `code` is stable (docs/errors.md): shells key their words by variant first, by
/// code where they know better. No variant ever holds a PIN, a code, a key, a claim's value or a choice: every fault may
/// be logged and shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum Fault {
    /// The citizen said no at the key prompt, left, or the wallet was locked.
    #[error("cancelled ({code})")]
    Cancelled {
        /// Stable name.
        code: String,
    },
    /// The phone's key store or secret store does not do what it should.
    #[error("the phone's key store failed ({code})")]
    DeviceKey {
        /// Stable name.
        code: String,
    },
    /// Too late: the request, the election or the time for checking is over.
    #[error("too late ({code})")]
    Expired {
        /// Stable name.
        code: String,
    },
    /// A fault of this program.
    #[error("internal ({code})")]
    Internal {
        /// Stable name.
        code: String,
    },
    /// Somebody did not keep to the protocol. Not to be tried again without a thought.
    #[error("somebody misbehaved ({code})")]
    Misbehaved {
        /// Stable name.
        code: String,
        /// Who: `ledger`, an issuer's id and the like, where it is known.
        party: Option<String>,
        /// The name of the evidence that is kept, where there is any.
        evidence: Option<String>,
    },
    /// What was typed or scanned is not of the right form. The citizen can mend it.
    #[error("not understood ({code})")]
    NotUnderstood {
        /// Stable name.
        code: String,
        /// The field of the form, where it is one.
        field: Option<String>,
    },
    /// No network, or a server that does not answer. Trying again later may help.
    #[error("offline ({code})")]
    Offline {
        /// Stable name.
        code: String,
        /// Who does not answer, where it is not the gateway.
        party: Option<String>,
        /// Whether what was sent may have arrived.
        may_have_arrived: bool,
    },
    /// Not 6 to 12 digits, or, for a new PIN, too easy to guess.
    #[error("the PIN cannot be used ({code})")]
    PinUnfit {
        /// Stable name.
        code: String,
    },
    /// Too many wrong PINs: no try before this moment.
    #[error("wait before the next try ({code})")]
    PinWait {
        /// Stable name.
        code: String,
        /// Unix seconds.
        until: u64,
    },
    /// Too many wrong PINs: the wallet is locked for good, and a backup code brings it back.
    #[error("locked for good ({code})")]
    PinWiped {
        /// Stable name.
        code: String,
    },
    /// Not the PIN of this wallet.
    #[error("wrong PIN ({code})")]
    PinWrong {
        /// Stable name.
        code: String,
        /// Tries left before the wallet is locked for good.
        tries_left: u32,
    },
    /// A server understood and said no.
    #[error("refused ({code})")]
    Refused {
        /// Stable name.
        code: String,
        /// Who, where it is not the server that was asked.
        party: Option<String>,
        /// The server's own words, to be shown as a quote.
        words: Option<String>,
    },
    /// The wallet's own files cannot be read or written, or were changed.
    #[error("the wallet's storage failed ({code})")]
    Storage {
        /// Stable name.
        code: String,
    },
    /// Who offers, asks or answers is nobody whom this wallet was told to believe.
    #[error("an unknown party ({code})")]
    UnknownParty {
        /// Stable name.
        code: String,
    },
    /// Something here is of a newer version of this app.
    #[error("an update is needed ({code})")]
    UpdateNeeded {
        /// Stable name.
        code: String,
    },
    /// The verb is not possible now. Nothing was changed.
    #[error("not possible now ({code})")]
    WrongState {
        /// Stable name.
        code: String,
    },
}

impl Fault {
    /// The flow was ended from outside.
    pub(crate) fn cancelled() -> Self {
        Self::Cancelled { code: "flow.cancelled".to_owned() }
    }

    pub(crate) fn locked() -> Self {
        Self::WrongState { code: "flow.locked".to_owned() }
    }

    pub(crate) fn panicked() -> Self {
        Self::Internal { code: "flow.panicked".to_owned() }
    }

    pub(crate) fn wrong_state() -> Self {
        Self::WrongState { code: "flow.wrong_state".to_owned() }
    }

    pub(crate) fn not_understood(code: &str) -> Self {
        Self::NotUnderstood { code: code.to_owned(), field: None }
    }

    fn misbehaved(code: String) -> Self {
        Self::Misbehaved { code, party: None, evidence: None }
    }

    fn misunderstood(code: String) -> Self {
        Self::NotUnderstood { code, field: None }
    }

    fn refused(code: String) -> Self {
        Self::Refused { code, party: None, words: None }
    }
}

/// The one mapping. The wallet's enums may grow: what is new there is [`Fault::Internal`] here until it has a place.
impl From<WalletError> for Fault {
    fn from(error: WalletError) -> Self {
        let code = error.code();
        match error {
            WalletError::Address(_) => Self::misunderstood(code),
            WalletError::BadAnswer(_) => Self::misbehaved(code),
            WalletError::Enrol(_) => of_enrol(code),
            WalletError::Home(error) => of_home(&error, code),
            WalletError::Key(error) => of_key(error, code),
            WalletError::Misbehaved(error) => {
                Self::Misbehaved { code, party: Some(error.party.to_owned()), evidence: error.evidence }
            }
            WalletError::Misuse(kodanik_wallet::error::Misuse::NotUnderstood) => Self::misunderstood(code),
            WalletError::Misuse(_) => Self::WrongState { code },
            WalletError::Offline(error) => {
                Self::Offline { code, party: None, may_have_arrived: error.may_have_arrived() }
            }
            WalletError::Pin(error) => of_pin(error, code),
            WalletError::Present(error) => of_present(error, code),
            WalletError::Recovery(error) => of_recovery(error, code),
            WalletError::Refused(refusal) => Self::Refused { code, party: None, words: refusal.words },
            WalletError::Request(error) => of_request(error, code),
            WalletError::Store(error) => of_store(error, code),
            WalletError::Vote(error) => of_vote(error, code),
            _ => Self::Internal { code },
        }
    }
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        WalletError::from(error).into()
    }
}

fn of_enrol(code: String) -> Fault {
    match code.as_str() {
        "enrol.deferred" => Fault::refused(code),
        "enrol.link" | "enrol.tx_code" => Fault::misunderstood(code),
        "enrol.untrusted_issuer" => Fault::UnknownParty { code },
        _ => Fault::misbehaved(code),
    }
}

fn of_home(error: &HomeError, code: String) -> Fault {
    match error {
        HomeError::AlreadyInitialised(_) | HomeError::InUse(_) | HomeError::NotInitialised(_) => {
            Fault::WrongState { code }
        }
        _ => Fault::Storage { code },
    }
}

fn of_key(error: KeyError, code: String) -> Fault {
    match error {
        KeyError::Cancelled => Fault::Cancelled { code },
        _ => Fault::DeviceKey { code },
    }
}

fn of_pin(error: PinError, code: String) -> Fault {
    match error {
        PinError::Length | PinError::NotDigits | PinError::Trivial => Fault::PinUnfit { code },
        PinError::Wait { until } => Fault::PinWait { code, until: until.0 },
        PinError::Wiped => Fault::PinWiped { code },
        PinError::Wrong { tries_left } => Fault::PinWrong { code, tries_left },
        _ => Fault::Internal { code },
    }
}

fn of_present(error: PresentError, code: String) -> Fault {
    match error {
        PresentError::Choice(_) | PresentError::Missing => Fault::WrongState { code },
        _ if code == "present.link" => Fault::misunderstood(code),
        _ if code == "present.unknown_party" => Fault::UnknownParty { code },
        _ if code == "present.expired" => Fault::Expired { code },
        _ => Fault::misbehaved(code),
    }
}

fn of_recovery(error: RecoveryError, code: String) -> Fault {
    match error {
        RecoveryError::Code(_) | RecoveryError::CodeNotOfThisSet | RecoveryError::WrongKind => {
            Fault::misunderstood(code)
        }
        RecoveryError::DoesNotOpen => Fault::refused(code),
        RecoveryError::NoBackup | RecoveryError::NotANewWallet => Fault::WrongState { code },
        _ => Fault::misbehaved(code),
    }
}

fn of_request(error: RequestError, code: String) -> Fault {
    let field = error.field().map(str::to_owned);
    match error {
        RequestError::Compose(_) => Fault::Internal { code },
        RequestError::Fault(_) => Fault::refused(code),
        RequestError::Input(_) => Fault::NotUnderstood { code, field },
        RequestError::NoEid => Fault::WrongState { code },
        RequestError::Trust(_) | RequestError::UncertifiedProvider => Fault::UnknownParty { code },
        RequestError::Unreachable => Fault::Offline { code, party: None, may_have_arrived: true },
        _ => Fault::misbehaved(code),
    }
}

fn of_store(error: StoreError, code: String) -> Fault {
    match error {
        StoreError::Platform(error) => of_key(error, code),
        StoreError::TooNew => Fault::UpdateNeeded { code },
        _ => Fault::Storage { code },
    }
}

fn of_vote(error: VoteError, code: String) -> Fault {
    match error {
        VoteError::AlreadyIssued { issuer } | VoteError::NotOnRoll { issuer } => {
            Fault::Refused { code, party: Some(issuer), words: None }
        }
        VoteError::Check(_) => of_check(code),
        VoteError::CheckOver | VoteError::IssuingClosed { .. } | VoteError::NotOpen => {
            Fault::Expired { code }
        }
        VoteError::Choice(_) => Fault::misunderstood(code),
        VoteError::IssuerOverreaches { issuer } => {
            Fault::Misbehaved { code, party: Some(issuer), evidence: None }
        }
        VoteError::IssuerUnreachable { issuer } => {
            Fault::Offline { code, party: Some(issuer), may_have_arrived: true }
        }
        VoteError::NoCredential
        | VoteError::NoSuchElection
        | VoteError::NoSuchIssuer { .. }
        | VoteError::StyleNeeded
        | VoteError::TestsUsedUp
        | VoteError::TooFewIssuers { .. } => Fault::WrongState { code },
        VoteError::Test(_) | VoteError::TestedWasCast | VoteError::Token(_) => Fault::misbehaved(code),
        _ => Fault::Internal { code },
    }
}

/// A code that does not fit its ballot means that a phone or a server lies, except where it is only early or late.
fn of_check(code: String) -> Fault {
    match code.as_str() {
        "vote.check_not_yet_on_board" | "vote.check_superseded" => Fault::WrongState { code },
        _ => Fault::misbehaved(code),
    }
}
