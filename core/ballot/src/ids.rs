//! Names of things by their hash. Each is a type of its own, so that a tracker is never taken for an election.

use std::fmt;

use kodanik_crypto::encoding::{Bytes, EncodingError};
use serde::{Deserialize, Serialize};

macro_rules! hash_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Bytes<32>);

        impl $name {
            /// From 32 bytes that some hash gave.
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(Bytes(bytes))
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0.0
            }

            /// Parses the base64url text that `Display` writes.
            pub fn parse(text: &str) -> Result<Self, EncodingError> {
                Bytes::parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

hash_newtype! {
    /// H_E: the manifest and the trustees' key together (protocol.md §3.1.3).
    ElectionId
}
hash_newtype! {
    /// H_M: the manifest's canonical bytes (protocol.md §3.1.2).
    ManifestHash
}
hash_newtype! {
    /// What a close statement says, hashed (protocol.md §3.2.5).
    StatementHash
}
hash_newtype! {
    /// The summed ciphertexts that trustees decrypt, hashed (protocol.md §3.2.4).
    SumsHash
}
hash_newtype! {
    /// A ballot body's hash: what the citizen looks for on the board (protocol.md §3.1.7).
    Tracker
}

impl Tracker {
    /// `prev` of a pseudonym's first ballot.
    pub const NONE: Self = Self::new([0; 32]);
}
