//! Backup codes: making a set, asking one back, keeping the backup fresh without any code (protocol.md §7.2).
//!
//! [`Wallet::draft_backup`] makes eight codes and a revocation code; nothing is stored anywhere yet. The citizen writes
//! or prints them; [`Wallet::store_backup`] asks one back and only then does the set count. Afterwards the phone holds
//! the public half of the backup key alone: it can refresh the backup and read none.

mod content;

use kodanik_crypto::derive::Argon2Cost;
use kodanik_crypto::encoding::{Binary, Bytes, to_base64url};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::sha256;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::rebinding::{
    AccountRequest, AccountResponse, BlobHeader, ChallengeResponse, CodeEntry, CodeSet, NoticesRequest,
    NoticesResponse, RefreshRequest, RevocationEntry, Statement, StepRequest, StoreSetRequest,
};
use rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use kodanik_identity::rebinding::{PendingRebinding, RebindingState};

pub(crate) use self::content::BackupContent;
pub use self::content::{BackedUpCredential, BackupSummary};
use crate::error::{Misuse, WalletError};
use crate::history::{HistoryEntry, HistoryKind, append_in};
use crate::platform::{DEVICE_KEY, PromptReason};
use crate::recovery::keys::derive_id;
use crate::recovery::{BackupCode, BackupKey, CodeKeys, RecoveryError, Slot, WrapContent, WrapContext};
use crate::store::{Table, Transaction};
use crate::wallet::Wallet;

/// The row of [`Table::Backup`] with the set in force.
const STATE_ID: &str = "set";
const NUMBER_CLAIM: &str = "personal_administrative_number";

/// A set that was made and does not count yet. Wiped on drop.
#[derive(Debug)]
pub struct BackupDraft {
    set: Bytes<16>,
    created: UnixSeconds,
    codes: Vec<BackupCode>,
    revocation: BackupCode,
    asked: usize,
}

impl BackupDraft {
    /// The set's name, for the printed page.
    pub fn set(&self) -> &Bytes<16> {
        &self.set
    }

    /// The eight codes, as printed.
    pub fn codes(&self) -> impl Iterator<Item = Zeroizing<String>> {
        self.codes.iter().map(BackupCode::to_text)
    }

    /// The code that can only revoke, as printed.
    pub fn revocation_code(&self) -> Zeroizing<String> {
        self.revocation.to_text()
    }

    /// Which code will be asked back, 1 to 8.
    pub fn asked(&self) -> usize {
        self.asked + 1
    }

    /// When it was made.
    pub fn created(&self) -> UnixSeconds {
        self.created
    }

    fn check_asked(&self, typed: &str) -> Result<(), RecoveryError> {
        let typed = BackupCode::parse(typed)?;
        let expected = self.codes.get(self.asked).ok_or(RecoveryError::CodeNotOfThisSet)?;
        let same = Secret::init_with(|own| *own = *typed.expose());
        let right = Secret::init_with(|own| *own = *expected.expose());
        let equal: bool = subtle::ConstantTimeEq::ct_eq(&same, &right).into();
        equal.then_some(()).ok_or(RecoveryError::CodeNotOfThisSet)
    }
}

/// The set in force, as the phone knows it: nothing here opens anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupState {
    /// The account at the recovery office.
    pub account: Bytes<16>,
    /// The set.
    pub set: Bytes<16>,
    /// When the codes were made.
    pub created: UnixSeconds,
    /// The newest blob's counter.
    pub counter: u64,
    /// The public half of the backup key.
    pub backup_key: BackupKey,
}

/// A backup that the recovery office accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupOutcome {
    /// The set in force.
    pub state: BackupState,
    /// What the blob holds.
    pub summary: BackupSummary,
    /// The blob's size in bytes.
    pub blob_size: usize,
}

impl Wallet {
    /// Makes eight codes and a revocation code. They exist in this value alone.
    pub fn draft_backup(&self) -> BackupDraft {
        let codes: Vec<_> = Slot::recovery_slots().map(|slot| BackupCode::make(slot, &mut OsRng)).collect();
        BackupDraft {
            set: random(),
            created: self.platform().clock.now(),
            asked: OsRng.next_u32() as usize % codes.len(),
            codes,
            revocation: BackupCode::make(Slot::REVOCATION, &mut OsRng),
        }
    }

