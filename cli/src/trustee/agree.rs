//! Before a trustee commits: a person reads the manifest and compares its digits by voice.

use kodanik_ballot::manifest::{Kind, Manifest};
use kodanik_ballot::trustee::card::Fingerprint;
use kodanik_trustee::board::Board;
use kodanik_trustee::{Trustee, TrusteeError};

use crate::failure::Failure;
use crate::ui::{self, Ui};

/// Reads the manifest's digits as a person typed them.
pub(super) fn parse_digits(text: &str) -> Result<Fingerprint, Failure> {
    text.parse().map_err(|error| {
        Failure::usage(error, "The authority reads out the manifest's twelve groups, not a card's six.")
    })
}

/// Shows the manifest; compares the digits that were given, or asks.
pub(super) fn ask(
    board: &Board,
    election: &str,
    trustee: &Trustee,
    digits: Option<&Fingerprint>,
    ui: &Ui,
) -> Result<(), Failure> {
    let record = board.state()?.election_by_slug(election).ok_or(TrusteeError::NoSuchElection)?;
    let manifest = record.manifest();
    ui.note(describe(manifest, trustee));
    let own = Fingerprint::of_manifest(&manifest.hash());
    let agreed = match digits {
        Some(digits) if *digits == own => true,
        Some(_) => return Err(TrusteeError::OtherManifest.into()),
        None => {
            let stopping = tokio::spawn(end_when_stopped(*ui));
            let answer = ui::agrees(
                "Does the authority read out the same digits, and is this the election that you know of?",
                "Give the digits that the authority read out with --manifest.",
            );
            stopping.abort();
            answer?
        }
    };
    if agreed {
        return Ok(());
    }
    Err(Failure::refused(
        "not_agreed",
        "You did not agree; this trustee has said nothing.",
        "If the digits differ, somebody on the way shows you another manifest: tell the authority and the other trustees.",
    ))
}

/// Ctrl-C was caught while the log was followed, and is from then on; while a terminal is read from, nothing else can end
/// the process. Nothing was said yet, so that ending it is safe.
async fn end_when_stopped(ui: Ui) {
    let Ok(stopped) = ui::stop_signal() else { return };
    if stopped.await.is_ok() {
        ui.note("");
        ui.fail(&super::stopped());
        std::process::exit(1);
    }
}

fn describe(manifest: &Manifest, trustee: &Trustee) -> String {
    let (own, kind) = (
        trustee.card(),
        match manifest.kind {
            Kind::Binding => "binding",
            Kind::Trial => "a trial",
        },
    );
    let mut text = format!(
        "\n{} ({}), {kind}\n  Casting   {} to {}\n",
        manifest.title,
        manifest.election,
        ui::minute(manifest.opens),
        ui::minute(manifest.closes)
    );
    for (place, contest) in manifest.contests.iter().enumerate() {
        let head = if place == 0 { "Contests" } else { "" };
        text.push_str(&format!("  {head:<9} {} ({} options)\n", contest.title, contest.options.len()));
    }
    let trustees = &manifest.trustees;
    text.push_str(&format!(
        "  Trustees  {}; any {} of them open the sums, and everybody is needed for the key\n",
        trustees.members.len(),
        trustees.threshold
    ));
    for (number, member) in (1..).zip(&trustees.members) {
        let you = if *member == own { " (you)" } else { "" };
        let name = format!("{}{you}", member.name);
        text.push_str(&format!("  {number:>6}  {name:<30} {}\n", Fingerprint::of_card(member)));
    }
    text.push_str("  Your own name and keys are right.\n\n  The manifest's digits\n");
    for line in two_lines(&Fingerprint::of_manifest(&manifest.hash())) {
        text.push_str(&format!("      {line}\n"));
    }
    text
}

/// Twelve groups as two lines of six: what a person can read out in one breath each.
pub(super) fn two_lines(digits: &Fingerprint) -> [String; 2] {
    let text = digits.to_string();
    let groups: Vec<&str> = text.split(' ').collect();
    let (first, second) = groups.split_at(groups.len().min(6));
    [first.join(" "), second.join(" ")]
}
