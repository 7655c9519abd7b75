//! The end of the story: close, tally, audit.

use std::fmt::Write;
use std::path::Path;

use kodanik_auditor::audit::{audit_file, audit_url};
use kodanik_auditor::report::{ContestReport, Report};

use super::citizen::Citizen;
use crate::failure::Failure;
use crate::stage::{ELECTION, Stage, must_hold};
use crate::ui::Ui;

/// Closes, decrypts, publishes; the citizen finds her ballot in the closed box.
pub(super) async fn close_and_tally(
    stage: &mut Stage,
    citizen: &Citizen,
    ui: &Ui,
) -> Result<Vec<ContestReport>, Failure> {
    ui.chapter(9, "The election closes and is counted", "Only the sum of all ballots is ever opened.");
    stage.close(ELECTION, ui).await?;
    let closed = citizen.phone.check_after_close(ELECTION).await?;
    let own = citizen.phone.ballots()?.pop().map(|ballot| ballot.tracker);
    if closed.own != own || closed.own_is_foreign {
        return Err(Failure::refused(
            "own_ballot",
            "The citizen's last ballot is not the one that is counted.",
            "",
        ));
    }
    ui.checked(
        "Mina's phone computed the list of last ballots itself: hers is in it, and it is her last one",
        format!("{} ballots count", closed.counted),
    );
    let outcome = audit_url(&stage.gateway.context.urls.anonymous, stage.policy(), None, |_, _| {}).await?;
    Ok(outcome.report.elections.into_iter().flat_map(|election| election.contests).collect())
}

/// Replays everything, then shows that one changed byte is found.
pub(super) async fn audit(stage: &Stage, ui: &Ui) -> Result<Report, Failure> {
    ui.line("");
    let copy = stage.folder().join("log.kodanik");
    let bar = ui.bar("The auditor replays the log", 0);
    let progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let audit =
        audit_url(&stage.gateway.context.urls.anonymous, stage.policy(), Some(&copy), progress).await?;
    bar.finish_and_clear();
    let report = audit.report;
    if let Some(finding) = report.findings.first() {
        return Err(Failure::refused("log_at_fault", format!("The auditor found: {finding}."), ""));
    }
    let verified: Vec<_> = report.verified.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    ui.checked(
        "the auditor replayed the log from entry 0: every signature, hash, time, rule and proof",
        format!("{} entries", report.size),
    );
    ui.shown(verified.join(", "));
    must_hold(report.verified.contains_key("tally.result"), "The auditor saw no result.")?;
    ui.checked("and computed the result anew from what the trustees proved: the same", "");
    change_one_byte(&copy)?;
    let tampered = audit_file(&copy, stage.policy(), |_, _| {}).await?.report;
    match tampered.findings.first() {
        Some(finding) => ui.refused("one byte of a copy is changed; the auditor names it", finding),
        None => return Err(Failure::refused("missed", "The auditor missed a changed byte.", "")),
    }
    Ok(report)
}

/// Changes a byte in the middle of the file, which is in the middle of somebody's ballot.
fn change_one_byte(path: &Path) -> std::io::Result<()> {
    let mut bytes = std::fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes)
}

/// The result as a table with bars.
pub(super) fn table(contests: &[ContestReport]) -> String {
    let mut text = String::new();
    for contest in contests {
        let _ = writeln!(text, "\n  {}  ({} ballots)", contest.title, contest.ballots);
        let Some(votes) = &contest.votes else {
            let _ = writeln!(text, "    Too few ballots to publish more than the turnout.");
            continue;
        };
        let most = votes.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
        for (name, count) in votes {
            let bar = "█".repeat((count * 24 / most) as usize);
            let _ = writeln!(text, "    {name:<24} {count:>5}  {bar}");
        }
    }
    text
}
