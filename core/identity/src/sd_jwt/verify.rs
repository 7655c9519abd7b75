//! The issuer-signed part, as holder and verifier check it.

use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use serde_json::{Map, Value};
use url::Url;

use super::disclosure::Disclosure;
use super::present::SelectedSdJwt;
use super::process::{Processed, process};
use super::{CLOCK_SKEW, CREDENTIAL_TYPE, MAX_CREDENTIAL, MAX_DISCLOSURES, SHORT_LIVED, SdJwtError};
use crate::dcql::{ClaimPath, MAX_PATH, PathPart, places};
use crate::device_key;
use crate::jose::UnverifiedJws;
use crate::json::JsonError;
use crate::status::StatusReference;
use crate::trust::{Purpose, TrustAnchors, VerifiedParty};

/// Claims that decide whether the credential is good; a holder must not be able to withhold them (SD-JWT VC
/// section 2.2.2.2).
const OPEN_CLAIMS: [&str; 7] = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"];

/// A credential from outside, without key binding: `<jwt>~<disclosure>~...~`.
#[derive(Clone, Debug)]
pub struct UnverifiedSdJwt {
    jwt: UnverifiedJws,
    jwt_text: String,
    disclosures: Vec<Disclosure>,
}

impl UnverifiedSdJwt {
    /// Parses at most [`MAX_CREDENTIAL`] bytes.
    pub fn parse(text: &str) -> Result<Self, SdJwtError> {
        if text.len() > MAX_CREDENTIAL {
            return Err(SdJwtError::TooLarge);
        }
        let mut parts = text.strip_suffix('~').ok_or(SdJwtError::Shape)?.split('~');
        let jwt_text = parts.next().unwrap_or_default();
        let texts: Vec<&str> = parts.collect();
        if texts.len() > MAX_DISCLOSURES {
            return Err(SdJwtError::TooLarge);
        }
        Ok(Self {
            jwt: UnverifiedJws::parse(jwt_text, MAX_CREDENTIAL)?,
            jwt_text: jwt_text.to_owned(),
            disclosures: texts.into_iter().map(Disclosure::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Checks the issuer's chain ([`Purpose::PidIssuer`]), the signature, the times and the digests.
    pub fn verify(self, anchors: &TrustAnchors, now: UnixSeconds) -> Result<VerifiedSdJwt, SdJwtError> {
        let (jws, party) = anchors.verify_jws(self.jwt, Purpose::PidIssuer, CREDENTIAL_TYPE, now)?;
        let Processed { claims, places } = process(jws.into_payload(), &self.disclosures)?;
        if places.iter().any(|place| is_open_claim(place)) {
            return Err(SdJwtError::NotOpen);
        }
        let Value::Object(members) = &claims else { return Err(SdJwtError::Shape) };
        let facts = Facts::read(members)?;
        facts.check(&party, now)?;
        Ok(VerifiedSdJwt {
            jwt_text: self.jwt_text,
            disclosures: self.disclosures,
            places,
            claims,
            party,
            facts,
        })
    }
}

fn is_open_claim(place: &[PathPart]) -> bool {
    matches!(place, [PathPart::Member(name)] if OPEN_CLAIMS.contains(&name.as_str()))
}

/// The registered claims.
#[derive(Clone, Debug)]
struct Facts {
    issuer: String,
    vct: String,
    issued: Option<UnixSeconds>,
    not_before: Option<UnixSeconds>,
    expires: Option<UnixSeconds>,
    holder: VerifyingKey,
    status: Option<StatusReference>,
}

impl Facts {
    fn read(members: &Map<String, Value>) -> Result<Self, SdJwtError> {
        Ok(Self {
            issuer: text(members, "iss")?,
            vct: text(members, "vct")?,
            issued: time(members, "iat")?,
            not_before: time(members, "nbf")?,
            expires: time(members, "exp")?,
            holder: device_key::confirmed_key(members).map_err(SdJwtError::Holder)?,
            status: StatusReference::from_claims(members)?,
        })
    }

    fn check(&self, party: &VerifiedParty, now: UnixSeconds) -> Result<(), SdJwtError> {
        if !speaks_for(party, &self.issuer) {
            return Err(SdJwtError::Issuer);
        }
        let soon = now.plus(CLOCK_SKEW);
        if [self.issued, self.not_before].into_iter().flatten().any(|moment| moment > soon) {
            return Err(SdJwtError::NotYetValid);
        }
        if self.expires.is_some_and(|end| end <= now) {
            return Err(SdJwtError::Expired);
        }
        Ok(())
    }
}

/// Whether the certificate names `issuer`, or its host: one issuer cannot write another's `iss`.
fn speaks_for(party: &VerifiedParty, issuer: &str) -> bool {
    let host = Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    let names_host = |host: String| party.dns_names().iter().any(|name| name.eq_ignore_ascii_case(&host));
    party.uris().iter().any(|uri| uri == issuer) || host.is_some_and(names_host)
}

fn text(members: &Map<String, Value>, name: &str) -> Result<String, SdJwtError> {
    let text = members.get(name).and_then(Value::as_str).ok_or(JsonError::Shape)?;
    Ok(text.to_owned())
}

fn time(members: &Map<String, Value>, name: &str) -> Result<Option<UnixSeconds>, SdJwtError> {
    match members.get(name) {
        None => Ok(None),
        Some(value) => Ok(Some(UnixSeconds(value.as_u64().ok_or(JsonError::Shape)?))),
    }
}

/// A credential whose issuer, signature, times and digests were checked. Made by [`UnverifiedSdJwt::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedSdJwt {
    jwt_text: String,
    disclosures: Vec<Disclosure>,
    places: Vec<Vec<PathPart>>,
    claims: Value,
    party: VerifiedParty,
    facts: Facts,
}

impl VerifiedSdJwt {
    /// `iss`.
    pub fn issuer(&self) -> &str {
        &self.facts.issuer
    }

    /// Who the issuer's certificate says it is.
    pub fn issuer_party(&self) -> &VerifiedParty {
        &self.party
    }

    /// `vct`.
    pub fn vct(&self) -> &str {
        &self.facts.vct
    }

    /// `iat`.
    pub fn issued(&self) -> Option<UnixSeconds> {
        self.facts.issued
    }

    /// `exp`.
    pub fn expires(&self) -> Option<UnixSeconds> {
        self.facts.expires
    }

    /// Whether it lives for at most [`SHORT_LIVED`] seconds in all, and so needs no status.
    pub fn is_short_lived(&self) -> bool {
        match (self.issued(), self.expires()) {
            (Some(issued), Some(expires)) => expires.since(issued) <= SHORT_LIVED,
            _ => false,
        }
    }

    /// The key in `cnf`.
    pub fn holder_key(&self) -> &VerifyingKey {
        &self.facts.holder
    }

    /// Where its status stands.
    pub fn status(&self) -> Option<&StatusReference> {
        self.facts.status.as_ref()
    }

    /// All claims that are open or disclosed, digests removed. A JSON object.
    pub fn claims(&self) -> &Value {
        &self.claims
    }

    /// Where the disclosures went: what the holder chose to show, or could withhold.
    pub fn disclosed(&self) -> Vec<ClaimPath> {
        // No query reaches deeper than a path may be long, so a longer place is told by its start.
        let start = |place: &Vec<PathPart>| ClaimPath::new(place[..place.len().min(MAX_PATH)].to_vec());
        self.places.iter().filter_map(|place| start(place).ok()).collect()
    }

    /// Keeps exactly the disclosures that `paths` need: what is at each path, what is around it and what is inside.
    pub fn select(&self, paths: &[ClaimPath]) -> Result<SelectedSdJwt, SdJwtError> {
        let mut wanted = Vec::new();
        for path in paths {
            let found = places(&self.claims, path);
            if found.is_empty() {
                return Err(SdJwtError::NoSuchClaim);
            }
            wanted.extend(found.into_iter().map(|(place, _)| place));
        }
        let is_needed = |place: &[PathPart]| wanted.iter().any(|wanted| is_on_the_way(place, wanted));
        let mut text = format!("{}~", self.jwt_text);
        for (disclosure, _) in self.disclosures.iter().zip(&self.places).filter(|(_, place)| is_needed(place))
        {
            text.push_str(&disclosure.text);
            text.push('~');
        }
        Ok(SelectedSdJwt::new(text, *self.holder_key()))
    }
}

fn is_on_the_way(place: &[PathPart], wanted: &[PathPart]) -> bool {
    place.iter().zip(wanted).all(|(place, wanted)| place == wanted)
}
