//! Signed notes (C2SP signed-note): a text, an empty line, and lines of signatures.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::key::{KeyId, KeyName};

/// Why bytes are not a signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not UTF-8, or a control character other than the newline.
    #[error("a note with characters that notes do not have")]
    Characters,
    /// No text, no empty line before the signatures, or no signature.
    #[error("not a text followed by signatures")]
    Shape,
    /// A signature line that is not `— <name> <base64>`.
    #[error("a malformed signature line")]
    SignatureLine,
    /// More than [`SignedNote::MAX_BYTES`] or [`SignedNote::MAX_SIGNATURES`].
    #[error("the note is too large")]
    TooLarge,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who claims to have signed.
    pub name: KeyName,
    /// With which key.
    pub key_id: KeyId,
    /// What the key's kind makes of the text: 64 bytes, or a time and 64 bytes, or something unknown to us.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, base64) =
            line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(NoteError::SignatureLine)?;
        let decoded = STANDARD.decode(base64).map_err(|_| NoteError::SignatureLine)?;
        let (key_id, bytes) = decoded.split_first_chunk().ok_or(NoteError::SignatureLine)?;
        if bytes.is_empty() {
            return Err(NoteError::SignatureLine);
        }
        let name = KeyName::parse(name).map_err(|_| NoteError::SignatureLine)?;
        Ok(Self { name, key_id: KeyId(*key_id), bytes: bytes.to_vec() })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.0.as_slice(), &self.bytes].concat();
        writeln!(f, "— {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text and the signatures that stand below it; none of them verified by parsing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// The largest note that is read.
    pub const MAX_BYTES: usize = 64 * 1024;
    /// The most signatures that are read.
    pub const MAX_SIGNATURES: usize = 64;

    /// A note of a text that ends in a newline, and at least one signature.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        check_characters(&text)?;
        if !text.ends_with('\n') || signatures.is_empty() {
            return Err(NoteError::Shape);
        }
        let note = Self { text, signatures };
        let fits = note.signatures.len() <= Self::MAX_SIGNATURES && note.to_string().len() <= Self::MAX_BYTES;
        if fits { Ok(note) } else { Err(NoteError::TooLarge) }
    }

    /// Parses a note; writing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(NoteError::TooLarge);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Characters)?;
        check_characters(note)?;
        // The last empty line divides: a text may hold empty lines, the signatures may not.
        let divide = note.rfind("\n\n").ok_or(NoteError::Shape)?;
        let (text, rest) = (&note[..=divide], &note[divide + 2..]);
        let lines = rest.strip_suffix('\n').ok_or(NoteError::Shape)?.split('\n');
        let signatures =
            lines.take(Self::MAX_SIGNATURES + 1).map(NoteSignature::parse).collect::<Result<Vec<_>, _>>()?;
        Self::new(text.to_owned(), signatures)
    }

    /// The signed text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, unverified.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    let forbidden = |c: char| c.is_ascii_control() && c != '\n';
    if text.contains(forbidden) { Err(NoteError::Characters) } else { Ok(()) }
}
