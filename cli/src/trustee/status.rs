//! `kodanik trustee status`: the log's own account of who has done what, and what to do now.

use std::path::Path;

use kodanik_ballot::trustee::card::{Fingerprint, SignedCard};
use kodanik_contract::attendance::Attendance;
use kodanik_contract::ceremony::Round;
use kodanik_contract::election::ElectionRecord;
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use kodanik_gateway::clock::Clock;
use kodanik_trustee::board::Board;
use kodanik_trustee::status::{Next, Status};
use serde::Serialize;

use super::CARD;
use super::agree::two_lines;
use super::teller::round as round_name;
use crate::args::BoardArgs;
use crate::board;
use crate::failure::Failure;
use crate::ui::{Ui, WIDTH, hour, wrap};

/// What to do without a trustee.
pub(super) const RESTART: &str = "The authority can start again without them, under a new short name: it changes `election` in the definition, \
     runs `gateway prepare NEW-NAME`, and `authority manifest` with the cards of the others.";

/// A head older than this is worth a warning.
const OLD_HEAD_SECONDS: u64 = 600;

/// The status, and how fresh it is.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    status: Status,
    log: Log,
    /// Minutes for which somebody has been awaited.
    waited_minutes: Option<u64>,
    /// This folder's trustee.
    you: Option<u16>,
    /// What to do now.
    advice: Vec<String>,
}

#[derive(Serialize)]
struct Log {
    origin: String,
    size: u64,
    /// When a witness of the policy signed the newest head.
    signed: Option<UnixSeconds>,
}

/// Reads the log and tells.
pub(super) async fn run(home: &Path, args: &BoardArgs, ui: &Ui) -> Result<(), Failure> {
    let mut board = board::open(&args.gateway, &args.policy)?;
    let status = Status::from(board::election(&mut board, &args.election).await?);
    let now = Clock::system().now();
    let report = report(status, &board, own_card(home), now);
    ui.result(&report, text(&report, now));
    Ok(())
}

/// What an election waits for, in one sentence.
pub(crate) fn awaited(record: &ElectionRecord) -> String {
    let status = Status::from(record);
    let now = Clock::system().minute();
    sentence(&status, now)
}

/// The folder's card in clear, where there is one that holds. It only decides where `(you)` stands.
fn own_card(home: &Path) -> Option<Fingerprint> {
    let bytes = std::fs::read(home.join(CARD)).ok()?;
    let card = serde_json::from_slice::<SignedCard>(&bytes).ok()?.verify().ok()?;
    Some(Fingerprint::of_card(&card))
}

fn report(status: Status, board: &Board, own: Option<Fingerprint>, now: UnixSeconds) -> Report {
    let you = status.trustees.iter().find(|line| Some(&line.card) == own.as_ref());
    let you = you.map(|line| line.attendance.trustee);
    let log = Log { origin: board.origin().to_string(), size: board.size(), signed: board.cosigned() };
    let waited_minutes = since(&status.next).map(|since| now.minute().0.saturating_sub(since.0));
    let mut advice = vec![sentence(&status, now.minute())];
    advice.extend(advise(&status, you));
    if let Some(warning) = old_head(&log, now) {
        advice.push(warning);
    }
    Report { status, log, waited_minutes, you, advice }
}

fn since(next: &Next) -> Option<UnixMinute> {
    match next {
        Next::Counts { since, .. }
        | Next::Round { since, .. }
        | Next::Shares { since, .. }
        | Next::Statements { since, .. } => Some(*since),
        Next::Close | Next::Destroy | Next::Open | Next::Restart(_) | Next::Result | Next::Stop { .. } => {
            None
        }
    }
}

fn old_head(log: &Log, now: UnixSeconds) -> Option<String> {
    match log.signed {
        Some(signed) if now.since(signed) <= OLD_HEAD_SECONDS => None,
        Some(signed) => Some(format!(
            "The gateway shows a log as it was {} ago: ask another source before you blame anybody.",
            duration(now.since(signed) / 60)
        )),
        None => Some("No witness says how old this log is: somebody may have spoken since.".to_owned()),
    }
}

