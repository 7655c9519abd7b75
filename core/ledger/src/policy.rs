//! Whose signatures make a checkpoint count (C2SP tlog-policy): a text of `log`, `witness`, `group` and `quorum`
//! lines. It is the wallet's trust file for logs.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::checkpoint::{Cosignature, parse_decimal};
use crate::key::{KeyKind, KeyName, NoteVerifier};
use crate::note::SignedNote;

/// Why a text is not a policy. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyParseError {
    /// A key or a name is defined twice.
    #[error("line {0}: defined twice")]
    Duplicate(usize),
    /// Not a vkey, or one of the wrong kind: a log signs with type 0x01, a witness with 0x04.
    #[error("line {0}: not a key that can do this")]
    Key(usize),
    /// No `quorum` line, or a second one.
    #[error("exactly one quorum line is needed")]
    Quorum,
    /// A line that is none of the four, or has too few or too many words.
    #[error("line {0}: not a line of a policy")]
    Syntax(usize),
    /// A group's threshold outside 1..=number of members.
    #[error("line {0}: a threshold that cannot be")]
    Threshold(usize),
    /// More than 64 KiB, or more than 64 logs, witnesses or groups.
    #[error("the policy is too large")]
    TooLarge,
    /// A name that no line before has defined, or that already belongs to a group.
    #[error("line {0}: a name that cannot be used here")]
    UnknownName(usize),
}

/// Why a note does not satisfy the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A signature that claims to be of a known key does not verify.
    #[error("a signature of a known key does not verify")]
    BadSignature,
    /// No signature of a log of this policy with the checkpoint's origin.
    #[error("not signed by a log that this policy knows")]
    NotSignedByLog,
    /// Too few witnesses cosigned.
    #[error("too few witnesses cosigned")]
    QuorumMissed,
}

/// A policy. Parsed whole; there is none without a `quorum` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<NoteVerifier>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Witness {
    name: String,
    key: NoteVerifier,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: String,
    threshold: usize,
    members: Vec<String>,
}

impl Policy {
    /// The largest policy that is read.
    pub const MAX_BYTES: usize = 64 * 1024;
    /// The most logs, witnesses and groups, each.
    pub const MAX_ITEMS: usize = 64;

    /// Parses the policy's text.
    pub fn parse(text: &str) -> Result<Self, PolicyParseError> {
        if text.len() > Self::MAX_BYTES {
            return Err(PolicyParseError::TooLarge);
        }
        let mut parser = Parser::default();
        for (index, line) in text.split('\n').enumerate() {
            parser.line(index + 1, line)?;
        }
        parser.finish()
    }

    /// The logs.
    pub fn logs(&self) -> &[NoteVerifier] {
        &self.logs
    }

    /// The witnesses: name in this policy, key.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, &NoteVerifier)> {
        self.witnesses.iter().map(|witness| (witness.name.as_str(), &witness.key))
    }

    /// Checks a note of the log `origin`; returns the verified cosignatures, one per witness (its newest).
    pub(crate) fn check(&self, origin: &KeyName, note: &SignedNote) -> Result<Vec<Cosignature>, PolicyError> {
        self.check_log(origin, note)?;
        let cosignatures = self
            .witnesses
            .iter()
            .filter_map(|witness| witness.newest_cosignature(note).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let signed: BTreeSet<&str> = cosignatures.iter().map(|c| c.witness.as_str()).collect();
        let satisfied = self.quorum.as_ref().is_none_or(|quorum| self.witnessed(quorum, &signed));
        if satisfied { Ok(cosignatures) } else { Err(PolicyError::QuorumMissed) }
    }

    fn check_log(&self, origin: &KeyName, note: &SignedNote) -> Result<(), PolicyError> {
        let mut signed = false;
        for log in self.logs.iter().filter(|log| log.name() == origin) {
            for signature in note.signatures().iter().filter(|signature| log.claims(signature)) {
                log.verify(note.text(), signature).map_err(|_| PolicyError::BadSignature)?;
                signed = true;
            }
        }
        if signed { Ok(()) } else { Err(PolicyError::NotSignedByLog) }
    }

    /// Recursion ends because a group names only what was defined before it.
    fn witnessed(&self, name: &str, signed: &BTreeSet<&str>) -> bool {
        match self.groups.iter().find(|group| group.name == name) {
            Some(group) => {
                let count = group.members.iter().filter(|member| self.witnessed(member, signed)).count();
                count >= group.threshold
            }
            None => signed.contains(name),
        }
    }
}

