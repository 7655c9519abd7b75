//! The register of people.

use std::fmt;

use kodanik_crypto::signature::VerifyingKey;
use rusqlite::{OptionalExtension, Row, params};
use thiserror::Error;

use super::{EidError, EidIssuer, pid};

const COLUMNS: &str = "id, given_name, family_name, birthdate, personal_administrative_number, roll_number, \
                       nationality, id_card_key";
const MAX_TEXT: usize = 200;

/// A person's number inside this register; never leaves the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub(super) i64);

/// Somebody in the register.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Given names.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// `YYYY-MM-DD`.
    pub birthdate: String,
    /// The number that names the person in every register.
    pub personal_administrative_number: String,
    /// The number on the roll of voters.
    pub roll_number: String,
    /// Two letters (ISO 3166-1).
    pub nationality: String,
    /// The public key of the plastic ID card.
    pub id_card_key: Option<VerifyingKey>,
}

/// Why somebody is not added to the register.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PersonError {
    /// The birth date is none.
    #[error("the birth date is not YYYY-MM-DD")]
    Birthdate,
    /// The personal number or roll number is taken.
    #[error("a number is taken by somebody else")]
    Taken,
    /// A text is empty or longer than 200 bytes, or the nationality is not two letters.
    #[error("a text is empty, too long, or not of the expected form")]
    Text,
    /// The database's own error.
    #[error("database: {0}")]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for PersonError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Self::Taken,
            _ => Self::Database(error),
        }
    }
}

impl Person {
    fn check(&self) -> Result<(), PersonError> {
        let texts =
            [&self.given_name, &self.family_name, &self.personal_administrative_number, &self.roll_number];
        let country = self.nationality.len() == 2 && self.nationality.bytes().all(|b| b.is_ascii_uppercase());
        if !country || texts.iter().any(|text| !(1..=MAX_TEXT).contains(&text.len())) {
            return Err(PersonError::Text);
        }
        pid::parse_date(&self.birthdate).map(drop).ok_or(PersonError::Birthdate)
    }

    fn read(row: &Row<'_>) -> Result<(PersonId, Self), rusqlite::Error> {
        let key: Option<Vec<u8>> = row.get(7)?;
        let person = Self {
            given_name: row.get(1)?,
            family_name: row.get(2)?,
            birthdate: row.get(3)?,
            personal_administrative_number: row.get(4)?,
            roll_number: row.get(5)?,
            nationality: row.get(6)?,
            id_card_key: key.and_then(|key| VerifyingKey::from_sec1(&key).ok()),
        };
        Ok((PersonId(row.get(0)?), person))
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}

impl EidIssuer {
    /// Adds somebody to the register.
    pub fn add_person(&self, person: &Person) -> Result<PersonId, PersonError> {
        person.check()?;
        self.db.transaction(|tx| {
            tx.execute(
                "INSERT INTO people (given_name, family_name, birthdate, personal_administrative_number,
                                     roll_number, nationality, id_card_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    person.given_name,
                    person.family_name,
                    person.birthdate,
                    person.personal_administrative_number,
                    person.roll_number,
                    person.nationality,
                    person.id_card_key.map(|key| key.to_sec1()),
                ],
            )?;
            Ok(PersonId(tx.last_insert_rowid()))
        })
    }

    /// The person of this register number.
    pub fn person(&self, id: PersonId) -> Result<Person, EidError> {
        let sql = format!("SELECT {COLUMNS} FROM people WHERE id = ?1");
        let found = self.db.transaction(|tx| tx.query_row(&sql, [id.0], Person::read).optional())?;
        found.map(|(_, person)| person).ok_or(EidError::Unknown)
    }

    /// Everybody's personal administrative number, for whoever makes the roll of an election.
    pub fn personal_numbers(&self) -> Result<Vec<String>, EidError> {
        Ok(self.db.transaction(|tx| {
            let mut select = tx.prepare("SELECT personal_administrative_number FROM people ORDER BY id")?;
            select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        })?)
    }

    /// The person with this personal administrative number.
    pub fn find_person(&self, number: &str) -> Result<Option<(PersonId, Person)>, EidError> {
        let sql = format!("SELECT {COLUMNS} FROM people WHERE personal_administrative_number = ?1");
        Ok(self.db.transaction(|tx| tx.query_row(&sql, [number], Person::read).optional())?)
    }
}
