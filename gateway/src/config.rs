//! `gateway.toml`: what this gateway serves and where. Unknown members are refused, so a misspelt one cannot
//! silently fall back to a default.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::GatewayError;

/// The file's name in the gateway's folder.
pub const FILE_NAME: &str = "gateway.toml";

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the two planes listen.
    pub listen: Listen,
    /// Under which addresses wallets reach them. Left out: `http://` and the listening addresses, which suits
    /// one machine and tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicUrls>,
    /// The log.
    pub ledger: LedgerConfig,
    /// The eligibility issuers that run here, by id. Real ones belong to different organisations.
    #[serde(default)]
    pub eligibility: EligibilityConfig,
    /// The recovery office.
    #[serde(default)]
    pub recovery: RecoveryConfig,
    /// The X-Road consumer.
    #[serde(default)]
    pub services: ServicesConfig,
}

/// Listening addresses; port 0 takes a free one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// e-ID, credentials, services, recovery.
    pub identified: SocketAddr,
    /// Ledger and ballots.
    pub anonymous: SocketAddr,
}

/// Base URLs as wallets see them, without a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicUrls {
    /// Of the identified plane.
    pub identified: Url,
    /// Of the anonymous plane.
    pub anonymous: Url,
}

/// The log's name and the writer's limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// The C2SP origin: a schema-less URL that names this log for ever.
    pub origin: String,
    /// How many entries may wait for the writer before casting is answered with 503.
    #[serde(default = "LedgerConfig::default_queue")]
    pub queue: usize,
    /// How many entries one commit takes at most.
    #[serde(default = "LedgerConfig::default_batch")]
    pub batch: usize,
}

impl LedgerConfig {
    fn default_queue() -> usize {
        4096
    }

    fn default_batch() -> usize {
        256
    }
}

/// Which eligibility issuers run here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EligibilityConfig {
    /// Issuer ids: lower-case letters, digits, hyphens.
    #[serde(default)]
    pub issuers: Vec<String>,
}

impl EligibilityConfig {
    /// Ids name folders, routes and members of the manifest, which has at most nine issuers.
    pub(crate) fn check(&self) -> Result<(), GatewayError> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_id = |id: &String| (1..=63).contains(&id.len()) && id.bytes().all(allowed);
        let distinct: BTreeSet<&String> = self.issuers.iter().collect();
        let fits = self.issuers.len() <= 9 && distinct.len() == self.issuers.len();
        if fits && self.issuers.iter().all(is_id) {
            return Ok(());
        }
        let rule =
            "eligibility: at most nine issuers with distinct ids of 1 to 63 characters a-z, 0-9 and hyphen";
        Err(GatewayError::Config(rule.to_owned()))
    }
}

/// The recovery office's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecoveryConfig {
    /// How long a code alone, without a second factor, has to wait.
    pub code_alone_wait_seconds: u64,
}

impl Default for RecoveryConfig {
    fn default() -> Self {
        Self { code_alone_wait_seconds: 72 * 3600 }
    }
}

/// The X-Road consumer's place in X-Road.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServicesConfig {
    /// This gateway's subsystem: `instance/class/code/subsystem`.
    pub client: String,
    /// The security server. Left out: the test security server (a double) runs inside this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_server: Option<Url>,
}

impl Default for ServicesConfig {
    fn default() -> Self {
        Self { client: "KR/GOV/1000/kodanik".to_owned(), security_server: None }
    }
}

impl Config {
    /// A configuration for one machine: both planes on loopback, all roles on.
    pub fn loopback(identified_port: u16, anonymous_port: u16) -> Self {
        Self {
            listen: Listen {
                identified: SocketAddr::from(([127, 0, 0, 1], identified_port)),
                anonymous: SocketAddr::from(([127, 0, 0, 1], anonymous_port)),
            },
            public: None,
            ledger: LedgerConfig {
                origin: "kodanik.example/log".to_owned(),
                queue: LedgerConfig::default_queue(),
                batch: LedgerConfig::default_batch(),
            },
            eligibility: EligibilityConfig {
                issuers: ["north", "south", "west"].map(str::to_owned).to_vec(),
            },
            recovery: RecoveryConfig::default(),
            services: ServicesConfig::default(),
        }
    }

    /// The addresses that wallets use, where the planes listen on `identified` and `anonymous`.
    pub fn urls(&self, identified: SocketAddr, anonymous: SocketAddr) -> Result<PublicUrls, GatewayError> {
        let url = |address: SocketAddr| {
            Url::parse(&format!("http://{address}")).map_err(|error| GatewayError::Config(error.to_string()))
        };
        match &self.public {
            Some(urls) => Ok(urls.clone()),
            None => Ok(PublicUrls { identified: url(identified)?, anonymous: url(anonymous)? }),
        }
    }

    /// The addresses that wallets use, known without listening: port 0 is refused.
    pub fn fixed_urls(&self) -> Result<PublicUrls, GatewayError> {
        let Listen { identified, anonymous } = self.listen;
        if self.public.is_none() && (identified.port() == 0 || anonymous.port() == 0) {
            return Err(GatewayError::Config(
                "listen: port 0 is free for tests only; choose ports".to_owned(),
            ));
        }
        self.urls(identified, anonymous)
    }

    /// Reads `gateway.toml` of `dir`.
    pub fn read(dir: &Path) -> Result<Self, GatewayError> {
        let path = dir.join(FILE_NAME);
        let text = std::fs::read_to_string(&path).map_err(|source| GatewayError::File { path, source })?;
        let config: Self = toml::from_str(&text).map_err(|error| GatewayError::Config(error.to_string()))?;
        config.eligibility.check()?;
        Ok(config)
    }

    /// Writes `gateway.toml` into `dir`.
    pub fn write(&self, dir: &Path) -> Result<(), GatewayError> {
        let text = toml::to_string_pretty(self).map_err(|error| GatewayError::Config(error.to_string()))?;
        let path = dir.join(FILE_NAME);
        std::fs::write(&path, text).map_err(|source| GatewayError::File { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::loopback(8080, 8081);
        config.write(dir.path()).unwrap();
        assert_eq!(Config::read(dir.path()).unwrap(), config);
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Config::loopback(8080, 8081).write(dir.path()).unwrap();
        let path = dir.path().join(FILE_NAME);
        let text = std::fs::read_to_string(&path).unwrap().replace("[recovery]", "[recvery]");
        std::fs::write(&path, text).unwrap();
        assert!(matches!(Config::read(dir.path()), Err(GatewayError::Config(_))));
    }

    #[test]
    fn issuers_have_distinct_ids_that_name_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let reads = |issuers: &[&str]| {
            let mut config = Config::loopback(8080, 8081);
            config.eligibility.issuers = issuers.iter().map(|id| (*id).to_owned()).collect();
            config.write(dir.path()).unwrap();
            Config::read(dir.path()).is_ok()
        };
        assert!(reads(&["north", "south", "west", "east-2"]));
        let long = "a".repeat(64);
        for refused in ["", "North", "../x", "a/b", "a b", "é", long.as_str()] {
            assert!(!reads(&["south", refused]), "{refused}");
        }
        assert!(!reads(&["north", "north"]));
        assert!(!reads(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]));
    }

    #[test]
    fn a_missing_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Config::read(dir.path()), Err(GatewayError::File { .. })));
    }
}
