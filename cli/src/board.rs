//! The board as the authority uses it: [`kodanik_trustee::board::Board`], which replays the log in full, appends to it
//! and verifies every receipt, with this command's errors.

use std::path::Path;

use kodanik_contract::election::ElectionRecord;
use kodanik_contract::entry::Entry;
use kodanik_ledger::policy::Policy;
use kodanik_trustee::board::{Board, BoardError};
use serde::Serialize;
use url::Url;

use crate::failure::Failure;

/// An entry that is in the log: the receipt was verified.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Appended {
    /// Its index.
    pub(crate) index: u64,
    /// The size of the tree that the receipt leads to.
    pub(crate) log_size: u64,
}

/// The board at `anonymous`, under the policy in a file.
pub(crate) fn open(anonymous: &Url, policy: &Path) -> Result<Board, Failure> {
    Ok(Board::new(anonymous, read_policy(policy)?)?)
}

/// Appends an entry and verifies the receipt.
pub(crate) async fn append(board: &Board, entry: &Entry) -> Result<Appended, Failure> {
    let receipt = board.post(entry).await?;
    Ok(Appended { index: receipt.index(), log_size: receipt.checkpoint().size() })
}

/// The election with this short name, as of a full replay of the log up to now.
pub(crate) async fn election<'a>(board: &'a mut Board, name: &str) -> Result<&'a ElectionRecord, Failure> {
    board.sync(None).await?;
    let mut elections = board.state()?.elections();
    let found = elections.find(|record| record.manifest().election == name);
    found.ok_or_else(|| {
        Failure::refused(
            "unknown_election",
            format!("The board has no election called {name}."),
            "Check the short name and the gateway's address.",
        )
    })
}

/// Reads a policy file.
pub(crate) fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let bad = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("{}: {error}", path.display()), "Take the gateway's trust/ledger.policy.")
    };
    let text = std::fs::read_to_string(path).map_err(|error| bad(&error))?;
    Policy::parse(&text).map_err(|error| bad(&error))
}

impl From<BoardError> for Failure {
    fn from(error: BoardError) -> Self {
        let (code, advice) = match &error {
            BoardError::Http(_) | BoardError::Busy => ("offline", "Check the address, then try again."),
            BoardError::Refused { code } => (code.as_str(), refused(code)),
            BoardError::Address | BoardError::Policy => ("usage", ""),
            _ => (
                "log_at_fault",
                "Do not go on with this log. See `kodanik audit` for everything that is wrong.",
            ),
        };
        Self::refused(code.to_owned(), crate::failure::capitalised(&error.to_string()), advice)
    }
}

/// What the log's refusal means to trustees and the authority (errors.md §4). What is refused is not in the log: to the
/// others its sender is missing.
fn refused(code: &str) -> &'static str {
    match code {
        "already_done" => {
            "The log has another message of this step already. Was this folder, or a copy of it, used elsewhere?"
        }
        "bad_ceremony_message" => {
            "The message does not fit what this trustee, or those it accuses, said before. It is not in the log, and the others wait for this trustee."
        }
        "bad_partial_decryption" => {
            "The share does not fit the key: the folder is not of this election, or damaged. Put the newest copy of it in place; t other trustees are enough."
        }
        "bad_signature" => "The keys in this folder are not those of the manifest.",
        "bad_statement" => {
            "This trustee counted something else than the log holds. Do not open anything; tell the other trustees and an auditor."
        }
        "duplicate_election" => "Choose another short name (`election` in the definition).",
        "not_now" => "See `trustee status` for what is awaited.",
        "other_election" => "The log has no such election: is this the right gateway?",
        "reveal_mismatch" => {
            "What is revealed is not what this trustee committed to: its folder is not the one that committed. Put the newest copy in place; without it, the authority starts again without this trustee."
        }
        _ => "",
    }
}
