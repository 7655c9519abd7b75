//! Texts that one device shows and another one scans: a scheme, then named values in one order, in one form only.

/// Reads `name=value` parts, joined by `&`, in order.
pub(crate) struct CodeReader<'a>(Option<&'a str>);

impl<'a> CodeReader<'a> {
    /// `None` where the text does not begin with `scheme`.
    pub(crate) fn new(text: &'a str, scheme: &str) -> Option<Self> {
        text.strip_prefix(scheme).map(|parts| Self(Some(parts)))
    }

    /// The next value, which must have this name.
    pub(crate) fn next(&mut self, name: &str) -> Option<&'a str> {
        let parts = self.0.take()?;
        let (part, rest) = parts.split_once('&').map_or((parts, None), |(part, rest)| (part, Some(rest)));
        self.0 = rest;
        part.strip_prefix(name)?.strip_prefix('=')
    }

    /// Whether nothing is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_none()
    }
}

/// A decimal number from 1, without sign or leading zero.
pub(crate) fn parse_seq(text: &str) -> Option<u32> {
    let seq: u32 = text.parse().ok()?;
    (seq >= 1 && seq.to_string() == text).then_some(seq)
}
