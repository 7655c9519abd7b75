//! Digests to claims (RFC 9901 section 7.1): every disclosure goes to the one place that refers to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::disclosure::Disclosure;
use super::{MAX_DISCLOSURES, SdJwtError};
use crate::dcql::PathPart;
use crate::json::MAX_DEPTH;

/// The claims with everything disclosed in its place, and which place that is for each disclosure.
#[derive(Clone, Debug)]
pub(super) struct Processed {
    pub(super) claims: Value,
    /// For each disclosure in order: where it went.
    pub(super) places: Vec<Vec<PathPart>>,
}

/// Puts `disclosures` into `payload`.
pub(super) fn process(
    mut payload: Map<String, Value>,
    disclosures: &[Disclosure],
) -> Result<Processed, SdJwtError> {
    match payload.remove("_sd_alg") {
        None => {}
        Some(algorithm) if algorithm == "sha-256" => {}
        Some(_) => return Err(SdJwtError::HashAlgorithm),
    }
    let mut process = Process::new(disclosures)?;
    let claims = process.object(payload, &[])?;
    let places = process.places.into_iter().collect::<Option<_>>();
    Ok(Processed { claims, places: places.ok_or(SdJwtError::UnreferencedDisclosure)? })
}

struct Process<'a> {
    disclosures: &'a [Disclosure],
    by_digest: BTreeMap<String, usize>,
    /// Digests that were met, decoys too.
    met: BTreeSet<String>,
    places: Vec<Option<Vec<PathPart>>>,
}

impl<'a> Process<'a> {
    fn new(disclosures: &'a [Disclosure]) -> Result<Self, SdJwtError> {
        if disclosures.len() > MAX_DISCLOSURES {
            return Err(SdJwtError::TooLarge);
        }
        let digests = disclosures.iter().enumerate();
        let by_digest: BTreeMap<_, _> = digests.map(|(index, own)| (own.digest(), index)).collect();
        if by_digest.len() != disclosures.len() {
            return Err(SdJwtError::DuplicateDigest);
        }
        Ok(Self { disclosures, by_digest, met: BTreeSet::new(), places: vec![None; disclosures.len()] })
    }

    fn value(&mut self, value: Value, place: &[PathPart]) -> Result<Value, SdJwtError> {
        if place.len() > MAX_DEPTH {
            return Err(SdJwtError::TooDeep);
        }
        match value {
            Value::Array(items) => self.array(items, place),
            Value::Object(members) => self.object(members, place),
            plain => Ok(plain),
        }
    }

    fn object(&mut self, mut members: Map<String, Value>, place: &[PathPart]) -> Result<Value, SdJwtError> {
        let digests = members.remove("_sd");
        let mut out = Map::new();
        for (name, member) in members {
            if name == "..." {
                return Err(SdJwtError::ReservedName);
            }
            let member = self.value(member, &inside(place, PathPart::Member(name.clone())))?;
            out.insert(name, member);
        }
        for digest in parse_digests(digests)? {
            if let Some(index) = self.meet(digest)? {
                self.disclose_member(index, &mut out, place)?;
            }
        }
        Ok(Value::Object(out))
    }

    fn disclose_member(
        &mut self,
        index: usize,
        out: &mut Map<String, Value>,
        place: &[PathPart],
    ) -> Result<(), SdJwtError> {
        let disclosure = &self.disclosures[index];
        let name = disclosure.name.clone().ok_or(SdJwtError::Disclosure)?;
        if out.contains_key(&name) {
            return Err(SdJwtError::Overwrites);
        }
        let place = inside(place, PathPart::Member(name.clone()));
        let value = self.value(disclosure.value.clone(), &place)?;
        self.places[index] = Some(place);
        out.insert(name, value);
        Ok(())
    }

    fn array(&mut self, items: Vec<Value>, place: &[PathPart]) -> Result<Value, SdJwtError> {
        let mut out = Vec::new();
        for item in items {
            let place = inside(place, index_part(out.len()));
            match element_digest(&item)? {
                None => out.push(self.value(item, &place)?),
                Some(digest) => {
                    if let Some(index) = self.meet(digest)? {
                        out.push(self.disclose_element(index, place)?);
                    }
                }
            }
        }
        Ok(Value::Array(out))
    }

    fn disclose_element(&mut self, index: usize, place: Vec<PathPart>) -> Result<Value, SdJwtError> {
        let disclosure = &self.disclosures[index];
        if disclosure.name.is_some() {
            return Err(SdJwtError::Disclosure);
        }
        let value = self.value(disclosure.value.clone(), &place)?;
        self.places[index] = Some(place);
        Ok(value)
    }

    /// Notes that a digest occurs, and finds its disclosure.
    fn meet(&mut self, digest: String) -> Result<Option<usize>, SdJwtError> {
        let index = self.by_digest.get(&digest).copied();
        if self.met.insert(digest) { Ok(index) } else { Err(SdJwtError::DuplicateDigest) }
    }
}

fn inside(place: &[PathPart], part: PathPart) -> Vec<PathPart> {
    place.iter().cloned().chain([part]).collect()
}

fn parse_digests(value: Option<Value>) -> Result<Vec<String>, SdJwtError> {
    match value {
        None => Ok(Vec::new()),
        Some(value) => serde_json::from_value(value).map_err(|_| SdJwtError::ReservedName),
    }
}

/// The digest of `{"...": digest}`; such an object has no other members.
fn element_digest(item: &Value) -> Result<Option<String>, SdJwtError> {
    let Some(members) = item.as_object().filter(|members| members.contains_key("...")) else {
        return Ok(None);
    };
    match members.get("...") {
        Some(Value::String(digest)) if members.len() == 1 => Ok(Some(digest.clone())),
        _ => Err(SdJwtError::ReservedName),
    }
}

/// A path's index as one of ours; `None` where no array is that long.
pub(super) fn position(index: u64) -> Option<usize> {
    usize::try_from(index).ok()
}

fn index_part(index: usize) -> PathPart {
    PathPart::Index(index as u64)
}
