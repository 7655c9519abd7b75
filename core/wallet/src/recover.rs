//! Recovering on a new phone with a backup code (protocol.md §7.3).
//!
//! [`Wallet::recover`] may be called again with the same code at any point, after a crash, a broken connection or three
//! days of waiting: the office knows this phone by its key, so nothing is used up twice. The order is fixed: the old
//! phone is put out of force before anything is released, everything is stored here before the office deletes it, and
//! the e-ID is issued anew by the ordinary way.

mod id_card;

use async_trait::async_trait;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::secret::SecretText;
use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::rebinding::{
    ProveRequest, ProveResponse, Purpose, RebindingState, Release, ResumeRequest, ResumeResponse,
    StartRequest, StartResponse, Statement, StepRequest, UnverifiedBlob,
};
use serde::{Deserialize, Serialize};

pub use self::id_card::TestIdCard;
use crate::backup::{BackedUpCredential, BackupContent, BackupSummary};
use crate::credentials::StoredCredential;
use crate::enrol::EnrolOutcome;
use crate::error::WalletError;
use crate::history::{HistoryKind, append_in};
use crate::platform::{DEVICE_KEY, KeyError, PromptReason};
use crate::recovery::keys::derive_id;
use crate::recovery::{BackupCode, CodeKeys, RecoveryError, Slot, WrapContent, WrapContext, open_blob};
use crate::store::Table;
use crate::wallet::{PARTICIPATION_SEED, Wallet};

/// The row of [`Table::Backup`] that says how far a recovery into this wallet came.
const PROGRESS_ID: &str = "recovery";

/// Fresh proof that the person is there: a tap of the plastic ID card.
#[async_trait]
pub trait SecondFactor: Send + Sync {
    /// ES256 over `message` by the card's registered key; the card asks for its own PIN.
    async fn sign(&self, message: &[u8]) -> Result<Signature, KeyError>;
}

/// How a recovery ended, for now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoverOutcome {
    /// Everything is back.
    Recovered(Box<Recovered>),
    /// The code is accepted and takes effect later; the old phone shows a notice until then.
    Waiting {
        /// Call [`Wallet::recover`] again after this moment, or before it with a second factor.
        not_before: UnixSeconds,
    },
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recovered {
    /// When the backup was made: what happened later is not in it.
    pub made: UnixSeconds,
    /// How much it held.
    pub summary: BackupSummary,
    /// Credentials to be requested again, other than the e-ID that was issued anew.
    pub request_again: Vec<BackedUpCredential>,
    /// The new e-ID; `None` where an interrupted run had got it already.
    pub e_id: Option<EnrolOutcome>,
    /// Always true: every code of the old set is dead, and a new set must be made.
    pub new_codes_needed: bool,
}

/// How far a recovery came; what it says happened is durable.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    rebinding: Bytes<16>,
    made: UnixSeconds,
    summary: [usize; 4],
    request_again: Vec<BackedUpCredential>,
    done: bool,
}

/// A code at work: what it derives and where it belongs.
struct Session {
    keys: CodeKeys,
    id: Bytes<16>,
    start: StartResponse,
    slot: Slot,
}

