//! Whom the wallet believes: certificates that others chain to, and the keys of the log and its witnesses.

use std::fs;
use std::path::Path;

use kodanik_crypto::encoding::to_hex;
use kodanik_crypto::transcript::labelled_sha256;
use serde::{Deserialize, Serialize};

use crate::error::{HomeError, WalletError};
use crate::http::AnswerError;

const MAX_ANCHORS: usize = 64;
const MAX_BYTES: usize = 64 * 1024;

/// Pinned at init; changing it means a new wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// Trust anchors: one PEM certificate each (PID issuer, relying parties, status, providers).
    pub anchors: Vec<String>,
    /// The log's keys, witnesses and quorum (C2SP tlog-policy).
    pub ledger_policy: String,
    /// How the wallet came by it.
    pub origin: TrustOrigin,
}

/// How the wallet came by its trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustOrigin {
    /// The gateway said so when the wallet was made. The citizen should compare the fingerprint.
    FirstUse,
    /// A directory that the citizen got by another way.
    Folder,
}

impl Trust {
    /// Reads `*.pem` in the order of their names, and `ledger.policy`.
    pub fn from_folder(folder: &Path) -> Result<Self, HomeError> {
        let refused = || HomeError::Trust(folder.to_owned());
        let entries = fs::read_dir(folder).map_err(|_| refused())?;
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "pem"));
        files.sort();
        let read = |path: &Path| fs::read_to_string(path).map_err(|_| refused());
        let anchors = files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
        let ledger_policy = read(&folder.join("ledger.policy"))?;
        let trust = Self { anchors, ledger_policy, origin: TrustOrigin::Folder };
        if trust.is_plausible() { Ok(trust) } else { Err(refused()) }
    }

    pub(super) fn first_use(anchors: Vec<String>, ledger_policy: String) -> Result<Self, WalletError> {
        let trust = Self { anchors, ledger_policy, origin: TrustOrigin::FirstUse };
        if trust.is_plausible() { Ok(trust) } else { Err(AnswerError::Shape.into()) }
    }

    /// SHA-256 over policy and anchors in groups of four hexadecimal digits, to be compared by eye.
    pub fn fingerprint(&self) -> String {
        let mut anchors: Vec<&[u8]> = self.anchors.iter().map(|pem| pem.trim().as_bytes()).collect();
        anchors.sort_unstable();
        let fields: Vec<&[u8]> =
            std::iter::once(self.ledger_policy.trim().as_bytes()).chain(anchors).collect();
        let hex = to_hex(&labelled_sha256("kodanik/wallet/trust", &fields));
        let groups: Vec<&str> = (0..hex.len()).step_by(4).map(|at| &hex[at..at + 4]).collect();
        groups.join(" ")
    }

    /// Not empty and not absurdly large; who verifies with an anchor or the policy parses it strictly.
    fn is_plausible(&self) -> bool {
        let is_certificate = |pem: &String| pem.trim_start().starts_with("-----BEGIN CERTIFICATE-----");
        (1..=MAX_ANCHORS).contains(&self.anchors.len())
            && self.anchors.iter().all(is_certificate)
            && self.anchors.iter().map(String::len).sum::<usize>() <= MAX_BYTES
            && (1..=MAX_BYTES).contains(&self.ledger_policy.len())
    }
}
