//! Exported logs: right ones, and one changed byte in every region of them (electionguard-core2 passed what it did not check).

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::NodeHash;
use serde_json::{Value, json};

use super::file::{Header, Vectors};
use super::ledger::{Operator, flip_last_signature_byte};
use super::logs::{LATER_LOG, LOG, tree};
use super::world::text;

mod signed_faults;

const HEADER: &[u8] = b"kodanik-log-export/v1\n";

/// Places in [`LATER_LOG`]: the first entry of each kind, and their number.
mod at {
    pub(super) const GENESIS: usize = 0;
    pub(super) const MANIFEST: usize = 1;
    pub(super) const COMMIT: usize = 2;
    pub(super) const REVEAL: usize = 4;
    pub(super) const SHARES: usize = 6;
    pub(super) const CONFIRM: usize = 8;
    pub(super) const OPEN: usize = 10;
    pub(super) const BALLOT: usize = 11;
    pub(super) const COUNTS: usize = 13;
    pub(super) const CLOSE: usize = 14;
    pub(super) const STATEMENT: usize = 15;
    pub(super) const SHARE: usize = 17;
    pub(super) const RESULT: usize = 19;
    pub(super) const END: usize = 20;
}

/// An export in parts.
#[derive(Clone)]
struct Export {
    header: Vec<u8>,
    note: String,
    /// Listed hash, leaf.
    records: Vec<(NodeHash, Vec<u8>)>,
    after: Vec<u8>,
}

impl Export {
    /// The first `size` leaves of [`LATER_LOG`], rightly signed.
    fn of(size: usize) -> Self {
        Self::signed(&LATER_LOG.leaves[..size])
    }

