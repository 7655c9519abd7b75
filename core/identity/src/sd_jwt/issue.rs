//! The issuer's side.

use std::collections::BTreeSet;

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::signature::{Signature, SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use rand_core::CryptoRngCore;
use serde_json::{Map, Value, json};

use super::disclosure::{Disclosure, is_reserved};
use super::process::position;
use super::{CREDENTIAL_TYPE, MAX_CREDENTIAL, MAX_DISCLOSURES, SdJwtError};
use crate::dcql::{ClaimPath, PathPart, places};
use crate::device_key;
use crate::jose::{JwsDraft, JwsHeader};
use crate::status::StatusReference;

/// Members that the builder sets itself, from typed fields.
const OWN_MEMBERS: [&str; 9] = ["iss", "iat", "nbf", "exp", "vct", "cnf", "status", "_sd", "_sd_alg"];

/// What an issuer states about a person.
#[derive(Clone, Debug)]
pub struct CredentialContent {
    /// `iss`: the issuer's identifier, one that its certificate names.
    pub issuer: String,
    /// `vct`: the type.
    pub vct: String,
    /// `iat`.
    pub issued: UnixSeconds,
    /// `exp`.
    pub expires: UnixSeconds,
    /// `cnf`: the holder's key.
    pub holder: VerifyingKey,
    /// `status`.
    pub status: Option<StatusReference>,
    /// The claims about the person.
    pub claims: Map<String, Value>,
    /// Which of `claims` the holder may withhold; each path must lead somewhere.
    pub disclosable: Vec<ClaimPath>,
    /// Digests without a disclosure, so that the number of claims does not show.
    pub decoys: usize,
}

/// A credential that waits for the issuer's signature.
#[derive(Clone, Debug)]
pub struct CredentialDraft {
    jwt: JwsDraft,
    disclosures: Vec<Disclosure>,
}

impl CredentialDraft {
    /// Salts, hashes and encodes. `x5c` is the issuer's chain, leaf first, without the anchor.
    pub fn new(
        rng: &mut impl CryptoRngCore,
        x5c: Vec<Vec<u8>>,
        content: &CredentialContent,
    ) -> Result<Self, SdJwtError> {
        check_names(&Value::Object(content.claims.clone()))?;
        if OWN_MEMBERS.iter().any(|name| content.claims.contains_key(*name)) {
            return Err(SdJwtError::ReservedName);
        }
        let mut claims = Value::Object(content.claims.clone());
        let places = disclosable_places(&claims, &content.disclosable)?;
        let mut disclosures = Vec::new();
        for place in places {
            disclosures.push(withhold(rng, &mut claims, &place)?);
        }
        let Value::Object(mut payload) = claims else { return Err(SdJwtError::Shape) };
        add_decoys(rng, &mut payload, content.decoys)?;
        payload.extend(content.open_members());
        let jwt = JwsDraft::new(&JwsHeader::new(CREDENTIAL_TYPE).with_x5c(x5c), &payload)?;
        let draft = Self { jwt, disclosures };
        let length = draft.jwt.signing_input().len() + draft.tail().len() + 87;
        if length <= MAX_CREDENTIAL { Ok(draft) } else { Err(SdJwtError::TooLarge) }
    }

    /// The bytes to sign.
    pub fn signing_input(&self) -> &[u8] {
        self.jwt.signing_input()
    }

    /// `<jwt>~<disclosure>~...~`.
    pub fn finish(self, signature: Signature) -> String {
        let tail = self.tail();
        format!("{}{tail}", self.jwt.finish(signature))
    }

    /// Signs at once.
    pub fn sign(self, key: &SigningKey) -> String {
        let signature = key.sign(self.signing_input());
        self.finish(signature)
    }

    fn tail(&self) -> String {
        let texts = self.disclosures.iter().map(|own| format!("{}~", own.text));
        std::iter::once("~".to_owned()).chain(texts).collect()
    }
}

impl CredentialContent {
    fn open_members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("iss".into(), self.issuer.as_str().into());
        members.insert("iat".into(), self.issued.0.into());
        members.insert("exp".into(), self.expires.0.into());
        members.insert("vct".into(), self.vct.as_str().into());
        members.insert("cnf".into(), device_key::confirmation(&self.holder));
        members.extend(self.status.as_ref().map(|status| ("status".to_owned(), status.to_claim())));
        members.insert("_sd_alg".into(), "sha-256".into());
        members
    }
}

fn check_names(value: &Value) -> Result<(), SdJwtError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check_names),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            if is_reserved(name) { Err(SdJwtError::ReservedName) } else { check_names(member) }
        }),
        _ => Ok(()),
    }
}

/// Every place that the paths lead to, the deepest first: what is inside is withheld before what is around it.
fn disclosable_places(claims: &Value, paths: &[ClaimPath]) -> Result<Vec<Vec<PathPart>>, SdJwtError> {
    let mut all = BTreeSet::new();
    for path in paths {
        let found = places(claims, path);
        if found.is_empty() {
            return Err(SdJwtError::NoSuchClaim);
        }
        all.extend(found.into_iter().map(|(place, _)| place));
    }
    if all.len() > MAX_DISCLOSURES {
        return Err(SdJwtError::TooLarge);
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|place| std::cmp::Reverse(place.len()));
    Ok(all)
}

/// Replaces what is at `place` by a digest.
fn withhold(
    rng: &mut impl CryptoRngCore,
    claims: &mut Value,
    place: &[PathPart],
) -> Result<Disclosure, SdJwtError> {
    let (last, parents) = place.split_last().ok_or(SdJwtError::NoSuchClaim)?;
    let parent = parents.iter().try_fold(claims, |value, part| match part {
        PathPart::Member(name) => value.get_mut(name),
        PathPart::Index(index) => value.get_mut(position(*index)?),
        PathPart::Every => None,
    });
    match (parent.ok_or(SdJwtError::NoSuchClaim)?, last) {
        (Value::Object(members), PathPart::Member(name)) => {
            let value = members.remove(name).ok_or(SdJwtError::NoSuchClaim)?;
            let disclosure = Disclosure::make(rng, Some(name), value);
            add_digest(members, disclosure.digest())?;
            Ok(disclosure)
        }
        (Value::Array(items), PathPart::Index(index)) => {
            let item =
                position(*index).and_then(|index| items.get_mut(index)).ok_or(SdJwtError::NoSuchClaim)?;
            let disclosure = Disclosure::make(rng, None, item.take());
            *item = json!({ "...": disclosure.digest() });
            Ok(disclosure)
        }
        _ => Err(SdJwtError::NoSuchClaim),
    }
}

/// Digests stand in the order of their bytes, which tells nothing about the order of the claims.
fn add_digest(members: &mut Map<String, Value>, digest: String) -> Result<(), SdJwtError> {
    let digests = members.entry("_sd").or_insert_with(|| json!([]));
    let digests = digests.as_array_mut().ok_or(SdJwtError::ReservedName)?;
    let place = digests.partition_point(|own| own.as_str().is_some_and(|own| own < digest.as_str()));
    digests.insert(place, digest.into());
    Ok(())
}

fn add_decoys(
    rng: &mut impl CryptoRngCore,
    members: &mut Map<String, Value>,
    count: usize,
) -> Result<(), SdJwtError> {
    if count > MAX_DISCLOSURES {
        return Err(SdJwtError::TooLarge);
    }
    for _ in 0..count {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        add_digest(members, to_base64url(sha256(&bytes)))?;
    }
    Ok(())
}