impl Wallet {
    /// Restores everything that may come back into this new wallet and gets a new e-ID. Without a second factor the
    /// answer is [`RecoverOutcome::Waiting`] until the waiting time is over.
    pub async fn recover(
        &self,
        code: &str,
        second_factor: Option<&dyn SecondFactor>,
    ) -> Result<RecoverOutcome, WalletError> {
        let code = parse_code(code, Purpose::Recover)?;
        match self.recovery_progress()? {
            Some(progress) if progress.done => return Err(RecoveryError::NotANewWallet.into()),
            // A run before this one had everything but the office's word that its part is deleted.
            Some(progress) if self.has_credentials()? => {
                self.acknowledge(progress.rebinding).await?;
                return Ok(RecoverOutcome::Recovered(Box::new(self.conclude(progress, None)?)));
            }
            None if self.is_in_use()? => return Err(RecoveryError::NotANewWallet.into()),
            Some(_) | None => {}
        }
        let device_key = self.platform().public_key(DEVICE_KEY).await?;
        let session = self.open_session(&code).await?;
        let ProveResponse { rebinding, state, not_before } =
            self.prove(&session, &device_key, Purpose::Recover).await?;
        if state == RebindingState::Waiting {
            let Some(factor) = second_factor else { return Ok(RecoverOutcome::Waiting { not_before }) };
            self.give_second_factor(rebinding, &device_key, factor).await?;
        }
        let release = self.activate(rebinding).await?;
        let progress = self.import(&session, rebinding, &release)?;
        let e_id = self.enrol_again(&release).await?;
        self.acknowledge(rebinding).await?;
        Ok(RecoverOutcome::Recovered(Box::new(self.conclude(progress, e_id)?)))
    }

    /// Uses the revocation code: the e-ID and every backup code of its set are dead afterwards. Works on any wallet.
    pub async fn revoke_by_code(&self, code: &str) -> Result<(), WalletError> {
        let code = parse_code(code, Purpose::Revoke)?;
        let device_key = self.platform().public_key(DEVICE_KEY).await?;
        let session = self.open_session(&code).await?;
        self.prove(&session, &device_key, Purpose::Revoke).await?;
        Ok(())
    }

    async fn open_session(&self, code: &BackupCode) -> Result<Session, WalletError> {
        let id = Bytes(*derive_id(code).expose());
        let start: StartResponse = self.post_recovery("start", &StartRequest { id }).await?;
        let keys = CodeKeys::derive(code, &start.salt.0, start.cost)?;
        Ok(Session { keys, id, start, slot: code.slot() })
    }

    async fn prove(
        &self,
        session: &Session,
        device_key: &VerifyingKey,
        purpose: Purpose,
    ) -> Result<ProveResponse, WalletError> {
        let StartResponse { challenge, account, set, .. } = &session.start;
        let slot = session.slot.number();
        let statement = Statement::Prove { challenge, account, set, slot, device_key, purpose };
        let proof = session.keys.auth().sign(&statement.signing_input());
        let (id, challenge, device_key) = (session.id, *challenge, *device_key);
        self.post_recovery("prove", &ProveRequest { id, challenge, slot, device_key, purpose, proof }).await
    }

    async fn give_second_factor(
        &self,
        rebinding: Bytes<16>,
        device_key: &VerifyingKey,
        factor: &dyn SecondFactor,
    ) -> Result<(), WalletError> {
        let challenge = self.resume(rebinding).await?.challenge;
        let statement = Statement::SecondFactor { challenge: &challenge, rebinding: &rebinding, device_key };
        let signature = factor.sign(&statement.signing_input()).await?;
        self.post_recovery("second-factor", &StepRequest { rebinding, challenge, signature }).await
    }

    async fn activate(&self, rebinding: Bytes<16>) -> Result<Release, WalletError> {
        let challenge = self.resume(rebinding).await?.challenge;
        let statement = Statement::Activate { challenge: &challenge, rebinding: &rebinding };
        self.post_recovery("activate", &self.step(rebinding, challenge, &statement).await?).await
    }

    async fn acknowledge(&self, rebinding: Bytes<16>) -> Result<(), WalletError> {
        let challenge = self.resume(rebinding).await?.challenge;
        let statement = Statement::Acknowledge { challenge: &challenge, rebinding: &rebinding };
        self.post_recovery("acknowledge", &self.step(rebinding, challenge, &statement).await?).await
    }

    async fn resume(&self, rebinding: Bytes<16>) -> Result<ResumeResponse, WalletError> {
        self.post_recovery("resume", &ResumeRequest { rebinding }).await
    }

