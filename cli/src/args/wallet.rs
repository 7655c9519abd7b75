//! What a citizen does.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use url::Url;

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
  kodanik wallet --home phone vote city-2026 --choose mayor=blank --choose projects=blank
To test the phone before casting, with `wallet check` on another one:
  kodanik wallet --home phone vote city-2026 --test --choose mayor=3 --choose projects=1,4
Where an issuer of voting credentials is down for good and the election has more than it requires:
  kodanik wallet --home phone vote city-2026 --without west --choose mayor=3 --choose projects=1
Your ballot then shows whose signatures it bears. The fewer ballots show the same, the easier it is for those issuers,
who know who asked them, to guess which one is yours: wait for the issuer if you can.")]
    Vote {
        /// The election's short name.
        election: String,
        /// A contest and the options chosen, by id; `blank` for a blank vote. Once for each contest.
        #[arg(long = "choose", value_name = "CONTEST=OPTION[,OPTION]", required = true)]
        choose: Vec<String>,
        /// Show a promise of the ballot first, then ask whether to cast it or to test the phone with it.
        #[arg(long)]
        test: bool,
        /// An issuer of voting credentials that is not to be asked; the next one in the manifest's order is.
        #[arg(long, value_name = "ISSUER")]
        without: Vec<String>,
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
The code opens that one ballot: whoever sees it sees the vote. It checks for some minutes and some tries only.

Or before casting: read the promise of a ballot that `vote --test` shows, and then the code of the test.
  kodanik wallet --home other-phone check 'kodanik:promise?election=...'
  kodanik wallet --home other-phone check 'kodanik:promise?election=...' 'kodanik:test?choice=...'")]
    Check {
        /// The text of the QR code: a code shown after voting, or a promise shown before.
        code: String,
        /// After a promise: the code that the tested phone shows. Asked for where it is left out.
        test: Option<String>,
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
  kodanik wallet --home phone backup --refresh
Each code works once and brings everything back. Making new codes kills the old ones; --refresh keeps them.")]
    Backup {
        /// Store what is new since then under the same codes.
        #[arg(long, conflicts_with = "stop")]
        refresh: bool,
        /// Stop a recovery that somebody else has begun with one of the codes; the office then decides.
        #[arg(long)]
        stop: bool,
    },
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
