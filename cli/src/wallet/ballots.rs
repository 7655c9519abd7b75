//! `elections`, `vote`, `ballots`, `check`.

use std::collections::{BTreeMap, BTreeSet};

use kodanik_ballot::check::{CheckCode, CheckedContest};
use kodanik_ballot::ids::Tracker;
use kodanik_ballot::manifest::{Contest, ContestOption, Kind, Manifest};
use kodanik_ballot::promise::{Promise, TestCode};
use kodanik_wallet::error::Misuse;
use kodanik_wallet::vote::{
    BallotState, CastOutcome, Choice, ClosedOutcome, ElectionView, OwnBallot, PreparedVote, VoteError,
};
use kodanik_wallet::{Wallet, WalletError};
use serde::Serialize;
use serde_json::json;

use super::show_list;
use crate::failure::Failure;
use crate::qr;
use crate::ui::{Ui, minute, time};

pub(super) async fn elections(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    // All at once and now, so that voting later asks nobody and asking says nothing about voting.
    let mut refusals = BTreeMap::new();
    for (name, outcome) in wallet.obtain_all_credentials().await? {
        match outcome.map_err(Failure::from) {
            Ok(_) => ui.note(format!("{name}: voting credential obtained; voting later asks nobody.")),
            Err(failure) => {
                ui.note(format!("! {name}: no voting credential. {}\n  {}", failure.message, failure.advice));
                refusals.insert(name, failure);
            }
        }
    }
    let elections = wallet.elections().await?;
    let mut lines = Vec::new();
    for view in &elections {
        let phase = format!("{:?}", view.phase).to_lowercase();
        let verified = if view.verified { "manifest verified on the board" } else { "not open yet" };
        let trial =
            if is_trial(wallet, &view.election).await { "; a trial, which may close early" } else { "" };
        lines.push(format!("{}  {}  ({phase}; {verified}{trial})", view.election, view.title));
        lines.push(format!("  from {} to {}", minute(view.opens), minute(view.closes)));
        if view.verified {
            lines.extend(questions(wallet, &view.election).await?);
        }
    }
    let listed: Vec<_> = elections
        .iter()
        .map(|view| Listed { view, credential_refused: refusals.get(&view.election) })
        .collect();
    show_list(ui, &listed, lines, "No election has been announced.");
    Ok(())
}

/// An election, and why there is no voting credential for it where one was asked for just now.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    view: &'a ElectionView,
    credential_refused: Option<&'a Failure>,
}

async fn is_trial(wallet: &Wallet, election: &str) -> bool {
    wallet.election(election).await.is_ok_and(|known| known.election.manifest.kind == Kind::Trial)
}

async fn questions(wallet: &Wallet, election: &str) -> Result<Vec<String>, Failure> {
    let known = wallet.election(election).await?;
    let mut lines = Vec::new();
    for contest in &known.election.manifest.contests {
        lines.push(format!("  --choose {}=..  {}", contest.id, contest.title));
        lines.extend(contest.options.iter().map(|option| describe_option(contest, option)));
        lines.push("      blank  (none of these)".to_owned());
    }
    Ok(lines)
}

fn describe_option(contest: &Contest, option: &ContestOption) -> String {
    let cost = if contest.has_budget() {
        format!("  (costs {} of {})", option.cost, contest.budget)
    } else {
        String::new()
    };
    format!("      {:<6} {}{cost}", option.id, option.title)
}

pub(super) async fn vote(
    wallet: &Wallet,
    election: &str,
    choose: &[String],
    without: &[String],
    test: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    let choices = choose.iter().map(|text| parse_choice(text)).collect::<Result<Vec<_>, _>>()?;
    let credential = wallet.obtain_credential_without(election, None, without).await?;
    if !credential.asked.is_empty() {
        ui.note(format!(
            "Voting credential from: {}. None of them knows your pseudonym.",
            credential.asked.join(", ")
        ));
    }
    let mut prepared = wallet.prepare(election, &choices).await?;
    if test && wallet.tests_left(&prepared)? == 0 {
        return Err(WalletError::from(VoteError::TestsUsedUp).into());
    }
    while test && !wants_to_cast(&prepared, wallet.tests_left(&prepared)?, ui)? {
        let promise = prepared.promise();
        show_test(&wallet.test_prepared(prepared)?, &promise, ui);
        prepared = wallet.prepare(election, &choices).await?;
    }
    show_cast(&wallet.cast_prepared(prepared).await?, ui);
    Ok(())
}

