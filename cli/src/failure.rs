//! How a command fails: what happened, what to do now, and the exit code.

use std::fmt::Display;

use serde::Serialize;

/// A failure as a person and as a script see it.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// A stable code.
    pub(crate) error: String,
    /// What happened.
    pub(crate) message: String,
    /// What to do now; may be empty.
    pub(crate) advice: String,
    /// 1 refused or verification failed, 2 usage.
    #[serde(skip)]
    pub(crate) exit: u8,
}

impl Failure {
    /// Refused, or verification failed: exit code 1.
    pub(crate) fn refused(
        error: impl Into<String>,
        message: impl Display,
        advice: impl Into<String>,
    ) -> Self {
        Self { error: error.into(), message: message.to_string(), advice: advice.into(), exit: 1 }
    }

    /// A verdict that was printed already: nothing more to say, exit code 1.
    pub(crate) fn verdict(message: &str) -> Self {
        Self { error: "verdict".to_owned(), message: message.to_owned(), advice: String::new(), exit: 1 }
    }

    /// Whether everything was said already.
    pub(crate) fn is_verdict(&self) -> bool {
        self.error == "verdict"
    }

    /// The command line, or a file it names, is wrong: exit code 2.
    pub(crate) fn usage(message: impl Display, advice: impl Into<String>) -> Self {
        Self { error: "usage".to_owned(), message: message.to_string(), advice: advice.into(), exit: 2 }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::refused("io", error, "Check that the file or folder exists and may be written.")
    }
}

impl From<kodanik_wallet::WalletError> for Failure {
    fn from(error: kodanik_wallet::WalletError) -> Self {
        let code = error.code();
        let advice = advice(&code);
        Self::refused(code, capitalised(&error.to_string()), advice)
    }
}

impl From<kodanik_wallet::platform::KeyError> for Failure {
    fn from(error: kodanik_wallet::platform::KeyError) -> Self {
        kodanik_wallet::WalletError::from(error).into()
    }
}

/// What to do now, by the kind of error.
fn advice(code: &str) -> &'static str {
    let kind = code.split('.').next().unwrap_or_default();
    match (kind, code) {
        (_, "home.already_initialised") => "Use it, or choose another --home.",
        (_, "home.in_use") => "Wait until the other command has ended.",
        (_, "home.not_initialised") => "Make one with `wallet init`.",
        (_, "pin.wrong") => "Try again, slowly.",
        (_, "pin.wiped") => "Make a new wallet and use `wallet recover` with a backup code.",
        (_, "vote.already_issued") => {
            "If you never asked for it, somebody else did in your name: tell the election office now."
        }
        (_, "vote.not_on_roll") => "Ask the election office to look you up on the roll.",
        ("bad_answer" | "misbehaved", _) => {
            "Do not go on with this server. What it sent is kept; tell its operator and an auditor."
        }
        ("offline", _) => "Check the connection and the address, then try again. Nothing is lost.",
        _ => "",
    }
}

/// A sentence: a capital first, a full stop last.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

impl From<kodanik_gateway::office::OfficeError> for Failure {
    fn from(error: kodanik_gateway::office::OfficeError) -> Self {
        Self::refused("office", capitalised(&error.to_string()), "")
    }
}

impl From<kodanik_gateway::error::GatewayError> for Failure {
    fn from(error: kodanik_gateway::error::GatewayError) -> Self {
        Self::refused("gateway", error, "")
    }
}

impl From<kodanik_crypto::passphrase::PassphraseError> for Failure {
    fn from(error: kodanik_crypto::passphrase::PassphraseError) -> Self {
        Self::refused(
            "passphrase",
            error,
            "Check the passphrase; if it is right, restore the file from a backup.",
        )
    }
}
