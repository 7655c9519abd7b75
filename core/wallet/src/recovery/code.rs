//! Backup codes on paper: 24 Crockford base-32 symbols in six groups of four, for example
//! `DB96-NHFH-0GBV-90BC-18DE-DFGQ`.
//!
//! 20 symbols carry 4 bits of slot and 96 random bits; 4 are a Reed-Solomon RS(24, 20) checksum over GF(32) with
//! x^5 + x^2 + 1 and roots a^1..a^4 (protocol.md §7.6). Its distance is 5: every error of up to four symbols is found,
//! every exchange of two symbols and of two groups too. A wrong code is pointed at, never corrected: a correction that
//! guesses would try somebody else's code.

use kodanik_crypto::secret::Secret;
use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

/// Symbols in a code.
pub const SYMBOLS: usize = 24;
/// Symbols that carry data; the rest are the checksum.
const DATA: usize = 20;
const CHECKS: usize = SYMBOLS - DATA;
const GROUP: usize = 4;
/// Codes that recover in one set.
pub const CODES_PER_SET: u8 = 8;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// (x - a)(x - a^2)(x - a^3)(x - a^4), without the leading 1, highest power first.
const GENERATOR: [u8; CHECKS] = generator();

/// Which code of a set: 0..=7 recover, 15 revokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(u8);

impl Slot {
    /// The slot of the revocation code.
    pub const REVOCATION: Self = Self(15);

    /// Parses 0..=7 and 15.
    pub fn parse(number: u8) -> Option<Self> {
        (number < CODES_PER_SET || number == Self::REVOCATION.0).then_some(Self(number))
    }

    /// The eight slots of a set, in order.
    pub fn recovery_slots() -> impl Iterator<Item = Self> {
        (0..CODES_PER_SET).map(Self)
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Why a text is no backup code. Holds positions, never symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodeError {
    /// A character that no code contains (U is refused, as it is easily taken for V).
    #[error("there is a character that no code contains, in group {group}")]
    Character {
        /// The group, 1 to 6 and beyond where the text is too long.
        group: usize,
    },
    /// The checksum does not fit: something is misread or mistyped.
    #[error("the code is mistyped")]
    Checksum {
        /// Where, if at most two symbols are wrong; more errors point nowhere or elsewhere.
        suspects: WrongGroups,
    },
    /// Not 24 symbols.
    #[error("a code has 24 characters; this has {symbols}")]
    Length {
        /// How many there are.
        symbols: usize,
    },
    /// A slot that no set has: not one of our codes.
    #[error("not a backup code")]
    Slot,
}

impl CodeError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Character { .. } => "code_character",
            Self::Checksum { .. } => "code_checksum",
            Self::Length { .. } => "code_length",
            Self::Slot => "code_slot",
        }
    }
}

/// Groups that are probably mistyped; `[false; 6]` where nothing can be said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrongGroups(pub [bool; SYMBOLS / GROUP]);

impl WrongGroups {
    /// Their numbers, 1 to 6.
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().zip(1..).filter_map(|(wrong, number)| wrong.then_some(number))
    }

    fn mark(mut self, symbol: usize) -> Self {
        self.0[symbol / GROUP] = true;
        self
    }
}

/// A whole, checked code. Wiped on drop; never prints.
pub struct BackupCode(Secret<SYMBOLS>);

impl BackupCode {
    /// A fresh code for `slot`.
    pub fn make(slot: Slot, rng: &mut impl CryptoRngCore) -> Self {
        let mut values = Secret::<SYMBOLS>::make(rng).expose().map(|byte| byte & 31);
        values[0] = (slot.0 << 1) | (values[0] & 1);
        let checks = checksum(&values[..DATA]);
        values[DATA..].copy_from_slice(&checks);
        let code = Self(Secret::init_with(|own| *own = values.map(symbol)));
        zeroize::Zeroize::zeroize(&mut values);
        code
    }

    /// Reads what a person typed: lower case is upper case, spaces and dashes do not count, I and L are 1, O is 0, U is
    /// refused; then the checksum must fit.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut values = Zeroizing::new([0; SYMBOLS]);
        let mut count = 0;
        for character in text.chars().filter(|c| !matches!(c, ' ' | '-' | '\t' | '\n' | '\r')) {
            let value = value(character).ok_or(CodeError::Character { group: count / GROUP + 1 })?;
            if let Some(place) = values.get_mut(count) {
                *place = value;
            }
            count += 1;
        }
        if count != SYMBOLS {
            return Err(CodeError::Length { symbols: count });
        }
        let syndromes = syndromes(&values);
        if syndromes != [0; CHECKS] {
            return Err(CodeError::Checksum { suspects: locate(&syndromes) });
        }
        Slot::parse(values[0] >> 1).ok_or(CodeError::Slot)?;
        Ok(Self(Secret::init_with(|own| *own = values.map(symbol))))
    }

    /// Which code of its set this is.
    pub fn slot(&self) -> Slot {
        Slot(value(self.0.expose()[0].into()).unwrap_or_default() >> 1)
    }

    /// The 24 symbols in ASCII, upper case, without dashes: the input of every derivation.
    pub fn expose(&self) -> &[u8; SYMBOLS] {
        self.0.expose()
    }

    /// As it is printed: six groups with dashes. Only for the printed page.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + 5));
        for (at, symbol) in self.0.expose().iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*symbol));
        }
        text
    }
}

