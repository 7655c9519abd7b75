//! Who and what: X-Road identifiers, and the path `/r1/...` (PR-REST 1.0.4 §4.1; `protocol.md §6.1`).
//!
//! Each part of an identifier is percent-encoded by itself, so a `/` inside a part is `%2F` and never a separator.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// What stays as it is when we encode a part: RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest identifier or path that is looked at, in bytes.
const MAX_LENGTH: usize = 2048;

/// Why text names no member, service or server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// A part is empty or all white space.
    #[error("a part of the identifier is blank")]
    Blank,
    /// A character that a path segment cannot hold (RFC 3986 `pchar`).
    #[error("a character that a path segment cannot hold")]
    Character,
    /// `.` or `..` as a segment, encoded or not.
    #[error("a dot segment")]
    DotSegment,
    /// A `%` without two hexadecimal digits, or octets that are not UTF-8.
    #[error("broken percent encoding")]
    Encoding,
    /// Too few or too many parts.
    #[error("a wrong number of parts")]
    Parts,
    /// Over 2048 bytes.
    #[error("too long")]
    TooLong,
    /// Not `/r1/`.
    #[error("not the protocol version r1")]
    Version,
}

/// A consumer: a member, or a subsystem of one. `instance/class/code[/subsystem]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId {
    /// The X-Road instance, for example `EE`.
    pub instance: String,
    /// The member class, for example `GOV`.
    pub member_class: String,
    /// The member's code in its class.
    pub member_code: String,
    /// The subsystem; `None` names the member itself.
    pub subsystem: Option<String>,
}

impl FromStr for ClientId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut parts = decode_parts(text)?.into_iter();
        if !matches!(parts.len(), 3 | 4) {
            return Err(AddressError::Parts);
        }
        let mut next = || parts.next().ok_or(AddressError::Parts);
        Ok(Self { instance: next()?, member_class: next()?, member_code: next()?, subsystem: parts.next() })
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.instance, &self.member_class, &self.member_code];
        write_parts(f, parts.into_iter().chain(&self.subsystem))
    }
}

/// A service of a provider's subsystem. `instance/class/code/subsystem/service`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId {
    /// The X-Road instance.
    pub instance: String,
    /// The provider's member class.
    pub member_class: String,
    /// The provider's code.
    pub member_code: String,
    /// The provider's subsystem.
    pub subsystem: String,
    /// The service's code.
    pub service_code: String,
}

impl ServiceId {
    /// The provider.
    pub fn provider(&self) -> ClientId {
        ClientId {
            instance: self.instance.clone(),
            member_class: self.member_class.clone(),
            member_code: self.member_code.clone(),
            subsystem: Some(self.subsystem.clone()),
        }
    }

    /// The service `service_code` of `provider`; `None` where that is a member without subsystem.
    pub fn of(provider: &ClientId, service_code: &str) -> Option<Self> {
        Some(Self {
            instance: provider.instance.clone(),
            member_class: provider.member_class.clone(),
            member_code: provider.member_code.clone(),
            subsystem: provider.subsystem.clone()?,
            service_code: service_code.to_owned(),
        })
    }
}

impl FromStr for ServiceId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let [instance, member_class, member_code, subsystem, service_code] = decode_exactly(text)?;
        Ok(Self { instance, member_class, member_code, subsystem, service_code })
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts =
            [&self.instance, &self.member_class, &self.member_code, &self.subsystem, &self.service_code];
        write_parts(f, parts)
    }
}

/// A security server. `instance/class/code/server`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerId {
    /// The X-Road instance.
    pub instance: String,
    /// The owner's member class.
    pub member_class: String,
    /// The owner's code.
    pub member_code: String,
    /// The server's code.
    pub server_code: String,
}

impl FromStr for ServerId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let [instance, member_class, member_code, server_code] = decode_exactly(text)?;
        Ok(Self { instance, member_class, member_code, server_code })
    }
}

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(f, [&self.instance, &self.member_class, &self.member_code, &self.server_code])
    }
}

/// On whose behalf a request is made. `[class/]code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepresentedParty {
    /// The party's class, where given.
    pub class: Option<String>,
    /// The party's code. X-Road lets it be empty; we do not send that.
    pub code: String,
}

impl FromStr for RepresentedParty {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text.split('/').collect::<Vec<_>>()[..] {
            [code] => Ok(Self { class: None, code: decode_part(code)? }),
            [class, code] => Ok(Self { class: Some(decode_part(class)?), code: decode_part(code)? }),
            _ => Err(AddressError::Parts),
        }
    }
}

