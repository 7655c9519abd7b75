//! Looks up, now, whether a credential is in force: whoever sees an e-ID here asks its issuer each time.

use kodanik_identity::endpoint::{Endpoint, EndpointPolicy};
use kodanik_identity::status::{MAX_TOKEN, Status, StatusReference, UnverifiedStatusToken};
use kodanik_identity::trust::TrustAnchors;
use url::Url;

use crate::clock::Clock;
use crate::context::Context;
use crate::error::GatewayError;
use crate::pki;

/// Fetches and verifies status list tokens. Keeps none: a revoked credential is refused from that moment on.
#[derive(Debug)]
pub struct StatusClient {
    anchors: TrustAnchors,
    clock: Clock,
    http: reqwest::Client,
    policy: EndpointPolicy,
}

impl StatusClient {
    /// A client that believes the issuers that this gateway trusts.
    pub fn new(context: &Context) -> Result<Self, GatewayError> {
        Ok(Self {
            anchors: pki::anchors(&context.dir)?,
            clock: context.clock.clone(),
            http: context.http.clone(),
            policy: context.endpoint_policy(),
        })
    }

    /// The present status; `None` where that fails for whatever reason: nobody is let in on a guess.
    pub async fn look_up(&self, reference: &StatusReference) -> Option<Status> {
        // The address is the issuer's word, signed; still only what the policy allows is called.
        let uri = Endpoint::parse(reference.uri(), self.policy).ok()?;
        let token = UnverifiedStatusToken::parse(&self.download(uri.url().clone()).await?).ok()?;
        token.verify(&self.anchors, reference.uri(), self.clock.now()).ok()?.status(reference).ok()
    }

    async fn download(&self, uri: Url) -> Option<String> {
        let response = self.http.get(uri).header("accept", "application/statuslist+jwt").send().await;
        let mut response = response.ok()?.error_for_status().ok()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > MAX_TOKEN {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).ok()
    }
}
