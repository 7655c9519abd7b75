//! The recovery office: keeps what backup codes need and can open nothing of it (protocol.md §7).
//!
//! A citizen with an e-ID stores a set of codes. Later, on a new phone, a code proves itself and is used up in one
//! transaction; a second factor, or a waiting time that the old phone can see and stop, decides when it takes effect.
//! Then the old phone is put out of force *first*, and only after that the share, wrap and blob are handed over and an
//! offer for a new e-ID is made.
//!
//! A code that does not exist is answered like one that does.

mod store;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kodanik_crypto::derive::{Argon2Cost, derive_key};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::sha256;
use kodanik_identity::rebinding::{
    AccountResponse, BlobError, Challenge, CodeSet, NoticesRequest, NoticesResponse, ProveRequest,
    ProveResponse, Purpose, REVOCATION_SLOT, RebindingState, RefreshRequest, Release, ResumeResponse,
    SetError, StartResponse, Statement, StepRequest, StoreSetRequest, UnverifiedBlob,
};
use rand_core::{OsRng, RngCore};
use rusqlite::Transaction;
use thiserror::Error;

use self::store::{CodeRow, RebindingRow, Subject};
use crate::clock::Clock;
use crate::context::role_dir;
use crate::db::Db;
use crate::error::GatewayError;
use crate::roles::eid_issuer::{EidError, EidIssuer, Person, PersonId};

const MIGRATIONS: &[&str] = &[include_str!("../../migrations/recovery/1.sql")];
const ROLE: &str = "recovery";
const FAKE: &str = "kodanik/recovery/unknown-id";
/// Starts and wrong proofs that a code or an account may have in a day.
const ATTEMPTS_PER_DAY: u32 = 5;

