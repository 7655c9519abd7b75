//! What every role is opened with.

use std::path::{Path, PathBuf};

use kodanik_identity::endpoint::{Endpoint, EndpointPolicy};

use crate::clock::Clock;
use crate::config::{Config, PublicUrls};
use crate::error::GatewayError;

/// The folder, the configuration, the addresses as wallets see them, and the clock. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// The gateway's folder. A role keeps its files in `dir/<role>/`.
    pub dir: PathBuf,
    /// `gateway.toml`.
    pub config: Config,
    /// The addresses that wallets use, final: port 0 is already replaced.
    pub urls: PublicUrls,
    /// The clock.
    pub clock: Clock,
    /// For the gateway's own outgoing requests (status lists, the security server): no redirects, time-outs.
    pub http: reqwest::Client,
}

impl Context {
    /// The folder of `role`, for example `eid-issuer`.
    pub fn role_dir(&self, role: &str) -> PathBuf {
        role_dir(&self.dir, role)
    }

    /// The identified plane's base address.
    pub fn identified(&self) -> Result<Endpoint, GatewayError> {
        Endpoint::parse(self.urls.identified.as_str(), self.endpoint_policy())
            .map_err(|error| GatewayError::Config(format!("public.identified: {error}")))
    }

    /// `http` to this machine is allowed exactly where this gateway itself is served that way.
    pub fn endpoint_policy(&self) -> EndpointPolicy {
        match self.urls.identified.scheme() {
            "http" => EndpointPolicy::LoopbackHttp,
            _ => EndpointPolicy::HttpsOnly,
        }
    }
}

/// The folder of `role` under the gateway's folder.
pub fn role_dir(dir: &Path, role: &str) -> PathBuf {
    dir.join(role)
}
