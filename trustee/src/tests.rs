//! Trustees against a gateway in this process that keeps the rules, and one that does not.

mod ceremony;
mod crashes;
mod folder;
mod gateway_double;
mod joining;
mod liars;
mod log;
mod tallying;

use kodanik_crypto::secret::SecretBytes;
use tempfile::TempDir;

use crate::Trustee;

fn passphrase() -> SecretBytes {
    SecretBytes::new(b"correct horse".to_vec())
}

/// A trustee that is dropped and opened again before everything it does, as if it were killed in between.
struct Restarting(TempDir);

impl Restarting {
    fn init(name: &str) -> Self {
        let dir = TempDir::new().unwrap();
        Trustee::init(dir.path(), name, &passphrase()).unwrap();
        Self(dir)
    }

    fn open(&self) -> Trustee {
        Trustee::open(self.0.path(), &passphrase()).unwrap()
    }

    fn file(&self, election: &str, name: &str) -> std::path::PathBuf {
        self.0.path().join("elections").join(election).join(name)
    }
}

/// The manifest that all tests with these trustees share.
fn draft(cards: Vec<kodanik_ballot::manifest::TrusteeMember>) -> kodanik_ballot::manifest::ManifestDraft {
    let mut draft = kodanik_ballot::testing::draft(2, 3);
    draft.trustees.threshold = cards.len() as u16 / 2 + 1;
    draft.trustees.members = cards;
    draft.log = kodanik_contract::testing::LOG.to_owned();
    (draft.opens, draft.closes) = (kodanik_contract::testing::OPENS, kodanik_contract::testing::CLOSES);
    draft
}

/// Panics unless the result is this error.
macro_rules! assert_refused {
    ($result:expr, $pattern:pat) => {
        match $result {
            Err($pattern) => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern)),
        }
    };
}
use assert_refused;

const SLUG: &str = "test-2026";
