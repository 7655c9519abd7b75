//! What a relying party registered to ask for, signed by a registrar and sent along (`verifier_info`, section 5.11).

use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};

use super::{ClientId, PresentationError};
use crate::dcql::{ClaimPath, CredentialQuery, Query};
use crate::jose::{JwsDraft, JwsHeader, UnverifiedJws};
use crate::trust::{Purpose, TrustAnchors};

/// The `format` of a registration in `verifier_info`.
pub const REGISTRATION_FORMAT: &str = "registration_cert";
/// The `typ` of a registration.
pub const REGISTRATION_TYPE: &str = "rc-wrp+jwt";
const MAX_REGISTRATION: usize = 32 * 1024;

/// A relying party's registered purpose and claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Whose it is.
    pub sub: ClientId,
    /// What the claims are for, in the words that the registrar accepted.
    pub purpose: String,
    /// What may be asked for.
    pub credentials: Vec<RegisteredUse>,
    /// From when.
    pub iat: UnixSeconds,
    /// Until when.
    pub exp: UnixSeconds,
}

/// The claims of one credential type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisteredUse {
    /// The type.
    pub vct: String,
    /// The claims.
    pub claims: Vec<ClaimPath>,
}

impl Registration {
    /// To be signed by the registrar, whose certificate is the leaf of `x5c`.
    pub fn draft(&self, x5c: Vec<Vec<u8>>) -> Result<JwsDraft, PresentationError> {
        Ok(JwsDraft::new(&JwsHeader::new(REGISTRATION_TYPE).with_x5c(x5c), self)?)
    }

    /// Verifies a registration of `client`: by a trusted registrar, for this client, valid now.
    pub fn verify(
        text: &str,
        client: ClientId,
        anchors: &TrustAnchors,
        now: UnixSeconds,
    ) -> Result<Self, PresentationError> {
        let invalid = |_| PresentationError::Registration;
        let jws = UnverifiedJws::parse(text, MAX_REGISTRATION).map_err(invalid)?;
        let (jws, _) = anchors
            .verify_jws(jws, Purpose::Registrar, REGISTRATION_TYPE, now)
            .map_err(|_| PresentationError::Registration)?;
        let registration: Self = jws.claims().map_err(invalid)?;
        let valid = registration.sub == client && registration.iat <= now && now < registration.exp;
        valid.then_some(registration).ok_or(PresentationError::Registration)
    }

    /// The claims that `query` asks for beyond what is registered.
    pub fn over_asked<'a>(&self, query: &'a Query) -> Vec<&'a ClaimPath> {
        let beyond = |credential: &'a CredentialQuery| {
            let claims = credential.claims.iter().flatten().map(|claim| &claim.path);
            claims.filter(move |path| !self.covers(credential, path))
        };
        query.credentials.iter().flat_map(beyond).collect()
    }

    fn covers(&self, credential: &CredentialQuery, path: &ClaimPath) -> bool {
        credential.meta.vct_values.iter().all(|vct| {
            self.credentials.iter().any(|used| {
                used.vct == *vct && used.claims.iter().any(|claim| path.parts().starts_with(claim.parts()))
            })
        })
    }
}