impl Witness {
    fn newest_cosignature(&self, note: &SignedNote) -> Result<Option<Cosignature>, PolicyError> {
        let mut newest = None;
        for signature in note.signatures().iter().filter(|signature| self.key.claims(signature)) {
            let at = self.key.verify(note.text(), signature).map_err(|_| PolicyError::BadSignature)?;
            newest = newest.max(at);
        }
        Ok(newest.map(|at| Cosignature { witness: self.name.clone(), at }))
    }
}

/// What has been read so far. `free` holds the defined names that no group has taken yet.
#[derive(Default)]
struct Parser {
    logs: Vec<NoteVerifier>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Option<Option<String>>,
    /// Every defined name, and whether a group has it as a member already.
    names: BTreeMap<String, bool>,
}

impl Parser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), PolicyParseError> {
        if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
            return Err(PolicyParseError::Syntax(number));
        }
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", vkey] | ["log", vkey, _] => self.log(number, vkey),
            ["witness", name, vkey] | ["witness", name, vkey, _] => self.witness(number, name, vkey),
            ["group", name, threshold, members @ ..] => self.group(number, name, threshold, members),
            ["quorum", name] => self.quorum(number, name),
            _ => Err(PolicyParseError::Syntax(number)),
        }
    }

    fn log(&mut self, number: usize, vkey: &str) -> Result<(), PolicyParseError> {
        let key = parse_key(number, vkey, KeyKind::Log)?;
        if self.logs.iter().any(|log| log.public_key() == key.public_key()) {
            return Err(PolicyParseError::Duplicate(number));
        }
        push_capped(&mut self.logs, key)
    }

    fn witness(&mut self, number: usize, name: &str, vkey: &str) -> Result<(), PolicyParseError> {
        let key = parse_key(number, vkey, KeyKind::Cosignature)?;
        if self.witnesses.iter().any(|witness| witness.key.public_key() == key.public_key()) {
            return Err(PolicyParseError::Duplicate(number));
        }
        self.define(number, name)?;
        push_capped(&mut self.witnesses, Witness { name: name.to_owned(), key })
    }

    fn group(
        &mut self,
        number: usize,
        name: &str,
        threshold: &str,
        members: &[&str],
    ) -> Result<(), PolicyParseError> {
        for member in members {
            match self.names.get_mut(*member) {
                Some(taken @ false) => *taken = true,
                _ => return Err(PolicyParseError::UnknownName(number)),
            }
        }
        let threshold =
            parse_threshold(threshold, members.len()).ok_or(PolicyParseError::Threshold(number))?;
        self.define(number, name)?;
        let members = members.iter().map(|&member| member.to_owned()).collect();
        push_capped(&mut self.groups, Group { name: name.to_owned(), threshold, members })
    }

    fn quorum(&mut self, number: usize, name: &str) -> Result<(), PolicyParseError> {
        if self.quorum.is_some() {
            return Err(PolicyParseError::Quorum);
        }
        if name != "none" && !self.names.contains_key(name) {
            return Err(PolicyParseError::UnknownName(number));
        }
        self.quorum = Some((name != "none").then(|| name.to_owned()));
        Ok(())
    }

    fn define(&mut self, number: usize, name: &str) -> Result<(), PolicyParseError> {
        if name == "none" || self.names.insert(name.to_owned(), false).is_some() {
            return Err(PolicyParseError::Duplicate(number));
        }
        Ok(())
    }

    fn finish(self) -> Result<Policy, PolicyParseError> {
        let quorum = self.quorum.ok_or(PolicyParseError::Quorum)?;
        Ok(Policy { logs: self.logs, witnesses: self.witnesses, groups: self.groups, quorum })
    }
}

fn parse_key(number: usize, vkey: &str, kind: KeyKind) -> Result<NoteVerifier, PolicyParseError> {
    NoteVerifier::parse(vkey).ok().filter(|key| key.kind() == kind).ok_or(PolicyParseError::Key(number))
}

fn parse_threshold(text: &str, members: usize) -> Option<usize> {
    let threshold = match text {
        "all" => members,
        "any" => 1,
        number => usize::try_from(parse_decimal(number)?).ok()?,
    };
    (1..=members).contains(&threshold).then_some(threshold)
}

fn push_capped<T>(items: &mut Vec<T>, item: T) -> Result<(), PolicyParseError> {
    if items.len() == Policy::MAX_ITEMS {
        return Err(PolicyParseError::TooLarge);
    }
    items.push(item);
    Ok(())
}