impl std::fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupCode(slot {}, ..)", self.slot().0)
    }
}

fn symbol(value: u8) -> u8 {
    ALPHABET[usize::from(value & 31)]
}

fn value(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    (0..).zip(ALPHABET).find_map(|(value, symbol)| (char::from(*symbol) == upper).then_some(value))
}

/// Product in GF(32) = GF(2)[x] / (x^5 + x^2 + 1), without a table or a branch on its operands.
const fn mul(a: u8, b: u8) -> u8 {
    let mut wide: u16 = 0;
    let mut bit = 0;
    while bit < 5 {
        wide ^= ((a as u16) << bit) * ((b >> bit) & 1) as u16;
        bit += 1;
    }
    let mut power = 8;
    while power >= 5 {
        wide ^= (0b10_0101 << (power - 5)) * ((wide >> power) & 1);
        power -= 1;
    }
    wide as u8
}

/// a^exponent for the primitive element a = x.
const fn power(exponent: usize) -> u8 {
    let mut result = 1;
    let mut step = 0;
    while step < exponent % 31 {
        result = mul(result, 2);
        step += 1;
    }
    result
}

fn inverse(a: u8) -> u8 {
    (0..30).fold(1, |product, _| mul(product, a))
}

const fn generator() -> [u8; CHECKS] {
    let mut poly = [0, 0, 0, 0, 1];
    let mut root = 1;
    while root <= CHECKS {
        let mut at = 0;
        while at < CHECKS {
            poly[at] = poly[at + 1] ^ mul(poly[at], power(root));
            at += 1;
        }
        poly[CHECKS] = mul(poly[CHECKS], power(root));
        root += 1;
    }
    [poly[1], poly[2], poly[3], poly[4]]
}

/// The remainder of data(x) * x^4 by the generator: appended, it makes the whole divisible.
fn checksum(data: &[u8]) -> [u8; CHECKS] {
    data.iter().fold([0; CHECKS], |rest, symbol| {
        let lead = rest[0] ^ symbol;
        let shifted = [rest[1], rest[2], rest[3], 0];
        std::array::from_fn(|at| shifted[at] ^ mul(lead, GENERATOR[at]))
    })
}

/// The word's value at a^1..a^4; all zero exactly for a code word.
fn syndromes(word: &[u8; SYMBOLS]) -> [u8; CHECKS] {
    std::array::from_fn(|at| {
        let root = power(at + 1);
        word.iter().fold(0, |value, symbol| mul(value, root) ^ symbol)
    })
}

/// The groups of the one or two symbols whose change explains the syndromes; nothing where more are wrong.
fn locate(syndromes: &[u8; CHECKS]) -> WrongGroups {
    let one = (0..SYMBOLS).find(|&p| explains(syndromes, &[(p, mul(syndromes[0], inverse(place(p))))]));
    if let Some(p) = one {
        return WrongGroups::default().mark(p);
    }
    let mut pairs = (0..SYMBOLS).flat_map(|p| (p + 1..SYMBOLS).map(move |q| (p, q)));
    pairs
        .find(|&(p, q)| explains(syndromes, &solve_pair(syndromes, p, q)))
        .map_or_else(WrongGroups::default, |(p, q)| WrongGroups::default().mark(p).mark(q))
}

/// The two error values at p and q that give the first two syndromes.
fn solve_pair(syndromes: &[u8; CHECKS], p: usize, q: usize) -> [(usize, u8); 2] {
    let (x, y) = (place(p), place(q));
    let at_q = mul(syndromes[1] ^ mul(x, syndromes[0]), inverse(mul(y, x ^ y)));
    let at_p = mul(syndromes[0] ^ mul(at_q, y), inverse(x));
    [(p, at_p), (q, at_q)]
}

fn explains(syndromes: &[u8; CHECKS], errors: &[(usize, u8)]) -> bool {
    (1..).zip(syndromes).all(|(k, syndrome)| {
        let sum = errors.iter().fold(0, |sum, &(at, error)| sum ^ mul(error, power(k * exponent(at))));
        sum == *syndrome
    })
}

/// a^i where i is the power of x that the symbol at this position multiplies.
fn place(position: usize) -> u8 {
    power(exponent(position))
}

fn exponent(position: usize) -> usize {
    SYMBOLS - 1 - position
}

#[cfg(test)]
mod tests;
