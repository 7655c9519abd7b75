//! What those do at their desks who run an election: authority and gateway.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use url::Url;

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
    /// Check trustees' cards and show the digits that each trustee reads out on the telephone.
    #[command(after_help = "\
Example:
  kodanik authority cards t1.json t2.json t3.json t4.json t5.json
A card came by a way on which somebody could have exchanged it. Call each trustee on a number that you know, and take a card only
if its trustee reads out the same six groups.")]
    Cards {
        /// The cards (from `trustee join`).
        #[arg(value_name = "FILE", required = true)]
        cards: Vec<PathBuf>,
    },
    /// Build, sign and publish an election's manifest; prints the digits to read out to the trustees.
    #[command(after_help = "\
Example:
  kodanik authority manifest --definition city.json --issuers issuers.json --threshold 3 \\
    --trustee t1.json --trustee t2.json --trustee t3.json --trustee t4.json --trustee t5.json \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
All issuers have to sign a voting credential, or `--required` of them: 3 of 4, 4 of 5 or 6, never 2 of 3. Two
sets of so many must share two issuers, so that one corrupt issuer cannot give anybody a second pseudonym.

It shows every card's digits and asks whether they were compared. Afterwards read the manifest's twelve groups to every trustee:
each commits only after it has heard the digits that its own machine shows.")]
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
        /// A trustee's card (from `trustee join`); once per trustee, the order is their number.
        #[arg(long = "trustee", value_name = "FILE", required = true)]
        trustees: Vec<PathBuf>,
        /// How many trustees open the sum.
        #[arg(long, default_value_t = 3, value_name = "T")]
        threshold: u16,
        /// The issuers' election keys (from `gateway prepare`); once per gateway, wallets ask in this order.
        #[arg(long, value_name = "FILE", required = true)]
        issuers: Vec<PathBuf>,
        /// How many issuers sign a voting credential; all of them where left out.
        #[arg(long, value_name = "Q")]
        required: Option<u32>,
        /// Do not ask: the cards' digits were compared by voice.
        #[arg(long)]
        yes: bool,
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
    /// Close casting and log the issuers' counts, where they are not logged yet.
    #[command(after_help = "\
Example:
  kodanik gateway counts city-2026 > counts.json
  kodanik authority close --counts counts.json city-2026 \\
    --gateway http://127.0.0.1:8081 --policy gateway-data/trust/ledger.policy
Counts that were logged before (`gateway counts --publish`) need not be given again.")]
    Close {
        /// The gateway's anonymous plane.
        #[arg(long, value_name = "URL")]
        gateway: Url,
        /// Whose signatures on the log count (trust/ledger.policy).
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The issuers' signed counts (from `gateway counts`); once per gateway.
        #[arg(long, value_name = "FILE")]
        counts: Vec<PathBuf>,
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
  kodanik gateway --dir gateway-data init --authority-key \"$(kodanik authority init)\" --port 8080
  kodanik gateway --dir gateway-data init --authority-key KEY --issuer north --issuer south
In earnest each eligibility issuer is another organisation with a gateway of its own.")]
    Init {
        /// The election authority's public key (from `authority init`).
        #[arg(long, value_name = "KEY")]
        authority_key: String,
        /// Port of the identified plane; the anonymous plane takes the next one.
        #[arg(long, default_value_t = 8080, value_name = "P")]
        port: u16,
        /// An eligibility issuer that runs here: a-z, 0-9 and hyphens. Once for each; north, south and west where left out.
        #[arg(long = "issuer", value_name = "ID")]
        issuers: Vec<String>,
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
  kodanik gateway ask --claim given_name --optional birthdate
  kodanik gateway ask --result ID              afterwards: accepted, refused or pending")]
    Ask {
        /// A claim of the e-ID, dots between members; all that the party is registered for where left out.
        #[arg(long = "claim", value_name = "PATH")]
        claims: Vec<String>,
        /// A claim that the citizen may leave out.
        #[arg(long, value_name = "PATH")]
        optional: Vec<String>,
        /// Ask nothing; say what the party made of the answer to this request.
        // An id may begin with a hyphen: it is base64url.
        #[arg(long, value_name = "ID", conflicts_with_all = ["claims", "optional"], allow_hyphen_values = true)]
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
  kodanik gateway counts city-2026 --publish      logs them now
From then on these issuers issue nothing for the election. Where the counts are logged before casting opens, no issuer
can make its number fit the ballots afterwards: let people get their credentials between `authority open` and then.")]
    Counts {
        /// The election's short name.
        election: String,
        /// Log the counts at once instead of printing them.
        #[arg(long)]
        publish: bool,
    },
    /// The issuers' lists behind their counts, for auditors; or what they kept of one person, for disputes.
    #[command(after_help = "\
Examples:
  kodanik gateway issued city-2026 > issued.json              salted ids and hashes, for `audit --issuer-list`
  kodanik gateway issued city-2026 --number 19900517-2000001  somebody says: I never asked
An issuer that signed has the signature of the person's e-ID on exactly this request, or it signed without being asked.")]
    Issued {
        /// The election's short name.
        election: String,
        /// The personal number of somebody who disputes having asked.
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
    },
}
