//! Keys and certificates in the gateway's folder.
//!
//! `init` makes two authorities (one for e-IDs, one for relying parties) and from them a certificate for each role.
//! Wallets and verifiers pin the authorities' certificates. Their keys are not needed while the gateway serves: an
//! operator takes `authorities/*.key` off the machine.

use std::fmt;
use std::path::{Path, PathBuf};

use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use kodanik_identity::jose::JwsDraft;
use kodanik_identity::presentation::{ClientId, RegisteredUse, Registration};
use kodanik_identity::trust::TrustAnchors;
use kodanik_identity::trust::make::{
    Anchor, LeafRequest, Validity, certificate_to_pem, certificates_from_pem, key_from_pem, key_to_pem,
};
use rand_core::OsRng;

pub use kodanik_identity::trust::Purpose;

use crate::error::GatewayError;

const FOLDER: &str = "authorities";
const EID: &str = "eid";
const PARTIES: &str = "parties";
const REGISTRAR: &str = "registrar";
const AUTHORITY_DAYS: u64 = 3650;
const LEAF_DAYS: u64 = 397;

/// The authorities with their keys: at `init` only.
#[derive(Debug)]
pub struct Authorities {
    eid: Anchor,
    parties: Anchor,
    registrar: Signer,
    hosts: Vec<String>,
    now: UnixSeconds,
}

/// What a certificate shall say.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// What its key is for; also decides which authority issues it.
    pub purpose: Purpose,
    /// The file's name without ending, and the subject's common name.
    pub name: &'a str,
    /// The organization: what people see.
    pub organization: &'a str,
}

impl Authorities {
    /// Makes the authorities in `dir`, or reads those of an unfinished `init`. Certificates will name `hosts`.
    pub fn make(dir: &Path, hosts: Vec<String>, now: UnixSeconds) -> Result<Self, GatewayError> {
        let folder = dir.join(FOLDER);
        private_folder(&folder)?;
        let eid = make_authority(&folder, EID, "Kodanik e-ID authority", now)?;
        let parties = make_authority(&folder, PARTIES, "Kodanik authority for relying parties", now)?;
        let registrar =
            Leaf { purpose: Purpose::Registrar, name: REGISTRAR, organization: "Kodanik registrar" };
        let registrar = issue(&parties, &folder, &registrar, &[], &[], now)?;
        Ok(Self { eid, parties, registrar, hosts, now })
    }

    /// Makes a key and its certificate in `folder`, unless both are there.
    pub fn issue(&self, folder: &Path, leaf: &Leaf<'_>) -> Result<Signer, GatewayError> {
        let anchor = match leaf.purpose {
            Purpose::PidIssuer | Purpose::Status => &self.eid,
            _ => &self.parties,
        };
        issue(anchor, folder, leaf, &self.hosts, &[], self.now)
    }

    /// Makes a provider's key and a certificate that names its X-Road subsystem: URI `x-road:<subsystem>`.
    pub fn issue_provider(
        &self,
        folder: &Path,
        leaf: &Leaf<'_>,
        subsystem: &str,
    ) -> Result<Signer, GatewayError> {
        let uri = format!("x-road:{subsystem}");
        issue(&self.parties, folder, leaf, &self.hosts, &[&uri], self.now)
    }

    /// Registers what the party of `signer` may ask for: `<name>.registration` in `folder`.
    pub fn register(
        &self,
        folder: &Path,
        name: &str,
        signer: &Signer,
        purpose: &str,
        credentials: Vec<RegisteredUse>,
    ) -> Result<(), GatewayError> {
        let registration = Registration {
            sub: signer.client_id(),
            purpose: purpose.to_owned(),
            credentials,
            iat: self.now,
            exp: self.now.plus(LEAF_DAYS * 86_400),
        };
        let path = folder.join(format!("{name}.registration"));
        let draft = registration.draft(self.registrar.x5c()).map_err(|_| bad(&path))?;
        write_private(&path, self.registrar.sign(draft).as_bytes())
    }
}

/// A role's signing key and its certificate.
pub struct Signer {
    key: SigningKey,
    x5c: Vec<Vec<u8>>,
}

impl Signer {
    /// Reads `<name>.key` and `<name>.pem` of `folder`.
    pub fn read(folder: &Path, name: &str) -> Result<Self, GatewayError> {
        let (key_path, certificate_path) = paths(folder, name);
        let key = key_from_pem(&read(&key_path)?).map_err(|_| bad(&key_path))?;
        let x5c =
            certificates_from_pem(read(&certificate_path)?.as_bytes()).map_err(|_| bad(&certificate_path))?;
        Ok(Self { key, x5c })
    }

    /// The certificates, leaf first.
    pub fn x5c(&self) -> Vec<Vec<u8>> {
        self.x5c.clone()
    }

    /// The client id of this certificate in OpenID4VP.
    pub fn client_id(&self) -> ClientId {
        ClientId::of(Bytes(sha256(self.x5c.first().map_or(&[][..], Vec::as_slice))))
    }

    /// Signs a draft whose header has [`Self::x5c`].
    pub fn sign(&self, draft: JwsDraft) -> String {
        draft.sign(&self.key)
    }

