//! The signed list (section 5.1).

use kodanik_crypto::encoding::{Binary, from_base64url};
use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};

use super::{Bits, MAX_TOKEN, MAX_TTL, STATUS_LIST_TYPE, Status, StatusError, StatusList, StatusReference};
use crate::jose::{JwsDraft, JwsHeader, UnverifiedJws};
use crate::trust::{Purpose, TrustAnchors};

/// Seconds by which the issuer's clock may be ahead of ours.
const CLOCK_SKEW: u64 = 60;

/// When a token says it was made, when it ends, and how long it may be cached.
#[derive(Clone, Copy, Debug)]
pub struct TokenTimes {
    /// `iat`.
    pub issued: UnixSeconds,
    /// `exp`.
    pub expires: UnixSeconds,
    /// `ttl` in seconds.
    pub ttl: u64,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    sub: String,
    iat: UnixSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<UnixSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u64>,
    status_list: Wire,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    bits: u64,
    lst: String,
}

impl StatusList {
    /// The token to sign: `uri` is the list's own address.
    pub fn token(&self, x5c: Vec<Vec<u8>>, uri: &str, times: TokenTimes) -> Result<JwsDraft, StatusError> {
        let lst = kodanik_crypto::encoding::to_base64url(Binary(self.compress()?));
        let payload = Payload {
            sub: uri.to_owned(),
            iat: times.issued,
            exp: Some(times.expires),
            ttl: Some(times.ttl),
            status_list: Wire { bits: self.bits().width().into(), lst },
        };
        Ok(JwsDraft::new(&JwsHeader::new(STATUS_LIST_TYPE).with_x5c(x5c), &payload)?)
    }
}

/// A status list token from outside.
#[derive(Clone, Debug)]
pub struct UnverifiedStatusToken(UnverifiedJws);

impl UnverifiedStatusToken {
    /// Parses at most [`MAX_TOKEN`] bytes; nothing is inflated yet.
    pub fn parse(text: &str) -> Result<Self, StatusError> {
        Ok(Self(UnverifiedJws::parse(text, MAX_TOKEN)?))
    }

    /// Checks the chain ([`Purpose::Status`]), the signature, that this is the list at `uri`, and the times; inflates
    /// last.
    pub fn verify(
        self,
        anchors: &TrustAnchors,
        uri: &str,
        now: UnixSeconds,
    ) -> Result<VerifiedStatusToken, StatusError> {
        let (jws, _party) = anchors.verify_jws(self.0, Purpose::Status, STATUS_LIST_TYPE, now)?;
        let payload: Payload = jws.claims()?;
        if payload.sub != uri {
            return Err(StatusError::OtherList);
        }
        if payload.iat > now.plus(CLOCK_SKEW) {
            return Err(StatusError::NotYetValid);
        }
        if payload.exp.is_some_and(|end| end <= now) {
            return Err(StatusError::Expired);
        }
        let compressed = from_base64url(&payload.status_list.lst).map_err(|_| StatusError::Compression)?;
        let list = StatusList::inflate(Bits::parse(payload.status_list.bits)?, &compressed)?;
        let ttl = payload.ttl.unwrap_or(MAX_TTL).min(MAX_TTL);
        Ok(VerifiedStatusToken { list, uri: payload.sub, issued: payload.iat, expires: payload.exp, ttl })
    }
}

/// A list whose issuer, signature, address and times were checked. Made by [`UnverifiedStatusToken::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedStatusToken {
    list: StatusList,
    uri: String,
    issued: UnixSeconds,
    expires: Option<UnixSeconds>,
    ttl: u64,
}

/// Whether a list that was fetched earlier may still be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Past its `exp`: says nothing any more.
    Expired,
    /// Within its `ttl`.
    Fresh,
    /// Past its `ttl`: good enough offline, with its age told.
    Stale {
        /// Seconds since it was fetched.
        age: u64,
    },
}

impl VerifiedStatusToken {
    /// The status of `reference`, which must point into this list.
    pub fn status(&self, reference: &StatusReference) -> Result<Status, StatusError> {
        if reference.uri() != self.uri {
            return Err(StatusError::OtherList);
        }
        self.list.status(reference.idx())
    }

    /// `iat`.
    pub fn issued(&self) -> UnixSeconds {
        self.issued
    }

    /// Seconds for which it may be cached, at most [`MAX_TTL`].
    pub fn ttl(&self) -> u64 {
        self.ttl
    }

    /// How good it still is at `now`, having been fetched at `fetched`.
    pub fn freshness(&self, fetched: UnixSeconds, now: UnixSeconds) -> Freshness {
        let age = now.since(fetched);
        if self.expires.is_some_and(|end| end <= now) {
            return Freshness::Expired;
        }
        // Fetched in the future: the clock was set back, and the age is anybody's guess.
        let is_from_the_future = fetched > now.plus(CLOCK_SKEW);
        if age < self.ttl && !is_from_the_future { Freshness::Fresh } else { Freshness::Stale { age } }
    }
}
