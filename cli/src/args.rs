//! The command line: every subcommand, with help that teaches.

mod desks;
mod trustee;
mod wallet;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::desks::{AuthorityArgs, AuthorityCommand, GatewayArgs, GatewayCommand};
pub(crate) use self::trustee::{BoardArgs, TrusteeArgs, TrusteeCommand};
pub(crate) use self::wallet::{IdCommand, WalletArgs, WalletCommand};

/// An open e-ID and ballot wallet: get an e-ID, use public services, vote, check, recover.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "\
Start here:
  kodanik demo            the whole story on this machine, in under a minute
  kodanik demo --help     what it shows
  kodanik playground      a gateway with an open trial election, to try an app against
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
  kodanik authority cards ...             shows the digits that the trustees read out
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
    /// Keep a gateway with an open trial election on this machine, for whoever builds or tries an app.
    #[command(after_help = "\
Examples:
  kodanik playground                        then do as it says; Ctrl-C removes everything
  kodanik playground --port 8080 --dir pg   stays: the same command goes on with it
  kodanik playground --json                 for tests: one line when it is ready, then it serves
  RUST_LOG=info kodanik playground          also shows each request to the identified plane

The line for tests is one JSON object:
  identified, anonymous   addresses of the two planes
  dir                     the gateway's folder, for `kodanik gateway --dir`
  trust                   the trust folder, for wallets
  election                the election's short name
  offer, tx_code          an e-ID for one person, good for 15 minutes
  id_card                 the file of that person's ID card, for the recovery
Whoever is enrolled while it serves is on the roll within a second.

With --dir, authority and trustees stay as well. To close and count, stop it, run
  kodanik gateway --dir pg/gateway serve
and go on by hand as the README shows, with --home pg/authority and pg/trustee-1 to pg/trustee-5
and KODANIK_PASSPHRASE=\"a passphrase of the demo\".")]
    Playground(PlaygroundArgs),
    /// A trustee: make the election key with the others, later open the sums.
    #[command(after_help = "\
The whole ceremony, in order. Every trustee sits at its own machine, with a telephone; `docs/ceremony.md` is the script for the day.
  1. Every trustee makes its keys, sends the card to the authority, and reads six groups of digits to it on the telephone:
       kodanik trustee join --name \"City council\" > city-council.json
  2. The authority compares the digits, publishes the manifest, and reads its twelve groups of digits to everybody:
       kodanik authority cards city-council.json ...
       kodanik authority manifest ...
  3. Every trustee compares them and takes part; it takes a minute once all are there, and everybody is needed:
       kodanik trustee keygen city-2026 --gateway URL --policy FILE
  4. The people vote. The folder and its passphrase rest, in different places.
  5. After the close as many trustees as the threshold says open the sums, once; nobody ever opens a ballot:
       kodanik trustee decrypt city-2026 --gateway URL --policy FILE
  6. After the result the same command destroys the share of the key.
At any time, for anybody: who is awaited since when, who lied, and what to do now:
       kodanik trustee status city-2026 --gateway URL --policy FILE
URL is the gateway's anonymous plane; FILE is its trust/ledger.policy, which says whose signatures on the log count.
Ctrl-C, a crash, or a power cut at any moment costs nothing: run the same command again.
Several trustees on one machine, to try it out: give each a folder of its own with --home, as in
  kodanik trustee --home t1 join --name \"City council\" > t1.json")]
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

/// Starts a gateway as `kodanik demo` does, with its election (one mayor of ten, projects within a budget; with the check
/// and the test before casting), and tells no story: it prints how to make offers and requests, and serves until Ctrl-C.
/// Everything in it is real but the people, the plastic ID cards, the relying party and the public bodies behind X-Road, which are
/// test doubles. It listens on this machine alone, and nothing in it is secret: never put real people into it.
#[derive(Args, Debug)]
pub(crate) struct PlaygroundArgs {
    /// Port of the identified plane; the anonymous plane takes the next one. 0 takes free ones.
    #[arg(long, default_value_t = 0, value_name = "P")]
    pub(crate) port: u16,
    /// Keep everything in this folder, and go on with what is there. Left out: a temporary one.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Reads the log of a running gateway, or an exported file, and replays it from entry 0: signatures, tree,
/// times, every rule, every proof, the tally. What it does not know it counts as an error.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kodanik audit http://127.0.0.1:8081 --policy trust/ledger.policy
  kodanik audit http://127.0.0.1:8081 --policy trust/ledger.policy --export log.kodanik
  kodanik audit log.kodanik --policy trust/ledger.policy --json
  kodanik audit log.kodanik --policy trust/ledger.policy --issuer-list issued.json")]
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
    /// Also compare issuers' lists of what they issued (from `gateway issued`) with the roots that they logged.
    #[arg(long = "issuer-list", value_name = "FILE")]
    pub(crate) issuer_lists: Vec<PathBuf>,
}
