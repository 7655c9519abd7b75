//! Asks wallets for claims and accepts their answers (OpenID4VP 1.0, protocol.md §4.2.3): what every role that wants
//! to see an e-ID embeds. The role decides what to ask and what follows; this module remembers the open requests and
//! verifies.
//!
//! [`Verifier::create`] gives a link for the wallet, [`Verifier::request_object`] what the link leads to, and
//! [`Verifier::accept`] takes the answer, once.

use std::path::Path;

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_identity::dcql::Query;
use kodanik_identity::endpoint::Endpoint;
use kodanik_identity::jwe::DecryptionKey;
use kodanik_identity::presentation::{
    Expected, RequestLink, RequestObject, RequestUriMethod, ResponseError, StatusUnchecked, TransactionData,
    UnverifiedResponse, VerifiedResponse,
};
use kodanik_identity::trust::TrustAnchors;
use rand_core::{OsRng, RngCore};
use rusqlite::{OptionalExtension, Transaction, params};
use thiserror::Error;

use crate::clock::Clock;
use crate::context::Context;
use crate::db::Db;
use crate::error::{ApiError, GatewayError};
use crate::pki::{self, Signer};
use crate::status::StatusClient;

const MIGRATIONS: &[&str] = &[include_str!("../migrations/verifier/1.sql")];
/// How long a request may be answered, in seconds.
const LIFE: u64 = 300;
/// How many requests may be open at once.
const MAX_OPEN: i64 = 10_000;
const MAX_WALLET_NONCE: usize = 512;

/// Why a request is not made, given or accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifierError {
    // The wallet, or whoever plays one.
    /// The request was answered already.
    #[error("this request was answered already")]
    AlreadyAnswered,
    /// The answer does not verify.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// There is no such request, or it has expired.
    #[error("there is no such request, or it has expired")]
    Unknown,
    /// The wallet's nonce is not one.
    #[error("the wallet's nonce is too long")]
    WalletNonce,
    // The gateway.
    /// Too many requests are open.
    #[error("too many requests are open")]
    Busy,
    /// Its database.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// What was stored does not read back, or cannot be signed.
    #[error("a stored request is damaged")]
    Damaged,
}

impl From<VerifierError> for ApiError {
    fn from(error: VerifierError) -> Self {
        match error {
            VerifierError::AlreadyAnswered => Self::bad_request("already_answered", error.to_string()),
            VerifierError::Busy => Self::busy(10),
            VerifierError::Damaged | VerifierError::Database(_) => Self::internal(&error),
            VerifierError::Response(reason) => Self::bad_request("invalid_presentation", reason.to_string()),
            VerifierError::Unknown => Self::not_found(),
            VerifierError::WalletNonce => Self::bad_request("invalid_request", error.to_string()),
        }
    }
}

/// Asks and accepts for one relying party.
#[derive(Debug)]
pub struct Verifier {
    signer: Signer,
    registration: Option<String>,
    anchors: TrustAnchors,
    base: Endpoint,
    clock: Clock,
    status: StatusClient,
    db: Db,
}

/// A new request.
#[derive(Clone, Debug)]
pub struct CreatedRequest {
    /// Its name.
    pub id: String,
    /// For the wallet: `openid4vp://?...`.
    pub link: String,
}

/// An accepted answer.
#[derive(Debug)]
pub struct AcceptedResponse {
    /// What the role gave to [`Verifier::create`].
    pub session: Vec<u8>,
    /// What was presented: claims, holder keys, and by having verified the agreement to the transaction data.
    pub response: VerifiedResponse,
}

/// An answer whose encryption and state fit an open request, which is now closed; still to be verified.
#[derive(Debug)]
pub struct ReceivedResponse {
    request: Stored,
    response: UnverifiedResponse,
}

impl ReceivedResponse {
    /// What the role gave to [`Verifier::create`].
    pub fn session(&self) -> &[u8] {
        &self.request.session
    }
}

