//! Re-binding the e-ID to a new phone with a backup code: what wallet and recovery office say to each other
//! (protocol.md §7). The sealed parts are opaque here; how they are made is the wallet's own business.
//!
//! Every request that changes something carries a signature over a label and a one-time challenge, so that none can be
//! replayed or used for another step: by the phone that makes the codes, by the key that a code derives, by the new
//! phone, or by the plastic ID card.

mod blob;

use kodanik_crypto::derive::Argon2Cost;
use kodanik_crypto::encoding::{Binary, Bytes, EncodingError, from_canonical_json, to_canonical_json};
use kodanik_crypto::signature::{Signature, SignatureError, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::frame;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::blob::{BlobDraft, BlobError, BlobHeader, MAX_BLOB, UnverifiedBlob, VerifiedBlob};

/// The slot of the code that revokes instead of recovering.
pub const REVOCATION_SLOT: u8 = 15;
/// Codes that recover in one set: slots 0..=7.
pub const CODES_PER_SET: usize = 8;
/// Largest wrap in bytes.
pub const MAX_WRAP: usize = 512;
/// Largest set document in bytes.
pub const MAX_SET: usize = 32 * 1024;

/// A one-time challenge of the office.
pub type Challenge = Bytes<32>;

/// Why a set of codes is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetError {
    /// Argon2's cost is outside the bounds.
    #[error("the cost of the key derivation is outside the bounds")]
    Cost,
    /// Not canonical JSON of the expected members.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// Two codes share an id.
    #[error("two codes share an id")]
    SharedId,
    /// Not exactly the slots 0..=7 in order.
    #[error("a set has the slots 0 to 7, each once and in order")]
    Slots,
    /// A wrap is empty or too large.
    #[error("a wrap is empty or too large")]
    Wrap,
}

/// A set of codes as the office keeps it. It can open nothing with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeSet {
    /// The account that the office gave.
    pub account: Bytes<16>,
    /// Random, by the wallet.
    pub set: Bytes<16>,
    /// When it was made.
    pub created: UnixSeconds,
    /// The phone that makes it; it signs the blobs.
    pub device_key: VerifyingKey,
    /// Argon2id's salt, before the slot.
    pub salt: Bytes<16>,
    /// Argon2id's cost.
    pub cost: Argon2Cost,
    /// Slots 0..=7 in order.
    pub codes: Vec<CodeEntry>,
    /// The code that can only kill.
    pub revocation: RevocationEntry,
}

/// What the office keeps of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeEntry {
    /// 0..=7.
    pub slot: u8,
    /// SHA-256 of the code's id.
    pub id_hash: Bytes<32>,
    /// Public half of the code's authentication key.
    pub auth_key: VerifyingKey,
    /// Released only at activation.
    pub share: Bytes<32>,
    /// Sealed under code and share.
    pub wrap: Binary,
}

/// What the office keeps of the revocation code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationEntry {
    /// SHA-256 of the code's id.
    pub id_hash: Bytes<32>,
    /// Public half of the code's authentication key.
    pub auth_key: VerifyingKey,
}

impl CodeSet {
    /// Parses the canonical document and checks what its shape promises.
    pub fn parse(bytes: &[u8]) -> Result<Self, SetError> {
        let set: Self = from_canonical_json(bytes, MAX_SET)?;
        set.cost.parse().map_err(|_| SetError::Cost)?;
        if !set.codes.iter().map(|code| usize::from(code.slot)).eq(0..CODES_PER_SET) {
            return Err(SetError::Slots);
        }
        if set.codes.iter().any(|code| !(1..=MAX_WRAP).contains(&code.wrap.0.len())) {
            return Err(SetError::Wrap);
        }
        let ids = set.codes.iter().map(|code| code.id_hash).chain([set.revocation.id_hash]);
        let distinct: std::collections::BTreeSet<_> = ids.collect();
        (distinct.len() == CODES_PER_SET + 1).then_some(set).ok_or(SetError::SharedId)
    }

    /// The canonical document.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodingError> {
        to_canonical_json(self)
    }
}