/// The citizen behind a request: `X-Road-UserId`, a two-letter country and the person's number there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId {
    country: String,
    number: String,
}

/// Not two capital letters and 1 to 64 letters, digits, `-` or `.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a two-letter country followed by a personal number")]
pub struct NotAUserId;

impl UserId {
    /// From a country (ISO 3166-1 alpha-2, capitals) and the personal administrative number in it.
    pub fn new(country: &str, number: &str) -> Result<Self, NotAUserId> {
        let fits = country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && (1..=64).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        let id = || Self { country: country.to_owned(), number: number.to_owned() };
        fits.then(id).ok_or(NotAUserId)
    }

    /// The country.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The personal administrative number.
    pub fn number(&self) -> &str {
        &self.number
    }
}

impl FromStr for UserId {
    type Err = NotAUserId;

    fn from_str(text: &str) -> Result<Self, NotAUserId> {
        let (country, number) = text.split_at_checked(2).ok_or(NotAUserId)?;
        Self::new(country, number)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.country, self.number)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(..)") // a person's number stays out of logs
    }
}

/// `/r1/{service}{tail}`: the service, and the raw rest of the path, empty or starting with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestPath {
    service: ServiceId,
    tail: String,
    raw: String,
}

impl RestPath {
    /// Parses a request path as a security server does: the rest behind the service is taken as it is.
    pub fn parse_lenient(path: &str) -> Result<Self, AddressError> {
        if path.len() > MAX_LENGTH {
            return Err(AddressError::TooLong);
        }
        let identifier = path.strip_prefix("/r1/").ok_or(AddressError::Version)?;
        let end = identifier.match_indices('/').nth(4).map_or(identifier.len(), |(index, _)| index);
        let (service, tail) = identifier.split_at(end);
        Ok(Self { service: service.parse()?, tail: tail.to_owned(), raw: path.to_owned() })
    }

    /// Parses a request path and refuses what another server could read in another way: dot segments, encoded or
    /// not, and a rest that is not well-formed.
    pub fn parse(path: &str) -> Result<Self, AddressError> {
        let path = Self::parse_lenient(path)?;
        path.raw.split('/').try_for_each(check_segment)?;
        Ok(path)
    }

    /// The path of `service` with `tail`, which is empty or starts with `/`.
    pub fn new(service: &ServiceId, tail: &str) -> Result<Self, AddressError> {
        if !tail.is_empty() && !tail.starts_with('/') {
            return Err(AddressError::Character);
        }
        Self::parse(&format!("/r1/{service}{tail}"))
    }

    /// The service.
    pub fn service(&self) -> &ServiceId {
        &self.service
    }

    /// The rest behind the service, as received.
    pub fn tail(&self) -> &str {
        &self.tail
    }

    /// The whole path, as received.
    pub fn as_str(&self) -> &str {
        &self.raw
    }
}

fn check_segment(segment: &str) -> Result<(), AddressError> {
    match decode_part(segment)?.as_str() {
        "." | ".." => Err(AddressError::DotSegment),
        _ => Ok(()),
    }
}

fn write_parts<'a>(f: &mut fmt::Formatter<'_>, parts: impl IntoIterator<Item = &'a String>) -> fmt::Result {
    for (index, part) in parts.into_iter().enumerate() {
        let slash = if index == 0 { "" } else { "/" };
        write!(f, "{slash}{}", utf8_percent_encode(part, ENCODED))?;
    }
    Ok(())
}

fn decode_exactly<const N: usize>(text: &str) -> Result<[String; N], AddressError> {
    decode_parts(text)?.try_into().map_err(|_| AddressError::Parts)
}

/// At least one part, none blank, none a dot segment.
fn decode_parts(text: &str) -> Result<Vec<String>, AddressError> {
    if text.len() > MAX_LENGTH {
        return Err(AddressError::TooLong);
    }
    let parts: Vec<String> = text.split('/').map(decode_part).collect::<Result<_, _>>()?;
    if parts.iter().any(|part| part.trim().is_empty()) {
        return Err(AddressError::Blank);
    }
    if parts.iter().any(|part| matches!(part.as_str(), "." | "..")) {
        return Err(AddressError::DotSegment);
    }
    Ok(parts)
}