/// Shows the promise, then asks: the phone must not know before.
fn wants_to_cast(prepared: &PreparedVote, tests_left: u32, ui: &Ui) -> Result<bool, Failure> {
    let promise = prepared.promise();
    let code = promise.to_string();
    let text = format!(
        "Your ballot is made. Scan this promise with the other phone (`wallet check`) before you answer:\n\n{}\n{code}\n",
        qr::to_text(&code).unwrap_or_default()
    );
    ui.result(&json!({ "promise": code, "tracker": promise.tracker }), text);
    loop {
        let question =
            format!("Cast this ballot, or test the phone with it ({tests_left} left)? [cast/test]");
        match super::ask_line(&question)?.as_str() {
            "cast" | "c" => return Ok(true),
            "test" | "t" => return Ok(false),
            "" => {
                let advice = "Nothing was cast. Run the command again, and answer `cast` or `test`.";
                return Err(Failure::refused("stopped", "There was no answer.", advice));
            }
            _ => ui.note("Answer `cast` or `test`."),
        }
    }
}

fn show_test(code: &TestCode, promise: &Promise, ui: &Ui) {
    let text = code.to_text();
    let shown = format!(
        "This ballot is given away and will never be cast. The other phone makes it again from this, compares it with the\n\
         promise, and shows what would have been cast:\n\n{}\n{text}\n\nA new ballot of the same choice is made now.\n",
        qr::to_text(&text).unwrap_or_default()
    );
    ui.result(&json!({ "test_code": text, "tracker": promise.tracker }), shown);
}

fn parse_choice(text: &str) -> Result<Choice, Failure> {
    let (contest, options) = text.split_once('=').ok_or_else(|| {
        Failure::usage("A choice is written CONTEST=OPTION[,OPTION].", "For example: --choose mayor=3")
    })?;
    let options = match options {
        "blank" => Vec::new(),
        listed => listed.split(',').map(str::to_owned).collect(),
    };
    Ok(Choice { contest: contest.to_owned(), options })
}

fn show_cast(outcome: &CastOutcome, ui: &Ui) {
    // The code opens this ballot: it is shown once and kept nowhere.
    let code = outcome.check_code.as_ref().map(CheckCode::to_text);
    let json = json!({
        "tracker": outcome.ballot.tracker,
        "seq": outcome.ballot.seq,
        "index": outcome.index,
        "minute": outcome.minute,
        "log_size": outcome.log_size,
        "head_age": outcome.head_age,
        "replaces": outcome.replaces,
        "not_by_this_wallet": outcome.not_by_this_wallet,
        "second_sources": outcome.second_sources,
        "check_until": outcome.check_until,
        "check_code": code,
    });
    let mut text = format!(
        "Your ballot is on the board: entry {} of {}, receipt verified.\nTracker  {}\n",
        outcome.index, outcome.log_size, outcome.ballot.tracker
    );
    if outcome.replaces.is_some() {
        text.push_str(&format!("It replaces your earlier one; this is number {}.\n", outcome.ballot.seq));
    }
    for tracker in &outcome.not_by_this_wallet {
        text.push_str(&format!("! A ballot that this wallet did not cast: {tracker}\n"));
    }
    if let Some(code) = &code {
        text.push_str(&format!(
            "\nCheck it with another phone until {}. Whoever sees this code can see your vote:\n\n{}\n{code}",
            time(outcome.check_until),
            qr::to_text(code).unwrap_or_default()
        ));
    }
    ui.result(&json, text);
}

pub(super) async fn list(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let ballots = wallet.ballots()?;
    let slugs: BTreeSet<_> = ballots.iter().map(|ballot| ballot.slug.as_str()).collect();
    let (mut foreign, mut closed) = (Vec::new(), Vec::new());
    for slug in slugs {
        let board = wallet.board(&wallet.election(slug).await?).await?;
        foreign.extend(board.not_by_this_wallet.into_iter().map(|tracker| (slug, tracker)));
        closed.extend(closed_box(wallet, slug).await?.map(|outcome| (slug, outcome)));
    }
    let mut lines: Vec<_> = ballots.iter().map(describe_ballot).collect();
    lines.extend(closed.iter().map(|(slug, outcome)| describe_closed(slug, outcome)));
    lines.extend(foreign.iter().map(|(slug, tracker)| {
        format!("! {slug}: a ballot of your pseudonym that this wallet did not cast: {tracker}")
    }));
    let json = json!({
        "ballots": ballots.iter().map(ballot_json).collect::<Vec<_>>(),
        "closed": closed.iter().map(|(slug, outcome)| json!({ "election": slug, "box": outcome })).collect::<Vec<_>>(),
        "not_by_this_wallet": foreign.iter().map(|(_, tracker)| tracker).collect::<Vec<_>>(),
    });
    show_list(ui, &json, lines, "No ballot yet.");
    Ok(())
}

