//! The ledger's operator: one log, its engine, and its first entry.

use std::path::Path;

use kodanik_contract::entry::{Entry, Genesis};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_ledger::key::KeyName;

use crate::clock::Clock;
use crate::config::Config;
use crate::context::{Context, role_dir};
use crate::engines::embedded::{EmbeddedLedger, StartError, SubmitError};
use crate::error::GatewayError;

/// The role's folder under the gateway's.
pub const FOLDER: &str = "ledger";

/// The log's operator. Knows no election rule: the contract does.
#[derive(Debug)]
pub struct Ledger {
    engine: EmbeddedLedger,
    origin: KeyName,
}

impl From<StartError> for GatewayError {
    fn from(error: StartError) -> Self {
        Self::Ledger(error.to_string())
    }
}

/// Makes the log's keys and writes its first entry, which names the authority that may open elections. Returns the
/// log's policy.
pub async fn init(
    dir: &Path,
    config: &Config,
    authority_key: VerifyingKey,
    clock: &Clock,
) -> Result<String, GatewayError> {
    let (dir, origin) = (role_dir(dir, FOLDER), origin(config)?);
    EmbeddedLedger::create(&dir, &origin, clock)?;
    let engine = EmbeddedLedger::open(&dir, &origin, &config.ledger, clock.clone())?;
    let genesis = Entry::Genesis(Genesis { authority_key, log: origin.as_str().to_owned() });
    let failed = |error: &dyn std::error::Error| GatewayError::Ledger(error.to_string());
    let genesis = genesis.to_bytes().map_err(|error| failed(&error))?;
    engine.submit(genesis).await.map_err(|error: SubmitError| failed(&error))?;
    Ok(engine.policy_text())
}

impl Ledger {
    /// Opens the log: replays it and compares it with its published head.
    pub fn open(context: &Context) -> Result<Self, GatewayError> {
        let origin = origin(&context.config)?;
        let dir = context.role_dir(FOLDER);
        let engine = EmbeddedLedger::open(&dir, &origin, &context.config.ledger, context.clock.clone())?;
        Ok(Self { engine, origin })
    }

    /// The log's name.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// What orders the log.
    pub fn engine(&self) -> &EmbeddedLedger {
        &self.engine
    }

    /// What a wallet may pin on first use: a C2SP tlog-policy with this log's two keys.
    pub fn policy_text(&self) -> String {
        self.engine.policy_text()
    }
}

fn origin(config: &Config) -> Result<KeyName, GatewayError> {
    KeyName::parse(&config.ledger.origin).map_err(|error| GatewayError::Config(error.to_string()))
}