impl Verifier {
    /// Opens the verifier of the role in `folder`, whose key and certificate are `<name>.key` and `<name>.pem`. Its
    /// routes lie under `path` of the identified plane: `{path}/requests/{id}/object` and `{path}/responses/{id}`.
    pub fn open(context: &Context, folder: &Path, name: &str, path: &str) -> Result<Self, GatewayError> {
        let base = context.identified()?.join(path);
        Ok(Self {
            signer: Signer::read(folder, name)?,
            registration: pki::registration(folder, name)?,
            anchors: pki::anchors(&context.dir)?,
            base,
            clock: context.clock.clone(),
            status: StatusClient::new(context)?,
            db: Db::open(&folder.join(format!("{name}-requests.sqlite")), MIGRATIONS)?,
        })
    }

    /// Makes a request. `session` is the role's own and comes back with the answer.
    pub fn create(
        &self,
        session: &[u8],
        query: &Query,
        transaction_data: &[TransactionData],
    ) -> Result<CreatedRequest, VerifierError> {
        let id = random_name();
        let now = self.clock.now();
        let request = Stored {
            nonce: random_name(),
            state: random_name(),
            decryption_key: DecryptionKey::make(&mut OsRng),
            query: query.clone(),
            transaction_data: transaction_data.to_vec(),
            session: session.to_vec(),
            expires: as_sql(now.plus(LIFE).0),
        };
        self.db.transaction(|tx| {
            tx.execute("DELETE FROM requests WHERE expires <= ?1", [as_sql(now.0)])?;
            let open: i64 = tx.query_row("SELECT count(*) FROM requests", [], |row| row.get(0))?;
            if open >= MAX_OPEN { Err(VerifierError::Busy) } else { request.insert(tx, &id) }
        })?;
        let link = RequestLink {
            client_id: self.signer.client_id(),
            request_uri: self.base.join(&format!("requests/{id}/object")),
            method: RequestUriMethod::Post,
        };
        Ok(CreatedRequest { id, link: link.to_string() })
    }

    /// The signed request object; `wallet_nonce` where the wallet sent one.
    pub fn request_object(&self, id: &str, wallet_nonce: Option<&str>) -> Result<String, VerifierError> {
        if wallet_nonce.is_some_and(|nonce| nonce.is_empty() || nonce.len() > MAX_WALLET_NONCE) {
            return Err(VerifierError::WalletNonce);
        }
        let request = self.db.transaction(|tx| self.open_request(tx, id))?;
        let now = self.clock.now();
        let object = RequestObject {
            client_id: self.signer.client_id(),
            response_uri: &self.base.join(&format!("responses/{id}")),
            nonce: &request.nonce,
            state: &request.state,
            query: &request.query,
            encryption_key: &request.decryption_key.public_jwk(id),
            transaction_data: &request.transaction_data,
            wallet_nonce,
            registration: self.registration.as_deref(),
            issued: now,
            expires: kodanik_crypto::time::UnixSeconds(u64::try_from(request.expires).unwrap_or_default()),
        };
        let draft = object.draft(self.signer.x5c()).map_err(|_| VerifierError::Damaged)?;
        Ok(self.signer.sign(draft))
    }

    /// Takes an answer, once: receives, verifies, and looks every status up afresh.
    pub async fn accept(&self, id: &str, response: &str) -> Result<AcceptedResponse, VerifierError> {
        let received = self.receive(id, response)?;
        let session = received.session().to_vec();
        let response = self.verify(received).await?;
        Ok(AcceptedResponse { session, response })
    }

    /// The first half of [`Self::accept`]: an answer that opens with the request's own key closes the request, so that
    /// of two answers one is looked at; one that does not open changes nothing.
    pub fn receive(&self, id: &str, response: &str) -> Result<ReceivedResponse, VerifierError> {
        self.db.transaction(|tx| {
            let request = self.open_request(tx, id)?;
            let response = UnverifiedResponse::decrypt(response, &request.decryption_key)?;
            // The key goes too: who later copies the database cannot open an answer that was recorded on its way.
            tx.execute("UPDATE requests SET answered = 1, decryption_key = x'' WHERE id = ?1", [id])?;
            Ok(ReceivedResponse { request, response })
        })
    }

