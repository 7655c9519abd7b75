//! A list of HTTP header fields whose order and spelling are kept, because both are signed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most header fields that a message may have.
pub const MAX_HEADERS: usize = 64;
/// Most bytes of names and values together.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Why a list is not a list of header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is not an RFC 9110 token.
    #[error("a header name is not a token")]
    Name,
    /// More than 64 fields, or more than 32 KiB.
    #[error("too many header fields, or too large")]
    TooLarge,
    /// The value holds a control character, or starts or ends with white space.
    #[error("a header value that a field line cannot hold")]
    Value,
}

/// Header fields in order. In JSON: `[["name","value"], ...]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(String, String)>", into = "Vec<(String, String)>")]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks names, values and the caps.
    pub fn parse(fields: Vec<(String, String)>) -> Result<Self, HeaderError> {
        let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        if fields.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
            return Err(HeaderError::TooLarge);
        }
        fields.iter().try_for_each(|(name, value)| check(name, value))?;
        Ok(Self(fields))
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: &str, value: impl Into<String>) -> Result<(), HeaderError> {
        let mut fields = std::mem::take(&mut self.0);
        fields.push((name.to_owned(), value.into()));
        *self = Self::parse(fields)?;
        Ok(())
    }

    /// The fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of `name`, whatever its case.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of `name` where it stands exactly once.
    pub fn single(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// Whether `name` stands here at least once.
    pub fn contains(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The fields whose name passes `keep`.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }
}

impl TryFrom<Vec<(String, String)>> for Headers {
    type Error = HeaderError;

    fn try_from(fields: Vec<(String, String)>) -> Result<Self, HeaderError> {
        Self::parse(fields)
    }
}

impl From<Headers> for Vec<(String, String)> {
    fn from(headers: Headers) -> Self {
        headers.0
    }
}

fn check(name: &str, value: &str) -> Result<(), HeaderError> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(HeaderError::Name);
    }
    let control = value.chars().any(|character| character.is_control() && character != '\t');
    if control || value.trim_matches([' ', '\t']) != value {
        return Err(HeaderError::Value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> Result<Headers, HeaderError> {
        Headers::parse(vec![(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn order_and_spelling_are_kept() {
        let mut headers = one("X-B", "2").unwrap();
        headers.push("x-a", "1").unwrap();
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("X-B", "2"), ("x-a", "1")]);
        assert_eq!(headers.single("X-A"), Some("1"));
        headers.push("X-A", "3").unwrap();
        assert_eq!(headers.single("x-a"), None);
    }

    #[test]
    fn a_value_cannot_bring_a_second_line() {
        assert_eq!(one("a", "b\r\nX-Road-Client:evil"), Err(HeaderError::Value));
        assert_eq!(one("a", "b\0"), Err(HeaderError::Value));
        assert_eq!(one("a", " b"), Err(HeaderError::Value));
        assert_eq!(one("", "b"), Err(HeaderError::Name));
        assert_eq!(one("a:b", "c"), Err(HeaderError::Name));
        assert_eq!(one("a", &"b".repeat(MAX_HEADER_BYTES)), Err(HeaderError::TooLarge));
        let many = vec![("a".to_owned(), String::new()); MAX_HEADERS + 1];
        assert_eq!(Headers::parse(many), Err(HeaderError::TooLarge));
    }
}
