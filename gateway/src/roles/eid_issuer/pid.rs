//! The PID itself: which claims, and how it is issued and revoked.

use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::issuance::{ClaimDescription, Display};
use kodanik_identity::sd_jwt::{CredentialContent, CredentialDraft};
use kodanik_identity::status::StatusReference;
use rand_core::{OsRng, RngCore};
use rusqlite::{Transaction, params};
use serde_json::{Map, Value, json};

use super::status_list::SIZE;
use super::{EidError, EidIssuer, Person, PersonId, as_sql};

/// The type of the EU's person identification data.
pub const PID_VCT: &str = "urn:eudi:pid:1";

const DECOYS: usize = 3;
/// How long a PID is good, in seconds.
const LIFE: u64 = 365 * 86_400;
const ADULT: u64 = 18;

/// The claims that the holder discloses one by one, with their English names.
const DISCLOSABLE: [(&[&str], &str); 7] = [
    (&["age_equal_or_over", "18"], "18 or over"),
    (&["birthdate"], "Date of birth"),
    (&["family_name"], "Family name"),
    (&["given_name"], "Given name"),
    (&["nationalities"], "Nationality"),
    (&["personal_administrative_number"], "Personal number"),
    (&["roll_number"], "Number on the roll of voters"),
];

impl EidIssuer {
    /// Issues a PID for `key`. A second one with the same token replaces the first, whose answer was lost.
    pub(super) fn issue(
        &self,
        id: PersonId,
        token_hash: &[u8; 32],
        key: &VerifyingKey,
    ) -> Result<String, EidError> {
        let person = self.person(id)?;
        let now = self.clock.now();
        let expires = now.plus(LIFE);
        let index = self.db.transaction(|tx| {
            revoke_where(tx, "token_hash = ?2", &token_hash.as_slice(), now)?;
            let index = free_index(tx)?;
            tx.execute(
                "INSERT INTO credentials (status_index, person, token_hash, holder_key, issued, expires)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![index, id.0, token_hash, key.to_sec1(), as_sql(now.0), as_sql(expires.0)],
            )?;
            Ok::<_, EidError>(index)
        })?;
        self.status.forget();
        let status =
            StatusReference::new(u64::from(index), self.status.uri()).map_err(|_| EidError::Damaged)?;
        let content = CredentialContent {
            issuer: self.identifier.as_str().to_owned(),
            vct: PID_VCT.to_owned(),
            issued: now,
            expires,
            holder: *key,
            status: Some(status),
            claims: claims(&person, now),
            disclosable: DISCLOSABLE.iter().map(|(path, _)| ClaimPath::of(path)).collect(),
            decoys: DECOYS,
        };
        let draft = CredentialDraft::new(&mut OsRng, self.signer.x5c(), &content);
        Ok(draft.map_err(|_| EidError::Damaged)?.sign(self.signer.key()))
    }

    /// Revokes every credential of `person` and cancels open offers and tokens. Gives how many credentials were valid.
    /// From here on the status list says so.
    pub fn revoke_person(&self, person: PersonId) -> Result<usize, EidError> {
        let now = self.clock.now();
        let revoked = self.db.transaction(|tx| {
            tx.execute("DELETE FROM offers WHERE person = ?1", [person.0])?;
            tx.execute("DELETE FROM access_tokens WHERE person = ?1", [person.0])?;
            revoke_where(tx, "person = ?2", &person.0, now)
        })?;
        self.status.forget();
        Ok(revoked)
    }

    /// Revokes the credential at one place of the status list.
    pub fn revoke_index(&self, index: u64) -> Result<(), EidError> {
        let now = self.clock.now();
        let revoked = self.db.transaction(|tx| revoke_where(tx, "status_index = ?2", &as_sql(index), now))?;
        self.status.forget();
        if revoked == 1 { Ok(()) } else { Err(EidError::Unknown) }
    }

    /// How many valid credentials `person` has.
    pub fn valid_credentials(&self, person: PersonId) -> Result<u64, EidError> {
        let sql = "SELECT count(*) FROM credentials WHERE person = ?1 AND revoked IS NULL AND expires > ?2";
        let now = as_sql(self.clock.now().0);
        let count: i64 = self.db.transaction(|tx| tx.query_row(sql, [person.0, now], |row| row.get(0)))?;
        Ok(super::from_sql(count))
    }
}

