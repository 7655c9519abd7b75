//! Which held credentials answer a query (OpenID4VP 1.0 section 6.4), and the citizen's choice among them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thiserror::Error;

use super::{ClaimPath, ClaimQuery, CredentialQuery, CredentialSetQuery, PathPart, Query};

/// A credential as far as a query can see it.
#[derive(Clone, Copy, Debug)]
pub struct HeldCredential<'a> {
    /// The wallet's own name for it.
    pub id: &'a str,
    /// Its format, for example `dc+sd-jwt`.
    pub format: &'a str,
    /// Its type.
    pub vct: &'a str,
    /// Its payload with every disclosure put back.
    pub claims: &'a Value,
    /// The authority key identifiers of its certificate chain.
    pub authorities: &'a [Vec<u8>],
}

/// What a wallet could answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Matches {
    /// One item per credential query, in the query's order.
    pub credentials: Vec<CredentialMatches>,
    /// The verifier's combinations; empty where every query must be answered.
    pub sets: Vec<CredentialSetQuery>,
}

/// The held credentials that answer one credential query.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialMatches {
    /// The query's id.
    pub query_id: String,
    /// Whether several may be given.
    pub multiple: bool,
    /// The credentials to choose from.
    pub candidates: Vec<Candidate>,
    /// Where there is no candidate: the claims that the best credential of the right type lacks. Empty where
    /// there is no credential of that type at all.
    pub missing: Vec<ClaimPath>,
}

/// A credential that would answer, and what it would disclose.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The wallet's own name for the credential.
    pub credential: String,
    /// The claims that would be disclosed.
    pub claims: Vec<ClaimPath>,
}

/// A choice that satisfies the query: per query id, the credentials to present. Only [`Matches::choose`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection(BTreeMap<String, Vec<Candidate>>);

/// Why a choice is not a [`Selection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// A query that the verifier insists on has no answer.
    #[error("the choice leaves out what the verifier insists on")]
    Incomplete,
    /// A credential that does not answer the query, or a query that does not exist.
    #[error("the choice names a credential that does not answer the query")]
    NotACandidate,
    /// Several credentials, or one twice, where the verifier takes one.
    #[error("the verifier takes only one credential here")]
    TooMany,
}

impl Selection {
    /// Query id and chosen credentials, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Candidate])> {
        self.0.iter().map(|(id, candidates)| (id.as_str(), candidates.as_slice()))
    }

    /// Every claim that would be disclosed, once.
    pub fn claims(&self) -> BTreeSet<&ClaimPath> {
        self.0.values().flatten().flat_map(|candidate| &candidate.claims).collect()
    }

    /// Whether `query_id` is answered.
    pub fn answers(&self, query_id: &str) -> bool {
        self.0.contains_key(query_id)
    }
}

/// The held credentials that answer `query`.
pub fn select(query: &Query, held: &[HeldCredential<'_>]) -> Matches {
    let credentials = query.credentials.iter().map(|query| credential_matches(query, held)).collect();
    Matches { credentials, sets: query.credential_sets.clone().unwrap_or_default() }
}

impl Matches {
    /// Whether the required part of the query can be answered.
    pub fn is_answerable(&self) -> bool {
        self.default_picks().is_some()
    }

    /// The least that satisfies the verifier, with the first candidate of each query; `None` where nothing does.
    /// Optional combinations are left out.
    pub fn default_picks(&self) -> Option<BTreeMap<String, Vec<String>>> {
        self.needed_queries()?
            .into_iter()
            .map(|id| {
                let first = self.credential(id)?.candidates.first()?;
                Some((id.to_owned(), vec![first.credential.clone()]))
            })
            .collect()
    }

    /// Checks a choice: query id to the wallet's names of credentials.
    pub fn choose(&self, picks: &BTreeMap<String, Vec<String>>) -> Result<Selection, ChoiceError> {
        let chosen = picks
            .iter()
            .map(|(id, credentials)| Ok((id.clone(), self.candidates_of(id, credentials)?)))
            .collect::<Result<BTreeMap<_, _>, ChoiceError>>()?;
        let selection = Selection(chosen);
        self.is_complete(&selection).then_some(selection).ok_or(ChoiceError::Incomplete)
    }

    /// The matches of the query named `id`.
    pub fn credential(&self, id: &str) -> Option<&CredentialMatches> {
        self.credentials.iter().find(|matches| matches.query_id == id)
    }

    fn candidates_of(&self, id: &str, names: &[String]) -> Result<Vec<Candidate>, ChoiceError> {
        let matches = self.credential(id).ok_or(ChoiceError::NotACandidate)?;
        let distinct = names.iter().collect::<BTreeSet<_>>().len() == names.len();
        if !distinct || (names.len() > 1 && !matches.multiple) {
            return Err(ChoiceError::TooMany);
        }
        if names.is_empty() {
            return Err(ChoiceError::Incomplete);
        }
        let find = |name: &String| matches.candidates.iter().find(|c| &c.credential == name).cloned();
        names.iter().map(|name| find(name).ok_or(ChoiceError::NotACandidate)).collect()
    }

    fn is_complete(&self, selection: &Selection) -> bool {
        if self.sets.is_empty() {
            return self.credentials.iter().all(|matches| selection.answers(&matches.query_id));
        }
        self.sets.iter().all(|set| set.is_satisfied_by(|id| selection.answers(id)))
    }

    fn needed_queries(&self) -> Option<BTreeSet<&str>> {
        if self.sets.is_empty() {
            return Some(self.credentials.iter().map(|matches| matches.query_id.as_str()).collect());
        }
        let has_candidate = |id: &String| self.credential(id).is_some_and(|m| !m.candidates.is_empty());
        let mut needed = BTreeSet::new();
        for set in self.sets.iter().filter(|set| set.required) {
            let option = set.options.iter().find(|option| option.iter().all(has_candidate))?;
            needed.extend(option.iter().map(String::as_str));
        }
        Some(needed)
    }
}

/// Where `path` leads in `claims`, with indices in place of "every", and what is there (section 7.1).
pub(crate) fn places<'a>(claims: &'a Value, path: &ClaimPath) -> Vec<(Vec<PathPart>, &'a Value)> {
    let follow = |found: Vec<(Vec<PathPart>, &'a Value)>, part: &PathPart| {
        found.iter().flat_map(|(place, value)| step(place, value, part)).collect()
    };
    path.parts().iter().fold(vec![(Vec::new(), claims)], follow)
}

