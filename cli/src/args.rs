//! The command line: every subcommand, with help that teaches.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use url::Url;

/// An open e-ID and ballot wallet: get an e-ID, use public services, vote, check, recover.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "\
Start here:
  kodanik demo            the whole story on this machine, in under a minute
  kodanik demo --help     what it shows
By hand, in two terminals: see \"By hand\" in the README.

Exit codes: 0 done, 1 refused or verification failed, 2 the command line is wrong."
)]
pub(crate) struct Cli {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay a ledger from entry 0 and say what is wrong with it, if anything.
    Audit(AuditArgs),
    /// The election authority: publish a manifest, open casting, close and publish the result.
    Authority(AuthorityArgs),
    /// Play a citizen's whole story against a real gateway on this machine.
    Demo(DemoArgs),
    /// Set up and run a gateway.
    Gateway(GatewayArgs),
    /// A trustee: make the election key with the others, later open the sums.
    Trustee(TrusteeArgs),
    /// The citizen's wallet.
    Wallet(WalletArgs),
}

impl Default for Command {
    fn default() -> Self {
        Self::Demo(DemoArgs { voters: 25, port: 0, exit: false })
    }
}

/// Starts a gateway with an embedded ledger in a temporary folder and plays a citizen's story over HTTP:
/// key ceremony, e-ID, presentation, public service, ballot, check with another phone, re-vote, lost phone and
/// recovery, a crowd, tally, audit. Every line with a tick names something that was verified.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// How many simulated citizens vote beside the one in the story.
    #[arg(long, default_value_t = 25, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub(crate) voters: u32,
    /// Port of the identified plane; the anonymous plane takes the next one. 0 takes free ones.
    #[arg(long, default_value_t = 0, value_name = "P")]
    pub(crate) port: u16,
    /// End at once when the story is told, instead of leaving the gateway running until Ctrl-C.
    #[arg(long)]
    pub(crate) exit: bool,
}

/// Reads the log of a running gateway, or an exported file, and replays it from entry 0: signatures, tree,
/// times, every rule, every proof, the tally. What it does not know it counts as an error.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kodanik audit http://127.0.0.1:8081 --policy trust/ledger.policy
  kodanik audit http://127.0.0.1:8081 --policy trust/ledger.policy --export log.kodanik
  kodanik audit log.kodanik --policy trust/ledger.policy --json")]
