//! Makes a gateway's folder: configuration, and each role's keys and certificates. Nothing is overwritten; what an
//! interrupted run left is taken up where it ended.

use std::path::{Path, PathBuf};

use kodanik_crypto::signature::VerifyingKey;
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, FILE_NAME};
use crate::error::GatewayError;
use crate::pki::{self, Authorities};
use crate::roles::eid_issuer::EidIssuer;
use crate::roles::eligibility::Desk;
use crate::roles::ledger;
use crate::roles::public_body::PublicBody;
use crate::roles::recovery::Recovery;
use crate::roles::relying_party::RelyingParty;

/// The folder in the gateway's folder that wallets and auditors are to be given.
pub const TRUST_FOLDER: &str = "trust";

/// Makes `dir` (which must not hold a gateway yet) ready for [`crate::server::Gateway::start`]. `authority_key` is the
/// key of the election authority, which the log's first entry names for ever. Returns the trust folder.
pub async fn init(
    dir: &Path,
    config: &Config,
    authority_key: VerifyingKey,
    clock: &Clock,
) -> Result<PathBuf, GatewayError> {
    if dir.join(FILE_NAME).exists() {
        return Err(GatewayError::NotEmpty(dir.to_owned()));
    }
    config.eligibility.check()?;
    pki::private_folder(dir)?;
    let authorities = Authorities::make(dir, hosts(config), clock.now())?;
    EidIssuer::init(dir, &authorities)?;
    RelyingParty::init(dir, &authorities)?;
    PublicBody::init(dir, &authorities)?;
    Recovery::init(dir)?;
    for id in &config.eligibility.issuers {
        Desk::init(dir, id, &authorities)?;
    }
    let policy = ledger::init(dir, config, authority_key, clock).await?;
    let trust = write_trust(dir, &policy)?;
    // The configuration comes last: a folder without it is unfinished and can be made again.
    config.write(dir)?;
    Ok(trust)
}

/// The names that certificates carry: of the public addresses, else the loopback.
fn hosts(config: &Config) -> Vec<String> {
    let host = |url: &Url| url.host_str().map(str::to_owned);
    match &config.public {
        Some(urls) => host(&urls.identified).into_iter().collect(),
        None => vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
    }
}

fn write_trust(dir: &Path, policy: &str) -> Result<PathBuf, GatewayError> {
    let folder = dir.join(TRUST_FOLDER);
    let write = |path: PathBuf, text: &str| {
        std::fs::write(&path, text).map_err(|source| GatewayError::File { path, source })
    };
    std::fs::create_dir_all(&folder).map_err(|source| GatewayError::File { path: folder.clone(), source })?;
    for (number, pem) in (1..).zip(pki::anchors_pem(dir)?) {
        write(folder.join(format!("anchor-{number}.pem")), &pem)?;
    }
    write(folder.join("ledger.policy"), policy)?;
    Ok(folder)
}