    /// The key, for documents that are no JWS.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.client_id())
    }
}

/// The authorities' certificates in PEM: what wallets and verifiers pin.
pub fn anchors_pem(dir: &Path) -> Result<Vec<String>, GatewayError> {
    [EID, PARTIES].iter().map(|name| read(&dir.join(FOLDER).join(format!("{name}.pem")))).collect()
}

/// The authorities as this gateway's own verifiers trust them.
pub fn anchors(dir: &Path) -> Result<TrustAnchors, GatewayError> {
    TrustAnchors::from_pem(anchors_pem(dir)?.concat().as_bytes()).map_err(|_| bad(&dir.join(FOLDER)))
}

/// The registrar's statement about the party `name`, where there is one.
pub fn registration(folder: &Path, name: &str) -> Result<Option<String>, GatewayError> {
    let path = folder.join(format!("{name}.registration"));
    if path.exists() { read(&path).map(Some) } else { Ok(None) }
}

/// Makes a folder that only this gateway's user can read.
pub fn private_folder(folder: &Path) -> Result<(), GatewayError> {
    std::fs::create_dir_all(folder)
        .and_then(|()| restrict(folder, 0o700))
        .map_err(|source| GatewayError::File { path: folder.to_owned(), source })
}

fn make_authority(folder: &Path, name: &str, title: &str, now: UnixSeconds) -> Result<Anchor, GatewayError> {
    let (key_path, certificate_path) = paths(folder, name);
    if !certificate_path.exists() {
        let validity = Validity::days(now, AUTHORITY_DAYS);
        let anchor = Anchor::make(&mut OsRng, title, validity).map_err(|_| bad(&certificate_path))?;
        write_private(&key_path, anchor.key_pem().map_err(|_| bad(&key_path))?.as_bytes())?;
        let pem = anchor.certificate_pem().map_err(|_| bad(&certificate_path))?;
        write_private(&certificate_path, pem.as_bytes())?;
    }
    Anchor::from_pem(&read(&certificate_path)?, &read(&key_path)?).map_err(|_| bad(&certificate_path))
}

fn issue(
    anchor: &Anchor,
    folder: &Path,
    leaf: &Leaf<'_>,
    hosts: &[String],
    uris: &[&str],
    now: UnixSeconds,
) -> Result<Signer, GatewayError> {
    let (key_path, certificate_path) = paths(folder, leaf.name);
    if !certificate_path.exists() {
        private_folder(folder)?;
        let key = SigningKey::make(&mut OsRng);
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let request = LeafRequest {
            purpose: leaf.purpose,
            common_name: leaf.name,
            organization: leaf.organization,
            dns_names: &hosts,
            uris,
            validity: Validity::days(now, LEAF_DAYS),
        };
        let der =
            anchor.issue(&mut OsRng, &request, &key.verifying_key()).map_err(|_| bad(&certificate_path))?;
        write_private(&key_path, key_to_pem(&key).map_err(|_| bad(&key_path))?.as_bytes())?;
        // The certificate last: where it is, the key is.
        write_private(&certificate_path, certificate_to_pem(&der).as_bytes())?;
    }
    Signer::read(folder, leaf.name)
}

fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    (folder.join(format!("{name}.key")), folder.join(format!("{name}.pem")))
}

fn bad(path: &Path) -> GatewayError {
    GatewayError::BadKeyFile { path: path.to_owned() }
}

fn read(path: &Path) -> Result<String, GatewayError> {
    std::fs::read_to_string(path).map_err(|source| GatewayError::File { path: path.to_owned(), source })
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), GatewayError> {
    let failed = |source| GatewayError::File { path: path.to_owned(), source };
    std::fs::write(path, []).and_then(|()| restrict(path, 0o600)).map_err(failed)?;
    std::fs::write(path, bytes).map_err(failed)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    #[test]
    fn making_twice_keeps_the_first_keys() {
        let dir = tempfile::tempdir().unwrap();
        let leaf = Leaf { purpose: Purpose::RelyingParty, name: "shop", organization: "A shop" };
        let first = Authorities::make(dir.path(), vec![], NOW).unwrap().issue(dir.path(), &leaf).unwrap();
        let second = Authorities::make(dir.path(), vec![], NOW).unwrap().issue(dir.path(), &leaf).unwrap();
        assert_eq!(first.client_id(), second.client_id());
        let anchors = anchors(dir.path()).unwrap();
        let party = anchors.verify(&second.x5c(), Purpose::RelyingParty, NOW).unwrap();
        assert_eq!(party.name(), "A shop");
        assert!(anchors.verify(&second.x5c(), Purpose::PidIssuer, NOW).is_err());
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let leaf = Leaf { purpose: Purpose::Status, name: "status", organization: "Status" };
        Authorities::make(dir.path(), vec![], NOW).unwrap().issue(dir.path(), &leaf).unwrap();
        std::fs::write(dir.path().join("status.key"), "nothing").unwrap();
        assert!(matches!(Signer::read(dir.path(), "status"), Err(GatewayError::BadKeyFile { .. })));
        assert!(matches!(Signer::read(dir.path(), "other"), Err(GatewayError::File { .. })));
    }
}