pub(crate) struct AuditArgs {
    /// URL of a gateway's anonymous plane, or an exported log.
    pub(crate) source: String,
    /// Whose signatures count: a C2SP tlog-policy file. Without it the log's own key is taken on trust, and the
    /// report says so.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Also write the log to this file, for others to audit.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct AuthorityArgs {
    /// The authority's folder (its signing key, sealed by a passphrase).
    #[arg(long, default_value = "authority", value_name = "DIR")]
    pub(crate) home: PathBuf,
    /// File with the passphrase; else KODANIK_PASSPHRASE, else a prompt.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: AuthorityCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityCommand {
    /// Make the authority's key; prints the public half for `gateway init --authority-key`.
    Init,
    /// Print an example of an election's definition.
    Example,
    /// Build, sign and publish an election's manifest.
    Manifest {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count (trust/ledger.policy).
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The definition (see `authority example`).
        #[arg(long, value_name = "FILE")]
        definition: PathBuf,
        /// A trustee's public card (from `trustee init`); once per trustee, the order is their number.
        #[arg(long = "trustee", value_name = "FILE", required = true)]
        trustees: Vec<PathBuf>,
        /// How many trustees open the sum.
        #[arg(long, default_value_t = 3, value_name = "T")]
        threshold: u16,
        /// The issuers' election keys (from `gateway prepare`).
        #[arg(long, value_name = "FILE")]
        issuers: PathBuf,
    },
    /// Open casting, once every trustee has confirmed the key.
    Open {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count (trust/ledger.policy).
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The election's short name.
        election: String,
    },
    /// Close casting and log the issuers' counts.
    Close {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count (trust/ledger.policy).
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The issuers' signed counts (from `gateway counts`).
        #[arg(long, value_name = "FILE")]
        counts: PathBuf,
        /// The election's short name.
        election: String,
    },
    /// Publish the result, once enough trustees have opened the sums.
    Result {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count (trust/ledger.policy).
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The election's short name.
        election: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct GatewayArgs {
    /// The gateway's folder.
    #[arg(long, default_value = "gateway-data", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[command(subcommand)]
    pub(crate) command: GatewayCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Make the folder: configuration, keys, certificates, and `trust/` for wallets and auditors.
    Init {
        /// The election authority's public key (from `authority init`).
        #[arg(long, value_name = "KEY")]
        authority_key: String,
        /// Port of the identified plane; the anonymous plane takes the next one.
        #[arg(long, default_value_t = 8080, value_name = "P")]
        port: u16,
    },
    /// Serve until Ctrl-C; open requests are finished first.
    Serve,
    /// The office's counter: put a person into the register and the roll, print an e-ID offer.
    Enrol {
        /// A person as JSON (see `gateway enrol --example`).
        #[arg(long, value_name = "FILE", required_unless_present = "example")]
        person: Option<PathBuf>,
        /// Print an example person.
        #[arg(long)]
        example: bool,
    },
    /// The demo relying party: ask for a presentation, print the link for the wallet.
    Ask {
        /// A claim of the e-ID, dots between members; all that the party is registered for where left out.
        #[arg(long = "claim", value_name = "PATH")]
        claims: Vec<String>,
    },
    /// Let the eligibility issuers make their keys for an election; prints them for `authority manifest`.
    Prepare {
        /// The election's short name.
        election: String,
        /// The ballot style.
        #[arg(long, default_value = "all", value_name = "STYLE")]
        style: String,
    },
    /// Let the eligibility issuers sign how many credentials they issued; for `authority close`.
    Counts {
        /// The election's short name.
        election: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct TrusteeArgs {
    /// The trustee's folder (its state, sealed by a passphrase).
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
    /// Make the trustee's own keys; prints the public card for `authority manifest`.
    Init {
        /// The name that the manifest shows.
        #[arg(long)]
        name: String,
    },
    /// Take part in the key ceremony; waits for the others, and can be interrupted and run again.
    Keygen {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count.
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The election's short name.
        election: String,
    },
    /// After the close: replay the log, sign the sums, open them once enough trustees signed the same.
    Decrypt {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count.
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The election's short name.
        election: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct WalletArgs {
    /// The wallet's folder: one is one phone.
    #[arg(long, value_name = "DIR")]
    pub(crate) home: PathBuf,
    /// File with the PIN; else KODANIK_PIN, else a prompt.
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: WalletCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WalletCommand {
    /// Make a wallet in an empty folder.
    Init {
        /// The gateway's identified plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Folder with the trust anchors (*.pem) and ledger.policy. Without it, what the gateway shows now is
        /// pinned, and its fingerprint printed for you to compare.
        #[arg(long, value_name = "DIR")]
        trust: Option<PathBuf>,
        /// Allow http to 127.0.0.1, for development.
        #[arg(long)]
        allow_loopback_http: bool,
    },
    /// The e-ID.
    #[command(subcommand)]
    Id(IdCommand),
    /// Present the e-ID: shows who asks for what, asks you, then sends only that.
    Present {
        /// The openid4vp:// link or QR text.
        uri: String,
        /// Agree without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// The elections on the board, each verified against the trust policy.
    Elections,
    /// Vote, or vote again: the last ballot counts.
    #[command(after_help = "\
Examples:
  kodanik wallet --home phone vote city-2026 --choose mayor=3 --choose projects=1,4
  kodanik wallet --home phone vote city-2026 --choose mayor=blank --choose projects=blank")]
    Vote {
        /// The election's short name.
        election: String,
        /// A contest and the options chosen, by id; `blank` for a blank vote. Once for each contest.
        #[arg(long = "choose", value_name = "CONTEST=OPTION[,OPTION]", required = true)]
        choose: Vec<String>,
    },
    /// The ballots that this wallet cast, with their receipts; warns of ballots that it did not cast.
    Ballots,
    /// On another phone: read the code shown after voting, and see what the board really holds.
    Check {
        /// The text of the QR code.
        code: String,
    },
    /// The public services on offer.
    Services,
    /// Call a public service; without --set, shows what it asks for.
    Call {
        /// The service, as `services` shows it.
        service: String,
        /// A field of the form.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
        /// Send without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Open and closed cases, freshly asked.
    Cases,
    /// Verify a piece of evidence from its file, offline.
    Evidence {
        /// The file.
        file: PathBuf,
    },
    /// Make eight backup codes and store a sealed backup; shows the codes once.
    Backup,
    /// On a new phone: get everything back with a code.
    Recover {
        /// File with one backup code; else KODANIK_CODE, else a prompt.
        #[arg(long, value_name = "FILE")]
        code_file: Option<PathBuf>,
        /// One backup code. Other processes of this machine can read it while the command runs.
        #[arg(long, value_name = "CODE", conflicts_with = "code_file")]
        code: Option<String>,
        /// The test double of the plastic ID card, as the office gave it out at enrolment.
        #[arg(long, value_name = "FILE")]
        id_card: Option<PathBuf>,
    },
    /// What this wallet did: with whom, which claims, when. Never values or choices.
    History,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdCommand {
    /// Get a credential from an offer.
    Add {
        /// The openid-credential-offer:// link or QR text.
        offer: String,
        /// The code that came by another way.
        #[arg(long, value_name = "C")]
        tx_code: Option<String>,
    },
    /// The credentials in this wallet, with their status now.
    List,
}
