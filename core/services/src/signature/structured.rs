//! The part of Structured Fields (RFC 8941) that `Signature-Input`, `Signature` and `Content-Digest` use:
//! dictionaries of byte sequences and of inner lists of strings with parameters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::SignatureRefused;

/// Longest field that is parsed, in bytes.
const MAX_FIELD: usize = 8 * 1024;

/// A bare item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Bytes(Vec<u8>),
    Integer(u64),
    Text(String),
    True,
}

/// Parameters in order.
pub(super) type Parameters = Vec<(String, Bare)>;

/// A component identifier: a name with parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) parameters: Parameters,
}

/// A dictionary's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Item(Bare),
    List(Vec<Component>, Parameters),
}

/// The member `key` of the dictionary `text`. The whole of `text` must parse, and no key may stand twice.
pub(super) fn member(text: &str, key: &str) -> Result<Option<Member>, SignatureRefused> {
    let mut members = dictionary(text)?;
    let index = members.iter().position(|(name, _)| name == key);
    Ok(index.map(|index| members.swap_remove(index).1))
}

pub(super) fn dictionary(text: &str) -> Result<Vec<(String, Member)>, SignatureRefused> {
    let mut cursor = Cursor::new(text)?;
    let mut members: Vec<(String, Member)> = Vec::new();
    loop {
        let key = cursor.key()?;
        if members.iter().any(|(name, _)| *name == key) {
            return Err(SignatureRefused::Syntax);
        }
        cursor.expect(b'=')?;
        let member = cursor.member()?;
        members.push((key, member));
        if !cursor.comma()? {
            return Ok(members);
        }
    }
}

/// A list of byte sequences, at least one and at most eight.
pub(super) fn byte_sequences(text: &str) -> Result<Vec<Vec<u8>>, SignatureRefused> {
    let mut cursor = Cursor::new(text)?;
    let mut out = Vec::new();
    loop {
        match cursor.bare()? {
            Bare::Bytes(bytes) if out.len() < 8 => out.push(bytes),
            _ => return Err(SignatureRefused::Syntax),
        }
        if !cursor.comma()? {
            return Ok(out);
        }
    }
}

impl Bare {
    pub(super) fn serialise(&self) -> String {
        match self {
            Self::Bytes(bytes) => format!(":{}:", STANDARD.encode(bytes)),
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::True => "?1".to_owned(),
        }
    }
}

impl Component {
    pub(super) fn serialise(&self) -> String {
        format!("\"{}\"{}", self.name, serialise_parameters(&self.parameters))
    }
}

pub(super) fn serialise_list(components: &[Component], parameters: &Parameters) -> String {
    let inner: Vec<String> = components.iter().map(Component::serialise).collect();
    format!("({}){}", inner.join(" "), serialise_parameters(parameters))
}

fn serialise_parameters(parameters: &Parameters) -> String {
    let one = |(name, value): &(String, Bare)| match value {
        Bare::True => format!(";{name}"),
        other => format!(";{name}={}", other.serialise()),
    };
    parameters.iter().map(one).collect()
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Result<Self, SignatureRefused> {
        let visible = |byte: u8| (b' '..=b'~').contains(&byte);
        let fits = text.len() <= MAX_FIELD && text.bytes().all(visible);
        fits.then_some(Self(text.as_bytes())).ok_or(SignatureRefused::Syntax)
    }

    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.0 = &self.0[usize::from(found)..];
        found
    }

    fn expect(&mut self, wanted: u8) -> Result<(), SignatureRefused> {
        self.take(wanted).then_some(()).ok_or(SignatureRefused::Syntax)
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.iter().position(|byte| !keep(*byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        std::str::from_utf8(taken).unwrap_or_default() // the cursor holds ASCII only
    }

    fn spaces(&mut self) {
        self.take_while(|byte| byte == b' ');
    }

    /// Whether another member follows; at the end of the field none does.
    fn comma(&mut self) -> Result<bool, SignatureRefused> {
        self.spaces();
        if self.0.is_empty() {
            return Ok(false);
        }
        self.expect(b',')?;
        self.spaces();
        Ok(true)
    }

    fn key(&mut self) -> Result<String, SignatureRefused> {
        let starts = self.peek().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'*');
        let key = self.take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.*".contains(&b));
        starts.then(|| key.to_owned()).ok_or(SignatureRefused::Syntax)
    }

    fn member(&mut self) -> Result<Member, SignatureRefused> {
        if self.peek() != Some(b'(') {
            return Ok(Member::Item(self.bare()?));
        }
        let components = self.components()?;
        Ok(Member::List(components, self.parameters()?))
    }

    fn components(&mut self) -> Result<Vec<Component>, SignatureRefused> {
        self.expect(b'(')?;
        let mut out = Vec::new();
        loop {
            self.spaces();
            if self.take(b')') {
                return Ok(out);
            }
            let Bare::Text(name) = self.bare()? else { return Err(SignatureRefused::Syntax) };
            out.push(Component { name, parameters: self.parameters()? });
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return Err(SignatureRefused::Syntax);
            }
        }
    }

    fn parameters(&mut self) -> Result<Parameters, SignatureRefused> {
        let mut out = Parameters::new();
        while self.take(b';') {
            self.spaces();
            let key = self.key()?;
            if out.iter().any(|(name, _)| *name == key) {
                return Err(SignatureRefused::Syntax);
            }
            let value = if self.take(b'=') { self.bare()? } else { Bare::True };
            out.push((key, value));
        }
        Ok(out)
    }

    fn bare(&mut self) -> Result<Bare, SignatureRefused> {
        match self.peek() {
            Some(b'"') => self.text(),
            Some(b':') => self.bytes(),
            Some(b'0'..=b'9') => self.integer(),
            _ => Err(SignatureRefused::Syntax),
        }
    }

    fn integer(&mut self) -> Result<Bare, SignatureRefused> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let fits = digits.len() <= 15 && (digits.len() == 1 || !digits.starts_with('0'));
        let number = digits.parse().ok().filter(|_| fits);
        number.map(Bare::Integer).ok_or(SignatureRefused::Syntax)
    }

    fn bytes(&mut self) -> Result<Bare, SignatureRefused> {
        self.expect(b':')?;
        let text = self.take_while(|byte| byte != b':');
        let bytes = STANDARD.decode(text).map_err(|_| SignatureRefused::Syntax)?;
        self.expect(b':')?;
        Ok(Bare::Bytes(bytes))
    }

    fn text(&mut self) -> Result<Bare, SignatureRefused> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            out.push_str(self.take_while(|byte| !matches!(byte, b'"' | b'\\')));
            if self.take(b'"') {
                return Ok(Bare::Text(out));
            }
            self.expect(b'\\')?;
            let escaped = self.peek().filter(|byte| matches!(byte, b'"' | b'\\'));
            let escaped = escaped.ok_or(SignatureRefused::Syntax)?;
            self.expect(escaped)?;
            out.push(char::from(escaped));
        }
    }
}
