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
    #[command(after_help = "\
In this order, with the others' parts between:
  kodanik authority init                  prints the key for `gateway init --authority-key`
  kodanik authority example > city.json   to be changed at will
  kodanik authority manifest ...          when trustees and issuers have given their cards
  kodanik authority open ...              after `trustee keygen` of every trustee
  kodanik authority close ...             with the counts of `gateway counts`
  kodanik authority result ...            after `trustee decrypt` of enough trustees")]
    Authority(AuthorityArgs),
    /// Play a citizen's whole story against a real gateway on this machine.
    #[command(after_help = "\
Examples:
  kodanik demo                            then look around until Ctrl-C
  kodanik demo --voters 200 --exit        a larger crowd; ends with code 0 if all went well
  kodanik demo --exit --json              the result for a script")]
    Demo(DemoArgs),
    /// Set up and run a gateway.
    #[command(after_help = "\
Examples:
  kodanik gateway init --authority-key KEY
  kodanik gateway serve                   in one terminal
  kodanik gateway enrol --person mina.json   in another one, while it serves")]
    Gateway(GatewayArgs),
    /// A trustee: make the election key with the others, later open the sums.
    #[command(after_help = "\
Examples:
  kodanik trustee --home t1 init --name \"City council\" > t1.json
  kodanik trustee --home t1 keygen city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
  kodanik trustee --home t1 decrypt city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy")]
    Trustee(TrusteeArgs),
    /// The citizen's wallet.
    #[command(after_help = "\
A first walk, with the PIN in KODANIK_PIN or typed each time:
  kodanik wallet --home phone init --gateway http://127.0.0.1:8080 \\
    --trust gateway-data/trust --allow-loopback-http
  kodanik wallet --home phone id add 'openid-credential-offer://...' --tx-code 123456
  kodanik wallet --home phone elections
  kodanik wallet --home phone vote city-2026 --choose mayor=3 --choose projects=1,4
  kodanik wallet --home phone backup")]
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
    #[command(after_help = "\
Example:
  kodanik authority --home authority init
The key signs manifests, openings, closes and results. It lies in the folder under the passphrase: keep both apart.")]
    Init,
    /// Print an example of an election's definition.
    #[command(after_help = "\
Example:
  kodanik authority example > city.json
`kind` is trial or binding; only a trial may close early or publish counts of a handful of voters (min_cell).")]
    Example,
    /// Build, sign and publish an election's manifest.
    #[command(after_help = "\
Example:
  kodanik authority manifest --definition city.json --issuers issuers.json --threshold 3 \\
    --trustee t1.json --trustee t2.json --trustee t3.json --trustee t4.json --trustee t5.json \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy")]
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
    #[command(after_help = "\
Example:
  kodanik authority open city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
The authority replays the log first and signs the election's key as it really is.")]
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
    #[command(after_help = "\
Example:
  kodanik gateway counts city-2026 > counts.json
  kodanik authority close --counts counts.json city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy")]
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
    #[command(after_help = "\
Example:
  kodanik authority result city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
Everyone can compute the same result from the log; the log takes no other.")]
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
    #[command(after_help = "\
Example:
  kodanik gateway --dir gateway-data init --authority-key \"$(kodanik authority init)\" --port 8080")]
    Init {
        /// The election authority's public key (from `authority init`).
        #[arg(long, value_name = "KEY")]
        authority_key: String,
        /// Port of the identified plane; the anonymous plane takes the next one.
        #[arg(long, default_value_t = 8080, value_name = "P")]
        port: u16,
    },
    /// Serve until Ctrl-C; open requests are finished first.
    #[command(after_help = "\
Example:
  kodanik gateway --dir gateway-data serve
The log goes to the standard error stream, without personal data; RUST_LOG=warn says less.
Killed at any moment, it loses no ballot that it gave a receipt for: start it again.")]
    Serve,
    /// The office's counter: put a person into the register and the roll, print an e-ID offer.
    #[command(after_help = "\
Examples:
  kodanik gateway enrol --example > mina.json
  kodanik gateway enrol --person mina.json     prints the offer for the wallet, and the code
  kodanik gateway prepare city-2026            puts whoever came since on the roll")]
    Enrol {
        /// A person as JSON (see `gateway enrol --example`).
        #[arg(long, value_name = "FILE", required_unless_present = "example")]
        person: Option<PathBuf>,
        /// Print an example person.
        #[arg(long)]
        example: bool,
    },
    /// The demo relying party: ask for a presentation, print the link for the wallet.
    #[command(after_help = "\
Examples:
  kodanik gateway ask --claim given_name --claim age_equal_or_over.18
  kodanik gateway ask --result ID              afterwards: accepted, refused or pending")]
    Ask {
        /// A claim of the e-ID, dots between members; all that the party is registered for where left out.
        #[arg(long = "claim", value_name = "PATH")]
        claims: Vec<String>,
        /// Ask nothing; say what the party made of the answer to this request.
        #[arg(long, value_name = "ID", conflicts_with = "claims")]
        result: Option<String>,
    },
    /// Let the eligibility issuers make their keys for an election; prints them for `authority manifest`.
    #[command(after_help = "\