/// Who signs which request over what. Each has a label of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement<'a> {
    /// The new phone: I have stored everything, delete it.
    Acknowledge {
        /// Of [`ResumeResponse`].
        challenge: &'a Challenge,
        /// Of [`ProveResponse`].
        rebinding: &'a Bytes<16>,
    },
    /// The new phone: make me the holder.
    Activate {
        /// Of [`ResumeResponse`].
        challenge: &'a Challenge,
        /// Of [`ProveResponse`].
        rebinding: &'a Bytes<16>,
    },
    /// The old phone: stop this.
    Cancel {
        /// Of [`ChallengeResponse`].
        challenge: &'a Challenge,
        /// Of [`PendingRebinding`].
        rebinding: &'a Bytes<16>,
    },
    /// The old phone: is anything pending?
    Notices {
        /// Of [`ChallengeResponse`].
        challenge: &'a Challenge,
        /// The account.
        account: &'a Bytes<16>,
    },
    /// A code's authentication key: the code is at hand, and this is the new phone.
    Prove {
        /// Of [`StartResponse`].
        challenge: &'a Challenge,
        /// Of [`StartResponse`].
        account: &'a Bytes<16>,
        /// Of [`StartResponse`].
        set: &'a Bytes<16>,
        /// The code's slot.
        slot: u8,
        /// The new phone's key.
        device_key: &'a VerifyingKey,
        /// To recover or to revoke.
        purpose: Purpose,
    },
    /// The ID card: I am the person, and this is my new phone.
    SecondFactor {
        /// Of [`ResumeResponse`].
        challenge: &'a Challenge,
        /// Of [`ProveResponse`].
        rebinding: &'a Bytes<16>,
        /// The new phone's key.
        device_key: &'a VerifyingKey,
    },
    /// The phone that makes the codes: these are my codes.
    StoreSet {
        /// Of [`AccountResponse`].
        challenge: &'a Challenge,
        /// [`CodeSet::to_bytes`].
        document: &'a [u8],
        /// The first blob.
        blob: &'a [u8],
    },
}

impl Statement<'_> {
    /// What ES256 signs: a label and framed fields.
    pub fn signing_input(&self) -> Vec<u8> {
        match self {
            Self::Acknowledge { challenge, rebinding } => {
                frame("kodanik/recovery/acknowledge", &[&challenge.0, &rebinding.0])
            }
            Self::Activate { challenge, rebinding } => {
                frame("kodanik/recovery/activate", &[&challenge.0, &rebinding.0])
            }
            Self::Cancel { challenge, rebinding } => {
                frame("kodanik/recovery/cancel", &[&challenge.0, &rebinding.0])
            }
            Self::Notices { challenge, account } => {
                frame("kodanik/recovery/notices", &[&challenge.0, &account.0])
            }
            Self::Prove { challenge, account, set, slot, device_key, purpose } => frame(
                "kodanik/recovery/prove",
                &[
                    &challenge.0,
                    &account.0,
                    &set.0,
                    &[*slot],
                    &device_key.to_sec1(),
                    purpose.name().as_bytes(),
                ],
            ),
            Self::SecondFactor { challenge, rebinding, device_key } => {
                frame("kodanik/recovery/second-factor", &[&challenge.0, &rebinding.0, &device_key.to_sec1()])
            }
            Self::StoreSet { challenge, document, blob } => {
                frame("kodanik/recovery/store-set", &[&challenge.0, document, blob])
            }
        }
    }

    /// Verifies the low-S signature of `key` over this.
    pub fn verify(&self, key: &VerifyingKey, signature: &Signature) -> Result<(), SignatureError> {
        key.verify_low_s(&self.signing_input(), signature)
    }
}

/// What a code is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Bind the e-ID to a new phone.
    Recover,
    /// Revoke the e-ID and the set, nothing else.
    Revoke,
}

impl Purpose {
    /// The name in JSON and in what is signed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recover => "recover",
            Self::Revoke => "revoke",
        }
    }
}

/// How far a re-binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebindingState {
    /// The old phone is out; the new one has not acknowledged yet.
    Active,
    /// Everything was handed over and deleted.
    Done,
    /// It may be activated now.
    Ready,
    /// Cancelled from the old phone: the office decides.
    Suspended,
    /// A code alone: not before `not_before`, unless a second factor is given.
    Waiting,
}

/// `POST /recovery/challenge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeResponse {
    /// Valid once, for five minutes.
    pub challenge: Challenge,
}