/// What the closed box says, where the election is closed.
async fn closed_box(wallet: &Wallet, election: &str) -> Result<Option<ClosedOutcome>, Failure> {
    match wallet.check_after_close(election).await {
        Ok(outcome) => Ok(Some(outcome)),
        Err(WalletError::Misuse(Misuse::WrongState)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn describe_closed(slug: &str, outcome: &ClosedOutcome) -> String {
    let own = match (outcome.own, outcome.own_is_foreign) {
        (Some(tracker), false) => format!("yours is counted: tracker {tracker}"),
        (Some(tracker), true) => {
            format!("! what is counted for you is not a ballot of this wallet: {tracker}")
        }
        (None, _) => "! none of yours is counted".to_owned(),
    };
    let replaced = outcome.superseded_after_check.iter().map(|tracker| {
        format!("\n! a ballot that you checked here for another phone was replaced later: {tracker}")
    });
    let tested = outcome.tested_and_cast.iter().map(|tracker| {
        format!("\n! a ballot that was only tested here was cast: {tracker}; the phone that made it lies")
    });
    let replaced: String = replaced.chain(tested).collect();
    let eligibility = outcome.eligibility.to_string();
    format!("{slug}: closed, {} ballots count; {own}{replaced}\n{}", outcome.counted, eligibility.trim_end())
}

fn describe_ballot(ballot: &OwnBallot) -> String {
    let state = match &ballot.state {
        BallotState::OnBoard { index, minute: at } => {
            format!("on the board, entry {index}, {}", minute(*at))
        }
        BallotState::Refused { code } => format!("refused ({code})"),
        BallotState::Unanswered => "sent, no answer yet; `vote` sends it again".to_owned(),
    };
    format!("{}  no. {}  {state}\n  tracker {}", ballot.slug, ballot.seq, ballot.tracker)
}

/// Without the entry, which is some kilobytes of ciphertext; the board has it.
fn ballot_json(ballot: &OwnBallot) -> serde_json::Value {
    json!({
        "election": ballot.slug,
        "made": ballot.made,
        "seq": ballot.seq,
        "state": ballot.state,
        "tracker": ballot.tracker,
    })
}

/// A code shown after casting, or the promise and then the code of a ballot that is tested.
pub(super) async fn check(wallet: &Wallet, code: &str, test: Option<&str>, ui: &Ui) -> Result<(), Failure> {
    if code.starts_with("kodanik:promise?") {
        return check_test(wallet, code, test, ui).await;
    }
    let outcome = wallet.check(code).await?;
    let found = Opened {
        election: outcome.election,
        title: outcome.title,
        what: "the board holds this ballot, and it is the last one of its pseudonym.",
        tracker: outcome.tracker,
        seq: Some(outcome.seq),
        contests: outcome.contests,
    };
    found.show(wallet, ui).await
}

async fn check_test(wallet: &Wallet, promise: &str, test: Option<&str>, ui: &Ui) -> Result<(), Failure> {
    let code = match test {
        Some(code) => code.to_owned(),
        None => {
            ui.note(
                "The promise is read. Say `test` on the phone that votes, then scan the code that it shows.",
            );
            super::ask_line("The code, or nothing if the ballot was cast:")?
        }
    };
    if code.is_empty() {
        ui.note("Cast: the ballot can be checked with the code that is shown after it.");
        return Ok(());
    }
    let outcome = wallet.check_test(promise, &code).await?;
    let found = Opened {
        election: outcome.election,
        title: outcome.title,
        what: "the phone kept its promise. It would have cast this, and never will:",
        tracker: outcome.tracker,
        seq: None,
        contests: outcome.contests,
    };
    found.show(wallet, ui).await
}

/// What another phone's ballot says, and how this one came to see it.
struct Opened {
    election: String,
    title: String,
    what: &'static str,
    tracker: Tracker,
    /// Of a ballot on the board.
    seq: Option<u32>,
    contests: Vec<CheckedContest>,
}

impl Opened {
    async fn show(self, wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
        let manifest = wallet.election(&self.election).await?.election.manifest;
        let as_json =
            |contest: &CheckedContest| json!({ "contest": contest.contest, "chosen": contest.chosen });
        let contests: Vec<_> = self.contests.iter().map(as_json).collect();
        let mut json = json!({ "election": self.election, "tracker": self.tracker, "contests": contests });
        if let Some(seq) = self.seq {
            json["seq"] = seq.into();
        }
        let lines: Vec<_> = self.contests.iter().map(|contest| describe(&manifest, contest)).collect();
        let text = format!("{}: {}\nTracker  {}\n{}", self.title, self.what, self.tracker, lines.join("\n"));
        ui.result(&json, text);
        Ok(())
    }
}

/// A checked choice in words.
pub(crate) fn describe(manifest: &Manifest, checked: &CheckedContest) -> String {
    let Some(contest) = manifest.contest(&checked.contest) else { return checked.contest.clone() };
    let title = |id: &String| {
        contest.options.iter().find(|option| option.id == *id).map(|option| option.title.as_str())
    };
    let chosen: Vec<_> = checked.chosen.iter().filter_map(title).collect();
    let chosen = if chosen.is_empty() { "blank".to_owned() } else { chosen.join(", ") };
    format!("  {}: {chosen}", contest.title)
}
