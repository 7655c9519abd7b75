//! The lines that scroll while a trustee works and waits: one for each thing that changes, with its time.

use indicatif::ProgressBar;
use kodanik_contract::ceremony::Round;
use kodanik_contract::entry::Entry;
use kodanik_gateway::clock::Clock;
use kodanik_trustee::board::Board;
use kodanik_trustee::decrypt::DecryptWait;
use kodanik_trustee::keygen::KeygenWait;
use kodanik_trustee::progress::Progress;

use crate::failure::Failure;
use crate::ui::{self, Ui};

/// The trustees' names, as far as there is a manifest.
pub(super) struct Names(Vec<String>);

impl Names {
    /// Those of an election.
    pub(super) fn of(board: &Board, election: &str) -> Result<Self, Failure> {
        let record = board.state()?.election_by_slug(election);
        let members = record.into_iter().flat_map(|record| &record.manifest().trustees.members);
        Ok(Self(members.map(|member| member.name.clone()).collect()))
    }

    /// `trustee 4 (University)`.
    pub(super) fn one(&self, trustee: u16) -> String {
        match usize::from(trustee).checked_sub(1).and_then(|place| self.0.get(place)) {
            Some(name) => format!("trustee {trustee} ({name})"),
            None => format!("trustee {trustee}"),
        }
    }

    /// Several, with commas.
    pub(super) fn all(&self, trustees: &[u16]) -> String {
        trustees.iter().map(|trustee| self.one(*trustee)).collect::<Vec<_>>().join(", ")
    }
}

/// A round as people say it.
pub(super) fn round(round: Round) -> &'static str {
    match round {
        Round::Commit => "commitment",
        Round::Reveal => "reveal",
        Round::Shares => "sealed shares",
        Round::Confirm => "confirmation",
    }
}

/// Tells each thing once. The spinner under the lines is for terminals.
pub(super) struct Teller<'a> {
    ui: &'a Ui,
    names: &'a Names,
    bar: ProgressBar,
    last: String,
}

impl<'a> Teller<'a> {
    /// Begins to tell.
    pub(super) fn new(ui: &'a Ui, names: &'a Names) -> Self {
        let bar = ui.spinner("Following the log (Ctrl-C is safe: run the command again)");
        Self { ui, names, bar, last: String::new() }
    }

    /// What happens in the ceremony.
    pub(super) fn keygen(&mut self, progress: &Progress<'_, KeygenWait>) {
        let text = match progress {
            Progress::Posted { entry, index } => posted(entry, *index),
            Progress::Unreachable => unreachable(),
            Progress::Waiting(KeygenWait::Announcement) => {
                "… waiting for the authority to publish the manifest".to_owned()
            }
            Progress::Waiting(KeygenWait::Others { round, missing }) => {
                format!("… waiting for the {} of {}", self::round(*round), self.names.all(missing))
            }
        };
        self.say(text);
    }

    /// What happens after the close.
    pub(super) fn decrypt(&mut self, progress: &Progress<'_, DecryptWait>) {
        let text = match progress {
            Progress::Posted { entry, index } => posted(entry, *index),
            Progress::Unreachable => unreachable(),
            Progress::Waiting(DecryptWait::Close) => {
                "… waiting for the authority to close casting".to_owned()
            }
            Progress::Waiting(DecryptWait::Counts { issuer }) => {
                format!("… waiting for issuer {issuer} to say how many credentials it issued")
            }
            Progress::Waiting(DecryptWait::Statements { have, missing, need }) => format!(
                "… {have} of {need} have stated the sums; {} more of: {}",
                need - have,
                self.names.all(missing)
            ),
        };
        self.say(text);
    }

    fn say(&mut self, text: String) {
        if text != self.last {
            let now = ui::hour(Clock::system().minute());
            self.bar.suspend(|| self.ui.note(format!("{now}  {text}")));
            self.last = text;
        }
    }
}

impl Drop for Teller<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn unreachable() -> String {
    "… the gateway does not answer; asking again until it does".to_owned()
}

fn posted(entry: &Entry, index: u64) -> String {
    let what = match entry {
        Entry::TallyShare(share) => format!("opened the sums of “{}”", share.body.contest),
        Entry::TallyStatement(_) => "stated the sums, replayed from entry 0".to_owned(),
        Entry::TrusteeCommit(_) => "committed".to_owned(),
        Entry::TrusteeComplaint(complaint) => {
            format!("proved that trustee {}'s share is wrong", complaint.body.against)
        }
        Entry::TrusteeConfirm(_) => "all shares were right; confirmed the key".to_owned(),
        Entry::TrusteeReveal(_) => "revealed what it had committed to".to_owned(),
        Entry::TrusteeShares(_) => "sent the others their sealed shares".to_owned(),
        _ => "posted".to_owned(),
    };
    format!("✓ {what}: entry {index}")
}
