//! From an offer to an access token: codes are single use, expire, and allow few tries of the `tx_code`.

use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::secret::SecretText;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::labelled_sha256;
use kodanik_identity::dpop::VerifiedDpop;
use kodanik_identity::issuance::{
    AccessToken, CredentialOffer, Grants, PreAuthorizedGrant, TokenResponse, TxCodeInput, TxCodeSpec,
};
use kodanik_identity::oauth::OAuthErrorCode;
use rand_core::{CryptoRngCore, OsRng};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{CONFIGURATION, EidError, EidIssuer, PersonId, as_sql, from_sql};

const CODE_LABEL: &str = "KODANIK-V1-PRE-AUTHORIZED-CODE";
const TX_CODE_LABEL: &str = "KODANIK-V1-TX-CODE";
pub(super) const TOKEN_LABEL: &str = "KODANIK-V1-ACCESS-TOKEN";
const TX_CODE_DIGITS: usize = 6;
const TX_CODE_TRIES: i64 = 5;
/// How long an offer is good, in seconds.
const OFFER_LIFE: u64 = 15 * 60;
/// How long an access token is good, in seconds.
const TOKEN_LIFE: u64 = 300;

/// An offer for one person. The two parts go separate ways: the link as a QR code, the `tx_code` by letter or at the
/// counter.
#[derive(Debug)]
pub struct Offer {
    /// `openid-credential-offer://?...`.
    pub offer_uri: SecretText,
    /// Six digits.
    pub tx_code: SecretText,
}

impl EidIssuer {
    /// Offers the PID to `person`. The caller has identified the person.
    pub fn create_offer(&self, person: PersonId) -> Result<Offer, EidError> {
        let code = random_token(&mut OsRng);
        let tx_code = random_digits(&mut OsRng, TX_CODE_DIGITS);
        let code_hash = labelled_sha256(CODE_LABEL, &[code.expose().as_bytes()]);
        let now = self.clock.now();
        self.person(person)?;
        self.db.transaction(|tx| {
            tx.execute("DELETE FROM offers WHERE expires <= ?1", [as_sql(now.0)])?;
            tx.execute(
                "INSERT INTO offers (code_hash, person, tx_code_hash, tries_left, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    code_hash,
                    person.0,
                    tx_code_hash(&code_hash, &tx_code),
                    TX_CODE_TRIES,
                    as_sql(now.plus(OFFER_LIFE).0)
                ],
            )
        })?;
        Ok(Offer { offer_uri: SecretText::new(self.offer(code).to_link()), tx_code })
    }

    fn offer(&self, code: SecretText) -> CredentialOffer {
        let tx_code = TxCodeSpec {
            input_mode: TxCodeInput::Numeric,
            length: Some(TX_CODE_DIGITS),
            description: Some("The six digits that the e-ID office gave you".to_owned()),
        };
        let grant = PreAuthorizedGrant { code, tx_code: Some(tx_code), authorization_server: None };
        CredentialOffer {
            credential_issuer: self.identifier.clone(),
            credential_configuration_ids: vec![CONFIGURATION.to_owned()],
            grants: Grants { pre_authorized: Some(grant) },
        }
    }

    /// Trades a code for a token bound to the key of `proof`. A wrong `tx_code` costs a try.
    pub(super) fn redeem(
        &self,
        code: &SecretText,
        tx_code: Option<&SecretText>,
        proof: &VerifiedDpop,
    ) -> Result<TokenResponse, EidError> {
        let code_hash = labelled_sha256(CODE_LABEL, &[code.expose().as_bytes()]);
        let token = random_token(&mut OsRng);
        let now = self.clock.now();
        let redeemed = self.db.transaction(|tx| {
            let Some(person) = take_offer(tx, &code_hash, tx_code, now)? else {
                // Not an error of the transaction's: the try that was spent must stay spent.
                return Ok::<_, EidError>(false);
            };
            tx.execute("DELETE FROM access_tokens WHERE expires <= ?1", [as_sql(now.0)])?;
            let hash = labelled_sha256(TOKEN_LABEL, &[token.expose().as_bytes()]);
            let expires = as_sql(now.plus(TOKEN_LIFE).0);
            tx.execute(
                "INSERT INTO access_tokens (token_hash, person, thumbprint, expires) VALUES (?1, ?2, ?3, ?4)",
                params![hash, person, proof.thumbprint().0, expires],
            )?;
            Ok(true)
        })?;
        if !redeemed {
            return Err(OAuthErrorCode::InvalidGrant.into());
        }
        Ok(TokenResponse {
            access_token: AccessToken::new(token),
            expires_in: Some(TOKEN_LIFE),
            credential_identifiers: Vec::new(),
        })
    }

    /// Whose token this is, if it lives and is bound to the key of `proof`.
    pub(super) fn check_token(&self, hash: &[u8; 32], proof: &VerifiedDpop) -> Result<PersonId, EidError> {
        let found: Option<(i64, Vec<u8>, i64)> = self.db.transaction(|tx| {
            tx.query_row(
                "SELECT person, thumbprint, expires FROM access_tokens WHERE token_hash = ?1",
                [hash],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()
        })?;
        match found {
            Some((person, thumbprint, expires))
                if thumbprint == proof.thumbprint().0 && from_sql(expires) > self.clock.now().0 =>
            {
                Ok(PersonId(person))
            }
            _ => Err(OAuthErrorCode::InvalidToken.into()),
        }
    }
}

/// The person of a good offer, which is then used up; otherwise a try is.
fn take_offer(
    tx: &Transaction<'_>,
    code_hash: &[u8; 32],
    tx_code: Option<&SecretText>,
    now: UnixSeconds,
) -> Result<Option<i64>, rusqlite::Error> {
    let found: Option<(i64, Vec<u8>)> = tx
        .query_row(
            "SELECT person, tx_code_hash FROM offers
             WHERE code_hash = ?1 AND redeemed = 0 AND tries_left > 0 AND expires > ?2",
            params![code_hash, as_sql(now.0)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((person, expected)) = found else { return Ok(None) };
    if tx_code.is_some_and(|typed| tx_code_hash(code_hash, typed).as_slice() == expected) {
        tx.execute("UPDATE offers SET redeemed = 1 WHERE code_hash = ?1", [code_hash])?;
        return Ok(Some(person));
    }
    tx.execute("UPDATE offers SET tries_left = tries_left - 1 WHERE code_hash = ?1", [code_hash])?;
    Ok(None)
}

fn tx_code_hash(code_hash: &[u8; 32], tx_code: &SecretText) -> [u8; 32] {
    labelled_sha256(TX_CODE_LABEL, &[code_hash, tx_code.expose().as_bytes()])
}

fn random_token(rng: &mut impl CryptoRngCore) -> SecretText {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    SecretText::new(to_base64url(bytes))
}

/// Uniform digits: bytes of 250 and more are drawn again.
fn random_digits(rng: &mut impl CryptoRngCore, count: usize) -> SecretText {
    let mut digits = String::with_capacity(count);
    while digits.len() < count {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        if byte[0] < 250 {
            digits.push(char::from(b'0' + byte[0] % 10));
        }
    }
    SecretText::new(digits)
}
