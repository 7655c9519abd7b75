//! What a trustee does.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use url::Url;

#[derive(Args, Debug)]
pub(crate) struct TrusteeArgs {
    /// The trustee's folder (its keys and its share, sealed by a passphrase).
    #[arg(long, default_value = "trustee", value_name = "DIR")]
    pub(crate) home: PathBuf,
    /// File with the passphrase; else KODANIK_PASSPHRASE, else a prompt.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: TrusteeCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrusteeCommand {
    /// 1. Make this trustee's keys; prints the card for the authority, and the digits to read out.
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 join --name \"City council\" > city-council.json
Send the file to the authority by any way; nothing in it is secret. Then call the authority on a telephone number that you know,
and read the six groups of digits to each other: that, and nothing else, tells the authority that the card is yours.
Run it again to see card and digits again. The folder and its passphrase are yours alone: keep a copy of the folder, and never an old one.")]
    Join {
        /// The name that the manifest shows; needed the first time.
        #[arg(long)]
        name: Option<String>,
    },
    /// 2. Make the election's key with the others: agree to the manifest, commit, reveal, share, confirm.
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 keygen city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
It waits for the authority's manifest, shows it, and asks whether the authority reads out the same digits. Then it speaks in four rounds,
each of which needs every trustee. Ctrl-C, a crash or a lost network cost nothing: run the same command again.
With --manifest \"03208 58382 ...\" (the digits that were read out) it compares them by itself and does not ask.")]
    Keygen {
        #[command(flatten)]
        board: BoardArgs,
        /// The manifest's twelve groups of digits, as the authority read them out.
        #[arg(long, value_name = "DIGITS")]
        manifest: Option<String>,
    },
    /// 3. After the close: replay the log, state the sums, open them once enough trustees state the same.
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 decrypt city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
As many trustees as the threshold says are enough; who is ill stays at home. Run it once more after the result: it destroys
the share of the key.")]
    Decrypt {
        #[command(flatten)]
        board: BoardArgs,
    },
    /// At any time: who has done what, who is awaited since when, who lied, and what to do now.
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 status city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
It reads the log only, so that it asks for no passphrase, works while another command waits, and works for anybody.")]
    Status {
        #[command(flatten)]
        board: BoardArgs,
    },
}

/// Which election, and where its log is read.
#[derive(Args, Debug)]
pub(crate) struct BoardArgs {
    /// The gateway's anonymous plane.
    #[arg(long, value_name = "URL")]
    pub(crate) gateway: Url,
    /// Whose signatures on the log count (the gateway's trust/ledger.policy).
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// The election's short name.
    pub(crate) election: String,
}