/// Why the office says no. Never names a person.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecoveryRefused {
    // The citizen.
    /// Too often today.
    #[error("too many attempts today")]
    AttemptsExhausted,
    /// Code, slot, key or signature do not fit together; unknown codes are answered so, too.
    #[error("the proof is not accepted")]
    BadProof,
    /// The challenge was used, is too old, or was given to somebody else.
    #[error("the challenge is not valid any more")]
    ChallengeSpent,
    /// Another phone used this code.
    #[error("this code was used before")]
    CodeUsed,
    /// Casting in a binding election is open: a code alone has no effect now.
    #[error("while casting in a binding election is open, a code needs a second factor")]
    ElectionOpen,
    /// There is no ID card on the register for this person.
    #[error("no ID card is registered for this person")]
    NoIdCard,
    /// Somebody began to recover this account; a new set must wait until that is decided or cancelled.
    #[error("a recovery of this account is pending")]
    RebindingPending,
    /// Stopped from the old phone.
    #[error("the recovery was stopped; the office decides")]
    Suspended,
    /// There is no such account, set or re-binding (any more).
    #[error("nothing is known under this name")]
    Unknown,
    /// A code alone has no effect yet.
    #[error("the waiting time is not over")]
    Waiting,
    /// Not the phone that may do this.
    #[error("this phone may not do this")]
    WrongPhone,
    // The wallet.
    /// The blob.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The set.
    #[error(transparent)]
    Set(#[from] SetError),
    // The gateway.
    /// Its database.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The e-ID's issuer.
    #[error(transparent)]
    Eid(#[from] EidError),
}

/// The rules that differ between offices and tests.
#[derive(Clone)]
pub struct Rules {
    /// Seconds that a code alone waits.
    pub code_alone_wait: u64,
    /// Whether casting in a binding election is open now.
    pub binding_election_open: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// The recovery office.
pub struct Recovery {
    db: Db,
    clock: Clock,
    rules: Rules,
    eid: Arc<EidIssuer>,
    fake_key: Secret<32>,
    activating: Mutex<()>,
}

impl Recovery {
    /// Makes the office's folder and database below `dir`; does nothing to one that exists.
    pub fn init(dir: &Path) -> Result<(), GatewayError> {
        let folder = role_dir(dir, ROLE);
        std::fs::create_dir_all(&folder).map_err(|source| GatewayError::File { path: folder, source })?;
        open_db(dir)?.transaction(|tx| store::make_secret(tx, "fake-key"))
    }

    /// Opens what [`Self::init`] made.
    pub fn open(
        dir: &Path,
        rules: Rules,
        eid: Arc<EidIssuer>,
        clock: Clock,
    ) -> Result<Arc<Self>, GatewayError> {
        let db = open_db(dir)?;
        let fake_key = db.transaction(|tx| store::secret(tx, "fake-key"))?;
        let path = role_dir(dir, ROLE);
        let fake_key = fake_key.ok_or(GatewayError::BadKeyFile { path })?;
        Ok(Arc::new(Self { db, clock, rules, eid, fake_key, activating: Mutex::new(()) }))
    }

    /// A challenge for whoever shows the e-ID or speaks for an old phone next.
    pub fn challenge(&self) -> Result<Challenge, RecoveryRefused> {
        self.verdict(|tx| self.make_challenge(tx, Subject::Anybody))
    }

    /// The account of the person whose e-ID was verified with `challenge` as its nonce; made on first use.
    pub fn account(
        &self,
        challenge: &Challenge,
        person: &str,
        device_key: &VerifyingKey,
    ) -> Result<AccountResponse, RecoveryRefused> {
        self.verdict(|tx| {
            self.spend(tx, challenge, Subject::Anybody)?;
            if store::is_retired(tx, device_key)? {
                return Err(RecoveryRefused::WrongPhone);
            }
            let account = store::ensure_account(tx, person, device_key)?;
            let challenge = self.make_challenge(tx, Subject::Account(&account))?;
            Ok(AccountResponse { account, challenge })
        })
    }

    /// Stores a set and its first blob in the place of the person's old set.
    pub fn store_set(&self, request: &StoreSetRequest) -> Result<(), RecoveryRefused> {
        let set = CodeSet::parse(&request.document.0)?;
        let blob = UnverifiedBlob::parse(&request.blob.0)?
            .verify((&set.account.0, &set.set.0), 1, &set.device_key)?
            .header;
        self.verdict(|tx| {
            self.spend(tx, &request.challenge, Subject::Account(&set.account))?;
            let statement = Statement::StoreSet {
                challenge: &request.challenge,
                document: &request.document.0,
                blob: &request.blob.0,
            };
            let phone = store::account_device(tx, &set.account)?.ok_or(RecoveryRefused::WrongPhone)?;
            if phone != set.device_key || statement.verify(&phone, &request.signature).is_err() {
                return Err(RecoveryRefused::WrongPhone);
            }
            if store::has_open_rebinding(tx, &set.account)? {
                return Err(RecoveryRefused::RebindingPending);
            }
            store::replace_set(tx, &set, &request.blob.0, blob.counter)?;
            self.log(tx, &set.account, "set stored")
        })
    }

    /// Takes a newer blob of the same set, by the same phone.
    pub fn refresh(&self, request: &RefreshRequest) -> Result<(), RecoveryRefused> {
        let blob = UnverifiedBlob::parse(&request.blob.0)?;
        self.verdict(|tx| {
            let account = Bytes(blob.header().account);
            let set = store::set_of(tx, &account)?.ok_or(RecoveryRefused::Unknown)?;
            if store::account_device(tx, &account)? != Some(set.device_key) {
                return Err(RecoveryRefused::WrongPhone);
            }
            let newest = set.counter.saturating_add(1);
            let verified = blob.verify((&account.0, &set.id.0), newest, &set.device_key)?;
            store::replace_blob(tx, &account, &request.blob.0, verified.header.counter)?;
            Ok(())
        })
    }

    /// What a wallet needs to stretch a code. An unknown id gets an answer of the same kind, the same every time.
    pub fn start(&self, id: &Bytes<16>) -> Result<StartResponse, RecoveryRefused> {
        let id_hash = Bytes(sha256(&id.0));
        let fake = self.fake_answer(&id_hash);
        self.verdict(|tx| {
            self.count_attempt(tx, &id_hash.0)?;
            let known = store::code(tx, &id_hash)?;
            let challenge = self.make_challenge(tx, Subject::Code(&id_hash))?;
            let place = known.map_or(fake, |code| (code.account, code.set.id, code.set.salt, code.set.cost));
            let (account, set, salt, cost) = place;
            Ok(StartResponse { challenge, account, set, salt, cost })
        })
    }

    /// Uses the code up for the new phone, or finds that this phone did so before. The revocation code revokes.
    pub fn prove(&self, request: &ProveRequest) -> Result<ProveResponse, RecoveryRefused> {
        let (code, person) = self.verdict(|tx| self.check_proof(tx, request))?;
        match request.purpose {
            Purpose::Recover => self.verdict(|tx| self.use_code(tx, &code, request)),
            Purpose::Revoke => self.revoke(&code, person),
        }
    }

    /// How a re-binding stands, and a challenge for the new phone's next step.
    pub fn resume(&self, rebinding: &Bytes<16>) -> Result<ResumeResponse, RecoveryRefused> {
        self.verdict(|tx| {
            let row = store::rebinding(tx, rebinding)?.ok_or(RecoveryRefused::Unknown)?;
            let challenge = self.make_challenge(tx, Subject::Rebinding(rebinding))?;
            Ok(ResumeResponse { challenge, state: self.state(&row), not_before: row.not_before })
        })
    }

    /// The ID card's tap: from now on there is nothing to wait for.
    pub fn second_factor(&self, step: &StepRequest) -> Result<(), RecoveryRefused> {
        self.verdict(|tx| {
            let row = self.spend_for(tx, step)?;
            if row.state == "suspended" {
                return Err(RecoveryRefused::Suspended);
            }
            let (_, person) = self.person(tx, &row.account)?;
            let card = person.id_card_key.ok_or(RecoveryRefused::NoIdCard)?;
            let statement = Statement::SecondFactor {
                challenge: &step.challenge,
                rebinding: &step.rebinding,
                device_key: &row.device_key,
            };
            if statement.verify(&card, &step.signature).is_err() {
                self.count_attempt(tx, &row.account.0)?;
                return Err(RecoveryRefused::BadProof);
            }
            store::give_factor(tx, &step.rebinding, "id_card")?;
            self.log(tx, &row.account, "second factor: ID card")
        })
    }

    /// Puts the old phone out of force, then hands over. May be asked again until it is acknowledged.
    pub fn activate(&self, step: &StepRequest) -> Result<Release, RecoveryRefused> {
        // One at a time: a second request that was checked before the first had its effect would revoke the new e-ID.
        let _alone = self.activating.lock().unwrap_or_else(PoisonError::into_inner);
        let (row, person) = self.verdict(|tx| self.check_activation(tx, step))?;
        if row.state == "pending" {
            // First: whatever happens next, the old e-ID must be dead before the new one can live. Repeating it after
            // a crash is harmless, as no offer was made before the state below was stored.
            self.eid.revoke_person(person)?;
            self.verdict(|tx| {
                if !store::make_active(tx, &step.rebinding, &row.account)? {
                    return Err(RecoveryRefused::Suspended);
                }
                self.log(tx, &row.account, "old phone revoked, new phone bound")
            })?;
        }
        let offer = self.eid.create_offer(person)?;
        self.verdict(|tx| {
            let (share, wrap) = store::released(tx, &step.rebinding)?.ok_or(RecoveryRefused::Unknown)?;
            let (blob, counter) = store::blob(tx, &row.account)?.ok_or(RecoveryRefused::Unknown)?;
            let tx_code = Some(offer.tx_code.expose().to_owned());
            Ok(Release { share, wrap, blob, counter, offer: offer.offer_uri.expose().to_owned(), tx_code })
        })
    }

    /// Deletes what was handed over, and the set with it.
    pub fn acknowledge(&self, step: &StepRequest) -> Result<(), RecoveryRefused> {
        self.verdict(|tx| {
            let row = self.spend_for(tx, step)?;
            let statement = Statement::Acknowledge { challenge: &step.challenge, rebinding: &step.rebinding };
            check_phone(&statement, &row.device_key, step)?;
            match row.state.as_str() {
                "done" => Ok(()),
                "active" => {
                    store::finish(tx, &step.rebinding, &row.account)?;
                    self.log(tx, &row.account, "set deleted after recovery")
                }
                _ => Err(RecoveryRefused::Waiting),
            }
        })
    }

    /// What the old phone should show its owner.
    pub fn notices(&self, request: &NoticesRequest) -> Result<NoticesResponse, RecoveryRefused> {
        self.verdict(|tx| {
            self.spend(tx, &request.challenge, Subject::Anybody)?;
            let statement = Statement::Notices { challenge: &request.challenge, account: &request.account };
            let phone = store::account_device(tx, &request.account)?.ok_or(RecoveryRefused::WrongPhone)?;
            statement.verify(&phone, &request.signature).map_err(|_| RecoveryRefused::WrongPhone)?;
            let rows = store::pending(tx, &request.account)?;
            Ok(NoticesResponse { pending: rows.iter().map(|row| row.notice(self.state(row))).collect() })
        })
    }

    /// The old phone stops a re-binding; the office decides what becomes of it.
    pub fn cancel(&self, step: &StepRequest) -> Result<(), RecoveryRefused> {
        self.verdict(|tx| {
            self.spend(tx, &step.challenge, Subject::Anybody)?;
            let row = store::rebinding(tx, &step.rebinding)?.ok_or(RecoveryRefused::Unknown)?;
            let phone = store::account_device(tx, &row.account)?.ok_or(RecoveryRefused::WrongPhone)?;
            let statement = Statement::Cancel { challenge: &step.challenge, rebinding: &step.rebinding };
            check_phone(&statement, &phone, step)?;
            if row.state != "pending" {
                return Err(RecoveryRefused::Unknown);
            }
            store::suspend(tx, &step.rebinding)?;
            self.log(tx, &row.account, "recovery stopped from the old phone")
        })
    }

    fn check_proof(
        &self,
        tx: &Transaction<'_>,
        request: &ProveRequest,
    ) -> Result<(CodeRow, PersonId), RecoveryRefused> {
        let id_hash = Bytes(sha256(&request.id.0));
        self.spend(tx, &request.challenge, Subject::Code(&id_hash))?;
        let code = store::code(tx, &id_hash)?.ok_or(RecoveryRefused::BadProof)?;
        let statement = Statement::Prove {
            challenge: &request.challenge,
            account: &code.account,
            set: &code.set.id,
            slot: request.slot,
            device_key: &request.device_key,
            purpose: request.purpose,
        };
        let kind_fits = (code.slot == REVOCATION_SLOT) == (request.purpose == Purpose::Revoke);
        let proved = statement.verify(&code.auth_key, &request.proof).is_ok();
        if code.slot != request.slot || !kind_fits || !proved {
            self.count_attempt(tx, &code.account.0)?;
            return Err(RecoveryRefused::BadProof);
        }
        let (person, _) = self.person(tx, &code.account)?;
        Ok((code, person))
    }

    /// The one place where a code is used: the row is claimed only if nobody has claimed it.
    fn use_code(
        &self,
        tx: &Transaction<'_>,
        code: &CodeRow,
        request: &ProveRequest,
    ) -> Result<ProveResponse, RecoveryRefused> {
        let rebinding = random();
        let begun = self.clock.now();
        if !store::claim_code(tx, &code.id_hash, &rebinding)? {
            return self.same_phone_again(tx, code, request);
        }
        let row = RebindingRow {
            id: rebinding,
            account: code.account,
            slot: code.slot,
            device_key: request.device_key,
            begun,
            not_before: begun.plus(self.rules.code_alone_wait),
            factor: None,
            state: "pending".to_owned(),
        };
        store::insert_rebinding(tx, &row)?;
        self.log(tx, &code.account, "code used, re-binding pending")?;
        Ok(ProveResponse { rebinding, state: self.state(&row), not_before: row.not_before })
    }

    /// A lost answer costs no code: the same phone gets its re-binding again.
    fn same_phone_again(
        &self,
        tx: &Transaction<'_>,
        code: &CodeRow,
        request: &ProveRequest,
    ) -> Result<ProveResponse, RecoveryRefused> {
        let row = store::rebinding_of_code(tx, &code.id_hash)?.ok_or(RecoveryRefused::CodeUsed)?;
        if row.device_key != request.device_key {
            return Err(RecoveryRefused::CodeUsed);
        }
        Ok(ProveResponse { rebinding: row.id, state: self.state(&row), not_before: row.not_before })
    }

    fn revoke(&self, code: &CodeRow, person: PersonId) -> Result<ProveResponse, RecoveryRefused> {
        self.eid.revoke_person(person)?;
        self.verdict(|tx| {
            store::retire_phones(tx, &code.account)?;
            store::kill_set(tx, &code.account)?;
            self.log(tx, &code.account, "revoked by revocation code")?;
            let now = self.clock.now();
            Ok(ProveResponse { rebinding: random(), state: RebindingState::Done, not_before: now })
        })
    }

    fn check_activation(
        &self,
        tx: &Transaction<'_>,
        step: &StepRequest,
    ) -> Result<(RebindingRow, PersonId), RecoveryRefused> {
        let row = self.spend_for(tx, step)?;
        let statement = Statement::Activate { challenge: &step.challenge, rebinding: &step.rebinding };
        check_phone(&statement, &row.device_key, step)?;
        match self.state(&row) {
            RebindingState::Active | RebindingState::Ready => {}
            RebindingState::Done => return Err(RecoveryRefused::Unknown),
            RebindingState::Suspended => return Err(RecoveryRefused::Suspended),
            RebindingState::Waiting => return Err(self.why_waiting(&row)),
        }
        let (person, _) = self.person(tx, &row.account)?;
        Ok((row, person))
    }

    fn person(
        &self,
        tx: &Transaction<'_>,
        account: &Bytes<16>,
    ) -> Result<(PersonId, Person), RecoveryRefused> {
        let number = store::person(tx, account)?.ok_or(RecoveryRefused::Unknown)?;
        self.eid.find_person(&number)?.ok_or(RecoveryRefused::Unknown)
    }

    fn state(&self, row: &RebindingRow) -> RebindingState {
        match row.state.as_str() {
            "active" => RebindingState::Active,
            "done" => RebindingState::Done,
            "suspended" => RebindingState::Suspended,
            _ if row.factor.is_some() || self.code_alone_suffices(row) => RebindingState::Ready,
            _ => RebindingState::Waiting,
        }
    }

    fn code_alone_suffices(&self, row: &RebindingRow) -> bool {
        self.clock.now() >= row.not_before && !(self.rules.binding_election_open)()
    }

    fn why_waiting(&self, row: &RebindingRow) -> RecoveryRefused {
        if self.clock.now() >= row.not_before {
            RecoveryRefused::ElectionOpen
        } else {
            RecoveryRefused::Waiting
        }
    }

    fn spend_for(&self, tx: &Transaction<'_>, step: &StepRequest) -> Result<RebindingRow, RecoveryRefused> {
        self.spend(tx, &step.challenge, Subject::Rebinding(&step.rebinding))?;
        store::rebinding(tx, &step.rebinding)?.ok_or(RecoveryRefused::Unknown)
    }

    fn make_challenge(
        &self,
        tx: &Transaction<'_>,
        subject: Subject<'_>,
    ) -> Result<Challenge, RecoveryRefused> {
        let challenge = random();
        store::insert_challenge(tx, &challenge, subject, self.clock.now())?;
        Ok(challenge)
    }

    fn spend(
        &self,
        tx: &Transaction<'_>,
        challenge: &Challenge,
        subject: Subject<'_>,
    ) -> Result<(), RecoveryRefused> {
        let valid = store::spend_challenge(tx, challenge, subject, self.clock.now())?;
        valid.then_some(()).ok_or(RecoveryRefused::ChallengeSpent)
    }

    fn count_attempt(&self, tx: &Transaction<'_>, subject: &[u8]) -> Result<(), RecoveryRefused> {
        let count = store::count_attempt(tx, subject, self.clock.now().0 / 86_400)?;
        (count <= ATTEMPTS_PER_DAY).then_some(()).ok_or(RecoveryRefused::AttemptsExhausted)
    }

    fn fake_answer(&self, id_hash: &Bytes<32>) -> (Bytes<16>, Bytes<16>, Bytes<16>, Argon2Cost) {
        let part = |name: &str| {
            let fields = [id_hash.as_ref(), name.as_bytes()];
            Bytes(*derive_key::<16>(self.fake_key.expose(), b"", FAKE, &fields).expose())
        };
        (part("account"), part("set"), part("salt"), Argon2Cost::STANDARD)
    }

    fn log(
        &self,
        tx: &Transaction<'_>,
        account: &Bytes<16>,
        event: &'static str,
    ) -> Result<(), RecoveryRefused> {
        Ok(store::log(tx, self.clock.now(), account, event)?)
    }

    /// One transaction in which a refusal is a result like any other: a spent challenge stays spent and a counted attempt
    /// stays counted. Only a failing database rolls back. Whoever refuses does so before anything else is written.
    fn verdict<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, RecoveryRefused>,
    ) -> Result<T, RecoveryRefused> {
        self.db.transaction(|tx| match work(tx) {
            Err(RecoveryRefused::Database(error)) => Err(RecoveryRefused::Database(error)),
            verdict => Ok(verdict),
        })?
    }
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recovery(..)")
    }
}

fn check_phone(
    statement: &Statement<'_>,
    key: &VerifyingKey,
    step: &StepRequest,
) -> Result<(), RecoveryRefused> {
    statement.verify(key, &step.signature).map_err(|_| RecoveryRefused::WrongPhone)
}

fn random<const N: usize>() -> Bytes<N> {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    Bytes(bytes)
}

fn open_db(dir: &Path) -> Result<Db, GatewayError> {
    Db::open(&role_dir(dir, ROLE).join("recovery.sqlite"), MIGRATIONS)
}
