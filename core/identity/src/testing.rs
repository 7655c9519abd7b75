//! What the tests of several modules need: an authority and those whom it certifies.

use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use rand_core::OsRng;
use serde_json::Value;

use crate::jose::{JwsDraft, JwsHeader};
use crate::trust::make::{Anchor, LeafRequest, Validity};
use crate::trust::{Purpose, TrustAnchors};

/// 2027-01-15T08:00:00Z.
pub(crate) const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// The identifier that [`Authority::leaf`]'s certificates name.
pub(crate) const ISSUER: &str = "https://eid.example";

/// An authority.
pub(crate) struct Authority(pub(crate) Anchor);

impl Authority {
    pub(crate) fn new() -> Self {
        Self(Anchor::make(&mut OsRng, "Authority", Validity::days(NOW, 365)).unwrap())
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_pem(self.0.certificate_pem().unwrap().as_bytes()).unwrap()
    }

    pub(crate) fn leaf(&self, purpose: Purpose) -> Leaf {
        self.leaf_with(purpose, "Office", Validity::days(NOW, 30))
    }

    pub(crate) fn leaf_with(&self, purpose: Purpose, organization: &str, validity: Validity) -> Leaf {
        let key = SigningKey::make(&mut OsRng);
        let request = LeafRequest {
            purpose,
            common_name: "a common name",
            organization,
            dns_names: &["eid.example"],
            uris: &[ISSUER],
            validity,
        };
        let der = self.0.issue(&mut OsRng, &request, &key.verifying_key()).unwrap();
        Leaf { key, x5c: vec![der] }
    }
}

/// Somebody with a certificate.
pub(crate) struct Leaf {
    pub(crate) key: SigningKey,
    pub(crate) x5c: Vec<Vec<u8>>,
}

impl Leaf {
    pub(crate) fn sign(&self, typ: &str, payload: &Value) -> String {
        JwsDraft::new(&JwsHeader::new(typ).with_x5c(self.x5c.clone()), payload).unwrap().sign(&self.key)
    }
}