fn step<'a>(place: &[PathPart], value: &'a Value, part: &PathPart) -> Vec<(Vec<PathPart>, &'a Value)> {
    let inside = |part: PathPart| place.iter().cloned().chain([part]).collect::<Vec<_>>();
    match (part, value) {
        (PathPart::Every, Value::Array(items)) => {
            (0_u64..).zip(items).map(|(index, item)| (inside(PathPart::Index(index)), item)).collect()
        }
        (PathPart::Index(index), Value::Array(items)) => {
            let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
            item.map(|item| (inside(part.clone()), item)).into_iter().collect()
        }
        (PathPart::Member(name), Value::Object(members)) => {
            members.get(name).map(|member| (inside(part.clone()), member)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn credential_matches(query: &CredentialQuery, held: &[HeldCredential<'_>]) -> CredentialMatches {
    let of_type: Vec<_> =
        held.iter().filter(|one| query.takes(one.format, one.vct, one.authorities)).collect();
    let candidates: Vec<_> = of_type
        .iter()
        .filter_map(|credential| {
            let claims = claims_to_disclose(query, credential.claims)?;
            Some(Candidate { credential: credential.id.to_owned(), claims })
        })
        .collect();
    let lacking = of_type.iter().map(|credential| missing_claims(query, credential.claims));
    let missing =
        if candidates.is_empty() { lacking.min_by_key(Vec::len).unwrap_or_default() } else { Vec::new() };
    CredentialMatches { query_id: query.id.clone(), multiple: query.multiple, candidates, missing }
}

fn claims_to_disclose(query: &CredentialQuery, claims: &Value) -> Option<Vec<ClaimPath>> {
    let sets = query.allowed_claim_sets();
    let first = sets.into_iter().find(|set| set.iter().all(|claim| has(claims, claim)))?;
    Some(first.into_iter().flat_map(|claim| paths_to_disclose(claim, claims)).collect())
}

/// The claim's path; where only certain values are asked for, the places of those alone (section 6.3): the other
/// nationalities of somebody who is asked whether one of them is Estonian stay hidden.
fn paths_to_disclose(claim: &ClaimQuery, claims: &Value) -> Vec<ClaimPath> {
    let Some(values) = &claim.values else { return vec![claim.path.clone()] };
    let found = places(claims, &claim.path).into_iter().filter(|(_, value)| values.contains(value));
    found.filter_map(|(place, _)| ClaimPath::new(place).ok()).collect()
}

fn missing_claims(query: &CredentialQuery, claims: &Value) -> Vec<ClaimPath> {
    query
        .claims
        .iter()
        .flatten()
        .filter(|claim| !has(claims, claim))
        .map(|claim| claim.path.clone())
        .collect()
}

/// Whether `claims` has what `claim` asks for, with one of its values.
pub(crate) fn has(claims: &Value, claim: &ClaimQuery) -> bool {
    let mut found = places(claims, &claim.path).into_iter();
    found.any(|(_, value)| claim.values.as_ref().is_none_or(|values| values.contains(value)))
}
