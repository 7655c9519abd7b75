//! How a command fails: what happened, what to do now, and the exit code.

use std::fmt::Display;
use std::path::Path;

use kodanik_wallet::WalletError;
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

    /// A file that the command line names cannot be read or written.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::usage(
            format!("{}: {error}", path.display()),
            "Check the name, and that you may read and write there.",
        )
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::refused("io", error, "Check that the file or folder exists and may be written.")
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        let code = error.code();
        let mut message = capitalised(&error.to_string());
        if let WalletError::Refused(refusal) = &error
            && let Some(words) = &refusal.words
        {
            message = format!("{message} It says: “{words}”");
        }
        let advice = advice(&code);
        Self::refused(code, message, advice)
    }
}

impl From<kodanik_wallet::platform::KeyError> for Failure {
    fn from(error: kodanik_wallet::platform::KeyError) -> Self {
        WalletError::from(error).into()
    }
}

/// What to do now, by the kind of error.
fn advice(code: &str) -> &'static str {
    match code {
        "address.insecure" => "Give an https address; http to 127.0.0.1 only with --allow-loopback-http.",
        "enrol.link" => {
            "Quote the whole openid-credential-offer:// link: it holds characters that shells read."
        }
        "enrol.tx_code" => "Give the code that came by another way with --tx-code.",
        "home.already_initialised" => "Use it, or choose another --home.",
        "home.in_use" => "Wait until the other command has ended.",
        "home.not_initialised" => "Check --home, or make a wallet there with `wallet init`.",
        "pin.length" | "pin.not_digits" | "pin.trivial" => {
            "Choose 6 to 12 digits: no run, no pattern, no birthday."
        }
        "pin.wiped" => "Make a new wallet with `wallet init` and use `wallet recover` with a backup code.",
        "pin.wrong" => "Try again, slowly.",
        "misuse.not_understood" => "Quote the whole text: it holds characters that shells read.",
        "present.link" => "Quote the whole openid4vp:// link: it holds characters that shells read.",
        "recovery.code_character" | "recovery.code_checksum" | "recovery.code_length" => {
            "Compare it with the paper: six groups of four letters and digits."
        }
        "recovery.not_a_new_wallet" => "Recover into a new one: `wallet --home NEW init`, then `recover`.",
        "refused.bad_proof" => {
            "Codes go out of force: after a recovery with one of their set, and when new ones are made."
        }
        "request.input" => "Call the service without --set to see what it asks for.",
        "present.missing" | "request.no_eid" => "Get what is missing first, with `wallet id add`.",
        "request.unreachable" => "`wallet cases` sends it again; nothing is sent twice.",
        "vote.already_issued" => {
            "If you never asked for it, somebody else did in your name: tell the election office now. It can show whose e-ID signed the request."
        }
        "vote.check_superseded" => {
            "If you voted again, check the newest code. If you did not, somebody else voted in your name: tell the election office."
        }
        "vote.check_not_yet_on_board" => "Wait a moment and try again; then vote again.",
        code if code.starts_with("vote.check_") => {
            "The phone or a server lies about this ballot. Vote again from another phone and tell the election office."
        }
        "vote.test_failed" => {
            "The codes do not belong together, or to this election. Scan both again, the promise first."
        }
        "vote.test_other_ballot" | "vote.tested_was_cast" => {
            "Do not vote with that phone: it makes other ballots than it shows. Vote from another one and tell the election office."
        }
        "vote.tests_used_up" => {
            "Vote without --test, or from another phone. After a vote is cast, the election's tests begin anew."
        }
        "vote.choice" => "`wallet elections` shows every question with its options; each takes one --choose.",
        "vote.issuer_unreachable" => {
            "Try again later: nothing is lost, and nobody else was asked. If it stays down and the election has more issuers than it requires, see `wallet vote --help` for --without."
        }
        "vote.issuing_closed" => {
            "Who got no credential in time cannot vote in this election: ask the election office when it closed."
        }
        "vote.no_such_issuer" => "Give the id that the error message of the issuer showed.",
        "vote.too_few_issuers" => "Leave out fewer issuers, or wait until they answer.",
        "vote.no_such_election" => "`wallet elections` shows those that there are.",
        "vote.not_on_roll" => "Ask the election office to look you up on the roll.",
        _ => advice_by_kind(code),
    }
}

fn advice_by_kind(code: &str) -> &'static str {
    match code.split('.').next().unwrap_or_default() {
        "bad_answer" | "misbehaved" => {
            "Do not go on with this server. What it sent is kept; tell its operator and an auditor."
        }
        "offline" => "Check the connection and the address, then try again. Nothing is lost.",
        _ => "",
    }
}

/// A sentence: a capital first, a full stop last. A first word that is a name, such as a path, stays as it is.
pub(crate) fn capitalised(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if !first_word.chars().all(char::is_alphabetic) {
        return format!("{text}{end}");
    }
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{end}", letters.as_str())
}

impl From<kodanik_gateway::office::OfficeError> for Failure {
    fn from(error: kodanik_gateway::office::OfficeError) -> Self {
        match error {
            kodanik_gateway::office::OfficeError::Gateway(error) => error.into(),
            error => Self::refused("office", capitalised(&error.to_string()), ""),
        }
    }
}

impl From<kodanik_gateway::error::GatewayError> for Failure {
    fn from(error: kodanik_gateway::error::GatewayError) -> Self {
        let advice = match &error {
            kodanik_gateway::error::GatewayError::File { source, .. }
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                "Check --dir, or make a gateway there with `gateway init`."
            }
            _ => "",
        };
        Self::refused("gateway", capitalised(&error.to_string()), advice)
    }
}

impl From<kodanik_crypto::passphrase::PassphraseError> for Failure {
    fn from(error: kodanik_crypto::passphrase::PassphraseError) -> Self {
        let advice = "Check the passphrase; if it is right, restore the file from a backup.";
        Self::refused("passphrase", capitalised(&error.to_string()), advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_with_a_capital_and_names_stay() {
        assert_eq!(capitalised("the server refused"), "The server refused.");
        assert_eq!(capitalised("child_born: not a date"), "child_born: not a date.");
        assert_eq!(capitalised("phone/x: there is none"), "phone/x: there is none.");
    }
}