    /// Checks the code that was asked back, seals everything, and stores it with the recovery office in the place of the
    /// old set. Where the connection breaks, call it again with the same draft: the codes stay good.
    pub async fn store_backup(
        &self,
        draft: &BackupDraft,
        asked_back: &str,
    ) -> Result<BackupOutcome, WalletError> {
        draft.check_asked(asked_back)?;
        let AccountResponse { account, challenge } = self.recovery_account().await?;
        let device_key = self.platform().public_key(DEVICE_KEY).await?;
        let secrets = WrapContent {
            backup_key: SigningKey::make(&mut OsRng),
            participation_seed: self.participation_seed()?,
            device_key,
        };
        let set = seal_set(draft, account, &secrets)?;
        let state = BackupState {
            account,
            set: draft.set,
            created: draft.created,
            counter: 1,
            backup_key: BackupKey(secrets.backup_key.verifying_key()),
        };
        drop(secrets);
        let (blob, summary) = self.seal_blob(&state).await?;
        let document = set.to_bytes().map_err(|_| RecoveryError::Malformed)?;
        let statement =
            Statement::StoreSet { challenge: &challenge, document: &document, blob: &blob }.signing_input();
        let signature = self.platform().sign(DEVICE_KEY, &statement, PromptReason::Backup).await?;
        let blob_size = blob.len();
        let request =
            StoreSetRequest { challenge, document: Binary(document), blob: Binary(blob), signature };
        self.post_recovery::<_, ()>("set", &request).await?;
        let line = self.recovery_line(HistoryKind::BackupMade, "8 backup codes");
        self.store().batch(|tx| {
            append_in(tx, &line)?;
            put_state(tx, &state)
        })?;
        Ok(BackupOutcome { state, summary, blob_size })
    }

    /// Replaces the blob by a newer one. Needs no code.
    pub async fn refresh_backup(&self) -> Result<BackupOutcome, WalletError> {
        let mut state = self.backup_state()?.ok_or(RecoveryError::NoBackup)?;
        state.counter += 1;
        // Stored first: after a crash a number is skipped, never used twice.
        self.store().batch(|tx| put_state(tx, &state))?;
        let (blob, summary) = self.seal_blob(&state).await?;
        let blob_size = blob.len();
        self.post_recovery::<_, ()>("blob", &RefreshRequest { blob: Binary(blob) }).await?;
        Ok(BackupOutcome { state, summary, blob_size })
    }

    /// The set in force; `None` where the citizen should make one, as after every recovery.
    pub fn backup_state(&self) -> Result<Option<BackupState>, WalletError> {
        Ok(self.store().get(Table::Backup, STATE_ID)?)
    }

    /// Whether somebody with a code has begun to take this e-ID to another phone.
    pub async fn recovery_notices(&self) -> Result<Vec<PendingRebinding>, WalletError> {
        let account = self.backup_state()?.ok_or(RecoveryError::NoBackup)?.account;
        let challenge = self.recovery_challenge().await?.challenge;
        let statement = Statement::Notices { challenge: &challenge, account: &account }.signing_input();
        let signature = self.platform().sign(DEVICE_KEY, &statement, PromptReason::Backup).await?;
        let request = NoticesRequest { account, challenge, signature };
        Ok(self.post_recovery::<_, NoticesResponse>("notices", &request).await?.pending)
    }

    /// Stops it. The office then decides.
    pub async fn cancel_recovery(&self, pending: &PendingRebinding) -> Result<(), WalletError> {
        let (rebinding, challenge) = (pending.rebinding, self.recovery_challenge().await?.challenge);
        let statement = Statement::Cancel { challenge: &challenge, rebinding: &rebinding }.signing_input();
        let signature = self.platform().sign(DEVICE_KEY, &statement, PromptReason::Backup).await?;
        self.post_recovery("cancel", &StepRequest { rebinding, challenge, signature }).await
    }

