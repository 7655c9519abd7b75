//! An authority, those whom it certifies, and a holder; everything the same every time.

use std::sync::LazyLock;

use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use kodanik_identity::jose::{JwsDraft, JwsHeader};
use kodanik_identity::jwe::DecryptionKey;
use kodanik_identity::presentation::ClientId;
use kodanik_identity::trust::make::{Anchor, LeafRequest, Validity};
use kodanik_identity::trust::{Purpose, TrustAnchors};
use scenarios::vectors::rng::TestRng;
use serde_json::Value;

use crate::signing::key;

/// 2027-01-15T08:00:00Z.
pub const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
/// The issuer's identifier.
pub const ISSUER: &str = "https://eid.example";
/// The relying party's host.
pub const HOST: &str = "library.example";

/// Everybody.
pub struct Parties {
    /// Its certificate.
    pub anchor_pem: String,
    /// The authority alone.
    pub anchors: TrustAnchors,
    /// Opens answers.
    pub decryption: DecryptionKey,
    /// The citizen's device.
    pub holder: SigningKey,
    /// States who somebody is.
    pub issuer: Party,
    /// Asks.
    pub relying_party: Party,
    /// Says what was revoked.
    pub status: Party,
}

/// Somebody with a certificate.
pub struct Party {
    /// Its key.
    pub key: SigningKey,
    /// Its certificate.
    pub x5c: Vec<Vec<u8>>,
}

impl Party {
    fn new(anchor: &Anchor, fill: u8, purpose: Purpose, host: &str) -> Self {
        let key = key(fill);
        let request = LeafRequest {
            purpose,
            common_name: "a common name",
            organization: "Office",
            dns_names: &[host],
            uris: &[&format!("https://{host}")],
            validity: Validity::days(NOW, 30),
        };
        let der = anchor.issue(&mut rng(host), &request, &key.verifying_key()).expect("a certificate");
        Self { key, x5c: vec![der] }
    }

    /// A JWS of this payload for this purpose.
    pub fn sign(&self, typ: &str, payload: &Value) -> String {
        let header = JwsHeader::new(typ).with_x5c(self.x5c.clone());
        JwsDraft::new(&header, payload).expect("a payload").sign(&self.key)
    }

    /// The name that follows from the certificate.
    pub fn client_id(&self) -> ClientId {
        ClientId::of(Bytes(sha256(&self.x5c[0])))
    }
}

/// Bytes that are the same every time.
pub fn rng(name: &str) -> TestRng {
    TestRng::new(name)
}

/// The one world.
pub static PARTIES: LazyLock<Parties> = LazyLock::new(|| {
    let anchor =
        Anchor::make(&mut rng("authority"), "Authority", Validity::days(NOW, 365)).expect("an authority");
    let anchor_pem = anchor.certificate_pem().expect("a certificate");
    Parties {
        anchors: TrustAnchors::from_pem(anchor_pem.as_bytes()).expect("an authority"),
        anchor_pem,
        decryption: DecryptionKey::from_bytes(&Secret::init_with(|bytes| bytes.fill(80))).expect("a key"),
        holder: key(81),
        issuer: Party::new(&anchor, 82, Purpose::PidIssuer, "eid.example"),
        relying_party: Party::new(&anchor, 83, Purpose::RelyingParty, HOST),
        status: Party::new(&anchor, 84, Purpose::Status, "eid.example"),
    }
});