/// What is waited for, since when.
fn sentence(status: &Status, now: UnixMinute) -> String {
    let names = |missing: &[u16]| {
        let one = |trustee: &u16| format!("trustee {trustee} ({})", status.name(*trustee));
        missing.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let waited = |since: &UnixMinute| duration(now.0.saturating_sub(since.0));
    match &status.next {
        Next::Close => "Casting is open; the trustees come again after the close.".to_owned(),
        Next::Counts { issuer, since } => {
            format!(
                "Issuer {issuer} has not said how many credentials it issued, {} after the close.",
                waited(since)
            )
        }
        Next::Destroy => "The result is published.".to_owned(),
        Next::Open => "Every trustee has confirmed the key; the authority can open casting.".to_owned(),
        Next::Restart(fault) => format!(
            "Trustee {} ({}) sent trustee {} ({}) a wrong share; the complaint on the board proves it.",
            fault.culprit,
            status.name(fault.culprit),
            fault.by,
            status.name(fault.by)
        ),
        Next::Result => {
            "Enough trustees have opened the sums; the authority can publish the result.".to_owned()
        }
        Next::Round { round, missing, since } => format!(
            "Round {} of 4: the {} of {} is missing, for {} now. The key needs every trustee.",
            number(*round),
            round_name(*round),
            names(missing),
            waited(since)
        ),
        Next::Shares { have, missing, need, since } => format!(
            "{have} of {need} trustees that are needed have opened the sums, {} after the statements; not yet: {}.",
            waited(since),
            names(missing)
        ),
        Next::Statements { have, missing, need, since } => format!(
            "{have} of {need} trustees that are needed have stated the sums, {} after the close; not yet: {}.",
            waited(since),
            names(missing)
        ),
        Next::Stop { issuer, style } => format!(
            "More pseudonyms bear the signature of issuer {issuer} in {style} than it says it issued: nobody may open anything."
        ),
    }
}

fn advise(status: &Status, you: Option<u16>) -> Vec<String> {
    let election = &status.election;
    let yours = |missing: &[u16]| you.is_some_and(|you| missing.contains(&you));
    let run = |what: &str| format!("It is your turn: kodanik trustee {what} {election} ...");
    let mut advice = Vec::new();
    match &status.next {
        Next::Round { missing, .. } => {
            if yours(missing) {
                advice.push(run("keygen"));
            }
            advice.push(format!(
                "Call whoever is missing: they run `kodanik trustee keygen {election}`. If the log refuses their message, they are missing too, and their own command says why."
            ));
            advice.push(format!("If they do not come back: {RESTART}"));
        }
        Next::Statements { have, missing, need, .. } | Next::Shares { have, missing, need, .. } => {
            if yours(missing) {
                advice.push(run("decrypt"));
            }
            advice.push(format!(
                "Call {} of those who are missing: they run `kodanik trustee decrypt {election}`. The others may stay at home.",
                need - have
            ));
        }
        Next::Restart(_) => advice.push(RESTART.to_owned()),
        Next::Open => advice.push(format!("The authority: kodanik authority open {election} ...")),
        Next::Result => advice.push(format!("The authority: kodanik authority result {election} ...")),
        Next::Destroy => {
            advice.push(format!(
                "Every trustee runs `kodanik trustee decrypt {election}` once more: it destroys the share of the key."
            ));
            advice.extend(absent(status));
        }
        Next::Stop { .. } => {
            advice.push("Tell the public; `kodanik audit` shows it to everybody.".to_owned())
        }
        Next::Close | Next::Counts { .. } => {}
    }
    advice
}

/// Who did not take part in the tally, for the minutes.
fn absent(status: &Status) -> Option<String> {
    let to_open = status.contests_to_open?;
    let absent = status.trustees.iter().filter(|line| !line.attendance.took_part_in_tally(to_open));
    let names: Vec<_> = absent
        .map(|line| format!("trustee {} ({})", line.attendance.trustee, line.attendance.name))
        .collect();
    (!names.is_empty()).then(|| format!("Not needed, and not there for the tally: {}.", names.join(", ")))
}

fn number(round: Round) -> usize {
    1 + Round::ALL.iter().take_while(|other| **other < round).count()
}

/// `3 h 12 min`.
pub(super) fn duration(minutes: u64) -> String {
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

fn text(report: &Report, now: UnixSeconds) -> String {
    let status = &report.status;
    let mut lines = vec![format!("{} ({})", status.title, status.election)];
    let mut digits = |what: &str, digits: &Fingerprint| {
        let [first, second] = two_lines(digits);
        lines.push(format!("  {what:<9} {first}"));
        lines.push(format!("  {:<9} {second}", ""));
    };
    digits("Manifest", &status.manifest);
    if let Some(key) = &status.key {
        digits("Key", key);
    }
    lines.push(format!(
        "  {:<9} {}, any {} of whom open the sums",
        "Trustees",
        status.trustees.len(),
        status.threshold
    ));
    let age = match report.log.signed {
        Some(signed) => format!("signed {} s ago", now.since(signed)),
        None => "of unknown age".to_owned(),
    };
    lines.push(format!("  {:<9} {}, {} entries, {age}", "Log", report.log.origin, report.log.size));
    lines.push(String::new());
    lines.extend(table(report));
    lines.push(String::new());
    for advice in &report.advice {
        let heads = std::iter::once("→").chain(std::iter::repeat(" "));
        lines.extend(heads.zip(wrap(advice, WIDTH)).map(|(head, line)| format!("{head} {line}")));
    }
    lines.join("\n")
}

/// Who did what when (UTC): the ceremony's rounds, and after the close the tally.
fn table(report: &Report) -> Vec<String> {
    let to_open = report.status.contests_to_open;
    let heads: &[&str] = match to_open {
        None => &["commit", "reveal", "shares", "confirm"],
        Some(_) => &["confirm", "stated", "opened"],
    };
    let row = |number: &str, name: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:<13}")).collect();
        format!("  {number:>2}  {name:<30}{cells}").trim_end().to_owned()
    };
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let mut lines = vec![row("", "trustee", &heads)];
    for line in &report.status.trustees {
        let attendance = &line.attendance;
        let mut name = attendance.name.clone();
        if report.you == Some(attendance.trustee) {
            name.push_str(" (you)");
        }
        if attendance.culprit {
            name.push_str(" ✗ lied");
        }
        lines.push(row(&attendance.trustee.to_string(), &name, &cells(attendance, to_open)));
    }
    lines
}

fn cells(attendance: &Attendance, to_open: Option<usize>) -> Vec<String> {
    let at = |minute: Option<UnixMinute>| minute.map_or("–".to_owned(), hour);
    match to_open {
        None => {
            let spoke = [attendance.committed, attendance.revealed, attendance.dealt, attendance.confirmed];
            spoke.map(at).to_vec()
        }
        Some(to_open) => {
            let opened = format!("{} of {to_open}", attendance.opened);
            vec![at(attendance.confirmed), at(attendance.stated), opened]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        for (minutes, text) in [(0, "0 min"), (59, "59 min"), (192, "3 h 12 min"), (3000, "2 d 2 h")] {
            assert_eq!(duration(minutes), text);
        }
    }
}