Example:
  kodanik gateway prepare city-2026 > issuers.json
Run it again after enrolling people: the keys stay, the roll grows.")]
    Prepare {
        /// The election's short name.
        election: String,
        /// The ballot style.
        #[arg(long, default_value = "all", value_name = "STYLE")]
        style: String,
    },
    /// Let the eligibility issuers sign how many credentials they issued; for `authority close`.
    #[command(after_help = "\
Example:
  kodanik gateway counts city-2026 > counts.json
From then on these issuers issue nothing for the election.")]
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
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 init --name \"City council\" > t1.json
The card is public. The folder and its passphrase are this trustee's alone.")]
    Init {
        /// The name that the manifest shows.
        #[arg(long)]
        name: String,
    },
    /// Take part in the key ceremony; waits for the others, and can be interrupted and run again.
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 keygen city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
Every trustee runs it at the same time or one after the other: it ends when all have confirmed the same key.")]
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
    #[command(after_help = "\
Example:
  kodanik trustee --home t1 decrypt city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
As many as the threshold must run it. Run it once more after the result: it destroys the share of the key.")]
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
    #[command(after_help = "\
Examples:
  kodanik wallet --home phone init --gateway https://gateway.example --trust trust
  kodanik wallet --home phone init --gateway http://127.0.0.1:8080 \\
    --trust gateway-data/trust --allow-loopback-http
The PIN has 6 to 12 digits. Ten wrong ones lock the wallet for good; a backup code brings it back.")]
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
    #[command(after_help = "\
Examples:
  kodanik wallet --home phone id add 'openid-credential-offer://...' --tx-code 123456
  kodanik wallet --home phone id list")]
    Id(IdCommand),
    /// Present the e-ID: shows who asks for what, asks you, then sends only that.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone present 'openid4vp://...'
`gateway ask` makes such a link. The answer is encrypted for the party and holds no other claim.")]
    Present {
        /// The openid4vp:// link or QR text.
        uri: String,
        /// Agree without being asked, unless the party asks for more than it registered.
        #[arg(long)]
        yes: bool,
    },
    /// The elections on the board, each verified against the trust policy.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone elections")]
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
    #[command(after_help = "\
Example:
  kodanik wallet --home phone ballots
A ballot with a receipt that the board does not show is proof that the gateway lied: the command fails.")]
    Ballots,
    /// On another phone: read the code shown after voting, and see what the board really holds.
    #[command(after_help = "\
Example:
  kodanik wallet --home other-phone check 'kodanik:check?election=...'
The code opens that one ballot: whoever sees it sees the vote. It checks for some minutes and some tries only.")]
    Check {
        /// The text of the QR code.
        code: String,
    },
    /// The public services on offer.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone services")]
    Services,
    /// Call a public service; without --set, shows what it asks for.
    #[command(after_help = "\
Examples:
  kodanik wallet --home phone call parental-allowance        shows the form
  kodanik wallet --home phone call parental-allowance --set child_name='Haneul Seo' \\
    --set child_born=2026-10-02 --set months=12
  kodanik wallet --home phone call residence --operation 2   the second one that `services` lists")]
    Call {
        /// The service, as `services` shows it.
        service: String,
        /// Which of its operations, as `services` numbers them.
        #[arg(long, default_value_t = 1, value_name = "N")]
        operation: usize,
        /// A field of the form.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
        /// Send without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Open and closed cases, freshly asked; decisions are fetched and kept as evidence.
    #[command(after_help = "\
Examples:
  kodanik wallet --home phone cases
  kodanik wallet --home phone cases --save-evidence evidence
Asks about open cases, fetches decisions, and sends again what got no answer.")]
    Cases {
        /// Write every answer's evidence into this folder, one file each.
        #[arg(long, value_name = "DIR")]
        save_evidence: Option<PathBuf>,
    },
    /// Verify a piece of evidence from its file, offline.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone evidence evidence/ID.json
Needs no network: both signatures, X-Road's hash and the certificates are in the file.
`cases --save-evidence DIR` writes such files.")]
    Evidence {
        /// The file.
        file: PathBuf,
    },
    /// Make eight backup codes and store a sealed backup; shows the codes once.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone backup
Each code works once and brings everything back. Making new codes kills the old ones.")]
    Backup,
    /// On a new phone: get everything back with a code.
    #[command(after_help = "\
Example:
  kodanik wallet --home new-phone init --gateway https://gateway.example --trust trust
  kodanik wallet --home new-phone recover --id-card mina.id-card
With the ID card at once; with the code alone after a waiting time, in which the old phone can stop it.")]
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
    #[command(after_help = "\
Example:
  kodanik wallet --home phone history")]
    History,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdCommand {
    /// Get a credential from an offer.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone id add 'openid-credential-offer://...' --tx-code 123456
`gateway enrol` prints such an offer, and the code. Quote the link: it holds characters that shells read.")]
    Add {
        /// The openid-credential-offer:// link or QR text.
        offer: String,
        /// The code that came by another way.
        #[arg(long, value_name = "C")]
        tx_code: Option<String>,
    },
    /// The credentials in this wallet, with their status now.
    #[command(after_help = "\
Example:
  kodanik wallet --home phone id list")]
    List,
}