/// What the claims are called.
pub(super) fn descriptions() -> Vec<ClaimDescription> {
    let describe = |(path, name): &(&[&str], &str)| ClaimDescription {
        path: ClaimPath::of(path),
        display: vec![Display { name: (*name).to_owned(), locale: Some("en".to_owned()) }],
    };
    DISCLOSABLE.iter().map(describe).collect()
}

fn claims(person: &Person, now: UnixSeconds) -> Map<String, Value> {
    let adult = age(&person.birthdate, now).is_some_and(|age| age >= ADULT);
    let claims = json!({
        "age_equal_or_over": { "18": adult },
        "birthdate": person.birthdate,
        "family_name": person.family_name,
        "given_name": person.given_name,
        "issuing_authority": "Kodanik e-ID office",
        "issuing_country": person.nationality,
        "nationalities": [person.nationality],
        "personal_administrative_number": person.personal_administrative_number,
        "roll_number": person.roll_number,
    });
    match claims {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn revoke_where(
    tx: &Transaction<'_>,
    condition: &'static str,
    value: &dyn rusqlite::ToSql,
    now: UnixSeconds,
) -> Result<usize, rusqlite::Error> {
    let sql = format!("UPDATE credentials SET revoked = ?1 WHERE {condition} AND revoked IS NULL");
    tx.execute(&sql, [&as_sql(now.0) as &dyn rusqlite::ToSql, value])
}

/// A random unused place, so that places tell nothing about the order of issuing.
fn free_index(tx: &Transaction<'_>) -> Result<u32, EidError> {
    let used: i64 = tx.query_row("SELECT count(*) FROM credentials", [], |row| row.get(0))?;
    // Kept half empty: a free place is found in two draws on average.
    if super::from_sql(used) >= u64::from(SIZE / 2) {
        return Err(EidError::Full);
    }
    loop {
        let index = OsRng.next_u32() % SIZE;
        let sql = "SELECT count(*) FROM credentials WHERE status_index = ?1";
        let taken: i64 = tx.query_row(sql, [index], |row| row.get(0))?;
        if taken == 0 {
            return Ok(index);
        }
    }
}

/// Year, month, day of `YYYY-MM-DD`, if that is a day of the calendar.
pub(super) fn parse_date(text: &str) -> Option<(u64, u64, u64)> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    let (year, month, day) = (text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?);
    ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some((year, month, day))
}

fn days_in(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Full years from `birthdate` to `now` (UTC).
fn age(birthdate: &str, now: UnixSeconds) -> Option<u64> {
    let (year, month, day) = parse_date(birthdate)?;
    let (this_year, this_month, today) = date(now);
    let had_birthday = (this_month, today) >= (month, day);
    this_year.checked_sub(year)?.checked_sub(u64::from(!had_birthday))
}

/// The civil date of a moment (H. Hinnant's `civil_from_days`, for days after 1970).
fn date(now: UnixSeconds) -> (u64, u64, u64) {
    let days = now.0 / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn dates_are_the_calendars() {
        assert_eq!(date(UnixSeconds(0)), (1970, 1, 1));
        assert_eq!(date(UnixSeconds(19_782 * DAY)), (2024, 2, 29));
        assert_eq!(date(UnixSeconds(20_454 * DAY - 1)), (2025, 12, 31));
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-1-01",
            "2024-01-32",
            "24-01-01",
            "2024/01/01",
            "",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(parse_date("2024-02-29"), Some((2024, 2, 29)));
    }

    #[test]
    fn one_is_of_age_on_the_birthday_and_not_the_day_before() {
        let birthday = UnixSeconds(19_782 * DAY);
        assert_eq!(age("2006-02-28", birthday), Some(18));
        assert_eq!(age("2006-03-01", birthday), Some(17));
        assert_eq!(age("2006-02-29", birthday), None);
        assert_eq!(age("2030-01-01", birthday), None);
    }
}