    /// Whatever leaves these are, rightly signed in the last one's minute.
    fn signed(leaves: &[Leaf]) -> Self {
        let now = leaves.last().map_or(UnixMinute(90), Leaf::minute).start();
        let note = Operator::new(LOG).sign(&tree(leaves), now).to_string();
        let records = leaves.iter().map(|leaf| (leaf.hash(), leaf.to_bytes())).collect();
        Self { header: HEADER.to_vec(), note, records, after: Vec::new() }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.note.len()).unwrap().to_be_bytes();
        let mut bytes = [&self.header, &length[..], self.note.as_bytes()].concat();
        for (listed, leaf) in &self.records {
            bytes.extend_from_slice(&listed.0);
            bytes.extend_from_slice(&u16::try_from(leaf.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(leaf);
        }
        bytes.extend_from_slice(&self.after);
        bytes
    }

    /// Changes the text of an entry in one place, and not its length.
    fn change(&mut self, index: usize, from: &str, to: &str) {
        let leaf = &mut self.records[index].1;
        let entry = text(&leaf[8..]);
        let changed = entry.replacen(from, to, 1);
        assert!(changed != entry && changed.len() == entry.len(), "entry {index}");
        leaf[8..].copy_from_slice(changed.as_bytes());
    }
}

pub(super) fn add(vectors: &mut Vectors) {
    assert_eq!(LATER_LOG.leaves.len(), at::END);
    valid(vectors);
    entries(vectors);
    outside_the_entries(vectors);
    whole_leaves(vectors);
    lengths(vectors);
    signed_faults::add(vectors);
}

fn header<'a>(name: &'a str, about: &'a str) -> Header<'a> {
    Header { kind: "export", name, section: "5.1.7", about }
}

fn input(bytes: &[u8]) -> Value {
    json!({ "export": to_base64url(bytes), "policy": Operator::new(LOG).policy() })
}

/// Refuses with these codes, sorted.
fn refuse(vectors: &mut Vectors, name: &str, about: &str, codes: &[&str], bytes: &[u8]) {
    assert!(codes.is_sorted(), "{name}");
    let mut input = input(bytes);
    if codes.len() > 1 {
        input["findings"] = json!(codes);
    }
    vectors.refuse(header(name, about), codes[0], input);
}

fn valid(vectors: &mut Vectors) {
    let mut accept = |name: &str, about: &str, size: usize, elections: Value| {
        let result =
            json!({ "elections": elections, "root": tree(&LATER_LOG.leaves[..size]).root(), "size": size });
        vectors.accept(header(name, about), input(&Export::of(size).to_bytes()), Some(result));
    };
    let state = |phase: &str, ballots: u64, contests: Value| json!([{ "ballots": ballots, "contests": contests, "counted": ballots, "election": "later", "phase": phase }]);
    accept("empty", "a log without entries", 0, json!([]));
    accept("announced", "an election was announced", at::COMMIT, state("ceremony", 0, Value::Null));
    accept("open", "two ballots were cast", at::COUNTS, state("open", 2, Value::Null));
    let contests = json!([{ "ballots": 2, "contest": "question", "options": [1, 1, 0] }]);
    accept("tallied", "an election from its manifest to its result", at::END, state("tallied", 2, contests));
}

/// One character changed in an entry of each type; the copy ends with that entry.
fn entries(vectors: &mut Vectors) {
    let mut one = |name: &str, about: &str, index: usize, from: &str, to: &str, code: &str| {
        let mut export = Export::of(index + 1);
        export.change(index, from, to);
        let mut codes = vec![code, "other_leaf", "other_root"];
        codes.sort_unstable();
        refuse(vectors, &format!("changed-{name}"), about, &codes, &export.to_bytes());
    };
    one(
        "genesis",
        "another log's name",
        at::GENESIS,
        "kodanik.example/log",
        "kodanik.example/fog",
        "other_log",
    );
    one("manifest", "another title", at::MANIFEST, r#""title":"Test""#, r#""title":"Rest""#, "bad_signature");
    let mut character = |name: &str, about: &str, index: usize, before: &str, code: &str| {
        let entry = text(LATER_LOG.leaves[index].entry());
        let (_, after) = entry.split_once(before).unwrap();
        // The tenth character of a value stands for six bits in its middle.
        let other = if after.as_bytes()[10] == b'A' { "B" } else { "A" };
        let (from, to) = (&after[..11], format!("{}{other}", &after[..10]));
        one(name, about, index, &format!("{before}{from}"), &format!("{before}{to}"), code);
    };
    character("commit", "another digest", at::COMMIT, r#""digest":""#, "bad_signature");
    character("reveal", "another z", at::REVEAL, r#""proof_z":""#, "bad_signature");
    character("shares", "another sealed share", at::SHARES, r#""sealed":""#, "bad_signature");
    character("confirm", "another H_E", at::CONFIRM, r#""election":""#, "bad_signature");
    character("open", "another H_E", at::OPEN, r#""election":""#, "bad_signature");
    character("ballot-option", "another option", at::BALLOT, r#""options":[""#, "bad_signature");
    character(
        "ballot-signature",
        "another signature of the ballot",
        at::BALLOT,
        r#"},"signature":""#,
        "bad_signature",
    );
    character("ballot-token", "another token", at::BALLOT, r#"{"issuer":0,"signature":""#, "bad_token");
    character("counts", "another root of the issuer's list", at::COUNTS, r#""root":""#, "bad_signature");
    character("close", "another root of the list of last ballots", at::CLOSE, r#""root":""#, "bad_signature");
    character("statement", "another hash of the sums", at::STATEMENT, r#""sums":""#, "bad_signature");
    character("share", "another statement's hash", at::SHARE, r#""statement":""#, "bad_signature");
    character(
        "result-signature",
        "another signature of the result",
        at::RESULT,
        r#"},"signature":""#,
        "bad_signature",
    );
    one(
        "result",
        "a vote moved from one option to the other",
        at::RESULT,
        "[1,1,0]",
        "[2,0,0]",
        "bad_signature",
    );
    one("type", "an entry of another type", at::COMMIT, "trustee.commit", "trustee.reveal", "malformed");
    one(
        "punctuation",
        "a colon of an entry became a comma",
        at::COMMIT,
        r#""body":"#,
        r#""body","#,
        "malformed",
    );
    one(
        "election",
        "a share of an election that the log does not have",
        at::SHARE,
        r#""election":""#,
        r#""elections":"#,
        "malformed",
    );
}

/// The header, the checkpoint, the listed hashes, the minutes.
fn outside_the_entries(vectors: &mut Vectors) {
    let right = Export::of(at::REVEAL);
    let mut one = |name: &str, about: &str, codes: &[&str], change: &dyn Fn(&mut Export)| {
        let mut export = right.clone();
        change(&mut export);
        refuse(vectors, name, about, codes, &export.to_bytes());
    };
    one("changed-header", "a byte of the first line", &["export"], &|export| export.header[0] ^= 1);
    one("other-version", "another version in the first line", &["export"], &|export| {
        export.header = b"kodanik-log-export/v2\n".to_vec()
    });
    one("changed-origin", "another origin in the checkpoint", &["checkpoint"], &|export| {
        export.note = export.note.replacen("kodanik.example/log\n", "kodanik.example/fog\n", 1);
    });
    one("changed-size", "another size in the checkpoint", &["checkpoint"], &|export| {
        export.note = export.note.replacen("\n4\n", "\n3\n", 1);
    });
    one("changed-root", "another root in the checkpoint", &["checkpoint"], &|export| {
        let root = export.note.lines().nth(2).unwrap().to_owned();
        let other = flip_last_signature_byte(&root);
        export.note = export.note.replacen(&root, &other, 1);
    });
    for (name, about, line) in [
        ("changed-log-signature", "a byte of the log's signature", 4),
        ("changed-witness-signature", "a byte of the witness's signature", 5),
    ] {
        one(name, about, &["checkpoint"], &|export| {
            let signature = export.note.lines().nth(line).unwrap().to_owned();
            export.note = export.note.replacen(&signature, &flip_last_signature_byte(&signature), 1);
        });
    }
    one("without-witness", "the witness's line is left out", &["checkpoint"], &|export| {
        let witness = export.note.lines().nth(5).unwrap().to_owned();
        export.note = export.note.replacen(&format!("{witness}\n"), "", 1);
    });
    one("signed-by-another-log", "another log's keys", &["checkpoint"], &|export| {
        export.note = Operator::new("kodanik.example/other")
            .sign(&tree(&LATER_LOG.leaves[..4]), UnixMinute(90).start())
            .to_string();
    });
    one("changed-hash", "a byte of a listed hash", &["other_hash_list", "other_leaf"], &|export| {
        export.records[2].0.0[31] ^= 1
    });
    one("changed-minute", "an entry a minute later", &["other_leaf", "other_root"], &|export| {
        export.records[3].1[7] += 1
    });
    one(
        "changed-minute-back",
        "an entry a minute earlier than the one before it",
        &["other_leaf", "other_root", "time_runs_back"],
        &|export| {
            export.records[3].1[7] -= 1;
        },
    );
    one(
        "changed-minute-far",
        "an entry in a far future",
        &["from_the_future", "other_leaf", "other_root"],
        &|export| export.records[3].1[3] = 1,
    );
    one(
        "changed-leaf-and-hash",
        "an entry a minute later, and its hash made to fit",
        &["other_hash_list", "other_root"],
        &|export| {
            export.records[3].1[7] += 1;
            export.records[3].0 = Leaf::parse(&export.records[3].1).unwrap().hash();
        },
    );
    one("byte-at-the-end", "a byte follows the last leaf", &["trailing_data"], &|export| {
        export.after.push(0)
    });
    one("leaf-at-the-end", "a leaf follows the last one", &["trailing_data"], &|export| {
        let next = &LATER_LOG.leaves[at::REVEAL];
        export.after =
            [&next.hash().0[..], &(next.to_bytes().len() as u16).to_be_bytes(), &next.to_bytes()].concat();
    });
}

fn whole_leaves(vectors: &mut Vectors) {
    let right = Export::of(at::REVEAL);
    let mut one = |name: &str, about: &str, codes: &[&str], change: &dyn Fn(&mut Export)| {
        let mut export = right.clone();
        change(&mut export);
        refuse(vectors, name, about, codes, &export.to_bytes());
    };
    let cut = ["incomplete", "other_hash_list", "other_root"];
    one("last-leaf-missing", "the last entry was dropped", &cut, &|export| export.records.truncate(3));
    one("no-leaves", "a checkpoint and nothing else", &cut, &|export| export.records.clear());
    one("leaf-missing", "an entry in the middle was dropped", &cut, &|export| drop(export.records.remove(2)));
    let about = "the manifest was dropped: what follows is about nothing that is known";
    one(
        "manifest-missing",
        about,
        &["incomplete", "other_election", "other_hash_list", "other_root"],
        &|export| drop(export.records.remove(1)),
    );
    one(
        "leaves-swapped",
        "two entries in each other's place, with their hashes",
        &["other_hash_list", "other_root"],
        &|export| export.records.swap(2, 3),
    );
    one(
        "leaf-twice",
        "an entry in the place of another one",
        &["other_hash_list", "other_root", "repeated"],
        &|export| {
            export.records[3] = export.records[2].clone();
        },
    );
}

fn lengths(vectors: &mut Vectors) {
    let export = Export::of(at::REVEAL);
    let right = export.to_bytes();
    let note = HEADER.len() + 4;
    let leaves = note + export.note.len();
    let cut = ["incomplete", "other_hash_list", "other_root"];
    let mut one =
        |name: &str, about: &str, codes: &[&str], bytes: &[u8]| refuse(vectors, name, about, codes, bytes);
    one("cut-in-the-header", "the file ends in the first line", &["export"], &right[..10]);
    one("cut-in-the-checkpoint", "the file ends in the checkpoint", &["export"], &right[..leaves - 1]);
    one("cut-in-a-hash", "the file ends in a listed hash", &cut, &right[..leaves + 31]);
    one("cut-in-the-last-leaf", "the file lacks its last byte", &cut, &right[..right.len() - 1]);
    let with = |place: usize, byte: u8| {
        let mut bytes = right.clone();
        bytes[place] = byte;
        bytes
    };
    one("checkpoint-length-beyond-the-file", "the checkpoint claims 16 MiB", &["export"], &with(note - 4, 1));
    one(
        "checkpoint-length-too-small",
        "the checkpoint claims a byte less",
        &["checkpoint"],
        &with(note - 1, right[note - 1] - 1),
    );
    let last = right.len() - export.records[3].1.len() - 1;
    one("last-leaf-length-too-large", "the last leaf claims a byte more", &cut, &with(last, right[last] + 1));
    let about = "the last leaf claims a byte less";
    let codes = ["malformed", "other_leaf", "other_root", "trailing_data"];
    one("last-leaf-length-too-small", about, &codes, &with(last, right[last] - 1));
    one("nothing", "an empty file", &["export"], &[]);
}