    async fn step(
        &self,
        rebinding: Bytes<16>,
        challenge: Bytes<32>,
        statement: &Statement<'_>,
    ) -> Result<StepRequest, WalletError> {
        let message = statement.signing_input();
        let signature = self.platform().sign(DEVICE_KEY, &message, PromptReason::Backup).await?;
        Ok(StepRequest { rebinding, challenge, signature })
    }

    /// Opens wrap and blob and stores all of it, with the note that it is stored, in one transaction.
    fn import(
        &self,
        session: &Session,
        rebinding: Bytes<16>,
        release: &Release,
    ) -> Result<Progress, WalletError> {
        if let Some(progress) = self.recovery_progress()? {
            return Ok(progress);
        }
        let (secrets, content, made) = open_release(session, release)?;
        let BackupSummary { cases, credentials, evidence, history, .. } = content.summary();
        let line = self.recovery_line(HistoryKind::Recovered, "restored with a backup code");
        self.store().batch(|tx| {
            content.restore(tx)?;
            tx.put_bytes(Table::Seeds, PARTICIPATION_SEED, secrets.participation_seed.expose())?;
            append_in(tx, &line)?;
            let summary = [cases, credentials, evidence, history];
            let request_again = content.into_credentials();
            let progress = Progress { rebinding, made, summary, request_again, done: false };
            tx.put(Table::Backup, PROGRESS_ID, &progress)?;
            Ok(progress)
        })
    }

    /// The e-ID by the ordinary way, unless a run before this one got it.
    async fn enrol_again(&self, release: &Release) -> Result<Option<EnrolOutcome>, WalletError> {
        if self.has_credentials()? {
            return Ok(None);
        }
        let tx_code = release.tx_code.clone().map(SecretText::new);
        self.add_credential(&release.offer, tx_code).await.map(Some)
    }

    fn conclude(&self, mut progress: Progress, e_id: Option<EnrolOutcome>) -> Result<Recovered, WalletError> {
        progress.done = true;
        self.store().put(Table::Backup, PROGRESS_ID, &progress)?;
        let [cases, credentials, evidence, history] = progress.summary;
        Ok(Recovered {
            made: progress.made,
            summary: BackupSummary { cases, credentials, evidence, history, left_out: 0 },
            request_again: progress.request_again,
            e_id,
            new_codes_needed: true,
        })
    }

    fn recovery_progress(&self) -> Result<Option<Progress>, WalletError> {
        Ok(self.store().get(Table::Backup, PROGRESS_ID)?)
    }

    fn has_credentials(&self) -> Result<bool, WalletError> {
        Ok(!self.store().list::<StoredCredential>(Table::Credentials)?.is_empty())
    }

    /// Anything that a restored seed or history would mix with.
    fn is_in_use(&self) -> Result<bool, WalletError> {
        let tables = [Table::Ballots, Table::Cases, Table::Credentials, Table::Tokens];
        for table in tables {
            if !self.store().list_bytes(table)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn parse_code(text: &str, purpose: Purpose) -> Result<BackupCode, RecoveryError> {
    let code = BackupCode::parse(text)?;
    let revokes = code.slot() == Slot::REVOCATION;
    (revokes == (purpose == Purpose::Revoke)).then_some(code).ok_or(RecoveryError::WrongKind)
}

fn open_release(
    session: &Session,
    release: &Release,
) -> Result<(WrapContent, BackupContent, UnixSeconds), RecoveryError> {
    let StartResponse { account, set, cost, .. } = &session.start;
    let kek = session.keys.kek(&release.share.0, &set.0);
    let context = WrapContext { account: account.0, set: set.0, slot: session.slot, cost: *cost };
    let secrets = WrapContent::unwrap(&release.wrap.0, &kek, &context)?;
    let place = (&account.0, &set.0);
    let blob = UnverifiedBlob::parse(&release.blob.0)?.verify(place, release.counter, &secrets.device_key)?;
    let content = BackupContent::parse(open_blob(&blob, &secrets.backup_key)?.expose())?;
    Ok((secrets, content, blob.header.created))
}
