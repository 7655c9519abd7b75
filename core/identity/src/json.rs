//! JSON from outside: a cap on bytes, a cap on depth, and no member twice (RFC 8259 leaves all three open).

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use thiserror::Error;

/// Objects and arrays inside one another, at most.
pub const MAX_DEPTH: usize = 24;

/// Why bytes are not the JSON we accept. Never holds the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JsonError {
    /// An object names a member twice.
    #[error("an object names a member twice")]
    Duplicate,
    /// Not JSON, or members missing or of a wrong kind.
    #[error("not JSON of the expected shape")]
    Shape,
    /// More than [`MAX_DEPTH`] levels.
    #[error("nested too deeply")]
    TooDeep,
    /// More bytes than the cap for this document.
    #[error("too large")]
    TooLarge,
}

/// Parses at most `cap` bytes into any JSON value.
pub fn parse_value(bytes: &[u8], cap: usize) -> Result<Value, JsonError> {
    if bytes.len() > cap {
        return Err(JsonError::TooLarge);
    }
    let fact = Cell::new(JsonError::Shape);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { depth: MAX_DEPTH, fact: &fact };
    let value = strict.deserialize(&mut deserializer).map_err(|_| fact.get())?;
    deserializer.end().map_err(|_| JsonError::Shape)?;
    Ok(value)
}

/// Parses at most `cap` bytes into a JSON object.
pub fn parse_object(bytes: &[u8], cap: usize) -> Result<Map<String, Value>, JsonError> {
    match parse_value(bytes, cap)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::Shape),
    }
}

/// Parses at most `cap` bytes into a type; unknown members are the type's decision.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], cap: usize) -> Result<T, JsonError> {
    from_value(parse_value(bytes, cap)?)
}

/// A typed view of a value that was parsed here.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_json::from_value(value).map_err(|_| JsonError::Shape)
}

/// Builds a `Value` member by member; `fact` remembers which rule was broken, because serde's error cannot.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    fact: &'a Cell<JsonError>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.broken(JsonError::TooDeep)),
        }
    }

    fn broken<E: serde::de::Error>(self, fact: JsonError) -> E {
        self.fact.set(fact);
        E::custom(fact)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let member = access.next_value_seed(inner)?;
            if members.insert(name, member).is_some() {
                return Err(self.broken(JsonError::Duplicate));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_loose_elsewhere_is_refused_here() {
        let deep = format!("{}{}", "[".repeat(25), "]".repeat(25));
        let cases: [(&str, JsonError); 9] = [
            (r#"{"a":1,"a":1}"#, JsonError::Duplicate),
            (r#"{"a":1,"\u0061":2}"#, JsonError::Duplicate),
            (r#"{"o":[{"a":1,"a":2}]}"#, JsonError::Duplicate),
            (&deep, JsonError::TooDeep),
            (r#"{"a":1} x"#, JsonError::Shape),
            (r#"{"a":1"#, JsonError::Shape),
            ("{'a':1}", JsonError::Shape),
            ("NaN", JsonError::Shape),
            ("", JsonError::Shape),
        ];
        for (text, error) in cases {
            assert_eq!(parse_value(text.as_bytes(), 256), Err(error), "{text}");
        }
        assert_eq!(parse_value(b"[1,2,3]", 6), Err(JsonError::TooLarge));
        assert_eq!(parse_object(b"[]", 6), Err(JsonError::Shape));
        assert!(parse_value(format!("{}{}", "[".repeat(24), "]".repeat(24)).as_bytes(), 256).is_ok());
    }

    proptest! {
        #[test]
        fn never_panics(text in r#"[\[\]{}",:0-9a-z\\.eE+-]{0,64}"#) {
            let _ = parse_value(text.as_bytes(), 1024);
        }

        #[test]
        fn agrees_with_serde_json_on_what_it_accepts(text in r#"(\{|\[|"a":|"b":|1|,|\]|\}){0,12}"#) {
            if let Ok(value) = parse_value(text.as_bytes(), 1024) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
