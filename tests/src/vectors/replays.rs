//! What may follow in a log, and what may not (protocol.md §5.2).

use kodanik_contract::entry::Entry;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::leaf::Leaf;
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::logs::{LATER_LOG, Log, TOWN_LOG, at, entry_text, leaf_json, tree};
use super::world::text;

mod casting;
mod ceremonies;
mod complaints;
mod counts;
mod entries;
mod tallies;

pub(super) fn add(vectors: &mut Vectors) {
    whole(vectors);
    entries::add(vectors);
    ceremonies::add(vectors);
    complaints::add(vectors);
    casting::add(vectors);
    counts::add(vectors);
    tallies::add(vectors);
}

/// What follows the first `prefix` leaves of a log: minutes and entries.
struct After<'a> {
    base: &'a Log,
    prefix: usize,
    leaves: Vec<(u64, String)>,
}

impl<'a> After<'a> {
    /// After the first `prefix` leaves of [`TOWN_LOG`].
    fn town(prefix: usize) -> Self {
        Self { base: &TOWN_LOG, prefix, leaves: Vec::new() }
    }

    /// After the first `prefix` leaves of [`LATER_LOG`].
    fn later(prefix: usize) -> Self {
        Self { base: &LATER_LOG, prefix, leaves: Vec::new() }
    }

    /// An entry at the minute of the leaf before it.
    fn then(self, entry: &Entry) -> Self {
        let minute = self.minute();
        self.then_at(minute, entry)
    }

    /// Entries at the minute of the leaf before them.
    fn then_all<'b>(self, entries: impl IntoIterator<Item = &'b Entry>) -> Self {
        entries.into_iter().fold(self, Self::then)
    }

    /// An entry at a minute.
    fn then_at(self, minute: u64, entry: &Entry) -> Self {
        self.then_text(minute, &entry_text(entry))
    }

    /// Any text at a minute.
    fn then_text(mut self, minute: u64, entry: &str) -> Self {
        self.leaves.push((minute, entry.to_owned()));
        self
    }

    /// The leaves of another log that begins in the same way.
    fn along(mut self, log: &Log) -> Self {
        let own = &log.leaves[self.prefix..];
        self.leaves.extend(own.iter().map(|leaf| (leaf.minute().0, text(leaf.entry()))));
        self
    }

    /// The last leaf's minute.
    fn minute(&self) -> u64 {
        let before = self.base.leaves[..self.prefix].last().map_or(0, |leaf| leaf.minute().0);
        self.leaves.last().map_or(before, |(minute, _)| *minute)
    }

    fn input(&self) -> Value {
        let leaves: Vec<Value> =
            self.leaves.iter().map(|(minute, entry)| leaf_json(*minute, entry)).collect();
        let base = self.base.world.name;
        json!({ "base": base, "leaves": leaves, "prefix": self.prefix })
    }

    /// The root over all leaves, and their number.
    fn root_and_size(&self) -> (Value, usize) {
        let own = self
            .leaves
            .iter()
            .map(|(minute, entry)| Leaf::new(UnixMinute(*minute), entry.clone().into_bytes()));
        let all: Vec<Leaf> =
            self.base.leaves[..self.prefix].iter().cloned().chain(own.map(Result::unwrap)).collect();
        (json!(tree(&all).root()), all.len())
    }

    /// All leaves are right, and lead to these elections.
    fn accept(self, vectors: &mut Vectors, header: Header<'_>, elections: &[Value]) {
        let (root, size) = self.root_and_size();
        let result = json!({ "elections": elections, "root": root, "size": size });
        vectors.accept(header, self.input(), Some(result));
    }

    /// The last leaf is refused, and those before it are not.
    fn refuse(self, vectors: &mut Vectors, header: Header<'_>, expect: &str) {
        let mut input = self.input();
        input["refused"] = (self.prefix + self.leaves.len() - 1).into();
        vectors.refuse(header, expect, input);
    }
}

fn header<'a>(name: &'a str, section: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "replay", name, section, about }
}

/// What a log says of its one election. `contests` is the result, where there is one.
fn election(slug: &str, phase: &str, ballots: u64, counted: u64, contests: Value) -> Value {
    json!({ "ballots": ballots, "contests": contests, "counted": counted, "election": slug, "phase": phase })
}

fn town_result() -> Value {
    json!([
        { "ballots": 1, "contest": "mayor", "options": null },
        { "ballots": 3, "contest": "council", "options": [1, 2, 1, 1] }
    ])
}

/// The log as it is, up to each turn.
fn whole(vectors: &mut Vectors) {
    let mut accept = |name: &str, about: &str, prefix: usize, elections: &[Value]| {
        After::town(prefix).accept(vectors, header(name, "5.2", about), elections);
    };
    let town = |phase, ballots, counted| [election("town", phase, ballots, counted, Value::Null)];
    accept("log-empty", "no entries", 0, &[]);
    accept("log-of-genesis", "the first entry", at::MANIFEST, &[]);
    accept("log-announced", "an election was announced", at::COMMITS, &town("ceremony", 0, 0));
    accept("log-of-reveals", "the key can be computed", at::SHARES, &town("ceremony", 0, 0));
    accept("log-ready", "all trustees have confirmed the key", at::OPEN, &town("ready", 0, 0));
    accept("log-opened", "the election is open", at::BALLOTS, &town("open", 0, 0));
    accept("log-of-ballots", "four ballots of three pseudonyms", at::COUNTS, &town("open", 4, 3));
    accept("log-closed", "the election is closed", at::STATEMENTS, &town("closed", 4, 3));
    accept("log-of-shares", "shares of two trustees", at::RESULT, &town("closed", 4, 3));
    let tallied = election("town", "tallied", 4, 3, town_result());
    accept("log-tallied", "an election from its manifest to its result", at::END, &[tallied]);
    let result = json!([{ "ballots": 2, "contest": "question", "options": [1, 1, 0] }]);
    let closed_early = After::later(LATER_LOG.leaves.len());
    let about = "a trial that was closed before its hour";
    closed_early.accept(
        vectors,
        header("log-of-a-trial", "5.2.6", about),
        &[election("later", "tallied", 2, 2, result)],
    );
}