/// `POST /recovery/account`: the e-ID, presented to the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRequest {
    /// The challenge; its text is the presentation's nonce.
    pub challenge: Challenge,
    /// SD-JWT VC with `personal_administrative_number` disclosed and key binding to the office's address.
    pub presentation: String,
}

/// The answer to [`AccountRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountResponse {
    /// Random, the same for this person every time.
    pub account: Bytes<16>,
    /// For [`Statement::StoreSet`].
    pub challenge: Challenge,
}

/// `POST /recovery/set`: replaces the person's set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSetRequest {
    /// Of [`AccountResponse`].
    pub challenge: Challenge,
    /// [`CodeSet::to_bytes`].
    pub document: Binary,
    /// The first blob.
    pub blob: Binary,
    /// [`Statement::StoreSet`] by the device key.
    pub signature: Signature,
}

/// `POST /recovery/blob`: a newer blob for the same set. It is signed by itself and its counter only rises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The blob.
    pub blob: Binary,
}

/// `POST /recovery/start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// The code's id.
    pub id: Bytes<16>,
}

/// The answer to [`StartRequest`]; unknown ids get one of the same kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartResponse {
    /// For [`Statement::Prove`].
    pub challenge: Challenge,
    /// The account.
    pub account: Bytes<16>,
    /// The set.
    pub set: Bytes<16>,
    /// Argon2id's salt, before the slot.
    pub salt: Bytes<16>,
    /// Argon2id's cost.
    pub cost: Argon2Cost,
}

/// `POST /recovery/prove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProveRequest {
    /// The code's id.
    pub id: Bytes<16>,
    /// Of [`StartResponse`].
    pub challenge: Challenge,
    /// The code's slot.
    pub slot: u8,
    /// The new phone's key.
    pub device_key: VerifyingKey,
    /// To recover or to revoke.
    pub purpose: Purpose,
    /// [`Statement::Prove`] by the code's authentication key.
    pub proof: Signature,
}

/// The answer to [`ProveRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProveResponse {
    /// Names this re-binding from now on; useless without the new phone's key.
    pub rebinding: Bytes<16>,
    /// How far it is.
    pub state: RebindingState,
    /// A code alone takes effect then.
    pub not_before: UnixSeconds,
}

/// `POST /recovery/resume`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeRequest {
    /// Of [`ProveResponse`].
    pub rebinding: Bytes<16>,
}

/// The answer to [`ResumeRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeResponse {
    /// For the next statement.
    pub challenge: Challenge,
    /// How far it is.
    pub state: RebindingState,
    /// A code alone takes effect then.
    pub not_before: UnixSeconds,
}

/// `POST /recovery/second-factor`, `/recovery/activate` and `/recovery/acknowledge`; `/recovery/cancel` by the old phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// Of [`ProveResponse`].
    pub rebinding: Bytes<16>,
    /// Of [`ResumeResponse`]; for a cancellation of [`ChallengeResponse`].
    pub challenge: Challenge,
    /// The [`Statement`] of this step by whom it names.
    pub signature: Signature,
}

/// The answer to an activation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// What completes the code's key.
    pub share: Bytes<32>,
    /// The wrap of the code's slot.
    pub wrap: Binary,
    /// The newest blob.
    pub blob: Binary,
    /// Its counter, as the office knows it.
    pub counter: u64,
    /// An OpenID4VCI credential offer for the new phone.
    pub offer: String,
    /// The offer's transaction code, where it has one.
    pub tx_code: Option<String>,
}

impl std::fmt::Debug for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Release(counter {}, ..)", self.counter)
    }
}

/// `POST /recovery/notices`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticesRequest {
    /// The account.
    pub account: Bytes<16>,
    /// Of [`ChallengeResponse`].
    pub challenge: Challenge,
    /// [`Statement::Notices`] by the phone that made the set.
    pub signature: Signature,
}

/// The answer to [`NoticesRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticesResponse {
    /// Re-bindings that somebody with a code has begun.
    pub pending: Vec<PendingRebinding>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRebinding {
    /// Its name.
    pub rebinding: Bytes<16>,
    /// How far it is.
    pub state: RebindingState,
    /// When the code was used.
    pub begun: UnixSeconds,
    /// When it takes effect.
    pub not_before: UnixSeconds,
}

#[cfg(test)]
mod tests;