    /// Shows the e-ID to the recovery office: the number and nothing else.
    async fn recovery_account(&self) -> Result<AccountResponse, WalletError> {
        let challenge = self.recovery_challenge().await?.challenge;
        let eid = self.eid()?;
        if eid.stored.key != DEVICE_KEY {
            return Err(Misuse::WrongState.into());
        }
        let audience = self.identified_url("recovery")?;
        let claims = [ClaimPath::of(&[NUMBER_CLAIM])];
        let presentation = self
            .present_to(&eid, &claims, &challenge.to_string(), audience.as_str(), PromptReason::Backup)
            .await?;
        self.post_recovery("account", &AccountRequest { challenge, presentation }).await
    }

    async fn recovery_challenge(&self) -> Result<ChallengeResponse, WalletError> {
        self.post_recovery("challenge", &()).await
    }

    pub(crate) async fn post_recovery<B: Serialize, T: serde::de::DeserializeOwned>(
        &self,
        step: &str,
        body: &B,
    ) -> Result<T, WalletError> {
        let url = self.identified_url(&format!("recovery/{step}"))?;
        let cap = 1024 * 1024;
        let body = crate::http::Body::json(body)?;
        let plane = &self.planes().identified;
        let answer = plane.send(::http::Method::POST, &url, &[], body, cap).await?;
        Ok(answer.accepted()?.json()?)
    }

    pub(crate) fn recovery_line(&self, kind: HistoryKind, purpose: &str) -> HistoryEntry {
        HistoryEntry {
            kind,
            party: self.config().identified.host_str().unwrap_or_default().to_owned(),
            purpose: purpose.to_owned(),
            claims: vec![NUMBER_CLAIM.to_owned()],
            time: self.platform().clock.now(),
        }
    }

    async fn seal_blob(&self, state: &BackupState) -> Result<(Vec<u8>, BackupSummary), WalletError> {
        let (content, summary) = BackupContent::collect(self)?;
        let header = BlobHeader {
            account: state.account.0,
            set: state.set.0,
            counter: state.counter,
            created: self.platform().clock.now(),
        };
        let draft = state.backup_key.seal_blob(&mut OsRng, &header, content.to_bytes()?.expose())?;
        let signature = self.platform().sign(DEVICE_KEY, draft.signing_input(), PromptReason::Backup).await?;
        Ok((draft.finish(&signature), summary))
    }
}

fn put_state(tx: &mut Transaction<'_>, state: &BackupState) -> Result<(), crate::store::StoreError> {
    tx.put(Table::Backup, STATE_ID, state)
}

/// Stretches every code and wraps the secrets once for each.
fn seal_set(
    draft: &BackupDraft,
    account: Bytes<16>,
    secrets: &WrapContent,
) -> Result<CodeSet, RecoveryError> {
    let (salt, cost) = (random::<16>(), Argon2Cost::STANDARD);
    let seal = |code: &BackupCode| -> Result<CodeEntry, RecoveryError> {
        let keys = CodeKeys::derive(code, &salt.0, cost)?;
        let share = random::<32>();
        let context = WrapContext { account: account.0, set: draft.set.0, slot: code.slot(), cost };
        Ok(CodeEntry {
            slot: code.slot().number(),
            id_hash: id_hash(code),
            auth_key: keys.auth().verifying_key(),
            share,
            wrap: Binary(secrets.wrap(&mut OsRng, &keys.kek(&share.0, &draft.set.0), &context)),
        })
    };
    let revocation = CodeKeys::derive(&draft.revocation, &salt.0, cost)?;
    Ok(CodeSet {
        account,
        set: draft.set,
        created: draft.created,
        device_key: secrets.device_key,
        salt,
        cost,
        codes: draft.codes.iter().map(seal).collect::<Result<_, _>>()?,
        revocation: RevocationEntry {
            id_hash: id_hash(&draft.revocation),
            auth_key: revocation.auth().verifying_key(),
        },
    })
}

fn id_hash(code: &BackupCode) -> Bytes<32> {
    Bytes(sha256(derive_id(code).expose()))
}

fn random<const N: usize>() -> Bytes<N> {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    Bytes(bytes)
}

/// A set's name as people compare it with their paper: the first 48 bits, in base64url.
pub fn short_name(set: &Bytes<16>) -> String {
    to_base64url(&set.0[..6])
}