/// One segment: RFC 3986 `pchar`s, percent-decoded to UTF-8.
fn decode_part(part: &str) -> Result<String, AddressError> {
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' if !two_hex_digits(&mut bytes) => return Err(AddressError::Encoding),
            b'%' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' => {}
            b',' | b';' | b'=' | b':' | b'@' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => return Err(AddressError::Character),
        }
    }
    let decoded = percent_decode_str(part).decode_utf8().map_err(|_| AddressError::Encoding)?;
    if decoded.chars().any(char::is_control) {
        return Err(AddressError::Character);
    }
    Ok(decoded.into_owned())
}

fn two_hex_digits(bytes: &mut std::str::Bytes<'_>) -> bool {
    let mut next = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
    next() && next()
}

macro_rules! as_text_in_json {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text_in_json!(ClientId, ServerId, ServiceId, UserId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_encoded_one_by_one() {
        let service: ServiceId = "KR/GOV/2000/tax/BAR%2FSERVICE".parse().unwrap();
        assert_eq!(service.service_code, "BAR/SERVICE");
        assert_eq!(service.to_string(), "KR/GOV/2000/tax/BAR%2FSERVICE");
        let path = RestPath::parse("/r1/KR/GOV/2000/tax/BAR%2FSERVICE/v1").unwrap();
        assert_eq!((path.service(), path.tail()), (&service, "/v1"));
        assert_eq!(RestPath::new(&service, "/v1").unwrap(), path);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for (text, error) in [
            ("KR/GOV", AddressError::Parts),
            ("KR/GOV/1/a/b", AddressError::Parts),
            ("KR/GOV//a", AddressError::Blank),
            ("KR/GOV/%20/a", AddressError::Blank),
            ("KR/GOV/../a", AddressError::DotSegment),
            ("KR/GOV/%2e%2E/a", AddressError::DotSegment),
            ("KR/GOV/1/.", AddressError::DotSegment),
            ("KR/GOV/1/a b", AddressError::Character),
            ("KR/GOV/1/%0d%0a", AddressError::Character),
            ("KR/GOV/1/국민", AddressError::Character),
            ("KR/GOV/1/%4", AddressError::Encoding),
            ("KR/GOV/1/%zz", AddressError::Encoding),
            ("KR/GOV/1/%ff", AddressError::Encoding),
        ] {
            assert_eq!(text.parse::<ClientId>(), Err(error), "{text}");
        }
        assert_eq!("a".repeat(2049).parse::<ClientId>(), Err(AddressError::TooLong));
    }

    #[test]
    fn dot_segments_and_broken_rests_are_refused_by_us_and_not_by_x_road() {
        for (tail, error) in [
            ("/../x", AddressError::DotSegment),
            ("/a/%2E%2e", AddressError::DotSegment),
            ("/a%zz", AddressError::Encoding),
            ("/a?b", AddressError::Character),
            ("/a#b", AddressError::Character),
        ] {
            let path = format!("/r1/KR/GOV/2000/tax/returns{tail}");
            assert!(RestPath::parse_lenient(&path).is_ok());
            assert_eq!(RestPath::parse(&path), Err(error), "{tail}");
        }
    }

    #[test]
    fn a_user_id_is_a_country_and_a_number_and_never_prints() {
        let user: UserId = "EE12345678901".parse().unwrap();
        assert_eq!((user.country(), user.number()), ("EE", "12345678901"));
        assert_eq!(format!("{user:?}"), "UserId(..)");
        for bad in ["", "E", "EE", "ee1", "E11", "EE1 2", "EE1/2", "é1", "EE1\r\n"] {
            assert_eq!(bad.parse::<UserId>(), Err(NotAUserId), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_we_write_we_read(parts in proptest::array::uniform5("[^\\p{Cc}]{1,8}")) {
            let [instance, member_class, member_code, subsystem, service_code] = parts;
            let service = ServiceId { instance, member_class, member_code, subsystem, service_code };
            let text = service.to_string();
            if let Ok(parsed) = text.parse::<ServiceId>() {
                prop_assert_eq!(&parsed, &service);
                let path = RestPath::parse(&format!("/r1/{text}")).unwrap();
                prop_assert_eq!(path.service(), &service);
            }
        }

        #[test]
        fn parsers_never_panic(text in "[/a-z.%0-9é]{0,40}") {
            let _ = text.parse::<ClientId>();
            let _ = text.parse::<UserId>();
            let _ = RestPath::parse(&text);
        }
    }
}
