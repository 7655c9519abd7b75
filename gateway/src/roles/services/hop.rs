//! The hop from the wallet: DPoP (RFC 9449) with nonces of the gateway's, and sessions bound to the device key.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::{labelled_sha256, sha256};
use kodanik_identity::dpop::{DpopError, ReplayCache, Request, UnverifiedDpop};
use kodanik_services::address::UserId;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock::Clock;
use crate::context::Context;

/// How long a nonce is handed out; it is accepted for as long again.
const NONCE_PERIOD: u64 = 120;
/// How long a session lasts, in seconds.
const SESSION_LIFETIME: u64 = 900;
const MAX_SESSIONS: usize = 50_000;
const MAX_PROOFS: usize = 100_000;

/// Why a hop is not let in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HopRefused {
    /// No usable session under this token, or one of another key.
    #[error("no session; open one")]
    NoSession,
    /// The proof is good but lacks our present nonce.
    #[error("use the nonce of this answer")]
    Nonce,
    /// The proof itself, or one that was seen.
    #[error("the DPoP proof: {0}")]
    Proof(#[from] DpopError),
}

/// A request whose DPoP proof was verified.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// The key that made the proof.
    pub key: VerifyingKey,
}

/// Who is behind a hop.
#[derive(Clone, Debug)]
pub struct Session {
    /// The citizen.
    pub user: UserId,
    /// The device key.
    pub key: VerifyingKey,
    expires: UnixSeconds,
}

/// A session's token (RFC 6749 section 5.1).
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionToken {
    /// Opaque.
    pub access_token: String,
    /// `DPoP`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: u64,
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// Verifies proofs and keeps sessions, in memory only.
pub struct HopGuard {
    base: String,
    clock: Clock,
    secret: Secret<32>,
    seen: Mutex<ReplayCache>,
    sessions: Mutex<BTreeMap<[u8; 32], Session>>,
}

impl HopGuard {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            base: context.urls.identified.as_str().trim_end_matches('/').to_owned(),
            clock: context.clock.clone(),
            secret: Secret::make(&mut OsRng),
            seen: Mutex::new(ReplayCache::new(MAX_PROOFS)),
            sessions: Mutex::default(),
        }
    }

    /// The audience of an e-ID that opens a session.
    pub fn audience(&self) -> String {
        format!("{}/services", self.base)
    }

    /// The nonce to use now.
    pub fn nonce(&self) -> String {
        self.nonce_of(self.clock.now().0 / NONCE_PERIOD)
    }

    /// Whether `nonce` was handed out a short time ago.
    pub fn accepts_nonce(&self, nonce: &str) -> bool {
        self.accepted_nonces().iter().any(|accepted| accepted == nonce)
    }

    /// Verifies the proof of a request to `path`, with `token` where the request has one.
    pub fn verify(
        &self,
        proof: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> Result<Hop, HopRefused> {
        let (url, now) = (format!("{}{path}", self.base), self.clock.now());
        let request = |nonce| Request { method, url: &url, access_token: token, nonce };
        let proof = UnverifiedDpop::parse(proof)?;
        let nonces = self.accepted_nonces();
        let verified = nonces.iter().find_map(|nonce| proof.clone().verify(&request(Some(nonce)), now).ok());
        let Some(verified) = verified else {
            // good but for the nonce: the wallet tries again with ours
            proof.verify(&request(None), now)?;
            return Err(HopRefused::Nonce);
        };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).admit(&verified, now)?;
        Ok(Hop { key: *verified.key() })
    }

    /// The session of `token`, where `hop` proved the key that it is bound to.
    pub fn session(&self, token: &str, hop: &Hop) -> Result<Session, HopRefused> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(&sha256(token.as_bytes())).ok_or(HopRefused::NoSession)?;
        let usable = session.key == hop.key && self.clock.now() < session.expires;
        usable.then(|| session.clone()).ok_or(HopRefused::NoSession)
    }

    pub(super) fn open_session(&self, user: UserId, key: VerifyingKey) -> SessionToken {
        let now = self.clock.now();
        let access_token = to_base64url(Secret::<32>::make(&mut OsRng).expose());
        let session = Session { user, key, expires: now.plus(SESSION_LIFETIME) };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MAX_SESSIONS {
            sessions.retain(|_, session| now < session.expires);
        }
        if sessions.len() >= MAX_SESSIONS {
            sessions.pop_first(); // somebody opens a session again
        }
        sessions.insert(sha256(access_token.as_bytes()), session);
        SessionToken { access_token, token_type: "DPoP".to_owned(), expires_in: SESSION_LIFETIME }
    }

    fn accepted_nonces(&self) -> [String; 2] {
        let period = self.clock.now().0 / NONCE_PERIOD;
        [self.nonce_of(period), self.nonce_of(period.saturating_sub(1))]
    }

    fn nonce_of(&self, period: u64) -> String {
        let fields = [self.secret.expose().as_slice(), &period.to_be_bytes()];
        to_base64url(labelled_sha256("KODANIK-V1-HOP-NONCE", &fields))
    }
}

impl fmt::Debug for HopGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HopGuard(..)")
    }
}
