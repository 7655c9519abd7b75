//! What a trustee is told to do when it cannot go on (errors.md §6).

use kodanik_trustee::TrusteeError;

use crate::failure::{Failure, capitalised};

impl From<TrusteeError> for Failure {
    fn from(error: TrusteeError) -> Self {
        match error {
            TrusteeError::Board(error) => error.into(),
            error => Self::refused(error.code(), capitalised(&error.to_string()), advice(error.code())),
        }
    }
}

fn advice(code: &str) -> &'static str {
    match code {
        "trustee.already_there" => "Use it under its own name, or choose another --home.",
        "trustee.ceremony_failed" => super::status::RESTART,
        "trustee.file" => {
            "Check that the folder may be written and that the disk is not full, then run the command again."
        }
        "trustee.in_use" => "Wait until the other command has ended. `trustee status` works meanwhile.",
        "trustee.more_pseudonyms_than_issued" => {
            "Open nothing. Tell the authority, the other trustees and the public: `kodanik audit` shows it."
        }
        "trustee.name" => "Choose another --name.",
        "trustee.no_such_election" => "Check the short name and the gateway's address.",
        "trustee.not_in_manifest" => {
            "Is this the right --home? If it is, the authority has left this trustee out, or somebody changed its card on the way: call the authority."
        }
        "trustee.not_there" => "Check --home, or make a trustee there with `trustee join`.",
        "trustee.other_manifest" | "trustee.swapped" => {
            "Agree to nothing. Call the authority on a number that you know: somebody exchanged a key or a manifest on the way, and a new manifest is needed. This trustee has said nothing."
        }
        "trustee.passphrase" => {
            "Type it again, slowly. If it is right, the file is damaged: put the newest copy of the folder in its place. Without the passphrase nobody can open the folder."
        }
        "trustee.sealed" => {
            "Put the newest copy of the whole folder in its place; never a single file, never an old copy. Without one, this trustee cannot go on in this election: tell the authority."
        }
        "trustee.second_statement" => {
            "Stop. The log was forked, or this folder was used with another one. Keep the folder, tell the other trustees and an auditor."
        }
        "trustee.state_lost" => {
            "This is an old or incomplete copy of the folder: put the newest one in its place. Without it this trustee cannot go on in this election. Before the key is confirmed, the authority has to start again without it; after the close, the other trustees may be enough."
        }
        _ => "Run the command again; if it stays so, report a defect.",
    }
}