    /// The second half of [`Self::accept`].
    pub async fn verify(&self, received: ReceivedResponse) -> Result<VerifiedResponse, VerifierError> {
        let ReceivedResponse { request, response } = received;
        let expected = Expected {
            client_id: self.signer.client_id(),
            nonce: &request.nonce,
            state: &request.state,
            query: &request.query,
            transaction_data: &request.transaction_data,
            now: self.clock.now(),
        };
        let unchecked = response.verify(&expected, &self.anchors)?;
        Ok(self.check_status(unchecked).await?)
    }

    async fn check_status(&self, unchecked: StatusUnchecked) -> Result<VerifiedResponse, ResponseError> {
        let mut found = Vec::new();
        for reference in unchecked.references() {
            found.push((reference.clone(), self.status.look_up(reference).await));
        }
        unchecked.check_status(|reference| {
            found.iter().find(|(known, _)| known == reference).and_then(|(_, status)| *status)
        })
    }

    fn open_request(&self, tx: &Transaction<'_>, id: &str) -> Result<Stored, VerifierError> {
        let sql = "SELECT answered, expires FROM requests WHERE id = ?1";
        let found: Option<(bool, i64)> =
            tx.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            None => Err(VerifierError::Unknown),
            Some((_, expires)) if expires <= as_sql(self.clock.now().0) => Err(VerifierError::Unknown),
            Some((true, _)) => Err(VerifierError::AlreadyAnswered),
            Some((false, _)) => Stored::read(tx, id),
        }
    }
}

#[derive(Debug)]
struct Stored {
    nonce: String,
    state: String,
    decryption_key: DecryptionKey,
    query: Query,
    transaction_data: Vec<TransactionData>,
    session: Vec<u8>,
    expires: i64,
}

impl Stored {
    fn insert(&self, tx: &Transaction<'_>, id: &str) -> Result<(), VerifierError> {
        let query = serde_json::to_string(&self.query).map_err(|_| VerifierError::Damaged)?;
        let items: Vec<_> = self.transaction_data.iter().map(TransactionData::encoded).collect();
        tx.execute(
            "INSERT INTO requests (id, nonce, state, decryption_key, query, transaction_data, session, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                id,
                self.nonce,
                self.state,
                self.decryption_key.to_bytes().expose(),
                query,
                items.join(" "),
                self.session,
                self.expires,
            ],
        )?;
        Ok(())
    }

    fn read(tx: &Transaction<'_>, id: &str) -> Result<Self, VerifierError> {
        let mut statement = tx.prepare_cached(
            "SELECT nonce, state, decryption_key, query, transaction_data, session, expires
             FROM requests WHERE id = ?1",
        )?;
        let (texts, key, session, expires) = statement.query_row([id], |row| {
            let texts: [String; 4] = [row.get(0)?, row.get(1)?, row.get(3)?, row.get(4)?];
            let key: Vec<u8> = row.get(2)?;
            Ok((texts, SecretBytes::new(key), row.get(5)?, row.get(6)?))
        })?;
        let [nonce, state, query, items] = texts;
        let items = items.split_whitespace().map(TransactionData::parse).collect::<Result<_, _>>();
        let key = Secret::from_slice(key.expose()).ok_or(VerifierError::Damaged)?;
        Ok(Self {
            nonce,
            state,
            decryption_key: DecryptionKey::from_bytes(&key).map_err(|_| VerifierError::Damaged)?,
            query: Query::parse(query.as_bytes()).map_err(|_| VerifierError::Damaged)?,
            transaction_data: items.map_err(|_| VerifierError::Damaged)?,
            session,
            expires,
        })
    }
}

/// 192 random bits, URL-safe: nobody guesses a request's name, nonce or state.
fn random_name() -> String {
    let mut bytes = [0; 24];
    OsRng.fill_bytes(&mut bytes);
    to_base64url(bytes)
}

fn as_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
