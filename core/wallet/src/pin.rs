//! The PIN, from key press to key derivation, without ever being a `String` of the shell.

use kodanik_crypto::time::UnixSeconds;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// Fewest digits.
pub const MIN_DIGITS: usize = 6;
/// Most digits.
pub const MAX_DIGITS: usize = 12;

/// Why a PIN is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PinError {
    /// Something other than the digits 0 to 9.
    #[error("a PIN consists of digits")]
    NotDigits,
    /// Fewer than 6 or more than 12 digits.
    #[error("a PIN has 6 to 12 digits")]
    Length,
    /// All digits alike, a run such as 123456 or 987654, or a short repeated pattern such as 121212.
    #[error("this PIN is too easy to guess")]
    Trivial,
    /// Too many wrong tries: wait until this moment.
    #[error("too many wrong tries: wait")]
    Wait {
        /// When the next try is allowed.
        until: UnixSeconds,
    },
    /// The key was wiped after too many wrong tries; only a backup code brings the wallet back.
    #[error("the wallet was locked for good after too many wrong tries; recover with a backup code")]
    Wiped,
    /// Not the PIN of this wallet.
    #[error("wrong PIN; {tries_left} tries are left")]
    Wrong {
        /// Tries left before the key is wiped.
        tries_left: u32,
    },
}

impl PinError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::NotDigits => "not_digits",
            Self::Trivial => "trivial",
            Self::Wait { .. } => "wait",
            Self::Wiped => "wiped",
            Self::Wrong { .. } => "wrong",
        }
    }
}

/// Digits as they are typed, in memory that wipes itself. Not printable.
#[derive(Default)]
pub struct PinEntry {
    digits: Zeroizing<[u8; MAX_DIGITS]>,
    length: usize,
}

impl PinEntry {
    /// An empty entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads digits that a terminal gave; the caller wipes its own copy.
    pub fn from_text(text: &str) -> Result<Self, PinError> {
        let mut entry = Self::new();
        text.bytes().try_for_each(|byte| entry.push(byte.wrapping_sub(b'0')))?;
        entry.check_length()?;
        Ok(entry)
    }

    /// Appends one digit, 0 to 9.
    pub fn push(&mut self, digit: u8) -> Result<(), PinError> {
        if digit > 9 {
            return Err(PinError::NotDigits);
        }
        let slot = self.digits.get_mut(self.length).ok_or(PinError::Length)?;
        *slot = digit;
        self.length += 1;
        Ok(())
    }

    /// Takes the last digit back.
    pub fn pop(&mut self) {
        self.length = self.length.saturating_sub(1);
        self.digits[self.length] = 0;
    }

    /// How many digits have been typed.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing has been typed.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether the same was typed twice, as a new PIN is. In constant time for a length.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }

    /// The length alone: enough to try to open a wallet.
    pub(crate) fn check_length(&self) -> Result<(), PinError> {
        (self.length >= MIN_DIGITS).then_some(()).ok_or(PinError::Length)
    }

    /// What a new PIN must satisfy.
    pub(crate) fn check_new(&self) -> Result<(), PinError> {
        self.check_length()?;
        if self.is_run() || self.has_short_period() { Err(PinError::Trivial) } else { Ok(()) }
    }

    /// The digits, one per byte, to be stretched.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.digits[..self.length]
    }

    fn is_run(&self) -> bool {
        let step = |up: u8| self.expose().windows(2).all(|pair| (pair[0] + up) % 10 == pair[1]);
        step(1) || step(9)
    }

    /// 000000, 121212, 123123: a pattern of at most half the length, repeated.
    fn has_short_period(&self) -> bool {
        let digits = self.expose();
        (1..=digits.len() / 2).any(|period| digits.iter().skip(period).eq(&digits[..digits.len() - period]))
    }
}

impl std::fmt::Debug for PinEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinEntry(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_digits_are_the_same_pin_and_no_others() {
        let pin = PinEntry::from_text("194583").unwrap();
        assert!(pin.is_same_as(&PinEntry::from_text("194583").unwrap()));
        for other in ["194584", "294583", "1945830", "19458300000"] {
            assert!(!pin.is_same_as(&PinEntry::from_text(other).unwrap()), "{other}");
        }
        let mut taken_back = PinEntry::from_text("1945837").unwrap();
        taken_back.pop();
        assert!(taken_back.is_same_as(&pin) && !PinEntry::new().is_same_as(&pin));
    }

    #[test]
    fn trivial_pins_are_refused() {
        for pin in ["000000", "123456", "654321", "890123", "121212", "123123", "10101010", "111111111111"] {
            assert_eq!(PinEntry::from_text(pin).unwrap().check_new(), Err(PinError::Trivial), "{pin}");
        }
        for pin in ["194583", "112358", "271828182845"] {
            assert_eq!(PinEntry::from_text(pin).unwrap().check_new(), Ok(()), "{pin}");
        }
    }

    #[test]
    fn anything_but_six_to_twelve_digits_is_refused() {
        for (text, error) in [
            ("", PinError::Length),
            ("12345", PinError::Length),
            ("1234567890123", PinError::Length),
            ("12345a", PinError::NotDigits),
            ("12 345", PinError::NotDigits),
            ("１２３４５６", PinError::NotDigits),
            ("-12345", PinError::NotDigits),
        ] {
            assert_eq!(PinEntry::from_text(text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn typing_and_taking_back() {
        let mut entry = PinEntry::new();
        entry.pop();
        assert!(entry.is_empty());
        for digit in [1, 9, 4, 5, 8] {
            entry.push(digit).unwrap();
        }
        entry.pop();
        assert_eq!((entry.len(), entry.expose()), (4, &[1, 9, 4, 5][..]));
        assert_eq!(format!("{entry:?}"), "PinEntry(..)");
    }
}
